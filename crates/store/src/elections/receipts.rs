//! Receipts that wait to be mailed. Who they are for and which ballot they are about is sealed: no row ties a person to a ballot.

use diesel::prelude::*;

use crate::Conn;
use crate::schema::receipt_copies;

/// A receipt that waits.
#[derive(Debug, Clone, Insertable, Queryable)]
#[diesel(table_name = receipt_copies)]
pub struct ReceiptCopy {
    /// Random.
    pub key: String,
    /// The election.
    pub election_id: i64,
    /// Person and receipt, encrypted; base64.
    pub sealed: String,
}

/// Keeps a receipt until the end of the day.
///
/// # Errors
/// Database errors.
pub fn keep(conn: &mut Conn, copy: &ReceiptCopy) -> QueryResult<()> {
    diesel::insert_into(receipt_copies::table).values(copy).execute(conn).map(|_| ())
}

/// Takes all that wait, in the order of their random keys.
///
/// # Errors
/// Database errors.
pub fn take_all(conn: &mut Conn) -> QueryResult<Vec<ReceiptCopy>> {
    let all = receipt_copies::table.order(receipt_copies::key.asc()).load(conn)?;
    diesel::delete(receipt_copies::table).execute(conn)?;
    Ok(all)
}
