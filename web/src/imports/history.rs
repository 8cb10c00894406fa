//! What lies in the past of the people in a list: when they last affirmed, and what they paid before there was a ledger here.
//!
//! Payments become entries of the append-only ledger on the day they were made, without a receipt (whoever took the money gave
//! one) and without a mail. What they cover follows from the membership of the row, as without amounts.

use std::collections::BTreeSet;

use folkmoot_store::imports::Import;
use folkmoot_store::memberships::paid::TermKind;
use folkmoot_store::memberships::voting::{self, AffirmationHow};
use folkmoot_store::payments::ledger::{self, EntryKind, NewEntry};
use folkmoot_store::payments::{self, NewPayment, PaymentId, PaymentState, Provider};
use folkmoot_store::{Conn, PersonId, Utc, bodies};

use super::apply::Work;
use super::columns::Settings;
use crate::app::App;
use crate::error::AppResult;
use crate::http::when::start_of;

/// Affirmations for the body of the settings, unless the person affirmed on that day or later.
pub(super) fn affirm(conn: &mut Conn, work: &mut [Work], settings: &Settings, now: Utc) -> AppResult<()> {
    if settings.affirmed_for.is_empty() {
        return Ok(());
    }
    let body = bodies::by_slug(conn, &settings.affirmed_for)?;
    let people: Vec<PersonId> = work.iter().filter_map(|w| w.person).collect();
    let mut known = voting::affirmed(conn, &people, body.id)?;
    for w in work {
        let (Some(person), Some(day)) = (w.person, w.what.affirmed_on) else { continue };
        let at = start_of(day);
        if known.iter().any(|(who, when)| *who == person && *when >= at) {
            continue;
        }
        let id = voting::affirm(conn, person, body.id, at, AffirmationHow::Imported, now)?;
        w.made.affirmation = Some(id.0);
        known.push((person, at));
    }
    Ok(())
}

/// Payments as history; the same amount of the same person on the same day is taken over once.
pub(super) fn pay(conn: &mut Conn, app: &App, import: &Import, work: &mut [Work], now: Utc) -> AppResult<()> {
    let people: Vec<PersonId> =
        work.iter().filter(|w| w.what.payment.is_some()).filter_map(|w| w.person).collect();
    if people.is_empty() {
        return Ok(());
    }
    let earlier = payments::imported(conn, &people)?.into_iter();
    let mut known: BTreeSet<(PersonId, Utc, i64, String)> =
        earlier.map(|p| (p.person_id, p.created_at, p.amount_minor, p.currency)).collect();
    for w in work {
        let (Some(person), Some(paid)) = (w.person, &w.what.payment) else { continue };
        let (at, minor, currency) = (start_of(paid.on), paid.amount.minor, paid.amount.currency.to_string());
        if !known.insert((person, at, minor, currency.clone())) {
            w.row.note = "This payment is in the ledger already".into();
            continue;
        }
        let new = NewPayment {
            public_id: app.public_id()?,
            person,
            class: paid.class,
            kind: TermKind::Term,
            provider: Provider::Import,
            reference: format!("{}-{}", import.public_id, w.row.line),
            amount_minor: minor,
            least_minor: paid.least.map_or(minor, |l| l.minor.min(minor)),
            currency: currency.clone(),
        };
        let id = payments::add(conn, &new, at)?;
        let entry = NewEntry {
            payment: id,
            kind: EntryKind::Settled,
            amount_minor: minor,
            currency: &currency,
            key: &format!("settle {}", new.public_id),
            occurred_at: at,
            actor: import.applied_by,
            note: "Taken over from earlier books",
        };
        ledger::append(conn, &entry, now)?;
        payments::set_state(conn, id, PaymentState::Settled, now)?;
        w.made.payment = Some(id.0);
    }
    Ok(())
}

/// Enters that a payment was taken over by mistake. The ledger forgets nothing: the entry of its day is set against it.
pub(super) fn take_back(conn: &mut Conn, payment: i64, now: Utc) -> AppResult<()> {
    let payment = payments::by_id(conn, PaymentId(payment))?;
    let entries = ledger::of_payment(conn, payment.id)?;
    let left = entries.iter().fold(0_i64, |sum, e| sum.saturating_add(e.amount_minor));
    if left <= 0 {
        return Ok(());
    }
    let entry = NewEntry {
        payment: payment.id,
        kind: EntryKind::Refunded,
        amount_minor: left.saturating_neg(),
        currency: &payment.currency,
        key: &format!("undo {}", payment.public_id),
        occurred_at: payment.created_at,
        actor: None,
        note: "The import was taken back; no money moved",
    };
    ledger::append(conn, &entry, now)?;
    payments::set_state(conn, payment.id, PaymentState::Returned, now)?;
    Ok(())
}
