//! An election of any group with officers, trustees, candidates and voters, all through HTTP but the set-up itself.

use std::cell::OnceCell;
use std::marker::PhantomData;

use actix_web::http::header;
use actix_web::test::TestRequest;
use folkmoot_ballot::ballot;
use folkmoot_ballot::credential::Credential;
use folkmoot_ballot::election::Election as Object;
use folkmoot_ballot::group::Group;
use folkmoot_store::accounts::Role;
use folkmoot_store::elections::{
    self, Election, Instants, NewElection, ballot_box, results as records, roll,
};
use folkmoot_store::{Conn, Utc};
use serde_json::{Value, json};

use crate::app::App;
use crate::chance::SeededChance;
use crate::elections::settings::{AnswerSettings, ElectionSettings, QuestionKind, QuestionSettings};
use crate::elections::trustees::tests::player::Player;
use crate::elections::{advance, setup, trustees};
use crate::error::AppError;
use crate::keys::Keys;
use crate::testing::{Browser, TestApp, TestPerson, between};

/// When things happen.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    pub opens: &'static str,
    pub closes: &'static str,
    pub publishes: &'static str,
}

pub fn utc(text: &str) -> Utc {
    Utc::parse(text).unwrap()
}

pub fn answers(names: &[&str]) -> Vec<AnswerSettings> {
    names.iter().map(|n| AnswerSettings { name: (*n).into(), ..Default::default() }).collect()
}

pub fn question(
    title: &str,
    kind: QuestionKind,
    seats: u32,
    answers: Vec<AnswerSettings>,
) -> QuestionSettings {
    QuestionSettings { title: title.into(), kind, seats, answers, seating: None }
}

/// Settings with one question, without a quorum.
pub fn settings<G: Group>(question: QuestionSettings) -> ElectionSettings {
    ElectionSettings {
        description: "What is decided.".into(),
        help: "returns@people.test".into(),
        group: G::NAME.into(),
        questions: vec![question],
        quorum: folkmoot_governance::quorum::QuorumPolicy::None,
        threshold: 2,
        least_counted: 0,
        ties: Default::default(),
        certification: None,
    }
}

/// The election on stage.
pub struct Stage<G: Group> {
    pub app: TestApp,
    pub officer: TestPerson,
    pub second: TestPerson,
    pub trustees: Vec<TestPerson>,
    pub voters: Vec<TestPerson>,
    credentials: OnceCell<Vec<Credential>>,
    group: PhantomData<G>,
}

const SLUG: &str = "/elections/vote";

impl<G: Group> Stage<G> {
    /// Officers, three trustees who are named and invited, a roll. The settings may name people of the application.
    pub async fn named(
        voters: usize,
        times: Times,
        settings: impl FnOnce(&TestApp) -> ElectionSettings,
    ) -> Self {
        let app = TestApp::new().await;
        app.clock.set(utc(times.opens).plus(chrono::TimeDelta::days(-10)));
        let (officer, second) = (app.person("Rita"), app.person("Sam"));
        app.grant(&officer, Role::ReturnsOfficer);
        app.grant(&second, Role::SecondOfficer);
        let settings = settings(&app);
        let text = serde_json::to_string(&settings).unwrap();
        let trustees: Vec<TestPerson> = ["Ada", "Grace", "Zoe"].iter().map(|n| app.person(n)).collect();
        let voters: Vec<TestPerson> = (1..=voters).map(|n| app.person(&format!("Voter {n}"))).collect();
        let now = app.app.now();
        let record = |c: &mut Conn| {
            let new = NewElection {
                public_id: "0190-vote",
                slug: "vote",
                uuid: "StoryE1ection7",
                title: "The vote",
                state: "rehearsed",
                settings: &text,
                archive_seconds: 0,
                created_at: now,
            };
            let election = elections::insert(c, &new)?;
            for person in &voters {
                let reason = "member";
                let entry = roll::NewRollEntry {
                    election_id: election.id,
                    person_id: person.id,
                    weight: 1,
                    reason,
                    corrected: false,
                };
                roll::insert(c, &entry)?;
            }
            let instants = Instants {
                record_at: Some(now),
                opens_at: Some(utc(times.opens)),
                closes_at: Some(utc(times.closes)),
                publish_at: Some(utc(times.publishes)),
            };
            elections::put_instants(c, election.id, instants)?;
            Ok::<_, AppError>(())
        };
        app.app.store().write(record).unwrap();
        let credentials = OnceCell::new();
        let stage = Self { app, officer, second, trustees, voters, credentials, group: PhantomData };
        let staff = stage.app.signed_in(&stage.officer);
        let at = "/staff/elections/vote/trustees";
        staff.get(at).await.expect(200);
        for person in &stage.trustees {
            staff.post(&format!("{at}/add"), &[("email", &person.email)]).await.expect(303);
        }
        let threshold = settings.threshold.to_string();
        staff.post(&format!("{at}/threshold"), &[("threshold", &threshold)]).await.expect(303);
        staff.post(&format!("{at}/invite"), &[]).await.expect(303);
        stage
    }

