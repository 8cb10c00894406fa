//! The ledger of delivery: what happened to every mail, for staff who look after it.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::{Mail, MailId, MailKind, MailState};
use crate::Conn;
use crate::schema::{mail_events, mails};
use crate::types::{PublicId, Utc};

diesel::define_sql_function! {
    /// Small letters.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

crate::row_ids! {
    /// Key of an event.
    MailEventId,
}

crate::text_enum! {
    /// Something that happened to a mail.
    pub enum MailEvent {
        /// The relay accepted it.
        Sent = "sent",
        /// The relay did not accept it yet.
        Deferred = "deferred",
        /// Given up.
        Failed = "failed",
        /// It came back.
        Bounced = "bounced",
        /// A server on the way reported a delay.
        Delayed = "delayed",
        /// The recipient reported it as unwanted.
        Complained = "complained",
        /// Staff sent it again.
        Resent = "resent",
    }
}

/// An entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct LedgerEntry {
    /// Key.
    pub id: MailEventId,
    /// Which mail.
    pub mail_id: MailId,
    /// When.
    pub at: Utc,
    /// What.
    pub event: MailEvent,
    /// In the words of the server, or of staff.
    pub detail: String,
}

/// Which mails to list.
#[derive(Debug, Clone, Default)]
pub struct MailFilter {
    /// Only in this state.
    pub state: Option<MailState>,
    /// Only of this kind.
    pub kind: Option<MailKind>,
    /// Only of this template folder.
    pub message: Option<String>,
    /// Only to addresses that contain this text.
    pub address: Option<String>,
    /// Only older than this one, for going through pages.
    pub before: Option<MailId>,
}

/// Adds an entry.
///
/// # Errors
/// A database error.
pub fn note(conn: &mut Conn, mail: MailId, event: MailEvent, detail: &str, now: Utc) -> QueryResult<()> {
    let short: String = detail.chars().filter(|c| !c.is_control()).take(500).collect();
    diesel::insert_into(mail_events::table)
        .values((
            mail_events::mail_id.eq(mail),
            mail_events::at.eq(now),
            mail_events::event.eq(event),
            mail_events::detail.eq(short),
        ))
        .execute(conn)?;
    Ok(())
}

/// What happened to a mail, oldest first.
///
/// # Errors
/// A database error.
pub fn entries_of(conn: &mut Conn, mail: MailId) -> QueryResult<Vec<LedgerEntry>> {
    mail_events::table.filter(mail_events::mail_id.eq(mail)).order(mail_events::id).load(conn)
}

/// When a mail was put off for the first time, if it ever was: since then it is being tried.
///
/// # Errors
/// A database error.
pub fn first_deferral(conn: &mut Conn, mail: MailId) -> QueryResult<Option<Utc>> {
    mail_events::table
        .filter(mail_events::mail_id.eq(mail).and(mail_events::event.eq(MailEvent::Deferred)))
        .order(mail_events::id.asc())
        .select(mail_events::at)
        .first(conn)
        .optional()
}

type Fitting<'a> = mails::BoxedQuery<'a, <Conn as Connection>::Backend>;

fn fitting<'a>(filter: &'a MailFilter) -> Fitting<'a> {
    let mut query = mails::table.into_boxed();
    if let Some(state) = filter.state {
        query = query.filter(mails::state.eq(state));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(mails::kind.eq(kind));
    }
    if let Some(message) = &filter.message {
        query = query.filter(mails::message.eq(message));
    }
    if let Some(address) = &filter.address {
        // `%`, `_` and the escape sign itself are meant literally.
        let literal = address.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        query = query.filter(lower(mails::recipient).like(format!("%{literal}%")).escape('\\'));
    }
    if let Some(before) = filter.before {
        query = query.filter(mails::id.lt(before));
    }
    query
}

/// Mails that fit `filter`, newest first, at most `limit`.
///
/// # Errors
/// A database error.
pub fn find(conn: &mut Conn, filter: &MailFilter, limit: i64) -> QueryResult<Vec<Mail>> {
    fitting(filter).order(mails::id.desc()).limit(limit).load(conn)
}

/// Beginning of the entry at a mail that was sent again.
const SENT_AGAIN: &str = "sent again as ";

