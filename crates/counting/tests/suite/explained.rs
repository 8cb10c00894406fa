//! Explanations as members read them, and the charts beside them.

use folkmoot_counting::chart::Chart;
use folkmoot_counting::{Kind, Options, count};
use serde_json::json;

use crate::support::{agreed, ballots, settings};

fn told(
    settings_: serde_json::Value,
    profile: &folkmoot_counting::Profile,
    options: &Options,
) -> Vec<String> {
    count(&settings(settings_), profile, options).unwrap().explain()
}

#[test]
fn scottish_stv() {
    // The example of the rules: quota 7, a transfer value of 0.41666.
    let p = ballots(
        Kind::Ranks,
        &[(12, &[1, 2, 0, 0]), (4, &[0, 0, 1, 2]), (3, &[0, 0, 2, 1]), (1, &[0, 1, 0, 0])],
    );
    assert_eq!(
        told(json!({"method": "stv-scotland"}), &p, &Options::seats(2)),
        [
            "20 ballots were cast: 20 valid, 0 blank, 0 invalid.",
            "The quota is 7.00000: with 20 valid ballots for 2 seats, no more candidates than seats can reach it.",
            "First preferences: A 12.00000, C 4.00000, D 3.00000, B 1.00000.",
            "Round 1: A reaches the quota of 7.00000 with 12.00000 and is elected.",
            "Round 2: A has 5.00000 votes more than needed, which move on: 4.99992 to B. 0.00008 are lost because decimals are cut.",
            "Round 3: D has the fewest votes (3.00000) and goes out. The votes move on: 3.00000 to C.",
            "Round 3: C reaches the quota of 7.00000 with 7.00000 and is elected.",
            "A and C are elected, in this order.",
        ]
    );
    let o = count(&settings(json!({"method": "stv-scotland"})), &p, &Options::seats(2)).unwrap();
    let Chart::Rounds { rounds } = o.chart() else { panic!("rounds are drawn") };
    assert_eq!(rounds.len(), 3);
    assert_eq!(rounds[0].quota_ppm, Some(583_333));
    assert_eq!(rounds[1].flows.len(), 1);
    assert_eq!(rounds[2].bars.iter().filter(|b| b.elected).count(), 2);
}

#[test]
fn approval_with_a_tie_and_a_cap() {
    let p = ballots(
        Kind::Approvals,
        &[(5, &[1, 1, 0, 0]), (5, &[1, 0, 1, 0]), (1, &[1, 0, 0, 1]), (2, &[1, 2, 0, 0])],
    );
    let options = Options::seats(2).with_lot(agreed(&[0, 2, 1, 3]));
    assert_eq!(
        told(json!({"method": "approval"}), &p, &options),
        [
            "13 ballots were cast: 11 valid, 0 blank, 2 invalid.",
            "2 ballots with a mark outside the allowed values could not be counted.",
            "Totals: A 11 votes, B 5 votes, C 5 votes, D 1 vote.",
            "B and C are level across the last seat; the lot decides: C is ahead.",
            "A and C are elected, in this order.",
        ]
    );
}

#[test]
fn a_tie_that_only_matters_for_the_order_draws_no_lot() {
    let p = ballots(Kind::Approvals, &[(5, &[1, 1, 0]), (1, &[0, 0, 1])]);
    let approval = json!({"method": "approval"});
    let tie = "A and B are level, which matters only for the order; ";
    assert_eq!(
        told(approval.clone(), &p, &Options::seats(2))[2..],
        [
            format!("{tie}the order on the ballot decides: A and B, in this order."),
            "A and B are elected, in this order.".to_owned()
        ]
    );
    let drawn = told(approval, &p, &Options::seats(2).with_lot(agreed(&[1, 0, 2])));
    assert_eq!(drawn[2], format!("{tie}the lot decides: B and A, in this order."));
}

