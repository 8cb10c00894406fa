//! The walk down the ranking.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::explain::{SeatStep, Who};
use super::input::{Candidate, CandidateStatus, SeatError, SeatGroup, SeatInput, TieResolution};
use super::limit::Shares;
use crate::term::TermPolicy;
use crate::{CandidateId, Fraction, OrganisationId};

/// A seat that was filled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// Who takes it.
    pub candidate: CandidateId,
    /// 1 for the first seat filled, and so on.
    pub place: u32,
    /// Position of its group in [`SeatInput::groups`].
    pub group: usize,
    /// Cohort, where there are several.
    pub cohort: Option<String>,
    /// Length of the term.
    pub term: TermPolicy,
    /// Seated above the limit because the seat would have stayed empty.
    pub requalified: bool,
}

/// A candidate who was passed over because of the limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Who.
    pub candidate: CandidateId,
    /// The common affiliation.
    pub organisation: OrganisationId,
}

/// A candidate's place and total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total {
    /// Who.
    pub candidate: CandidateId,
    /// 1 for the best; tied candidates have the same.
    pub rank: u32,
    /// Votes, stars or points.
    pub total: Option<u64>,
}

/// The seats with everything that led to them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// Filled seats in the order of filling.
    pub seats: Vec<Seat>,
    /// Passed over because of the limit and not seated.
    pub skipped: Vec<Skipped>,
    /// Seats that stay empty.
    pub vacant: u32,
    /// Every candidate with rank and total, before anybody was excluded.
    pub before_exclusions: Vec<Total>,
    /// Those who could take a seat and were not passed over, with new ranks.
    pub after_exclusions: Vec<Total>,
    /// Every step.
    pub steps: Vec<SeatStep>,
}

/// A tie that decides who is seated, or in which cohort, and is not resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenTie {
    /// The tied candidates who could take a seat.
    pub candidates: Vec<Who>,
    /// Seats left for them.
    pub seats_left: u32,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The seats are allocated.
    Allocated(Allocation),
    /// A tie has to be resolved first; add its order to [`SeatInput::tie_orders`] and run again.
    Tied(OpenTie),
}

/// Allocates the seats.
///
/// # Errors
/// When no seat is set or ranking and candidates do not belong together.
pub fn allocate(input: &SeatInput) -> Result<Outcome, SeatError> {
    let mut walk = Walk::start(input)?;
    for tied in &input.ranking {
        if let Some(tie) = walk.rank(tied) {
            return Ok(Outcome::Tied(tie));
        }
    }
    Ok(Outcome::Allocated(walk.finish()))
}

/// The state of the walk.
pub(super) struct Walk<'a> {
    input: &'a SeatInput,
    by_id: BTreeMap<&'a CandidateId, &'a Candidate>,
    shares: Shares,
    top: Option<u64>,
    result: Allocation,
}

/// What a candidate would meet.
enum Meets {
    Seat(usize),
    NoSeatLeft,
    BelowMinimum,
    Limit(OrganisationId, Vec<String>),
}

impl<'a> Walk<'a> {
    pub(super) fn start(input: &'a SeatInput) -> Result<Self, SeatError> {
        let by_id = check(input)?;
        let mut shares = Shares::default();
        if let Some(policy) = &input.co_affiliation {
            for member in &input.serving {
                shares.add(&member.name, &input.organisations.of(&member.affiliations, &policy.definition));
            }
        }
        let standing = |candidate: &&&Candidate| candidate.status == CandidateStatus::Standing;
        let top = by_id.values().filter(standing).filter_map(|candidate| candidate.total).max();
        let mut walk = Self { input, by_id, shares, top, result: Allocation::default() };
        walk.result.before_exclusions = walk.totals(|_| true);
        let seats = total_seats(&input.groups);
        let running = u32::try_from(walk.by_id.values().filter(standing).count()).unwrap_or(u32::MAX);
        if running <= seats {
            walk.result.steps.push(SeatStep::Uncontested { candidates: running, seats });
        }
        Ok(walk)
    }

