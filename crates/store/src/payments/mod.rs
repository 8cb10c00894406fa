//! Payments of dues: what was agreed on here, what became of the money in the [`ledger`], [`receipts`], the providers'
//! notices ([`events`]), statements of the [`bank`], and comparisons with the providers' books ([`reconciliation`]).
//!
//! A payment belongs to a person from the beginning. Its state is worked out from the ledger and kept beside it for lists; the
//! ledger decides. Amounts are whole minor units; they are shown to the payer and to two roles of staff, and nothing that
//! concerns rights reads them.

pub mod bank;
pub mod events;
pub mod ledger;
pub mod receipts;
pub mod reconciliation;

use diesel::prelude::*;

use crate::memberships::ClassId;
use crate::memberships::paid::TermKind;
use crate::schema::{payments, persons, receipts as receipt_rows};
use crate::{Conn, PersonId, PublicId, Utc};

crate::row_ids! {
    /// Key of a payment.
    PaymentId,
}

crate::text_enum! {
    /// Who takes the money.
    pub enum Provider {
        /// Stripe Checkout.
        Stripe = "stripe",
        /// Bank transfer or cheque.
        Offline = "offline",
        /// Nobody: invented money of demonstrations.
        Test = "test",
        /// Nobody here: history taken over from the books kept before. No receipt is numbered for it.
        Import = "import",
    }
}

crate::text_enum! {
    /// How a payment stands.
    pub enum PaymentState {
        /// Agreed on; nothing came so far.
        Pending = "pending",
        /// The provider is still collecting.
        Processing = "processing",
        /// The money is here.
        Settled = "settled",
        /// The payer's bank wants it back; not decided.
        Disputed = "disputed",
        /// The money went back, all or too much of it.
        Returned = "returned",
        /// The provider could not collect it.
        Failed = "failed",
        /// Given up before anything was paid.
        Cancelled = "cancelled",
    }
}

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Payment {
    /// Key.
    pub id: PaymentId,
    /// Id for addresses.
    pub public_id: PublicId,
    /// Who pays.
    pub person_id: PersonId,
    /// For which class.
    pub class_id: ClassId,
    /// What for.
    pub kind: TermKind,
    /// Who takes the money.
    pub provider: Provider,
    /// What the payer quotes.
    pub reference: String,
    /// Amount agreed on, in minor units.
    pub amount_minor: i64,
    /// Least amount of the rule at the time, in minor units: what is left after refunds must reach it.
    pub least_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// How it stands; worked out from the ledger.
    pub state: PaymentState,
    /// The provider's name for the checkout.
    pub provider_session: Option<String>,
    /// The provider's name for the payment.
    pub provider_payment: Option<String>,
    /// Where the payer goes to pay.
    pub checkout_url: Option<String>,
    /// When it was agreed on.
    pub created_at: Utc,
    /// Last change.
    pub changed_at: Utc,
}

/// What is needed to agree on a payment.
#[derive(Debug, Clone)]
pub struct NewPayment {
    /// Id for addresses.
    pub public_id: PublicId,
    /// Who pays.
    pub person: PersonId,
    /// For which class.
    pub class: ClassId,
    /// What for.
    pub kind: TermKind,
    /// Who takes the money.
    pub provider: Provider,
    /// What the payer quotes.
    pub reference: String,
    /// In minor units.
    pub amount_minor: i64,
    /// See [`Payment::least_minor`].
    pub least_minor: i64,
    /// ISO 4217.
    pub currency: String,
}

/// Settled payments of these people that were taken over from earlier books.
///
/// # Errors
/// A database error.
pub fn imported(conn: &mut Conn, people: &[PersonId]) -> QueryResult<Vec<Payment>> {
    payments::table
        .filter(payments::person_id.eq_any(people))
        .filter(payments::provider.eq(Provider::Import).and(payments::state.eq(PaymentState::Settled)))
        .order(payments::id)
        .load(conn)
}

/// Keeps a payment before anything is paid.
///
/// # Errors
/// A database error.
pub fn add(conn: &mut Conn, new: &NewPayment, now: Utc) -> QueryResult<PaymentId> {
    diesel::insert_into(payments::table)
        .values((
            payments::public_id.eq(&new.public_id),
            payments::person_id.eq(new.person),
            payments::class_id.eq(new.class),
            payments::kind.eq(new.kind),
            payments::provider.eq(new.provider),
            payments::reference.eq(&new.reference),
            payments::amount_minor.eq(new.amount_minor),
            payments::least_minor.eq(new.least_minor),
            payments::currency.eq(&new.currency),
            payments::state.eq(PaymentState::Pending),
            payments::created_at.eq(now),
            payments::changed_at.eq(now),
        ))
        .returning(payments::id)
        .get_result(conn)
}

/// The payment with this key.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_id(conn: &mut Conn, id: PaymentId) -> QueryResult<Payment> {
    payments::table.find(id).first(conn)
}

/// The payment with this public id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_public_id(conn: &mut Conn, id: &PublicId) -> QueryResult<Payment> {
    payments::table.filter(payments::public_id.eq(id)).first(conn)
}

/// The payment with this reference.
///
/// # Errors
/// A database error.
pub fn by_reference(conn: &mut Conn, reference: &str) -> QueryResult<Option<Payment>> {
    payments::table.filter(payments::reference.eq(reference)).first(conn).optional()
}

