//! The organisation's settings: name, where to write, time zone, colour. What concerns the machine (public address,
//! database, mail server) is in the settings file, because a mistake there must be mendable without the pages.

use actix_web::HttpResponse;
use actix_web::http::header;
use askama::Template;
use folkmoot_store::{audit, organisation};

use super::colour::Colour;
use crate::app::Organisation;
use crate::auth::{EmailAddress, email};
use crate::http::flash::Flash;
use crate::http::when::{Zone, parse_zone, zones};
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};

/// Fields of the form; the set-up page has them too.
pub(super) const FIELDS: [&str; 5] = ["organisation", "contact", "postal_address", "time_zone", "brand"];

#[derive(Template)]
#[template(path = "site/settings.html")]
struct SettingsPage {
    page: Page,
    form: Form,
    zones: Vec<Zone>,
    public_url: String,
    mail_from: String,
}

/// The form filled with what is in force.
pub(super) fn filled(now: &Organisation) -> Form {
    Form::filled([
        ("organisation", now.name.clone()),
        ("contact", now.contact.clone()),
        ("postal_address", now.postal_address.clone()),
        ("time_zone", now.time_zone.clone()),
        ("brand", now.brand.clone()),
    ])
}

/// Reads the settings from a form.
pub(super) fn parse(check: &mut Check<'_>) -> Option<Organisation> {
    let name = check.field("organisation", email::parse_name);
    let contact = check.field("contact", |t| {
        if t.is_empty() { Ok(String::new()) } else { EmailAddress::parse(t).map(|a| a.as_str().to_owned()) }
    });
    let postal_address = check.optional_text("postal_address", 300);
    let time_zone = check.field("time_zone", parse_zone);
    let brand = check.field("brand", |t| {
        if t.is_empty() {
            return Ok(String::new());
        }
        let colour = Colour::parse(&t.to_lowercase())
            .ok_or("Write the colour as # and six digits, for example #0b5563.")?;
        colour.readable().map(Colour::hex)
    });
    Some(Organisation {
        name: name?,
        contact: contact?,
        postal_address: postal_address?
            .lines()
            .map(str::trim)
            .filter(|l| !l.is_empty())
            .collect::<Vec<_>>()
            .join(", "),
        time_zone: time_zone?,
        brand: brand?,
        logo: None,
    })
}

fn show(ctx: &Ctx, form: Form) -> PageResult {
    let page = ctx.page("Settings").for_form(&form);
    let again = page.has_errors;
    let config = ctx.app().config();
    let template = SettingsPage {
        page,
        form,
        zones: zones(),
        public_url: config.public_url.clone(),
        mail_from: config.mail.from.clone(),
    };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

pub(super) async fn page(ctx: Ctx) -> PageResult {
    let form = filled(&ctx.app().organisation());
    show(&ctx, form)
}

pub(super) async fn save(ctx: Ctx, form: Form) -> PageResult {
    let form = form.only(&FIELDS)?;
    let mut check = Check::new(&form);
    let parsed = parse(&mut check);
    let errors: FieldErrors = check.errors();
    let (Some(new), true) = (parsed, errors.is_empty()) else { return show(&ctx, form.with(errors)) };
    let (before, now) = (ctx.app().organisation(), ctx.now());
    let new = Organisation { logo: before.logo.clone(), ..new };
    let details = serde_json::json!({ "before": before.as_ref(), "after": &new });
    let act = ctx.act("settings.change", "organisation", details);
    ctx.app()
        .write(move |c| {
            // The logo has a page of its own; somebody may have changed it since.
            let present: Option<Organisation> = organisation::setting(c, "organisation")?;
            let new = Organisation { logo: present.and_then(|o| o.logo), ..new.clone() };
            organisation::put_setting(c, "organisation", &new, now)?;
            audit::append(c, &act, now)?;
            Ok(())
        })
        .await?;
    let app = ctx.app().clone();
    ctx.app().blocking(move || app.reload_organisation()).await??;
    Ok(ctx.redirect_with("/staff/settings", &Flash::good("The settings are saved.")))
}

/// The organisation's colour as a style sheet; its address names the colour, so a change shows at once.
pub(super) async fn brand(ctx: Ctx) -> PageResult {
    let organisation = ctx.app().organisation();
    let css = match Colour::parse(&organisation.brand) {
        Some(colour) => format!(":root {{ --brand: {}; }}\n", colour.hex()),
        None => "/* The organisation uses the standard colours. */\n".to_owned(),
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/css; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .body(css))
}
