//! What comparing our ledger with a provider's books found, day by day.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::Provider;
use crate::schema::reconciliations;
use crate::{Conn, JsonText, Utc};

crate::row_ids! {
    /// Key of a comparison.
    ReconciliationId,
}

/// A comparison.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Reconciliation {
    /// Key.
    pub id: ReconciliationId,
    /// With whose books.
    pub provider: Provider,
    /// The day compared, in UTC.
    pub day: NaiveDate,
    /// What was found; JSON.
    pub findings: JsonText,
    /// How many differences.
    pub differences: i64,
    /// When it was made.
    pub made_at: Utc,
}

/// Keeps a comparison.
///
/// # Errors
/// A database error.
pub fn add(
    conn: &mut Conn,
    provider: Provider,
    day: NaiveDate,
    findings: &JsonText,
    differences: i64,
    now: Utc,
) -> QueryResult<()> {
    diesel::insert_into(reconciliations::table)
        .values((
            reconciliations::provider.eq(provider),
            reconciliations::day.eq(day),
            reconciliations::findings.eq(findings),
            reconciliations::differences.eq(differences),
            reconciliations::made_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// The latest comparison of a day.
///
/// # Errors
/// A database error.
pub fn of_day(conn: &mut Conn, provider: Provider, day: NaiveDate) -> QueryResult<Option<Reconciliation>> {
    reconciliations::table
        .filter(reconciliations::provider.eq(provider))
        .filter(reconciliations::day.eq(day))
        .order(reconciliations::id.desc())
        .first(conn)
        .optional()
}

/// The latest comparisons, at most `limit`.
///
/// # Errors
/// A database error.
pub fn latest(conn: &mut Conn, limit: i64) -> QueryResult<Vec<Reconciliation>> {
    reconciliations::table
        .order((reconciliations::day.desc(), reconciliations::id.desc()))
        .limit(limit)
        .load(conn)
}
