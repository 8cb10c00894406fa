//! Signing in by a mailed link: asked for by address, good for ten minutes, used once by a button.

use actix_web::web;
use askama::Template;
use chrono::TimeDelta;
use folkmoot_store::JsonText;
use folkmoot_store::accounts::{self, NewToken, PersonState, Strength, TokenPurpose, address_lookup};
use serde::{Deserialize, Serialize};

use super::limits;
use super::mail::SignInLink;
use super::second_step::go_on;
use super::sign_up::{CheckMailPage, LinkEndedPage};
use crate::auth::EmailAddress;
use crate::http::session::{new_token, token_hash};
use crate::http::urls::local_path;
use crate::http::{Ctx, Form, Page, PageResult};
use crate::mail::{self, Recipient};

const MINUTES: i64 = 10;

#[derive(Template)]
#[template(path = "accounts/use_link.html")]
struct UseLinkPage {
    page: Page,
    token: String,
}

#[derive(Serialize, Deserialize)]
struct Payload {
    address: String,
    next: String,
}

pub(super) async fn ask(ctx: Ctx, form: Form) -> PageResult {
    let form = form.only(&["email", "password", "next"])?;
    let typed = form.value("email").chars().take(254).collect::<String>();
    if let Ok(email) = EmailAddress::parse(&typed)
        && limits::mail(&ctx, email.as_str()).await?
    {
        let (app, now, token) = (ctx.app().clone(), ctx.now(), new_token(ctx.app())?);
        let payload = Payload { address: email.as_str().into(), next: local_path(Some(form.value("next"))) };
        ctx.app()
            .write(move |c| {
                let owner = accounts::owner_of_address(c, &payload.address)?;
                let Some(owner) = owner.filter(|p| p.state == PersonState::Active) else { return Ok(()) };
                let new = NewToken {
                    token_hash: &token_hash(&token),
                    purpose: TokenPurpose::SignIn,
                    person: Some(owner.id),
                    payload: JsonText::of(&payload)?,
                    expires_at: now.plus(TimeDelta::minutes(MINUTES)),
                };
                accounts::add_token(c, &new, now)?;
                let message = SignInLink {
                    name: owner.preferred_name,
                    link: app.link(&format!("/sign-in/link/{token}")),
                    minutes: MINUTES,
                };
                mail::queue(c, &app, &Recipient::person(owner.id, &payload.address), &message, now)?;
                Ok(())
            })
            .await?;
    }
    ctx.show(&CheckMailPage { page: ctx.page("Check your mail"), address: typed })
}

pub(super) async fn page(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let (token, now) = (path.into_inner(), ctx.now());
    let hash = token_hash(&token);
    let found =
        ctx.app().read(move |c| Ok(accounts::peek_token(c, &hash, TokenPurpose::SignIn, now)?)).await?;
    if found.is_none() {
        return ended(&ctx);
    }
    ctx.show(&UseLinkPage { page: ctx.page("Sign in"), token })
}

pub(super) async fn sign_in(ctx: Ctx, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let (hash, now) = (token_hash(&path.into_inner()), ctx.now());
    let found = ctx
        .app()
        .write(move |c| {
            let Some(token) = accounts::use_token(c, &hash, TokenPurpose::SignIn, now)? else {
                return Ok(None);
            };
            let Some(id) = token.person_id else { return Ok(None) };
            let active = accounts::person(c, id)?.state == PersonState::Active;
            Ok(active.then_some((id, token.payload.parse::<Payload>()?)))
        })
        .await?;
    let Some((person, payload)) = found else { return ended(&ctx) };
    go_on(&ctx, person, Strength::Link, &address_lookup(&payload.address), &payload.next).await
}

fn ended(ctx: &Ctx) -> PageResult {
    let page = LinkEndedPage { page: ctx.page("This link has ended"), what: "sign-in", again: "/sign-in" };
    ctx.show_as(actix_web::http::StatusCode::GONE, &page)
}
