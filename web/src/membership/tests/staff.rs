//! What staff do: decide about applications, give and end classes, end one against the member's will only after notice and
//! hearing, make classes, calls and drives, and write to those whose membership ends soon. And what the public sees.

use chrono::TimeDelta;
use folkmoot_store::accounts::Role;
use folkmoot_store::memberships::{self, MembershipState};

use super::setting::{at, body, classes, give, pay};
use crate::error::AppError;
use crate::testing::{Browser, TestApp};

async fn apply(app: &TestApp, name: &str) -> crate::testing::TestPerson {
    let person = app.person(name);
    let browser = app.signed_in(&person);
    let fields = [("statement", "I keep the handbook"), ("certify", "yes"), ("named", "yes")];
    browser.submit("/join/Contributing", &fields).await.says("Your application is sent");
    person
}

/// The addresses of the applications that wait.
async fn waiting(staff: &Browser<'_>) -> Vec<String> {
    let page = staff.get("/staff/membership/applications").await.expect(200);
    let parts = page.body.split("href=\"/staff/membership/applications/").skip(1);
    parts.map(|part| format!("/staff/membership/applications/{}", part.split('"').next().unwrap())).collect()
}

#[actix_web::test]
async fn applications_are_decided_with_a_reason_and_a_mail() {
    let app = TestApp::new().await;
    classes(&app);
    let (ana, bo) = (apply(&app, "Ana").await, apply(&app, "Bo").await);
    let ines = app.person("Ines");
    app.grant(&ines, Role::MembershipStaff);
    let staff = app.signed_in(&ines);
    staff.get("/").await.says("Decide about 2 applications");
    let applications = waiting(&staff).await;
    assert_eq!(applications.len(), 2);
    staff.get(&applications[0]).await.expect(200).says("I keep the handbook").says("five hours a month");
    staff.post(&applications[1], &[("act", "refuse")]).await.expect(422).says("Say why");
    staff.submit(&applications[0], &[("act", "grant"), ("reason", "")]).await.says("Granted");
    staff.post(&applications[0], &[("act", "grant")]).await.expect(409).says("decided already");
    let refuse = [("act", "refuse"), ("reason", "Please tell us more")];
    staff.submit(&applications[1], &refuse).await.says("Refused");
    assert!(app.mail_to(&ana.email).body_text.contains("you are now a contributing member"));
    assert!(app.mail_to(&bo.email).body_text.contains("The reason: Please tell us more"));
    app.signed_in(&ana).get("/membership").await.says("Contributing member In force");
    app.signed_in(&bo).get("/membership").await.says("not granted: Please tell us more");
    // Named in public is who agreed and is a member.
    app.visitor().get("/members/Contributing").await.expect(200).says("Ana");
    assert!(!app.visitor().get("/members/Contributing").await.body.contains("Bo"));
    app.visitor().get("/members").await.says("Contributing member 1").says("has one member");
    app.visitor().get("/members/Basic").await.expect(404);
    // Nobody decides about themselves.
    let fields = [("statement", "Mine"), ("certify", "yes")];
    staff.submit("/join/Contributing", &fields).await.says("Your application is sent");
    let own = waiting(&staff).await;
    staff.post(&own[0], &[("act", "grant"), ("reason", "")]).await.expect(403).says("concerns yourself");
    app.work();
}

