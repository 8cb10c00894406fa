//! The person's e-mail addresses: adding, proving, choosing the one for mail, removing; and taking back a change from the
//! former address. No answer tells whether an address has an account.

use actix_web::web;
use askama::Template;
use chrono::TimeDelta;
use folkmoot_store::accounts::{self, Address, AddressId, NewToken, TokenPurpose, address_lookup};
use folkmoot_store::error::is_duplicate;
use folkmoot_store::{Conn, JsonText, PersonId, Utc, audit};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::limits;
use super::mail::{AddressChanged, AddressTaken, ConfirmAddress};
use super::sign_up::{CheckMailPage, LinkEndedPage};
use crate::app::App;
use crate::auth::EmailAddress;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::{Actor, new_token, token_hash};
use crate::http::{Check, Ctx, Form, Page, PageResult};
use crate::mail::{self, Recipient};

/// Hours a link that proves an address is good for.
const CONFIRM_HOURS: i64 = 24;
/// Hours within which a change can be taken back.
const UNDO_HOURS: i64 = 72;
/// Addresses of one person.
const MOST: usize = 5;

#[derive(Template)]
#[template(path = "accounts/addresses.html")]
struct AddressesPage {
    page: Page,
    form: Form,
    addresses: Vec<Address>,
}

#[derive(Template)]
#[template(path = "accounts/confirm_address.html")]
struct ConfirmPage {
    page: Page,
    token: String,
    address: String,
}

#[derive(Template)]
#[template(path = "accounts/undo_address.html")]
struct UndoPage {
    page: Page,
    token: String,
    address: String,
}

#[derive(Serialize, Deserialize)]
struct Undo {
    address: String,
    /// What was added to the account from this instant on goes when the change is taken back.
    since: Utc,
}

pub(super) async fn page(ctx: Ctx, actor: Actor) -> PageResult {
    show(&ctx, &actor, Form::empty()).await
}

