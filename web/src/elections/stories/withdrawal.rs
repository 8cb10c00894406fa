//! Candidates from a call who withdraw once the ballot is fixed: what everybody reads, what the ballots keep, who is seated.

use chrono::TimeDelta;
use folkmoot_ballot::group::Ed25519;
use folkmoot_counting::Method;
use folkmoot_counting::profile::{Ballot, Profile, Votes};
use folkmoot_governance::deadline::{Civil, Deadline, MilestoneKind, ZonePolicy};
use folkmoot_store::elections::preparation;
use folkmoot_store::nominations::{self, NewNomination, NominationState, Review};
use folkmoot_store::{Conn, JsonText};

use super::ballots;
use super::stage::{Stage, Times, answers, question, settings};
use crate::elections::preparation::plan::Plan;
use crate::elections::preparation::preset::Preset;
use crate::elections::preparation::schedule::{self, Setting};
use crate::elections::seating::{Counted, Ties, elect, number};
use crate::elections::settings::{ElectionSettings, QuestionKind, QuestionSettings, Seating};
use crate::error::AppError;
use crate::nominations::rules::CallRules;
use crate::nominations::statement::Statement;

const TIMES: Times = Times {
    opens: "2026-07-01T14:00:00Z",
    closes: "2026-07-15T14:00:00Z",
    publishes: "2026-07-16T14:00:00Z",
};

fn board() -> ElectionSettings {
    let kind = QuestionKind::Approval { min: 0, max: 3, blank: false };
    let mut all = settings::<Ed25519>(question("Board", kind, 1, answers(&["Ana", "Bo", "Cy"])));
    for (answer, handle) in all.questions[0].answers.iter_mut().zip(["ana-1", "bo-2", "cy-3"]) {
        answer.page = format!("/elections/vote/candidates/{handle}");
    }
    all.questions[0].seating = Some(Seating::default());
    all
}

/// The election came from a call: each voter of the stage is the candidate with their number.
fn from_a_call(stage: &Stage<Ed25519>) {
    let election = stage.now();
    let now = stage.app.app.now();
    let mut rules = CallRules::usual(Preset::Board).unwrap();
    rules.carried = true;
    let mut plan = Plan::begin(Preset::Board);
    plan.call = Some(rules);
    let date = |day: i64| now.plus(TimeDelta::days(day)).datetime();
    let store = |c: &mut Conn| {
        preparation::put_plan(c, election.id, &JsonText::of(&plan)?)?;
        for (kind, day) in [
            (MilestoneKind::NominationsOpen, -40),
            (MilestoneKind::NominationsClose, -30),
            (MilestoneKind::CandidatesAnnounced, -20),
            (MilestoneKind::VotingOpen, 0),
            (MilestoneKind::VotingClose, 14),
            (MilestoneKind::ResultAnnounced, 15),
        ] {
            let civil = Civil { date: date(day).date_naive(), time: "14:00".parse().unwrap() };
            let deadline = Deadline::resolve(civil, ZonePolicy::Utc, None).unwrap();
            let setting = Setting { by: stage.officer.id, at: now, reason: None };
            schedule::put(c, election.id, &kind, &deadline, setting)?;
        }
        for ((name, handle), person) in
            [("Ana", "ana-1"), ("Bo", "bo-2"), ("Cy", "cy-3")].into_iter().zip(&stage.voters)
        {
            let new = NewNomination {
                public_id: &stage.app.app.public_id()?,
                election_id: election.id,
                handle,
                person: Some(person.id),
                address: &person.email,
                name,
                is_self: true,
                statement: &JsonText::of(&Statement::default())?,
            };
            let id = nominations::add(c, &new, now)?;
            let (from, to) = (NominationState::Invited, NominationState::Accepted);
            nominations::change_state(c, id, from, to, now)?;
            nominations::put_review(c, id, (Review::Eligible, ""), stage.officer.id, now)?;
        }
        nominations::freeze(c, election.id, now)?;
        Ok::<_, AppError>(())
    };
    stage.app.app.store().write(store).unwrap();
}

fn nomination(stage: &Stage<Ed25519>, handle: &str) -> nominations::Nomination {
    let id = stage.now().id;
    stage.app.app.store().read(|c| Ok::<_, AppError>(nominations::by_handle(c, id, handle)?)).unwrap()
}

