//! Stories about acts that need two people (requirement AZ-02).

use chrono::TimeDelta;
use folkmoot_store::accounts::{self, Role};
use folkmoot_store::diesel::prelude::*;
use folkmoot_store::schema::approvals as table;

use crate::error::AppError;
use crate::testing::{Browser, TestApp, TestPerson, between};

/// Two administrators and a person who is to become returns officer.
struct Scene<'a> {
    ada: Browser<'a>,
    bo: Browser<'a>,
    rita: TestPerson,
}

fn scene(app: &TestApp) -> Scene<'_> {
    let rita = app.person("Rita Returns");
    let (ada, bo) = (app.staff("Ada Admin", Role::Administrator), app.staff("Bo Admin", Role::Administrator));
    Scene { ada, bo, rita }
}

/// Proposes the role; returns the path of the proposal.
async fn propose(scene: &Scene<'_>) -> String {
    let fields = [
        ("email", scene.rita.email.as_str()),
        ("role", "returns_officer"),
        ("starts", "2026-06-01"),
        ("ends", ""),
        ("deputy_for", ""),
        ("reason", "Board decision 7"),
    ];
    let answer = scene.ada.post("/staff/roles/give", &fields).await.expect(303);
    answer.location().unwrap()
}

async fn digest(browser: &Browser<'_>, path: &str) -> String {
    let page = browser.get(path).await.expect(200);
    between(&page.body, "name=\"digest\" value=\"", "\"").unwrap().to_owned()
}

fn roles(app: &TestApp, person: &TestPerson) -> Vec<Role> {
    let (id, now) = (person.id, app.app.now());
    app.app.store().read(|c| Ok::<_, AppError>(accounts::roles_of(c, id, now)?)).unwrap()
}

#[actix_web::test]
async fn what_one_proposes_another_approves() {
    let app = TestApp::new().await;
    let scene = scene(&app);
    let path = propose(&scene).await;
    assert_eq!(app.link_in_mail_to("bo.admin@people.test"), path);
    assert!(!app.mails().iter().any(|m| m.recipient == "ada.admin@people.test"));
    scene.bo.get("/").await.says("Approve or decline: Give a role to a person");
    let page = scene.bo.get(&path).await.expect(200).says("Rita Returns (rita.returns@people.test)");
    let page = page.says("Returns officer").says("Board decision 7").says("1 June 2026, 12:00 UTC");
    assert!(page.text().contains("Ada Admin"), "{}", page.text());
    assert_eq!(roles(&app, &scene.rita), []);
    let hash = digest(&scene.bo, &path).await;
    scene.bo.submit(&format!("{path}/approve"), &[("digest", &hash), ("note", "")]).await.says("Approved");
    assert_eq!(roles(&app, &scene.rita), [Role::ReturnsOfficer]);
    assert_eq!(app.audited(), ["approval.propose", "approval.approve", "role.grant"]);
    assert_eq!(app.mail_to(&scene.rita.email).message, "role_granted");
    let told = app.mails();
    let to_ada: Vec<_> = told.iter().filter(|m| m.recipient == "ada.admin@people.test").collect();
    let names: Vec<&str> = to_ada.iter().map(|m| m.message.as_str()).collect();
    assert_eq!(names, ["roles_announced", "approval_decided"]);
    assert!(to_ada.iter().any(|m| m.body_text.contains("Proposed by Ada Admin, approved by Bo Admin.")));
    // The second of two clicks changes nothing.
    let again = [("digest", hash.as_str()), ("note", "")];
    scene.bo.post(&format!("{path}/approve"), &again).await.expect(409).says("decided already");
    app.work();
}

