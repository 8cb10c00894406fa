//! Rankings through a whole election: ranks beyond those that count, and votes that pass on from who may take no seat.

use folkmoot_ballot::group::Ed25519;
use folkmoot_counting::Method;
use serde_json::Value;

use super::ballots;
use super::stage::{Stage, Times, answers, question, settings};
use crate::elections::settings::QuestionKind;

const TIMES: Times = Times {
    opens: "2026-07-01T14:00:00Z",
    closes: "2026-07-15T14:00:00Z",
    publishes: "2026-07-16T14:00:00Z",
};

#[actix_web::test]
async fn ranks_beyond_those_that_count_decide_nothing() {
    let kind = QuestionKind::Ranking {
        method: Method::Schulze { strength: Default::default() },
        best_ranked: Some(1),
    };
    let board = settings::<Ed25519>(question("Board", kind, 1, answers(&["Ana", "Bo", "Cy"])));
    let stage = Stage::<Ed25519>::named(8, TIMES, |_| board).await;
    let players = stage.open().await;
    let (_, booth) = stage.booth(0).await;
    assert_eq!(booth["pages"][0]["max_ranks"], 1);
    assert_eq!(booth["pages"][0]["method"], "Choose one; one is elected.");

    // A program of one's own can send longer rankings. With all of them, Bo would win against each of the others; two who
    // share the first rank are more than one.
    let cast = [[1, 2, 3], [1, 2, 3], [1, 2, 3], [2, 1, 3], [2, 1, 3], [3, 2, 1], [3, 2, 1], [1, 1, 2]];
    stage.vote(&ballots(0, cast.map(|marks| marks.to_vec()).to_vec())).await;
    stage.finish(players, &[0, 1], true).await;
    stage.says("Ana is elected.").await;
    assert!(stage.recount().await.contains("elected: Ana\n  as announced"));
    let opened = stage.verified(true).await.result.unwrap().value_json();
    let opened: Vec<Vec<Vec<u8>>> = serde_json::from_str(&opened).unwrap();
    assert!(opened[0].contains(&vec![3, 2, 1]), "the archive keeps what was sent: {opened:?}");
    // The pages show counts only.
    let page = stage.page("").await;
    assert!(!page.contains("[3,2,1]") && !page.contains("3, 2, 1"), "{page}");
    let result: Value = serde_json::from_slice(&stage.download("/results.json").await).unwrap();
    assert_eq!(result["questions"][0]["elected"][0], "Ana");
    stage.app.work();
}

#[actix_web::test]
async fn a_runoff_passes_on_the_votes_of_a_candidate_who_may_take_no_seat() {
    let method = Method::Irv { overvote: Default::default(), stop: Default::default() };
    let kind = QuestionKind::Ranking { method, best_ranked: None };
    let chair = settings::<Ed25519>(question("Chair", kind, 1, answers(&["Ana", "Bo", "Cy"])));
    let stage = Stage::<Ed25519>::named(9, TIMES, |_| chair).await;
    let players = stage.open().await;
    // Ana would win, with Bo the last to lose. Without her most prefer Cy to Bo.
    let cast = [vec![[1, 3, 2]; 4], vec![[3, 1, 2]; 3], vec![[2, 3, 1]; 2]].concat();
    stage.vote(&ballots(0, cast.iter().map(|marks| marks.to_vec()).collect())).await;
    let reason = "Ana became an employee";
    stage.two("running/exclude", &[("excluded", "0/0"), ("exclude-reason", reason)]).await;
    stage.finish(players, &[0, 1], true).await;
    stage.says("Cy is elected.").await;
    stage.says("Ana no longer stands; that name is left out of every ballot.").await;
    assert!(stage.recount().await.contains("elected: Cy\n  as announced"));
    stage.verified(true).await;
    stage.app.work();
}
