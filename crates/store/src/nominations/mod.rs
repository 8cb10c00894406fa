//! Nominations: candidacies here; [`supports`], [`drafts`], [`notices`] and [`questions`] beside it.
//!
//! Which act is possible when is the rules' business. The store refuses what no rule may allow: a frozen text changes no more,
//! and an answer once given is not given again.

mod acts;
pub mod drafts;
mod forget;
mod merge;
pub mod notices;
pub mod questions;
mod review;
pub mod supports;

use diesel::prelude::*;

pub use acts::{change_state, link, put_acknowledged, put_portrait, put_statement};
pub use forget::forget_person;
pub use merge::merge;
pub use review::{add_erratum, ask_clarification, clarify, errata, freeze, put_review, put_second_look};

use crate::Conn;
use crate::schema::nominations;
use crate::types::{JsonText, PersonId, PublicId, Utc};

crate::row_ids! {
    /// Key of a nomination.
    NominationId,
    /// Key of somebody's support for it.
    SupportId,
    /// Key of a draft.
    DraftId,
    /// Key of a question to candidates.
    QuestionId,
}

crate::text_enum! {
    /// What the nominee did.
    pub enum NominationState {
        /// Asked; has not answered.
        Invited = "invited",
        /// Stands.
        Accepted = "accepted",
        /// Does not want to; shown to nobody but the nominee and the officers.
        Declined = "declined",
        /// Did not answer before the cut-off.
        Expired = "expired",
        /// Stood, and does no longer.
        Withdrawn = "withdrawn",
        /// Became part of another nomination of the same person.
        Merged = "merged",
    }
}

crate::text_enum! {
    /// What the officers found.
    pub enum Review {
        /// Nothing yet.
        Pending = "pending",
        /// May stand.
        Eligible = "eligible",
        /// May not, for a stated reason.
        Ineligible = "ineligible",
    }
}

/// A candidacy, from the nomination on.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Nomination {
    /// Key.
    pub id: NominationId,
    /// Id for addresses that only the concerned know.
    pub public_id: PublicId,
    /// The election.
    pub election_id: i64,
    /// Last part of its public address; stays when the name changes.
    pub handle: String,
    /// The nominee's account, once it is known.
    pub person_id: Option<PersonId>,
    /// The address the nominee was named by, as typed.
    pub address: String,
    /// The same in lower case.
    pub lookup: String,
    /// Name: the nominator's, later the nominee's own.
    pub name: String,
    /// The nominee nominated themselves.
    pub is_self: bool,
    /// What the nominee did.
    pub state: NominationState,
    /// The statement, typed JSON.
    pub statement: JsonText,
    /// Grows with each change of the statement.
    pub revision: i64,
    /// What the nominee ticked and when, typed JSON.
    pub acknowledged: JsonText,
    /// SHA-256 of the portrait.
    pub portrait: Option<String>,
    /// What the officers found.
    pub review: Review,
    /// Why, where they found against it.
    pub review_reason: String,
    /// Who looked first.
    pub reviewed_by: Option<PersonId>,
    /// When.
    pub reviewed_at: Option<Utc>,
    /// Who looked second.
    pub second_by: Option<PersonId>,
    /// When.
    pub second_at: Option<Utc>,
    /// What the second one said.
    pub second_note: String,
    /// What an officer asks the nominee to make clear; empty when nothing is.
    pub clarification: String,
    /// When it was asked.
    pub clarification_asked_at: Option<Utc>,
    /// What the nominee answered.
    pub clarification_answer: String,
    /// When.
    pub clarified_at: Option<Utc>,
    /// Instant of the nomination.
    pub created_at: Utc,
    /// When the nominee accepted or declined.
    pub answered_at: Option<Utc>,
    /// When the nominee withdrew.
    pub withdrawn_at: Option<Utc>,
    /// When the texts were frozen.
    pub frozen_at: Option<Utc>,
    /// The nomination of the same person that this one became part of.
    pub merged_into: Option<NominationId>,
    /// Why officers brought the two together; empty when the nominee's addresses did.
    pub merge_reason: String,
}

