//! Published results of steering councils, boards and the 2018 vote come out of the published numbers.

use std::path::Path;

use folkmoot_counting::{
    Ballot, CountError, Lot, Options, Outcome, Profile, Votes, count, count_matrix, lot,
};
use serde_json::{Value, json};

use crate::support::{agreed, settings};
use crate::vectors::places;

/// Runs `check` on the governance file of this name wherever it is; it tells how many cases it ran.
fn each(name: &str, check: impl Fn(&Value) -> usize) {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../governance/tests/vectors");
    let found = places(&format!("governance/{name}"), own);
    assert!(!found.is_empty(), "{name} is nowhere");
    for path in found {
        let data = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let cases = check(&data);
        assert!(cases > 0, "{}: no case", path.display());
        println!("{}: {cases} cases", path.display());
    }
}

/// Only our copy: what the published numbers of one election are told as.
fn own(name: &str) -> Value {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../governance/tests/vectors/governance").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect()
}

fn totals(votes: &Value) -> Profile {
    let votes = votes.as_object().unwrap();
    let totals = votes.values().map(|v| v.as_u64().unwrap()).collect();
    Profile::new(votes.keys().cloned().collect(), Votes::Totals { totals, cast: None, blank: None }).unwrap()
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names
}

fn winners(outcome: &Outcome) -> Vec<String> {
    outcome.winners.iter().map(|&c| outcome.name(c).to_owned()).collect()
}

#[test]
fn governance_vectors_steering_councils() {
    each("steering-council-elections.json", |data| {
        let mut cases = 0;
        for e in data["elections"].as_array().unwrap().iter().filter(|e| e["method"] == "approval") {
            let options = Options::seats(e["seats"].as_u64().unwrap() as usize);
            let outcome =
                count(&settings(json!({"method": "approval"})), &totals(&e["votes"]), &options).unwrap();
            assert_eq!(sorted(winners(&outcome)), sorted(strings(&e["winners"])), "PEP {}", e["pep"]);
            cases += 1;
        }
        cases
    });
}

fn bloc_star(data: &Value) -> Outcome {
    let read = |b: &Value| Ballot::new(1, serde_json::from_value::<Vec<i32>>(b.clone()).unwrap());
    let ballots = data["ballots"].as_array().unwrap().iter().map(read).collect();
    let profile = Profile::new(strings(&data["candidates"]), Votes::Scores(ballots)).unwrap();
    let method = settings(json!({"method": "star", "star_ties": "bettervoting"}));
    count(&method, &profile, &Options::seats(data["seats"].as_u64().unwrap() as usize)).unwrap()
}

#[test]
fn governance_vectors_bloc_star_2026() {
    each("bloc-star-2026-synthetic-ballots.json", |data| {
        let outcome = bloc_star(data);
        let expected = &data["expected"];
        assert_eq!(winners(&outcome), strings(&expected["winners_in_order"]));
        for (c, total) in outcome.totals().unwrap().iter().enumerate() {
            assert_eq!(total.to_string(), expected["totals"][outcome.name(c)].to_string());
        }
        assert!(!outcome.lot_used);
        outcome.rounds.len()
    });
}

/// The runoffs as PEP 8107 publishes them, from the ballots made to fit them.
#[test]
fn governance_vectors_runoffs_of_pep_8107() {
    let outcome = bloc_star(&own("bloc-star-2026-synthetic-ballots.json"));
    let published = own("steering-council-elections.json");
    let pep = published["elections"].as_array().unwrap().iter().find(|e| e["pep"] == 8107).unwrap();
    let runoffs = pep["runoffs"].as_array().unwrap();
    assert_eq!(outcome.rounds.len(), runoffs.len());
    for (round, want) in outcome.rounds.iter().zip(runoffs) {
        let runoff = round.runoff.unwrap();
        let winner = round.elected[0];
        let at = usize::from(runoff.finalists[1] == winner);
        assert_eq!(outcome.name(winner), want["winner"]);
        assert_eq!(outcome.name(runoff.finalists[1 - at]), want["loser"]);
        assert_eq!(json!(runoff.preferred[at]), want["prefer_winner"]);
        assert_eq!(json!(runoff.preferred[1 - at]), want["prefer_loser"]);
        assert_eq!(json!(runoff.equal), want["equal"]);
    }
    let told = outcome.explain();
    assert_eq!(told.len(), 12, "{told:#?}");
    assert_eq!(told[0], "74 ballots were cast: 74 valid, 0 blank, 0 invalid.");
    assert_eq!(
        told[1],
        "Round 1: points are Pablo Galindo Salgado 313, Savannah Ostrowski 249, Barry Warsaw 239, Donghee Na 191, \
         Thomas Wouters 187, Gregory P. Smith 173."
    );
    assert_eq!(
        told[2],
        "Round 1: in the runoff Pablo Galindo Salgado is preferred to Savannah Ostrowski by 36 ballots to 19; \
         19 rate both alike. Pablo Galindo Salgado wins the round."
    );
}

