//! Dues and payments, for reports. Amounts are apart from who paid what for.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use crate::memberships::paid::PaidTerm;
use crate::memberships::{ClassId, MembershipState};
use crate::payments::ledger::EntryKind;
use crate::payments::{PaymentState, Provider};
use crate::schema::{memberships, paid_terms, payment_entries, payments, persons};
use crate::{Conn, PersonId, PublicId, Utc};

/// All payments of dues with the public id of who paid, by person and class, each oldest first.
///
/// # Errors
/// A database error.
pub fn paid(conn: &mut Conn) -> QueryResult<Vec<(PaidTerm, PublicId)>> {
    paid_terms::table
        .inner_join(persons::table.on(persons::id.eq(paid_terms::person_id)))
        .order((paid_terms::person_id, paid_terms::class_id, paid_terms::paid_at, paid_terms::id))
        .select((paid_terms::all_columns, persons::public_id))
        .load(conn)
}

/// Keys of the people who hold a membership at an instant.
///
/// # Errors
/// A database error.
pub fn members_at(conn: &mut Conn, at: Utc) -> QueryResult<HashSet<PersonId>> {
    let rows: Vec<PersonId> = memberships::table
        .filter(memberships::state.ne_all([MembershipState::Applied, MembershipState::Refused]))
        .filter(memberships::starts_at.le(at))
        .filter(memberships::ends_at.is_null().or(memberships::ends_at.gt(at)))
        .select(memberships::person_id)
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// People whose membership of a class ended in another way than with the time that was paid for.
///
/// # Errors
/// A database error.
pub fn left(conn: &mut Conn) -> QueryResult<HashSet<(PersonId, ClassId)>> {
    let ended = [
        MembershipState::Converted,
        MembershipState::Resigned,
        MembershipState::Terminated,
        MembershipState::Deceased,
        MembershipState::Removed,
    ];
    let rows: Vec<(PersonId, ClassId)> = memberships::table
        .filter(memberships::state.eq_any(ended))
        .select((memberships::person_id, memberships::class_id))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// What each payment amounts to, in minor units, with its currency; by what it is known by.
///
/// # Errors
/// A database error.
pub fn amounts(conn: &mut Conn) -> QueryResult<HashMap<String, (i64, String)>> {
    let rows: Vec<(String, i64, String)> = payments::table
        .select((payments::reference, payments::amount_minor, payments::currency))
        .load(conn)?;
    Ok(rows.into_iter().map(|(reference, amount, currency)| (reference, (amount, currency))).collect())
}

/// One entry of the ledger with its payment.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Money {
    /// When it happened.
    pub occurred_at: Utc,
    /// What happened.
    pub kind: EntryKind,
    /// Signed, in minor units.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
    /// Through whom.
    pub provider: Provider,
    /// How the payment stands.
    pub state: PaymentState,
    /// Name of the payer.
    pub payer: String,
    /// What the payer quotes.
    pub reference: String,
}

/// The ledger of payments, oldest first.
///
/// # Errors
/// A database error.
pub fn money(conn: &mut Conn) -> QueryResult<Vec<Money>> {
    payment_entries::table
        .inner_join(payments::table.on(payments::id.eq(payment_entries::payment_id)))
        .inner_join(persons::table.on(persons::id.eq(payments::person_id)))
        .order(payment_entries::id)
        .select((
            payment_entries::occurred_at,
            payment_entries::kind,
            payment_entries::amount_minor,
            payment_entries::currency,
            payments::provider,
            payments::state,
            persons::preferred_name,
            payments::reference,
        ))
        .load(conn)
}
