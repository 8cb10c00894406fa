//! The single transferable vote as `belenios-tool method stv` counts it (2.7).
//!
//! That program computes in IEEE doubles, so equality of two candidates depends on the order of additions. This
//! module keeps its order: ballots sorted as lists; in each round weights are added in the order of the ballots;
//! then, from the candidate with most votes to the one with fewest, their ballots make the next round's list.
//! Identical ballots stay neighbours throughout, so they are kept as runs and only added one by one.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::amount::Amount;
use crate::options::CountError;
use crate::outcome::{Action, CandidateId, Detail, Event, Round, TiePlace, TieRule};
use crate::rankings::{self, Rankings, Reading, candidate};
use crate::steps::{Step, Why};
use crate::tally::Tally;

/// Most ballots this method adds up one by one.
pub(crate) const MAX_SEQUENTIAL: u64 = 1 << 26;

/// Neighbouring ballots with the same weight and preferences.
#[derive(Clone, Copy)]
struct Run {
    weight: f64,
    count: u64,
    list: u32,
    /// Everything before this place in the list is gone.
    at: u16,
}

struct Stv<'a> {
    lists: &'a Rankings,
    runs: Vec<Run>,
    /// Listed by somebody and neither elected nor excluded.
    left: Vec<bool>,
    quota: f64,
    events: Vec<Event>,
    excluded: Vec<CandidateId>,
}

/// Counts as Belenios does.
///
/// # Errors
/// More than [`MAX_SEQUENTIAL`] ballots.
pub(crate) fn count(tally: &mut Tally<'_>) -> Result<(), CountError> {
    let cast = tally.profile.cast().unwrap_or(0);
    if cast > MAX_SEQUENTIAL {
        return Err(CountError::Settings(format!(
            "this method adds ballots one by one and takes {MAX_SEQUENTIAL} at most"
        )));
    }
    let lists = rankings::read(tally, Reading::Strict);
    let valid: u64 = lists.iter().map(|(_, n)| n).sum();
    let seats = tally.options.seats;
    let quota = valid / (seats as u64).saturating_add(1) + 1;
    tally.say(Step::Quota { quota: Amount::whole(quota), valid, seats });
    let mut left = vec![false; tally.n];
    for &entry in lists.iter().flat_map(|(list, _)| list) {
        if let Some(l) = left.get_mut(candidate(entry)) {
            *l = true;
        }
    }
    let listed = left.iter().filter(|&&l| l).count();
    let runs =
        (0..lists.len()).map(|i| Run { weight: 1.0, count: lists.count(i), list: i as u32, at: 0 }).collect();
    let mut stv =
        Stv { lists: &lists, runs, left, quota: quota as f64, events: Vec::new(), excluded: Vec::new() };
    stv.run(tally);
    if listed < seats {
        tally.say(Step::BeleniosUnconfirmed { listed, seats });
    }
    let mut never: Vec<usize> = tally
        .standing
        .iter()
        .copied()
        .filter(|c| !tally.out.winners.contains(c) && !stv.excluded.contains(c))
        .collect();
    never.sort_by_key(|&c| (!stv.left.get(c).copied().unwrap_or(false), c));
    tally.finish_stv(never.into_iter().map(|c| vec![c]).collect(), &stv.excluded);
    tally.out.detail = Detail::Events(stv.events);
    Ok(())
}

