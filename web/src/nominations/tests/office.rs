//! Two officers, a call, and people.

use chrono::TimeDelta;
use folkmoot_store::accounts::{self, Role};
use folkmoot_store::bodies::{self, BodyFacts, BodyKind, NewBodyMember};
use folkmoot_store::nominations::{self, Nomination};
use folkmoot_store::{Utc, elections};

use crate::error::AppError;
use crate::testing::{Browser, Shown, TestApp, TestPerson, between};

pub const STAFF: &str = "/staff/elections/board";

pub struct Office {
    pub app: TestApp,
    pub rita: TestPerson,
    pub sam: TestPerson,
}

/// Milestone, day, time, zone.
pub type Date = (&'static str, &'static str, &'static str, &'static str);

/// Nominations close at 14:00 UTC on 16 June.
pub const DATES: &[Date] = &[
    ("notice", "2026-06-02", "12:00", "UTC"),
    ("nominations_open", "2026-06-02", "14:00", "UTC"),
    ("nominations_close", "2026-06-16", "14:00", "UTC"),
    ("acceptance_close", "2026-06-18", "14:00", "UTC"),
    ("candidates_announced", "2026-06-20", "14:00", "UTC"),
    ("record_date", "2026-06-25", "14:00", "UTC"),
    ("voting_open", "2026-07-01", "14:00", "UTC"),
    ("voting_close", "2026-07-15", "14:00", "UTC"),
    ("result_announced", "2026-07-17", "14:00", "UTC"),
];

/// Fields of the call's rules that the stories change.
pub const RULES: &[(&str, &str)] = &[
    ("nominations", "yes"),
    ("by", "anybody"),
    ("self", "yes"),
    ("own", "yes"),
    ("endorsements", "0"),
    ("headings", "Why I stand\nWhat I have done"),
    ("limit", "32768"),
    ("acknowledgements", "conduct: I keep to the code of conduct.\noptional mission: I support the mission."),
];

