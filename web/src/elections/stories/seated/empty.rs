//! Boxes without a vote for anybody: nobody is seated and no lot is drawn.

use super::*;

fn every() -> Vec<Method> {
    vec![
        schulze(),
        pairs(),
        scotland(),
        meek(),
        runoff(),
        Method::StvBelenios,
        Method::Borda { unranked: Default::default() },
    ]
}

#[test]
fn an_empty_box_elects_nobody_and_draws_no_lot() {
    let blank = [0, 0, 0, 0];
    let seed = || Ties { seed: Some(lucky(3, 4)), agreed: Vec::new() };
    let mut cases: Vec<(Method, Votes)> = every().into_iter().map(|m| (m, ranks(&[(3, &blank)]))).collect();
    cases.push((star(StarTies::Bettervoting), scores(&[(3, &blank)])));
    cases.push((approval(), totals(&blank.map(|_| 0))));
    for (method, votes) in cases {
        for (ties, drawn) in [(Ties::default(), false), (seed(), true)] {
            let case = |asked| Case::new(asked, method.clone(), votes.clone()).ties(ties.clone());
            let (outcome, allocation) = case(board(4, 1)).done();
            assert!(allocation.seats.is_empty() && outcome.winners.is_empty(), "{method:?} {drawn}");
            assert_eq!(allocation.vacant, 1, "{method:?}");
            assert!(!outcome.lot_used, "{method:?}");
            let mut plain = board(4, 1);
            plain.seating = None;
            match case(plain).run().unwrap() {
                Counted::Done(outcome, None) => assert!(outcome.winners.is_empty(), "{method:?}"),
                _ => panic!("{method:?}"),
            }
            // Nobody stands against anybody: no vote is needed.
            if !method.is_single() {
                let mut all = case(board(4, 4)).seated();
                all.sort_unstable();
                assert_eq!(all, [0, 1, 2, 3], "{method:?}");
            }
        }
        // But which of them gets the longer term no empty box can say.
        if !method.is_single() {
            let mut asked = board(4, 4);
            seating(&mut asked).groups = vec![cohort("long", 1, 3), cohort("short", 3, 1)];
            let case = Case::new(asked, method.clone(), votes);
            assert_eq!(case.open(), [0, 1, 2, 3], "{method:?}");
        }
    }
}

#[test]
fn marks_on_a_withdrawn_name_alone_elect_nobody() {
    let mut cases: Vec<(Method, Votes)> =
        every().into_iter().map(|m| (m, ranks(&[(3, &[1, 0, 0])]))).collect();
    cases.push((star(StarTies::Bettervoting), scores(&[(3, &[5, 0, 0])])));
    cases.push((approval(), totals(&[3, 0, 0])));
    for (method, votes) in cases {
        let mut asked = board(3, 1);
        asked.answers[0].withdrawn = true;
        let (outcome, allocation) = Case::new(asked, method.clone(), votes).done();
        assert!(allocation.seats.is_empty() && allocation.vacant == 1, "{method:?}");
        assert!(outcome.winners.is_empty(), "{method:?}");
    }
}

#[test]
fn ballots_that_end_at_a_shared_first_rank_elect_nobody() {
    let (outcome, allocation) = Case::new(board(3, 1), runoff(), ranks(&[(3, &[1, 1, 0])])).done();
    assert!(allocation.seats.is_empty() && outcome.winners.is_empty(), "{:?}", allocation.seats);
    assert_eq!(allocation.vacant, 1);
}
