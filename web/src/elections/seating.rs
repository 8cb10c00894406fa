//! From the outcome of a method to filled seats: cohorts, limits on common affiliations, withdrawals, ties by lot or
//! agreement. The rules themselves are `folkmoot_governance::seats`; here the outcome is put into their terms.
//!
//! Candidates go by their number in the question, as in the archive, so that no spelling of a name changes anything.

use folkmoot_counting::outcome::{Detail, TieRule};
use folkmoot_counting::{Amount, Lot, Method, Options, Outcome, Profile, count, lot};
use folkmoot_governance::CandidateId;
use folkmoot_governance::seats::{
    Allocation, Candidate, CandidateStatus, Cap, CoAffiliationPolicy, Departure, OpenTie, Outcome as Seated,
    Refill, SeatGroup, SeatInput, TieOrder, TieResolution, allocate, next_in_rank,
};
use folkmoot_governance::term::TermPolicy;
use serde::{Deserialize, Serialize};

use super::settings::{QuestionSettings, Seating};
use crate::error::{AppError, AppResult};

/// What resolves the ties of one question.
#[derive(Debug, Clone, Default)]
pub struct Ties {
    /// Seed of the lot, once it is drawn.
    pub seed: Option<String>,
    /// Orders that tied candidates agreed on, best first.
    pub agreed: Vec<Agreement>,
}

/// Tied candidates agreed on an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// The question, from 0.
    pub question: usize,
    /// Candidates by number, best first.
    pub order: Vec<usize>,
    /// Who agreed, in words.
    pub reason: String,
}

/// Somebody elected does not take the seat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenUp {
    /// The question, from 0.
    pub question: usize,
    /// The candidate by number.
    pub candidate: usize,
    /// Why.
    pub why: Departure,
    /// Who moves up how.
    pub refill: Refill,
}

/// A tie that has to be resolved before anybody is elected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unresolved {
    /// The question, from 0.
    pub question: usize,
    /// Tied candidates by number.
    pub tied: Vec<usize>,
    /// In words.
    pub words: String,
}

/// A finished count, or the tie that it waits for.
pub enum Counted {
    /// Outcome of the method and, where seats are filled, who takes them.
    Done(Box<Outcome>, Option<Allocation>),
    /// A tie.
    Tied(Unresolved),
}

/// Counts a question and fills its seats.
///
/// # Errors
/// `Conflict` when the settings do not fit together.
pub fn elect(
    index: usize,
    question: &QuestionSettings,
    method: &Method,
    profile: &Profile,
    ties: &Ties,
    given_up: &[GivenUp],
) -> AppResult<Counted> {
    let seats = usize::try_from(seats_of(question)).map_err(AppError::internal)?;
    let candidates = question.answers.len();
    let limited = question.seating.as_ref().and_then(|s| Some((s, s.co_affiliation.as_ref()?)));
    // Transfers depend on the quota, so a limit has to act inside the count; in other methods those passed over are passed
    // over in the finished order, which grows by a round for each.
    let in_count = matches!(method, Method::StvScotland { .. } | Method::StvMeek { .. });
    // For the same reason nobody may keep votes who can take no seat, where votes pass on to the next choice.
    let passes_on = in_count || matches!(method, Method::Irv { .. } | Method::StvBelenios);
    let gone = |a: &super::settings::AnswerSettings| a.withdrawn || (passes_on && !a.ineligible.is_empty());
    let withdrawn = question.answers.iter().enumerate().filter(|(_, a)| gone(a)).map(|(i, _)| i).collect();
    let mut options =
        Options { seats, withdrawn, lot: lot_of(index, ties, candidates), ..Default::default() };
    if let (true, Some((seating, policy))) = (in_count, limited) {
        limit_in_count(question, seating, policy, &mut options)?;
    }
    loop {
        let outcome = match count(method, profile, &options) {
            Ok(outcome) => outcome,
            Err(folkmoot_counting::CountError::LotNeeded { tied, .. }) => {
                return Ok(Counted::Tied(unresolved(index, question, tied)));
            }
            Err(error) => {
                return Err(AppError::conflict(format!("“{}” cannot be counted: {error}", question.title)));
            }
        };
        if let Some(tied) = beyond_agreement(index, &outcome, ties) {
            return Ok(Counted::Tied(unresolved(index, question, tied)));
        }
        let Some(seating) = &question.seating else { return Ok(Counted::Done(Box::new(outcome), None)) };
        let allocation = match seated(index, question, seating, &outcome, ties, given_up)? {
            Ok(allocation) => allocation,
            Err(tie) => return Ok(Counted::Tied(tie)),
        };
        let enough = method.takes_totals() || in_count || method.is_single() || options.seats >= candidates;
        let elected = |c: &CandidateId| number(c).is_some_and(|n| outcome.winners.contains(&n));
        if enough || (allocation.vacant == 0 && allocation.seats.iter().all(|s| elected(&s.candidate))) {
            return Ok(Counted::Done(Box::new(outcome), Some(allocation)));
        }
        options.seats += 1;
    }
}

