//! The trustee's page, the document it works from, what it sends, and the whole archive for trustees and auditors.

use std::future::Future;
use std::pin::Pin;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use askama::Template;
use folkmoot_store::accounts::Role;
use folkmoot_store::elections::trustees::{self as table, TrusteeRow};
use folkmoot_store::elections::{self, Election};
use folkmoot_store::{Conn, PersonId, Turn, audit};
use serde_json::json;

use super::ceremony::{self, Step};
use super::standing::{Due, Standing};
use super::{calls, closing, document, staff};
use crate::app::App;
use crate::elections::archive;
use crate::elections::opening::{self, Verified};
use crate::error::{AppError, AppResult, Kind};
use crate::http::session::Actor;
use crate::http::{Ctx, Page, PageResult, headers};
use crate::routes::{Access, Route};

/// Shuffles of many ballots in the largest group are the longest.
const BODY_LIMIT: usize = 32 * 1024 * 1024;

/// Routes of trustees and of the staff who watch over their part.
#[must_use]
pub fn routes() -> Vec<Route> {
    let mut all = vec![
        Route::get("/elections/{election}/trustee", Access::SignedIn, show),
        Route::get("/elections/{election}/trustee.json", Access::SignedIn, get_document),
        Route::post("/elections/{election}/trustee", Access::SignedIn, submit)
            .body_limit(BODY_LIMIT)
            .gate(gate),
        Route::get("/elections/{election}/trustee/archive.bel", Access::SignedIn, whole_archive),
    ];
    all.extend(staff::routes());
    all
}

/// The election at this address and the place of `person` among its trustees. Drafts are shown to their trustees.
fn place(conn: &mut Conn, slug: &str, person: PersonId) -> AppResult<(Election, TrusteeRow)> {
    let election = elections::by_slug(conn, slug)?.ok_or_else(AppError::not_found)?;
    let all = table::all(conn, election.id)?;
    let me = all.into_iter().find(|t| t.person_id == Some(person)).ok_or_else(AppError::not_found)?;
    Ok((election, me))
}

#[derive(Template)]
#[template(path = "elections/trustee.html")]
struct TrusteePage {
    page: Page,
    slug: String,
    title: String,
    modules: Vec<crate::http::assets::Module>,
}

async fn show(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let slug = path.into_inner();
    let (election, _) = ctx.app().read(move |c| place(c, &slug, actor.person)).await?;
    let body = TrusteePage {
        page: ctx.page(format!("Trustee: {}", election.title)),
        slug: election.slug,
        title: election.title,
        modules: crate::http::assets::modules("booth/trustee-page.mjs"),
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, headers::BOOTH_CSP))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(body.render()?))
}

async fn get_document(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let (slug, app, csrf, now) = (path.into_inner(), ctx.app().clone(), ctx.page("").csrf, ctx.now());
    let value = ctx
        .app()
        .read(move |conn| {
            let (election, me) = place(conn, &slug, actor.person)?;
            let standing = Standing::load(conn, election)?;
            document::document(&app, &standing, &me, &csrf, now)
        })
        .await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(value))
}

