//! Yes or no, with abstentions, thresholds and a quorum (2.2).

use std::collections::BTreeMap;

use crate::amount::Ratio;
use crate::method::{Base, Quorum, QuorumOf};
use crate::options::CountError;
use crate::outcome::{Detail, InvalidReason, ReferendumResult};
use crate::profile::Votes;
use crate::steps::Step;
use crate::tally::Tally;

/// Decides the question of candidates yes (0), no (1) and, if present, abstain (2).
///
/// # Errors
/// Other candidates than two or three, or a base or quorum of electors without their number.
pub(crate) fn decide(
    tally: &mut Tally<'_>,
    base: Base,
    threshold: Ratio,
    strict: bool,
    quorum: Option<Quorum>,
) -> Result<(), CountError> {
    if !(2..=3).contains(&tally.n) || !tally.out.withdrawn.is_empty() {
        let needs = "a yes or no vote has the answers yes, no and, if wanted, abstain, in this order, and none withdrawn";
        return Err(CountError::Settings(needs.to_owned()));
    }
    let (sums, cast) = sums(tally);
    let of = |c: usize| sums.get(c).copied().unwrap_or(0);
    let (yes, no, abstain) = (of(0), of(1), of(2));
    let eligible = || {
        let needs = "this threshold or quorum is a part of those entitled to vote; say how many they are";
        tally.profile.eligible().ok_or_else(|| CountError::Settings(needs.to_owned()))
    };
    let base = match base {
        Base::YesNo => yes + no,
        Base::Cast => cast,
        Base::Eligible => eligible()?,
    };
    let quorum_met = match quorum {
        None => true,
        Some(q) => {
            let (whole, known) = match q.of {
                QuorumOf::Eligible => (eligible()?, Some(eligible()?)),
                QuorumOf::Number => (1, None),
            };
            let required = Ratio { num: q.num, den: q.den };
            let met = required.reached(cast, whole, q.strict);
            tally.say(Step::Quorum { cast, required, eligible: known, strict: q.strict, met });
            met
        }
    };
    let threshold_met = base > 0 && threshold.reached(yes, base, strict);
    tally.say(Step::Threshold { yes, no, abstain, base, threshold, strict, met: threshold_met });
    let passed = quorum_met && threshold_met;
    tally.say(Step::Decision { passed });
    tally.out.winners = if passed { vec![0] } else { Vec::new() };
    tally.out.order = if passed { vec![0, 1] } else { vec![1, 0] };
    tally.out.detail = Detail::Referendum(ReferendumResult {
        yes,
        no,
        abstain,
        base,
        threshold,
        quorum_met,
        threshold_met,
        passed,
    });
    Ok(())
}

/// Votes per answer, and ballots that count as cast: abstentions and blank ones included, invalid ones not.
fn sums(tally: &mut Tally<'_>) -> (Vec<u64>, u64) {
    if let Votes::Totals { totals, cast, blank } = tally.profile.votes() {
        let cast = cast.unwrap_or_else(|| totals.iter().sum::<u64>() + blank.unwrap_or(0));
        tally.out.counts.cast = Some(cast);
        tally.out.counts.blank = *blank;
        tally.say(Step::Ballots(tally.out.counts));
        return (totals.clone(), cast);
    }
    let mut sums = vec![0u64; tally.n];
    let mut blank = 0;
    let mut invalid = BTreeMap::new();
    for b in tally.profile.ballots() {
        let chosen = b.marks.iter().filter(|&&m| m == 1).count();
        if b.marks.iter().any(|m| !(0..=1).contains(m)) {
            *invalid.entry(InvalidReason::OutOfRange).or_insert(0) += b.count;
        } else if chosen > 1 {
            *invalid.entry(InvalidReason::TooManyChoices).or_insert(0) += b.count;
        } else if chosen == 0 {
            blank += b.count;
        }
        if chosen == 1 && b.marks.iter().all(|m| (0..=1).contains(m)) {
            for (sum, &m) in sums.iter_mut().zip(&b.marks) {
                *sum += b.count * u64::from(m == 1);
            }
        }
    }
    let cast = sums.iter().sum::<u64>() + blank;
    tally.counted(blank, invalid);
    (sums, cast)
}
