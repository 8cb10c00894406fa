//! Reading the site pages and their history.

use actix_web::web;
use askama::Template;
use folkmoot_store::pages::{self, PageVersion, SitePage};

use super::diff::{self, DiffLine};
use super::{parse, path, shown, title};
use crate::error::AppError;
use crate::http::when::{day, when};
use crate::http::{Ctx, Page, PageResult};

#[derive(Template)]
#[template(path = "site/page.html")]
struct SitePageView {
    page: Page,
    heading: &'static str,
    html: String,
    version: i64,
    since: String,
    since_utc: String,
    versions_href: String,
    /// Address of the version in force, when this is an older one.
    newer: &'static str,
    note: String,
    changes: Vec<DiffLine>,
}

#[derive(Template)]
#[template(path = "site/versions.html")]
struct VersionsView {
    page: Page,
    heading: &'static str,
    href: &'static str,
    lines: Vec<VersionLine>,
}

struct VersionLine {
    number: i64,
    href: String,
    since: String,
    note: String,
    asks: bool,
}

fn versions_path(page: SitePage) -> String {
    format!("/pages/{page}/versions")
}

pub(super) async fn page(ctx: Ctx) -> PageResult {
    let page = parse(ctx.path().trim_start_matches('/'))?;
    let found = ctx.app().read(move |c| Ok(pages::current(c, page)?)).await?;
    show(&ctx, found, "", Vec::new())
}

fn show(ctx: &Ctx, found: PageVersion, newer: &'static str, changes: Vec<DiffLine>) -> PageResult {
    let heading = title(found.page);
    let words =
        if newer.is_empty() { heading.to_owned() } else { format!("{heading}, version {}", found.version) };
    ctx.show(&SitePageView {
        page: ctx.page(words),
        heading,
        html: shown(&found.source, &ctx.app().organisation()),
        version: found.version,
        since: day(found.created_at),
        since_utc: found.created_at.datetime().format("%FT%TZ").to_string(),
        versions_href: versions_path(found.page),
        newer,
        note: found.note,
        changes,
    })
}

pub(super) async fn versions(ctx: Ctx, name: web::Path<String>) -> PageResult {
    let page = parse(&name)?;
    let all = ctx.app().read(move |c| Ok(pages::versions(c, page, 500)?)).await?;
    let lines = all
        .into_iter()
        .map(|v| VersionLine {
            number: v.version,
            href: format!("{}/{}", versions_path(page), v.version),
            since: when(v.created_at),
            note: v.note,
            asks: v.asks_again,
        })
        .collect();
    let heading = title(page);
    ctx.show(&VersionsView {
        page: ctx.page(format!("{heading}: versions")),
        heading,
        href: path(page),
        lines,
    })
}

pub(super) async fn version(ctx: Ctx, at: web::Path<(String, String)>) -> PageResult {
    let (name, number) = at.into_inner();
    let (page, number) = (parse(&name)?, number.parse::<i64>().map_err(|_| AppError::not_found())?);
    let (found, before) = ctx
        .app()
        .read(move |c| {
            let found = pages::version(c, page, number)?;
            let before = if number > 1 { Some(pages::version(c, page, number - 1)?) } else { None };
            Ok((found, before))
        })
        .await?;
    let changes = match before {
        Some(before) => diff::shortened(&diff::lines(&before.source, &found.source)),
        None => Vec::new(),
    };
    show(&ctx, found, path(page), changes)
}
