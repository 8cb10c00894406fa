//! [`Ctx`]: one request as handlers see it.

use std::cell::RefCell;
use std::future::{Ready, ready};
use std::net::IpAddr;
use std::rc::Rc;

use actix_web::cookie::Cookie;
use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse};
use askama::Template;
use folkmoot_store::Utc;
use folkmoot_store::audit::Act;

use super::PageResult;
use super::cookies::Jar;
use super::csrf;
use super::flash::Flash;
use super::forms::Form;
use super::pages::Page;
use super::session::{self, Actor, NewSession};
use super::upload::Upload;
use crate::app::App;
use crate::error::{AppError, AppResult};

/// One request: who asks, when, what was sent; and the ways to answer. Cheap to clone.
#[derive(Clone)]
pub struct Ctx(Rc<Inner>);

pub(super) struct Inner {
    pub(super) app: App,
    pub(super) now: Utc,
    pub(super) request: HttpRequest,
    pub(super) reference: String,
    pub(super) actor: Option<Actor>,
    /// A new version of the terms waits for the person's agreement.
    pub(super) owes_agreement: bool,
    /// What the token of forms is bound to: hash of the session's token, or the visit cookie.
    pub(super) csrf_secret: Vec<u8>,
    /// The visit cookie to set when a page with a form is shown to a new visitor.
    pub(super) new_visit: Option<String>,
    pub(super) flash: RefCell<Option<Flash>>,
    pub(super) body: RefCell<Bytes>,
    /// The form, when it came with files.
    pub(super) upload: RefCell<Option<Upload>>,
    pub(super) cookies: RefCell<Vec<Cookie<'static>>>,
}

impl Ctx {
    pub(super) fn new(inner: Inner) -> Self {
        Self(Rc::new(inner))
    }

    pub(crate) fn of(req: &HttpRequest) -> AppResult<Self> {
        req.extensions().get::<Self>().cloned().ok_or_else(|| AppError::internal("a route without its guard"))
    }

