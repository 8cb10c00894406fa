//! Staff side: payments with their ledger, entering what came by cheque, paying back. Two roles see these pages (`SeePayments`);
//! only membership staff change anything, and nobody a payment of their own.

use actix_web::web;
use askama::Template;
use chrono::{NaiveDate, NaiveTime};
use folkmoot_governance::Money;
use folkmoot_store::payments::events::{self, EventOutcome};
use folkmoot_store::payments::ledger;
use folkmoot_store::payments::{self, Filter, Payment, PaymentId, PaymentState, Provider, receipts};
use folkmoot_store::{Conn, PublicId, Utc, accounts};

use super::notice::Notice;
use super::pay::{EntryLine, class_of, entry_lines, id_in, state_words, title};
use super::provider;
use super::settle::{self, Source};
use crate::auth::permission::{Action, Subject, may};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::{day, parse_day, when};
use crate::http::{Check, Ctx, Form, Page, PageResult};

/// Payments on a page of the list.
const MOST: i64 = 50;

pub(super) struct StaffLine {
    pub href: String,
    pub reference: String,
    pub name: String,
    pub at: String,
    pub amount: String,
    pub provider: &'static str,
    pub state: &'static str,
    pub tag: &'static str,
    pub receipt: String,
}

#[derive(Template)]
#[template(path = "payments/staff_list.html")]
struct ListPage {
    page: Page,
    text: String,
    state: String,
    states: Vec<(&'static str, &'static str)>,
    form: Form,
    lines: Vec<StaffLine>,
    older: Option<String>,
}

pub(super) fn staff_line(found: payments::Line) -> AppResult<StaffLine> {
    let payment = found.payment;
    let (state, tag) = state_words(payment.state);
    Ok(StaffLine {
        href: format!("/staff/payments/{}", payment.public_id),
        name: found.name,
        at: day(payment.created_at),
        amount: settle::agreed(&payment)?.to_string(),
        provider: provider::words(payment.provider),
        state,
        tag,
        receipt: found.receipt.unwrap_or_default(),
        reference: payment.reference,
    })
}

pub(super) async fn list(ctx: Ctx, _actor: Actor) -> PageResult {
    let text: String = ctx.query("q").unwrap_or_default().trim().chars().take(100).collect();
    let state = ctx.query("state").unwrap_or_default();
    let wanted = state.parse::<PaymentState>().ok();
    let before = ctx.query("before").and_then(|b| b.parse().ok()).map(PaymentId);
    let filter = Filter { states: wanted.into_iter().collect(), provider: None, text: text.clone(), before };
    let found = ctx.app().read(move |c| Ok(payments::find(c, &filter, MOST)?)).await?;
    let full = i64::try_from(found.len()).unwrap_or(0) == MOST;
    let older = found.last().filter(|_| full).map(|last| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("q", &text).append_pair("state", &state);
        query.append_pair("before", &last.payment.id.0.to_string());
        format!("/staff/payments?{}", query.finish())
    });
    let lines = found.into_iter().map(staff_line).collect::<AppResult<Vec<_>>>()?;
    let states = PaymentState::ALL.iter().map(|s| (s.as_str(), state_words(*s).0)).collect();
    let state = wanted.map(|s| s.as_str().to_owned()).unwrap_or_default();
    let today = ctx.now().datetime().date_naive();
    let first = today.checked_sub_days(chrono::Days::new(365)).unwrap_or(today);
    let form = Form::filled([("from", first.to_string()), ("to", today.to_string())]);
    ctx.show(&ListPage { page: ctx.page("Payments"), text, state, states, form, lines, older })
}

/// A notice of the provider in words.
struct NoticeLine {
    kind: String,
    at: String,
    outcome: &'static str,
    tag: &'static str,
}

#[derive(Template)]
#[template(path = "payments/staff_show.html")]
struct OnePage {
    page: Page,
    form: Form,
    id: PublicId,
    reference: String,
    person: PublicId,
    name: String,
    title: String,
    agreed: String,
    received: String,
    left: String,
    provider: &'static str,
    provider_name: String,
    state: &'static str,
    tag: &'static str,
    begun: String,
    receipt: String,
    sign: String,
    entries: Vec<EntryLine>,
    notices: Vec<NoticeLine>,
    may_see_person: bool,
    may_settle: bool,
    may_refund: bool,
    by_hand: bool,
}

