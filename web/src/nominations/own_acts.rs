//! What nominees do: saving, accepting, declining, withdrawing, answering officers.

use actix_web::web;
use folkmoot_governance::Explain;
use folkmoot_governance::nomination::CandidacyProblem;
use folkmoot_store::nominations::{Nomination, NominationState};
use folkmoot_store::{Conn, JsonText, PersonId, PublicId, Utc, audit, nominations};
use serde_json::json;

use super::announce;
use super::mail::{self, Notice};
use super::nominate::waits;
use super::own::{can_withdraw, editable, load, mine};
use super::respond::{self, tie};
use super::rules::Call;
use super::statement::{Statement, Tick, text, ticks};
use crate::app::App;
use crate::auth::email;
use crate::elections::preparation::candidates;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, FieldErrors, Form, PageResult};

/// The fields of a statement's form.
pub(super) const STATEMENT_FIELDS: &[&str] = &[
    "name",
    "summary",
    "section-*",
    "links",
    "organisation-*",
    "relation-*",
    "share-*",
    "none",
    "availability",
    "revision",
];

pub(super) async fn save(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let mut names = STATEMENT_FIELDS.to_vec();
    names.extend(["ack-*", "act"]);
    let form = form.only(&names)?;
    let id = path.into_inner();
    let call = call_of(&ctx, &actor, &id).await?;
    let mut check = Check::new(&form);
    let name = check.field("name", email::parse_name);
    let statement = Statement::parse(&mut check, &form, &call.rules.statement);
    let errors = check.errors();
    let (Some(name), Some(statement), true) = (name, statement, errors.is_empty()) else {
        let page = load(&ctx, &actor, &id, Some(form.with(errors)), None).await?;
        return ctx.show_again(&page);
    };
    let accept = match form.value("act") {
        "preview" => {
            let page = load(&ctx, &actor, &id, Some(form), Some(statement.preview())).await?;
            return ctx.show(&page);
        }
        "accept" => true,
        _ => false,
    };
    let (app, sent, public_id) =
        (ctx.app().clone(), form.clone(), PublicId::parse(&id).ok_or_else(AppError::not_found)?);
    let act = ctx.act(
        if accept { "nomination.accept" } else { "nomination.statement" },
        format!("nomination {id}"),
        json!({}),
    );
    let outcome = ctx
        .app()
        .write(move |conn| {
            let now = app.now();
            let nomination = mine(conn, actor.person, &public_id)?;
            let call = Call::by_id(conn, nomination.election_id)?;
            if !editable(&nomination, &call, now) {
                return Err(AppError::conflict(too_late(&app, &call, &nomination, now)));
            }
            if nomination.person_id.is_none() && tie(conn, &call, &nomination, actor.person, now)? != public_id {
                return Err(AppError::conflict("You are nominated under another address too; both are one now. Look at your nominations."));
            }
            let before: Vec<Tick> = nomination.acknowledged.parse()?;
            let ticked = ticks(&sent, &call.rules.acknowledgements, &before, now);
            nominations::put_acknowledged(conn, nomination.id, &JsonText::of(&ticked)?)?;
            let revision = sent.value("revision").parse().unwrap_or(-1);
            if !nominations::put_statement(conn, nomination.id, revision, &name, &JsonText::of(&statement)?)? {
                return Err(AppError::conflict(
                    "Somebody who writes with you changed the statement meanwhile. Copy your text, open the page again, and put both together.",
                ));
            }
            let nomination = nominations::by_id(conn, nomination.id)?;
            // Whoever stands cannot take away again what standing needs.
            let complete = accept || nomination.state == NominationState::Accepted;
            if let Some(errors) = complete.then(|| lacks(conn, &call, &nomination, &sent, now)).transpose()?.flatten() {
                return Err(AppError::from(errors));
            }
            if accept {
                stand(conn, &app, &call, &nomination, actor.person, now)?;
            }
            audit::append(conn, &act, now)?;
            Ok(())
        })
        .await;
    match outcome {
        Ok(()) if accept => Ok(ctx.redirect_with(
            &format!("/nominations/{id}"),
            &Flash::good("You have accepted. Officers look at it; you can change the statement until the end of acceptances."),
        )),
        Ok(()) => Ok(ctx.redirect_with(&format!("/nominations/{id}"), &Flash::good("Your statement is saved."))),
        Err(AppError { kind: crate::error::Kind::Invalid(errors), .. }) => {
            let page = load(&ctx, ctx.actor().ok_or_else(AppError::not_found)?, &id, Some(form.with(errors)), None).await?;
            ctx.show_again(&page)
        }
        Err(other) => Err(other),
    }
}

async fn call_of(ctx: &Ctx, actor: &Actor, id: &str) -> AppResult<Call> {
    let id = PublicId::parse(id).ok_or_else(AppError::not_found)?;
    let person = actor.person;
    ctx.app()
        .read(move |conn| {
            let nomination = mine(conn, person, &id)?;
            Call::by_id(conn, nomination.election_id)
        })
        .await
}

fn too_late(app: &App, call: &Call, nomination: &Nomination, now: Utc) -> String {
    if call.is_released() || now >= call.dates.announce {
        return "The texts are frozen. An officer can add a correction with its date.".into();
    }
    let until = app.when(call.dates.answer_by(nomination));
    match nomination.state {
        NominationState::Invited | NominationState::Expired => {
            format!("This nomination could be accepted until {until}. It has expired; you do not stand.")
        }
        NominationState::Accepted => format!(
            "The statement could be changed until {}. If something is wrong, write to {}.",
            app.when(call.dates.accept),
            call.prepared.settings.help
        ),
        _ => "This nomination is not open any more.".into(),
    }
}

