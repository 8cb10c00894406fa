//! What witnesses signed below the checkpoints of ballot boxes.

use diesel::prelude::*;

use crate::Conn;
use crate::schema::checkpoint_cosignatures as table;

/// The largest size that a witness has signed.
///
/// # Errors
/// Database errors.
pub fn last_size(conn: &mut Conn, election_id: i64, witness: &str) -> QueryResult<Option<i64>> {
    table::table
        .filter(table::election_id.eq(election_id).and(table::witness.eq(witness)))
        .order(table::size.desc())
        .select(table::size)
        .first(conn)
        .optional()
}

/// Keeps a signature line; the first one of a witness for a size stays.
///
/// # Errors
/// Database errors.
pub fn insert(conn: &mut Conn, election_id: i64, size: i64, witness: &str, line: &str) -> QueryResult<()> {
    let there: i64 = table::table.find((election_id, size, witness)).count().get_result(conn)?;
    if there > 0 {
        return Ok(());
    }
    diesel::insert_into(table::table)
        .values((
            table::election_id.eq(election_id),
            table::size.eq(size),
            table::witness.eq(witness),
            table::line.eq(line),
        ))
        .execute(conn)
        .map(|_| ())
}

/// The largest size up to `most` that any witness has signed.
///
/// # Errors
/// Database errors.
pub fn newest(conn: &mut Conn, election_id: i64, most: i64) -> QueryResult<Option<i64>> {
    table::table
        .filter(table::election_id.eq(election_id).and(table::size.le(most)))
        .order(table::size.desc())
        .select(table::size)
        .first(conn)
        .optional()
}

/// The signature lines of a size, by name of the witness.
///
/// # Errors
/// Database errors.
pub fn lines(conn: &mut Conn, election_id: i64, size: i64) -> QueryResult<Vec<String>> {
    table::table
        .filter(table::election_id.eq(election_id).and(table::size.eq(size)))
        .order(table::witness.asc())
        .select(table::line)
        .load(conn)
}
