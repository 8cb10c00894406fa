//! Meek's method by the reference rule of the Proportional Representation Foundation (2.6): nine decimals, limit
//! 10^-6, and a stop when the surplus no longer shrinks.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use crate::amount::Amount;
use crate::method::Overvote;
use crate::outcome::{Action, CandidateId, Round, TiePlace, TieRule};
use crate::rankings::{self, Rankings, Reading, candidate};
use crate::steps::{Step, Why};
use crate::tally::Tally;

/// One vote, or a keep factor of 1, in the units of this method, 10^-9.
const ONE: u64 = 1_000_000_000;
/// The surplus below which a round is settled.
const OMEGA: u128 = 1_000;

fn amount(units: u128) -> Amount {
    Amount::fixed(units, 9)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Absent,
    Hopeful,
    Elected,
    Excluded,
}

struct Meek<'a> {
    lists: &'a Rankings,
    seats: usize,
    valid: u64,
    state: Vec<State>,
    keep: Vec<u64>,
    votes: Vec<u128>,
    quota: u128,
    surplus: u128,
    excluded: Vec<CandidateId>,
    round: usize,
}

/// Counts by Meek's method.
pub(crate) fn count(tally: &mut Tally<'_>, overvote: Overvote) {
    let lists = rankings::read(tally, Reading::Transferable(overvote));
    let n = tally.n;
    let mut meek = Meek {
        lists: &lists,
        seats: tally.options.seats,
        valid: lists.iter().map(|(_, count)| count).sum(),
        state: (0..n).map(|c| if tally.stands(c) { State::Hopeful } else { State::Absent }).collect(),
        keep: vec![ONE; n],
        votes: vec![0; n],
        quota: 0,
        surplus: 0,
        excluded: Vec::new(),
        round: 0,
    };
    while !meek.complete(tally) {
        meek.round(tally);
    }
    meek.fill(tally);
    let rest = tally.levels_by(meek.with(State::Hopeful), |c| Reverse(meek.now(c)));
    let excluded = std::mem::take(&mut meek.excluded);
    tally.finish_stv(rest, &excluded);
}

