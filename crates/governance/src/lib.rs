#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![warn(clippy::indexing_slicing, clippy::panic)]

pub mod deadline;
mod fraction;
mod instant;
pub mod quorum;
pub mod threshold;
mod words;

pub use fraction::{Fraction, FractionError};
pub use instant::{Instant, InstantError, Interval};
pub use words::Explain;
