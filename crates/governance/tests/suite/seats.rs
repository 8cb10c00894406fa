//! Seats: shared cases, published results of councils and boards, stories 2 to 5, limits, departures, properties.

use std::collections::{BTreeMap, BTreeSet};

use folkmoot_governance::seats::{
    Affiliation, AffiliationDefinition, Allocation, Candidate, CandidateStatus, Cap, CoAffiliationPolicy,
    Control, ControlLink, Departure, LaterBreach, Organisations, Outcome, Refill, Relation, SeatError,
    SeatGroup, SeatInput, Serving, TieOrder, TieResolution, allocate, breaches, next_in_rank, nobody,
};
use folkmoot_governance::term::TermPolicy;
use folkmoot_governance::{CandidateId, Explain, Fraction, OrganisationId, preset};
use proptest::prelude::*;
use serde_json::Value;

use crate::vectors::{array, each, number};

pub fn group(cohort: &str, seats: u32, years: u32) -> SeatGroup {
    let cohort = (!cohort.is_empty()).then(|| cohort.to_owned());
    SeatGroup { cohort, seats, term: TermPolicy::Years(years) }
}

pub fn candidate(id: &str, total: Option<u64>, employer: Option<&str>) -> Candidate {
    let affiliations = employer.map(Affiliation::employee).into_iter().collect();
    Candidate { id: id.into(), name: id.to_owned(), total, affiliations, status: CandidateStatus::Standing }
}

/// Approval order: by votes, equal votes tied.
pub fn by_votes(votes: &BTreeMap<String, u64>, groups: Vec<SeatGroup>) -> SeatInput {
    let mut totals: Vec<u64> = votes.values().copied().collect::<BTreeSet<_>>().into_iter().collect();
    totals.reverse();
    let tied = |total: u64| {
        votes.iter().filter(|(_, votes)| **votes == total).map(|(id, _)| id.as_str().into()).collect()
    };
    SeatInput {
        ranking: totals.into_iter().map(tied).collect(),
        candidates: votes.iter().map(|(id, votes)| candidate(id, Some(*votes), None)).collect(),
        body_size: groups.iter().map(|group| group.seats).sum(),
        groups,
        ..SeatInput::default()
    }
}

pub fn votes(value: &Value, key: &str) -> BTreeMap<String, u64> {
    let object = value[key].as_object().unwrap();
    object.iter().map(|(name, votes)| (name.clone(), votes.as_u64().unwrap())).collect()
}

pub fn done(outcome: Outcome) -> Allocation {
    match outcome {
        Outcome::Allocated(allocation) => allocation,
        Outcome::Tied(tie) => panic!("tie: {tie:?}"),
    }
}

pub fn run(input: &SeatInput) -> Allocation {
    done(allocate(input).unwrap())
}

pub fn elected(allocation: &Allocation) -> Vec<&str> {
    allocation.seats.iter().map(|seat| seat.candidate.as_str()).collect()
}

pub fn sorted<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_unstable();
    names
}

pub fn names<'a>(value: &'a Value, key: &str) -> Vec<&'a str> {
    array(value, key).iter().map(|name| name.as_str().unwrap()).collect()
}

pub fn two_per_employer() -> CoAffiliationPolicy {
    preset::council_co_affiliation()
}

fn ranked_case(case: &Value, policy: impl Fn(u32) -> CoAffiliationPolicy) -> SeatInput {
    let ranked: Vec<(&str, &str)> = array(case, "ranked")
        .iter()
        .map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap()))
        .collect();
    let seats = u32::try_from(number(case, "seats")).unwrap();
    SeatInput {
        ranking: ranked.iter().map(|(id, _)| vec![CandidateId::from(*id)]).collect(),
        candidates: ranked.iter().map(|(id, employer)| candidate(id, None, Some(employer))).collect(),
        groups: vec![group("", seats, 1)],
        body_size: seats,
        co_affiliation: Some(policy(u32::try_from(number(case, "max_same")).unwrap())),
        ..SeatInput::default()
    }
}

