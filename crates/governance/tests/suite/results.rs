//! Published results of councils and boards come out of the published numbers.

use std::collections::BTreeMap;

use folkmoot_governance::seats::{
    Candidate, CandidateStatus, Cap, CoAffiliationPolicy, Departure, Outcome, Refill, SeatError, SeatGroup,
    SeatInput, SeatStep, TieOrder, TieResolution, allocate, next_in_rank,
};
use folkmoot_governance::term::TermPolicy;
use folkmoot_governance::{CandidateId, Explain, preset};
use serde_json::Value;

use crate::seats::{by_votes, candidate, done, elected, group, names, run, sorted, two_per_employer, votes};
use crate::vectors::{array, each, number, text};

/// Stories 2 and 3 among them: every published council.
#[test]
fn vectors_council_results() {
    each("steering-council-elections.json", |file| {
        let elections = array(file, "elections");
        for election in elections {
            let key = if election.get("votes").is_some() { "votes" } else { "stars" };
            let totals = votes(election, key);
            let seats = u32::try_from(number(election, "seats")).unwrap();
            let mut input = by_votes(&totals, vec![group("", seats, 1)]);
            let max = u32::try_from(number(election, "co_affiliation_max")).unwrap();
            input.co_affiliation = Some(CoAffiliationPolicy { max: Cap::Count(max), ..two_per_employer() });
            for withdrawn in election.get("withdrawn").and_then(Value::as_array).into_iter().flatten() {
                let name = withdrawn.as_str().unwrap();
                input
                    .candidates
                    .push(Candidate { status: CandidateStatus::Withdrawn, ..candidate(name, None, None) });
                input.ranking.push(vec![name.into()]);
            }
            let allocation = run(&input);
            assert_eq!(
                sorted(elected(&allocation)),
                sorted(names(election, "winners")),
                "{}",
                election["pep"]
            );
            assert_eq!(allocation.before_exclusions.len(), input.candidates.len());
            assert_eq!(allocation.after_exclusions.len(), totals.len());
            if let Some(rounds) = election.get("rounds").and_then(Value::as_array) {
                let mut sum: BTreeMap<String, u64> = BTreeMap::new();
                for round in rounds {
                    votes(round, "votes")
                        .into_iter()
                        .for_each(|(name, n)| *sum.entry(name).or_default() += n);
                }
                assert_eq!(sum, totals);
                let cast: u64 = rounds.iter().map(|round| number(round, "ballots_cast")).sum();
                assert_eq!(cast, number(election, "ballots_cast"));
            }
        }
        elections.len()
    });
}

/// Story 2, counted here in the plainest way: the two highest totals meet, the preferred one is elected.
#[test]
fn vectors_bloc_star_2026() {
    each("bloc-star-2026-synthetic-ballots.json", |file| {
        let candidates = names(file, "candidates");
        let ballots: Vec<Vec<u64>> = array(file, "ballots")
            .iter()
            .map(|ballot| ballot.as_array().unwrap().iter().map(|score| score.as_u64().unwrap()).collect())
            .collect();
        let total = |c: usize| ballots.iter().map(|ballot| ballot[c]).sum::<u64>();
        let mut left: Vec<usize> = (0..candidates.len()).collect();
        let mut order = Vec::new();
        while left.len() > 1 {
            left.sort_by_key(|c| std::cmp::Reverse(total(*c)));
            let prefer = |a: usize, b: usize| ballots.iter().filter(|ballot| ballot[a] > ballot[b]).count();
            let winner = if prefer(left[0], left[1]) >= prefer(left[1], left[0]) { 0 } else { 1 };
            order.push(left.remove(winner));
        }
        order.extend(left);
        let input = SeatInput {
            ranking: order.iter().map(|c| vec![candidates[*c].into()]).collect(),
            candidates: (0..candidates.len())
                .map(|c| candidate(candidates[c], Some(total(c)), None))
                .collect(),
            groups: vec![SeatGroup { cohort: None, seats: 5, term: TermPolicy::UntilNextElection }],
            body_size: 5,
            co_affiliation: Some(two_per_employer()),
            ..SeatInput::default()
        };
        let allocation = run(&input);
        assert_eq!(elected(&allocation), names(&file["expected"], "winners_in_order"));
        assert_eq!(
            allocation.steps[0].sentence(),
            "Pablo Galindo Salgado (313) takes seat 1 until the next election."
        );
        for total in &allocation.before_exclusions {
            assert_eq!(total.total.unwrap(), number(&file["expected"]["totals"], total.candidate.as_str()));
        }
        1
    });
}

