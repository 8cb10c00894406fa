//! The outcome of a method in the terms of the seat rules.

use folkmoot_counting::outcome::Detail;
use folkmoot_counting::{Outcome, lot};
use folkmoot_governance::CandidateId;
use folkmoot_governance::seats::{Candidate, CandidateStatus, SeatGroup, SeatInput, TieOrder, TieResolution};
use folkmoot_governance::term::TermPolicy;

use super::{Ties, body_size, id, number, totals};
use crate::elections::settings::{AnswerSettings, QuestionSettings, Seating};

/// Candidates best first, those whom the method finds level together.
pub(super) fn ranking(question: &QuestionSettings, outcome: &Outcome) -> Vec<Vec<usize>> {
    let mut groups = outcome.ranking.clone();
    if groups.is_empty() {
        groups = outcome.order.iter().map(|c| vec![*c]).collect();
    }
    // Withdrawn candidates stand in no order; they come last, where they take nothing.
    for candidate in 0..question.answers.len() {
        if !groups.iter().flatten().any(|c| *c == candidate) {
            groups.push(vec![candidate]);
        }
    }
    groups
}

/// Everything the seat rules look at.
pub(super) fn input(
    index: usize,
    (question, seating): (&QuestionSettings, &Seating),
    outcome: &Outcome,
    ranking: &[Vec<usize>],
    ties: &Ties,
) -> SeatInput {
    SeatInput {
        tie_orders: tie_orders(index, question.answers.len(), outcome, ties),
        candidates: candidates(question, totals(outcome).as_deref()),
        groups: groups(question, seating),
        body_size: body_size(question, seating),
        serving: seating.serving.clone(),
        co_affiliation: seating.co_affiliation.clone(),
        organisations: seating.organisations.clone(),
        minimum_of_top: seating.minimum_of_top,
        ranking: ranking.iter().map(|level| level.iter().map(|c| id(*c)).collect()).collect(),
    }
}

/// Only these candidates; the seats of all others stay empty.
pub(super) fn only(input: &mut SeatInput, stays: impl Fn(usize) -> bool) {
    let stays = |c: &CandidateId| number(c).is_some_and(&stays);
    input.candidates.retain(|candidate| stays(&candidate.id));
    input.ranking.iter_mut().for_each(|level| level.retain(&stays));
    input.ranking.retain(|level| !level.is_empty());
}

/// Somebody has given up a seat.
pub(super) fn leaves(input: &mut SeatInput, who: &CandidateId) {
    for candidate in input.candidates.iter_mut().filter(|candidate| candidate.id == *who) {
        candidate.status = CandidateStatus::Withdrawn;
    }
}

fn candidates(question: &QuestionSettings, totals: Option<&[u64]>) -> Vec<Candidate> {
    let one = |(i, answer): (usize, &AnswerSettings)| Candidate {
        id: id(i),
        name: answer.name.clone(),
        total: totals.and_then(|t| t.get(i).copied()),
        affiliations: answer.affiliations.clone(),
        status: match (answer.withdrawn, answer.ineligible.as_str()) {
            (true, _) => CandidateStatus::Withdrawn,
            (false, "") => CandidateStatus::Standing,
            (false, reason) => CandidateStatus::Ineligible { reason: reason.to_owned() },
        },
    };
    question.answers.iter().enumerate().map(one).collect()
}

fn groups(question: &QuestionSettings, seating: &Seating) -> Vec<SeatGroup> {
    if seating.groups.is_empty() {
        return vec![SeatGroup { cohort: None, seats: question.seats, term: TermPolicy::UntilNextElection }];
    }
    seating.groups.clone()
}

/// What was agreed, as it was recorded, and then the lot: the seat rules take for each tie the first that holds everybody in
/// it.
fn tie_orders(index: usize, candidates: usize, outcome: &Outcome, ties: &Ties) -> Vec<TieOrder> {
    let ids = |order: &[usize]| locked_first(order, outcome).into_iter().map(id).collect();
    let agreed = ties.of(index).map(|a| TieOrder { order: ids(&a.order), how: TieResolution::Agreement });
    let drawn = ties.seed.as_ref().map(|seed| lot::order(seed, candidates));
    agreed.chain(drawn.map(|order| TieOrder { order: ids(&order), how: TieResolution::Lot })).collect()
}

/// Ranked pairs: again and again the first of those whom no locked majority puts behind somebody left (counting 2.9). In
/// other methods the order as it is.
fn locked_first(order: &[usize], outcome: &Outcome) -> Vec<usize> {
    let Detail::Pairwise(pairwise) = &outcome.detail else { return order.to_vec() };
    let Some(locked) = &pairwise.locked else { return order.to_vec() };
    let behind = |of: usize| {
        let (mut found, mut open) = (Vec::new(), vec![of]);
        while let Some(at) = open.pop() {
            for &(_, loser) in locked.iter().filter(|(winner, _)| *winner == at) {
                if !found.contains(&loser) {
                    found.push(loser);
                    open.push(loser);
                }
            }
        }
        found
    };
    let behind: Vec<(usize, Vec<usize>)> = order.iter().map(|c| (*c, behind(*c))).collect();
    let (mut left, mut sorted) = (order.to_vec(), Vec::new());
    while !left.is_empty() {
        let free = |c: &usize| !behind.iter().any(|(by, all)| left.contains(by) && all.contains(c));
        let Some(at) = left.iter().position(free) else { break };
        sorted.push(left.remove(at));
    }
    sorted
}
