//! The document that drives the voting booth (`static/booth/README.md`).

use folkmoot_store::elections::{self, ballot_box, roll};
use folkmoot_store::{Conn, PersonId};
use serde_json::{Value, json};

use super::boxes::BallotBox;
use super::cast::{Refusal, window};
use super::settings::{AnswerSettings, ElectionSettings, QuestionKind, QuestionSettings};
use crate::app::App;
use crate::error::{AppError, AppResult};

/// Makes the document for one voter, or says why this person cannot vote now.
///
/// # Errors
/// `NotFound` before the setup event; database errors.
pub fn document(
    conn: &mut Conn,
    app: &App,
    held: &BallotBox,
    id: i64,
    person: PersonId,
    csrf: &str,
) -> AppResult<Result<Value, Refusal>> {
    let election = elections::by_id(conn, id)?;
    if let Err(refusal) = window(&election, app.now()) {
        return Ok(Err(refusal));
    }
    let Some(credential) = roll::credential_for_casting(conn, id, person)? else {
        return Ok(Err(Refusal::NotOnRoll));
    };
    let settings: ElectionSettings = serde_json::from_str(&election.settings).map_err(AppError::internal)?;
    let cast = ballot_box::ballots_of(conn, id, &credential)?;
    let slug = &election.slug;
    // A keyed hash, so that the order of names says nothing about the voter and stays the same for them.
    let seed = app.keys().tag("order of names", format!("{}|{person}", election.uuid).as_bytes());
    let mut document = json!({
        "format": "folkmoot-booth-1",
        "election": election.election_json,
        "log": { "key": held.log.verifier(), "origin": held.log.origin() },
        "credential": credential,
        "order_seed": folkmoot_ballot::hash::hex(&seed),
        "pages": settings.questions.iter().map(page).collect::<Vec<_>>(),
        "closes": election.closes_at.map(|t| t.to_string()),
        "cast": { "url": format!("/elections/{slug}/ballots"), "csrf": csrf },
        "urls": { "finish": format!("/elections/{slug}"), "check": format!("/elections/{slug}/check"),
                  "lost_code": format!("/elections/{slug}#code") },
    });
    if let Some(fields) = document.as_object_mut() {
        if !cast.is_empty() {
            let trackers: Vec<&str> = cast.iter().map(|b| b.tracker.as_str()).collect();
            fields.insert("previous".into(), json!({ "trackers": trackers }));
        }
        if held.mails_receipts {
            fields.insert("mails_receipt".into(), json!(true));
        }
        if !settings.help.is_empty() {
            fields.insert("help".into(), json!({ "text": format!("Questions: {}", settings.help) }));
        }
    }
    Ok(Ok(document))
}

/// How the booth shows a question.
#[must_use]
pub fn page(question: &QuestionSettings) -> Value {
    let candidates: Vec<Value> = question.answers.iter().map(candidate).collect();
    let mut page = json!({
        "kind": kind(&question.kind),
        "method": method(question),
        "candidates": candidates,
    });
    if let (QuestionKind::Grades { grades, .. }, Some(fields)) = (&question.kind, page.as_object_mut()) {
        fields.insert("grades".into(), json!(grades));
    }
    if let (QuestionKind::Ranking { best_ranked: Some(most), .. }, Some(fields)) =
        (&question.kind, page.as_object_mut())
    {
        fields.insert("max_ranks".into(), json!(most));
    }
    page
}

/// What is shown beside a name. The name itself stands in the election object, which nobody can change.
fn candidate(answer: &AnswerSettings) -> Value {
    let summary = match (answer.withdrawn, answer.ineligible.as_str()) {
        (true, _) => "Has withdrawn and is passed over in the count",
        (false, "") => answer.summary.as_str(),
        (false, _) => "May not take a seat, which goes to the next",
    };
    let mut shown = json!({ "summary": summary, "statement": answer.statement });
    if let (false, Some(fields)) = (answer.page.is_empty(), shown.as_object_mut()) {
        fields.insert("url".into(), json!(answer.page));
    }
    shown
}

fn kind(kind: &QuestionKind) -> &'static str {
    match kind {
        QuestionKind::Approval { .. } => "approval",
        QuestionKind::YesNoAbstain { .. } => "yes_no_abstain",
        QuestionKind::Ranking { .. } => "ranking",
        QuestionKind::Scores { .. } => "star",
        QuestionKind::Grades { .. } => "grades",
    }
}

/// How the question is decided, in one sentence.
#[must_use]
pub fn method(question: &QuestionSettings) -> String {
    let seats = match question.seats {
        1 => "one is elected".to_owned(),
        n => format!("{n} are elected"),
    };
    match &question.kind {
        QuestionKind::Approval { max, .. }
            if usize::try_from(*max).is_ok_and(|m| m >= question.answers.len()) =>
        {
            format!("Approve of as many as you like; those with the most approvals win, {seats}.")
        }
        QuestionKind::Approval { max, .. } => {
            format!("Approve of up to {max}; those with the most approvals win, {seats}.")
        }
        QuestionKind::YesNoAbstain { threshold } => format!("To pass it needs {}.", threshold.clause()),
        QuestionKind::Ranking { best_ranked: Some(1), .. } => format!("Choose one; {seats}."),
        QuestionKind::Ranking { best_ranked: Some(most), .. } => {
            format!("Rank up to {most}, best first; {seats}.")
        }
        QuestionKind::Ranking { .. } => format!("Rank as many as you like, best first; {seats}."),
        QuestionKind::Scores { .. } => {
            format!("Give each from 0 to 5 points; the best two of each round meet in a runoff, {seats}.")
        }
        QuestionKind::Grades { .. } => format!("Give each a grade; the best middle grade wins, {seats}."),
    }
}
