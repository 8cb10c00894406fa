//! Asking to join a work group, and deciding about it.

use std::collections::BTreeMap;

use actix_web::web;
use askama::Template;
use folkmoot_store::bodies::{self, Body, MemberRole, SeatBasis};
use folkmoot_store::work_groups::{self, JoinRequest, JoinState};
use folkmoot_store::{Conn, PersonId, PublicId, Utc, accounts, audit};
use serde_json::json;

use super::mail::GroupNews;
use super::{led, officers};
use crate::app::App;
use crate::approvals::By;
use crate::bodies::{Granted, give_seat, rules};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::day;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::mail::{self, Recipient};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/bodies/{body}/join", Access::SignedIn, page),
        Route::post("/bodies/{body}/join", Access::SignedIn, ask),
        Route::get("/bodies/{body}/requests", Access::SignedIn, list),
        Route::post("/join-requests/{request}", Access::SignedIn, decide),
    ]
}

#[derive(Template)]
#[template(path = "work_groups/join.html")]
struct JoinPage {
    page: Page,
    form: Form,
    slug: String,
    body: String,
    waits: String,
    class: String,
}

/// The group, when it takes requests.
fn open_group(conn: &mut Conn, slug: &str, now: Utc) -> AppResult<Body> {
    let body = bodies::by_slug(conn, slug)?;
    let today = now.datetime().date_naive();
    let open = work_groups::charter_of(conn, body.id)?
        .is_some_and(|c| c.is_open && c.ends_on.is_none_or(|end| end >= today));
    if open && body.is_public { Ok(body) } else { Err(AppError::not_found()) }
}

/// The request of this person that waits.
fn waiting(conn: &mut Conn, body: &Body, person: PersonId) -> AppResult<Option<JoinRequest>> {
    let own = work_groups::requests_by(conn, person)?;
    Ok(own.into_iter().find(|r| r.body_id == body.id && r.state == JoinState::Waiting))
}

async fn page(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    show(&ctx, &actor, path.into_inner(), Form::empty()).await
}

async fn show(ctx: &Ctx, actor: &Actor, slug: String, form: Form) -> PageResult {
    let (now, person) = (ctx.now(), actor.person);
    let (body, request) = ctx
        .app()
        .read(move |c| {
            let body = open_group(c, &slug, now)?;
            let request = waiting(c, &body, person)?;
            Ok((body, request))
        })
        .await?;
    let page = ctx.page(format!("Join {}", body.name)).for_form(&form);
    let again = page.has_errors;
    let waits = request.map(|r| r.public_id.to_string()).unwrap_or_default();
    let template =
        JoinPage { page, form, slug: body.slug, body: body.name, waits, class: body.required_class };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

fn tell(
    conn: &mut Conn,
    app: &App,
    people: &[PersonId],
    group: &Body,
    (what, link): (&str, &str),
    now: Utc,
) -> AppResult<()> {
    for person in accounts::persons_with(conn, people)? {
        let Some(address) = accounts::mail_address_of(conn, person.id)? else { continue };
        let message = GroupNews {
            name: person.preferred_name,
            group: group.name.clone(),
            what: what.to_owned(),
            link: app.link(link),
        };
        mail::queue(conn, app, &Recipient::person(person.id, address), &message, now)?;
    }
    Ok(())
}

async fn ask(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["text"])?;
    let slug = path.into_inner();
    let mut check = Check::new(&form);
    let text = check.text("text", 4000, "Say why you would like to join.");
    let errors = check.errors();
    let Some(text) = text else { return show(&ctx, &actor, slug, form.with(errors)).await };
    let (now, by, app, id) = (ctx.now(), By::new(&ctx, &actor), ctx.app().clone(), ctx.app().public_id()?);
    let to = format!("/bodies/{slug}");
    ctx.app()
        .write(move |c| {
            let body = open_group(c, &slug, now)?;
            let person = by.actor.person;
            if waiting(c, &body, person)?.is_some() {
                return Err(AppError::conflict("You have asked already; the chair decides."));
            }
            if bodies::seat_of(c, body.id, person, now.datetime().date_naive())?.is_some() {
                return Err(AppError::conflict("You are a member already."));
            }
            if !rules::fits_class(c, &body, person, now)? {
                return Err(AppError::conflict(format!(
                    "Members of this group must be {}; you are not at this time.",
                    body.required_class
                )));
            }
            work_groups::ask(c, &id, (body.id, person), &text, now)?;
            let what = format!("{} asks to join {}.", by.actor.name, body.name);
            let link = format!("/bodies/{}/requests", body.slug);
            let lead = officers(c, &body, now)?;
            tell(c, &app, &lead, &body, (&what, &link), now)?;
            audit::append(c, &by.act("join.ask", format!("body {slug}"), json!({ "request": id })), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("Your request is sent to the chair.")))
}

struct Line {
    id: String,
    name: String,
    text: String,
    when: String,
    state: &'static str,
    waits: bool,
}

#[derive(Template)]
#[template(path = "work_groups/requests.html")]
struct ListPage {
    page: Page,
    slug: String,
    body: String,
    lines: Vec<Line>,
}

const fn state_words(state: JoinState) -> &'static str {
    match state {
        JoinState::Waiting => "Waits",
        JoinState::Accepted => "Accepted",
        JoinState::Declined => "Declined",
        JoinState::Withdrawn => "Taken back",
    }
}

