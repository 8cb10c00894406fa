use std::collections::BTreeSet;
use std::sync::Arc;

use folkmoot_store::accounts::{self, Role};
use folkmoot_store::organisation;

use super::people::invent;
use super::state::Progress;
use super::{Demo, Mark, PASSWORD, Phase, SETTING, cast};
use crate::error::AppError;
use crate::testing::TestApp;

/// A demonstration with its cast, before its phases.
async fn demo(people: usize) -> (TestApp, Arc<Demo>) {
    let mut test = TestApp::new().await;
    cast::seed(&test.app, 7, people).await.unwrap();
    let demo = Arc::new(Demo::new(7, people, cast::accounts()));
    test.app = test.app.clone().showing(demo.clone());
    (test, demo)
}

#[test]
fn the_same_seed_gives_the_same_people() {
    assert_eq!(invent(3, 200), invent(3, 200));
    assert_ne!(invent(3, 200), invent(4, 200));
}

#[test]
fn people_are_of_many_scripts_with_mononyms_and_namesakes() {
    let people = invent(1, 2000);
    assert_eq!(people.len(), 2000);
    let addresses: BTreeSet<_> = people.iter().map(|p| p.email.as_str()).collect();
    assert_eq!(addresses.len(), 2000, "every address is used once");
    assert!(people.iter().all(|p| crate::auth::EmailAddress::parse(&p.email).is_ok()));
    let (first, last) = (people.first().unwrap(), people.last().unwrap());
    assert_eq!(first.name, last.name);
    assert_ne!(first.email, last.email);
    let is = |from: char, to: char| {
        people.iter().filter(|p| p.name.chars().any(|c| (from..=to).contains(&c))).count()
    };
    for (script, from, to) in [
        ("Arabic", '\u{620}', '\u{6ff}'),
        ("Hebrew", 'א', 'ת'),
        ("Han", '一', '\u{9fff}'),
        ("Devanagari", '\u{900}', '\u{97f}'),
    ] {
        assert!(is(from, to) >= 20, "{script}");
    }
    assert!(people.iter().filter(|p| p.locale == "id-ID").all(|p| !p.name.contains(' ')));
    assert!(people.iter().any(|p| p.locale == "id-ID"));
}

#[actix_web::test]
async fn the_cast_signs_in_by_password_and_by_button() {
    let (test, demo) = demo(0).await;
    assert!(demo.accounts().iter().any(|a| a.grant == Some(Role::Administrator)));
    let browser = test.visitor();
    browser.get("/demo").await.expect(200).says("Amara Okonkwo").says(PASSWORD);
    let member = [("email", "member@lanternmoor.example"), ("password", PASSWORD), ("next", "")];
    browser.submit("/sign-in", &member).await.expect(200).says("Amara Okonkwo");
    let staff = test.visitor();
    staff.get("/demo").await.expect(200);
    staff.submit("/demo/sign-in", &[("email", "auditor@lanternmoor.example")]).await.expect(200);
    assert!(staff.get("/").await.body.contains("Ewa Dąbrowska"));
    staff.post("/demo/sign-in", &[("email", "nobody@lanternmoor.example")]).await.expect(404);
}

#[actix_web::test]
async fn phases_add_the_people_and_mark_the_end() {
    let (test, demo) = demo(120).await;
    let browser = test.visitor();
    browser.get("/demo").await.expect(200).says("People of the foundation waiting");
    super::run(test.app.clone(), demo.clone()).await;
    let done: Vec<_> = Phase::ALL.iter().map(|p| (*p, Progress::Done)).collect();
    assert_eq!(demo.phases(), done);
    browser.get("/bodies/board").await.expect(200).says("Tomás Aguirre , Chair");
    browser.get("/demo").await.expect(200).says("People of the foundation done").says("Elections done");
    test.work();
    browser.get("/elections/board-2026").await.expect(200).says("Voting open");
    browser.get("/elections/bylaws-2026").await.expect(200).says("Accepted: ").says("Result announced");
    browser.get("/elections/council-2026").await.expect(200).says("count under way");
    browser.get("/elections/board-2027").await.expect(200).says("Announced");
    browser.get("/elections/charter-2026/roll").await.expect(200).says("Open for objections");
    browser.get("/elections/charter-2026/practice").await.expect(200).says("Practice ballot");
    let archive = browser.get("/elections/bylaws-2026/archive.bel").await;
    let report = folkmoot_ballot::verify::verify_archive(
        std::io::Cursor::new(archive.body.into_bytes()),
        &Default::default(),
        &mut (),
    );
    assert!(report.unwrap().is_valid());
    let kept = browser.get("/elections/board-2025/archive.bel").await.expect(200);
    assert!(kept.body.contains("[[\"Pedersen\","), "three trustees, two of whom opened the result");
    let page = browser.get("/elections/board-2025").await.expect(200).text();
    assert!(!page.contains("count under way"), "two of three keys are enough: {page}");
    browser.get("/demo/trustee-key/board-2025").await.expect(404);
    let file = browser.get("/demo/trustee-key/board-2026").await.expect(200).body;
    assert!(file.contains("folkmoot-trustee-key-1"));
    browser.get("/demo/trustee-key/..%2Fkeys").await.expect(404);
    let (people, mark) = test
        .app
        .store()
        .read(|c| {
            let people = accounts::find_persons(c, "@people.example", 1000)?;
            Ok::<_, AppError>((people, organisation::setting::<Mark>(c, SETTING)?))
        })
        .unwrap();
    assert_eq!(people.len(), 120 + 3, "and three of them once more, for the queue of duplicates");
    assert!(people.iter().all(|p| p.password_hash.is_none()), "only the cast has passwords");
    assert!(mark.is_some_and(|m| m.complete && m.seed == 7));
}

