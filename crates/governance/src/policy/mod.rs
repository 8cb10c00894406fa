//! Every named policy as a typed, versioned value with its authority; sets of them that fit together; the frozen set of an
//! election with its hash. (`domain.md` 6.2.)

mod contradiction;
mod kinds;
mod named;
mod set;

pub use contradiction::Contradiction;
pub use kinds::{
    DeadlineZonePolicy, ElectoratePolicy, Method, MethodPolicy, NextInRankPolicy, RetentionRule,
    SeatingPolicy, StarTies, TiePolicy, TieStep, Until, VotingClass,
};
pub use named::{Policy, PolicyName};
pub use set::{Authority, FrozenPolicies, PolicySet, PolicySetError, PolicyStatus, PolicyVersion, digest_of};
