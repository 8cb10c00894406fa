//! The site pages: versions that are only ever added, and who accepted which.

use diesel::dsl::max;
use diesel::prelude::*;

use crate::Conn;
use crate::schema::{page_acceptances, page_versions};
use crate::types::{PersonId, Utc};

crate::row_ids! {
    /// Key of a version of a page.
    PageVersionId,
}

crate::text_enum! {
    /// A page about the site itself.
    pub enum SitePage {
        /// Terms of use.
        Terms = "terms",
        /// Privacy notice.
        Privacy = "privacy",
        /// Code of conduct.
        Conduct = "conduct",
        /// Accessibility statement.
        Accessibility = "accessibility",
        /// Who runs the site.
        Imprint = "imprint",
    }
}

impl SitePage {
    /// Pages that people accept when they sign up.
    pub const ACCEPTED: &'static [Self] = &[Self::Terms, Self::Privacy, Self::Conduct];
}

/// A version of a page.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct PageVersion {
    /// Key.
    pub id: PageVersionId,
    /// Which page.
    pub page: SitePage,
    /// 1, 2, 3 … for each page.
    pub version: i64,
    /// Markdown.
    pub source: String,
    /// What changed, in one sentence.
    pub note: String,
    /// People are asked to accept this version.
    pub asks_again: bool,
    /// Who wrote it; `None` for the text that came with the program.
    pub author_id: Option<PersonId>,
    /// In force from this instant on.
    pub created_at: Utc,
}

/// What is needed to add a version.
#[derive(Debug, Clone)]
pub struct NewPageVersion<'a> {
    /// Which page.
    pub page: SitePage,
    /// Markdown.
    pub source: &'a str,
    /// What changed.
    pub note: &'a str,
    /// People are asked to accept this version.
    pub asks_again: bool,
    /// Who wrote it.
    pub author: Option<PersonId>,
}

/// The greatest version of `page`; 0 when there is none.
///
/// # Errors
/// A database error.
pub fn latest_version(conn: &mut Conn, page: SitePage) -> QueryResult<i64> {
    let found: Option<i64> = page_versions::table
        .filter(page_versions::page.eq(page))
        .select(max(page_versions::version))
        .first(conn)?;
    Ok(found.unwrap_or(0))
}

