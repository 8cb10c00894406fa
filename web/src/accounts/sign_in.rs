//! Signing in by password, and signing out. The answer to a wrong password and to an unknown address is the same, and takes
//! the same work (requirement AUT-03).

use askama::Template;
use folkmoot_store::accounts::{self, PersonState, Strength, address_lookup};
use folkmoot_store::audit;

use super::second_step::go_on;
use super::{ceremony, device, limits};
use crate::auth::password::{self, Verdict};
use crate::http::session::NewSession;
use crate::http::urls::local_path;
use crate::http::{Ctx, FieldErrors, Form, Page, PageResult};

#[derive(Template)]
#[template(path = "accounts/sign_in.html")]
struct SignInPage {
    page: Page,
    form: Form,
}

pub(super) async fn form(ctx: Ctx) -> PageResult {
    let next = local_path(ctx.query("next").as_deref());
    if ctx.actor().is_some() {
        return Ok(ctx.redirect(&next));
    }
    ctx.show(&SignInPage { page: ctx.page("Sign in"), form: Form::filled([("next", next)]) })
}

pub(super) async fn sign_in(ctx: Ctx, form: Form) -> PageResult {
    let form = form.only(&["email", "password", "next"])?;
    let address = form.value("email").to_owned();
    limits::sign_in(&ctx, &address).await?;
    let lookup = address_lookup(&address);
    let owner = ctx.app().read(move |c| Ok(accounts::owner_of_address(c, &address)?)).await?;
    let owner = owner.filter(|p| p.state == PersonState::Active);
    let stored = owner.as_ref().and_then(|p| p.password_hash.clone());
    let verdict = password::verify(ctx.app(), form.raw("password"), stored).await?;
    let (Some(owner), Verdict::Right(rehash)) = (owner, verdict) else {
        let form = form.with(FieldErrors::one("email", "The e-mail address or the password is wrong."));
        return ctx.show_again(&SignInPage { page: ctx.page("Sign in").for_form(&form), form });
    };
    let person = owner.id;
    if let Some(hash) = rehash {
        ctx.app().write(move |c| Ok(accounts::set_password_hash(c, person, &hash)?)).await?;
    }
    go_on(&ctx, person, Strength::Password, &lookup, form.value("next")).await
}

pub(super) async fn passkey_options(ctx: Ctx) -> PageResult {
    limits::challenge(&ctx).await?;
    Ok(ctx.reply_json(&ceremony::start_proof(&ctx, None).await?))
}

/// Signs in by a passkey, which proves two factors at once and tells by itself whose it is.
pub(super) async fn by_passkey(ctx: Ctx, form: Form) -> PageResult {
    let form = form.only(&["ceremony", "credential", "next"])?;
    let found = ceremony::finish_proof(&ctx, None, form.value("ceremony"), form.value("credential")).await?;
    let owner = match found {
        Some(person) => {
            let (owner, address) = ctx
                .app()
                .read(move |c| Ok((accounts::person(c, person)?, accounts::mail_address_of(c, person)?)))
                .await?;
            (owner.state == PersonState::Active).then_some((person, address))
        }
        None => None,
    };
    let Some((person, address)) = owner else {
        let form = form.with(FieldErrors::one("passkey-button", "The passkey was not accepted. Try again."));
        return ctx.show_again(&SignInPage { page: ctx.page("Sign in").for_form(&form), form });
    };
    begin_session(&ctx, person, Strength::Passkey).await?;
    if let Some(address) = address {
        device::remember(&ctx, &address_lookup(&address))?;
    }
    Ok(ctx.redirect(&local_path(Some(form.value("next")))))
}

/// Starts a session for `person` in this browser, ends the one it had (a fixed session gains nothing), and records it.
pub(crate) async fn begin_session(
    ctx: &Ctx,
    person: folkmoot_store::PersonId,
    strength: Strength,
) -> crate::AppResult<NewSession> {
    let session = ctx.new_session()?;
    let (app, now, new) = (ctx.app().clone(), ctx.now(), session.clone());
    let old = ctx.actor().map(|a| (a.person, a.session));
    let act = audit::Act {
        actor: Some(person),
        ..ctx.act("session.start", "session", serde_json::json!({ "strength": strength }))
    };
    ctx.app()
        .write(move |c| {
            if let Some((person, id)) = old {
                accounts::end_session(c, person, id)?;
            }
            new.start(c, &app, person, strength, now)?;
            audit::append(c, &act, now)?;
            Ok(())
        })
        .await?;
    ctx.keep_session(&session);
    Ok(session)
}

pub(super) async fn sign_out(ctx: Ctx, form: Form) -> PageResult {
    form.only(&[])?;
    if let Some(actor) = ctx.actor() {
        let (person, id, now) = (actor.person, actor.session, ctx.now());
        let act = ctx.act("session.end", "session", serde_json::json!({}));
        ctx.app()
            .write(move |c| {
                accounts::end_session(c, person, id)?;
                audit::append(c, &act, now)?;
                Ok(())
            })
            .await?;
    }
    ctx.drop_session();
    Ok(ctx.redirect_with("/", &crate::http::flash::Flash::good("You are signed out.")))
}
