//! Stripe Checkout, as its public documentation describes it: sessions are created and looked up over HTTPS with form-encoded
//! requests (<https://docs.stripe.com/api/checkout/sessions>), payments are announced by signed notices ([`event`],
//! <https://docs.stripe.com/webhooks>), refunds are asked for, and the charges of a day are listed for the daily comparison.
//!
//! Every request goes to the configured address and nowhere else: redirects are not followed, names that come from outside
//! are letters, digits and underscores before they enter a path. Calls block; they run on threads for slow work, never inside
//! a transaction.

pub mod event;
pub mod objects;

use std::time::Duration;

use chrono::NaiveDate;
use folkmoot_governance::Money;
use folkmoot_store::payments::Payment;
use serde::de::DeserializeOwned;

use super::notice::Notice;
use super::provider::{Failure, Found, Order, Start, Takes, Taking};
use crate::config;
use objects::{Charge, List, Refund, Session};

/// The version of the API whose objects [`objects`] describes.
const VERSION: &str = "2024-06-20";
/// Largest answer read, in bytes; a page of 100 charges has a few hundred kilobytes.
const LARGEST: u64 = 4 << 20;
/// Charges on a page of a list; Stripe's most.
const PAGE: usize = 100;
/// Pages read of one day's list.
const PAGES: usize = 100;

/// The account at Stripe.
pub struct Stripe {
    agent: ureq::Agent,
    settings: config::Payments,
}

/// A request's body: names and values.
type Fields = Vec<(String, String)>;

fn field(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

/// True for names that Stripe gives its objects.
#[must_use]
pub fn is_name(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

impl Stripe {
    /// The account of these settings.
    #[must_use]
    pub fn new(settings: &config::Payments) -> Self {
        let agent = ureq::Agent::config_builder()
            .user_agent("Folkmoot")
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(5)))
            .timeout_recv_response(Some(Duration::from_secs(15)))
            .timeout_global(Some(Duration::from_secs(25)))
            .build();
        Self { agent: agent.into(), settings: settings.clone() }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.settings.stripe_base_url.trim_end_matches('/'))
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let request = self
            .agent
            .get(self.url(path))
            .header("authorization", format!("Bearer {}", self.settings.stripe_secret_key))
            .header("stripe-version", VERSION);
        read(request.call())
    }

    fn post<T: DeserializeOwned>(&self, path: &str, once: &str, fields: &Fields) -> Result<T, Failure> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self
            .agent
            .post(self.url(path))
            .header("authorization", format!("Bearer {}", self.settings.stripe_secret_key))
            .header("stripe-version", VERSION)
            .header("idempotency-key", once)
            .content_type("application/x-www-form-urlencoded");
        read(request.send(body))
    }

    /// A checkout as Stripe knows it, with its payment and charge.
    ///
    /// # Errors
    /// When Stripe cannot be reached or refuses.
    pub fn session(&self, id: &str) -> Result<Session, Failure> {
        if !is_name(id) {
            return Err(Failure::Odd("a checkout without a proper name"));
        }
        self.get(&format!("/v1/checkout/sessions/{id}?expand[]=payment_intent.latest_charge"))
    }

    /// A payer is sent to the configured checkout pages only, whatever an answer says.
    fn is_checkout(&self, address: &str) -> bool {
        let origin = |text: &str| url::Url::parse(text).ok().map(|u| u.origin().ascii_serialization());
        let wanted = origin(&self.settings.stripe_checkout_url);
        wanted.is_some() && origin(address) == wanted
    }
}

fn read<T: DeserializeOwned>(
    answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> Result<T, Failure> {
    let mut answer = answer.map_err(|error| Failure::Unreachable(words(&error)))?;
    let status = answer.status().as_u16();
    let text = answer
        .body_mut()
        .with_config()
        .limit(LARGEST)
        .read_to_string()
        .map_err(|error| Failure::Unreachable(words(&error)))?;
    if (200..300).contains(&status) {
        return serde_json::from_str(&text).map_err(|_| Failure::Odd("an answer of another shape"));
    }
    // The message of the error may repeat what was sent; only its code is kept.
    let code = serde_json::from_str::<objects::ErrorAnswer>(&text).ok().map(|e| e.words());
    let code = code.filter(|c| is_name(c)).unwrap_or_else(|| "no code".to_owned());
    if status == 429 || status >= 500 {
        return Err(Failure::Unreachable(format!("status {status}, {code}")));
    }
    Err(Failure::Refused { status, code })
}

/// What went wrong, without the address and whatever was in it.
fn words(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => "no answer in time".to_owned(),
        ureq::Error::ConnectionFailed => "no connection".to_owned(),
        ureq::Error::HostNotFound => "the host is not known".to_owned(),
        ureq::Error::BodyExceedsLimit(_) => "too long an answer".to_owned(),
        ureq::Error::Io(error) => format!("{}", error.kind()),
        _ => "the connection failed".to_owned(),
    }
}

