//! Mails about a call, once for each kind and address.

use diesel::prelude::*;

use crate::Conn;
use crate::mails::MailId;
use crate::schema::call_mails;
use crate::types::Utc;

/// A mail that went out.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct CallMail {
    /// Key.
    pub id: i64,
    /// The election.
    pub election_id: i64,
    /// What it said, for example `invitation`.
    pub kind: String,
    /// To which address, in lower case.
    pub lookup: String,
    /// The mail, unless the person declines such mail.
    pub mail_id: Option<MailId>,
    /// When it was queued.
    pub sent_at: Utc,
}

/// Whether this was sent to this address before.
///
/// # Errors
/// A database error.
pub fn was_sent(conn: &mut Conn, election_id: i64, kind: &str, lookup: &str) -> QueryResult<bool> {
    let found: i64 = call_mails::table
        .filter(call_mails::election_id.eq(election_id))
        .filter(call_mails::kind.eq(kind).and(call_mails::lookup.eq(lookup)))
        .count()
        .get_result(conn)?;
    Ok(found > 0)
}

/// Notes a mail.
///
/// # Errors
/// A unique violation when it was noted before.
pub fn note(
    conn: &mut Conn,
    election_id: i64,
    kind: &str,
    lookup: &str,
    mail: Option<MailId>,
    now: Utc,
) -> QueryResult<()> {
    diesel::insert_into(call_mails::table)
        .values((
            call_mails::election_id.eq(election_id),
            call_mails::kind.eq(kind),
            call_mails::lookup.eq(lookup),
            call_mails::mail_id.eq(mail),
            call_mails::sent_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Every mail about a call.
///
/// # Errors
/// A database error.
pub fn all(conn: &mut Conn, election_id: i64) -> QueryResult<Vec<CallMail>> {
    call_mails::table.filter(call_mails::election_id.eq(election_id)).order(call_mails::id).load(conn)
}

/// How far each of these mails is.
///
/// # Errors
/// A database error.
pub fn states(
    conn: &mut Conn,
    sent: &[CallMail],
) -> QueryResult<std::collections::HashMap<MailId, crate::mails::MailState>> {
    use crate::schema::mails;
    let ids: Vec<MailId> = sent.iter().filter_map(|m| m.mail_id).collect();
    let mut all = std::collections::HashMap::with_capacity(ids.len());
    for batch in ids.chunks(500) {
        let found: Vec<(MailId, crate::mails::MailState)> =
            mails::table.filter(mails::id.eq_any(batch)).select((mails::id, mails::state)).load(conn)?;
        all.extend(found);
    }
    Ok(all)
}
