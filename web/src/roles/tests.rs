//! Stories about roles.

use chrono::TimeDelta;
use folkmoot_store::accounts::{self, Role};

use super::{conflict, heading};
use crate::error::AppError;
use crate::testing::{Browser, TestApp, TestPerson};

fn roles(app: &TestApp, person: &TestPerson) -> Vec<Role> {
    let (id, now) = (person.id, app.app.now());
    app.app.store().read(|c| Ok::<_, AppError>(accounts::roles_of(c, id, now)?)).unwrap()
}

async fn give(
    ada: &Browser<'_>,
    person: &TestPerson,
    role: &str,
    more: &[(&str, &str)],
) -> crate::testing::Shown {
    let mut fields = vec![("email", person.email.as_str()), ("role", role), ("reason", "Board decision 3")];
    if !more.iter().any(|(n, _)| *n == "starts") {
        fields.push(("starts", "2026-06-01"));
    }
    fields.extend_from_slice(more);
    ada.post("/staff/roles/give", &fields).await
}

#[actix_web::test]
async fn a_small_role_is_given_by_one_administrator_for_a_time() {
    let app = TestApp::new().await;
    let (vera, ada) = (app.person("Vera Reviewer"), app.staff("Ada Admin", Role::Administrator));
    let browser = app.signed_in(&vera);
    give(&ada, &vera, "reviewer", &[("starts", "2026-06-02"), ("ends", "2026-06-30")]).await.expect(303);
    assert_eq!(app.audited(), ["role.grant"]);
    assert!(
        app.mail_to(&vera.email)
            .body_text
            .contains("from 2 June 2026, 00:00 UTC until 1 July 2026, 00:00 UTC")
    );
    browser.get("/account").await.expect(303);
    assert_eq!(roles(&app, &vera), []);
    app.advance(TimeDelta::hours(12));
    assert_eq!(roles(&app, &vera), [Role::Reviewer]);
    app.advance(TimeDelta::days(29) - TimeDelta::microseconds(1));
    assert_eq!(roles(&app, &vera), [Role::Reviewer]);
    app.advance(TimeDelta::microseconds(1));
    assert_eq!(roles(&app, &vera), []);
    app.work();
}

#[actix_web::test]
async fn a_role_taken_away_is_gone_in_open_browsers_at_once() {
    let app = TestApp::new().await;
    let (otto, ada) = (app.person("Otto Auditor"), app.staff("Ada Admin", Role::Administrator));
    give(&ada, &otto, "auditor", &[]).await.expect(303);
    let browser = app.signed_in(&otto);
    browser.get("/staff/roles").await.expect(200).says("Otto Auditor");
    let page = ada.get("/staff/roles").await.expect(200);
    let path =
        page.body.split("href=\"").find(|h| h.contains("/take-away")).unwrap().split('"').next().unwrap();
    ada.get(path).await.expect(200).says("Otto Auditor will no longer be auditor");
    ada.post(path, &[("reason", "")]).await.expect(422).says("Say why");
    ada.submit(path, &[("reason", "Term over")]).await.says("taken away");
    browser.get("/staff/roles").await.expect(303);
    // A new sign-in has no role either.
    app.signed_in(&otto).get("/staff/roles").await.expect(403).says("administrator, auditor");
    ada.post(path, &[("reason", "again")]).await.expect(409).says("over already");
    assert_eq!(app.audited(), ["role.grant", "role.revoke"]);
    assert!(app.mail_to("ada.admin@people.test").subject.contains("taken away: auditor"));
}

#[actix_web::test]
async fn nobody_takes_away_their_own_role() {
    let app = TestApp::new().await;
    let ada = app.staff("Ada Admin", Role::Administrator);
    let page = ada.get("/staff/roles").await.expect(200);
    assert!(!page.body.contains("/take-away"));
    ada.post("/staff/roles/1/take-away", &[("reason", "x")]).await.expect(403).says("yourself");
    ada.get("/staff/roles/999/take-away").await.expect(404);
}