impl Meek<'_> {
    fn is(&self, c: CandidateId, state: State) -> bool {
        self.state.get(c) == Some(&state)
    }

    fn with(&self, state: State) -> Vec<CandidateId> {
        (0..self.state.len()).filter(|&c| self.is(c, state)).collect()
    }

    fn now(&self, c: CandidateId) -> u128 {
        self.votes.get(c).copied().unwrap_or(0)
    }

    fn keep_of(&self, c: CandidateId) -> u64 {
        self.keep.get(c).copied().unwrap_or(0)
    }

    fn set(&mut self, c: CandidateId, state: State) {
        if let Some(s) = self.state.get_mut(c) {
            *s = state;
        }
    }

    /// Those who can still be elected.
    fn open(&self, tally: &Tally<'_>) -> Vec<CandidateId> {
        self.with(State::Hopeful).into_iter().filter(|&c| !tally.barred(c)).collect()
    }

    fn complete(&self, tally: &Tally<'_>) -> bool {
        let elected = tally.out.winners.len();
        elected >= self.seats || elected + self.open(tally).len() <= self.seats
    }

    /// One round: distribute until somebody is elected or the surplus is settled, then exclude the lowest.
    fn round(&mut self, tally: &mut Tally<'_>) {
        self.round += 1;
        let first = self.round == 1;
        let prefixes = self.prefixes();
        let mut before = u128::from(self.valid) * u128::from(ONE);
        let mut told = !first;
        loop {
            self.distribute(&prefixes);
            if !told {
                tally.say(Step::first(&self.record(Action::First)));
                told = true;
            }
            let reached: Vec<usize> =
                self.with(State::Hopeful).into_iter().filter(|&c| self.now(c) >= self.quota).collect();
            let blocked = reached.iter().any(|&c| tally.barred(c));
            let elected = self.seat(tally, &reached);
            self.measure();
            if !elected.is_empty() {
                let votes = elected.iter().map(|&c| (c, amount(self.now(c)))).collect();
                let quota = amount(self.quota);
                tally.say(Step::Reached { round: self.round, candidates: votes, quota });
                let mut round = self.record(if first { Action::First } else { Action::Count });
                round.elected = elected;
                tally.out.rounds.push(round);
                return;
            }
            if blocked || self.surplus < OMEGA || self.surplus >= before {
                break;
            }
            before = self.surplus;
            self.shrink();
        }
        self.exclude(tally, first);
    }

    fn seat(&mut self, tally: &mut Tally<'_>, who: &[CandidateId]) -> Vec<CandidateId> {
        let mut elected = tally.seat_by_votes(who, self.round, |c| self.now(c));
        for &c in &elected {
            self.set(c, State::Elected);
        }
        // The reference rule knows no order inside a round; the vectors list it by number. The ranking has it by votes.
        elected.sort_unstable();
        if let Some(new) =
            tally.out.winners.len().checked_sub(elected.len()).and_then(|at| tally.out.winners.get_mut(at..))
        {
            new.sort_unstable();
        }
        elected
    }

    /// Lists up to their first hopeful candidate, merged: within a round nothing after it receives anything.
    fn prefixes(&self) -> Vec<(Vec<u16>, u64)> {
        let mut merged: HashMap<Vec<u16>, u64> = HashMap::new();
        let mut prefix = Vec::new();
        for (list, count) in self.lists.iter() {
            prefix.clear();
            for &entry in list {
                let c = candidate(entry);
                if self.is(c, State::Hopeful) {
                    prefix.push(entry);
                    break;
                }
                if self.is(c, State::Elected) {
                    prefix.push(entry);
                }
            }
            match merged.get_mut(prefix.as_slice()) {
                Some(n) => *n += count,
                None => {
                    merged.insert(prefix.clone(), count);
                }
            }
        }
        merged.into_iter().collect()
    }

    fn distribute(&mut self, prefixes: &[(Vec<u16>, u64)]) {
        self.votes.iter_mut().for_each(|v| *v = 0);
        for (list, count) in prefixes {
            let mut weight = ONE;
            for &entry in list {
                let c = candidate(entry);
                // Both factors are at most 10^9, so the product fits 64 bits.
                let kept = (weight * self.keep_of(c)).div_ceil(ONE);
                if let Some(v) = self.votes.get_mut(c) {
                    *v += u128::from(kept) * u128::from(*count);
                }
                weight -= kept;
                if weight == 0 {
                    break;
                }
            }
        }
        let sum: u128 = self.votes.iter().sum();
        self.quota = sum / (self.seats as u128).saturating_add(1) + 1;
    }

    /// The surplus over all elected; votes below the quota count against it.
    fn measure(&mut self) {
        let elected = self.with(State::Elected);
        let have: u128 = elected.iter().map(|&c| self.now(c)).sum();
        self.surplus = have.saturating_sub(self.quota * elected.len() as u128);
    }

    fn shrink(&mut self) {
        for c in self.with(State::Elected) {
            let votes = self.now(c).max(1);
            let scaled = (u128::from(self.keep_of(c)) * self.quota).div_ceil(u128::from(ONE));
            let keep = (scaled * u128::from(ONE)).div_ceil(votes).min(u128::from(ONE));
            if let Some(k) = self.keep.get_mut(c) {
                *k = u64::try_from(keep).unwrap_or(ONE);
            }
        }
    }

    fn record(&self, action: Action) -> Round {
        let shown =
            (0..self.state.len()).filter(|&c| self.is(c, State::Hopeful) || self.is(c, State::Elected));
        let mut round = Round::new(action, shown.map(|c| (c, amount(self.now(c)))).collect());
        let total: u128 = self.votes.iter().sum();
        round.exhausted = amount((u128::from(self.valid) * u128::from(ONE)).saturating_sub(total));
        round.quota = Some(amount(self.quota));
        round.surplus = Some(amount(self.surplus));
        round
    }

    fn exclude(&mut self, tally: &mut Tally<'_>, first: bool) {
        let hopeful = self.with(State::Hopeful);
        let full: Vec<usize> = hopeful.iter().copied().filter(|&c| tally.barred(c)).collect();
        let mut round = self.record(if first { Action::First } else { Action::Count });
        let mut why = Why::Lowest;
        let out = if let Some(c) = full.into_iter().min_by_key(|&c| (self.now(c), Reverse(tally.luck(c)))) {
            tally.pass_over(c);
            why = Why::GroupFull;
            Some(c)
        } else {
            let hopeful = tally.excludable(&hopeful);
            let low = hopeful.iter().map(|&c| self.now(c)).min().unwrap_or(0);
            let tied: Vec<usize> =
                hopeful.into_iter().filter(|&c| self.now(c) <= low + self.surplus).collect();
            let out = tally.luckiest_first(&tied).last().copied();
            if let (Some(c), true) = (out, tied.len() > 1) {
                tally.tie(TiePlace::Exclusion, self.round, tied, vec![c], TieRule::Lot);
                round.tie = Some(TieRule::Lot);
            }
            out
        };
        let Some(out) = out else { return };
        round.excluded = Some(out);
        tally.out.rounds.push(round);
        let (round, votes) = (self.round, amount(self.now(out)));
        tally.say(Step::Excluded { round, candidate: out, votes, transfers: Vec::new(), why });
        self.set(out, State::Excluded);
        self.excluded.push(out);
        if let Some(k) = self.keep.get_mut(out) {
            *k = 0;
        }
    }

    /// Elects all who are left when they just fit the seats.
    fn fill(&mut self, tally: &mut Tally<'_>) {
        let left = self.seats.saturating_sub(tally.out.winners.len());
        let open = self.open(tally);
        let elected = self.seat(tally, &open);
        if !elected.is_empty() {
            tally.say(Step::Fill { candidates: elected.clone(), seats: left });
            let mut round = Round::new(Action::Fill, BTreeMap::new());
            round.elected = elected;
            tally.out.rounds.push(round);
        }
        if left > 0 {
            for c in self.with(State::Hopeful) {
                tally.pass_over(c);
            }
        }
    }
}
