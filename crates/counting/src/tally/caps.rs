//! Caps per group: who cannot be elected any more, and who may go out without leaving a seat empty (2.13).

use std::collections::BTreeMap;

use super::Tally;
use crate::options::Options;
use crate::outcome::CandidateId;
use crate::steps::Step;

impl<'a> Tally<'a> {
    /// How many more a group may have beside these.
    fn room(&self, group: &str, held: &[CandidateId]) -> usize {
        let cap = self.options.max_per_group.unwrap_or(usize::MAX);
        let serving = self.options.serving.iter().filter(|g| *g == group).count();
        let among = held.iter().filter(|&&c| self.groups_of(c).contains(&group)).count();
        cap.saturating_sub(serving).saturating_sub(among)
    }

    fn groups_of(&self, c: CandidateId) -> &[&'a str] {
        self.groups.get(c).map(Vec::as_slice).unwrap_or_default()
    }

    /// The first group of `c` that has no place left beside those elected already.
    fn full_group(&self, c: CandidateId, elected: &[CandidateId]) -> Option<&'a str> {
        self.groups_of(c).iter().copied().find(|group| self.room(group, elected) == 0)
    }

    /// True when a group of `c` has no place left beside those elected already.
    pub fn group_full(&self, c: CandidateId, elected: &[CandidateId]) -> bool {
        self.full_group(c, elected).is_some()
    }

    /// True when `c` cannot be elected any more: the group is full, those who sit counted with those elected so far, or
    /// all seats left belong to sitting members.
    pub fn barred(&self, c: CandidateId) -> bool {
        let sitting = &self.options.sitting;
        if sitting.contains(&c) {
            return false;
        }
        let others = self.out.winners.iter().filter(|e| !sitting.contains(e)).count();
        if !sitting.is_empty() && others >= self.options.seats.saturating_sub(sitting.len()) {
            return true;
        }
        !self.groups_of(c).is_empty() && self.group_full(c, &self.held())
    }

    /// Those who sit and those elected so far.
    fn held(&self) -> Vec<CandidateId> {
        let sitting = &self.options.sitting;
        sitting.iter().chain(self.out.winners.iter().filter(|e| !sitting.contains(e))).copied().collect()
    }

    /// Takes note of one who cannot be elected any more, when that is because of a group.
    pub fn pass_over(&mut self, c: CandidateId) {
        if !self.groups_of(c).is_empty() && self.barred(c) {
            self.disqualify(c);
        }
    }

    /// Who of these may be excluded for having the fewest votes: everybody but sitting members, unless the seats left could
    /// then not all be filled within the caps. Then only those without whom as many seats can be filled as with them.
    pub fn excludable(&self, hopeful: &[CandidateId]) -> Vec<CandidateId> {
        let spare = self.within_caps(hopeful);
        let mut free = spare.clone();
        free.retain(|c| !self.options.sitting.contains(c));
        if free.is_empty() { spare } else { free }
    }

    fn within_caps(&self, hopeful: &[CandidateId]) -> Vec<CandidateId> {
        if self.options.max_per_group.is_none() {
            return hopeful.to_vec();
        }
        let left = self.options.seats.saturating_sub(self.out.winners.len());
        let with_all = self.seatable(hopeful, None, left);
        let spare = |out: &CandidateId| self.seatable(hopeful, Some(*out), left) == with_all;
        let spare: Vec<CandidateId> = hopeful.iter().copied().filter(spare).collect();
        if spare.is_empty() { hopeful.to_vec() } else { spare }
    }

    /// How many of `hopeful`, without one of them, can be seated together within the caps; `most` at most.
    fn seatable(&self, hopeful: &[CandidateId], without: Option<CandidateId>, most: usize) -> usize {
        // Members of the same groups are as good as each other.
        let mut kinds: BTreeMap<&[&str], usize> = BTreeMap::new();
        for &c in hopeful.iter().filter(|&&c| Some(c) != without) {
            *kinds.entry(self.groups_of(c)).or_insert(0) += 1;
        }
        let mut rooms: BTreeMap<&str, usize> = BTreeMap::new();
        for &group in kinds.keys().copied().flatten() {
            rooms.entry(group).or_insert_with(|| self.room(group, &self.out.winners));
        }
        let kinds: Vec<(&[&str], usize)> = kinds.into_iter().collect();
        most_of(&kinds, &mut rooms, most)
    }

    /// Marks a candidate as passed over because of the cap.
    pub fn disqualify(&mut self, c: CandidateId) {
        let full = self.full_group(c, &self.held()).or_else(|| self.groups_of(c).first().copied());
        if let (Some(group), Some(cap)) = (full, self.options.max_per_group) {
            let serving = self.options.serving.iter().any(|g| g == group);
            self.say(Step::GroupFull { candidate: c, group: group.to_owned(), cap, serving });
        }
        self.out.disqualified.get_or_insert_with(Vec::new).push(c);
    }
}

/// The groups of a candidate, when there is a cap: each once.
pub(super) fn groups_of(options: &Options, c: CandidateId) -> Vec<&str> {
    if options.max_per_group.is_none() {
        return Vec::new();
    }
    let one = options.groups.get(c).and_then(Option::as_deref);
    let more = options.affiliations.get(c).into_iter().flatten().map(String::as_str);
    let mut all: Vec<&str> = one.into_iter().chain(more).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// How many of these kinds of candidates, each with its number, fit into the room that is left in their groups.
fn most_of<'g>(kinds: &[(&[&'g str], usize)], rooms: &mut BTreeMap<&'g str, usize>, most: usize) -> usize {
    let Some(((groups, many), others)) = kinds.split_first() else { return 0 };
    let room = groups.iter().filter_map(|g| rooms.get(g)).min().copied().unwrap_or(usize::MAX);
    let mut best = 0;
    for taken in (0..=room.min(*many).min(most)).rev() {
        for group in *groups {
            if let Some(room) = rooms.get_mut(group) {
                *room -= taken;
            }
        }
        best = best.max(taken + most_of(others, rooms, most - taken));
        for group in *groups {
            if let Some(room) = rooms.get_mut(group) {
                *room += taken;
            }
        }
        if best == most {
            break;
        }
    }
    best
}
