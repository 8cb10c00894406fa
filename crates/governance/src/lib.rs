#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![warn(clippy::indexing_slicing, clippy::panic)]

pub mod award;
pub mod deadline;
pub mod disclosure;
pub mod dues;
pub mod election;
pub mod electorate;
mod fraction;
mod ids;
mod instant;
mod money;
pub mod motion;
pub mod nomination;
pub mod policy;
pub mod preset;
pub mod quorum;
pub mod roles;
pub mod seats;
pub mod term;
pub mod threshold;
mod words;

pub use fraction::{Fraction, FractionError};
pub use ids::{BodyId, CandidateId, ClassId, ElectionId, OrganisationId, PersonId};
pub use instant::{Instant, InstantError, Interval};
pub use money::{Currency, Money, MoneyError};
pub use words::Explain;