async fn submit(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let (app, csrf, slug) = (ctx.app().clone(), ctx.page("").csrf, path.into_inner());
    let step: Step = ctx.json()?;
    let (election, me) = {
        let slug = slug.clone();
        ctx.app().read(move |c| place(c, &slug, actor.person)).await?
    };
    let counting = matches!(step.due(), Due::Shuffle | Due::Decrypt);
    let held = match counting && election.election_json.is_some() {
        true => Some(app.boxes().get(&app, &election).await?),
        false => None,
    };
    // One writer per ballot box in this process; the database arbitrates between processes.
    let _turn = match &held {
        Some(held) => Some(held.turn.lock().await),
        None => None,
    };
    let act = ctx.act(
        "trustee.submit",
        format!("election {}", election.public_id),
        json!({ "step": step.due().step(), "trustee": me.position }),
    );
    let (id, position, person) = (election.id, me.position, actor.person);
    let verified = match &held {
        Some(_) => verified(&app, (id, position, person), step.clone()).await,
        None => Ok(None),
    };
    let verified = match verified {
        Ok(verified) => verified,
        Err(error) => return Err(noted(&app, id, position, error).await),
    };
    let (worker, used) = (app.clone(), held.clone());
    let value = app
        .write_in_turn(Turn::of_election(id), move |conn| {
            let now = worker.now();
            let election = elections::by_id(conn, id)?;
            let standing = Standing::load(conn, election)?;
            // Who is trustee may have changed while the message was on its way.
            if standing.of_person(person).is_none_or(|t| t.position != position) {
                return Err(AppError::not_found());
            }
            let new = match (&used, counting) {
                (Some(held), true) => {
                    let given = (position, &step, verified.as_ref());
                    closing::accept(conn, &worker, held, &standing, given, now)?
                }
                (None, true) => return Err(AppError::conflict("This election is not being counted.")),
                _ => ceremony::accept(conn, &worker, &standing, position, step.clone(), now)?,
            };
            let election = elections::by_id(conn, id)?;
            if new {
                audit::append(conn, &act, now)?;
                calls::call(conn, &worker, &election, Some(position), now)?;
            }
            answer(conn, &worker, election, person, &csrf)
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(json!({ "document": value })))
}

/// Checks the proofs of a contribution before anything is written: reading takes a moment, proving may take minutes, and
/// neither holds up a writer. `None` when the same bytes came before.
async fn verified(
    app: &App,
    (id, position, person): (i64, i64, PersonId),
    step: Step,
) -> AppResult<Option<Verified>> {
    let (clock, asked) = (app.clone(), step.clone());
    let found = app
        .read(move |conn| {
            let election = elections::by_id(conn, id)?;
            let standing = Standing::load(conn, election)?;
            if standing.of_person(person).is_none_or(|t| t.position != position) {
                return Err(AppError::not_found());
            }
            if !closing::is_wanted(&standing, position, &asked, clock.now())? {
                return Ok(None);
            }
            let mixed = standing.settings.is_mixed();
            Ok(Some((opening::snapshot(conn, &standing.election)?, mixed)))
        })
        .await?;
    let Some((snapshot, mixed)) = found else { return Ok(None) };
    app.proving(move || closing::verify(snapshot, position, &step, mixed)).await?.map(Some)
}

/// Keeps a finding about a wrong proof before the error goes out.
async fn noted(app: &App, id: i64, position: i64, error: AppError) -> AppError {
    let Kind::Invalid(errors) = &error.kind else { return error };
    let (finding, now) = (errors.to_string(), app.now());
    match app.write(move |c| closing::note_refusal(c, id, position, &finding, now)).await {
        Ok(()) => error,
        Err(other) => other,
    }
}

/// Nobody but a trustee of this election sends anything here; asked before the body is read.
fn gate(ctx: Ctx) -> Pin<Box<dyn Future<Output = AppResult<()>>>> {
    Box::pin(async move {
        let person = ctx.actor().ok_or_else(|| AppError::new(Kind::NeedsLogin))?.person;
        let slug = ctx.path().split('/').nth(2).unwrap_or_default().to_owned();
        ctx.app().read(move |c| place(c, &slug, person).map(|_| ())).await
    })
}

fn answer(
    conn: &mut Conn,
    app: &App,
    election: Election,
    person: PersonId,
    csrf: &str,
) -> AppResult<serde_json::Value> {
    let standing = Standing::load(conn, election)?;
    let me = standing.of_person(person).ok_or_else(AppError::not_found)?;
    document::document(app, &standing, me, csrf, app.now())
}

/// Everything, also what the public sees only from the announcement on.
async fn whole_archive(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let slug = path.into_inner();
    let auditor = actor.has(Role::Auditor);
    let election = ctx
        .app()
        .read(move |conn| {
            if auditor {
                let found = elections::by_slug(conn, &slug)?;
                return found.filter(|e| e.state != "draft").ok_or_else(AppError::not_found);
            }
            Ok(place(conn, &slug, actor.person)?.0)
        })
        .await?;
    archive::download(ctx.app(), election, None)
}
