//! From the opened result to who is elected, and how pages show it.

use folkmoot_counting::{Ballot, Kind, Method, Options, Outcome, Profile, Votes, count};
use folkmoot_governance::threshold::{Ballot as MotionBallot, Votes as MotionVotes};
use folkmoot_store::Conn;
use folkmoot_store::elections::{self, Election, results as store, roll};
use serde::{Deserialize, Serialize};

use super::settings::{ElectionSettings, QuestionKind, QuestionSettings};
use crate::error::{AppError, AppResult};

/// What was decided on one question; stored as JSON and published.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Decision {
    /// The question.
    pub title: String,
    /// The sentence that says what was decided.
    pub headline: String,
    /// Names and totals in the order of the result.
    pub rows: Vec<Row>,
    /// The count told step by step.
    pub steps: Vec<String>,
    /// The complete outcome of the method, where one was counted.
    pub outcome: Option<Outcome>,
}

/// One answer in the table of a result.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Row {
    /// Name.
    pub name: String,
    /// Votes, where the method has one number per answer.
    pub votes: Option<u64>,
    /// Elected, or the side that prevailed.
    pub won: bool,
}

/// Counts every question of an opened election and stores the outcome.
///
/// # Errors
/// `NotFound` before the result is opened; `Conflict` when a tie needs a lot that is not drawn yet.
pub fn count_all(conn: &mut Conn, election: &Election) -> AppResult<Vec<Decision>> {
    let settings: ElectionSettings = serde_json::from_str(&election.settings).map_err(AppError::internal)?;
    let json = super::opening::result_json(conn, election)?;
    let opened: Opened = serde_json::from_str(&json).map_err(AppError::internal)?;
    let electors = u64::try_from(roll::count(conn, election.id)?).map_err(AppError::internal)?;
    let decisions = settings
        .questions
        .iter()
        .zip(&opened.result)
        .map(|(question, value)| decide(question, value, electors))
        .collect::<AppResult<Vec<_>>>()?;
    let value = serde_json::to_string(&opened.result).map_err(AppError::internal)?;
    let outcome = serde_json::to_string(&decisions).map_err(AppError::internal)?;
    store::insert_result(conn, election.id, &value, &outcome)?;
    Ok(decisions)
}

#[derive(Deserialize)]
struct Opened {
    result: Vec<serde_json::Value>,
}

fn numbers(value: &serde_json::Value) -> AppResult<Vec<u64>> {
    let number = |v: &serde_json::Value| v.as_u64().or_else(|| v.as_str()?.parse().ok());
    let list = value.as_array().ok_or_else(|| AppError::internal("a result is not a list"))?;
    list.iter().map(|v| number(v).ok_or_else(|| AppError::internal("a result is not a number"))).collect()
}

fn decide(question: &QuestionSettings, value: &serde_json::Value, electors: u64) -> AppResult<Decision> {
    match &question.kind {
        QuestionKind::Approval { min, max, blank } => {
            let mut totals = numbers(value)?;
            let blank = if *blank && !totals.is_empty() { Some(totals.remove(0)) } else { None };
            let method = Method::Approval { min_select: *min, max_select: Some(*max) };
            counted(question, &method, Votes::Totals { totals, cast: None, blank }, electors)
        }
        QuestionKind::YesNoAbstain { threshold } => {
            let totals = numbers(value)?;
            let at = |i: usize| totals.get(i).copied().unwrap_or(0);
            let votes = MotionVotes { yes: at(0), no: at(1), abstain: at(2), entitled: electors };
            let verdict = threshold.decide(&MotionBallot { votes, ..Default::default() });
            let word = if verdict.passes { "Accepted" } else { "Rejected" };
            Ok(Decision {
                title: question.title.clone(),
                headline: format!("{word}: {} yes and {} no, {} abstained.", at(0), at(1), at(2)),
                rows: question
                    .answers
                    .iter()
                    .enumerate()
                    .map(|(i, a)| Row {
                        name: a.name.clone(),
                        votes: Some(at(i)),
                        won: i == usize::from(!verdict.passes),
                    })
                    .collect(),
                steps: verdict.checks.iter().map(|c| format!("{} {}", c.rule, c.numbers)).collect(),
                outcome: None,
            })
        }
        QuestionKind::Ranking { method } => counted(question, method, ballots(Kind::Ranks, value)?, electors),
        QuestionKind::Scores { method } => counted(question, method, ballots(Kind::Scores, value)?, electors),
        QuestionKind::Grades { method, .. } => {
            counted(question, method, ballots(Kind::Grades, value)?, electors)
        }
    }
}

