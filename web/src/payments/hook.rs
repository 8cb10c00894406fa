//! `POST /hooks/stripe`: Stripe's notices. Proof is the header `Stripe-Signature` over time and raw body (requirement IO-05).
//! The answer comes after the commit: a notice that was answered is kept, one that was not is sent again and changes nothing
//! twice.

use folkmoot_store::payments::events::{self, EventOutcome, NewEvent};
use folkmoot_store::payments::{self, Payment, Provider};
use folkmoot_store::{Conn, JsonText, Utc};
use serde_json::json;

use super::settle::{self, Source};
use super::stripe::event::{self, Event};
use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::http::{Ctx, FieldErrors, PageResult, signed};

pub(super) async fn stripe(ctx: Ctx) -> PageResult {
    let settings = &ctx.app().config().payments;
    if settings.stripe_secret_key.is_empty() {
        return Err(AppError::not_found());
    }
    let body = ctx.body();
    let header = ctx.header("stripe-signature").unwrap_or("");
    if !signed::fits(&settings.stripe_webhook_secrets, header, &body, ctx.now().micros() / 1_000_000) {
        return Err(AppError::forbidden("The signature is missing, wrong or too old."));
    }
    let Some(event) = event::read(&body) else {
        tracing::warn!("a signed notice of Stripe could not be read");
        return Err(FieldErrors::one("body", "This is no notice that can be read.").into());
    };
    let (app, now, live) = (ctx.app().clone(), ctx.now(), settings.is_live());
    let (id, kind) = (event.id.clone(), event.kind.clone());
    let outcome = ctx.app().write(move |c| take(c, &app, &event, live, now)).await?;
    let outcome = outcome.map_or("known", EventOutcome::as_str);
    tracing::info!(event = id, kind, outcome, "notice of Stripe");
    Ok(ctx.reply_json(&json!({ "received": true, "outcome": outcome })))
}

/// Takes one notice in; `None` when it came before.
///
/// # Errors
/// A database error; then nothing is kept, and the notice will be sent again.
pub(super) fn take(
    conn: &mut Conn,
    app: &App,
    event: &Event,
    live: bool,
    now: Utc,
) -> AppResult<Option<EventOutcome>> {
    if events::is_known(conn, Provider::Stripe, &event.id)? {
        return Ok(None);
    }
    // Notices of the test mode move no money; a live site leaves them alone, and a test site the live ones.
    let notice = event.notice.as_ref().filter(|_| event.live == live);
    let payment = match notice {
        None => None,
        Some(_) => find(conn, event)?,
    };
    let outcome = match (notice, &payment) {
        (None, _) => EventOutcome::Ignored,
        (Some(notice), Some(payment)) => {
            payments::set_names(conn, payment, event.session.as_deref(), event.intent.as_deref())?;
            let payment = payments::by_id(conn, payment.id)?;
            settle::apply(conn, app, &payment, notice, &Source::provider(&event.id), now)?
        }
        // Of a checkout that this site never began: the account may serve others too.
        (Some(_), None) if event.session.is_some() => EventOutcome::Ignored,
        (Some(_), None) => EventOutcome::Held,
    };
    let kept = if outcome == EventOutcome::Ignored { None } else { notice };
    let new = NewEvent {
        provider: Provider::Stripe,
        event_id: &event.id,
        kind: &event.kind,
        subject: event.intent.as_deref().or(event.session.as_deref()).unwrap_or(""),
        payment: payment.map(|p| p.id),
        outcome,
        notice: JsonText::of(&kept)?,
        occurred_at: event.at,
    };
    events::add(conn, &new, now)?;
    Ok(Some(outcome))
}

/// The payment a notice is about: by the names Stripe gave it, or by ours, which we wrote on it when it began.
fn find(conn: &mut Conn, event: &Event) -> AppResult<Option<Payment>> {
    if let Some(session) = &event.session
        && let Some(payment) = payments::by_session(conn, session)?
    {
        return Ok(Some(payment));
    }
    if let Some(intent) = &event.intent
        && let Some(payment) = payments::by_provider_payment(conn, intent)?
    {
        return Ok(Some(payment));
    }
    let Some(id) = &event.payment else { return Ok(None) };
    let payment = match payments::by_public_id(conn, id) {
        Ok(payment) => payment,
        Err(folkmoot_store::diesel::result::Error::NotFound) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    Ok(Some(payment).filter(|p| p.provider == Provider::Stripe))
}
