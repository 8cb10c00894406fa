//! A forgotten password: a mailed link, good for half an hour and once, lets the owner choose another. It replaces the
//! password only; a second factor is asked for all the same.

use actix_web::web;
use askama::Template;
use chrono::TimeDelta;
use folkmoot_store::accounts::{self, NewToken, Person, PersonState, Strength, TokenPurpose, address_lookup};
use folkmoot_store::{JsonText, audit};

use super::limits;
use super::mail::{PasswordChanged, Recover};
use super::second_step::go_on;
use super::sign_up::{CheckMailPage, LinkEndedPage};
use crate::auth::{EmailAddress, password};
use crate::error::AppResult;
use crate::http::session::{new_token, token_hash};
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::mail::{self, Recipient};

const MINUTES: i64 = 30;

#[derive(Template)]
#[template(path = "accounts/forgotten.html")]
struct ForgottenPage {
    page: Page,
    form: Form,
}

#[derive(Template)]
#[template(path = "accounts/recover.html")]
struct RecoverPage {
    page: Page,
    form: Form,
    token: String,
    name: String,
}

pub(super) async fn form(ctx: Ctx) -> PageResult {
    ctx.show(&ForgottenPage { page: ctx.page("Choose a new password"), form: Form::empty() })
}

pub(super) async fn ask(ctx: Ctx, form: Form) -> PageResult {
    let form = form.only(&["email"])?;
    let email = match EmailAddress::parse(form.value("email")) {
        Ok(email) => email.as_str().to_owned(),
        Err(message) => {
            let form = form.with(FieldErrors::one("email", message));
            let page = ctx.page("Choose a new password").for_form(&form);
            return ctx.show_again(&ForgottenPage { page, form });
        }
    };
    if limits::mail(&ctx, &email).await? {
        let (app, now, token) = (ctx.app().clone(), ctx.now(), new_token(ctx.app())?);
        let address = email.clone();
        ctx.app()
            .write(move |c| {
                let owner = accounts::owner_of_address(c, &address)?;
                let Some(owner) = owner.filter(|p| p.state == PersonState::Active) else { return Ok(()) };
                let new = NewToken {
                    token_hash: &token_hash(&token),
                    purpose: TokenPurpose::Recover,
                    person: Some(owner.id),
                    payload: JsonText::of(&address)?,
                    expires_at: now.plus(TimeDelta::minutes(MINUTES)),
                };
                accounts::add_token(c, &new, now)?;
                let message = Recover {
                    name: owner.preferred_name,
                    link: app.link(&format!("/recover/{token}")),
                    minutes: MINUTES,
                };
                mail::queue(c, &app, &Recipient::person(owner.id, &address), &message, now)?;
                Ok(())
            })
            .await?;
    }
    ctx.show(&CheckMailPage { page: ctx.page("Check your mail"), address: email })
}

/// The owner and the address of a link that still works; looking uses nothing up.
async fn peek(ctx: &Ctx, token: &str) -> AppResult<Option<(Person, String)>> {
    let (hash, now) = (token_hash(token), ctx.now());
    ctx.app()
        .read(move |c| {
            let Some(found) = accounts::peek_token(c, &hash, TokenPurpose::Recover, now)? else {
                return Ok(None);
            };
            let Some(id) = found.person_id else { return Ok(None) };
            let owner = accounts::person(c, id)?;
            Ok((owner.state == PersonState::Active).then_some((owner, found.payload.parse()?)))
        })
        .await
}

pub(super) async fn page(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let token = path.into_inner();
    match peek(&ctx, &token).await? {
        None => ended(&ctx),
        Some((owner, _)) => {
            let page = ctx.page("Choose a new password");
            ctx.show(&RecoverPage { page, form: Form::empty(), token, name: owner.preferred_name })
        }
    }
}

pub(super) async fn recover(ctx: Ctx, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["password"])?;
    let token = path.into_inner();
    let Some((owner, address)) = peek(&ctx, &token).await? else { return ended(&ctx) };
    let mut check = Check::new(&form);
    let organisation = ctx.app().organisation();
    let context = [owner.preferred_name.as_str(), address.as_str(), organisation.name.as_str()];
    let new = check.raw("password", |p| password::check_new(p, &context).map(|()| p.to_owned()));
    let Some(new) = new else {
        let errors = check.errors();
        let form = form.with(errors);
        let page = ctx.page("Choose a new password").for_form(&form);
        return ctx.show_again(&RecoverPage { page, form, token, name: owner.preferred_name });
    };
    let password_hash = password::hash(ctx.app(), &new).await?;
    let (app, now, hash, person) = (ctx.app().clone(), ctx.now(), token_hash(&token), owner.id);
    let act = audit::Act {
        actor: Some(person),
        ..ctx.act("person.recover", format!("person {}", owner.public_id), serde_json::json!({}))
    };
    let lookup = address_lookup(&address);
    let done = ctx
        .app()
        .write(move |c| {
            if accounts::use_token(c, &hash, TokenPurpose::Recover, now)?.is_none() {
                return Ok(false);
            }
            accounts::set_password_hash(c, person, &password_hash)?;
            accounts::end_sessions(c, person, None)?;
            for purpose in [TokenPurpose::Recover, TokenPurpose::SignIn, TokenPurpose::SecondStep] {
                accounts::void_tokens(c, person, purpose, now)?;
            }
            audit::append(c, &act, now)?;
            if let Some(address) = accounts::mail_address_of(c, person)? {
                let message = PasswordChanged {
                    name: owner.preferred_name.clone(),
                    link: app.link("/sign-in/forgotten"),
                };
                mail::queue(c, &app, &Recipient::person(person, address), &message, now)?;
            }
            Ok(true)
        })
        .await?;
    if !done {
        return ended(&ctx);
    }
    go_on(&ctx, person, Strength::Link, &lookup, "/account").await
}

fn ended(ctx: &Ctx) -> PageResult {
    let page = LinkEndedPage {
        page: ctx.page("This link has ended"),
        what: "recovery",
        again: "/sign-in/forgotten",
    };
    ctx.show_as(actix_web::http::StatusCode::GONE, &page)
}
