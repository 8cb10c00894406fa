//! Stories of leaving.

use folkmoot_store::accounts::{PersonState, Role, addresses_of, person};

use super::codes::set_up_app;
use crate::error::AppError;
use crate::testing::TestApp;

#[actix_web::test]
async fn closing_an_account_keeps_the_name_and_removes_the_rest() {
    let app = TestApp::new().await;
    let ann = app.person("Ann");
    let (browser, other) = (app.signed_in(&ann), app.signed_in(&ann));
    set_up_app(&app, &browser).await;
    browser.get("/account/close").await.expect(200).says("What stays");
    browser.submit("/account/close", &[]).await.expect(422).says("Tick the box");
    browser.submit("/account/close", &[("sure", "yes")]).await.expect(200).says("is closed");
    for gone in [&browser, &other] {
        gone.get("/account").await.expect(303);
    }
    let (row, left) =
        app.app.store().read(|c| Ok::<_, AppError>((person(c, ann.id)?, addresses_of(c, ann.id)?))).unwrap();
    assert_eq!((row.state, row.preferred_name.as_str()), (PersonState::Closed, "Ann"));
    assert!(left.is_empty());
    let mails = app.mails();
    assert_eq!(mails.last().unwrap().message, "account_closed");
    assert!(mails.iter().filter(|m| m.person_id == Some(ann.id)).all(|m| m.recipient.is_empty()));
    // The address is free: somebody new may sign up with it, and no link goes out for the old account.
    let ask = [("email", ann.email.as_str()), ("password", ""), ("next", "/")];
    app.visitor().post("/sign-in/link", &ask).await.expect(200);
    assert_eq!(app.mails().len(), mails.len());
    assert_eq!(app.audited(), ["totp.add", "person.close"]);
}

#[actix_web::test]
async fn staff_hand_their_roles_over_first() {
    let app = TestApp::new().await;
    let browser = app.staff("Rita", Role::ReturnsOfficer);
    browser.get("/account/close").await.expect(200).says("handed over");
    browser.submit("/account/close", &[("sure", "yes")]).await.expect(409);
    browser.get("/account").await.expect(200);
}

#[actix_web::test]
async fn ones_own_data_come_as_json_and_hold_no_secrets() {
    let app = TestApp::new().await;
    let ann = app.person("Ann");
    app.person("Bo");
    let browser = app.signed_in(&ann);
    let phone = set_up_app(&app, &browser).await;
    let answer = browser.get("/account/data").await.expect(200);
    assert!(answer.headers.get("content-disposition").unwrap().to_str().unwrap().starts_with("attachment"));
    let data: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(data["account"]["name"], "Ann");
    assert_eq!(data["account"]["addresses"][0]["address"], "ann@people.test");
    assert_eq!(data["account"]["has_authenticator_app"], true);
    assert_eq!(data["roles"], serde_json::json!([]));
    assert_eq!(data["mails"][0]["about"], "account_notice");
    let secret = crate::auth::totp::base32(&phone.secret);
    for hidden in [secret.as_str(), "token", "hash", "bo@people.test"] {
        assert!(!answer.body.contains(hidden), "{hidden}");
    }
}
