//! A seat is given up and a tie comes to decide who follows: the count waits for a decision as for any other tie.

use folkmoot_ballot::group::Ed25519;

use super::stage::{Stage, Times, answers, question, settings};
use super::{ballots, marks};
use crate::elections::settings::{QuestionKind, Seating};

const TIMES: Times = Times {
    opens: "2026-07-01T14:00:00Z",
    closes: "2026-07-15T14:00:00Z",
    publishes: "2026-07-16T14:00:00Z",
};

/// 2 seats, 9, 8, 5 and 5: B gives up, and C and D are tied for the seat.
#[actix_web::test]
async fn a_tie_after_a_seat_is_given_up_can_be_decided() {
    let kind = QuestionKind::Approval { min: 0, max: 4, blank: false };
    let mut all = settings::<Ed25519>(question("Board", kind, 2, answers(&["Ana", "Bo", "Cy", "Di"])));
    all.questions[0].seating = Some(Seating::default());
    all.ties.agreement = true;
    let stage = Stage::<Ed25519>::named(9, TIMES, |_| all).await;
    let players = stage.open().await;
    stage.vote(&ballots(0, marks(&[9, 8, 5, 5], 9))).await;
    stage.at(TIMES.closes);
    stage.step();
    stage.count(players, &[0, 1], false).await;
    assert_eq!(stage.now().state, "allocated", "no tie decides anything yet");
    let gives_up =
        [("who", "0/1"), ("moves_to", ""), ("refill", "shift"), ("give-up-reason", "Moved abroad")];
    stage.two("count/give-up", &gives_up).await;
    assert_eq!(stage.now().state, "counted", "it waits for a decision about the tie");
    let officer = stage.app.signed_in(&stage.officer);
    let page = officer.get("/staff/elections/vote/count").await.expect(200).says("Cy and Di are tied");
    assert!(!page.text().contains("Bo (8) takes seat 2"), "what was stored before is no result");
    stage.may_not("count/give-up", &gives_up, "Seats are given up after the count").await;
    stage.at(TIMES.publishes);
    stage.step();
    assert_eq!(stage.now().state, "counted", "never announced without a decision");

    let order = [("question", "0"), ("order", "3, 2"), ("agreement-reason", "Both wrote to us")];
    stage.two("count/agreement", &order).await;
    assert_eq!(stage.now().state, "allocated");
    stage.step();
    assert_eq!(stage.now().state, "published");
    stage.says("Ana and Di are elected.").await;
    stage.says("Bo withdraws; the next in rank follows.").await;
    assert!(stage.recount().await.contains("The result is the one announced."));
    stage.app.work();
}