/// What is needed for a nomination.
#[derive(Debug, Clone)]
pub struct NewNomination<'a> {
    /// Id for addresses.
    pub public_id: &'a PublicId,
    /// The election.
    pub election_id: i64,
    /// Last part of its public address.
    pub handle: &'a str,
    /// The nominee's account.
    pub person: Option<PersonId>,
    /// The address the nominee was named by.
    pub address: &'a str,
    /// Name.
    pub name: &'a str,
    /// The nominee nominates themselves.
    pub is_self: bool,
    /// The statement so far.
    pub statement: &'a JsonText,
}

/// Adds a nomination.
///
/// # Errors
/// A unique violation when the person or the address is nominated already.
pub fn add(conn: &mut Conn, new: &NewNomination<'_>, now: Utc) -> QueryResult<NominationId> {
    diesel::insert_into(nominations::table)
        .values((
            nominations::public_id.eq(new.public_id),
            nominations::election_id.eq(new.election_id),
            nominations::handle.eq(new.handle),
            nominations::person_id.eq(new.person),
            nominations::address.eq(new.address.trim()),
            nominations::lookup.eq(crate::accounts::address_lookup(new.address)),
            nominations::name.eq(new.name),
            nominations::is_self.eq(new.is_self),
            nominations::state.eq(NominationState::Invited),
            nominations::statement.eq(new.statement),
            nominations::revision.eq(0_i64),
            nominations::acknowledged.eq("[]"),
            (
                nominations::review.eq(Review::Pending),
                nominations::review_reason.eq(""),
                nominations::second_note.eq(""),
                nominations::clarification.eq(""),
                nominations::clarification_answer.eq(""),
                nominations::created_at.eq(now),
                nominations::merge_reason.eq(""),
            ),
        ))
        .returning(nominations::id)
        .get_result(conn)
}

/// Every nomination of an election in the order in which they came.
///
/// # Errors
/// A database error.
pub fn of_election(conn: &mut Conn, election_id: i64) -> QueryResult<Vec<Nomination>> {
    nominations::table.filter(nominations::election_id.eq(election_id)).order(nominations::id).load(conn)
}

/// The nomination with this key.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_id(conn: &mut Conn, id: NominationId) -> QueryResult<Nomination> {
    nominations::table.find(id).first(conn)
}

/// The nomination with this public id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_public_id(conn: &mut Conn, id: &PublicId) -> QueryResult<Nomination> {
    nominations::table.filter(nominations::public_id.eq(id)).first(conn)
}

/// The nomination at this public address of an election.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_handle(conn: &mut Conn, election_id: i64, handle: &str) -> QueryResult<Nomination> {
    nominations::table
        .filter(nominations::election_id.eq(election_id).and(nominations::handle.eq(handle)))
        .first(conn)
}

/// The nomination of a person, or of an address, in an election; that of the person first. One that became part of another
/// leads to that one.
///
/// # Errors
/// A database error.
pub fn of_nominee(
    conn: &mut Conn,
    election_id: i64,
    person: Option<PersonId>,
    lookup: &str,
) -> QueryResult<Option<Nomination>> {
    if person.is_some() {
        let found = nominations::table
            .filter(nominations::election_id.eq(election_id).and(nominations::person_id.eq(person)))
            .first(conn)
            .optional()?;
        if found.is_some() {
            return Ok(found);
        }
    }
    let found: Option<Nomination> = nominations::table
        .filter(nominations::election_id.eq(election_id).and(nominations::lookup.eq(lookup)))
        .first(conn)
        .optional()?;
    found.map(|one| merge::standing(conn, one)).transpose()
}

/// Nominations of a person, or of one of their verified addresses, the latest first.
///
/// # Errors
/// A database error.
pub fn of_person(conn: &mut Conn, person: PersonId, lookups: &[String]) -> QueryResult<Vec<Nomination>> {
    nominations::table
        .filter(
            nominations::person_id
                .eq(person)
                .or(nominations::person_id.is_null().and(nominations::lookup.eq_any(lookups))),
        )
        .filter(nominations::state.ne(NominationState::Merged))
        .order(nominations::id.desc())
        .load(conn)
}

/// How many nominations show this portrait.
///
/// # Errors
/// A database error.
pub fn with_portrait(conn: &mut Conn, hash: &str) -> QueryResult<i64> {
    nominations::table.filter(nominations::portrait.eq(hash)).count().get_result(conn)
}
