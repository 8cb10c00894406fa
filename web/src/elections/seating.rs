//! From the outcome of a method to filled seats: cohorts, limits on common affiliations, withdrawals, ties by lot or
//! agreement. The rules themselves are `folkmoot_governance::seats`; here the outcome is put into their terms.
//!
//! Candidates go by their number in the question, as in the archive, so that no spelling of a name changes anything.

mod count;
mod fill;

use folkmoot_counting::outcome::Detail;
use folkmoot_counting::{Amount, Method, Outcome, Profile};
use folkmoot_governance::CandidateId;
use folkmoot_governance::seats::{Allocation, Cap, Departure, Refill};
use serde::{Deserialize, Serialize};

use super::settings::{QuestionKind, QuestionSettings, Seating};
use crate::error::{AppError, AppResult};

/// What resolves the ties of one question.
#[derive(Debug, Clone, Default)]
pub struct Ties {
    /// Seed of the lot, once it is drawn.
    pub seed: Option<String>,
    /// Orders that tied candidates agreed on, best first.
    pub agreed: Vec<Agreement>,
}

impl Ties {
    /// What candidates of a question agreed on, as it was recorded.
    fn of(&self, index: usize) -> impl Iterator<Item = &Agreement> {
        self.agreed.iter().filter(move |a| a.question == index)
    }
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
/// Each tie is resolved by itself: by the first recorded agreement of everybody in it, otherwise by the lot; without either it
/// is open where it decides who is seated, in which cohort, or whom a limit passes over (domain 6.2, counting 3).
///
/// # Errors
/// `Conflict` when the settings do not fit together, or a seat cannot be given up under this method.
pub fn elect(
    index: usize,
    question: &QuestionSettings,
    method: &Method,
    profile: &Profile,
    ties: &Ties,
    given_up: &[GivenUp],
) -> AppResult<Counted> {
    if let Some(why) = misfit(question) {
        return Err(AppError::conflict(format!("“{}” cannot be counted: {why}", question.title)));
    }
    let gone: Vec<&GivenUp> = given_up.iter().filter(|g| g.question == index).collect();
    match (count::Case { index, question, method, profile, ties }).decide(&gone) {
        Ok((outcome, allocation)) => Ok(Counted::Done(Box::new(outcome), allocation)),
        Err(count::Stop::Tied(tie)) => Ok(Counted::Tied(tie)),
        Err(count::Stop::Failed(error)) => Err(error),
    }
}

/// Why the seats of a question and those of its cohorts contradict each other, if they do. Voters are told the former, so
/// neither can stand for the other.
#[must_use]
pub fn misfit(question: &QuestionSettings) -> Option<String> {
    let groups = &question.seating.as_ref()?.groups;
    let sum = groups.iter().fold(0_u32, |sum, group| sum.saturating_add(group.seats));
    (!groups.is_empty() && sum != question.seats).then(|| {
        format!(
            "its cohorts have {sum} seats together, but {} are to be filled; say how many seats each cohort has.",
            question.seats
        )
    })
}

/// Whether a limit on common affiliations can be kept by this method: votes of whoever is passed over have to pass on, and
/// the rules of Belenios know no way to do that (counting 2.7, 2.13).
#[must_use]
pub fn keeps_limits(method: &Method) -> bool {
    *method != Method::StvBelenios
}

/// Why a seat of this question that is given up cannot be filled from its ballots: under the rules of Belenios a count again
/// would unseat others (counting 2.7, 2.13).
#[must_use]
pub fn no_refill(question: &QuestionSettings) -> Option<&'static str> {
    match &question.kind {
        QuestionKind::Ranking { method: Method::StvBelenios, .. } => Some(count::NO_REFILL),
        _ => None,
    }
}

/// Whether a seat that is given up is filled by a count again without whoever leaves, because votes pass on (counting 2.13).
#[must_use]
pub fn counts_again(question: &QuestionSettings) -> bool {
    let QuestionKind::Ranking { method, .. } = &question.kind else { return false };
    matches!(method, Method::StvScotland { .. } | Method::StvMeek { .. } | Method::Irv { .. })
}

fn body_size(question: &QuestionSettings, seating: &Seating) -> u32 {
    match seating.body_size {
        0 => question.seats,
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

/// Totals as whole numbers, where the method has them.
#[must_use]
pub fn totals(outcome: &Outcome) -> Option<Vec<u64>> {
    let Detail::Totals(totals) = &outcome.detail else { return None };
    let whole = |t: &Amount| u64::try_from(t.floor()).ok().filter(|n| Amount::whole(*n) == *t);
    totals.iter().map(whole).collect()
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
