//! Two officers, a body of voters and a trustee.

use actix_web::http::header;
use actix_web::test::TestRequest;
use chrono::TimeDelta;
use folkmoot_ballot::ballot;
use folkmoot_ballot::credential::Credential;
use folkmoot_ballot::election::Election as Object;
use folkmoot_ballot::group::Ed25519;
use folkmoot_store::accounts::Role;
use folkmoot_store::bodies::{self, BodyFacts, BodyKind, NewBodyMember};
use folkmoot_store::elections::{self, Election, roll};
use folkmoot_store::mails;
use serde_json::{Value, json};

use crate::elections::preparation::plan::Plan;
use crate::elections::trustees::tests::player::{Player, rng};
use crate::error::AppError;
use crate::testing::{Browser, Shown, TestApp, TestPerson, between};

pub const STAFF: &str = "/staff/elections/board";

/// Two officers, a body of voters and a trustee.
pub struct Office {
    pub app: TestApp,
    pub rita: TestPerson,
    pub sam: TestPerson,
    pub zoe: TestPerson,
    pub voters: Vec<TestPerson>,
}

impl Office {
    pub async fn new(voters: usize) -> Self {
        let app = TestApp::new().await;
        let (rita, sam, zoe) = (app.person("Rita"), app.person("Sam"), app.person("Zoe"));
        app.grant(&rita, Role::ReturnsOfficer);
        app.grant(&sam, Role::SecondOfficer);
        let voters: Vec<TestPerson> = (1..=voters).map(|i| app.person(&format!("Voter {i}"))).collect();
        let now = app.app.now();
        let facts = BodyFacts {
            slug: "core",
            name: "Core team",
            kind: BodyKind::Team,
            description: "",
            is_public: true,
        };
        app.app
            .store()
            .write(|c| {
                let body = bodies::add(c, &facts, now)?;
                for person in &voters {
                    let new = NewBodyMember {
                        body,
                        person: person.id,
                        position: "",
                        starts_on: now.datetime().date_naive(),
                        ends_on: None,
                    };
                    bodies::add_member(c, new, now)?;
                }
                Ok::<_, AppError>(())
            })
            .unwrap();
        Self { app, rita, sam, zoe, voters }
    }

