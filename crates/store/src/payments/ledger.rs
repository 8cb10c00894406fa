//! The ledger: append-only (triggers refuse everything else), one entry a key. What happened to a payment is worked out from
//! its entries alone, and in whatever order they came the answer is the same.

use diesel::prelude::*;

use super::{PaymentId, PaymentState};
use crate::schema::payment_entries;
use crate::{Conn, PersonId, Utc};

crate::row_ids! {
    /// Key of an entry.
    EntryId,
}

crate::text_enum! {
    /// What happened to the money.
    pub enum EntryKind {
        /// It arrived.
        Settled = "settled",
        /// Some or all of it was paid back.
        Refunded = "refunded",
        /// The payer's bank took it, until the dispute is decided.
        DisputeOpened = "dispute_opened",
        /// The dispute was decided for the organisation; the money is back.
        DisputeWon = "dispute_won",
        /// The dispute was decided for the payer.
        DisputeLost = "dispute_lost",
    }
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Entry {
    /// Key.
    pub id: EntryId,
    /// Of which payment.
    pub payment_id: PaymentId,
    /// What happened.
    pub kind: EntryKind,
    /// What it added to the organisation's money, in minor units; negative when it left.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// One key is entered once.
    pub key: String,
    /// When it happened.
    pub occurred_at: Utc,
    /// When it was entered.
    pub recorded_at: Utc,
    /// Who entered it; `None` for notices of providers.
    pub actor: Option<PersonId>,
    /// Why, in the words of staff; empty for notices of providers.
    pub note: String,
}

/// What is needed to enter something.
#[derive(Debug, Clone)]
pub struct NewEntry<'a> {
    /// Of which payment.
    pub payment: PaymentId,
    /// What happened.
    pub kind: EntryKind,
    /// Signed, in minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: &'a str,
    /// One key is entered once.
    pub key: &'a str,
    /// When it happened.
    pub occurred_at: Utc,
    /// Who enters it.
    pub actor: Option<PersonId>,
    /// Why.
    pub note: &'a str,
}

/// Enters something. False, and nothing entered, when the key is known.
///
/// # Errors
/// A database error.
pub fn append(conn: &mut Conn, new: &NewEntry<'_>, now: Utc) -> QueryResult<bool> {
    let known: i64 =
        payment_entries::table.filter(payment_entries::entry_key.eq(new.key)).count().get_result(conn)?;
    if known > 0 {
        return Ok(false);
    }
    diesel::insert_into(payment_entries::table)
        .values((
            payment_entries::payment_id.eq(new.payment),
            payment_entries::kind.eq(new.kind),
            payment_entries::amount_minor.eq(new.amount_minor),
            payment_entries::currency.eq(new.currency),
            payment_entries::entry_key.eq(new.key),
            payment_entries::occurred_at.eq(new.occurred_at),
            payment_entries::recorded_at.eq(now),
            payment_entries::actor_id.eq(new.actor),
            payment_entries::note.eq(new.note),
        ))
        .execute(conn)?;
    Ok(true)
}

/// Entries of a payment, in the order they were made.
///
/// # Errors
/// A database error.
pub fn of_payment(conn: &mut Conn, payment: PaymentId) -> QueryResult<Vec<Entry>> {
    payment_entries::table
        .filter(payment_entries::payment_id.eq(payment))
        .order(payment_entries::id)
        .load(conn)
}

/// Entries of these payments, in the order they were made.
///
/// # Errors
/// A database error.
pub fn of_payments(conn: &mut Conn, payments: &[PaymentId]) -> QueryResult<Vec<Entry>> {
    payment_entries::table
        .filter(payment_entries::payment_id.eq_any(payments))
        .order(payment_entries::id)
        .load(conn)
}

/// Entries of what happened in `[from, to)`.
///
/// # Errors
/// A database error.
pub fn between(conn: &mut Conn, from: Utc, to: Utc) -> QueryResult<Vec<Entry>> {
    payment_entries::table
        .filter(payment_entries::occurred_at.ge(from))
        .filter(payment_entries::occurred_at.lt(to))
        .order(payment_entries::id)
        .load(conn)
}

/// What the entries of one payment amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// How the payment stands; `None` while no money came.
    pub state: Option<PaymentState>,
    /// What arrived, in minor units.
    pub received: i64,
    /// What was paid back on purpose, in minor units, as a positive number.
    pub refunded: i64,
    /// What the organisation has of it now, in minor units.
    pub balance: i64,
    /// When the money arrived.
    pub settled_at: Option<Utc>,
    /// When so much went back that less than the least amount is left.
    pub returned_at: Option<Utc>,
}

