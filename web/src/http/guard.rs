//! The guard around every route: finds the session, decides access, reads the body within its limits, checks the proof
//! against forged requests, and turns errors into pages.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, web};
use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use folkmoot_store::accounts::Strength;

use super::context::{Ctx, Inner};
use super::cookies::Jar;
use super::edge::Reference;
use super::flash::Flash;
use super::limits::{self, Cut};
use super::{Page, csrf, session, upload, urls};
use crate::app::App;
use crate::auth::permission::{Subject, may};
use crate::error::{AppError, AppResult, Kind};
use crate::routes::Access;

/// What the guard of one route enforces.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Who may come in.
    pub access: Access,
    /// Largest body in bytes; `None` for the configured limit of forms, 0 for routes that change nothing whatever the
    /// method.
    pub body_limit: Option<usize>,
    /// Forms with files are taken.
    pub upload: bool,
    /// Asked before the body is read, where bodies are large.
    pub gate: Option<Gate>,
}

/// Decides from the address and the actor alone whether a body is worth reading.
pub type Gate = fn(Ctx) -> Pin<Box<dyn Future<Output = AppResult<()>>>>;

#[derive(Template)]
#[template(path = "layout/error.html")]
struct ErrorPage {
    page: Page,
    heading: String,
    message: String,
    reference: String,
}

/// Runs one request through `rule`. Errors of handlers come out as pages (or JSON), never as bare statuses.
///
/// # Errors
/// Only what actix itself fails with.
pub async fn protect(
    rule: Rule,
    mut req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    let app = match req.app_data::<web::Data<App>>() {
        Some(app) => app.get_ref().clone(),
        None => return Ok(req.into_response(HttpResponse::InternalServerError().finish())),
    };
    let ctx = match context(&app, req.request(), rule.access).await {
        Ok(ctx) => ctx,
        Err(error) => {
            // The session could not be read; answer as to a stranger.
            let ctx = Ctx::new(stranger(&app, req.request()));
            let answer = answer_error(&ctx, &error);
            return Ok(req.into_response(answer));
        }
    };
    req.extensions_mut().insert(ctx.clone());
    let refused = match admit(&ctx, rule, &mut req).await {
        Ok(refused) => refused,
        Err(error) => Some(answer_error(&ctx, &error)),
    };
    let mut response = match refused {
        Some(answer) => req.into_response(answer),
        None => {
            let response = next.call(req).await?;
            let error = response.response().error().map(|e| match e.as_error::<AppError>() {
                Some(known) => answer_error(&ctx, known),
                // Extractors of actix (paths, queries) fail only when the address makes no sense.
                None => answer_error(&ctx, &AppError::not_found()),
            });
            match error {
                Some(answer) => response.into_response(answer),
                None => response.map_into_boxed_body(),
            }
        }
    };
    for cookie in ctx.take_cookies() {
        if let Err(error) = response.response_mut().add_cookie(&cookie) {
            tracing::error!(%error, "a cookie could not be set");
        }
    }
    Ok(response)
}

fn stranger(app: &App, req: &HttpRequest) -> Inner {
    let known = Jar::Visit.read(app.config(), req);
    let new_visit = match &known {
        Some(_) => None,
        None => app.random::<16>().ok().map(|bytes| URL_SAFE_NO_PAD.encode(bytes)),
    };
    let visit = known.or_else(|| new_visit.clone()).unwrap_or_default();
    Inner {
        app: app.clone(),
        now: app.now(),
        request: req.clone(),
        reference: req.extensions().get::<Reference>().map(|r| r.0.clone()).unwrap_or_default(),
        actor: None,
        owes_agreement: false,
        csrf_secret: format!("visit {visit}").into_bytes(),
        new_visit,
        flash: RefCell::new(Jar::Flash.read(app.config(), req).and_then(|t| Flash::open(&t, app.keys()))),
        body: RefCell::new(Bytes::new()),
        upload: RefCell::default(),
        cookies: RefCell::default(),
    }
}

async fn context(app: &App, req: &HttpRequest, access: Access) -> AppResult<Ctx> {
    let mut inner = stranger(app, req);
    if matches!(access, Access::Static | Access::Machine) {
        return Ok(Ctx::new(inner));
    }
    if let Some(token) = session::cookie(app, req) {
        let hash = session::token_hash(&token);
        let (now, lookup) = (inner.now, hash.clone());
        let for_load = app.clone();
        if let Some(found) = app.read(move |c| session::load(c, &for_load, &lookup, now)).await? {
            if found.stale {
                let id = found.actor.session;
                app.write(move |c| Ok(folkmoot_store::accounts::touch_session(c, id, now)?)).await?;
            }
            inner.actor = Some(found.actor);
            inner.owes_agreement = found.owes_agreement;
            inner.csrf_secret = hash;
            inner.new_visit = None;
        }
    }
    Ok(Ctx::new(inner))
}

