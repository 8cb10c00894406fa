//! The entry points [`count`] and [`count_matrix`], and the state all methods share while they count.

mod caps;
mod ties;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::amount::Ratio;
use crate::method::Method;
use crate::options::{CountError, Options, check};
use crate::outcome::{CandidateId, Counts, Detail, InvalidReason, Outcome, TiePlace, TieRule};
use crate::pairwise::{Matrix, debian::Rules};
use crate::profile::{MAX_BALLOTS, Profile, Votes};
use crate::steps::Step;
use crate::{borda, irv, judgement, pairwise, referendum, star, stv, totals};

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

/// Counts published comparisons in pairs instead of ballots: Schulze's method and ranked pairs need no more.
///
/// `matrix[a][b]` = ballots that prefer a to b; the diagonal is ignored. How many ballots were cast, blank or invalid
/// stays unknown.
///
/// # Errors
/// [`CountError`] for another method, a matrix that is not square, or as in [`count`].
pub fn count_matrix(
    method: &Method,
    candidates: &[String],
    matrix: &[Vec<u64>],
    options: &Options,
) -> Result<Outcome, CountError> {
    let n = candidates.len();
    let refuse = |text: &str| CountError::Settings(text.to_owned());
    if matrix.len() != n || matrix.iter().any(|row| row.len() != n) {
        return Err(refuse("the matrix needs one row and one column for each candidate"));
    }
    if matrix.iter().flatten().any(|&votes| votes > MAX_BALLOTS) {
        return Err(refuse("a number in the matrix is too large"));
    }
    let profile =
        Profile::new(candidates.to_vec(), Votes::Ranks(Vec::new())).map_err(|e| refuse(&e.to_string()))?;
    check(method, &profile, options)?;
    let mut tally = Tally::new(method, &profile, options)?;
    let d = Matrix::of(matrix);
    match method {
        Method::Schulze { strength } => pairwise::schulze::rank(&mut tally, &d, *strength),
        Method::RankedPairs { strength } => pairwise::ranked_pairs::rank(&mut tally, &d, *strength),
        _ => {
            return Err(refuse(
                "comparisons in pairs can be counted by Schulze's method or ranked pairs only",
            ));
        }
    }
    tally.finish()
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
    /// Groups of each candidate that the cap counts.
    groups: Vec<Vec<&'a str>>,
    /// Those elected by a transferable vote, in order, level ones together.
    levels: Vec<Vec<CandidateId>>,
    /// The first tie that decides something and that nothing resolves.
    open: Option<ties::Open>,
    pub out: Outcome,
}

impl<'a> Tally<'a> {
    fn new(method: &Method, profile: &'a Profile, options: &'a Options) -> Result<Tally<'a>, CountError> {
        let n = profile.candidates().len();
        let lot = ties::order(&options.lot, n)?;
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
        if !options.sitting.is_empty() {
            let vacancies = options.seats.saturating_sub(options.sitting.len());
            steps.push(Step::Sitting { candidates: options.sitting.clone(), vacancies });
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
        let groups = (0..n).map(|c| caps::groups_of(options, c)).collect();
        Ok(Tally { profile, options, n, standing, luck, groups, levels: Vec::new(), open: None, out })
    }

    /// Whether a candidate stands and has not withdrawn.
    pub fn stands(&self, c: CandidateId) -> bool {
        self.standing.binary_search(&c).is_ok()
    }

