//! Payments of dues: choosing an amount, paying by a provider, receipts, and what staff do about money.
//!
//! The walk of one payment: `dues` keeps it, with its person, before any provider hears of it; `pay` begins it at a
//! `provider`, outside of any transaction; the provider's signed notice (`hook`), the return of the payer (`pay`), a bank
//! statement or staff say that the money is there; `settle` enters it into the append-only ledger once, numbers the receipt,
//! extends the membership and queues the mail, all in one transaction.
//!
//! Amounts are shown to the payer and to the holders of `SeePayments` (two roles); no mail, log or other page has them.

mod bank;
pub(crate) mod bank_csv;
mod dues;
mod export;
mod hook;
mod mail;
pub(crate) mod notice;
mod pay;
mod provider;
mod receipt;
mod reconcile;
pub(crate) mod settle;
mod staff;
pub mod stripe;
mod test_provider;

#[cfg(test)]
mod tests;

use crate::auth::permission::Action;
use crate::routes::{Access, Route};

pub(crate) use dues::reference;
pub use pay::own_data;
pub use reconcile::{AskAboutPending, Reconcile, tasks};

/// Routes of payments.
#[must_use]
pub fn routes() -> Vec<Route> {
    let own = Access::SignedIn;
    let (see, manage) = (Access::May(Action::SeePayments), Access::May(Action::ManagePayments));
    vec![
        Route::get("/membership/dues", own, dues::form),
        Route::post("/membership/dues", own, dues::choose),
        Route::get("/membership/payments", own, pay::list),
        Route::get("/membership/payments/{payment}", own, pay::show),
        Route::post("/membership/payments/{payment}/pay", own, pay::pay),
        Route::post("/membership/payments/{payment}/check", own, pay::check),
        Route::post("/membership/payments/{payment}/cancel", own, pay::cancel),
        Route::get("/membership/payments/{payment}/receipt", own, receipt::show),
        Route::get("/membership/payments/{payment}/test", own, test_provider::page),
        Route::post("/membership/payments/{payment}/test", own, test_provider::decide),
        Route::post("/hooks/stripe", Access::Machine, hook::stripe).body_limit(stripe::event::LARGEST),
        Route::get("/staff/payments", see, staff::list),
        Route::post("/staff/payments/ledger", see, export::ledger_csv),
        Route::get("/staff/payments/bank", manage, bank::list),
        Route::post("/staff/payments/bank", manage, bank::take_in).upload(bank::LARGEST),
        Route::get("/staff/payments/bank/{statement}", manage, bank::one),
        Route::post("/staff/payments/bank/{statement}/match", manage, bank::match_all),
        Route::post("/staff/payments/bank/{statement}/decide", manage, bank::decide),
        Route::get("/staff/payments/reconciliation", see, reconcile::page),
        Route::post("/staff/payments/reconciliation", manage, reconcile::compare_day),
        Route::get("/staff/payments/{payment}", see, staff::one),
        Route::post("/staff/payments/{payment}/arrived", manage, staff::arrived),
        Route::post("/staff/payments/{payment}/refund", manage, staff::refund),
    ]
}
