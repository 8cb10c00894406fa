//! Public pages: the bodies, and the members of each.

use actix_web::web;
use askama::Template;
use folkmoot_store::bodies::{self, Body};
use folkmoot_store::work_groups;

use super::calendar::{self, Calendar};
use super::{Seats, kind_words, rules, seats};
use crate::error::AppError;
use crate::http::{Ctx, Page, PageResult};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/bodies", Access::Public, list), Route::get("/bodies/{body}", Access::Public, show)]
}

struct Line {
    slug: String,
    name: String,
    kind: &'static str,
}

#[derive(Template)]
#[template(path = "bodies/list.html")]
struct ListPage {
    page: Page,
    bodies: Vec<Line>,
}

#[derive(Template)]
#[template(path = "bodies/show.html")]
struct ShowPage {
    page: Page,
    body: Body,
    kind: &'static str,
    seats: Seats,
    calendar: Calendar,
    rules: Vec<String>,
    petitions: bool,
    charter: bool,
    may_join: bool,
    leads: bool,
    watches: bool,
}

async fn list(ctx: Ctx) -> PageResult {
    let all = ctx.app().read(|c| Ok(bodies::all(c)?)).await?;
    let line = |b: Body| Line { slug: b.slug, name: b.name, kind: kind_words(b.kind) };
    let bodies = all.into_iter().filter(|b| b.is_public).map(line).collect();
    ctx.show(&ListPage { page: ctx.page("Bodies"), bodies })
}

async fn show(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let (slug, now) = (path.into_inner(), ctx.now());
    let page = ctx.page("");
    let actor = ctx.actor().cloned();
    let template = ctx
        .app()
        .read(move |c| {
            let body = bodies::by_slug(c, &slug)?;
            if !body.is_public {
                return Err(AppError::not_found());
            }
            let members = bodies::members(c, body.id)?;
            let today = now.datetime().date_naive();
            let charter = work_groups::charter_of(c, body.id)?;
            let open =
                charter.as_ref().is_some_and(|f| f.is_open && f.ends_on.is_none_or(|end| end >= today));
            let sits = |m: &bodies::BodyMember| {
                actor.as_ref().is_some_and(|a| a.person == m.person_id && m.sits_on(today))
            };
            let is_member = members.iter().any(sits);
            let leads = match &actor {
                Some(actor) => crate::meetings::leads(c, &body, actor, now)?,
                None => false,
            };
            Ok(ShowPage {
                petitions: !crate::petitions::kinds(c, &body)?.is_empty(),
                charter: charter.is_some(),
                may_join: open && !is_member,
                leads,
                watches: is_member && body.inactivity.is_some(),
                page: page.titled(&body.name),
                kind: kind_words(body.kind),
                seats: seats(c, &body, &members, now)?,
                calendar: calendar::of(c, &body, now.datetime().date_naive())?,
                rules: rules::in_words(&body)?,
                body,
            })
        })
        .await?;
    ctx.show(&template)
}