#[test]
fn vectors_limits_on_common_affiliation() {
    each("rule-vectors.json", |file| {
        let mut cases = 0;
        for case in array(file, "co_affiliation_pep13") {
            let input =
                ranked_case(case, |max| CoAffiliationPolicy { max: Cap::Count(max), ..two_per_employer() });
            let allocation = run(&input);
            assert_eq!(elected(&allocation), names(case, "elected"));
            let skipped: Vec<&str> =
                allocation.skipped.iter().map(|skipped| skipped.candidate.as_str()).collect();
            assert_eq!(skipped, names(case, "skipped"));
            cases += 1;
        }
        for case in array(file, "pep772_requalify") {
            let packaging = preset::packaging_co_affiliation();
            let input =
                ranked_case(case, |max| CoAffiliationPolicy { max: Cap::Count(max), ..packaging.clone() });
            let allocation = run(&input);
            assert_eq!(elected(&allocation), names(case, "elected"));
            assert_eq!(allocation.skipped, []);
            // Everybody above the limit of an employer was seated for want of others.
            let max = usize::try_from(number(case, "max_same")).unwrap();
            let mut by_employer: BTreeMap<&str, usize> = BTreeMap::new();
            for pair in array(case, "ranked")
                .iter()
                .filter(|p| names(case, "elected").contains(&p[0].as_str().unwrap()))
            {
                *by_employer.entry(pair[1].as_str().unwrap()).or_default() += 1;
            }
            let above: usize = by_employer.values().map(|number| number.saturating_sub(max)).sum();
            let requalified = allocation.seats.iter().filter(|seat| seat.requalified).count();
            assert_eq!(requalified, above);
            cases += 1;
        }
        for case in array(file, "co_affiliation_psf_quarter") {
            let size = u32::try_from(number(case, "board_size")).unwrap();
            assert_eq!(
                u64::from(preset::board_co_affiliation().limit(size)),
                number(case, "max_same"),
                "{case}"
            );
            cases += 1;
        }
        cases
    });
}

fn line_up(employers: &[&str], seats: u32, policy: CoAffiliationPolicy) -> SeatInput {
    let ids: Vec<String> =
        (0..employers.len()).map(|n| char::from(b'A' + u8::try_from(n).unwrap()).to_string()).collect();
    SeatInput {
        ranking: ids.iter().map(|id| vec![id.as_str().into()]).collect(),
        candidates: ids
            .iter()
            .zip(employers)
            .map(|(id, e)| candidate(id, None, (!e.is_empty()).then_some(*e)))
            .collect(),
        groups: vec![group("", seats, 1)],
        body_size: seats,
        co_affiliation: Some(policy),
        ..SeatInput::default()
    }
}

/// Story 5: each step explained, both totals there.
#[test]
fn every_step_is_explained() {
    let input = line_up(&["X", "X", "X", "Y", "Z", "X", "W"], 5, two_per_employer());
    let allocation = run(&input);
    assert_eq!(elected(&allocation), ["A", "B", "D", "E", "G"]);
    assert_eq!(
        allocation.steps[2].sentence(),
        "C is passed over: A and B already belong to X, and at most 2 may."
    );
    let skipped: Vec<&str> = allocation.skipped.iter().map(|skipped| skipped.candidate.as_str()).collect();
    assert_eq!(skipped, ["C", "F"]);
    assert_eq!((allocation.before_exclusions.len(), allocation.after_exclusions.len()), (7, 5));
    assert_eq!(allocation.after_exclusions[2].rank, 3);
    let json = serde_json::to_string(&allocation).unwrap();
    assert_eq!(serde_json::from_str::<Allocation>(&json).unwrap(), allocation);
}

#[test]
fn the_uncontested_path_and_seats_unset() {
    let mut input = line_up(&["", "", ""], 4, two_per_employer());
    let allocation = run(&input);
    assert_eq!((allocation.seats.len(), allocation.vacant), (3, 1));
    assert_eq!(
        allocation.steps[0].sentence(),
        "There are 3 candidates for 4 seats, so nobody stands against anybody."
    );
    assert_eq!(allocation.steps.last().unwrap().sentence(), "1 seat stays empty.");
    input.groups[0].seats = 0;
    assert_eq!(allocate(&input), Err(SeatError::NoSeats));
    input.groups.clear();
    assert_eq!(
        allocate(&input).unwrap_err().to_string(),
        "the number of seats is not set; set it to 1 or more"
    );
    let mut input = line_up(&["", "", ""], 2, two_per_employer());
    input.ranking.pop();
    assert_eq!(allocate(&input), Err(SeatError::NotOnce("C".into())));
    input.ranking.push(vec!["Q".into()]);
    assert_eq!(allocate(&input), Err(SeatError::UnknownCandidate("Q".into())));
}