    /// The order of a transferable vote: elected, then those left, then the excluded, last excluded first.
    pub fn finish_stv(&mut self, rest: Vec<Vec<CandidateId>>, excluded: &[CandidateId]) {
        let winners = self.out.winners.iter().copied();
        let left = rest.iter().flatten().copied();
        self.out.order = winners.chain(left).chain(excluded.iter().rev().copied()).collect();
        let mut ranking = std::mem::take(&mut self.levels);
        if ranking.is_empty() {
            ranking = self.out.winners.iter().map(|&c| vec![c]).collect();
        }
        ranking.extend(rest);
        ranking.iter_mut().for_each(|level| level.sort_unstable());
        ranking.extend(excluded.iter().rev().map(|&c| vec![c]));
        self.out.ranking = ranking;
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

    /// Seats these by votes, as far as they can be elected and seats are left; tells which were. Whoever is left out though
    /// level with one who was seated was left out by the lot.
    pub fn seat_by_votes<V: Ord>(
        &mut self,
        who: &[CandidateId],
        round: usize,
        votes: impl Fn(CandidateId) -> V,
    ) -> Vec<CandidateId> {
        let could: Vec<CandidateId> = who.iter().copied().filter(|&c| !self.barred(c)).collect();
        let mut seated = Vec::new();
        for level in self.levels_by(could, |c| Reverse(votes(c))) {
            let mut taken = Vec::new();
            for &c in &level {
                if self.out.winners.len() < self.options.seats && !self.barred(c) {
                    self.out.winners.push(c);
                    taken.push(c);
                }
            }
            if taken.is_empty() {
                continue;
            }
            if taken.len() < level.len() {
                self.tie(TiePlace::LastSeat, round, level, taken.clone(), TieRule::Lot);
            }
            seated.extend_from_slice(&taken);
            self.levels.push(taken);
        }
        seated
    }

    /// Elects from groups of level candidates, best first: seats in order, caps applied, the lot inside a group.
    ///
    /// The lot counts as used only when a group does not fit into the seats that are left.
    pub fn elect_in_order(&mut self, groups: Vec<Vec<CandidateId>>) {
        let seats = self.options.seats;
        let mut winners: Vec<usize> = Vec::new();
        for mut group in groups {
            group = self.luckiest_first(&group);
            if self.options.rank_only {
                self.out.order.extend_from_slice(&group);
                group.sort_unstable();
                self.out.ranking.push(group);
                continue;
            }
            let before = winners.len();
            // Whoever could not be elected whatever the lot says leaves nothing to it.
            let open: Vec<CandidateId> =
                group.iter().copied().filter(|&c| !self.group_full(c, &winners)).collect();
            let mut left_out = false;
            for &c in &group {
                if winners.len() == seats {
                    left_out |= open.contains(&c);
                } else if self.group_full(c, &winners) {
                    self.disqualify(c);
                    left_out |= open.contains(&c);
                } else {
                    winners.push(c);
                }
            }
            if group.len() > 1 {
                let picked = winners.get(before..).unwrap_or_default().to_vec();
                if left_out && !picked.is_empty() {
                    self.tie(TiePlace::LastSeat, 0, group.clone(), picked, TieRule::Lot);
                } else if !picked.is_empty() {
                    let by = if self.settled(&group) { TieRule::Lot } else { TieRule::Number };
                    self.tie(TiePlace::Order, 0, group.clone(), group.clone(), by);
                }
            }
            self.out.order.extend_from_slice(&group);
            group.sort_unstable();
            self.out.ranking.push(group);
        }
        self.out.winners = winners;
    }

    fn finish(mut self) -> Result<Outcome, CountError> {
        let grouped = self.groups.iter().any(|of| !of.is_empty()) || !self.options.groups.is_empty();
        if !grouped || self.options.max_per_group.is_none() {
            self.out.disqualified = None;
        } else {
            self.out.disqualified.get_or_insert_with(Vec::new);
        }
        if let Some(ties::Open { tied, place, round }) = self.open.take() {
            if self.without_votes() {
                self.out.winners.clear();
                self.out.lot_used = false;
                self.out.steps.retain(|s| {
                    matches!(s, Step::Ballots(_) | Step::Invalid { .. } | Step::Withdrawn { .. })
                });
                self.out.steps.push(Step::NoVotes);
                return Ok(self.out);
            }
            return Err(CountError::LotNeeded { tied, place, round });
        }
        if self.options.rank_only {
            return Ok(self.out);
        }
        if !matches!(self.out.detail, Detail::Referendum(_)) {
            let seats = if self.out.settings.is_single() { 1 } else { self.out.seats };
            let empty = seats.saturating_sub(self.out.winners.len());
            self.out.steps.push(Step::Elected { candidates: self.out.winners.clone(), empty });
        }
        Ok(self.out)
    }
}

impl Tally<'_> {
    /// Nobody who stands got anything from a ballot that counts.
    fn without_votes(&self) -> bool {
        match (self.out.counts.valid, self.profile.votes()) {
            (Some(valid), _) => valid == 0,
            (None, Votes::Totals { totals, .. }) => {
                self.standing.iter().all(|&c| totals.get(c).is_none_or(|&t| t == 0))
            }
            _ => false,
        }
    }
}
