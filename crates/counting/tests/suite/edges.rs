//! Settings and situations the vectors do not reach.

use folkmoot_counting::outcome::{InvalidReason, TieRule};
use folkmoot_counting::profile::Ballot;
use folkmoot_counting::{CountError, Kind, Lot, Options, Profile, ProfileError, Votes, count, count_matrix};
use serde_json::json;

use crate::support::{agreed, ballots, names, settings};

fn winners(settings_: serde_json::Value, profile: &Profile, options: &Options) -> Vec<usize> {
    count(&settings(settings_), profile, options).unwrap().winners
}

#[test]
fn published_majority_judgment_takes_the_worse_middle() {
    // A: 1 1 3 3; B: 2 2 2 2. Better middles 1 against 2, worse ones 3 against 2.
    let p = ballots(Kind::Grades, &[(2, &[1, 2]), (2, &[3, 2])]);
    assert_eq!(winners(json!({"method": "mj", "ngrades": 3}), &p, &Options::default()), [0]);
    assert_eq!(
        winners(json!({"method": "mj", "ngrades": 3, "rule": "published"}), &p, &Options::default()),
        [1]
    );
    // A grade left out is the worst one, not a reason to throw the ballot away.
    let p = ballots(Kind::Grades, &[(1, &[1, 0]), (1, &[1, 1]), (1, &[2, 2])]);
    let o =
        count(&settings(json!({"method": "mj", "ngrades": 4, "rule": "published"})), &p, &Options::default())
            .unwrap();
    assert_eq!((o.counts.valid, o.to_vector()["median"].clone()), (Some(3), json!([1, 2])));
    let options = Options::default().with_lot(Lot::CandidateOrder);
    let o = count(&settings(json!({"method": "mj", "ngrades": 4})), &p, &options).unwrap();
    assert_eq!(o.invalid.get(&InvalidReason::MissingGrade), Some(&1));
}

#[test]
fn majority_judgment_by_counts_equals_removing_middles_one_by_one() {
    let mut seed = 7u64;
    let mut next = |bound: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % bound
    };
    for _ in 0..400 {
        let grades = 2 + next(4);
        let rows: Vec<(u64, Vec<i32>)> =
            (0..=next(6)).map(|_| (1 + next(4), (0..4).map(|_| 1 + next(grades) as i32).collect())).collect();
        let groups: Vec<(u64, &[i32])> = rows.iter().map(|(c, m)| (*c, m.as_slice())).collect();
        let p = ballots(Kind::Grades, &groups);
        for rule in ["belenios", "published"] {
            let options = Options::default().with_lot(Lot::CandidateOrder);
            let o = count(&settings(json!({"method": "mj", "ngrades": grades, "rule": rule})), &p, &options)
                .unwrap();
            let sequence = |c: usize| {
                let mut all: Vec<i32> = rows.iter().flat_map(|(n, m)| vec![m[c]; *n as usize]).collect();
                all.sort_unstable();
                let mut out = Vec::new();
                while !all.is_empty() {
                    let at = if rule == "belenios" { (all.len() - 1) / 2 } else { all.len() / 2 };
                    out.push(all.remove(at));
                }
                out
            };
            for pair in o.ranking.windows(2) {
                assert!(sequence(pair[0][0]) < sequence(pair[1][0]), "{rows:?}");
            }
            for group in &o.ranking {
                assert!(group.iter().all(|&c| sequence(c) == sequence(group[0])), "{rows:?}");
            }
        }
    }
}

#[test]
fn a_shared_rank_counts_once_a_single_candidate_of_it_is_left() {
    let p = ballots(
        Kind::Ranks,
        &[(5, &[1, 0, 0, 0]), (4, &[0, 1, 0, 0]), (2, &[0, 2, 2, 1]), (3, &[0, 0, 1, 0])],
    );
    let o = count(&settings(json!({"method": "irv", "overvote": "continuing"})), &p, &Options::default())
        .unwrap();
    let rounds = o.to_vector()["rounds"].clone();
    assert_eq!(rounds[1]["exhausted"], 2, "{rounds}");
    assert_eq!(rounds[2]["votes"], json!({"0": 5, "1": 6}));
    assert_eq!(o.winners, [1]);
}

