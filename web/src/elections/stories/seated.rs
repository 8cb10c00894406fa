//! From counted ballots to seats, by numbers worked out by hand: ties one by one, limits, cohorts, empty boxes, seats given
//! up.

mod empty;
mod given_up;
mod limits;

use folkmoot_counting::method::StarTies;
use folkmoot_counting::profile::{Ballot, Profile, Votes};
use folkmoot_counting::{Method, Outcome, lot};
use folkmoot_governance::seats::{
    Affiliation, AffiliationDefinition, Allocation, Cap, CoAffiliationPolicy, Departure, LaterBreach, Refill,
    SeatGroup, Serving,
};
use folkmoot_governance::term::TermPolicy;

use super::stage::{answers, question};
use crate::elections::seating::{Agreement, Counted, GivenUp, Ties, elect, number};
use crate::elections::settings::{QuestionKind, QuestionSettings, Seating};
use crate::error::{AppError, Kind};

const NAMES: [&str; 5] = ["A", "B", "C", "D", "E"];

/// A question of so many candidates and seats whose seats are filled by rules.
fn board(candidates: usize, seats: u32) -> QuestionSettings {
    let kind = QuestionKind::Approval { min: 0, max: 9, blank: false };
    let mut asked = question("Board", kind, seats, answers(&NAMES[..candidates]));
    asked.seating = Some(Seating::default());
    asked
}

fn seating(asked: &mut QuestionSettings) -> &mut Seating {
    asked.seating.as_mut().unwrap()
}

/// At most so many of one employer.
fn limit(asked: &mut QuestionSettings, most: u32, employers: &[(usize, &str)]) {
    for (candidate, employer) in employers {
        asked.answers[*candidate].affiliations.push(Affiliation::employee(*employer));
    }
    seating(asked).co_affiliation = Some(CoAffiliationPolicy {
        max: Cap::Count(most),
        definition: AffiliationDefinition::employer(),
        requalify: false,
        later: LaterBreach::TheyAgree,
    });
}

fn serves(asked: &mut QuestionSettings, employer: &str) {
    let since = folkmoot_governance::Instant::from_micros(0).unwrap();
    let affiliations = vec![Affiliation::employee(employer)];
    seating(asked).serving.push(Serving { person: "sia".into(), name: "Sia".into(), affiliations, since });
}

fn cohort(name: &str, seats: u32, years: u32) -> SeatGroup {
    SeatGroup { cohort: Some(name.into()), seats, term: TermPolicy::Years(years) }
}

fn ranks(ballots: &[(u64, &[i32])]) -> Votes {
    Votes::Ranks(ballots.iter().map(|(n, marks)| Ballot::new(*n, *marks)).collect())
}

fn scores(ballots: &[(u64, &[i32])]) -> Votes {
    Votes::Scores(ballots.iter().map(|(n, marks)| Ballot::new(*n, *marks)).collect())
}

fn totals(totals: &[u64]) -> Votes {
    Votes::Totals { totals: totals.to_vec(), cast: None, blank: None }
}

fn approval() -> Method {
    Method::Approval { min_select: 0, max_select: None }
}

fn schulze() -> Method {
    Method::Schulze { strength: Default::default() }
}

fn pairs() -> Method {
    Method::RankedPairs { strength: Default::default() }
}

fn meek() -> Method {
    Method::StvMeek { overvote: Default::default() }
}

fn scotland() -> Method {
    Method::StvScotland { overvote: Default::default() }
}

fn runoff() -> Method {
    Method::Irv { overvote: Default::default(), stop: Default::default() }
}

fn star(star_ties: StarTies) -> Method {
    Method::Star { max_score: 5, star_ties }
}

fn agreed(orders: &[&[usize]]) -> Ties {
    let one =
        |order: &&[usize]| Agreement { question: 0, order: order.to_vec(), reason: "In a letter".into() };
    Ties { seed: None, agreed: orders.iter().map(one).collect() }
}

/// A seed whose lot has this candidate luckiest of so many.
fn lucky(first: usize, candidates: usize) -> String {
    let fits = |seed: &String| lot::order(seed, candidates)[0] == first;
    (0..1000).map(|n| format!("draw {n}")).find(fits).unwrap()
}

fn leaves(candidate: usize, refill: Refill) -> GivenUp {
    GivenUp { question: 0, candidate, why: Departure::Withdrew, refill }
}

/// A question, its votes, and what was decided.
struct Case {
    asked: QuestionSettings,
    method: Method,
    votes: Votes,
    ties: Ties,
    gone: Vec<GivenUp>,
}

impl Case {
    fn new(asked: QuestionSettings, method: Method, votes: Votes) -> Self {
        Self { asked, method, votes, ties: Ties::default(), gone: Vec::new() }
    }

    fn ties(mut self, ties: Ties) -> Self {
        self.ties = ties;
        self
    }

    fn gone(mut self, gone: &[GivenUp]) -> Self {
        self.gone = gone.to_vec();
        self
    }

