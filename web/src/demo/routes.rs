//! Pages of the demonstration. Everywhere else these addresses lead to nothing.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::TimeDelta;
use folkmoot_store::accounts::{self, Strength};
use folkmoot_store::elections;
use folkmoot_store::mails::{self, Mail};
use folkmoot_store::{Conn, PublicId, Utc};

use super::elections::trustee_key as trustee_key_of;
use super::linkify::{Piece, pieces};
use super::state::{Phase, Progress};
use super::{Account, Demo, key_file};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::forms::FieldErrors;
use crate::http::{Ctx, Form, Page, PageResult};
use crate::mail::compose;
use crate::routes::{Access, Route};

/// Mails on one page of the list.
const ON_PAGE: i64 = 50;

/// The HTML part of a mail in a frame: no script, its own inline styles, links only by a person's click.
const FRAME_CSP: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; \
     frame-ancestors 'self'; sandbox allow-top-navigation-by-user-activation";

/// The page around that frame.
const FRAMING_CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; font-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'; require-trusted-types-for 'script'";

/// Routes of this folder.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/demo", Access::Public, overview),
        Route::post("/demo/sign-in", Access::Public, sign_in),
        Route::post("/demo/clock", Access::Public, move_clock),
        Route::get("/demo/trustee-key/{election}", Access::Public, trustee_key),
        Route::get("/demo/mail", Access::Public, mail_list),
        Route::get("/demo/mail/{mail}", Access::Public, mail_page),
        Route::get("/demo/mail/{mail}/html", Access::Public, mail_html),
    ]
}

/// An election of which anybody may be the trustee, where there is one alone.
struct ElectionShown {
    slug: String,
    title: String,
    has_key: bool,
}

#[derive(Template)]
#[template(path = "demo/overview.html")]
struct OverviewPage {
    page: Page,
    accounts: Vec<Account>,
    phases: Vec<(&'static str, String)>,
    seed: u64,
    elections: Vec<ElectionShown>,
    passphrase: &'static str,
    now: String,
    form: Form,
}

#[derive(Template)]
#[template(path = "demo/mail_list.html")]
struct MailListPage {
    page: Page,
    form: Form,
    mails: Vec<MailLine>,
    newer: Option<String>,
    older: Option<String>,
}

struct MailLine {
    id: PublicId,
    recipient: String,
    subject: String,
    state: &'static str,
    at: String,
}

#[derive(Template)]
#[template(path = "demo/mail.html")]
struct MailPage {
    page: Page,
    mail: Mail,
    at: String,
    text: Vec<Piece>,
    headers: String,
}

fn demo(ctx: &Ctx) -> AppResult<Arc<Demo>> {
    ctx.app().demo().ok_or_else(AppError::not_found)
}

fn words(at: Utc) -> String {
    at.datetime().format("%-d %B %Y, %H:%M:%S UTC").to_string()
}

async fn overview(ctx: Ctx) -> PageResult {
    let shown = overview_page(&ctx, Form::empty()).await?;
    ctx.show(&shown)
}

async fn overview_page(ctx: &Ctx, form: Form) -> AppResult<OverviewPage> {
    let demo = demo(ctx)?;
    let say = |(phase, progress): (Phase, Progress)| {
        let state = match progress {
            Progress::Waiting => "waiting".to_owned(),
            Progress::Running(percent) => format!("{percent} %"),
            Progress::Done => "done".to_owned(),
            Progress::Failed => "failed; the log says why".to_owned(),
        };
        (phase.words(), state)
    };
    let elections = ctx.app().read(shown).await?;
    Ok(OverviewPage {
        page: ctx.page("About this demo").for_form(&form),
        accounts: demo.accounts().to_vec(),
        phases: demo.phases().into_iter().map(say).collect(),
        seed: demo.seed(),
        elections,
        passphrase: key_file::PASSPHRASE,
        now: words(ctx.app().now()),
        form,
    })
}

fn shown(conn: &mut Conn) -> AppResult<Vec<ElectionShown>> {
    let mut all = Vec::new();
    for election in elections::list(conn)?.into_iter().filter(|e| e.election_json.is_some()) {
        let has_key = trustee_key_of(conn, &election.slug)?.is_some();
        all.push(ElectionShown { slug: election.slug, title: election.title, has_key });
    }
    Ok(all)
}

/// Moves the clock of the demonstration on, so that voting ends and results are announced while one watches.
async fn move_clock(ctx: Ctx, form: Form) -> PageResult {
    demo(&ctx)?;
    let form = form.only(&["hours"])?;
    let hours = form.value("hours").trim().parse::<i64>().ok().filter(|h| (1..=168).contains(h));
    let Some(hours) = hours else {
        let wrong = FieldErrors::one("hours", "Write a whole number of hours from 1 to 168.");
        let shown = overview_page(&ctx, form.with(wrong)).await?;
        return ctx.show_again(&shown);
    };
    ctx.app().move_clock(TimeDelta::hours(hours));
    let words = format!("It is now {hours} h later here. Elections follow within half a minute.");
    Ok(ctx.redirect_with("/demo", &Flash::good(words)))
}

/// The key file of the trustee, which in earnest only the trustee has.
async fn trustee_key(ctx: Ctx, path: web::Path<String>) -> PageResult {
    demo(&ctx)?;
    let slug = path.into_inner();
    let name = format!("attachment; filename=\"trustee-key-{slug}.json\"");
    let file = ctx.app().read(move |c| trustee_key_of(c, &slug)).await?.ok_or_else(AppError::not_found)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .body(file))
}

