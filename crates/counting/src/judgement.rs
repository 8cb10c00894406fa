//! Majority judgment on grade counts (2.12): no list of ballots is ever sorted.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::method::MjRule;
use crate::outcome::{CandidateId, Detail, InvalidReason};
use crate::steps::Step;
use crate::tally::Tally;

/// Orders candidates by the sequence of their middle grades.
pub(crate) fn count(tally: &mut Tally<'_>, ngrades: u32, rule: MjRule, blank_allowed: bool) {
    let grades = ngrades as usize;
    let mut raw = vec![vec![0u64; grades]; tally.n];
    let mut blank = 0;
    let mut invalid = BTreeMap::new();
    let standing = tally.standing.clone();
    for b in tally.profile.ballots() {
        match judge(standing.iter().filter_map(|&c| b.marks.get(c)), ngrades, rule, blank_allowed) {
            Verdict::Blank => blank += b.count,
            Verdict::Invalid(reason) => *invalid.entry(reason).or_insert(0) += b.count,
            Verdict::Counts => {
                for (counts, &m) in raw.iter_mut().zip(&b.marks) {
                    let place =
                        if m == 0 && rule == MjRule::Published { grades.checked_sub(1) } else { place(m) };
                    if let Some(n) = place.and_then(|g| counts.get_mut(g)) {
                        *n += b.count;
                    }
                }
            }
        }
    }
    tally.counted(blank, invalid);
    let total = tally.out.counts.valid.unwrap_or(0);
    let all: Vec<Profile> = raw.iter().map(|counts| Profile::new(counts, total, rule)).collect();
    let compare = |a: CandidateId, b: CandidateId| match (all.get(a), all.get(b)) {
        (Some(a), Some(b)) => a.compare(b).0,
        _ => Ordering::Equal,
    };
    let mut sorted = standing;
    sorted.sort_by(|&a, &b| compare(a, b));
    let median: Vec<Option<u32>> = all.iter().map(Profile::median).collect();
    let of = |c: usize| median.get(c).copied().flatten();
    tally.say(Step::Medians { rule, grades: sorted.iter().map(|&c| (c, of(c))).collect() });
    let groups: Vec<Vec<usize>> =
        sorted.chunk_by(|&a, &b| compare(a, b) == Ordering::Equal).map(<[_]>::to_vec).collect();
    explain(tally, &groups, &all);
    tally.elect_in_order(groups);
    tally.out.detail = Detail::Grades { raw, median };
}

fn place(mark: i32) -> Option<usize> {
    usize::try_from(mark).ok()?.checked_sub(1)
}

enum Verdict {
    Counts,
    Blank,
    Invalid(InvalidReason),
}

fn judge<'m>(
    marks: impl Iterator<Item = &'m i32>,
    ngrades: u32,
    rule: MjRule,
    blank_allowed: bool,
) -> Verdict {
    let (mut missing, mut given, mut out) = (false, false, false);
    for &m in marks {
        match u32::try_from(m) {
            Ok(0) => missing = true,
            Ok(m) if m <= ngrades => given = true,
            _ => out = true,
        }
    }
    if out {
        Verdict::Invalid(InvalidReason::OutOfRange)
    } else if !given && blank_allowed {
        Verdict::Blank
    } else if !given {
        Verdict::Invalid(InvalidReason::BlankNotAllowed)
    } else if missing && rule == MjRule::Belenios {
        Verdict::Invalid(InvalidReason::MissingGrade)
    } else {
        Verdict::Counts
    }
}

/// Says for neighbours with the same middle grade how far the comparison had to go.
fn explain(tally: &mut Tally<'_>, groups: &[Vec<CandidateId>], all: &[Profile]) {
    for pair in groups.windows(2) {
        let [above, below] = pair else { continue };
        let (Some(&a), Some(&b)) = (above.first(), below.first()) else { continue };
        let (Some(pa), Some(pb)) = (all.get(a), all.get(b)) else { continue };
        let (_, removed, grades) = pa.compare(pb);
        if let (1.., Some((better, worse))) = (removed, grades) {
            tally.say(Step::MjAhead { above: a, below: b, removed, better, worse });
        }
    }
}

/// The grades of one candidate, best first, as the number of ballots up to and including each grade.
struct Profile {
    upto: Vec<u64>,
    total: u64,
    rule: MjRule,
}

impl Profile {
    fn new(counts: &[u64], total: u64, rule: MjRule) -> Profile {
        let mut sum = 0;
        let upto = counts
            .iter()
            .map(|n| {
                sum += n;
                sum
            })
            .collect();
        Profile { upto, total, rule }
    }

    /// The grade (1 = best) at a place of the sorted grades, and how many places from there on have it, downwards in
    /// quality or upwards.
    fn at(&self, place: u64, down: bool) -> (u32, u64) {
        let g = self.upto.partition_point(|&end| end <= place);
        let start = g.checked_sub(1).and_then(|b| self.upto.get(b)).copied().unwrap_or(0);
        let end = self.upto.get(g).copied().unwrap_or(self.total);
        let run = if down { end.saturating_sub(place) } else { place.saturating_sub(start) + 1 };
        (g as u32 + 1, run.max(1))
    }

    fn median(&self) -> Option<u32> {
        let n = self.total;
        let first = match self.rule {
            MjRule::Belenios => n.checked_sub(1)? / 2,
            MjRule::Published => n.checked_sub(1).map(|_| n / 2)?,
        };
        Some(self.at(first, true).0)
    }

    /// Compares the sequences of middle grades; also how many grades were removed before they differ, and the two
    /// grades that do. Both have the same number of ballots.
    ///
    /// Removing middles walks outwards from the middle, one step to each side in turn. Both sides are runs of equal
    /// grades, so whole runs are compared at once.
    fn compare(&self, other: &Profile) -> (Ordering, u64, Option<(u32, u32)>) {
        let n = self.total;
        let mut removed = 0;
        let (mut left, mut right) = if n % 2 == 1 {
            let (a, b) = (self.at(n / 2, true).0, other.at(n / 2, true).0);
            if a != b {
                return (a.cmp(&b), 0, Some((a.min(b), a.max(b))));
            }
            removed = 1;
            ((n / 2).checked_sub(1), n / 2 + 1)
        } else {
            ((n / 2).checked_sub(1), n / 2)
        };
        while let Some(l) = left {
            if right >= n {
                break;
            }
            let sides =
                [(self.at(l, false), other.at(l, false)), (self.at(right, true), other.at(right, true))];
            let order = if self.rule == MjRule::Belenios { [0, 1] } else { [1, 0] };
            for (nth, side) in order.into_iter().enumerate() {
                if let Some(((a, _), (b, _))) = sides.get(side)
                    && a != b
                {
                    return (a.cmp(b), removed + nth as u64, Some((*a.min(b), *a.max(b))));
                }
            }
            let run = sides.iter().flat_map(|(a, b)| [a.1, b.1]).min().unwrap_or(1);
            removed += 2 * run;
            left = l.checked_sub(run);
            right += run;
        }
        (Ordering::Equal, removed, None)
    }
}
