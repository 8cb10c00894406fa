//! What officers find, ask and correct.

use diesel::prelude::*;

use super::{NominationId, Review};
use crate::Conn;
use crate::schema::{candidate_errata, nominations};
use crate::types::{PersonId, Utc};

/// Writes what the first officer found; a second look is open again.
///
/// # Errors
/// A database error.
pub fn put_review(
    conn: &mut Conn,
    id: NominationId,
    (review, reason): (Review, &str),
    by: PersonId,
    now: Utc,
) -> QueryResult<()> {
    diesel::update(nominations::table.find(id))
        .set((
            nominations::review.eq(review),
            nominations::review_reason.eq(reason),
            nominations::reviewed_by.eq(Some(by)),
            nominations::reviewed_at.eq(Some(now)),
            nominations::second_by.eq(None::<PersonId>),
            nominations::second_at.eq(None::<Utc>),
            nominations::second_note.eq(""),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes the second look.
///
/// # Errors
/// A database error.
pub fn put_second_look(
    conn: &mut Conn,
    id: NominationId,
    note: &str,
    by: PersonId,
    now: Utc,
) -> QueryResult<()> {
    diesel::update(nominations::table.find(id))
        .set((
            nominations::second_by.eq(Some(by)),
            nominations::second_at.eq(Some(now)),
            nominations::second_note.eq(note),
        ))
        .execute(conn)?;
    Ok(())
}

/// Asks the nominee to make something clear.
///
/// # Errors
/// A database error.
pub fn ask_clarification(conn: &mut Conn, id: NominationId, question: &str, now: Utc) -> QueryResult<()> {
    diesel::update(nominations::table.find(id))
        .set((
            nominations::clarification.eq(question),
            nominations::clarification_asked_at.eq(Some(now)),
            nominations::clarification_answer.eq(""),
            nominations::clarified_at.eq(None::<Utc>),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes the nominee's answer. False when nothing was asked or it was answered.
///
/// # Errors
/// A database error.
pub fn clarify(conn: &mut Conn, id: NominationId, answer: &str, now: Utc) -> QueryResult<bool> {
    let row = nominations::table
        .find(id)
        .filter(nominations::clarification_asked_at.is_not_null().and(nominations::clarified_at.is_null()));
    let n = diesel::update(row)
        .set((nominations::clarification_answer.eq(answer), nominations::clarified_at.eq(Some(now))))
        .execute(conn)?;
    Ok(n == 1)
}

/// Freezes the texts of every nomination of an election.
///
/// # Errors
/// A database error.
pub fn freeze(conn: &mut Conn, election_id: i64, now: Utc) -> QueryResult<usize> {
    let rows = nominations::table
        .filter(nominations::election_id.eq(election_id).and(nominations::frozen_at.is_null()));
    diesel::update(rows).set(nominations::frozen_at.eq(Some(now))).execute(conn)
}

/// Adds a correction of a frozen text.
///
/// # Errors
/// A database error.
pub fn add_erratum(conn: &mut Conn, id: NominationId, text: &str, by: PersonId, now: Utc) -> QueryResult<()> {
    diesel::insert_into(candidate_errata::table)
        .values((
            candidate_errata::nomination_id.eq(id),
            candidate_errata::text.eq(text),
            candidate_errata::made_by.eq(by),
            candidate_errata::made_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Corrections of a candidacy, oldest first: instant and text.
///
/// # Errors
/// A database error.
pub fn errata(conn: &mut Conn, id: NominationId) -> QueryResult<Vec<(Utc, String)>> {
    candidate_errata::table
        .filter(candidate_errata::nomination_id.eq(id))
        .order(candidate_errata::id)
        .select((candidate_errata::made_at, candidate_errata::text))
        .load(conn)
}