/// Signs in as somebody of the cast at the press of a button, as if with a second factor.
async fn sign_in(ctx: Ctx, form: Form) -> PageResult {
    let demo = demo(&ctx)?;
    let form = form.only(&["email"])?;
    let chosen = demo.accounts().iter().find(|a| a.email == form.value("email"));
    let email = chosen.ok_or_else(AppError::not_found)?.email.clone();
    let owner = ctx.app().read(move |c| Ok(accounts::owner_of_address(c, &email)?)).await?;
    let owner = owner.ok_or_else(AppError::not_found)?;
    crate::accounts::begin_session(&ctx, owner.id, Strength::SecondFactor).await?;
    Ok(ctx.redirect("/"))
}

async fn mail_list(ctx: Ctx) -> PageResult {
    demo(&ctx)?;
    let wanted = ctx.query("address").unwrap_or_default().trim().chars().take(254).collect::<String>();
    let number = ctx.query("page").and_then(|p| p.parse::<i64>().ok()).unwrap_or(1).clamp(1, 100_000);
    let lookup = wanted.clone();
    let mut found = ctx
        .app()
        .read(move |c| Ok(mails::to_address(c, &lookup, (number - 1) * ON_PAGE, ON_PAGE + 1)?))
        .await?;
    let more = i64::try_from(found.len()).unwrap_or(0) > ON_PAGE;
    found.truncate(usize::try_from(ON_PAGE).unwrap_or(0));
    let address = |n: i64| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if !wanted.is_empty() {
            query.append_pair("address", &wanted);
        }
        format!("/demo/mail?{}", query.append_pair("page", &n.to_string()).finish())
    };
    let newer = (number > 1).then(|| address(number - 1));
    let older = more.then(|| address(number + 1));
    let line = |m: Mail| MailLine {
        id: m.public_id,
        recipient: m.recipient,
        subject: m.subject,
        state: m.state.as_str(),
        at: words(m.created_at),
    };
    let mails = found.into_iter().map(line).collect();
    let form = Form::filled([("address", wanted.clone())]);
    ctx.show(&MailListPage { page: ctx.page("Mail of this demo"), form, mails, newer, older })
}

async fn find(ctx: &Ctx, id: &str) -> AppResult<Mail> {
    demo(ctx)?;
    let id = PublicId::parse(id).ok_or_else(AppError::not_found)?;
    let mail = ctx.app().read(move |c| Ok(mails::mail(c, &id)?)).await?;
    crate::mail::sealed::opened(ctx.app(), mail)
}

async fn mail_page(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let mail = find(&ctx, &path).await?;
    let source = compose(ctx.app(), &mail).map_err(AppError::internal)?.formatted();
    let source = String::from_utf8_lossy(&source).replace("\r\n", "\n");
    let headers = source.split("\n\n").next().unwrap_or("").to_owned();
    let base = ctx.app().link("");
    let (at, text) = (words(mail.created_at), pieces(&mail.body_text, &base));
    let page = MailPage { page: ctx.page(mail.subject.clone()), mail, at, text, headers };
    let mut answer = ctx.show(&page)?;
    answer
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, header::HeaderValue::from_static(FRAMING_CSP));
    Ok(answer)
}

async fn mail_html(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let mail = find(&ctx, &path).await?;
    let html = mail.body_html.ok_or_else(AppError::not_found)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, FRAME_CSP))
        .insert_header((header::X_FRAME_OPTIONS, "SAMEORIGIN"))
        // Links open in the window around the frame.
        .body(html.replacen("<head>", "<head><base target=\"_top\">", 1)))
}
