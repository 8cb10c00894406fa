//! From the opened result to who is elected, and how pages show it.

use folkmoot_counting::{Ballot, Kind as BallotKind, Method, Outcome, Profile, Votes};
use folkmoot_governance::Explain;
use folkmoot_governance::seats::Allocation;
use folkmoot_governance::threshold::{Ballot as MotionBallot, Threshold, Votes as MotionVotes};
use folkmoot_store::Conn;
use folkmoot_store::elections::{self, Election, results as store, roll};
use serde::{Deserialize, Serialize};

use super::decisions;
use super::seating::{self, Counted, GivenUp, Ties, Unresolved};
use super::settings::{ElectionSettings, QuestionKind, QuestionSettings};
use crate::error::{AppError, AppResult, Kind};

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
    /// Who takes which seat, where seats are filled by rules beyond the method.
    #[serde(default)]
    pub allocation: Option<Allocation>,
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

/// What a count came to.
pub enum Count {
    /// Every question is decided.
    Done(Vec<Decision>),
    /// Ties that people have to resolve first.
    Tied(Vec<Unresolved>),
}

/// Counts every question of an opened election, without storing anything.
///
/// # Errors
/// `NotFound` before the result is opened; `Conflict` when the settings do not fit together.
pub fn count(conn: &mut Conn, election: &Election) -> AppResult<Count> {
    let settings: ElectionSettings = serde_json::from_str(&election.settings).map_err(AppError::internal)?;
    let opened = opened(conn, election)?;
    let electors = u64::try_from(roll::count(conn, election.id)?).map_err(AppError::internal)?;
    let ties = Ties {
        seed: decisions::last::<LotSeed>(conn, election.id, decisions::LOT)?.map(|l| l.seed),
        agreed: decisions::every(conn, election.id, decisions::AGREEMENT)?,
    };
    let given_up: Vec<GivenUp> = decisions::every(conn, election.id, decisions::DEPARTURE)?;
    let (mut done, mut tied) = (Vec::new(), Vec::new());
    for (index, (question, value)) in settings.questions.iter().zip(&opened).enumerate() {
        match decide(index, question, value, electors, &ties, &given_up)? {
            Ok(decision) => done.push(decision),
            Err(tie) => tied.push(tie),
        }
    }
    Ok(if tied.is_empty() { Count::Done(done) } else { Count::Tied(tied) })
}

/// The seed of a lot, as it is recorded.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LotSeed {
    /// Hash of the event that ended the ballot box.
    pub ballot_box: String,
    /// Value fixed before the vote.
    pub committed: String,
    /// Public value made after the close.
    pub public_value: String,
    /// The seed, from the three.
    pub seed: String,
}

/// Counts an opened election and stores what came of it; the seats are allocated then. With ties left, nothing is stored.
///
/// # Errors
/// As [`count`].
pub fn count_all(conn: &mut Conn, election: &Election) -> AppResult<Count> {
    let counted = count(conn, election)?;
    if let Count::Done(decisions) = &counted {
        let value = serde_json::to_string(&opened(conn, election)?).map_err(AppError::internal)?;
        let outcome = serde_json::to_string(decisions).map_err(AppError::internal)?;
        // A seat given up may have led back to the count.
        match store::result(conn, election.id)? {
            Some(_) => store::replace_outcome(conn, election.id, &outcome)?,
            None => store::insert_result(conn, election.id, &value, &outcome)?,
        }
        if !elections::change_state(conn, election.id, "counted", "allocated")? {
            return Err(AppError::conflict("Only an opened election is counted."));
        }
    }
    Ok(counted)
}

/// Counts, and notes for the staff what stands in the way.
///
/// # Errors
/// Database errors.
pub fn count_or_note(conn: &mut Conn, id: i64, now: folkmoot_store::Utc) -> AppResult<()> {
    let election = elections::by_id(conn, id)?;
    let why = match count_all(conn, &election) {
        Ok(Count::Done(_)) => return Ok(()),
        Ok(Count::Tied(tied)) => tied.into_iter().map(|t| t.words).collect::<Vec<_>>().join(" "),
        Err(AppError { kind: Kind::Conflict(why), .. }) => why,
        Err(error) => return Err(error),
    };
    Ok(store::insert_incident(conn, id, now, None, &why, false)?)
}

/// Counts again after a seat was given up, and replaces what was stored. A tie leads back to the count, which waits for a lot
/// or an agreement then, as any other does.
///
/// # Errors
/// `Conflict` when the seat cannot be filled, or the election changed meanwhile.
pub fn count_again(conn: &mut Conn, election: &Election, now: folkmoot_store::Utc) -> AppResult<()> {
    match count(conn, election)? {
        Count::Done(decisions) => {
            let outcome = serde_json::to_string(&decisions).map_err(AppError::internal)?;
            Ok(store::replace_outcome(conn, election.id, &outcome)?)
        }
        Count::Tied(tied) => {
            if !elections::change_state(conn, election.id, "allocated", "counted")? {
                return Err(AppError::conflict("Only seats that are not announced yet are filled again."));
            }
            let words: Vec<String> = tied.into_iter().map(|t| t.words).collect();
            Ok(store::insert_incident(conn, election.id, now, None, &words.join(" "), false)?)
        }
    }
}

