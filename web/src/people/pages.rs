//! The page of one person.

use actix_web::web;
use askama::Template;
use folkmoot_store::accounts::{self, Address, Person, PersonState};
use folkmoot_store::{Conn, PersonId, PublicId, Utc, audit, bodies};
use serde_json::json;

use super::timeline;
use crate::approvals::By;
use crate::auth::permission::{Action, Subject, may};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::{day, when};
use crate::http::{Ctx, Form, Page, PageResult};
use crate::roles;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let (see, manage) = (Access::May(Action::SeePeople), Access::May(Action::ManagePeople));
    vec![
        Route::get("/staff/people/{person}", see, show),
        Route::post("/staff/people/{person}/sign-out", manage, sign_out),
        Route::post("/staff/people/{person}/bar", manage, bar),
        Route::post("/staff/people/{person}/restore", manage, restore),
    ]
}

struct Held {
    role: String,
    from: String,
    until: String,
}

#[derive(Template)]
#[template(path = "people/show.html")]
struct PersonPage {
    page: Page,
    person: Person,
    state: &'static str,
    since: String,
    addresses: Vec<Address>,
    main_address: String,
    held: Vec<Held>,
    seats: Vec<(String, String)>,
    sessions: Vec<(String, String)>,
    history: Vec<timeline::Line>,
    may_manage: bool,
    may_give: bool,
    may_leave: bool,
    may_read_log: bool,
}

pub(super) const fn state_words(state: PersonState) -> &'static str {
    match state {
        PersonState::Active => "Active",
        PersonState::Disabled => "Barred",
        PersonState::Closed => "Closed",
        PersonState::Merged => "Merged",
    }
}

pub(super) fn id_in(path: &str) -> AppResult<PublicId> {
    PublicId::parse(path).ok_or_else(AppError::not_found)
}

fn held(conn: &mut Conn, person: PersonId) -> AppResult<Vec<Held>> {
    let words = |g: accounts::RoleGrant| Held {
        role: roles::heading(g.role),
        from: day(g.starts_at),
        until: match (g.revoked_at, g.ends_at) {
            (Some(at), _) => format!("taken away on {}", day(at)),
            (None, Some(at)) => format!("until {}", when(at)),
            (None, None) => "no end".to_owned(),
        },
    };
    Ok(accounts::grants_of(conn, person)?.into_iter().map(words).collect())
}

async fn show(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let (id, now) = (id_in(&path.into_inner())?, ctx.now());
    let page = ctx.page("Person");
    let template = ctx.app().read(move |c| gather(c, page, &actor, &id, now)).await?;
    ctx.show(&template)
}

fn gather(conn: &mut Conn, page: Page, actor: &Actor, id: &PublicId, now: Utc) -> AppResult<PersonPage> {
    let person = accounts::person_by_public_id(conn, id)?;
    let on = |action| may(actor, action, Subject::Person(person.id)).is_ok();
    let may_read_log = on(Action::ReadAuditLog);
    let sessions = accounts::sessions_of(conn, person.id, now)?;
    let grants = accounts::grants_of(conn, person.id)?;
    let words = |d: chrono::NaiveDate| d.format("%-d %B %Y").to_string();
    let seat = |(seat, body): (bodies::BodyMember, bodies::Body)| {
        let until = seat.ends_on.map_or_else(|| "no last day".to_owned(), |d| format!("until {}", words(d)));
        let position = if seat.position.is_empty() { String::new() } else { format!("{}, ", seat.position) };
        (body.name, format!("{position}from {}, {until}", words(seat.starts_on)))
    };
    Ok(PersonPage {
        page,
        state: state_words(person.state),
        since: day(person.created_at),
        addresses: accounts::addresses_of(conn, person.id)?,
        main_address: accounts::mail_address_of(conn, person.id)?.unwrap_or_default(),
        held: held(conn, person.id)?,
        seats: bodies::seats_of(conn, person.id)?.into_iter().map(seat).collect(),
        sessions: sessions.into_iter().map(|s| (s.agent, when(s.last_seen_at))).collect(),
        history: timeline::of(conn, &person, actor, now)?,
        may_manage: on(Action::ManagePeople)
            && matches!(person.state, PersonState::Active | PersonState::Disabled),
        may_give: on(Action::ManageRoles) && person.state == PersonState::Active,
        may_leave: on(Action::ManageRoles) && grants.iter().any(|g| g.stands(now)),
        may_read_log,
        person,
    })
}

/// Does something to the person in the path, if the actor may.
async fn act_on(
    ctx: &Ctx,
    actor: &Actor,
    path: String,
    action: &'static str,
    change: fn(&mut Conn, &Person) -> AppResult<()>,
    done: &str,
) -> PageResult {
    let (id, now, by) = (id_in(&path)?, ctx.now(), By::new(ctx, actor));
    ctx.app()
        .write(move |c| {
            let person = accounts::person_by_public_id(c, &id)?;
            may(&by.actor, Action::ManagePeople, Subject::Person(person.id))
                .map_err(|d| AppError::forbidden(d.to_string()))?;
            change(c, &person)?;
            audit::append(c, &by.act(action, format!("person {id}"), json!({})), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&format!("/staff/people/{path}"), &Flash::good(done)))
}

async fn sign_out(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let change = |c: &mut Conn, person: &Person| {
        accounts::end_sessions(c, person.id, None)?;
        Ok(())
    };
    act_on(&ctx, &actor, path.into_inner(), "person.sign_out", change, "Signed out everywhere.").await
}

async fn bar(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let change = |c: &mut Conn, person: &Person| {
        if person.state != PersonState::Active {
            return Err(AppError::conflict("This account is not active."));
        }
        accounts::set_person_state(c, person.id, PersonState::Disabled)?;
        accounts::end_sessions(c, person.id, None)?;
        Ok(())
    };
    act_on(&ctx, &actor, path.into_inner(), "person.bar", change, "Barred and signed out everywhere.").await
}

async fn restore(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let change = |c: &mut Conn, person: &Person| {
        if person.state != PersonState::Disabled {
            return Err(AppError::conflict("Only a barred account can be restored."));
        }
        accounts::set_person_state(c, person.id, PersonState::Active)?;
        Ok(())
    };
    act_on(&ctx, &actor, path.into_inner(), "person.restore", change, "This person can sign in again.").await
}
