//! Who has the vote at an instant, and why. (`electorate`, `one-person-one-vote`, `affirm-yearly`,
//! `affirm-waived-if-voted`, `missed-4`, `self-certification-yearly`, `inactivity`, `record-date`,
//! `fellow_quorum_base`; bylaws 3.4, 4.2, 4.5 to 4.11, PEP 13, PEP 772.)
//!
//! Facts about a person ([`PersonFacts`]) and the rules of a body ([`ElectorateRule`]) give a [`Standing`] at the instants
//! of an election ([`RollInstants`]): on the roll or not, since when, with every reason and what could still be done.

mod assess;
mod facts;
mod inactivity;
mod reason;
mod roll;
mod rule;

pub use assess::{Hypothesis, Standing, WhatIf, assess, votes_of, what_if};
pub use facts::{
    Affirmation, Barred, Certification, Membership, MembershipEnd, OptOut, Paid, Participation, PersonFacts,
};
pub use inactivity::{Activity, ActivityFacts, InactivityPolicy};
pub use reason::{Reason, Remedy};
pub(crate) use roll::hex;
pub use roll::{Roll, RollChange, RollEntry, RollError};
pub use rule::{
    AffirmationPolicy, CertificationPolicy, ClassRule, ElectorateRule, ElectorateRuleError, FellowQuorumBase,
    MissedVotesPolicy, RollInstants,
};
