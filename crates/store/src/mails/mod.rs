//! Mail to be sent after a commit: queued in the transaction of the change it reports, claimed by lease like a job.

mod attachments;
mod ledger;
mod preferences;

use chrono::TimeDelta;
use diesel::prelude::*;

use crate::Conn;
use crate::schema::mails;
use crate::types::{PersonId, PublicId, Utc};

pub use attachments::{Attached, attach, attached_to};
pub use ledger::{
    LedgerEntry, MailEvent, MailEventId, MailFilter, bounced, count_by_state, entries_of, find,
    first_deferral, lost, messages, note, purge, recent_bounces, resend,
};
pub use preferences::{
    MailTopic, Suppression, SuppressionId, SuppressionReason, set_wanted, suppress, suppression,
    suppressions, unsuppress, wants,
};

crate::row_ids! {
    /// Key of a mail.
    MailId,
}

crate::text_enum! {
    /// Why somebody gets a mail; decides whether it can be declined.
    pub enum MailKind {
        /// About the person's own account; cannot be declined.
        Account = "account",
        /// A notice the rules demand; cannot be declined.
        Legal = "legal",
        /// Can be declined.
        Optional = "optional",
    }
}

crate::text_enum! {
    /// State of a mail.
    pub enum MailState {
        /// Waiting for its first attempt.
        Queued = "queued",
        /// Not accepted yet; tried again.
        Deferred = "deferred",
        /// Accepted by the relay.
        Sent = "sent",
        /// Came back.
        Bounced = "bounced",
        /// Given up.
        Failed = "failed",
    }
}

/// A mail.
#[derive(Debug, Clone, Queryable)]
pub struct Mail {
    /// Key.
    pub id: MailId,
    /// Id used in the Message-ID.
    pub public_id: PublicId,
    /// Why it is sent.
    pub kind: MailKind,
    /// Name of the template folder.
    pub message: String,
    /// Whom it is for.
    pub person_id: Option<PersonId>,
    /// Address.
    pub recipient: String,
    /// Subject line.
    pub subject: String,
    /// Plain part.
    pub body_text: String,
    /// HTML part.
    pub body_html: Option<String>,
    /// Address for one-click unsubscribing.
    pub unsubscribe: Option<String>,
    /// The bodies hold a secret and are removed after sending.
    pub is_secret: bool,
    /// State.
    pub state: MailState,
    /// Not before this instant.
    pub run_at: Utc,
    /// Times it was tried.
    pub attempts: i64,
    /// A worker has it until then.
    pub lease_until: Option<Utc>,
    /// Which worker.
    pub lease_by: Option<String>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// Instant of creation.
    pub created_at: Utc,
    /// When it was sent or given up.
    pub finished_at: Option<Utc>,
    /// What optional mail is about.
    pub topic: Option<MailTopic>,
}

/// What is needed to queue a mail.
#[derive(Debug, Clone)]
pub struct NewMail {
    /// Id used in the Message-ID.
    pub public_id: PublicId,
    /// Why it is sent.
    pub kind: MailKind,
    /// What optional mail is about.
    pub topic: Option<MailTopic>,
    /// Name of the template folder.
    pub message: String,
    /// Whom it is for.
    pub person_id: Option<PersonId>,
    /// Address.
    pub recipient: String,
    /// Subject line.
    pub subject: String,
    /// Plain part.
    pub body_text: String,
    /// HTML part.
    pub body_html: Option<String>,
    /// Address for one-click unsubscribing.
    pub unsubscribe: Option<String>,
    /// The bodies hold a secret and are removed after sending.
    pub is_secret: bool,
}

/// Queues a mail.
///
/// # Errors
/// A database error.
pub fn queue(conn: &mut Conn, new: &NewMail, now: Utc) -> QueryResult<MailId> {
    diesel::insert_into(mails::table)
        .values((
            mails::public_id.eq(&new.public_id),
            mails::kind.eq(new.kind),
            mails::topic.eq(new.topic),
            mails::message.eq(&new.message),
            mails::person_id.eq(new.person_id),
            mails::recipient.eq(&new.recipient),
            mails::subject.eq(&new.subject),
            mails::body_text.eq(&new.body_text),
            mails::body_html.eq(&new.body_html),
            mails::unsubscribe.eq(&new.unsubscribe),
            mails::is_secret.eq(new.is_secret),
            mails::state.eq(MailState::Queued),
            mails::run_at.eq(now),
            mails::attempts.eq(0_i64),
            mails::created_at.eq(now),
        ))
        .returning(mails::id)
        .get_result(conn)
}

/// True when a mail could be claimed.
///
/// # Errors
/// A database error.
pub fn is_due(conn: &mut Conn, now: Utc) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        mails::table
            .filter(mails::state.eq_any([MailState::Queued, MailState::Deferred]))
            .filter(mails::run_at.le(now))
            .filter(mails::lease_until.is_null().or(mails::lease_until.le(now))),
    ))
    .get_result(conn)
}

