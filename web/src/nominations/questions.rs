//! Questions to candidates and their answers; both are shown when an officer has let them through.

use actix_web::web;
use askama::Template;
use folkmoot_store::nominations::questions::{self as table, Moderation};
use folkmoot_store::nominations::{Nomination, NominationId};
use folkmoot_store::{Conn, PublicId, accounts, audit, nominations};
use serde_json::json;

use super::announce::stands;
use super::own;
use super::rules::Call;
use super::statement::text;
use crate::auth::permission::Action;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Check, Ctx, Form, Page, PageResult};
use crate::markdown;
use crate::routes::{Access, Route};

/// Questions of one person that wait at a time.
const MOST_WAITING: usize = 3;
/// Questions one election takes.
const MOST: usize = 500;

pub(super) fn routes() -> Vec<Route> {
    let (see, review) = (Access::May(Action::SeeNominations), Access::May(Action::ReviewNominations));
    vec![
        Route::get("/elections/{election}/candidate-questions", Access::Public, list),
        Route::post("/elections/{election}/candidate-questions", Access::SignedIn, ask),
        Route::post("/nominations/{nomination}/questions/{question}", Access::SignedIn, answer),
        Route::get("/staff/elections/{election}/candidate-questions", see, moderate_page),
        Route::post("/staff/elections/{election}/candidate-questions/{question}", review, moderate),
    ]
}

/// An answer as everybody reads it.
#[derive(Debug, Clone)]
pub(super) struct AnswerShown {
    pub(super) name: String,
    pub(super) href: String,
    pub(super) html: String,
    pub(super) at: String,
}

/// A question as everybody reads it.
#[derive(Debug, Clone)]
pub(super) struct QuestionShown {
    pub(super) text: String,
    pub(super) to: String,
    pub(super) at: String,
    pub(super) answers: Vec<AnswerShown>,
}

/// Published questions, all or those to one candidate, with published answers.
pub(super) fn published(
    conn: &mut Conn,
    call: &Call,
    to: Option<NominationId>,
    all: &[Nomination],
) -> AppResult<Vec<QuestionShown>> {
    let answers = table::answers(conn, call.id())?;
    let by_id = |id: NominationId| all.iter().find(|n| n.id == id);
    let mut shown = Vec::new();
    for question in table::of_election(conn, call.id())? {
        let concerns = to.is_none() || question.nomination_id.is_none() || question.nomination_id == to;
        if question.state != Moderation::Published || !concerns {
            continue;
        }
        let fits = |a: &&table::Answer| {
            a.question_id == question.id
                && a.state == Moderation::Published
                && to.is_none_or(|id| a.nomination_id == id)
        };
        let answer = |a: &table::Answer| {
            let who = by_id(a.nomination_id)?;
            Some(AnswerShown {
                name: who.name.clone(),
                href: format!("/elections/{}/candidates/{}", call.slug(), who.handle),
                html: markdown::html(&a.text),
                at: when(a.made_at),
            })
        };
        shown.push(QuestionShown {
            to: question.nomination_id.and_then(by_id).map(|n| n.name.clone()).unwrap_or_default(),
            at: when(question.made_at),
            answers: answers.iter().filter(fits).filter_map(answer).collect(),
            text: question.text,
        });
    }
    Ok(shown)
}

/// A question as the candidate answers it.
pub(super) struct ForCandidate {
    pub(super) id: String,
    pub(super) text: String,
    pub(super) answer: String,
    pub(super) state: &'static str,
    pub(super) reason: String,
    pub(super) open: bool,
}

/// Published questions that a candidate can answer.
pub(super) fn for_candidate(
    conn: &mut Conn,
    call: &Call,
    nomination: &Nomination,
    announced: bool,
) -> AppResult<Vec<ForCandidate>> {
    if !announced || !stands(nomination) {
        return Ok(Vec::new());
    }
    let answers = table::answers(conn, call.id())?;
    let mut all = Vec::new();
    for question in table::of_election(conn, call.id())? {
        let mine = question.nomination_id.is_none_or(|id| id == nomination.id);
        if question.state != Moderation::Published || !mine {
            continue;
        }
        let given = answers.iter().find(|a| a.question_id == question.id && a.nomination_id == nomination.id);
        all.push(ForCandidate {
            id: question.public_id.to_string(),
            answer: given.map(|a| a.text.clone()).unwrap_or_default(),
            state: match given.map(|a| a.state) {
                None => "Not answered",
                Some(Moderation::Waiting) => "An officer looks at your answer",
                Some(Moderation::Published) => "Answered",
                Some(Moderation::Refused) => "Not shown",
            },
            reason: given.map(|a| a.reason.clone()).unwrap_or_default(),
            open: given.is_none_or(|a| a.state != Moderation::Published),
            text: question.text,
        });
    }
    Ok(all)
}

