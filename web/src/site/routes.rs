//! Start page, health checks, colours.

use actix_web::HttpResponse;
use askama::Template;

use super::{logo, set_up, settings};
use crate::auth::permission::Action;
use crate::http::{Ctx, Page, PageResult};
use crate::routes::{Access, Route};
use crate::tasks::{self, Task};

/// Routes of this folder.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/", Access::Public, home),
        Route::get("/brand.css", Access::Static, settings::brand),
        Route::get("/set-up/{token}", Access::Public, set_up::form),
        Route::post("/set-up/{token}", Access::Public, set_up::set_up),
        Route::get("/staff/settings", Access::May(Action::ManageSettings), settings::page),
        Route::post("/staff/settings", Access::May(Action::ManageSettings), settings::save),
        Route::get("/staff/settings/logo", Access::May(Action::ManageSettings), logo::page),
        Route::post("/staff/settings/logo", Access::May(Action::ManageSettings), logo::save)
            .upload(logo::MOST_BYTES),
        Route::post("/staff/settings/logo/remove", Access::May(Action::ManageSettings), logo::remove),
        Route::get("/logo/{hash}", Access::Static, logo::file),
        Route::get("/healthz", Access::Static, healthz),
        Route::get("/readyz", Access::Static, readyz),
        Route::get("/robots.txt", Access::Static, robots),
        Route::get("/.well-known/security.txt", Access::Static, security),
    ]
}

#[derive(Template)]
#[template(path = "site/home.html")]
struct HomePage {
    page: Page,
    name: Option<String>,
    tasks: Vec<Task>,
}

async fn home(ctx: Ctx) -> PageResult {
    let name = ctx.actor().map(|a| a.name.clone());
    let title = if name.is_some() { "Your tasks" } else { "Welcome" };
    let tasks = match ctx.actor().cloned() {
        Some(actor) => {
            let now = ctx.now();
            ctx.app().read(move |c| tasks::of(c, &actor, now)).await?
        }
        None => Vec::new(),
    };
    ctx.show(&HomePage { page: ctx.page(title), name, tasks })
}

/// The process answers.
async fn healthz() -> &'static str {
    "ok\n"
}

/// The database answers.
async fn readyz(ctx: Ctx) -> PageResult {
    ctx.app()
        .read(|c| Ok(folkmoot_store::organisation::setting::<serde_json::Value>(c, "organisation")?))
        .await?;
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n"))
}

/// Whom to tell of a weakness (RFC 9116): the organisation that runs this site.
async fn security(ctx: Ctx) -> PageResult {
    let (app, now) = (ctx.app(), ctx.now());
    let address = match app.organisation().contact.as_str() {
        "" => String::new(),
        address => format!("Contact: mailto:{address}\n"),
    };
    let expires = now.plus(chrono::TimeDelta::days(90)).datetime().format("%FT00:00:00Z").to_string();
    let text = format!(
        "{address}Contact: {}\nExpires: {expires}\nCanonical: {}\n",
        app.link("/contact"),
        app.link("/.well-known/security.txt"),
    );
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(text))
}

async fn robots() -> &'static str {
    "User-agent: *\nDisallow: /account\nDisallow: /staff\n"
}
