//! Story 2: a council by Bloc STAR through shuffles; story 3: a council whose close is the announced one.

use folkmoot_ballot::group::{Ed25519, Group, Rfc3526};
use folkmoot_counting::Method;
use serde_json::{Value, json};

use super::stage::{Stage, Times, answers, question, settings, utc};
use super::{ballots, marks};
use crate::elections::settings::QuestionKind;

const TIMES: Times = Times {
    opens: "2025-11-24T12:00:00Z",
    closes: "2025-12-08T12:00:00Z",
    publishes: "2025-12-10T12:00:00Z",
};

/// Ballots that a debug build manages in a finite field; no tie among them.
const SMALL: usize = 12;

fn star() -> QuestionKind {
    let method: Method =
        serde_json::from_value(json!({ "method": "star", "max_score": 5, "star_ties": "bettervoting" }))
            .unwrap();
    QuestionKind::Scores { method }
}

/// With the first `size` ballots; all 74 give the published numbers.
async fn bloc_star<G: Group>(size: usize) {
    let vector: Value = serde_json::from_str(include_str!(
        "../../../../crates/governance/tests/vectors/governance/bloc-star-2026-synthetic-ballots.json"
    ))
    .unwrap();
    let names: Vec<&str> =
        vector["candidates"].as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect();
    let scores: Vec<Vec<u8>> = serde_json::from_value(vector["ballots"].clone()).unwrap();
    assert_eq!(scores.len(), 74);
    let scores = scores[..size].to_vec();
    let council = settings::<G>(question("Council", star(), 5, answers(&names)));
    let stage = Stage::<G>::named(106, TIMES, |_| council).await;
    let players = stage.open().await;
    stage.vote(&ballots(0, scores.clone())).await;
    stage.finish(players, &[0, 1, 2], true).await;
    if size == 74 {
        as_published(&stage).await;
    }
    let report = stage.verified(size <= 60).await;
    let mut opened: Vec<Vec<u8>> =
        serde_json::from_str::<Vec<Vec<Vec<u8>>>>(&report.result.unwrap().value_json()).unwrap().remove(0);
    let mut cast = scores;
    opened.sort_unstable();
    cast.sort_unstable();
    assert_eq!(opened, cast, "the shuffled ballots are the ones that were cast");
    assert!(stage.recount().await.contains("The result is the one announced."));
    stage.app.work();
}

async fn as_published<G: Group>(stage: &Stage<G>) {
    stage
        .says(
            "Pablo Galindo Salgado, Savannah Ostrowski, Barry Warsaw, Donghee Na and Thomas Wouters are elected.",
        )
        .await;
    let result: Value = serde_json::from_slice(&stage.download("/results.json").await).unwrap();
    let told = &result["questions"][0];
    let stars = told["outcome"]["detail"]["totals"].as_array().unwrap();
    let stars: Vec<&str> = stars.iter().map(|t| t.as_str().unwrap()).collect();
    assert_eq!(stars, ["313", "249", "239", "191", "187", "173"]);
    let runoffs: Vec<(u64, u64, u64)> = told["outcome"]["rounds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| {
            let n = |v: &Value| v.as_u64().unwrap();
            let runoff = &r["runoff"];
            (n(&runoff["preferred"][0]), n(&runoff["preferred"][1]), n(&runoff["equal"]))
        })
        .collect();
    assert_eq!(runoffs, [(36, 19, 19), (34, 29, 11), (38, 25, 11), (36, 33, 5), (34, 26, 14)]);
    assert_eq!(told["outcome"]["counts"]["eligible"], 106);
}

#[actix_web::test]
async fn council_2026_through_shuffles() {
    bloc_star::<Ed25519>(74).await;
}

#[actix_web::test]
async fn council_2026_small_in_a_finite_field() {
    bloc_star::<Rfc3526>(SMALL).await;
}

#[actix_web::test]
#[ignore = "whole size; ops/full runs it"]
async fn council_2026_whole_in_a_finite_field() {
    bloc_star::<Rfc3526>(74).await;
}

