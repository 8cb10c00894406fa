//! Joining in one path, the member's page, certification, affirmation, opting out, giving up, reminders.

use chrono::TimeDelta;
use folkmoot_store::memberships::public;

use super::setting::{at, body, call, classes, give, pay};
use crate::error::AppError;
use crate::jobs::Job;
use crate::membership::{RemindMembers, dues_page};
use crate::testing::TestApp;

const PASSWORD: &str = "seven wet lanterns";

#[actix_web::test]
async fn joining_and_the_account_are_one_path_and_nothing_typed_is_lost() {
    let app = TestApp::new().await;
    classes(&app);
    let browser = app.visitor();
    browser.get("/join").await.expect(200).says("Supporting member").says("Fellows are nominated by others");
    browser.get("/join?vote=yes&work=yes&dues=no").await.says("Contributing member fits");
    browser.get("/join?vote=yes&work=no&dues=yes").await.says("Supporting member fits");
    browser.get("/join?vote=no&work=no&dues=no").await.says("Basic member fits");
    browser.get("/join/Fellow").await.expect(404);
    browser.get("/join/Contributing").await.expect(200);
    let work = "I keep the handbook";
    let typed =
        [("statement", work), ("certify", "yes"), ("name", "Ana"), ("email", "ana@"), ("accept", "yes")];
    let again = browser.post("/join/Contributing", &typed).await.expect(422).says("Enter an e-mail address");
    assert!(again.body.contains(work), "what was typed is still there");
    let right = [
        ("statement", work),
        ("certify", "yes"),
        ("named", "yes"),
        ("name", "Ana"),
        ("email", "ana@meadow.test"),
        ("password", PASSWORD),
        ("accept", "yes"),
    ];
    browser.post("/join/Contributing", &right).await.expect(200).says("ana@meadow.test");
    let link = app.link_in_mail_to("ana@meadow.test");
    browser.get(&link).await.expect(200);
    browser
        .submit(&link, &[])
        .await
        .expect(200)
        .says("Your application is sent")
        .says("Waiting for a decision");
    let (count, applied) = app
        .app
        .store()
        .read(|c| {
            let applied = folkmoot_store::memberships::applications(c, 10)?;
            Ok::<_, AppError>((public::count_people(c, app.app.now())?, applied))
        })
        .unwrap();
    assert_eq!((count, applied[0].0.statement.as_str()), (0, work), "an application is no membership");
    // A free class is given at once, without a second mail.
    browser.get("/join/Basic").await.expect(200);
    browser.submit("/join/Basic", &[]).await.says("You are a basic member now");
    browser.submit("/join/Basic", &[]).await.says("You are a basic member already");
}

#[actix_web::test]
async fn somebody_we_know_is_led_back_to_what_they_typed() {
    let app = TestApp::new().await;
    classes(&app);
    let bo = app.person("Bo");
    let visitor = app.visitor();
    visitor.get("/join/Contributing").await.expect(200);
    let typed = [
        ("statement", "I moderate the forum"),
        ("certify", "yes"),
        ("name", "Bo B"),
        ("email", "BO@people.test"),
        ("password", PASSWORD),
        ("accept", "yes"),
    ];
    visitor.post("/join/Contributing", &typed).await.expect(200);
    let link = app.link_in_mail_to("BO@people.test");
    let to_sign_in = visitor.get(&link).await.expect(303).location().unwrap();
    assert!(to_sign_in.starts_with("/sign-in?next=%2Fjoin%2Fcontinue%2F"));
    let page = app.signed_in(&bo).get(&link).await.expect(200).says("I moderate the forum");
    assert!(!page.body.contains("name=\"password\""));
    let stranger = app.person("Cy");
    let elsewhere = app.signed_in(&stranger).get(&link).await.expect(303);
    assert_eq!(elsewhere.location().as_deref(), Some("/join"), "nobody else sees it");
}

#[actix_web::test]
async fn dues_lead_to_the_page_that_takes_them() {
    let app = TestApp::new().await;
    classes(&app);
    let ana = app.person("Ana");
    let answer = app.signed_in(&ana).post("/join/Supporting", &[]).await.expect(303);
    assert_eq!(answer.location(), Some(dues_page("Supporting")));
}