#[test]
fn a_lot_is_asked_for_and_never_drawn_silently() {
    let p = ballots(Kind::Ranks, &[(3, &[1, 2]), (3, &[2, 1])]);
    for method in ["irv", "stv-scotland", "stv-meek", "schulze", "ranked-pairs", "borda"] {
        let error = count(&settings(json!({"method": method})), &p, &Options::default()).unwrap_err();
        assert!(
            matches!(error, CountError::LotNeeded { ref tied, .. } if *tied == [0, 1]),
            "{method}: {error}"
        );
        let o =
            count(&settings(json!({"method": method})), &p, &Options::default().with_lot(agreed(&[1, 0])))
                .unwrap();
        assert_eq!((o.winners.as_slice(), o.lot_used), ([1].as_slice(), true), "{method}");
        assert_eq!(o.ties.last().map(|t| t.by), Some(TieRule::Lot));
    }
}

#[test]
fn without_votes_nobody_is_elected_until_a_lot_is_drawn() {
    let p = ballots(Kind::Ranks, &[(3, &[0, 0])]);
    for method in ["irv", "stv-scotland", "stv-meek", "schulze", "borda"] {
        let o = count(&settings(json!({"method": method})), &p, &Options::default()).unwrap();
        assert!(o.winners.is_empty() && !o.lot_used, "{method}");
        assert!(
            o.explain().contains(&"There are no votes to count.".to_owned()),
            "{method}: {:?}",
            o.explain()
        );
    }
}

#[test]
fn stv_excludes_a_full_group_at_once() {
    // A and B share a group with one place; A's surplus and B's votes pass on to those who can still be elected.
    let p = ballots(
        Kind::Ranks,
        &[(12, &[1, 2, 3, 0]), (4, &[0, 1, 2, 0]), (5, &[0, 0, 0, 1]), (3, &[0, 0, 1, 0])],
    );
    for method in ["stv-scotland", "stv-meek"] {
        let free = Options::seats(2);
        assert_eq!(winners(json!({"method": method}), &p, &free), [0, 1], "{method}");
        let group = Some("x".to_owned());
        let capped =
            Options { groups: vec![group.clone(), group, None, None], max_per_group: Some(1), ..free };
        let o = count(&settings(json!({"method": method})), &p, &capped).unwrap();
        assert_eq!(
            (o.winners.as_slice(), o.disqualified.as_deref()),
            ([0, 2].as_slice(), Some([1].as_slice())),
            "{method}"
        );
        let told = "B is passed over: 1 member from x is elected already, and that is the limit.";
        assert!(o.explain().iter().any(|s| s == told), "{:?}", o.explain());
    }
}

#[test]
fn a_vacancy_is_filled_without_unseating_anybody() {
    // A, B and C were elected; A leaves. D has most votes now and takes the vacancy; E, next, cannot unseat C, who has
    // the fewest votes of all.
    let p = ballots(
        Kind::Ranks,
        &[(9, &[1, 0, 0, 2, 0]), (8, &[0, 1, 0, 0, 0]), (2, &[0, 0, 1, 0, 0]), (7, &[0, 0, 0, 0, 1])],
    );
    for method in ["stv-scotland", "stv-meek"] {
        let method = settings(json!({"method": method}));
        let recount = Options { withdrawn: vec![0], ..Options::seats(3) };
        let sorted = |o: &Options| {
            let mut winners = count(&method, &p, o).unwrap().winners;
            winners.sort_unstable();
            winners
        };
        assert_eq!(sorted(&recount), [1, 3, 4], "a plain recount would unseat C");
        let vacancy = Options { sitting: vec![1, 2], ..recount.clone() };
        assert_eq!(sorted(&vacancy), [1, 2, 3]);
        let told = count(&method, &p, &vacancy).unwrap().explain();
        let kept = "B and C keep their seats and cannot go out; the count fills 1 vacancy.";
        assert!(told.iter().any(|s| s == kept), "{told:#?}");
        assert!(told.iter().any(|s| s.ends_with("the one free seat: C is elected.")), "{told:#?}");

        let refused = |o: Options| count(&method, &p, &o).unwrap_err().to_string();
        assert!(
            refused(Options { sitting: vec![9], ..recount.clone() }).contains("sitting names candidate 9")
        );
        assert!(
            refused(Options { sitting: vec![0], ..recount.clone() }).contains("keep a seat and be withdrawn")
        );
        assert!(refused(Options { sitting: vec![1, 1], ..recount.clone() }).contains("named twice"));
        assert!(refused(Options { sitting: vec![1, 2, 3, 4], ..recount }).contains("more than the 3 seats"));
    }
    let vacancy = Options { sitting: vec![1], ..Options::seats(3) };
    let error = count(&settings(json!({"method": "schulze"})), &p, &vacancy).unwrap_err().to_string();
    assert!(error.contains("needs no sitting members"), "{error}");
}