struct CandidateChoice {
    value: String,
    label: String,
}

#[derive(Template)]
#[template(path = "nominations/questions.html")]
struct QuestionsPage {
    page: Page,
    form: Form,
    slug: String,
    title: String,
    questions: Vec<QuestionShown>,
    candidates: Vec<CandidateChoice>,
    signed_in: bool,
}

async fn load(ctx: &Ctx, slug: String, form: Form) -> AppResult<QuestionsPage> {
    let (now, signed_in) = (ctx.now(), ctx.actor().is_some());
    let page = ctx.page("Questions to the candidates").for_form(&form);
    ctx.app()
        .read(move |conn| {
            let call = Call::load(conn, &slug)?;
            if !call.is_announced(conn, now)? {
                return Err(AppError::not_found());
            }
            let all = nominations::of_election(conn, call.id())?;
            let mut candidates =
                vec![CandidateChoice { value: String::new(), label: "All candidates".into() }];
            let mut standing: Vec<&Nomination> = all.iter().filter(|n| stands(n)).collect();
            standing.sort_by_key(|n| n.name.to_lowercase());
            candidates.extend(
                standing.iter().map(|n| CandidateChoice { value: n.handle.clone(), label: n.name.clone() }),
            );
            Ok(QuestionsPage {
                page: page.clone(),
                form: form.clone(),
                slug: call.slug().to_owned(),
                title: call.title().to_owned(),
                questions: published(conn, &call, None, &all)?,
                candidates,
                signed_in,
            })
        })
        .await
}

async fn list(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let form = Form::filled([("to", ctx.query("to").unwrap_or_default())]);
    let page = load(&ctx, path.into_inner(), form).await?;
    ctx.show(&page)
}

async fn ask(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["to", "text"])?;
    let slug = path.into_inner();
    let mut check = Check::new(&form);
    let Some(question) = check.text("text", 1000, "Write your question.") else {
        let errors = check.errors();
        let page = load(&ctx, slug, form.with(errors)).await?;
        return ctx.show_again(&page);
    };
    let (app, to, wanted) = (ctx.app().clone(), form.value("to").to_owned(), slug.clone());
    let act = ctx.act("candidates.ask", format!("election {slug}"), json!({}));
    ctx.app()
        .write(move |conn| {
            let now = app.now();
            let call = Call::load(conn, &wanted)?;
            if !call.is_announced(conn, now)? {
                return Err(AppError::not_found());
            }
            if call.prepared.election.closes_at.is_some_and(|end| now >= end) {
                return Err(AppError::conflict("Voting is over; questions are taken no more."));
            }
            let nominee = match to.as_str() {
                "" => None,
                handle => Some(nominations::by_handle(conn, call.id(), handle)?).filter(stands).map(|n| n.id),
            };
            if nominee.is_none() && !to.is_empty() {
                return Err(AppError::not_found());
            }
            let all = table::of_election(conn, call.id())?;
            let waiting =
                all.iter().filter(|q| q.person_id == actor.person && q.state == Moderation::Waiting).count();
            if waiting >= MOST_WAITING || all.len() >= MOST {
                return Err(AppError::conflict(
                    "Your earlier questions wait for an officer; wait for them first.",
                ));
            }
            let public_id = app.public_id()?;
            table::ask(conn, &public_id, (call.id(), nominee), actor.person, &question, now)?;
            audit::append(conn, &act, now)?;
            Ok(())
        })
        .await?;
    let said =
        "Your question is sent. It is shown here, without your name, when an officer has looked at it.";
    Ok(ctx.redirect_with(&format!("/elections/{slug}/candidate-questions"), &Flash::good(said)))
}

