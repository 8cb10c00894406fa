//! Rankings as lists of preferences: withdrawn candidates removed, skipped ranks closed up, shared ranks treated as
//! the method says, identical lists merged.

use std::collections::BTreeMap;

use crate::method::Overvote;
use crate::outcome::InvalidReason;
use crate::tally::Tally;

/// Set in an entry that shares its rank with the next entry. Candidates are below [`crate::profile::MAX_COMPARED`].
pub(crate) const SHARED: u16 = 0x8000;

/// The candidate of an entry.
pub(crate) fn candidate(entry: u16) -> usize {
    usize::from(entry & !SHARED)
}

/// Preference lists with their counts, sorted, each list once.
pub(crate) struct Rankings {
    entries: Vec<u16>,
    /// Start of each list in `entries`, and the end of the last.
    starts: Vec<usize>,
    counts: Vec<u64>,
}

impl Rankings {
    /// Number of distinct lists.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// The `i`th list.
    pub fn list(&self, i: usize) -> &[u16] {
        match (self.starts.get(i), self.starts.get(i + 1)) {
            (Some(&from), Some(&to)) => self.entries.get(from..to).unwrap_or_default(),
            _ => &[],
        }
    }

    /// How many ballots bear the `i`th list.
    pub fn count(&self, i: usize) -> u64 {
        self.counts.get(i).copied().unwrap_or(0)
    }

    /// All lists with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (&[u16], u64)> {
        (0..self.len()).map(|i| (self.list(i), self.count(i)))
    }
}

/// Which ballots a method finds invalid beyond those with marks out of range.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Instant runoff with this policy; a ballot that ends at once is valid and exhausted.
    Runoff(Overvote),
    /// STV with this policy; a ballot whose first rank is shared is invalid.
    Transferable(Overvote),
    /// Ranks must be exactly 1..k; blank ballots are valid (Belenios).
    Strict,
}

/// Reads all ballots, records blank and invalid ones, and merges the rest.
pub(crate) fn read(tally: &mut Tally<'_>, reading: Reading) -> Rankings {
    let mut lists: Vec<(Vec<u16>, u64)> = Vec::new();
    let mut blank = 0;
    let mut invalid = BTreeMap::new();
    let mut ranked: Vec<(i32, u16)> = Vec::new();
    for b in tally.profile.ballots() {
        ranked.clear();
        ranked.extend(tally.standing.iter().filter_map(|&c| match b.marks.get(c) {
            Some(&m) if m != 0 => Some((m, c as u16)),
            _ => None,
        }));
        if ranked.is_empty() {
            blank += b.count;
            if reading == Reading::Strict {
                lists.push((Vec::new(), b.count));
            }
            continue;
        }
        ranked.sort_unstable();
        match list_of(&ranked, reading) {
            Ok(list) => lists.push((list, b.count)),
            Err(reason) => *invalid.entry(reason).or_insert(0) += b.count,
        }
    }
    tally.counted(blank, invalid);
    merge(lists)
}

fn list_of(ranked: &[(i32, u16)], reading: Reading) -> Result<Vec<u16>, InvalidReason> {
    if ranked.first().is_some_and(|&(m, _)| m < 0) {
        return Err(InvalidReason::OutOfRange);
    }
    let shared_at = ranked.windows(2).position(|w| matches!(w, [a, b] if a.0 == b.0));
    let all = || ranked.iter().map(|&(_, c)| c).collect();
    let upto = |at: usize| ranked.iter().take(at).map(|&(_, c)| c).collect();
    match (reading, shared_at) {
        (Reading::Strict, _) => {
            let exact = ranked.iter().zip(1..).all(|(&(m, _), want)| m == want);
            if exact { Ok(all()) } else { Err(InvalidReason::BrokenSequence) }
        }
        (_, None) => Ok(all()),
        (Reading::Runoff(Overvote::Reject) | Reading::Transferable(Overvote::Reject), Some(_)) => {
            Err(InvalidReason::SharedRank)
        }
        (Reading::Transferable(_), Some(0)) => Err(InvalidReason::SharedFirstRank),
        (Reading::Runoff(Overvote::Continuing), Some(_)) => {
            let next = ranked.iter().skip(1).map(|&(m, _)| Some(m)).chain([None]);
            Ok(ranked
                .iter()
                .zip(next)
                .map(|(&(m, c), n)| if n == Some(m) { c | SHARED } else { c })
                .collect())
        }
        (_, Some(at)) => Ok(upto(at)),
    }
}

fn merge(mut lists: Vec<(Vec<u16>, u64)>) -> Rankings {
    lists.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    let mut out = Rankings { entries: Vec::new(), starts: vec![0], counts: Vec::new() };
    for same in lists.chunk_by(|a, b| a.0 == b.0) {
        if let Some((list, _)) = same.first() {
            out.entries.extend_from_slice(list);
            out.starts.push(out.entries.len());
            out.counts.push(same.iter().map(|(_, n)| n).sum());
        }
    }
    out
}
