//! Proving again who one is before a sensitive act (step-up). A form that was interrupted travels along in hidden fields and
//! goes on by itself afterwards: nothing typed is lost.

use askama::Template;
use folkmoot_store::accounts::{self, Means, Strength};
use folkmoot_store::audit;
use serde_json::json;

use super::mail::ConfirmCode;
use super::{ceremony, factors, limits};
use crate::auth::password::{self, Verdict};
use crate::error::{AppError, AppResult};
use crate::http::forms::PROOF;
use crate::http::session::Actor;
use crate::http::urls::{encode, local_path};
use crate::http::{Ctx, FieldErrors, Form, Page, PageResult};
use crate::mail::{self, Recipient};

#[derive(Template)]
#[template(path = "accounts/confirm.html")]
struct ConfirmPage {
    page: Page,
    form: Form,
    /// Address the form is sent to.
    action: String,
    means: Offered,
    /// The interrupted form.
    kept: Vec<(String, String)>,
    /// The interrupted request was a form.
    is_post: bool,
    mailed: bool,
}

/// What the page offers.
#[derive(Debug, Clone, Copy)]
struct Offered {
    password: bool,
    mail: bool,
    code: bool,
    passkey: bool,
}

impl Offered {
    /// Whoever has an authenticator app proves with it or with a passkey; a stolen password must not be enough. The same
    /// holds for staff with passkeys.
    fn to(actor: &Actor, means: Means, staff_rule: bool) -> Self {
        let strong = means.totp || (means.passkeys > 0 && staff_rule && actor.is_staff());
        Self {
            password: means.password && !strong,
            mail: !strong,
            code: means.totp,
            passkey: means.passkeys > 0,
        }
    }
}

async fn offered(ctx: &Ctx, actor: &Actor) -> AppResult<Offered> {
    let person = actor.person;
    let means = ctx.app().read(move |c| Ok(accounts::means_of(c, person)?)).await?;
    Ok(Offered::to(actor, means, ctx.app().config().sessions.staff_second_factor))
}

pub(super) async fn page(ctx: Ctx, actor: Actor) -> PageResult {
    let means = offered(&ctx, &actor).await?;
    show(&ctx, Form::empty(), means, false, false)
}

fn show(ctx: &Ctx, form: Form, means: Offered, is_post: bool, mailed: bool) -> PageResult {
    let next = local_path(ctx.query("next").as_deref());
    let template = ConfirmPage {
        page: ctx.page("Confirm that it is you").for_form(&form),
        action: format!("/account/confirm?next={}", encode(&next)),
        kept: if is_post { ctx.whole_form().kept() } else { Vec::new() },
        form,
        means,
        is_post,
        mailed,
    };
    if template.page.has_errors { ctx.show_again(&template) } else { ctx.show(&template) }
}

pub(super) async fn prove(ctx: Ctx, actor: Actor) -> PageResult {
    let sent = ctx.whole_form();
    let means = offered(&ctx, &actor).await?;
    let way = sent.value("proof-do").to_owned();
    if way.is_empty() {
        // An interrupted form arrives here for the first time.
        return show(&ctx, Form::empty(), means, true, false);
    }
    let (is_post, mailed) = (sent.has("proof-post", "yes"), sent.has("proof-mailed", "yes"));
    if way == "mail" && means.mail {
        send_code(&ctx, &actor).await?;
        return show(&ctx, Form::empty(), means, is_post, true);
    }
    limits::proof(&ctx, actor.session).await?;
    let checked = match way.as_str() {
        "password" if means.password => by_password(&ctx, &actor, sent.raw("proof-password")).await?,
        "code" if means.code => by_code(&ctx, &actor, sent.value("proof-code")).await?,
        "mailed" if means.mail => by_mailed_code(&ctx, &actor, sent.value("proof-mailed-code")).await?,
        "passkey" if means.passkey => {
            let (id, credential) = (sent.value("proof-ceremony"), sent.value("proof-credential"));
            match ceremony::finish_proof(&ctx, Some(actor.person), id, credential).await? {
                Some(_) => Ok(Strength::Passkey),
                None => Err(("passkey-button", "The passkey was not accepted. Try again.")),
            }
        }
        _ => return Err(AppError::conflict("Choose one of the ways this page offers.")),
    };
    match checked {
        Err((field, message)) => {
            let form = Form::empty().with(FieldErrors::one(field, message));
            show(&ctx, form, means, is_post, mailed)
        }
        Ok(strength) => {
            note(&ctx, &actor, strength).await?;
            let next = local_path(ctx.query("next").as_deref());
            Ok(if is_post { ctx.redirect_same(&next) } else { ctx.redirect(&next) })
        }
    }
}

