//! One small election from the roll to the announced result, through HTTP.

mod faults;

use std::io::Cursor;

use actix_web::http::header;
use actix_web::test::TestRequest;
use chrono::TimeDelta;
use folkmoot_ballot::ballot;
use folkmoot_ballot::credential::Credential;
use folkmoot_ballot::decryption::PartialDecryption;
use folkmoot_ballot::election::Election as Object;
use folkmoot_ballot::group::Ed25519;
use folkmoot_ballot::receipt::{Receipt, VerifierKey};
use folkmoot_ballot::trustee::{SecretKey, Trustee, TrusteeKey, Trustees};
use folkmoot_ballot::verify::verify_archive;
use folkmoot_counting::Method;
use folkmoot_governance::Fraction;
use folkmoot_governance::quorum::QuorumPolicy;
use folkmoot_store::elections::{self, Election, Instants, NewElection, roll};
use serde_json::{Value, json};

use super::settings::{AnswerSettings, ElectionSettings, QuestionKind, QuestionSettings};
use super::{close, opening, publish, setup};
use crate::error::AppError;
use crate::testing::{Browser, Shown, TestApp, TestPerson};

type G = Ed25519;

/// An open election with one trustee.
struct Story {
    app: TestApp,
    people: Vec<TestPerson>,
    credentials: Vec<Credential>,
    key: SecretKey<G>,
    election: Election,
}

fn board() -> ElectionSettings {
    let answer = |name: &str| AnswerSettings { name: name.into(), ..Default::default() };
    ElectionSettings {
        description: "Who sits on the board?".into(),
        help: "returns@people.test".into(),
        group: "Ed25519".into(),
        questions: vec![QuestionSettings {
            title: "Board".into(),
            kind: QuestionKind::Approval { min: 0, max: 3, blank: false },
            seats: 2,
            seating: None,
            answers: vec![answer("Ana"), answer("Bo"), answer("Cy")],
        }],
        quorum: QuorumPolicy::cast_or_void(Fraction::THIRD),
        threshold: 0,
        least_counted: 0,
        ties: Default::default(),
        certification: None,
    }
}

impl Story {
    async fn open(names: &[&str]) -> Self {
        Self::open_with(names, board()).await
    }

    async fn open_with(names: &[&str], settings: ElectionSettings) -> Self {
        let app = TestApp::new().await;
        let people: Vec<TestPerson> = names.iter().map(|n| app.person(n)).collect();
        let now = app.app.now();
        let mut rng = setup::generator();
        let key = SecretKey::<G>::random(&mut rng);
        let trustees = Trustees::new(vec![Trustee::Single(TrusteeKey::prove(&key, &mut rng))]).to_json();
        let (election, credentials) = app
            .app
            .store()
            .write(|c| {
                let text = serde_json::to_string(&settings).map_err(AppError::internal)?;
                let new = NewElection {
                    public_id: "0190-test",
                    slug: "board",
                    uuid: "BoardE1ection7",
                    title: "Board election",
                    state: "open",
                    settings: &text,
                    archive_seconds: 0,
                    created_at: now,
                };
                let election = elections::insert(c, &new)?;
                for person in &people {
                    let entry = roll::NewRollEntry {
                        election_id: election.id,
                        person_id: person.id,
                        weight: 1,
                        reason: "member",
                        corrected: false,
                    };
                    roll::insert(c, &entry)?;
                }
                let issued = setup::issue_credentials(c, &election, setup::group(&settings)?)?;
                setup::write_setup(c, &app.app, &election, &settings, &trustees)?;
                let instants = Instants {
                    record_at: Some(now),
                    opens_at: Some(now),
                    closes_at: Some(now.plus(TimeDelta::days(7))),
                    publish_at: Some(now.plus(TimeDelta::days(8))),
                };
                elections::put_instants(c, election.id, instants)?;
                let secrets = issued.into_iter().map(|i| i.credential).collect::<Vec<_>>();
                Ok::<_, AppError>((elections::by_id(c, election.id)?, secrets))
            })
            .unwrap();
        Self { app, people, credentials, key, election }
    }

    fn seal(&self, voter: usize, choices: &[u8]) -> String {
        let object = Object::<G>::parse(self.election.election_json.as_ref().unwrap().as_bytes()).unwrap();
        ballot::encrypt(&object, &self.credentials[voter], &[choices.to_vec()], &mut setup::generator())
            .unwrap()
    }

