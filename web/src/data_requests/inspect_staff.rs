//! Staff serve requests for the list of members.

use actix_web::web;
use askama::Template;
use chrono::TimeDelta;
use folkmoot_store::accounts::{self, Person};
use folkmoot_store::data_requests::{self, RequestState};
use folkmoot_store::{PersonId, PublicId, audit};
use serde_json::json;

use super::mail::ListRequestAnswered;
use super::{DOWNLOAD_DAYS, Line, id_in, inspection_line, names};
use crate::approvals::By;
use crate::auth::permission::{Action, Subject, may};
use crate::error::AppError;
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Check, Ctx, Form, Page, PageResult};
use crate::mail::{self, Recipient};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let may = Access::May(Action::AnswerRequests);
    vec![
        Route::get("/staff/list-requests", may, list),
        Route::get("/staff/list-requests/{request}", may, one),
        Route::post("/staff/list-requests/{request}/answer", may, answer),
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
            let found = data_requests::inspection_requests_in(c, !done, 200)?;
            let ids: Vec<PersonId> = found.iter().map(|r| r.person_id).collect();
            let names = names(c, &ids)?;
            Ok(found.iter().zip(names).map(|(r, who)| inspection_line(r, &who, now)).collect::<Vec<_>>())
        })
        .await?;
    let (heading, path) = ("Requests for the list of members", "/staff/list-requests");
    ctx.show(&ListPage { page: ctx.page(heading), heading, path, done, lines })
}

#[derive(Template)]
#[template(path = "data_requests/inspection.html")]
struct OnePage {
    page: Page,
    form: Form,
    line: Line,
    person: Person,
    conditions: String,
    votes: bool,
    until: String,
    downloads: Vec<(String, i64)>,
    action: String,
    is_open: bool,
}

async fn one(ctx: Ctx, path: web::Path<String>) -> PageResult {
    show(&ctx, id_in(&path)?, Form::empty()).await
}

async fn show(ctx: &Ctx, id: PublicId, form: Form) -> PageResult {
    let (page, now) = (ctx.page("Request for the list of members").for_form(&form), ctx.now());
    let template = ctx
        .app()
        .read(move |c| {
            let request = data_requests::inspection_request(c, &id)?;
            let person = accounts::person(c, request.person_id)?;
            let downloads = data_requests::downloads_of(c, request.id)?;
            Ok(OnePage {
                page,
                form,
                line: inspection_line(&request, &person.preferred_name, now),
                votes: data_requests::is_voting_member(c, person.id, now)?,
                until: request.open_until.map(when).unwrap_or_default(),
                downloads: downloads.into_iter().map(|d| (when(d.at), d.entries)).collect(),
                action: format!("/staff/list-requests/{id}"),
                is_open: request.state == RequestState::Open,
                conditions: request.conditions,
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
    let grants = form.value("act") == "grant";
    let mut check = Check::new(&form);
    let text = check.optional_text("answer", 3000);
    if !grants && text.as_deref() == Some("") {
        check.add("answer", "Say why the list is not given.");
    }
    let errors = check.errors();
    let (Some(text), true) = (text, errors.is_empty()) else {
        return show(&ctx, id, form.with(errors)).await;
    };
    let (app, now, by) = (ctx.app().clone(), ctx.now(), By::new(&ctx, &actor));
    let target = format!("/staff/list-requests/{id}");
    ctx.app()
        .write(move |c| {
            let request = data_requests::inspection_request(c, &id)?;
            may(&by.actor, Action::AnswerRequests, Subject::Person(request.person_id))
                .map_err(|d| AppError::forbidden(d.to_string()))?;
            let person = accounts::person(c, request.person_id)?;
            let until = now.plus(TimeDelta::days(DOWNLOAD_DAYS));
            let state = if grants { RequestState::Granted } else { RequestState::Refused };
            let decision = (state, grants.then_some(until));
            if !data_requests::answer_inspection(c, request.id, decision, &text, by.actor.person, now)? {
                return Err(AppError::conflict("This request was answered in the meantime."));
            }
            if let Some(address) = accounts::mail_address_of(c, person.id)? {
                let message = ListRequestAnswered {
                    name: person.preferred_name.clone(),
                    granted: grants,
                    answer: text.clone(),
                    until: when(until),
                    link: app.link("/membership/list"),
                };
                mail::queue(c, &app, &Recipient::person(person.id, address), &message, now)?;
            }
            let details = json!({ "request": id, "state": state });
            audit::append(
                c,
                &by.act("member_list.answer", format!("person {}", person.public_id), details),
                now,
            )?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&target, &Flash::good("The member is told.")))
}
