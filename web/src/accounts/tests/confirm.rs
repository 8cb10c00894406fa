//! Stories of proving again who one is.

use chrono::TimeDelta;

use super::codes::{AppCode, set_up_app};
use super::{PASSWORD, member, try_password};
use crate::testing::{Browser, Shown, TestApp, between};

/// Sends the page that asks for a proof, with everything it keeps and this proof.
pub(super) async fn prove(browser: &Browser<'_>, page: &Shown, proof: &[(&str, &str)]) -> Shown {
    let (action, kept) = page.form("/account/confirm");
    let mut fields: Vec<(&str, &str)> = kept.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    fields.retain(|(name, _)| !proof.iter().any(|(n, _)| n == name));
    fields.extend_from_slice(proof);
    browser.submit(&action, &fields).await
}

#[actix_web::test]
async fn an_interrupted_form_goes_on_with_everything_typed() {
    let app = TestApp::new().await;
    member(&app, "ann@meadow.test").await;
    let browser = app.visitor();
    try_password(&browser, "ann@meadow.test", PASSWORD).await.expect(303);
    app.advance(TimeDelta::minutes(5));
    let page = browser.submit("/account/addresses", &[("email", "ann@work.test")]).await.expect(200);
    assert!(page.body.contains("name=\"email\" value=\"ann@work.test\""));
    let page = page.says("Confirm that it is you").says("is kept");
    let again = prove(&browser, &page, &[("proof-do", "password"), ("proof-password", "wrong")]).await;
    assert!(again.body.contains("name=\"email\" value=\"ann@work.test\""));
    assert!(!again.body.contains("value=\"wrong\""), "a password is never sent back");
    let again = again.expect(422).says("not your password");
    prove(&browser, &again, &[("proof-do", "password"), ("proof-password", PASSWORD)])
        .await
        .expect(200)
        .says("Check your mail")
        .says("ann@work.test");
    assert_eq!(app.mail_to("ann@work.test").message, "confirm_address");
    // The proof holds for a few minutes.
    browser.submit("/account/authenticator/start", &[]).await.expect(200).says("read this code");
    assert_eq!(app.audited(), ["person.sign_up", "session.start", "session.prove"]);
}

#[actix_web::test]
async fn a_page_that_needs_a_proof_is_shown_after_it() {
    let app = TestApp::new().await;
    let browser = app.signed_in(&app.person("Ann"));
    app.advance(TimeDelta::minutes(5));
    let away = browser.get("/account/data").await.expect(303);
    assert_eq!(away.location().as_deref(), Some("/account/confirm?next=%2Faccount%2Fdata"));
    let page = browser.get(&away.location().unwrap()).await.expect(200);
    let page = prove(&browser, &page, &[("proof-do", "mail")]).await.expect(200).says("on its way");
    let mail = app.mail_to("ann@people.test");
    let code = mail.body_text.split_whitespace().find(|w| w.len() == 8 && w.parse::<u32>().is_ok()).unwrap();
    let guess = if code == "00000000" { "00000001" } else { "00000000" };
    let page = prove(&browser, &page, &[("proof-do", "mailed"), ("proof-mailed-code", guess)]).await;
    let page = page.expect(422).says("not the code");
    let shown = prove(&browser, &page, &[("proof-do", "mailed"), ("proof-mailed-code", code)]).await;
    assert_eq!(shown.expect(200).headers.get("content-type").unwrap(), "application/json");
    // The code is used up.
    app.advance(TimeDelta::minutes(6));
    let page = browser.get("/account/confirm?next=%2Faccount%2Fdata").await;
    prove(&browser, &page, &[("proof-do", "mailed"), ("proof-mailed-code", code)]).await.expect(422);
}

#[actix_web::test]
async fn a_mailed_code_serves_its_own_session_for_ten_minutes_and_five_tries() {
    let app = TestApp::new().await;
    let ann = app.person("Ann");
    let (first, second) = (app.signed_in(&ann), app.signed_in(&ann));
    app.advance(TimeDelta::minutes(5));
    let code = async |browser: &Browser<'_>| {
        let page = browser.get("/account/confirm").await;
        prove(browser, &page, &[("proof-do", "mail")]).await.expect(200);
        let text = app.mail_to(&ann.email).body_text;
        text.split_whitespace().find(|w| w.len() == 8 && w.parse::<u32>().is_ok()).unwrap().to_owned()
    };
    let typed = code(&first).await;
    let page = second.get("/account/confirm").await;
    let try_on = async |browser: &Browser<'_>, code: &str| {
        prove(browser, &page, &[("proof-do", "mailed"), ("proof-mailed-code", code)]).await.status.as_u16()
    };
    assert_eq!(try_on(&second, &typed).await, 422, "the code of another session");
    app.advance(TimeDelta::minutes(10));
    assert_eq!(try_on(&first, &typed).await, 422, "too old");
    app.advance(TimeDelta::hours(1));
    let fresh = code(&first).await;
    for _ in 0..5 {
        assert_eq!(try_on(&first, "1").await, 422);
    }
    assert_eq!(try_on(&first, &fresh).await, 429);
}

