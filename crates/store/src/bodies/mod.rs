//! Bodies — boards, councils, committees, work groups — and who sits in them, as plain facts with dates.

mod seats;

use diesel::prelude::*;

use crate::Conn;
use crate::schema::bodies;
use crate::types::{JsonText, Utc};

pub use seats::{
    BodyMember, NewBodyMember, NewSeat, Sign, add_member, end_member, expiring, leads, leave, members,
    note_activity, seat, seat_of, seats_of, set_role, sitting,
};

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

crate::text_enum! {
    /// What a member is in a body. The words that pages show are the `position`.
    pub enum MemberRole {
        /// An ordinary member.
        Member = "member",
        /// Leads it.
        Chair = "chair",
        /// Stands in for the chair.
        Deputy = "deputy",
    }
}

crate::text_enum! {
    /// How somebody came to a seat.
    pub enum SeatBasis {
        /// Entered by staff, without saying how it came about.
        Recorded = "recorded",
        /// By an election.
        Elected = "elected",
        /// Appointed for a whole term.
        Appointed = "appointed",
        /// Appointed until the next election.
        UntilElection = "until_election",
        /// By a motion that passed.
        Motion = "motion",
        /// Asked to join and was accepted.
        Joined = "joined",
    }
}

crate::text_enum! {
    /// How somebody's time in a seat ended.
    pub enum SeatEnd {
        /// The term was over.
        Term = "term",
        /// Resigned.
        Resigned = "resigned",
        /// Removed by a decision.
        Removed = "removed",
        /// Moved to another seat.
        Moved = "moved",
        /// Died.
        Died = "died",
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
    /// How many seats; 0 when the number is not fixed.
    pub seats: i64,
    /// Length of a term in years; 0 when terms have no fixed length.
    pub term_years: i64,
    /// The limit on common affiliations, `CoAffiliationPolicy` of the governance crate as JSON.
    pub co_affiliation: Option<JsonText>,
    /// What inactivity costs, `InactivityPolicy` of the governance crate as JSON.
    pub inactivity: Option<JsonText>,
    /// Key of the membership class that members must have; empty when anybody may sit.
    pub required_class: String,
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

/// The body with this key.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_id(conn: &mut Conn, id: BodyId) -> QueryResult<Body> {
    bodies::table.find(id).first(conn)
}

/// Rules of a body that are not words.
#[derive(Debug, Clone, Default)]
pub struct BodyRules {
    /// How many seats; 0 when the number is not fixed.
    pub seats: i64,
    /// Length of a term in years; 0 when terms have no fixed length.
    pub term_years: i64,
    /// `CoAffiliationPolicy` as JSON.
    pub co_affiliation: Option<JsonText>,
    /// `InactivityPolicy` as JSON.
    pub inactivity: Option<JsonText>,
    /// Key of the membership class that members must have; empty when anybody may sit.
    pub required_class: String,
}

/// Changes the rules of a body.
///
/// # Errors
/// A database error.
pub fn set_rules(conn: &mut Conn, id: BodyId, rules: &BodyRules) -> QueryResult<()> {
    diesel::update(bodies::table.find(id))
        .set((
            bodies::seats.eq(rules.seats),
            bodies::term_years.eq(rules.term_years),
            bodies::co_affiliation.eq(&rules.co_affiliation),
            bodies::inactivity.eq(&rules.inactivity),
            bodies::required_class.eq(&rules.required_class),
        ))
        .execute(conn)?;
    Ok(())
}
