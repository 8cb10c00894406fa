//! `/membership/payments`: one's payments, and the steps of one: see, pay, come back, look whether it arrived, give up.

use actix_web::web;
use askama::Template;
use folkmoot_store::memberships;
use folkmoot_store::memberships::paid::TermKind;
use folkmoot_store::payments::ledger::{self, Entry, EntryKind};
use folkmoot_store::payments::{self, Payment, PaymentState, Provider, receipts};
use folkmoot_store::{Conn, PublicId, Utc, accounts, audit};
use serde_json::json;

use super::dues::own;
use super::provider::{self, Order, Start};
use super::settle;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::{day, when};
use crate::http::{Ctx, Form, Page, PageResult, headers};

pub(super) const fn state_words(state: PaymentState) -> (&'static str, &'static str) {
    match state {
        PaymentState::Pending => ("Not paid yet", "warn"),
        PaymentState::Processing => ("On its way", "brand"),
        PaymentState::Settled => ("Paid", "good"),
        PaymentState::Disputed => ("Disputed", "warn"),
        PaymentState::Returned => ("Went back", "bad"),
        PaymentState::Failed => ("Failed", "bad"),
        PaymentState::Cancelled => ("Given up", ""),
    }
}

pub(super) const fn entry_words(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Settled => "Arrived",
        EntryKind::Refunded => "Paid back",
        EntryKind::DisputeOpened => "Taken back by the payer's bank, until it is decided",
        EntryKind::DisputeWon => "Dispute decided for the organisation",
        EntryKind::DisputeLost => "Dispute decided for the payer",
    }
}

pub(super) fn id_in(path: &str) -> AppResult<PublicId> {
    PublicId::parse(path).ok_or_else(AppError::not_found)
}

/// A line of the ledger in words: what, when, how much, why.
pub(super) struct EntryLine {
    pub what: &'static str,
    pub at: String,
    pub amount: String,
    pub note: String,
}

pub(super) fn entry_lines(entries: &[Entry], payment: &Payment) -> AppResult<Vec<EntryLine>> {
    let currency = settle::currency(payment)?;
    let line = |e: &Entry| EntryLine {
        what: entry_words(e.kind),
        at: when(e.occurred_at),
        amount: folkmoot_governance::Money { minor: e.amount_minor, currency }.to_string(),
        note: e.note.clone(),
    };
    Ok(entries.iter().map(line).collect())
}

/// A payment in one's list.
struct Line {
    href: String,
    reference: String,
    at: String,
    amount: String,
    state: &'static str,
    tag: &'static str,
    receipt: Option<String>,
}

#[derive(Template)]
#[template(path = "payments/list.html")]
struct ListPage {
    page: Page,
    lines: Vec<Line>,
    /// There is a class with dues.
    may_pay: bool,
}

fn lines(conn: &mut Conn, actor: &Actor) -> AppResult<Vec<Line>> {
    let mut out = Vec::new();
    for payment in payments::of_person(conn, actor.person)? {
        let (state, tag) = state_words(payment.state);
        out.push(Line {
            href: format!("/membership/payments/{}", payment.public_id),
            at: day(payment.created_at),
            amount: settle::agreed(&payment)?.to_string(),
            state,
            tag,
            receipt: receipts::of_payment(conn, payment.id)?.map(|r| r.number),
            reference: payment.reference,
        });
    }
    Ok(out)
}

pub(super) async fn list(ctx: Ctx, actor: Actor) -> PageResult {
    let page = ctx.page("Your payments");
    let (lines, may_pay) = ctx
        .app()
        .read(move |c| {
            let may_pay = memberships::classes(c)?.iter().any(|class| class.is_open && class.dues.is_some());
            Ok((lines(c, &actor)?, may_pay))
        })
        .await?;
    ctx.show(&ListPage { page, lines, may_pay })
}