/// Mails that fit `filter`, did not arrive (given up or came back), and were not sent again yet; oldest first.
///
/// # Errors
/// A database error.
pub fn lost(conn: &mut Conn, filter: &MailFilter, limit: i64) -> QueryResult<Vec<Mail>> {
    let again = mail_events::table
        .filter(mail_events::event.eq(MailEvent::Resent))
        .filter(mail_events::detail.like(format!("{SENT_AGAIN}%")))
        .select(mail_events::mail_id);
    fitting(filter)
        .filter(mails::state.eq_any([MailState::Bounced, MailState::Failed]))
        .filter(mails::id.ne_all(again))
        .order(mails::id)
        .limit(limit)
        .load(conn)
}

/// How many mails are in each state.
///
/// # Errors
/// A database error.
pub fn count_by_state(conn: &mut Conn) -> QueryResult<Vec<(MailState, i64)>> {
    let found: Vec<(MailState, i64)> =
        mails::table.group_by(mails::state).select((mails::state, count_star())).load(conn)?;
    let count = |state| found.iter().find(|(s, _)| *s == state).map_or(0, |(_, n)| *n);
    Ok(MailState::ALL.iter().map(|state| (*state, count(*state))).collect())
}

/// Names of the messages that were ever queued.
///
/// # Errors
/// A database error.
pub fn messages(conn: &mut Conn) -> QueryResult<Vec<String>> {
    mails::table.select(mails::message).distinct().order(mails::message).load(conn)
}

/// Queues a copy of `mail` to `recipient` under a new id and notes it at both. `None` when the body is gone, because it
/// held a secret.
///
/// # Errors
/// A database error.
pub fn resend(
    conn: &mut Conn,
    mail: &Mail,
    public_id: PublicId,
    recipient: &str,
    now: Utc,
) -> QueryResult<Option<MailId>> {
    if mail.is_secret {
        return Ok(None);
    }
    let new = super::NewMail {
        public_id: public_id.clone(),
        kind: mail.kind,
        topic: mail.topic,
        message: mail.message.clone(),
        person_id: mail.person_id,
        recipient: recipient.to_owned(),
        subject: mail.subject.clone(),
        body_text: mail.body_text.clone(),
        body_html: mail.body_html.clone(),
        unsubscribe: mail.unsubscribe.clone(),
        is_secret: false,
    };
    let id = super::queue(conn, &new, now)?;
    note(conn, mail.id, MailEvent::Resent, &format!("{SENT_AGAIN}{public_id}"), now)?;
    note(conn, id, MailEvent::Resent, &format!("a copy of {}", mail.public_id), now)?;
    Ok(Some(id))
}

/// Notes that a mail came back for good. Returns false when that was known.
///
/// # Errors
/// A database error.
pub fn bounced(conn: &mut Conn, mail: &Mail, detail: &str, now: Utc) -> QueryResult<bool> {
    if mail.state == MailState::Bounced {
        return Ok(false);
    }
    let short: String = detail.chars().take(500).collect();
    diesel::update(mails::table.find(mail.id))
        .set((
            mails::state.eq(MailState::Bounced),
            mails::last_error.eq(short),
            mails::finished_at.eq(now),
            // A worker that still has it must not overwrite the news.
            mails::lease_by.eq(None::<String>),
            mails::lease_until.eq(None::<Utc>),
        ))
        .execute(conn)?;
    note(conn, mail.id, MailEvent::Bounced, detail, now)?;
    Ok(true)
}

/// How many of the last `of` mails to `recipient` came back.
///
/// # Errors
/// A database error.
pub fn recent_bounces(conn: &mut Conn, recipient: &str, of: i64) -> QueryResult<usize> {
    let states: Vec<MailState> = mails::table
        .filter(mails::recipient.eq(recipient))
        .filter(mails::state.eq_any([MailState::Sent, MailState::Bounced]))
        .order(mails::id.desc())
        .limit(of)
        .select(mails::state)
        .load(conn)?;
    Ok(states.into_iter().filter(|s| *s == MailState::Bounced).count())
}

/// Removes mails that were finished before `before`, with their entries; returns how many.
///
/// # Errors
/// A database error.
pub fn purge(conn: &mut Conn, before: Utc) -> QueryResult<usize> {
    let old = mails::table.filter(mails::finished_at.lt(before)).select(mails::id);
    diesel::delete(mail_events::table.filter(mail_events::mail_id.eq_any(old))).execute(conn)?;
    diesel::delete(mails::table.filter(mails::finished_at.lt(before))).execute(conn)
}