fn notice_lines(conn: &mut Conn, payment: &Payment) -> AppResult<Vec<NoticeLine>> {
    let name = payment.provider_payment.as_deref();
    let found = events::of_payment(conn, payment.id, payment.provider, name)?;
    let line = |e: events::Event| {
        let (outcome, tag) = match e.outcome {
            EventOutcome::Applied => ("Applied", "good"),
            EventOutcome::Nothing => ("Nothing new", ""),
            EventOutcome::Held => ("Waited for the payment", "brand"),
            EventOutcome::Odd => ("Does not fit: look at it", "bad"),
            EventOutcome::Ignored => ("Of no concern", ""),
        };
        NoticeLine { kind: e.kind, at: when(e.occurred_at), outcome, tag }
    };
    Ok(found.into_iter().map(line).collect())
}

fn gather(conn: &mut Conn, page: Page, actor: &Actor, id: &PublicId, form: Form) -> AppResult<OnePage> {
    let payment = payments::by_public_id(conn, id)?;
    let person = accounts::person(conn, payment.person_id)?;
    let class = class_of(conn, &payment)?;
    let standing = settle::standing(conn, &payment)?;
    let currency = settle::currency(&payment)?;
    let money = |minor: i64| Money { minor, currency }.to_string();
    let (state, tag) = state_words(payment.state);
    let manages = may(actor, Action::ManagePayments, Subject::Person(person.id)).is_ok();
    let by_hand = payment.provider != Provider::Stripe;
    let open = matches!(payment.state, PaymentState::Pending | PaymentState::Cancelled);
    Ok(OnePage {
        page: page.for_form(&form),
        form,
        id: id.clone(),
        person: person.public_id,
        name: person.preferred_name,
        title: title(&payment, &class),
        agreed: settle::agreed(&payment)?.to_string(),
        received: money(standing.received),
        left: money(standing.balance),
        provider: provider::words(payment.provider),
        provider_name: payment.provider_payment.clone().unwrap_or_default(),
        state,
        tag,
        begun: when(payment.created_at),
        receipt: receipts::of_payment(conn, payment.id)?.map(|r| r.number).unwrap_or_default(),
        sign: payment.currency.clone(),
        entries: entry_lines(&ledger::of_payment(conn, payment.id)?, &payment)?,
        notices: notice_lines(conn, &payment)?,
        may_see_person: may(actor, Action::SeePeople, Subject::Person(person.id)).is_ok(),
        may_settle: manages && open && payment.provider == Provider::Offline,
        may_refund: manages
            && standing.balance > 0
            && payment.state == PaymentState::Settled
            && payment.provider != Provider::Import,
        by_hand,
        reference: payment.reference,
    })
}

async fn shown(ctx: &Ctx, actor: Actor, id: PublicId, form: Form) -> PageResult {
    let page = ctx.page("Payment");
    let template = ctx.app().read(move |c| gather(c, page, &actor, &id, form)).await?;
    if template.page.has_errors { ctx.show_again(&template) } else { ctx.show(&template) }
}

pub(super) async fn one(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let id = id_in(&path)?;
    shown(&ctx, actor, id, Form::empty()).await
}

/// The payment in the address, when this member of staff may change it: nobody their own.
pub(super) fn to_change(conn: &mut Conn, actor: &Actor, id: &PublicId) -> AppResult<Payment> {
    let payment = payments::by_public_id(conn, id)?;
    may(actor, Action::ManagePayments, Subject::Person(payment.person_id))
        .map_err(|d| AppError::forbidden(d.to_string()))?;
    Ok(payment)
}

/// The instant for money that is in the bank's books of a day: noon, which is the same day nearly everywhere.
pub(super) fn booked(day: NaiveDate, now: Utc) -> Utc {
    let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap_or(NaiveTime::MIN);
    Utc::from_datetime(day.and_time(noon).and_utc()).min(now)
}

