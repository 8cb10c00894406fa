//! Collects ballots while a file is read and enforces the limits on the way, before memory is taken.

use super::Limits;
use super::error::{ParseError, Position, Problem};
use crate::profile::{Ballot, MAX_BALLOTS};

/// What a ballot group costs beside its marks, in marks: its count, its list and the allocation.
pub(super) const GROUP_COST: usize = 12;

/// Ballots read so far.
#[derive(Debug)]
pub(super) struct Collector {
    candidates: usize,
    limit: usize,
    total: u64,
    groups: Vec<Ballot>,
}

impl Collector {
    /// For a known number of candidates, checked against the limit.
    pub(super) fn new(candidates: usize, limits: &Limits, at: Position) -> Result<Self, ParseError> {
        check_candidates(candidates, limits, at)?;
        Ok(Collector { candidates, limit: limits.marks, total: 0, groups: Vec::new() })
    }

    pub(super) fn candidates(&self) -> usize {
        self.candidates
    }

    /// A blank ballot to be marked and handed to [`Collector::push`]; refused when memory would exceed the limit.
    pub(super) fn blank(&self, at: Position) -> Result<Vec<i32>, ParseError> {
        let marks = (self.groups.len() + 1).saturating_mul(self.candidates.saturating_add(GROUP_COST));
        if marks > self.limit {
            return Err(Problem::TooManyMarks { limit: self.limit }.at(at));
        }
        Ok(vec![0; self.candidates])
    }

    pub(super) fn push(&mut self, count: u64, marks: Vec<i32>, at: Position) -> Result<(), ParseError> {
        self.total = self.total.saturating_add(count);
        if self.total > MAX_BALLOTS {
            return Err(Problem::TooManyBallots.at(at));
        }
        self.groups.push(Ballot { count, marks });
        Ok(())
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }

    pub(super) fn groups(&self) -> &[Ballot] {
        &self.groups
    }

    pub(super) fn finish(self) -> Vec<Ballot> {
        self.groups
    }
}

pub(super) fn check_candidates(found: usize, limits: &Limits, at: Position) -> Result<(), ParseError> {
    if found > limits.candidates {
        return Err(Problem::TooManyCandidates { found, limit: limits.candidates }.at(at));
    }
    Ok(())
}

/// Gives a candidate its mark; a second mark for the same candidate is refused.
pub(super) fn set(
    marks: &mut [i32],
    candidate: usize,
    mark: i32,
    written: &str,
    at: Position,
) -> Result<(), ParseError> {
    match marks.get_mut(candidate) {
        Some(m) if *m == 0 => {
            *m = mark;
            Ok(())
        }
        Some(_) => Err(Problem::DuplicateCandidate { name: written.to_owned() }.at(at)),
        None => Err(Problem::UnknownCandidate { name: written.to_owned(), candidates: marks.len() }.at(at)),
    }
}
