//! Stories of authenticator apps and recovery codes.

use chrono::TimeDelta;
use folkmoot_store::accounts::{Role, totp_of};

use super::confirm::prove;
use super::{PASSWORD, member, try_password};
use crate::auth::totp;
use crate::error::AppError;
use crate::testing::{Browser, TestApp, between};

/// Somebody's app.
pub(super) struct AppCode {
    pub(super) secret: Vec<u8>,
}

impl AppCode {
    pub(super) fn code(&self, app: &TestApp) -> String {
        self.code_at(app, 0)
    }

    pub(super) fn code_at(&self, app: &TestApp, drift: i64) -> String {
        totp::code(&self.secret, totp::step_at(app.app.now()) + drift)
    }
}

fn base32_bytes(text: &str) -> Vec<u8> {
    let (mut bits, mut held, mut bytes) = (0_u64, 0, Vec::new());
    for letter in text.bytes().filter(u8::is_ascii_alphanumeric) {
        let value = if letter.is_ascii_uppercase() { letter - b'A' } else { letter - b'2' + 26 };
        bits = (bits << 5) | u64::from(value);
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xff).unwrap());
        }
    }
    bytes
}

/// Sets an app up in a freshly proved session, and moves on to its next code.
pub(super) async fn set_up_app(app: &TestApp, browser: &Browser<'_>) -> AppCode {
    let page = browser.submit("/account/authenticator/start", &[]).await.expect(200).says("read this code");
    assert!(page.body.contains("src=\"data:image/svg+xml;base64,"));
    let secret = base32_bytes(between(&page.body, "<code>", "</code>").unwrap());
    assert_eq!(secret.len(), 20);
    let phone = AppCode { secret };
    browser
        .submit("/account/authenticator/confirm", &[("code", &phone.code(app))])
        .await
        .expect(200)
        .says("shown only now");
    app.advance(TimeDelta::seconds(30));
    app.work();
    phone
}

fn codes_on(page: &crate::testing::Shown) -> Vec<String> {
    let list = between(&page.body, "<ul class=\"codes\">", "</ul>").unwrap();
    list.split("<code>").skip(1).map(|t| t.split('<').next().unwrap().to_owned()).collect()
}

#[actix_web::test]
async fn signing_in_with_password_and_app() {
    let app = TestApp::new().await;
    member(&app, "ann@meadow.test").await;
    let home = app.visitor();
    try_password(&home, "ann@meadow.test", PASSWORD).await.expect(303);
    let phone = set_up_app(&app, &home).await;
    assert!(app.mail_to("ann@meadow.test").body_text.contains("An authenticator app was set up"));
    let browser = app.visitor();
    let half = try_password(&browser, "ann@meadow.test", PASSWORD).await.expect(303);
    assert_eq!(half.location().as_deref(), Some("/sign-in/second"));
    browser.get("/account").await.expect(303);
    browser.get("/sign-in/second").await.expect(200).says("Second step");
    browser.post("/sign-in/second", &[("code", "000000")]).await.expect(422).says("wrong");
    let code = phone.code(&app);
    let in_now = browser.post("/sign-in/second", &[("code", &code)]).await.expect(303);
    assert_eq!(in_now.location().as_deref(), Some("/account"));
    browser.get("/account").await.expect(200).says("On, 10 recovery codes left");
    assert!(!browser.cookies.borrow().contains_key("__Host-folkmoot-second-step"));
    // The first step is used up, and so is the code (RFC 6238, section 5.2).
    let thief = app.visitor();
    try_password(&thief, "ann@meadow.test", PASSWORD).await.expect(303);
    thief.post("/sign-in/second", &[("code", &code)]).await.expect(422);
}

#[actix_web::test]
async fn the_second_step_needs_the_first_and_ends_after_ten_minutes_or_five_codes() {
    let app = TestApp::new().await;
    member(&app, "ann@meadow.test").await;
    let home = app.visitor();
    try_password(&home, "ann@meadow.test", PASSWORD).await.expect(303);
    let phone = set_up_app(&app, &home).await;
    let stranger = app.visitor();
    stranger.get("/sign-in/second").await.expect(303);
    let answer = stranger.post("/sign-in/second", &[("code", &phone.code(&app))]).await.expect(303);
    assert_eq!(answer.location().as_deref(), Some("/sign-in"));
    let slow = app.visitor();
    try_password(&slow, "ann@meadow.test", PASSWORD).await.expect(303);
    app.advance(TimeDelta::minutes(10));
    slow.get("/sign-in/second").await.expect(303);
    app.advance(TimeDelta::minutes(10));
    let guesser = app.visitor();
    try_password(&guesser, "ann@meadow.test", PASSWORD).await.expect(303);
    for _ in 0..5 {
        guesser.post("/sign-in/second", &[("code", "123456")]).await.expect(422);
    }
    let answer = guesser.post("/sign-in/second", &[("code", &phone.code(&app))]).await.expect(303);
    assert_eq!(answer.location().as_deref(), Some("/sign-in"));
    guesser.get("/sign-in").await.expect(200).says("Too many wrong codes");
    guesser.get("/account").await.expect(303);
    assert!(app.mail_to("ann@meadow.test").body_text.contains("They did not get in"));
}