async fn show(ctx: &Ctx, actor: &Actor, form: Form) -> PageResult {
    let person = actor.person;
    let addresses = ctx.app().read(move |c| Ok(accounts::addresses_of(c, person)?)).await?;
    let page = ctx.page("E-mail addresses").for_form(&form);
    let again = page.has_errors;
    let template = AddressesPage { page, form, addresses };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

pub(super) async fn add(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    let form = form.only(&["email"])?;
    ctx.require_fresh()?;
    let person = actor.person;
    let held = ctx.app().read(move |c| Ok(accounts::addresses_of(c, person)?)).await?;
    let mut check = Check::new(&form);
    let email = check.field("email", EmailAddress::parse).map(|e| e.as_str().to_owned());
    if held.len() >= MOST {
        check.add("email", format!("{MOST} addresses are enough. Remove one first."));
    } else if email.as_ref().is_some_and(|e| held.iter().any(|h| h.lookup == address_lookup(e))) {
        check.add("email", "This is an address of yours already.");
    }
    let errors = check.errors();
    let (Some(email), true) = (email, errors.is_empty()) else {
        return show(&ctx, &actor, form.with(errors)).await;
    };
    if limits::mail(&ctx, &email).await? {
        let (app, now, token) = (ctx.app().clone(), ctx.now(), new_token(ctx.app())?);
        let (name, address) = (actor.name.clone(), email.clone());
        ctx.app()
            .write(move |c| {
                if let Some(owner) = accounts::owner_of_address(c, &address)? {
                    let message = AddressTaken { name: owner.preferred_name, link: app.link("/account") };
                    mail::queue(c, &app, &Recipient::person(owner.id, &address), &message, now)?;
                    return Ok(());
                }
                let new = NewToken {
                    token_hash: &token_hash(&token),
                    purpose: TokenPurpose::VerifyAddress,
                    person: Some(person),
                    payload: JsonText::of(&address)?,
                    expires_at: now.plus(TimeDelta::hours(CONFIRM_HOURS)),
                };
                accounts::add_token(c, &new, now)?;
                let message = ConfirmAddress {
                    name: name.clone(),
                    link: app.link(&format!("/account/addresses/confirm/{token}")),
                    hours: CONFIRM_HOURS,
                };
                mail::queue(c, &app, &Recipient::address(&address), &message, now)?;
                Ok(())
            })
            .await?;
    }
    ctx.show(&CheckMailPage { page: ctx.page("Check your mail"), address: email })
}

/// The page behind the mailed link. Only the person who asked can use it, so that nobody is talked into lending an address.
pub(super) async fn confirm_page(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let (token, now, person) = (path.into_inner(), ctx.now(), actor.person);
    let hash = token_hash(&token);
    let found = ctx
        .app()
        .read(move |c| Ok(accounts::peek_token(c, &hash, TokenPurpose::VerifyAddress, now)?))
        .await?;
    match found.filter(|t| t.person_id == Some(person)) {
        None => ended(&ctx, "confirmation", "/account/addresses"),
        Some(found) => {
            let address = found.payload.parse()?;
            ctx.show(&ConfirmPage { page: ctx.page("Confirm your address"), token, address })
        }
    }
}

pub(super) async fn confirm(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let (hash, now, person) = (token_hash(&path.into_inner()), ctx.now(), actor.person);
    let (app, undo) = (ctx.app().clone(), new_token(ctx.app())?);
    let act = ctx.act("address.add", format!("person {}", actor.public_id), json!({}));
    let done = ctx
        .app()
        .write(move |c| {
            let Some(token) = accounts::peek_token(c, &hash, TokenPurpose::VerifyAddress, now)? else {
                return Ok(false);
            };
            if token.person_id != Some(person) {
                return Ok(false);
            }
            accounts::use_token(c, &hash, TokenPurpose::VerifyAddress, now)?;
            let address: String = token.payload.parse()?;
            let before = accounts::mail_address_of(c, person)?;
            accounts::add_address(c, person, &address, Some(now), now).map_err(|e| {
                if is_duplicate(&e) {
                    AppError::conflict("This address cannot be added any more.")
                } else {
                    e.into()
                }
            })?;
            audit::append(c, &act, now)?;
            if let Some(before) = before {
                let what = format!("The address {address} was added to your account.");
                offer_undo(c, &app, person, &before, &what, &undo, now, now)?;
            }
            Ok(true)
        })
        .await?;
    if !done {
        return ended(&ctx, "confirmation", "/account/addresses");
    }
    Ok(ctx.redirect_with("/account/addresses", &Flash::good("The address is confirmed.")))
}

/// Tells the former address what happened and how to take it back.
#[allow(clippy::too_many_arguments, reason = "one call in each act, all of them different")]
fn offer_undo(
    c: &mut Conn,
    app: &App,
    person: PersonId,
    former: &str,
    what: &str,
    token: &str,
    since: Utc,
    now: Utc,
) -> AppResult<()> {
    let new = NewToken {
        token_hash: &token_hash(token),
        purpose: TokenPurpose::UndoAddressChange,
        person: Some(person),
        payload: JsonText::of(&Undo { address: former.to_owned(), since })?,
        expires_at: now.plus(TimeDelta::hours(UNDO_HOURS)),
    };
    accounts::add_token(c, &new, now)?;
    let message = AddressChanged {
        name: accounts::person(c, person)?.preferred_name,
        what: what.to_owned(),
        link: app.link(&format!("/undo-address/{token}")),
        hours: UNDO_HOURS,
    };
    mail::queue(c, app, &Recipient::person(person, former), &message, now)?;
    Ok(())
}

pub(super) async fn make_primary(ctx: Ctx, actor: Actor, path: web::Path<i64>, form: Form) -> PageResult {
    form.only(&[])?;
    ctx.require_fresh()?;
    let (person, id, keep) = (actor.person, AddressId(path.into_inner()), actor.session);
    let (app, now, undo) = (ctx.app().clone(), ctx.now(), new_token(ctx.app())?);
    let act = ctx.act("address.primary", format!("person {}", actor.public_id), json!({}));
    ctx.app()
        .write(move |c| {
            let held = accounts::addresses_of(c, person)?;
            let before = held.iter().find(|a| a.is_primary).map(|a| (a.id, a.address.clone()));
            if before.as_ref().is_some_and(|(held, _)| *held == id) {
                return Ok(());
            }
            if !accounts::make_primary(c, person, id)? {
                return Err(AppError::not_found());
            }
            accounts::end_sessions(c, person, Some(keep))?;
            audit::append(c, &act, now)?;
            if let (Some((_, before)), Some(after)) = (before, held.iter().find(|a| a.id == id)) {
                let what = format!("Mail for your account goes to {} now.", after.address);
                offer_undo(c, &app, person, &before, &what, &undo, recent(now), now)?;
                super::notices::tell(
                    c,
                    &app,
                    person,
                    "Mail for your account goes to this address now.",
                    now,
                )?;
            }
            Ok(())
        })
        .await?;
    let flash = Flash::good("Mail goes to that address now; other browsers are signed out.");
    Ok(ctx.redirect_with("/account/addresses", &flash))
}

pub(super) async fn remove(ctx: Ctx, actor: Actor, path: web::Path<i64>, form: Form) -> PageResult {
    form.only(&[])?;
    ctx.require_fresh()?;
    let (person, id, keep) = (actor.person, AddressId(path.into_inner()), actor.session);
    let (app, now, undo) = (ctx.app().clone(), ctx.now(), new_token(ctx.app())?);
    let act = ctx.act("address.remove", format!("person {}", actor.public_id), json!({}));
    ctx.app()
        .write(move |c| {
            let Some(gone) = accounts::remove_address(c, person, id)? else {
                return Err(AppError::not_found());
            };
            for purpose in [TokenPurpose::SignIn, TokenPurpose::Recover] {
                accounts::void_tokens(c, person, purpose, now)?;
            }
            accounts::end_sessions(c, person, Some(keep))?;
            audit::append(c, &act, now)?;
            if gone.verified_at.is_some() {
                let what = "This address was removed from your account.";
                offer_undo(c, &app, person, &gone.address, what, &undo, recent(now), now)?;
            }
            let what = format!("The address {} was removed from your account.", gone.address);
            super::notices::tell(c, &app, person, &what, now)?;
            Ok(())
        })
        .await?;
    let flash = Flash::good("The address is removed; other browsers are signed out.");
    Ok(ctx.redirect_with("/account/addresses", &flash))
}

/// A thief adds an address before moving mail to it: what came shortly before belongs to the change.
fn recent(now: Utc) -> Utc {
    now.plus(-TimeDelta::hours(UNDO_HOURS))
}

pub(super) async fn undo_page(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let (token, now) = (path.into_inner(), ctx.now());
    let hash = token_hash(&token);
    let found = ctx
        .app()
        .read(move |c| Ok(accounts::peek_token(c, &hash, TokenPurpose::UndoAddressChange, now)?))
        .await?;
    match found {
        None => ended(&ctx, "take-back", "/sign-in/forgotten"),
        Some(found) => {
            let undo: Undo = found.payload.parse()?;
            let page = ctx.page("Take the change back");
            ctx.show(&UndoPage { page, token, address: undo.address })
        }
    }
}

/// Gives the account back to the former address: what was added meanwhile goes, every browser is signed out, and the
/// password is taken away, because somebody else may know it.
pub(super) async fn undo(ctx: Ctx, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let (hash, now, app) = (token_hash(&path.into_inner()), ctx.now(), ctx.app().clone());
    let act = ctx.act("address.undo", "person", json!({}));
    let done = ctx
        .app()
        .write(move |c| {
            let Some(token) = accounts::use_token(c, &hash, TokenPurpose::UndoAddressChange, now)? else {
                return Ok(false);
            };
            let Some(person) = token.person_id else { return Ok(false) };
            let undo: Undo = token.payload.parse()?;
            if !accounts::restore_address(c, person, &undo.address, undo.since, now)? {
                return Err(AppError::conflict("This address belongs to another account meanwhile."));
            }
            accounts::remove_factors_since(c, person, undo.since)?;
            accounts::clear_password(c, person)?;
            accounts::end_sessions(c, person, None)?;
            for purpose in TokenPurpose::ALL {
                accounts::void_tokens(c, person, *purpose, now)?;
            }
            let act = audit::Act {
                actor: Some(person),
                object: format!("person {}", accounts::person(c, person)?.public_id),
                ..act.clone()
            };
            audit::append(c, &act, now)?;
            let what = "A change of addresses was taken back. Every browser is signed out and the password is gone; \
                        choose a new one.";
            super::notices::tell(c, &app, person, what, now)?;
            Ok(true)
        })
        .await?;
    if !done {
        return ended(&ctx, "take-back", "/sign-in/forgotten");
    }
    let flash = Flash::good("The change is taken back. Choose a new password now.");
    Ok(ctx.redirect_with("/sign-in/forgotten", &flash))
}

fn ended(ctx: &Ctx, what: &'static str, again: &'static str) -> PageResult {
    let page = LinkEndedPage { page: ctx.page("This link has ended"), what, again };
    ctx.show_as(actix_web::http::StatusCode::GONE, &page)
}