#[derive(Template)]
#[template(path = "payments/show.html")]
struct PaymentPage {
    page: Page,
    id: PublicId,
    reference: String,
    title: String,
    amount: String,
    provider: &'static str,
    state: &'static str,
    tag: &'static str,
    begun: String,
    receipt: Option<String>,
    entries: Vec<EntryLine>,
    /// Words of the button that pays.
    pay: Option<String>,
    /// The button leads to a page of the provider.
    pays_elsewhere: bool,
    /// What to do to pay by transfer.
    bank_details: Option<String>,
    /// The provider can be asked whether the payment arrived.
    may_check: bool,
    /// The payer came back from the provider this moment: the page asks by itself.
    check_now: bool,
    may_cancel: bool,
    may_begin_again: bool,
    class: String,
}

/// What a payment is for, in words.
pub(super) fn title(payment: &Payment, class: &memberships::Class) -> String {
    match payment.kind {
        TermKind::Term => format!("Dues of a {}", class.name),
        TermKind::Lifetime => format!("Dues of a {}, for life", class.name),
    }
}

pub(super) fn class_of(conn: &mut Conn, payment: &Payment) -> AppResult<memberships::Class> {
    let all = memberships::classes(conn)?;
    all.into_iter().find(|c| c.id == payment.class_id).ok_or_else(AppError::not_found)
}

fn gather(
    conn: &mut Conn,
    page: Page,
    actor: &Actor,
    id: &PublicId,
    back: bool,
    bank_details: &str,
) -> AppResult<PaymentPage> {
    let payment = own(conn, actor, id)?;
    let class = class_of(conn, &payment)?;
    let amount = settle::agreed(&payment)?.to_string();
    let (state, tag) = state_words(payment.state);
    let pending = payment.state == PaymentState::Pending;
    let waits = pending || payment.state == PaymentState::Processing;
    let asks = waits && payment.provider == Provider::Stripe && payment.provider_session.is_some();
    let pay = (pending && payment.provider != Provider::Offline).then(|| format!("Pay {amount}"));
    Ok(PaymentPage {
        page,
        id: id.clone(),
        title: title(&payment, &class),
        provider: provider::words(payment.provider),
        state,
        tag,
        begun: when(payment.created_at),
        receipt: receipts::of_payment(conn, payment.id)?.map(|r| r.number),
        entries: entry_lines(&ledger::of_payment(conn, payment.id)?, &payment)?,
        pay,
        pays_elsewhere: pending && payment.provider == Provider::Stripe,
        bank_details: (pending && payment.provider == Provider::Offline).then(|| bank_details.to_owned()),
        may_check: asks,
        check_now: asks && back,
        may_cancel: pending,
        may_begin_again: matches!(
            payment.state,
            PaymentState::Failed | PaymentState::Cancelled | PaymentState::Returned
        ),
        class: class.key,
        reference: payment.reference,
        amount,
    })
}

pub(super) async fn show(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let id = id_in(&path)?;
    let back = ctx.query("back").as_deref() == Some("paid");
    let page = ctx.page("Your payment");
    let settings = ctx.app().config().payments.clone();
    let details = settings.bank_details.clone();
    let template = ctx.app().read(move |c| gather(c, page, &actor, &id, back, &details)).await?;
    let mut response = ctx.show(&template)?;
    // The form that pays leads on to the provider's page.
    if template.pays_elsewhere {
        let onward = settings.stripe_checkout_url.trim_end_matches('/');
        let policy = headers::CSP.replace("form-action 'self'", &format!("form-action 'self' {onward}"));
        let value = actix_web::http::header::HeaderValue::from_str(&policy).map_err(AppError::internal)?;
        response.headers_mut().insert(actix_web::http::header::CONTENT_SECURITY_POLICY, value);
    }
    Ok(response)
}

fn still_pending(payment: &Payment) -> AppResult<()> {
    match payment.state {
        PaymentState::Pending => Ok(()),
        _ => Err(AppError::conflict("This payment cannot be paid any more. Its page says how it stands.")),
    }
}