impl Takes for Stripe {
    fn start(&self, order: &Order) -> Result<Start, Failure> {
        let (payment, back) = (order.payment.public_id.as_str(), &order.back);
        let mut fields = vec![
            field("mode", "payment"),
            field("client_reference_id", payment),
            field("success_url", format!("{back}?back=paid")),
            field("cancel_url", format!("{back}?back=left")),
            field("line_items[0][quantity]", "1"),
            field("line_items[0][price_data][currency]", order.payment.currency.to_lowercase()),
            field("line_items[0][price_data][unit_amount]", order.payment.amount_minor.to_string()),
            field("line_items[0][price_data][product_data][name]", order.title.as_str()),
            field("metadata[payment]", payment),
            field("payment_intent_data[metadata][payment]", payment),
            field("payment_intent_data[description]", format!("{} {}", order.title, order.payment.reference)),
        ];
        if let Some(address) = &order.email {
            fields.push(field("customer_email", address.as_str()));
        }
        let session: Session = self.post("/v1/checkout/sessions", payment, &fields)?;
        let url = session.url.filter(|u| self.is_checkout(u));
        match url {
            Some(url) if is_name(&session.id) => Ok(Start::Elsewhere { session: session.id, url }),
            _ => Err(Failure::Odd("a checkout that is not at the configured address")),
        }
    }

    fn ask(&self, payment: &Payment) -> Result<Found, Failure> {
        let Some(id) = &payment.provider_session else { return Ok(Found::default()) };
        let session = self.session(id)?;
        if session.client_reference_id.as_deref() != Some(payment.public_id.as_str()) {
            return Err(Failure::Odd("a checkout of another payment"));
        }
        Ok(session.found())
    }

    fn refund(&self, payment: &Payment, amount: Money, once: &str) -> Result<(), Failure> {
        let Some(intent) = payment.provider_payment.as_deref().filter(|i| is_name(i)) else {
            return Err(Failure::Odd("a payment that Stripe has no name for"));
        };
        let fields = vec![
            field("payment_intent", intent),
            field("amount", amount.minor.to_string()),
            field("metadata[payment]", payment.public_id.as_str()),
        ];
        let refund: Refund = self.post("/v1/refunds", once, &fields)?;
        match refund.status.as_deref() {
            Some("failed" | "canceled") => {
                Err(Failure::Refused { status: 200, code: "refund_failed".into() })
            }
            _ => Ok(()),
        }
    }

    fn books(&self, day: NaiveDate) -> Result<Option<Vec<Taking>>, Failure> {
        let from = crate::http::when::start_of(day).micros() / 1_000_000;
        let range = format!("created[gte]={from}&created[lt]={}", from + 86_400);
        let (mut all, mut after) = (Vec::new(), String::new());
        for _ in 0..PAGES {
            let page: List<Charge> = self.get(&format!("/v1/charges?limit={PAGE}&{range}{after}"))?;
            let Some(last) = page.data.last().map(|c| c.id.clone()).filter(|id| is_name(id)) else { break };
            all.extend(page.data.into_iter().filter_map(|c| c.taking()));
            if !page.has_more {
                break;
            }
            after = format!("&starting_after={last}");
        }
        Ok(Some(all))
    }
}

impl Session {
    /// What the session says, in our words.
    #[must_use]
    pub fn found(&self) -> Found {
        let intent = self.payment_intent.as_ref().map(|i| i.id().to_owned()).filter(|i| is_name(i));
        let charge =
            self.payment_intent.as_ref().and_then(|i| i.object()).and_then(|i| i.latest_charge.as_ref());
        let charge = charge.and_then(|c| c.object());
        let at = charge.map_or(self.created, |c| c.created);
        let mut notices: Vec<Notice> = self.notice(at).into_iter().collect();
        notices.extend(charge.and_then(|c| c.refund_notice(c.created)));
        Found { session: Some(self.id.clone()).filter(|s| is_name(s)), name: intent, notices }
    }
}
