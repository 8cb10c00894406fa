//! Setting up an authenticator app (TOTP) and its recovery codes.

use askama::Template;
use base64::Engine;
use folkmoot_store::accounts::{self, Means, Strength};
use folkmoot_store::audit;
use qrcode::QrCode;
use qrcode::render::svg;
use serde_json::json;

use super::{factors, limits, notices};
use crate::auth::totp;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Ctx, FieldErrors, Form, Page, PageResult};

#[derive(Template)]
#[template(path = "accounts/authenticator.html")]
struct AuthenticatorPage {
    page: Page,
    form: Form,
    means: Means,
    pending: Option<Pending>,
}

/// A secret that waits for its first code.
struct Pending {
    /// `data:` address of the QR code.
    picture: String,
    /// The secret in groups of four letters.
    secret: String,
    /// Address that opens an app on the same device.
    uri: String,
}

#[derive(Template)]
#[template(path = "accounts/recovery_codes.html")]
struct CodesPage {
    page: Page,
    codes: Vec<String>,
    site_name: String,
}

pub(super) async fn page(ctx: Ctx, actor: Actor) -> PageResult {
    show(&ctx, &actor, Form::empty()).await
}

async fn show(ctx: &Ctx, actor: &Actor, form: Form) -> PageResult {
    let person = actor.person;
    let (means, row, address) = ctx
        .app()
        .read(move |c| {
            Ok((
                accounts::means_of(c, person)?,
                accounts::totp_of(c, person)?,
                accounts::mail_address_of(c, person)?,
            ))
        })
        .await?;
    let pending = match row.filter(|r| r.confirmed_at.is_none()) {
        None => None,
        Some(row) => {
            // The page shows a secret.
            ctx.require_fresh()?;
            let secret = factors::unseal(ctx.app(), &row)?;
            let account = address.unwrap_or_else(|| actor.name.clone());
            let uri = totp::app_uri(&secret, &ctx.app().organisation().name, &account);
            let letters = totp::base32(&secret);
            let groups: Vec<String> =
                letters.as_bytes().chunks(4).map(|g| String::from_utf8_lossy(g).into_owned()).collect();
            Some(Pending { picture: picture(&uri)?, secret: groups.join(" "), uri })
        }
    };
    let page = ctx.page("Authenticator app").for_form(&form);
    let again = page.has_errors;
    let template = AuthenticatorPage { page, form, means, pending };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

/// Dark on light in every theme: readers of codes expect it.
fn picture(text: &str) -> AppResult<String> {
    let code = QrCode::new(text.as_bytes()).map_err(AppError::internal)?;
    let drawn = code
        .render::<svg::Color<'_>>()
        .min_dimensions(240, 240)
        .dark_color(svg::Color("#000"))
        .light_color(svg::Color("#fff"))
        .build();
    Ok(format!("data:image/svg+xml;base64,{}", base64::engine::general_purpose::STANDARD.encode(drawn)))
}

pub(super) async fn start(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    form.only(&[])?;
    ctx.require_fresh()?;
    let secret = zeroize::Zeroizing::new(ctx.app().random::<20>()?);
    let sealed = factors::seal(ctx.app(), actor.person, &secret[..])?;
    let (person, now) = (actor.person, ctx.now());
    ctx.app()
        .write(move |c| {
            if accounts::means_of(c, person)?.totp {
                return Err(AppError::conflict(
                    "An authenticator app is set up already. Remove it before setting up another.",
                ));
            }
            accounts::put_totp(c, person, &sealed, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect("/account/authenticator"))
}

pub(super) async fn confirm(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    let form = form.only(&["code"])?;
    ctx.require_fresh()?;
    limits::proof(&ctx, actor.session).await?;
    let codes = factors::new_recovery_codes(ctx.app())?;
    let tags: Vec<Vec<u8>> =
        codes.iter().map(|code| factors::recovery_tag(ctx.app(), actor.person, code)).collect();
    let (app, person, session) = (ctx.app().clone(), actor.person, actor.session);
    let (now, typed) = (ctx.now(), form.value("code").to_owned());
    let act = ctx.act("totp.add", format!("person {}", actor.public_id), json!({}));
    let right = ctx
        .app()
        .write(move |c| {
            if accounts::means_of(c, person)?.totp {
                return Err(AppError::conflict("This authenticator app is confirmed already."));
            }
            if !factors::use_app_code(c, &app, person, &typed, now)? {
                return Ok(false);
            }
            accounts::confirm_totp(c, person, now)?;
            accounts::replace_recovery_codes(c, person, &tags, now)?;
            accounts::prove_session(c, session, Strength::SecondFactor, now)?;
            audit::append(c, &act, now)?;
            let what = "An authenticator app was set up. Signing in by password or mailed link asks for its code now.";
            notices::tell(c, &app, person, what, now)?;
            Ok(true)
        })
        .await?;
    if !right {
        let form = Form::empty().with(FieldErrors::one(
            "code",
            "This code does not fit. Check that the clock of your device is right and enter the present code.",
        ));
        return show(&ctx, &actor, form).await;
    }
    show_codes(&ctx, "Keep your recovery codes", codes)
}

fn show_codes(ctx: &Ctx, title: &str, codes: Vec<String>) -> PageResult {
    let site_name = ctx.app().organisation().name.clone();
    ctx.show(&CodesPage { page: ctx.page(title), codes, site_name })
}

pub(super) async fn remove(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    form.only(&[])?;
    ctx.require_fresh()?;
    let (app, person, now) = (ctx.app().clone(), actor.person, ctx.now());
    let act = ctx.act("totp.remove", format!("person {}", actor.public_id), json!({}));
    ctx.app()
        .write(move |c| {
            if !accounts::remove_totp(c, person)? {
                return Err(AppError::not_found());
            }
            accounts::replace_recovery_codes(c, person, &[], now)?;
            audit::append(c, &act, now)?;
            notices::tell(
                c,
                &app,
                person,
                "The authenticator app was removed, with its recovery codes.",
                now,
            )?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with("/account", &Flash::good("The authenticator app is removed.")))
}

/// New recovery codes; the old ones stop working.
pub(super) async fn renew_codes(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    form.only(&[])?;
    ctx.require_fresh()?;
    let codes = factors::new_recovery_codes(ctx.app())?;
    let tags: Vec<Vec<u8>> =
        codes.iter().map(|code| factors::recovery_tag(ctx.app(), actor.person, code)).collect();
    let (app, person, now) = (ctx.app().clone(), actor.person, ctx.now());
    let act = ctx.act("recovery_codes.renew", format!("person {}", actor.public_id), json!({}));
    ctx.app()
        .write(move |c| {
            if !accounts::means_of(c, person)?.totp {
                return Err(AppError::conflict(
                    "Recovery codes belong to an authenticator app. Set one up first.",
                ));
            }
            accounts::replace_recovery_codes(c, person, &tags, now)?;
            audit::append(c, &act, now)?;
            notices::tell(
                c,
                &app,
                person,
                "New recovery codes were made; the old ones stopped working.",
                now,
            )?;
            Ok(())
        })
        .await?;
    show_codes(&ctx, "Your new recovery codes", codes)
}