/// What the nominee has to mend before accepting; what officers decide about is left to them.
fn lacks(
    conn: &mut Conn,
    call: &Call,
    nomination: &Nomination,
    form: &Form,
    now: Utc,
) -> AppResult<Option<FieldErrors>> {
    let mut errors = FieldErrors::default();
    for problem in call.problems(conn, nomination, true, now)? {
        match &problem {
            CandidacyProblem::NotAcknowledged(name) => {
                let at =
                    call.rules.acknowledgements.iter().position(|a| a.name == *name).map_or(1, |i| i + 1);
                errors.add(format!("ack-{at}"), format!("Tick this to accept: {name}."));
            }
            CandidacyProblem::NoOwnStatement => {
                errors.add("section-1", "Write a statement of your own, however short.")
            }
            CandidacyProblem::AffiliationsNotDeclared => {
                errors.add("none", "Name the organisations you belong to, or tick that there are none.");
            }
            CandidacyProblem::StatementTooLong { .. } => errors.add("section-1", problem.sentence()),
            CandidacyProblem::NoVote | CandidacyProblem::Staff | CandidacyProblem::ServesOn(_) => {
                errors.add("name", format!("You cannot stand. {}", problem.sentence()));
            }
            _ => {}
        }
    }
    if form.value("name").is_empty() {
        errors.add("name", "Enter your name as voters shall read it.");
    }
    Ok((!errors.is_empty()).then_some(errors))
}

/// Accepts: from here on the nominee stands unless officers find against it.
pub(super) fn stand(
    conn: &mut Conn,
    app: &App,
    call: &Call,
    nomination: &Nomination,
    person: PersonId,
    now: Utc,
) -> AppResult<()> {
    if let Some(why) = candidates::conflict(conn, call.id(), person, &nomination.name, now)? {
        return Err(AppError::conflict(why));
    }
    if nomination.state == NominationState::Accepted {
        return Ok(());
    }
    if !waits(nomination, call, now) {
        return Err(AppError::conflict(too_late(app, call, nomination, now)));
    }
    let (from, to) = (NominationState::Invited, NominationState::Accepted);
    if !nominations::change_state(conn, nomination.id, from, to, now)? {
        return Err(AppError::conflict("This nomination was answered meanwhile."));
    }
    let to = mail::to_nominee(conn, nomination)?;
    let notice = Notice {
        kind: "accepted".into(),
        name: nomination.name.clone(),
        heading: "You have accepted your nomination",
        lines: vec![format!(
            "You can change your statement until {}. The candidates are announced {}. You can withdraw at any time.",
            app.when(call.dates.accept),
            app.when(call.dates.announce)
        )],
        path: format!("/nominations/{}", nomination.public_id),
    };
    mail::tell(conn, app, call, &to, notice, now)?;
    Ok(())
}

pub(super) async fn decline(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let id = PublicId::parse(&path).ok_or_else(AppError::not_found)?;
    let (person, wanted) = (actor.person, id.clone());
    ctx.app().read(move |conn| mine(conn, person, &wanted).map(|_| ())).await?;
    respond::refuse(&ctx, id).await?;
    Ok(ctx.redirect_with("/nominations", &Flash::good(respond::DECLINED)))
}

pub(super) async fn withdraw(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["sure"])?;
    let id = PublicId::parse(&path).ok_or_else(AppError::not_found)?;
    let back = format!("/nominations/{id}");
    if !form.has("sure", "yes") {
        let words = "Tick the box to withdraw; it cannot be taken back.";
        return Ok(ctx.redirect_with(&back, &Flash::bad(words)));
    }
    let app = ctx.app().clone();
    let act = ctx.act("nomination.withdraw", format!("nomination {id}"), json!({}));
    ctx.app()
        .write(move |conn| {
            let now = app.now();
            let nomination = mine(conn, actor.person, &id)?;
            let mut call = Call::by_id(conn, nomination.election_id)?;
            if !can_withdraw(&nomination, &call, now) {
                return Err(AppError::conflict(
                    "You do not stand, or the vote is over; nothing is left to withdraw from.",
                ));
            }
            let (from, to) = (NominationState::Accepted, NominationState::Withdrawn);
            if !nominations::change_state(conn, nomination.id, from, to, now)? {
                return Err(AppError::conflict("This nomination changed meanwhile. Reload the page."));
            }
            announce::withdrawn(conn, &mut call, &nomination, now)?;
            audit::append(conn, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&back, &Flash::good("You have withdrawn.")))
}

pub(super) async fn clarify(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["answer"])?;
    let id = PublicId::parse(&path).ok_or_else(AppError::not_found)?;
    let mut check = Check::new(&form);
    let answer = text(&mut check, "answer", 4000).filter(|t| !t.is_empty());
    let errors = check.errors();
    let Some(answer) = answer.filter(|_| errors.is_empty()) else {
        return Ok(ctx.redirect_with(
            &format!("/nominations/{id}"),
            &Flash::bad("Write an answer of at most 4000 characters, in Markdown without HTML."),
        ));
    };
    let app = ctx.app().clone();
    let act = ctx.act("nomination.clarify", format!("nomination {id}"), json!({}));
    let back = format!("/nominations/{id}");
    ctx.app()
        .write(move |conn| {
            let now = app.now();
            let nomination = mine(conn, actor.person, &id)?;
            let call = Call::by_id(conn, nomination.election_id)?;
            if call.is_released()
                || now >= call.dates.announce
                || !nominations::clarify(conn, nomination.id, &answer, now)?
            {
                return Err(AppError::conflict("Nothing waits for an answer."));
            }
            audit::append(conn, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&back, &Flash::good("Your answer is sent to the officers.")))
}