#[test]
fn level_with_one_vacancy_asks_for_a_lot() {
    // B and C both reach the quota with the same votes, but only one seat is not A's.
    let p = ballots(Kind::Ranks, &[(1, &[1, 0, 0]), (5, &[0, 1, 0]), (5, &[0, 0, 1])]);
    for method in ["stv-scotland", "stv-meek"] {
        let method = settings(json!({"method": method}));
        let vacancy = Options { sitting: vec![0], ..Options::seats(2) };
        let error = count(&method, &p, &vacancy).unwrap_err();
        assert!(matches!(error, CountError::LotNeeded { ref tied, .. } if *tied == [1, 2]), "{error}");
        let o = count(&method, &p, &vacancy.with_lot(agreed(&[2, 1, 0]))).unwrap();
        assert!(o.lot_used && o.winners.contains(&0) && o.winners.contains(&2), "{:?}", o.winners);
    }
}

#[test]
fn a_full_group_leaves_nothing_to_the_lot() {
    // B and C are level, but A took the only place of B's group: C is next without a lot.
    let p = ballots(Kind::Approvals, &[(3, &[1, 0, 0, 0]), (2, &[0, 1, 1, 0]), (1, &[0, 0, 0, 1])]);
    let group = Some("x".to_owned());
    let capped = Options {
        groups: vec![group.clone(), group, None, None],
        max_per_group: Some(1),
        ..Options::seats(2)
    };
    let o = count(&settings(json!({"method": "approval"})), &p, &capped).unwrap();
    assert_eq!((o.winners.as_slice(), o.lot_used), ([0, 2].as_slice(), false));
    // With both level with A the lot decides between A and B.
    let p = ballots(Kind::Approvals, &[(2, &[1, 1, 0, 0]), (1, &[0, 0, 1, 0])]);
    let error = count(&settings(json!({"method": "approval"})), &p, &capped).unwrap_err();
    assert!(matches!(error, CountError::LotNeeded { ref tied, .. } if *tied == [0, 1]), "{error}");
}

#[test]
fn belenios_stv_says_when_version_2_cannot_confirm_it() {
    let p = ballots(Kind::Ranks, &[(1, &[0, 1, 0])]);
    let o = count(&settings(json!({"method": "stv-belenios"})), &p, &Options::seats(5)).unwrap();
    assert_eq!(o.winners, [1]);
    assert!(o.explain().iter().any(|s| s.contains("cannot confirm this result")), "{:?}", o.explain());
}

#[test]
fn a_referendum_from_ballots_counts_blank_ones_as_cast() {
    let p = ballots(
        Kind::Approvals,
        &[(3, &[1, 0, 0]), (2, &[0, 1, 0]), (1, &[0, 0, 1]), (2, &[0, 0, 0]), (1, &[1, 1, 0])],
    );
    let by = |base: &str| {
        let m = settings(json!({"method": "referendum", "base": base}));
        count(&m, &p.clone().with_eligible(Some(20)), &Options::default()).unwrap().to_vector()
    };
    assert_eq!((by("yes_no")["base"].clone(), by("yes_no")["passed"].clone()), (json!(5), json!(true)));
    assert_eq!((by("cast")["base"].clone(), by("cast")["passed"].clone()), (json!(8), json!(false)));
    assert_eq!(by("eligible")["base"], 20);
    assert_eq!(by("cast")["invalid"], 1);
    let m = settings(json!({"method": "referendum", "base": "eligible"}));
    assert!(count(&m, &p, &Options::default()).unwrap_err().to_string().contains("say how many"));
}

#[test]
fn settings_that_make_no_sense_are_refused_with_the_reason() {
    let ranks = ballots(Kind::Ranks, &[(1, &[1, 2, 3])]);
    let refused =
        |m: serde_json::Value, p: &Profile, o: &Options| count(&settings(m), p, o).unwrap_err().to_string();
    let one = Options::default();
    assert!(
        refused(json!({"method": "score"}), &ranks, &one)
            .contains("counts scores, but the ballots hold ranks")
    );
    assert!(refused(json!({"method": "irv"}), &ranks, &Options::seats(0)).contains("no seats"));
    assert!(refused(json!({"method": "debian", "default": 7}), &ranks, &one).contains("numbered 0 to 2"));
    assert!(
        refused(json!({"method": "debian", "default": 0, "majority": ["1"]}), &ranks, &one)
            .contains("one majority for each")
    );
    assert!(
        refused(json!({"method": "stv-meek", "overvote": "continuing"}), &ranks, &one)
            .contains("shared ranks")
    );
    let bad = one.clone().with_lot(agreed(&[0, 0, 1]));
    assert!(refused(json!({"method": "irv"}), &ranks, &bad).contains("exactly once"));
    let bad = Options { withdrawn: vec![3], ..one.clone() };
    assert!(refused(json!({"method": "irv"}), &ranks, &bad).contains("withdrawn names candidate 3"));
    let bad = Options { groups: vec![None], max_per_group: Some(1), ..one.clone() };
    assert!(
        refused(json!({"method": "schulze"}), &ranks, &bad).contains("1 groups are given for 3 candidates")
    );
    let unknown =
        serde_json::from_value::<folkmoot_counting::Method>(json!({"method": "irv", "stopp": "two"}));
    assert!(unknown.unwrap_err().to_string().contains("stopp"));
    assert!(serde_json::from_value::<folkmoot_counting::Ratio>(json!("1/0")).is_err());
    let m = settings(json!({"method": "borda"}));
    assert!(count_matrix(&m, &names(1), &[vec![0]], &one).unwrap_err().to_string().contains("Schulze"));
    assert!(count_matrix(&settings(json!({"method": "schulze"})), &names(2), &[vec![0]], &one).is_err());
}

