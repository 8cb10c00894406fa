//! Stories about bodies.

use chrono::TimeDelta;
use folkmoot_store::accounts::Role;

use crate::testing::TestApp;

#[actix_web::test]
async fn staff_make_a_body_and_seat_people_for_their_time() {
    let app = TestApp::new().await;
    let mia = app.staff("Mia Members", Role::MembershipStaff);
    let (ann, bo) = (app.person("Ann Arbour"), app.person("Bo"));
    mia.get("/staff/bodies").await.expect(200).says("no bodies yet");
    let board = [("name", "Board of directors"), ("slug", "board"), ("kind", "board"), ("is_public", "yes")];
    mia.submit("/staff/bodies/new", &board).await.expect(200).says("Nobody sits in this body");
    mia.post("/staff/bodies/new", &board).await.expect(422).says("Another body has this address");
    let members = "/staff/bodies/board/members";
    let seat = |email: &str, from: &str, until: &str| {
        vec![
            ("email", email.to_owned()),
            ("position", "Chair".into()),
            ("starts", from.into()),
            ("ends", until.into()),
        ]
    };
    for (email, from, until, status) in [
        (ann.email.as_str(), "2026-05-01", "2026-06-02", 303),
        (ann.email.as_str(), "2026-06-02", "", 422),
        (ann.email.as_str(), "2026-06-10", "", 303),
        (bo.email.as_str(), "2026-06-01", "2026-05-01", 422),
        ("nobody@people.test", "2026-06-01", "", 422),
    ] {
        let fields = seat(email, from, until);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        mia.post(members, &fields).await.expect(status);
    }
    let visitor = app.visitor();
    visitor.get("/bodies").await.expect(200).says("Board of directors");
    visitor.get("/bodies/board").await.says("Ann Arbour , Chair 1 May 2026 to 2 June 2026").says("To come");
    app.advance(TimeDelta::days(1));
    visitor.get("/bodies/board").await.says("Members Ann Arbour");
    app.advance(TimeDelta::days(1));
    visitor.get("/bodies/board").await.says("no members today").says("Before Ann Arbour");
    // Two days later nobody of the staff is signed in any more.
    let mo = app.staff("Mo Members", Role::MembershipStaff);
    mo.get(&format!("/staff/people/{}", ann.public_id))
        .await
        .says("Board of directors Chair, from 10 June 2026, no");
    let data = app.signed_in(&ann).get("/account/data").await.expect(200).body;
    assert!(data.contains("\"Board of directors\""), "{data}");
    let audited = app.audited();
    assert_eq!(audited, ["body.create", "body.add_member", "body.add_member"]);
}

#[actix_web::test]
async fn a_time_is_ended_and_a_body_hidden() {
    let app = TestApp::new().await;
    let mia = app.staff("Mia Members", Role::MembershipStaff);
    let ann = app.person("Ann");
    let fields = [("name", "Grants"), ("slug", "grants"), ("kind", "work_group"), ("is_public", "yes")];
    mia.post("/staff/bodies/new", &fields).await.expect(303);
    let seat = [("email", ann.email.as_str()), ("starts", "2026-01-01"), ("ends", "")];
    let page = mia.submit("/staff/bodies/grants/members", &seat).await.expect(200);
    let path =
        page.body.split("action=\"").find(|a| a.contains("/end\"")).unwrap().split('"').next().unwrap();
    mia.post(path, &[("last", "2025-12-31")]).await.expect(409);
    mia.post(path, &[("last", "soon")]).await.expect(422);
    mia.submit(path, &[("last", "2026-05-31")]).await.says("Before Ann");
    mia.post("/staff/bodies/grants/members/999/end", &[("last", "2026-05-31")]).await.expect(404);
    let hide = [("name", "Grants"), ("kind", "work_group"), ("description", "Gives grants.")];
    mia.submit("/staff/bodies/grants/edit", &hide).await.says("staff only");
    app.visitor().get("/bodies/grants").await.expect(404);
    app.visitor().get("/bodies").await.says("not published its bodies");
    mia.post("/staff/bodies/new", &[("name", ""), ("slug", "New!"), ("kind", "")])
        .await
        .expect(422)
        .says("hyphens");
    mia.post("/staff/bodies/new", &[("name", "x"), ("slug", "new"), ("kind", "team")]).await.expect(422);
}
