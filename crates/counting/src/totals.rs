//! Methods that add: plurality, approval and score.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::amount::Amount;
use crate::outcome::{CandidateId, Detail, InvalidReason};
use crate::profile::{Ballot, Votes};
use crate::steps::{Step, Unit};
use crate::tally::Tally;

/// Plurality and approval: choices within limits, most votes win.
pub(crate) fn choices(tally: &mut Tally<'_>, min: u32, max: Option<u32>) {
    let judge = |marks: &[i32]| {
        if marks.iter().any(|m| !(0..=1).contains(m)) {
            return Some(InvalidReason::OutOfRange);
        }
        let chosen = marks.iter().filter(|&&m| m == 1).count();
        if max.is_some_and(|max| chosen > max as usize) {
            Some(InvalidReason::TooManyChoices)
        } else if chosen < min as usize {
            Some(InvalidReason::TooFewChoices)
        } else {
            None
        }
    };
    let sums = add(tally, judge);
    elect(tally, &sums, Unit::Votes);
}

/// Score: points from 0 to `max`, highest sum wins.
pub(crate) fn score(tally: &mut Tally<'_>, max: u32) {
    let sums = add(tally, |marks| score_marks(marks, max));
    elect(tally, &sums, Unit::Points);
}

/// Whether every score lies between 0 and `max`.
pub(crate) fn score_marks(marks: &[i32], max: u32) -> Option<InvalidReason> {
    let fits = |m: &i32| u32::try_from(*m).is_ok_and(|m| m <= max);
    (!marks.iter().all(fits)).then_some(InvalidReason::OutOfRange)
}

/// The marks of those standing: the columns of withdrawn candidates are ignored.
pub(crate) fn visible<'b>(standing: &[CandidateId], b: &'b Ballot) -> Cow<'b, [i32]> {
    if standing.len() == b.marks.len() {
        Cow::Borrowed(&b.marks)
    } else {
        Cow::Owned(standing.iter().filter_map(|&c| b.marks.get(c).copied()).collect())
    }
}

/// Adds the marks of all valid ballots, and records blank and invalid ones. The sums keep withdrawn candidates.
pub(crate) fn add(tally: &mut Tally<'_>, judge: impl Fn(&[i32]) -> Option<InvalidReason>) -> Vec<u64> {
    if let Votes::Totals { totals, cast, blank } = tally.profile.votes() {
        tally.out.counts.cast = *cast;
        tally.out.counts.blank = *blank;
        tally.say(Step::Ballots(tally.out.counts));
        return totals.clone();
    }
    let mut sums = vec![0u64; tally.n];
    let mut blank = 0;
    let mut invalid = BTreeMap::new();
    for b in tally.profile.ballots() {
        let marks = visible(&tally.standing, b);
        if marks.iter().all(|&m| m == 0) {
            blank += b.count;
        } else if let Some(reason) = judge(&marks) {
            *invalid.entry(reason).or_insert(0) += b.count;
        } else {
            for (sum, &m) in sums.iter_mut().zip(&b.marks) {
                *sum = sum.saturating_add(b.count * u64::try_from(m).unwrap_or(0));
            }
        }
    }
    tally.counted(blank, invalid);
    sums
}

fn elect(tally: &mut Tally<'_>, sums: &[u64], unit: Unit) {
    let amounts: Vec<Amount> = sums.iter().map(|&s| Amount::whole(s)).collect();
    elect_by_amount(tally, amounts, unit);
}

/// Orders the standing by amount, elects from the top, and keeps the amounts as the totals.
pub(crate) fn elect_by_amount(tally: &mut Tally<'_>, amounts: Vec<Amount>, unit: Unit) {
    let of = |c: CandidateId| amounts.get(c).copied().unwrap_or(Amount::ZERO);
    let mut sorted = tally.standing.clone();
    sorted.sort_by_key(|&c| std::cmp::Reverse(of(c)));
    tally.say(Step::Totals { unit, totals: sorted.iter().map(|&c| (c, of(c))).collect() });
    if tally.standing.len() <= tally.options.seats {
        tally.say(Step::AllElected { seats: tally.options.seats, standing: tally.standing.len() });
    }
    let groups = sorted.chunk_by(|&a, &b| of(a) == of(b)).map(<[_]>::to_vec).collect();
    tally.elect_in_order(groups);
    tally.out.detail = Detail::Totals(amounts);
}