fn ballots(kind: Kind, value: &serde_json::Value) -> AppResult<Votes> {
    let list = value.as_array().ok_or_else(|| AppError::internal("opened ballots are not a list"))?;
    let one = |v: &serde_json::Value| -> AppResult<Ballot> {
        let marks = numbers(v)?.into_iter().map(i32::try_from).collect::<Result<Vec<_>, _>>();
        Ok(Ballot::new(1, marks.map_err(AppError::internal)?))
    };
    let all = list.iter().map(one).collect::<AppResult<Vec<_>>>()?;
    Votes::of(kind, all).ok_or_else(|| AppError::internal("opened ballots of a kind without ballots"))
}

fn counted(question: &QuestionSettings, method: &Method, votes: Votes, electors: u64) -> AppResult<Decision> {
    let names: Vec<String> = question.answers.iter().map(|a| a.name.clone()).collect();
    let totals = if let Votes::Totals { totals, .. } = &votes { Some(totals.clone()) } else { None };
    let profile = Profile::new(names, votes).map_err(AppError::internal)?.with_eligible(Some(electors));
    let withdrawn =
        question.answers.iter().enumerate().filter(|(_, a)| a.withdrawn).map(|(i, _)| i).collect();
    let seats = usize::try_from(question.seats).map_err(AppError::internal)?;
    let options = Options { seats, withdrawn, ..Default::default() };
    let outcome = count(method, &profile, &options)
        .map_err(|e| AppError::conflict(format!("“{}” cannot be counted yet: {e}", question.title)))?;
    let name = |i: &usize| outcome.candidates.get(*i).cloned().unwrap_or_default();
    let winners: Vec<String> = outcome.winners.iter().map(name).collect();
    let headline = match winners.as_slice() {
        [] => "Nobody is elected.".to_owned(),
        [one] => format!("{one} is elected."),
        [most @ .., last] => format!("{} and {last} are elected.", most.join(", ")),
    };
    let rows = outcome
        .order
        .iter()
        .map(|i| Row {
            name: name(i),
            votes: totals.as_ref().and_then(|t| t.get(*i).copied()),
            won: outcome.winners.contains(i),
        })
        .collect();
    let steps = outcome.explain();
    Ok(Decision { title: question.title.clone(), headline, rows, steps, outcome: Some(outcome) })
}

/// A result as the page shows it.
pub struct ResultShown {
    /// One entry per question.
    pub decisions: Vec<DecisionShown>,
}

/// One question of a shown result.
pub struct DecisionShown {
    /// The sentence first.
    pub headline: String,
    /// The question.
    pub title: String,
    /// Whether every answer has one number of votes; rankings and scores have none.
    pub has_votes: bool,
    /// Bars and rows.
    pub rows: Vec<RowShown>,
    /// Step by step.
    pub steps: Vec<String>,
}

/// One row with the length of its bar.
pub struct RowShown {
    /// Name.
    pub name: String,
    /// Votes in words, empty where there is no single number.
    pub votes: String,
    /// What became of it, empty for those not elected.
    pub outcome: &'static str,
    /// Length in per mille of the longest.
    pub width: u64,
}

/// Whether everybody may see the result.
#[must_use]
pub fn is_public(election: &Election) -> bool {
    matches!(election.state.as_str(), "published" | "archived")
}

/// The result for the page, once it is public.
///
/// # Errors
/// Database errors.
pub fn shown(conn: &mut Conn, election: &Election) -> AppResult<Option<ResultShown>> {
    if !is_public(election) {
        return Ok(None);
    }
    let Some((_, outcome)) = store::result(conn, election.id)? else { return Ok(None) };
    let decisions: Vec<Decision> = serde_json::from_str(&outcome).map_err(AppError::internal)?;
    let decisions = decisions
        .into_iter()
        .map(|d| {
            let word = if d.outcome.is_some() { "Elected" } else { "Prevails" };
            let most = d.rows.iter().filter_map(|r| r.votes).max().unwrap_or(0).max(1);
            DecisionShown {
                headline: d.headline,
                title: d.title,
                has_votes: d.rows.iter().any(|r| r.votes.is_some()),
                rows: d
                    .rows
                    .into_iter()
                    .map(|r| RowShown {
                        name: r.name,
                        votes: r.votes.map(|v| v.to_string()).unwrap_or_default(),
                        outcome: if r.won { word } else { "" },
                        width: r.votes.unwrap_or(0) * 1000 / most,
                    })
                    .collect(),
                steps: d.steps,
            }
        })
        .collect();
    Ok(Some(ResultShown { decisions }))
}

/// Announces a counted election: everything becomes public in one step.
///
/// # Errors
/// `Conflict` before the announcement instant or when it is not counted.
pub fn publish(conn: &mut Conn, election: &Election, now: folkmoot_store::Utc) -> AppResult<()> {
    if election.publish_at.is_some_and(|at| now < at) {
        return Err(AppError::conflict("The result is announced at the announced instant, never before."));
    }
    if !elections::change_state(conn, election.id, "counted", "published")? {
        return Err(AppError::conflict("Only a counted election can be announced."));
    }
    elections::put_public_height(conn, election.id, None)?;
    Ok(())
}
