//! Stories of forgotten passwords.

use chrono::TimeDelta;

use super::codes::set_up_app;
use super::{PASSWORD, member, try_password};
use crate::testing::TestApp;

const NEW: &str = "seven quiet kettles";

async fn link(app: &TestApp, email: &str) -> String {
    app.visitor().submit("/sign-in/forgotten", &[("email", email)]).await.expect(200).says("Check your mail");
    app.link_in_mail_to(email)
}

#[actix_web::test]
async fn a_mailed_link_sets_a_new_password_once() {
    let app = TestApp::new().await;
    member(&app, "ann@meadow.test").await;
    let home = app.visitor();
    try_password(&home, "ann@meadow.test", PASSWORD).await.expect(303);
    let link = link(&app, "ann@meadow.test").await;
    assert!(link.starts_with("/recover/"));
    let browser = app.visitor();
    for _ in 0..3 {
        browser.get(&link).await.expect(200).says("Ann Arbour");
    }
    browser.post(&link, &[("password", "short")]).await.expect(422);
    browser.submit(&link, &[("password", NEW)]).await.expect(200).says("Your account");
    home.get("/account").await.expect(303);
    app.visitor().post(&link, &[("password", NEW)]).await.expect(410);
    assert_eq!(app.mail_to("ann@meadow.test").message, "password_changed");
    try_password(&app.visitor(), "ann@meadow.test", PASSWORD).await.expect(422);
    try_password(&app.visitor(), "ann@meadow.test", NEW).await.expect(303);
}

#[actix_web::test]
async fn a_recovery_link_ends_after_half_an_hour_and_with_any_new_password() {
    let app = TestApp::new().await;
    member(&app, "ann@meadow.test").await;
    let late = link(&app, "ann@meadow.test").await;
    app.advance(TimeDelta::minutes(30));
    app.visitor().get(&late).await.expect(410);
    app.visitor().post(&late, &[("password", NEW)]).await.expect(410);
    let (first, second) = (link(&app, "ann@meadow.test").await, link(&app, "ann@meadow.test").await);
    app.visitor().submit(&second, &[("password", NEW)]).await.expect(200);
    app.visitor().post(&first, &[("password", "another one of 9")]).await.expect(410);
    app.work();
}

#[actix_web::test]
async fn recovery_does_not_go_around_the_second_factor() {
    let app = TestApp::new().await;
    member(&app, "ann@meadow.test").await;
    let home = app.visitor();
    try_password(&home, "ann@meadow.test", PASSWORD).await.expect(303);
    let phone = set_up_app(&app, &home).await;
    let link = link(&app, "ann@meadow.test").await;
    let browser = app.visitor();
    browser.submit(&link, &[("password", NEW)]).await.expect(200).says("Second step");
    browser.get("/account").await.expect(303);
    browser.submit("/sign-in/second", &[("code", &phone.code(&app))]).await.expect(200).says("Your account");
    app.work();
}

#[actix_web::test]
async fn tokens_of_one_purpose_serve_no_other() {
    let app = TestApp::new().await;
    let ann = app.person("Ann");
    let recover = link(&app, &ann.email).await;
    let token = recover.rsplit('/').next().unwrap();
    for path in ["/sign-in/link/", "/sign-up/", "/undo-address/"] {
        app.visitor().post(&format!("{path}{token}"), &[]).await.expect(410);
    }
    app.visitor().get(&recover).await.expect(200);
}

#[actix_web::test]
async fn asking_tells_nobody_who_has_an_account() {
    let app = TestApp::new().await;
    let known = app.person("Known");
    let mut seen = Vec::new();
    for address in [known.email.as_str(), "stran@people.test"] {
        let page = app.visitor().post("/sign-in/forgotten", &[("email", address)]).await;
        seen.push((page.status, page.text().replace(address, "ADDRESS")));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(app.mails().len(), 1);
    for _ in 0..10 {
        app.visitor().post("/sign-in/forgotten", &[("email", &known.email)]).await.expect(200);
    }
    assert_eq!(app.mails().len(), 4, "and nobody is flooded");
}
