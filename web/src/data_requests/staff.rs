//! Staff answer requests of people about their own data.

use actix_web::web;
use askama::Template;
use folkmoot_store::accounts::{self, Person};
use folkmoot_store::data_requests::{self, PrivacyKind, PrivacyRequest, RequestState};
use folkmoot_store::{Conn, PersonId, PublicId, Utc, audit};
use serde_json::json;

use super::erase::ErasePerson;
use super::mail::RequestAnswered;
use super::{Line, id_in, kind_words, names, privacy_line};
use crate::app::App;
use crate::approvals::{self, By};
use crate::auth::permission::{Action, Subject, may};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, Form, Page, PageResult};
use crate::mail::{self, Recipient};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let may = Access::May(Action::AnswerRequests);
    vec![
        Route::get("/staff/privacy", may, list),
        Route::get("/staff/privacy/{request}", may, one),
        Route::post("/staff/privacy/{request}/answer", may, answer),
    ]
}

#[derive(Template)]
#[template(path = "data_requests/list.html")]
struct ListPage {
    page: Page,
    heading: &'static str,
    path: &'static str,
    done: bool,
    lines: Vec<Line>,
}

async fn list(ctx: Ctx) -> PageResult {
    let (done, now) = (ctx.query("show").as_deref() == Some("done"), ctx.now());
    let lines = ctx
        .app()
        .read(move |c| {
            let found = data_requests::privacy_requests_in(c, !done, 200)?;
            let ids: Vec<PersonId> = found.iter().map(|r| r.person_id).collect();
            let names = names(c, &ids)?;
            Ok(found.iter().zip(names).map(|(r, who)| privacy_line(r, &who, now)).collect::<Vec<_>>())
        })
        .await?;
    let (heading, path) = ("Privacy requests", "/staff/privacy");
    ctx.show(&ListPage { page: ctx.page(heading), heading, path, done, lines })
}

#[derive(Template)]
#[template(path = "data_requests/one.html")]
struct OnePage {
    page: Page,
    form: Form,
    line: Line,
    person: Person,
    action: String,
    is_open: bool,
    erases: bool,
    proposal: Option<PublicId>,
}

async fn one(ctx: Ctx, path: web::Path<String>) -> PageResult {
    show(&ctx, id_in(&path)?, Form::empty()).await
}

async fn show(ctx: &Ctx, id: PublicId, form: Form) -> PageResult {
    let (page, now) = (ctx.page("Privacy request").for_form(&form), ctx.now());
    let template = ctx
        .app()
        .read(move |c| {
            let request = data_requests::privacy_request(c, &id)?;
            let person = accounts::person(c, request.person_id)?;
            let about = format!("person {}", person.public_id);
            Ok(OnePage {
                page,
                form,
                line: privacy_line(&request, &person.preferred_name, now),
                action: format!("/staff/privacy/{id}"),
                is_open: request.state == RequestState::Open,
                erases: request.kind == PrivacyKind::Erasure,
                proposal: approvals::open_about::<ErasePerson>(c, &about, now)?.pop(),
                person,
            })
        })
        .await?;
    if template.page.has_errors { ctx.show_again(&template) } else { ctx.show(&template) }
}

async fn answer(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["answer", "act"])?;
    ctx.require_fresh()?;
    let id = id_in(&path)?;
    let mut check = Check::new(&form);
    let text = check.text("answer", 3000, "Write what the person is told.");
    let state = check.field("act", |t| match t {
        "grant" => Ok(RequestState::Granted),
        "refuse" => Ok(RequestState::Refused),
        _ => Err("Choose to grant or to refuse it."),
    });
    let (Some(text), Some(state)) = (text, state) else {
        let errors = check.errors();
        return show(&ctx, id, form.with(errors)).await;
    };
    let (app, now, by) = (ctx.app().clone(), ctx.now(), By::new(&ctx, &actor));
    let target = format!("/staff/privacy/{id}");
    let proposal = ctx
        .app()
        .write(move |c| {
            let request = data_requests::privacy_request(c, &id)?;
            may(&by.actor, Action::AnswerRequests, Subject::Person(request.person_id))
                .map_err(|d| AppError::forbidden(d.to_string()))?;
            let person = accounts::person(c, request.person_id)?;
            if state == RequestState::Granted && request.kind == PrivacyKind::Erasure {
                let act = ErasePerson { person: person.public_id, request: id.clone(), answer: text.clone() };
                let reason = "The person asked for the erasure of their data.";
                return approvals::propose(c, &app, &by, &act, reason, now).map(Some);
            }
            close(c, &app, &request, &person, (state, &text), by.actor.person, now)?;
            let details = json!({ "request": id, "for": request.kind, "state": state });
            audit::append(
                c,
                &by.act("privacy.answer", format!("person {}", person.public_id), details),
                now,
            )?;
            Ok(None)
        })
        .await?;
    match proposal {
        Some(proposal) => Ok(ctx.redirect(&format!("/staff/approvals/{proposal}"))),
        None => Ok(ctx.redirect_with(&target, &Flash::good("The person is told."))),
    }
}

/// Notes the answer and tells the person.
pub(super) fn close(
    conn: &mut Conn,
    app: &App,
    request: &PrivacyRequest,
    person: &Person,
    (state, answer): (RequestState, &str),
    by: PersonId,
    now: Utc,
) -> AppResult<()> {
    if !data_requests::answer_privacy(conn, request.id, state, answer, by, now)? {
        return Err(AppError::conflict("This request was answered in the meantime."));
    }
    let Some(address) = accounts::mail_address_of(conn, person.id)? else { return Ok(()) };
    let erased = request.kind == PrivacyKind::Erasure && state == RequestState::Granted;
    let message = RequestAnswered {
        name: person.preferred_name.clone(),
        what: kind_words(request.kind).to_lowercase().replace("my data", "your data"),
        granted: state == RequestState::Granted,
        answer: answer.to_owned(),
        link: if erased { String::new() } else { app.link("/account/privacy") },
    };
    mail::queue(conn, app, &Recipient::person(person.id, address), &message, now)?;
    Ok(())
}