    fn run(&self) -> Result<Counted, AppError> {
        let names = self.asked.answers.iter().map(|a| a.name.clone()).collect();
        let profile = Profile::new(names, self.votes.clone()).unwrap();
        elect(0, &self.asked, &self.method, &profile, &self.ties, &self.gone)
    }

    fn done(&self) -> (Outcome, Allocation) {
        match self.run().unwrap() {
            Counted::Done(outcome, Some(allocation)) => (*outcome, allocation),
            Counted::Done(..) => panic!("no seats"),
            Counted::Tied(tie) => panic!("{:?} {}", self.method, tie.words),
        }
    }

    /// Who is seated, by number, in the order of the seats.
    fn seated(&self) -> Vec<usize> {
        self.done().1.seats.iter().filter_map(|s| number(&s.candidate)).collect()
    }

    /// The tie that it waits for.
    fn open(&self) -> Vec<usize> {
        match self.run().unwrap() {
            Counted::Tied(tie) => tie.tied,
            Counted::Done(outcome, _) => {
                panic!("{:?} elected {:?} without a lot", self.method, outcome.winners)
            }
        }
    }

    fn refused(&self) -> String {
        match self.run() {
            Err(AppError { kind: Kind::Conflict(why), .. }) => why,
            Err(other) => panic!("{other:?}"),
            Ok(_) => panic!("{:?} was counted", self.method),
        }
    }
}

/// Finding 1: the voters are told three seats, so cohorts with five elect nobody.
#[test]
fn cohorts_with_other_seats_than_announced_are_not_counted() {
    let mut asked = board(5, 3);
    seating(&mut asked).groups = vec![cohort("A", 2, 2), cohort("B", 3, 1)];
    let why = Case::new(asked.clone(), approval(), totals(&[9, 8, 7, 6, 5])).refused();
    assert!(why.contains("its cohorts have 5 seats together, but 3 are to be filled"), "{why}");
    seating(&mut asked).groups.remove(0);
    assert_eq!(Case::new(asked, approval(), totals(&[9, 8, 7, 6, 5])).seated(), [0, 1, 2]);
}

/// 1 seat under Meek: A and B are tied for exclusion, and then A and C.
#[test]
fn a_second_agreement_under_meek_decides_the_second_tie() {
    let votes = ranks(&[
        (2, &[1, 0, 2, 0]),
        (1, &[2, 1, 3, 0]),
        (1, &[0, 1, 0, 0]),
        (3, &[0, 0, 1, 2]),
        (5, &[0, 0, 0, 1]),
    ]);
    let case = |ties| Case::new(board(4, 1), meek(), votes.clone()).ties(ties);
    assert_eq!(case(Ties::default()).open(), [0, 1]);
    assert_eq!(case(agreed(&[&[0, 1]])).open(), [0, 2]);
    assert_eq!(case(agreed(&[&[0, 1], &[2, 0]])).seated(), [2], "A is out, and C wins 6 to 5");
    assert_eq!(case(agreed(&[&[0, 1], &[0, 2]])).seated(), [3]);
}

/// 2 seats under STAR with the ties of the protocol: B and C agree, then A and B are tied.
#[test]
fn a_second_agreement_or_a_lot_under_star_decides_the_second_tie() {
    let votes = scores(&[(1, &[5, 3, 2]), (1, &[3, 5, 5]), (1, &[0, 0, 1])]);
    let case = |ties| Case::new(board(3, 2), star(StarTies::Official), votes.clone()).ties(ties);
    assert_eq!(case(Ties::default()).open(), [1, 2]);
    assert_eq!(case(agreed(&[&[2, 1]])).open(), [0, 1]);
    assert_eq!(case(agreed(&[&[2, 1], &[0, 1]])).seated(), [2, 0]);
    assert_eq!(case(agreed(&[&[2, 1], &[1, 0]])).seated(), [2, 1]);
    let drawn = |first| Ties { seed: Some(lucky(first, 3)), ..agreed(&[&[2, 1]]) };
    assert_eq!(case(drawn(0)).seated(), [2, 0], "a lot after an agreement decides what nobody agreed on");
    let told = case(agreed(&[&[2, 1], &[0, 1]])).done().0.explain();
    assert!(told.iter().any(|s| s.contains("their agreement decides")), "{told:?}");
}

