//! Methods that compare every two candidates: Schulze, ranked pairs, the Debian procedure.

pub(crate) mod debian;
pub(crate) mod ranked_pairs;
pub(crate) mod schulze;

use std::collections::BTreeMap;

use crate::method::Strength;
use crate::outcome::{CandidateId, InvalidReason, Pairwise};
use crate::steps::Step;
use crate::tally::Tally;

/// `d.get(a, b)` = ballots that prefer a to b; unranked = below all ranked, equal among themselves.
pub(crate) struct Matrix {
    n: usize,
    cells: Vec<u64>,
}

impl Matrix {
    /// A published matrix; its diagonal is ignored.
    pub fn of(rows: &[Vec<u64>]) -> Matrix {
        let cells = rows.iter().enumerate().flat_map(|(a, row)| {
            row.iter().enumerate().map(move |(b, &votes)| if a == b { 0 } else { votes })
        });
        Matrix { n: rows.len(), cells: cells.collect() }
    }

    pub fn get(&self, a: CandidateId, b: CandidateId) -> u64 {
        self.cells.get(a * self.n + b).copied().unwrap_or(0)
    }

    pub fn beats(&self, a: CandidateId, b: CandidateId) -> bool {
        self.get(a, b) > self.get(b, a)
    }

    pub fn rows(&self) -> Vec<Vec<u64>> {
        self.cells.chunks(self.n.max(1)).map(<[_]>::to_vec).collect()
    }

    /// Who beats every other one standing.
    pub fn condorcet_winner(&self, standing: &[CandidateId]) -> Option<CandidateId> {
        standing.iter().copied().find(|&a| standing.iter().all(|&b| a == b || self.beats(a, b)))
    }

    /// The empty result of comparisons, to be filled in by the method.
    pub fn result(&self, standing: &[CandidateId]) -> Pairwise {
        Pairwise {
            matrix: self.rows(),
            condorcet_winner: self.condorcet_winner(standing),
            paths: None,
            locked: None,
            skipped: None,
            debian: None,
        }
    }
}

/// Reads all ballots into a matrix. Ranks are compared over all candidates, withdrawn ones included: leaving
/// somebody out changes no comparison of the others. Invalid are only ballots with a negative rank.
pub(crate) fn read(tally: &mut Tally<'_>) -> Matrix {
    let n = tally.n;
    let mut cells = vec![0u64; n * n];
    // Per candidate, ballots that rank it; and per pair, ballots that rank both, b not below a.
    let mut ranks_it = vec![0u64; n];
    let mut blank = 0;
    let mut invalid = BTreeMap::new();
    let mut ranked: Vec<(i32, usize)> = Vec::with_capacity(n);
    for b in tally.profile.ballots() {
        ranked.clear();
        ranked.extend(b.marks.iter().enumerate().filter(|&(_, &m)| m != 0).map(|(c, &m)| (m, c)));
        if !ranked.iter().any(|&(_, c)| tally.stands(c)) {
            blank += b.count;
            continue;
        }
        ranked.sort_unstable();
        if ranked.first().is_some_and(|&(m, _)| m < 0) {
            *invalid.entry(InvalidReason::OutOfRange).or_insert(0) += b.count;
            continue;
        }
        let mut upto = 0;
        for group in ranked.chunk_by(|a, b| a.0 == b.0) {
            upto += group.len();
            for &(_, a) in group {
                if let Some(r) = ranks_it.get_mut(a) {
                    *r += b.count;
                }
                let row = cells.get_mut(a * n..(a + 1) * n).unwrap_or_default();
                for &(_, above) in ranked.iter().take(upto) {
                    if let Some(cell) = row.get_mut(above) {
                        *cell += b.count;
                    }
                }
            }
        }
    }
    for (a, row) in cells.chunks_mut(n.max(1)).enumerate() {
        let all = ranks_it.get(a).copied().unwrap_or(0);
        for cell in row {
            *cell = all.saturating_sub(*cell);
        }
    }
    tally.counted(blank, invalid);
    Matrix { n, cells }
}

/// The strength of a majority of `for` to `against`, comparable: larger is stronger.
pub(crate) fn strength(rule: Strength, won: u64, lost: u64) -> (u64, u64) {
    match rule {
        Strength::WvLv => (won, u64::MAX - lost),
        Strength::Wv => (won, 0),
        Strength::Margins => (won - lost.min(won), 0),
    }
}

/// Says who beats all others, or that nobody does.
pub(crate) fn say_condorcet(tally: &mut Tally<'_>, d: &Matrix) {
    let standing = tally.standing.clone();
    if standing.len() < 2 {
        return;
    }
    match d.condorcet_winner(&standing) {
        Some(candidate) => {
            let closest = standing
                .iter()
                .copied()
                .filter(|&b| b != candidate)
                .min_by_key(|&b| d.get(candidate, b) - d.get(b, candidate));
            if let Some(other) = closest {
                let (won, lost) = (d.get(candidate, other), d.get(other, candidate));
                tally.say(Step::BeatsAll { candidate, closest: other, won, lost });
            }
        }
        None => tally.say(Step::NobodyBeatsAll),
    }
}
