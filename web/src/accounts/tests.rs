//! Stories of accounts.

mod addresses;
mod codes;
mod confirm;
mod leaving;
mod limits;
mod passkeys;
mod recover;
mod reset;
mod soft_key;

use actix_web::test::TestRequest;
use chrono::TimeDelta;
use folkmoot_store::accounts::{PersonState, Role, owner_of_address, set_person_state};

use crate::error::AppError;
use crate::testing::{Browser, Shown, TestApp};

const PASSWORD: &str = "tram lantern 9 soup";

async fn sign_up(app: &TestApp, email: &str) -> String {
    let visitor = app.visitor();
    let fields = [("name", "Ann Arbour"), ("email", email), ("password", PASSWORD), ("accept", "yes")];
    visitor.submit("/sign-up", &fields).await.expect(200).says("Check your mail");
    app.link_in_mail_to(email)
}

async fn member(app: &TestApp, email: &str) {
    let link = sign_up(app, email).await;
    app.visitor().submit(&link, &[]).await.expect(200).says("Welcome");
}

async fn try_password(browser: &Browser<'_>, email: &str, password: &str) -> Shown {
    browser.post("/sign-in", &[("email", email), ("password", password), ("next", "/account")]).await
}

#[actix_web::test]
async fn signing_up_proves_the_address_and_signs_in() {
    let app = TestApp::new().await;
    let link = sign_up(&app, "ann@meadow.test").await;
    let owner =
        || app.app.store().read(|c| Ok::<_, AppError>(owner_of_address(c, "ann@meadow.test")?)).unwrap();
    assert!(owner().is_none(), "nothing is made before the address is proved");
    let browser = app.visitor();
    // Three looks, as by a mail scanner, use nothing up.
    for _ in 0..3 {
        browser.get(&link).await.expect(200).says("Ann Arbour");
        let head = TestRequest::default().method(actix_web::http::Method::HEAD).uri(&link);
        browser.send(head).await.expect(200);
    }
    browser.submit(&link, &[]).await.expect(200).says("Your tasks");
    assert_eq!(owner().unwrap().preferred_name, "Ann Arbour");
    browser.get("/account").await.expect(200).says("ann@meadow.test");
    app.visitor().post(&link, &[]).await.expect(410).says("ended");
    assert_eq!(app.audited(), ["person.sign_up"]);
}

#[actix_web::test]
async fn who_signs_up_beside_a_record_of_the_same_mailbox_is_compared_by_staff() {
    let app = TestApp::new().await;
    app.person("Ann");
    let link = sign_up(&app, "ann+new@people.test").await;
    app.visitor().submit(&link, &[]).await.expect(200).says("Your tasks");
    let staff = app.staff("Mia", folkmoot_store::accounts::Role::MembershipStaff);
    staff
        .get("/staff/duplicates")
        .await
        .expect(200)
        .says("Ann Arbour")
        .says("The addresses reach one mailbox");
    let other = sign_up(&app, "somebody@else.test").await;
    app.visitor().submit(&other, &[]).await.expect(200);
    let page = staff.get("/staff/duplicates").await.expect(200);
    assert_eq!(page.text().matches("reach one mailbox").count(), 1);
}

#[actix_web::test]
async fn a_sign_up_link_ends_after_a_day() {
    let app = TestApp::new().await;
    let link = sign_up(&app, "ann@meadow.test").await;
    app.advance(TimeDelta::hours(24));
    app.visitor().get(&link).await.expect(410);
    app.visitor().post(&link, &[]).await.expect(410);
}

#[actix_web::test]
async fn typed_values_stay_and_mistakes_are_named() {
    let app = TestApp::new().await;
    let fields = [("name", "Ann"), ("email", "not an address"), ("password", "password1")];
    let page = app.visitor().post("/sign-up", &fields).await.expect(422);
    assert!(page.body.contains("value=\"not an address\""));
    assert!(!page.body.contains("password1"), "a password is never sent back");
    assert!(page.body.contains("<title>Error: "));
    page.says("Enter an e-mail address").says("first to be guessed");
    app.visitor().post("/sign-up", &[("is_admin", "yes")]).await.expect(422).says("no such field");
}