#[actix_web::test]
async fn a_perfect_tie_is_a_tie_and_not_an_empty_ballot_box() {
    let council = settings::<Ed25519>(question("Council", star(), 1, answers(&["Ana", "Bo", "Cy"])));
    let stage = Stage::<Ed25519>::named(4, TIMES, |_| council).await;
    let players = stage.open().await;
    stage.vote(&ballots(0, vec![vec![5, 5, 5]; 3])).await;
    stage.at(TIMES.closes);
    stage.step();
    stage.count(players, &[0, 1], true).await;
    assert_eq!(stage.now().state, "counted");
    let officer = stage.app.signed_in(&stage.officer);
    let page = officer.get("/staff/elections/vote/count").await.expect(200).text();
    assert!(page.contains("Ana, Bo and Cy are tied") && !page.to_lowercase().contains("no ballot"), "{page}");
    stage.at("2026-02-01T00:00:00Z");
    stage.step();
    assert_eq!(stage.now().state, "counted", "never announced without a decision");
}

#[actix_web::test]
async fn council_2024_ends_when_it_was_announced_to_end() {
    // "11 December 2023, end of day AoE" is the first instant at which the day is over everywhere.
    let times = Times {
        opens: "2023-11-27T12:00:00Z",
        closes: "2023-12-12T12:00:00Z",
        publishes: "2023-12-13T12:00:00Z",
    };
    let end = chrono::NaiveDate::from_ymd_opt(2023, 12, 12).unwrap().and_hms_opt(12, 0, 0).unwrap().and_utc();
    assert_eq!(utc(times.closes).datetime(), end);
    let names = ["Warsaw", "Na", "Morehouse", "Smith", "Mariatta", "Galindo Salgado", "Wouters", "Stinner"];
    let first = [35, 27, 38, 42, 25, 48, 30, 27];
    let second = [8, 5, 8, 10, 5, 12, 10, 8];
    let kind = QuestionKind::Approval { min: 0, max: 8, blank: false };
    let council = settings::<Ed25519>(question("Council", kind, 5, answers(&names)));
    let stage = Stage::<Ed25519>::named(87, times, |_| council).await;
    let players = stage.open().await;
    let early = [("until", "2023-12-11 12:00"), ("extend-reason", "as configured elsewhere")];
    stage.may_not("running/extend", &early, "may not end earlier than announced").await;
    stage.vote(&ballots(0, marks(&first, 56))).await;
    stage.at("2023-12-11T12:00:00Z");
    stage.step();
    assert_eq!(stage.now().state, "open", "a day before the announced end");
    let last = ballots(56, marks(&second, 12));
    stage.vote(&last[..11]).await;
    for path in ["/results.json", "/announcement.txt", "/recount-kit.tar"] {
        assert_eq!(stage.status_of(path).await, 404, "no part of the ballots is ever counted by itself");
    }
    stage.at("2023-12-12T11:59:59.998Z");
    let sealed = stage.seal(&[last[11].clone(), (70, vec![vec![0; 8]])]);
    let (in_time, too_late) = (stage.booth(67).await, stage.booth(70).await);
    stage.at("2023-12-12T11:59:59.999Z");
    assert_eq!(stage.send(&in_time, &sealed[0]).await.0, 200);
    stage.at(times.closes);
    let (status, answer) = stage.send(&too_late, &sealed[1]).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (409, Some("closed")));
    assert_eq!(answer["error"]["server_time"], "2023-12-12T12:00:00Z");
    assert_eq!(
        stage.send(&in_time, &sealed[0]).await.0,
        200,
        "the same ballot again: the same receipt, also later"
    );
    stage.step();
    stage.count(players, &[1, 2], false).await;
    stage.at(times.publishes);
    stage.step();
    stage.says("68 of 87 have voted").await;
    stage.says("Galindo Salgado, Smith, Morehouse, Warsaw and Wouters are elected.").await;
    let result: Value = serde_json::from_slice(&stage.download("/results.json").await).unwrap();
    assert_eq!(result["result"], json!([[43, 32, 46, 52, 30, 60, 40, 35]]));
    stage.verified(false).await;
    assert!(stage.recount().await.contains("as announced"));
    stage.app.work();
}
