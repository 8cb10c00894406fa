//! Mails, the audit log and requests for erasure, for reports.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::data_requests::{PrivacyKind, RequestState};
use crate::mails::MailState;
use crate::schema::{audit_log, election_mails, elections, mails, persons, privacy_requests};
use crate::{Conn, Utc};

/// One mail.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Delivery {
    /// Key, for asking on.
    pub id: i64,
    /// When it was queued.
    pub created_at: Utc,
    /// Name of the message.
    pub message: String,
    /// Address.
    pub recipient: String,
    /// What became of it.
    pub state: MailState,
    /// How often it was tried.
    pub attempts: i64,
    /// Last part of the address of the election it belongs to.
    pub election: Option<String>,
}

/// Mails by key, after a key; at most `limit`.
///
/// # Errors
/// A database error.
pub fn deliveries_after(conn: &mut Conn, after: i64, limit: i64) -> QueryResult<Vec<Delivery>> {
    let rows: Vec<(i64, Utc, String, String, MailState, i64)> = mails::table
        .filter(mails::id.gt(after))
        .order(mails::id)
        .limit(limit)
        .select((
            mails::id,
            mails::created_at,
            mails::message,
            mails::recipient,
            mails::state,
            mails::attempts,
        ))
        .load(conn)?;
    let ids: Vec<i64> = rows.iter().map(|row| row.0).collect();
    let of: Vec<(Option<i64>, i64)> = election_mails::table
        .filter(election_mails::mail_id.eq_any(ids))
        .select((election_mails::mail_id, election_mails::election_id))
        .load(conn)?;
    let slugs: HashMap<i64, String> =
        elections::table.select((elections::id, elections::slug)).load(conn)?.into_iter().collect();
    let of: HashMap<i64, i64> =
        of.into_iter().filter_map(|(mail, election)| Some((mail?, election))).collect();
    let row = |(id, created_at, message, recipient, state, attempts)| Delivery {
        id,
        created_at,
        message,
        recipient,
        state,
        attempts,
        election: of.get(&id).and_then(|election| slugs.get(election)).cloned(),
    };
    Ok(rows.into_iter().map(row).collect())
}

/// One entry of the audit log without its details: number, instant, act, object, name of who did it.
pub type Entry = (i64, Utc, String, String, Option<String>);

/// Entries of the audit log by number, after a number; at most `limit`.
///
/// # Errors
/// A database error.
pub fn audit_after(conn: &mut Conn, after: i64, limit: i64) -> QueryResult<Vec<Entry>> {
    audit_log::table
        .left_join(persons::table.on(audit_log::actor_id.eq(persons::id.nullable())))
        .filter(audit_log::seq.gt(after))
        .order(audit_log::seq)
        .limit(limit)
        .select((
            audit_log::seq,
            audit_log::at,
            audit_log::action,
            audit_log::object,
            persons::preferred_name.nullable(),
        ))
        .load(conn)
}

/// Requests for erasure that were decided: when, and whether they were granted.
///
/// # Errors
/// A database error.
pub fn erasures(conn: &mut Conn) -> QueryResult<Vec<(Utc, bool)>> {
    let rows: Vec<(Option<Utc>, RequestState)> = privacy_requests::table
        .filter(privacy_requests::kind.eq(PrivacyKind::Erasure))
        .filter(privacy_requests::state.eq_any([RequestState::Granted, RequestState::Refused]))
        .order(privacy_requests::id)
        .select((privacy_requests::decided_at, privacy_requests::state))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(at, state)| Some((at?, state == RequestState::Granted))).collect())
}