/// Seats of a question, over all cohorts.
#[must_use]
pub fn seats_of(question: &QuestionSettings) -> u32 {
    match &question.seating {
        Some(seating) if !seating.groups.is_empty() => {
            seating.groups.iter().fold(0_u32, |sum, g| sum.saturating_add(g.seats))
        }
        _ => question.seats,
    }
}

fn lot_of(index: usize, ties: &Ties, candidates: usize) -> Lot {
    let agreed: Vec<&Agreement> = ties.agreed.iter().filter(|a| a.question == index).collect();
    let drawn = ties.seed.as_ref().map(|seed| lot::order(seed, candidates));
    let Some(last) = agreed.last() else {
        return ties.seed.clone().map_or(Lot::Undrawn, |seed| Lot::Seed { seed });
    };
    // Those who agreed come in their order; a lot, if one is drawn as well, ranks everybody else.
    let mut order: Vec<usize> = Vec::new();
    for candidate in agreed.iter().flat_map(|a| a.order.iter().copied()) {
        if !order.contains(&candidate) {
            order.push(candidate);
        }
    }
    for candidate in drawn.unwrap_or_else(|| (0..candidates).collect()) {
        if !order.contains(&candidate) {
            order.push(candidate);
        }
    }
    Lot::Agreed { order, reason: last.reason.clone() }
}

/// A tie among candidates who did not all agree, decided by nothing but their numbers: no lot was drawn.
fn beyond_agreement(index: usize, outcome: &Outcome, ties: &Ties) -> Option<Vec<usize>> {
    if ties.seed.is_some() {
        return None;
    }
    let agreed = |tied: &[usize]| {
        let own = ties.agreed.iter().filter(|a| a.question == index);
        own.into_iter().any(|a| tied.iter().all(|c| a.order.contains(c)))
    };
    let lots = outcome.ties.iter().filter(|t| t.by == TieRule::Lot);
    lots.map(|t| &t.tied).find(|tied| !agreed(tied)).cloned()
}

fn limit_in_count(
    question: &QuestionSettings,
    seating: &Seating,
    policy: &CoAffiliationPolicy,
    options: &mut Options,
) -> AppResult<()> {
    let first = |a: &super::settings::AnswerSettings| {
        let all = seating.organisations.of(&a.affiliations, &policy.definition);
        all.into_iter().next().map(|o| o.to_string())
    };
    options.groups = question.answers.iter().map(first).collect();
    let limit = policy.limit(body_size(question, seating));
    options.max_per_group = Some(usize::try_from(limit).map_err(AppError::internal)?);
    Ok(())
}

fn body_size(question: &QuestionSettings, seating: &Seating) -> u32 {
    match seating.body_size {
        0 => seats_of(question),
        size => size,
    }
}

fn unresolved(index: usize, question: &QuestionSettings, tied: Vec<usize>) -> Unresolved {
    let name = |i: &usize| question.answers.get(*i).map_or("?", |a| a.name.as_str());
    let names: Vec<&str> = tied.iter().map(name).collect();
    let words = format!(
        "“{}”: {} are tied, and only a lot or their agreement can decide.",
        question.title,
        and(&names)
    );
    Unresolved { question: index, tied, words }
}

/// Names in a row: "A, B and C".
#[must_use]
pub fn and(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// The identifier of candidate `number` in seat rules.
fn id(number: usize) -> CandidateId {
    CandidateId::from(number.to_string())
}

/// The number of a candidate in the question.
#[must_use]
pub fn number(id: &CandidateId) -> Option<usize> {
    id.as_str().parse().ok()
}

/// Candidates best first; those with equal totals together, where totals decide.
fn ranking(question: &QuestionSettings, method_totals: Option<&[u64]>, outcome: &Outcome) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    match method_totals {
        Some(totals) => {
            let of = |c: usize| totals.get(c).copied();
            for &candidate in &outcome.order {
                match groups.last_mut() {
                    Some(group) if group.first().is_some_and(|g| of(*g) == of(candidate)) => {
                        group.push(candidate);
                    }
                    _ => groups.push(vec![candidate]),
                }
            }
        }
        None => {
            groups.extend(outcome.winners.iter().map(|w| vec![*w]));
            for group in &outcome.ranking {
                let rest: Vec<usize> =
                    group.iter().copied().filter(|c| !outcome.winners.contains(c)).collect();
                if !rest.is_empty() {
                    groups.push(rest);
                }
            }
        }
    }
    // Withdrawn candidates stand in no order; they come last, where they take nothing.
    for candidate in 0..question.answers.len() {
        if !groups.iter().flatten().any(|c| *c == candidate) {
            groups.push(vec![candidate]);
        }
    }
    groups
}

