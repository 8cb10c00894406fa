//! Stories about bodies.

use chrono::TimeDelta;
use folkmoot_store::accounts::Role;

use crate::jobs::Job;
use crate::testing::{TestApp, between};

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
    assert_eq!(app.mail_to(&ann.email).subject, "Your seat");
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
    let id = between(&page.body, "/staff/bodies/grants/members/", "\"").unwrap().to_owned();
    let path = format!("/staff/bodies/grants/members/{id}/end");
    mia.post(&path, &[("last", "2025-12-31")]).await.expect(409);
    mia.post(&path, &[("last", "soon")]).await.expect(422);
    mia.submit(&path, &[("last", "2026-05-31")]).await.says("Before Ann");
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

#[actix_web::test]
async fn seats_have_terms_cohorts_and_a_calendar() {
    let app = TestApp::new().await;
    let mia = app.staff("Mia Members", Role::MembershipStaff);
    let names = ["Ann", "Bo", "Cy", "Di"];
    let people: Vec<_> = names.iter().map(|n| app.person(n)).collect();
    let board = [("name", "Board"), ("slug", "board"), ("kind", "board"), ("is_public", "yes")];
    mia.post("/staff/bodies/new", &board).await.expect(303);
    let rules = [("seats", "3"), ("term_years", "3"), ("definition", "bylaws"), ("max", "1/4")];
    mia.post("/staff/bodies/board/rules", &[("seats", "three"), ("definition", "bylaws"), ("max", "5/4")])
        .await
        .expect(422)
        .says("whole number")
        .says("a fraction of the body");
    mia.submit("/staff/bodies/board/rules", &rules).await.says("3 seats; a term lasts 3 years.");
    let add = "/staff/bodies/board/members";
    let seat = |email: &str, role: &str, basis: &str, cohort: &str, ends: &str| {
        [
            ("email", email),
            ("role", role),
            ("basis", basis),
            ("cohort", cohort),
            ("starts", "2026-02-28"),
            ("ends", ends),
        ]
        .map(|(n, v)| (n, v.to_owned()))
    };
    for (person, role, basis, cohort, ends, status) in [
        (0, "chair", "appointed", "A", "", 303),
        (1, "deputy", "appointed", "B", "2027-02-27", 303),
        (2, "member", "until_election", "", "", 303),
        (3, "member", "appointed", "C", "", 422),
    ] {
        let fields = seat(&people[person].email, role, basis, cohort, ends);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        mia.post(add, &fields).await.expect(status);
    }
    let visitor = app.visitor();
    let page = visitor.get("/bodies/board").await.expect(200);
    page.says("Ann , Chair 28 February 2026 to 27 February 2029; cohort A")
        .says("Bo , Deputy chair")
        .says(
            "3 seats. Last day Seats Whose terms end 27 February 2027 1 Bo (cohort B) 27 February 2029 1 Ann",
        )
        .says("Without a fixed end: Cy")
        .says("At most one quarter of the body");
    // Bo resigns before the term is over: the seat is vacant the day after, and Di takes it for a whole term.
    let staff = mia.get("/staff/bodies/board").await;
    let bo = staff
        .body
        .split("/members/")
        .find(|p| p.contains(">Bo<"))
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    mia.get(&format!("{add}/{bo}")).await.says("Deputy chair").says("Term as given until 27 February 2027");
    let gone = [("last", "2026-06-30"), ("how", "resigned"), ("note", "New job.")];
    mia.submit(&format!("{add}/{bo}/end"), &gone)
        .await
        .says("has resigned; the term was until 27 February 2027");
    assert!(app.mail_to(&people[1].email).body_text.contains("Your last day in Board is 30 June 2026."));
    visitor.get("/seats").await.says("3 seats. Last day").says("30 June 2026 1 Bo");
    app.advance(TimeDelta::days(30));
    visitor.get("/seats").await.says("3 seats, 1 vacant.");
    visitor
        .get("/bodies/board")
        .await
        .says("Before Bo , Deputy chair 28 February 2026 to 30 June 2026; cohort B; resigned;");
    let mo = app.staff("Mo", Role::MembershipStaff);
    let di = [
        ("email", people[3].email.as_str()),
        ("basis", "appointed"),
        ("role", "member"),
        ("starts", "2026-07-01"),
        ("ends", ""),
    ];
    mo.submit(add, &di).await.expect(200).says("Di 1 July 2026 to 30 June 2029");
    app.work();
}

#[actix_web::test]
async fn members_without_work_are_asked_become_inactive_and_return_at_will() {
    let app = TestApp::new().await;
    let mia = app.staff("Mia", Role::MembershipStaff);
    let (ann, bo) = (app.person("Ann"), app.person("Bo"));
    let team = [("name", "Core team"), ("slug", "core"), ("kind", "team"), ("is_public", "yes")];
    mia.post("/staff/bodies/new", &team).await.expect(303);
    mia.post("/staff/bodies/core/rules", &[("definition", "none"), ("years", "2"), ("grace", "30")])
        .await
        .expect(303);
    for person in [&ann, &bo] {
        let seat = [("email", person.email.as_str()), ("starts", "2024-06-15"), ("ends", "")];
        mia.post("/staff/bodies/core/members", &seat).await.expect(303);
    }
    let roll = |app: &TestApp| {
        let now = app.app.now();
        let names = app.app.store().read(|c| {
            let body = folkmoot_store::bodies::by_slug(c, "core")?;
            let members = super::activity::entitled(c, &body, now)?;
            Ok::<_, crate::error::AppError>(members.into_iter().map(|m| m.person_id).collect::<Vec<_>>())
        });
        names.unwrap()
    };
    let ask = |app: &TestApp| super::activity::AskInactive {}.run(&app.app).unwrap();
    let questions = |app: &TestApp| app.mails().iter().filter(|m| m.subject.contains("stay active")).count();
    // Bo works on; Ann's two years are over on 15 June 2026.
    let staff = mia.get("/staff/bodies/core").await;
    let id = staff
        .body
        .split("/members/")
        .find(|p| p.contains(">Bo<"))
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    mia.post(&format!("/staff/bodies/core/members/{id}/work"), &[("worked", "2026-06-02")]).await.expect(422);
    mia.submit(&format!("/staff/bodies/core/members/{id}/work"), &[("worked", "2026-05-30")])
        .await
        .says("30 May 2026");
    ask(&app);
    assert_eq!(questions(&app), 0);
    app.advance(TimeDelta::days(14));
    ask(&app);
    ask(&app);
    assert_eq!(questions(&app), 1);
    assert!(app.mail_to(&ann.email).body_text.contains("before 15 July 2026"));
    app.signed_in(&ann).get("/").await.says("Say whether you stay active in Core team");
    assert_eq!(roll(&app), [ann.id, bo.id]);
    app.advance(TimeDelta::days(30));
    assert_eq!(roll(&app), [bo.id]);
    app.visitor().get("/bodies/core").await.says("inactive since 15 July 2026");
    // At will, later.
    app.advance(TimeDelta::days(200));
    let browser = app.signed_in(&ann);
    browser.get("/bodies/core/activity").await.expect(200).says("You are inactive since 15 July 2026");
    browser.submit("/bodies/core/activity", &[]).await.says("You are active.");
    assert_eq!(roll(&app), [ann.id, bo.id]);
    app.signed_in(&bo)
        .get("/bodies/core/activity")
        .await
        .expect(200)
        .says("You are active. You may be asked from");
    let outsider = app.person("Cy");
    app.signed_in(&outsider).get("/bodies/core/activity").await.expect(404);
    app.work();
}