#[actix_web::test]
async fn a_candidate_who_withdraws_while_voting_is_open_is_told_of_and_passed_over() {
    let stage = Stage::<Ed25519>::named(4, TIMES, |_| board()).await;
    let players = stage.open().await;
    from_a_call(&stage);
    let before = stage.now().election_json.unwrap();
    stage.vote(&ballots(0, vec![vec![1, 0, 0]; 3])).await;

    let ana = stage.app.signed_in(&stage.voters[0]);
    let path = format!("/nominations/{}", nomination(&stage, "ana-1").public_id);
    ana.get(&path).await.expect(200).says("marked as withdrawn");
    ana.submit(&format!("{path}/withdraw"), &[("sure", "yes")]).await.expect(200).says("You have withdrawn.");
    stage.app.work();

    // A decision on the election's page, a mail to everybody on the roll, once.
    for words in ["A candidate has withdrawn", "Ana has withdrawn from the election.", "Ana (withdrawn)"] {
        stage.says(words).await;
    }
    let told = |stage: &Stage<Ed25519>| {
        let all = stage.app.mails();
        all.into_iter().filter(|m| m.subject == "A candidate has withdrawn: The vote").count()
    };
    assert_eq!(told(&stage), 4);
    let mail = stage.app.mail_to(&stage.voters[3].email);
    assert!(mail.body_text.contains("Ana has withdrawn from the election."), "{}", mail.body_text);
    ana.post(&format!("{path}/withdraw"), &[("sure", "yes")]).await.expect(409);
    stage.app.work();
    assert_eq!(told(&stage), 4);

    // The encrypted ballot keeps the name; the booth says what became of it, and the candidates' page too.
    let now = stage.now();
    assert_eq!(now.election_json.unwrap(), before);
    assert!(before.contains("Ana"));
    let booth = stage.booth(1).await;
    let shown = booth.1["pages"][0]["candidates"][0]["summary"].as_str().unwrap();
    assert_eq!(shown, "Has withdrawn and is passed over in the count");
    assert!(stage.page("/candidates").await.contains("Withdrawn"));
    stage.vote(&ballots(3, vec![vec![1, 0, 1]])).await;

    stage.finish(players, &[0, 1], false).await;
    // Ana has every vote and no seat.
    stage.says("Ana has withdrawn and is passed over.").await;
    stage.says("Cy (1) takes seat 1").await;
    assert_eq!(stage.verified(true).await.result.unwrap().value_json(), "[[4,0,1]]");
    stage.app.work();
}

#[actix_web::test]
async fn a_withdrawal_that_officers_record_shows_on_the_candidates_page() {
    let stage = Stage::<Ed25519>::named(4, TIMES, |_| board()).await;
    stage.open().await;
    from_a_call(&stage);
    stage.two("running/withdraw", &[("who", "0/1"), ("withdraw-reason", "Bo wrote to us")]).await;
    assert_eq!(nomination(&stage, "bo-2").state, NominationState::Withdrawn);
    stage.says("Bo wrote to us").await;
    assert!(stage.page("/candidates/bo-2").await.contains("Withdrawn"));
    let bo = stage.app.signed_in(&stage.voters[1]);
    let path = format!("/nominations/{}/withdraw", nomination(&stage, "bo-2").public_id);
    bo.get("/nominations").await.expect(200);
    bo.post(&path, &[("sure", "yes")]).await.expect(409);
    stage.app.work();
}

