//! The public ballot box: trackers, "check my vote", and what machines fetch.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use askama::Template;
use folkmoot_store::elections::{self, Election, ballot_box};

use super::routes::find;
use super::witnesses;
use crate::error::AppError;
use crate::http::{Ctx, Page, PageResult};
use crate::routes::{Access, Route};

/// Trackers on one page of the board.
const BOARD_PAGE: i64 = 100;

/// Routes of the public ballot box.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/elections/{election}/board", Access::Public, board),
        Route::get("/elections/{election}/check", Access::Public, check),
        Route::get("/elections/{election}/archive.bel", Access::Public, archive),
        Route::get("/elections/{election}/checkpoint", Access::Public, checkpoint),
        Route::get("/elections/{election}/results.json", Access::Public, results_json),
    ]
}

#[derive(Template)]
#[template(path = "elections/board.html")]
struct BoardPage {
    page: Page,
    slug: String,
    title: String,
    trackers: Vec<Vec<String>>,
    total: i64,
    previous: String,
    next: String,
}

async fn board(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let election = find(ctx.app(), path.into_inner()).await?;
    let offset = ctx.query("from").and_then(|t| t.parse().ok()).unwrap_or(0_i64).clamp(0, i64::MAX / 2);
    let id = election.id;
    let (rows, total) = ctx
        .app()
        .read(move |c| {
            Ok((ballot_box::trackers(c, id, "", offset, BOARD_PAGE)?, ballot_box::ballot_count(c, id)?))
        })
        .await?;
    let link = |from: i64| format!("/elections/{}/board?from={from}", election.slug);
    ctx.show(&BoardPage {
        page: ctx.page(format!("Ballot box: {}", election.title)),
        trackers: rows.iter().map(|r| grouped(&r.tracker)).collect(),
        total,
        previous: if offset > 0 { link((offset - BOARD_PAGE).max(0)) } else { String::new() },
        next: if offset + BOARD_PAGE < total { link(offset + BOARD_PAGE) } else { String::new() },
        slug: election.slug,
        title: election.title,
    })
}

/// A tracker in groups of four characters.
fn grouped(tracker: &str) -> Vec<String> {
    let chars: Vec<char> = tracker.chars().collect();
    chars.chunks(4).map(|c| c.iter().collect()).collect()
}

/// What can be said about a tracker.
enum Answer {
    NotAsked,
    Counted,
    Replaced,
    Prefix(Vec<Vec<String>>),
    NotFound,
}

#[derive(Template)]
#[template(path = "elections/check.html")]
struct CheckPage {
    page: Page,
    slug: String,
    title: String,
    asked: String,
    answer: Answer,
    closed: bool,
}

async fn check(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let election = find(ctx.app(), path.into_inner()).await?;
    let asked: String = ctx
        .query("tracker")
        .unwrap_or_default()
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/'))
        .take(43)
        .collect();
    let (id, wanted) = (election.id, asked.clone());
    let answer = ctx
        .app()
        .read(move |c| {
            if wanted.is_empty() {
                return Ok(Answer::NotAsked);
            }
            if let Some(found) = ballot_box::ballot_by_tracker(c, id, &wanted)? {
                let all = ballot_box::ballots_of(c, id, &found.credential)?;
                let last = all.last().is_some_and(|b| b.tracker == found.tracker);
                return Ok(if last { Answer::Counted } else { Answer::Replaced });
            }
            let near = if wanted.len() >= 4 && wanted.len() < 43 {
                ballot_box::trackers(c, id, &wanted, 0, 10)?
            } else {
                Vec::new()
            };
            if near.is_empty() {
                return Ok(Answer::NotFound);
            }
            Ok(Answer::Prefix(near.iter().map(|r| grouped(&r.tracker)).collect()))
        })
        .await?;
    let closed = !matches!(election.state.as_str(), "open" | "suspended");
    ctx.show(&CheckPage {
        page: ctx.page(format!("Check my vote: {}", election.title)),
        slug: election.slug,
        title: election.title,
        asked,
        answer,
        closed,
    })
}

/// Events that the public may see: all, or those up to the encrypted tally until the announcement.
fn public_height(election: &Election) -> Option<i64> {
    election.public_height
}

async fn archive(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let election = find(ctx.app(), path.into_inner()).await?;
    let id = election.id;
    // What the log holds now, and no more, however slowly it is read: later events may not be public yet.
    let (size, election) = ctx
        .app()
        .read(move |c| {
            let size = ballot_box::log_state(c, id)?.map_or(0, |log| log.size);
            Ok::<_, AppError>((size, elections::by_id(c, id)?))
        })
        .await?;
    let held = size.saturating_sub(1);
    let last = public_height(&election).map_or(held, |height| height.min(held));
    super::archive::download(ctx.app(), election, Some(last))
}

async fn checkpoint(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let election = find(ctx.app(), path.into_inner()).await?;
    let witnessed = ctx.query("witnessed").is_some_and(|v| v == "1");
    let note = ctx.app().read(move |conn| witnesses::checkpoint(conn, &election, witnessed)).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(note))
}

async fn results_json(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let election = find(ctx.app(), path.into_inner()).await?;
    if !super::results::is_public(&election) {
        return Err(AppError::not_found());
    }
    let value = ctx.app().read(move |c| super::recount::result(c, &election)).await?;
    Ok(ctx.reply_json(&value))
}
