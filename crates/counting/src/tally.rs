//! The entry point [`count`], its options and errors, and the state all methods share while they count.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::amount::Ratio;
use crate::lot::{self, Lot};
use crate::method::{Method, Overvote};
use crate::outcome::{CandidateId, Counts, Detail, InvalidReason, Outcome, Tie, TiePlace, TieRule};
use crate::pairwise::debian::Rules;
use crate::profile::{Kind, MAX_BALLOTS, MAX_COMPARED, Profile};
use crate::steps::Step;
use crate::{borda, irv, judgement, pairwise, referendum, star, stv, totals};

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

/// Counts a profile.
///
/// Any group of ballots may be split or merged and any order of ballots gives the same result.
///
/// # Errors
/// [`CountError`] when profile, settings and options do not fit together, or when a lot is needed that was not drawn.
pub fn count(method: &Method, profile: &Profile, options: &Options) -> Result<Outcome, CountError> {
    check(method, profile, options)?;
    let mut tally = Tally::new(method, profile, options)?;
    match method {
        Method::Plurality { max_select } => totals::choices(&mut tally, 0, Some(*max_select)),
        Method::Approval { min_select, max_select } => totals::choices(&mut tally, *min_select, *max_select),
        Method::Score { max_score } => totals::score(&mut tally, *max_score),
        Method::Referendum { base, threshold, strict, quorum } => {
            referendum::decide(&mut tally, *base, *threshold, *strict, *quorum)?;
        }
        Method::Star { max_score, star_ties } => star::count(&mut tally, *max_score, *star_ties),
        Method::Irv { overvote, stop } => irv::count(&mut tally, *overvote, *stop),
        Method::StvScotland { overvote } => stv::scotland::count(&mut tally, *overvote),
        Method::StvMeek { overvote } => stv::meek::count(&mut tally, *overvote),
        Method::StvBelenios => stv::belenios::count(&mut tally)?,
        Method::Schulze { strength } => pairwise::schulze::count(&mut tally, *strength),
        Method::RankedPairs { strength } => pairwise::ranked_pairs::count(&mut tally, *strength),
        Method::Debian { default, majority, quorum, quorum_squared } => {
            let squared = quorum.and_then(|q| q.checked_mul(q)).map(Ratio::whole);
            let rules = Rules { default: *default, majority, quorum_squared: squared.or(*quorum_squared) };
            pairwise::debian::count(&mut tally, &rules)?;
        }
        Method::Borda { unranked } => borda::count(&mut tally, *unranked),
        Method::Mj { ngrades, rule, blank_allowed } => {
            judgement::count(&mut tally, *ngrades, *rule, *blank_allowed)
        }
    }
    tally.finish()
}

fn check(method: &Method, profile: &Profile, options: &Options) -> Result<(), CountError> {
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
    if !options.groups.is_empty() && options.groups.len() != n {
        let found = options.groups.len();
        return Err(CountError::Settings(format!(
            "{found} groups are given for {n} candidates; give one each, or none"
        )));
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
    let capless = method.is_single() || *method == Method::StvBelenios;
    match options.max_per_group {
        Some(0) => refuse("a cap of 0 per group would elect nobody; give at least 1 or no cap".to_owned()),
        Some(_) if capless => refuse(format!("{} knows no cap per group", method.title())),
        _ => Ok(()),
    }
}

/// State shared by all methods: who stands, the lot, what was met so far.
pub(crate) struct Tally<'a> {
    pub profile: &'a Profile,
    pub options: &'a Options,
    /// Number of candidates, withdrawn ones included.
    pub n: usize,
    /// Candidates that stand, by number.
    pub standing: Vec<CandidateId>,
    /// Luck of each candidate: 0 = luckiest.
    luck: Vec<usize>,
    pub out: Outcome,
}