    /// Everything shared.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.0.app
    }

    /// The instant of this request; the same for everything it does.
    #[must_use]
    pub fn now(&self) -> Utc {
        self.0.now
    }

    /// Reference number of this request in the log.
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.0.reference
    }

    /// Who is signed in, if anybody.
    #[must_use]
    pub fn actor(&self) -> Option<&Actor> {
        self.0.actor.as_ref()
    }

    /// Path of the address.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.request.path()
    }

    /// Path and query of the address.
    #[must_use]
    pub fn path_and_query(&self) -> String {
        self.0.request.uri().path_and_query().map_or_else(|| "/".into(), ToString::to_string)
    }

    /// True for requests that only look (`GET`, `HEAD`).
    #[must_use]
    pub fn is_page_view(&self) -> bool {
        self.0.request.method().is_safe()
    }

    /// A value of the query string.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.0.request.query_string().as_bytes())
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.into_owned())
    }

    /// A value that stays the same for whoever looks, for orders that differ from one viewer to the next: that of the account,
    /// and for visitors that of the browser's visit.
    #[must_use]
    pub fn viewer_seed(&self, purpose: &str) -> [u8; 32] {
        let who = match self.actor() {
            Some(actor) => actor.public_id.as_str().as_bytes(),
            None => self.0.csrf_secret.as_slice(),
        };
        self.app().keys().tag("viewer", &[purpose.as_bytes(), b"|", who].concat())
    }

    /// A request header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.request.headers().get(name).and_then(|v| v.to_str().ok())
    }

    /// The fields sent with this request.
    #[must_use]
    pub fn form(&self) -> Form {
        match &*self.0.upload.borrow() {
            Some(upload) => upload.form.clone(),
            None => Form::parse(&self.0.body.borrow()),
        }
    }

    /// The fields and files sent with this request.
    pub(super) fn upload(&self) -> Upload {
        let sent = self.0.upload.borrow().clone();
        sent.unwrap_or_else(|| Upload { form: self.form(), files: Vec::new() })
    }

    /// True when the request is a form with files.
    pub(super) fn is_upload(&self) -> bool {
        self.0.upload.borrow().is_some()
    }

    /// The body as sent.
    #[must_use]
    pub fn body(&self) -> Bytes {
        self.0.body.borrow().clone()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// `Invalid` when it is not what `T` expects.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> AppResult<T> {
        serde_json::from_slice(&self.0.body.borrow())
            .map_err(|e| super::FieldErrors::one("body", format!("The JSON sent is not usable: {e}")).into())
    }

    /// The network the request comes from, for limits of rate: `/24` of IPv4, `/64` of IPv6. Never stored with ballots.
    #[must_use]
    pub fn network(&self) -> String {
        client_network(&self.0.request, &self.0.app.config().http.trusted_proxies)
    }

    /// True when the client prefers JSON over pages.
    #[must_use]
    pub fn wants_json(&self) -> bool {
        self.path().starts_with("/api/")
            || self.header("accept").is_some_and(|a| a.starts_with("application/json"))
    }

    /// Time zone of whoever asks, IANA name: their own, for visitors that of the organisation.
    #[must_use]
    pub fn zone(&self) -> String {
        match self.actor() {
            Some(actor) => actor.time_zone.clone(),
            None => self.app().organisation().time_zone.clone(),
        }
    }

    /// An instant in UTC and on the clock of whoever asks.
    #[must_use]
    pub fn when(&self, at: Utc) -> String {
        super::when::stated(at, &self.zone())
    }

    /// The frame of a page with this title.
    pub fn page(&self, title: impl Into<String>) -> Page {
        Page::new(self, title.into())
    }

    /// Answers 200 with a page.
    ///
    /// # Errors
    /// `Internal` when the template fails.
    pub fn show<T: Template>(&self, template: &T) -> PageResult {
        self.show_as(StatusCode::OK, template)
    }

    /// Answers 422 with a page that shows its form again.
    ///
    /// # Errors
    /// `Internal` when the template fails.
    pub fn show_again<T: Template>(&self, template: &T) -> PageResult {
        self.show_as(StatusCode::UNPROCESSABLE_ENTITY, template)
    }

    /// Answers with a page and a status.
    ///
    /// # Errors
    /// `Internal` when the template fails.
    pub fn show_as<T: Template>(&self, status: StatusCode, template: &T) -> PageResult {
        Ok(HttpResponse::build(status)
            .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
            .body(template.render()?))
    }

    /// Answers with JSON.
    #[must_use]
    pub fn reply_json<T: serde::Serialize>(&self, value: &T) -> HttpResponse {
        HttpResponse::Ok().json(value)
    }

    /// Sends the browser to a path of this site, by GET.
    #[must_use]
    pub fn redirect(&self, path: &str) -> HttpResponse {
        HttpResponse::SeeOther().insert_header((header::LOCATION, path)).finish()
    }

    /// Sends the browser to a path of this site and shows `flash` there.
    #[must_use]
    pub fn redirect_with(&self, path: &str, flash: &Flash) -> HttpResponse {
        let value = flash.seal(self.0.app.keys());
        self.put_cookie(Jar::Flash.set(self.0.app.config(), value, Some(60)));
        self.redirect(path)
    }

    /// A session to be started in the transaction of a sign-in.
    ///
    /// # Errors
    /// `Internal` when the system has no randomness.
    pub fn new_session(&self) -> AppResult<NewSession> {
        let agent = session::agent_family(self.header("user-agent").unwrap_or(""));
        Ok(NewSession { token: session::new_token(&self.0.app)?, agent })
    }

    /// Hands the browser its new session; call after the transaction that started it.
    pub fn keep_session(&self, new: &NewSession) {
        let config = self.0.app.config();
        let seconds = config.sessions.member_days.saturating_mul(86_400);
        self.put_cookie(Jar::Session.set(config, new.token.clone(), Some(seconds)));
        self.put_cookie(Jar::Visit.remove(config));
    }

    /// The mark of a browser that signed in before, as it was sent.
    #[must_use]
    pub fn device_cookie(&self) -> Option<String> {
        Jar::Device.read(self.0.app.config(), &self.0.request)
    }

    /// Marks the browser for a year.
    pub fn keep_device(&self, value: String) {
        self.put_cookie(Jar::Device.set(self.0.app.config(), value, Some(365 * 86_400)));
    }

    /// An entry for the audit log by whoever is signed in.
    pub fn act(&self, action: &'static str, object: impl Into<String>, details: serde_json::Value) -> Act {
        Act {
            actor: self.actor().map(|a| a.person),
            action,
            object: object.into(),
            details,
            reference: self.0.reference.clone(),
        }
    }

    /// Takes the session cookie away.
    pub fn drop_session(&self) {
        self.put_cookie(Jar::Session.remove(self.0.app.config()));
    }

    /// True when the person proved who they are within the last minutes, which sensitive acts require (step-up).
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        let minutes = chrono::TimeDelta::minutes(self.0.app.config().sessions.fresh_minutes);
        self.actor().is_some_and(|actor| self.now().since(actor.proved_at) < minutes)
    }

    /// Requires what [`Ctx::is_fresh`] tells. The error leads to a page that asks for a proof and from there back here; a
    /// form comes back with everything that was typed. Call it before anything else is done. A form with files does not
    /// travel: the person is led to the page at the same address, to choose the file again; that page asks for the proof
    /// when it is opened, so that this happens only to whoever waits too long.
    ///
    /// # Errors
    /// `NeedsProof`.
    pub fn require_fresh(&self) -> AppResult<()> {
        if self.is_fresh() { Ok(()) } else { Err(AppError::new(crate::error::Kind::NeedsProof)) }
    }

    /// Sends the browser to a path of this site with the same method and the same body.
    #[must_use]
    pub fn redirect_same(&self, path: &str) -> HttpResponse {
        HttpResponse::TemporaryRedirect().insert_header((header::LOCATION, path)).finish()
    }

    /// Every field of the body, those of a proof of identity included.
    #[must_use]
    pub fn whole_form(&self) -> Form {
        Form::parse_whole(&self.0.body.borrow())
    }

    /// Token of a sign-in that waits for its second factor in this browser.
    #[must_use]
    pub fn second_step_cookie(&self) -> Option<String> {
        Jar::SecondStep.read(self.0.app.config(), &self.0.request)
    }

    /// Keeps that token for ten minutes, or removes it.
    pub fn keep_second_step(&self, token: Option<String>) {
        let config = self.0.app.config();
        self.put_cookie(match token {
            Some(token) => Jar::SecondStep.set(config, token, Some(600)),
            None => Jar::SecondStep.remove(config),
        });
    }

    pub(super) fn csrf_token(&self) -> String {
        if let Some(value) = &self.0.new_visit {
            let mut cookies = self.0.cookies.borrow_mut();
            let cookie = Jar::Visit.set(self.0.app.config(), value.clone(), None);
            if !cookies.iter().any(|c| c.name() == cookie.name()) {
                cookies.push(cookie);
            }
        }
        // Without randomness the token would be unmasked, not wrong; the failure shows elsewhere.
        let pad = self.0.app.random().unwrap_or([0; 32]);
        csrf::token(self.0.app.keys(), &self.0.csrf_secret, pad)
    }

    pub(super) fn take_flash(&self) -> Option<Flash> {
        let flash = self.0.flash.borrow_mut().take();
        if flash.is_some() {
            self.put_cookie(Jar::Flash.remove(self.0.app.config()));
        }
        flash
    }

    fn put_cookie(&self, cookie: Cookie<'static>) {
        let mut cookies = self.0.cookies.borrow_mut();
        cookies.retain(|c| c.name() != cookie.name());
        cookies.push(cookie);
    }

    pub(super) fn set_body(&self, body: Bytes) {
        *self.0.body.borrow_mut() = body;
    }

    pub(super) fn set_upload(&self, upload: Upload) {
        *self.0.upload.borrow_mut() = Some(upload);
    }

    pub(super) fn owes_agreement(&self) -> bool {
        self.0.owes_agreement
    }

    pub(super) fn csrf_fits(&self, token: &str) -> bool {
        csrf::token_fits(self.0.app.keys(), &self.0.csrf_secret, token)
    }

    pub(super) fn take_cookies(&self) -> Vec<Cookie<'static>> {
        std::mem::take(&mut *self.0.cookies.borrow_mut())
    }
}

