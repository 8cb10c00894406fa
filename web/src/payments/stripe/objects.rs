//! The few fields of Stripe's objects that are read. Everything else in them (names, addresses, cards) is dropped while reading.

use folkmoot_governance::{Currency, Money};
use folkmoot_store::Utc;
use serde::Deserialize;
use std::collections::BTreeMap;

use crate::payments::notice::Notice;
use crate::payments::provider::Taking;

/// An object, or only its id.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Expandable<T> {
    /// Its id.
    Id(String),
    /// The whole.
    Object(Box<T>),
}

/// What has an id.
pub trait Named {
    /// The id.
    fn id(&self) -> &str;
}

impl<T: Named> Expandable<T> {
    /// The id.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Id(id) => id,
            Self::Object(object) => object.id(),
        }
    }

    /// The whole, when it came.
    #[must_use]
    pub fn object(&self) -> Option<&T> {
        match self {
            Self::Id(_) => None,
            Self::Object(object) => Some(object),
        }
    }
}

/// A checkout.
#[derive(Debug, Clone, Deserialize)]
pub struct Session {
    /// `cs_…`.
    pub id: String,
    /// In minor units.
    #[serde(default)]
    pub amount_total: Option<i64>,
    /// ISO 4217 in small letters.
    #[serde(default)]
    pub currency: Option<String>,
    /// Our public id of the payment.
    #[serde(default)]
    pub client_reference_id: Option<String>,
    /// `paid`, `unpaid` or `no_payment_required`.
    #[serde(default)]
    pub payment_status: String,
    /// `open`, `complete` or `expired`.
    #[serde(default)]
    pub status: Option<String>,
    /// Where the payer goes.
    #[serde(default)]
    pub url: Option<String>,
    /// The payment.
    #[serde(default)]
    pub payment_intent: Option<Expandable<Intent>>,
    /// Seconds since 1970.
    #[serde(default)]
    pub created: i64,
}

impl Session {
    /// What the session says at `at` (seconds since 1970).
    #[must_use]
    pub fn notice(&self, at: i64) -> Option<Notice> {
        match (self.payment_status.as_str(), self.status.as_deref()) {
            ("paid", _) => {
                let amount = money(self.amount_total?, self.currency.as_deref()?)?;
                Some(Notice::Settled { amount, at: instant(at)? })
            }
            (_, Some("expired")) => Some(Notice::Expired),
            ("unpaid", Some("complete")) => Some(Notice::Processing),
            _ => None,
        }
    }
}

/// A payment.
#[derive(Debug, Clone, Deserialize)]
pub struct Intent {
    /// `pi_…`.
    pub id: String,
    /// What took the money.
    #[serde(default)]
    pub latest_charge: Option<Expandable<Charge>>,
}

impl Named for Intent {
    fn id(&self) -> &str {
        &self.id
    }
}

/// Money taken.
#[derive(Debug, Clone, Deserialize)]
pub struct Charge {
    /// `ch_…`.
    pub id: String,
    /// In minor units.
    pub amount: i64,
    /// In all, in minor units.
    #[serde(default)]
    pub amount_refunded: i64,
    /// ISO 4217 in small letters.
    pub currency: String,
    /// The payment it belongs to.
    #[serde(default)]
    pub payment_intent: Option<Expandable<Intent>>,
    /// True once the money is there.
    #[serde(default)]
    pub paid: bool,
    /// `succeeded`, `pending` or `failed`.
    #[serde(default)]
    pub status: String,
    /// What we wrote on it.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// Seconds since 1970.
    pub created: i64,
}

impl Named for Charge {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Charge {
    /// What was paid back of it, when anything was; known since `at` (seconds since 1970).
    #[must_use]
    pub fn refund_notice(&self, at: i64) -> Option<Notice> {
        if self.amount_refunded <= 0 {
            return None;
        }
        let total = money(self.amount_refunded, &self.currency)?;
        Some(Notice::Refunded { total, at: instant(at)? })
    }

    /// The charge as a line of the provider's books; `None` when no money was taken.
    #[must_use]
    pub fn taking(self) -> Option<Taking> {
        if !self.paid || self.status != "succeeded" {
            return None;
        }
        let name = self.payment_intent.as_ref().map_or_else(|| self.id.clone(), |i| i.id().to_owned());
        Some(Taking {
            amount: money(self.amount, &self.currency)?,
            refunded: self.amount_refunded,
            payment: self.metadata.get("payment").cloned(),
            at: instant(self.created)?,
            name,
        })
    }
}

/// A dispute.
#[derive(Debug, Clone, Deserialize)]
pub struct Dispute {
    /// `dp_…` or `du_…`.
    pub id: String,
    /// In minor units.
    pub amount: i64,
    /// ISO 4217 in small letters.
    pub currency: String,
    /// The payment it is about.
    #[serde(default)]
    pub payment_intent: Option<Expandable<Intent>>,
    /// `needs_response`, `under_review`, `won`, `lost`; with `warning_` before it while no money was taken.
    #[serde(default)]
    pub status: String,
}

/// Money paid back.
#[derive(Debug, Clone, Deserialize)]
pub struct Refund {
    /// `pending`, `succeeded`, `failed`, …
    #[serde(default)]
    pub status: Option<String>,
}

/// A page of a list.
#[derive(Debug, Clone, Deserialize)]
pub struct List<T> {
    /// The objects.
    pub data: Vec<T>,
    /// More follow.
    #[serde(default)]
    pub has_more: bool,
}

/// What comes with a status above 399.
#[derive(Debug, Clone, Deserialize)]
pub struct ErrorAnswer {
    error: ErrorWords,
}

#[derive(Debug, Clone, Deserialize)]
struct ErrorWords {
    #[serde(default)]
    code: Option<String>,
    #[serde(default, rename = "type")]
    kind: String,
}

impl ErrorAnswer {
    /// Its code, or its kind.
    #[must_use]
    pub fn words(self) -> String {
        self.error.code.unwrap_or(self.error.kind)
    }
}

/// An amount as Stripe writes it.
#[must_use]
pub fn money(minor: i64, currency: &str) -> Option<Money> {
    let currency = Currency::try_from(currency.to_ascii_uppercase()).ok()?;
    (minor >= 0).then_some(Money { minor, currency })
}

/// An instant as Stripe writes it; years 1970 to 2200.
#[must_use]
pub fn instant(seconds: i64) -> Option<Utc> {
    (0..=7_258_118_400).contains(&seconds).then(|| Utc::from_micros(seconds * 1_000_000)).flatten()
}
