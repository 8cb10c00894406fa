//! Secret and large votes become an election; kinds of motions are adopted on the staff pages.

use folkmoot_store::accounts::Role;

use super::town::Town;
use crate::testing::TestApp;

#[actix_web::test]
async fn a_secret_motion_becomes_a_draft_of_an_election_with_one_click() {
    let town = Town::new(12).await;
    town.body("core", "Core team", &town.people);
    town.adopt("core", "no_confidence", |k| k.secret = true);
    let fields =
        [("kind", "no confidence"), ("title", "No confidence"), ("text", "It **must** go."), ("email", "")];
    let motion = town.proposes(0, "core", &fields).await;
    let id = motion.rsplit('/').next().unwrap().to_owned();
    let officer = town.officer();
    officer.post(&format!("/staff/motions/{id}/election"), &[]).await.expect(409);
    town.as_(1).submit(&format!("{motion}/second"), &[]).await.says("decided by a secret vote");
    town.as_(1)
        .post(&format!("{motion}/vote"), &[("choice", "yes"), ("reason", "")])
        .await
        .expect(409)
        .says("secret vote");
    // Time passes, nothing fails by itself.
    town.days(1);
    town.settles();
    assert_eq!(town.outcome(&motion), None);
    let officer = town.app.staff("Rita Again", Role::ReturnsOfficer);
    officer.get(&motion).await.says("Make it an election");
    town.as_(1).post(&format!("/staff/motions/{id}/election"), &[]).await.expect(403);
    let page = officer.submit(&format!("/staff/motions/{id}/election"), &[]).await.expect(200);
    page.says("No confidence").says("Before it can be announced");
    officer.post(&format!("/staff/motions/{id}/election"), &[]).await.expect(409);
    town.sees(1, &motion).await.says("Secret vote").says("No confidence , in preparation");
    town.days(30);
    town.settles();
    assert_eq!(town.outcome(&motion), None);
}

#[actix_web::test]
async fn staff_adopt_kinds_of_motions_in_versions() {
    let app = TestApp::new().await;
    let mia = app.staff("Mia", Role::MembershipStaff);
    for (name, slug) in [("Core team", "core"), ("Council", "council")] {
        let body = [("name", name), ("slug", slug), ("kind", "team"), ("is_public", "yes")];
        mia.post("/staff/bodies/new", &body).await.expect(303);
    }
    mia.get("/staff/bodies/core/motions").await.expect(200).says("cannot propose any");
    let page = mia.get("/staff/bodies/core/motions/new?preset=promotion").await.expect(200);
    assert!(page.body.contains("value=\"2/3\""), "{}", page.body);
    let fields = [
        ("kind", "promotion"),
        ("title", "Promotion"),
        ("authority", "PEP 13"),
        ("voting_days", "7"),
        ("fraction", "2/3"),
        ("base", "votes_cast"),
        ("least", "3"),
        ("hidden", "yes"),
        ("veto_days", "7"),
        ("veto_body", "council"),
        ("reach", "seat"),
    ];
    let adopt = "/staff/bodies/core/motions/new";
    mia.submit(adopt, &fields)
        .await
        .says("two thirds of votes cast in favour")
        .says("the Council may veto it within 7 days")
        .says("version 1");
    mia.submit(adopt, &fields).await.says("version 2");
    for (name, value, words) in [
        ("fraction", "3/2", "a fraction such as"),
        ("voting_days", "0", "from 1 to 366"),
        ("veto_body", "", "body that may veto"),
        ("base", "world", "what the share is taken of"),
    ] {
        let wrong: Vec<(&str, &str)> =
            fields.iter().map(|(n, v)| (*n, if *n == name { value } else { *v })).collect();
        mia.post(adopt, &wrong).await.expect(422).says(words);
    }
    let own: Vec<(&str, &str)> =
        fields.iter().map(|(n, v)| (*n, if *n == "veto_body" { "core" } else { *v })).collect();
    mia.post(adopt, &own).await.expect(409).says("does not veto its own votes");
    let early: Vec<(&str, &str)> = fields.iter().copied().chain([("ends_when_all_voted", "yes")]).collect();
    mia.post(adopt, &early).await.expect(422).says("hidden votes cannot end early");
}
