//! Stories of the site pages.

use folkmoot_store::accounts::Role;
use folkmoot_store::pages::{self, SitePage};

use crate::error::AppError;
use crate::testing::{Browser, TestApp};

async fn publish(staff: &Browser<'_>, page: &str, source: &str, asks: bool) {
    let path = format!("/staff/pages/{page}");
    let shown = staff.get(&path).await.expect(200);
    let base = crate::testing::between(&shown.body, "name=\"base\" value=\"", "\"").unwrap().to_owned();
    let mut fields =
        vec![("source", source), ("base", base.as_str()), ("note", "Clearer words."), ("act", "publish")];
    if asks {
        fields.push(("asks_again", "yes"));
    }
    let done = staff.post(&path, &fields).await.expect(303);
    assert_eq!(done.location().as_deref(), Some("/staff/pages"));
}

#[actix_web::test]
async fn every_site_page_has_a_text_and_a_history() {
    let app = TestApp::new().await;
    let visitor = app.visitor();
    let home = visitor.get("/").await.expect(200);
    for page in SitePage::ALL {
        let path = format!("/{page}");
        assert!(home.body.contains(&format!("href=\"{path}\"")), "{path} is linked");
        let shown = visitor.get(&path).await.expect(200).says("Version 1, since 1 June 2026");
        assert!(!shown.body.contains("{organisation}") && shown.body.contains("Folkmoot"), "{path}");
        visitor.get(&format!("/pages/{page}/versions")).await.expect(200).says("Version 1");
        visitor.get(&format!("/pages/{page}/versions/1")).await.expect(200);
    }
    for nothing in [
        "/pages/terms/versions/2",
        "/pages/terms/versions/x",
        "/pages/laws/versions",
        "/pages/laws/versions/1",
    ] {
        visitor.get(nothing).await.expect(404);
    }
}

#[actix_web::test]
async fn staff_publish_versions_and_everybody_sees_what_changed() {
    let app = TestApp::new().await;
    let staff = app.staff("Ada", Role::Administrator);
    staff.get("/staff/pages").await.expect(200).says("Terms of use");
    let text = "# One\n\nFirst *rule* of {organisation}.\n\nStays.";
    let fields = [("source", text), ("base", "1"), ("note", ""), ("act", "preview")];
    let preview = staff.post("/staff/pages/terms", &fields).await.expect(200).says("not saved yet");
    assert!(preview.body.contains("First <em>rule</em> of Folkmoot."), "{}", preview.body);
    publish(&staff, "terms", text, false).await;
    app.advance(chrono::TimeDelta::days(1));
    let staff = app.staff("Bea", Role::MembershipStaff);
    publish(&staff, "terms", "# One\n\nFirst *law* of {organisation}.\n\nStays.", false).await;
    let visitor = app.visitor();
    visitor
        .get("/terms")
        .await
        .expect(200)
        .says("First law of Folkmoot")
        .says("Version 3, since 2 June 2026");
    let old = visitor.get("/pages/terms/versions/2").await.expect(200).says("First rule of Folkmoot");
    assert!(old.text().contains("This is version 2"));
    let latest = visitor.get("/pages/terms/versions/3").await.expect(200);
    assert!(latest.body.contains("<del>First *rule* of {organisation}.</del>"), "{}", latest.body);
    assert!(latest.body.contains("<ins>First *law* of {organisation}.</ins>"));
    assert_eq!(app.audited(), ["page.publish", "page.publish"]);
}

#[actix_web::test]
async fn a_page_takes_no_html_and_no_lost_changes() {
    let app = TestApp::new().await;
    let staff = app.staff("Ada", Role::Administrator);
    let send = async |source: &str, base: &str, note: &str| {
        let fields = [("source", source), ("base", base), ("note", note), ("act", "publish")];
        staff.post("/staff/pages/imprint", &fields).await
    };
    send("a\n\n<script>alert(1)</script>", "1", "x").await.expect(422).says("Line 3 holds HTML");
    send("[x](javascript:alert(1))", "1", "x").await.expect(422).says("must begin with https://");
    send("new", "1", "").await.expect(422).says("Say in one sentence what changes");
    send("", "1", "x").await.expect(422).says("Write the text");
    send(&"x".repeat(40_001), "1", "x").await.expect(422).says("at most 40000 characters");
    send("new", "0", "x").await.expect(422).says("Somebody saved another version meanwhile");
    app.visitor().post("/staff/pages/imprint", &[("source", "x")]).await.expect(303);
    let member = app.signed_in(&app.person("Mia"));
    member.post("/staff/pages/imprint", &[("source", "x")]).await.expect(403);
    assert!(app.audited().is_empty());
}

