//! What happens around the count: extension, referral, few ballots, suspension, reminders, reports, a clock that jumps.

use chrono::TimeDelta;
use folkmoot_ballot::group::Ed25519;
use folkmoot_governance::Fraction;
use folkmoot_governance::quorum::{Counts, OnFail, QuorumPolicy};

use super::ballots;
use super::stage::{Stage, Times, answers, question, settings};
use crate::elections::settings::{ElectionSettings, QuestionKind};

pub(super) const TIMES: Times = Times {
    opens: "2026-07-01T14:00:00Z",
    closes: "2026-07-15T14:00:00Z",
    publishes: "2026-07-16T14:00:00Z",
};

const RUNNING: &str = "/staff/elections/vote/running";
const COUNT: &str = "/staff/elections/vote/count";

pub(super) fn board() -> ElectionSettings {
    let kind = QuestionKind::Approval { min: 0, max: 3, blank: false };
    settings::<Ed25519>(question("Board", kind, 1, answers(&["Ana", "Bo", "Cy"])))
}

fn half(on_fail: OnFail) -> QuorumPolicy {
    QuorumPolicy::Share { fraction: Fraction::HALF, strict: false, counts: Counts::Cast, on_fail }
}

pub(super) fn one(voter: usize, marks: [u8; 3]) -> Vec<(usize, Vec<Vec<u8>>)> {
    ballots(voter, vec![marks.to_vec()])
}

#[actix_web::test]
async fn a_missing_quorum_extends_the_same_ballot_box_as_announced() {
    let quorum = half(OnFail::Extend { days: 7, times: 1 });
    let stage = Stage::<Ed25519>::named(4, TIMES, |_| ElectionSettings { quorum, ..board() }).await;
    let players = stage.open().await;
    stage.vote(&one(0, [1, 0, 0])).await;
    stage.at(TIMES.closes);
    stage.step();
    assert_eq!(stage.now().state, "open");
    assert_eq!(stage.now().closes_at.unwrap().to_string(), "2026-07-22T14:00:00Z");
    assert_eq!(stage.now().publish_at.unwrap().to_string(), "2026-07-23T14:00:00Z");
    assert_eq!(stage.events("EndBallots"), 0, "the box goes on");
    stage
        .says(
            "1 of 4 on the roll voted, 2 were needed. As announced for this case, voting goes on for 7 days.",
        )
        .await;
    stage.at("2026-07-20T00:00:00Z");
    stage.vote(&one(1, [0, 1, 0])).await;
    stage.vote(&one(0, [0, 1, 0])).await;
    stage.at("2026-07-22T14:00:00Z");
    stage.step();
    assert_eq!(stage.now().state, "quorum_ok");
    stage.count(players, &[0, 1], false).await;
    stage.at("2026-07-23T14:00:00Z");
    stage.step();
    stage.says("Bo is elected.").await;
    assert_eq!(stage.verified(true).await.result.unwrap().value_json(), "[[0,2,0]]");
}

#[actix_web::test]
async fn an_extension_ends_after_as_many_times_as_announced() {
    let quorum = half(OnFail::Extend { days: 7, times: 1 });
    let stage = Stage::<Ed25519>::named(4, TIMES, |_| ElectionSettings { quorum, ..board() }).await;
    stage.open().await;
    stage.at(TIMES.closes);
    stage.step();
    stage.at("2026-07-22T14:00:00Z");
    stage.step();
    assert_eq!((stage.now().state.as_str(), stage.certificate().0.as_str()), ("void", "void"));
}

