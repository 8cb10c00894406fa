//! Staff write new versions of the site pages.

use actix_web::web;
use askama::Template;
use folkmoot_store::error::is_duplicate;
use folkmoot_store::pages::{self, NewPageVersion, SitePage};
use folkmoot_store::{accounts, audit};

use super::diff::{self, DiffLine};
use super::{LENGTH, parse, path, shown, title};
use crate::error::AppError;
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Check, Ctx, Form, Page, PageResult};
use crate::markdown;

#[derive(Template)]
#[template(path = "site/staff_pages.html")]
struct ListPage {
    page: Page,
    lines: Vec<Line>,
}

struct Line {
    title: &'static str,
    edit: String,
    href: &'static str,
    version: i64,
    since: String,
    author: String,
}

#[derive(Template)]
#[template(path = "site/staff_page.html")]
struct EditPage {
    page: Page,
    form: Form,
    heading: &'static str,
    action: String,
    accepted: bool,
    preview: Option<String>,
    changes: Vec<DiffLine>,
}

pub(super) async fn list(ctx: Ctx) -> PageResult {
    let lines = ctx
        .app()
        .read(|c| {
            let mut lines = Vec::new();
            for page in SitePage::ALL {
                let current = pages::current(c, *page)?;
                let author = match current.author_id {
                    Some(id) => accounts::person(c, id)?.preferred_name,
                    None => "Folkmoot".into(),
                };
                lines.push(Line {
                    title: title(*page),
                    edit: format!("/staff/pages/{page}"),
                    href: path(*page),
                    version: current.version,
                    since: when(current.created_at),
                    author,
                });
            }
            Ok(lines)
        })
        .await?;
    ctx.show(&ListPage { page: ctx.page("Site pages"), lines })
}

fn show(
    ctx: &Ctx,
    page: SitePage,
    form: Form,
    preview: Option<String>,
    changes: Vec<DiffLine>,
) -> PageResult {
    let frame = ctx.page(format!("Edit: {}", title(page))).for_form(&form);
    let again = frame.has_errors;
    let template = EditPage {
        page: frame,
        form,
        heading: title(page),
        action: format!("/staff/pages/{page}"),
        accepted: SitePage::ACCEPTED.contains(&page),
        preview,
        changes,
    };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

pub(super) async fn form(ctx: Ctx, name: web::Path<String>) -> PageResult {
    let page = parse(&name)?;
    let current = ctx.app().read(move |c| Ok(pages::current(c, page)?)).await?;
    let form = Form::filled([("source", current.source), ("base", current.version.to_string())]);
    show(&ctx, page, form, None, Vec::new())
}

pub(super) async fn save(ctx: Ctx, actor: Actor, name: web::Path<String>, form: Form) -> PageResult {
    let page = parse(&name)?;
    let form = form.only(&["source", "base", "note", "asks_again", "act"])?;
    let preview = form.value("act") == "preview";
    let mut check = Check::new(&form);
    let source = check.text("source", LENGTH, "Write the text of the page.");
    if let Some(Err(why)) = source.as_deref().map(markdown::check) {
        check.add("source", why);
    }
    let note = if preview {
        check.optional_text("note", 200)
    } else {
        check.text("note", 200, "Say in one sentence what changes, for those who know the page.")
    };
    let current = ctx.app().read(move |c| Ok(pages::current(c, page)?)).await?;
    if form.value("base") != current.version.to_string() {
        check.add(
            "source",
            "Somebody saved another version meanwhile. Copy your text, open this page again and merge.",
        );
    } else if !preview && source.as_deref() == Some(current.source.trim()) {
        check.add("source", "This is the text in force already.");
    }
    let errors = check.errors();
    let (Some(source), Some(note), true) = (source, note, errors.is_empty()) else {
        return show(&ctx, page, form.with(errors), None, Vec::new());
    };
    if preview {
        let html = shown(&source, &ctx.app().organisation());
        let changes = diff::shortened(&diff::lines(&current.source, &source));
        return show(&ctx, page, form, Some(html), changes);
    }
    let asks_again = form.has("asks_again", "yes") && SitePage::ACCEPTED.contains(&page);
    let (now, version) = (ctx.now(), current.version + 1);
    let details = serde_json::json!({ "version": version, "asks_again": asks_again });
    let act = ctx.act("page.publish", format!("page {page}"), details);
    ctx.app()
        .write(move |c| {
            let new =
                NewPageVersion { page, source: &source, note: &note, asks_again, author: Some(actor.person) };
            let taken =
                || AppError::conflict("Somebody saved another version meanwhile. Open the page again.");
            let added =
                pages::add(c, &new, now).map_err(|e| if is_duplicate(&e) { taken() } else { e.into() })?;
            if added != version {
                return Err(taken());
            }
            audit::append(c, &act, now)?;
            Ok(())
        })
        .await?;
    let words = format!("Version {version} of “{}” is in force.", title(page));
    Ok(ctx.redirect_with("/staff/pages", &Flash::good(words)))
}
