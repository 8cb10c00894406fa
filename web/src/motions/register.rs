//! The register of resolutions.

use std::collections::BTreeMap;

use actix_web::web;
use askama::Template;
use folkmoot_store::bodies::{self, Body, BodyId};
use folkmoot_store::motions::{self, Resolution};
use folkmoot_store::{PublicId, meetings};

use crate::auth::permission::{Action, Subject, may};
use crate::error::AppError;
use crate::http::when::stated;
use crate::http::{Ctx, Page, PageResult};
use crate::markdown;
use crate::routes::{Access, Route};

/// How many resolutions the register shows.
pub(super) const SHOWN: i64 = 500;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/resolutions", Access::Public, all),
        Route::get("/resolutions/{resolution}", Access::Public, show),
        Route::get("/bodies/{body}/resolutions", Access::Public, of_body),
    ]
}

/// A resolution as lists show it.
pub struct Line {
    /// Part of addresses.
    pub id: String,
    /// Body and number.
    pub number: String,
    /// Title.
    pub title: String,
    /// Day and votes.
    pub about: String,
}

/// Lines for lists; with the name of the body where `bodies` has it.
#[must_use]
pub fn lines(found: Vec<Resolution>, bodies: &BTreeMap<BodyId, String>) -> Vec<Line> {
    let line = |r: Resolution| {
        let body = bodies.get(&r.body_id).map(|b| format!("{b} ")).unwrap_or_default();
        let votes = if r.votes.is_empty() { String::new() } else { format!("; {}", r.votes) };
        Line {
            id: r.public_id.to_string(),
            number: format!("{body}{}", r.number),
            title: r.title,
            about: format!("{}{votes}", crate::bodies::words(r.adopted_on)),
        }
    };
    found.into_iter().map(line).collect()
}

#[derive(Template)]
#[template(path = "motions/register.html")]
struct RegisterPage {
    page: Page,
    lines: Vec<Line>,
    body: Option<(String, String)>,
    /// Address of the feeds, without what comes after the dot.
    feeds: String,
}

async fn all(ctx: Ctx) -> PageResult {
    let lines = ctx
        .app()
        .read(|c| {
            let names: BTreeMap<BodyId, String> =
                bodies::all(c)?.into_iter().map(|b| (b.id, b.name)).collect();
            Ok(lines(motions::public_resolutions(c, SHOWN)?, &names))
        })
        .await?;
    ctx.show(&RegisterPage { page: ctx.page("Resolutions"), lines, body: None, feeds: "/resolutions".into() })
}

async fn of_body(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let slug = path.into_inner();
    let (body, found) = ctx
        .app()
        .read(move |c| {
            let body = bodies::by_slug(c, &slug)?;
            if !body.is_public {
                return Err(AppError::not_found());
            }
            let mut found = motions::resolutions_of(c, body.id, SHOWN)?;
            found.retain(|r| r.is_public);
            Ok((body, found))
        })
        .await?;
    let page = ctx.page(format!("Resolutions of {}", body.name));
    let lines = lines(found, &BTreeMap::new());
    let feeds = format!("/bodies/{}/resolutions", body.slug);
    ctx.show(&RegisterPage { page, lines, body: Some((body.slug, body.name)), feeds })
}

#[derive(Template)]
#[template(path = "motions/resolution.html")]
struct ResolutionPage {
    page: Page,
    number: String,
    title: String,
    text: String,
    votes: String,
    effective: String,
    body: Body,
    motion: String,
    meeting: Option<(String, String)>,
}

async fn show(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let id = PublicId::parse(&path.into_inner()).ok_or_else(AppError::not_found)?;
    let (now, zone, page) = (ctx.now(), ctx.zone(), ctx.page(""));
    let actor = ctx.actor().cloned();
    let template = ctx
        .app()
        .read(move |c| {
            let found = motions::resolution(c, &id)?;
            let body = bodies::by_id(c, found.body_id)?;
            let staff = actor.as_ref().is_some_and(|a| may(a, Action::ManageBodies, Subject::Site).is_ok());
            let member = match &actor {
                Some(a) => bodies::seat_of(c, body.id, a.person, now.datetime().date_naive())?.is_some(),
                None => false,
            };
            if !found.is_public && !staff && !member {
                return Err(AppError::not_found());
            }
            let motion = match found.motion_id {
                Some(id) => {
                    let id = motions::motion(c, id)?.public_id;
                    let known = super::show::may_read(c, &id, actor.as_ref(), now)?;
                    if known { format!("/motions/{id}") } else { String::new() }
                }
                None => String::new(),
            };
            let meeting = match found.meeting_id {
                Some(id) => {
                    let meeting = meetings::meeting(c, id)?;
                    Some((meeting.title, format!("/meetings/{}", meeting.public_id)))
                }
                None => None,
            };
            Ok(ResolutionPage {
                page: page.titled(&found.title),
                number: found.number,
                title: found.title,
                text: markdown::html(&found.text),
                votes: found.votes,
                effective: stated(found.effective_at, &zone),
                body,
                motion,
                meeting,
            })
        })
        .await?;
    ctx.show(&template)
}
