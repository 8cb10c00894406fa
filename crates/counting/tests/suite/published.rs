//! Published results of steering councils, boards and the 2018 vote come out of the published numbers.

use std::path::{Path, PathBuf};

use folkmoot_counting::{Ballot, Lot, Options, Profile, Votes, count, count_matrix, lot};
use serde_json::{Value, json};

use crate::support::{agreed, settings};
use crate::vectors::folder;

fn file(name: &str) -> Option<Value> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../governance/tests/vectors");
    let path: PathBuf = folder(&format!("governance/{name}"), own)?;
    Some(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect()
}

fn totals(votes: &Value) -> Profile {
    let votes = votes.as_object().unwrap();
    let totals = votes.values().map(|v| v.as_u64().unwrap()).collect();
    Profile::new(votes.keys().cloned().collect(), Votes::Totals { totals, cast: None, blank: None }).unwrap()
}

#[test]
fn governance_vectors_steering_councils() {
    let Some(data) = file("steering-council-elections.json") else { return };
    let mut checked = 0;
    for e in data["elections"].as_array().unwrap() {
        if e["method"] != "approval" {
            continue;
        }
        let profile = totals(&e["votes"]);
        let outcome = count(
            &settings(json!({"method": "approval"})),
            &profile,
            &Options::seats(e["seats"].as_u64().unwrap() as usize),
        )
        .unwrap();
        let mut winners: Vec<&str> = outcome.winners.iter().map(|&c| outcome.name(c)).collect();
        winners.sort_unstable();
        let mut published = strings(&e["winners"]);
        published.sort_unstable();
        assert_eq!(winners, published, "PEP {}", e["pep"]);
        checked += 1;
    }
    assert_eq!(checked, 7, "the councils of 2019 to 2025");
}

#[test]
fn governance_vectors_bloc_star_2026() {
    let (Some(data), Some(published)) =
        (file("bloc-star-2026-synthetic-ballots.json"), file("steering-council-elections.json"))
    else {
        return;
    };
    let ballots: Vec<Ballot> = data["ballots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| Ballot::new(1, serde_json::from_value::<Vec<i32>>(b.clone()).unwrap()))
        .collect();
    assert_eq!(ballots.len(), 74);
    let profile = Profile::new(strings(&data["candidates"]), Votes::Scores(ballots)).unwrap();
    let method = settings(json!({"method": "star", "star_ties": "bettervoting"}));
    let outcome = count(&method, &profile, &Options::seats(5)).unwrap();
    let name = |c: usize| outcome.name(c).to_owned();
    let winners: Vec<String> = outcome.winners.iter().map(|&c| name(c)).collect();
    assert_eq!(winners, strings(&data["expected"]["winners_in_order"]));
    for (c, total) in outcome.totals().unwrap().iter().enumerate() {
        assert_eq!(total.to_string(), data["expected"]["totals"][name(c)].to_string());
    }
    let pep = published["elections"].as_array().unwrap().iter().find(|e| e["pep"] == 8107).unwrap();
    for (round, want) in outcome.rounds.iter().zip(pep["runoffs"].as_array().unwrap()) {
        let runoff = round.runoff.unwrap();
        let winner = round.elected[0];
        let at = usize::from(runoff.finalists[1] == winner);
        assert_eq!(name(winner), want["winner"]);
        assert_eq!(name(runoff.finalists[1 - at]), want["loser"]);
        assert_eq!(json!(runoff.preferred[at]), want["prefer_winner"]);
        assert_eq!(json!(runoff.preferred[1 - at]), want["prefer_loser"]);
        assert_eq!(json!(runoff.equal), want["equal"]);
    }
    let told = outcome.explain();
    let runoff = "Round 1: in the runoff Pablo Galindo Salgado is preferred to Savannah Ostrowski by 36 ballots to 19; \
                  19 rate both alike. Pablo Galindo Salgado wins the round.";
    assert!(told.iter().any(|s| s == runoff), "{told:#?}");
    assert!(!outcome.lot_used);
}

#[test]
fn governance_vectors_vote_of_2018() {
    let Some(data) = file("governance-vote-2018.json") else { return };
    let names = strings(&data["options"]);
    let cell = |v: &Value| v.as_u64().unwrap_or(0);
    let matrix: Vec<Vec<u64>> = data["pairwise_prefer_row_over_column"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row.as_array().unwrap().iter().map(cell).collect())
        .collect();
    for method in ["schulze", "ranked-pairs"] {
        let outcome =
            count_matrix(&settings(json!({"method": method})), &names, &matrix, &Options::default()).unwrap();
        let order: Vec<&str> = outcome.order.iter().map(|&c| outcome.name(c)).collect();
        assert_eq!(order, strings(&data["published_order"]), "{method}");
        assert_eq!(outcome.name(outcome.winners[0]), data["winner"]);
        let told =
            "PEP 8016 is preferred to every other candidate, one to one; closest is PEP 8011 with 37 to 20.";
        assert!(outcome.explain().iter().any(|s| s == told), "{:#?}", outcome.explain());
    }
}

#[test]
fn governance_vectors_board_totals_and_the_tie_of_2017() {
    let Some(data) = file("psf-board-elections.json") else { return };
    let approval = settings(json!({"method": "approval"}));
    let mut checked = 0;
    for e in data["elections"].as_array().unwrap() {
        let (Some(_), Some(seats)) = (e["votes"].as_object(), e["seats"].as_u64()) else { continue };
        let profile = totals(&e["votes"]);
        let options = Options::seats(seats as usize);
        if e["tie"].is_object() {
            let tied = strings(&e["tie"]["candidates"]);
            let error = count(&approval, &profile, &options).unwrap_err().to_string();
            assert!(error.contains("only a lot can decide"), "{error}");
            let lucky = profile.candidates().iter().position(|c| *c == e["tie"]["tie_break_winner"]).unwrap();
            let rest = (0..profile.candidates().len()).filter(|&c| c != lucky);
            let order: Vec<usize> = [lucky].into_iter().chain(rest).collect();
            let outcome = count(&approval, &profile, &options.with_lot(agreed(&order))).unwrap();
            assert!(outcome.lot_used);
            assert!(outcome.winners.contains(&lucky));
            let told = outcome.explain().join("\n");
            assert!(
                tied.iter().all(|name| told.contains(name)) && told.contains("level across the last seat"),
                "{told}"
            );
        } else {
            let outcome = count(&approval, &profile, &options).unwrap();
            let mut winners: Vec<&str> = outcome.winners.iter().map(|&c| outcome.name(c)).collect();
            let mut published = strings(&e["winners"]);
            winners.sort_unstable();
            published.sort_unstable();
            assert_eq!(winners, published, "{}", e["year"]);
        }
        checked += 1;
    }
    assert!(checked >= 2);
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