/// Gives the oldest due mail to `worker` until `now + lease`.
///
/// # Errors
/// A database error.
pub fn claim(conn: &mut Conn, worker: &str, lease: TimeDelta, now: Utc) -> QueryResult<Option<Mail>> {
    let found: Option<Mail> = mails::table
        .filter(mails::state.eq_any([MailState::Queued, MailState::Deferred]))
        .filter(mails::run_at.le(now))
        .filter(mails::lease_until.is_null().or(mails::lease_until.le(now)))
        .order((mails::run_at, mails::id))
        .first(conn)
        .optional()?;
    let Some(mail) = found else { return Ok(None) };
    diesel::update(mails::table.find(mail.id))
        .set((
            mails::lease_until.eq(now.plus(lease)),
            mails::lease_by.eq(worker),
            mails::attempts.eq(mail.attempts + 1),
        ))
        .returning(mails::all_columns)
        .get_result(conn)
        .map(Some)
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// Accepted by the relay; bodies with secrets are removed unless `keep_bodies`.
    Sent {
        /// Keep bodies with secrets (demonstration only).
        keep_bodies: bool,
    },
    /// To be tried again at this instant.
    Deferred(Utc, String),
    /// Never to be tried again.
    Failed(String),
}

/// Notes what became of the attempt. Returns false when the lease was lost meanwhile.
///
/// # Errors
/// A database error.
pub fn settle(conn: &mut Conn, mail: &Mail, worker: &str, what: &Delivery, now: Utc) -> QueryResult<bool> {
    let short = |text: &str| text.chars().take(500).collect::<String>();
    let (state, run_at, error, finished, erase) = match what {
        Delivery::Sent { keep_bodies } => {
            (MailState::Sent, mail.run_at, None, Some(now), mail.is_secret && !keep_bodies)
        }
        Delivery::Deferred(at, error) => (MailState::Deferred, *at, Some(short(error)), None, false),
        Delivery::Failed(error) => {
            (MailState::Failed, mail.run_at, Some(short(error)), Some(now), mail.is_secret)
        }
    };
    let n = diesel::update(mails::table.find(mail.id).filter(mails::lease_by.eq(worker)))
        .set((
            mails::state.eq(state),
            mails::run_at.eq(run_at),
            mails::last_error.eq(error),
            mails::finished_at.eq(finished),
            mails::lease_until.eq(None::<Utc>),
            mails::lease_by.eq(None::<String>),
        ))
        .execute(conn)?;
    if n > 0 {
        let (event, detail) = match what {
            Delivery::Sent { .. } => (MailEvent::Sent, ""),
            Delivery::Deferred(_, why) => (MailEvent::Deferred, why.as_str()),
            Delivery::Failed(why) => (MailEvent::Failed, why.as_str()),
        };
        note(conn, mail.id, event, detail, now)?;
    }
    if n > 0 && erase {
        diesel::update(mails::table.find(mail.id))
            .set((mails::body_text.eq("(removed: it held a secret)"), mails::body_html.eq(None::<String>)))
            .execute(conn)?;
    }
    Ok(n > 0)
}

/// Mails, newest first, at most `limit`.
///
/// # Errors
/// A database error.
pub fn latest(conn: &mut Conn, limit: i64) -> QueryResult<Vec<Mail>> {
    mails::table.order(mails::id.desc()).limit(limit).load(conn)
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// Lower case; on SQLite for ASCII only.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// Mails to addresses that contain `text` (case does not matter; empty for all), newest first, from the `skip`th on.
///
/// # Errors
/// A database error.
pub fn to_address(conn: &mut Conn, text: &str, skip: i64, limit: i64) -> QueryResult<Vec<Mail>> {
    let mut query = mails::table.order(mails::id.desc()).offset(skip).limit(limit).into_boxed();
    if !text.is_empty() {
        let pattern = format!("%{}%", crate::accounts::escape_like(&text.to_lowercase()));
        query = query.filter(lower(mails::recipient).like(pattern).escape('\\'));
    }
    query.load(conn)
}

/// One mail.
///
/// # Errors
/// `NotFound` when there is none.
pub fn mail(conn: &mut Conn, id: &PublicId) -> QueryResult<Mail> {
    mails::table.filter(mails::public_id.eq(id)).first(conn)
}

/// Mails to `person`, newest first, at most `limit`.
///
/// # Errors
/// A database error.
pub fn mails_of(conn: &mut Conn, person: PersonId, limit: i64) -> QueryResult<Vec<Mail>> {
    mails::table.filter(mails::person_id.eq(person)).order(mails::id.desc()).limit(limit).load(conn)
}