    /// Seats the candidates of one rank; a tie that matters and is not resolved comes back.
    fn rank(&mut self, tied: &[CandidateId]) -> Option<OpenTie> {
        let standing = self.standing(tied);
        if standing.len() > 1 {
            match self.resolved(&standing) {
                Some((order, how)) => {
                    let who = order.iter().map(|candidate| candidate.who()).collect();
                    if self.matters(&order) {
                        self.result.steps.push(SeatStep::TieResolved { order: who, how });
                    }
                    order.into_iter().for_each(|candidate| self.place(candidate));
                    return None;
                }
                None if self.matters(&standing) => {
                    let candidates = standing.iter().map(|candidate| candidate.who()).collect();
                    return Some(OpenTie { candidates, seats_left: self.seats_left() });
                }
                None => {
                    let candidates = standing.iter().map(|candidate| candidate.who()).collect();
                    self.result.steps.push(SeatStep::TieHarmless { candidates });
                }
            }
        }
        standing.into_iter().for_each(|candidate| self.place(candidate));
        None
    }

    /// The candidates of a rank who can take a seat; a step for each of the others.
    fn standing(&mut self, tied: &[CandidateId]) -> Vec<&'a Candidate> {
        let mut standing = Vec::new();
        for candidate in tied.iter().filter_map(|id| self.by_id.get(id).copied()) {
            match &candidate.status {
                CandidateStatus::Standing => standing.push(candidate),
                CandidateStatus::Withdrawn => {
                    self.result.steps.push(SeatStep::Withdrawn { who: candidate.who() })
                }
                CandidateStatus::Ineligible { reason } => {
                    let (who, reason) = (candidate.who(), reason.clone());
                    self.result.steps.push(SeatStep::Ineligible { who, reason });
                }
            }
        }
        standing
    }

    fn resolved(&self, tied: &[&'a Candidate]) -> Option<(Vec<&'a Candidate>, TieResolution)> {
        self.input.tie_orders.iter().find_map(|tie| {
            let place = |candidate: &&Candidate| tie.order.iter().position(|id| *id == candidate.id);
            let known = tied.iter().all(|candidate| place(candidate).is_some());
            known.then(|| {
                let mut order = tied.to_vec();
                order.sort_by_key(|candidate| place(candidate));
                (order, tie.how)
            })
        })
    }

    /// Whether the order among tied candidates changes who is seated or where. All of them in one group of seats, or
    /// none of them seated whatever the order, and it does not.
    fn matters(&self, tied: &[&Candidate]) -> bool {
        if self.seats_left() == 0 {
            return false;
        }
        let alone: Vec<Meets> = tied.iter().map(|candidate| self.meets(candidate)).collect();
        let requalify = self.input.co_affiliation.as_ref().is_some_and(|policy| policy.requalify);
        let none = alone.iter().all(|meets| !matches!(meets, Meets::Seat(_)));
        let limited = alone.iter().any(|meets| matches!(meets, Meets::Limit(..)));
        if none {
            return limited && requalify;
        }
        let mut trial = Trial { shares: self.shares.clone(), filled: self.result.seats.len() };
        let mut groups = BTreeSet::new();
        for candidate in tied {
            let organisations = self.organisations(candidate);
            match self.meets_with(candidate, &trial.shares, trial.filled) {
                Meets::Seat(group) => {
                    groups.insert(group);
                    trial.shares.add(&candidate.name, &organisations);
                    trial.filled = trial.filled.saturating_add(1);
                }
                _ => return true,
            }
        }
        groups.len() > 1
    }

    fn place(&mut self, candidate: &'a Candidate) {
        match self.meets(candidate) {
            Meets::Seat(group) => self.seat(candidate, group, false),
            Meets::NoSeatLeft => {}
            Meets::BelowMinimum => self.result.steps.push(SeatStep::BelowMinimum { who: candidate.who() }),
            Meets::Limit(organisation, holders) => {
                let limit = self.limit();
                let skipped = Skipped { candidate: candidate.id.clone(), organisation: organisation.clone() };
                self.result.skipped.push(skipped);
                self.result.steps.push(SeatStep::Skipped {
                    who: candidate.who(),
                    organisation,
                    holders,
                    limit,
                });
            }
        }
    }

    fn seat(&mut self, candidate: &'a Candidate, group: usize, requalified: bool) {
        let Some(seats) = self.input.groups.get(group) else { return };
        self.shares.add(&candidate.name, &self.organisations(candidate));
        let place = u32::try_from(self.result.seats.len()).unwrap_or(u32::MAX).saturating_add(1);
        let (cohort, term) = (seats.cohort.clone(), seats.term);
        self.result.steps.push(SeatStep::Seated {
            who: candidate.who(),
            place,
            total: candidate.total,
            cohort: cohort.clone(),
            term,
            requalified,
        });
        self.result.seats.push(Seat {
            candidate: candidate.id.clone(),
            place,
            group,
            cohort,
            term,
            requalified,
        });
    }

    fn meets(&self, candidate: &Candidate) -> Meets {
        self.meets_with(candidate, &self.shares, self.result.seats.len())
    }

    fn meets_with(&self, candidate: &Candidate, shares: &Shares, filled: usize) -> Meets {
        let Some(group) = group_of(&self.input.groups, filled) else { return Meets::NoSeatLeft };
        let low = |least: Fraction| match (candidate.total, self.top) {
            (Some(total), Some(top)) => !least.is_reached(total, top, false),
            _ => false,
        };
        if self.input.minimum_of_top.is_some_and(low) {
            return Meets::BelowMinimum;
        }
        match shares.full(&self.organisations(candidate), self.limit()) {
            Some((organisation, holders)) => Meets::Limit(organisation, holders),
            None => Meets::Seat(group),
        }
    }

    fn limit(&self) -> u32 {
        self.input.co_affiliation.as_ref().map_or(u32::MAX, |policy| policy.limit(self.input.body_size))
    }

    fn organisations(&self, candidate: &Candidate) -> BTreeSet<OrganisationId> {
        let policy = self.input.co_affiliation.as_ref();
        policy.map_or_else(BTreeSet::new, |policy| {
            self.input.organisations.of(&candidate.affiliations, &policy.definition)
        })
    }

    fn seats_left(&self) -> u32 {
        let filled = u32::try_from(self.result.seats.len()).unwrap_or(u32::MAX);
        total_seats(&self.input.groups).saturating_sub(filled)
    }

    fn finish(mut self) -> Allocation {
        if self.input.co_affiliation.as_ref().is_some_and(|policy| policy.requalify) {
            for skipped in std::mem::take(&mut self.result.skipped) {
                let candidate = self.by_id.get(&skipped.candidate).copied();
                match (candidate, group_of(&self.input.groups, self.result.seats.len())) {
                    (Some(candidate), Some(group)) => self.seat(candidate, group, true),
                    _ => self.result.skipped.push(skipped),
                }
            }
        }
        self.result.vacant = self.seats_left();
        if self.result.vacant > 0 {
            self.result.steps.push(SeatStep::Vacant { seats: self.result.vacant });
        }
        let passed: BTreeSet<&CandidateId> =
            self.result.skipped.iter().map(|skipped| &skipped.candidate).collect();
        let kept = self.totals(|candidate| {
            candidate.status == CandidateStatus::Standing && !passed.contains(&candidate.id)
        });
        self.result.after_exclusions = kept;
        self.result
    }

    /// Ranks and totals of the candidates that `keep` keeps.
    fn totals(&self, keep: impl Fn(&Candidate) -> bool) -> Vec<Total> {
        let mut totals = Vec::new();
        let mut rank = 1_u32;
        for tied in &self.input.ranking {
            let kept: Vec<&Candidate> =
                tied.iter().filter_map(|id| self.by_id.get(id).copied()).filter(|c| keep(c)).collect();
            totals.extend(kept.iter().map(|c| Total { candidate: c.id.clone(), rank, total: c.total }));
            rank = rank.saturating_add(u32::try_from(kept.len()).unwrap_or(u32::MAX));
        }
        totals
    }
}

/// Seats filled on trial.
struct Trial {
    shares: Shares,
    filled: usize,
}

impl Candidate {
    pub(super) fn who(&self) -> Who {
        Who { id: self.id.clone(), name: self.name.clone() }
    }
}

fn check(input: &SeatInput) -> Result<BTreeMap<&CandidateId, &Candidate>, SeatError> {
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

fn total_seats(groups: &[SeatGroup]) -> u32 {
    groups.iter().fold(0, |sum, group| sum.saturating_add(group.seats))
}

/// The group of the next seat when so many are filled; `None` when all are.
fn group_of(groups: &[SeatGroup], filled: usize) -> Option<usize> {
    let mut left = u32::try_from(filled).ok()?;
    for (place, group) in groups.iter().enumerate() {
        match left.checked_sub(group.seats) {
            Some(rest) => left = rest,
            None => return Some(place),
        }
    }
    None
}