impl FromRequest for Ctx {
    type Error = AppError;
    type Future = Ready<AppResult<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(req))
    }
}

/// A handler that takes an `Actor` is for signed-in people only.
impl FromRequest for Actor {
    type Error = AppError;
    type Future = Ready<AppResult<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(
            Ctx::of(req).and_then(|c| {
                c.actor().cloned().ok_or_else(|| AppError::new(crate::error::Kind::NeedsLogin))
            }),
        )
    }
}

/// `X-Forwarded-For` is believed only from a trusted proxy, and only its last entry, which that proxy wrote
/// (requirement WEB-03).
fn client_network(req: &HttpRequest, trusted: &[IpAddr]) -> String {
    let Some(mut address) = req.peer_addr().map(|a| a.ip()) else { return "unknown".into() };
    if trusted.contains(&address)
        && let Some(last) = req
            .headers()
            .get("x-forwarded-for")
            .and_then(|v| v.to_str().ok())
            .and_then(|v| v.rsplit(',').next())
            .and_then(|v| v.trim().parse().ok())
    {
        address = last;
    }
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => {
                let [a, b, c, _] = v4.octets();
                format!("{a}.{b}.{c}.0/24")
            }
            None => {
                let [a, b, c, d, ..] = v6.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn forwarded_for_is_believed_from_the_trusted_proxy_only() {
        let proxy: IpAddr = "10.0.0.1".parse().unwrap();
        let seen = |peer: &str, forwarded: &str| {
            let request = TestRequest::default()
                .peer_addr(format!("{peer}:4000").parse().unwrap())
                .insert_header(("x-forwarded-for", forwarded.to_owned()))
                .insert_header(("forwarded", "for=7.7.7.7"))
                .insert_header(("x-real-ip", "7.7.7.7"))
                .to_http_request();
            client_network(&request, &[proxy])
        };
        assert_eq!(seen("192.0.2.9", "203.0.113.5"), "192.0.2.0/24");
        assert_eq!(seen("10.0.0.1", "203.0.113.5"), "203.0.113.0/24");
        // Only the entry the proxy itself wrote, which is the last one.
        assert_eq!(seen("10.0.0.1", "198.51.100.1, 203.0.113.5"), "203.0.113.0/24");
        assert_eq!(seen("10.0.0.1", "nonsense"), "10.0.0.0/24");
        assert_eq!(seen("[2001:db8:1:2:3::4]", "203.0.113.5"), "2001:db8:1:2::/64");
        assert_eq!(seen("[::ffff:192.0.2.9]", "203.0.113.5"), "192.0.2.0/24");
    }
}
