//! Accounts: signing up, signing in and out, proving again who one is, the person's own pages.

mod account;
mod addresses;
mod authenticator;
mod ceremony;
mod confirm;
mod device;
mod factors;
mod leaving;
pub(crate) mod limits;
mod link;
mod mail;
mod notices;
mod passkeys;
mod recover;
mod reset;
mod routes;
mod second_step;
mod sign_in;
pub(crate) mod sign_up;
#[cfg(test)]
mod tests;

pub use reset::ResetSecondFactors;
pub use routes::routes;
pub(crate) use sign_in::begin_session;