#[test]
fn vectors_vote_of_2018() {
    each("governance-vote-2018.json", |file| {
        let options = names(file, "options");
        let wins = |a: usize, b: usize| {
            let pairs = &file["pairwise_prefer_row_over_column"];
            pairs[a][b].as_u64() > pairs[b][a].as_u64()
        };
        let mut order: Vec<usize> = (0..options.len()).collect();
        order.sort_by_key(|a| {
            std::cmp::Reverse((0..options.len()).filter(|b| b != a && wins(*a, *b)).count())
        });
        // A strict order: everybody beats all who follow.
        for (place, a) in order.iter().enumerate() {
            assert!(order[place + 1..].iter().all(|b| wins(*a, *b)));
        }
        let ranked: Vec<&str> = order.iter().map(|a| options[*a]).collect();
        assert_eq!(ranked, names(file, "published_order"));
        assert_eq!(ranked[0], text(file, "winner"));
        options.len()
    });
}

#[test]
fn vectors_board_results() {
    each("psf-board-elections.json", |file| {
        let mut cases = 0;
        for election in array(file, "elections") {
            let (Some(_), Some(_)) = (election.get("votes"), election.get("winners")) else { continue };
            let seats = u32::try_from(number(election, "seats")).unwrap();
            let input = by_votes(&votes(election, "votes"), vec![group("", seats, 3)]);
            let allocation = run(&input);
            assert_eq!(sorted(elected(&allocation)), sorted(names(election, "winners")));
            cases += 1;
        }
        cases
    });
}

