//! Taking one's data along, and closing the account.

use actix_web::HttpResponse;
use actix_web::http::header;
use askama::Template;
use folkmoot_store::accounts::{self, PersonState};
use folkmoot_store::{Conn, PersonId, Utc, audit, mails, pages};
use serde_json::{Value, json};

use super::mail::AccountClosed;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Ctx, FieldErrors, Form, Page, PageResult};
use crate::mail::{self, Recipient};

type Section = fn(&mut Conn, PersonId, Utc) -> AppResult<Value>;

/// What the download holds. A feature that keeps data about people adds its line here. Never anything that shows how
/// somebody voted.
#[rustfmt::skip]
const SECTIONS: &[(&str, Section)] = &[
    ("account", account),
    ("agreements", agreements),
    ("mails", received),
    ("roles", roles),
    ("bodies", crate::bodies::own_data),
    ("affiliations", crate::affiliations::own_data),
    ("work_groups", crate::work_groups::own_data),
    ("motions", crate::motions::own_data),
    ("awards", crate::awards::own_data),
    ("membership", crate::membership::own_data),
    ("nominations", crate::nominations::own_data),
    ("payments", crate::payments::own_data),
    ("requests", crate::data_requests::own_data),
];

fn account(c: &mut Conn, person: PersonId, now: Utc) -> AppResult<Value> {
    let row = accounts::person(c, person)?;
    let means = accounts::means_of(c, person)?;
    let addresses: Vec<Value> = accounts::addresses_of(c, person)?
        .into_iter()
        .map(|a| json!({ "address": a.address, "primary": a.is_primary, "verified_at": a.verified_at }))
        .collect();
    let sessions: Vec<Value> = accounts::sessions_of(c, person, now)?
        .into_iter()
        .map(|s| json!({ "browser": s.agent, "signed_in_at": s.created_at, "last_used_at": s.last_seen_at }))
        .collect();
    let passkeys: Vec<Value> = accounts::passkeys_of(c, person)?
        .into_iter()
        .map(|p| json!({ "name": p.name, "added_at": p.created_at, "last_used_at": p.last_used_at }))
        .collect();
    Ok(json!({
        "id": row.public_id,
        "name": row.preferred_name,
        "legal_name": row.legal_name,
        "time_zone": row.time_zone,
        "locale": row.locale,
        "created_at": row.created_at,
        "addresses": addresses,
        "has_password": means.password,
        "has_authenticator_app": means.totp,
        "passkeys": passkeys,
        "sessions": sessions,
    }))
}

fn agreements(c: &mut Conn, person: PersonId, _: Utc) -> AppResult<Value> {
    let lines = pages::acceptances(c, person)?
        .into_iter()
        .map(|(page, version, at)| json!({ "text": page, "version": version, "agreed_at": at }));
    Ok(Value::Array(lines.collect()))
}

fn roles(c: &mut Conn, person: PersonId, _: Utc) -> AppResult<Value> {
    let lines = accounts::grants_of(c, person)?.into_iter().map(
        |g| json!({ "role": g.role, "from": g.starts_at, "until": g.ends_at, "taken_away_at": g.revoked_at }),
    );
    Ok(Value::Array(lines.collect()))
}

fn received(c: &mut Conn, person: PersonId, _: Utc) -> AppResult<Value> {
    let rows = mails::mails_of(c, person, 10_000)?;
    let lines =
        rows.into_iter().map(|m| json!({ "about": m.message, "to": m.recipient, "queued_at": m.created_at }));
    Ok(Value::Array(lines.collect()))
}

pub(super) async fn data(ctx: Ctx, actor: Actor) -> PageResult {
    ctx.require_fresh()?;
    let (person, now) = (actor.person, ctx.now());
    let whole = ctx
        .app()
        .read(move |c| {
            let mut whole = serde_json::Map::new();
            whole.insert("made_at".into(), json!(now));
            for (name, section) in SECTIONS {
                whole.insert((*name).into(), section(c, person, now)?);
            }
            Ok(whole)
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"my-data.json\""))
        .body(serde_json::to_string_pretty(&whole).map_err(AppError::internal)?))
}

#[derive(Template)]
#[template(path = "accounts/close.html")]
struct ClosePage {
    page: Page,
    form: Form,
    is_staff: bool,
}

pub(super) async fn close_page(ctx: Ctx, actor: Actor) -> PageResult {
    let page = ctx.page("Close your account");
    ctx.show(&ClosePage { page, form: Form::empty(), is_staff: actor.is_staff() })
}

pub(super) async fn close(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    let form = form.only(&["sure"])?;
    ctx.require_fresh()?;
    if actor.is_staff() {
        return Err(AppError::conflict(
            "You hold a role. Have it handed over before you close your account.",
        ));
    }
    if !form.has("sure", "yes") {
        let errors = FieldErrors::one("sure", "Tick the box to close your account.");
        let form = form.with(errors);
        let page = ctx.page("Close your account").for_form(&form);
        return ctx.show_again(&ClosePage { page, form, is_staff: false });
    }
    let (app, person, now) = (ctx.app().clone(), actor.person, ctx.now());
    let act = ctx.act("person.close", format!("person {}", actor.public_id), json!({}));
    ctx.app()
        .write(move |c| {
            let row = accounts::person(c, person)?;
            if row.state != PersonState::Active {
                return Err(AppError::not_found());
            }
            let address = accounts::mail_address_of(c, person)?;
            crate::membership::leave(c, person, now)?;
            crate::nominations::leave(c, person, now)?;
            accounts::close_person(c, person, now)?;
            audit::append(c, &act, now)?;
            if let Some(address) = address {
                // To the bare address: the account keeps no trace of it.
                let message = AccountClosed { name: row.preferred_name };
                mail::queue(c, &app, &Recipient::address(address), &message, now)?;
            }
            Ok(())
        })
        .await?;
    ctx.drop_session();
    Ok(ctx.redirect_with("/", &Flash::good("Your account is closed.")))
}
