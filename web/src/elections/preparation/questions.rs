//! The questions of an election: the list, and everything that makes one impossible.

use std::collections::HashSet;

use actix_web::web;
use askama::Template;
use folkmoot_governance::policy::digest_of;
use folkmoot_store::elections::roll;
use serde_json::json;

use super::overview::Choice;
use super::plan::Plan;
use super::policies::{has_seats, method};
use super::{change, load, may_prepare, patterns, place, preset};
use crate::auth::permission::Action;
use crate::elections::settings::{ElectionSettings, QuestionKind, QuestionSettings};
use crate::elections::{booth, seating};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Ctx, FieldErrors, Form, Page, PageResult};
use crate::routes::{Access, Route};

/// Most questions of one election.
pub(super) const MOST_QUESTIONS: usize = 20;
/// Most answers of one question.
pub(super) const MOST_ANSWERS: usize = 100;
/// Most answers that one ballot can rank, score or grade.
pub(super) const MOST_RANKED: usize = 30;

pub(super) fn routes() -> Vec<Route> {
    let (see, prepare) = (Access::May(Action::SeeElections), Access::May(Action::PrepareElections));
    vec![
        Route::get("/staff/elections/{election}/questions", see, show),
        Route::post("/staff/elections/{election}/questions", prepare, add),
        Route::post("/staff/elections/{election}/questions/{question}/remove", prepare, remove),
    ]
}

/// How many answers of a question stand: neither withdrawn nor nameless.
#[must_use]
pub(super) fn standing(question: &QuestionSettings) -> u32 {
    let stands = question.answers.iter().filter(|a| !a.withdrawn).count();
    u32::try_from(stands).unwrap_or(u32::MAX)
}

/// SHA-256 of the questions: what an officer has looked at.
///
/// # Errors
/// `Internal` when they have no JSON form.
pub(super) fn digest(settings: &ElectionSettings) -> AppResult<String> {
    digest_of(&settings.questions).map_err(AppError::internal)
}

/// Everything that makes the questions impossible, as sentences.
#[must_use]
pub(super) fn problems(settings: &ElectionSettings, plan: &Plan) -> Vec<String> {
    let mut found = Vec::new();
    if settings.questions.is_empty() {
        found.push("There is no question; add one.".to_owned());
    }
    for (i, question) in settings.questions.iter().enumerate() {
        found.extend(
            of_one(question, plan.hold_uncontested, awaits_candidates(question, plan))
                .into_iter()
                .map(|why| format!("Question {}: {why}", i + 1)),
        );
    }
    found
}

/// Whether the answers of a question are candidates who are not announced yet.
#[must_use]
pub(super) fn awaits_candidates(question: &QuestionSettings, plan: &Plan) -> bool {
    has_seats(question) && plan.call.as_ref().is_some_and(|call| !call.carried)
}

/// What makes one question impossible; `awaits`: its answers come later, from nominations.
pub(super) fn of_one(question: &QuestionSettings, hold_uncontested: bool, awaits: bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut wrong = |is: bool, why: String| {
        if is {
            found.push(why);
        }
    };
    let answers = question.answers.len();
    let names: HashSet<&str> = question.answers.iter().map(|a| a.name.as_str()).collect();
    wrong(question.title.is_empty(), "it has no text.".into());
    wrong(answers == 0 && !awaits, "it has no answers; add them.".into());
    wrong(names.len() != answers, "two answers have the same name; make them differ.".into());
    wrong(
        question.kind.is_mixed() && answers > MOST_RANKED,
        format!(
            "{answers} answers are too many to rank or score; at most {MOST_RANKED} are possible. Use approval voting."
        ),
    );
    if has_seats(question) {
        let (seats, standing) = (question.seats, standing(question));
        wrong(seats == 0, "the number of seats is not set; set it to 1 or more.".into());
        let single = method(&question.kind).is_single();
        wrong(
            single && seats > 1,
            format!("{} fills one seat only; choose another method.", method(&question.kind).name()),
        );
        let limited = question.seating.as_ref().is_some_and(|s| s.co_affiliation.is_some());
        let keeps = match &question.kind {
            QuestionKind::Ranking { method, .. } => seating::keeps_limits(method),
            _ => true,
        };
        wrong(
            limited && !keeps,
            "its method cannot keep a limit on common affiliations; choose another method.".into(),
        );
        if let Some(why) = seating::misfit(question) {
            wrong(seats > 0, why);
        }
        wrong(
            answers > 0 && seats > 0 && seats >= standing && !hold_uncontested,
            format!(
                "{standing} answers for {seats} seats leave nothing to decide; add answers, lower the seats, or say under quorum and ties that the vote is held all the same."
            ),
        );
    }
    if let QuestionKind::Approval { min, max, .. } = &question.kind {
        let possible = usize::try_from(*max).is_ok_and(|m| m <= answers) && min <= max;
        wrong(
            answers > 0 && (*max == 0 || !possible),
            "the least and most choices do not fit its answers.".into(),
        );
    }
    found
}

struct Line {
    number: usize,
    title: String,
    method: String,
    seats: String,
    answers: Vec<String>,
    problems: Vec<String>,
    /// Whether a ballot could be known again by its pattern; empty when not.
    pattern: String,
}