#[actix_web::test]
async fn agreement_is_recorded_at_sign_up_and_asked_again_on_change() {
    let app = TestApp::new().await;
    let staff = app.staff("Ada", Role::Administrator);
    publish(&staff, "terms", "Rules, second edition.", true).await;
    // Whoever publishes is asked too, on the next page for signed-in people.
    let asked = staff.get("/staff/pages").await.expect(303);
    assert_eq!(asked.location().as_deref(), Some("/accept?next=%2Fstaff%2Fpages"));

    let fields = [("name", "Ann"), ("email", "ann@meadow.test"), ("password", "tram lantern 9 soup")];
    app.visitor().post("/sign-up", &fields).await.expect(422).says("tick the box to agree");
    let mut fields = fields.to_vec();
    fields.push(("accept", "yes"));
    app.visitor().post("/sign-up", &fields).await.expect(200);
    let link = app.link_in_mail_to("ann@meadow.test");
    let ann = app.visitor();
    ann.submit(&link, &[]).await.expect(200).says("Your tasks");
    let accepted = app
        .app
        .store()
        .read(|c| {
            let ann = folkmoot_store::accounts::owner_of_address(c, "ann@meadow.test")?.unwrap();
            Ok::<_, AppError>(pages::acceptances(c, ann.id)?)
        })
        .unwrap();
    let mut accepted: Vec<(SitePage, i64)> = accepted.into_iter().map(|(p, v, _)| (p, v)).collect();
    accepted.sort();
    assert_eq!(accepted, [(SitePage::Terms, 2), (SitePage::Privacy, 1), (SitePage::Conduct, 1)]);

    staff.get("/accept?next=/staff/pages").await.expect(200).says("Terms of use , version 2");
    let agree = [("accept", "yes"), ("terms", "2"), ("next", "/staff/pages")];
    staff.submit("/accept", &agree).await.expect(200).says("agreement is recorded").says("Site pages");
    publish(&staff, "conduct", "Be kind.", false).await;
    ann.get("/").await.expect(200).says("Your tasks");
    publish(&staff, "conduct", "Be kinder.", true).await;
    assert_eq!(ann.get("/").await.location().as_deref(), Some("/accept?next=%2F"));
    ann.get("/account").await.expect(200);
    ann.get("/elections").await;
    let page = ann.get("/accept?next=//evil.example").await.expect(200).says("Code of conduct , version 3");
    assert!(page.body.contains("name=\"next\" value=\"/\""));
    ann.post("/accept", &[("conduct", "3"), ("next", "/account")]).await.expect(422).says("Tick the box");
    ann.post("/accept", &[("accept", "yes"), ("conduct", "2"), ("next", "/")])
        .await
        .expect(422)
        .says("changed while");
    let done =
        ann.post("/accept", &[("accept", "yes"), ("conduct", "3"), ("next", "/account")]).await.expect(303);
    assert_eq!(done.location().as_deref(), Some("/account"));
    ann.get("/").await.expect(200).says("Your tasks");
    assert!(app.audited().iter().filter(|a| *a == "page.accept").count() == 2);
}

#[test]
fn voting_and_leaving_wait_for_nobody() {
    let waits = super::pages::stands_in_the_way;
    for open in
        ["/elections", "/elections/board-2026/vote", "/account", "/account/password", "/accept", "/trustee/x"]
    {
        assert!(!waits(open), "{open}");
    }
    for held in ["/", "/staff/pages", "/electionsx", "/nominations/new"] {
        assert!(waits(held), "{held}");
    }
}

const SETTINGS: [(&str, &str); 5] = [
    ("organisation", "Lantern Guild"),
    ("contact", "office@guild.test"),
    ("postal_address", "1 Mill Lane\r\nLanternmoor"),
    ("time_zone", "Europe/Oslo"),
    ("brand", "#6A1B9A"),
];

