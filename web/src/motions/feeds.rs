//! The register of resolutions for programs: Atom and JSON, of all bodies or of one. Only what everybody may read.

use std::collections::BTreeMap;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::NaiveDate;
use folkmoot_store::bodies::{self, BodyId};
use folkmoot_store::motions::{self, Resolution};
use serde_json::json;

use super::register::SHOWN;
use crate::error::{AppError, AppResult};
use crate::http::when::start_of;
use crate::http::{Ctx, PageResult};
use crate::markdown;
use crate::routes::{Access, Route};

/// Entries of the feed.
const NEWEST: usize = 100;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/resolutions.atom", Access::Public, all_atom),
        Route::get("/resolutions.json", Access::Public, all_json),
        Route::get("/bodies/{body}/resolutions.atom", Access::Public, atom_of_body),
        Route::get("/bodies/{body}/resolutions.json", Access::Public, json_of_body),
    ]
}

/// Resolutions, the last adopted first, and whose they are.
struct Register {
    /// Address of the page without the site.
    page: String,
    title: String,
    found: Vec<Resolution>,
    bodies: BTreeMap<BodyId, String>,
}

async fn read(ctx: &Ctx, body: Option<String>) -> AppResult<Register> {
    ctx.app()
        .read(move |c| {
            let (page, title, mut found) = match body {
                Some(slug) => {
                    let body = bodies::by_slug(c, &slug)?;
                    if !body.is_public {
                        return Err(AppError::not_found());
                    }
                    let of_body = motions::resolutions_of(c, body.id, SHOWN)?;
                    let title = format!("Resolutions of {}", body.name);
                    (format!("/bodies/{}/resolutions", body.slug), title, of_body)
                }
                None => {
                    let all = motions::public_resolutions(c, SHOWN)?;
                    ("/resolutions".to_owned(), "Resolutions".to_owned(), all)
                }
            };
            found.retain(|r| r.is_public);
            found.sort_by_key(|r| std::cmp::Reverse((r.adopted_on, r.id)));
            let bodies = bodies::all(c)?.into_iter().map(|b| (b.id, b.name)).collect();
            Ok(Register { page, title, found, bodies })
        })
        .await
}

struct Entry {
    id: String,
    url: String,
    title: String,
    adopted: String,
    summary: String,
    html: String,
}

#[derive(Template)]
#[template(path = "motions/resolutions.xml")]
struct Feed {
    url: String,
    title: String,
    author: String,
    updated: String,
    entries: Vec<Entry>,
}

fn atom(ctx: &Ctx, register: &Register) -> PageResult {
    let entry = |r: &Resolution| {
        let body = register.bodies.get(&r.body_id).map_or("", String::as_str);
        let votes = if r.votes.is_empty() { String::new() } else { format!(": {}", r.votes) };
        Entry {
            id: r.public_id.to_string(),
            url: ctx.app().link(&format!("/resolutions/{}", r.public_id)),
            title: r.title.clone(),
            adopted: start_of(r.adopted_on).to_string(),
            summary: format!("{body} {}{votes}", r.number),
            html: markdown::html(&r.text),
        }
    };
    let newest = register.found.first().map_or(NaiveDate::default(), |r| r.adopted_on);
    let feed = Feed {
        url: ctx.app().link(&register.page),
        title: register.title.clone(),
        author: ctx.app().organisation().name.clone(),
        updated: start_of(newest).to_string(),
        entries: register.found.iter().take(NEWEST).map(entry).collect(),
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/atom+xml; charset=utf-8"))
        .body(feed.render()?))
}

fn as_json(ctx: &Ctx, register: &Register) -> HttpResponse {
    let one = |r: &Resolution| {
        json!({
            "id": r.public_id, "body": register.bodies.get(&r.body_id), "number": r.number, "title": r.title, "text": r.text,
            "votes": r.votes, "adopted_on": r.adopted_on, "effective_at": r.effective_at,
            "url": ctx.app().link(&format!("/resolutions/{}", r.public_id)),
        })
    };
    let resolutions: Vec<_> = register.found.iter().map(one).collect();
    ctx.reply_json(&json!({ "url": ctx.app().link(&register.page), "resolutions": resolutions }))
}

async fn all_atom(ctx: Ctx) -> PageResult {
    atom(&ctx, &read(&ctx, None).await?)
}

async fn all_json(ctx: Ctx) -> PageResult {
    Ok(as_json(&ctx, &read(&ctx, None).await?))
}

async fn atom_of_body(ctx: Ctx, path: web::Path<String>) -> PageResult {
    atom(&ctx, &read(&ctx, Some(path.into_inner())).await?)
}

async fn json_of_body(ctx: Ctx, path: web::Path<String>) -> PageResult {
    Ok(as_json(&ctx, &read(&ctx, Some(path.into_inner())).await?))
}
