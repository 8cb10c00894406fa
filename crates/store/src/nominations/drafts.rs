//! Nominations that are not sent yet.

use diesel::prelude::*;

use super::DraftId;
use crate::Conn;
use crate::schema::nomination_drafts;
use crate::types::{JsonText, PersonId, PublicId, Utc};

/// A draft.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Draft {
    /// Key.
    pub id: DraftId,
    /// Id for addresses.
    pub public_id: PublicId,
    /// The election.
    pub election_id: i64,
    /// Whose it is, for people with an account.
    pub person_id: Option<PersonId>,
    /// Address of whoever writes it, in lower case; empty for people with an account.
    pub lookup: String,
    /// SHA-256 of the secret in the mail, for visitors.
    pub token_hash: Option<Vec<u8>>,
    /// What was typed, JSON.
    pub content: JsonText,
    /// When it was begun.
    pub made_at: Utc,
    /// When it was changed.
    pub changed_at: Utc,
}

/// What is needed for a draft.
#[derive(Debug, Clone)]
pub struct NewDraft<'a> {
    /// Id for addresses.
    pub public_id: &'a PublicId,
    /// The election.
    pub election_id: i64,
    /// Whose it is.
    pub person: Option<PersonId>,
    /// Address of a visitor.
    pub lookup: &'a str,
    /// SHA-256 of a visitor's secret.
    pub token_hash: Option<&'a [u8]>,
    /// What was typed.
    pub content: &'a JsonText,
}

/// Keeps a draft.
///
/// # Errors
/// A database error.
pub fn add(conn: &mut Conn, new: &NewDraft<'_>, now: Utc) -> QueryResult<DraftId> {
    diesel::insert_into(nomination_drafts::table)
        .values((
            nomination_drafts::public_id.eq(new.public_id),
            nomination_drafts::election_id.eq(new.election_id),
            nomination_drafts::person_id.eq(new.person),
            nomination_drafts::lookup.eq(new.lookup),
            nomination_drafts::token_hash.eq(new.token_hash),
            nomination_drafts::content.eq(new.content),
            nomination_drafts::made_at.eq(now),
            nomination_drafts::changed_at.eq(now),
        ))
        .returning(nomination_drafts::id)
        .get_result(conn)
}

/// Replaces what was typed.
///
/// # Errors
/// A database error.
pub fn change(conn: &mut Conn, id: DraftId, content: &JsonText, now: Utc) -> QueryResult<()> {
    diesel::update(nomination_drafts::table.find(id))
        .set((nomination_drafts::content.eq(content), nomination_drafts::changed_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

/// The draft with this secret.
///
/// # Errors
/// A database error.
pub fn by_token(conn: &mut Conn, token_hash: &[u8]) -> QueryResult<Option<Draft>> {
    nomination_drafts::table.filter(nomination_drafts::token_hash.eq(token_hash)).first(conn).optional()
}

/// A person's draft.
///
/// # Errors
/// `NotFound` when this person has no such draft.
pub fn of(conn: &mut Conn, person: PersonId, id: &PublicId) -> QueryResult<Draft> {
    nomination_drafts::table
        .filter(nomination_drafts::public_id.eq(id).and(nomination_drafts::person_id.eq(person)))
        .first(conn)
}

/// A person's drafts, the latest first.
///
/// # Errors
/// A database error.
pub fn of_person(conn: &mut Conn, person: PersonId) -> QueryResult<Vec<Draft>> {
    nomination_drafts::table
        .filter(nomination_drafts::person_id.eq(person))
        .order(nomination_drafts::id.desc())
        .load(conn)
}

/// Removes a draft: it was sent, or thrown away. False when it was gone.
///
/// # Errors
/// A database error.
pub fn remove(conn: &mut Conn, id: DraftId) -> QueryResult<bool> {
    Ok(diesel::delete(nomination_drafts::table.find(id)).execute(conn)? == 1)
}

/// Removes drafts untouched since `before`; returns how many.
///
/// # Errors
/// A database error.
pub fn purge(conn: &mut Conn, before: Utc) -> QueryResult<usize> {
    diesel::delete(nomination_drafts::table.filter(nomination_drafts::changed_at.lt(before))).execute(conn)
}