#[test]
fn schulze_with_a_cycle() {
    let p = ballots(
        Kind::Ranks,
        &[(9, &[1, 2, 3, 0]), (8, &[3, 1, 2, 0]), (7, &[2, 3, 1, 0]), (2, &[0, 0, 0, 1])],
    );
    let text = told(json!({"method": "schulze"}), &p, &Options::default());
    assert_eq!(
        text[1],
        "Nobody is preferred to every other candidate one to one, so the method has to weigh the majorities."
    );
    assert_eq!(
        text[2],
        "A is placed above B: the strongest chain of majorities from A to B holds 16 to 8 at its weakest step, the strongest one back only 15 to 9."
    );
    assert_eq!(text.last().unwrap(), "A is elected.");
    let o = count(&settings(json!({"method": "schulze"})), &p, &Options::default()).unwrap();
    let Chart::Pairs { order, cells } = o.chart() else { panic!("pairs are drawn") };
    assert_eq!((order, cells[0].clone()), (vec![0, 1, 2, 3], vec![0, 16, 9, 24]));
}

#[test]
fn ranked_pairs_debian_and_borda() {
    let p = ballots(
        Kind::Ranks,
        &[(9, &[1, 2, 3, 0]), (8, &[3, 1, 2, 0]), (7, &[2, 3, 1, 0]), (2, &[0, 0, 0, 1])],
    );
    let text = told(json!({"method": "ranked-pairs"}), &p, &Options::default()).join("\n");
    assert!(
        text.contains(
            "C is preferred to A by 15 to 9: left out, because majorities kept before say the opposite."
        ),
        "{text}"
    );
    let p = ballots(Kind::Ranks, &[(10, &[1, 3, 2]), (4, &[3, 1, 2]), (2, &[2, 2, 1])]);
    let debian =
        json!({"method": "debian", "default": 2, "majority": ["3", "1", "1"], "quorum_squared": "144/4"});
    assert_eq!(
        told(debian, &p, &Options::default())[1..],
        [
            "A is dropped: 10 to 6 against the default is not more than 3 to 1.",
            "B is dropped: 4 ballots prefer it to the default, and the quorum asks for at least 6.",
            "C is elected.",
        ]
    );
    let p = ballots(Kind::Ranks, &[(1, &[1, 2, 2]), (2, &[0, 0, 1])]);
    let text = told(json!({"method": "borda", "unranked": "average"}), &p, &Options::default());
    assert_eq!(text[1], "Totals: C 9/2 points, A 3 points, B 3/2 points.");
}

#[test]
fn a_referendum_and_its_quorum() {
    let p = ballots(Kind::Approvals, &[(6, &[1, 0, 0]), (3, &[0, 1, 0]), (1, &[0, 0, 1])])
        .with_eligible(Some(30));
    let quorum = json!({"num": 1, "den": 3, "of": "eligible"});
    let method = json!({"method": "referendum", "threshold": [2, 3], "strict": false, "quorum": quorum});
    assert_eq!(
        told(method, &p, &Options::default()),
        [
            "10 of 30 entitled to vote cast a ballot: 10 valid, 0 blank, 0 invalid.",
            "10 ballots were cast. The quorum is at least 1/3 of the 30 entitled to vote: it is met.",
            "6 voted yes, 3 no, and 1 abstained. To pass, yes needs at least 2/3 of 9: reached.",
            "The proposal passes.",
        ]
    );
}

#[test]
fn majority_judgment_and_star() {
    let p = ballots(Kind::Grades, &[(2, &[1, 2]), (1, &[2, 2]), (1, &[3, 3])]);
    let text = told(json!({"method": "mj", "ngrades": 3}), &p, &Options::default()).join("\n");
    assert!(text.contains("Middle grades"), "{text}");
    let p = ballots(Kind::Scores, &[(3, &[5, 4, 0]), (2, &[0, 4, 5]), (1, &[0, 5, 1])]);
    let text = told(json!({"method": "star"}), &p, &Options::seats(2));
    assert_eq!(text[1], "Round 1: points are B 25, A 15, C 11.");
    assert_eq!(text[2], "A and B are level in the runoff; the higher total of points decides: B is ahead.");
    assert_eq!(text.last().unwrap(), "B and A are elected, in this order.");
    let o = count(&settings(json!({"method": "star"})), &p, &Options::seats(2)).unwrap();
    let Chart::Runoffs { rounds } = o.chart() else { panic!("runoffs are drawn") };
    assert_eq!(rounds[0].winner, Some(1));
}