/// Adds the next version of a page and returns its number.
///
/// # Errors
/// A database error; a unique violation when somebody else added the same number meanwhile.
pub fn add(conn: &mut Conn, new: &NewPageVersion<'_>, now: Utc) -> QueryResult<i64> {
    let version = latest_version(conn, new.page)? + 1;
    diesel::insert_into(page_versions::table)
        .values((
            page_versions::page.eq(new.page),
            page_versions::version.eq(version),
            page_versions::source.eq(new.source),
            page_versions::note.eq(new.note),
            page_versions::asks_again.eq(new.asks_again),
            page_versions::author_id.eq(new.author),
            page_versions::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(version)
}

/// The version in force.
///
/// # Errors
/// `NotFound` when the page has none.
pub fn current(conn: &mut Conn, page: SitePage) -> QueryResult<PageVersion> {
    page_versions::table.filter(page_versions::page.eq(page)).order(page_versions::version.desc()).first(conn)
}

/// One version.
///
/// # Errors
/// `NotFound` when there is none.
pub fn version(conn: &mut Conn, page: SitePage, version: i64) -> QueryResult<PageVersion> {
    page_versions::table
        .filter(page_versions::page.eq(page))
        .filter(page_versions::version.eq(version))
        .first(conn)
}

/// Every version of a page, newest first, at most `limit`.
///
/// # Errors
/// A database error.
pub fn versions(conn: &mut Conn, page: SitePage, limit: i64) -> QueryResult<Vec<PageVersion>> {
    page_versions::table
        .filter(page_versions::page.eq(page))
        .order(page_versions::version.desc())
        .limit(limit)
        .load(conn)
}

/// Records that `person` accepted `version` of `page`; a second time changes nothing.
///
/// # Errors
/// A database error.
pub fn accept(conn: &mut Conn, person: PersonId, page: SitePage, version: i64, now: Utc) -> QueryResult<()> {
    let known: bool = diesel::select(diesel::dsl::exists(
        page_acceptances::table
            .filter(page_acceptances::person_id.eq(person))
            .filter(page_acceptances::page.eq(page))
            .filter(page_acceptances::version.eq(version)),
    ))
    .get_result(conn)?;
    if !known {
        diesel::insert_into(page_acceptances::table)
            .values((
                page_acceptances::person_id.eq(person),
                page_acceptances::page.eq(page),
                page_acceptances::version.eq(version),
                page_acceptances::accepted_at.eq(now),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// What `person` accepted: page, version, instant; newest first.
///
/// # Errors
/// A database error.
pub fn acceptances(conn: &mut Conn, person: PersonId) -> QueryResult<Vec<(SitePage, i64, Utc)>> {
    page_acceptances::table
        .filter(page_acceptances::person_id.eq(person))
        .order(page_acceptances::id.desc())
        .select((page_acceptances::page, page_acceptances::version, page_acceptances::accepted_at))
        .load(conn)
}

/// Versions people are asked to accept: for each page the greatest that asks.
///
/// # Errors
/// A database error.
pub fn asked(conn: &mut Conn) -> QueryResult<Vec<(SitePage, i64)>> {
    let found: Vec<(SitePage, Option<i64>)> = page_versions::table
        .filter(page_versions::asks_again.eq(true))
        .filter(page_versions::page.eq_any(SitePage::ACCEPTED))
        .group_by(page_versions::page)
        .select((page_versions::page, max(page_versions::version)))
        .load(conn)?;
    Ok(found.into_iter().filter_map(|(page, version)| Some((page, version?))).collect())
}

/// Pages `person` has yet to accept, in the order of [`SitePage::ACCEPTED`].
///
/// # Errors
/// A database error.
pub fn missing(conn: &mut Conn, person: PersonId) -> QueryResult<Vec<SitePage>> {
    let asked = asked(conn)?;
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let accepted: Vec<(SitePage, Option<i64>)> = page_acceptances::table
        .filter(page_acceptances::person_id.eq(person))
        .group_by(page_acceptances::page)
        .select((page_acceptances::page, max(page_acceptances::version)))
        .load(conn)?;
    let lacks = |page: &SitePage| {
        let wanted = asked.iter().find(|(p, _)| p == page).map_or(0, |(_, v)| *v);
        let has = accepted.iter().find(|(p, _)| p == page).and_then(|(_, v)| *v).unwrap_or(0);
        has < wanted
    };
    Ok(SitePage::ACCEPTED.iter().copied().filter(lacks).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::{NewPerson, add_person};
    use crate::test_db::TestDb;
    use crate::{PublicId, StoreError};

    #[test]
    fn acceptance_follows_the_versions_that_ask() {
        let db = TestDb::new().unwrap();
        let now = Utc::parse("2026-06-01T12:00:00Z").unwrap();
        let new = NewPerson {
            public_id: PublicId::new(now, [1; 10]),
            preferred_name: "Ann".into(),
            password_hash: None,
            time_zone: "UTC".into(),
            locale: "en".into(),
        };
        db.store()
            .write(|c| {
                let ann = add_person(c, &new, now)?;
                let next = |c: &mut Conn, page, asks_again| {
                    add(c, &NewPageVersion { page, source: "x", note: "", asks_again, author: None }, now)
                };
                next(c, SitePage::Terms, false)?;
                next(c, SitePage::Imprint, true)?;
                assert_eq!(missing(c, ann)?, [], "an imprint is never accepted; version 1 did not ask");
                assert_eq!(next(c, SitePage::Terms, true)?, 2);
                assert_eq!(missing(c, ann)?, [SitePage::Terms]);
                accept(c, ann, SitePage::Terms, 1, now)?;
                assert_eq!(missing(c, ann)?, [SitePage::Terms]);
                accept(c, ann, SitePage::Terms, 2, now)?;
                accept(c, ann, SitePage::Terms, 2, now)?;
                assert_eq!(missing(c, ann)?, []);
                assert_eq!(next(c, SitePage::Terms, false)?, 3);
                assert_eq!(missing(c, ann)?, [], "a small change asks nobody");
                next(c, SitePage::Conduct, true)?;
                next(c, SitePage::Terms, true)?;
                assert_eq!(missing(c, ann)?, [SitePage::Terms, SitePage::Conduct]);
                assert_eq!(acceptances(c, ann)?.len(), 2);
                assert_eq!(
                    (current(c, SitePage::Terms)?.version, versions(c, SitePage::Terms, 9)?.len()),
                    (4, 4)
                );
                Ok::<_, StoreError>(())
            })
            .unwrap();
    }
}