#[derive(Template)]
#[template(path = "preparation/questions.html")]
struct QuestionsPage {
    page: Page,
    form: Form,
    slug: String,
    lines: Vec<Line>,
    kinds: Vec<Choice>,
    editable: bool,
}

/// Kinds of questions, as the form offers them.
const KINDS: &[(&str, &str, &str)] = &[
    ("approval", "Approval", "Choose any number of answers, or up to a limit; the most approved win."),
    (
        "yes_no_abstain",
        "Yes, no or abstain",
        "A motion that passes with a majority, two thirds, or another threshold.",
    ),
    (
        "ranking",
        "Ranking",
        "Put the answers in order; counted by Schulze, single transferable vote or another method.",
    ),
    (
        "scores",
        "Scores (STAR)",
        "Give each answer 0 to 5; the two best meet in a runoff, once for each seat.",
    ),
    (
        "grades",
        "Grades (majority judgment)",
        "Give each answer a grade in words; the best middle grade wins.",
    ),
];

/// A new question of a kind.
fn new_question(kind: &str) -> Option<QuestionSettings> {
    use folkmoot_counting::Method;
    use folkmoot_governance::threshold::Threshold;
    let grades = ["Excellent", "Very good", "Good", "Acceptable", "Poor", "Reject"];
    let kind = match kind {
        "approval" => QuestionKind::Approval { min: 0, max: 0, blank: true },
        "yes_no_abstain" => QuestionKind::YesNoAbstain { threshold: Threshold::MAJORITY },
        "ranking" => {
            let method = Method::Schulze { strength: Default::default() };
            QuestionKind::Ranking { method, best_ranked: None }
        }
        "scores" => {
            QuestionKind::Scores { method: Method::Star { max_score: 5, star_ties: Default::default() } }
        }
        "grades" => QuestionKind::Grades {
            grades: grades.map(str::to_owned).to_vec(),
            method: Method::Mj { ngrades: 6, rule: Default::default(), blank_allowed: true },
        },
        _ => return None,
    };
    let motion = matches!(kind, QuestionKind::YesNoAbstain { .. });
    let answers = if motion { preset::motion_answers() } else { Vec::new() };
    Some(QuestionSettings { title: String::new(), kind, seats: u32::from(motion), answers, seating: None })
}

async fn show(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let page = page(&ctx, &actor, path, Form::empty()).await?;
    ctx.show(&page)
}

async fn page(ctx: &Ctx, actor: &Actor, path: web::Path<String>, form: Form) -> AppResult<QuestionsPage> {
    let prepared = load(ctx, path).await?;
    let id = prepared.election.id;
    let on_roll = ctx.app().read(move |conn| Ok::<_, AppError>(roll::count(conn, id)?)).await?;
    let hold = prepared.plan.hold_uncontested;
    let line = |(i, q): (usize, &QuestionSettings)| Line {
        number: i + 1,
        title: q.title.clone(),
        method: booth::method(q),
        seats: match (has_seats(q), q.seats) {
            (false, _) => String::new(),
            (true, 0) => "Seats not set".into(),
            (true, 1) => "1 seat".into(),
            (true, n) => format!("{n} seats"),
        },
        answers: q.answers.iter().map(|a| a.name.clone()).collect(),
        problems: of_one(q, hold, awaits_candidates(q, &prepared.plan)),
        pattern: patterns::warning(q, on_roll).unwrap_or_default(),
    };
    Ok(QuestionsPage {
        page: ctx.page("Questions").for_form(&form),
        form,
        lines: prepared.settings.questions.iter().enumerate().map(line).collect(),
        kinds: KINDS.iter().map(|(value, label, hint)| Choice { value, label, hint }).collect(),
        editable: prepared.is_draft() && may_prepare(actor),
        slug: prepared.election.slug,
    })
}

async fn add(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["kind"])?;
    let slug = path.clone();
    let Some(question) = new_question(form.value("kind")) else {
        let form = form.with(FieldErrors::one("kind", "Choose how the question is answered."));
        let page = page(&ctx, &actor, path, form).await?;
        return ctx.show_again(&page);
    };
    let details = json!({ "kind": form.value("kind") });
    let number = change(&ctx, &actor, &slug, "election.add_question", details, move |_, _, prepared, _| {
        prepared.need_draft()?;
        if prepared.settings.questions.len() >= MOST_QUESTIONS {
            return Err(AppError::conflict(format!("An election has at most {MOST_QUESTIONS} questions.")));
        }
        prepared.settings.questions.push(question.clone());
        Ok(prepared.settings.questions.len())
    })
    .await?;
    Ok(ctx.redirect(&place(&slug, &format!("questions/{number}"))))
}

async fn remove(ctx: Ctx, actor: Actor, path: web::Path<(String, usize)>, form: Form) -> PageResult {
    form.only(&[])?;
    let (slug, number) = path.into_inner();
    change(
        &ctx,
        &actor,
        &slug,
        "election.remove_question",
        json!({ "question": number }),
        move |_, _, prepared, _| {
            prepared.need_draft()?;
            let questions = &mut prepared.settings.questions;
            if number == 0 || number > questions.len() {
                return Err(AppError::not_found());
            }
            questions.remove(number - 1);
            Ok(())
        },
    )
    .await?;
    Ok(ctx.redirect_with(&place(&slug, "questions"), &Flash::good("The question is removed.")))
}