#[actix_web::test]
async fn a_referred_box_is_sealed_until_the_body_decides() {
    for (decision, state) in [("count", "quorum_ok"), ("void", "void")] {
        let quorum = half(OnFail::Refer { body: "the Board".into() });
        let stage = Stage::<Ed25519>::named(4, TIMES, |_| ElectionSettings { quorum, ..board() }).await;
        let players = stage.open().await;
        stage.vote(&one(0, [1, 0, 0])).await;
        let late = stage.seal(&one(1, [0, 0, 1]));
        stage.at("2026-07-15T13:00:00Z");
        let booth = stage.booth(1).await;
        stage.at(TIMES.closes);
        stage.step();
        assert_eq!((stage.now().state.as_str(), stage.events("EndBallots")), ("referred", 1));
        assert_eq!(stage.send(&booth, &late[0]).await.1["error"]["code"], "closed");
        stage.says("The ballots stay sealed until the Board has decided.").await;
        let players = stage.again(players);
        assert_eq!(players[0].step().await, "wait", "trustees are not asked for anything");
        assert_eq!(stage.events("EncryptedTally"), 0);
        let fields = [("decision", decision), ("referral-reason", "Meeting of 16 July")];
        stage.two("count/referral", &fields).await;
        stage.step();
        assert_eq!(stage.now().state, state);
        stage.says("Meeting of 16 July").await;
        if decision == "count" {
            stage.count(players, &[0, 1], false).await;
            stage.at(TIMES.publishes);
            stage.step();
            stage.says("Ana is elected.").await;
        }
        stage.verified(true).await;
        stage.app.work();
    }
}

#[actix_web::test]
async fn few_ballots_are_not_even_added_up_before_two_officers_agree() {
    let small = ElectionSettings { least_counted: 10, ..board() };
    let stage = Stage::<Ed25519>::named(12, TIMES, |_| small).await;
    let players = stage.open().await;
    stage.vote(&ballots(0, vec![vec![1, 0, 0]; 9])).await;
    stage.at(TIMES.closes);
    stage.step();
    stage.step();
    assert_eq!((stage.now().state.as_str(), stage.events("EncryptedTally")), ("closed", 0));
    let officer = stage.app.signed_in(&stage.officer);
    officer.get(COUNT).await.expect(200).says("9 ballots were cast, fewer than the 10");
    stage.may_not("count/small-count", &[("ballots", "8"), ("small-count-reason", "x")], "another one").await;
    let fields = [("ballots", "9"), ("small-count-reason", "All nine asked for it")];
    let waiting = stage.propose("count/small-count", &fields).await;
    stage.step();
    assert_eq!(stage.now().state, "closed", "one officer is not two");
    stage.approve(&waiting).await.says("Approved");
    stage.step();
    assert_eq!(stage.now().state, "quorum_ok");
    stage.count(players, &[0, 1], false).await;
    stage.at(TIMES.publishes);
    stage.step();
    stage.says("All nine asked for it").await;
    assert_eq!(stage.verified(true).await.result.unwrap().value_json(), "[[9,0,0]]");
}

