//! What belongs to the election rather than to the method, and what is refused before counting.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::lot::Lot;
use crate::method::{Method, Overvote};
use crate::outcome::{CandidateId, TiePlace};
use crate::profile::{Kind, MAX_BALLOTS, MAX_COMPARED, Profile};

/// Highest score a ballot may give.
pub const MAX_SCORE: u32 = 1_000;
/// Most grades of majority judgment.
pub const MAX_GRADES: u32 = 100;

/// What belongs to the election rather than to the method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Seats to fill; at least 1.
    #[serde(default = "one_seat")]
    pub seats: usize,
    /// Candidates removed before counting.
    #[serde(default)]
    pub withdrawn: Vec<CandidateId>,
    /// Where the order of luck comes from.
    #[serde(default)]
    pub lot: Lot,
    /// Employer or affiliation per candidate; empty = none. Only meaningful with `max_per_group`.
    #[serde(default)]
    pub groups: Vec<Option<String>>,
    /// Most elected from one group.
    #[serde(default)]
    pub max_per_group: Option<usize>,
    /// Members who keep their seats in a recount for a vacancy (2.13): never excluded, and the others can only take the
    /// seats beyond theirs. Scottish STV and Meek's method only; elsewhere a recount without the leaver is enough.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sitting: Vec<CandidateId>,
    /// More groups per candidate, for those who belong to several; each of them counts (2.13).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub affiliations: Vec<Vec<String>>,
    /// Groups of members of the body who are not up for election, one entry for each member and group: they hold places
    /// of `max_per_group` from the start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub serving: Vec<String>,
    /// Others seat people down the ranking, so only the ranking is made: nobody is elected and no lot decides a seat.
    /// Methods that rank everybody at once: sums, Borda, Schulze, ranked pairs, majority judgment.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rank_only: bool,
}

fn one_seat() -> usize {
    1
}

impl Default for Options {
    fn default() -> Self {
        Options {
            seats: 1,
            withdrawn: Vec::new(),
            lot: Lot::Undrawn,
            groups: Vec::new(),
            max_per_group: None,
            sitting: Vec::new(),
            affiliations: Vec::new(),
            serving: Vec::new(),
            rank_only: false,
        }
    }
}

impl Options {
    /// One election to `seats` seats; no lot drawn yet.
    pub fn seats(seats: usize) -> Options {
        Options { seats, ..Options::default() }
    }

    /// The same with this lot.
    #[must_use]
    pub fn with_lot(mut self, lot: Lot) -> Options {
        self.lot = lot;
        self
    }
}

/// Why a count was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CountError {
    /// There is nobody to elect.
    #[error("there are no candidates; add at least one")]
    NoCandidates,
    /// No seats.
    #[error("there are no seats to fill; give at least 1")]
    NoSeats,
    /// The method needs other ballots.
    #[error("{method} counts {needs}, but the ballots hold {found}; choose another method or other ballots", needs = .needs.key(), found = .found.key())]
    WrongKind {
        /// Title of the method.
        method: &'static str,
        /// What it counts.
        needs: Kind,
        /// What the profile holds.
        found: Kind,
    },
    /// More candidates than a method that compares them in pairs or one by one accepts.
    #[error("{0} candidates are too many for this method; the limit is {MAX_COMPARED}")]
    TooManyCandidates(usize),
    /// An option names a candidate that does not exist.
    #[error("{what} names candidate {candidate}, but candidates are numbered 0 to {last}")]
    UnknownCandidate {
        /// Which option.
        what: &'static str,
        /// The number given.
        candidate: usize,
        /// The last number there is.
        last: usize,
    },
    /// The order of a lot is not a permutation of the candidates.
    #[error("the order of the lot must hold each of the {0} candidates exactly once")]
    BadLot(usize),
    /// A setting that makes no sense.
    #[error("{0}")]
    Settings(String),
    /// The method's own rules leave a tie and no lot was drawn yet. Draw one and count again.
    #[error(
        "candidates {tied:?} are tied ({place:?}, round {round}) and only a lot can decide; draw it as announced and count again"
    )]
    LotNeeded {
        /// Who is tied at the first such place.
        tied: Vec<CandidateId>,
        /// Where.
        place: TiePlace,
        /// The round, from 1; 0 without rounds.
        round: usize,
    },
}

