//! Ties: each is resolved by itself, by an agreement of everybody in it, otherwise by the lot, otherwise not yet (3).

use super::Tally;
use crate::lot::{self, Lot};
use crate::options::CountError;
use crate::outcome::{CandidateId, Tie, TiePlace, TieRule};
use crate::steps::Step;

/// A tie that waits for a lot.
pub(super) struct Open {
    pub tied: Vec<CandidateId>,
    pub place: TiePlace,
    pub round: usize,
}

impl<'a> Tally<'a> {
    /// Luck of a candidate: 0 = luckiest.
    pub fn luck(&self, c: CandidateId) -> usize {
        self.luck.get(c).copied().unwrap_or(usize::MAX)
    }

    /// The order that everybody in this tie agreed on, if they did: the first recorded one.
    fn agreement(&self, tied: &[CandidateId]) -> Option<&'a [CandidateId]> {
        let Lot::Separately { agreed, .. } = &self.options.lot else { return None };
        agreed.iter().find(|order| tied.iter().all(|c| order.contains(c))).map(Vec::as_slice)
    }

    /// Whether an agreement or a lot resolves this tie.
    pub fn settled(&self, tied: &[CandidateId]) -> bool {
        match &self.options.lot {
            Lot::Undrawn => false,
            Lot::Separately { seed: None, .. } => self.agreement(tied).is_some(),
            _ => true,
        }
    }

    /// The tied, luckiest first: each tie is resolved by itself, by an agreement of all of them before the lot.
    pub fn luckiest_first(&self, tied: &[CandidateId]) -> Vec<CandidateId> {
        let mut order = tied.to_vec();
        match self.agreement(tied) {
            Some(agreed) => order.sort_by_key(|c| agreed.iter().position(|a| a == c)),
            None => order.sort_by_key(|&c| self.luck(c)),
        }
        order
    }

    /// Candidates by `key`, the equal together, the luckier first among them.
    pub fn levels_by<K: Ord>(
        &self,
        mut who: Vec<CandidateId>,
        key: impl Fn(CandidateId) -> K,
    ) -> Vec<Vec<CandidateId>> {
        who.sort_by_key(|&c| key(c));
        who.chunk_by(|&a, &b| key(a) == key(b)).map(|level| self.luckiest_first(level)).collect()
    }

    /// Records a tie and tells it. A lot that only fixes an order is not "used".
    pub fn tie(
        &mut self,
        place: TiePlace,
        round: usize,
        tied: Vec<CandidateId>,
        picked: Vec<CandidateId>,
        by: TieRule,
    ) {
        let between = tied.clone();
        self.tie_between(place, round, (tied, &between), picked, by);
    }

    /// The same where other rules leave only some of the tied to the lot: `between`.
    pub fn tie_between(
        &mut self,
        place: TiePlace,
        round: usize,
        (mut tied, between): (Vec<CandidateId>, &[CandidateId]),
        picked: Vec<CandidateId>,
        mut by: TieRule,
    ) {
        tied.sort_unstable();
        if by == TieRule::Lot {
            if place != TiePlace::Order {
                self.out.lot_used = true;
                if self.open.is_none() && !self.settled(between) {
                    let mut tied = between.to_vec();
                    tied.sort_unstable();
                    self.open = Some(Open { tied, place, round });
                }
            }
            if self.agreement(between).is_some() {
                by = TieRule::Agreement;
            }
        }
        let tie = Tie { place, round, tied, picked, by };
        self.out.steps.push(Step::Tie(tie.clone()));
        self.out.ties.push(tie);
    }
}

/// The candidates in order of luck for the whole count.
///
/// # Errors
/// A list that does not hold everybody once.
pub(super) fn order(lot: &Lot, n: usize) -> Result<Vec<usize>, CountError> {
    match lot {
        Lot::Undrawn | Lot::CandidateOrder => Ok((0..n).collect()),
        Lot::Seed { seed } => Ok(lot::order(seed, n)),
        Lot::Separately { seed, .. } => {
            Ok(seed.as_ref().map_or_else(|| (0..n).collect(), |s| lot::order(s, n)))
        }
        Lot::Agreed { order, .. } => {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            if sorted.iter().copied().eq(0..n) { Ok(order.clone()) } else { Err(CountError::BadLot(n)) }
        }
    }
}
