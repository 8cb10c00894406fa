//! What must hold for every election, on random ones: small ones with many ties, and odd ballots among them.

use folkmoot_counting::{
    Amount, Ballot, CountError, Kind, Lot, Method, Options, Outcome, Profile, Votes, count, outcome::Detail,
};
use proptest::prelude::*;
use serde_json::json;

use crate::support::{agreed, names, settings};

/// Every method in every variant, for `n` candidates.
fn methods(n: usize) -> Vec<Method> {
    let mut all = vec![
        json!({"method": "plurality"}),
        json!({"method": "approval", "min_select": 1, "max_select": 3}),
        json!({"method": "approval"}),
        json!({"method": "score"}),
        json!({"method": "star", "star_ties": "official"}),
        json!({"method": "star", "star_ties": "bettervoting"}),
        json!({"method": "star", "star_ties": "starvote"}),
        json!({"method": "irv"}),
        json!({"method": "irv", "overvote": "continuing", "stop": "two"}),
        json!({"method": "irv", "overvote": "reject"}),
        json!({"method": "stv-scotland"}),
        json!({"method": "stv-scotland", "overvote": "reject"}),
        json!({"method": "stv-meek"}),
        json!({"method": "stv-belenios"}),
        json!({"method": "schulze"}),
        json!({"method": "schulze", "strength": "margins"}),
        json!({"method": "ranked-pairs"}),
        json!({"method": "ranked-pairs", "strength": "wv"}),
        json!({"method": "debian", "default": n - 1, "quorum": 2}),
        json!({"method": "borda", "unranked": "zero"}),
        json!({"method": "borda", "unranked": "average"}),
        json!({"method": "borda", "unranked": "modified"}),
        json!({"method": "mj", "ngrades": 5}),
        json!({"method": "mj", "ngrades": 5, "rule": "published"}),
    ];
    all.extend(
        (n == 3)
            .then(|| json!({"method": "referendum", "base": "cast", "threshold": [2, 3], "strict": false})),
    );
    all.into_iter().map(settings).collect()
}

#[derive(Debug, Clone)]
struct Case {
    n: usize,
    groups: Vec<(u64, Vec<i32>)>,
    seats: usize,
    lot: Vec<usize>,
    other: Vec<usize>,
}

impl Case {
    /// Marks 0..=5 mean something for every kind; approvals keep 0 and 1, and 5 becomes 2, which is invalid.
    fn profile(&self, kind: Kind, groups: &[(u64, Vec<i32>)]) -> Profile {
        let mark = |m: i32| match (kind, m) {
            (Kind::Approvals, 0..=2) => 0,
            (Kind::Approvals, 3 | 4) => 1,
            (Kind::Approvals, 5) => 2,
            (_, m) => m,
        };
        let list =
            groups.iter().map(|(c, m)| Ballot::new(*c, m.iter().map(|&m| mark(m)).collect::<Vec<_>>()));
        Profile::new(names(self.n), Votes::of(kind, list.collect()).unwrap()).unwrap()
    }

    fn count(&self, method: &Method) -> Outcome {
        self.count_of(method, &self.groups, &self.lot)
    }

    fn count_of(&self, method: &Method, groups: &[(u64, Vec<i32>)], lot: &[usize]) -> Outcome {
        let options = Options::seats(self.seats).with_lot(agreed(lot));
        count(method, &self.profile(method.kind(), groups), &options).unwrap()
    }
}

fn cases() -> impl Strategy<Value = Case> {
    (2usize..=6).prop_flat_map(|n| {
        let mark =
            prop_oneof![20 => 0i32..=5, 1 => prop_oneof![Just(-1), Just(7), Just(i32::MIN), Just(i32::MAX)]];
        let order = Just((1..=n as i32).collect::<Vec<_>>()).prop_shuffle();
        let ballot = prop_oneof![1 => prop::collection::vec(mark, n), 2 => order];
        let lot = || Just((0..n).collect::<Vec<_>>()).prop_shuffle();
        (prop::collection::vec((1u64..=6, ballot), 0..10), 1..=n, lot(), lot())
            .prop_map(move |(groups, seats, lot, other)| Case { n, groups, seats, lot, other })
    })
}

