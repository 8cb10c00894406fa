//! What a ballot file says, whatever its format.

use std::collections::HashMap;

use serde_json::{Map, Value};
use thiserror::Error;

use super::error::ExportError;
use crate::lot::Lot;
use crate::method::Method;
use crate::options::Options;
use crate::profile::{Ballot, Kind, MAX_GROUP, Profile, ProfileError, Votes};

/// The content of a ballot file. Fields that a format does not have are empty.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BallotFile {
    /// Title of the election.
    pub title: Option<String>,
    /// Name of the method, in JSON files.
    pub method: Option<String>,
    /// Seats to fill.
    pub seats: Option<u32>,
    /// Names of the candidates; elsewhere a candidate is the place in this list, from 0.
    pub candidates: Vec<String>,
    /// Candidates removed before the count.
    pub withdrawn: Vec<usize>,
    /// Every candidate once, luckiest first, when the file fixes an order for lots.
    pub lot: Option<Vec<usize>>,
    /// Affiliation of each candidate, empty when none is given.
    pub groups: Vec<Option<String>>,
    /// Most elected per affiliation.
    pub max_per_group: Option<u32>,
    /// Members who keep their seats in a recount for a vacancy.
    pub sitting: Vec<usize>,
    /// Number of electors.
    pub eligible: Option<u64>,
    /// Settings of the method, in JSON files.
    pub settings: Map<String, Value>,
    /// The ballots. More than one entry when the format gives the same ballots in several ways (ABIF: order and
    /// points); the first is what the format mainly holds.
    pub votes: Vec<Votes>,
    /// What a reader had to interpret, in sentences for the person who counts.
    pub notes: Vec<String>,
}

/// Why no method can be made of a file and what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MethodError {
    /// Neither the file nor the caller names one.
    #[error("the ballot file names no method; name one")]
    Missing,
    /// The method does not exist, lacks a setting or does not know one.
    #[error("method {method}: {problem}")]
    Settings {
        /// The name asked for.
        method: String,
        /// What is wrong.
        problem: String,
    },
}

impl BallotFile {
    /// The ballots of one kind, if the file has them.
    pub fn votes_of(&self, kind: Kind) -> Option<&Votes> {
        self.votes.iter().find(|v| kind_of(v) == kind)
    }

    /// The ballots of one kind as input of a count; `None` when the file does not hold that kind. A file without a
    /// single ballot has none of any kind, which can be counted.
    ///
    /// # Errors
    /// When they break a limit of [`Profile`].
    pub fn profile(&self, kind: Kind) -> Option<Result<Profile, ProfileError>> {
        let votes = match self.votes_of(kind) {
            Some(votes) => votes.clone(),
            None if self.is_empty() => Votes::of(kind, Vec::new())?,
            None => return None,
        };
        Some(Profile::new(self.candidates.clone(), votes).map(|p| p.with_eligible(self.eligible)))
    }

    /// A method with its settings: `name`, or else the method of the file; the settings of the file when it is the same
    /// method; and `set` over them.
    ///
    /// # Errors
    /// [`MethodError`], when there is no method or it does not know a setting.
    pub fn method_with(&self, name: Option<&str>, set: &Map<String, Value>) -> Result<Method, MethodError> {
        let name = name.or(self.method.as_deref()).ok_or(MethodError::Missing)?;
        let mut settings = Map::new();
        if self.method.as_deref() == Some(name) {
            settings.extend(self.settings.clone());
        }
        settings.extend(set.clone());
        settings.insert("method".to_owned(), Value::from(name));
        serde_json::from_value(Value::Object(settings))
            .map_err(|e| MethodError::Settings { method: name.to_owned(), problem: e.to_string() })
    }

    /// What this file says about the election. One seat when it says nothing; no lot unless it fixes one.
    pub fn options(&self) -> Options {
        let lot = self.lot.clone().map_or(Lot::Undrawn, |order| Lot::Agreed {
            order,
            reason: "the order fixed in the ballot file".to_owned(),
        });
        Options {
            seats: self.seats.map_or(1, |s| usize::try_from(s).unwrap_or(usize::MAX)),
            withdrawn: self.withdrawn.clone(),
            lot,
            groups: self.groups.clone(),
            max_per_group: self.max_per_group.map(|m| usize::try_from(m).unwrap_or(usize::MAX)),
            sitting: self.sitting.clone(),
            ..Options::default()
        }
    }