#[actix_web::test]
async fn a_candidate_found_ineligible_while_voting_is_open_takes_no_seat() {
    // No seats to fill in the settings: the method's winners would be the result.
    let mut plain = board();
    plain.questions[0].seating = None;
    let stage = Stage::<Ed25519>::named(4, TIMES, |_| plain).await;
    let players = stage.open().await;
    from_a_call(&stage);
    stage.vote(&ballots(0, vec![vec![1, 0, 0]; 3])).await;
    let fields = [("excluded", "0/0"), ("exclude-reason", "Ana became an employee")];
    let officer = stage.app.signed_in(&stage.officer);
    officer.get("/staff/elections/vote/running").await.expect(200).says("A candidate may not take a seat");
    let missing = [("excluded", "0/9"), ("exclude-reason", "")];
    officer.post("/staff/elections/vote/running/exclude", &missing).await.expect(422).says("Give the reason");
    stage.two("running/exclude", &fields).await;
    stage.may_not("running/exclude", &fields, "recorded already").await;
    stage.may_not("running/withdraw", &[("who", "0/0"), ("withdraw-reason", "x")], "recorded already").await;

    for words in ["A candidate may not take a seat", "Ana became an employee", "Ana (may not take a seat)"] {
        stage.says(words).await;
    }
    let mail = stage.app.mail_to(&stage.voters[3].email);
    assert_eq!(mail.subject, "A candidate may not take a seat: The vote");
    let (_, booth) = stage.booth(3).await;
    let shown = booth["pages"][0]["candidates"][0]["summary"].as_str().unwrap();
    assert_eq!(shown, "May not take a seat, which goes to the next");
    assert_eq!(stage.page("/candidates").await.matches("May not take a seat").count(), 1);
    for path in ["/candidates/ana-1", "/candidates/print"] {
        assert!(stage.page(path).await.contains("goes to the next: Ana became an employee"), "{path}");
    }
    assert!(!stage.page("/candidates/bo-2").await.contains("May not take a seat"));
    let told: serde_json::Value = serde_json::from_slice(&stage.download("/candidates.json").await).unwrap();
    let reasons = told["candidates"].as_array().unwrap().iter().map(|c| &c["may_not_take_a_seat"]);
    assert_eq!(reasons.filter(|why| *why == "Ana became an employee").count(), 1);
    stage.vote(&ballots(3, vec![vec![1, 0, 1]])).await;

    stage.finish(players, &[0, 1], false).await;
    stage.says("Cy is elected.").await;
    assert!(stage.recount().await.contains("elected: Cy\n  as announced"));
    assert_eq!(stage.verified(true).await.result.unwrap().value_json(), "[[4,0,1]]");
    stage.app.work();
}

/// Four candidates for two seats, marked as `mark` does; who is seated, by number.
fn marked(
    method: Method,
    kind: QuestionKind,
    mark: impl Fn(&mut QuestionSettings),
    votes: Votes,
) -> Vec<usize> {
    let mut asked = question("Board", kind, 2, answers(&["A", "B", "C", "D"]));
    asked.seating = Some(Seating::default());
    mark(&mut asked);
    let names = asked.answers.iter().map(|a| a.name.clone()).collect();
    let profile = Profile::new(names, votes).unwrap();
    let ties = Ties { seed: Some("0".repeat(64)), agreed: Vec::new() };
    match elect(0, &asked, &method, &profile, &ties, &[]).unwrap() {
        Counted::Done(_, Some(allocation)) => {
            assert_eq!(allocation.vacant, 0);
            allocation.seats.iter().filter_map(|s| number(&s.candidate)).collect()
        }
        _ => panic!("not counted"),
    }
}

#[test]
fn whoever_is_marked_takes_no_seat_whatever_the_method() {
    let ranks = || {
        Votes::Ranks(vec![
            Ballot::new(9, vec![1, 2, 3, 4]),
            Ballot::new(5, vec![2, 1, 4, 3]),
            Ballot::new(4, vec![4, 3, 1, 2]),
        ])
    };
    let scores = || Votes::Scores(vec![Ballot::new(9, vec![5, 3, 1, 0]), Ballot::new(4, vec![4, 0, 5, 1])]);
    let totals = || Votes::Totals { totals: vec![9, 5, 4, 1], cast: Some(10), blank: None };
    let approval = QuestionKind::Approval { min: 0, max: 4, blank: false };
    let methods: Vec<(Method, Votes)> = vec![
        (Method::Approval { min_select: 0, max_select: None }, totals()),
        (Method::Schulze { strength: Default::default() }, ranks()),
        (Method::RankedPairs { strength: Default::default() }, ranks()),
        (Method::Borda { unranked: Default::default() }, ranks()),
        (Method::StvScotland { overvote: Default::default() }, ranks()),
        (Method::StvMeek { overvote: Default::default() }, ranks()),
        (Method::Star { max_score: 5, star_ties: Default::default() }, scores()),
    ];
    for (method, votes) in methods {
        let unmarked = marked(method.clone(), approval.clone(), |_| (), votes.clone());
        assert!(unmarked.contains(&0), "{method:?}: the story needs a winner to mark, not {unmarked:?}");
        let withdrawn =
            marked(method.clone(), approval.clone(), |q| q.answers[0].withdrawn = true, votes.clone());
        let reason = "Became an employee".to_owned();
        let ineligible = |q: &mut QuestionSettings| q.answers[0].ineligible = reason.clone();
        let ineligible = marked(method.clone(), approval.clone(), ineligible, votes);
        for seated in [withdrawn, ineligible] {
            assert_eq!(seated.len(), 2, "{method:?}");
            assert!(!seated.contains(&0), "{method:?}: {seated:?}");
        }
    }
}