/// The payment of this checkout.
///
/// # Errors
/// A database error.
pub fn by_session(conn: &mut Conn, session: &str) -> QueryResult<Option<Payment>> {
    payments::table.filter(payments::provider_session.eq(session)).first(conn).optional()
}

/// The payment that the provider calls by this name.
///
/// # Errors
/// A database error.
pub fn by_provider_payment(conn: &mut Conn, name: &str) -> QueryResult<Option<Payment>> {
    payments::table.filter(payments::provider_payment.eq(name)).first(conn).optional()
}

/// Payments of a person, the latest first.
///
/// # Errors
/// A database error.
pub fn of_person(conn: &mut Conn, person: PersonId) -> QueryResult<Vec<Payment>> {
    payments::table.filter(payments::person_id.eq(person)).order(payments::id.desc()).load(conn)
}

/// Payments of a provider in one of `states`, agreed on in `[from, to)`, the oldest first, at most `limit`.
///
/// # Errors
/// A database error.
pub fn waiting(
    conn: &mut Conn,
    provider: Provider,
    states: &[PaymentState],
    from: Utc,
    to: Utc,
    limit: i64,
) -> QueryResult<Vec<Payment>> {
    payments::table
        .filter(payments::provider.eq(provider))
        .filter(payments::state.eq_any(states))
        .filter(payments::created_at.ge(from))
        .filter(payments::created_at.lt(to))
        .order(payments::id)
        .limit(limit)
        .load(conn)
}

/// Notes what the provider calls the checkout and where it is.
///
/// # Errors
/// A database error.
pub fn set_checkout(conn: &mut Conn, id: PaymentId, session: &str, url: &str, now: Utc) -> QueryResult<()> {
    diesel::update(payments::table.find(id))
        .set((
            payments::provider_session.eq(Some(session)),
            payments::checkout_url.eq(Some(url)),
            payments::changed_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Notes what the provider calls the payment, and its checkout where that was not known.
///
/// # Errors
/// A unique violation when another payment has the name.
pub fn set_names(
    conn: &mut Conn,
    payment: &Payment,
    session: Option<&str>,
    name: Option<&str>,
) -> QueryResult<()> {
    let session = payment.provider_session.as_deref().or(session);
    let name = payment.provider_payment.as_deref().or(name);
    diesel::update(payments::table.find(payment.id))
        .set((payments::provider_session.eq(session), payments::provider_payment.eq(name)))
        .execute(conn)?;
    Ok(())
}

/// Keeps the state beside the ledger.
///
/// # Errors
/// A database error.
pub fn set_state(conn: &mut Conn, id: PaymentId, state: PaymentState, now: Utc) -> QueryResult<()> {
    diesel::update(payments::table.find(id))
        .set((payments::state.eq(state), payments::changed_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

/// What staff look for.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// In one of these states; empty for any.
    pub states: Vec<PaymentState>,
    /// Taken by.
    pub provider: Option<Provider>,
    /// Part of the payer's name, the beginning of a reference, or of a receipt's number; empty for any.
    pub text: String,
    /// Older than this key, for the next page.
    pub before: Option<PaymentId>,
}

/// A payment in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The payment.
    pub payment: Payment,
    /// The payer's preferred name.
    pub name: String,
    /// Number of the receipt.
    pub receipt: Option<String>,
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// Lower case; on SQLite for ASCII only, which is why names are also compared as typed.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// Payments that fit, the latest first, at most `limit`.
///
/// # Errors
/// A database error.
pub fn find(conn: &mut Conn, filter: &Filter, limit: i64) -> QueryResult<Vec<Line>> {
    let numbered = if filter.text.is_empty() {
        None
    } else {
        let part = crate::accounts::escape_like(&filter.text);
        let (inside, beginning) = (format!("%{part}%"), format!("{}%", part.to_uppercase()));
        let lowered = inside.to_lowercase();
        let numbered: Vec<PaymentId> = receipt_rows::table
            .filter(receipt_rows::number.like(&beginning).escape('\\'))
            .select(receipt_rows::payment_id)
            .limit(limit)
            .load(conn)?;
        Some((inside, lowered, beginning, numbered))
    };
    let mut query = payments::table
        .inner_join(persons::table)
        .left_join(receipt_rows::table)
        .select((payments::all_columns, persons::preferred_name, receipt_rows::number.nullable()))
        .order(payments::id.desc())
        .limit(limit)
        .into_boxed();
    if !filter.states.is_empty() {
        query = query.filter(payments::state.eq_any(filter.states.clone()));
    }
    if let Some(provider) = filter.provider {
        query = query.filter(payments::provider.eq(provider));
    }
    if let Some(before) = filter.before {
        query = query.filter(payments::id.lt(before));
    }
    if let Some((inside, lowered, beginning, numbered)) = numbered {
        query = query.filter(
            persons::preferred_name
                .like(inside)
                .escape('\\')
                .or(lower(persons::preferred_name).like(lowered).escape('\\'))
                .or(payments::reference.like(beginning).escape('\\'))
                .or(payments::id.eq_any(numbered)),
        );
    }
    let rows: Vec<(Payment, String, Option<String>)> = query.load(conn)?;
    Ok(rows.into_iter().map(|(payment, name, receipt)| Line { payment, name, receipt }).collect())
}
