//! Site pages: terms, privacy notice, code of conduct, accessibility statement, imprint. Every version stays readable;
//! people accept the versions that staff mark as asking for it.

mod accept;
pub mod diff;
mod edit;
mod view;

use folkmoot_store::pages::{self, NewPageVersion, SitePage};
use folkmoot_store::{Conn, Utc};

use crate::app::Organisation;
use crate::auth::permission::Action;
use crate::error::{AppError, AppResult};
use crate::markdown;
use crate::routes::{Access, Route};

pub use accept::{all_current, record, stands_in_the_way};

/// Longest text of a page, in characters.
const LENGTH: usize = 40_000;

/// Routes of the site pages.
#[must_use]
pub fn routes() -> Vec<Route> {
    let staff = Access::May(Action::EditPages);
    vec![
        Route::get("/terms", Access::Public, view::page),
        Route::get("/privacy", Access::Public, view::page),
        Route::get("/conduct", Access::Public, view::page),
        Route::get("/accessibility", Access::Public, view::page),
        Route::get("/imprint", Access::Public, view::page),
        Route::get("/pages/{page}/versions", Access::Public, view::versions),
        Route::get("/pages/{page}/versions/{version}", Access::Public, view::version),
        Route::get("/accept", Access::SignedIn, accept::page),
        Route::post("/accept", Access::SignedIn, accept::accept),
        Route::get("/staff/pages", staff, edit::list),
        Route::get("/staff/pages/{page}", staff, edit::form),
        Route::post("/staff/pages/{page}", staff, edit::save).body_limit(512 * 1024),
    ]
}

/// Title of a page.
#[must_use]
pub fn title(page: SitePage) -> &'static str {
    match page {
        SitePage::Terms => "Terms of use",
        SitePage::Privacy => "Privacy notice",
        SitePage::Conduct => "Code of conduct",
        SitePage::Accessibility => "Accessibility",
        SitePage::Imprint => "Who runs this site",
    }
}

/// Address of a page.
#[must_use]
pub fn path(page: SitePage) -> &'static str {
    match page {
        SitePage::Terms => "/terms",
        SitePage::Privacy => "/privacy",
        SitePage::Conduct => "/conduct",
        SitePage::Accessibility => "/accessibility",
        SitePage::Imprint => "/imprint",
    }
}

/// The text a page has until staff write their own.
fn first_text(page: SitePage) -> &'static str {
    match page {
        SitePage::Terms => include_str!("../texts/terms.markdown"),
        SitePage::Privacy => include_str!("../texts/privacy.markdown"),
        SitePage::Conduct => include_str!("../texts/conduct.markdown"),
        SitePage::Accessibility => include_str!("../texts/accessibility.markdown"),
        SitePage::Imprint => include_str!("../texts/imprint.markdown"),
    }
}

/// Gives every page its first version. Pages that have one are left alone.
///
/// # Errors
/// A database error.
pub fn write_first_versions(conn: &mut Conn, now: Utc) -> AppResult<()> {
    for page in lacking(conn)? {
        let new = NewPageVersion {
            page,
            source: first_text(page),
            note: "The text that comes with Folkmoot.",
            asks_again: false,
            author: None,
        };
        pages::add(conn, &new, now)?;
    }
    Ok(())
}

/// Pages without any version.
///
/// # Errors
/// A database error.
pub fn lacking(conn: &mut Conn) -> AppResult<Vec<SitePage>> {
    let mut found = Vec::new();
    for page in SitePage::ALL {
        if pages::latest_version(conn, *page)? == 0 {
            found.push(*page);
        }
    }
    Ok(found)
}

/// HTML of a page's source, with the organisation's name and contact filled in.
fn shown(source: &str, organisation: &Organisation) -> String {
    let contact = if organisation.contact.is_empty() {
        "our [contact form](/contact)".to_owned()
    } else {
        format!("{} or our [contact form](/contact)", markdown::escape(&organisation.contact))
    };
    let filled = source
        .replace("{organisation}", &markdown::escape(&organisation.name))
        .replace("{contact}", &contact);
    markdown::html(&filled)
}

fn parse(text: &str) -> AppResult<SitePage> {
    text.parse().map_err(|_| AppError::not_found())
}