#[actix_web::test]
async fn staff_change_the_settings_and_every_page_and_mail_follows() {
    let app = TestApp::new().await;
    let staff = app.staff("Ada", Role::Administrator);
    staff.get("/staff/settings").await.expect(200).says("https://folkmoot.test");
    staff.submit("/staff/settings", &SETTINGS).await.expect(200).says("The settings are saved");
    let page =
        app.visitor().get("/imprint").await.expect(200).says("Lantern Guild").says("office@guild.test");
    assert!(page.body.contains("/brand.css?v=6a1b9a"), "a new colour has a new address");
    assert!(app.visitor().get("/brand.css").await.body.contains("--brand: #6a1b9a;"));
    app.visitor()
        .post("/sign-in/link", &[("email", "ada@people.test"), ("password", ""), ("next", "/")])
        .await;
    assert!(app.mail_to("ada@people.test").body_text.contains("1 Mill Lane, Lanternmoor"));
    assert_eq!(app.audited(), ["settings.change"]);
    let wrong = [
        ("organisation", ""),
        ("contact", "x"),
        ("postal_address", ""),
        ("time_zone", "Mars/Olympus"),
        ("brand", "#ffdd00"),
    ];
    staff
        .post("/staff/settings", &wrong)
        .await
        .expect(422)
        .says("to 1 against the paper of the pages; 4.5 is needed")
        .says("Choose a time zone")
        .says("Enter an e-mail address");
    app.staff("Mia", Role::MembershipStaff).post("/staff/settings", &SETTINGS).await.expect(403);
    assert_eq!(app.app.organisation().name, "Lantern Guild");
}

#[actix_web::test]
async fn the_first_start_prints_an_address_that_sets_the_site_up_once() {
    let app = TestApp::new().await;
    let old = super::set_up::announce(&app.app).unwrap().unwrap();
    let link = super::set_up::announce(&app.app).unwrap().unwrap();
    let path = |link: &str| link.strip_prefix("https://folkmoot.test").unwrap().to_owned();
    let (old, link) = (path(&old), path(&link));
    let browser = app.visitor();
    browser.get(&old).await.expect(404);
    browser.get("/set-up/guess").await.expect(404);
    browser.get(&link).await.expect(200).says("Two administrators");
    let mut fields = SETTINGS.to_vec();
    fields.extend([
        ("name_1", "Ann"),
        ("email_1", "ann@meadow.test"),
        ("name_2", "Bo"),
        ("email_2", "ANN@meadow.test"),
    ]);
    browser.post(&link, &fields).await.expect(422).says("two different people");
    fields.pop();
    fields.push(("email_2", "bo@meadow.test"));
    browser.post(&link, &fields).await.expect(200).says("The site is set up").says("Ann and Bo");
    assert_eq!(app.app.organisation().name, "Lantern Guild");
    browser.get(&link).await.expect(404);
    browser.post(&link, &fields).await.expect(404);
    assert_eq!(super::set_up::announce(&app.app).unwrap(), None);
    let ann = app.visitor();
    ann.post("/sign-in/link", &[("email", "ann@meadow.test"), ("password", ""), ("next", "/")])
        .await
        .expect(200);
    let sign_in = app.link_in_mail_to("ann@meadow.test");
    ann.submit(&sign_in, &[]).await;
    app.work();
}

#[actix_web::test]
async fn a_printed_address_ends_after_a_week() {
    let app = TestApp::new().await;
    let link = super::set_up::announce(&app.app).unwrap().unwrap();
    app.advance(chrono::TimeDelta::days(7));
    app.visitor().get(link.strip_prefix("https://folkmoot.test").unwrap()).await.expect(404);
}

#[actix_web::test]
async fn whoever_finds_a_weakness_learns_whom_to_tell() {
    let app = TestApp::new().await;
    let file = "/.well-known/security.txt";
    let first = app.visitor().get(file).await.expect(200);
    assert_eq!(first.headers.get("content-type").unwrap(), "text/plain; charset=utf-8");
    let rest = "Contact: https://folkmoot.test/contact\nExpires: 2026-08-30T00:00:00Z\n\
                Canonical: https://folkmoot.test/.well-known/security.txt\n";
    assert_eq!(first.body, rest);
    let settings = [
        ("organisation", "Fen Council"),
        ("contact", "clerk@fen.test"),
        ("postal_address", ""),
        ("time_zone", "UTC"),
        ("brand", ""),
    ];
    app.staff("Ada", Role::Administrator).post("/staff/settings", &settings).await.expect(303);
    let second = app.visitor().get(file).await.expect(200);
    assert_eq!(second.body, format!("Contact: mailto:clerk@fen.test\n{rest}"));
}
