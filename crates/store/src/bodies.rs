//! Bodies — boards, councils, committees, work groups — and who sits in them, as plain facts with dates.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::Conn;
use crate::schema::{bodies, body_members};
use crate::types::{PersonId, Utc};

crate::row_ids! {
    /// Key of a body.
    BodyId,
    /// Key of a seat held by somebody.
    BodyMemberId,
}

crate::text_enum! {
    /// What a body is.
    pub enum BodyKind {
        /// Directs the organisation.
        Board = "board",
        /// Directs a part of it.
        Council = "council",
        /// Prepares or decides one matter.
        Committee = "committee",
        /// Chartered for a purpose and a time.
        WorkGroup = "work_group",
        /// Does the daily work.
        Team = "team",
    }
}

/// A body.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Body {
    /// Key.
    pub id: BodyId,
    /// Last part of its address.
    pub slug: String,
    /// Name.
    pub name: String,
    /// What it is.
    pub kind: BodyKind,
    /// What it is for.
    pub description: String,
    /// Its page is open to everybody.
    pub is_public: bool,
    /// Instant of creation.
    pub created_at: Utc,
}

/// Somebody in a body.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct BodyMember {
    /// Key.
    pub id: BodyMemberId,
    /// The body.
    pub body_id: BodyId,
    /// The person.
    pub person_id: PersonId,
    /// For example `Chair`; empty for an ordinary member.
    pub position: String,
    /// First day.
    pub starts_on: NaiveDate,
    /// Last day; `None` while there is none.
    pub ends_on: Option<NaiveDate>,
    /// Instant of creation.
    pub created_at: Utc,
}

impl BodyMember {
    /// True on the days from the first to the last, both included.
    #[must_use]
    pub fn sits_on(&self, day: NaiveDate) -> bool {
        self.starts_on <= day && self.ends_on.is_none_or(|end| day <= end)
    }
}

/// What staff say of a body.
#[derive(Debug, Clone)]
pub struct BodyFacts<'a> {
    /// Last part of its address.
    pub slug: &'a str,
    /// Name.
    pub name: &'a str,
    /// What it is.
    pub kind: BodyKind,
    /// What it is for.
    pub description: &'a str,
    /// Its page is open to everybody.
    pub is_public: bool,
}

/// Adds a body.
///
/// # Errors
/// A unique violation when another body has the address.
pub fn add(conn: &mut Conn, new: &BodyFacts<'_>, now: Utc) -> QueryResult<BodyId> {
    diesel::insert_into(bodies::table)
        .values((
            bodies::slug.eq(new.slug),
            bodies::name.eq(new.name),
            bodies::kind.eq(new.kind),
            bodies::description.eq(new.description),
            bodies::is_public.eq(new.is_public),
            bodies::created_at.eq(now),
        ))
        .returning(bodies::id)
        .get_result(conn)
}

/// Changes what is said of a body; its address stays.
///
/// # Errors
/// A database error.
pub fn change(conn: &mut Conn, id: BodyId, facts: &BodyFacts<'_>) -> QueryResult<()> {
    diesel::update(bodies::table.find(id))
        .set((
            bodies::name.eq(facts.name),
            bodies::kind.eq(facts.kind),
            bodies::description.eq(facts.description),
            bodies::is_public.eq(facts.is_public),
        ))
        .execute(conn)?;
    Ok(())
}

/// Every body by name.
///
/// # Errors
/// A database error.
pub fn all(conn: &mut Conn) -> QueryResult<Vec<Body>> {
    bodies::table.order((bodies::name, bodies::id)).load(conn)
}

/// The body at this address.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_slug(conn: &mut Conn, slug: &str) -> QueryResult<Body> {
    bodies::table.filter(bodies::slug.eq(slug)).first(conn)
}

/// Seats somebody takes in a body.
#[derive(Debug, Clone, Copy)]
pub struct NewBodyMember<'a> {
    /// The body.
    pub body: BodyId,
    /// The person.
    pub person: PersonId,
    /// For example `Chair`; empty for an ordinary member.
    pub position: &'a str,
    /// First day.
    pub starts_on: NaiveDate,
    /// Last day.
    pub ends_on: Option<NaiveDate>,
}

/// Adds somebody to a body.
///
/// # Errors
/// A database error.
pub fn add_member(conn: &mut Conn, new: NewBodyMember<'_>, now: Utc) -> QueryResult<BodyMemberId> {
    diesel::insert_into(body_members::table)
        .values((
            body_members::body_id.eq(new.body),
            body_members::person_id.eq(new.person),
            body_members::position.eq(new.position),
            body_members::starts_on.eq(new.starts_on),
            body_members::ends_on.eq(new.ends_on),
            body_members::created_at.eq(now),
        ))
        .returning(body_members::id)
        .get_result(conn)
}

/// Everybody who sits, sat or will sit in a body, the latest first.
///
/// # Errors
/// A database error.
pub fn members(conn: &mut Conn, body: BodyId) -> QueryResult<Vec<BodyMember>> {
    body_members::table
        .filter(body_members::body_id.eq(body))
        .order((body_members::starts_on.desc(), body_members::id.desc()))
        .load(conn)
}

/// Everything a person sits, sat or will sit in, the latest first.
///
/// # Errors
/// A database error.
pub fn seats_of(conn: &mut Conn, person: PersonId) -> QueryResult<Vec<(BodyMember, Body)>> {
    body_members::table
        .inner_join(bodies::table)
        .filter(body_members::person_id.eq(person))
        .order((body_members::starts_on.desc(), body_members::id.desc()))
        .select((body_members::all_columns, bodies::all_columns))
        .load(conn)
}

/// Sets the last day. False when this body has no such member.
///
/// # Errors
/// A database error.
pub fn end_member(conn: &mut Conn, body: BodyId, id: BodyMemberId, last: NaiveDate) -> QueryResult<bool> {
    let n = diesel::update(body_members::table.find(id).filter(body_members::body_id.eq(body)))
        .set(body_members::ends_on.eq(last))
        .execute(conn)?;
    Ok(n == 1)
}