    pub fn officer(&self) -> Browser<'_> {
        self.app.signed_in(&self.rita)
    }

    pub fn election(&self) -> Election {
        let found =
            self.app.app.store().read(|c| Ok::<_, AppError>(elections::by_slug(c, "board")?)).unwrap();
        found.unwrap()
    }

    pub fn count(&self) -> i64 {
        let id = self.election().id;
        self.app.app.store().read(|c| Ok::<_, AppError>(roll::count(c, id)?)).unwrap()
    }

    pub fn plan(&self) -> Plan {
        let id = self.election().id;
        self.app.app.store().read(|c| Plan::of(c, id)).unwrap().unwrap()
    }

    /// Sends a form of the staff side and opens the page it leads to.
    pub async fn does(&self, page: &str, fields: &[(&str, &str)]) -> Shown {
        let path = format!("{STAFF}/{page}");
        let answer = self.officer().post(&path, fields).await;
        assert_eq!(answer.status, 303, "{page}: {}", answer.text());
        let to = answer.location().unwrap();
        self.officer().get(&to).await.expect(200)
    }

    /// Sends a form that is refused with these words.
    pub async fn refused(&self, page: &str, fields: &[(&str, &str)], words: &str) {
        let answer = self.officer().post(&format!("{STAFF}/{page}"), fields).await;
        assert!(matches!(answer.status.as_u16(), 409 | 422), "{page}: {} {}", answer.status, answer.text());
        answer.says(words);
    }

    /// The second officer agrees to what was proposed last.
    pub async fn agree(&self) {
        let path = self.app.link_in_mail_to(&self.sam.email);
        let browser = self.app.signed_in(&self.sam);
        let page = browser.get(&path).await.expect(200);
        let digest = between(&page.body, "name=\"digest\" value=\"", "\"").unwrap().to_owned();
        let path = path.clone() + "/approve";
        let done = browser.submit(&path, &[("digest", &digest), ("note", "")]).await;
        assert!(done.text().contains("Approved"), "{}", done.text());
    }

    pub async fn draft(&self) {
        let fields =
            [("preset", "board"), ("title", "Core board"), ("slug", "board"), ("opening", "2026-06-20")];
        let answer = self.officer().submit("/staff/elections/new", &fields).await.expect(200);
        answer.says("Core board").says("Before it can be announced");
        let details = [
            ("title", "Core board"),
            ("description", "Two seats are to be filled."),
            ("body", "Board"),
            ("help", "rita@people.test"),
            ("group", "Ed25519"),
            ("receipts", "yes"),
        ];
        self.does("details", &details).await;
        self.does("electorate", &[("of", "body"), ("body", "core")]).await.says("it would have");
    }

    pub async fn timeline(&self) {
        let mut fields: Vec<(String, &str)> = Vec::new();
        for (key, date, time, zone) in [
            ("notice", "2026-06-05", "12:00", "UTC"),
            ("record_date", "2026-06-10", "end of day", "AoE"),
            ("voting_open", "2026-06-20", "14:00", "UTC"),
            ("voting_close", "2026-07-04", "end of day", "AoE"),
            ("result_announced", "2026-07-06", "14:00", "Europe/Berlin"),
        ] {
            for (name, value) in [("date", date), ("time", time), ("zone", zone)] {
                fields.push((format!("{name}-{key}"), value));
            }
        }
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), *v)).collect();
        self.does("timeline", &fields)
            .await
            .says("end of day Anywhere on Earth")
            .says("Sunday 5 July 2026, 12:00 UTC");
    }

    pub async fn question(&self, seats: &str) -> Shown {
        let fields = [
            ("title", "Who should sit on the board?"),
            ("seats", seats),
            ("blank", ""),
            ("name-1", "Ana"),
            ("statement-1", "I keep books.\r\n\r\nOpen ones."),
            ("name-2", "Bo"),
            ("name-3", "Cy"),
        ];
        self.officer().submit(&format!("{STAFF}/questions/1"), &fields).await
    }

    pub async fn rules(&self) {
        let fields = [("quorum", "share"), ("share", "1/3"), ("fail", "void"), ("ties", "lot")];
        self.does("rules", &fields).await;
    }

    /// Everything up to the announcement.
    pub async fn announced(&self) {
        self.draft().await;
        self.timeline().await;
        self.question("2").await.expect(200);
        self.rules().await;
        self.refused("announce", &[], "14 days and 22 hours; the rule is 14 days").await;
        self.does("timeline/let-stand", &[("number", "0"), ("reason", "The last day counts everywhere")])
            .await;
        self.does("announce", &[]).await.says("Its public page");
    }

    /// A frozen roll, made at the record instant.
    pub async fn rolled(&self) {
        self.announced().await;
        self.app.advance(TimeDelta::days(10));
        self.does("roll/make", &[]).await;
        self.does("roll/publish", &[]).await;
        self.does("roll/freeze", &[]).await;
        self.agree().await;
    }

    /// One trustee, with a second officer's consent that there is no spare.
    pub async fn trustee(&self) -> Player<'_> {
        self.does("trustees/add", &[("email", &self.zoe.email)]).await;
        self.does("trustees/threshold", &[("threshold", "0")]).await;
        self.does("trustees/invite", &[]).await;
        let mut zoe = Player::new(&self.app, "/elections/board", &self.zoe, 1, None);
        zoe.act("key").await;
        zoe.act("rehearse").await;
        self.does("trustees/accept-no-spare", &[("reason", "A small test election")]).await;
        self.agree().await;
        zoe
    }

    pub async fn canary(&self) {
        self.does("messages/test", &[]).await;
        let mail = self.app.mail_to(&self.rita.email);
        let word = mail.body_text.lines().map(str::trim).find(|l| l.len() == 8 && !l.contains(' '));
        let word = word.unwrap_or_else(|| panic!("no word in {}", mail.body_text)).to_owned();
        self.refused("messages/arrived", &[("word", "wrongwrd")], "not the word").await;
        self.does("messages/arrived", &[("word", &word.to_uppercase())]).await.says("Arrived");
    }

    /// Trustee, test mail, preview, the end of the rehearsal, and the agreement of both officers to open.
    pub async fn opened(&self) -> Player<'_> {
        let zoe = self.trustee().await;
        self.canary().await;
        self.does("rehearsal/looked", &[]).await;
        self.does("rehearsal/finish", &[]).await;
        self.does("open", &[]).await;
        self.agree().await;
        zoe
    }

    /// Everything up to the agreement of the second officer to open.
    pub async fn ready(&self) -> Player<'_> {
        self.rolled().await;
        let zoe = self.trustee().await;
        self.canary().await;
        self.refused("rehearsal/finish", &[], "The result page was not previewed").await;
        self.does("rehearsal/looked", &[]).await;
        self.does("rehearsal/finish", &[]).await;
        self.does("open", &[]).await;
        self.agree().await;
        zoe
    }

    pub async fn vote(&self, voter: usize, code: &str, choices: &[u8]) -> (u16, Value) {
        let browser = self.app.signed_in(&self.voters[voter]);
        let document: Value =
            serde_json::from_str(&browser.get("/elections/board/booth.json").await.body).unwrap();
        let object = Object::<Ed25519>::parse(self.election().election_json.unwrap().as_bytes()).unwrap();
        let credential = Credential::parse(code).unwrap();
        let raw = ballot::encrypt(&object, &credential, &[choices.to_vec()], &mut rng()).unwrap();
        let request = TestRequest::post()
            .uri("/elections/board/ballots")
            .insert_header(("sec-fetch-site", "same-origin"))
            .insert_header(("x-csrf-token", document["cast"]["csrf"].as_str().unwrap()))
            .insert_header((header::ACCEPT, "application/json"))
            .insert_header((header::CONTENT_TYPE, "application/json"))
            .set_payload(json!({ "ballot": raw }).to_string());
        let shown = browser.send(request).await;
        (shown.status.as_u16(), serde_json::from_str(&shown.body).unwrap())
    }

    /// The codes in the voters' mails. Bodies with secrets are removed when they are sent, so they are read before.
    pub fn codes(&self) -> Vec<String> {
        let all = self.app.app.store().read(|c| Ok::<_, AppError>(mails::latest(c, 1000)?)).unwrap();
        let opened = |m| crate::mail::sealed::opened(&self.app.app, m).unwrap();
        let all: Vec<_> = all.into_iter().map(opened).collect();
        let code = |person: &TestPerson| {
            let mail = all.iter().find(|m| m.recipient == person.email && m.message == "voting_code");
            let mail = mail.unwrap_or_else(|| panic!("{} gets no code", person.email));
            between(&mail.body_text, "#c=", "\n").unwrap().to_owned()
        };
        self.voters.iter().map(code).collect()
    }

    pub fn advance_to(&self, at: &str) {
        let at = folkmoot_store::Utc::parse(at).unwrap();
        self.app.advance(at.since(self.app.app.now()));
    }

    pub fn advance(&self) {
        crate::elections::advance(&self.app.app, self.election().id).unwrap();
    }
}