/// Refuses what does not fit together.
pub(crate) fn check(method: &Method, profile: &Profile, options: &Options) -> Result<(), CountError> {
    let n = profile.candidates().len();
    if n == 0 {
        return Err(CountError::NoCandidates);
    }
    if options.seats == 0 {
        return Err(CountError::NoSeats);
    }
    let found = profile.kind();
    if found != method.kind() && !(found == Kind::Totals && method.takes_totals()) {
        return Err(CountError::WrongKind { method: method.title(), needs: method.kind(), found });
    }
    if n > MAX_COMPARED && !method.takes_totals() {
        return Err(CountError::TooManyCandidates(n));
    }
    if let Some(&candidate) = options.withdrawn.iter().find(|&&c| c >= n) {
        return Err(CountError::UnknownCandidate { what: "withdrawn", candidate, last: n - 1 });
    }
    check_settings(method, options)?;
    check_sitting(method, options, n)?;
    if !options.groups.is_empty() && options.groups.len() != n {
        let found = options.groups.len();
        return Err(CountError::Settings(format!(
            "{found} groups are given for {n} candidates; give one each, or none"
        )));
    }
    if !options.affiliations.is_empty() && options.affiliations.len() != n {
        let found = options.affiliations.len();
        return Err(CountError::Settings(format!(
            "{found} lists of groups are given for {n} candidates; give one each, or none"
        )));
    }
    Ok(())
}

/// Sitting members stand, once each, for a seat that there is.
fn check_sitting(method: &Method, options: &Options, n: usize) -> Result<(), CountError> {
    let sitting = &options.sitting;
    let refuse = |text: String| Err(CountError::Settings(text));
    if let Some(&candidate) = sitting.iter().find(|&&c| c >= n) {
        return Err(CountError::UnknownCandidate { what: "sitting", candidate, last: n - 1 });
    }
    if !sitting.is_empty() && !matches!(method, Method::StvScotland { .. } | Method::StvMeek { .. }) {
        return refuse(format!(
            "{} needs no sitting members; count again without the one who left",
            method.title()
        ));
    }
    let twice = (1..sitting.len()).find(|&i| sitting.iter().take(i).any(|c| sitting.get(i) == Some(c)));
    if let Some(c) = twice.and_then(|i| sitting.get(i)) {
        return refuse(format!("candidate {c} is named twice among the sitting members"));
    }
    if let Some(c) = sitting.iter().find(|c| options.withdrawn.contains(c)) {
        return refuse(format!("candidate {c} cannot both keep a seat and be withdrawn"));
    }
    if sitting.len() > options.seats {
        return refuse(format!(
            "{} sitting members are more than the {} seats",
            sitting.len(),
            options.seats
        ));
    }
    Ok(())
}

/// Settings that no ballot could make sense of.
fn check_settings(method: &Method, options: &Options) -> Result<(), CountError> {
    let refuse = |text: String| Err(CountError::Settings(text));
    match method {
        Method::Score { max_score } | Method::Star { max_score, .. }
            if !(1..=MAX_SCORE).contains(max_score) =>
        {
            return refuse(format!("the highest score is between 1 and {MAX_SCORE}"));
        }
        Method::Mj { ngrades, .. } if !(2..=MAX_GRADES).contains(ngrades) => {
            return refuse(format!("the number of grades is between 2 and {MAX_GRADES}"));
        }
        Method::Plurality { max_select: 0 } | Method::Approval { max_select: Some(0), .. } => {
            return refuse("a ballot must allow at least 1 choice".to_owned());
        }
        Method::Approval { min_select, max_select: Some(max) } if min_select > max => {
            return refuse(format!("at least {min_select} and at most {max} choices contradict each other"));
        }
        Method::StvScotland { overvote: Overvote::Continuing }
        | Method::StvMeek { overvote: Overvote::Continuing } => {
            return refuse("shared ranks either end a ballot or make it invalid in this method".to_owned());
        }
        Method::Debian { quorum: Some(q), quorum_squared, .. }
            if quorum_squared.is_some() || *q > MAX_BALLOTS =>
        {
            return refuse("give the quorum once, as a number of votes or as its square".to_owned());
        }
        Method::Referendum { quorum: Some(q), .. } if q.den == 0 => {
            return refuse("a quorum needs a denominator of 1 or more".to_owned());
        }
        _ => {}
    }
    // One seat can only be limited by those who sit already.
    let by_serving = matches!(method, Method::Irv { .. }) && !options.serving.is_empty();
    let capless = (method.is_single() && !by_serving) || *method == Method::StvBelenios;
    match options.max_per_group {
        Some(0) => refuse("a cap of 0 per group would elect nobody; give at least 1 or no cap".to_owned()),
        Some(_) if capless => refuse(format!("{} knows no cap per group", method.title())),
        _ => Ok(()),
    }
}