    /// Keeps only the ballots of one kind. A file without a single ballot has none of that kind.
    pub fn keep(&mut self, kind: Kind) {
        if self.is_empty() {
            self.votes = Votes::of(kind, Vec::new()).into_iter().collect();
        }
        self.votes.retain(|v| kind_of(v) == kind);
    }

    /// The kinds of ballots in this file.
    pub fn kinds(&self) -> Vec<Kind> {
        self.votes.iter().map(kind_of).collect()
    }

    /// Joins identical ballots, in order of first appearance.
    pub fn join_identical(&mut self) {
        let mut places: HashMap<Vec<i32>, usize> = HashMap::new();
        let mut counts: Vec<u64> = Vec::new();
        let mut first: Vec<usize> = Vec::new();
        for (i, count) in self.ballots().iter().map(|b| b.count).enumerate() {
            let marks = self.all_marks(i);
            let known = places.get(&marks).and_then(|&place| counts.get_mut(place));
            match known {
                // A group holds a limited number; what goes beyond opens another.
                Some(known) if known.saturating_add(count) <= MAX_GROUP => *known += count,
                _ => {
                    places.insert(marks, counts.len());
                    counts.push(count);
                    first.push(i);
                }
            }
        }
        self.edit(|ballots| {
            let mut kept = Vec::with_capacity(first.len());
            for (&i, &count) in first.iter().zip(&counts) {
                if let Some(b) = ballots.get_mut(i) {
                    kept.push(Ballot { count, marks: std::mem::take(&mut b.marks) });
                }
            }
            *ballots = kept;
        });
    }

    /// Of each ranking, keeps the best `most`; see [`Ballot::keep_best_ranked`]. Other ballots stay as they are.
    pub fn keep_best_ranked(&mut self, most: usize) {
        for votes in &mut self.votes {
            if let Votes::Ranks(ballots) = votes {
                ballots.iter_mut().for_each(|ballot| ballot.keep_best_ranked(most));
            }
        }
    }

    /// Closes up skipped ranks: 1, 3, 3, 7 becomes 1, 2, 2, 3. Only ranks change.
    pub fn close_ranks(&mut self) {
        for votes in &mut self.votes {
            if let Votes::Ranks(ballots) = votes {
                for ballot in ballots {
                    close(&mut ballot.marks);
                }
            }
        }
    }

    /// Removes blank ballots and tells how many there were, for formats that cannot hold them.
    pub fn remove_blank(&mut self) -> u64 {
        let blank: Vec<bool> =
            (0..self.ballots().len()).map(|i| self.all_marks(i).iter().all(|&m| m == 0)).collect();
        let removed =
            self.ballots().iter().zip(&blank).filter(|(_, blank)| **blank).map(|(b, _)| b.count).sum();
        self.edit(|ballots| {
            let mut i = 0;
            ballots.retain(|_| {
                i += 1;
                !blank.get(i - 1).is_some_and(|b| *b)
            });
        });
        removed
    }

    /// The marks of one ballot group in every kind.
    fn all_marks(&self, group: usize) -> Vec<i32> {
        self.votes
            .iter()
            .filter_map(|v| ballots_of(v).get(group))
            .flat_map(|b| b.marks.iter().copied())
            .collect()
    }

    /// True when the file lists ballots, but none.
    fn is_empty(&self) -> bool {
        self.votes.iter().all(|v| kind_of(v) != Kind::Totals && ballots_of(v).is_empty())
    }

    /// The ballots of the first kind; empty for totals.
    pub(super) fn ballots(&self) -> &[Ballot] {
        self.votes.first().map_or(&[], ballots_of)
    }

    /// The rankings, or why the format cannot write this file.
    pub(super) fn rankings(&self, format: &'static str) -> Result<&[Ballot], ExportError> {
        match self.votes_of(Kind::Ranks) {
            Some(Votes::Ranks(ballots)) => Ok(ballots),
            _ => Err(ExportError::Kind {
                format,
                kind: self.kinds().first().map_or("no ballots", |k| k.key()),
            }),
        }
    }