impl<'a> Tally<'a> {
    fn new(method: &Method, profile: &'a Profile, options: &'a Options) -> Result<Tally<'a>, CountError> {
        let n = profile.candidates().len();
        let lot = lot_order(&options.lot, n)?;
        let mut luck = vec![0; n];
        for (place, &c) in lot.iter().enumerate() {
            if let Some(l) = luck.get_mut(c) {
                *l = place;
            }
        }
        let mut withdrawn = options.withdrawn.clone();
        withdrawn.sort_unstable();
        withdrawn.dedup();
        let standing: Vec<usize> = (0..n).filter(|c| withdrawn.binary_search(c).is_err()).collect();
        let mut steps = Vec::new();
        if !withdrawn.is_empty() {
            steps.push(Step::Withdrawn { candidates: withdrawn.clone() });
        }
        let out = Outcome {
            settings: method.clone(),
            seats: options.seats,
            candidates: profile.candidates().to_vec(),
            withdrawn,
            winners: Vec::new(),
            order: Vec::new(),
            ranking: Vec::new(),
            counts: Counts { eligible: profile.eligible(), ..Counts::default() },
            invalid: BTreeMap::new(),
            rounds: Vec::new(),
            detail: Detail::Rounds,
            ties: Vec::new(),
            lot_used: false,
            lot,
            disqualified: None,
            steps,
        };
        Ok(Tally { profile, options, n, standing, luck, out })
    }

    /// Luck of a candidate: 0 = luckiest.
    pub fn luck(&self, c: CandidateId) -> usize {
        self.luck.get(c).copied().unwrap_or(usize::MAX)
    }

    /// Whether a candidate stands and has not withdrawn.
    pub fn stands(&self, c: CandidateId) -> bool {
        self.standing.binary_search(&c).is_ok()
    }

    /// The order of a transferable vote: elected, then those left, then the excluded, last excluded first.
    pub fn finish_stv(&mut self, rest: Vec<CandidateId>, excluded: &[CandidateId]) {
        let winners = self.out.winners.iter().copied();
        self.out.order = winners.chain(rest).chain(excluded.iter().rev().copied()).collect();
        self.out.ranking = self.out.order.iter().map(|&c| vec![c]).collect();
    }

    /// Records how the ballots divide, and says so.
    pub fn counted(&mut self, blank: u64, invalid: BTreeMap<InvalidReason, u64>) {
        let cast = self.profile.cast().unwrap_or(0);
        let bad: u64 = invalid.values().sum();
        let counts = &mut self.out.counts;
        counts.cast = Some(cast);
        counts.blank = Some(blank);
        counts.invalid = Some(bad);
        counts.valid = Some(cast.saturating_sub(blank).saturating_sub(bad));
        self.out.steps.insert(0, Step::Ballots(*counts));
        for (at, (&reason, &count)) in invalid.iter().enumerate() {
            self.out.steps.insert(1 + at, Step::Invalid { reason, count });
        }
        self.out.invalid = invalid;
    }

    /// Adds a step of the explanation.
    pub fn say(&mut self, step: Step) {
        self.out.steps.push(step);
    }

    /// Records a tie and tells it. A lot that only fixes an order is not "used".
    pub fn tie(
        &mut self,
        place: TiePlace,
        round: usize,
        mut tied: Vec<CandidateId>,
        picked: Vec<CandidateId>,
        by: TieRule,
    ) {
        tied.sort_unstable();
        if by == TieRule::Lot && place != TiePlace::Order {
            self.out.lot_used = true;
        }
        let tie = Tie { place, round, tied, picked, by };
        self.out.steps.push(Step::Tie(tie.clone()));
        self.out.ties.push(tie);
    }

    /// The group of a candidate, when a cap applies to it.
    pub fn group(&self, c: CandidateId) -> Option<(&'a str, usize)> {
        let cap = self.options.max_per_group?;
        let group = self.options.groups.get(c)?.as_deref()?;
        Some((group, cap))
    }

    /// True when the group of `c` has no place left beside those elected already.
    pub fn group_full(&self, c: CandidateId, elected: &[CandidateId]) -> bool {
        self.group(c).is_some_and(|(group, cap)| {
            elected.iter().filter(|&&e| self.group(e).is_some_and(|(g, _)| g == group)).count() >= cap
        })
    }

    /// Marks a candidate as passed over because of the cap.
    pub fn disqualify(&mut self, c: CandidateId) {
        if let Some((group, cap)) = self.group(c) {
            self.say(Step::GroupFull { candidate: c, group: group.to_owned(), cap });
        }
        self.out.disqualified.get_or_insert_with(Vec::new).push(c);
    }

    /// Elects from groups of level candidates, best first: seats in order, caps applied, the lot inside a group.
    ///
    /// The lot counts as used only when a group does not fit into the seats that are left.
    pub fn elect_in_order(&mut self, groups: Vec<Vec<CandidateId>>) {
        let seats = self.options.seats;
        let mut winners: Vec<usize> = Vec::new();
        for mut group in groups {
            group.sort_unstable_by_key(|&c| self.luck(c));
            let before = winners.len();
            let mut left_out = false;
            for &c in &group {
                if winners.len() == seats {
                    left_out = true;
                } else if self.group_full(c, &winners) {
                    self.disqualify(c);
                    left_out = true;
                } else {
                    winners.push(c);
                }
            }
            if group.len() > 1 {
                let picked = winners.get(before..).unwrap_or_default().to_vec();
                if left_out && !picked.is_empty() {
                    self.tie(TiePlace::LastSeat, 0, group.clone(), picked, TieRule::Lot);
                } else if !picked.is_empty() {
                    self.tie(TiePlace::Order, 0, group.clone(), group.clone(), TieRule::Lot);
                }
            }
            self.out.order.extend_from_slice(&group);
            group.sort_unstable();
            self.out.ranking.push(group);
        }
        self.out.winners = winners;
    }

    fn finish(mut self) -> Result<Outcome, CountError> {
        if self.options.groups.is_empty() || self.options.max_per_group.is_none() {
            self.out.disqualified = None;
        } else {
            self.out.disqualified.get_or_insert_with(Vec::new);
        }
        if self.options.lot == Lot::Undrawn && self.out.lot_used {
            if self.out.counts.valid == Some(0) {
                self.out.winners.clear();
                self.out.lot_used = false;
                self.out.steps.retain(|s| {
                    matches!(s, Step::Ballots(_) | Step::Invalid { .. } | Step::Withdrawn { .. })
                });
                self.out.steps.push(Step::NoVotes);
                return Ok(self.out);
            }
            if let Some(t) = self.out.ties.iter().find(|t| t.by == TieRule::Lot && t.place != TiePlace::Order)
            {
                return Err(CountError::LotNeeded { tied: t.tied.clone(), place: t.place, round: t.round });
            }
        }
        if !matches!(self.out.detail, Detail::Referendum(_)) {
            let seats = if self.out.settings.is_single() { 1 } else { self.out.seats };
            let empty = seats.saturating_sub(self.out.winners.len());
            self.out.steps.push(Step::Elected { candidates: self.out.winners.clone(), empty });
        }
        Ok(self.out)
    }
}

fn lot_order(lot: &Lot, n: usize) -> Result<Vec<usize>, CountError> {
    match lot {
        Lot::Undrawn | Lot::CandidateOrder => Ok((0..n).collect()),
        Lot::Seed { seed } => Ok(lot::order(seed, n)),
        Lot::Agreed { order, .. } => {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            if sorted.iter().copied().eq(0..n) { Ok(order.clone()) } else { Err(CountError::BadLot(n)) }
        }
    }
}
