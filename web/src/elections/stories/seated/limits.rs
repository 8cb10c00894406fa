//! Limits on common affiliations where votes pass on: whoever is shut out keeps none.

use super::*;

/// Limit 1, one member of X serving; 1 seat, 6 A(X)>B and 5 C: A is out at once, and A's votes elect B.
#[test]
fn whoever_members_in_office_shut_out_keeps_no_votes() {
    let ballots: [(u64, &[i32]); 2] = [(6, &[1, 2, 0]), (5, &[0, 0, 1])];
    for method in [scotland(), meek(), runoff()] {
        let mut asked = board(3, 1);
        limit(&mut asked, 1, &[(0, "X")]);
        serves(&mut asked, "X");
        let case = Case::new(asked.clone(), method.clone(), ranks(&ballots));
        let (outcome, allocation) = case.done();
        assert_eq!(number(&allocation.seats[0].candidate), Some(1), "{method:?}");
        let told = outcome.explain();
        assert!(told.iter().any(|s| s.starts_with("A is passed over: 1 member from X")), "{told:?}");
        // They come back only where the seat would stay empty.
        seating(&mut asked).co_affiliation.as_mut().unwrap().requalify = true;
        assert_eq!(Case::new(asked.clone(), method.clone(), ranks(&ballots)).seated(), [1], "{method:?}");
        asked.answers[1].withdrawn = true;
        asked.answers[2].withdrawn = true;
        assert_eq!(Case::new(asked, method.clone(), ranks(&ballots)).seated(), [0], "{method:?}");
    }
}

/// B belongs to W and to X; A of X is elected first. X is full then, though W comes first in the alphabet.
#[test]
fn every_organisation_of_a_candidate_counts() {
    let ballots: [(u64, &[i32]); 4] =
        [(12, &[1, 2, 3, 0]), (4, &[0, 1, 2, 0]), (5, &[0, 0, 0, 1]), (3, &[0, 0, 1, 0])];
    for method in [scotland(), meek()] {
        let free = Case::new(board(4, 2), method.clone(), ranks(&ballots));
        assert_eq!(free.seated(), [0, 1], "{method:?}");
        let mut asked = board(4, 2);
        limit(&mut asked, 1, &[(0, "X"), (1, "W"), (1, "X")]);
        assert_eq!(Case::new(asked, method.clone(), ranks(&ballots)).seated(), [0, 2], "{method:?}");
    }
}