/// 2 seats, at most one of an employer: A and B, who share one, are level before C.
#[test]
fn level_candidates_of_one_employer_wait_for_a_lot_whatever_the_method() {
    let two = || ranks(&[(1, &[1, 2, 3]), (1, &[2, 1, 3])]);
    let grades = || Votes::Grades(vec![Ballot::new(1, [1, 2, 3]), Ballot::new(1, [2, 1, 3])]);
    let judgement = Method::Mj { ngrades: 6, rule: Default::default(), blank_allowed: true };
    for (method, votes) in [
        (schulze(), two()),
        (pairs(), two()),
        (Method::Borda { unranked: Default::default() }, two()),
        (judgement, grades()),
        (approval(), totals(&[9, 9, 5])),
    ] {
        let mut asked = board(3, 2);
        limit(&mut asked, 1, &[(0, "X"), (1, "X")]);
        let case = |asked: &QuestionSettings, ties| {
            Case::new(asked.clone(), method.clone(), votes.clone()).ties(ties)
        };
        assert_eq!(case(&asked, Ties::default()).open(), [0, 1], "{method:?}");
        assert_eq!(case(&asked, agreed(&[&[1, 0]])).seated(), [1, 2], "{method:?}");
        let drawn = Ties { seed: Some(lucky(0, 3)), agreed: Vec::new() };
        assert_eq!(case(&asked, drawn).seated(), [0, 2], "{method:?}");

        // The same two and two cohorts: the longer term is at stake.
        let mut asked = board(3, 2);
        seating(&mut asked).groups = vec![cohort("long", 1, 3), cohort("short", 1, 1)];
        assert_eq!(case(&asked, Ties::default()).open(), [0, 1], "{method:?}");
        assert_eq!(case(&asked, agreed(&[&[1, 0]])).seated(), [1, 0], "{method:?}");
        // One cohort: the order among them changes nothing.
        assert_eq!(case(&board(3, 2), Ties::default()).seated(), [0, 1], "{method:?}");
    }
}

/// 2 seats: A and B reach the quota in the same stage with the same votes.
#[test]
fn equal_votes_in_one_stage_of_a_transferable_vote_wait_for_a_lot_between_cohorts() {
    for method in [scotland(), meek()] {
        let votes = ranks(&[(5, &[1, 0, 0]), (5, &[0, 1, 0]), (1, &[0, 0, 1])]);
        let mut asked = board(3, 2);
        seating(&mut asked).groups = vec![cohort("long", 1, 3), cohort("short", 1, 1)];
        let case = |ties| Case::new(asked.clone(), method.clone(), votes.clone()).ties(ties);
        assert_eq!(case(Ties::default()).open(), [0, 1], "{method:?}");
        assert_eq!(case(agreed(&[&[1, 0]])).seated(), [1, 0], "{method:?}");
        // More votes in the stage come first, whatever the number.
        let votes = ranks(&[(5, &[1, 0, 0]), (6, &[0, 1, 0]), (1, &[0, 0, 1])]);
        assert_eq!(Case::new(asked.clone(), method.clone(), votes).seated(), [1, 0], "{method:?}");
    }
}

/// Ranked pairs: A and B both beat C and are level with each other; D is behind all. The order of A and B matters only where a
/// boundary lies between them.
#[test]
fn ranked_pairs_keep_what_the_majorities_leave_open() {
    let votes = ranks(&[(1, &[1, 2, 3, 4]), (1, &[2, 1, 3, 4])]);
    let case = |seats, ties| Case::new(board(4, seats), pairs(), votes.clone()).ties(ties);
    assert_eq!(case(1, Ties::default()).open(), [0, 1]);
    assert_eq!(case(1, agreed(&[&[1, 0]])).seated(), [1]);
    assert_eq!(case(2, Ties::default()).seated(), [0, 1]);
    assert_eq!(case(3, Ties::default()).seated(), [0, 1, 2]);
}

/// A is ineligible or already shut out by a limit, so the tie with B decides nothing.
#[test]
fn a_tie_with_somebody_who_takes_no_seat_needs_no_lot() {
    for (method, votes) in [
        (approval(), totals(&[10, 10, 5])),
        (schulze(), ranks(&[(1, &[1, 2, 3]), (1, &[2, 1, 3])])),
        (pairs(), ranks(&[(1, &[1, 2, 3]), (1, &[2, 1, 3])])),
    ] {
        let mut asked = board(3, 1);
        asked.answers[0].ineligible = "Became an employee".into();
        assert_eq!(Case::new(asked, method.clone(), votes.clone()).seated(), [1], "{method:?}");
        let mut asked = board(3, 1);
        limit(&mut asked, 1, &[(0, "X")]);
        serves(&mut asked, "X");
        let (_, allocation) = Case::new(asked, method.clone(), votes).done();
        assert_eq!(number(&allocation.seats[0].candidate), Some(1), "{method:?}");
        assert_eq!(allocation.skipped.len(), 1, "{method:?}");
    }
    // Ineligible A, and B and C level behind: only those two are asked.
    let mut asked = board(3, 1);
    asked.answers[0].ineligible = "Became an employee".into();
    let case = Case::new(asked, approval(), totals(&[10, 10, 10]));
    assert_eq!(case.open(), [1, 2]);
    assert_eq!(case.ties(agreed(&[&[2, 1]])).seated(), [2]);
}

/// 3 seats, 10, 10, 5, 5: C and D agreed, and A and B are both elected anyway.
#[test]
fn an_agreement_is_not_asked_of_those_whose_order_decides_nothing() {
    let case = Case::new(board(4, 3), approval(), totals(&[10, 10, 5, 5]));
    assert_eq!(case.open(), [2, 3]);
    assert_eq!(case.ties(agreed(&[&[3, 2]])).seated(), [0, 1, 3]);
}
