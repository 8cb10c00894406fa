//! The Debian constitution's A.5, A.6 before 2022 (2.10).

use super::{Matrix, read};
use crate::amount::Ratio;
use crate::options::CountError;
use crate::outcome::{CandidateId, DebianDrops, Detail, TiePlace, TieRule};
use crate::steps::Step;
use crate::tally::Tally;

/// The settings of a vote under this procedure.
pub(crate) struct Rules<'m> {
    /// The default option.
    pub default: CandidateId,
    /// Per option, the ratio to exceed.
    pub majority: &'m [Ratio],
    /// R squared.
    pub quorum_squared: Option<Ratio>,
}

/// Drops by quorum and majority, then resolves by the Schwartz set.
///
/// # Errors
/// A default option that does not stand, or a list of majorities of the wrong length.
pub(crate) fn count(tally: &mut Tally<'_>, rules: &Rules<'_>) -> Result<(), CountError> {
    if !tally.stands(rules.default) {
        return Err(CountError::UnknownCandidate {
            what: "default",
            candidate: rules.default,
            last: tally.n - 1,
        });
    }
    if !rules.majority.is_empty() && rules.majority.len() != tally.n {
        let text = format!("give one majority for each of the {} options, or none", tally.n);
        return Err(CountError::Settings(text));
    }
    let d = read(tally);
    let standing = tally.standing.clone();
    let mut drops = DebianDrops::default();
    let left = drop_options(tally, &d, rules, &mut drops);
    let mut defeats: Vec<(usize, usize)> = left
        .iter()
        .flat_map(|&a| left.iter().map(move |&b| (a, b)))
        .filter(|&(a, b)| d.beats(a, b))
        .collect();
    loop {
        let set = schwartz(&left, &defeats);
        let inside = |p: &(usize, usize)| set.contains(&p.0) && set.contains(&p.1);
        let weakness = |&(a, b): &(usize, usize)| (d.get(a, b), u64::MAX - d.get(b, a));
        let Some(weakest) = defeats.iter().filter(|p| inside(p)).map(weakness).min() else {
            drops.schwartz = set;
            break;
        };
        let (gone, kept): (Vec<_>, Vec<_>) =
            defeats.iter().copied().partition(|p| inside(p) && weakness(p) == weakest);
        for &(a, b) in &gone {
            tally.say(Step::DefeatDropped { winner: a, loser: b, won: d.get(a, b), lost: d.get(b, a) });
        }
        drops.defeats.extend(gone);
        defeats = kept;
    }
    drops.defeats.sort_unstable();
    let set = tally.luckiest_first(&drops.schwartz);
    if let (Some(&winner), 2..) = (set.first(), set.len()) {
        tally.tie(TiePlace::CastingVote, 0, set.clone(), vec![winner], TieRule::Lot);
    }
    tally.out.winners = set.first().copied().into_iter().collect();
    tally.out.order = set;
    let mut result = d.result(&standing);
    result.debian = Some(drops);
    tally.out.detail = Detail::Pairwise(result);
    Ok(())
}

fn drop_options(
    tally: &mut Tally<'_>,
    d: &Matrix,
    rules: &Rules<'_>,
    drops: &mut DebianDrops,
) -> Vec<CandidateId> {
    let default = rules.default;
    let mut left = Vec::new();
    for &option in &tally.standing.clone() {
        let (won, lost) = (d.get(option, default), d.get(default, option));
        let square = u128::from(won) * u128::from(won);
        let missed = |r: Ratio| square.saturating_mul(u128::from(r.den)) < u128::from(r.num);
        let ratio = rules.majority.get(option).copied().unwrap_or(Ratio::whole(1));
        if option == default {
            left.push(option);
        } else if let Some(squared) = rules.quorum_squared.filter(|&r| missed(r)) {
            drops.quorum.push(option);
            tally.say(Step::QuorumMissed { option, won, squared });
        } else if !ratio.reached(won, lost, true) {
            drops.majority.push(option);
            tally.say(Step::MajorityMissed { option, won, lost, ratio });
        } else {
            left.push(option);
            tally.say(Step::OptionStays { option, won, lost, ratio });
        }
    }
    left
}

/// Those who reach back whoever reaches them through the defeats.
fn schwartz(left: &[CandidateId], defeats: &[(CandidateId, CandidateId)]) -> Vec<CandidateId> {
    let reach: Vec<Vec<usize>> = left.iter().map(|&from| reached(from, defeats)).collect();
    let reaches = |a: usize, b: usize| {
        left.iter().position(|&c| c == a).and_then(|i| reach.get(i)).is_some_and(|r| r.contains(&b))
    };
    left.iter().copied().filter(|&a| left.iter().all(|&b| !reaches(b, a) || reaches(a, b))).collect()
}

fn reached(from: CandidateId, defeats: &[(CandidateId, CandidateId)]) -> Vec<CandidateId> {
    let mut seen: Vec<usize> = Vec::new();
    let mut open = vec![from];
    while let Some(a) = open.pop() {
        for &(x, y) in defeats {
            if x == a && !seen.contains(&y) {
                seen.push(y);
                open.push(y);
            }
        }
    }
    seen
}
