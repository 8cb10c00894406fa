//! What the seat rules look at.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::affiliation::{Affiliation, Organisations};
use super::limit::{CoAffiliationPolicy, Serving};
use crate::term::TermPolicy;
use crate::{CandidateId, Fraction};

/// A candidate as the seat rules see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Fixed identifier.
    pub id: CandidateId,
    /// Name that sentences show.
    pub name: String,
    /// Votes, stars or points, where the method gives any.
    pub total: Option<u64>,
    /// Declared affiliations.
    #[serde(default)]
    pub affiliations: Vec<Affiliation>,
    /// Whether a seat can be taken.
    #[serde(default)]
    pub status: CandidateStatus,
}

/// Whether a candidate can take a seat.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CandidateStatus {
    /// Yes.
    #[default]
    Standing,
    /// Withdrew after the ballot was fixed.
    Withdrawn,
    /// Must not, for this reason (staff, another body, no longer a member).
    Ineligible {
        /// The reason in a few words.
        reason: String,
    },
}

/// Seats of one kind, filled one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatGroup {
    /// Cohort, where there are several.
    pub cohort: Option<String>,
    /// Number of seats.
    pub seats: u32,
    /// Length of the term.
    pub term: TermPolicy,
}

/// How a tie was resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TieResolution {
    /// The candidates agreed.
    Agreement,
    /// A lot that anybody can reproduce.
    Lot,
    /// Another vote among the tied.
    Rerun,
    /// A body or officer decided.
    Decision,
}

/// An order among tied candidates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TieOrder {
    /// The tied candidates, the better-placed first.
    pub order: Vec<CandidateId>,
    /// How it came about.
    pub how: TieResolution,
}

/// Everything the seat rules look at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatInput {
    /// Candidates best first; those in one inner list are tied.
    pub ranking: Vec<Vec<CandidateId>>,
    /// The candidates, in any order.
    pub candidates: Vec<Candidate>,
    /// Seats to fill, those for the best first.
    pub groups: Vec<SeatGroup>,
    /// Ties resolved so far.
    #[serde(default)]
    pub tie_orders: Vec<TieOrder>,
    /// Size of the whole body.
    pub body_size: u32,
    /// Members of the body whose terms go on; they count for the limit.
    #[serde(default)]
    pub serving: Vec<Serving>,
    /// Limit on common affiliations.
    #[serde(default)]
    pub co_affiliation: Option<CoAffiliationPolicy>,
    /// Who controls whom.
    #[serde(default)]
    pub organisations: Organisations,
    /// Least share of the best total that a candidate needs (PEP 8013).
    #[serde(default)]
    pub minimum_of_top: Option<Fraction>,
}

/// Why the input makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SeatError {
    /// No seat to fill.
    #[error("the number of seats is not set; set it to 1 or more")]
    NoSeats,
    /// A ranked candidate is not among the candidates.
    #[error("{0} is ranked but is no candidate")]
    UnknownCandidate(CandidateId),
    /// A candidate stands twice, or is ranked twice or not at all.
    #[error("{0} must be among the candidates once and in the ranking once")]
    NotOnce(CandidateId),
    /// Somebody who has no seat cannot leave one.
    #[error("{0} has no seat to leave")]
    NotSeated(CandidateId),
}

/// The candidates by identifier.
///
/// # Errors
/// When no seat is set or ranking and candidates do not belong together.
pub(super) fn check(input: &SeatInput) -> Result<BTreeMap<&CandidateId, &Candidate>, SeatError> {
    if total_seats(&input.groups) == 0 {
        return Err(SeatError::NoSeats);
    }
    let mut by_id = BTreeMap::new();
    for candidate in &input.candidates {
        if by_id.insert(&candidate.id, candidate).is_some() {
            return Err(SeatError::NotOnce(candidate.id.clone()));
        }
    }
    let mut ranked = BTreeSet::new();
    for id in input.ranking.iter().flatten() {
        if !by_id.contains_key(id) {
            return Err(SeatError::UnknownCandidate(id.clone()));
        }
        if !ranked.insert(id) {
            return Err(SeatError::NotOnce(id.clone()));
        }
    }
    let missing = by_id.keys().find(|id| !ranked.contains(*id));
    missing.map_or(Ok(by_id.clone()), |id| Err(SeatError::NotOnce((*id).clone())))
}

pub(super) fn total_seats(groups: &[SeatGroup]) -> u32 {
    groups.iter().fold(0, |sum, group| sum.saturating_add(group.seats))
}

/// The group of the next seat when so many are filled; `None` when all are.
pub(super) fn group_of(groups: &[SeatGroup], filled: usize) -> Option<usize> {
    let mut left = u32::try_from(filled).ok()?;
    for (place, group) in groups.iter().enumerate() {
        match left.checked_sub(group.seats) {
            Some(rest) => left = rest,
            None => return Some(place),
        }
    }
    None
}
