//! The roster for programs: Atom, JSON and CSV. Only what was announced.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use folkmoot_store::awards::recipients::{self, Recipient};
use serde_json::json;

use super::programme::Award;
use super::public::Filter;
use super::texts;
use crate::export;
use crate::http::{Ctx, PageResult};
use crate::routes::{Access, Route};

/// Entries of the feed.
const NEWEST: usize = 100;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/awards/{award}/recipients.atom", Access::Public, atom),
        Route::get("/awards/{award}/recipients.json", Access::Public, as_json),
        Route::get("/awards/{award}/recipients.csv", Access::Public, as_csv),
    ]
}

async fn read(ctx: &Ctx, path: web::Path<String>) -> crate::AppResult<(Award, Vec<Recipient>)> {
    let (slug, now, filter) = (path.into_inner(), ctx.now(), Filter::of(ctx));
    ctx.app()
        .read(move |c| {
            let award = Award::by_slug(c, &slug)?;
            let all = recipients::announced(c, award.row.id, now)?;
            Ok((award, all.into_iter().filter(|r| filter.keeps(r)).collect()))
        })
        .await
}

/// Text for XML: the five signs, and no character that XML has no place for.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\t' | '\n' | '\r' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

async fn atom(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let (award, mut all) = read(&ctx, path).await?;
    all.sort_by_key(|r| std::cmp::Reverse((r.public_from, r.id)));
    let page = ctx.app().link(&format!("/awards/{}/recipients", award.row.slug));
    let updated = all.first().map_or(award.row.created_at, |r| r.public_from);
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n<title>{}</title>\n<id>{}</id>\n\
         <link rel=\"self\" href=\"{}.atom\"/>\n<link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>\n<updated>{updated}</updated>\n\
         <author><name>{}</name></author>\n",
        xml(&format!("{}: recipients", award.row.name)),
        xml(&page),
        xml(&page),
        xml(&page),
        xml(&ctx.app().organisation().name),
    );
    for r in all.iter().take(NEWEST) {
        let title = format!("{}, {}", r.name, r.batch);
        let summary = format!("{} {}", r.name, texts::reason(&r.citation));
        text.push_str(&format!(
            "<entry>\n<title>{}</title>\n<id>urn:uuid:{}</id>\n<link href=\"{}/{}\"/>\n<updated>{}</updated>\n<summary>{}</summary>\n\
             </entry>\n",
            xml(&title),
            r.public_id,
            xml(&page),
            xml(&r.slug),
            r.public_from,
            xml(summary.trim()),
        ));
    }
    text.push_str("</feed>\n");
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/atom+xml; charset=utf-8"))
        .body(text))
}

async fn as_json(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let (award, all) = read(&ctx, path).await?;
    let page = ctx.app().link(&format!("/awards/{}/recipients", award.row.slug));
    let entries: Vec<_> = all
        .iter()
        .map(|r| {
            json!({
                "id": r.public_id, "name": r.name, "team": r.team, "year": r.year, "batch": r.batch,
                "state": r.state, "citation": r.citation, "url": format!("{page}/{}", r.slug),
            })
        })
        .collect();
    Ok(ctx.reply_json(&json!({ "award": award.row.name, "url": page, "recipients": entries })))
}

async fn as_csv(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let (_, all) = read(&ctx, path).await?;
    let rows = all
        .into_iter()
        .map(|r| vec![r.name, r.team, r.year.to_string(), r.batch, r.state.as_str().to_owned(), r.citation]);
    let file = export::csv(&["name", "team", "year", "batch", "state", "citation"], rows)?;
    Ok(export::answer("recipients.csv", file))
}
