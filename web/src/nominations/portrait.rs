//! Portraits: written anew as PNG, so that nothing of the file that was sent is served (requirement IO-04).

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use askama::Template;
use folkmoot_store::nominations::Nomination;
use folkmoot_store::{Conn, PersonId, PublicId, audit, images, nominations};
use serde_json::json;

use super::announce::is_public;
use super::own::mine;
use super::rules::Call;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Ctx, FieldErrors, Form, Page, PageResult, Upload};
use crate::images::{ACCEPT, Picture, Shape};
use crate::routes::{Access, Route};

/// Largest file that is taken, in bytes.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// A portrait at twice the density of pixels it is shown in.
const ROOM: Shape = Shape::Within(480, 480);

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/nominations/{nomination}/portrait", Access::SignedIn, page),
        Route::post("/nominations/{nomination}/portrait", Access::SignedIn, save).upload(MOST_BYTES),
        Route::post("/nominations/{nomination}/portrait/remove", Access::SignedIn, remove),
        Route::get("/nominations/{nomination}/portrait.png", Access::SignedIn, own),
        Route::get("/elections/{election}/candidates/{candidate}/portrait.png", Access::Public, public),
    ]
}

#[derive(Template)]
#[template(path = "nominations/portrait.html")]
struct PortraitPage {
    page: Page,
    form: Form,
    id: String,
    accept: String,
    present: bool,
}

async fn load(ctx: &Ctx, actor: &Actor, id: &str) -> AppResult<Nomination> {
    let id = PublicId::parse(id).ok_or_else(AppError::not_found)?;
    let person = actor.person;
    ctx.app().read(move |c| mine(c, person, &id)).await
}

async fn page(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let nomination = load(&ctx, &actor, &path).await?;
    show(&ctx, &nomination, Form::empty())
}

fn show(ctx: &Ctx, nomination: &Nomination, form: Form) -> PageResult {
    let again = !form.errors.is_empty();
    let shown = PortraitPage {
        page: ctx.page("Your portrait").for_form(&form),
        form,
        id: nomination.public_id.to_string(),
        accept: ACCEPT.into(),
        present: nomination.portrait.is_some(),
    };
    if again { ctx.show_again(&shown) } else { ctx.show(&shown) }
}

async fn save(ctx: Ctx, actor: Actor, path: web::Path<String>, upload: Upload) -> PageResult {
    let upload = upload.only(&[], &["portrait"])?;
    let nomination = load(&ctx, &actor, &path).await?;
    let Some(file) = upload.file("portrait") else {
        return show(&ctx, &nomination, upload.form.with(FieldErrors::one("portrait", "Choose a picture.")));
    };
    let bytes = file.bytes.clone();
    match ctx.app().blocking(move || Picture::read(&bytes, ROOM)).await? {
        Err(why) => show(&ctx, &nomination, upload.form.with(FieldErrors::one("portrait", why))),
        Ok(picture) => change(&ctx, &actor, nomination, Some(picture), "The portrait is saved.").await,
    }
}

async fn remove(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let nomination = load(&ctx, &actor, &path).await?;
    change(&ctx, &actor, nomination, None, "The portrait is removed.").await
}

async fn change(
    ctx: &Ctx,
    actor: &Actor,
    nomination: Nomination,
    picture: Option<Picture>,
    said: &str,
) -> PageResult {
    let (app, person) = (ctx.app().clone(), actor.person);
    let back = format!("/nominations/{}", nomination.public_id);
    let act = ctx.act("nomination.portrait", format!("nomination {}", nomination.public_id), json!({}));
    ctx.app()
        .write(move |conn| {
            let now = app.now();
            replace(conn, person, &nomination.public_id, picture.as_ref(), now)?;
            audit::append(conn, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&back, &Flash::good(said)))
}

fn replace(
    conn: &mut Conn,
    person: PersonId,
    id: &PublicId,
    picture: Option<&Picture>,
    now: folkmoot_store::Utc,
) -> AppResult<()> {
    let nomination = mine(conn, person, id)?;
    let call = Call::by_id(conn, nomination.election_id)?;
    if call.is_released() || now >= call.dates.accept {
        return Err(AppError::conflict("The portrait could be changed until the end of acceptances."));
    }
    if let Some(picture) = picture {
        picture.keep(conn, now)?;
    }
    if !nominations::put_portrait(conn, nomination.id, picture.map(|p| p.hash.as_str()))? {
        return Err(AppError::conflict("The texts and the portrait are frozen."));
    }
    if let Some(old) = nomination.portrait.filter(|old| picture.is_none_or(|p| p.hash != *old))
        && nominations::with_portrait(conn, &old)? == 0
        && crate::site::logo::hash(conn)?.as_deref() != Some(&old)
    {
        images::drop_image(conn, &old)?;
    }
    Ok(())
}

async fn own(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let nomination = load(&ctx, &actor, &path).await?;
    serve(&ctx, nomination).await
}

async fn public(ctx: Ctx, path: web::Path<(String, String)>) -> PageResult {
    let ((slug, handle), now) = (path.into_inner(), ctx.now());
    let nomination = ctx
        .app()
        .read(move |conn| {
            let call = Call::load(conn, &slug)?;
            let found = nominations::by_handle(conn, call.id(), &handle)?;
            let public = call.is_announced(conn, now)? && is_public(&found);
            if public { Ok(found) } else { Err(AppError::not_found()) }
        })
        .await?;
    serve(&ctx, nomination).await
}

async fn serve(ctx: &Ctx, nomination: Nomination) -> PageResult {
    let hash = nomination.portrait.ok_or_else(AppError::not_found)?;
    let image = ctx.app().read(move |c| Ok(images::by_hash(c, &hash)?)).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "image/png"))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox; frame-ancestors 'none'",
        ))
        .insert_header((header::CONTENT_DISPOSITION, "inline; filename=\"portrait.png\""))
        .body(image.png))
}