#[actix_web::test]
async fn a_deputy_stands_in_for_somebody_with_the_role() {
    let app = TestApp::new().await;
    let (carl, dora) = (app.person("Carl Chair"), app.person("Dora Deputy"));
    let ada = app.staff("Ada Admin", Role::Administrator);
    let deputy = [("deputy_for", carl.email.as_str()), ("ends", "2026-06-10")];
    give(&ada, &dora, "chair", &deputy).await.expect(409).says("does not hold this role");
    give(&ada, &carl, "chair", &[]).await.expect(303);
    give(&ada, &dora, "chair", &[("deputy_for", "nobody@people.test")])
        .await
        .expect(422)
        .says("confirmed this address");
    give(&ada, &carl, "chair", &deputy).await.expect(409).says("holds this role for that time already");
    give(&ada, &dora, "chair", &deputy).await.expect(303);
    ada.get("/staff/roles").await.says("Dora Deputy deputy for Carl Chair");
    app.work();
}

#[actix_web::test]
async fn mistakes_in_the_form_are_named_and_unknown_fields_refused() {
    let app = TestApp::new().await;
    let (vera, ada) = (app.person("Vera"), app.staff("Ada Admin", Role::Administrator));
    let answer = ada
        .post("/staff/roles/give", &[("email", "x@people.test"), ("role", "king"), ("starts", "soon")])
        .await;
    let answer = answer.expect(422).says("Choose a role").says("2026-05-31").says("Say why");
    assert!(answer.body.contains("value=\"x@people.test\""));
    give(&ada, &vera, "auditor", &[("ends", "2026-05-01")]).await.expect(422).says("must not be before");
    give(&ada, &vera, "auditor", &[("granted_by", "1")]).await.expect(422).says("no such field");
    assert_eq!(roles(&app, &vera), []);
}

#[actix_web::test]
async fn credentials_and_members_are_kept_in_different_hands() {
    let app = TestApp::new().await;
    let (kim, ada) = (app.person("Kim"), app.staff("Ada Admin", Role::Administrator));
    let _bo = app.staff("Bo Admin", Role::Administrator);
    app.grant(&kim, Role::Registrar);
    give(&ada, &kim, "membership_staff", &[]).await.expect(409).says("at once");
    for (one, other, apart) in [
        (Role::Registrar, Role::MembershipStaff, true),
        (Role::ReturnsOfficer, Role::Registrar, true),
        (Role::Administrator, Role::Registrar, true),
        (Role::ReturnsOfficer, Role::SecondOfficer, false),
        (Role::Registrar, Role::Registrar, false),
    ] {
        assert_eq!(conflict(one, other), apart, "{one} and {other}");
    }
    assert_eq!(heading(Role::ReturnsOfficer), "Returns officer");
}

#[actix_web::test]
async fn roles_are_reviewed_once_a_year() {
    let app = TestApp::new().await;
    let ada = app.person("Ada Admin");
    app.grant(&ada, Role::Administrator);
    let run = || {
        let now = app.app.now();
        app.app.store().write(|c| crate::jobs::queue_recurring(c, now)).unwrap();
        app.work();
    };
    run();
    assert!(app.mails().is_empty());
    app.advance(TimeDelta::days(335));
    run();
    assert_eq!(app.mail_to(&ada.email).message, "roles_review_due");
    app.advance(TimeDelta::days(1));
    run();
    assert_eq!(app.mails().len(), 1);
    let browser = app.signed_in(&ada);
    browser.get("/").await.says("Review who holds which role");
    let page =
        browser.get("/staff/roles/review").await.expect(200).says("due on 1 June 2027").says("your own");
    let newest = crate::testing::between(&page.body, "name=\"newest\" value=\"", "\"").unwrap().to_owned();
    app.grant(&app.person("Vera"), Role::Reviewer);
    browser
        .post("/staff/roles/review", &[("newest", &newest)])
        .await
        .expect(409)
        .says("Open the review again");
    let page = browser.get("/staff/roles/review").await.says("Vera");
    let newest = crate::testing::between(&page.body, "name=\"newest\" value=\"", "\"").unwrap().to_owned();
    browser.submit("/staff/roles/review", &[("newest", &newest)]).await.says("The review is recorded");
    assert_eq!(app.audited(), ["role.review"]);
    browser.get("/").await.says("Nothing needs you now");
}
