//! Stories of passkeys.

use actix_web::test::TestRequest;
use chrono::TimeDelta;
use folkmoot_store::accounts::{PersonState, set_person_state};
use serde_json::Value;

use super::codes::set_up_app;
use super::confirm::prove;
use super::soft_key::SoftKey;
use crate::error::AppError;
use crate::testing::{Browser, Shown, TestApp, TestPerson, between};

/// Asks for options as the page's script does.
async fn options(browser: &Browser<'_>, page: &str, path: &str) -> Value {
    let shown = browser.get(page).await.expect(200);
    let token = between(&shown.body, "name=\"csrf\" value=\"", "\"").unwrap().to_owned();
    let request = TestRequest::post()
        .uri(path)
        .insert_header(("accept", "application/json"))
        .insert_header(("sec-fetch-site", "same-origin"))
        .insert_header(("x-csrf-token", token));
    serde_json::from_str(&browser.send(request).await.expect(200).body).unwrap()
}

async fn add(browser: &Browser<'_>, key: &mut SoftKey) -> Shown {
    let asked = options(browser, "/account/passkeys", "/account/passkeys/options").await;
    let made = key.create(&asked);
    let ceremony = asked["ceremony"].as_str().unwrap();
    let fields = [("name", "Blue key"), ("ceremony", ceremony), ("credential", made.as_str())];
    browser.submit("/account/passkeys", &fields).await
}

async fn person_with_key(app: &TestApp, name: &str) -> (TestPerson, SoftKey) {
    let person = app.person(name);
    let mut key = SoftKey::new(name.as_bytes());
    add(&app.signed_in(&person), &mut key).await.expect(200).says("is ready");
    app.work();
    (person, key)
}

async fn answer(browser: &Browser<'_>, asked: &Value, credential: &str) -> Shown {
    let ceremony = asked["ceremony"].as_str().unwrap();
    let fields = [("ceremony", ceremony), ("credential", credential), ("next", "/account")];
    browser.post("/sign-in/passkey", &fields).await
}

#[actix_web::test]
async fn a_passkey_signs_in_without_a_name() {
    let app = TestApp::new().await;
    let (ann, mut key) = person_with_key(&app, "Ann").await;
    assert!(app.mail_to(&ann.email).body_text.contains("A passkey was added"));
    let browser = app.visitor();
    let asked = options(&browser, "/sign-in", "/sign-in/passkey/options").await;
    assert_eq!(asked["publicKey"]["allowCredentials"], serde_json::json!([]), "nothing tells who has one");
    let proof = key.get(&asked);
    let shown = answer(&browser, &asked, &proof).await.expect(303);
    assert_eq!(shown.location().as_deref(), Some("/account"));
    browser.get("/account").await.expect(200).says("ann@people.test");
    // The same answer again, by somebody who listened.
    answer(&app.visitor(), &asked, &proof).await.expect(422);
    let page = browser.get("/account/passkeys").await.expect(200).says("Blue key");
    assert!(!page.text().contains("never"));
}

#[actix_web::test]
async fn answers_that_do_not_fit_are_refused() {
    let app = TestApp::new().await;
    let (_, mut key) = person_with_key(&app, "Ann").await;
    let browser = app.visitor();
    let asked = options(&browser, "/sign-in", "/sign-in/passkey/options").await;
    let other = options(&browser, "/sign-in", "/sign-in/passkey/options").await;
    let refused = async |credential: String| {
        answer(&browser, &asked, &credential).await.expect(422).says("not accepted");
        // Each try needs a new challenge: the one before is used up.
        options(&browser, "/sign-in", "/sign-in/passkey/options").await
    };
    let next = refused(key.get(&other)).await;
    let right_answer_to_used_challenge = key.get(&asked);
    answer(&browser, &asked, &right_answer_to_used_challenge).await.expect(422);
    key.origin = "https://folkmoot.example";
    answer(&browser, &next, &key.get(&next)).await.expect(422);
    key.origin = "https://folkmoot.test";
    let next = options(&browser, "/sign-in", "/sign-in/passkey/options").await;
    key.verifies_user = false;
    answer(&browser, &next, &key.get(&next)).await.expect(422);
    key.verifies_user = true;
    let next = options(&browser, "/sign-in", "/sign-in/passkey/options").await;
    let mut stranger = SoftKey::new(b"Ann");
    answer(&browser, &next, &stranger.get(&next)).await.expect(422);
    let next = options(&browser, "/sign-in", "/sign-in/passkey/options").await;
    key.counter = 0;
    answer(&browser, &next, &key.get(&next)).await.expect(422);
    for broken in ["", "{}", "[]", "{\"id\":1}"] {
        answer(&browser, &next, broken).await.expect(422);
    }
    key.counter = 100;
    let late = options(&browser, "/sign-in", "/sign-in/passkey/options").await;
    app.advance(TimeDelta::minutes(5));
    answer(&browser, &late, &key.get(&late)).await.expect(422);
    let next = options(&browser, "/sign-in", "/sign-in/passkey/options").await;
    answer(&browser, &next, &key.get(&next)).await.expect(303);
}