/// Begins the payment at its provider, outside of any transaction. Pressed twice, it is begun once: the provider is told the
/// payment's own id.
pub(super) async fn pay(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let (id, now, app) = (id_in(&path)?, ctx.now(), ctx.app().clone());
    let own_page = format!("/membership/payments/{id}");
    let back = ctx.app().link(&own_page);
    let order = ctx
        .app()
        .read(move |c| {
            let payment = own(c, &actor, &id)?;
            still_pending(&payment)?;
            let title = title(&payment, &class_of(c, &payment)?);
            Ok(Order { title, email: accounts::mail_address_of(c, actor.person)?, back, payment })
        })
        .await?;
    let payment = order.payment.id;
    let started =
        ctx.app().blocking(move || provider::of(&app, order.payment.provider).start(&order)).await?;
    match started {
        Ok(Start::Here { page }) => Ok(ctx.redirect(&format!("{own_page}{page}"))),
        Ok(Start::Elsewhere { session, url }) => {
            let to = url.clone();
            ctx.app().write(move |c| Ok(payments::set_checkout(c, payment, &session, &url, now)?)).await?;
            Ok(ctx.redirect(&to))
        }
        Err(failure) => {
            tracing::warn!(%failure, "a payment could not be begun");
            let words = "Nothing was charged: the payment service does not answer as it should. Try again in a few minutes; \
                         the payment stays here.";
            Ok(ctx.redirect_with(&own_page, &Flash::bad(words)))
        }
    }
}

/// Asks the provider whether the payment arrived.
pub(super) async fn check(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let (id, now, app) = (id_in(&path)?, ctx.now(), ctx.app().clone());
    let own_page = format!("/membership/payments/{id}");
    let payment = ctx.app().read(move |c| own(c, &actor, &id)).await?;
    let key = payment.id;
    let asked = ctx.app().blocking(move || provider::of(&app, payment.provider).ask(&payment)).await?;
    let found = match asked {
        Ok(found) => found,
        Err(failure) => {
            tracing::warn!(%failure, "a payment could not be looked up");
            let words =
                "The payment service does not answer. If you paid, this page will say so within the hour.";
            return Ok(ctx.redirect_with(&own_page, &Flash::warn(words)));
        }
    };
    let app = ctx.app().clone();
    let state = ctx
        .app()
        .write(move |c| {
            let payment = payments::by_id(c, key)?;
            settle::found(c, &app, &payment, &found, now)?;
            Ok(payments::by_id(c, key)?.state)
        })
        .await?;
    let flash = match state {
        PaymentState::Settled => Flash::good("Thank you. The payment has arrived."),
        PaymentState::Pending => Flash::warn("Nothing was charged so far."),
        PaymentState::Processing => {
            Flash::good("Thank you. The payment is on its way; a mail will say when it is here.")
        }
        _ => return Ok(ctx.redirect(&own_page)),
    };
    Ok(ctx.redirect_with(&own_page, &flash))
}

/// Gives a payment up. If it was paid all the same, it counts: money that is here is here.
pub(super) async fn cancel(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let (id, now) = (id_in(&path)?, ctx.now());
    let own_page = format!("/membership/payments/{id}");
    let act = ctx.act("payment.cancel", format!("payment {id}"), json!({}));
    ctx.app()
        .write(move |c| {
            let payment = own(c, &actor, &id)?;
            still_pending(&payment)?;
            payments::set_state(c, payment.id, PaymentState::Cancelled, now)?;
            audit::append(c, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&own_page, &Flash::good("Given up. Nothing was charged.")))
}

/// What the download of one's data says of payments.
///
/// # Errors
/// A database error.
pub fn own_data(conn: &mut Conn, person: folkmoot_store::PersonId, _: Utc) -> AppResult<serde_json::Value> {
    let mut all = Vec::new();
    for payment in payments::of_person(conn, person)? {
        let entries = ledger::of_payment(conn, payment.id)?;
        let entries: Vec<serde_json::Value> = entry_lines(&entries, &payment)?
            .into_iter()
            .map(|e| json!({ "what": e.what, "at": e.at, "amount": e.amount }))
            .collect();
        all.push(json!({
            "reference": payment.reference,
            "agreed_at": payment.created_at,
            "amount": settle::agreed(&payment)?.to_string(),
            "provider": payment.provider,
            "state": payment.state,
            "receipt": receipts::of_payment(conn, payment.id)?.map(|r| r.number),
            "ledger": entries,
        }));
    }
    Ok(serde_json::Value::Array(all))
}