#[actix_web::test]
async fn a_membership_is_ended_against_the_members_will_only_after_notice_and_hearing() {
    let app = TestApp::new().await;
    classes(&app);
    let (ana, ines) = (app.person("Ana"), app.person("Ines"));
    app.grant(&ines, Role::MembershipStaff);
    give(&app, ana.id, "Fellow", "2020-01-01T00:00:00Z");
    let staff = app.signed_in(&ines);
    let page = format!("/staff/membership/people/{}", ana.public_id);
    let held = staff.get(&page).await.expect(200).says("Fellow");
    let (end, _) = held.form("/staff/membership/held/");
    let notice = end.replace("/end", "/notice");
    staff.get(&notice).await.expect(200).says("at least 15 days before the end");
    let fields = |hearing, effective| [("reason", "Conduct"), ("hearing", hearing), ("effective", effective)];
    // It is 1 June: fifteen days of notice, five between hearing and end.
    let early = fields("2026-06-08T12:00", "2026-06-15T12:00");
    staff.post(&notice, &early).await.expect(422).says("at least 15 days from now");
    let close = fields("2026-06-15T12:00", "2026-06-18T12:00");
    staff.post(&notice, &close).await.expect(422).says("at least 5 days before the end");
    let right = fields("2026-06-11T12:00", "2026-06-18T12:00");
    staff.submit(&notice, &right).await.says("Notice is given");
    staff.post(&notice, &right).await.expect(409).says("notice was given already");
    assert!(app.mail_to(&ana.email).body_text.contains("You are heard on 11 June 2026, 12:00 UTC"));

    let member = app.signed_in(&ana);
    let own = member.get("/membership").await.says("The reason: Conduct");
    let (answer, _) = own.form("/membership/endings/");
    app.signed_in(&app.person("Bo")).post(&answer, &[("answer", "x")]).await.expect(404);
    member.submit(&answer, &[("answer", "It was not me")]).await.says("with those who decide");
    let (decide, _) = staff.get(&page).await.says("It was not me").form("/staff/membership/endings/");
    let outcome = [("act", "end"), ("outcome", "The board decided 8 to 3")];
    staff.post(&decide, &outcome).await.expect(409).says("decide after that");
    app.advance(TimeDelta::days(11));
    app.signed_in(&ines).submit(&decide, &outcome).await.says("The decision is recorded");
    app.signed_in(&ines).post(&decide, &outcome).await.expect(409);
    app.signed_in(&ana).get("/membership").await.says("Fellow In force").says("until 18 June 2026");
    app.advance(TimeDelta::days(7));
    let after = app.signed_in(&ana).get("/membership").await;
    after.says("You are not a member").says("ended by decision: The board decided 8 to 3");
    let state = app.app.store().read(|c| Ok::<_, AppError>(memberships::of_person(c, ana.id)?)).unwrap();
    assert_eq!(state[0].0.state, MembershipState::Terminated);
    app.work();
}

#[actix_web::test]
async fn a_fellow_becomes_emeritus_and_another_is_given_a_class() {
    let app = TestApp::new().await;
    classes(&app);
    let (ana, staff) = (app.person("Ana"), app.staff("Ines", Role::MembershipStaff));
    let page = format!("/staff/membership/people/{}", ana.public_id);
    staff.get(&page).await.expect(200).says("None so far");
    let fields = [("class", "Fellow"), ("from", "2026-06-01"), ("reason", "Resolution 12")];
    staff.submit(&page, &fields).await.says("The class is given").says("Resolution 12");
    staff.post(&page, &fields).await.expect(409).says("holds the class already");
    let dues = [("class", "Supporting"), ("from", "2026-06-01"), ("reason", "x")];
    staff.post(&page, &dues).await.expect(409).says("follows from dues");
    assert!(app.mail_to(&ana.email).body_text.contains("You are a fellow from 1 June 2026 on."));
    let (end, _) = staff.get(&page).await.form("/staff/membership/held/");
    let emeritus = [("state", "emeritus"), ("day", "2026-06-30"), ("reason", "By own wish")];
    staff
        .submit(&end, &emeritus)
        .await
        .says("The end is set")
        .says("In force 1 June 2026 to 30 June 2026: By own wish");
    app.advance(TimeDelta::days(30));
    app.signed_in(&ana).get("/membership").await.says("emeritus: By own wish");
    app.work();
}

#[actix_web::test]
async fn a_drive_counts_75_of_100_as_75_percent_for_everybody() {
    let app = TestApp::new().await;
    classes(&app);
    let staff = app.staff("Ines", Role::MembershipStaff);
    staff.get("/staff/membership/drives/new").await.expect(200);
    let wrong =
        [("title", "May"), ("goal", "0"), ("class", ""), ("starts", "2026-05-31"), ("ends", "2026-05-01")];
    let page = staff.post("/staff/membership/drives/new", &wrong).await.expect(422);
    page.says("1 to 1000000").says("must not be before the first");
    let right = [
        ("title", "A hundred in May"),
        ("goal", "100"),
        ("class", "Supporting"),
        ("starts", "2026-05-01"),
        ("ends", "2026-05-31"),
    ];
    staff.submit("/staff/membership/drives/new", &right).await.says("0 of 100 new members, 0 %");
    let people: Vec<_> = (0..77).map(|n| app.person(&format!("New {n}"))).collect();
    app.app
        .store()
        .write(|c| {
            for (n, person) in (0_i64..).zip(&people) {
                // The first began in April, the last a second too late.
                let paid = match n {
                    0 => at("2026-04-30T23:59:59Z"),
                    76 => at("2026-06-01T00:00:00Z"),
                    n => at("2026-05-01T00:00:00Z").plus(TimeDelta::hours(9 * n)),
                };
                pay(c, &app.app, person.id, &format!("drive {n}"), paid)?;
            }
            Ok::<_, AppError>(())
        })
        .unwrap();
    let public = app.visitor();
    public.get("/drives/a-hundred-in-may").await.expect(200).says("75 of 100 new members, 75 %");
    let widget = public.get("/drives/a-hundred-in-may/widget").await.expect(200);
    assert!(
        widget
            .headers
            .get("content-security-policy")
            .unwrap()
            .to_str()
            .unwrap()
            .contains("frame-ancestors *")
    );
    assert!(!widget.headers.contains_key("x-frame-options"), "other sites may show it");
    assert!(!widget.headers.contains_key("set-cookie"));
    let numbers = public.get("/drives/a-hundred-in-may/progress.json").await.expect(200).body;
    assert!(numbers.contains("\"percent\":75"), "{numbers}");
    staff.submit("/staff/membership/drives/a-hundred-in-may", &right).await.says("Saved");
    app.work();
}

