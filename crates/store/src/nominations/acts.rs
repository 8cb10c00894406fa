//! What nominees change of their nomination.

use diesel::prelude::*;

use super::{NominationId, NominationState, Review};
use crate::Conn;
use crate::schema::nominations;
use crate::types::{JsonText, PersonId, Utc};

/// Ties a nomination to the nominee's account. False when it has one already.
///
/// # Errors
/// A unique violation when the person is nominated under another address too.
pub fn link(conn: &mut Conn, id: NominationId, person: PersonId) -> QueryResult<bool> {
    let n = diesel::update(nominations::table.find(id).filter(nominations::person_id.is_null()))
        .set(nominations::person_id.eq(person))
        .execute(conn)?;
    Ok(n == 1)
}

/// Moves a nomination from one state to another. False, and nothing changed, when it was not in `from` any more.
///
/// # Errors
/// A database error.
pub fn change_state(
    conn: &mut Conn,
    id: NominationId,
    from: NominationState,
    to: NominationState,
    now: Utc,
) -> QueryResult<bool> {
    let row = nominations::table.find(id).filter(nominations::state.eq(from));
    let n = match to {
        NominationState::Withdrawn => diesel::update(row)
            .set((nominations::state.eq(to), nominations::withdrawn_at.eq(Some(now))))
            .execute(conn)?,
        NominationState::Accepted | NominationState::Declined => diesel::update(row)
            .set((nominations::state.eq(to), nominations::answered_at.eq(Some(now))))
            .execute(conn)?,
        _ => diesel::update(row).set(nominations::state.eq(to)).execute(conn)?,
    };
    Ok(n == 1)
}

/// Replaces name and statement unless somebody did so since `revision`, or the text is frozen; what officers found is open
/// again. False when nothing was changed.
///
/// # Errors
/// A database error.
pub fn put_statement(
    conn: &mut Conn,
    id: NominationId,
    revision: i64,
    name: &str,
    statement: &JsonText,
) -> QueryResult<bool> {
    let row = nominations::table
        .find(id)
        .filter(nominations::revision.eq(revision).and(nominations::frozen_at.is_null()));
    let n = diesel::update(row)
        .set((
            nominations::name.eq(name),
            nominations::statement.eq(statement),
            nominations::revision.eq(revision + 1),
            nominations::review.eq(Review::Pending),
            nominations::review_reason.eq(""),
            nominations::reviewed_by.eq(None::<PersonId>),
            nominations::reviewed_at.eq(None::<Utc>),
            nominations::second_by.eq(None::<PersonId>),
            nominations::second_at.eq(None::<Utc>),
            nominations::second_note.eq(""),
        ))
        .execute(conn)?;
    Ok(n == 1)
}

/// Writes what the nominee ticked.
///
/// # Errors
/// A database error.
pub fn put_acknowledged(conn: &mut Conn, id: NominationId, ticked: &JsonText) -> QueryResult<()> {
    diesel::update(nominations::table.find(id)).set(nominations::acknowledged.eq(ticked)).execute(conn)?;
    Ok(())
}

/// Sets or removes the portrait, unless it is frozen.
///
/// # Errors
/// A database error.
pub fn put_portrait(conn: &mut Conn, id: NominationId, hash: Option<&str>) -> QueryResult<bool> {
    let n = diesel::update(nominations::table.find(id).filter(nominations::frozen_at.is_null()))
        .set(nominations::portrait.eq(hash))
        .execute(conn)?;
    Ok(n == 1)
}
