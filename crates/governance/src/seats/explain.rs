//! The steps of an allocation as sentences.

use serde::{Deserialize, Serialize};

use super::allocate::{Allocation, OpenTie};
use super::departure::Departure;
use super::input::TieResolution;
use crate::term::TermPolicy;
use crate::words::{self, Explain};
use crate::{CandidateId, OrganisationId};

/// A candidate with the name that sentences show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// Fixed identifier.
    pub id: CandidateId,
    /// Name.
    pub name: String,
}

impl std::fmt::Display for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

/// One step of an allocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SeatStep {
    /// No more candidates than seats.
    Uncontested {
        /// Candidates who can take a seat.
        candidates: u32,
        /// Seats.
        seats: u32,
    },
    /// No vote counts for anybody, so nobody is seated.
    NoVotes,
    /// Passed over, having withdrawn.
    Withdrawn {
        /// Who.
        who: Who,
    },
    /// Passed over, being ineligible.
    Ineligible {
        /// Who.
        who: Who,
        /// Why.
        reason: String,
    },
    /// A tie that had to be resolved.
    TieResolved {
        /// The better-placed first.
        order: Vec<Who>,
        /// How.
        how: TieResolution,
    },
    /// A tie whose order changes nothing.
    TieHarmless {
        /// The tied.
        candidates: Vec<Who>,
    },
    /// Took a seat.
    Seated {
        /// Who.
        who: Who,
        /// 1 for the first seat.
        place: u32,
        /// Votes, stars or points.
        total: Option<u64>,
        /// Cohort.
        cohort: Option<String>,
        /// Length of the term.
        term: TermPolicy,
        /// Above the limit, because the seat would have stayed empty.
        requalified: bool,
    },
    /// Passed over because of the limit.
    Skipped {
        /// Who.
        who: Who,
        /// The common affiliation.
        organisation: OrganisationId,
        /// Who holds it already.
        holders: Vec<String>,
        /// How many may.
        limit: u32,
    },
    /// Passed over, having too small a share of the best total.
    BelowMinimum {
        /// Who.
        who: Who,
    },
    /// Left a seat.
    Departed {
        /// Who.
        who: Who,
        /// Why.
        why: Departure,
    },
    /// Seats stay empty.
    Vacant {
        /// How many.
        seats: u32,
    },
}

impl Explain for SeatStep {
    fn sentence(&self) -> String {
        match self {
            Self::Uncontested { candidates, seats } => format!(
                "There are {} for {}, so nobody stands against anybody.",
                words::count((*candidates).into(), "candidate", "candidates"),
                words::count((*seats).into(), "seat", "seats")
            ),
            Self::NoVotes => "No vote counts for anybody, so nobody is elected and no lot is drawn.".into(),
            Self::Withdrawn { who } => format!("{who} has withdrawn and is passed over."),
            Self::Ineligible { who, reason } => format!("{who} cannot take a seat: {reason}."),
            Self::TieResolved { order, how } => {
                format!("{} are tied; {} put them in this order.", words::list(order), how.name())
            }
            Self::TieHarmless { candidates } => {
                format!("{} are tied; the order among them changes nothing.", words::list(candidates))
            }
            Self::Seated { who, place, total, cohort, term, requalified } => {
                let total = total.map_or_else(String::new, |total| format!(" ({})", words::grouped(total)));
                let cohort =
                    cohort.as_ref().map_or_else(String::new, |cohort| format!(" in cohort {cohort}"));
                let term = match term {
                    TermPolicy::Years(_) => format!("for {}", term.clause()),
                    TermPolicy::UntilNextElection => term.clause(),
                };
                let why = if *requalified { ", because it would otherwise stay empty" } else { "" };
                format!("{who}{total} takes seat {place}{cohort} {term}{why}.")
            }
            Self::Skipped { who, organisation, holders, limit } => format!(
                "{who} is passed over: {} already {} {organisation}, and at most {limit} may.",
                words::list(holders),
                if holders.len() == 1 { "belongs to" } else { "belong to" }
            ),
            Self::BelowMinimum { who } => {
                format!("{who} has too few votes compared with the first and is passed over.")
            }
            Self::Departed { who, why } => match why {
                Departure::Withdrew => format!("{who} withdraws; the next in rank follows."),
                Departure::MovedTo(seat) => format!("{who} moves to the {seat}; the next in rank follows."),
                Departure::Left => format!("{who} has left; the next in rank follows."),
            },
            Self::Vacant { seats: 1 } => "1 seat stays empty.".into(),
            Self::Vacant { seats } => format!("{seats} seats stay empty."),
        }
    }
}

impl TieResolution {
    const fn name(self) -> &'static str {
        match self {
            Self::Agreement => "an agreement",
            Self::Lot => "the lot",
            Self::Rerun => "another vote",
            Self::Decision => "a decision",
        }
    }
}

impl Explain for Allocation {
    fn sentence(&self) -> String {
        self.steps.iter().map(Explain::sentence).collect::<Vec<_>>().join(" ")
    }
}

impl Explain for OpenTie {
    fn sentence(&self) -> String {
        format!(
            "{} are tied for {}; resolve the tie by the rule for ties.",
            words::list(&self.candidates),
            words::count(self.seats_left.into(), "seat", "seats")
        )
    }
}
