//! What happened to a payment, whoever says it: the words in which the providers' notices, the return from a checkout, a bank
//! statement and the entries of staff meet.

use folkmoot_governance::Money;
use folkmoot_store::Utc;
use serde::{Deserialize, Serialize};

/// Something that happened to a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum Notice {
    /// The money arrived.
    Settled {
        /// How much.
        amount: Money,
        /// When.
        at: Utc,
    },
    /// The payer finished, the money is still on its way.
    Processing,
    /// The provider could not collect it.
    Failed,
    /// The checkout ended without a payment.
    Expired,
    /// Money was paid back.
    Refunded {
        /// How much in all, this time and before: said twice, it is still the same.
        total: Money,
        /// When.
        at: Utc,
    },
    /// The payer's bank took the money back until it is decided who is right.
    DisputeOpened {
        /// The provider's name for the dispute.
        dispute: String,
        /// How much.
        amount: Money,
        /// When.
        at: Utc,
    },
    /// It is decided who is right.
    DisputeClosed {
        /// The provider's name for the dispute.
        dispute: String,
        /// How much it was about.
        amount: Money,
        /// The organisation keeps the money.
        won: bool,
        /// When.
        at: Utc,
    },
}