#[actix_web::test]
async fn two_officers_suspend_resume_and_extend_and_everybody_is_told() {
    let stage = Stage::<Ed25519>::named(3, TIMES, |_| board()).await;
    let players = stage.open().await;
    let sealed = stage.seal(&one(0, [1, 0, 0]));
    let booth = stage.booth(0).await;
    stage.two("running/suspend", &[("reason", "The mail provider is down")]).await;
    assert_eq!(stage.now().state, "suspended");
    assert_eq!(stage.send(&booth, &sealed[0]).await.1["error"]["code"], "suspended");
    stage.says("Voting suspended").await;
    stage.says("The mail provider is down").await;
    let mail = stage.app.mail_to(&stage.voters[2].email);
    assert_eq!(mail.subject, "Voting suspended: The vote");
    assert!(mail.body_text.contains("The mail provider is down") && !mail.body_text.contains("Voting ends"));
    stage.may_not("running/suspend", &[("reason", "again")], "Only voting that is open").await;
    stage.app.advance(TimeDelta::hours(2));
    stage.two("running/resume", &[("minutes", "120"), ("resume-reason", "Mail works again")]).await;
    assert_eq!(stage.now().closes_at.unwrap().to_string(), "2026-07-15T16:00:00Z");
    let booth = stage.booth(0).await;
    assert_eq!(stage.send(&booth, &sealed[0]).await.0, 200, "the sealed ballot is still good");
    let extend =
        [("until", "2026-07-17 14:00"), ("extend-reason", "Half of the roll had no mail for two days")];
    stage.two("running/extend", &extend).await;
    assert_eq!(stage.now().closes_at.unwrap().to_string(), "2026-07-17T14:00:00Z");
    assert_eq!(stage.app.mail_to(&stage.voters[1].email).subject, "Voting extended: The vote");
    let back = [("until", "2026-07-15 14:00"), ("extend-reason", "no")];
    stage.may_not("running/extend", &back, "may not end earlier").await;
    stage.at("2026-07-17T14:00:00Z");
    stage.step();
    assert_eq!(stage.now().state, "quorum_ok");
    stage
        .may_not(
            "running/extend",
            &[("until", "2026-07-20 14:00"), ("extend-reason", "no")],
            "open or suspended",
        )
        .await;
    stage.count(players, &[0, 1], false).await;
    stage.verified(true).await;
    let acts = stage.app.audited();
    assert_eq!(acts.iter().filter(|a| *a == "election.change_vote").count(), 3);
}

#[actix_web::test]
async fn who_withdraws_after_the_opening_is_shown_as_such_and_passed_over() {
    let stage = Stage::<Ed25519>::named(3, TIMES, |_| board()).await;
    let players = stage.open().await;
    stage.vote(&ballots(0, vec![vec![1, 0, 0]; 2])).await;
    let page = stage.app.signed_in(&stage.officer).get(RUNNING).await.expect(200);
    page.says("A candidate withdraws").says("Ana (Board)");
    stage.two("running/withdraw", &[("who", "0/0"), ("withdraw-reason", "Ana moves abroad")]).await;
    stage.may_not("running/withdraw", &[("who", "0/0"), ("withdraw-reason", "x")], "recorded already").await;
    stage.says("A candidate has withdrawn").await;
    stage.says("Ana moves abroad").await;
    stage.says("Ana (withdrawn)").await;
    assert_eq!(stage.app.mail_to(&stage.voters[1].email).subject, "A candidate has withdrawn: The vote");
    let booth = stage.booth(2).await;
    let shown = booth.1["pages"][0]["candidates"][0]["summary"].as_str().unwrap();
    assert_eq!(shown, "Has withdrawn and is passed over in the count");
    stage.vote(&one(2, [0, 0, 1])).await;
    stage.finish(players, &[0, 1], false).await;
    stage.says("Cy is elected.").await;
    assert_eq!(
        stage.verified(true).await.result.unwrap().value_json(),
        "[[2,0,1]]",
        "the ballots stay as they are"
    );
    stage.app.work();
}