impl Office {
    pub async fn new() -> Self {
        let app = TestApp::new().await;
        let (rita, sam) = (app.person("Rita"), app.person("Sam"));
        app.grant(&rita, Role::ReturnsOfficer);
        app.grant(&sam, Role::SecondOfficer);
        let core = app.person("Cora Core");
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
                let starts_on = now.datetime().date_naive();
                let new = NewBodyMember { body, person: core.id, position: "", starts_on, ends_on: None };
                bodies::add_member(c, new, now)?;
                Ok::<_, AppError>(())
            })
            .unwrap();
        Self { app, rita, sam }
    }

    /// An announced call with these dates and rules, at the instant at which nominations open.
    pub async fn with_call(dates: &[Date], rules: &[(&str, &str)]) -> Self {
        let office = Self::new().await;
        office.call(dates, rules).await;
        office
    }

    pub async fn open() -> Self {
        let office = Self::with_call(DATES, RULES).await;
        office.to("2026-06-02T14:00:00Z");
        office
    }

    pub fn officer(&self) -> Browser<'_> {
        self.app.signed_in(&self.rita)
    }

    pub async fn does(&self, page: &str, fields: &[(&str, &str)]) -> Shown {
        let answer = self.officer().post(&format!("{STAFF}/{page}"), fields).await;
        assert_eq!(answer.status, 303, "{page}: {}", answer.text());
        let to = answer.location().unwrap();
        self.officer().get(&to).await.expect(200)
    }

    async fn call(&self, dates: &[Date], rules: &[(&str, &str)]) {
        let fields = [("preset", "board"), ("title", "Board 2026"), ("slug", "board"), ("opening", "")];
        self.officer().submit("/staff/elections/new", &fields).await.expect(200);
        let details = [
            ("title", "Board 2026"),
            ("description", "Two seats are to be filled."),
            ("body", "Board"),
            ("help", "rita@people.test"),
            ("group", "Ed25519"),
        ];
        self.does("details", &details).await;
        self.does("electorate", &[("of", "body"), ("body", "core")]).await;
        self.does("call", rules).await;
        let mut fields: Vec<(String, &str)> = Vec::new();
        for (key, date, time, zone) in dates {
            for (name, value) in [("date", date), ("time", time), ("zone", zone)] {
                fields.push((format!("{name}-{key}"), value));
            }
        }
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), *v)).collect();
        let mut page = self.does("timeline", &fields).await;
        while let Some(number) = between(&page.body, "name=\"number\" value=\"", "\"").map(str::to_owned) {
            let fields = [("number", number.as_str()), ("reason", "It fits this year")];
            page = self.does("timeline/let-stand", &fields).await;
        }
        self.does("questions/1", &[("title", "Who?"), ("seats", "2"), ("blank", "")]).await;
        self.does("rules", &[("quorum", "share"), ("share", "1/3"), ("fail", "void"), ("ties", "lot")]).await;
        self.does("announce", &[]).await;
        self.app.work();
    }

    /// Moves the clock to an instant, forwards or backwards.
    pub fn to(&self, at: &str) {
        self.to_instant(Utc::parse(at).unwrap());
    }

    pub fn to_instant(&self, at: Utc) {
        self.app.advance(at.since(self.app.app.now()));
    }

    pub fn before(&self, at: &str, span: TimeDelta) {
        self.to_instant(Utc::parse(at).unwrap().plus(-span));
    }

    pub fn advance(&self) {
        let id = self.election().id;
        crate::elections::advance(&self.app.app, id).unwrap();
    }

    pub fn election(&self) -> elections::Election {
        self.app.app.store().read(|c| Ok::<_, AppError>(elections::by_slug(c, "board")?)).unwrap().unwrap()
    }

    pub fn nominations(&self) -> Vec<Nomination> {
        let id = self.election().id;
        self.app.app.store().read(|c| Ok::<_, AppError>(nominations::of_election(c, id)?)).unwrap()
    }

    pub fn named(&self, name: &str) -> Nomination {
        self.nominations()
            .into_iter()
            .find(|n| n.name == name)
            .unwrap_or_else(|| panic!("{name} is not nominated"))
    }

    /// Whoever owns an address.
    pub fn owner(&self, address: &str) -> TestPerson {
        let found = self.app.app.store().read(|c| Ok::<_, AppError>(accounts::owner_of_address(c, address)?));
        let found = found.unwrap().unwrap_or_else(|| panic!("nobody owns {address}"));
        TestPerson {
            id: found.id,
            public_id: found.public_id,
            name: found.preferred_name,
            email: address.into(),
        }
    }

    /// `by` nominates somebody at this address.
    pub async fn nominate(&self, by: &TestPerson, name: &str, email: &str) -> Shown {
        let fields = [
            ("who", "other"),
            ("name", name),
            ("email", email),
            ("words", "She gets things done."),
            ("act", "send"),
        ];
        self.app.signed_in(by).post("/elections/board/nominate", &fields).await
    }

    /// A person who nominated themselves and sent it.
    pub async fn candidate(&self, name: &str) -> TestPerson {
        let person = self.app.person(name);
        let browser = self.app.signed_in(&person);
        let begun = browser
            .post("/elections/board/nominate", &[("who", "self"), ("words", ""), ("act", "send")])
            .await;
        assert_eq!(begun.status, 303, "{}", begun.text());
        let path = begun.location().unwrap();
        accept(&browser, &path, name, "I will serve.").await.expect(200).says("Accepted");
        self.app.work();
        person
    }

    /// The officer finds a candidacy eligible.
    pub async fn eligible(&self, name: &str) {
        let id = self.named(name).public_id;
        self.does(&format!("nominations/{id}/review"), &[("review", "eligible"), ("reason", "")])
            .await
            .says("Eligible");
    }

    pub async fn release(&self) {
        self.does("nominations/release", &[]).await.says("become public at the announced instant");
    }
}

/// Fills the nominee's page and accepts.
pub async fn accept(browser: &Browser<'_>, path: &str, name: &str, text: &str) -> Shown {
    let page = browser.get(path).await.expect(200);
    let revision = between(&page.body, "name=\"revision\" value=\"", "\"").unwrap().to_owned();
    let fields = [
        ("name", name),
        ("summary", "Keeps the books"),
        ("section-1", text),
        ("section-2", ""),
        ("links", ""),
        ("organisation-1", "Acme"),
        ("relation-1", "employee"),
        ("availability", "Five hours a week"),
        ("ack-1", "yes"),
        ("revision", &revision),
        ("act", "accept"),
    ];
    browser.submit(path, &fields).await
}
