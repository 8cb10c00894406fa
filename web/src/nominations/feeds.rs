//! Candidates for programs: JSON and an Atom feed. Before the announced instant both are there, and empty.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde_json::{Value, json};

use super::announce::tail;
use super::candidates::{Candidate, public};
use super::rules::Call;
use crate::error::AppResult;
use crate::http::{Ctx, PageResult};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/elections/{election}/candidates.json", Access::Public, as_json),
        Route::get("/elections/{election}/candidates.atom", Access::Public, as_atom),
    ]
}

/// Call and candidates, in an order that says nothing about them.
async fn load(ctx: &Ctx, slug: String) -> AppResult<(Call, Vec<Candidate>)> {
    let now = ctx.now();
    ctx.app()
        .read(move |conn| {
            let call = Call::load(conn, &slug)?;
            let mut all = public(conn, &call, now)?.unwrap_or_default();
            all.sort_by(|a, b| tail(&a.nomination).cmp(tail(&b.nomination)));
            Ok((call, all))
        })
        .await
}

async fn as_json(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let (call, all) = load(&ctx, path.into_inner()).await?;
    let link = |path: &str| if path.is_empty() { Value::Null } else { json!(ctx.app().link(path)) };
    let one = |c: &Candidate| {
        let sections: Vec<Value> = c
            .statement
            .sections
            .iter()
            .map(|s| json!({ "heading": s.heading, "markdown": s.text }))
            .collect();
        json!({
            "url": link(&c.href),
            "name": c.name,
            "summary": c.summary,
            "sections": sections,
            "links": c.links,
            "affiliations": c.affiliations,
            "availability": c.availability,
            "portrait": link(&c.portrait),
            "withdrawn_at": c.nomination.withdrawn_at.filter(|_| !c.withdrawn.is_empty()),
            "may_not_take_a_seat": Some(&c.excluded).filter(|why| !why.is_empty()),
        })
    };
    Ok(ctx.reply_json(&json!({
        "election": link(&format!("/elections/{}", call.slug())),
        "title": call.title(),
        "announced_at": call.dates.announce,
        "candidates": all.iter().map(one).collect::<Vec<_>>(),
    })))
}

struct Entry {
    url: String,
    name: String,
    summary: String,
    html: String,
}

#[derive(Template)]
#[template(path = "nominations/candidates.xml")]
struct Feed {
    url: String,
    feed: String,
    title: String,
    updated: String,
    entries: Vec<Entry>,
}

async fn as_atom(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let (call, all) = load(&ctx, path.into_inner()).await?;
    let entry = |c: &Candidate| Entry {
        url: ctx.app().link(&c.href),
        name: c.name.clone(),
        summary: c.summary.clone(),
        html: c
            .texts
            .iter()
            .map(|t| format!("<h2>{}</h2>{}", ammonia::clean_text(&t.heading), t.html))
            .collect(),
    };
    let feed = Feed {
        url: ctx.app().link(&format!("/elections/{}/candidates", call.slug())),
        feed: ctx.app().link(&format!("/elections/{}/candidates.atom", call.slug())),
        title: call.title().to_owned(),
        // The instant at which the entries came; before it, the one of the announcement of the call.
        updated: if all.is_empty() {
            call.prepared.plan.announced_at.unwrap_or(call.dates.open).to_string()
        } else {
            call.dates.announce.to_string()
        },
        entries: all.iter().map(entry).collect(),
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/atom+xml; charset=utf-8"))
        .body(feed.render()?))
}
