//! Requests of a person about their own data.

use diesel::prelude::*;

use super::RequestState;
use crate::Conn;
use crate::schema::privacy_requests;
use crate::types::{PersonId, PublicId, Utc};

crate::row_ids! {
    /// Key of a request about one's own data.
    PrivacyRequestId,
}

crate::text_enum! {
    /// What is asked for.
    pub enum PrivacyKind {
        /// A copy of everything kept.
        Access = "access",
        /// Something is wrong.
        Correction = "correction",
        /// Everything that can go shall go.
        Erasure = "erasure",
        /// A use of the data shall stop.
        Objection = "objection",
    }
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct PrivacyRequest {
    /// Key.
    pub id: PrivacyRequestId,
    /// Id for addresses.
    pub public_id: PublicId,
    /// Who asks.
    pub person_id: PersonId,
    /// For what.
    pub kind: PrivacyKind,
    /// In their words.
    pub message: String,
    /// State.
    pub state: RequestState,
    /// When it was sent.
    pub created_at: Utc,
    /// By when it must be answered.
    pub due_at: Utc,
    /// Who answered.
    pub decided_by: Option<PersonId>,
    /// When.
    pub decided_at: Option<Utc>,
    /// What the person was told.
    pub answer: String,
}

/// What is needed to keep a request.
#[derive(Debug, Clone, Copy)]
pub struct NewPrivacyRequest<'a> {
    /// Id for addresses.
    pub public_id: &'a PublicId,
    /// Who asks.
    pub person: PersonId,
    /// For what.
    pub kind: PrivacyKind,
    /// In their words.
    pub message: &'a str,
    /// By when it must be answered.
    pub due_at: Utc,
}

/// Keeps a request. False, and nothing kept, while the same person waits for an answer to the same kind.
///
/// # Errors
/// A database error.
pub fn ask_privacy(conn: &mut Conn, new: &NewPrivacyRequest<'_>, now: Utc) -> QueryResult<bool> {
    let waits: bool = diesel::select(diesel::dsl::exists(
        privacy_requests::table
            .filter(privacy_requests::person_id.eq(new.person))
            .filter(privacy_requests::kind.eq(new.kind))
            .filter(privacy_requests::state.eq(RequestState::Open)),
    ))
    .get_result(conn)?;
    if waits {
        return Ok(false);
    }
    diesel::insert_into(privacy_requests::table)
        .values((
            privacy_requests::public_id.eq(new.public_id),
            privacy_requests::person_id.eq(new.person),
            privacy_requests::kind.eq(new.kind),
            privacy_requests::message.eq(new.message),
            privacy_requests::state.eq(RequestState::Open),
            privacy_requests::created_at.eq(now),
            privacy_requests::due_at.eq(new.due_at),
            privacy_requests::answer.eq(""),
        ))
        .execute(conn)?;
    Ok(true)
}

/// One request.
///
/// # Errors
/// `NotFound` when there is none.
pub fn privacy_request(conn: &mut Conn, id: &PublicId) -> QueryResult<PrivacyRequest> {
    privacy_requests::table.filter(privacy_requests::public_id.eq(id)).first(conn)
}

/// Requests of a person, the latest first.
///
/// # Errors
/// A database error.
pub fn privacy_requests_of(conn: &mut Conn, person: PersonId) -> QueryResult<Vec<PrivacyRequest>> {
    privacy_requests::table
        .filter(privacy_requests::person_id.eq(person))
        .order(privacy_requests::id.desc())
        .limit(200)
        .load(conn)
}

/// Requests that wait, the most urgent first, or the latest of those that were answered.
///
/// # Errors
/// A database error.
pub fn privacy_requests_in(conn: &mut Conn, open: bool, limit: i64) -> QueryResult<Vec<PrivacyRequest>> {
    let all = privacy_requests::table.into_boxed();
    if open {
        all.filter(privacy_requests::state.eq(RequestState::Open))
            .order((privacy_requests::due_at, privacy_requests::id))
            .limit(limit)
            .load(conn)
    } else {
        all.filter(privacy_requests::state.ne(RequestState::Open))
            .order(privacy_requests::id.desc())
            .limit(limit)
            .load(conn)
    }
}

/// Answers a request that waits; false when it does not any more.
///
/// # Errors
/// A database error.
pub fn answer_privacy(
    conn: &mut Conn,
    id: PrivacyRequestId,
    state: RequestState,
    answer: &str,
    by: PersonId,
    now: Utc,
) -> QueryResult<bool> {
    let open = privacy_requests::table.find(id).filter(privacy_requests::state.eq(RequestState::Open));
    let changed = diesel::update(open)
        .set((
            privacy_requests::state.eq(state),
            privacy_requests::answer.eq(answer),
            privacy_requests::decided_by.eq(Some(by)),
            privacy_requests::decided_at.eq(Some(now)),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}