/// `None` when the request may go on to its handler.
async fn admit(ctx: &Ctx, rule: Rule, req: &mut ServiceRequest) -> AppResult<Option<HttpResponse>> {
    match rule.access {
        Access::Public | Access::Static | Access::Machine => {}
        Access::SignedIn => {
            ctx.actor().ok_or_else(|| AppError::new(Kind::NeedsLogin))?;
        }
        Access::May(action) => {
            let actor = ctx.actor().ok_or_else(|| AppError::new(Kind::NeedsLogin))?;
            may(actor, action, Subject::Site).map_err(|denied| AppError::forbidden(denied.to_string()))?;
            if ctx.app().config().sessions.staff_second_factor && actor.strength < Strength::SecondFactor {
                return Err(AppError::new(Kind::NeedsSecondFactor));
            }
        }
    }
    if is_held_up(ctx, rule.access) {
        return Ok(Some(ctx.redirect(&format!("/accept?next={}", urls::encode(&ctx.path_and_query())))));
    }
    let nothing_to_read = rule.body_limit == Some(0);
    if nothing_to_read || matches!(*req.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(None);
    }
    let config = ctx.app().config();
    let browser = !matches!(rule.access, Access::Machine);
    if browser && !csrf::same_origin(req.headers(), &config.origin()) {
        return Err(AppError::forbidden(
            "This request did not come from a page of this site. Open the page and try again.",
        ));
    }
    let with_files = upload::is_multipart(req.headers());
    if with_files && !rule.upload {
        return Ok(Some(plain_answer(
            ctx,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "This page takes no files",
            "Go back to the page and use its form.",
        )));
    }
    if let Some(gate) = rule.gate {
        gate(ctx.clone()).await?;
    }
    let limit = rule.body_limit.unwrap_or(config.http.body_kib * 1024);
    let mut time = Duration::from_secs(config.http.body_seconds);
    if rule.upload {
        time = upload::time(time, limit);
    }
    let headers = req.headers().clone();
    let body = match limits::body(&headers, &mut req.take_payload(), limit, time).await {
        Ok(body) => body,
        Err(cut) => return Ok(Some(answer_cut(ctx, cut))),
    };
    if with_files {
        match upload::parse(&headers, body, config.http.body_kib * 1024).await {
            Ok(upload) => ctx.set_upload(upload),
            Err(why) => {
                let heading = "The form cannot be read";
                return Ok(Some(plain_answer(ctx, StatusCode::BAD_REQUEST, heading, why)));
            }
        }
    } else {
        ctx.set_body(body);
    }
    if browser {
        let sent = headers.get("x-csrf-token").and_then(|v| v.to_str().ok()).map(str::to_owned);
        let sent = sent.unwrap_or_else(|| ctx.form().value(csrf::FIELD).to_owned());
        if !ctx.csrf_fits(&sent) {
            let again = "This form belongs to another sign-in or is too old. Go back, reload the page and send it again.";
            return Ok(Some(answer(ctx, StatusCode::FORBIDDEN, "csrf", "This is not allowed", again, "")));
        }
    }
    Ok(None)
}

/// Pages for signed-in people wait until new terms are agreed to; public pages, voting and leaving do not.
fn is_held_up(ctx: &Ctx, access: Access) -> bool {
    let for_members = matches!(access, Access::SignedIn | Access::May(_)) || ctx.path() == "/";
    ctx.owes_agreement()
        && for_members
        && ctx.is_page_view()
        && !ctx.wants_json()
        && crate::site::pages::stands_in_the_way(ctx.path())
}

fn answer_cut(ctx: &Ctx, cut: Cut) -> HttpResponse {
    let (status, code, heading, message) = match cut {
        Cut::TooLarge(limit) => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "This is too large",
            format!("At most {} KiB can be sent here.", limit / 1024),
        ),
        Cut::TooSlow => (
            StatusCode::REQUEST_TIMEOUT,
            "too_slow",
            "This took too long",
            "The request did not arrive in time. Try again.".into(),
        ),
        Cut::Broken => (
            StatusCode::BAD_REQUEST,
            "broken_off",
            "The request broke off",
            "The request did not arrive whole. Try again.".into(),
        ),
        Cut::Compressed => (
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "compressed",
            "Compressed requests are not accepted",
            "Send the request without Content-Encoding.".into(),
        ),
    };
    let mut answer = answer(ctx, status, code, heading, &message, "");
    // The rest of the body is not read, so the connection cannot be used again.
    answer.head_mut().set_connection_type(actix_web::http::ConnectionType::Close);
    answer
}