/// Totals as whole numbers, where the method has them.
#[must_use]
pub fn totals(outcome: &Outcome) -> Option<Vec<u64>> {
    let Detail::Totals(totals) = &outcome.detail else { return None };
    let whole = |t: &Amount| u64::try_from(t.floor()).ok().filter(|n| Amount::whole(*n) == *t);
    totals.iter().map(whole).collect()
}

fn seated(
    index: usize,
    question: &QuestionSettings,
    seating: &Seating,
    outcome: &Outcome,
    ties: &Ties,
    given_up: &[GivenUp],
) -> AppResult<Result<Allocation, Unresolved>> {
    let totals = totals(outcome);
    let decisive = if outcome.settings.takes_totals() { totals.as_deref() } else { None };
    let ranking = ranking(question, decisive, outcome);
    let mut input = SeatInput {
        tie_orders: tie_orders(index, &ranking, outcome, ties),
        ranking: ranking.iter().map(|g| g.iter().map(|c| id(*c)).collect()).collect(),
        candidates: candidates(question, totals.as_deref()),
        groups: groups(question, seating),
        body_size: body_size(question, seating),
        serving: seating.serving.clone(),
        co_affiliation: seating.co_affiliation.clone(),
        organisations: seating.organisations.clone(),
        minimum_of_top: seating.minimum_of_top,
    };
    let unfit = |e: folkmoot_governance::seats::SeatError| {
        AppError::conflict(format!("The seats of “{}” cannot be filled: {e}.", question.title))
    };
    let mut steps = Vec::new();
    let mut result = allocate(&input).map_err(unfit)?;
    for gone in given_up.iter().filter(|g| g.question == index) {
        let Seated::Allocated(before) = &result else { break };
        steps.extend(before.steps.iter().cloned());
        let before = before.clone();
        result = next_in_rank(&input, &before, &id(gone.candidate), &gone.why, gone.refill).map_err(unfit)?;
        for candidate in input.candidates.iter_mut().filter(|c| c.id == id(gone.candidate)) {
            candidate.status = CandidateStatus::Withdrawn;
        }
    }
    Ok(match result {
        Seated::Allocated(mut allocation) => {
            steps.append(&mut allocation.steps);
            allocation.steps = steps;
            Ok(allocation)
        }
        Seated::Tied(tie) => Err(open_tie(index, question, &tie)),
    })
}

fn open_tie(index: usize, question: &QuestionSettings, tie: &OpenTie) -> Unresolved {
    unresolved(index, question, tie.candidates.iter().filter_map(|w| number(&w.id)).collect())
}

fn candidates(question: &QuestionSettings, totals: Option<&[u64]>) -> Vec<Candidate> {
    let one = |(i, answer): (usize, &super::settings::AnswerSettings)| Candidate {
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

/// An order for every group of equals, as far as it is agreed or drawn.
fn tie_orders(index: usize, ranking: &[Vec<usize>], outcome: &Outcome, ties: &Ties) -> Vec<TieOrder> {
    let agreed = |group: &[usize]| {
        let whole = ties.agreed.iter().filter(|a| a.question == index);
        whole.rev().find(|a| group.iter().all(|c| a.order.contains(c))).map(|a| &a.order)
    };
    let sorted = |group: &[usize], order: &[usize]| {
        let mut group = group.to_vec();
        group.sort_by_key(|c| order.iter().position(|o| o == c));
        group.into_iter().map(id).collect::<Vec<_>>()
    };
    let mut found = Vec::new();
    for group in ranking.iter().filter(|g| g.len() > 1) {
        if let Some(order) = agreed(group) {
            found.push(TieOrder { order: sorted(group, order), how: TieResolution::Agreement });
        } else if ties.seed.is_some() {
            found.push(TieOrder { order: sorted(group, &outcome.lot), how: TieResolution::Lot });
        }
    }
    found
}

/// The limit in words, for pages; `None` without one.
#[must_use]
pub fn limit_words(question: &QuestionSettings) -> Option<String> {
    let seating = question.seating.as_ref()?;
    let policy = seating.co_affiliation.as_ref()?;
    let limit = policy.limit(body_size(question, seating));
    let of = match policy.max {
        Cap::Count(_) => String::new(),
        Cap::Share(share) => format!(" ({} of {} seats)", share.in_words(), body_size(question, seating)),
    };
    Some(format!("At most {limit}{of} may share an affiliation."))
}
