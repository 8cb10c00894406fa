//! Schulze's method: strongest paths of majorities (2.8).

use super::{Matrix, read, say_condorcet, strength};
use crate::method::Strength;
use crate::outcome::{CandidateId, Detail};
use crate::steps::Step;
use crate::tally::Tally;

/// A path's strength, comparable, and the votes of its weakest step.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Path {
    strength: (u64, u64),
    won: u64,
    lost: u64,
}

const NONE: Path = Path { strength: (0, 0), won: 0, lost: 0 };

/// Ranks by strongest paths and elects from the top.
pub(crate) fn count(tally: &mut Tally<'_>, rule: Strength) {
    let d = read(tally);
    rank(tally, &d, rule);
}

/// The same from the matrix.
pub(crate) fn rank(tally: &mut Tally<'_>, d: &Matrix, rule: Strength) {
    let standing = tally.standing.clone();
    say_condorcet(tally, d);
    let paths = strongest(d, &standing, tally.n, rule);
    let path = |a: usize, b: usize| paths.get(a * tally.n + b).copied().unwrap_or(NONE);
    let groups = peel(standing.clone(), |a, b| path(a, b).strength > path(b, a).strength);
    let mut steps = Vec::new();
    for pair in groups.windows(2) {
        let [above, below] = pair else { continue };
        let beaten = below.iter().copied().find_map(|b| {
            let a = above.iter().copied().find(|&a| path(a, b).strength > path(b, a).strength)?;
            Some((a, b))
        });
        if let Some((a, b)) = beaten {
            let (forth, back) = (path(a, b), path(b, a));
            steps.push(Step::PathBeats {
                above: a,
                below: b,
                direct: (d.get(a, b), d.get(b, a)),
                forth: (forth.won, forth.lost),
                back: (back.won, back.lost),
            });
        }
    }
    tally.out.steps.extend(steps);
    let mut result = d.result(&standing);
    let cells: Vec<(u64, u64)> = paths.iter().map(|p| (p.won, p.lost)).collect();
    result.paths = Some(cells.chunks(tally.n.max(1)).map(<[_]>::to_vec).collect());
    tally.elect_in_order(groups);
    tally.out.detail = Detail::Pairwise(result);
}

/// Widest paths between all standing, by relaxing over every possible stop in between.
fn strongest(d: &Matrix, standing: &[CandidateId], n: usize, rule: Strength) -> Vec<Path> {
    let mut paths = vec![NONE; n * n];
    for &a in standing {
        for &b in standing.iter().filter(|&&b| d.beats(a, b)) {
            let (won, lost) = (d.get(a, b), d.get(b, a));
            if let Some(p) = paths.get_mut(a * n + b) {
                *p = Path { strength: strength(rule, won, lost), won, lost };
            }
        }
    }
    for &via in standing {
        let onward: Vec<Path> = paths.get(via * n..(via + 1) * n).unwrap_or_default().to_vec();
        for &a in standing {
            let to_via = paths.get(a * n + via).copied().unwrap_or(NONE);
            let row = paths.get_mut(a * n..(a + 1) * n).unwrap_or_default();
            for (p, &on) in row.iter_mut().zip(&onward) {
                let through = if on.strength < to_via.strength { on } else { to_via };
                if through.strength > p.strength {
                    *p = through;
                }
            }
        }
    }
    paths
}

/// Groups: the unbeaten first, then the unbeaten among the rest, and so on.
fn peel(
    mut left: Vec<CandidateId>,
    beats: impl Fn(CandidateId, CandidateId) -> bool,
) -> Vec<Vec<CandidateId>> {
    let mut groups = Vec::new();
    while !left.is_empty() {
        let (beaten, mut unbeaten): (Vec<usize>, Vec<usize>) =
            left.iter().copied().partition(|&b| left.iter().any(|&a| beats(a, b)));
        if unbeaten.is_empty() {
            // Cannot happen: being beaten by strongest paths is transitive.
            unbeaten = left.clone();
        }
        left = if unbeaten.len() == left.len() { Vec::new() } else { beaten };
        groups.push(unbeaten);
    }
    groups
}