#[actix_web::test]
async fn only_those_who_have_not_voted_are_reminded_and_once() {
    use crate::elections::notices::RemindVoters;
    use crate::jobs::Job;
    let stage = Stage::<Ed25519>::named(3, TIMES, |_| board()).await;
    stage.open().await;
    let remind = || {
        RemindVoters {}.run(&stage.app.app).unwrap();
        let all = stage.app.mails();
        all.into_iter().filter(|m| m.message == "voting_reminder").map(|m| m.recipient).collect::<Vec<_>>()
    };
    let [a, b, c] = [0, 1, 2].map(|v| stage.voters[v].email.clone());
    stage.vote(&one(1, [1, 0, 0])).await;
    assert_eq!(remind(), [""; 0]);
    stage.at("2026-07-04T14:00:00Z");
    assert_eq!(remind(), [a.clone(), c.clone()], "day 3");
    assert_eq!(remind().len(), 2, "once");
    stage.vote(&one(0, [1, 0, 0])).await;
    stage.at("2026-07-10T14:00:00Z");
    assert_eq!(remind().len(), 3, "day 7, and only one of the two");
    let officer = stage.app.signed_in(&stage.officer);
    officer.get(RUNNING).await.expect(200).says("1 on the roll have not voted");
    officer.submit(&format!("{RUNNING}/remind"), &[]).await.says("1 person who has not voted is reminded.");
    officer.submit(&format!("{RUNNING}/remind"), &[]).await.says("Nobody was left to remind today.");
    stage.at("2026-07-14T14:00:00Z");
    assert_eq!(remind().into_iter().filter(|to| *to == c).count(), 4, "the last day");
    stage.at("2026-07-15T14:00:00Z");
    assert_eq!(remind().len(), 5, "nobody after the close");
    let officer = stage.app.signed_in(&stage.officer);
    let ledger = officer.get("/staff/elections/vote/deliveries").await.expect(200).text();
    assert!(ledger.contains("Voter 3 not yet reminder day 3: sent; reminder day 7: sent"), "{ledger}");
    assert!(ledger.contains("Voter 2 yes"), "{ledger} {b}");
}

#[actix_web::test]
async fn a_report_goes_to_officers_and_trustees_and_is_answered() {
    let stage = Stage::<Ed25519>::named(2, TIMES, |_| board()).await;
    stage.open().await;
    let sealed = stage.seal(&one(0, [1, 0, 0]));
    let (_, answer) = stage.send(&stage.booth(0).await, &sealed[0]).await;
    let tracker = answer["tracker"].as_str().unwrap();
    let visitor = stage.app.visitor();
    let page = visitor.get("/elections/vote/check").await.expect(200);
    page.says("This looks wrong");
    let report = [("tracker", tracker), ("message", "I never voted twice")];
    let told = visitor.submit("/elections/vote/disputes", &report).await.expect(200);
    assert!(told.body.contains("Its number is"), "{}", told.text());
    for person in [&stage.officer, &stage.second, &stage.trustees[2]] {
        let mail = stage.app.mail_to(&person.email);
        assert!(
            mail.subject.contains("looks wrong")
                && mail.body_text.contains("entry 1, it counts; 2 entries signed")
        );
    }
    let officer = stage.app.signed_in(&stage.officer);
    officer.get("/").await.says("Answer a report that a ballot looks wrong: The vote");
    let page = officer.get(RUNNING).await.expect(200);
    let reference =
        crate::testing::between(&page.body, "name=\"reference\" value=\"", "\"").unwrap().to_owned();
    page.says("I never voted twice");
    let answer =
        [("reference", reference.as_str()), ("answer", "It is the first ballot of this credential.")];
    officer.submit(&format!("{RUNNING}/answer"), &answer).await.says("Answered.");
    officer.post(&format!("{RUNNING}/answer"), &answer).await.expect(409);
    for _ in 0..4 {
        visitor.post("/elections/vote/disputes", &report).await.expect(303);
    }
    visitor.post("/elections/vote/disputes", &report).await.expect(429);
    stage.app.work();
}

#[actix_web::test]
async fn a_clock_that_jumps_neither_closes_nor_announces() {
    let stage = Stage::<Ed25519>::named(2, TIMES, |_| board()).await;
    stage.open().await;
    stage.app.clock.jump(TimeDelta::days(30));
    stage.step();
    assert_eq!(stage.now().state, "open");
    stage.app.clock.jump(-TimeDelta::days(30));
    stage.step();
    let officer = stage.app.signed_in(&stage.officer);
    officer.get(RUNNING).await.expect(200).says("The clock of the server jumped by 2592000 seconds.");
    stage.at(TIMES.closes);
    stage.step();
    assert_eq!(stage.now().state, "open", "not before people have looked at it");
    stage.two("running/trust-clock", &[("clock-reason", "Compared with two time servers")]).await;
    stage.step();
    assert_eq!(stage.now().state, "quorum_ok");
}