#[actix_web::test]
async fn nobody_approves_their_own_proposal_nor_a_role_for_themselves() {
    let app = TestApp::new().await;
    let mut scene = scene(&app);
    let path = propose(&scene).await;
    scene.ada.get(&path).await.expect(200).says("you proposed it");
    let hash = digest_in_database(&app);
    let fields = [("digest", hash.as_str()), ("note", "")];
    scene.ada.post(&format!("{path}/approve"), &fields).await.expect(403).says("Somebody else");
    scene.ada.post(&format!("{path}/decline"), &[("digest", &hash), ("note", "x")]).await.expect(403);
    // The one who gets the role is an administrator too, and may not have a say in it.
    app.grant(&scene.rita, Role::Administrator);
    let rita = app.signed_in(&scene.rita);
    rita.post(&format!("{path}/approve"), &fields).await.expect(403).says("it concerns yourself");
    assert_eq!(roles(&app, &scene.rita), [Role::Administrator]);
    // Nor can she propose it.
    scene.rita.email = "rita.returns@people.test".into();
    let own = [
        ("email", scene.rita.email.as_str()),
        ("role", "certifier"),
        ("starts", "2026-06-01"),
        ("reason", "x"),
    ];
    rita.post("/staff/roles/give", &own).await.expect(403).says("it concerns yourself");
    app.work();
}

fn digest_in_database(app: &TestApp) -> String {
    app.app
        .store()
        .read(|c| Ok::<_, AppError>(table::table.order(table::id.desc()).select(table::digest).first(c)?))
        .unwrap()
}

#[actix_web::test]
async fn an_approval_fits_the_act_that_was_shown_and_no_other() {
    let app = TestApp::new().await;
    let scene = scene(&app);
    let path = propose(&scene).await;
    let approve = format!("{path}/approve");
    let hash = digest(&scene.bo, &path).await;
    for wrong in ["", "00", &hash.replace(|c: char| c.is_ascii_digit(), "0")] {
        scene.bo.post(&approve, &[("digest", wrong), ("note", "")]).await.expect(409).says("not the act");
    }
    // Somebody with access to the database swaps the role; the hash shown before no longer fits.
    app.app
        .store()
        .write(|c| {
            let text: String = table::table.select(table::payload).first(c)?;
            let forged = text.replace("returns_officer", "administrator");
            assert_ne!(text, forged);
            folkmoot_store::diesel::update(table::table).set(table::payload.eq(forged)).execute(c)?;
            Ok::<_, AppError>(())
        })
        .unwrap();
    scene.bo.post(&approve, &[("digest", &hash), ("note", "")]).await.expect(409).says("not the act");
    assert_eq!(roles(&app, &scene.rita), []);
    app.work();
}

#[actix_web::test]
async fn a_proposal_lasts_a_day() {
    let app = TestApp::new().await;
    let scene = scene(&app);
    let path = propose(&scene).await;
    let hash = digest(&scene.bo, &path).await;
    app.advance(TimeDelta::hours(24) - TimeDelta::microseconds(1));
    // Sessions of staff end sooner than that.
    let (bo, cleo) =
        (app.staff("Cleo Admin", Role::Administrator), app.staff("Dan Admin", Role::Administrator));
    bo.get(&path).await.expect(200).says("Approve and do it");
    app.advance(TimeDelta::microseconds(1));
    let late = [("digest", hash.as_str()), ("note", "")];
    cleo.post(&format!("{path}/approve"), &late).await.expect(409).says("within 24 hours");
    cleo.get("/staff/approvals").await.says("Expired");
    assert_eq!(roles(&app, &scene.rita), []);
    app.work();
}

#[actix_web::test]
async fn a_proposal_of_somebody_who_lost_the_role_is_stale() {
    let app = TestApp::new().await;
    let scene = scene(&app);
    let path = propose(&scene).await;
    let hash = digest(&scene.bo, &path).await;
    let now = app.app.now();
    app.app
        .store()
        .write(|c| {
            let all = accounts::standing_grants(c, now)?;
            // The first grant is Ada's.
            accounts::revoke_grant(c, all[0].id, None, now)?;
            Ok::<_, AppError>(())
        })
        .unwrap();
    let fields = [("digest", hash.as_str()), ("note", "")];
    scene.bo.post(&format!("{path}/approve"), &fields).await.expect(409).says("may no longer do so");
    // Nothing of the failed approval stays.
    scene.bo.get(&path).await.expect(200).says("Approve and do it");
    assert_eq!(app.audited(), ["approval.propose"]);
    app.work();
}

