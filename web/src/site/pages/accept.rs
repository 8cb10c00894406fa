//! Accepting the terms: at sign-up, and again when a version asks for it. Voting and leaving are never held up by it: the
//! right to vote comes from the roll, not from a box ticked on this site.

use askama::Template;
use folkmoot_store::pages::{self, PageVersion, SitePage};
use folkmoot_store::{Conn, PersonId, Utc, audit};

use super::{path, title};
use crate::error::AppResult;
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Ctx, Form, Page, PageResult, urls};

/// Paths that stay open to people who have yet to accept: voting, trustees' duties, and their own account.
const OPEN: &[&str] = &["/accept", "/account", "/elections", "/trustee", "/vote"];

#[derive(Template)]
#[template(path = "site/accept.html")]
struct AcceptPage {
    page: Page,
    form: Form,
    pages: Vec<Wanted>,
    next: String,
}

struct Wanted {
    name: &'static str,
    title: &'static str,
    href: &'static str,
    changes_href: String,
    version: i64,
    note: String,
}

/// True when a person who has yet to accept is led to `/accept` instead of the page at `path`.
#[must_use]
pub fn stands_in_the_way(path: &str) -> bool {
    !OPEN
        .iter()
        .any(|open| path.strip_prefix(open).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// The versions in force of all pages that are accepted at sign-up.
///
/// # Errors
/// A database error.
pub fn all_current(conn: &mut Conn) -> AppResult<Vec<(SitePage, i64)>> {
    let mut found = Vec::new();
    for page in SitePage::ACCEPTED {
        found.push((*page, pages::latest_version(conn, *page)?));
    }
    Ok(found)
}

/// Records the acceptance of these versions.
///
/// # Errors
/// A database error.
pub fn record(conn: &mut Conn, person: PersonId, versions: &[(SitePage, i64)], now: Utc) -> AppResult<()> {
    for (page, version) in versions {
        pages::accept(conn, person, *page, *version, now)?;
    }
    Ok(())
}

fn missing(conn: &mut Conn, person: PersonId) -> AppResult<Vec<PageVersion>> {
    pages::missing(conn, person)?.into_iter().map(|page| Ok(pages::current(conn, page)?)).collect()
}

pub(super) async fn page(ctx: Ctx, actor: Actor) -> PageResult {
    let next = urls::local_path(ctx.query("next").as_deref());
    show(&ctx, &actor, Form::empty(), next).await
}

async fn show(ctx: &Ctx, actor: &Actor, form: Form, next: String) -> PageResult {
    let person = actor.person;
    let wanted = ctx.app().read(move |c| missing(c, person)).await?;
    if wanted.is_empty() {
        return Ok(ctx.redirect(&next));
    }
    let pages = wanted
        .into_iter()
        .map(|v| Wanted {
            name: v.page.as_str(),
            title: title(v.page),
            href: path(v.page),
            changes_href: format!("/pages/{}/versions/{}", v.page, v.version),
            version: v.version,
            note: v.note,
        })
        .collect();
    let frame = ctx.page("Please read what changed").for_form(&form);
    let again = frame.has_errors;
    let template = AcceptPage { page: frame, form, pages, next };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

pub(super) async fn accept(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    let form = form.only(&["accept", "next", "terms", "privacy", "conduct"])?;
    let next = urls::local_path(Some(form.value("next")));
    let (person, now) = (actor.person, ctx.now());
    let wanted = ctx.app().read(move |c| missing(c, person)).await?;
    let mut check = crate::http::Check::new(&form);
    if !form.has("accept", "yes") {
        check.add(
            "accept",
            "Tick the box when you agree. Without it you can still vote and manage your account.",
        );
    } else if wanted.iter().any(|v| form.value(v.page.as_str()) != v.version.to_string()) {
        check.add("accept", "A text changed while you were reading. Read it again, then tick the box.");
    }
    let errors = check.errors();
    if !errors.is_empty() {
        return show(&ctx, &actor, form.with(errors), next).await;
    }
    let versions: Vec<(SitePage, i64)> = wanted.iter().map(|v| (v.page, v.version)).collect();
    let details = serde_json::json!({ "versions": &versions });
    let act = ctx.act("page.accept", format!("person {}", actor.public_id), details);
    ctx.app()
        .write(move |c| {
            record(c, person, &versions, now)?;
            audit::append(c, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&next, &Flash::good("Thank you. Your agreement is recorded.")))
}
