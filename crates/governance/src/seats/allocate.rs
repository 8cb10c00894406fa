//! The walk down the ranking.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::explain::{SeatStep, Who};
use super::input::{
    Candidate, CandidateStatus, SeatError, SeatInput, TieResolution, check, group_of, total_seats,
};
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
    Ok(walk.finish())
}

/// Seats nobody, because no vote counts for anybody and there are more candidates than seats: all seats stay empty, and no
/// lot is drawn. (Counting 1.)
///
/// # Errors
/// As [`allocate`].
pub fn nobody(input: &SeatInput) -> Result<Allocation, SeatError> {
    let mut walk = Walk::start(input)?;
    walk.result.steps.push(SeatStep::NoVotes);
    Ok(walk.close())
}

/// The state of the walk.
pub(super) struct Walk<'a> {
    input: &'a SeatInput,
    by_id: BTreeMap<&'a CandidateId, &'a Candidate>,
    shares: Shares,
    top: Option<u64>,
    /// Those passed over because of the limit, those of one rank together.
    skipped: Vec<Vec<&'a Candidate>>,
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
        let mut walk = Self { input, by_id, shares, top, skipped: Vec::new(), result: Allocation::default() };
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
        let level = standing.len() > 1;
        let all: Vec<Who> = standing.iter().map(|candidate| candidate.who()).collect();
        self.skipped.push(Vec::new());
        // Whoever finds no seat whatever the order leaves nothing to decide.
        let (able, unable): (Vec<_>, Vec<_>) =
            standing.into_iter().partition(|candidate| matches!(self.meets(candidate), Meets::Seat(_)));
        if !self.matters(&able) {
            if level {
                self.result.steps.push(SeatStep::TieHarmless { candidates: all });
            }
            // An order that is known is kept all the same.
            let able = self.resolved(&able).map_or(able, |(order, _)| order);
            unable.into_iter().chain(able).for_each(|candidate| self.place(candidate));
            return None;
        }
        unable.into_iter().for_each(|candidate| self.place(candidate));
        let Some((order, how)) = self.resolved(&able) else { return Some(self.open(&able)) };
        let who = order.iter().map(|candidate| candidate.who()).collect();
        self.result.steps.push(SeatStep::TieResolved { order: who, how });
        order.into_iter().for_each(|candidate| self.place(candidate));
        None
    }

    fn open(&self, tied: &[&Candidate]) -> OpenTie {
        let candidates = tied.iter().map(|candidate| candidate.who()).collect();
        OpenTie { candidates, seats_left: self.seats_left() }
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

    /// Whether the order among tied candidates, each of whom could take the next seat, changes who is seated or where, or
    /// whom the limit passes over. All of them in one group of seats, and it does not.
    fn matters(&self, tied: &[&Candidate]) -> bool {
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
                if let Some(level) = self.skipped.last_mut() {
                    level.push(candidate);
                }
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

    fn finish(mut self) -> Outcome {
        if self.input.co_affiliation.as_ref().is_some_and(|policy| policy.requalify) {
            for level in std::mem::take(&mut self.skipped) {
                if let Some(tie) = self.requalify(level) {
                    return Outcome::Tied(tie);
                }
            }
        }
        Outcome::Allocated(self.close())
    }

    /// Seats those of one rank who were passed over, as far as seats would otherwise stay empty.
    fn requalify(&mut self, level: Vec<&'a Candidate>) -> Option<OpenTie> {
        let first = self.result.seats.len();
        let places = first..first.saturating_add(level.len());
        let groups: BTreeSet<Option<usize>> = places.map(|at| group_of(&self.input.groups, at)).collect();
        let mut order = level;
        if groups.len() > 1 {
            let Some((resolved, how)) = self.resolved(&order) else { return Some(self.open(&order)) };
            let who = resolved.iter().map(|candidate| candidate.who()).collect();
            self.result.steps.push(SeatStep::TieResolved { order: who, how });
            order = resolved;
        }
        for candidate in order {
            let Some(group) = group_of(&self.input.groups, self.result.seats.len()) else { break };
            self.result.skipped.retain(|skipped| skipped.candidate != candidate.id);
            self.seat(candidate, group, true);
        }
        None
    }

    fn close(mut self) -> Allocation {
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