#[actix_web::test]
async fn a_stopped_demo_is_not_marked_as_complete() {
    let (test, demo) = demo(120).await;
    demo.stop();
    super::run(test.app.clone(), demo.clone()).await;
    let mark =
        test.app.store().read(|c| Ok::<_, AppError>(organisation::setting::<Mark>(c, SETTING)?)).unwrap();
    assert!(mark.is_some_and(|m| !m.complete));
}

#[actix_web::test]
async fn the_progress_is_on_every_page() {
    let (test, demo) = demo(0).await;
    demo.note(Phase::People, 30, 100).unwrap();
    let page = test.visitor().get("/").await.expect(200);
    assert!(page.body.contains("people of the foundation (30 %)"), "{}", page.body);
    demo.all_done();
    let page = test.visitor().get("/").await.expect(200);
    assert!(page.body.contains("/demo/mail") && !page.body.contains("30 %"));
}

#[actix_web::test]
async fn the_clock_of_a_demo_can_be_moved_on_and_never_back() {
    let (test, _) = demo(0).await;
    let browser = test.visitor();
    let before = test.app.now();
    browser.submit("/demo/clock", &[("hours", "3")]).await.expect(200).says("3 h later");
    assert_eq!(test.app.now().since(before), chrono::TimeDelta::hours(3));
    for wrong in ["-1", "0", "200", "x", ""] {
        browser.submit("/demo/clock", &[("hours", wrong)]).await.expect(422);
    }
    assert_eq!(test.app.now().since(before), chrono::TimeDelta::hours(3));
}

#[actix_web::test]
async fn sign_up_goes_through_the_mail_viewer() {
    let (test, _) = demo(0).await;
    let browser = test.visitor();
    let wish = [
        ("name", "Nell Oakes"),
        ("email", "nell@oakes.example"),
        ("password", "seven quiet herons"),
        ("accept", "yes"),
    ];
    browser.submit("/sign-up", &wish).await.expect(200).says("Check your mail");
    test.work();
    browser.get("/demo/mail?address=nobody").await.expect(200).says("No mail went to");
    let list = browser.get("/demo/mail?address=NELL%40oakes").await.expect(200).says("nell@oakes.example");
    let path = crate::testing::between(&list.body, "href=\"/demo/mail/", "\"").unwrap().to_owned();
    let mail = browser.get(&format!("/demo/mail/{path}")).await.expect(200).says("Message-ID");
    assert!(
        mail.headers.get("content-security-policy").unwrap().to_str().unwrap().contains("frame-src 'self'")
    );
    let link = crate::testing::between(&mail.body, "href=\"/sign-up/", "\"").unwrap().to_owned();
    let html = browser.get(&format!("/demo/mail/{path}/html")).await.expect(200);
    let policy = html.headers.get("content-security-policy").unwrap().to_str().unwrap();
    assert!(policy.contains("sandbox") && !policy.contains("script"), "{policy}");
    assert!(html.body.contains("<base target=\"_top\">"));
    browser.get(&format!("/sign-up/{link}")).await.expect(200);
    browser.submit(&format!("/sign-up/{link}"), &[]).await.expect(200).says("Nell Oakes");
}

#[actix_web::test]
async fn outside_of_a_demo_its_pages_are_not_there() {
    let test = TestApp::new().await;
    let ann = test.person("Ann Arbour");
    let browser = test.signed_in(&ann);
    for path in ["/demo", "/demo/mail", "/demo/mail/0190a2b4-7c1e-7000-8000-000000000000"] {
        browser.get(path).await.expect(404);
    }
    browser.post("/demo/sign-in", &[("email", "ann.arbour@people.test")]).await.expect(404);
    assert!(!browser.get("/").await.expect(200).body.contains("/demo"));
}