#[actix_web::test]
async fn the_page_says_why_and_from_when_and_affirming_changes_it() {
    let app = TestApp::new().await;
    classes(&app);
    let board = body(&app, "board", "Board");
    let id = call(
        &app,
        board,
        "Board",
        "Board election 2026",
        "2025-08-25T14:00:00Z",
        "2026-08-25T14:00:00Z",
        &[],
    );
    let (ana, store) = (app.person("Ana"), app.app.store());
    let browser = app.signed_in(&ana);
    browser.get("/membership").await.expect(200).says("You are not a member").says("Has no membership");
    store.write(|c| pay(c, &app.app, ana.id, "one", at("2025-12-10T00:00:00Z"))).unwrap();
    browser
        .get("/membership")
        .await
        .says("Supporting member In force Since 10 December 2025, until 10 December 2026")
        .says("Did not affirm the intention to vote before 25 August 2026, 14:00 UTC")
        .says("If you affirm now, you will be on the roll");
    browser.get("/").await.says("Affirm that you will vote: Board election 2026");
    let path = format!("/membership/calls/{id}/affirm");
    browser.submit(&path, &[]).await.says("It counts for: Board election 2026").says("Eligible");
    assert!(app.mail_to(&ana.email).body_text.contains("It counts for: Board election 2026."));
    let page = browser.get("/").await;
    assert!(!page.text().contains("Affirm that you will vote"));
    let out = format!("/membership/calls/{id}/opt-out");
    browser.submit(&out, &[]).await.says("Has opted out").says("Not eligible");
    browser
        .submit(&format!("/membership/calls/{id}/opt-in"), &[])
        .await
        .says("Eligible You will be on the roll");
    let download = browser.get("/account/data").await.body;
    assert!(download.contains("\"class\": \"Supporting\"") && download.contains("\"how\": \"explicit\""));
    assert_eq!(
        app.audited(),
        ["membership.affirm", "membership.opt_out", "membership.opt_in"],
        "each act leaves an entry"
    );
}

#[actix_web::test]
async fn a_certification_lasts_a_year_and_a_membership_can_be_given_up() {
    let app = TestApp::new().await;
    classes(&app);
    let ana = app.person("Ana");
    give(&app, ana.id, "Contributing", "2025-01-01T00:00:00Z");
    let browser = app.signed_in(&ana);
    browser.get("/").await.says("Certify as a contributing member");
    browser.get("/membership/certify/Contributing").await.expect(200).says("five hours a month");
    browser.post("/membership/certify/Contributing", &[("note", "x")]).await.expect(422).says("Tick the box");
    let certify = [("certify", "yes"), ("note", "Sprints")];
    browser
        .submit("/membership/certify/Contributing", &certify)
        .await
        .says("Your certification is valid until 1 June 2027");
    app.signed_in(&app.person("Bo")).get("/membership/certify/Contributing").await.expect(404);
    let page = browser.get("/membership").await;
    let (resign, _) = page.form("/membership/0");
    browser.submit(&resign, &[]).await.says("Tick the box");
    app.signed_in(&app.person("Cy")).post(&resign, &[("sure", "yes")]).await.expect(404);
    browser.submit(&resign, &[("sure", "yes")]).await.says("The membership is given up").says("given up");
    browser.submit(&resign, &[("sure", "yes")]).await.expect(409);
}

#[actix_web::test]
async fn reminders_go_once_and_only_to_those_who_have_not_acted() {
    let app = TestApp::new().await;
    classes(&app);
    let board = body(&app, "board", "Board");
    let id = call(
        &app,
        board,
        "Board",
        "Board election 2026",
        "2025-08-25T14:00:00Z",
        "2026-08-25T14:00:00Z",
        &[],
    );
    let people = ["Ana", "Bo", "Cy", "Di"].map(|name| app.person(name));
    let [ana, bo, cy, di] = &people;
    for person in [ana, bo, cy] {
        let reference = format!("paid {}", person.name);
        app.app
            .store()
            .write(|c| pay(c, &app.app, person.id, &reference, at("2026-01-10T00:00:00Z")))
            .unwrap();
    }
    give(&app, di.id, "Basic", "2026-01-01T00:00:00Z");
    let remind = || {
        RemindMembers {}.run(&app.app).unwrap();
        let mut due: Vec<_> = app.mails().into_iter().map(|m| (m.message, m.recipient)).collect();
        due.retain(|(message, _)| message.ends_with("_due"));
        due
    };
    let to = |who: &str| ("affirmation_due".to_owned(), format!("{who}@people.test"));
    assert!(remind().is_empty(), "85 days before, nobody is asked");
    app.advance(TimeDelta::days(26));
    app.signed_in(bo).submit(&format!("/membership/calls/{id}/affirm"), &[]).await.expect(200);
    app.signed_in(cy).submit(&format!("/membership/calls/{id}/opt-out"), &[]).await.expect(200);
    assert_eq!(remind(), [to("ana")]);
    assert_eq!(remind(), [to("ana")], "once");
    app.advance(TimeDelta::days(30));
    assert_eq!(remind(), [to("ana"), to("ana")], "30 days before");
    app.advance(TimeDelta::days(40));
    assert_eq!(remind().len(), 2, "after the cut-off nobody is asked");
    // Dues: the last day is 10 January 2027.
    app.advance(TimeDelta::days(97));
    assert_eq!(app.app.now(), at("2026-12-11T12:00:00Z"));
    let dues = remind().split_off(2);
    assert_eq!(dues.len(), 0);
    app.advance(TimeDelta::days(1));
    assert_eq!(remind().len(), 5, "30 days before the end, each of the three who pay");
    app.app.store().write(|c| pay(c, &app.app, ana.id, "next", at("2026-12-20T00:00:00Z"))).unwrap();
    app.advance(TimeDelta::days(40));
    let late = remind().split_off(5);
    let ended: Vec<&str> = late.iter().map(|(_, to)| to.as_str()).collect();
    assert_eq!(ended, ["bo@people.test", "cy@people.test"], "who renewed is left alone");
}
