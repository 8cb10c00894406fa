//! The first hour of an installation: `serve` prints an address with a secret; whoever opens it names the organisation and
//! its two first administrators. The page is gone as soon as there is an administrator.

use actix_web::web;
use askama::Template;
use chrono::TimeDelta;
use folkmoot_store::accounts::{self, Role};
use folkmoot_store::{Conn, Utc, organisation};
use serde::{Deserialize, Serialize};

use super::settings;
use crate::app::App;
use crate::auth::{EmailAddress, email};
use crate::cli::admin;
use crate::config::MailTransport;
use crate::error::{AppError, AppResult};
use crate::http::session::{new_token, token_hash};
use crate::http::when::{Zone, zones};
use crate::http::{Check, Ctx, Form, Page, PageResult};

/// Days the printed address is good for; starting the program again prints another.
const DAYS: i64 = 7;

/// Name of the setting.
const SETTING: &str = "set_up";

/// What the database keeps of the printed address.
#[derive(Serialize, Deserialize)]
struct Waiting {
    token_hash: Vec<u8>,
    expires_at: Utc,
}

#[derive(Template)]
#[template(path = "site/set_up.html")]
struct SetUpPage {
    page: Page,
    form: Form,
    zones: Vec<Zone>,
    public_url: String,
    action: String,
}

#[derive(Template)]
#[template(path = "site/set_up_done.html")]
struct DonePage {
    page: Page,
    names: [String; 2],
    folder: String,
}

fn has_administrator(conn: &mut Conn, now: Utc) -> AppResult<bool> {
    Ok(!accounts::holders_of(conn, Role::Administrator, now)?.is_empty())
}

/// The address to print when nobody is administrator yet. Each call makes the one before worthless.
///
/// # Errors
/// A database error.
pub fn announce(app: &App) -> AppResult<Option<String>> {
    let now = app.now();
    if app.store().read(|c| has_administrator(c, now))? {
        return Ok(None);
    }
    let token = new_token(app)?;
    let waiting = Waiting { token_hash: token_hash(&token), expires_at: now.plus(TimeDelta::days(DAYS)) };
    app.store().write(|c| Ok::<_, AppError>(organisation::put_setting(c, SETTING, &waiting, now)?))?;
    Ok(Some(app.link(&format!("/set-up/{token}"))))
}

/// Refuses with 404 unless `token` was printed last, is not too old, and nobody is administrator.
async fn admitted(ctx: &Ctx, token: &str) -> AppResult<()> {
    let (hash, now) = (token_hash(token), ctx.now());
    let fits = ctx
        .app()
        .read(move |c| {
            let waiting: Option<Waiting> = organisation::setting(c, SETTING)?;
            let fits = waiting.is_some_and(|w| w.token_hash == hash && now < w.expires_at);
            Ok(fits && !has_administrator(c, now)?)
        })
        .await?;
    if fits { Ok(()) } else { Err(AppError::not_found()) }
}

fn show(ctx: &Ctx, token: &str, form: Form) -> PageResult {
    let page = ctx.page("Set up this site").for_form(&form);
    let again = page.has_errors;
    let template = SetUpPage {
        page,
        form,
        zones: zones(),
        public_url: ctx.app().config().public_url.clone(),
        action: format!("/set-up/{token}"),
    };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

pub(super) async fn form(ctx: Ctx, token: web::Path<String>) -> PageResult {
    admitted(&ctx, &token).await?;
    show(&ctx, &token, Form::filled([("time_zone", "UTC")]))
}

pub(super) async fn set_up(ctx: Ctx, token: web::Path<String>, form: Form) -> PageResult {
    admitted(&ctx, &token).await?;
    let mut known = settings::FIELDS.to_vec();
    known.extend(["name_1", "email_1", "name_2", "email_2"]);
    let form = form.only(&known)?;
    let mut check = Check::new(&form);
    let new = settings::parse(&mut check);
    let mut people = Vec::new();
    for (name, address) in [("name_1", "email_1"), ("name_2", "email_2")] {
        let pair = (check.field(name, email::parse_name), check.field(address, EmailAddress::parse));
        if let (Some(name), Some(address)) = pair {
            people.push((name, address));
        }
    }
    if let [one, two] = people.as_slice()
        && one.1.as_str().eq_ignore_ascii_case(two.1.as_str())
    {
        check.add("email_2", "Name two different people: nearly everything administrators do needs both.");
    }
    let errors = check.errors();
    let (Some(new), true, 2) = (new, errors.is_empty(), people.len()) else {
        return show(&ctx, &token, form.with(errors));
    };
    let names = [people.first(), people.get(1)].map(|p| p.map(|p| p.0.clone()).unwrap_or_default());
    let (app, now) = (ctx.app().clone(), ctx.now());
    ctx.app()
        .blocking(move || -> AppResult<()> {
            app.store()
                .write(|c| Ok::<_, AppError>(organisation::put_setting(c, "organisation", &new, now)?))?;
            app.reload_organisation()?;
            admin::set_up(&app, &people).map_err(|e| AppError::conflict(format!("{e:#}.")))
        })
        .await??;
    let config = ctx.app().config();
    let folder = match config.mail.transport {
        MailTransport::File => config.data_folder.join("mail").display().to_string(),
        MailTransport::Smtp | MailTransport::Keep => String::new(),
    };
    ctx.show(&DonePage { page: ctx.page("The site is set up"), names, folder })
}
