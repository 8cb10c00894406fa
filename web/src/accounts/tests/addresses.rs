//! Stories of several addresses.

use chrono::TimeDelta;
use folkmoot_store::accounts::{addresses_of, owner_of_address};

use super::codes::set_up_app;
use super::{PASSWORD, member, try_password};
use crate::error::AppError;
use crate::testing::{Browser, TestApp, TestPerson};

async fn add(app: &TestApp, browser: &Browser<'_>, address: &str) {
    browser.submit("/account/addresses", &[("email", address)]).await.expect(200).says("Check your mail");
    let link = app.link_in_mail_to(address);
    browser.get(&link).await.expect(200).says(address);
    browser.submit(&link, &[]).await.expect(200).says("is confirmed");
}

fn id_of(app: &TestApp, person: &TestPerson, address: &str) -> i64 {
    let all = app.app.store().read(|c| Ok::<_, AppError>(addresses_of(c, person.id)?)).unwrap();
    all.into_iter().find(|a| a.address == address).unwrap().id.0
}

fn owner(app: &TestApp, address: &str) -> Option<String> {
    let found = app.app.store().read(|c| Ok::<_, AppError>(owner_of_address(c, address)?)).unwrap();
    found.map(|p| p.preferred_name)
}

#[actix_web::test]
async fn an_address_is_added_used_for_mail_and_removed() {
    let app = TestApp::new().await;
    let ann = app.person("Ann");
    let (home, work) = (app.signed_in(&ann), app.signed_in(&ann));
    work.get("/account").await.expect(200);
    add(&app, &home, "ann@work.test").await;
    assert_eq!(app.mail_to(&ann.email).message, "address_changed");
    let (old, new) = (id_of(&app, &ann, &ann.email), id_of(&app, &ann, "ann@work.test"));
    home.submit(&format!("/account/addresses/{old}/remove"), &[]).await.expect(404);
    home.submit(&format!("/account/addresses/{new}/primary"), &[]).await.expect(200).says("Mail goes to");
    work.get("/account").await.expect(303);
    assert!(app.mail_to(&ann.email).body_text.contains("goes to ann@work.test"));
    assert!(app.mail_to("ann@work.test").body_text.contains("this address now"));
    home.submit(&format!("/account/addresses/{old}/remove"), &[]).await.expect(200).says("is removed");
    assert_eq!(owner(&app, &ann.email), None);
    assert!(app.mail_to(&ann.email).body_text.contains("was removed"));
    app.work();
    let expected = ["address.add", "address.primary", "address.remove"];
    assert_eq!(app.audited(), expected);
}

#[actix_web::test]
async fn a_thief_cannot_take_the_account_away_from_the_first_address() {
    let app = TestApp::new().await;
    member(&app, "ann@meadow.test").await;
    let thief = app.visitor();
    try_password(&thief, "ann@meadow.test", PASSWORD).await.expect(303);
    add(&app, &thief, "thief@evil.test").await;
    let find = |c: &mut folkmoot_store::Conn| Ok::<_, AppError>(owner_of_address(c, "ann@meadow.test")?);
    let row = app.app.store().read(find).unwrap().unwrap();
    let ann = TestPerson {
        id: row.id,
        public_id: row.public_id,
        name: row.preferred_name,
        email: "ann@meadow.test".into(),
    };
    let (old, new) = (id_of(&app, &ann, &ann.email), id_of(&app, &ann, "thief@evil.test"));
    thief.submit(&format!("/account/addresses/{new}/primary"), &[]).await.expect(200);
    thief.submit(&format!("/account/addresses/{old}/remove"), &[]).await.expect(200);
    set_up_app(&app, &thief).await;
    app.advance(TimeDelta::hours(71));
    let link = app.link_in_mail_to("ann@meadow.test");
    let browser = app.visitor();
    browser.get(&link).await.expect(200).says("ann@meadow.test");
    browser.submit(&link, &[]).await.expect(200).says("is taken back");
    app.visitor().post(&link, &[]).await.expect(410);
    assert_eq!(owner(&app, "ann@meadow.test").as_deref(), Some("Ann Arbour"));
    assert_eq!(owner(&app, "thief@evil.test"), None);
    thief.get("/account").await.expect(303);
    try_password(&app.visitor(), "ann@meadow.test", PASSWORD).await.expect(422);
    // The owner is in again without the thief's app.
    app.visitor().submit("/sign-in/forgotten", &[("email", "ann@meadow.test")]).await.expect(200);
    let link = app.link_in_mail_to("ann@meadow.test");
    browser.submit(&link, &[("password", "only mine again 3")]).await.expect(200).says("Your account");
    app.work();
}

#[actix_web::test]
async fn the_way_back_ends_after_three_days() {
    let app = TestApp::new().await;
    let ann = app.person("Ann");
    add(&app, &app.signed_in(&ann), "ann@work.test").await;
    let link = app.link_in_mail_to(&ann.email);
    app.advance(TimeDelta::hours(72));
    app.visitor().get(&link).await.expect(410);
    app.visitor().post(&link, &[]).await.expect(410);
}

#[actix_web::test]
async fn adding_tells_nobody_who_has_an_account_and_takes_nothing_from_the_owner() {
    let app = TestApp::new().await;
    let (ann, bo) = (app.person("Ann"), app.person("Bo"));
    let browser = app.signed_in(&ann);
    let mut seen = Vec::new();
    for address in [bo.email.as_str(), "no@people.test"] {
        let page = browser.submit("/account/addresses", &[("email", address)]).await;
        seen.push((page.status, page.text().replace(address, "ADDRESS")));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(app.mail_to(&bo.email).message, "address_taken");
    assert_eq!(app.mail_to("no@people.test").message, "confirm_address");
}

#[actix_web::test]
async fn only_who_asked_can_confirm_and_the_first_proof_wins() {
    let app = TestApp::new().await;
    let (ann, bo) = (app.person("Ann"), app.person("Bo"));
    let (ann_here, bo_here) = (app.signed_in(&ann), app.signed_in(&bo));
    ann_here.submit("/account/addresses", &[("email", "shared@people.test")]).await.expect(200);
    let anns = app.link_in_mail_to("shared@people.test");
    bo_here.submit("/account/addresses", &[("email", "shared@people.test")]).await.expect(200);
    let bos = app.link_in_mail_to("shared@people.test");
    app.visitor().get(&anns).await.expect(303);
    bo_here.get(&anns).await.expect(410);
    bo_here.post(&anns, &[]).await.expect(410);
    bo_here.submit(&bos, &[]).await.expect(200).says("is confirmed");
    ann_here.post(&anns, &[]).await.expect(409);
    assert_eq!(owner(&app, "shared@people.test").as_deref(), Some("Bo"));
    app.work();
}

#[actix_web::test]
async fn nobody_touches_anothers_address() {
    let app = TestApp::new().await;
    let (ann, bo) = (app.person("Ann"), app.person("Bo"));
    let bos = id_of(&app, &bo, &bo.email);
    let browser = app.signed_in(&ann);
    browser.submit(&format!("/account/addresses/{bos}/primary"), &[]).await.expect(404);
    browser.submit(&format!("/account/addresses/{bos}/remove"), &[]).await.expect(404);
    browser.submit("/account/addresses", &[("email", &ann.email.to_uppercase())]).await.expect(422);
}
