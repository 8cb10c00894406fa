//! Who takes the money, as the rest of the program sees them. Calls may take seconds: run them with `app.blocking`, never in
//! a transaction.

use std::fmt;

use chrono::NaiveDate;
use folkmoot_governance::Money;
use folkmoot_store::Utc;
use folkmoot_store::payments::{Payment, Provider};

use super::notice::Notice;
use super::stripe::Stripe;
use crate::app::App;
use crate::error::AppError;

/// What a provider needs to know to take a payment.
#[derive(Debug, Clone)]
pub struct Order {
    /// The payment, kept before the provider hears of it.
    pub payment: Payment,
    /// What it is for, in words.
    pub title: String,
    /// The payer's address, to save typing.
    pub email: Option<String>,
    /// Absolute address of the payment's page.
    pub back: String,
}

/// Where the payer goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// To the provider's page.
    Elsewhere {
        /// The provider's name for the checkout.
        session: String,
        /// Its address.
        url: String,
    },
    /// To a page of ours.
    Here {
        /// The last part of its address, after the payment's own.
        page: &'static str,
    },
}

/// What a provider knows of a payment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Its name for the checkout.
    pub session: Option<String>,
    /// Its name for the payment.
    pub name: Option<String>,
    /// What happened so far.
    pub notices: Vec<Notice>,
}

/// A line of a provider's books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taking {
    /// Its name for the payment.
    pub name: String,
    /// Our id of the payment, where it was written on it.
    pub payment: Option<String>,
    /// How much was taken.
    pub amount: Money,
    /// How much of it went back, in minor units.
    pub refunded: i64,
    /// When.
    pub at: Utc,
}

/// Why a provider did not do what was asked. Holds no amounts, names or keys: it is logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Not there at the moment; asking again may help.
    Unreachable(String),
    /// It understood and said no.
    Refused {
        /// HTTP status.
        status: u16,
        /// Its word for why.
        code: String,
    },
    /// It answered what it should not.
    Odd(&'static str),
    /// It cannot do that at all.
    Unable(&'static str),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "the provider cannot be reached: {why}"),
            Self::Refused { status, code } => write!(f, "the provider refused: {code} ({status})"),
            Self::Odd(what) => write!(f, "the provider gave {what}"),
            Self::Unable(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for AppError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unable(what) => Self::conflict(what),
            other => Self::unavailable(format!("Nothing was charged; {other}.")),
        }
    }
}

/// Takes money.
pub trait Takes {
    /// Begins a payment. Asked twice for the same payment it is one.
    ///
    /// # Errors
    /// [`Failure`]; then nothing was charged.
    fn start(&self, order: &Order) -> Result<Start, Failure>;

    /// What it knows of a payment.
    ///
    /// # Errors
    /// [`Failure`].
    fn ask(&self, payment: &Payment) -> Result<Found, Failure>;

    /// Pays money back. Asked twice with the same `once` it is one refund.
    ///
    /// # Errors
    /// [`Failure`]; then it is not certain whether anything was paid back, and asking again with the same `once` is safe.
    fn refund(&self, payment: &Payment, amount: Money, once: &str) -> Result<(), Failure>;

    /// Its books of a day (UTC), `None` when it keeps none.
    ///
    /// # Errors
    /// [`Failure`].
    fn books(&self, day: NaiveDate) -> Result<Option<Vec<Taking>>, Failure>;
}

/// Bank transfers and cheques: the payer gets a reference, staff match what arrives.
struct Offline;

impl Takes for Offline {
    fn start(&self, _: &Order) -> Result<Start, Failure> {
        Ok(Start::Here { page: "" })
    }

    fn ask(&self, _: &Payment) -> Result<Found, Failure> {
        Ok(Found::default())
    }

    fn refund(&self, _: &Payment, _: Money, _: &str) -> Result<(), Failure> {
        // Staff transferred it before they enter it.
        Ok(())
    }

    fn books(&self, _: NaiveDate) -> Result<Option<Vec<Taking>>, Failure> {
        Ok(None)
    }
}

/// Invented money: a page of ours with a button for each outcome.
struct Invented;

impl Takes for Invented {
    fn start(&self, _: &Order) -> Result<Start, Failure> {
        Ok(Start::Here { page: "/test" })
    }

    fn ask(&self, _: &Payment) -> Result<Found, Failure> {
        Ok(Found::default())
    }

    fn refund(&self, _: &Payment, _: Money, _: &str) -> Result<(), Failure> {
        Ok(())
    }

    fn books(&self, _: NaiveDate) -> Result<Option<Vec<Taking>>, Failure> {
        Ok(None)
    }
}

/// Providers that this installation offers, the usual one first.
#[must_use]
pub fn offered(app: &App) -> Vec<Provider> {
    let settings = &app.config().payments;
    let all = [
        (Provider::Stripe, !settings.stripe_secret_key.is_empty()),
        (Provider::Test, settings.test_provider),
        (Provider::Offline, !settings.bank_details.is_empty()),
    ];
    all.into_iter().filter(|(_, on)| *on).map(|(provider, _)| provider).collect()
}

/// Whoever takes payments of this kind; also for payments of a provider that is not offered any more.
#[must_use]
pub fn of(app: &App, provider: Provider) -> Box<dyn Takes> {
    match provider {
        Provider::Stripe => Box::new(Stripe::new(&app.config().payments)),
        // History is never paid again; nothing is asked of anybody.
        Provider::Offline | Provider::Import => Box::new(Offline),
        Provider::Test => Box::new(Invented),
    }
}

/// What payers and staff call a provider.
#[must_use]
pub const fn words(provider: Provider) -> &'static str {
    match provider {
        Provider::Stripe => "Card or wallet (Stripe)",
        Provider::Offline => "Bank transfer or cheque",
        Provider::Test => "Test provider (no money moves)",
        Provider::Import => "Earlier books",
    }
}
