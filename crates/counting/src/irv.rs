//! Instant runoff voting (2.4).

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::amount::Amount;
use crate::method::{Overvote, Stop};
use crate::outcome::{Action, CandidateId, Round, TiePlace, TieRule, Transfer};
use crate::rankings::{self, Rankings, Reading, SHARED, candidate};
use crate::steps::{Step, Why};
use crate::tally::Tally;

/// Votes of each candidate in each round so far.
type History = Vec<Vec<u64>>;

/// Excludes the last until one candidate has a majority of the continuing votes.
pub(crate) fn count(tally: &mut Tally<'_>, overvote: Overvote, stop: Stop) {
    let lists = rankings::read(tally, Reading::Runoff(overvote));
    if tally.options.seats > 1 {
        tally.say(Step::OneWinner { seats: tally.options.seats });
    }
    let mut runoff = Runoff::new(tally, &lists);
    loop {
        runoff.record(tally);
        if runoff.continuing() == 0 {
            if runoff.history.len() == 1 {
                tally.say(Step::NoVotes);
                let mut order = runoff.hopefuls();
                order.sort_by_key(|&c| tally.luck(c));
                tally.out.order = order;
            } else {
                // Whoever had votes cannot be elected, and nobody else has any: those left are level.
                let left = runoff.hopefuls();
                let excluded = runoff.excluded.iter().rev();
                tally.out.order = left.iter().chain(excluded.clone()).copied().collect();
                let left = Some(left).filter(|l| !l.is_empty());
                tally.out.ranking = left.into_iter().chain(excluded.map(|&c| vec![c])).collect();
            }
            break;
        }
        if let Some(full) = runoff.full(tally) {
            tally.pass_over(full);
            runoff.goes_out(tally, full, Why::GroupFull);
            continue;
        }
        if let Some(winner) = runoff.winner(stop) {
            finish(tally, &runoff, winner);
            break;
        }
        let Some(out) = runoff.last(tally) else { break };
        runoff.goes_out(tally, out, Why::Lowest);
    }
    if tally.out.ranking.is_empty() {
        tally.out.ranking = tally.out.order.iter().map(|&c| vec![c]).collect();
    }
    tally.out.counts.exhausted = Some(runoff.exhausted);
}

fn finish(tally: &mut Tally<'_>, runoff: &Runoff<'_>, winner: CandidateId) {
    if let Some(round) = tally.out.rounds.last_mut() {
        round.elected.push(winner);
    }
    tally.say(Step::Majority {
        round: runoff.history.len(),
        candidate: winner,
        votes: runoff.now(winner),
        continuing: runoff.continuing(),
    });
    tally.out.winners = vec![winner];
    let mut rest = runoff.hopefuls();
    rest.retain(|&c| c != winner);
    let rest = tally.levels_by(rest, |c| Reverse(runoff.now(c))).into_iter().flatten();
    tally.out.order = [winner].into_iter().chain(rest).chain(runoff.excluded.iter().rev().copied()).collect();
}

struct Runoff<'a> {
    lists: &'a Rankings,
    alive: Vec<bool>,
    /// Per candidate, the lists that count for it now.
    piles: Vec<Vec<u32>>,
    /// Lists waiting at a shared rank.
    waiting: Vec<u32>,
    votes: Vec<u64>,
    exhausted: u64,
    history: History,
    excluded: Vec<CandidateId>,
}

/// Where a list counts.
enum Place {
    At(CandidateId),
    Waiting,
    Nowhere,
}