    /// The trustees make their key and rehearse; then the election is set up, and voting begins.
    pub async fn open(&self) -> Vec<Player<'_, G>> {
        let of = Some((2, self.trustees.len()));
        let all = self.trustees.iter().enumerate();
        let mut players: Vec<Player<'_, G>> =
            all.map(|(i, person)| Player::new(&self.app, SLUG, person, i + 1, of)).collect();
        for step in ["key", "commit", "reveal", "share", "rehearse"] {
            for player in &mut players {
                player.act(step).await;
            }
        }
        let election = self.now();
        let settings: ElectionSettings = serde_json::from_str(&election.settings).unwrap();
        let made = |c: &mut Conn| {
            let keys = trustees::keys(c, &election)?;
            let issued = setup::issue_credentials(c, &election, setup::group(&settings)?)?;
            setup::write_setup(c, &self.app.app, &election, &settings, &keys)?;
            Ok::<_, AppError>(issued.into_iter().map(|i| i.credential).collect())
        };
        self.credentials.set(self.app.app.store().write(made).unwrap()).unwrap();
        self.app.clock.set(election.opens_at.unwrap());
        self.step();
        assert_eq!(self.now().state, "open");
        self.again(players)
    }

    /// Sessions end after a while; the trustees sign in again.
    pub fn again<'a>(&'a self, players: Vec<Player<'a, G>>) -> Vec<Player<'a, G>> {
        players.into_iter().zip(&self.trustees).map(|(p, person)| p.again(&self.app, person)).collect()
    }

    pub fn now(&self) -> Election {
        self.app.app.store().read(|c| Ok::<_, AppError>(elections::by_slug(c, "vote")?)).unwrap().unwrap()
    }

    /// What the job by the clock does, and everything else that is due.
    pub fn step(&self) {
        advance(&self.app.app, self.now().id).unwrap();
        self.app.work();
    }

    pub fn at(&self, instant: &str) {
        self.app.clock.set(utc(instant));
    }

    /// Seals ballots as the booth does: voter by number, a list of marks per question. On every processor at once.
    pub fn seal(&self, ballots: &[(usize, Vec<Vec<u8>>)]) -> Vec<String> {
        let json = self.now().election_json.unwrap();
        let credentials = self.credentials.get().unwrap();
        let half = ballots.len().div_ceil(2).max(1);
        std::thread::scope(|scope| {
            let parts: Vec<_> = ballots
                .chunks(half)
                .map(|part| {
                    let json = &json;
                    scope.spawn(move || {
                        let object = Object::<G>::parse(json.as_bytes()).unwrap();
                        let one = |(voter, marks): &(usize, Vec<Vec<u8>>)| {
                            ballot::encrypt(&object, &credentials[*voter], marks, &mut setup::generator())
                                .unwrap()
                        };
                        part.iter().map(one).collect::<Vec<_>>()
                    })
                })
                .collect();
            parts.into_iter().flat_map(|p| p.join().unwrap()).collect()
        })
    }

    pub fn credential(&self, voter: usize) -> &Credential {
        &self.credentials.get().unwrap()[voter]
    }

    /// A second server on the same database: nothing in memory is shared but the clock.
    pub fn second_server(&self) -> App {
        let first = &self.app.app;
        let (config, store) = (first.config().clone(), first.store().clone());
        let chance = std::sync::Arc::new(SeededChance::new(2));
        App::new(config, store, self.app.clock.clone(), chance, Keys::from_secret(b"secret of tests"))
            .unwrap()
    }

    /// A voter's browser with the booth's document, as after opening the page.
    pub async fn booth(&self, voter: usize) -> (Browser<'_>, Value) {
        let browser = self.app.signed_in(&self.voters[voter]);
        let shown = browser.get(&format!("{SLUG}/booth.json")).await;
        (browser, serde_json::from_str(&shown.body).unwrap())
    }

    /// Sends a sealed ballot from a booth.
    pub async fn send(&self, (browser, document): &(Browser<'_>, Value), sealed: &str) -> (u16, Value) {
        let csrf = document["cast"]["csrf"].as_str().unwrap_or("none").to_owned();
        let request = TestRequest::post()
            .uri(&format!("{SLUG}/ballots"))
            .insert_header(("sec-fetch-site", "same-origin"))
            .insert_header(("x-csrf-token", csrf))
            .insert_header((header::ACCEPT, "application/json"))
            .insert_header((header::CONTENT_TYPE, "application/json"))
            .set_payload(json!({ "ballot": sealed }).to_string());
        let shown = browser.send(request).await;
        (shown.status.as_u16(), serde_json::from_str(&shown.body).unwrap())
    }

    /// Seals and casts; every ballot has to be accepted with a receipt.
    pub async fn vote(&self, ballots: &[(usize, Vec<Vec<u8>>)]) {
        for ((voter, _), sealed) in ballots.iter().zip(self.seal(ballots)) {
            let (status, answer) = self.send(&self.booth(*voter).await, &sealed).await;
            assert_eq!(status, 200, "{answer}");
            assert!(answer["receipt"].as_str().unwrap().starts_with("c2sp.org/tlog-proof@v1"), "{answer}");
        }
    }

    /// The text of a page as a visitor reads it.
    pub async fn page(&self, path: &str) -> String {
        self.app.visitor().get(&format!("{SLUG}{path}")).await.expect(200).text()
    }

    pub async fn says(&self, words: &str) {
        let text = self.page("").await;
        assert!(text.contains(words), "not found: {words:?} in {text:?}");
    }

    pub async fn status_of(&self, path: &str) -> u16 {
        self.app.visitor().get(&format!("{SLUG}{path}")).await.status.as_u16()
    }

    /// Bytes that everybody can download.
    pub async fn download(&self, path: &str) -> Vec<u8> {
        let request =
            TestRequest::get().uri(&format!("{SLUG}{path}")).insert_header(("host", "folkmoot.test"));
        let answer = (self.app.serve_raw())(request).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        actix_web::body::to_bytes(answer.into_body()).await.unwrap().to_vec()
    }

    /// The trustees with these places check their keys, shuffle where there is something to shuffle, and decrypt.
    pub async fn count(&self, players: Vec<Player<'_, G>>, places: &[usize], mixed: bool) {
        let mut players = self.again(players);
        let steps: &[&str] = if mixed { &["rehearse", "shuffle"] } else { &["rehearse"] };
        for step in steps {
            for place in places {
                players[*place].act(step).await;
            }
        }
        if mixed {
            let staff = self.app.signed_in(&self.officer);
            staff.get("/staff/elections/vote/trustees").await.expect(200);
            let act = "/staff/elections/vote/trustees/end-shuffling";
            assert!([303, 409].contains(&staff.post(act, &[]).await.status.as_u16()));
        }
        // Two of three are enough; the others have nothing left to do then.
        for place in places.iter().take(2) {
            players[*place].act("decrypt").await;
        }
        self.app.work();
    }

    /// The vote ends as announced, these trustees count, and the result is published.
    pub async fn finish(&self, players: Vec<Player<'_, G>>, places: &[usize], mixed: bool) {
        let ends = self.now();
        self.app.clock.set(ends.closes_at.unwrap());
        self.step();
        self.count(players, places, mixed).await;
        self.app.clock.set(ends.publish_at.unwrap());
        self.step();
    }

    /// One officer proposes on a staff page, the other approves.
    pub async fn two(&self, path: &str, fields: &[(&str, &str)]) {
        let waiting = self.propose(path, fields).await;
        self.approve(&waiting).await.says("Approved");
        self.app.work();
    }

    /// Only proposes; the address of the proposal.
    pub async fn propose(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let officer = self.app.signed_in(&self.officer);
        officer.get("/staff/approvals").await.expect(200);
        let answer = officer.post(&format!("/staff/elections/vote/{path}"), fields).await;
        let to = answer.location();
        to.unwrap_or_else(|| panic!("{path}: {} {}", answer.status, answer.text()))
    }

    pub async fn approve(&self, waiting: &str) -> crate::testing::Shown {
        let second = self.app.signed_in(&self.second);
        let page = second.get(waiting).await.expect(200);
        let digest = between(&page.body, "name=\"digest\" value=\"", "\"").unwrap().to_owned();
        second.submit(&format!("{waiting}/approve"), &[("digest", &digest), ("note", "")]).await
    }

    /// A proposal that is refused with these words.
    pub async fn may_not(&self, path: &str, fields: &[(&str, &str)], words: &str) {
        let officer = self.app.signed_in(&self.officer);
        officer.get("/staff/approvals").await.expect(200);
        officer.post(&format!("/staff/elections/vote/{path}"), fields).await.expect(409).says(words);
    }

    pub fn certificate(&self) -> (String, String) {
        let id = self.now().id;
        let found = self.app.app.store().read(|c| Ok::<_, AppError>(records::quorum_certificate(c, id)?));
        found.unwrap().expect("a quorum certificate")
    }

    /// How many events of a kind the ballot box has.
    pub fn events(&self, kind: &str) -> usize {
        let id = self.now().id;
        let all = self.app.app.store().read(|c| Ok::<_, AppError>(ballot_box::events(c, id, 0, i64::MAX)?));
        all.unwrap().iter().filter(|e| e.kind == kind).count()
    }
}
