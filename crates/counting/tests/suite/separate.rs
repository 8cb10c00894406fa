//! Ties resolved one by one, rankings without seats, and groups of several kinds.

use folkmoot_counting::{CountError, Kind, Lot, Method, Options, count};
use serde_json::json;

use crate::support::{agreed, ballots, settings};

fn separately(orders: &[&[usize]], seed: Option<&str>) -> Lot {
    Lot::Separately { agreed: orders.iter().map(|o| o.to_vec()).collect(), seed: seed.map(str::to_owned) }
}

/// 1 seat: A and B are tied for exclusion first, then A and C.
#[test]
fn an_agreement_settles_its_own_tie_and_no_other() {
    let p = ballots(
        Kind::Ranks,
        &[(2, &[1, 0, 2, 0]), (1, &[2, 1, 3, 0]), (1, &[0, 1, 0, 0]), (3, &[0, 0, 1, 2]), (5, &[0, 0, 0, 1])],
    );
    let meek = settings(json!({"method": "stv-meek"}));
    let with = |lot| count(&meek, &p, &Options::default().with_lot(lot));
    let open = |lot| match with(lot) {
        Err(CountError::LotNeeded { tied, .. }) => tied,
        other => panic!("{other:?}"),
    };
    assert_eq!(open(Lot::Undrawn), [0, 1]);
    assert_eq!(open(separately(&[], None)), [0, 1]);
    assert_eq!(open(separately(&[&[0, 1]], None)), [0, 2]);
    assert_eq!(open(separately(&[&[0, 1], &[2, 3]], None)), [0, 2], "C agreed with somebody else");
    assert_eq!(with(separately(&[&[0, 1], &[2, 0]], None)).unwrap().winners, [2]);
    let first = with(separately(&[&[0, 1], &[0, 2], &[2, 0]], None)).unwrap();
    assert_eq!(first.winners, [3], "the first that was recorded");
    // A lot decides only what nobody agreed on.
    for seed in ["a", "b", "c", "d", "e", "f"] {
        let lot = folkmoot_counting::lot::order(seed, 4);
        let place = |c| lot.iter().position(|l| *l == c);
        let expected = if place(0) < place(2) { 3 } else { 2 };
        assert_eq!(with(separately(&[&[0, 1]], Some(seed))).unwrap().winners, [expected], "{seed}");
    }
}

#[test]
fn only_those_whom_no_other_rule_parts_are_asked() {
    // E is out first; B, C and D are last together then. C and D were last of the three before, so B is not concerned.
    let p = ballots(
        Kind::Ranks,
        &[
            (9, &[1, 0, 0, 0, 0]),
            (4, &[0, 1, 0, 0, 0]),
            (3, &[0, 0, 1, 0, 0]),
            (3, &[0, 0, 0, 1, 0]),
            (1, &[0, 0, 2, 0, 1]),
            (1, &[0, 0, 0, 2, 1]),
        ],
    );
    let method = settings(json!({"method": "irv", "stop": "two"}));
    match count(&method, &p, &Options::default()) {
        Err(CountError::LotNeeded { tied, .. }) => assert_eq!(tied, [2, 3]),
        other => panic!("{other:?}"),
    }
    let o = count(&method, &p, &Options::default().with_lot(separately(&[&[3, 2]], None))).unwrap();
    assert_eq!(o.winners, [0]);
}

#[test]
fn a_ranking_alone_elects_nobody_and_needs_no_lot() {
    let p = ballots(Kind::Ranks, &[(1, &[1, 2, 3, 4]), (1, &[2, 1, 3, 4])]);
    for method in ["schulze", "borda", "ranked-pairs"] {
        let options = Options { rank_only: true, ..Options::seats(1) };
        let o = count(&settings(json!({"method": method})), &p, &options).unwrap();
        assert_eq!(o.ranking, [vec![0, 1], vec![2], vec![3]], "{method}");
        assert!(o.winners.is_empty() && !o.lot_used && o.ties.is_empty(), "{method}");
        let o = count(&settings(json!({"method": method})), &p, &options.with_lot(agreed(&[1, 0, 2, 3])))
            .unwrap();
        assert_eq!(o.order, [1, 0, 2, 3], "{method}");
    }
}

#[test]
fn totals_without_a_vote_need_no_lot() {
    let votes = folkmoot_counting::Votes::Totals { totals: vec![3, 0, 0], cast: None, blank: None };
    let p = folkmoot_counting::Profile::new(crate::support::names(3), votes).unwrap();
    let approval = settings(json!({"method": "approval"}));
    let withdrawn = Options { withdrawn: vec![0], ..Options::default() };
    assert!(count(&approval, &p, &withdrawn).unwrap().winners.is_empty());
    assert_eq!(count(&approval, &p, &Options::default()).unwrap().winners, [0]);
}

#[test]
fn members_in_office_fill_a_group_and_several_groups_count() {
    let p = ballots(Kind::Ranks, &[(6, &[1, 2, 0]), (5, &[0, 0, 1])]);
    let x = |who: &[&[&str]]| who.iter().map(|of| of.iter().map(|g| (*g).to_owned()).collect()).collect();
    let full = Options {
        affiliations: x(&[&["w", "x"], &[], &[]]),
        serving: vec!["x".to_owned()],
        max_per_group: Some(1),
        ..Options::default()
    };
    for method in ["irv", "stv-scotland", "stv-meek"] {
        let method = settings(json!({"method": method}));
        let o = count(&method, &p, &full).unwrap();
        assert_eq!((o.winners.as_slice(), o.disqualified.as_deref()), ([1].as_slice(), Some([0].as_slice())));
        let told =
            "A is passed over: 1 member from x is in office or elected already, and that is the limit.";
        assert!(o.explain().iter().any(|s| s == told), "{:?}", o.explain());
        // Another place left: A may stay.
        let room = Options { max_per_group: Some(2), ..full.clone() };
        assert_eq!(count(&method, &p, &room).unwrap().winners, [0]);
    }
    let odd = Options { affiliations: x(&[&["x"]]), max_per_group: Some(1), ..Options::default() };
    let error = count(&settings(json!({"method": "stv-meek"})), &p, &odd).unwrap_err().to_string();
    assert!(error.contains("1 lists of groups are given for 3 candidates"), "{error}");
}

/// A belongs to x and y, B to x, C to y: once A is elected both are full.
#[test]
fn no_group_gets_more_than_its_places() {
    let p = ballots(Kind::Ranks, &[(5, &[1, 0, 0]), (4, &[0, 1, 0]), (3, &[0, 0, 1])]);
    let groups = [vec!["x", "y"], vec!["x"], vec!["y"]];
    let options = Options {
        affiliations: groups.iter().map(|of| of.iter().map(|g| (*g).to_owned()).collect()).collect(),
        max_per_group: Some(1),
        ..Options::seats(2)
    };
    for method in [
        Method::StvScotland { overvote: Default::default() },
        Method::StvMeek { overvote: Default::default() },
    ] {
        let o = count(&method, &p, &options).unwrap();
        for group in ["x", "y"] {
            let of = o.winners.iter().filter(|c| groups[**c].contains(&group)).count();
            assert!(of <= 1, "{method:?}: {:?}", o.winners);
        }
    }
}
