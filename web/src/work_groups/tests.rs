//! A work group from its charter to its reports.

use chrono::TimeDelta;
use folkmoot_store::accounts::Role;
use folkmoot_store::memberships::{self, MembershipSource, MembershipState, NewMembership};

use super::RemindReports;
use crate::error::AppError;
use crate::jobs::Job;
use crate::membership::preset;
use crate::testing::{TestApp, TestPerson, between};

async fn group(app: &TestApp, chair: &TestPerson) {
    let mia = app.staff("Mia", Role::MembershipStaff);
    let body = [("name", "Grants"), ("slug", "grants"), ("kind", "work_group"), ("is_public", "yes")];
    mia.post("/staff/bodies/new", &body).await.expect(303);
    let seat = [("email", chair.email.as_str()), ("role", "chair"), ("starts", "2026-06-01"), ("ends", "")];
    mia.post("/staff/bodies/grants/members", &seat).await.expect(303);
    app.visitor().get("/bodies/grants/charter").await.expect(404);
    let charter = [
        ("purpose", "To give *grants*."),
        ("selection", "By the group."),
        ("chair", "By the group."),
        ("reports", ""),
        ("months", "3"),
        ("begins", "2026-06-01"),
        ("ends", "2027-05-31"),
        ("open", "yes"),
    ];
    let short: Vec<_> =
        charter.iter().map(|(n, v)| (*n, if *n == "ends" { "2026-05-01" } else { v })).collect();
    mia.post("/staff/bodies/grants/charter", &short).await.expect(422).says("must not be before the first");
    mia.submit("/staff/bodies/grants/charter", &charter).await.expect(200);
}

#[actix_web::test]
async fn people_ask_to_join_and_the_chair_decides() {
    let app = TestApp::new().await;
    let (chair, ann, bo) = (app.person("Chaya"), app.person("Ann"), app.person("Bo"));
    group(&app, &chair).await;
    app.visitor()
        .get("/bodies/grants/charter")
        .await
        .expect(200)
        .says("1 June 2026 to 31 May 2027")
        .says("every 3 months");
    let browser = app.signed_in(&ann);
    browser.post("/bodies/grants/join", &[("text", "")]).await.expect(422).says("why you would like to join");
    browser.post("/bodies/grants/join", &[("text", "I can help.")]).await.expect(303);
    browser.post("/bodies/grants/join", &[("text", "Again.")]).await.expect(409);
    assert!(app.mail_to(&chair.email).body_text.contains("Ann asks to join Grants."));
    app.signed_in(&bo).post("/bodies/grants/join", &[("text", "Me too.")]).await.expect(303);
    app.signed_in(&bo).get("/bodies/grants/requests").await.expect(403);
    let lead = app.signed_in(&chair);
    lead.get("/").await.says("Decide 2 requests to join Grants");
    let page = lead.get("/bodies/grants/requests").await.expect(200);
    let ids: Vec<String> = page
        .body
        .split("/join-requests/")
        .skip(1)
        .filter_map(|p| p.split('"').next())
        .map(str::to_owned)
        .collect();
    let decide = |id: &str| format!("/join-requests/{id}");
    browser.post(&decide(&ids[1]), &[("decision", "accept"), ("note", "")]).await.expect(403);
    lead.submit(&decide(&ids[1]), &[("decision", "accept"), ("note", "Welcome.")]).await.says("Accepted");
    lead.post(&decide(&ids[1]), &[("decision", "decline"), ("note", "")]).await.expect(409);
    assert!(app.mail_to(&ann.email).body_text.contains("was accepted. Welcome."));
    app.visitor().get("/bodies/grants").await.says("Ann since 1 June 2026");
    app.signed_in(&bo).post(&decide(&ids[0]), &[("decision", "withdraw"), ("note", "")]).await.expect(303);
    assert!(app.signed_in(&ann).get("/account/data").await.body.contains("I can help."));
    app.work();
}

