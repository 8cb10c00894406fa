#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod amount;
pub mod chart;
pub mod formats;
pub mod lot;
pub mod method;
pub mod outcome;
pub mod profile;
pub mod steps;

mod borda;
mod irv;
mod judgement;
mod options;
mod pairwise;
mod rankings;
mod referendum;
mod star;
mod stv;
mod tally;
mod totals;
mod vector;

pub use amount::{Amount, Ratio};
pub use lot::Lot;
pub use method::Method;
pub use options::{CountError, MAX_GRADES, MAX_SCORE, Options};
pub use outcome::Outcome;
pub use profile::{Ballot, Kind, Profile, ProfileError, Votes};
pub use steps::Step;
pub use tally::{count, count_matrix};
