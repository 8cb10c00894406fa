//! The common input of every method: who stands, and what the opened ballots say.
//!
//! A candidate *is* a number, the place in the election's list of answers counted from 0. Names serve display
//! only and never decide anything. Ballots are grouped: identical ballots may be given once with a count, and
//! splitting or merging groups changes no result.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Most candidates a profile may have.
pub const MAX_CANDIDATES: usize = 1 << 16;
/// Most candidates for methods that compare candidates in pairs or exclude them one by one.
pub const MAX_COMPARED: usize = 1_024;
/// Largest `count` of one ballot group.
pub const MAX_GROUP: u64 = 1 << 40;
/// Most ballots in one profile, over all groups. Keeps every product in 128 bits.
pub const MAX_BALLOTS: u64 = 1 << 44;
/// Most marks (groups times candidates) held in memory.
pub const MAX_MARKS: usize = 1 << 28;

/// Identical ballots: how many, and one mark per candidate in the order of the candidates.
///
/// What a mark means depends on the kind: a rank (1 = best, 0 = not ranked), points, a grade (1 = best,
/// 0 = none) or an approval (0 or 1). Ballots come from clients that nobody trusts, so any value may appear here;
/// each method says which ballots it finds invalid and why.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ballot {
    /// How many ballots bear exactly these marks; at least 1.
    pub count: u64,
    /// One mark per candidate.
    pub marks: Vec<i32>,
}

impl Ballot {
    /// A group of `count` ballots with these marks.
    pub fn new(count: u64, marks: impl Into<Vec<i32>>) -> Self {
        Ballot { count, marks: marks.into() }
    }

    /// Of a ranking, keeps the best: a rank counts when no more than `most` candidates stand on it or before it, all others
    /// become unranked. A rank that several share counts whole or not at all, so that nobody chooses among them.
    pub fn keep_best_ranked(&mut self, most: usize) {
        let mut ranks: Vec<i32> = self.marks.iter().copied().filter(|mark| *mark > 0).collect();
        ranks.sort_unstable();
        for mark in &mut self.marks {
            if ranks.partition_point(|rank| *rank <= *mark) > most {
                *mark = 0;
            }
        }
    }

    /// True when no candidate received any mark.
    pub fn is_blank(&self) -> bool {
        self.marks.iter().all(|&m| m == 0)
    }
}

/// What the marks of the ballots mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// 1 = best; 0 = not ranked; equal and skipped ranks may occur.
    Ranks,
    /// Points, 0 = none.
    Scores,
    /// Grades, 1 = best; 0 = none given.
    Grades,
    /// 1 = chosen, 0 = not chosen.
    Approvals,
    /// Only sums per candidate are known (homomorphic tally).
    Totals,
}

impl Kind {
    /// The key of this kind in the JSON ballot format: `ranks`, `scores`, `grades`, `approvals` or `totals`.
    pub fn key(self) -> &'static str {
        match self {
            Kind::Ranks => "ranks",
            Kind::Scores => "scores",
            Kind::Grades => "grades",
            Kind::Approvals => "approvals",
            Kind::Totals => "totals",
        }
    }
}

/// The opened votes of one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Votes {
    /// Rankings.
    Ranks(Vec<Ballot>),
    /// Points.
    Scores(Vec<Ballot>),
    /// Grades.
    Grades(Vec<Ballot>),
    /// Choices.
    Approvals(Vec<Ballot>),
    /// Sums per candidate, with what else is known about the ballots.
    Totals {
        /// One sum per candidate.
        totals: Vec<u64>,
        /// Ballots cast, when published.
        cast: Option<u64>,
        /// Blank ballots, known only with a blank choice on the ballot.
        blank: Option<u64>,
    },
}

impl Votes {
    /// Ballots of the given kind; `None` for [`Kind::Totals`], which has no ballots.
    pub fn of(kind: Kind, ballots: Vec<Ballot>) -> Option<Votes> {
        match kind {
            Kind::Ranks => Some(Votes::Ranks(ballots)),
            Kind::Scores => Some(Votes::Scores(ballots)),
            Kind::Grades => Some(Votes::Grades(ballots)),
            Kind::Approvals => Some(Votes::Approvals(ballots)),
            Kind::Totals => None,
        }
    }
}

/// Candidates and votes of one question, checked against the limits of this module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    candidates: Vec<String>,
    votes: Votes,
    eligible: Option<u64>,
}

