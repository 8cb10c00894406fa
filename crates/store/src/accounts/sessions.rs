//! Signed-in browsers.

use diesel::prelude::*;

use crate::Conn;
use crate::accounts::{Person, PersonState};
use crate::schema::{persons, sessions};
use crate::types::{PersonId, Utc};

crate::row_ids! {
    /// Key of a session.
    SessionId,
}

crate::text_enum! {
    /// How well the person proved who they are.
    pub enum Strength {
        /// A link sent by mail.
        Link = "link",
        /// A password.
        Password = "password",
        /// A password and a second factor.
        SecondFactor = "second_factor",
        /// A passkey with user verification.
        Passkey = "passkey",
    }
}

/// A session.
#[derive(Debug, Clone, Queryable)]
pub struct Session {
    /// Key.
    pub id: SessionId,
    /// SHA-256 of the cookie's token.
    pub token_hash: Vec<u8>,
    /// Who is signed in.
    pub person_id: PersonId,
    /// How well they proved who they are.
    pub strength: Strength,
    /// Instant of signing in.
    pub created_at: Utc,
    /// Updated every few minutes.
    pub last_seen_at: Utc,
    /// Absolute end.
    pub expires_at: Utc,
    /// Last proof of identity.
    pub proved_at: Utc,
    /// Family of browser and system.
    pub agent: String,
}

/// Starts a session.
///
/// # Errors
/// A database error.
pub fn add_session(
    conn: &mut Conn,
    token_hash: &[u8],
    person: PersonId,
    strength: Strength,
    agent: &str,
    expires_at: Utc,
    now: Utc,
) -> QueryResult<SessionId> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::token_hash.eq(token_hash),
            sessions::person_id.eq(person),
            sessions::strength.eq(strength),
            sessions::created_at.eq(now),
            sessions::last_seen_at.eq(now),
            sessions::expires_at.eq(expires_at),
            sessions::proved_at.eq(now),
            sessions::agent.eq(agent),
        ))
        .returning(sessions::id)
        .get_result(conn)
}

/// The session with this token hash and its person, when it has not reached its absolute end and the person is active.
///
/// # Errors
/// A database error.
pub fn session(conn: &mut Conn, token_hash: &[u8], now: Utc) -> QueryResult<Option<(Session, Person)>> {
    sessions::table
        .inner_join(persons::table)
        .filter(sessions::token_hash.eq(token_hash))
        .filter(sessions::expires_at.gt(now))
        .filter(persons::state.eq(PersonState::Active))
        .select((sessions::all_columns, persons::all_columns))
        .first(conn)
        .optional()
}

/// Notes that the session was used.
///
/// # Errors
/// A database error.
pub fn touch_session(conn: &mut Conn, id: SessionId, now: Utc) -> QueryResult<()> {
    diesel::update(sessions::table.find(id)).set(sessions::last_seen_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Notes a fresh proof of identity of at least `strength`.
///
/// # Errors
/// A database error.
pub fn prove_session(conn: &mut Conn, id: SessionId, strength: Strength, now: Utc) -> QueryResult<()> {
    let held: Strength = sessions::table.find(id).select(sessions::strength).first(conn)?;
    diesel::update(sessions::table.find(id))
        .set((sessions::proved_at.eq(now), sessions::strength.eq(held.max(strength))))
        .execute(conn)?;
    Ok(())
}

/// Sessions of a person, newest first.
///
/// # Errors
/// A database error.
pub fn sessions_of(conn: &mut Conn, person: PersonId, now: Utc) -> QueryResult<Vec<Session>> {
    sessions::table
        .filter(sessions::person_id.eq(person))
        .filter(sessions::expires_at.gt(now))
        .order(sessions::id.desc())
        .load(conn)
}

/// Ends one session of `person`; returns whether there was one.
///
/// # Errors
/// A database error.
pub fn end_session(conn: &mut Conn, person: PersonId, id: SessionId) -> QueryResult<bool> {
    let n = diesel::delete(sessions::table.find(id).filter(sessions::person_id.eq(person))).execute(conn)?;
    Ok(n > 0)
}

/// Ends all sessions of `person` but `keep`; returns how many.
///
/// # Errors
/// A database error.
pub fn end_sessions(conn: &mut Conn, person: PersonId, keep: Option<SessionId>) -> QueryResult<usize> {
    let keep = keep.unwrap_or(SessionId(-1));
    diesel::delete(sessions::table.filter(sessions::person_id.eq(person)).filter(sessions::id.ne(keep)))
        .execute(conn)
}

/// Removes sessions past their absolute end; returns how many.
///
/// # Errors
/// A database error.
pub fn purge_sessions(conn: &mut Conn, now: Utc) -> QueryResult<usize> {
    diesel::delete(sessions::table.filter(sessions::expires_at.le(now))).execute(conn)
}
