//! Bodies, their kinds of motions, and people who vote.

use chrono::TimeDelta;
use folkmoot_store::accounts::Role;
use folkmoot_store::bodies::{self, BodyFacts, BodyKind, NewBodyMember};
use folkmoot_store::{JsonText, PublicId, motions};

use crate::error::AppError;
use crate::jobs::Job;
use crate::motions::SettleMotions;
use crate::motions::settings::{KindSettings, preset_of};
use crate::testing::{Browser, Shown, TestApp, TestPerson};

/// An organisation with a core team, a steering council and staff.
pub struct Town {
    pub app: TestApp,
    pub people: Vec<TestPerson>,
}

impl Town {
    pub async fn new(people: usize) -> Self {
        let app = TestApp::new().await;
        let people = (1..=people).map(|i| app.person(&format!("Member {i}"))).collect();
        Self { app, people }
    }

    /// A public body whose members are these people.
    pub fn body(&self, slug: &str, name: &str, members: &[TestPerson]) {
        let now = self.app.app.now();
        let facts = BodyFacts { slug, name, kind: BodyKind::Team, description: "", is_public: true };
        self.app
            .app
            .store()
            .write(|c| {
                let body = bodies::add(c, &facts, now)?;
                for person in members {
                    let starts_on = now.datetime().date_naive();
                    let new =
                        NewBodyMember { body, person: person.id, position: "", starts_on, ends_on: None };
                    bodies::add_member(c, new, now)?;
                }
                Ok::<_, AppError>(())
            })
            .unwrap();
    }

    /// Adopts a kind of motion from a preset.
    pub fn adopt(&self, body: &str, preset: &str, change: impl FnOnce(&mut KindSettings)) {
        let now = self.app.app.now();
        let mut settings = preset_of(preset).unwrap();
        change(&mut settings);
        settings.rule.check().unwrap();
        self.app
            .app
            .store()
            .write(|c| {
                let body = bodies::by_slug(c, body)?;
                motions::adopt_kind(c, body.id, &settings.rule.kind, &JsonText::of(&settings)?, now)?;
                Ok::<_, AppError>(())
            })
            .unwrap();
    }

    pub fn as_(&self, person: usize) -> Browser<'_> {
        self.app.signed_in(&self.people[person])
    }

    /// Proposes and returns the page's address.
    pub async fn proposes(&self, person: usize, body: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.as_(person).post(&format!("/bodies/{body}/motions/new"), fields).await.expect(303);
        answer.location().unwrap()
    }

    pub async fn votes(&self, motion: &str, people: std::ops::Range<usize>, choice: &str) {
        for person in people {
            let fields = [("choice", choice), ("reason", "")];
            self.as_(person).post(&format!("{motion}/vote"), &fields).await.expect(303);
        }
    }

    pub fn days(&self, days: i64) {
        self.app.advance(TimeDelta::days(days));
    }

    /// A vote that everybody has cast ends one microsecond after the last of them.
    pub fn tick(&self) {
        self.app.advance(TimeDelta::microseconds(1));
    }

    /// Lets the clock carry out what has ended.
    pub fn settles(&self) {
        self.tick();
        SettleMotions {}.run(&self.app.app).unwrap();
        self.app.work();
    }

    /// The page of a motion as a member sees it.
    pub async fn sees(&self, person: usize, motion: &str) -> Shown {
        self.as_(person).get(motion).await.expect(200)
    }

    pub fn sits(&self, body: &str, person: usize) -> bool {
        let (id, day) = (self.people[person].id, self.app.app.now().datetime().date_naive());
        let found = self.app.app.store().read(|c| {
            let body = bodies::by_slug(c, body)?;
            Ok::<_, AppError>(bodies::seat_of(c, body.id, id, day)?)
        });
        found.unwrap().is_some()
    }

    pub fn outcome(&self, motion: &str) -> Option<motions::Outcome> {
        let id = PublicId::parse(motion.rsplit('/').next().unwrap()).unwrap();
        self.app.app.store().read(|c| Ok::<_, AppError>(motions::by_public_id(c, &id)?)).unwrap().outcome
    }

    pub fn officer(&self) -> Browser<'_> {
        self.app.staff("Rita Returns", Role::ReturnsOfficer)
    }
}
