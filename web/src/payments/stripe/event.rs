//! Stripe's notices (<https://docs.stripe.com/api/events>): what each kind that concerns us says. They come in any order, more
//! than once, and late; here they are only read.

use folkmoot_store::{PublicId, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::is_name;
use super::objects::{Charge, Dispute, Session, instant, money};
use crate::payments::notice::Notice;

/// Largest notice, in bytes.
pub const LARGEST: usize = 256 * 1024;

#[derive(Debug, Deserialize)]
struct Envelope {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    created: i64,
    #[serde(default)]
    livemode: bool,
    data: Data,
}

#[derive(Debug, Deserialize)]
struct Data {
    object: Value,
}

/// A notice, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Stripe's name for it.
    pub id: String,
    /// Stripe's word for what happened.
    pub kind: String,
    /// When it happened.
    pub at: Utc,
    /// From live mode, in which money is real.
    pub live: bool,
    /// Name of the checkout it is about.
    pub session: Option<String>,
    /// Name of the payment it is about.
    pub intent: Option<String>,
    /// Our id of the payment.
    pub payment: Option<PublicId>,
    /// What it says; `None` when it is of a kind that concerns nothing here.
    pub notice: Option<Notice>,
}

/// Reads a notice whose signature fits. `None` when it is none.
#[must_use]
pub fn read(body: &[u8]) -> Option<Event> {
    let envelope: Envelope = serde_json::from_slice(body).ok()?;
    if !is_name(&envelope.id) || envelope.kind.len() > 100 {
        return None;
    }
    let at = instant(envelope.created)?;
    let mut event = Event {
        id: envelope.id,
        at,
        live: envelope.livemode,
        session: None,
        intent: None,
        payment: None,
        notice: None,
        kind: envelope.kind,
    };
    let object = envelope.data.object;
    match event.kind.as_str() {
        "checkout.session.completed"
        | "checkout.session.async_payment_succeeded"
        | "checkout.session.async_payment_failed"
        | "checkout.session.expired" => {
            event.about_session(serde_json::from_value(object).ok()?, envelope.created)
        }
        "charge.refunded" => event.about_charge(&serde_json::from_value(object).ok()?, envelope.created),
        "charge.dispute.created" | "charge.dispute.closed" => {
            event.about_dispute(serde_json::from_value(object).ok()?);
        }
        _ => {}
    }
    Some(event)
}

impl Event {
    fn about_session(&mut self, session: Session, created: i64) {
        self.intent = session.payment_intent.as_ref().map(|i| i.id().to_owned()).filter(|i| is_name(i));
        self.payment = session.client_reference_id.as_deref().and_then(PublicId::parse);
        self.notice = match self.kind.as_str() {
            "checkout.session.async_payment_failed" => Some(Notice::Failed),
            "checkout.session.expired" => Some(Notice::Expired),
            _ => session.notice(created),
        };
        self.session = Some(session.id).filter(|s| is_name(s));
    }

    fn about_charge(&mut self, charge: &Charge, created: i64) {
        self.intent = charge.payment_intent.as_ref().map(|i| i.id().to_owned()).filter(|i| is_name(i));
        self.payment = charge.metadata.get("payment").and_then(|p| PublicId::parse(p));
        self.notice = charge.refund_notice(created);
    }