#[test]
fn the_withdrawn_and_ineligible_are_passed_over() {
    let mut input = line_up(&["", "", "", ""], 2, two_per_employer());
    input.candidates[0].status = CandidateStatus::Withdrawn;
    input.candidates[1].status = CandidateStatus::Ineligible { reason: "is on the staff".into() };
    let allocation = run(&input);
    assert_eq!(elected(&allocation), ["C", "D"]);
    assert!(allocation.sentence().starts_with("There are 2 candidates for 2 seats"));
    assert!(
        allocation
            .sentence()
            .contains("A has withdrawn and is passed over. B cannot take a seat: is on the staff.")
    );
    assert_eq!(allocation.after_exclusions[0].rank, 1);
    assert_eq!(allocation.after_exclusions[0].candidate, "C".into());
}

/// PEP 8013: other winners need half of the best total.
#[test]
fn a_least_share_of_the_best_total() {
    let totals = [("A", 100), ("B", 50), ("C", 49)].map(|(id, total)| (id.to_owned(), total));
    let mut input = by_votes(&BTreeMap::from(totals), vec![group("", 3, 1)]);
    input.minimum_of_top = Some(Fraction::HALF);
    let allocation = run(&input);
    assert_eq!((elected(&allocation), allocation.vacant), (vec!["A", "B"], 1));
    let gone = next_in_rank(&input, &allocation, &"B".into(), &Departure::Withdrew, Refill::TakeVacatedSeat);
    assert_eq!(elected(&done(gone.unwrap())), ["A"]);
}

#[test]
fn ties_matter_only_across_a_boundary() {
    let tied = |groups: Vec<SeatGroup>, policy: Option<CoAffiliationPolicy>, employers: &[&str]| {
        let mut input = line_up(employers, 1, two_per_employer());
        (input.groups, input.co_affiliation) = (groups, policy);
        input.ranking = vec![input.candidates.iter().map(|candidate| candidate.id.clone()).collect()];
        matches!(allocate(&input).unwrap(), Outcome::Tied(_))
    };
    assert!(!tied(vec![group("", 3, 1)], None, &["", "", ""]));
    assert!(tied(vec![group("", 2, 1)], None, &["", "", ""]));
    assert!(tied(vec![group("A", 1, 2), group("B", 2, 1)], None, &["", "", ""]));
    // All fit but for the limit.
    assert!(tied(vec![group("", 5, 1)], Some(two_per_employer()), &["X", "X", "X"]));
    assert!(!tied(vec![group("", 5, 1)], Some(two_per_employer()), &["X", "X", "Y"]));
    // A perfect three-way tie is a tie, never "no ballots".
    let mut three = line_up(&["", "", ""], 1, two_per_employer());
    three.candidates.iter_mut().for_each(|candidate| candidate.total = Some(15));
    three.ranking = vec![vec!["A".into(), "B".into(), "C".into()]];
    let Outcome::Tied(tie) = allocate(&three).unwrap() else { panic!("a winner from nowhere") };
    assert_eq!(tie.sentence(), "A, B and C are tied for 1 seat; resolve the tie by the rule for ties.");
}

