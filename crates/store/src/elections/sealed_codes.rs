//! Voting codes of the built-in registrar, sealed, for as long as an election takes ballots and its plan keeps them.

use diesel::prelude::*;

use crate::Conn;
use crate::schema::{elections, sealed_codes};

/// Keeps the sealed code of one entry of a roll.
///
/// # Errors
/// A unique violation when the entry has one already.
pub fn keep(conn: &mut Conn, election_id: i64, roll_entry_id: i64, sealed: &str) -> QueryResult<()> {
    diesel::insert_into(sealed_codes::table)
        .values((
            sealed_codes::election_id.eq(election_id),
            sealed_codes::roll_entry_id.eq(roll_entry_id),
            sealed_codes::sealed.eq(sealed),
        ))
        .execute(conn)
        .map(|_| ())
}

/// The sealed code of one entry, if it is kept.
///
/// # Errors
/// Database errors.
pub fn of_entry(conn: &mut Conn, election_id: i64, roll_entry_id: i64) -> QueryResult<Option<String>> {
    sealed_codes::table.find((election_id, roll_entry_id)).select(sealed_codes::sealed).first(conn).optional()
}

/// How many codes of an election are kept.
///
/// # Errors
/// Database errors.
pub fn count(conn: &mut Conn, election_id: i64) -> QueryResult<i64> {
    sealed_codes::table.filter(sealed_codes::election_id.eq(election_id)).count().get_result(conn)
}

/// Elections of which codes are kept although they are in none of `states`, with their public ids.
///
/// # Errors
/// Database errors.
pub fn kept_outside(conn: &mut Conn, states: &[&str]) -> QueryResult<Vec<(i64, String)>> {
    let kept = sealed_codes::table.select(sealed_codes::election_id).distinct();
    elections::table
        .filter(elections::id.eq_any(kept).and(elections::state.ne_all(states)))
        .order(elections::id.asc())
        .select((elections::id, elections::public_id))
        .load(conn)
}

/// Erases every code of an election; returns how many there were.
///
/// # Errors
/// Database errors.
pub fn erase(conn: &mut Conn, election_id: i64) -> QueryResult<usize> {
    diesel::delete(sealed_codes::table.filter(sealed_codes::election_id.eq(election_id))).execute(conn)
}