    async fn send(&self, browser: &Browser<'_>, ballot: &str) -> (u16, Value) {
        let document = browser.get("/elections/board/booth.json").await.body;
        self.send_from(browser, &document, ballot).await
    }

    /// Casts as a page does that fetched `document` at some time.
    async fn send_from(&self, browser: &Browser<'_>, document: &str, ballot: &str) -> (u16, Value) {
        let parsed: Value = serde_json::from_str(document).unwrap();
        let csrf = parsed["cast"]["csrf"].as_str().unwrap_or("none").to_owned();
        let shown: Shown = browser
            .send(
                TestRequest::post()
                    .uri("/elections/board/ballots")
                    .insert_header(("sec-fetch-site", "same-origin"))
                    .insert_header(("x-csrf-token", csrf))
                    .insert_header((header::ACCEPT, "application/json"))
                    .insert_header((header::CONTENT_TYPE, "application/json"))
                    .set_payload(json!({ "ballot": ballot }).to_string()),
            )
            .await;
        (shown.status.as_u16(), serde_json::from_str(&shown.body).unwrap())
    }

    async fn vote(&self, voter: usize, choices: &[u8]) -> Value {
        let browser = self.app.signed_in(&self.people[voter]);
        let (status, answer) = self.send(&browser, &self.seal(voter, choices)).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    fn now(&self) -> Election {
        self.app.app.store().read(|c| Ok::<_, AppError>(elections::by_id(c, self.election.id)?)).unwrap()
    }

    async fn close(&self) -> Result<&'static str, AppError> {
        let held = self.app.app.boxes().get(&self.app.app, &self.election).await.unwrap();
        self.app.app.store().write(|c| close::close(c, &self.app.app, &held, self.election.id))
    }

    /// What the job by the clock does.
    fn advance(&self) {
        super::advance(&self.app.app, self.election.id).unwrap();
    }

    /// The trustee's part after the close.
    async fn decrypt(&self) {
        let app = &self.app.app;
        let (object, tally) = app
            .store()
            .read(|c| {
                let election = elections::by_id(c, self.election.id)?;
                opening::to_decrypt::<G>(c, &election)
            })
            .unwrap();
        let share =
            PartialDecryption::prove(object.fingerprint(), &self.key, &tally.shape, &mut setup::generator())
                .to_json();
        let held = app.boxes().get(app, &self.election).await.unwrap();
        let done = app
            .store()
            .write(|c| opening::submit_decryption(c, &held, self.election.id, 1, &share, false))
            .unwrap();
        assert_eq!(done, opening::Contribution::Finished);
    }

    async fn archive(&self) -> Vec<u8> {
        use actix_web::body::to_bytes;
        let request =
            TestRequest::get().uri("/elections/board/archive.bel").insert_header(("host", "folkmoot.test"));
        let answer = (self.app.serve_raw())(request).await.unwrap();
        assert_eq!(answer.status(), 200);
        to_bytes(answer.into_body()).await.unwrap().to_vec()
    }
}

fn verified(archive: Vec<u8>) -> folkmoot_ballot::verify::Report {
    let report = verify_archive(Cursor::new(archive), &Default::default(), &mut ()).unwrap();
    assert!(report.is_valid(), "{:?}", report.violations().collect::<Vec<_>>());
    report
}