#[actix_web::test]
async fn the_proof_never_leads_away_from_the_site() {
    let app = TestApp::new().await;
    member(&app, "ann@meadow.test").await;
    let browser = app.visitor();
    try_password(&browser, "ann@meadow.test", PASSWORD).await.expect(303);
    for evil in ["//evil.example", "https://evil.example/", "/\\evil.example", "/%0d%0aX: y"] {
        let path = format!("/account/confirm?next={}", crate::http::urls::encode(evil));
        browser.get(&path).await.expect(200);
        let answer =
            browser.post(&path, &[("proof-do", "password"), ("proof-password", PASSWORD)]).await.expect(303);
        let to = answer.location().unwrap();
        assert!(to == "/" || to == "/%0d%0aX: y" && !to.contains('\n'), "{evil:?} led to {to:?}");
    }
    // A link cannot make the browser send a form: without a form that was interrupted it goes on by GET.
    let path = "/account/confirm?next=%2Faccount%2Fclose";
    let sent = [("proof-do", "password"), ("proof-password", PASSWORD), ("sure", "yes")];
    assert_eq!(browser.post(path, &sent).await.status, 303);
}

#[actix_web::test]
async fn with_an_app_a_stolen_password_proves_nothing() {
    let app = TestApp::new().await;
    member(&app, "ann@meadow.test").await;
    let browser = app.visitor();
    try_password(&browser, "ann@meadow.test", PASSWORD).await.expect(303);
    let phone = set_up_app(&app, &browser).await;
    app.advance(TimeDelta::minutes(6));
    let page = browser.get("/account/confirm?next=%2Faccount%2Fdata").await.expect(200);
    assert!(!page.body.contains("proof-password") && !page.body.contains("Mail me a code"));
    for way in ["password", "mail", "mailed"] {
        let proof = [("proof-do", way), ("proof-password", PASSWORD), ("proof-mailed-code", "1")];
        prove(&browser, &page, &proof).await.expect(409);
    }
    let code = phone.code(&app);
    prove(&browser, &page, &[("proof-do", "code"), ("proof-code", &code)]).await.expect(200);
    app.advance(TimeDelta::minutes(5));
    prove(&browser, &page, &[("proof-do", "code"), ("proof-code", &code)]).await.expect(422);
    app.work();
}

#[actix_web::test]
async fn each_sensitive_act_asks_for_a_proof() {
    let app = TestApp::new().await;
    let browser = app.signed_in(&app.person("Ann"));
    browser.get("/account").await.expect(200);
    app.advance(TimeDelta::minutes(5));
    for path in [
        "/account/addresses",
        "/account/addresses/1/primary",
        "/account/addresses/1/remove",
        "/account/authenticator/start",
        "/account/authenticator/confirm",
        "/account/authenticator/remove",
        "/account/recovery-codes",
        "/account/passkeys",
        "/account/passkeys/1/remove",
        "/account/password",
        "/account/close",
    ] {
        let answer = browser.post(path, &[]).await.expect(307);
        let to = format!("/account/confirm?next={}", crate::http::urls::encode(path));
        assert_eq!(answer.location(), Some(to));
    }
    let script = actix_web::test::TestRequest::post()
        .uri("/account/passkeys/options")
        .insert_header(("accept", "application/json"))
        .insert_header(("sec-fetch-site", "same-origin"));
    let page = browser.get("/account").await;
    let token = between(&page.body, "name=\"csrf\" value=\"", "\"").unwrap().to_owned();
    let answer = browser.send(script.insert_header(("x-csrf-token", token))).await.expect(403);
    assert!(answer.body.contains("Confirm that it is you"));
}

#[actix_web::test]
async fn a_code_drops_as_soon_as_the_clock_of_the_app_differs_too_much() {
    let app = TestApp::new().await;
    let browser = app.signed_in(&app.person("Ann"));
    let phone = set_up_app(&app, &browser).await;
    app.advance(TimeDelta::minutes(6));
    let page = browser.get("/account/confirm").await;
    for (drift, expected) in [(-2, 422), (2, 422), (1, 200)] {
        let code = AppCode { secret: phone.secret.clone() }.code_at(&app, drift);
        let answer = prove(&browser, &page, &[("proof-do", "code"), ("proof-code", &code)]).await;
        assert_eq!(answer.status, expected, "drift {drift}");
    }
    app.work();
}
