//! What a notice does: ledger, receipt, membership, mail and log in one transaction. The same notice again does nothing, and
//! notices in another order come to the same end; whatever cannot be applied yet is held until the payment settles.

use folkmoot_governance::{Currency, Money};
use folkmoot_store::audit::{self, Act};
use folkmoot_store::memberships::paid::NewPaidTerm;
use folkmoot_store::payments::events::{self, Event, EventOutcome};
use folkmoot_store::payments::ledger::{self, EntryKind, NewEntry, Standing};
use folkmoot_store::payments::{self, Payment, PaymentState, Provider, receipts};
use folkmoot_store::{Conn, PersonId, Utc, accounts};
use serde_json::json;

use super::mail::{PaymentReceived, PaymentReturned};
use super::notice::Notice;
use super::provider::Found;
use crate::app::App;
use crate::error::{AppError, AppResult, Kind};
use crate::mail::{self, Recipient};
use crate::membership::dues;

/// Who says it, for ledger and log.
#[derive(Debug, Clone)]
pub struct Source {
    /// The member of staff who entered it; `None` for providers.
    pub actor: Option<PersonId>,
    /// Reference number of the request, or the provider's name for its notice.
    pub reference: String,
    /// Why, in the words of staff.
    pub note: String,
}

impl Source {
    /// A provider, by this notice or answer.
    pub fn provider(reference: impl Into<String>) -> Self {
        Self { actor: None, reference: reference.into(), note: String::new() }
    }
}

/// The currency of a payment.
///
/// # Errors
/// `Internal` for a stored code that is none.
pub fn currency(payment: &Payment) -> AppResult<Currency> {
    Currency::try_from(payment.currency.clone()).map_err(AppError::internal)
}

/// The amount that was agreed on.
///
/// # Errors
/// As [`currency`].
pub fn agreed(payment: &Payment) -> AppResult<Money> {
    Ok(Money { minor: payment.amount_minor, currency: currency(payment)? })
}

/// What the ledger says of a payment.
///
/// # Errors
/// A database error.
pub fn standing(conn: &mut Conn, payment: &Payment) -> AppResult<Standing> {
    Ok(Standing::of(&ledger::of_payment(conn, payment.id)?, payment.least_minor))
}

/// Applies what a provider knows of a payment.
///
/// # Errors
/// A database error.
pub fn found(conn: &mut Conn, app: &App, payment: &Payment, found: &Found, now: Utc) -> AppResult<()> {
    payments::set_names(conn, payment, found.session.as_deref(), found.name.as_deref())?;
    let source = Source::provider(found.session.clone().unwrap_or_default());
    for notice in &found.notices {
        let payment = payments::by_id(conn, payment.id)?;
        apply(conn, app, &payment, notice, &source, now)?;
    }
    Ok(())
}

/// Applies one notice to a payment and tells what came of it.
///
/// # Errors
/// A database error.
pub fn apply(
    conn: &mut Conn,
    app: &App,
    payment: &Payment,
    notice: &Notice,
    source: &Source,
    now: Utc,
) -> AppResult<EventOutcome> {
    match notice {
        Notice::Settled { amount, at } => settle(conn, app, payment, *amount, *at, source, now),
        Notice::Processing => {
            progress(conn, payment, &[PaymentState::Pending], PaymentState::Processing, now)
        }
        Notice::Failed => {
            let from = [PaymentState::Pending, PaymentState::Processing];
            progress(conn, payment, &from, PaymentState::Failed, now)
        }
        Notice::Expired => progress(conn, payment, &[PaymentState::Pending], PaymentState::Cancelled, now),
        Notice::Refunded { .. } | Notice::DisputeOpened { .. } | Notice::DisputeClosed { .. } => {
            go_back(conn, app, payment, notice, source, now)
        }
    }
}

/// States before any money came; once it is there, the ledger decides.
fn progress(
    conn: &mut Conn,
    payment: &Payment,
    from: &[PaymentState],
    to: PaymentState,
    now: Utc,
) -> AppResult<EventOutcome> {
    if !from.contains(&payment.state) {
        return Ok(EventOutcome::Nothing);
    }
    payments::set_state(conn, payment.id, to, now)?;
    Ok(EventOutcome::Applied)
}

fn settle(
    conn: &mut Conn,
    app: &App,
    payment: &Payment,
    amount: Money,
    at: Utc,
    source: &Source,
    now: Utc,
) -> AppResult<EventOutcome> {
    // A transfer may bring another amount than agreed on, as long as it is enough; a provider must bring exactly that.
    let fits = match payment.provider {
        Provider::Offline => amount.minor >= payment.least_minor,
        Provider::Stripe | Provider::Test | Provider::Import => amount.minor == payment.amount_minor,
    };
    if !fits || amount.currency != currency(payment)? {
        return Ok(EventOutcome::Odd);
    }
    let at = at.min(now);
    let entry = NewEntry {
        payment: payment.id,
        kind: EntryKind::Settled,
        amount_minor: amount.minor,
        currency: &payment.currency,
        key: &format!("settle {}", payment.public_id),
        occurred_at: at,
        actor: source.actor,
        note: &source.note,
    };
    if !ledger::append(conn, &entry, now)? {
        return Ok(EventOutcome::Nothing);
    }
    payments::set_state(conn, payment.id, PaymentState::Settled, now)?;
    let receipt = receipts::issue(conn, payment.id, now)?;
    let paid = NewPaidTerm {
        person: payment.person_id,
        class: payment.class_id,
        reference: &payment.reference,
        kind: payment.kind,
        paid_at: at,
    };
    match dues::extend_paid(conn, app, &paid, now) {
        // The class lost its dues meanwhile: the money is here all the same, and staff decide what it is for.
        Err(AppError { kind: Kind::Conflict(_), .. }) => {
            tracing::warn!(payment = payment.public_id.as_str(), "paid for a class without dues");
        }
        other => drop(other?),
    }
    log(conn, payment, "payment.settle", source, now)?;
    if let Some((name, to)) = payer(conn, payment)? {
        let link = app.link(&format!("/membership/payments/{}/receipt", payment.public_id));
        mail::queue(conn, app, &to, &PaymentReceived { name, number: receipt.number, link }, now)?;
    }
    let known = payments::by_id(conn, payment.id)?;
    apply_held(conn, app, &known, now)?;
    Ok(EventOutcome::Applied)
}