impl<'a> Runoff<'a> {
    fn new(tally: &Tally<'a>, lists: &'a Rankings) -> Runoff<'a> {
        let n = tally.n;
        let mut runoff = Runoff {
            lists,
            alive: (0..n).map(|c| tally.standing.binary_search(&c).is_ok()).collect(),
            piles: vec![Vec::new(); n],
            waiting: Vec::new(),
            votes: vec![0; n],
            exhausted: 0,
            history: Vec::new(),
            excluded: Vec::new(),
        };
        for i in 0..lists.len() {
            runoff.put(i as u32, None, &mut BTreeMap::new());
        }
        runoff
    }

    fn hopefuls(&self) -> Vec<CandidateId> {
        (0..self.alive.len()).filter(|&c| self.is_alive(c)).collect()
    }

    fn is_alive(&self, c: CandidateId) -> bool {
        self.alive.get(c).copied().unwrap_or(false)
    }

    fn now(&self, c: CandidateId) -> u64 {
        self.votes.get(c).copied().unwrap_or(0)
    }

    fn votes_before(&self, c: CandidateId) -> u64 {
        self.history.last().and_then(|h| h.get(c)).copied().unwrap_or(0)
    }

    fn continuing(&self) -> u64 {
        self.votes.iter().sum()
    }

    /// The place of a list: its first continuing candidate, or a shared rank with several of them.
    fn place(&self, list: &[u16]) -> Place {
        for group in list.chunk_by(|&a, _| a & SHARED != 0) {
            let mut left = group.iter().map(|&e| candidate(e)).filter(|&c| self.is_alive(c));
            match (left.next(), left.next()) {
                (Some(c), None) => return Place::At(c),
                (Some(_), Some(_)) => return Place::Waiting,
                _ => {}
            }
        }
        Place::Nowhere
    }

    fn put(&mut self, i: u32, from: Option<CandidateId>, moved: &mut BTreeMap<Option<CandidateId>, u64>) {
        let count = self.lists.count(i as usize);
        let to = match self.place(self.lists.list(i as usize)) {
            Place::At(c) => {
                if let (Some(pile), Some(v)) = (self.piles.get_mut(c), self.votes.get_mut(c)) {
                    pile.push(i);
                    *v += count;
                }
                Some(c)
            }
            Place::Waiting => {
                self.waiting.push(i);
                self.exhausted += count;
                None
            }
            Place::Nowhere => {
                self.exhausted += count;
                None
            }
        };
        if from.is_some() {
            *moved.entry(to).or_insert(0) += count;
        }
    }

    fn record(&mut self, tally: &mut Tally<'_>) {
        let votes = self.hopefuls().into_iter().map(|c| (c, Amount::whole(self.now(c)))).collect();
        let mut round =
            Round::new(if self.history.is_empty() { Action::First } else { Action::Count }, votes);
        round.exhausted = Amount::whole(self.exhausted);
        if self.history.is_empty() {
            tally.say(Step::first(&round));
        }
        tally.out.rounds.push(round);
        self.history.push(self.votes.clone());
    }

    fn winner(&self, stop: Stop) -> Option<CandidateId> {
        let hopefuls = self.hopefuls();
        let continuing = self.continuing();
        let majority = hopefuls.iter().copied().find(|&c| self.now(c) * 2 > continuing);
        match stop {
            Stop::Two if hopefuls.len() > 2 => None,
            _ if hopefuls.len() == 1 => hopefuls.first().copied(),
            _ => majority,
        }
    }

    /// The lowest; among equals whoever was lowest most recently, then the unluckiest.
    fn last(&self, tally: &mut Tally<'_>) -> Option<CandidateId> {
        let hopefuls = self.hopefuls();
        let low = hopefuls.iter().map(|&c| self.now(c)).min()?;
        let tied: Vec<usize> = hopefuls.into_iter().filter(|&c| self.now(c) == low).collect();
        if tied.len() == 1 {
            return tied.first().copied();
        }
        let earlier = self.history.iter().rev().skip(1);
        let left = narrow(tied.clone(), earlier, |votes, c| Reverse(votes.get(c).copied().unwrap_or(0)));
        let by = if left.len() == 1 { TieRule::EarlierRound } else { TieRule::Lot };
        let out = *tally.luckiest_first(&left).last()?;
        tally.tie_between(TiePlace::Exclusion, self.history.len(), (tied, &left), vec![out], by);
        if let Some(round) = tally.out.rounds.last_mut() {
            round.tie = Some(by);
        }
        Some(out)
    }

    /// The first to go of those whose group members in office fill: they keep no votes from anybody.
    fn full(&self, tally: &Tally<'_>) -> Option<CandidateId> {
        let full = self.hopefuls().into_iter().filter(|&c| tally.barred(c));
        full.min_by_key(|&c| (self.now(c), Reverse(tally.luck(c))))
    }

    fn goes_out(&mut self, tally: &mut Tally<'_>, out: CandidateId, why: Why) {
        let moved = self.exclude(out);
        if let Some(round) = tally.out.rounds.last_mut() {
            round.excluded = Some(out);
            round.transfers.clone_from(&moved);
        }
        let (round, votes) = (self.history.len(), Amount::whole(self.votes_before(out)));
        tally.say(Step::Excluded { round, candidate: out, votes, transfers: moved, why });
    }

    fn exclude(&mut self, out: CandidateId) -> Vec<Transfer> {
        if let (Some(a), Some(v)) = (self.alive.get_mut(out), self.votes.get_mut(out)) {
            *a = false;
            *v = 0;
        }
        self.excluded.push(out);
        let pile = self.piles.get_mut(out).map(std::mem::take).unwrap_or_default();
        let waiting = std::mem::take(&mut self.waiting);
        let mut moved = BTreeMap::new();
        for i in pile {
            self.put(i, Some(out), &mut moved);
        }
        for i in waiting {
            self.exhausted -= self.lists.count(i as usize);
            self.put(i, None, &mut moved);
        }
        moved.into_iter().map(|(to, n)| Transfer { from: out, to, votes: Amount::whole(n) }).collect()
    }
}

/// Keeps, stage by stage from the most recent, those of the tied that rank highest by `key`.
pub(crate) fn narrow<'h, T: 'h, K: Ord>(
    mut tied: Vec<CandidateId>,
    stages: impl Iterator<Item = &'h T>,
    key: impl Fn(&T, CandidateId) -> K,
) -> Vec<CandidateId> {
    for stage in stages {
        if tied.len() < 2 {
            break;
        }
        let best = tied.iter().map(|&c| key(stage, c)).max();
        tied.retain(|&c| Some(key(stage, c)) == best);
    }
    tied
}