#[actix_web::test]
async fn a_mailed_link_asks_for_the_app_too() {
    let app = TestApp::new().await;
    let ann = app.person("Ann");
    let phone = set_up_app(&app, &app.signed_in(&ann)).await;
    let browser = app.visitor();
    let ask = [("email", ann.email.as_str()), ("password", ""), ("next", "/account")];
    browser.post("/sign-in/link", &ask).await.expect(200);
    let link = app.link_in_mail_to(&ann.email);
    browser.submit(&link, &[]).await.expect(200).says("Second step");
    browser.get("/account").await.expect(303);
    browser.submit("/sign-in/second", &[("code", &phone.code(&app))]).await.expect(200).says("Your account");
}

#[actix_web::test]
async fn recovery_codes_work_once_and_can_be_renewed() {
    let app = TestApp::new().await;
    member(&app, "ann@meadow.test").await;
    let home = app.visitor();
    try_password(&home, "ann@meadow.test", PASSWORD).await.expect(303);
    set_up_app(&app, &home).await;
    let codes = codes_on(&home.submit("/account/recovery-codes", &[]).await.expect(200));
    let mut different = codes.clone();
    different.sort();
    different.dedup();
    assert_eq!(different.len(), 10);
    let page = home.get("/account/authenticator").await.expect(200).says("10 recovery codes are left");
    assert!(!page.body.contains(&codes[0]), "shown once");
    let enter = async |code: &str| {
        let browser = app.visitor();
        try_password(&browser, "ann@meadow.test", PASSWORD).await.expect(303);
        browser.post("/sign-in/second", &[("code", code)]).await.status.as_u16()
    };
    let spelled = codes[0].to_uppercase().replace('-', " ");
    assert_eq!(enter(&spelled).await, 303);
    assert_eq!(enter(&codes[0]).await, 422, "used up");
    assert!(app.mail_to("ann@meadow.test").body_text.contains("9 codes are left"));
    home.submit("/account/recovery-codes", &[]).await.expect(200);
    assert_eq!(enter(&codes[1]).await, 422, "replaced");
    app.work();
}

#[actix_web::test]
async fn secrets_lie_sealed_and_a_code_of_nobody_elses_app_fits() {
    let app = TestApp::new().await;
    let (ann, bo) = (app.person("Ann"), app.person("Bo"));
    let (ann_here, bo_here) = (app.signed_in(&ann), app.signed_in(&bo));
    let anns = set_up_app(&app, &ann_here).await;
    set_up_app(&app, &bo_here).await;
    let row = app.app.store().read(|c| Ok::<_, AppError>(totp_of(c, ann.id)?)).unwrap().unwrap();
    assert!(!row.sealed.windows(8).any(|w| anns.secret.windows(8).any(|s| s == w)));
    app.advance(TimeDelta::minutes(6));
    let page = bo_here.get("/account/confirm").await;
    let code = anns.code(&app);
    prove(&bo_here, &page, &[("proof-do", "code"), ("proof-code", &code)]).await.expect(422);
}

#[actix_web::test]
async fn removing_the_app_removes_its_codes_and_is_announced() {
    let app = TestApp::new().await;
    let ann = app.person("Ann");
    let browser = app.signed_in(&ann);
    set_up_app(&app, &browser).await;
    browser.submit("/account/authenticator/start", &[]).await.expect(409);
    browser.submit("/account/authenticator/remove", &[]).await.expect(200).says("is removed");
    browser.submit("/account/authenticator/remove", &[]).await.expect(404);
    browser.submit("/account/recovery-codes", &[]).await.expect(409);
    assert!(app.mail_to(&ann.email).body_text.contains("was removed"));
    assert_eq!(app.audited(), ["totp.add", "totp.remove"]);
}

#[actix_web::test]
async fn staff_pages_need_a_second_factor() {
    let app = TestApp::new().await;
    member(&app, "rita@meadow.test").await;
    let find = |c: &mut folkmoot_store::Conn| {
        Ok::<_, AppError>(folkmoot_store::accounts::owner_of_address(c, "rita@meadow.test")?)
    };
    let row = app.app.store().read(find).unwrap().unwrap();
    let rita = crate::testing::TestPerson {
        id: row.id,
        public_id: row.public_id,
        name: row.preferred_name,
        email: "rita@meadow.test".into(),
    };
    app.grant(&rita, Role::Administrator);
    // The first page that only some roles may open.
    let staff_page = crate::routes::all()
        .into_iter()
        .find(|r| {
            r.method == "GET"
                && !r.path.contains('{')
                && matches!(r.access, crate::routes::Access::May(a) if a.roles().contains(&Role::Administrator))
        })
        .map(|r| r.path);
    let Some(staff_page) = staff_page else { panic!("no staff page to try") };
    let browser = app.visitor();
    try_password(&browser, "rita@meadow.test", PASSWORD).await.expect(303);
    let away = browser.get(staff_page).await.expect(303).location().unwrap();
    assert!(away.starts_with("/account/second-factor?next="), "{away}");
    browser.get(&away).await.expect(200).says("A second factor is needed");
    let phone = set_up_app(&app, &browser).await;
    browser.get(staff_page).await.expect(200);
    // Another browser, signed in by password and code.
    let other = app.visitor();
    try_password(&other, "rita@meadow.test", PASSWORD).await.expect(303);
    other.post("/sign-in/second", &[("code", &phone.code(&app))]).await.expect(303);
    other.get(staff_page).await.expect(200);
}