fn sorted(mut all: Vec<usize>) -> Vec<usize> {
    all.sort_unstable();
    all
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Anonymity: splitting, merging and reordering ballots changes nothing at all. Determinism, and JSON that comes
    /// back the same.
    #[test]
    fn splitting_merging_and_reordering_change_nothing(case in cases()) {
        let mut single: Vec<(u64, Vec<i32>)> =
            case.groups.iter().flat_map(|(c, m)| (0..*c).map(|_| (1, m.clone()))).collect();
        single.reverse();
        for method in methods(case.n) {
            let one = case.count(&method);
            prop_assert_eq!(&one, &case.count_of(&method, &single, &case.lot));
            let text = serde_json::to_string(&one).unwrap();
            prop_assert_eq!(&one, &serde_json::from_str::<Outcome>(&text).unwrap());
        }
    }

    /// Neutrality: renumbering the candidates together with the lot renumbers the result.
    #[test]
    fn renumbering_candidates_renumbers_the_result(case in cases(), seed in any::<u64>()) {
        let n = case.n;
        // New number of each candidate.
        let to: Vec<usize> = (0..n).map(|c| (c + seed as usize % n) % n).map(|c| if seed % 2 == 0 { c } else { n - 1 - c }).collect();
        let moved = |marks: &[i32]| {
            let mut out = vec![0; n];
            for (c, &m) in marks.iter().enumerate() {
                out[to[c]] = m;
            }
            out
        };
        let groups: Vec<_> = case.groups.iter().map(|(c, m)| (*c, moved(m))).collect();
        let lot: Vec<usize> = case.lot.iter().map(|&c| to[c]).collect();
        for method in methods(n) {
            // Belenios breaks ties by number, and a referendum's answers are their numbers.
            if matches!(method, Method::StvBelenios | Method::Referendum { .. }) {
                continue;
            }
            let renumbered = match &method {
                Method::Debian { default, majority, quorum, quorum_squared } => Method::Debian {
                    default: to[*default],
                    majority: majority.clone(),
                    quorum: *quorum,
                    quorum_squared: *quorum_squared,
                },
                other => other.clone(),
            };
            let one = case.count(&method);
            let two = case.count_of(&renumbered, &groups, &lot);
            let map = |all: &[usize]| all.iter().map(|&c| to[c]).collect::<Vec<_>>();
            if matches!(method, Method::StvMeek { .. }) {
                // Candidates elected in the same round are listed by number.
                prop_assert_eq!(sorted(map(&one.winners)), sorted(two.winners.clone()), "{:?}", method);
            } else {
                prop_assert_eq!(map(&one.winners), two.winners.clone(), "{:?}", method);
                prop_assert_eq!(map(&one.order), two.order.clone(), "{:?}", method);
            }
            prop_assert_eq!(one.counts, two.counts);
        }
    }

    /// No ballot is lost, in total and in every round; nobody is elected twice; the seats are respected.
    #[test]
    fn no_ballot_is_lost(case in cases()) {
        for method in methods(case.n) {
            let o = case.count(&method);
            let c = o.counts;
            let cast: u64 = case.groups.iter().map(|g| g.0).sum();
            prop_assert_eq!(c.cast, Some(cast));
            prop_assert_eq!(cast, c.valid.unwrap() + c.blank.unwrap() + c.invalid.unwrap());
            prop_assert_eq!(c.invalid.unwrap(), o.invalid.values().sum::<u64>());
            let valid = Amount::whole(c.valid.unwrap());
            for round in &o.rounds {
                if let Some(runoff) = round.runoff {
                    let seen = runoff.preferred[0] + runoff.preferred[1] + runoff.equal;
                    prop_assert_eq!(seen + c.invalid.unwrap(), cast);
                } else if !matches!(method, Method::Star { .. } | Method::StvBelenios) && !round.votes.is_empty() {
                    let parts = round.votes.values().chain([&round.exhausted]).chain(round.rounding.as_ref());
                    let sum = parts.fold(0u128, |sum, a| sum + units(*a));
                    prop_assert_eq!(sum, units(valid), "{:?} {:?}", method, round);
                }
            }
            let seats = if method.is_single() { 1 } else { case.seats };
            prop_assert!(o.winners.len() <= seats);
            let unique: std::collections::BTreeSet<_> = o.winners.iter().collect();
            prop_assert_eq!(unique.len(), o.winners.len());
            if !matches!(o.detail, Detail::Referendum(_)) && !matches!(method, Method::Debian { .. }) {
                prop_assert_eq!(sorted(o.order.clone()), (0..case.n).collect::<Vec<_>>());
                prop_assert!(o.winners.is_empty() || o.order.starts_with(&o.winners), "{:?}", method);
            }
        }
    }

    /// "No lot was used" means that no other lot changes who is elected; an undrawn lot then suffices, and otherwise
    /// is refused.
    #[test]
    fn a_lot_that_was_not_used_decides_nothing(case in cases()) {
        for method in methods(case.n) {
            let one = case.count(&method);
            let two = case.count_of(&method, &case.groups, &case.other);
            let undrawn = count(&method, &case.profile(method.kind(), &case.groups), &Options::seats(case.seats));
            if one.lot_used {
                prop_assert!(one.counts.valid == Some(0) || matches!(undrawn, Err(CountError::LotNeeded { .. })), "{:?}", method);
            } else {
                prop_assert_eq!(sorted(one.winners.clone()), sorted(two.winners), "{:?}", method);
                prop_assert_eq!(sorted(one.winners), sorted(undrawn.unwrap().winners), "{:?}", method);
            }
        }
    }

    /// Monotonicity, where the method has it: raising the sole winner on one ballot keeps it the winner.
    #[test]
    fn raising_the_winner_never_hurts_it(mut case in cases(), which in any::<prop::sample::Index>()) {
        case.seats = 1;
        for method in methods(case.n) {
            // Instant runoff and the transferable votes are not monotone; nor is approval with a greatest number.
            let monotone = matches!(
                method,
                Method::Plurality { .. } | Method::Approval { max_select: None, .. } | Method::Score { .. }
                    | Method::Star { .. } | Method::Schulze { .. } | Method::RankedPairs { .. }
                    | Method::Debian { .. } | Method::Borda { .. } | Method::Mj { .. }
            );
            // Ballots that are whole for every kind, so that raising cannot change whether they are valid.
            case.groups.retain(|(_, m)| m.iter().all(|m| (1..=5).contains(m)));
            let before = case.count(&method);
            let &[winner] = before.winners.as_slice() else { continue };
            // A tie in a STAR round may be broken by other rules once its members have changed.
            let tied = matches!(method, Method::Star { .. }) && !before.ties.is_empty();
            if !monotone || before.lot_used || tied || case.groups.is_empty() {
                continue;
            }
            let mut groups = case.groups.clone();
            let at = which.index(groups.len());
            let marks = &mut groups[at].1;
            match method.kind() {
                Kind::Ranks => marks[winner] = 1,
                Kind::Grades => marks[winner] = (marks[winner] - 1).max(1),
                Kind::Scores => marks[winner] = (marks[winner] + 1).min(5),
                _ if matches!(method, Method::Approval { .. }) => {
                    if marks.contains(&5) {
                        // Invalid before: raising the winner must not make it count for others.
                        continue;
                    }
                    marks[winner] = 3;
                }
                _ => marks.iter_mut().enumerate().for_each(|(c, m)| *m = if c == winner { 3 } else { 0 }),
            }
            if method.kind() == Kind::Ranks {
                // Alone at the top: everybody else one place down.
                marks.iter_mut().enumerate().filter(|&(c, _)| c != winner).for_each(|(_, m)| *m += 1);
            }
            let after = case.count_of(&method, &groups, &case.lot);
            prop_assert_eq!(after.winners, vec![winner], "{:?}", method);
        }
    }

    /// In a recount for a vacancy sitting members keep their seats, and no seat stays empty without need.
    #[test]
    fn sitting_members_stay(case in cases(), which in any::<u8>()) {
        let mut sitting: Vec<usize> = (0..case.n).filter(|c| which >> c & 1 == 1).collect();
        sitting.truncate(case.seats);
        for method in [json!({"method": "stv-scotland"}), json!({"method": "stv-meek"})].map(settings) {
            let options = Options { sitting: sitting.clone(), ..Options::seats(case.seats) };
            let profile = case.profile(method.kind(), &case.groups);
            let o = count(&method, &profile, &options.clone().with_lot(agreed(&case.lot))).unwrap();
            prop_assert!(sitting.iter().all(|c| o.winners.contains(c)), "{:?}", o.winners);
            prop_assert_eq!(o.winners.len(), case.seats.min(case.n));
            if !o.lot_used {
                let two = count(&method, &profile, &options.with_lot(agreed(&case.other))).unwrap();
                prop_assert_eq!(sorted(o.winners), sorted(two.winners));
            }
        }
    }

    /// Caps per group hold in every method that knows them, and nobody is passed over without need.
    #[test]
    fn caps_hold(case in cases(), cap in 1usize..=2) {
        let groups: Vec<Option<String>> = (0..case.n).map(|c| (c % 3 != 2).then(|| format!("g{}", c % 3))).collect();
        for method in methods(case.n) {
            let profile = case.profile(method.kind(), &case.groups);
            let options = Options { groups: groups.clone(), max_per_group: Some(cap), ..Options::seats(case.seats) };
            let outcome = match count(&method, &profile, &options.with_lot(agreed(&case.lot))) {
                Ok(outcome) => outcome,
                Err(error) => {
                    prop_assert!(matches!(error, CountError::Settings(_)) && (method.is_single() || method == Method::StvBelenios));
                    continue;
                }
            };
            let from = |g: &str| outcome.winners.iter().filter(|&&c| groups[c].as_deref() == Some(g)).count();
            prop_assert!(from("g0") <= cap && from("g1") <= cap, "{:?}", method);
            let free = (0..case.n).filter(|c| !outcome.winners.contains(c));
            if outcome.winners.len() < case.seats {
                for c in free {
                    prop_assert_eq!(groups[c].as_deref().map(from), Some(cap), "a seat stays empty though {} fits", c);
                }
            }
            for c in outcome.disqualified.as_deref().unwrap_or_default() {
                prop_assert!(!outcome.winners.contains(c));
            }
        }
    }
}

/// In parts of 10^-9.
fn units(a: Amount) -> u128 {
    let text = a.to_string();
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    format!("{whole}{part:0<9}").parse().unwrap()
}

#[test]
fn lots_by_seed_are_permutations() {
    for n in [0, 1, 2, 17, 300] {
        assert_eq!(sorted(folkmoot_counting::lot::order("seed", n)), (0..n).collect::<Vec<_>>());
    }
    assert_eq!(Lot::default(), Lot::Undrawn);
}