async fn list(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let (slug, now) = (path.into_inner(), ctx.now());
    let (body, lines) = ctx
        .app()
        .read(move |c| {
            let body = led(c, &slug, &actor, now)?;
            let all = work_groups::requests_of(c, body.id, 100)?;
            let people: Vec<PersonId> = all.iter().map(|r| r.person_id).collect();
            let names: BTreeMap<_, _> =
                accounts::persons_with(c, &people)?.into_iter().map(|p| (p.id, p.preferred_name)).collect();
            let line = |r: JoinRequest| Line {
                id: r.public_id.to_string(),
                name: names.get(&r.person_id).cloned().unwrap_or_default(),
                text: r.text,
                when: day(r.created_at),
                state: state_words(r.state),
                waits: r.state == JoinState::Waiting,
            };
            let lines: Vec<Line> = all.into_iter().map(line).collect();
            Ok((body, lines))
        })
        .await?;
    let page = ctx.page(format!("Requests to join {}", body.name));
    ctx.show(&ListPage { page, slug: body.slug, body: body.name, lines })
}

/// Carries a decision out; returns where to go.
fn carry_out(
    conn: &mut Conn,
    app: &App,
    by: &By,
    (id, decision, note): (&PublicId, &str, &str),
    now: Utc,
) -> AppResult<String> {
    let request = work_groups::request(conn, id)?;
    let body = bodies::by_id(conn, request.body_id)?;
    let own = request.person_id == by.actor.person;
    let state = match decision {
        "accept" => JoinState::Accepted,
        "decline" => JoinState::Declined,
        "withdraw" if own => JoinState::Withdrawn,
        _ => return Err(FieldErrors::one("decision", "Accept or decline the request.").into()),
    };
    if state != JoinState::Withdrawn {
        led(conn, &body.slug, &by.actor, now)?;
        if own {
            return Err(AppError::forbidden("Somebody else has to decide this: it concerns yourself."));
        }
    }
    if !work_groups::decide(conn, request.id, state, (by.actor.person, note), now)? {
        return Err(AppError::conflict("This request was decided already."));
    }
    if state == JoinState::Accepted {
        let seat = Granted {
            person: request.person_id,
            role: MemberRole::Member,
            position: String::new(),
            cohort: String::new(),
            basis: SeatBasis::Joined,
            starts_on: now.datetime().date_naive(),
            ends_on: None,
        };
        give_seat(conn, &body, &seat, now)?.map_err(AppError::conflict)?;
    }
    let details = json!({ "request": id, "state": state });
    audit::append(conn, &by.act("join.decide", format!("body {}", body.slug), details), now)?;
    if state == JoinState::Withdrawn {
        return Ok(format!("/bodies/{}", body.slug));
    }
    let verb = if state == JoinState::Accepted { "accepted" } else { "declined" };
    let mut what = format!("Your request to join {} was {verb}.", body.name);
    if !note.is_empty() {
        what = format!("{what} {note}");
    }
    let link = format!("/bodies/{}", body.slug);
    tell(conn, app, &[request.person_id], &body, (&what, &link), now)?;
    Ok(format!("/bodies/{}/requests", body.slug))
}

async fn decide(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["decision", "note"])?;
    let mut check = Check::new(&form);
    let note = check.optional_text("note", 500);
    let Some(note) = note else { return Err(check.errors().into()) };
    let decision = form.value("decision").to_owned();
    let id = PublicId::parse(&path.into_inner()).ok_or_else(AppError::not_found)?;
    let (now, by, app) = (ctx.now(), By::new(&ctx, &actor), ctx.app().clone());
    let to = ctx.app().write(move |c| carry_out(c, &app, &by, (&id, &decision, &note), now)).await?;
    Ok(ctx.redirect_with(&to, &Flash::good("Decided.")))
}
