//! What the stories begin with: a body with members, programmes with candidate rules, nominations by people without an account.

use chrono::NaiveDate;
use folkmoot_governance::award::AwardDecisionPolicy;
use folkmoot_governance::preset;
use folkmoot_store::awards::{self, ProgrammeFacts};
use folkmoot_store::bodies::{self, BodyFacts, BodyKind, NewBodyMember};
use folkmoot_store::{JsonText, Utc, memberships};

use crate::awards::{Settings, tend};
use crate::error::AppError;
use crate::membership;
use crate::testing::{Browser, Shown, TestApp, TestPerson};

pub(super) fn at(text: &str) -> Utc {
    Utc::parse(text).unwrap()
}

/// An award with its body.
pub(super) struct Setting {
    pub(super) test: TestApp,
    pub(super) members: Vec<TestPerson>,
    pub(super) slug: &'static str,
}

impl Setting {
    /// Fellows, decided by a work group of `size`; its first member is the chair. Both rules are candidates.
    pub(super) async fn fellows(now: &str, size: usize) -> Self {
        Self::new(now, size, "fellows", "Fellows", Settings::quarterly()).await
    }

    pub(super) async fn new(
        now: &str,
        size: usize,
        slug: &'static str,
        name: &str,
        settings: Settings,
    ) -> Self {
        let test = TestApp::new().await;
        test.clock.jump(at(now).since(test.app.now()));
        test.app.store().write(|c| membership::preset::install(c, at(now))).unwrap();
        let members: Vec<TestPerson> = (1..=size).map(|n| test.person(&format!("Reviewer {n}"))).collect();
        let setting = Self { test, members, slug };
        setting.programme(name, &settings);
        setting
    }

    fn programme(&self, name: &str, settings: &Settings) {
        let now = self.test.app.now();
        let rules: [(AwardDecisionPolicy, &str); 2] = [
            (preset::fellow_by_bylaws(), "Bylaws 4.8"),
            (preset::fellow_by_charter(), "Work Group charter, 2017"),
        ];
        self.test
            .app
            .store()
            .write(|c| {
                let facts = BodyFacts {
                    slug: "board-of-awards",
                    name: "The work group",
                    kind: BodyKind::WorkGroup,
                    description: "",
                    is_public: true,
                };
                let body = bodies::add(c, &facts, now)?;
                for (n, member) in self.members.iter().enumerate() {
                    let seat = NewBodyMember {
                        body,
                        person: member.id,
                        position: if n == 0 { "Chair" } else { "" },
                        starts_on: NaiveDate::from_ymd_opt(2020, 1, 1).unwrap(),
                        ends_on: None,
                    };
                    bodies::add_member(c, seat, now)?;
                }
                let class = memberships::class_by_key(c, "Fellow")?.id;
                let facts = ProgrammeFacts {
                    name,
                    body,
                    class: (self.slug == "fellows").then_some(class),
                    settings: JsonText::of(settings)?,
                    position: 1,
                    is_open: true,
                };
                let programme = awards::add_programme(c, self.slug, &facts, now)?;
                for (policy, authority) in &rules {
                    awards::add_rule(c, programme, &JsonText::of(policy)?, authority, now)?;
                }
                Ok::<_, AppError>(())
            })
            .unwrap();
    }

    /// Moves the clock to an instant and lets it do its work.
    pub(super) fn at(&self, now: &str) {
        self.test.clock.set(at(now));
        self.tend();
    }

    pub(super) fn tend(&self) {
        tend(&self.test.app).unwrap();
        self.test.work();
    }

