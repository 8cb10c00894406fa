//! A motion that a secret ballot decides: nothing happens before the result is announced, and then its numbers and its rule decide.

use chrono::TimeDelta;
use folkmoot_ballot::group::Ed25519;
use folkmoot_governance::Fraction;
use folkmoot_governance::threshold::{Base, Threshold};
use folkmoot_store::bodies::{self, BodyFacts, BodyKind, NewBodyMember};
use folkmoot_store::motions::{self, Outcome};
use folkmoot_store::{JsonText, PublicId};
use serde_json::{Value, json};

use super::ballots;
use super::stage::{Stage, Times, question, settings};
use crate::elections::preparation::preset::motion_answers;
use crate::elections::settings::QuestionKind;
use crate::error::AppError;
use crate::jobs::Job;
use crate::motions::SettleMotions;
use crate::motions::settings::preset_of;
use crate::reports::tests::ask;

const TIMES: Times = Times {
    opens: "2026-07-01T14:00:00Z",
    closes: "2026-07-15T14:00:00Z",
    publishes: "2026-07-16T14:00:00Z",
};

/// A public body of all voters that decides on no confidence by a secret vote.
fn core(stage: &Stage<Ed25519>) {
    let now = stage.app.app.now();
    let mut kind = preset_of("no_confidence").unwrap();
    kind.secret = true;
    let write = |c: &mut folkmoot_store::Conn| {
        let facts = BodyFacts {
            slug: "core",
            name: "Core team",
            kind: BodyKind::Team,
            description: "",
            is_public: true,
        };
        let body = bodies::add(c, &facts, now)?;
        for person in &stage.voters {
            let starts_on = now.datetime().date_naive();
            let new = NewBodyMember { body, person: person.id, position: "", starts_on, ends_on: None };
            bodies::add_member(c, new, now)?;
        }
        motions::adopt_kind(c, body, &kind.rule.kind, &JsonText::of(&kind)?, now)?;
        Ok::<_, AppError>(())
    };
    stage.app.app.store().write(write).unwrap();
}

/// Proposed and seconded on the pages; the election on stage is its election.
async fn proposed(stage: &Stage<Ed25519>) -> String {
    let fields =
        [("kind", "no confidence"), ("title", "No confidence"), ("text", "It must go."), ("email", "")];
    let first = stage.app.signed_in(&stage.voters[0]);
    let motion = first.post("/bodies/core/motions/new", &fields).await.expect(303).location().unwrap();
    stage.app.signed_in(&stage.voters[1]).submit(&format!("{motion}/second"), &[]).await.expect(200);
    let id = PublicId::parse(motion.rsplit('/').next().unwrap()).unwrap();
    let election = stage.now().id;
    let write = |c: &mut folkmoot_store::Conn| {
        let found = motions::by_public_id(c, &id)?.id;
        Ok::<_, AppError>(motions::move_to_election(c, found, election)?)
    };
    stage.app.app.store().write(write).unwrap();
    motion
}

fn settles(stage: &Stage<Ed25519>, motion: &str) -> Option<Outcome> {
    stage.app.advance(TimeDelta::microseconds(1));
    SettleMotions {}.run(&stage.app.app).unwrap();
    stage.app.work();
    let id = PublicId::parse(motion.rsplit('/').next().unwrap()).unwrap();
    stage.app.app.store().read(|c| Ok::<_, AppError>(motions::by_public_id(c, &id)?)).unwrap().outcome
}