    fn about_dispute(&mut self, dispute: Dispute) {
        self.intent = dispute.payment_intent.as_ref().map(|i| i.id().to_owned()).filter(|i| is_name(i));
        // An inquiry takes no money; when it becomes a dispute, that is told.
        if dispute.status.starts_with("warning_") || !is_name(&dispute.id) {
            return;
        }
        let (at, id) = (self.at, dispute.id);
        let Some(amount) = money(dispute.amount, &dispute.currency) else { return };
        self.notice = match (self.kind.as_str(), dispute.status.as_str()) {
            ("charge.dispute.closed", "won") => {
                Some(Notice::DisputeClosed { dispute: id, amount, won: true, at })
            }
            ("charge.dispute.closed", "lost") => {
                Some(Notice::DisputeClosed { dispute: id, amount, won: false, at })
            }
            ("charge.dispute.created", _) => Some(Notice::DisputeOpened { dispute: id, amount, at }),
            _ => None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn of(kind: &str, object: Value) -> Option<Event> {
        let event = json!({ "id": "evt_1", "object": "event", "type": kind, "created": 1_780_000_000, "livemode": false,
            "data": { "object": object } });
        read(event.to_string().as_bytes())
    }

    #[test]
    fn each_kind_says_what_it_says() {
        let id = "01900000-0000-7000-8000-000000000000";
        let session = json!({ "id": "cs_test_1", "object": "checkout.session", "amount_total": 4000, "currency": "usd",
            "client_reference_id": id, "payment_status": "paid", "status": "complete", "payment_intent": "pi_1",
            "customer_details": { "email": "a@b.test" } });
        let paid = of("checkout.session.completed", session.clone()).unwrap();
        assert_eq!((paid.session.as_deref(), paid.intent.as_deref()), (Some("cs_test_1"), Some("pi_1")));
        assert_eq!(paid.payment.as_ref().map(PublicId::as_str), Some(id));
        assert!(
            matches!(&paid.notice, Some(Notice::Settled { amount, .. }) if amount.to_string() == "40.00 USD")
        );
        let mut slow = session.clone();
        slow["payment_status"] = "unpaid".into();
        assert_eq!(of("checkout.session.completed", slow.clone()).unwrap().notice, Some(Notice::Processing));
        assert_eq!(of("checkout.session.async_payment_failed", slow).unwrap().notice, Some(Notice::Failed));
        assert_eq!(of("checkout.session.expired", session).unwrap().notice, Some(Notice::Expired));
        let charge = json!({ "id": "ch_1", "amount": 4000, "amount_refunded": 1500, "currency": "usd",
            "payment_intent": { "id": "pi_1" }, "metadata": { "payment": id }, "created": 5 });
        let refunded = of("charge.refunded", charge).unwrap();
        assert!(matches!(&refunded.notice, Some(Notice::Refunded { total, .. }) if total.minor == 1500));
        assert_eq!(refunded.intent.as_deref(), Some("pi_1"));
        let dispute = |status: &str| json!({ "id": "dp_1", "amount": 4000, "currency": "usd", "payment_intent": "pi_1", "status": status });
        assert!(matches!(
            of("charge.dispute.created", dispute("needs_response")).unwrap().notice,
            Some(Notice::DisputeOpened { .. })
        ));
        assert_eq!(of("charge.dispute.created", dispute("warning_needs_response")).unwrap().notice, None);
        assert!(matches!(
            of("charge.dispute.closed", dispute("lost")).unwrap().notice,
            Some(Notice::DisputeClosed { won: false, .. })
        ));
        assert_eq!(of("charge.dispute.closed", dispute("warning_closed")).unwrap().notice, None);
        assert_eq!(of("customer.created", json!({})).unwrap().notice, None);
    }

    #[test]
    fn what_is_no_notice_is_refused() {
        assert!(of("checkout.session.completed", json!({ "object": "checkout.session" })).is_none());
        assert!(of("charge.refunded", json!({ "id": "ch_1", "amount": "4000" })).is_none());
        assert!(of("charge.refunded", json!([])).is_none());
        for body in [
            "",
            "null",
            "[]",
            "{\"id\":\"evt_1\"}",
            "{\"id\":\"../x\",\"type\":\"a\",\"created\":1,\"data\":{\"object\":{}}}",
        ] {
            assert!(read(body.as_bytes()).is_none(), "{body}");
        }
        let negative =
            json!({ "id": "cs_1", "amount_total": -1, "currency": "usd", "payment_status": "paid" });
        assert_eq!(of("checkout.session.completed", negative).unwrap().notice, None);
        let names = json!({ "id": "cs_1/../x", "amount_total": 1, "currency": "us", "payment_status": "paid", "payment_intent": "pi 1" });
        let odd = of("checkout.session.completed", names).unwrap();
        assert_eq!((odd.session, odd.intent, odd.notice), (None, None, None));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&body);
        }

        #[test]
        fn any_values_in_a_session_are_read_without_panic(amount in any::<i64>(), currency in ".{0,5}", created in any::<i64>(), status in "(paid|unpaid|.{0,4})") {
            let body = json!({ "id": "evt_1", "type": "checkout.session.completed", "created": created,
                "data": { "object": { "id": "cs_1", "amount_total": amount, "currency": currency, "payment_status": status } } });
            let _ = read(body.to_string().as_bytes());
        }
    }
}
