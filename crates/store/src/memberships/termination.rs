//! Ending a membership against the member's will: notice with the reason, a hearing, a decision.

use diesel::prelude::*;

use super::MembershipId;
use crate::schema::terminations;
use crate::{Conn, PersonId, PublicId, Utc};

crate::row_ids! {
    /// Key of a termination.
    TerminationId,
}

crate::text_enum! {
    /// How far a termination is.
    pub enum TerminationState {
        /// Notice was given; the member can answer.
        Noticed = "noticed",
        /// The membership ends.
        Decided = "decided",
        /// It was given up, the membership goes on.
        Dropped = "dropped",
    }
}

/// A termination.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Termination {
    /// Key.
    pub id: TerminationId,
    /// Id for addresses.
    pub public_id: PublicId,
    /// What would end.
    pub membership_id: MembershipId,
    /// Why, as the member reads it.
    pub reason: String,
    /// When notice was given.
    pub notice_at: Utc,
    /// When the member is heard, or the last instant for an answer in writing.
    pub hearing_at: Utc,
    /// When the membership would end.
    pub effective_at: Utc,
    /// What the member answered.
    pub answer: String,
    /// How far it is.
    pub state: TerminationState,
    /// What was decided, as the member reads it.
    pub outcome: String,
    /// Who gave notice.
    pub noticed_by: Option<PersonId>,
    /// Who decided.
    pub decided_by: Option<PersonId>,
    /// When.
    pub decided_at: Option<Utc>,
}

/// What is needed to give notice.
#[derive(Debug, Clone)]
pub struct NewTermination<'a> {
    /// Id for addresses.
    pub public_id: PublicId,
    /// What would end.
    pub membership: MembershipId,
    /// Why.
    pub reason: &'a str,
    /// When the member is heard.
    pub hearing_at: Utc,
    /// When the membership would end.
    pub effective_at: Utc,
    /// Who gives notice.
    pub by: PersonId,
}

/// Gives notice.
///
/// # Errors
/// A database error.
pub fn notice(conn: &mut Conn, new: &NewTermination<'_>, now: Utc) -> QueryResult<TerminationId> {
    diesel::insert_into(terminations::table)
        .values((
            terminations::public_id.eq(&new.public_id),
            terminations::membership_id.eq(new.membership),
            terminations::reason.eq(new.reason),
            terminations::notice_at.eq(now),
            terminations::hearing_at.eq(new.hearing_at),
            terminations::effective_at.eq(new.effective_at),
            terminations::answer.eq(""),
            terminations::state.eq(TerminationState::Noticed),
            terminations::outcome.eq(""),
            terminations::noticed_by.eq(Some(new.by)),
        ))
        .returning(terminations::id)
        .get_result(conn)
}

/// The termination with this public id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_public_id(conn: &mut Conn, id: &PublicId) -> QueryResult<Termination> {
    terminations::table.filter(terminations::public_id.eq(id)).first(conn)
}

/// Terminations of a membership, the latest first.
///
/// # Errors
/// A database error.
pub fn of_membership(conn: &mut Conn, membership: MembershipId) -> QueryResult<Vec<Termination>> {
    terminations::table
        .filter(terminations::membership_id.eq(membership))
        .order(terminations::id.desc())
        .load(conn)
}

/// Every termination that is not decided, the next hearing first.
///
/// # Errors
/// A database error.
pub fn pending(conn: &mut Conn) -> QueryResult<Vec<Termination>> {
    terminations::table
        .filter(terminations::state.eq(TerminationState::Noticed))
        .order((terminations::hearing_at, terminations::id))
        .load(conn)
}

/// Notes the member's answer, while nothing is decided. False when something is.
///
/// # Errors
/// A database error.
pub fn answer(conn: &mut Conn, id: TerminationId, text: &str) -> QueryResult<bool> {
    let open = terminations::table.find(id).filter(terminations::state.eq(TerminationState::Noticed));
    Ok(diesel::update(open).set(terminations::answer.eq(text)).execute(conn)? == 1)
}

/// Decides. False when it was decided already.
///
/// # Errors
/// A database error.
pub fn decide(
    conn: &mut Conn,
    id: TerminationId,
    state: TerminationState,
    outcome: &str,
    by: PersonId,
    now: Utc,
) -> QueryResult<bool> {
    let open = terminations::table.find(id).filter(terminations::state.eq(TerminationState::Noticed));
    let changed = diesel::update(open)
        .set((
            terminations::state.eq(state),
            terminations::outcome.eq(outcome),
            terminations::decided_by.eq(Some(by)),
            terminations::decided_at.eq(Some(now)),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}
