//! Trustees: their invitation, the making of their keys through a message board, rehearsal and key check, shuffles and
//! decryptions (`static/booth/README.md`, "The trustee document"). The server holds no trustee's key: what it keeps of
//! one is sealed for that trustee.

mod calls;
mod ceremony;
mod closing;
mod document;
mod mail;
mod readiness;
mod risk;
mod routes;
mod staff;
mod standing;

pub use calls::{CallTrustees, tasks};
pub use ceremony::keys;
pub use closing::EndShuffling;
pub use readiness::{Readiness, readiness};
pub use risk::AcceptNoSpare;
pub use routes::routes;
pub use standing::enough_checked;

#[cfg(test)]
pub(in crate::elections) mod tests;
