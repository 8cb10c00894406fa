//! The entry points [`count`] and [`count_matrix`], and the state all methods share while they count.

use std::collections::BTreeMap;

use crate::amount::Ratio;
use crate::lot::{self, Lot};
use crate::method::Method;
use crate::options::{CountError, Options, check};
use crate::outcome::{CandidateId, Counts, Detail, InvalidReason, Outcome, Tie, TiePlace, TieRule};
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

    /// True when `c` cannot be elected any more: the group is full, those who sit counted with those elected so far, or
    /// all seats left belong to sitting members.
    pub fn barred(&self, c: CandidateId) -> bool {
        let sitting = &self.options.sitting;
        if sitting.contains(&c) {
            return false;
        }
        let elected = &self.out.winners;
        let others = elected.iter().filter(|e| !sitting.contains(e)).count();
        if !sitting.is_empty() && others >= self.options.seats.saturating_sub(sitting.len()) {
            return true;
        }
        let held: Vec<CandidateId> =
            sitting.iter().chain(elected.iter().filter(|e| !sitting.contains(e))).copied().collect();
        self.group_full(c, &held)
    }

    /// Seats these in order, as far as they can be elected and seats are left; tells which were. Whoever is left out though
    /// `level` with one who was seated was left out by the lot.
    pub fn seat_in_order(
        &mut self,
        who: &[CandidateId],
        round: usize,
        level: impl Fn(CandidateId, CandidateId) -> bool,
    ) -> Vec<CandidateId> {
        let could: Vec<CandidateId> = who.iter().copied().filter(|&c| !self.barred(c)).collect();
        let mut seated = Vec::new();
        for &c in &could {
            if self.out.winners.len() < self.options.seats && !self.barred(c) {
                self.out.winners.push(c);
                seated.push(c);
            }
        }
        for &out in could.iter().filter(|c| !seated.contains(c)) {
            let ahead: Vec<CandidateId> = seated.iter().copied().filter(|&c| level(c, out)).collect();
            if !ahead.is_empty() {
                let tied = ahead.iter().copied().chain([out]).collect();
                self.tie(TiePlace::LastSeat, round, tied, ahead, TieRule::Lot);
            }
        }
        seated
    }

    /// Takes note of one who cannot be elected any more, when that is because of a group.
    pub fn pass_over(&mut self, c: CandidateId) {
        if self.group(c).is_some() && self.barred(c) {
            self.disqualify(c);
        }
    }

    /// Who of these may be excluded for having the fewest votes: everybody but sitting members, unless the seats left could
    /// then not all be filled within the caps. Then only members of groups with more members than places.
    pub fn excludable(&self, hopeful: &[CandidateId]) -> Vec<CandidateId> {
        let mut free = self.within_caps(hopeful);
        free.retain(|c| !self.options.sitting.contains(c));
        if free.is_empty() { self.within_caps(hopeful) } else { free }
    }

    fn within_caps(&self, hopeful: &[CandidateId]) -> Vec<CandidateId> {
        let elected = &self.out.winners;
        let in_group = |who: &[CandidateId], group: &str| {
            who.iter().filter(|&&c| self.group(c).is_some_and(|(g, _)| g == group)).count()
        };
        let crowded = |&c: &CandidateId| {
            self.group(c)
                .is_some_and(|(g, cap)| in_group(hopeful, g) > cap.saturating_sub(in_group(elected, g)))
        };
        let mut free: Vec<(&str, usize)> = Vec::new();
        let mut places = 0;
        for &c in hopeful {
            match self.group(c) {
                None => places += 1,
                Some((group, cap)) if free.iter().all(|&(g, _)| g != group) => {
                    let room = in_group(hopeful, group).min(cap.saturating_sub(in_group(elected, group)));
                    free.push((group, room));
                }
                Some(_) => {}
            }
        }
        places += free.iter().map(|&(_, room)| room).sum::<usize>();
        let spare: Vec<CandidateId> = hopeful.iter().copied().filter(crowded).collect();
        let tight = places <= self.options.seats.saturating_sub(elected.len());
        if tight && !spare.is_empty() { spare } else { hopeful.to_vec() }
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
                    let drawn = self.options.lot != Lot::Undrawn;
                    let by = if drawn { TieRule::Lot } else { TieRule::Number };
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