#[actix_web::test]
async fn nothing_tells_a_stranger_who_has_an_account() {
    let app = TestApp::new().await;
    member(&app, "known@meadow.test").await;
    let strip = |page: &Shown, address: &str| {
        let token =
            crate::testing::between(&page.body, "name=\"csrf\" value=\"", "\"").unwrap_or("-").to_owned();
        page.body.replace(address, "ADDRESS").replace(&token, "TOKEN")
    };
    let mut seen = Vec::new();
    for address in ["known@meadow.test", "stran@meadow.test"] {
        let visitor = app.visitor();
        let before = app.app.dummy_password().runs();
        let wrong = try_password(&visitor, address, "wrong password").await;
        let dummies = app.app.dummy_password().runs() - before;
        assert_eq!(dummies, u64::from(address.starts_with("stran")), "unknown people cost a hash too");
        let link =
            visitor.post("/sign-in/link", &[("email", address), ("password", ""), ("next", "/")]).await;
        let up = [("name", "X"), ("email", address), ("password", PASSWORD), ("accept", "yes")];
        let up = visitor.post("/sign-up", &up).await;
        seen.push([
            (wrong.status, wrong.body.len(), strip(&wrong, address)),
            (link.status, link.body.len(), strip(&link, address)),
            (up.status, up.body.len(), strip(&up, address)),
        ]);
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(app.mail_to("known@meadow.test").message, "already_registered");
    assert_eq!(app.mail_to("stran@meadow.test").message, "confirm_sign_up");
}

#[actix_web::test]
async fn a_password_signs_in_and_leads_back_but_never_away() {
    let app = TestApp::new().await;
    member(&app, "ann@meadow.test").await;
    let browser = app.visitor();
    let page = browser.get("/account").await;
    assert_eq!(page.location().as_deref(), Some("/sign-in?next=%2Faccount"));
    try_password(&browser, "ann@meadow.test", "wrong").await.expect(422).says("is wrong");
    let right = try_password(&browser, "ANN@meadow.test", PASSWORD).await.expect(303);
    assert_eq!(right.location().as_deref(), Some("/account"));
    browser.get("/account").await.expect(200);
    let away = [("email", "ann@meadow.test"), ("password", PASSWORD), ("next", "//evil.example/")];
    assert_eq!(app.visitor().post("/sign-in", &away).await.location().as_deref(), Some("/"));
}

#[actix_web::test]
async fn a_mailed_link_signs_in_once_within_ten_minutes() {
    let app = TestApp::new().await;
    let ann = app.person("Ann");
    let ask = async || {
        let fields = [("email", ann.email.as_str()), ("password", ""), ("next", "/account")];
        app.visitor().post("/sign-in/link", &fields).await.expect(200);
        app.link_in_mail_to(&ann.email)
    };
    let link = ask().await;
    let browser = app.visitor();
    browser.get(&link).await.expect(200);
    browser.submit(&link, &[]).await.expect(200).says("Your account");
    app.visitor().post(&link, &[]).await.expect(410);
    let late = ask().await;
    app.advance(TimeDelta::minutes(10));
    app.visitor().post(&late, &[]).await.expect(410);
    assert_eq!(app.audited(), ["session.start"]);
}

#[actix_web::test]
async fn signing_out_ends_the_session_itself() {
    let app = TestApp::new().await;
    let browser = app.signed_in(&app.person("Ann"));
    browser.get("/account").await.expect(200);
    let stolen = browser.cookies.borrow().clone();
    browser.submit("/sign-out", &[]).await.expect(200).says("signed out");
    let thief = app.visitor();
    *thief.cookies.borrow_mut() = stolen;
    thief.get("/account").await.expect(303);
}

#[actix_web::test]
async fn signing_in_makes_a_new_session_and_ends_a_fixed_one() {
    let app = TestApp::new().await;
    member(&app, "ann@meadow.test").await;
    let browser = app.signed_in(&app.person("Mallory"));
    browser.get("/account").await.expect(200);
    let fixed = browser.cookies.borrow().clone();
    try_password(&browser, "ann@meadow.test", PASSWORD).await.expect(303);
    assert_ne!(fixed.get("__Host-folkmoot-session"), browser.cookies.borrow().get("__Host-folkmoot-session"));
    let attacker = app.visitor();
    *attacker.cookies.borrow_mut() = fixed;
    attacker.get("/account").await.expect(303);
}

#[actix_web::test]
async fn sessions_end_by_idleness_by_age_and_when_a_person_is_barred() {
    let app = TestApp::new().await;
    let ann = app.person("Ann");
    let member = app.signed_in(&ann);
    let officer = app.staff("Rita", Role::ReturnsOfficer);
    app.advance(TimeDelta::minutes(29));
    officer.get("/account").await.expect(200);
    app.advance(TimeDelta::minutes(30));
    officer.get("/account").await.expect(303);
    member.get("/account").await.expect(200);
    app.advance(TimeDelta::hours(12));
    member.get("/account").await.expect(303);
    let busy = app.signed_in(&ann);
    for _ in 0..(14 * 3 - 1) {
        app.advance(TimeDelta::hours(8));
        busy.get("/account").await.expect(200);
    }
    app.advance(TimeDelta::hours(8));
    busy.get("/account").await.expect(303);
    let barred = app.signed_in(&ann);
    app.app
        .store()
        .write(|c| Ok::<_, AppError>(set_person_state(c, ann.id, PersonState::Disabled)?))
        .unwrap();
    barred.get("/account").await.expect(303);
}

#[actix_web::test]
async fn guesses_from_elsewhere_never_lock_out_a_known_browser() {
    let app = TestApp::new().await;
    member(&app, "ann@meadow.test").await;
    let home = app.visitor();
    try_password(&home, "ann@meadow.test", PASSWORD).await.expect(303);
    home.post("/sign-out", &[]).await.expect(303);
    let mut refused = 0;
    for _ in 0..200 {
        let guess = try_password(&app.visitor(), "ann@meadow.test", "guess").await;
        refused += u32::from(guess.status == 429);
    }
    assert!(refused >= 190, "only {refused} of 200 guesses were refused");
    try_password(&home, "ann@meadow.test", PASSWORD).await.expect(303);
    app.advance(TimeDelta::minutes(10));
    try_password(&app.visitor(), "ann@meadow.test", PASSWORD).await.expect(303);
}

#[actix_web::test]
async fn one_address_gets_a_few_mails_and_the_page_does_not_show_it() {
    let app = TestApp::new().await;
    let ann = app.person("Ann");
    for _ in 0..10 {
        let fields = [("email", ann.email.as_str()), ("password", ""), ("next", "/")];
        app.visitor().post("/sign-in/link", &fields).await.expect(200).says("Check your mail");
    }
    assert_eq!(app.mails().len(), 4);
}

#[actix_web::test]
async fn a_new_password_ends_other_browsers_and_is_announced() {
    let app = TestApp::new().await;
    member(&app, "ann@meadow.test").await;
    let (home, work) = (app.visitor(), app.visitor());
    for browser in [&home, &work] {
        try_password(browser, "ann@meadow.test", PASSWORD).await.expect(303);
    }
    let change = |current| [("current", current), ("password", "another harbour of 7")];
    home.get("/account/password").await.expect(200);
    home.post("/account/password", &change("wrong")).await.expect(422).says("not your present");
    home.submit("/account/password", &change(PASSWORD)).await.expect(200).says("is changed");
    work.get("/account").await.expect(303);
    assert_eq!(app.mail_to("ann@meadow.test").message, "password_changed");
    try_password(&work, "ann@meadow.test", PASSWORD).await.expect(422);
    try_password(&work, "ann@meadow.test", "another harbour of 7").await.expect(303);
}

#[actix_web::test]
async fn only_ones_own_sessions_can_be_ended() {
    let app = TestApp::new().await;
    let ann = app.person("Ann");
    let (first, second) = (app.signed_in(&ann), app.signed_in(&ann));
    let stranger = app.signed_in(&app.person("Bo"));
    let page = second.get("/account").await.expect(200);
    let path =
        page.body.split('"').find(|t| t.starts_with("/account/sessions/") && t.ends_with("/end")).unwrap();
    stranger.post(path, &[]).await.expect(404);
    first.get("/account").await.expect(200);
    second.submit(path, &[]).await.expect(200).says("signed out");
    first.get("/account").await.expect(303);
}

#[actix_web::test]
async fn the_cost_of_a_hash_is_raised_at_the_next_sign_in() {
    let app = TestApp::new().await;
    member(&app, "ann@meadow.test").await;
    let hash = || {
        let owner =
            app.app.store().read(|c| Ok::<_, AppError>(owner_of_address(c, "ann@meadow.test")?)).unwrap();
        owner.unwrap().password_hash.unwrap()
    };
    assert!(hash().starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{}", hash());
    let weak = "$argon2id$v=19$m=64,t=2,p=1$";
    let dear = TestApp::with(|c| c.passwords.passes = 2).await;
    member(&dear, "ann@meadow.test").await;
    let owner = dear
        .app
        .store()
        .read(|c| Ok::<_, AppError>(owner_of_address(c, "ann@meadow.test")?))
        .unwrap()
        .unwrap();
    let other_cost = owner.password_hash.unwrap();
    assert!(other_cost.starts_with(weak));
    let id = app
        .app
        .store()
        .read(|c| Ok::<_, AppError>(owner_of_address(c, "ann@meadow.test")?))
        .unwrap()
        .unwrap()
        .id;
    app.app
        .store()
        .write(|c| Ok::<_, AppError>(folkmoot_store::accounts::set_password_hash(c, id, &other_cost)?))
        .unwrap();
    try_password(&app.visitor(), "ann@meadow.test", PASSWORD).await.expect(303);
    assert!(hash().starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{}", hash());
}

#[actix_web::test]
async fn instants_are_told_in_utc_and_on_ones_own_clock() {
    let app = TestApp::new().await;
    let ann = app.person("Ann");
    let browser = app.signed_in(&ann);
    browser.get("/account").await.expect(200).says("1 June 2026, 12:00 UTC");
    browser
        .post("/account/time-zone", &[("time_zone", "Atlantis/City")])
        .await
        .expect(422)
        .says("from the list");
    let page = browser.submit("/account/time-zone", &[("time_zone", "Asia/Kathmandu")]).await.expect(200);
    assert!(page.text().contains("Asia/Kathmandu Change your time zone"), "{}", page.text());
    page.says("1 June 2026, 12:00 UTC, which is Monday 1 June 2026, 17:45 UTC+05:45 (Asia/Kathmandu)");
    assert_eq!(app.audited(), ["person.time_zone"]);
}