/// Notices that came before their payment.
fn apply_held(conn: &mut Conn, app: &App, payment: &Payment, now: Utc) -> AppResult<()> {
    let Some(name) = payment.provider_payment.as_deref() else { return Ok(()) };
    for event in events::held(conn, payment.provider, name)? {
        let Event { event_id, notice, .. } = event;
        let notice: Notice = notice.parse()?;
        go_back(conn, app, payment, &notice, &Source::provider(event_id), now)?;
    }
    Ok(())
}

/// Money that goes back, or comes back after a dispute.
fn go_back(
    conn: &mut Conn,
    app: &App,
    payment: &Payment,
    notice: &Notice,
    source: &Source,
    now: Utc,
) -> AppResult<EventOutcome> {
    let before = standing(conn, payment)?;
    if before.settled_at.is_none() {
        return Ok(EventOutcome::Held);
    }
    let id = &payment.public_id;
    let (money, entries) = match notice {
        Notice::Refunded { total, at } => {
            let more = total.minor.saturating_sub(before.refunded);
            if more <= 0 {
                return Ok(EventOutcome::Nothing);
            }
            (*total, vec![(EntryKind::Refunded, -more, format!("refund {id} {}", total.minor), *at)])
        }
        Notice::DisputeOpened { dispute, amount, at } => (
            *amount,
            vec![(EntryKind::DisputeOpened, -amount.minor, format!("dispute {dispute} opened"), *at)],
        ),
        Notice::DisputeClosed { dispute, amount, won, at } => {
            let (kind, back) =
                if *won { (EntryKind::DisputeWon, amount.minor) } else { (EntryKind::DisputeLost, 0) };
            // Its beginning may not have arrived.
            let opened = (EntryKind::DisputeOpened, -amount.minor, format!("dispute {dispute} opened"), *at);
            (*amount, vec![opened, (kind, back, format!("dispute {dispute} closed"), *at)])
        }
        _ => return Ok(EventOutcome::Nothing),
    };
    if money.currency != currency(payment)? || money.minor > before.received {
        return Ok(EventOutcome::Odd);
    }
    let mut entered = false;
    for (kind, amount_minor, key, at) in entries {
        let entry = NewEntry {
            payment: payment.id,
            kind,
            amount_minor,
            currency: &payment.currency,
            key: &key,
            occurred_at: at.min(now),
            actor: source.actor,
            note: &source.note,
        };
        entered |= ledger::append(conn, &entry, now)?;
    }
    if !entered {
        return Ok(EventOutcome::Nothing);
    }
    follow(conn, app, payment, &before, source, now)?;
    Ok(EventOutcome::Applied)
}

/// Draws the consequences of new entries.
fn follow(
    conn: &mut Conn,
    app: &App,
    payment: &Payment,
    before: &Standing,
    source: &Source,
    now: Utc,
) -> AppResult<()> {
    let after = standing(conn, payment)?;
    if let Some(state) = after.state {
        payments::set_state(conn, payment.id, state, now)?;
    }
    let action = match after.state {
        Some(PaymentState::Returned) => "payment.return",
        Some(PaymentState::Disputed) => "payment.dispute",
        _ => "payment.change",
    };
    log(conn, payment, action, source, now)?;
    if let (None, Some(at)) = (before.returned_at, after.returned_at) {
        dues::withdraw_paid(conn, app, &payment.reference, at, now)?;
        if let Some((name, to)) = payer(conn, payment)? {
            let link = app.link(&format!("/membership/payments/{}", payment.public_id));
            let reference = payment.reference.clone();
            mail::queue(conn, app, &to, &PaymentReturned { name, reference, link }, now)?;
        }
    }
    Ok(())
}

/// An entry in the audit log; never an amount.
fn log(conn: &mut Conn, payment: &Payment, action: &'static str, source: &Source, now: Utc) -> AppResult<()> {
    let act = Act {
        actor: source.actor,
        action,
        object: format!("payment {}", payment.public_id),
        details: json!({ "provider": payment.provider }),
        reference: source.reference.clone(),
    };
    audit::append(conn, &act, now)?;
    Ok(())
}

/// The payer's name and address, unless the account is closed.
fn payer(conn: &mut Conn, payment: &Payment) -> AppResult<Option<(String, Recipient)>> {
    let person = accounts::person(conn, payment.person_id)?;
    let address = accounts::mail_address_of(conn, person.id)?;
    Ok(address.map(|address| (person.preferred_name, Recipient::person(person.id, address))))
}