#[actix_web::test]
async fn staff_look_at_a_reminder_before_it_goes_out_once_a_day() {
    let app = TestApp::new().await;
    classes(&app);
    let (ana, staff) = (app.person("Ana"), app.staff("Ines", Role::MembershipStaff));
    app.app.store().write(|c| pay(c, &app.app, ana.id, "one", at("2025-07-01T00:00:00Z"))).unwrap();
    staff.get("/staff/membership/ending").await.expect(200).says("Memberships: 1.").says("1 July 2026");
    let text = ("text", "Come to the summer meeting.");
    staff.post("/staff/membership/ending", &[("text", ""), ("act", "send")]).await.expect(422);
    let look = staff.post("/staff/membership/ending", &[text, ("act", "look")]).await.expect(200);
    look.says(
        "Hello Ana, your membership (Supporting member) lasts until 1 July 2026. Come to the summer meeting.",
    );
    assert!(app.mails().is_empty(), "looking sends nothing");
    staff
        .submit("/staff/membership/ending", &[text, ("act", "send")])
        .await
        .says("Reminders on their way: 1.");
    staff.submit("/staff/membership/ending", &[text, ("act", "send")]).await.says("0 sent");
    assert_eq!(app.mails().len(), 1);
}

#[actix_web::test]
async fn classes_and_calls_are_made_by_staff_and_faults_are_named() {
    let app = TestApp::new().await;
    let staff = app.staff("Ines", Role::MembershipStaff);
    staff.get("/staff/membership/classes").await.expect(200).says("There is no class yet");
    staff.submit("/staff/membership/classes/preset", &[]).await.says("Supporting member");
    let mut dues = vec![
        ("key", "Patron"),
        ("name", "Patron"),
        ("position", "9"),
        ("evidence", "none"),
        ("term", "paid"),
        ("is_open", "yes"),
        ("currency", "EUR"),
        ("minimum", "50"),
        ("suggested", "20"),
        ("lifetime", ""),
        ("months", "12"),
        ("grace", "30"),
    ];
    let page = staff.post("/staff/membership/classes/new", &dues).await.expect(422);
    page.says("the suggested amount 20.00 EUR is below the minimum 50.00 EUR");
    dues[8] = ("suggested", "80.00");
    staff.submit("/staff/membership/classes/new", &dues).await.says("The class is made");
    staff.post("/staff/membership/classes/new", &dues).await.expect(422).says("Another class has this key");
    staff.get("/staff/membership/classes/Patron").await.expect(200).says("Class Patron");
    app.visitor().get("/join/Patron").await.expect(200).says("Dues are 50.00 EUR or more");

    body(&app, "board", "Board");
    staff.get("/staff/membership/calls/new").await.expect(200).says("Board");
    let mut call = vec![
        ("title", "Board election 2026"),
        ("body", "board"),
        ("authority", "Bylaws 4.2"),
        ("from", "2026-08-25T14:00"),
        ("cutoff", "2026-08-25T14:00"),
        ("record", "soon"),
        ("affirm", "yes"),
        ("fellows", "all"),
    ];
    let page = staff.post("/staff/membership/calls/new", &call).await.expect(422);
    page.says("The cut-off must come after the beginning").says("such as 2026-08-25T14:00");
    call[3] = ("from", "2025-08-25T14:00");
    call[5] = ("record", "2026-08-25T14:00");
    let made = staff.submit("/staff/membership/calls/new", &call).await;
    made.says("The call is open").says("members for life need not affirm and all count for the quorum");
    let fay = app.person("Fay");
    give(&app, fay.id, "Fellow", "2020-01-01T00:00:00Z");
    app.signed_in(&fay).get("/membership").await.says("A Fellow member need not affirm").says("Eligible");
    staff.get("/staff/membership").await.expect(200).says("Fellow: from 1 to 1 in 24 months");
    assert_eq!(app.audited(), ["class.preset", "class.create", "membership.call"]);
}
