//! When somebody who was elected does not take the seat or leaves it: the next in rank.

use serde::{Deserialize, Serialize};

use super::allocate::{Allocation, Outcome, allocate};
use super::explain::SeatStep;
use super::input::{CandidateStatus, SeatError, SeatGroup, SeatInput};
use crate::CandidateId;

/// Why a seat became free.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Departure {
    /// Withdrew.
    Withdrew,
    /// Moved to another seat, by name.
    MovedTo(String),
    /// Resigned or died.
    Left,
}

/// How the next in rank is seated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refill {
    /// Everybody moves up a place, and the next in rank takes the last one: the longest terms stay with the most votes.
    ShiftByRank,
    /// The next in rank takes the seat that became free; nobody else moves.
    TakeVacatedSeat,
}

/// Seats the next in rank after `gone` has left.
///
/// Pass the same input as before; `input.candidates` need not be changed. For several departures, mark the earlier ones
/// as withdrawn in the input.
///
/// # Errors
/// When `gone` has no seat in `before`, or the input makes no sense.
pub fn next_in_rank(
    input: &SeatInput,
    before: &Allocation,
    gone: &CandidateId,
    why: &Departure,
    refill: Refill,
) -> Result<Outcome, SeatError> {
    let seat = before.seats.iter().find(|seat| seat.candidate == *gone);
    let seat = seat.ok_or_else(|| SeatError::NotSeated(gone.clone()))?;
    let mut changed = input.clone();
    let mut who = None;
    for candidate in changed.candidates.iter_mut().filter(|candidate| candidate.id == *gone) {
        candidate.status = CandidateStatus::Withdrawn;
        who = Some(candidate.who());
    }
    let who = who.ok_or_else(|| SeatError::UnknownCandidate(gone.clone()))?;
    let left = SeatStep::Departed { who, why: why.clone() };
    match refill {
        Refill::ShiftByRank => {
            let mut outcome = allocate(&changed)?;
            if let Outcome::Allocated(allocation) = &mut outcome {
                allocation.steps.insert(0, left);
            }
            Ok(outcome)
        }
        Refill::TakeVacatedSeat => take_vacated(changed, before, seat.group, seat.place, left),
    }
}

/// Runs the rules for the one free seat among those not seated, with everybody else counted as serving.
fn take_vacated(
    mut input: SeatInput,
    before: &Allocation,
    group: usize,
    place: u32,
    left: SeatStep,
) -> Result<Outcome, SeatError> {
    let kept: Vec<_> = before.seats.iter().filter(|seat| seat.place != place).cloned().collect();
    let seated = |id: &CandidateId| kept.iter().any(|seat| seat.candidate == *id);
    // The least share is one of the best total of all, also of those who are seated already.
    let best = before.before_exclusions.iter().filter_map(|total| total.total).max();
    let least = input.minimum_of_top.take();
    for candidate in &mut input.candidates {
        if let (Some(least), Some(total), Some(best)) = (least, candidate.total, best)
            && !least.is_reached(total, best, false)
        {
            candidate.status =
                CandidateStatus::Ineligible { reason: "too few votes compared with the first".into() };
        }
    }
    let start = crate::Instant::from_micros(0).ok();
    for candidate in input.candidates.iter().filter(|candidate| seated(&candidate.id)) {
        input.serving.extend(start.map(|since| super::limit::Serving {
            person: candidate.id.as_str().into(),
            name: candidate.name.clone(),
            affiliations: candidate.affiliations.clone(),
            since,
        }));
    }
    input.candidates.retain(|candidate| !seated(&candidate.id));
    for tied in &mut input.ranking {
        tied.retain(|id| !seated(id));
    }
    let free = input.groups.get(group).cloned().map(|free| SeatGroup { seats: 1, ..free });
    input.groups = free.into_iter().collect();
    match allocate(&input)? {
        Outcome::Tied(tie) => Ok(Outcome::Tied(tie)),
        Outcome::Allocated(mut filled) => {
            for seat in &mut filled.seats {
                (seat.place, seat.group) = (place, group);
            }
            for step in &mut filled.steps {
                if let SeatStep::Seated { place: shown, .. } = step {
                    *shown = place;
                }
            }
            filled.seats.extend(kept);
            filled.seats.sort_by_key(|seat| seat.place);
            filled.steps.insert(0, left);
            filled.vacant = filled.vacant.saturating_add(before.vacant);
            filled.before_exclusions.clone_from(&before.before_exclusions);
            let still =
                |id: &CandidateId| before.before_exclusions.iter().find(|total| total.candidate == *id);
            let passed = |id: &CandidateId| filled.skipped.iter().any(|skipped| skipped.candidate == *id);
            let mut after: Vec<_> =
                filled.seats.iter().filter_map(|seat| still(&seat.candidate)).cloned().collect();
            let others = filled.after_exclusions.iter().filter(|total| !passed(&total.candidate));
            after.extend(others.filter_map(|total| still(&total.candidate)).cloned());
            after.sort_by_key(|total| total.rank);
            after.dedup();
            filled.after_exclusions = after;
            Ok(Outcome::Allocated(filled))
        }
    }
}
