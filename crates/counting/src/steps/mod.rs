//! The explanation of a count: typed steps, and the sentences they become.

mod sentence;

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use crate::amount::{Amount, Ratio};
use crate::method::MjRule;
use crate::outcome::{CandidateId, Counts, InvalidReason, Round, Tie, Transfer};

/// What a total is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Votes.
    Votes,
    /// Points.
    Points,
}

/// Why a candidate is excluded in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// Fewest votes.
    Lowest,
    /// The group is full, or all seats left belong to sitting members.
    GroupFull,
}

/// One step of a count. Numbers decide; names appear only in [`Step::sentence`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
#[allow(missing_docs)] // fields: documented by the variant; candidate ids, votes for (won) and against (lost)
pub enum Step {
    /// The ballots at hand.
    Ballots(Counts),
    /// Invalid ballots of one kind.
    Invalid { reason: InvalidReason, count: u64 },
    /// Candidates removed before the count.
    Withdrawn { candidates: Vec<CandidateId> },
    /// A recount for a vacancy: these keep their seats.
    Sitting { candidates: Vec<CandidateId>, vacancies: usize },
    /// Nobody cast a vote that counts.
    NoVotes,
    /// There are no more candidates than seats.
    AllElected { seats: usize, standing: usize },
    /// A method with one winner was given several seats.
    OneWinner { seats: usize },
    /// Sums per candidate, highest first.
    Totals { unit: Unit, totals: Vec<(CandidateId, Amount)> },
    /// A tie and how it was resolved.
    Tie(Tie),
    /// Passed over because `cap` of the elected, or of those in office (`serving`), belong to the same group already.
    GroupFull {
        candidate: CandidateId,
        group: String,
        cap: usize,
        #[serde(default)]
        serving: bool,
    },
    /// The result: winners in order, and seats that stay empty.
    Elected { candidates: Vec<CandidateId>, empty: usize },
    /// Quorum of a yes or no vote; `eligible` is absent when the quorum is a plain number.
    Quorum { cast: u64, required: Ratio, eligible: Option<u64>, strict: bool, met: bool },
    /// Threshold of a yes or no vote, as a part of `base`.
    Threshold { yes: u64, no: u64, abstain: u64, base: u64, threshold: Ratio, strict: bool, met: bool },
    /// The answer of a yes or no vote.
    Decision { passed: bool },

    /// Points at the start of a STAR round, highest first.
    StarScores { round: usize, points: Vec<(CandidateId, Amount)> },
    /// Only one candidate is left in a STAR round.
    StarAlone { round: usize, candidate: CandidateId },
    /// The automatic runoff.
    StarRunoff { round: usize, winner: CandidateId, loser: CandidateId, won: u64, lost: u64, equal: u64 },

    /// The votes needed for a seat.
    Quota { quota: Amount, valid: u64, seats: usize },
    /// First preferences, most first, and ballots without one that counts.
    FirstPreferences { votes: Vec<(CandidateId, Amount)>, exhausted: Amount },
    /// More than half of the continuing votes.
    Majority { round: usize, candidate: CandidateId, votes: u64, continuing: u64 },
    /// Excluded, and where the votes go (empty in methods that count again instead of moving votes).
    Excluded { round: usize, candidate: CandidateId, votes: Amount, transfers: Vec<Transfer>, why: Why },
    /// Elected with a quota.
    Reached { round: usize, candidates: Vec<(CandidateId, Amount)>, quota: Amount },
    /// A surplus passed on; `rounding` votes were lost by cutting decimals.
    Surplus {
        round: usize,
        candidate: CandidateId,
        surplus: Amount,
        transfers: Vec<Transfer>,
        rounding: Amount,
    },
    /// As many candidates are left as seats.
    Fill { candidates: Vec<CandidateId>, seats: usize },
    /// Version 2.0 of the Belenios program stops with an error on such ballots and cannot confirm the count.
    BeleniosUnconfirmed { listed: usize, seats: usize },

    /// Somebody beats all others one to one; the closest comparison.
    BeatsAll { candidate: CandidateId, closest: CandidateId, won: u64, lost: u64 },
    /// Nobody beats all others one to one.
    NobodyBeatsAll,
    /// Schulze: why one is placed above another; (won, lost) directly and at the weakest step of the strongest paths.
    PathBeats {
        above: CandidateId,
        below: CandidateId,
        direct: (u64, u64),
        forth: (u64, u64),
        back: (u64, u64),
    },
    /// Ranked pairs: a majority is kept.
    Locked { winner: CandidateId, loser: CandidateId, won: u64, lost: u64 },
    /// Ranked pairs: a majority would contradict stronger ones.
    Skipped { winner: CandidateId, loser: CandidateId, won: u64, lost: u64 },
    /// Debian: too few prefer the option to the default; `squared` is the quorum squared.
    QuorumMissed { option: CandidateId, won: u64, squared: Ratio },
    /// Debian: not the required majority over the default.
    MajorityMissed { option: CandidateId, won: u64, lost: u64, ratio: Ratio },
    /// Debian: the option is more than the required majority ahead of the default.
    OptionStays { option: CandidateId, won: u64, lost: u64, ratio: Ratio },
    /// Debian: the weakest defeat in a cycle is dropped.
    DefeatDropped { winner: CandidateId, loser: CandidateId, won: u64, lost: u64 },
    /// Middle grades, best candidates first.
    Medians { rule: MjRule, grades: Vec<(CandidateId, Option<u32>)> },
    /// Equal middle grades until `removed` were taken away from both; then `better` against `worse`.
    MjAhead { above: CandidateId, below: CandidateId, removed: u64, better: u32, worse: u32 },
}

impl Step {
    /// First preferences of a first round.
    pub(crate) fn first(round: &Round) -> Step {
        let mut votes: Vec<(CandidateId, Amount)> = round.votes.iter().map(|(&c, &v)| (c, v)).collect();
        votes.sort_by_key(|&(c, v)| (Reverse(v), c));
        Step::FirstPreferences { votes, exhausted: round.exhausted }
    }
}
