//! The route table. Each feature lists its routes in `routes()`; from these lists come the actix configuration, the
//! permission matrix under test, the list of pages for browser tests, and `folkmoot routes --json`.

use actix_web::guard;
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::from_fn;
use actix_web::{FromRequest, Handler, Responder, web};
use serde::Serialize;

use crate::auth::permission::Action;
use crate::http::{Ctx, Gate, PageResult, Rule, protect};

/// Who may come in; enforced before the handler runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Everybody, and no session is looked up: files.
    Static,
    /// Machines, with a proof of their own that the handler checks first. Listed in [`crate::http::csrf::MACHINE_POSTS`].
    Machine,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever may do this to anything at all; the handler asks again with its subject.
    May(Action),
}

impl Access {
    /// Name in lists.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Public => "public".into(),
            Self::Static => "static".into(),
            Self::Machine => "machine".into(),
            Self::SignedIn => "signed_in".into(),
            Self::May(action) => format!("may {}", action.name()),
        }
    }
}

/// One route.
pub struct Route {
    /// Method; `GET` answers `HEAD` too.
    pub method: Method,
    /// Pattern, with `{name}` for parts that vary.
    pub path: &'static str,
    /// Who may come in.
    pub access: Access,
    body_limit: Option<usize>,
    upload: bool,
    gate: Option<Gate>,
    handler: actix_web::Route,
}

/// A route as `folkmoot routes --json` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Method.
    pub method: String,
    /// Pattern.
    pub path: &'static str,
    /// Who may come in.
    pub access: String,
}

impl Route {
    /// A page.
    pub fn get<H, Args>(path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<Args>,
        Args: FromRequest + 'static,
        H::Output: Responder + 'static,
    {
        Self {
            method: Method::GET,
            path,
            access,
            body_limit: None,
            upload: false,
            gate: None,
            handler: web::to(handler),
        }
    }

    /// An act.
    pub fn post<H, Args>(path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<Args>,
        Args: FromRequest + 'static,
        H::Output: Responder + 'static,
    {
        Self {
            method: Method::POST,
            path,
            access,
            body_limit: None,
            upload: false,
            gate: None,
            handler: web::to(handler),
        }
    }

    /// Accepts bodies up to `bytes` instead of the configured limit of forms.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = Some(bytes);
        self
    }

    /// Takes a form with files, `bytes` in all; the handler takes an [`crate::http::Upload`]. Only for routes that a `GET`
    /// page of the same address leads to, and for people who are signed in: the body is held in memory.
    #[must_use]
    pub fn upload(mut self, bytes: usize) -> Self {
        self.body_limit = Some(bytes);
        self.upload = true;
        self
    }

    /// Somebody is asked before the body is read.
    #[must_use]
    pub const fn is_gated(&self) -> bool {
        self.gate.is_some()
    }

    /// Asks `gate` before the body is read.
    #[must_use]
    pub fn gate(mut self, gate: Gate) -> Self {
        self.gate = Some(gate);
        self
    }

    fn guarded(self) -> actix_web::Route {
        let rule =
            Rule { access: self.access, body_limit: self.body_limit, upload: self.upload, gate: self.gate };
        let wanted = self.method;
        let fits = guard::fn_guard(move |c| {
            let sent = &c.head().method;
            *sent == wanted || (wanted == Method::GET && *sent == Method::HEAD)
        });
        self.handler.guard(fits).wrap(from_fn(move |req, next| protect(rule, req, next)))
    }
}

/// Every route of the application. A new feature adds its line here.
#[must_use]
#[rustfmt::skip]
pub fn all() -> Vec<Route> {
    [
        crate::site::routes(),
        crate::accounts::routes(),
        crate::elections::routes(),
        crate::staff::routes(),
        crate::approvals::routes(),
        crate::roles::routes(),
        crate::people::routes(),
        crate::imports::routes(),
        crate::data_requests::routes(),
        crate::affiliations::routes(),
        crate::bodies::routes(),
        crate::meetings::routes(),
        crate::motions::routes(),
        crate::petitions::routes(),
        crate::work_groups::routes(),
        crate::awards::routes(),
        crate::membership::routes(),
        crate::nominations::routes(),
        crate::audit::routes(),
        crate::reports::routes(),
        crate::mail::routes(),
        crate::contact::routes(),
        crate::payments::routes(),
        crate::http::assets::routes(),
        crate::demo::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The table in words, sorted by path.
#[must_use]
pub fn listed() -> Vec<Listed> {
    let mut rows: Vec<Listed> = all()
        .iter()
        .map(|r| Listed { method: r.method.to_string(), path: r.path, access: r.access.name() })
        .collect();
    rows.sort_by(|a, b| (a.path, &a.method).cmp(&(b.path, &b.method)));
    rows
}

/// Puts the table into actix.
pub fn configure(config: &mut web::ServiceConfig) {
    let mut by_path: Vec<(&'static str, Vec<Route>)> = Vec::new();
    for route in all() {
        match by_path.iter_mut().find(|(path, _)| *path == route.path) {
            Some((_, routes)) => routes.push(route),
            None => by_path.push((route.path, vec![route])),
        }
    }
    for (path, routes) in by_path {
        let mut resource = web::resource(path);
        for route in routes {
            resource = resource.route(route.guarded());
        }
        config.service(resource.default_service(fallback(wrong_method)));
    }
    config.default_service(fallback(nothing_here));
}

fn fallback<H, Args>(handler: H) -> actix_web::Route
where
    H: Handler<Args>,
    Args: FromRequest + 'static,
    H::Output: Responder + 'static,
{
    // A body sent to nowhere is not read.
    let rule = Rule { access: Access::Public, body_limit: Some(0), upload: false, gate: None };
    web::to(handler).wrap(from_fn(move |req, next| protect(rule, req, next)))
}

async fn nothing_here() -> PageResult {
    Err(crate::error::AppError::not_found())
}

async fn wrong_method(ctx: Ctx) -> PageResult {
    Ok(crate::http::plain_answer(
        &ctx,
        StatusCode::METHOD_NOT_ALLOWED,
        "This address does not accept that",
        "Go back to the page and use its buttons.",
    ))
}