#[test]
fn chains_of_control_owners_and_circles() {
    let share = |n, d| Fraction::new(n, d).unwrap();
    let link =
        |owner: &str, owned: &str, share| ControlLink { owner: owner.into(), owned: owned.into(), share };
    let organisations = Organisations::new(vec![
        link("Holding", "Left", share(51, 100)),
        link("Holding", "Right", share(1, 1)),
        link("Right", "Far right", share(2, 3)),
        link("Half", "Left", share(1, 2)),
        link("Far right", "Holding", share(3, 4)),
    ]);
    let board = preset::board_co_affiliation().definition;
    let of = |affiliation: Affiliation, definition: &AffiliationDefinition| -> Vec<String> {
        organisations.of(&[affiliation], definition).iter().map(ToString::to_string).collect()
    };
    assert_eq!(of(Affiliation::employee("Left"), &board), ["Far right", "Holding", "Left", "Right"]);
    assert_eq!(of(Affiliation::employee("Left"), &AffiliationDefinition::employer()), ["Left"]);
    let owner = |n, d| Affiliation { organisation: "Half".into(), relation: Relation::Owner(share(n, d)) };
    assert_eq!(of(owner(1, 100), &board), ["Half"]);
    assert!(of(owner(1, 101), &board).is_empty());
    let packaging = preset::packaging_co_affiliation().definition;
    assert_eq!((of(owner(1, 4), &packaging).len(), of(owner(24, 100), &packaging).len()), (1, 0));
    let at_least =
        AffiliationDefinition { control: Some(Control { share: Fraction::HALF, strict: false }), ..board };
    assert!(of(Affiliation::employee("Left"), &at_least).contains(&"Half".to_owned()));
    let consultant = Affiliation { organisation: "Left".into(), relation: Relation::Consultant };
    assert!(of(consultant, &packaging).is_empty());
    // Two who work for sisters share the mother.
    let mut input = line_up(&["Left", "Right", "Far right", "Left"], 4, preset::board_co_affiliation());
    input.organisations = organisations.clone();
    input.body_size = 11;
    assert_eq!(elected(&run(&input)), ["A", "B"]);
}

#[test]
fn those_who_serve_on_count_for_the_limit() {
    let mut input = line_up(&["X", "X", "Y"], 2, two_per_employer());
    input.serving.push(serving("old", "X", "2020-01-01T00:00:00Z"));
    assert_eq!(elected(&run(&input)), ["A", "C"]);
}

fn serving(person: &str, employer: &str, since: &str) -> Serving {
    let affiliations = vec![Affiliation::employee(employer)];
    Serving { person: person.into(), name: person.into(), affiliations, since: since.parse().unwrap() }
}

/// Bylaws 5.15: a later excess.
#[test]
fn after_a_later_excess_the_longest_serving_resigns() {
    let members = [
        serving("new", "X", "2025-01-01T00:00:00Z"),
        serving("oldest", "X", "2019-01-01T00:00:00Z"),
        serving("old", "X", "2021-01-01T00:00:00Z"),
        serving("other", "Y", "2018-01-01T00:00:00Z"),
    ];
    let board = preset::board_co_affiliation();
    let found = breaches(&members, &board, &Organisations::default(), 11);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].organisation, OrganisationId::from("X"));
    assert_eq!(found[0].resign, ["oldest".into()]);
    assert_eq!(
        found[0].sentence(),
        "oldest, old and new share X, where at most 2 members may; oldest, the longest-serving, must resign."
    );
    assert_eq!(breaches(&members, &board, &Organisations::default(), 13), []);
    let agree = CoAffiliationPolicy { later: LaterBreach::TheyAgree, ..board };
    assert!(
        breaches(&members, &agree, &Organisations::default(), 11)[0]
            .sentence()
            .ends_with("they agree who resigns.")
    );
}

#[test]
fn a_departure_lets_the_skipped_move_up() {
    let input = line_up(&["X", "X", "X", "Y", "Z"], 3, two_per_employer());
    let allocation = run(&input);
    assert_eq!(elected(&allocation), ["A", "B", "D"]);
    for refill in [Refill::ShiftByRank, Refill::TakeVacatedSeat] {
        let after = done(next_in_rank(&input, &allocation, &"A".into(), &Departure::Left, refill).unwrap());
        assert_eq!(sorted(elected(&after)), ["B", "C", "D"], "{refill:?}");
        assert_eq!(after.skipped, []);
    }
}

#[test]
fn policies_in_words() {
    assert_eq!(
        preset::board_co_affiliation().sentence(),
        "At most one quarter of the body may share an affiliation (as employee, officer, director, significant consultant \
         or owner of 1/100 or more), counting chains of control."
    );
    assert!(
        preset::packaging_co_affiliation().sentence().ends_with("those skipped are seated in rank order.")
    );
}