#[actix_web::test]
async fn somebody_barred_does_not_get_in_by_passkey() {
    let app = TestApp::new().await;
    let (ann, mut key) = person_with_key(&app, "Ann").await;
    let bar =
        |c: &mut folkmoot_store::Conn| Ok::<_, AppError>(set_person_state(c, ann.id, PersonState::Disabled)?);
    app.app.store().write(bar).unwrap();
    let browser = app.visitor();
    let asked = options(&browser, "/sign-in", "/sign-in/passkey/options").await;
    answer(&browser, &asked, &key.get(&asked)).await.expect(422);
}

#[actix_web::test]
async fn a_passkey_takes_the_second_step_and_proves_again() {
    let app = TestApp::new().await;
    let (ann, mut key) = person_with_key(&app, "Ann").await;
    let (_, mut bos) = person_with_key(&app, "Bo").await;
    set_up_app(&app, &app.signed_in(&ann)).await;
    let browser = app.visitor();
    let ask = [("email", ann.email.as_str()), ("password", ""), ("next", "/account")];
    browser.post("/sign-in/link", &ask).await.expect(200);
    browser.submit(&app.link_in_mail_to(&ann.email), &[]).await.expect(200).says("Second step");
    let asked = options(&browser, "/sign-in/second", "/sign-in/second/options").await;
    assert_eq!(asked["publicKey"]["allowCredentials"].as_array().unwrap().len(), 1);
    let send = async |asked: &Value, credential: &str| {
        let ceremony = asked["ceremony"].as_str().unwrap();
        let fields = [("way", "passkey"), ("ceremony", ceremony), ("credential", credential), ("code", "")];
        browser.post("/sign-in/second", &fields).await.status.as_u16()
    };
    assert_eq!(send(&asked, &bos.get(&asked)).await, 422, "somebody else's");
    let asked = options(&browser, "/sign-in/second", "/sign-in/second/options").await;
    assert_eq!(send(&asked, &key.get(&asked)).await, 303);
    app.advance(TimeDelta::minutes(6));
    let page = browser.get("/account/confirm?next=%2Faccount%2Fdata").await.expect(200);
    let asked =
        options(&browser, "/account/confirm?next=%2Faccount%2Fdata", "/account/confirm/options").await;
    let proof = key.get(&asked);
    let ceremony = asked["ceremony"].as_str().unwrap();
    let fields = [("proof-do", "passkey"), ("proof-ceremony", ceremony), ("proof-credential", &proof)];
    prove(&browser, &page, &fields).await.expect(200);
    browser.get("/account/data").await.expect(200);
}

#[actix_web::test]
async fn passkeys_are_named_and_removed_by_their_owner_only() {
    let app = TestApp::new().await;
    let (ann, mut key) = person_with_key(&app, "Ann").await;
    let browser = app.signed_in(&ann);
    add(&browser, &mut key).await.expect(422).says("was not made");
    let page = browser.get("/account/passkeys").await;
    let (remove, _) = page.form("/account/passkeys/");
    let id: String = remove.chars().filter(char::is_ascii_digit).collect();
    let (rename, remove) =
        (format!("/account/passkeys/{id}/rename"), format!("/account/passkeys/{id}/remove"));
    let stranger = app.signed_in(&app.person("Bo"));
    stranger.post(&rename, &[("name", "Mine")]).await.expect(404);
    stranger.post(&remove, &[]).await.expect(404);
    browser.submit(&rename, &[("name", "Red key")]).await.expect(200).says("Red key");
    browser.submit(&rename, &[("name", "")]).await.expect(422);
    browser.submit(&remove, &[]).await.expect(200).says("is removed");
    assert!(app.mail_to(&ann.email).body_text.contains("Red key"));
    let visitor = app.visitor();
    let asked = options(&visitor, "/sign-in", "/sign-in/passkey/options").await;
    answer(&visitor, &asked, &key.get(&asked)).await.expect(422);
}

#[actix_web::test]
async fn a_challenge_for_one_person_adds_no_key_to_another() {
    let app = TestApp::new().await;
    let (ann, bo) = (app.signed_in(&app.person("Ann")), app.signed_in(&app.person("Bo")));
    let asked = options(&ann, "/account/passkeys", "/account/passkeys/options").await;
    assert_eq!(asked["publicKey"]["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(asked["publicKey"]["authenticatorSelection"]["userVerification"], "required");
    let made = SoftKey::new(b"key").create(&asked);
    let fields =
        [("name", "Mine"), ("ceremony", asked["ceremony"].as_str().unwrap()), ("credential", made.as_str())];
    bo.submit("/account/passkeys", &fields).await.expect(422).says("was not made");
    ann.submit("/account/passkeys", &fields).await.expect(422).says("was not made");
    add(&ann, &mut SoftKey::new(b"key")).await.expect(200).says("is ready");
    add(&bo, &mut SoftKey::new(b"key")).await.expect(409).says("known already");
    app.work();
}