/// Story 4: tie at the last seat, cohorts by rank, the lot, and the seat that became free again.
#[test]
fn vectors_board_2017_tie_cohorts_and_reopened_seat() {
    each("psf-board-elections.json", |file| {
        let election =
            array(file, "elections").iter().find(|election| election.get("tie").is_some()).unwrap();
        let groups = ["A", "B", "C"].map(|cohort| {
            let seats = number(&election["cohorts"], cohort);
            let years = number(&election["cohort_terms"], cohort);
            group(cohort, u32::try_from(seats).unwrap(), u32::try_from(years).unwrap())
        });
        let mut input = by_votes(&votes(election, "votes"), groups.to_vec());
        let Outcome::Tied(tie) = allocate(&input).unwrap() else { panic!("the tie was not seen") };
        let tied: Vec<&str> = tie.candidates.iter().map(|who| who.id.as_str()).collect();
        assert_eq!(sorted(tied), sorted(names(&election["tie"], "candidates")));
        assert_eq!(tie.seats_left, 1);
        let winner = text(&election["tie"], "tie_break_winner");
        let loser = names(&election["tie"], "candidates").into_iter().find(|name| *name != winner).unwrap();
        let order = vec![winner.into(), loser.into()];
        input.tie_orders.push(TieOrder { order, how: TieResolution::Lot });
        let allocation = run(&input);
        let cohorts: Vec<&str> =
            allocation.seats.iter().map(|seat| seat.cohort.as_deref().unwrap()).collect();
        assert_eq!(cohorts, ["A", "A", "A", "A", "B", "B", "B", "B", "C", "C", "C"]);
        assert_eq!(allocation.seats[10].candidate, winner.into());
        assert_eq!(allocation.seats[10].term, TermPolicy::Years(1));
        // The other tie of the year, 135 to 135 at ranks 9 and 10, changes nothing.
        assert!(allocation.steps.iter().any(|step| matches!(step, SeatStep::TieHarmless { .. })));
        // Respelling a name changes nothing: only identifiers count.
        let mut respelled = input.clone();
        respelled
            .candidates
            .iter_mut()
            .for_each(|candidate| candidate.name = format!("{} (she/her)", candidate.name));
        assert_eq!(run(&respelled).seats, allocation.seats);

        let gone = allocation.seats[0].candidate.clone();
        assert_eq!(gone, "Van Lindberg".into());
        let why = Departure::MovedTo("officer seat".into());
        // When everybody moves up, the tie 135 to 135 comes to lie across cohorts B and C and needs an order, too.
        let shifted = next_in_rank(&input, &allocation, &gone, &why, Refill::ShiftByRank).unwrap();
        let Outcome::Tied(tie) = shifted else { panic!("the second tie was not seen") };
        assert_eq!((tie.candidates.len(), tie.seats_left), (2, 4));
        let order = tie.candidates.into_iter().map(|who| who.id).collect();
        input.tie_orders.push(TieOrder { order, how: TieResolution::Lot });
        for (refill, place) in [(Refill::ShiftByRank, 11), (Refill::TakeVacatedSeat, 1)] {
            let after = done(next_in_rank(&input, &allocation, &gone, &why, refill).unwrap());
            assert_eq!(after.seats.len(), 11);
            let seat = after.seats.iter().find(|seat| seat.candidate == loser.into()).unwrap();
            assert_eq!(seat.place, place, "{refill:?}");
            assert!(!after.seats.iter().any(|seat| seat.candidate == gone));
            assert!(
                after
                    .sentence()
                    .starts_with("Van Lindberg moves to the officer seat; the next in rank follows. ")
            );
            let shown = format!("{loser} (126) takes seat {place} in cohort");
            assert!(after.sentence().contains(&shown), "{}", after.sentence());
        }
        let nobody = next_in_rank(&input, &allocation, &loser.into(), &why, Refill::ShiftByRank);
        assert_eq!(nobody, Err(SeatError::NotSeated(loser.into())));
        1
    });
}

/// Story 5 and the year 2023: an off-cycle vacancy goes to the fifth.
#[test]
fn vectors_an_extra_seat_by_rank() {
    each("psf-board-elections.json", |file| {
        let election =
            array(file, "elections").iter().find(|election| election.get("extra_seats").is_some()).unwrap();
        let mut winners = names(election, "winners_in_announced_order");
        winners.push(text(election, "vacancy_winner"));
        let extra = &election["extra_seats"][0];
        let years = u32::try_from(number(extra, "term_years")).unwrap();
        let input = SeatInput {
            ranking: winners.iter().map(|name| vec![CandidateId::from(*name)]).collect(),
            candidates: winners.iter().map(|name| candidate(name, None, None)).collect(),
            groups: vec![group("", 4, 3), group("vacancy", 1, years)],
            body_size: 11,
            ..SeatInput::default()
        };
        let allocation = run(&input);
        let place = usize::try_from(number(extra, "filled_by_rank")).unwrap();
        assert_eq!(allocation.seats[place - 1].cohort.as_deref(), Some("vacancy"));
        assert_eq!(allocation.seats[place - 1].candidate, winners[4].into());
        1
    });
}

#[test]
fn vectors_packaging_cohorts() {
    each("packaging-council-2026.json", |file| {
        let groups = preset::packaging_seats(true);
        assert_eq!(u64::from(groups.iter().map(|group| group.seats).sum::<u32>()), number(file, "seats"));
        for (name, cohort) in file["cohorts"].as_object().unwrap() {
            let ours = groups.iter().find(|group| group.cohort.as_deref() == Some(name)).unwrap();
            assert_eq!(usize::try_from(ours.seats).unwrap(), array(cohort, "ranks").len());
            assert_eq!(ours.term, TermPolicy::Years(u32::try_from(number(cohort, "term_years")).unwrap()));
        }
        let limit = preset::packaging_co_affiliation().limit(5);
        assert_eq!(u64::from(limit), number(file, "co_affiliation_max"));
        2
    });
}