#[test]
fn profiles_keep_to_their_limits() {
    let one = |count: u64, marks: &[i32]| {
        Profile::new(names(2), Votes::Ranks(vec![folkmoot_counting::Ballot::new(count, marks)]))
    };
    assert_eq!(one(0, &[1, 2]), Err(ProfileError::BadCount { group: 1, count: 0 }));
    assert_eq!(one(1, &[1]), Err(ProfileError::WrongLength { group: 1, found: 1, expected: 2 }));
    assert!(one((1 << 40) + 1, &[1, 2]).is_err());
    let many = vec![folkmoot_counting::Ballot::new(1 << 40, [1, 2]); 17];
    assert_eq!(Profile::new(names(2), Votes::Ranks(many)), Err(ProfileError::TooManyBallots));
}

#[test]
fn huge_counts_stay_exact() {
    let big = 1u64 << 40;
    let p = ballots(Kind::Ranks, &[(big, &[1, 2, 3]), (big - 1, &[2, 1, 3]), (big - 2, &[0, 0, 1])]);
    for method in ["irv", "stv-scotland", "stv-meek", "schulze", "ranked-pairs", "borda"] {
        let o = count(&settings(json!({"method": method})), &p, &Options::seats(2)).unwrap();
        assert_eq!(o.winners.first(), Some(&0), "{method}");
        assert_eq!(o.counts.cast, Some(3 * big - 3));
    }
    let p = ballots(Kind::Grades, &[(big, &[1, 2, 3]), (big - 1, &[2, 1, 3])]);
    assert_eq!(winners(json!({"method": "mj", "ngrades": 3}), &p, &Options::default()), [0]);
}

#[test]
fn withdrawn_candidates_leave_every_ballot() {
    let without = Options { withdrawn: vec![0], ..Options::default() };
    // With A gone, B and C are no longer behind a shared rank, and ballots for A alone are blank.
    let p = ballots(Kind::Ranks, &[(3, &[1, 1, 2]), (2, &[1, 0, 0]), (1, &[0, 2, 1])]);
    let o = count(&settings(json!({"method": "stv-scotland"})), &p, &without).unwrap();
    assert_eq!((o.winners.as_slice(), o.counts.blank, o.counts.invalid), ([1].as_slice(), Some(2), Some(0)));
    assert!(o.explain().contains(&"A no longer stands; that name is left out of every ballot.".to_owned()));
    let p = ballots(Kind::Grades, &[(3, &[0, 1, 2])]);
    let o = count(&settings(json!({"method": "mj", "ngrades": 3})), &p, &without).unwrap();
    assert_eq!((o.counts.valid, o.winners.as_slice()), (Some(3), [1].as_slice()));
}

#[test]
fn the_best_of_a_ranking_is_kept_and_shared_ranks_whole() {
    let kept = |marks: &[i32], most| {
        let mut ballot = Ballot::new(1, marks);
        ballot.keep_best_ranked(most);
        ballot.marks
    };
    assert_eq!(kept(&[3, 1, 0, 2], 2), [0, 1, 0, 2]);
    assert_eq!(kept(&[3, 1, 0, 2], 3), [3, 1, 0, 2]);
    assert_eq!(kept(&[7, 2, 0, 4], 1), [0, 2, 0, 0], "ranks may be left out");
    assert_eq!(kept(&[1, 2, 2, 3], 2), [1, 0, 0, 0], "neither of the two at rank 2");
    assert_eq!(kept(&[1, 2, 2, 3], 3), [1, 2, 2, 0]);
    assert_eq!(kept(&[1, 1, 2, 0], 1), [0, 0, 0, 0]);
    assert_eq!(kept(&[0, 0, 0, 0], 1), [0, 0, 0, 0]);
}