async fn answer(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>, form: Form) -> PageResult {
    let form = form.only(&["answer"])?;
    let (id, question) = path.into_inner();
    let ids = PublicId::parse(&id).zip(PublicId::parse(&question)).ok_or_else(AppError::not_found)?;
    let back = format!("/nominations/{id}");
    let mut check = Check::new(&form);
    let written = text(&mut check, "answer", 8000).filter(|t| !t.is_empty());
    let Some(written) = written else {
        let said = "Write an answer of at most 8000 characters, in Markdown without HTML.";
        return Ok(ctx.redirect_with(&back, &Flash::bad(said)));
    };
    let app = ctx.app().clone();
    let act = ctx.act("candidates.answer", format!("nomination {id}"), json!({}));
    ctx.app()
        .write(move |conn| {
            let now = app.now();
            let nomination = own::mine(conn, actor.person, &ids.0)?;
            let call = Call::by_id(conn, nomination.election_id)?;
            let question = table::by_public_id(conn, &ids.1)?;
            let fits = question.election_id == call.id()
                && question.state == Moderation::Published
                && question.nomination_id.is_none_or(|n| n == nomination.id);
            if !fits || !stands(&nomination) || !call.is_announced(conn, now)? {
                return Err(AppError::not_found());
            }
            if !table::answer(conn, question.id, nomination.id, &written, now)? {
                return Err(AppError::conflict("Your answer is shown already; it stays as it is."));
            }
            audit::append(conn, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(
        &back,
        &Flash::good("Your answer is sent. It is shown when an officer has looked at it."),
    ))
}

struct Waiting {
    id: String,
    key: String,
    what: String,
    by: String,
    html: String,
    at: String,
}

#[derive(Template)]
#[template(path = "nominations/staff_questions.html")]
struct ModeratePage {
    page: Page,
    slug: String,
    waiting: Vec<Waiting>,
    may_review: bool,
}

async fn moderate_page(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let slug = path.into_inner();
    let may_review = super::candidacy::may_review(&actor);
    let page = ctx.page("Questions to the candidates");
    let shown = ctx
        .app()
        .read(move |conn| {
            let call = Call::load(conn, &slug)?;
            let mut waiting = Vec::new();
            let questions = table::of_election(conn, call.id())?;
            for question in questions.iter().filter(|q| q.state == Moderation::Waiting) {
                waiting.push(Waiting {
                    id: question.public_id.to_string(),
                    key: String::new(),
                    what: "Question".into(),
                    by: accounts::person(conn, question.person_id)?.preferred_name,
                    html: markdown::html(&markdown::escape(&question.text)),
                    at: when(question.made_at),
                });
            }
            for answer in table::answers(conn, call.id())?.iter().filter(|a| a.state == Moderation::Waiting) {
                let Some(question) = questions.iter().find(|q| q.id == answer.question_id) else { continue };
                waiting.push(Waiting {
                    id: question.public_id.to_string(),
                    key: answer.id.to_string(),
                    what: format!("Answer to “{}”", question.text),
                    by: nominations::by_id(conn, answer.nomination_id)?.name,
                    html: markdown::html(&answer.text),
                    at: when(answer.made_at),
                });
            }
            Ok(ModeratePage { page: page.clone(), slug: slug.clone(), waiting, may_review })
        })
        .await?;
    ctx.show(&shown)
}

async fn moderate(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>, form: Form) -> PageResult {
    let form = form.only(&["answer", "act", "reason"])?;
    let (slug, id) = path.into_inner();
    let question = PublicId::parse(&id).ok_or_else(AppError::not_found)?;
    let state = match form.value("act") {
        "publish" => Moderation::Published,
        "refuse" => Moderation::Refused,
        _ => return Err(AppError::not_found()),
    };
    let back = format!("/staff/elections/{slug}/candidate-questions");
    let reason: String = form.value("reason").chars().take(500).collect();
    if state == Moderation::Refused && reason.is_empty() {
        return Ok(ctx.redirect_with(&back, &Flash::bad("Say why it is not shown; the author reads it.")));
    }
    let answer: Option<i64> = form.value("answer").parse().ok();
    let app = ctx.app().clone();
    let act = ctx.act(
        "candidates.moderate",
        format!("question {id}"),
        json!({ "state": state, "answer": answer.is_some() }),
    );
    ctx.app()
        .write(move |conn| {
            let now = app.now();
            let call = Call::load(conn, &slug)?;
            let row = table::by_public_id(conn, &question)?;
            if row.election_id != call.id() {
                return Err(AppError::not_found());
            }
            let decision = (state, reason.as_str());
            let done = match answer {
                Some(key) => table::decide_answer(conn, (row.id, key), decision, actor.person, now)?,
                None => table::decide(conn, row.id, decision, actor.person, now)?,
            };
            if !done {
                return Err(AppError::conflict("It was decided meanwhile."));
            }
            audit::append(conn, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&back, &Flash::good("Decided.")))
}
