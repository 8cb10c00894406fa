//! Many ballots at one moment: one voter in sixteen windows on two servers, and everybody in the last seconds.

use chrono::TimeDelta;
use folkmoot_ballot::group::Ed25519;
use folkmoot_ballot::receipt::{Receipt, VerifierKey};
use folkmoot_store::elections::ballot_box;
use futures_util::future::join_all;
use std::collections::HashSet;

use super::ballots;
use super::stage::{Stage, Times, answers, question, settings};
use crate::elections::cast::{self, Refusal};
use crate::elections::settings::{ElectionSettings, QuestionKind};
use crate::error::{AppError, Kind};

const TIMES: Times = Times {
    opens: "2026-07-01T14:00:00Z",
    closes: "2026-07-02T14:00:00Z",
    publishes: "2026-07-03T14:00:00Z",
};

fn board() -> ElectionSettings {
    let kind = QuestionKind::Approval { min: 0, max: 2, blank: false };
    settings::<Ed25519>(question("Board", kind, 1, answers(&["Ana", "Bo"])))
}

async fn windows(rounds: usize) {
    let stage = Stage::<Ed25519>::named(1, TIMES, |_| board()).await;
    let players = stage.open().await;
    let (first, second) = (stage.app.app.clone(), stage.second_server());
    let (election, voter) = (stage.now(), stage.voters[0].id);
    let held = first.boxes().get(&first, &election).await.unwrap();
    let key = VerifierKey::parse(&held.log.verifier()).unwrap();
    for round in 0..rounds {
        // Longer than a voter has to wait for sixteen more casts on each server.
        stage.app.advance(TimeDelta::minutes(7));
        // Sixteen windows; two of them send the very same bytes.
        let mut sealed =
            stage.seal(&vec![(0, vec![vec![u8::from(round % 2 == 0), u8::from(round % 2 == 1)]]); 15]);
        sealed.push(sealed[0].clone());
        let sends = sealed.iter().enumerate().map(|(i, raw)| {
            let server = if i % 2 == 0 { &first } else { &second };
            cast::cast(server, &election, voter, raw.clone())
        });
        let mut heights = HashSet::new();
        let mut same = Vec::new();
        for (i, answer) in join_all(sends).await.into_iter().enumerate() {
            match answer.unwrap() {
                Ok(accepted) => {
                    let receipt = Receipt::parse(&accepted.receipt).unwrap();
                    let promised = receipt.verify(&key, None).unwrap();
                    assert_eq!(promised.event.tracker(), Some(accepted.tracker));
                    if i == 0 || i == 15 {
                        same.push(receipt.index());
                    } else {
                        assert!(heights.insert(receipt.index()), "two receipts for one place");
                    }
                }
                // The copy of a ballot that was replaced before the copy arrived.
                Err(refusal) => assert_eq!((refusal, i == 0 || i == 15), (Refusal::Replayed, true)),
            }
        }
        same.dedup();
        assert_eq!(same.len(), 1, "the same bytes stand in one place");
        heights.extend(same);
        assert_eq!(heights.len(), 15);
    }
    let id = election.id;
    let (all, last) = first
        .store()
        .read(|c| {
            Ok::<_, AppError>((ballot_box::ballot_count(c, id)?, ballot_box::last_ballots(c, id, "", 5)?))
        })
        .unwrap();
    assert_eq!((usize::try_from(all).unwrap(), last.len()), (rounds * 15, 1));
    stage.finish(players, &[0, 1], false).await;
    let report = stage.verified(rounds < 4).await;
    let expected = if rounds % 2 == 1 { "[[1,0]]" } else { "[[0,1]]" };
    assert_eq!(report.result.unwrap().value_json(), expected, "exactly the last ballot counts");
    stage.app.work();
}

#[actix_web::test]
async fn sixteen_windows_on_two_servers_and_exactly_the_last_ballot_counts() {
    windows(3).await;
}

#[actix_web::test]
#[ignore = "whole size; ops/full runs it"]
async fn sixteen_windows_on_two_servers_whole() {
    windows(200).await;
}

async fn rush(voters: usize) {
    let stage = Stage::<Ed25519>::named(voters, TIMES, |_| board()).await;
    let players = stage.open().await;
    let sealed = stage.seal(&ballots(0, vec![vec![1, 0]; voters]));
    let (first, second) = (stage.app.app.clone(), stage.second_server());
    let election = stage.now();
    stage.app.clock.set(election.closes_at.unwrap().plus(-TimeDelta::seconds(5)));
    // Time passes with every answer, so that the last third comes too late.
    let tick = TimeDelta::microseconds(7_500_000 / i64::try_from(voters).unwrap());
    let sends = sealed.iter().enumerate().map(|(i, raw)| {
        let (server, clock) = (if i % 2 == 0 { &first } else { &second }, stage.app.clock.clone());
        let (election, voter) = (&election, stage.voters[i].id);
        async move {
            let answer = cast::cast(server, election, voter, raw.clone()).await;
            clock.advance(tick);
            answer
        }
    });
    let (mut accepted, mut late) = (0, 0);
    for answer in join_all(sends).await {
        match answer {
            Ok(Ok(answer)) => {
                assert!(!answer.receipt.is_empty());
                accepted += 1;
            }
            Ok(Err(refusal)) => {
                assert_eq!(refusal, Refusal::Closed);
                late += 1;
            }
            // On a busy machine the queue before the proofs may be full; nothing was stored then either.
            Err(error) => {
                assert!(matches!(error.kind, Kind::Unavailable(_)), "{error}");
                late += 1;
            }
        }
    }
    assert!(accepted > 0 && late > 0 && accepted + late == voters, "{accepted} accepted, {late} too late");
    stage.at("2026-07-02T14:00:10Z");
    stage.step();
    assert_eq!(stage.now().state, "quorum_ok");
    stage.count(players, &[0, 1], false).await;
    stage.at(TIMES.publishes);
    stage.step();
    let report = stage.verified(false).await;
    let counted = format!("[[{accepted},0]]");
    assert_eq!(report.result.unwrap().value_json(), counted, "every receipt is counted and nothing else");
    stage.app.work();
}

#[actix_web::test]
async fn in_the_last_seconds_each_ballot_is_counted_or_refused() {
    rush(120).await;
}

#[actix_web::test]
#[ignore = "whole size; ops/full runs it"]
async fn in_the_last_seconds_each_ballot_is_counted_or_refused_whole() {
    rush(500).await;
}
