//! Scottish rules: weighted inclusive Gregory method, five decimals truncated per paper (2.5).

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::amount::Amount;
use crate::irv::narrow;
use crate::method::Overvote;
use crate::outcome::{Action, CandidateId, Round, TiePlace, TieRule, Transfer};
use crate::rankings::{self, Rankings, Reading, candidate};
use crate::steps::{Step, Why};
use crate::tally::Tally;

/// One vote in the units of this method, 10^-5.
const ONE: u64 = 100_000;

fn amount(units: u64) -> Amount {
    Amount::fixed(u128::from(units), 5)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Absent,
    Hopeful,
    Elected,
    Excluded,
}

/// Papers that arrived together: a list, where in it they are, and the value of each.
#[derive(Clone, Copy)]
struct Parcel {
    list: u32,
    at: u16,
    value: u64,
}

struct Stv<'a> {
    lists: &'a Rankings,
    quota: u64,
    state: Vec<State>,
    piles: Vec<Vec<Parcel>>,
    votes: Vec<u64>,
    nontransferable: u64,
    rounding: u64,
    /// Votes after each finished stage.
    history: Vec<Vec<u64>>,
    excluded: Vec<CandidateId>,
}

/// Counts by the Scottish rules.
pub(crate) fn count(tally: &mut Tally<'_>, overvote: Overvote) {
    let lists = rankings::read(tally, Reading::Transferable(overvote));
    let mut stv = Stv::first(tally, &lists);
    let mut action = Action::First;
    let mut moved = Vec::new();
    let mut tie = None;
    loop {
        stv.history.push(stv.votes.clone());
        let done = stv.elect(tally, action, std::mem::take(&mut moved), tie);
        if done {
            break;
        }
        let Some((next, by)) = stv.next(tally) else { break };
        tie = by;
        moved = match next {
            Action::Surplus(c) => stv.surplus(tally, c),
            Action::Exclude(c) => stv.exclude(tally, c),
            _ => Vec::new(),
        };
        action = next;
    }
    let rest = tally.levels_by(stv.with(State::Hopeful), |c| Reverse(stv.now(c)));
    tally.finish_stv(rest, &stv.excluded);
}

