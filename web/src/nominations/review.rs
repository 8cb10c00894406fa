//! What officers do about one candidacy: eligible or not, the second look, clarification, corrections.

use actix_web::web;
use folkmoot_governance::Explain;
use folkmoot_store::nominations::{Nomination, NominationState, Review};
use folkmoot_store::{Conn, Utc, audit, elections, nominations};
use serde_json::json;

use super::candidacy::{find, load, may_review};
use super::mail::{self, Notice};
use super::rules::Call;
use super::statement::text;
use crate::auth::permission::Action;
use crate::elections::preparation::candidates;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, FieldErrors, Form, PageResult};
use crate::routes::{Access, Route};
use crate::tasks::Task;

pub(super) fn routes() -> Vec<Route> {
    let review = Access::May(Action::ReviewNominations);
    vec![
        Route::post("/staff/elections/{election}/nominations/{nomination}/review", review, decide),
        Route::post("/staff/elections/{election}/nominations/{nomination}/second", review, second),
        Route::post("/staff/elections/{election}/nominations/{nomination}/clarify", review, clarify),
        Route::post("/staff/elections/{election}/nominations/{nomination}/erratum", review, erratum),
    ]
}

/// One act on a candidacy, recorded; `act` gets it with its call and the instant of the transaction.
async fn act<F>(
    ctx: &Ctx,
    (slug, id): (String, String),
    name: &'static str,
    details: serde_json::Value,
    said: &str,
    mut act: F,
) -> PageResult
where
    F: FnMut(&mut Conn, &crate::app::App, &Nomination, &Call, Utc) -> AppResult<()> + Send + 'static,
{
    let back = format!("/staff/elections/{slug}/nominations/{id}");
    let entry = ctx.act(name, format!("nomination {id}"), details);
    let app = ctx.app().clone();
    ctx.app()
        .write(move |conn| {
            let now = app.now();
            let (nomination, call) = find(conn, &slug, &id)?;
            act(conn, &app, &nomination, &call, now)?;
            audit::append(conn, &entry, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&back, &Flash::good(said)))
}

fn must_be_open(call: &Call, nomination: &Nomination) -> AppResult<()> {
    if call.is_released() {
        return Err(AppError::conflict(
            "The candidates are let go out; take that back first, or it is too late.",
        ));
    }
    if nomination.state != NominationState::Accepted {
        return Err(AppError::conflict("Only accepted nominations are reviewed."));
    }
    Ok(())
}

/// Nobody decides about themselves.
fn not_oneself(nomination: &Nomination, actor: &Actor) -> AppResult<()> {
    if nomination.person_id == Some(actor.person) {
        return Err(AppError::forbidden("Somebody else has to do this: it concerns yourself."));
    }
    Ok(())
}

async fn decide(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>, form: Form) -> PageResult {
    let form = form.only(&["review", "reason"])?;
    let at = path.into_inner();
    let mut check = Check::new(&form);
    let review = check.field("review", |t| match t {
        "eligible" => Ok(Review::Eligible),
        "ineligible" => Ok(Review::Ineligible),
        _ => Err("Choose what you found."),
    });
    let reason = check.optional_text("reason", 2000);
    if review == Some(Review::Ineligible) && form.value("reason").is_empty() {
        check.add("reason", "Give the reason; the nominee reads it.");
    }
    let errors = check.errors();
    let (Some(review), Some(reason), true) = (review, reason, errors.is_empty()) else {
        let page = load(&ctx, &actor, at, form.with(errors)).await?;
        return ctx.show_again(&page);
    };
    let details = json!({ "review": review });
    act(&ctx, at, "nomination.review", details, "Decided.", move |conn, _, nomination, call, now| {
        must_be_open(call, nomination)?;
        not_oneself(nomination, &actor)?;
        if review == Review::Eligible {
            let problems = call.problems(conn, nomination, true, now)?;
            let conflict = match nomination.person_id {
                Some(person) => candidates::conflict(conn, call.id(), person, &nomination.name, now)?,
                None => None,
            };
            let mut why: Vec<String> = problems.iter().map(Explain::sentence).collect();
            why.extend(conflict);
            if !why.is_empty() {
                return Err(AppError::conflict(format!(
                    "This candidacy cannot be found eligible. {}",
                    why.join(" ")
                )));
            }
        }
        nominations::put_review(conn, nomination.id, (review, &reason), actor.person, now)?;
        Ok(())
    })
    .await
}

async fn second(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>, form: Form) -> PageResult {
    let form = form.only(&["agree", "note"])?;
    let at = path.into_inner();
    let agree = form.value("agree") == "yes";
    let note: String = form.value("note").chars().take(2000).collect();
    if !agree && note.is_empty() {
        let errors = FieldErrors::one("note", "Say what the first officer should look at again.");
        let page = load(&ctx, &actor, at, form.with(errors)).await?;
        return ctx.show_again(&page);
    }
    let details = json!({ "agree": agree });
    act(&ctx, at, "nomination.second_look", details, "Noted.", move |conn, _, nomination, call, now| {
        must_be_open(call, nomination)?;
        not_oneself(nomination, &actor)?;
        if nomination.review == Review::Pending {
            return Err(AppError::conflict("Nobody has decided yet; decide first."));
        }
        if nomination.reviewed_by == Some(actor.person) {
            return Err(AppError::forbidden("The second look is for another officer than the first."));
        }
        if agree {
            nominations::put_second_look(conn, nomination.id, &note, actor.person, now)?;
        } else {
            let reason = format!("Sent back at the second look: {note}");
            nominations::put_review(conn, nomination.id, (Review::Pending, &reason), actor.person, now)?;
        }
        Ok(())
    })
    .await
}

async fn clarify(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>, form: Form) -> PageResult {
    let form = form.only(&["question"])?;
    let at = path.into_inner();
    let mut check = Check::new(&form);
    let Some(question) = check.text("question", 2000, "Write what the nominee should make clear.") else {
        let errors = check.errors();
        let page = load(&ctx, &actor, at, form.with(errors)).await?;
        return ctx.show_again(&page);
    };
    act(
        &ctx,
        at,
        "nomination.ask",
        json!({}),
        "The nominee is asked by mail.",
        move |conn, app, nomination, call, now| {
            must_be_open(call, nomination)?;
            if now >= call.dates.announce {
                return Err(AppError::conflict(
                    "The announcement is due; nothing can be made clear before it any more.",
                ));
            }
            nominations::ask_clarification(conn, nomination.id, &question, now)?;
            let to = mail::to_nominee(conn, nomination)?;
            let notice = Notice {
                kind: format!("clarify {now}"),
                name: nomination.name.clone(),
                heading: "The officers ask you to make something clear",
                lines: vec![
                    question.clone(),
                    format!(
                        "Answer, and change your statement if you like, until {}.",
                        app.when(call.dates.announce)
                    ),
                ],
                path: format!("/nominations/{}", nomination.public_id),
            };
            mail::tell(conn, app, call, &to, notice, now)?;
            Ok(())
        },
    )
    .await
}

async fn erratum(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>, form: Form) -> PageResult {
    let form = form.only(&["erratum"])?;
    let at = path.into_inner();
    let mut check = Check::new(&form);
    let written = text(&mut check, "erratum", 4000).filter(|t| !t.is_empty());
    if form.value("erratum").is_empty() {
        check.add("erratum", "Write the correction.");
    }
    let errors = check.errors();
    let Some(written) = written.filter(|_| errors.is_empty()) else {
        let page = load(&ctx, &actor, at, form.with(errors)).await?;
        return ctx.show_again(&page);
    };
    let said = "The correction stands on the candidate’s page with its date.";
    act(&ctx, at, "nomination.erratum", json!({}), said, move |conn, _, nomination, _, now| {
        if nomination.frozen_at.is_none() || !super::announce::is_public(nomination) {
            return Err(AppError::conflict("The text is not frozen; the nominee can still change it."));
        }
        nominations::add_erratum(conn, nomination.id, &written, actor.person, now)?;
        Ok(())
    })
    .await
}

/// What waits for officers.
pub(super) fn tasks(conn: &mut Conn, actor: &Actor, _: Utc) -> AppResult<Vec<Task>> {
    if !may_review(actor) {
        return Ok(Vec::new());
    }
    let mut all = Vec::new();
    for election in elections::in_states(conn, &["announced", "nominations", "closed_nominations"])? {
        let Ok(call) = Call::load(conn, &election.slug) else { continue };
        let (undecided, _) = super::rules::undecided(conn, election.id)?;
        let task = |text: String, due| Task {
            text: format!("{text}: {}", election.title),
            href: format!("/staff/elections/{}/nominations", election.slug),
            hint: String::new(),
            due,
        };
        match undecided {
            0 => {}
            1 => all.push(task("Review a candidacy".into(), Some(call.dates.announce))),
            n => all.push(task(format!("Review {n} candidacies"), Some(call.dates.announce))),
        }
        if undecided == 0 && !call.is_released() && election.state == "closed_nominations" {
            all.push(task(
                "Let the candidates go out at the announced instant".into(),
                Some(call.dates.announce),
            ));
        }
    }
    Ok(all)
}