/// Enters money that came by cheque, or whose transfer is known otherwise than by a statement.
pub(super) async fn arrived(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["amount", "day", "note"])?;
    let (id, now) = (id_in(&path)?, ctx.now());
    let (asks, shown_id) = (actor.clone(), id.clone());
    let payment = ctx.app().read(move |c| to_change(c, &asks, &shown_id)).await?;
    let currency = settle::currency(&payment)?;
    let mut check = Check::new(&form);
    let amount = check.field("amount", |t| Money::parse(t, currency).map_err(|e| e.to_string()));
    let on = check.field("day", |t| {
        let day = parse_day(t)?;
        if day > now.datetime().date_naive() { Err("This day is to come.".to_owned()) } else { Ok(day) }
    });
    let note = check.text("note", 200, "Say how it came, for example the number of the cheque.");
    if let Some(amount) = amount.filter(|a| a.minor < payment.least_minor) {
        let least = Money { minor: payment.least_minor, currency };
        check.add("amount", format!("{amount} is below the least amount of {least}: pay it back instead."));
    }
    if payment.provider != Provider::Offline {
        return Err(AppError::conflict("Only transfers and cheques are entered by hand."));
    }
    let enough = amount.filter(|a| a.minor >= payment.least_minor);
    let (Some(amount), Some(on), Some(note)) = (enough, on, note) else {
        let errors = check.errors();
        return shown(&ctx, actor, id, form.with(errors)).await;
    };
    let source = Source { actor: Some(actor.person), reference: ctx.reference().to_owned(), note };
    let app = ctx.app().clone();
    let target = format!("/staff/payments/{id}");
    let outcome = ctx
        .app()
        .write(move |c| {
            let payment = to_change(c, &actor, &id)?;
            let notice = Notice::Settled { amount, at: booked(on, now) };
            settle::apply(c, &app, &payment, &notice, &source, now)
        })
        .await?;
    match outcome {
        EventOutcome::Applied => {
            Ok(ctx.redirect_with(&target, &Flash::good("Entered; the payer has a mail.")))
        }
        _ => Err(AppError::conflict("This payment is settled already; its page shows the ledger.")),
    }
}

/// Pays back some or all of a payment. Stripe is asked outside of any transaction; its own notice about the refund then says
/// nothing new.
pub(super) async fn refund(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["back", "reason"])?;
    ctx.require_fresh()?;
    let (id, now) = (id_in(&path)?, ctx.now());
    let (asks, shown_id) = (actor.clone(), id.clone());
    let (payment, standing) = ctx
        .app()
        .read(move |c| {
            let payment = to_change(c, &asks, &shown_id)?;
            if payment.provider == Provider::Import {
                return Err(AppError::conflict(
                    "This payment is history from earlier books; nothing is paid back from here.",
                ));
            }
            let standing = settle::standing(c, &payment)?;
            Ok((payment, standing))
        })
        .await?;
    let currency = settle::currency(&payment)?;
    let mut check = Check::new(&form);
    let amount = check.field("back", |t| {
        let amount = Money::parse(t, currency).map_err(|e| e.to_string())?;
        match amount.minor {
            0 => Err("Write how much goes back.".to_owned()),
            minor if minor > standing.balance => Err("That is more than is left of the payment.".to_owned()),
            _ => Ok(amount),
        }
    });
    let reason = check.text("reason", 200, "Say why; the payer reads it.");
    let (Some(amount), Some(reason)) = (amount, reason) else {
        let errors = check.errors();
        return shown(&ctx, actor, id, form.with(errors)).await;
    };
    if payment.state != PaymentState::Settled {
        return Err(AppError::conflict("Only a payment that is here can be paid back."));
    }
    let total = Money { minor: standing.refunded.saturating_add(amount.minor), currency };
    // The same refund sent again is the same: its name says what is paid back in all.
    let once = format!("refund-{id}-{}", total.minor);
    let (app, asked) = (ctx.app().clone(), payment.clone());
    ctx.app()
        .blocking(move || provider::of(&app, asked.provider).refund(&asked, amount, &once))
        .await?
        .map_err(|failure| {
            tracing::warn!(%failure, "a refund could not be made");
            AppError::unavailable(
                "The payment service did not confirm the refund. Try again: it is made once at most.",
            )
        })?;
    let source = Source { actor: Some(actor.person), reference: ctx.reference().to_owned(), note: reason };
    let (app, target) = (ctx.app().clone(), format!("/staff/payments/{id}"));
    ctx.app()
        .write(move |c| {
            let payment = to_change(c, &actor, &id)?;
            settle::apply(c, &app, &payment, &Notice::Refunded { total, at: now }, &source, now)
        })
        .await?;
    Ok(ctx.redirect_with(&target, &Flash::good("Paid back; the ledger says so.")))
}
