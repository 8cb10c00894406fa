//! Notices of providers: each once, whatever is sent how often. A notice that cannot be applied yet (a refund that comes
//! before its payment) is kept as held, and applied when the payment settles.

use diesel::prelude::*;

use super::{PaymentId, Provider};
use crate::schema::payment_events;
use crate::{Conn, JsonText, Utc};

crate::row_ids! {
    /// Key of a notice.
    EventId,
}

crate::text_enum! {
    /// What was done about a notice.
    pub enum EventOutcome {
        /// It changed the ledger or the state.
        Applied = "applied",
        /// It says nothing new.
        Nothing = "nothing",
        /// It waits for the payment it is about.
        Held = "held",
        /// It does not fit the payment: another amount, another currency, nobody's payment. Staff look at it.
        Odd = "odd",
        /// It is of a kind that concerns nothing here.
        Ignored = "ignored",
    }
}

/// A notice.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Event {
    /// Key.
    pub id: EventId,
    /// Who sent it.
    pub provider: Provider,
    /// The provider's name for it.
    pub event_id: String,
    /// The provider's word for what happened.
    pub kind: String,
    /// The provider's name for the payment it is about.
    pub subject: String,
    /// Our payment, when it is known.
    pub payment_id: Option<PaymentId>,
    /// What was done.
    pub outcome: EventOutcome,
    /// What it says, in our words; JSON.
    pub notice: JsonText,
    /// When it happened.
    pub occurred_at: Utc,
    /// When it came.
    pub received_at: Utc,
}

/// What is needed to keep a notice.
#[derive(Debug, Clone)]
pub struct NewEvent<'a> {
    /// Who sent it.
    pub provider: Provider,
    /// The provider's name for it.
    pub event_id: &'a str,
    /// The provider's word for what happened.
    pub kind: &'a str,
    /// The provider's name for the payment it is about.
    pub subject: &'a str,
    /// Our payment.
    pub payment: Option<PaymentId>,
    /// What was done.
    pub outcome: EventOutcome,
    /// What it says, in our words.
    pub notice: JsonText,
    /// When it happened.
    pub occurred_at: Utc,
}

/// True when this notice came before.
///
/// # Errors
/// A database error.
pub fn is_known(conn: &mut Conn, provider: Provider, event_id: &str) -> QueryResult<bool> {
    let known: i64 = payment_events::table
        .filter(payment_events::provider.eq(provider))
        .filter(payment_events::event_id.eq(event_id))
        .count()
        .get_result(conn)?;
    Ok(known > 0)
}

/// Keeps a notice.
///
/// # Errors
/// A unique violation when it came before.
pub fn add(conn: &mut Conn, new: &NewEvent<'_>, now: Utc) -> QueryResult<()> {
    diesel::insert_into(payment_events::table)
        .values((
            payment_events::provider.eq(new.provider),
            payment_events::event_id.eq(new.event_id),
            payment_events::kind.eq(new.kind),
            payment_events::subject.eq(new.subject),
            payment_events::payment_id.eq(new.payment),
            payment_events::outcome.eq(new.outcome),
            payment_events::notice.eq(&new.notice),
            payment_events::occurred_at.eq(new.occurred_at),
            payment_events::received_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Notices about this payment of the provider that wait for it, in the order of what happened.
///
/// # Errors
/// A database error.
pub fn held(conn: &mut Conn, provider: Provider, subject: &str) -> QueryResult<Vec<Event>> {
    payment_events::table
        .filter(payment_events::provider.eq(provider))
        .filter(payment_events::subject.eq(subject))
        .filter(payment_events::outcome.eq(EventOutcome::Held))
        .order((payment_events::occurred_at, payment_events::id))
        .load(conn)
}

/// Notices about a payment of ours, by our key or the provider's name for it, the oldest first.
///
/// # Errors
/// A database error.
pub fn of_payment(
    conn: &mut Conn,
    payment: PaymentId,
    provider: Provider,
    subject: Option<&str>,
) -> QueryResult<Vec<Event>> {
    let subject = subject.unwrap_or("-").to_owned();
    payment_events::table
        .filter(payment_events::provider.eq(provider))
        .filter(payment_events::payment_id.eq(payment).or(payment_events::subject.eq(subject)))
        .order(payment_events::id)
        .load(conn)
}

/// Notices that fit no payment and were received in `[from, to)`.
///
/// # Errors
/// A database error.
pub fn odd(conn: &mut Conn, provider: Provider, from: Utc, to: Utc) -> QueryResult<Vec<Event>> {
    payment_events::table
        .filter(payment_events::provider.eq(provider))
        .filter(payment_events::outcome.eq(EventOutcome::Odd))
        .filter(payment_events::received_at.ge(from))
        .filter(payment_events::received_at.lt(to))
        .order(payment_events::id)
        .limit(200)
        .load(conn)
}
