//! Seats that are given up: who follows, and that nobody else loses a seat by it.

use super::*;

/// 1 seat, 6 A>B and 5 C: A gives up, and A's votes elect B.
#[test]
fn a_seat_given_up_where_votes_pass_on_is_counted_again() {
    for method in [scotland(), meek(), runoff()] {
        let votes = ranks(&[(6, &[1, 2, 0]), (5, &[0, 0, 1])]);
        let case = Case::new(board(3, 1), method.clone(), votes);
        assert_eq!(case.seated(), [0], "{method:?}");
        for refill in [Refill::ShiftByRank, Refill::TakeVacatedSeat] {
            let case = Case::new(board(3, 1), method.clone(), case.votes.clone());
            assert_eq!(case.gone(&[leaves(0, refill)]).seated(), [1], "{method:?}");
        }
    }
}

/// A, B and C are elected and A leaves: D takes the vacancy, and E, who has more votes than C, cannot unseat C.
#[test]
fn a_count_again_unseats_nobody() {
    let ballots: [(u64, &[i32]); 4] =
        [(9, &[1, 0, 2, 3, 0]), (8, &[0, 1, 0, 0, 0]), (2, &[0, 0, 1, 0, 0]), (4, &[0, 0, 0, 0, 1])];
    for method in [scotland(), meek()] {
        let case = Case::new(board(5, 3), method.clone(), ranks(&ballots));
        let before = case.seated();
        let kept: Vec<usize> = before.iter().copied().filter(|c| *c != 0).collect();
        assert!(before.contains(&0), "{method:?} {before:?}");
        let (outcome, after) = case.gone(&[leaves(0, Refill::ShiftByRank)]).done();
        let after: Vec<usize> = after.seats.iter().filter_map(|s| number(&s.candidate)).collect();
        assert_eq!(after[..2], kept, "{method:?}: those who stay keep their order");
        assert_eq!(after.len(), 3, "{method:?}");
        let told = outcome.explain();
        assert!(told.iter().any(|s| s.contains("cannot go out; the count fills 1 vacancy")), "{told:?}");
    }
}

/// Runners-up with equal votes are no longer put in order by number when a seat is given up.
#[test]
fn level_runners_up_wait_for_a_lot_when_a_seat_is_given_up() {
    let votes = ranks(&[(6, &[1, 0, 0]), (2, &[0, 1, 0]), (2, &[0, 0, 1])]);
    for method in [scotland(), meek(), runoff()] {
        let case = Case::new(board(3, 1), method.clone(), votes.clone());
        assert_eq!(case.seated(), [0], "{method:?}");
        let case = case.gone(&[leaves(0, Refill::ShiftByRank)]);
        assert_eq!(case.open(), [1, 2], "{method:?}");
        assert_eq!(case.ties(agreed(&[&[2, 1]])).seated(), [2], "{method:?}");
    }
}

/// 2 seats by the rules of Belenios: D and B are elected. If D gives up nobody may be unseated, so it is not counted again.
#[test]
fn belenios_fills_no_seat_that_is_given_up_and_keeps_no_limit() {
    let ballots: [(u64, &[i32]); 6] = [
        (1, &[1, 0, 0, 0]),
        (1, &[0, 0, 2, 1]),
        (1, &[0, 0, 0, 1]),
        (1, &[2, 0, 0, 1]),
        (1, &[0, 2, 1, 0]),
        (1, &[0, 1, 0, 0]),
    ];
    let case = |asked| Case::new(asked, Method::StvBelenios, ranks(&ballots));
    assert_eq!(case(board(4, 2)).seated(), [3, 1]);
    let why = case(board(4, 2)).gone(&[leaves(3, Refill::ShiftByRank)]).refused();
    assert!(why.contains("by-election"), "{why}");
    let mut asked = board(4, 2);
    limit(&mut asked, 1, &[(3, "X"), (1, "X")]);
    let why = case(asked).refused();
    assert!(why.contains("cannot keep the limit"), "{why}");
    // A limit that stops nobody is no obstacle.
    let mut asked = board(4, 2);
    limit(&mut asked, 1, &[(3, "X"), (0, "X")]);
    assert_eq!(case(asked).seated(), [3, 1]);
    // Whoever is listed by nobody does not exist for this method, and takes no seat by number.
    let one = Case::new(board(4, 2), Method::StvBelenios, ranks(&[(3, &[0, 0, 1, 0])]));
    assert_eq!(one.seated(), [2]);
}

/// Nobody but A is marked on any ballot: when A gives up, the seat stays empty and is not drawn by lot.
#[test]
fn a_count_again_without_votes_leaves_the_seat_empty() {
    for method in [scotland(), meek(), runoff()] {
        let case = Case::new(board(3, 1), method.clone(), ranks(&[(3, &[1, 0, 0])]));
        let (_, allocation) = case.gone(&[leaves(0, Refill::ShiftByRank)]).done();
        assert!(allocation.seats.is_empty() && allocation.vacant == 1, "{method:?}");
    }
}

/// Two departures one after the other, each counted again.
#[test]
fn two_seats_given_up_are_counted_again_twice() {
    let ballots: [(u64, &[i32]); 4] =
        [(6, &[1, 2, 3, 0]), (5, &[0, 1, 2, 0]), (4, &[0, 0, 1, 2]), (3, &[0, 0, 0, 1])];
    for method in [scotland(), meek(), runoff()] {
        let case = |gone: &[GivenUp]| Case::new(board(4, 1), method.clone(), ranks(&ballots)).gone(gone);
        let mut gone = Vec::new();
        let mut seen = Vec::new();
        for _ in 0..4 {
            let [seated] = case(&gone).seated()[..] else { panic!("{method:?}") };
            assert!(!seen.contains(&seated), "{method:?}: {seen:?} and again {seated}");
            seen.push(seated);
            gone.push(leaves(seated, Refill::ShiftByRank));
        }
        assert!(case(&gone).done().1.seats.is_empty(), "{method:?}: nobody is left");
    }
}

/// 1 seat under STAR: A is excluded and B wins the first rounds' points; C is seated in the second round and gives up.
#[test]
fn a_seat_given_up_after_extra_rounds_of_star_goes_to_the_next() {
    let votes = scores(&[(3, &[5, 2, 3]), (2, &[5, 5, 0])]);
    let mut asked = board(3, 1);
    asked.answers[0].ineligible = "Became an employee".into();
    let case = Case::new(asked, star(StarTies::Bettervoting), votes);
    assert_eq!(case.seated(), [2], "in the second round, 3 to 2");
    for refill in [Refill::ShiftByRank, Refill::TakeVacatedSeat] {
        let case = Case::new(case.asked.clone(), case.method.clone(), case.votes.clone());
        assert_eq!(case.gone(&[leaves(2, refill)]).seated(), [1]);
    }
    // A second seat given up needs a round more than the first.
    let votes = scores(&[(3, &[5, 4, 3, 2]), (2, &[4, 5, 2, 3])]);
    let case = Case::new(board(4, 1), star(StarTies::Bettervoting), votes);
    let first = case.seated()[0];
    let twice = case.gone(&[leaves(first, Refill::ShiftByRank)]);
    let second = twice.seated()[0];
    let gone = [leaves(first, Refill::ShiftByRank), leaves(second, Refill::ShiftByRank)];
    let third = twice.gone(&gone).seated()[0];
    assert!(first != second && second != third && first != third);
}
