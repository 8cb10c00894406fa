//! A voting member asks for the list of members, and downloads it once that is granted.

use actix_web::web;
use askama::Template;
use chrono::TimeDelta;
use folkmoot_store::data_requests::{self, InspectionRequest, NewInspectionRequest, RequestState};
use folkmoot_store::{Conn, PublicId, Utc, audit};
use serde_json::json;

use super::{DOWNLOAD_DAYS, INSPECTION_DAYS, Line, id_in, inspection_line};
use crate::approvals::By;
use crate::error::{AppError, AppResult};
use crate::export;
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Check, Ctx, Form, Page, PageResult};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/membership/list", Access::SignedIn, page),
        Route::post("/membership/list", Access::SignedIn, ask),
        Route::post("/membership/list/{request}/file", Access::SignedIn, file),
    ]
}

/// What whoever asks promises. Kept with each request as it was accepted.
pub(crate) const CONDITIONS: &str = "I use the list only for a matter of the membership, such as writing to members about a vote or \
     calling a meeting. I do not pass it on, publish it, or use it for trade or advertising. I keep it safe and destroy it when \
     the matter is over.";

struct Asked {
    line: Line,
    /// Until when it can be downloaded; empty when it cannot.
    until: String,
    action: String,
}

#[derive(Template)]
#[template(path = "data_requests/inspect.html")]
struct InspectPage {
    page: Page,
    form: Form,
    votes: bool,
    conditions: String,
    asked: Vec<Asked>,
    days: i64,
    download_days: i64,
}

/// Whether the list of this request can be downloaded at `now`.
pub(super) fn is_open(request: &InspectionRequest, now: Utc) -> bool {
    request.state == RequestState::Granted && request.open_until.is_some_and(|end| now < end)
}

async fn page(ctx: Ctx, actor: Actor) -> PageResult {
    show(&ctx, &actor, Form::empty()).await
}

async fn show(ctx: &Ctx, actor: &Actor, form: Form) -> PageResult {
    let (person, now) = (actor.person, ctx.now());
    let (votes, found) = ctx
        .app()
        .read(move |c| {
            Ok((
                data_requests::is_voting_member(c, person, now)?,
                data_requests::inspection_requests_of(c, person)?,
            ))
        })
        .await?;
    let asked = found.iter().map(|r| Asked {
        line: inspection_line(r, &actor.name, now),
        until: r.open_until.filter(|_| is_open(r, now)).map(when).unwrap_or_default(),
        action: format!("/membership/list/{}/file", r.public_id),
    });
    let template = InspectPage {
        page: ctx.page("List of members").for_form(&form),
        votes,
        conditions: CONDITIONS.into(),
        asked: asked.collect(),
        days: INSPECTION_DAYS,
        download_days: DOWNLOAD_DAYS,
        form,
    };
    if template.page.has_errors { ctx.show_again(&template) } else { ctx.show(&template) }
}

async fn ask(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    let form = form.only(&["purpose", "conditions"])?;
    let mut check = Check::new(&form);
    let purpose = check.text("purpose", 2000, "Say what you need the list for.");
    if !form.has("conditions", "yes") {
        check.add("conditions", "Accept the conditions; without them nobody gets the list.");
    }
    let errors = check.errors();
    let (Some(purpose), true) = (purpose, errors.is_empty()) else {
        return show(&ctx, &actor, form.with(errors)).await;
    };
    let (now, id, by) = (ctx.now(), ctx.app().public_id()?, By::new(&ctx, &actor));
    ctx.app()
        .write(move |c| {
            if !data_requests::is_voting_member(c, by.actor.person, now)? {
                return Err(AppError::forbidden("Only members with the vote may ask for the list."));
            }
            let due_at = now.plus(TimeDelta::days(INSPECTION_DAYS));
            let new = NewInspectionRequest {
                public_id: &id,
                person: by.actor.person,
                purpose: &purpose,
                conditions: CONDITIONS,
                due_at,
            };
            if !data_requests::ask_inspection(c, &new, now)? {
                return Err(AppError::conflict("You asked already; the answer is on its way."));
            }
            let object = format!("person {}", by.actor.public_id);
            audit::append(c, &by.act("member_list.ask", object, json!({ "request": id })), now)?;
            Ok(())
        })
        .await?;
    let words = format!("Your request has arrived. The answer comes by mail within {INSPECTION_DAYS} days.");
    Ok(ctx.redirect_with("/membership/list", &Flash::good(words)))
}

async fn file(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    ctx.require_fresh()?;
    let (id, now, by) = (id_in(&path)?, ctx.now(), By::new(&ctx, &actor));
    let csv = ctx.app().write(move |c| serve(c, &by, &id, now)).await?;
    Ok(export::answer("members.csv", csv))
}

/// The list as it is now; the download is noted and in the audit log.
fn serve(conn: &mut Conn, by: &By, id: &PublicId, now: Utc) -> AppResult<Vec<u8>> {
    let request = data_requests::inspection_request(conn, id)?;
    if request.person_id != by.actor.person {
        return Err(AppError::not_found());
    }
    if !is_open(&request, now) {
        return Err(AppError::conflict(
            "The list cannot be downloaded any more. Ask again when you still need it.",
        ));
    }
    let members = data_requests::members_at(conn, true, now)?;
    let rows = members.iter().map(|m| vec![m.name.clone(), m.classes.join(", "), m.address.clone()]);
    let csv = export::csv(&["name", "class", "email"], rows)?;
    let (entries, sha256) = (i64::try_from(members.len()).unwrap_or(i64::MAX), export::sha256(&csv));
    data_requests::note_download(conn, request.id, entries, &sha256, now)?;
    let details = json!({ "request": id, "entries": entries, "sha256": sha256 });
    audit::append(
        conn,
        &by.act("member_list.download", format!("person {}", by.actor.public_id), details),
        now,
    )?;
    Ok(csv)
}