impl Standing {
    /// Works it out. `least` is the amount below which what is left no longer pays for a term.
    #[must_use]
    pub fn of(entries: &[Entry], least: i64) -> Self {
        let of_kind = |kind: EntryKind| entries.iter().filter(move |e| e.kind == kind);
        let sum = |kind: EntryKind| of_kind(kind).fold(0_i64, |n, e| n.saturating_add(e.amount_minor));
        let received = sum(EntryKind::Settled);
        let refunded = sum(EntryKind::Refunded).saturating_neg();
        let balance = entries.iter().fold(0_i64, |n, e| n.saturating_add(e.amount_minor));
        let settled_at = of_kind(EntryKind::Settled).map(|e| e.occurred_at).min();
        let lost_at = of_kind(EntryKind::DisputeLost).map(|e| e.occurred_at).min();
        let mut left = received;
        let mut refunds: Vec<&Entry> = of_kind(EntryKind::Refunded).collect();
        refunds.sort_by_key(|e| (e.occurred_at, e.id));
        let refunded_at = refunds.iter().find_map(|e| {
            left = left.saturating_add(e.amount_minor);
            (left < least || left <= 0).then_some(e.occurred_at)
        });
        let returned_at = [lost_at, refunded_at].into_iter().flatten().min();
        let decided = of_kind(EntryKind::DisputeWon).count() + of_kind(EntryKind::DisputeLost).count();
        let state = match (settled_at, returned_at) {
            (None, _) => None,
            (Some(_), Some(_)) => Some(PaymentState::Returned),
            _ if of_kind(EntryKind::DisputeOpened).count() > decided => Some(PaymentState::Disputed),
            _ => Some(PaymentState::Settled),
        };
        Self { state, received, refunded, balance, settled_at, returned_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: i64, kind: EntryKind, amount: i64, at: &str) -> Entry {
        let at = Utc::parse(at).unwrap_or_else(|e| panic!("{e}"));
        Entry {
            id: EntryId(id),
            payment_id: PaymentId(1),
            kind,
            amount_minor: amount,
            currency: "USD".into(),
            key: id.to_string(),
            occurred_at: at,
            recorded_at: at,
            actor: None,
            note: String::new(),
        }
    }

    #[test]
    fn the_order_of_entries_does_not_matter() {
        let entries = [
            entry(1, EntryKind::Settled, 6000, "2026-01-01T00:00:00Z"),
            entry(2, EntryKind::Refunded, -1000, "2026-01-05T00:00:00Z"),
            entry(3, EntryKind::DisputeOpened, -5000, "2026-01-06T00:00:00Z"),
            entry(4, EntryKind::DisputeWon, 5000, "2026-02-06T00:00:00Z"),
            entry(5, EntryKind::Refunded, -3000, "2026-03-01T00:00:00Z"),
        ];
        let whole = Standing::of(&entries, 2500);
        assert_eq!(whole.state, Some(PaymentState::Returned));
        assert_eq!((whole.received, whole.refunded, whole.balance), (6000, 4000, 2000));
        assert_eq!(whole.returned_at, Some(entries[4].occurred_at));
        // Every rotation and reversal of the same entries says the same.
        let mut turned = entries.to_vec();
        for _ in 0..entries.len() {
            turned.rotate_left(1);
            assert_eq!(Standing::of(&turned, 2500), whole);
            let reversed: Vec<Entry> = turned.iter().rev().cloned().collect();
            assert_eq!(Standing::of(&reversed, 2500), whole);
        }
        // Before the last refund enough is left for a term.
        assert_eq!(Standing::of(&entries[..4], 2500).state, Some(PaymentState::Settled));
        assert_eq!(Standing::of(&entries[..3], 2500).state, Some(PaymentState::Disputed));
        assert_eq!(Standing::of(&entries[1..2], 2500).state, None, "a refund alone settles nothing");
    }

    #[test]
    fn a_lost_dispute_takes_the_payment_back() {
        let mut entries = vec![
            entry(1, EntryKind::Settled, 6000, "2026-01-01T00:00:00Z"),
            entry(2, EntryKind::DisputeOpened, -6000, "2026-01-06T00:00:00Z"),
        ];
        let open = Standing::of(&entries, 2500);
        assert_eq!((open.state, open.returned_at, open.balance), (Some(PaymentState::Disputed), None, 0));
        entries.push(entry(3, EntryKind::DisputeLost, 0, "2026-02-01T00:00:00Z"));
        let lost = Standing::of(&entries, 2500);
        assert_eq!((lost.state, lost.balance), (Some(PaymentState::Returned), 0));
        assert_eq!(lost.returned_at, Some(entries[2].occurred_at));
    }
}