#[actix_web::test]
async fn a_vote_is_cast_counted_and_announced() {
    let story = Story::open(&["Ada", "Ben", "Cleo", "Dov"]).await;
    let visitor = story.app.visitor();
    visitor.get("/elections").await.expect(200).says("Board election");
    visitor.get("/elections/board").await.expect(200).says("0 of 4 have voted; 2 are needed");

    let first = story.vote(0, &[1, 0, 0]).await;
    let key =
        VerifierKey::parse(&super::log::Log::open(&story.app.app, &story.election.uuid).unwrap().verifier())
            .unwrap();
    let receipt = Receipt::parse(first["receipt"].as_str().unwrap()).unwrap();
    let promised = receipt.verify(&key, Some("folkmoot.test/e/BoardE1ection7")).unwrap();
    assert_eq!(promised.event.tracker().as_deref(), first["tracker"].as_str());
    assert_eq!(first["replaced"], false);

    let again = story.vote(0, &[1, 1, 0]).await;
    assert_eq!(again["replaced"], true);
    story.vote(1, &[1, 0, 1]).await;
    story.vote(2, &[1, 1, 0]).await;
    let page = |tracker: &Value| {
        format!("/elections/board/check?tracker={}", tracker.as_str().unwrap().replace('+', "%2B"))
    };
    visitor.get(&page(&first["tracker"])).await.expect(200).says("replaced by a later one");
    visitor.get(&page(&again["tracker"])).await.expect(200).says("is in the ballot box");
    visitor.get("/elections/board/board").await.expect(200).says("4 ballots have been accepted");
    visitor
        .get("/elections/board")
        .await
        .says("3 of 4 have voted; 2 are needed for the quorum, which is reached");

    assert!(story.close().await.is_err(), "closed before its instant");
    story.app.advance(TimeDelta::days(7));
    story.advance();
    assert_eq!(story.now().state, "quorum_ok");
    let sealed = story.archive().await;
    verified(sealed.clone());
    story.decrypt().await;
    assert_eq!(story.archive().await, sealed, "nothing after the tally is public before the announcement");
    visitor.get("/elections/board/results.json").await.expect(404);

    story.advance();
    assert_eq!(story.now().state, "allocated", "announced before its instant");
    let early = story.app.app.store().write(|c| publish::publish(c, story.now().id, story.app.app.now()));
    assert!(early.is_err());
    story.app.advance(TimeDelta::days(1));
    story.advance();
    visitor.get("/elections/board").await.expect(200).says("Ana and Bo are elected.");
    let published = visitor.get("/elections/board/results.json").await.expect(200).body;
    assert!(published.contains("[[3,2,1]]"), "{published}");
    let report = verified(story.archive().await);
    assert_eq!(report.result.unwrap().value_json(), "[[3,2,1]]");
}

#[actix_web::test]
async fn the_same_bytes_give_the_same_ballot_once() {
    let story = Story::open(&["Ada", "Ben"]).await;
    let browser = story.app.signed_in(&story.people[0]);
    let sealed = story.seal(0, &[1, 0, 0]);
    let (_, one) = story.send(&browser, &sealed).await;
    let (status, two) = story.send(&browser, &sealed).await;
    assert_eq!((status, &one["receipt"]), (200, &two["receipt"]));
    let (_, later) = story.send(&browser, &story.seal(0, &[0, 1, 0])).await;
    assert_eq!(later["replaced"], true);
    let (status, answer) = story.send(&browser, &sealed).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (409, Some("replayed")));
}

#[actix_web::test]
async fn what_is_not_ones_own_or_too_late_is_refused() {
    let story = Story::open(&["Ada", "Ben"]).await;
    let ada = story.app.signed_in(&story.people[0]);
    let (status, answer) = story.send(&ada, &story.seal(1, &[1, 0, 0])).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (403, Some("credential")));
    let stranger = story.app.person("Eve");
    let eve = story.app.signed_in(&stranger);
    let document: Value = serde_json::from_str(&eve.get("/elections/board/booth.json").await.body).unwrap();
    assert_eq!(document["error"]["code"], "not_on_roll");

    let good = story.seal(0, &[1, 0, 0]);
    let (status, answer) = story.send(&ada, &good.replacen("\"alpha\":\"", "\"alpha\":\"0", 1)).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (422, Some("invalid")));
    let (status, answer) = story.send(&ada, &"x".repeat(200_000)).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (413, Some("too_large")));
    story.app.advance(TimeDelta::days(7) - TimeDelta::microseconds(1));
    let ada = story.app.signed_in(&story.people[0]);
    let document = ada.get("/elections/board/booth.json").await.expect(200).body;
    story.app.advance(TimeDelta::microseconds(1));
    let (status, answer) = story.send_from(&ada, &document, &good).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (409, Some("closed")));
    assert!(answer["error"]["server_time"].is_string());
    story.app.advance(TimeDelta::days(30));
    let (status, answer) = story.send_from(&ada, &document, &good).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (401, Some("signed_out")), "{answer}");
}