/// Reviewers of a pool must be Fellows.
#[actix_web::test]
async fn a_pool_restricted_to_a_class_takes_nobody_else() {
    let app = TestApp::new().await;
    let now = app.app.now();
    app.app.store().write(|c| preset::install(c, now)).unwrap();
    let (chair, ann) = (app.person("Chaya"), app.person("Ann"));
    group(&app, &chair).await;
    let mia = app.staff("Mo", Role::MembershipStaff);
    mia.post("/staff/bodies/grants/rules", &[("definition", "none"), ("required_class", "Elder")])
        .await
        .expect(409);
    mia.submit("/staff/bodies/grants/rules", &[("definition", "none"), ("required_class", "Fellow")])
        .await
        .says("Members must be Fellow.");
    let seat = [("email", ann.email.as_str()), ("starts", "2026-06-01"), ("ends", "")];
    mia.post("/staff/bodies/grants/members", &seat)
        .await
        .expect(422)
        .says("must be Fellow; this person is not");
    app.signed_in(&ann)
        .post("/bodies/grants/join", &[("text", "Please.")])
        .await
        .expect(409)
        .says("must be Fellow");
    let public_id = app.app.public_id().unwrap();
    app.app
        .store()
        .write(|c| {
            let class = memberships::class_by_key(c, "Fellow")?.id;
            let new = NewMembership {
                public_id: public_id.clone(),
                person: ann.id,
                class,
                source: MembershipSource::Staff,
                state: MembershipState::Active,
                starts_at: now,
                ends_at: None,
                reference: None,
                statement: "",
                reason: "",
            };
            memberships::add(c, &new, now)?;
            Ok::<_, AppError>(())
        })
        .unwrap();
    mia.post("/staff/bodies/grants/members", &seat).await.expect(303);
    app.work();
}

#[actix_web::test]
async fn reports_are_expected_reminded_of_and_public() {
    let app = TestApp::new().await;
    let chair = app.person("Chaya");
    group(&app, &chair).await;
    let remind = |app: &TestApp| RemindReports {}.run(&app.app).unwrap();
    let mails =
        |app: &TestApp| app.mails().iter().filter(|m| m.body_text.contains("The report of Grants")).count();
    app.advance(TimeDelta::days(77));
    remind(&app);
    assert_eq!(mails(&app), 0);
    // Due on 1 September; fourteen days before, once, and once after it.
    app.advance(TimeDelta::days(1));
    remind(&app);
    remind(&app);
    assert_eq!(mails(&app), 1);
    assert!(app.mail_to(&chair.email).body_text.contains("is due on 1 September 2026."));
    app.signed_in(&chair).get("/").await.says("Give the report of Grants");
    app.advance(TimeDelta::days(15));
    remind(&app);
    remind(&app);
    assert_eq!(mails(&app), 2);
    let visitor = app.visitor();
    let page = visitor.get("/bodies/grants/reports").await.says("Overdue");
    let path =
        format!("/bodies/grants/reports/{}", between(&page.body, "/bodies/grants/reports/", "\"").unwrap());
    let fields = [("title", "Summer"), ("text", "Nine grants were **given**.")];
    let ann = app.person("Ann");
    app.signed_in(&ann).post(&path, &fields).await.expect(403);
    let lead = app.signed_in(&chair);
    lead.post(&path, &[("title", ""), ("text", "x")]).await.expect(422).says("Enter a title");
    lead.submit(&path, &fields).await.says("Nine grants were given .");
    lead.post(&path, &fields).await.expect(409);
    visitor.get(&path).await.says("Summer").says("Given on 2 September 2026");
    remind(&app);
    assert_eq!(mails(&app), 2);
    // The charter ends on 31 May 2027: no report is expected after it.
    app.advance(TimeDelta::days(700));
    remind(&app);
    let text = app.visitor().get("/bodies/grants/reports").await.text();
    assert!(text.contains("1 March 2027") && !text.contains("1 June 2027"), "{text}");
    app.visitor().get("/bodies/grants/charter").await.says("Over");
    app.signed_in(&ann).get("/bodies/grants/join").await.expect(404);
    app.work();
}