fn any_input() -> impl Strategy<Value = SeatInput> {
    let people = prop::collection::vec((0_u64..6, 0_usize..4, 0_u8..8), 1..12);
    let policy = prop::sample::select(vec![
        None,
        Some(preset::board_co_affiliation()),
        Some(preset::council_co_affiliation()),
        Some(preset::packaging_co_affiliation()),
    ]);
    (people, 1_u32..4, 0_u32..4, policy).prop_map(|(people, first, second, policy)| {
        let totals: BTreeMap<String, u64> =
            people.iter().enumerate().map(|(n, p)| (format!("c{n:02}"), p.0)).collect();
        let mut input = by_votes(&totals, vec![group("A", first, 2), group("B", second, 1)]);
        for (candidate, (_, employer, status)) in input.candidates.iter_mut().zip(&people) {
            candidate
                .affiliations
                .extend((*employer > 0).then(|| Affiliation::employee(["X", "Y", "Z"][employer - 1])));
            if *status == 0 {
                candidate.status = CandidateStatus::Withdrawn;
            }
        }
        input.organisations = Organisations::new(vec![ControlLink {
            owner: "Z".into(),
            owned: "Y".into(),
            share: Fraction::WHOLE,
        }]);
        input.co_affiliation = policy;
        // Every tie has an order: by identifier, backwards.
        let mut order: Vec<CandidateId> =
            input.candidates.iter().map(|candidate| candidate.id.clone()).collect();
        order.reverse();
        input.tie_orders.push(TieOrder { order, how: TieResolution::Lot });
        input
    })
}

fn holds(input: &SeatInput, allocation: &Allocation) {
    let seats: u32 = input.groups.iter().map(|group| group.seats).sum();
    assert_eq!(u32::try_from(allocation.seats.len()).unwrap() + allocation.vacant, seats);
    let ids: BTreeSet<&CandidateId> = allocation.seats.iter().map(|seat| &seat.candidate).collect();
    assert_eq!(ids.len(), allocation.seats.len());
    for seat in &allocation.seats {
        let candidate = input.candidates.iter().find(|candidate| candidate.id == seat.candidate).unwrap();
        assert_eq!(candidate.status, CandidateStatus::Standing);
        assert_eq!(seat.cohort, input.groups[seat.group].cohort);
    }
    let Some(policy) = &input.co_affiliation else { return };
    let mut shared: BTreeMap<OrganisationId, u32> = BTreeMap::new();
    for seat in allocation.seats.iter().filter(|seat| !seat.requalified) {
        let candidate = input.candidates.iter().find(|candidate| candidate.id == seat.candidate).unwrap();
        for organisation in input.organisations.of(&candidate.affiliations, &policy.definition) {
            *shared.entry(organisation).or_default() += 1;
        }
    }
    assert!(shared.values().all(|count| *count <= policy.limit(input.body_size)), "{allocation:?}");
    assert!(policy.requalify || !allocation.seats.iter().any(|seat| seat.requalified));
    assert!(!policy.requalify || allocation.vacant == 0 || allocation.skipped.is_empty());
}

/// At most one of an employer, one of whom serves.
fn one_of_x(votes: &[(&str, u64, Option<&str>)], groups: Vec<SeatGroup>, requalify: bool) -> SeatInput {
    let totals = votes.iter().map(|(id, votes, _)| ((*id).to_owned(), *votes)).collect();
    let mut input = by_votes(&totals, groups);
    input.candidates = votes.iter().map(|(id, votes, of)| candidate(id, Some(*votes), *of)).collect();
    input.co_affiliation = Some(CoAffiliationPolicy {
        max: Cap::Count(1),
        definition: AffiliationDefinition::employer(),
        requalify,
        later: LaterBreach::TheyAgree,
    });
    input.serving.push(Serving {
        person: "sia".into(),
        name: "Sia".into(),
        affiliations: vec![Affiliation::employee("X")],
        since: folkmoot_governance::Instant::from_micros(0).unwrap(),
    });
    input
}