impl Stv<'_> {
    fn run(&mut self, tally: &mut Tally<'_>) {
        loop {
            let seats_left = tally.options.seats.saturating_sub(tally.out.winners.len());
            if seats_left == 0 {
                return;
            }
            let mut hopeful: Vec<usize> =
                self.left.iter().enumerate().filter(|&(_, &l)| l).map(|(c, _)| c).collect();
            if hopeful.len() <= seats_left {
                self.fill(tally, hopeful, seats_left);
                return;
            }
            let (weights, first) = self.weigh();
            let weight = |c: usize| weights.get(c).copied().unwrap_or(0.0);
            hopeful.sort_by(|&a, &b| weight(b).total_cmp(&weight(a)).then(a.cmp(&b)));
            self.step(tally, &hopeful, &weight);
            self.rebuild(tally, &hopeful, &first, &weight);
        }
    }

    fn fill(&mut self, tally: &mut Tally<'_>, all: Vec<CandidateId>, seats: usize) {
        let mut round = Round::new(Action::Fill, BTreeMap::new());
        round.elected.clone_from(&all);
        tally.out.rounds.push(round);
        if !all.is_empty() {
            tally.say(Step::Fill { candidates: all.clone(), seats });
        }
        for &c in &all {
            self.drop(c);
        }
        tally.out.winners.extend_from_slice(&all);
        self.events.push(Event::Win(all));
    }

    /// Adds weights in ballot order; also tells which candidate each run counts for.
    fn weigh(&mut self) -> (Vec<f64>, Vec<Option<CandidateId>>) {
        let mut weights = vec![0.0f64; self.left.len()];
        let mut first = Vec::with_capacity(self.runs.len());
        for run in &mut self.runs {
            let list = self.lists.list(run.list as usize);
            let next = list
                .iter()
                .enumerate()
                .skip(usize::from(run.at))
                .find(|&(_, &e)| self.left.get(candidate(e)) == Some(&true));
            run.at = next.map_or(list.len(), |(at, _)| at) as u16;
            let c = next.map(|(_, &e)| candidate(e));
            if let Some(w) = c.and_then(|c| weights.get_mut(c)) {
                add(w, run.weight, run.count);
            }
            first.push(c);
        }
        (weights, first)
    }

    fn step(&mut self, tally: &mut Tally<'_>, sorted: &[CandidateId], weight: &impl Fn(usize) -> f64) {
        let number = tally.out.rounds.len() + 1;
        let mut round = Round::new(
            if number == 1 { Action::First } else { Action::Count },
            sorted.iter().map(|&c| (c, shown(weight(c)))).collect(),
        );
        round.quota = Some(shown(self.quota));
        if number == 1 {
            tally.say(Step::first(&round));
        }
        let same = |a: usize, b: usize| weight(a).total_cmp(&weight(b)) == Ordering::Equal;
        let (Some(&top), Some(&last)) = (sorted.first(), sorted.last()) else { return };
        if weight(top) >= self.quota {
            if let Some(&second) = sorted.get(1).filter(|&&s| same(top, s)) {
                self.events.push(Event::TieWin(vec![top, second]));
                tally.tie(TiePlace::Surplus, number, vec![top, second], vec![top], TieRule::Number);
                round.tie = Some(TieRule::Number);
            }
            self.events.push(Event::Win(vec![top]));
            tally.out.winners.push(top);
            round.elected.push(top);
            tally.say(Step::Reached {
                round: number,
                candidates: vec![(top, shown(weight(top)))],
                quota: shown(self.quota),
            });
        } else {
            if let Some(&above) = sorted.iter().rev().nth(1).filter(|&&a| same(last, a)) {
                self.events.push(Event::TieLose(vec![last, above]));
                tally.tie(TiePlace::Exclusion, number, vec![above, last], vec![last], TieRule::Number);
                round.tie = Some(TieRule::Number);
            }
            self.events.push(Event::Lose(last));
            self.excluded.push(last);
            round.excluded = Some(last);
            let votes = shown(weight(last));
            tally.say(Step::Excluded {
                round: number,
                candidate: last,
                votes,
                transfers: Vec::new(),
                why: Why::Lowest,
            });
        }
        tally.out.rounds.push(round);
    }

    /// Takes the decided candidate out, scales a winner's ballots, and puts the runs into the next round's order.
    fn rebuild(
        &mut self,
        tally: &Tally<'_>,
        sorted: &[CandidateId],
        first: &[Option<CandidateId>],
        weight: &impl Fn(usize) -> f64,
    ) {
        let elected = tally.out.rounds.last().and_then(|r| r.elected.first().copied());
        let gone = elected.or(self.excluded.last().copied());
        let mut piles: Vec<Vec<Run>> = vec![Vec::new(); self.left.len()];
        for (run, c) in self.runs.iter().zip(first) {
            if let Some(pile) = c.and_then(|c| piles.get_mut(c)) {
                pile.push(*run);
            }
        }
        let mut next = Vec::with_capacity(self.runs.len());
        for &c in sorted {
            let pile = piles.get_mut(c).map(std::mem::take).unwrap_or_default();
            if elected == Some(c) {
                let factor = (weight(c) - self.quota) / weight(c);
                next.extend(pile.into_iter().map(|r| Run { weight: r.weight * factor, ..r }));
            } else {
                next.extend(pile);
            }
        }
        self.runs = next;
        if let Some(c) = gone {
            self.drop(c);
        }
    }

    fn drop(&mut self, c: CandidateId) {
        if let Some(l) = self.left.get_mut(c) {
            *l = false;
        }
    }
}

/// Adds `weight` to `sum`, `count` times. Whole numbers add exactly, so those go at once.
fn add(sum: &mut f64, weight: f64, count: u64) {
    if weight.to_bits() == 1.0f64.to_bits() && sum.fract() == 0.0 {
        *sum += count as f64;
    } else {
        for _ in 0..count {
            *sum += weight;
        }
    }
}

/// A weight for display, to six decimals; decisions use the full double.
fn shown(weight: f64) -> Amount {
    Amount::fixed((weight * 1e6).round().max(0.0) as u128, 6)
}
