//! Borda's method with exact shares (2.11).

use std::collections::BTreeMap;

use crate::amount::Amount;
use crate::method::Unranked;
use crate::outcome::InvalidReason;
use crate::steps::Unit;
use crate::tally::Tally;
use crate::totals;

/// Gives n-1 points down to 0; equal ranks share. Shares are halves at worst, so sums are kept in half points.
pub(crate) fn count(tally: &mut Tally<'_>, unranked: Unranked) {
    let standing = tally.standing.clone();
    let n = standing.len() as u64;
    let mut halves = vec![0u128; tally.n];
    let mut blank = 0;
    let mut invalid = BTreeMap::new();
    let mut ranked: Vec<(i32, usize)> = Vec::new();
    for b in tally.profile.ballots() {
        ranked.clear();
        ranked.extend(standing.iter().filter_map(|&c| match b.marks.get(c) {
            Some(&m) if m != 0 => Some((m, c)),
            _ => None,
        }));
        ranked.sort_unstable();
        match ranked.first() {
            None => {
                blank += b.count;
                continue;
            }
            Some(&(m, _)) if m < 0 => {
                *invalid.entry(InvalidReason::OutOfRange).or_insert(0) += b.count;
                continue;
            }
            Some(_) => {}
        }
        let count = u128::from(b.count);
        // Points of the best place; the next places get one less each.
        let mut best = if unranked == Unranked::Modified { ranked.len() as u64 } else { n - 1 };
        for group in ranked.chunk_by(|a, b| a.0 == b.0) {
            let size = group.len() as u64;
            // The average of best, best-1, ..., best-size+1, doubled.
            let share = u128::from(2 * best + 1 - size);
            for &(_, c) in group {
                if let Some(h) = halves.get_mut(c) {
                    *h += share * count;
                }
            }
            best = best.saturating_sub(size);
        }
        if unranked == Unranked::Average {
            let rest = n - ranked.len() as u64;
            for &c in standing.iter().filter(|&&c| b.marks.get(c) == Some(&0)) {
                if let Some(h) = halves.get_mut(c) {
                    *h += u128::from(rest - 1) * count;
                }
            }
        }
    }
    tally.counted(blank, invalid);
    let amounts = halves.into_iter().map(|h| Amount::fraction(h, 2)).collect();
    totals::elect_by_amount(tally, amounts, Unit::Points);
}