#[actix_web::test]
async fn a_scored_election_without_a_ballot_is_void() {
    let mut settings = board();
    settings.quorum = QuorumPolicy::None;
    settings.questions[0].kind =
        QuestionKind::Scores { method: Method::Star { max_score: 5, star_ties: Default::default() } };
    let story = Story::open_with(&["Ada"], settings).await;
    story.app.advance(TimeDelta::days(7));
    story.advance();
    assert_eq!(story.now().state, "void");
}

#[actix_web::test]
async fn a_tie_that_needs_a_lot_waits_and_is_never_announced() {
    let story = Story::open(&["Ada", "Ben"]).await;
    story.vote(0, &[1, 1, 1]).await;
    story.app.advance(TimeDelta::days(7));
    story.advance();
    story.decrypt().await;
    story.app.advance(TimeDelta::days(2));
    story.advance();
    assert_eq!(story.now().state, "counted");
    story.app.visitor().get("/elections/board/results.json").await.expect(404);
}

#[actix_web::test]
async fn a_voter_who_sends_ballots_without_end_waits() {
    let story = Story::open(&["Ana", "Bo"]).await;
    let ana = story.app.signed_in(&story.people[0]);
    let raw = story.seal(0, &[1, 0, 0]);
    let document = ana.get("/elections/board/booth.json").await.body;
    for _ in 0..30 {
        assert_eq!(story.send_from(&ana, &document, &raw).await.0, 200);
    }
    let (status, answer) = story.send_from(&ana, &document, &raw).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (429, Some("too_many")));
    let bo = story.app.signed_in(&story.people[1]);
    assert_eq!(story.send(&bo, &story.seal(1, &[0, 1, 0])).await.0, 200, "others do not wait");
    story.app.advance(TimeDelta::seconds(10));
    assert_eq!(story.send_from(&ana, &document, &raw).await.0, 200);
}

#[actix_web::test]
async fn whoever_votes_again_sees_what_was_cast_with_the_code() {
    let story = Story::open(&["Ada", "Ben"]).await;
    let document = |browser| async move {
        let browser: Browser<'_> = browser;
        serde_json::from_str::<Value>(&browser.get("/elections/board/booth.json").await.expect(200).body)
            .unwrap()
    };
    let ada = || document(story.app.signed_in(&story.people[0]));
    assert!(ada().await.get("previous").is_none());
    let mut cast = Vec::new();
    for choices in [[1, 0, 0], [0, 1, 0], [0, 0, 1]] {
        cast.push(story.vote(0, &choices).await["tracker"].clone());
        assert_eq!(ada().await["previous"]["trackers"], Value::from(cast.clone()), "oldest first");
    }
    story.vote(1, &[1, 0, 0]).await;
    assert_eq!(ada().await["previous"]["trackers"], Value::from(cast.clone()), "nobody else's");
    let ben = document(story.app.signed_in(&story.people[1])).await;
    assert_eq!(ben["previous"]["trackers"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn a_roll_with_different_weights_is_refused() {
    let story = Story::open(&["Ada", "Ben", "Cleo"]).await;
    let app = &story.app.app;
    let trustees =
        Trustees::new(vec![Trustee::Single(TrusteeKey::prove(&story.key, &mut setup::generator()))])
            .to_json();
    for (slug, weights, good) in [("equal", [1, 1, 1], true), ("unequal", [1, 2, 4], false)] {
        let settings = board();
        let done = app.store().write(|c| {
            let text = serde_json::to_string(&settings).map_err(AppError::internal)?;
            let uuid = setup::new_uuid();
            let new = NewElection {
                public_id: slug,
                slug,
                uuid: &uuid,
                title: "Weights",
                state: "rehearsed",
                settings: &text,
                archive_seconds: 0,
                created_at: app.now(),
            };
            let election = elections::insert(c, &new)?;
            for (person, weight) in story.people.iter().zip(weights) {
                let entry = roll::NewRollEntry {
                    election_id: election.id,
                    person_id: person.id,
                    weight,
                    reason: "member",
                    corrected: false,
                };
                roll::insert(c, &entry)?;
            }
            setup::issue_credentials(c, &election, setup::group(&settings)?)?;
            setup::write_setup(c, app, &election, &settings, &trustees)
        });
        match done {
            Ok(()) => assert!(good, "{weights:?} are taken"),
            Err(error) => {
                assert!(!good && error.to_string().contains("another weight than 1"), "{weights:?}: {error}")
            }
        }
    }
}
