//! Ranked pairs: majorities are locked from the strongest down unless they would close a cycle (2.9).

use std::cmp::Reverse;

use super::{Matrix, read, say_condorcet, strength};
use crate::method::Strength;
use crate::outcome::{CandidateId, Detail, TiePlace, TieRule};
use crate::steps::Step;
use crate::tally::Tally;

/// What is locked: `reach[a]` tells whom a reaches.
struct Graph {
    n: usize,
    reach: Vec<bool>,
}

impl Graph {
    fn reaches(&self, a: CandidateId, b: CandidateId) -> bool {
        self.reach.get(a * self.n + b) == Some(&true)
    }

    fn lock(&mut self, winner: CandidateId, loser: CandidateId) {
        let from: Vec<usize> = (0..self.n).filter(|&a| a == winner || self.reaches(a, winner)).collect();
        let to: Vec<usize> = (0..self.n).filter(|&b| b == loser || self.reaches(loser, b)).collect();
        for &a in &from {
            for &b in &to {
                if let Some(cell) = self.reach.get_mut(a * self.n + b) {
                    *cell = true;
                }
            }
        }
    }
}

/// Locks majorities and elects from the top of what is locked.
pub(crate) fn count(tally: &mut Tally<'_>, rule: Strength) {
    let d = read(tally);
    rank(tally, &d, rule);
}

/// The same from the matrix.
pub(crate) fn rank(tally: &mut Tally<'_>, d: &Matrix, rule: Strength) {
    let n = tally.n;
    let standing = tally.standing.clone();
    say_condorcet(tally, d);
    let mut majorities: Vec<(usize, usize)> = standing
        .iter()
        .flat_map(|&a| standing.iter().map(move |&b| (a, b)))
        .filter(|&(a, b)| d.beats(a, b))
        .collect();
    let power = |&(a, b): &(usize, usize)| strength(rule, d.get(a, b), d.get(b, a));
    majorities.sort_by_key(|pair| Reverse(power(pair)));
    for equal in majorities.chunk_by_mut(|x, y| power(x) == power(y)) {
        let luckiest = tally.luckiest_first(&involved(equal));
        let luck = |c: usize| luckiest.iter().position(|&l| l == c);
        equal.sort_by_key(|pair| (luck(pair.0), Reverse(luck(pair.1))));
    }
    let mut graph = Graph { n, reach: vec![false; n * n] };
    let (mut locked, mut skipped) = (Vec::new(), Vec::new());
    for equal in majorities.chunk_by(|x, y| power(x) == power(y)) {
        let closed_before: Vec<bool> = equal.iter().map(|&(a, b)| graph.reaches(b, a)).collect();
        for (&(a, b), closed) in equal.iter().zip(closed_before) {
            let (won, lost) = (d.get(a, b), d.get(b, a));
            if graph.reaches(b, a) {
                skipped.push((a, b));
                if !closed {
                    tally.tie(TiePlace::Majorities, 0, involved(equal), vec![], TieRule::Lot);
                }
                tally.say(Step::Skipped { winner: a, loser: b, won, lost });
            } else {
                graph.lock(a, b);
                locked.push((a, b));
                tally.say(Step::Locked { winner: a, loser: b, won, lost });
            }
        }
    }
    elect(tally, &graph);
    let mut result = d.result(&standing);
    result.locked = Some(locked);
    result.skipped = Some(skipped);
    tally.out.detail = Detail::Pairwise(result);
}

fn involved(equal: &[(CandidateId, CandidateId)]) -> Vec<CandidateId> {
    let mut all: Vec<usize> = equal.iter().flat_map(|&(a, b)| [a, b]).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Takes the undominated again and again, the luckier first.
fn elect(tally: &mut Tally<'_>, graph: &Graph) {
    let mut left = tally.standing.clone();
    let mut order = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let free: Vec<usize> =
            left.iter().copied().filter(|&c| !left.iter().any(|&o| graph.reaches(o, c))).collect();
        let Some(next) = tally.luckiest_first(&free).first().copied() else { break };
        left.retain(|&c| c != next);
        order.push(next);
    }
    if tally.options.rank_only {
        tally.elect_in_order(blocks(&order, graph));
        return;
    }
    tally.elect_in_order(order.iter().map(|&c| vec![c]).collect());
    let level = swaps(&order, tally.out.winners.len(), graph);
    let inside = order.get(..tally.out.winners.len()).unwrap_or_default();
    if tally.out.disqualified.is_none() && !level.is_empty() {
        let tied = involved(&level);
        let picked = inside.iter().copied().filter(|c| tied.contains(c)).collect();
        tally.tie(TiePlace::LastSeat, 0, tied, picked, TieRule::Lot);
    }
}

/// Who behind place `at` could take the place of whom before it without breaking a locked majority.
fn swaps(order: &[CandidateId], at: usize, graph: &Graph) -> Vec<(CandidateId, CandidateId)> {
    let (inside, outside) = order.split_at(at.min(order.len()));
    let swap = |x: usize, y: usize| {
        !inside.iter().any(|&i| graph.reaches(y, i))
            && !outside.iter().any(|&o| graph.reaches(o, x))
            && !graph.reaches(y, x)
    };
    let pairs = outside.iter().flat_map(|&x| inside.iter().map(move |&y| (x, y)));
    pairs.filter(|&(x, y)| swap(x, y)).collect()
}

/// The order cut wherever the locked majorities alone say who is before and who behind.
fn blocks(order: &[CandidateId], graph: &Graph) -> Vec<Vec<CandidateId>> {
    let mut blocks: Vec<Vec<CandidateId>> = Vec::new();
    for (at, &c) in order.iter().enumerate() {
        match blocks.last_mut() {
            Some(block) if !swaps(order, at, graph).is_empty() => block.push(c),
            _ => blocks.push(vec![c]),
        }
    }
    blocks
}