/// Votes as given, from the proposal to the announced result; what becomes of the motion.
async fn held(yes: usize, no: usize, abstain: usize) -> (Stage<Ed25519>, String, Option<Outcome>) {
    let voters = yes + no + abstain;
    let threshold = Threshold::at_least(Fraction::TWO_THIRDS, Base::VotesCast);
    let kind = QuestionKind::YesNoAbstain { threshold };
    let stage = Stage::<Ed25519>::named(voters, TIMES, |_| {
        settings::<Ed25519>(question("No confidence", kind, 1, motion_answers()))
    })
    .await;
    core(&stage);
    let motion = proposed(&stage).await;
    assert_eq!(settles(&stage, &motion), None);
    let players = stage.open().await;
    let marks = (0..voters).map(|v| match v {
        v if v < yes => vec![1, 0, 0],
        v if v < yes + no => vec![0, 1, 0],
        _ => vec![0, 0, 1],
    });
    stage.vote(&ballots(0, marks.collect())).await;
    stage.at(TIMES.closes);
    stage.step();
    stage.count(players, &[0, 1], false).await;
    stage.step();
    // Counted and known to nobody: the motion waits for the announced instant.
    assert_eq!(settles(&stage, &motion), None);
    let member = stage.app.signed_in(&stage.voters[0]);
    let page = member.get(&motion).await.expect(200).says("Secret vote");
    assert!(!page.text().contains(&format!("{yes} for")), "{}", page.text());
    stage.at(TIMES.publishes);
    stage.step();
    let outcome = settles(&stage, &motion);
    (stage, motion, outcome)
}

#[actix_web::test]
async fn a_motion_is_settled_by_the_announced_result_of_its_secret_election() {
    let (stage, motion, outcome) = held(4, 2, 0).await;
    assert_eq!(outcome, Some(Outcome::Passed));
    let member = stage.app.signed_in(&stage.voters[5]);
    let page = member.get(&motion).await.expect(200);
    page.says("4 for, 2 against, 0 abstentions").says("This holds");
    // The body has lost its seats, and the register says so to everybody, in each of its forms.
    let visitor = stage.app.visitor();
    let register = visitor.get("/bodies/core/resolutions").await.expect(200);
    register.says("No confidence 2026-1").says("4 for, 2 against, 0 abstentions");
    let read = stage.app.app.store().read(|c| {
        let body = bodies::by_slug(c, "core")?;
        Ok::<_, AppError>(bodies::sitting(c, body.id, stage.app.app.now().datetime().date_naive())?.len())
    });
    assert_eq!(read.unwrap(), 0);
    for place in ["", "/bodies/core"] {
        let feed = visitor.get(&format!("{place}/resolutions.atom")).await.expect(200);
        assert!(feed.body.contains("<title>No confidence</title>"), "{}", feed.body);
        assert!(feed.body.contains("Core team 2026-1: 4 for, 2 against, 0 abstentions"), "{}", feed.body);
        let json: Value =
            serde_json::from_str(&visitor.get(&format!("{place}/resolutions.json")).await.expect(200).body)
                .unwrap();
        let only = &json["resolutions"][0];
        assert_eq!((&only["number"], &only["body"]), (&json!("2026-1"), &json!("Core team")));
        assert_eq!(json["resolutions"].as_array().unwrap().len(), 1);
        assert!(only["url"].as_str().unwrap().contains("/resolutions/"));
    }
    // Reports have the numbers of the election, not those of an open vote that never was.
    let rows = ask(&stage.app, "motions", json!(["status", "yes", "no", "abstain"]), json!({}));
    assert_eq!(rows, [json!({"status": "carried", "yes": 4, "no": 2, "abstain": 0})]);
    stage.app.mails();
}

#[actix_web::test]
async fn one_vote_less_and_the_motion_of_a_secret_election_fails() {
    let (stage, motion, outcome) = held(3, 2, 1).await;
    assert_eq!(outcome, Some(Outcome::Failed));
    let visitor = stage.app.visitor();
    visitor.get("/bodies/core/resolutions").await.expect(200).says("No resolution");
    let feed = visitor.get("/bodies/core/resolutions.atom").await.expect(200);
    assert!(!feed.body.contains("<entry>"), "{}", feed.body);
    visitor.get("/bodies/none/resolutions.atom").await.expect(404);
    let member = stage.app.signed_in(&stage.voters[5]);
    member.get(&motion).await.expect(200).says("3 for, 2 against, 1 abstention");
    stage.app.mails();
}