#[actix_web::test]
async fn a_proposal_is_declined_with_a_reason_or_taken_back() {
    let app = TestApp::new().await;
    let scene = scene(&app);
    let path = propose(&scene).await;
    let hash = digest(&scene.bo, &path).await;
    let decline = format!("{path}/decline");
    scene.bo.post(&decline, &[("digest", &hash), ("note", "")]).await.expect(422).says("Say why you decline");
    scene.bo.submit(&decline, &[("digest", &hash), ("note", "Ask the board")]).await.says("Declined");
    assert!(app.mail_to("ada.admin@people.test").body_text.contains("Ask the board"));
    assert_eq!(roles(&app, &scene.rita), []);
    let second = propose(&scene).await;
    scene.bo.post(&format!("{second}/withdraw"), &[]).await.expect(403);
    scene.ada.submit(&format!("{second}/withdraw"), &[]).await.says("withdrawn");
    let fields = [("digest", hash.as_str()), ("note", "")];
    scene.bo.post(&format!("{second}/approve"), &fields).await.expect(409);
    app.work();
}

#[actix_web::test]
async fn the_same_act_is_proposed_once_and_only_if_somebody_can_approve_it() {
    let app = TestApp::new().await;
    let (rita, ada) = (app.person("Rita Returns"), app.staff("Ada Admin", Role::Administrator));
    let fields =
        [("email", rita.email.as_str()), ("role", "registrar"), ("starts", "2026-06-01"), ("reason", "x")];
    ada.post("/staff/roles/give", &fields).await.expect(409).says("Nobody else may approve");
    let _bo = app.staff("Bo Admin", Role::Administrator);
    ada.post("/staff/roles/give", &fields).await.expect(303);
    ada.post("/staff/roles/give", &fields).await.expect(409).says("proposed already");
    app.work();
}

#[actix_web::test]
async fn other_staff_learn_nothing_of_a_proposal() {
    let app = TestApp::new().await;
    let scene = scene(&app);
    let path = propose(&scene).await;
    let vera = app.staff("Vera Reviewer", Role::Reviewer);
    vera.get(&path).await.expect(404);
    vera.post(&format!("{path}/approve"), &[("digest", ""), ("note", "")]).await.expect(404);
    vera.get("/staff/approvals").await.expect(200).says("Nothing waits");
    vera.get("/").await.says("Nothing needs you now");
    app.staff("Otto Auditor", Role::Auditor).get(&path).await.expect(200).says("needs one of these roles");
    scene.ada.get("/staff/approvals/not-an-id").await.expect(404);
    app.work();
}

#[actix_web::test]
async fn sensitive_acts_need_a_fresh_proof_of_identity() {
    let app = TestApp::new().await;
    let scene = scene(&app);
    let path = propose(&scene).await;
    let hash = digest(&scene.bo, &path).await;
    app.advance(TimeDelta::minutes(6));
    let answer = scene.bo.post(&format!("{path}/approve"), &[("digest", &hash), ("note", "")]).await;
    assert_ne!(answer.status, 200);
    assert_eq!(roles(&app, &scene.rita), []);
    app.work();
}

#[actix_web::test]
async fn mails_tell_instants_in_the_organisations_time_zone_too() {
    let app = TestApp::new().await;
    let scene = scene(&app);
    let settings = [
        ("organisation", "Fen Council"),
        ("contact", ""),
        ("postal_address", ""),
        ("time_zone", "America/New_York"),
        ("brand", ""),
    ];
    scene.ada.post("/staff/settings", &settings).await.expect(303);
    let path = propose(&scene).await;
    let mail = app.mail_to("bo.admin@people.test");
    let both = "2 June 2026, 12:00 UTC, which is Tuesday 2 June 2026, 08:00 EDT (America/New York, UTC-4)";
    assert!(mail.body_text.contains(both), "{}", mail.body_text);
    // The page is told on the reader's own clock, which is UTC here.
    let page = scene.bo.get(&path).await.expect(200).says("2 June 2026, 12:00 UTC");
    assert!(!page.text().contains("EDT"));
}