/// Why a profile was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProfileError {
    /// More than [`MAX_CANDIDATES`].
    #[error("{0} candidates are too many; the limit is {MAX_CANDIDATES}")]
    TooManyCandidates(usize),
    /// A ballot (or the list of totals) does not have one mark per candidate.
    #[error(
        "ballot group {group} has {found} marks, but there are {expected} candidates; give one mark each"
    )]
    WrongLength {
        /// Place of the group, from 1; 0 for totals.
        group: usize,
        /// Marks found.
        found: usize,
        /// Candidates.
        expected: usize,
    },
    /// A count of 0 or above [`MAX_GROUP`].
    #[error("ballot group {group} has count {count}; a count is between 1 and {MAX_GROUP}")]
    BadCount {
        /// Place of the group, from 1; 0 for totals.
        group: usize,
        /// Count found.
        count: u64,
    },
    /// More than [`MAX_BALLOTS`] ballots or [`MAX_MARKS`] marks.
    #[error("too many ballots; the limits are {MAX_BALLOTS} ballots and {MAX_MARKS} marks")]
    TooManyBallots,
    /// The ballots given as blank are more than those cast.
    #[error("{blank} blank ballots are more than the {cast} ballots cast")]
    BlankAboveCast {
        /// Blank ballots given.
        blank: u64,
        /// Ballots cast given.
        cast: u64,
    },
}

impl Profile {
    /// Checks the limits and the length of every ballot.
    ///
    /// # Errors
    /// [`ProfileError`] names the first ballot group that does not fit.
    pub fn new(candidates: Vec<String>, votes: Votes) -> Result<Profile, ProfileError> {
        let n = candidates.len();
        if n > MAX_CANDIDATES {
            return Err(ProfileError::TooManyCandidates(n));
        }
        match &votes {
            Votes::Totals { totals, cast, blank } => check_totals(totals, *cast, *blank, n)?,
            Votes::Ranks(b) | Votes::Scores(b) | Votes::Grades(b) | Votes::Approvals(b) => {
                check_ballots(b, n)?
            }
        }
        Ok(Profile { candidates, votes, eligible: None })
    }

    /// Says how many electors were entitled to vote.
    #[must_use]
    pub fn with_eligible(mut self, eligible: Option<u64>) -> Profile {
        self.eligible = eligible;
        self
    }

    /// Names of the candidates, in order.
    pub fn candidates(&self) -> &[String] {
        &self.candidates
    }

    /// The votes.
    pub fn votes(&self) -> &Votes {
        &self.votes
    }

    /// Electors entitled to vote, when known.
    pub fn eligible(&self) -> Option<u64> {
        self.eligible
    }

    /// What the marks mean.
    pub fn kind(&self) -> Kind {
        match self.votes {
            Votes::Ranks(_) => Kind::Ranks,
            Votes::Scores(_) => Kind::Scores,
            Votes::Grades(_) => Kind::Grades,
            Votes::Approvals(_) => Kind::Approvals,
            Votes::Totals { .. } => Kind::Totals,
        }
    }

    /// The ballot groups; empty when only totals are known.
    pub fn ballots(&self) -> &[Ballot] {
        match &self.votes {
            Votes::Ranks(b) | Votes::Scores(b) | Votes::Grades(b) | Votes::Approvals(b) => b,
            Votes::Totals { .. } => &[],
        }
    }

    /// Ballots cast, over all groups; for totals the published number, if any.
    pub fn cast(&self) -> Option<u64> {
        match &self.votes {
            Votes::Totals { cast, .. } => *cast,
            _ => Some(self.ballots().iter().map(|b| b.count).sum()),
        }
    }
}

fn check_totals(totals: &[u64], cast: Option<u64>, blank: Option<u64>, n: usize) -> Result<(), ProfileError> {
    if totals.len() != n {
        return Err(ProfileError::WrongLength { group: 0, found: totals.len(), expected: n });
    }
    for count in totals.iter().copied().chain(cast).chain(blank) {
        if count > MAX_BALLOTS {
            return Err(ProfileError::BadCount { group: 0, count });
        }
    }
    match (blank, cast) {
        (Some(blank), Some(cast)) if blank > cast => Err(ProfileError::BlankAboveCast { blank, cast }),
        _ => Ok(()),
    }
}

fn check_ballots(ballots: &[Ballot], n: usize) -> Result<(), ProfileError> {
    if ballots.len().checked_mul(n.max(1)).is_none_or(|marks| marks > MAX_MARKS) {
        return Err(ProfileError::TooManyBallots);
    }
    let mut sum = 0u64;
    for (i, b) in ballots.iter().enumerate() {
        if b.marks.len() != n {
            return Err(ProfileError::WrongLength { group: i + 1, found: b.marks.len(), expected: n });
        }
        if b.count == 0 || b.count > MAX_GROUP {
            return Err(ProfileError::BadCount { group: i + 1, count: b.count });
        }
        sum = sum.saturating_add(b.count);
    }
    if sum > MAX_BALLOTS { Err(ProfileError::TooManyBallots) } else { Ok(()) }
}
