//! The organisation's logo: chosen by staff, written anew, shown in the head of every page.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use askama::Template;
use folkmoot_store::{Conn, Utc, audit, images, organisation};

use crate::app::{App, Logo, Organisation};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::{Ctx, FieldErrors, Form, Page, PageResult, Upload};
use crate::images::{ACCEPT, Picture, Shape};

/// Largest file that is taken, in bytes.
pub(super) const MOST_BYTES: usize = 2 * 1024 * 1024;

/// Room in the page head, at twice the density of pixels it is shown in.
const ROOM: Shape = Shape::Within(480, 96);

#[derive(Template)]
#[template(path = "site/logo.html")]
struct LogoPage {
    page: Page,
    form: Form,
    accept: String,
    present: bool,
}

fn show(ctx: &Ctx, form: Form) -> PageResult {
    let page = ctx.page("Logo").for_form(&form);
    let again = page.has_errors;
    let present = ctx.app().organisation().logo.is_some();
    let template = LogoPage { page, form, accept: ACCEPT.into(), present };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

pub(super) async fn page(ctx: Ctx) -> PageResult {
    show(&ctx, Form::empty())
}

pub(super) async fn save(ctx: Ctx, upload: Upload) -> PageResult {
    let upload = upload.only(&[], &["logo"])?;
    let Some(file) = upload.file("logo") else {
        return show(&ctx, upload.form.with(FieldErrors::one("logo", "Choose the file of the logo.")));
    };
    let bytes = file.bytes.clone();
    match ctx.app().blocking(move || Picture::read(&bytes, ROOM)).await? {
        Err(why) => show(&ctx, upload.form.with(FieldErrors::one("logo", why))),
        Ok(picture) => {
            change(&ctx, Some(picture)).await?;
            Ok(ctx.redirect_with("/staff/settings/logo", &Flash::good("The logo is changed.")))
        }
    }
}

pub(super) async fn remove(ctx: Ctx, form: Form) -> PageResult {
    form.only(&[])?;
    change(&ctx, None).await?;
    Ok(ctx.redirect_with("/staff/settings/logo", &Flash::good("The logo is removed.")))
}

async fn change(ctx: &Ctx, picture: Option<Picture>) -> AppResult<()> {
    let now = ctx.now();
    let hash = picture.as_ref().map(|p| p.hash.clone());
    let act = ctx.act("settings.logo", "organisation", serde_json::json!({ "sha256": hash }));
    ctx.app()
        .write(move |c| {
            replace(c, picture.as_ref(), now)?;
            audit::append(c, &act, now)?;
            Ok(())
        })
        .await?;
    let app = ctx.app().clone();
    ctx.app().blocking(move || app.reload_organisation()).await?
}

/// Puts `picture` in the place of the logo; the old one is removed.
pub(crate) fn replace(c: &mut Conn, picture: Option<&Picture>, now: Utc) -> AppResult<()> {
    let mut present: Organisation = organisation::setting(c, "organisation")?.unwrap_or_default();
    let old = present.logo.take();
    if let Some(picture) = picture {
        picture.keep(c, now)?;
        present.logo =
            Some(Logo { hash: picture.hash.clone(), width: picture.width, height: picture.height });
    }
    organisation::put_setting(c, "organisation", &present, now)?;
    let kept = present.logo.map(|l| l.hash);
    if let Some(old) = old.map(|l| l.hash).filter(|old| kept.as_ref() != Some(old)) {
        images::drop_image(c, &old)?;
    }
    Ok(())
}

/// Address of the organisation's logo, with its width at a height of 32 pixels; `None` when it has none.
#[must_use]
pub fn of(app: &App) -> Option<(String, u32)> {
    let organisation = app.organisation();
    let logo = organisation.logo.as_ref()?;
    let width = u64::from(logo.width) * 32 / u64::from(logo.height.max(1));
    Some((format!("/logo/{}", logo.hash), u32::try_from(width.clamp(8, 240)).unwrap_or(240)))
}

/// The logo as a file. Its address names its content, so it may be kept for ever.
pub(super) async fn file(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let hash = path.into_inner();
    if ctx.app().organisation().logo.as_ref().is_none_or(|logo| logo.hash != hash) {
        return Err(AppError::not_found());
    }
    let image = ctx.app().read(move |c| Ok(images::by_hash(c, &hash)?)).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "image/png"))
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(image.png))
}

/// SHA-256 of the logo, which must not go with another picture of the same content.
pub(crate) fn hash(c: &mut Conn) -> AppResult<Option<String>> {
    let present: Organisation = organisation::setting(c, "organisation")?.unwrap_or_default();
    Ok(present.logo.map(|logo| logo.hash))
}
