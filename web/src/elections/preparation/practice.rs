//! Practice ballots: the questions of an election under a key that everybody can open, on a page that cannot cast.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use askama::Template;
use folkmoot_ballot::election::Draft;
use folkmoot_ballot::group::{Group, Scalar};
use folkmoot_ballot::hash::Hash;
use folkmoot_store::elections::Election;
use serde_json::{Value, json};

use crate::app::App;
use crate::elections::engine::for_group;
use crate::elections::log::Log;
use crate::elections::routes::find;
use crate::elections::settings::ElectionSettings;
use crate::elections::{booth, setup};
use crate::error::{AppError, AppResult};
use crate::http::{Ctx, Page, PageResult, headers};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/elections/{election}/practice", Access::Public, show),
        Route::get("/elections/{election}/practice.json", Access::Public, document),
    ]
}

#[derive(Template)]
#[template(path = "preparation/practice.html")]
struct PracticePage {
    page: Page,
    slug: String,
    title: String,
    is_ready: bool,
    modules: Vec<crate::http::assets::Module>,
}

/// Whether there is something to choose from: with a call, only once the candidates are announced.
fn is_ready(settings: &ElectionSettings) -> bool {
    !settings.questions.is_empty() && settings.questions.iter().all(|q| !q.answers.is_empty())
}

fn settings_of(election: &Election) -> AppResult<ElectionSettings> {
    serde_json::from_str(&election.settings).map_err(AppError::internal)
}

async fn show(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let election = find(ctx.app(), path.into_inner()).await?;
    let body = PracticePage {
        is_ready: is_ready(&settings_of(&election)?),
        page: ctx.page(format!("Practice ballot: {}", election.title)),
        slug: election.slug,
        title: election.title,
        modules: crate::http::assets::modules("booth/practice-page.mjs"),
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, headers::BOOTH_CSP))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(body.render()?))
}

async fn document(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let election = find(ctx.app(), path.into_inner()).await?;
    let app = ctx.app().clone();
    let value = ctx.app().blocking(move || practice(&app, &election)).await??;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(value))
}

/// An identifier of its own, so that no practice ballot fits a real election.
fn practice_uuid(app: &App, uuid: &str) -> String {
    const BASE58: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let tag = app.keys().tag("practice election", uuid.as_bytes());
    let letter = |b: &u8| BASE58.get(usize::from(*b) % 58).map(|c| char::from(*c));
    tag.iter().take(14).filter_map(letter).collect()
}

/// The key of practice ballots. Its secret half is the SHA-256 of a public text, so that anybody can open them.
fn practice_key<G: Group>() -> G::Element {
    let digest = Hash::of(b"folkmoot practice key");
    G::pow_generator(&G::Scalar::from_be_bytes(digest.as_bytes()))
}

fn practice(app: &App, election: &Election) -> AppResult<Value> {
    let settings = settings_of(election)?;
    if !is_ready(&settings) {
        return Err(AppError::conflict("The answers of this election are not known yet. Come back later."));
    }
    let uuid = practice_uuid(app, &election.uuid);
    let log = Log::open(app, &uuid)?;
    let draft = Draft {
        name: format!("Practice: {}", election.title),
        description: format!(
            "Practice ballots are never cast or counted.\n\nBallot box key: {}",
            log.verifier()
        ),
        uuid,
        questions: settings.questions.iter().map(setup::as_question).collect(),
        administrator: None,
        credential_authority: None,
    };
    let text = for_group!(setup::group(&settings)?, G => {
        let made = draft.finish::<G>(&practice_key::<G>());
        let made = made.map_err(|e| AppError::conflict(format!("The questions cannot be used: {e}.")))?;
        String::from_utf8(made.raw().to_vec()).map_err(AppError::internal)?
    });
    Ok(json!({
        "format": "folkmoot-booth-1",
        "election": text,
        "log": { "key": log.verifier(), "origin": log.origin() },
        "credential": null,
        "order_seed": "practice",
        "pages": settings.questions.iter().map(booth::page).collect::<Vec<_>>(),
        "cast": { "url": format!("/elections/{}/practice", election.slug), "csrf": "" },
        "urls": { "finish": format!("/elections/{}", election.slug) },
    }))
}
