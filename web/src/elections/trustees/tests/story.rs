//! An election with its officer, its trustees and four voters.

use std::io::Cursor;

use chrono::TimeDelta;
use folkmoot_ballot::ballot;
use folkmoot_ballot::credential::Credential;
use folkmoot_ballot::election::Election as Object;
use folkmoot_ballot::group::Ed25519;
use folkmoot_ballot::verify::{Options, verify_archive};
use folkmoot_governance::Fraction;
use folkmoot_governance::quorum::QuorumPolicy;
use folkmoot_store::accounts::Role;
use folkmoot_store::elections::{self, Election, Instants, NewElection, results as records, roll};

use super::player::{Player, SLUG, rng};
use crate::elections::settings::{AnswerSettings, ElectionSettings, QuestionKind, QuestionSettings};
use crate::elections::{advance, cast, results, setup, trustees};
use crate::error::AppError;
use crate::testing::{Browser, TestApp, TestPerson};

pub const STAFF: &str = "/staff/elections/board/trustees";

pub fn approval() -> QuestionKind {
    QuestionKind::Approval { min: 0, max: 3, blank: false }
}

pub fn ranking() -> QuestionKind {
    let method = serde_json::from_value(serde_json::json!({ "method": "schulze" })).unwrap();
    QuestionKind::Ranking { method, best_ranked: None }
}

fn settings(kind: QuestionKind) -> ElectionSettings {
    let answer = |name: &str| AnswerSettings { name: name.into(), ..Default::default() };
    ElectionSettings {
        description: "Who sits on the board?".into(),
        help: "returns@people.test".into(),
        group: "Ed25519".into(),
        questions: vec![QuestionSettings {
            title: "Board".into(),
            kind,
            seats: 1,
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

pub struct Story {
    pub app: TestApp,
    pub officer: TestPerson,
    pub people: Vec<TestPerson>,
    voters: Vec<TestPerson>,
}

impl Story {
    /// An election whose trustees are named and whose threshold is set, through the staff page.
    pub async fn named(kind: QuestionKind, names: &[&str], threshold: &str) -> Self {
        let app = TestApp::new().await;
        let officer = app.person("Rita");
        app.grant(&officer, Role::ReturnsOfficer);
        let voters: Vec<TestPerson> = ["Vic", "Wim", "Xia", "Yan"].iter().map(|n| app.person(n)).collect();
        let now = app.app.now();
        let text = serde_json::to_string(&settings(kind)).unwrap();
        let fill = |c: &mut folkmoot_store::Conn| {
            let new = NewElection {
                public_id: "0190-test",
                slug: "board",
                uuid: "BoardE1ection7",
                title: "Board election",
                state: "rehearsed",
                settings: &text,
                archive_seconds: 0,
                created_at: now,
            };
            let election = elections::insert(c, &new)?;
            for person in &voters {
                let entry = roll::NewRollEntry {
                    election_id: election.id,
                    person_id: person.id,
                    weight: 1,
                    reason: "member",
                    corrected: false,
                };
                roll::insert(c, &entry)?;
            }
            Ok::<_, AppError>(())
        };
        app.app.store().write(fill).unwrap();
        let people: Vec<TestPerson> = names.iter().map(|n| app.person(n)).collect();
        let story = Self { app, officer, people, voters };
        story.staff().get(STAFF).await.expect(200).says("Nobody is named yet.");
        for person in &story.people {
            story.does("add", &[("email", &person.email)]).await;
        }
        story.does("threshold", &[("threshold", threshold)]).await;
        story
    }

    pub fn staff(&self) -> Browser<'_> {
        self.app.signed_in(&self.officer)
    }

    /// An act of the staff page.
    pub async fn does(&self, act: &str, fields: &[(&str, &str)]) {
        let staff = self.staff();
        let answer = staff.post(&format!("{STAFF}/{act}"), fields).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
    }

    /// An act that is refused with these words.
    pub async fn may_not(&self, act: &str, fields: &[(&str, &str)], words: &str) {
        self.staff().post(&format!("{STAFF}/{act}"), fields).await.expect(409).says(words);
    }

    pub fn players(&self, of: Option<(usize, usize)>) -> Vec<Player<'_>> {
        let all = self.people.iter().enumerate();
        all.map(|(i, person)| Player::new(&self.app, SLUG, person, i + 1, of)).collect()
    }

    /// Sessions end after a while; everybody signs in again.
    pub fn again<'a>(&'a self, players: Vec<Player<'a>>) -> Vec<Player<'a>> {
        players.into_iter().zip(&self.people).map(|(p, person)| p.again(&self.app, person)).collect()
    }

    pub fn now(&self) -> Election {
        self.app.app.store().read(|c| Ok::<_, AppError>(elections::by_slug(c, "board")?)).unwrap().unwrap()
    }

    pub fn keys(&self) -> Result<String, AppError> {
        let election = self.now();
        self.app.app.store().read(|c| trustees::keys(c, &election))
    }

    /// Fixes the keys, opens the voting, and casts the ballots given.
    pub async fn vote(&self, ballots: &[[u8; 3]]) {
        let (keys, election, now) = (self.keys().unwrap(), self.now(), self.app.app.now());
        let settings: ElectionSettings = serde_json::from_str(&election.settings).unwrap();
        let open = |c: &mut folkmoot_store::Conn| {
            let issued = setup::issue_credentials(c, &election, setup::group(&settings)?)?;
            setup::write_setup(c, &self.app.app, &election, &settings, &keys)?;
            let instants = Instants {
                record_at: Some(now),
                opens_at: Some(now),
                closes_at: Some(now.plus(TimeDelta::days(14))),
                publish_at: Some(now.plus(TimeDelta::days(20))),
            };
            elections::put_instants(c, election.id, instants)?;
            elections::change_state(c, election.id, "rehearsed", "open")?;
            Ok::<Vec<Credential>, AppError>(issued.into_iter().map(|i| i.credential).collect())
        };
        let credentials = self.app.app.store().write(open).unwrap();
        let election = self.now();
        let object = Object::<Ed25519>::parse(election.election_json.as_ref().unwrap().as_bytes()).unwrap();
        for ((voter, credential), choices) in self.voters.iter().zip(&credentials).zip(ballots) {
            let sealed = ballot::encrypt(&object, credential, &[choices.to_vec()], &mut rng()).unwrap();
            assert!(cast::cast(&self.app.app, &election, voter.id, sealed).await.unwrap().is_ok());
        }
    }

    /// Lets the closing instant pass.
    pub fn close(&self) {
        self.app.advance(self.now().closes_at.unwrap().since(self.app.app.now()));
        advance(&self.app.app, self.now().id).unwrap();
        assert_eq!(self.now().state, "quorum_ok");
    }

    pub fn result(&self) -> Option<String> {
        let id = self.now().id;
        let found = self.app.app.store().read(|c| Ok::<_, AppError>(records::result(c, id)?)).unwrap();
        found.map(|(result, _)| result)
    }

    pub async fn public_archive(&self) -> String {
        self.app.visitor().get(&format!("{SLUG}/archive.bel")).await.body
    }

    /// Announces the result and verifies the public archive; the result in it.
    pub async fn announce(&self) -> String {
        self.app.advance(TimeDelta::days(6));
        advance(&self.app.app, self.now().id).unwrap();
        assert!(results::is_public(&self.now()));
        let archive = self.public_archive().await;
        let report = verify_archive(Cursor::new(archive), &Options::default(), &mut ()).unwrap();
        assert!(report.is_valid(), "{:?}", report.violations().collect::<Vec<_>>());
        report.result.unwrap().value_json()
    }
}
