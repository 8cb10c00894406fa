//! The person's passkeys: adding, naming, removing.

use actix_web::web;
use askama::Template;
use folkmoot_store::accounts::{self, PasskeyId};
use folkmoot_store::audit;
use serde_json::json;

use super::{ceremony, notices};
use crate::error::AppError;
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};

#[derive(Template)]
#[template(path = "accounts/passkeys.html")]
struct PasskeysPage {
    page: Page,
    form: Form,
    passkeys: Vec<Line>,
}

struct Line {
    id: i64,
    name: String,
    made: String,
    used: String,
}

pub(super) async fn page(ctx: Ctx, actor: Actor) -> PageResult {
    show(&ctx, &actor, Form::empty()).await
}

async fn show(ctx: &Ctx, actor: &Actor, form: Form) -> PageResult {
    let person = actor.person;
    let rows = ctx.app().read(move |c| Ok(accounts::passkeys_of(c, person)?)).await?;
    let passkeys = rows
        .into_iter()
        .map(|r| Line {
            id: r.id.0,
            name: r.name,
            made: when(r.created_at),
            used: r.last_used_at.map_or_else(|| "never".to_owned(), when),
        })
        .collect();
    let page = ctx.page("Passkeys").for_form(&form);
    let again = page.has_errors;
    let template = PasskeysPage { page, form, passkeys };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

fn parse_name(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("Give the passkey a name, for example the device it is on.".into());
    }
    crate::auth::email::parse_name(text).and_then(|name| {
        if name.chars().count() > 60 { Err("Use at most 60 characters.".into()) } else { Ok(name) }
    })
}

/// The challenge, for the page's script. Asks for a fresh proof by an answer the script follows.
pub(super) async fn options(ctx: Ctx, actor: Actor) -> PageResult {
    ctx.require_fresh()?;
    Ok(ctx.reply_json(&ceremony::start_creation(&ctx, &actor).await?))
}

pub(super) async fn add(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    let form = form.only(&["name", "ceremony", "credential"])?;
    ctx.require_fresh()?;
    let mut check = Check::new(&form);
    let Some(name) = check.field("name", parse_name) else {
        let errors = check.errors();
        return show(&ctx, &actor, form.with(errors)).await;
    };
    let (ceremony, credential) = (form.value("ceremony"), form.value("credential"));
    match ceremony::finish_creation(&ctx, &actor, ceremony, credential, name).await? {
        Ok(()) => Ok(ctx.redirect_with("/account/passkeys", &Flash::good("The passkey is ready."))),
        Err(message) => {
            let errors = FieldErrors::one("passkey-button", message);
            show(&ctx, &actor, form.with(errors)).await
        }
    }
}

pub(super) async fn rename(ctx: Ctx, actor: Actor, path: web::Path<i64>, form: Form) -> PageResult {
    let form = form.only(&["name"])?;
    let (person, id) = (actor.person, PasskeyId(path.into_inner()));
    let name = parse_name(form.value("name")).map_err(|m| AppError::from(FieldErrors::one("name", m)))?;
    let (now, act) = (ctx.now(), ctx.act("passkey.rename", "passkey", json!({ "passkey": id })));
    ctx.app()
        .write(move |c| {
            if !accounts::rename_passkey(c, person, id, &name)? {
                return Err(AppError::not_found());
            }
            audit::append(c, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with("/account/passkeys", &Flash::good("The passkey is renamed.")))
}

pub(super) async fn remove(ctx: Ctx, actor: Actor, path: web::Path<i64>, form: Form) -> PageResult {
    form.only(&[])?;
    ctx.require_fresh()?;
    let (app, person, id) = (ctx.app().clone(), actor.person, PasskeyId(path.into_inner()));
    let (now, act) = (ctx.now(), ctx.act("passkey.remove", "passkey", json!({ "passkey": id })));
    ctx.app()
        .write(move |c| {
            let Some(name) = accounts::remove_passkey(c, person, id)? else {
                return Err(AppError::not_found());
            };
            audit::append(c, &act, now)?;
            notices::tell(c, &app, person, &format!("The passkey \u{201c}{name}\u{201d} was removed."), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with("/account/passkeys", &Flash::good("The passkey is removed.")))
}
