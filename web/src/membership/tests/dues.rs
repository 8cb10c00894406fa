//! Story 7 as far as it is about membership: terms, renewals, lapse, refunds, lifetime.

use chrono::NaiveDate;
use folkmoot_governance::electorate::{AffirmationPolicy, ElectorateRule, RollInstants};
use folkmoot_governance::preset as rules;
use folkmoot_store::bodies::{self, BodyFacts, BodyId, BodyKind};
use folkmoot_store::memberships::paid::{NewPaidTerm, TermKind};
use folkmoot_store::memberships::{self, Membership, MembershipState};
use folkmoot_store::{PersonId, Utc};

use crate::error::AppError;
use crate::membership::dues::{extend_paid, forget_paid, payment_for_end, withdraw_paid};
use crate::membership::{facts, instant, preset};
use crate::testing::TestApp;

fn at(text: &str) -> Utc {
    Utc::parse(text).unwrap()
}

struct Setting {
    test: TestApp,
    person: PersonId,
    body: BodyId,
}

impl Setting {
    async fn new() -> Self {
        let test = TestApp::new().await;
        let person = test.person("Ana").id;
        let now = at("2022-01-01T00:00:00Z");
        let body = test
            .app
            .store()
            .write(|c| {
                preset::install(c, now)?;
                preset::install(c, now)?;
                let facts = BodyFacts {
                    slug: "board",
                    name: "Board",
                    kind: BodyKind::Board,
                    description: "",
                    is_public: true,
                };
                Ok::<_, AppError>(bodies::add(c, &facts, now)?)
            })
            .unwrap();
        Self { test, person, body }
    }

    fn pay(&self, reference: &str, paid_at: &str, kind: TermKind) -> Membership {
        let app = &self.test.app;
        app.store()
            .write(|c| {
                let class = memberships::class_by_key(c, "Supporting")?.id;
                let new = NewPaidTerm { person: self.person, class, reference, kind, paid_at: at(paid_at) };
                Ok::<_, AppError>(extend_paid(c, app, &new, at(paid_at))?.membership.unwrap())
            })
            .unwrap()
    }

    fn until(&self) -> Vec<(String, Option<String>)> {
        let held = self
            .test
            .app
            .store()
            .read(|c| Ok::<_, AppError>(memberships::of_person(c, self.person)?))
            .unwrap();
        held.into_iter().map(|(m, _)| (m.starts_at.to_string(), m.ends_at.map(|e| e.to_string()))).collect()
    }

    /// Whether the person is on a roll made for this instant, by a rule without affirmations.
    fn votes(&self, record: &str) -> bool {
        let rule = ElectorateRule { affirmation: None::<AffirmationPolicy>, ..rules::board_electorate() };
        let record = instant(at(record)).unwrap();
        let at = RollInstants::new(record, record, record);
        self.test
            .app
            .store()
            .read(|c| facts::standing_of(c, self.person, self.body, &rule, &at))
            .unwrap()
            .on_roll
    }
}

#[actix_web::test]
async fn a_renewal_extends_from_the_end_date_and_the_same_notice_changes_nothing() {
    let s = Setting::new().await;
    let first = s.pay("one", "2022-12-10T15:00:00Z", TermKind::Term);
    assert_eq!(first.ends_at, Some(at("2023-12-11T00:00:00Z")), "the whole of 10 December belongs to it");
    let again = s.pay("one", "2022-12-10T15:00:00Z", TermKind::Term);
    assert_eq!((again.id, again.ends_at), (first.id, first.ends_at));
    let renewed = s.pay("two", "2023-11-20T09:00:00Z", TermKind::Term);
    assert_eq!((renewed.id, renewed.ends_at), (first.id, Some(at("2024-12-11T00:00:00Z"))));
    assert_eq!(s.until().len(), 1, "one membership without a gap");
    // After the grace days a new membership begins.
    s.pay("three", "2025-03-01T00:00:00Z", TermKind::Term);
    assert_eq!(s.until().len(), 2);
    assert!(
        s.votes("2024-12-10T23:59:59Z")
            && !s.votes("2024-12-11T00:00:00Z")
            && s.votes("2025-03-01T00:00:00Z")
    );
}

#[actix_web::test]
async fn a_refund_after_the_record_date_leaves_the_vote_of_that_roll() {
    let s = Setting::new().await;
    s.pay("one", "2022-12-10T00:00:00Z", TermKind::Term);
    let app = &s.test.app;
    let back = at("2023-06-20T00:00:00Z");
    app.store().write(|c| withdraw_paid(c, app, "one", back, back)).unwrap();
    assert!(s.votes("2023-06-16T04:00:00Z"), "on the record date it was paid");
    assert!(!s.votes("2023-06-20T00:00:00Z"));
    assert_eq!(s.until()[0].1.as_deref(), Some("2023-06-20T00:00:00Z"));
    app.store().write(|c| forget_paid(c, app, "one", back)).unwrap();
    assert!(!s.votes("2023-06-16T04:00:00Z"));
}

#[actix_web::test]
async fn a_lifetime_has_no_end_and_an_imported_end_is_renewed_from() {
    let s = Setting::new().await;
    let policy = rules::supporting_dues();
    for (last, paid) in [
        ("2023-12-10", "2022-12-10"),
        ("2024-02-29", "2023-03-01"),
        ("2023-05-31", "2022-05-31"),
        ("2023-02-28", "2022-02-28"),
    ] {
        let last: NaiveDate = last.parse().unwrap();
        assert_eq!(payment_for_end(&policy, last).unwrap(), at(&format!("{paid}T00:00:00Z")));
    }
    s.pay("import 1", "2022-12-10T00:00:00Z", TermKind::Term);
    s.pay("two", "2023-12-20T00:00:00Z", TermKind::Term);
    assert_eq!(s.until(), [("2022-12-10T00:00:00Z".to_owned(), Some("2024-12-11T00:00:00Z".to_owned()))]);
    assert!(s.pay("life", "2024-01-05T00:00:00Z", TermKind::Lifetime).ends_at.is_none());
    assert_eq!(s.until().len(), 1);
    assert!(s.votes("2090-01-01T00:00:00Z"));
}

#[actix_web::test]
async fn what_was_ended_by_decision_is_not_brought_back_by_old_payments() {
    let s = Setting::new().await;
    s.pay("one", "2022-12-10T00:00:00Z", TermKind::Term);
    let held = s.pay("two", "2023-11-20T00:00:00Z", TermKind::Term);
    let app = &s.test.app;
    let end = at("2023-12-01T00:00:00Z");
    app.store()
        .write(|c| {
            let done =
                memberships::end(c, held.id, end, MembershipState::Terminated, "By the board", None, end)?;
            assert!(done);
            withdraw_paid(c, app, "two", at("2023-12-05T00:00:00Z"), at("2023-12-05T00:00:00Z"))
        })
        .unwrap();
    assert!(s.votes("2023-11-30T00:00:00Z"));
    assert!(!s.votes("2023-12-02T00:00:00Z"));
    assert_eq!(s.until().len(), 1);
    s.pay("three", "2026-01-01T00:00:00Z", TermKind::Term);
    assert_eq!(s.until().len(), 2, "paid again: a new membership");
    assert!(
        s.votes("2023-11-30T00:00:00Z")
            && !s.votes("2023-12-02T00:00:00Z")
            && s.votes("2026-02-01T00:00:00Z")
    );
}
