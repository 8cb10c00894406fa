//! Voting methods on opened ballots, with rounds, ties and explanations.
//!
//! No I/O, no clock, no randomness, and no floating point outside the one method that is defined by it.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod amount;
pub mod formats;
pub mod lot;
pub mod method;
pub mod outcome;
pub mod profile;
pub mod steps;

mod tally;
mod totals;

pub use amount::{Amount, Ratio};
pub use lot::Lot;
pub use method::Method;
pub use outcome::Outcome;
pub use profile::{Ballot, Kind, Profile, ProfileError, Votes};
pub use steps::Step;
pub use tally::{CountError, Options, count};