fn answer_error(ctx: &Ctx, error: &AppError) -> HttpResponse {
    use actix_web::ResponseError;
    let status = error.status_code();
    let (heading, message) = match &error.kind {
        Kind::NotFound => {
            ("Page not found", "The address may be mistyped, or what it showed is gone.".to_owned())
        }
        Kind::Forbidden(why) => ("This is not allowed", why.clone()),
        Kind::NeedsLogin if !ctx.wants_json() => {
            return ctx.redirect(&format!("/sign-in?next={}", urls::encode(&return_path(ctx))));
        }
        // Files do not travel through the page that asks for the proof; the page with their form is shown again.
        Kind::NeedsProof if ctx.is_upload() && !ctx.wants_json() => {
            return ctx.redirect(&format!("/account/confirm?next={}", urls::encode(ctx.path())));
        }
        Kind::NeedsProof if !ctx.wants_json() => {
            let target = format!("/account/confirm?next={}", urls::encode(&ctx.path_and_query()));
            // With the same method: the form that needs the proof arrives there whole, and goes on from there.
            return if ctx.is_page_view() { ctx.redirect(&target) } else { ctx.redirect_same(&target) };
        }
        Kind::NeedsProof => ("Confirm that it is you", "Open /account/confirm, then try again.".to_owned()),
        Kind::NeedsSecondFactor if !ctx.wants_json() => {
            let target = format!("/account/second-factor?next={}", urls::encode(&return_path(ctx)));
            return ctx.redirect(&target);
        }
        Kind::NeedsSecondFactor => {
            ("A second factor is needed", "Sign in with an authenticator app or a passkey.".to_owned())
        }
        Kind::NeedsLogin => ("Sign in first", "This needs a signed-in person.".to_owned()),
        Kind::Invalid(errors) => {
            let all: Vec<String> = errors.0.iter().map(|e| format!("{}: {}", e.field, e.message)).collect();
            ("There is a problem with what was sent", all.join(" "))
        }
        Kind::Conflict(why) => ("This is not possible now", why.clone()),
        Kind::TooMany(seconds) => {
            ("Too many attempts", format!("Wait {} and try again.", super::edge::words_for_seconds(*seconds)))
        }
        Kind::Unavailable(why) => ("Please try again in a moment", why.clone()),
        Kind::Internal => {
            ("Something went wrong on our side", "Nothing was changed. Try again in a moment.".to_owned())
        }
    };
    let mut reference = "";
    if matches!(error.kind, Kind::Internal | Kind::Unavailable(_)) {
        reference = ctx.reference();
        if matches!(error.kind, Kind::Internal) {
            tracing::error!(reference, error = %error, "a request failed");
        } else {
            tracing::warn!(reference, error = %error, "a request was turned away");
        }
    }
    let mut answer = answer(ctx, status, code_of(&error.kind), heading, &message, reference);
    let wait = match error.kind {
        Kind::TooMany(seconds) => Some(seconds),
        Kind::Unavailable(_) => Some(5),
        _ => None,
    };
    if let Some(seconds) = wait {
        answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    answer
}

/// Where to go on after signing in: the page itself, or the start page after a form that must be filled in again.
fn return_path(ctx: &Ctx) -> String {
    if ctx.is_page_view() { ctx.path_and_query() } else { "/".to_owned() }
}

/// A page that refuses something, for the few statuses outside of [`Kind`].
#[must_use]
pub fn plain_answer(ctx: &Ctx, status: StatusCode, heading: &str, message: &str) -> HttpResponse {
    answer(ctx, status, "refused", heading, message, "")
}

/// Name of a kind of refusal for scripts; what they may rely on.
fn code_of(kind: &Kind) -> &'static str {
    match kind {
        Kind::NotFound => "not_found",
        Kind::Forbidden(_) => "forbidden",
        Kind::NeedsLogin => "signed_out",
        Kind::NeedsProof => "needs_proof",
        Kind::NeedsSecondFactor => "needs_second_factor",
        Kind::Invalid(_) => "invalid",
        Kind::Conflict(_) => "conflict",
        Kind::TooMany(_) => "too_many",
        Kind::Unavailable(_) => "unavailable",
        Kind::Internal => "internal",
    }
}

fn answer(
    ctx: &Ctx,
    status: StatusCode,
    code: &str,
    heading: &str,
    message: &str,
    reference: &str,
) -> HttpResponse {
    if ctx.wants_json() {
        return HttpResponse::build(status).json(serde_json::json!({ "error": {
            "code": code, "message": format!("{heading}. {message}"), "reference": reference,
            "server_time": ctx.now().to_string(),
        }}));
    }
    let page = ErrorPage {
        page: ctx.page(heading),
        heading: heading.to_owned(),
        message: message.to_owned(),
        reference: reference.to_owned(),
    };
    ctx.show_as(status, &page).unwrap_or_else(|_| HttpResponse::build(status).body(heading.to_owned()))
}
