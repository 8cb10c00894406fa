//! Reasons for and against, and what could still be done.

use serde::{Deserialize, Serialize};

use super::facts::MembershipEnd;
use crate::words::{self, Explain};
use crate::{BodyId, ClassId, ElectionId, Instant};

/// Why a person is on a roll or not. Each is one condition of the rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// Holds a class with the vote.
    Holds {
        /// The class.
        class: ClassId,
        /// Since when.
        since: Instant,
    },
    /// Dues are paid.
    DuesPaid {
        /// The class.
        class: ClassId,
        /// Since when without a gap.
        since: Instant,
        /// First instant no longer paid; `None` for life.
        until: Option<Instant>,
    },
    /// A certification is valid.
    Certified {
        /// The class.
        class: ClassId,
        /// When it was given.
        at: Instant,
    },
    /// Has affirmed.
    Affirmed {
        /// When.
        at: Instant,
    },
    /// Need not affirm, having voted.
    WaivedByVote {
        /// In which election.
        election: ElectionId,
        /// When voting closed.
        at: Instant,
    },
    /// Need not affirm, being a member for life.
    NoAffirmationNeeded {
        /// The class.
        class: ClassId,
    },
    /// Has no membership at all.
    NoMembership,
    /// Holds only classes without the vote.
    NoVotingClass {
        /// These.
        classes: Vec<ClassId>,
    },
    /// Held a class with the vote, but no longer.
    Ended {
        /// The class.
        class: ClassId,
        /// When it ended.
        at: Instant,
        /// Why.
        why: Option<MembershipEnd>,
    },
    /// Will hold a class with the vote, but not yet.
    NotYet {
        /// The class.
        class: ClassId,
        /// From when.
        from: Instant,
    },
    /// Dues were never paid, or ended.
    DuesMissing {
        /// The class.
        class: ClassId,
        /// When the last paid time ended, if there was one.
        since: Option<Instant>,
    },
    /// The certification is missing or too old.
    CertificationMissing {
        /// The class.
        class: ClassId,
        /// When the last one was given, if there was one.
        last: Option<Instant>,
    },
    /// Has not affirmed before the cut-off.
    AffirmationMissing {
        /// The cut-off.
        cutoff: Option<Instant>,
    },
    /// Has affirmed, but only at or after the cut-off: it counts for the next election.
    AffirmationLate {
        /// When.
        at: Instant,
        /// The cut-off.
        cutoff: Instant,
    },
    /// Does not want to be on the roll.
    OptedOut {
        /// Since when.
        since: Instant,
    },
    /// Missed too many votes this year.
    MissedVotes {
        /// How many.
        missed: u32,
        /// Since when.
        since: Instant,
        /// When the vote comes back.
        until: Instant,
    },
    /// Is inactive.
    Inactive {
        /// Since when.
        since: Instant,
    },
    /// A decision took the vote away.
    Barred {
        /// Since when.
        since: Instant,
        /// The decision.
        reason: String,
    },
}

/// What could still be done to get onto the roll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// Affirm before the cut-off.
    Affirm {
        /// The body.
        body: BodyId,
        /// The cut-off.
        before: Option<Instant>,
    },
    /// Pay dues before the record instant.
    PayDues {
        /// The class.
        class: ClassId,
        /// The record instant.
        before: Instant,
    },
    /// Certify before the record instant.
    Certify {
        /// The class.
        class: ClassId,
        /// The record instant.
        before: Instant,
    },
    /// Join a class with the vote before the record instant.
    Join {
        /// Any of these.
        classes: Vec<ClassId>,
        /// The record instant.
        before: Instant,
    },
    /// Withdraw the opt-out.
    OptIn {
        /// The body.
        body: BodyId,
    },
    /// Ask to be active again.
    Return,
}

impl Reason {
    /// Whether the condition is fulfilled.
    #[must_use]
    pub const fn is_for(&self) -> bool {
        matches!(
            self,
            Self::Holds { .. }
                | Self::DuesPaid { .. }
                | Self::Certified { .. }
                | Self::Affirmed { .. }
                | Self::WaivedByVote { .. }
                | Self::NoAffirmationNeeded { .. }
        )
    }