    pub(super) fn member(&self, n: usize) -> Browser<'_> {
        self.test.signed_in(self.members.get(n).unwrap())
    }

    /// The chair enters that the body adopted the rule with this name.
    pub(super) async fn adopt(&self, name: &str) {
        let chair = self.member(0);
        let page = format!("/awards/review/{}/rules", self.slug);
        let shown = chair.get(&page).await.expect(200);
        let id = rule_id(&shown, name);
        chair
            .submit(&page, &[("rule", &id), ("minute", "Minutes of 3 November, item 4")])
            .await
            .says("Adopted");
    }

    /// Somebody without an account nominates: form, mail, link, button.
    pub(super) async fn nominate(&self, author: &str, nominees: &str, citation: &str) -> Shown {
        let email = format!("{}@writers.test", author.to_lowercase().replace(' ', "."));
        let fields = [
            ("nominees", nominees),
            ("team", ""),
            ("citation", citation),
            ("accomplishments", "Twelve years of patient work.\nMany learned from it."),
            ("links", "https://work.example/one"),
            ("referees", "Ask around."),
            ("name", author),
            ("email", &email),
        ];
        let visitor = self.test.visitor();
        let path = format!("/awards/{}/nominate", self.slug);
        visitor.get(&path).await.expect(200);
        visitor.post(&path, &fields).await.expect(200).says("Check your mail");
        let link = self.test.link_in_mail_to(&email);
        visitor.get(&link).await.expect(200).says("Press the button");
        let thanks = visitor.post(&link, &[]).await.expect(200).says("Thank you for your nomination");
        visitor.post(&link, &[]).await.expect(410);
        self.test.work();
        thanks
    }

    /// Address of the review page of a nominee, as a member sees it in the queue.
    pub(super) async fn case(&self, member: usize, name: &str) -> String {
        let shown = self.member(member).get(&format!("/awards/review/{}", self.slug)).await.expect(200);
        case_in(&shown, name).unwrap_or_else(|| panic!("{name} is not in the queue: {}", shown.text()))
    }

    /// Members vote in their order: `y`, `n`, `a`, `r` for stepping aside, `-` for nothing.
    pub(super) async fn votes(&self, name: &str, votes: &str) {
        let path = self.case(0, name).await;
        for (n, vote) in votes.chars().enumerate() {
            let browser = self.member(n);
            let choice = match vote {
                'y' => "yes",
                'n' => "no",
                'a' => "abstain",
                'r' => {
                    let aside = [("act", "aside"), ("reason", "We work together.")];
                    browser.submit(&format!("{path}/recusal"), &aside).await.says("You stepped aside");
                    continue;
                }
                _ => continue,
            };
            let fields = [("choice", choice), ("rationale", "Read the evidence.")];
            browser.submit(&format!("{path}/vote"), &fields).await.expect(200).says("Your vote is recorded");
        }
    }

    /// Names on the public roster, in its order.
    pub(super) async fn roster(&self) -> Vec<String> {
        let shown =
            self.test.visitor().get(&format!("/awards/{}/recipients.json", self.slug)).await.expect(200);
        let json: serde_json::Value = serde_json::from_str(&shown.body).unwrap();
        let all = json["recipients"].as_array().unwrap();
        all.iter().map(|r| r["name"].as_str().unwrap().to_owned()).collect()
    }
}

/// The link of the queue whose words are these.
pub(super) fn case_in(shown: &Shown, name: &str) -> Option<String> {
    let page = scraper::Html::parse_document(&shown.body);
    let links = scraper::Selector::parse("main ul.tasks a").unwrap();
    page.select(&links)
        .find(|a| a.text().collect::<String>().contains(name))
        .and_then(|a| a.attr("href").map(str::to_owned))
}

fn rule_id(shown: &Shown, name: &str) -> String {
    let page = scraper::Html::parse_document(&shown.body);
    let labels = scraper::Selector::parse("main .choice label").unwrap();
    let label = page
        .select(&labels)
        .find(|l| l.text().collect::<String>().starts_with(&format!("{name}:")))
        .unwrap_or_else(|| panic!("no candidate {name}: {}", shown.text()));
    label.attr("for").unwrap().trim_start_matches("rule-").to_owned()
}
