//! Accounts: signing up, signing in and out, the person's own page.

mod account;
mod device;
mod limits;
mod link;
mod mail;
mod routes;
mod sign_in;
mod sign_up;
#[cfg(test)]
mod tests;

pub use routes::routes;
pub(crate) use sign_in::begin_session;