    /// Since when the condition has been as it is, where that is known.
    #[must_use]
    pub const fn since(&self) -> Option<Instant> {
        match self {
            Self::Holds { since, .. }
            | Self::DuesPaid { since, .. }
            | Self::OptedOut { since }
            | Self::MissedVotes { since, .. }
            | Self::Inactive { since }
            | Self::Barred { since, .. } => Some(*since),
            Self::Certified { at, .. }
            | Self::Affirmed { at }
            | Self::WaivedByVote { at, .. }
            | Self::Ended { at, .. } => Some(*at),
            Self::DuesMissing { since, .. } => *since,
            Self::AffirmationMissing { cutoff } => *cutoff,
            Self::AffirmationLate { cutoff, .. } => Some(*cutoff),
            Self::NoAffirmationNeeded { .. }
            | Self::NoMembership
            | Self::NoVotingClass { .. }
            | Self::NotYet { .. }
            | Self::CertificationMissing { .. } => None,
        }
    }
}

impl Explain for Reason {
    fn sentence(&self) -> String {
        match self {
            Self::Holds { class, since } => format!("Is a {class} member since {since}."),
            Self::DuesPaid { class, until: None, .. } => {
                format!("Dues as a {class} member are paid for life.")
            }
            Self::DuesPaid { class, until: Some(until), .. } => {
                format!("Dues as a {class} member are paid until {until}.")
            }
            Self::Certified { class, at } => format!("Certified as a {class} member at {at}."),
            Self::Affirmed { at } => format!("Affirmed the intention to vote at {at}."),
            Self::WaivedByVote { election, .. } => {
                format!("Voted in {election}, so no affirmation is needed.")
            }
            Self::NoAffirmationNeeded { class } => format!("A {class} member need not affirm."),
            Self::NoMembership => "Has no membership.".into(),
            Self::NoVotingClass { classes } => {
                format!("Is a {} member, which does not give the vote.", words::list(classes))
            }
            Self::Ended { class, at, why } => {
                format!("The {class} membership ended at {at}{}.", why.map_or("", MembershipEnd::clause))
            }
            Self::NotYet { class, from } => {
                format!("The {class} membership begins at {from}, after the record date.")
            }
            Self::DuesMissing { class, since: Some(since) } => {
                format!("Dues as a {class} member lapsed at {since}.")
            }
            Self::DuesMissing { class, since: None } => format!("Dues as a {class} member are not paid."),
            Self::CertificationMissing { class, last: Some(last) } => {
                format!("The certification as a {class} member of {last} is too old.")
            }
            Self::CertificationMissing { class, last: None } => {
                format!("There is no certification as a {class} member.")
            }
            Self::AffirmationMissing { cutoff: Some(cutoff) } => {
                format!("Did not affirm the intention to vote before {cutoff}.")
            }
            Self::AffirmationMissing { cutoff: None } => "Has not affirmed the intention to vote.".into(),
            Self::AffirmationLate { at, cutoff } => format!(
                "Affirmed at {at}, not before the cut-off at {cutoff}; this counts for the next election only."
            ),
            Self::OptedOut { since } => format!("Has opted out since {since}."),
            Self::MissedVotes { missed, until, .. } => format!(
                "Missed {} this year; the vote comes back at {until}.",
                words::count((*missed).into(), "vote", "votes")
            ),
            Self::Inactive { since } => format!("Is inactive since {since}."),
            Self::Barred { since, reason } => format!("Has no vote since {since} by decision: {reason}."),
        }
    }
}

impl MembershipEnd {
    const fn clause(self) -> &'static str {
        match self {
            Self::Lapsed => ", not having been renewed",
            Self::Converted => ", becoming another class",
            Self::Terminated => " by decision",
            Self::Resigned => " by resignation",
            Self::Emeritus => ", becoming emeritus",
            Self::Deceased => " by death",
        }
    }
}

impl Explain for Remedy {
    fn sentence(&self) -> String {
        match self {
            Self::Affirm { body, before: Some(before) } => {
                format!("Affirm the intention to vote for the {body} before {before}.")
            }
            Self::Affirm { body, before: None } => format!("Affirm the intention to vote for the {body}."),
            Self::PayDues { class, before } => format!("Pay the dues as a {class} member before {before}."),
            Self::Certify { class, before } => format!("Certify as a {class} member before {before}."),
            Self::Join { classes, before } => {
                format!("Become a {} member before {before}.", words::either(classes))
            }
            Self::OptIn { body } => format!("Withdraw the opt-out for the {body}."),
            Self::Return => "Ask to be active again.".into(),
        }
    }
}