fn opened(conn: &mut Conn, election: &Election) -> AppResult<Vec<serde_json::Value>> {
    let json = super::opening::result_json(conn, election)?;
    let opened: Opened = serde_json::from_str(&json).map_err(AppError::internal)?;
    Ok(opened.result)
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

type Decided = Result<Decision, Unresolved>;

fn decide(
    index: usize,
    question: &QuestionSettings,
    value: &serde_json::Value,
    electors: u64,
    ties: &Ties,
    given_up: &[GivenUp],
) -> AppResult<Decided> {
    let counted = |method: &Method, votes| counted(index, question, method, votes, electors, ties, given_up);
    match &question.kind {
        QuestionKind::Approval { min, max, blank } => {
            let mut totals = numbers(value)?;
            let blank = if *blank && !totals.is_empty() { Some(totals.remove(0)) } else { None };
            let method = Method::Approval { min_select: *min, max_select: Some(*max) };
            counted(&method, Votes::Totals { totals, cast: None, blank })
        }
        QuestionKind::YesNoAbstain { threshold } => {
            motion(question, threshold, &numbers(value)?, electors).map(Ok)
        }
        QuestionKind::Ranking { method, best_ranked } => {
            let mut votes = ballots(BallotKind::Ranks, value)?;
            if let (Votes::Ranks(ballots), Some(most)) = (&mut votes, best_ranked) {
                let most = usize::try_from(*most).unwrap_or(usize::MAX);
                ballots.iter_mut().for_each(|ballot| ballot.keep_best_ranked(most));
            }
            counted(method, votes)
        }
        QuestionKind::Scores { method } => counted(method, ballots(BallotKind::Scores, value)?),
        QuestionKind::Grades { method, .. } => counted(method, ballots(BallotKind::Grades, value)?),
    }
}

fn motion(
    question: &QuestionSettings,
    threshold: &Threshold,
    totals: &[u64],
    electors: u64,
) -> AppResult<Decision> {
    let at = |i: usize| totals.get(i).copied().unwrap_or(0);
    let votes = MotionVotes { yes: at(0), no: at(1), abstain: at(2), entitled: electors };
    let verdict = threshold.decide(&MotionBallot { votes, ..Default::default() });
    let word = if verdict.passes { "Accepted" } else { "Rejected" };
    let row = |(i, a): (usize, &super::settings::AnswerSettings)| Row {
        name: a.name.clone(),
        votes: Some(at(i)),
        won: i == usize::from(!verdict.passes),
    };
    Ok(Decision {
        title: question.title.clone(),
        headline: format!("{word}: {} yes and {} no, {} abstained.", at(0), at(1), at(2)),
        rows: question.answers.iter().enumerate().map(row).collect(),
        steps: verdict.checks.iter().map(|c| format!("{} {}", c.rule, c.numbers)).collect(),
        outcome: None,
        allocation: None,
    })
}

fn ballots(kind: BallotKind, value: &serde_json::Value) -> AppResult<Votes> {
    let list = value.as_array().ok_or_else(|| AppError::internal("opened ballots are not a list"))?;
    let one = |v: &serde_json::Value| -> AppResult<Ballot> {
        let marks = numbers(v)?.into_iter().map(i32::try_from).collect::<Result<Vec<_>, _>>();
        Ok(Ballot::new(1, marks.map_err(AppError::internal)?))
    };
    let all = list.iter().map(one).collect::<AppResult<Vec<_>>>()?;
    Votes::of(kind, all).ok_or_else(|| AppError::internal("opened ballots of a kind without ballots"))
}

fn counted(
    index: usize,
    question: &QuestionSettings,
    method: &Method,
    votes: Votes,
    electors: u64,
    ties: &Ties,
    given_up: &[GivenUp],
) -> AppResult<Decided> {
    let names: Vec<String> = question.answers.iter().map(|a| a.name.clone()).collect();
    let profile = Profile::new(names, votes).map_err(AppError::internal)?.with_eligible(Some(electors));
    let (outcome, allocation) = match seating::elect(index, question, method, &profile, ties, given_up)? {
        Counted::Done(outcome, allocation) => (*outcome, allocation),
        Counted::Tied(tie) => return Ok(Err(tie)),
    };
    // Stars and points are no votes, but the one number per candidate all the same.
    let totals = seating::totals(&outcome);
    let name = |i: &usize| outcome.candidates.get(*i).cloned().unwrap_or_default();
    let elected: Vec<usize> = match &allocation {
        Some(allocation) => allocation.seats.iter().filter_map(|s| seating::number(&s.candidate)).collect(),
        None => outcome.winners.clone(),
    };
    let winners: Vec<String> = elected.iter().map(name).collect();
    let headline = match winners.as_slice() {
        [] => "Nobody is elected.".to_owned(),
        [one] => format!("{one} is elected."),
        [most @ .., last] => format!("{} and {last} are elected.", most.join(", ")),
    };
    let row = |i: &usize| Row {
        name: name(i),
        votes: totals.as_ref().and_then(|t| t.get(*i).copied()),
        won: elected.contains(i),
    };
    let rows = outcome.order.iter().map(row).collect();
    let mut steps = outcome.explain();
    steps.extend(allocation.iter().flat_map(|a| a.steps.iter().map(Explain::sentence)));
    let title = question.title.clone();
    Ok(Ok(Decision { title, headline, rows, steps, outcome: Some(outcome), allocation }))
}

/// Whether everybody may see the result.
#[must_use]
pub fn is_public(election: &Election) -> bool {
    matches!(election.state.as_str(), "published" | "archived")
}

/// The decisions of an election that is counted, public or not; empty before.
///
/// # Errors
/// Database errors.
pub fn stored(conn: &mut Conn, election: i64) -> AppResult<Vec<Decision>> {
    // A seat given up may have led back to the count; what was stored before is no result then.
    if elections::by_id(conn, election)?.state == "counted" {
        return Ok(Vec::new());
    }
    match store::result(conn, election)? {
        Some((_, outcome)) => serde_json::from_str(&outcome).map_err(AppError::internal),
        None => Ok(Vec::new()),
    }
}
