//! Receipts: numbered 1, 2, 3 … in each year without gaps, one for each payment, never changed. Names and amounts stand on
//! the person and in the ledger, so that a receipt keeps nothing about anybody.

use diesel::dsl::max;
use diesel::prelude::*;

use super::PaymentId;
use crate::schema::receipts;
use crate::{Conn, Utc};

crate::row_ids! {
    /// Key of a receipt.
    ReceiptId,
}

/// A receipt.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Receipt {
    /// Key.
    pub id: ReceiptId,
    /// For which payment.
    pub payment_id: PaymentId,
    /// Number as printed, for example `2026-000042`.
    pub number: String,
    /// Year of the number.
    pub year: i64,
    /// Position in that year.
    pub position: i64,
    /// When it was issued.
    pub issued_at: Utc,
}

/// The receipt of a payment.
///
/// # Errors
/// A database error.
pub fn of_payment(conn: &mut Conn, payment: PaymentId) -> QueryResult<Option<Receipt>> {
    receipts::table.filter(receipts::payment_id.eq(payment)).first(conn).optional()
}

/// Issues the receipt of a payment, unless it has one.
///
/// # Errors
/// A database error.
pub fn issue(conn: &mut Conn, payment: PaymentId, now: Utc) -> QueryResult<Receipt> {
    if let Some(receipt) = of_payment(conn, payment)? {
        return Ok(receipt);
    }
    let year = i64::from(chrono::Datelike::year(&now.datetime()));
    let last: Option<i64> =
        receipts::table.filter(receipts::year.eq(year)).select(max(receipts::position)).first(conn)?;
    let position = last.unwrap_or(0) + 1;
    diesel::insert_into(receipts::table)
        .values((
            receipts::payment_id.eq(payment),
            receipts::number.eq(format!("{year}-{position:06}")),
            receipts::year.eq(year),
            receipts::position.eq(position),
            receipts::issued_at.eq(now),
        ))
        .returning(receipts::all_columns)
        .get_result(conn)
}
