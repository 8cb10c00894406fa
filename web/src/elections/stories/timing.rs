//! Moments at which a ballot or a result could be lost or shown too early: an answer that was lost before a suspension, a
//! clock that jumps while people vote, somebody who reads the archive slowly.

use actix_web::body::to_bytes;
use actix_web::test::TestRequest;
use chrono::TimeDelta;

use folkmoot_ballot::group::Ed25519;

use super::rules::{TIMES, board, one};
use super::stage::Stage;
use crate::elections::look_at_clock;

#[actix_web::test]
async fn a_ballot_sent_again_while_voting_is_suspended_gets_its_receipt() {
    let stage = Stage::<Ed25519>::named(2, TIMES, |_| board()).await;
    stage.open().await;
    let sealed = stage.seal(&[one(0, [1, 0, 0]), one(1, [0, 1, 0])].concat());
    let (first, second) = (stage.booth(0).await, stage.booth(1).await);
    let (status, answer) = stage.send(&first, &sealed[0]).await;
    assert_eq!(status, 200);
    stage.two("running/suspend", &[("reason", "The server is slow")]).await;
    let again = stage.send(&first, &sealed[0]).await;
    assert_eq!((again.0, &again.1["receipt"]), (200, &answer["receipt"]));
    assert_eq!(stage.send(&second, &sealed[1]).await.1["error"]["code"], "suspended");
}

#[actix_web::test]
async fn while_the_clock_is_doubted_a_ballot_is_decided_only_where_both_times_agree() {
    let stage = Stage::<Ed25519>::named(3, TIMES, |_| board()).await;
    stage.open().await;
    let sealed = stage.seal(&[one(0, [1, 0, 0]), one(1, [0, 1, 0]), one(2, [0, 0, 1])].concat());

    // An hour before the end the clock is put forward by two: nobody is told that voting has ended.
    stage.at("2026-07-15T13:00:00Z");
    let booth = stage.booth(0).await;
    stage.app.clock.jump(TimeDelta::hours(2));
    let (status, answer) = stage.send(&booth, &sealed[0]).await;
    assert_eq!(status, 503, "{answer}");
    look_at_clock(&stage.app.app).unwrap();
    let (status, answer) = stage.send(&booth, &sealed[0]).await;
    assert_eq!(status, 503, "{answer}");
    assert!(answer.to_string().contains("being checked"), "{answer}");
    // Put right again, it is believed where it was not in doubt, and closes nothing before officers have looked.
    stage.app.clock.jump(TimeDelta::hours(-2));
    look_at_clock(&stage.app.app).unwrap();
    assert_eq!(stage.send(&booth, &sealed[0]).await.0, 200);
    stage.two("running/trust-clock", &[("clock-reason", "Compared with two time servers")]).await;

    // Put back by three hours, two hours after the end: not accepted either.
    let late = stage.booth(1).await;
    stage.app.advance(TimeDelta::minutes(90));
    stage.app.clock.jump(TimeDelta::hours(-3));
    let (status, answer) = stage.send(&late, &sealed[1]).await;
    assert_eq!(status, 503, "{answer}");
    assert_eq!(stage.events("Ballot"), 1);
}

#[actix_web::test]
async fn an_archive_read_slowly_ends_where_it_ended_when_it_was_asked_for() {
    let stage = Stage::<Ed25519>::named(3, TIMES, |_| board()).await;
    let players = stage.open().await;
    stage.vote(&[one(0, [1, 0, 0]), one(1, [1, 1, 0])].concat()).await;
    let serve = stage.app.serve_raw();
    let ask =
        || TestRequest::get().uri("/elections/vote/archive.bel").insert_header(("host", "folkmoot.test"));
    let slow = serve(ask()).await.unwrap();
    let quick = to_bytes(serve(ask()).await.unwrap().into_body()).await.unwrap();
    stage.at(TIMES.closes);
    stage.step();
    stage.count(players, &[0, 1], false).await;
    assert_eq!(stage.now().state, "allocated");
    let read = to_bytes(slow.into_body()).await.unwrap();
    assert_eq!(read, quick, "the slow reader sees events that are not public yet");
}