#[test]
fn governance_vectors_vote_of_2018() {
    each("governance-vote-2018.json", |data| {
        let names = strings(&data["options"]);
        let cell = |v: &Value| v.as_u64().unwrap_or(0);
        let row = |row: &Value| row.as_array().unwrap().iter().map(cell).collect();
        let matrix: Vec<Vec<u64>> =
            data["pairwise_prefer_row_over_column"].as_array().unwrap().iter().map(row).collect();
        let methods = ["schulze", "ranked-pairs"];
        for method in methods {
            let method = settings(json!({"method": method}));
            let outcome = count_matrix(&method, &names, &matrix, &Options::default()).unwrap();
            let order: Vec<&str> = outcome.order.iter().map(|&c| outcome.name(c)).collect();
            assert_eq!(order, strings(&data["published_order"]), "{method:?}");
            assert_eq!(outcome.name(outcome.winners[0]), data["winner"]);
            let told = format!(
                "{} is preferred to every other candidate, one to one;",
                data["winner"].as_str().unwrap()
            );
            assert!(outcome.explain().iter().any(|s| s.starts_with(&told)), "{:#?}", outcome.explain());
        }
        methods.len()
    });
}

#[test]
fn governance_vectors_board_totals_and_ties() {
    each("psf-board-elections.json", |data| {
        let elections = data["elections"].as_array().unwrap();
        elections.iter().filter(|e| e["votes"].is_object() && e["seats"].is_u64()).map(board).count()
    });
}

fn board(e: &Value) {
    let approval = settings(json!({"method": "approval"}));
    let profile = totals(&e["votes"]);
    let options = Options::seats(e["seats"].as_u64().unwrap() as usize);
    if !e["tie"].is_object() {
        let outcome = count(&approval, &profile, &options).unwrap();
        assert_eq!(sorted(winners(&outcome)), sorted(strings(&e["winners"])), "{}", e["year"]);
        return;
    }
    let place = |name: &str| profile.candidates().iter().position(|c| c == name).unwrap();
    let tied = strings(&e["tie"]["candidates"]);
    let Err(CountError::LotNeeded { tied: found, .. }) = count(&approval, &profile, &options) else {
        panic!("{}: the tie was not seen", e["year"]);
    };
    let mut places: Vec<usize> = tied.iter().map(|name| place(name)).collect();
    places.sort_unstable();
    assert_eq!(found, places);
    let lucky = place(e["tie"]["tie_break_winner"].as_str().unwrap());
    let rest = (0..profile.candidates().len()).filter(|&c| c != lucky);
    let order: Vec<usize> = [lucky].into_iter().chain(rest).collect();
    let outcome = count(&approval, &profile, &options.with_lot(agreed(&order))).unwrap();
    assert!(outcome.lot_used && outcome.winners.contains(&lucky));
    assert_eq!(tied.iter().filter(|name| outcome.winners.contains(&place(name))).count(), 1);
    let told = outcome.explain().join("\n");
    assert!(
        tied.iter().all(|name| told.contains(name.as_str())) && told.contains("level across the last seat"),
        "{told}"
    );
}

#[test]
fn the_seed_of_a_lot_is_the_stated_bytes() {
    // Computed with Python's hashlib from the rule's text.
    let seed = lot::seed("6b86b273ff34fce1", "d4735e3a265e16ee", "07-19-23-31-40-44 + 5");
    assert_eq!(seed, "6428db8cb1eae71beaa02c2e658ceb1a63efbe83eb7274c0346fc20173f87e72");
    assert_eq!(lot::order(&seed, 5), [0, 4, 2, 3, 1]);
    let names = ["Zoe", "Ana", "Bo", "Cy", "Di"].map(String::from).to_vec();
    let profile = |names: Vec<String>| {
        Profile::new(names, Votes::Totals { totals: vec![3; 5], cast: None, blank: None }).unwrap()
    };
    let approval = settings(json!({"method": "approval"}));
    let options = Options::seats(2).with_lot(Lot::Seed { seed });
    let one = count(&approval, &profile(names.clone()), &options).unwrap();
    let renamed = count(&approval, &profile(names.iter().rev().cloned().collect()), &options).unwrap();
    assert_eq!(one.winners, renamed.winners, "the spelling of a name never enters");
}
