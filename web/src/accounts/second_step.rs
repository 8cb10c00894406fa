//! The second step of signing in, for people with an authenticator app: a code of the app, a recovery code, or a passkey.

use askama::Template;
use chrono::TimeDelta;
use folkmoot_store::accounts::{self, NewToken, Strength, Token, TokenPurpose};
use folkmoot_store::{JsonText, PersonId};
use serde::{Deserialize, Serialize};

use super::sign_in::begin_session;
use super::{ceremony, device, factors, limits, notices};
use crate::error::AppResult;
use crate::http::session::{new_token, token_hash};
use crate::http::urls::local_path;
use crate::http::{Ctx, FieldErrors, Form, Page, PageResult};

const MINUTES: i64 = 10;

#[derive(Template)]
#[template(path = "accounts/second_step.html")]
struct SecondStepPage {
    page: Page,
    form: Form,
    passkey: bool,
}

#[derive(Serialize, Deserialize)]
struct Payload {
    lookup: String,
    next: String,
}

/// Goes on after a right password or a right link: into a session, or to the second step. `lookup` is the address that was
/// used, `next` a path of this site.
pub(super) async fn go_on(
    ctx: &Ctx,
    person: PersonId,
    strength: Strength,
    lookup: &str,
    next: &str,
) -> PageResult {
    let means = ctx.app().read(move |c| Ok(accounts::means_of(c, person)?)).await?;
    if !means.totp {
        begin_session(ctx, person, strength).await?;
        device::remember(ctx, lookup)?;
        return Ok(ctx.redirect(&local_path(Some(next))));
    }
    let (token, now) = (new_token(ctx.app())?, ctx.now());
    let hash = token_hash(&token);
    let payload = Payload { lookup: lookup.to_owned(), next: next.to_owned() };
    ctx.app()
        .write(move |c| {
            let new = NewToken {
                token_hash: &hash,
                purpose: TokenPurpose::SecondStep,
                person: Some(person),
                payload: JsonText::of(&payload)?,
                expires_at: now.plus(TimeDelta::minutes(MINUTES)),
            };
            accounts::add_token(c, &new, now)?;
            Ok(())
        })
        .await?;
    ctx.keep_second_step(Some(token));
    Ok(ctx.redirect("/sign-in/second"))
}

/// The first step that was taken in this browser, if it still holds.
async fn waiting(ctx: &Ctx) -> AppResult<Option<(Token, PersonId)>> {
    let Some(cookie) = ctx.second_step_cookie() else { return Ok(None) };
    let (hash, now) = (token_hash(&cookie), ctx.now());
    let found =
        ctx.app().read(move |c| Ok(accounts::peek_token(c, &hash, TokenPurpose::SecondStep, now)?)).await?;
    Ok(found.and_then(|token| token.person_id.map(|person| (token, person))))
}

pub(super) async fn page(ctx: Ctx) -> PageResult {
    match waiting(&ctx).await? {
        Some((_, person)) => show(&ctx, Form::empty(), person).await,
        None => Ok(ctx.redirect("/sign-in")),
    }
}

async fn show(ctx: &Ctx, form: Form, person: PersonId) -> PageResult {
    let means = ctx.app().read(move |c| Ok(accounts::means_of(c, person)?)).await?;
    let page = ctx.page("Second step").for_form(&form);
    let again = page.has_errors;
    let template = SecondStepPage { page, form, passkey: means.passkeys > 0 };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

pub(super) async fn passkey_options(ctx: Ctx) -> PageResult {
    match waiting(&ctx).await? {
        Some((_, person)) => Ok(ctx.reply_json(&ceremony::start_proof(&ctx, Some(person)).await?)),
        None => Err(crate::AppError::conflict("Begin with your e-mail address again.")),
    }
}

pub(super) async fn sign_in(ctx: Ctx, form: Form) -> PageResult {
    let form = form.only(&["code", "way", "ceremony", "credential"])?;
    let Some((token, person)) = waiting(&ctx).await? else {
        return Ok(ctx.redirect_with(
            "/sign-in",
            &crate::http::flash::Flash::warn("The second step came too late. Begin again."),
        ));
    };
    let payload: Payload = token.payload.parse()?;
    if !limits::second_step(&ctx, token.id).await? {
        give_up(&ctx, &token, person).await?;
        return Ok(ctx.redirect_with(
            "/sign-in",
            &crate::http::flash::Flash::bad("Too many wrong codes. Begin again."),
        ));
    }
    limits::sign_in(&ctx, &payload.lookup).await?;
    let by_passkey = form.has("way", "passkey");
    let (right, strength, mistake) = if by_passkey {
        let found =
            ceremony::finish_proof(&ctx, Some(person), form.value("ceremony"), form.value("credential"))
                .await?;
        let mistake = ("passkey-button", "The passkey was not accepted. Try again.");
        (found.is_some(), Strength::Passkey, mistake)
    } else {
        let (app, now, typed) = (ctx.app().clone(), ctx.now(), form.value("code").to_owned());
        let right = ctx.app().write(move |c| factors::use_code(c, &app, person, &typed, now)).await?;
        let mistake = ("code", "This code is wrong or was used before. Wait for the next one in your app.");
        (right, Strength::SecondFactor, mistake)
    };
    if !right {
        let form = Form::empty().with(FieldErrors::one(mistake.0, mistake.1));
        return show(&ctx, form, person).await;
    }
    let (hash, now) = (token.token_hash.clone(), ctx.now());
    let used =
        ctx.app().write(move |c| Ok(accounts::use_token(c, &hash, TokenPurpose::SecondStep, now)?)).await?;
    if used.is_none() {
        return Ok(ctx.redirect("/sign-in"));
    }
    begin_session(&ctx, person, strength).await?;
    ctx.keep_second_step(None);
    device::remember(&ctx, &payload.lookup)?;
    Ok(ctx.redirect(&local_path(Some(&payload.next))))
}

/// After too many wrong codes: somebody knows the password, and the owner should know that.
async fn give_up(ctx: &Ctx, token: &Token, person: PersonId) -> AppResult<()> {
    let (app, now, hash) = (ctx.app().clone(), ctx.now(), token.token_hash.clone());
    ctx.keep_second_step(None);
    ctx.app()
        .write(move |c| {
            if accounts::use_token(c, &hash, TokenPurpose::SecondStep, now)?.is_some() {
                let what = "Somebody got past the first step of signing in (password or mailed link) and then entered \
                            wrong codes several times. They did not get in.";
                notices::tell(c, &app, person, what, now)?;
            }
            Ok(())
        })
        .await
}
