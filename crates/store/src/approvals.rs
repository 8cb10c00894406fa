//! Proposals of acts that need two people (requirement AZ-02). What an act does is no matter of this table.

use diesel::prelude::*;

use crate::Conn;
use crate::schema::approvals;
use crate::types::{JsonText, PersonId, PublicId, Utc};

crate::row_ids! {
    /// Key of a proposal.
    ApprovalId,
}

crate::text_enum! {
    /// What became of a proposal. One that nobody decided in time stays pending in the table and counts as expired.
    pub enum ApprovalState {
        /// Waits for another person.
        Pending = "pending",
        /// Approved and done.
        Approved = "approved",
        /// Declined by another person.
        Declined = "declined",
        /// Taken back by whoever proposed it, or because they left.
        Withdrawn = "withdrawn",
    }
}

/// A proposal.
#[derive(Debug, Clone, Queryable)]
pub struct Approval {
    /// Key.
    pub id: ApprovalId,
    /// Id for addresses.
    pub public_id: PublicId,
    /// Which act.
    pub kind: String,
    /// On what, as in the audit log.
    pub subject: String,
    /// The act itself, canonical JSON.
    pub payload: JsonText,
    /// SHA-256 of kind, subject and payload, in hex.
    pub digest: String,
    /// Why.
    pub reason: String,
    /// What became of it.
    pub state: ApprovalState,
    /// Who proposed it.
    pub proposed_by: PersonId,
    /// When.
    pub proposed_at: Utc,
    /// Cannot be approved from this instant on.
    pub expires_at: Utc,
    /// Who approved, declined or withdrew it.
    pub decided_by: Option<PersonId>,
    /// When.
    pub decided_at: Option<Utc>,
    /// What they said.
    pub note: Option<String>,
}

impl Approval {
    /// True while it can be approved.
    #[must_use]
    pub fn is_open(&self, now: Utc) -> bool {
        self.state == ApprovalState::Pending && now < self.expires_at
    }
}

/// What is needed to propose.
#[derive(Debug, Clone)]
pub struct NewApproval<'a> {
    /// Id for addresses.
    pub public_id: &'a PublicId,
    /// Which act.
    pub kind: &'a str,
    /// On what.
    pub subject: &'a str,
    /// The act itself, canonical JSON.
    pub payload: &'a JsonText,
    /// SHA-256 of kind, subject and payload, in hex.
    pub digest: &'a str,
    /// Why.
    pub reason: &'a str,
    /// Who.
    pub proposed_by: PersonId,
    /// Cannot be approved from this instant on.
    pub expires_at: Utc,
}

/// Adds a proposal.
///
/// # Errors
/// A database error.
pub fn add(conn: &mut Conn, new: &NewApproval<'_>, now: Utc) -> QueryResult<ApprovalId> {
    diesel::insert_into(approvals::table)
        .values((
            approvals::public_id.eq(new.public_id),
            approvals::kind.eq(new.kind),
            approvals::subject.eq(new.subject),
            approvals::payload.eq(new.payload),
            approvals::digest.eq(new.digest),
            approvals::reason.eq(new.reason),
            approvals::state.eq(ApprovalState::Pending),
            approvals::proposed_by.eq(new.proposed_by),
            approvals::proposed_at.eq(now),
            approvals::expires_at.eq(new.expires_at),
        ))
        .returning(approvals::id)
        .get_result(conn)
}

/// One proposal.
///
/// # Errors
/// `NotFound` when there is none.
pub fn approval(conn: &mut Conn, id: &PublicId) -> QueryResult<Approval> {
    approvals::table.filter(approvals::public_id.eq(id)).first(conn)
}

/// The proposal of exactly this act that still waits, if any.
///
/// # Errors
/// A database error.
pub fn open_twin(conn: &mut Conn, digest: &str, now: Utc) -> QueryResult<Option<Approval>> {
    approvals::table
        .filter(approvals::digest.eq(digest))
        .filter(approvals::state.eq(ApprovalState::Pending))
        .filter(approvals::expires_at.gt(now))
        .first(conn)
        .optional()
}

/// Proposals that wait, the oldest first.
///
/// # Errors
/// A database error.
pub fn open(conn: &mut Conn, now: Utc) -> QueryResult<Vec<Approval>> {
    approvals::table
        .filter(approvals::state.eq(ApprovalState::Pending))
        .filter(approvals::expires_at.gt(now))
        .order(approvals::id)
        .load(conn)
}

/// Proposals that wait and concern `subject`, the oldest first.
///
/// # Errors
/// A database error.
pub fn open_about(conn: &mut Conn, subject: &str, now: Utc) -> QueryResult<Vec<Approval>> {
    approvals::table
        .filter(approvals::subject.eq(subject))
        .filter(approvals::state.eq(ApprovalState::Pending))
        .filter(approvals::expires_at.gt(now))
        .order(approvals::id)
        .load(conn)
}

/// Proposals that were decided or ran out, the newest first, at most `limit`.
///
/// # Errors
/// A database error.
pub fn over(conn: &mut Conn, limit: i64, now: Utc) -> QueryResult<Vec<Approval>> {
    approvals::table
        .filter(approvals::state.ne(ApprovalState::Pending).or(approvals::expires_at.le(now)))
        .order(approvals::id.desc())
        .limit(limit)
        .load(conn)
}

/// Notes a decision. False when the proposal was decided or ran out meanwhile: the second of two deciders gets that.
///
/// # Errors
/// A database error.
pub fn decide(
    conn: &mut Conn,
    id: ApprovalId,
    state: ApprovalState,
    by: PersonId,
    note: &str,
    now: Utc,
) -> QueryResult<bool> {
    let note = (!note.is_empty()).then_some(note);
    let n = diesel::update(
        approvals::table
            .find(id)
            .filter(approvals::state.eq(ApprovalState::Pending))
            .filter(approvals::expires_at.gt(now)),
    )
    .set((
        approvals::state.eq(state),
        approvals::decided_by.eq(by),
        approvals::decided_at.eq(now),
        approvals::note.eq(note),
    ))
    .execute(conn)?;
    Ok(n == 1)
}

/// Withdraws everything `person` proposed that still waits; returns how many.
///
/// # Errors
/// A database error.
pub fn withdraw_all(conn: &mut Conn, person: PersonId, by: PersonId, now: Utc) -> QueryResult<usize> {
    diesel::update(
        approvals::table
            .filter(approvals::proposed_by.eq(person))
            .filter(approvals::state.eq(ApprovalState::Pending)),
    )
    .set((
        approvals::state.eq(ApprovalState::Withdrawn),
        approvals::decided_by.eq(by),
        approvals::decided_at.eq(now),
    ))
    .execute(conn)
}