    /// Lengths and candidate numbers agree.
    pub(super) fn check(&self) -> Result<(), ExportError> {
        let n = self.candidates.len();
        let wrong = |what: &str| Err(ExportError::Inconsistent(what.to_owned()));
        if self.withdrawn.iter().any(|&c| c >= n) {
            return wrong("a withdrawn candidate does not exist");
        }
        if self.lot.as_ref().is_some_and(|lot| !is_permutation(lot, n)) {
            return wrong("the lot does not name every candidate once");
        }
        let counts = |votes: &Votes| ballots_of(votes).iter().map(|b| b.count).collect::<Vec<_>>();
        if self.votes.windows(2).any(|pair| matches!(pair, [a, b] if counts(a) != counts(b))) {
            return wrong("the kinds of marks do not describe the same ballots");
        }
        for votes in &self.votes {
            let fits = match votes {
                Votes::Totals { totals, .. } => totals.len() == n,
                other => ballots_of(other).iter().all(|b| b.marks.len() == n && b.count > 0),
            };
            if !fits {
                return wrong("a ballot does not have one mark per candidate, or counts nothing");
            }
        }
        Ok(())
    }

    fn edit(&mut self, mut change: impl FnMut(&mut Vec<Ballot>)) {
        for votes in &mut self.votes {
            match votes {
                Votes::Ranks(b) | Votes::Scores(b) | Votes::Grades(b) | Votes::Approvals(b) => change(b),
                Votes::Totals { .. } => {}
            }
        }
    }
}

/// What the marks of these votes are.
pub(super) fn kind_of(votes: &Votes) -> Kind {
    match votes {
        Votes::Ranks(_) => Kind::Ranks,
        Votes::Scores(_) => Kind::Scores,
        Votes::Grades(_) => Kind::Grades,
        Votes::Approvals(_) => Kind::Approvals,
        Votes::Totals { .. } => Kind::Totals,
    }
}

pub(super) fn ballots_of(votes: &Votes) -> &[Ballot] {
    match votes {
        Votes::Ranks(b) | Votes::Scores(b) | Votes::Grades(b) | Votes::Approvals(b) => b,
        Votes::Totals { .. } => &[],
    }
}

/// True when `order` holds each of 0..n once.
pub(super) fn is_permutation(order: &[usize], n: usize) -> bool {
    let mut seen = vec![false; n];
    order.len() == n && order.iter().all(|&c| seen.get_mut(c).is_some_and(|s| !std::mem::replace(s, true)))
}

/// The distinct positive ranks of a ballot in order.
pub(super) fn ranks_used(marks: &[i32]) -> Vec<i32> {
    let mut used: Vec<i32> = marks.iter().copied().filter(|&m| m > 0).collect();
    used.sort_unstable();
    used.dedup();
    used
}

fn close(marks: &mut [i32]) {
    let used = ranks_used(marks);
    for mark in marks.iter_mut().filter(|m| **m > 0) {
        if let Ok(place) = used.binary_search(mark) {
            *mark = i32::try_from(place + 1).unwrap_or(i32::MAX);
        }
    }
}

/// The candidates of a ranking in groups of equal rank, best first; refuses marks below 0 and skipped ranks.
pub(super) fn tiers(
    ballot: &Ballot,
    group: usize,
    format: &'static str,
) -> Result<Vec<Vec<usize>>, ExportError> {
    if let Some(&mark) = ballot.marks.iter().find(|&&m| m < 0) {
        return Err(ExportError::Mark { format, group, mark: i64::from(mark) });
    }
    let used = ranks_used(&ballot.marks);
    if used.last().is_some_and(|&last| usize::try_from(last) != Ok(used.len())) {
        return Err(ExportError::SkippedRank { format, group });
    }
    let mut tiers = vec![Vec::new(); used.len()];
    for (candidate, &mark) in ballot.marks.iter().enumerate() {
        let place = usize::try_from(mark).ok().and_then(|m| m.checked_sub(1));
        if let Some(tier) = place.and_then(|p| tiers.get_mut(p)) {
            tier.push(candidate);
        }
    }
    Ok(tiers)
}