type Checked = Result<Strength, (&'static str, &'static str)>;

async fn by_password(ctx: &Ctx, actor: &Actor, typed: &str) -> AppResult<Checked> {
    let person = actor.person;
    let stored = ctx.app().read(move |c| Ok(accounts::person(c, person)?.password_hash)).await?;
    let verdict = password::verify(ctx.app(), typed, stored).await?;
    Ok(match verdict {
        Verdict::Right(_) => Ok(Strength::Password),
        Verdict::Wrong => Err(("proof-password", "This is not your password.")),
    })
}

async fn by_code(ctx: &Ctx, actor: &Actor, typed: &str) -> AppResult<Checked> {
    let (app, person, now, typed) = (ctx.app().clone(), actor.person, ctx.now(), typed.to_owned());
    let right = ctx.app().write(move |c| factors::use_code(c, &app, person, &typed, now)).await?;
    Ok(if right {
        Ok(Strength::SecondFactor)
    } else {
        Err(("proof-code", "This code is wrong or was used before. Wait for the next one in your app."))
    })
}

async fn by_mailed_code(ctx: &Ctx, actor: &Actor, typed: &str) -> AppResult<Checked> {
    let (app, person, session) = (ctx.app().clone(), actor.person, actor.session);
    let (now, typed) = (ctx.now(), typed.to_owned());
    let right =
        ctx.app().write(move |c| factors::use_mailed_code(c, &app, person, session, &typed, now)).await?;
    Ok(if right {
        Ok(Strength::Link)
    } else {
        Err(("proof-mailed-code", "This is not the code of the last mail, or it is too old."))
    })
}

async fn send_code(ctx: &Ctx, actor: &Actor) -> AppResult<()> {
    let (person, session) = (actor.person, actor.session);
    let address = ctx.app().read(move |c| Ok(accounts::mail_address_of(c, person)?)).await?;
    let Some(address) = address else {
        return Err(AppError::conflict("Your account has no confirmed address to send a code to."));
    };
    if !limits::mail(ctx, &address).await? {
        return Err(AppError::new(crate::error::Kind::TooMany(600)));
    }
    let (app, now, name) = (ctx.app().clone(), ctx.now(), actor.name.clone());
    let number = u64::from_be_bytes(ctx.app().random()?);
    ctx.app()
        .write(move |c| {
            let code = factors::new_mailed_code(c, &app, person, session, number, now)?;
            let message = ConfirmCode { name: name.clone(), code, minutes: factors::MAILED_MINUTES };
            mail::queue(c, &app, &Recipient::person(person, &address), &message, now)?;
            Ok(())
        })
        .await
}

/// Notes the proof on the session.
async fn note(ctx: &Ctx, actor: &Actor, strength: Strength) -> AppResult<()> {
    let (session, now) = (actor.session, ctx.now());
    let act = ctx.act("session.prove", "session", json!({ "strength": strength }));
    ctx.app()
        .write(move |c| {
            accounts::prove_session(c, session, strength, now)?;
            audit::append(c, &act, now)?;
            Ok(())
        })
        .await
}

pub(super) async fn passkey_options(ctx: Ctx, actor: Actor) -> PageResult {
    Ok(ctx.reply_json(&ceremony::start_proof(&ctx, Some(actor.person)).await?))
}

#[derive(Template)]
#[template(path = "accounts/second_factor.html")]
struct SecondFactorPage {
    page: Page,
}

/// Where staff pages lead somebody who signed in without a second factor.
pub(super) async fn second_factor(ctx: Ctx, actor: Actor) -> PageResult {
    let next = local_path(ctx.query("next").as_deref());
    if actor.strength >= Strength::SecondFactor {
        return Ok(ctx.redirect(&next));
    }
    let means = offered(&ctx, &actor).await?;
    if means.code || means.passkey {
        return Ok(ctx.redirect(&format!("/account/confirm?next={}", encode(&next))));
    }
    ctx.show(&SecondFactorPage { page: ctx.page("A second factor is needed") })
}

impl Form {
    /// The fields of an interrupted form as they were sent.
    fn kept(&self) -> Vec<(String, String)> {
        self.sent()
            .filter(|(name, _)| !name.starts_with(PROOF) && *name != crate::http::csrf::FIELD)
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }
}