/// A and B are level, but A can take no seat whatever the order.
#[test]
fn whoever_is_shut_out_already_is_no_party_to_a_tie() {
    let input =
        one_of_x(&[("A", 10, Some("X")), ("B", 10, None), ("C", 5, None)], vec![group("", 1, 1)], false);
    let allocation = run(&input);
    assert_eq!(elected(&allocation), ["B"]);
    assert_eq!(allocation.skipped.len(), 1);
    // With C as good as B those two are tied, without A.
    let input =
        one_of_x(&[("A", 9, Some("X")), ("B", 9, None), ("C", 9, None)], vec![group("", 1, 1)], false);
    let Outcome::Tied(tie) = allocate(&input).unwrap() else { panic!("the tie was not seen") };
    assert_eq!(tie.candidates.iter().map(|who| who.name.as_str()).collect::<Vec<_>>(), ["B", "C"]);
}

/// Those passed over come back for seats that would stay empty; level ones only by a decision, and only where it matters.
#[test]
fn level_candidates_who_come_back_wait_for_a_decision() {
    let votes = [("A", 10, Some("X")), ("B", 10, Some("X")), ("C", 5, None)];
    let two = |seats| one_of_x(&votes, vec![group("", seats, 1)], true);
    assert_eq!(elected(&run(&two(1))), ["C"], "no seat is left for either");
    assert_eq!(elected(&run(&two(3))).len(), 3);
    let mut input = two(2);
    let Outcome::Tied(tie) = allocate(&input).unwrap() else { panic!("the tie was not seen") };
    assert_eq!((tie.candidates.len(), tie.seats_left), (2, 1));
    input.tie_orders.push(TieOrder { order: vec!["B".into(), "A".into()], how: TieResolution::Agreement });
    assert_eq!(elected(&run(&input)), ["C", "B"]);
}

#[test]
fn without_votes_all_seats_stay_empty() {
    let input = by_votes(&[("A", 0), ("B", 0)].map(|(n, v)| (n.to_owned(), v)).into(), vec![group("", 1, 1)]);
    let allocation = nobody(&input).unwrap();
    assert!(allocation.seats.is_empty() && allocation.vacant == 1);
    let told = "No vote counts for anybody, so nobody is elected and no lot is drawn. 1 seat stays empty.";
    assert_eq!(allocation.sentence(), told);
}

proptest! {
    /// Never more seats than there are, never one person twice, never over the limit but by re-qualification; the same
    /// after a departure; order of the candidates and names have no influence.
    #[test]
    fn limits_are_never_exceeded(input in any_input(), gone in any::<prop::sample::Index>()) {
        let Outcome::Allocated(allocation) = allocate(&input).unwrap() else { panic!("an order was given") };
        holds(&input, &allocation);
        let mut renamed = input.clone();
        renamed.candidates.reverse();
        renamed.candidates.iter_mut().for_each(|candidate| candidate.name.insert(0, 'Z'));
        prop_assert_eq!(&run(&renamed).seats, &allocation.seats);
        if !allocation.seats.is_empty() {
            let gone = allocation.seats[gone.index(allocation.seats.len())].candidate.clone();
            let mut left = input.clone();
            left.candidates.iter_mut().filter(|c| c.id == gone).for_each(|c| c.status = CandidateStatus::Withdrawn);
            for refill in [Refill::ShiftByRank, Refill::TakeVacatedSeat] {
                let after = done(next_in_rank(&input, &allocation, &gone, &Departure::Withdrew, refill).unwrap());
                if refill == Refill::ShiftByRank || !input.co_affiliation.as_ref().is_some_and(|p| p.requalify) {
                    holds(&left, &after);
                }
            }
        }
    }

    /// A tie without an order is either harmless, and then no order changes who sits where, or it is reported.
    #[test]
    fn an_open_tie_is_reported_exactly_when_it_matters(input in any_input()) {
        let mut open = input.clone();
        open.tie_orders.clear();
        let mut forwards = input.clone();
        forwards.tie_orders[0].order.reverse();
        if let Outcome::Allocated(allocation) = allocate(&open).unwrap() {
            let who = |allocation: &Allocation| -> BTreeSet<(CandidateId, Option<String>)> {
                allocation.seats.iter().map(|seat| (seat.candidate.clone(), seat.cohort.clone())).collect()
            };
            prop_assert_eq!(who(&allocation), who(&run(&input)));
            prop_assert_eq!(who(&allocation), who(&run(&forwards)));
        }
    }
}