impl<'a> Stv<'a> {
    fn first(tally: &mut Tally<'_>, lists: &'a Rankings) -> Stv<'a> {
        let n = tally.n;
        let valid: u64 = lists.iter().map(|(_, count)| count).sum();
        let quota = valid / (tally.options.seats as u64).saturating_add(1) + 1;
        let state =
            (0..n).map(|c| if tally.stands(c) { State::Hopeful } else { State::Absent }).collect::<Vec<_>>();
        let mut stv = Stv {
            lists,
            quota: quota * ONE,
            state,
            piles: vec![Vec::new(); n],
            votes: vec![0; n],
            nontransferable: 0,
            rounding: 0,
            history: Vec::new(),
            excluded: Vec::new(),
        };
        tally.say(Step::Quota { quota: amount(stv.quota), valid, seats: tally.options.seats });
        for i in 0..lists.len() {
            stv.give(Parcel { list: i as u32, at: 0, value: ONE }, &mut BTreeMap::new());
        }
        stv
    }

    fn is(&self, c: CandidateId, state: State) -> bool {
        self.state.get(c) == Some(&state)
    }

    fn with(&self, state: State) -> Vec<CandidateId> {
        (0..self.state.len()).filter(|&c| self.is(c, state)).collect()
    }

    fn now(&self, c: CandidateId) -> u64 {
        self.votes.get(c).copied().unwrap_or(0)
    }

    fn set(&mut self, c: CandidateId, state: State) {
        if let Some(s) = self.state.get_mut(c) {
            *s = state;
        }
    }

    /// Moves a parcel to the first hopeful candidate from its place on, and returns the votes it holds.
    fn give(&mut self, mut parcel: Parcel, moved: &mut BTreeMap<Option<CandidateId>, u64>) -> u64 {
        let list = self.lists.list(parcel.list as usize);
        let votes = parcel.value * self.lists.count(parcel.list as usize);
        let next = list
            .iter()
            .enumerate()
            .skip(usize::from(parcel.at))
            .find(|&(_, &e)| self.is(candidate(e), State::Hopeful));
        let to = next.map(|(at, &entry)| {
            parcel.at = at as u16;
            candidate(entry)
        });
        match to {
            Some(c) => {
                if let (Some(pile), Some(v)) = (self.piles.get_mut(c), self.votes.get_mut(c)) {
                    pile.push(parcel);
                    *v += votes;
                }
            }
            None => self.nontransferable += votes,
        }
        *moved.entry(to).or_insert(0) += votes;
        votes
    }

    /// Ends a stage: elects whoever reached the quota, or all when they just fit. True when the count is over.
    fn elect(
        &mut self,
        tally: &mut Tally<'_>,
        action: Action,
        moved: Vec<Transfer>,
        tie: Option<TieRule>,
    ) -> bool {
        let number = self.history.len();
        let mut round = Round::new(action, BTreeMap::new());
        let shown = (0..self.state.len()).filter(|&c| !self.is(c, State::Absent));
        round.votes = shown.map(|c| (c, amount(self.now(c)))).collect();
        round.transfers = moved;
        round.exhausted = amount(self.nontransferable);
        round.rounding = Some(amount(self.rounding));
        round.quota = Some(amount(self.quota));
        round.tie = tie;
        if let Action::Exclude(c) = action {
            round.excluded = Some(c);
        }
        if action == Action::First {
            tally.say(Step::first(&round));
        }
        let reached = self.with(State::Hopeful).into_iter().filter(|&c| self.now(c) >= self.quota).collect();
        let reached = self.seat(tally, reached, &mut round);
        if !reached.is_empty() {
            let votes = reached.iter().map(|&c| (c, amount(self.now(c)))).collect();
            tally.say(Step::Reached { round: number, candidates: votes, quota: amount(self.quota) });
        }
        let left = tally.options.seats.saturating_sub(tally.out.winners.len());
        let open: Vec<usize> = self.with(State::Hopeful).into_iter().filter(|&c| !tally.barred(c)).collect();
        let mut done = left == 0;
        if left > 0 && open.len() <= left {
            let open = self.seat(tally, open, &mut round);
            if !open.is_empty() {
                tally.say(Step::Fill { candidates: open.clone(), seats: left });
            }
            done = true;
        }
        tally.out.rounds.push(round);
        if done {
            self.pass_over(tally);
        }
        done
    }

    /// Seats these, most votes first and the luckier first among equals; whoever does not fit a cap is taken off.
    fn seat(&mut self, tally: &mut Tally<'_>, who: Vec<CandidateId>, round: &mut Round) -> Vec<CandidateId> {
        let seated = tally.seat_by_votes(&who, self.history.len(), |c| self.now(c));
        for &c in &seated {
            round.elected.push(c);
            self.set(c, State::Elected);
        }
        seated
    }

    /// Names those left over only because their group is full, at the end of the count.
    fn pass_over(&mut self, tally: &mut Tally<'_>) {
        if tally.options.seats > tally.out.winners.len() {
            for c in self.with(State::Hopeful) {
                tally.pass_over(c);
            }
        }
    }

    /// What the next stage does: a full group's candidate goes, else the largest surplus, else the lowest.
    fn next(&self, tally: &mut Tally<'_>) -> Option<(Action, Option<TieRule>)> {
        let number = self.history.len() + 1;
        let hopeful = self.with(State::Hopeful);
        let full = hopeful.iter().copied().filter(|&c| tally.barred(c));
        if let Some(c) = full.min_by_key(|&c| (self.now(c), Reverse(tally.luck(c)))) {
            tally.pass_over(c);
            return Some((Action::Exclude(c), None));
        }
        let earlier = || self.history.iter().rev().skip(1);
        let largest =
            self.with(State::Elected).into_iter().map(|c| self.now(c)).filter(|&v| v > self.quota).max();
        if let Some(most) = largest {
            let tied: Vec<usize> =
                self.with(State::Elected).into_iter().filter(|&c| self.now(c) == most).collect();
            let left = narrow(tied.clone(), earlier(), |votes, c| votes.get(c).copied());
            let c = *tally.luckiest_first(&left).first()?;
            return Some((Action::Surplus(c), settle(tally, TiePlace::Surplus, number, (tied, &left), c)));
        }
        let hopeful = tally.excludable(&hopeful);
        let least = hopeful.iter().map(|&c| self.now(c)).min()?;
        let tied: Vec<usize> = hopeful.into_iter().filter(|&c| self.now(c) == least).collect();
        let left = narrow(tied.clone(), earlier(), |votes, c| Reverse(votes.get(c).copied()));
        let c = *tally.luckiest_first(&left).last()?;
        Some((Action::Exclude(c), settle(tally, TiePlace::Exclusion, number, (tied, &left), c)))
    }

    fn surplus(&mut self, tally: &mut Tally<'_>, c: CandidateId) -> Vec<Transfer> {
        let had = self.now(c);
        let surplus = had.saturating_sub(self.quota);
        let pile = self.piles.get_mut(c).map(std::mem::take).unwrap_or_default();
        let mut moved = BTreeMap::new();
        let mut given = 0;
        let mut last = (0, 0);
        for mut parcel in pile {
            if parcel.value != last.0 {
                let value = u128::from(surplus) * u128::from(parcel.value) / u128::from(had.max(1));
                last = (parcel.value, u64::try_from(value).unwrap_or(parcel.value));
            }
            parcel.value = last.1;
            given += self.give(parcel, &mut moved);
        }
        self.rounding += surplus.saturating_sub(given);
        if let Some(v) = self.votes.get_mut(c) {
            *v = self.quota;
        }
        let transfers = transfers(c, moved);
        tally.say(Step::Surplus {
            round: self.history.len() + 1,
            candidate: c,
            surplus: amount(surplus),
            transfers: transfers.clone(),
            rounding: amount(surplus.saturating_sub(given)),
        });
        transfers
    }

    fn exclude(&mut self, tally: &mut Tally<'_>, c: CandidateId) -> Vec<Transfer> {
        let had = self.now(c);
        let why = if tally.barred(c) { Why::GroupFull } else { Why::Lowest };
        self.set(c, State::Excluded);
        self.excluded.push(c);
        if let Some(v) = self.votes.get_mut(c) {
            *v = 0;
        }
        let pile = self.piles.get_mut(c).map(std::mem::take).unwrap_or_default();
        let mut moved = BTreeMap::new();
        for parcel in pile {
            self.give(parcel, &mut moved);
        }
        let transfers = transfers(c, moved);
        let round = self.history.len() + 1;
        tally.say(Step::Excluded {
            round,
            candidate: c,
            votes: amount(had),
            transfers: transfers.clone(),
            why,
        });
        transfers
    }
}

fn transfers(from: CandidateId, moved: BTreeMap<Option<CandidateId>, u64>) -> Vec<Transfer> {
    moved.into_iter().filter(|&(_, v)| v > 0).map(|(to, v)| Transfer { from, to, votes: amount(v) }).collect()
}

fn settle(
    tally: &mut Tally<'_>,
    place: TiePlace,
    round: usize,
    (tied, left): (Vec<CandidateId>, &[CandidateId]),
    picked: CandidateId,
) -> Option<TieRule> {
    if tied.len() < 2 {
        return None;
    }
    let by = if left.len() == 1 { TieRule::EarlierStage } else { TieRule::Lot };
    tally.tie_between(place, round, (tied, left), vec![picked], by);
    Some(by)
}
