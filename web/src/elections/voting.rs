//! The voting booth: its page, the document it works from, and the post that casts.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use askama::Template;
use folkmoot_store::Utc;
use serde::Deserialize;
use serde_json::json;

use super::booth;
use super::cast::{self, Refusal};
use super::routes::find;
use crate::http::session::Actor;
use crate::http::{Ctx, Page, PageResult, headers};
use crate::routes::{Access, Route};

/// Requirement CST-02: no ballot is larger.
const BALLOT_LIMIT: usize = 2 * 1024 * 1024;

/// Routes of the booth.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/elections/{election}/vote", Access::SignedIn, vote),
        Route::get("/elections/{election}/booth.json", Access::SignedIn, booth_document),
        Route::post("/elections/{election}/ballots", Access::SignedIn, cast_ballot).body_limit(BALLOT_LIMIT),
    ]
}

#[derive(Template)]
#[template(path = "elections/vote.html")]
struct VotePage {
    page: Page,
    slug: String,
    title: String,
    modules: Vec<crate::http::assets::Module>,
}

async fn vote(ctx: Ctx, _actor: Actor, path: web::Path<String>) -> PageResult {
    let election = find(ctx.app(), path.into_inner()).await?;
    let body = VotePage {
        page: ctx.page(format!("Vote: {}", election.title)),
        slug: election.slug,
        title: election.title,
        modules: crate::http::assets::modules("booth/booth.mjs"),
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, headers::BOOTH_CSP))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(body.render()?))
}

fn refused(refusal: &Refusal, now: Utc) -> HttpResponse {
    let status = match refusal {
        Refusal::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Refusal::Credential | Refusal::NotOnRoll => StatusCode::FORBIDDEN,
        _ => StatusCode::CONFLICT,
    };
    HttpResponse::build(status).json(json!({
        "error": { "code": refusal.code(), "message": refusal.to_string(), "server_time": now.to_string() }
    }))
}

async fn booth_document(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let election = find(ctx.app(), path.into_inner()).await?;
    if election.election_json.is_none() {
        return Ok(refused(&Refusal::NotOpen, ctx.now()));
    }
    let held = ctx.app().boxes().get(ctx.app(), &election).await?;
    let csrf = ctx.page("").csrf;
    let (app, id) = (ctx.app().clone(), election.id);
    let document =
        ctx.app().read(move |conn| booth::document(conn, &app, &held, id, actor.person, &csrf)).await?;
    Ok(match document {
        Ok(document) => HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(document),
        Err(refusal) => refused(&refusal, ctx.now()),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CastBody {
    ballot: String,
}

async fn cast_ballot(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let election = find(ctx.app(), path.into_inner()).await?;
    let body: CastBody = ctx.json()?;
    Ok(match cast::cast(ctx.app(), &election, actor.person, body.ballot).await? {
        Ok(accepted) => HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(accepted),
        Err(refusal) => refused(&refusal, ctx.app().now()),
    })
}
