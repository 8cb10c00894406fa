//! Stories about requests: deadlines, decisions, messages, erasure, the list of members.

use chrono::TimeDelta;
use folkmoot_store::accounts::{self, Role};
use folkmoot_store::memberships::{
    self, ClassFacts, ClassTerm, Evidence, MembershipSource, MembershipState, NewMembership,
};
use folkmoot_store::{Utc, audit};

use crate::error::AppError;
use crate::testing::{Browser, TestApp, TestPerson};

/// Makes these people members of a class with the vote.
pub(crate) fn members(app: &TestApp, key: &str, votes: bool, people: &[&TestPerson]) {
    let now = app.app.now();
    app.app
        .store()
        .write(|c| {
            let class = match memberships::class_by_key(c, key) {
                Ok(class) => class.id,
                Err(_) => {
                    let facts = ClassFacts {
                        name: key.into(),
                        description: String::new(),
                        position: 1,
                        votes,
                        public_badge: false,
                        dues: None,
                        evidence: Evidence::None,
                        evidence_text: String::new(),
                        term: ClassTerm::Open,
                        is_open: true,
                    };
                    memberships::add_class(c, key, &facts, now)?
                }
            };
            for person in people {
                let new = NewMembership {
                    public_id: app.app.public_id()?,
                    person: person.id,
                    class,
                    source: MembershipSource::Staff,
                    reference: None,
                    state: MembershipState::Active,
                    starts_at: now,
                    ends_at: None,
                    statement: "I knit.",
                    reason: "",
                };
                memberships::add(c, &new, now)?;
            }
            Ok::<_, AppError>(())
        })
        .unwrap();
}

fn verified(app: &TestApp) -> bool {
    app.app.store().read(|c| Ok::<_, AppError>(audit::verify(c, |_, _| true)?)).unwrap().is_ok()
}

async fn path_of(staff: &Browser<'_>, list: &str) -> String {
    let body = staff.get(list).await.expect(200).body;
    let start = format!("href=\"{list}/");
    let rest = &body[body.find(&start).expect("a request in the list") + 6..];
    rest[..rest.find('"').unwrap()].to_owned()
}

#[actix_web::test]
async fn a_privacy_request_has_a_day_a_decision_and_a_message() {
    let app = TestApp::new().await;
    let (ann, mia) = (app.person("Ann Arbour"), app.staff("Mia Members", Role::MembershipStaff));
    let browser = app.signed_in(&ann);
    browser.get("/account/privacy").await.expect(200).says("within 30 days");
    browser.post("/account/privacy", &[("kind", "")]).await.expect(422).says("Choose what you ask for");
    let wrong = [("kind", "correction"), ("message", "")];
    browser.post("/account/privacy", &wrong).await.expect(422).says("Say what is wrong");
    let right = [("kind", "correction"), ("message", "I joined in 2019, not in 2020.")];
    browser.submit("/account/privacy", &right).await.expect(200).says("answer due 1 July 2026, 12:00 UTC");
    browser.post("/account/privacy", &right).await.expect(409).says("asked for this already");
    mia.get("/").await.says("Answer a request: correction of my data");
    app.advance(TimeDelta::days(31));
    let mia = app.signed_in(&app_person(&app, "mia.members@people.test"));
    mia.get("/staff/privacy").await.expect(200).says("Late").says("Ann Arbour");
    let path = path_of(&mia, "/staff/privacy").await;
    mia.get(&path).await.expect(200).says("I joined in 2019");
    let answer = format!("{path}/answer");
    mia.post(&answer, &[("act", "grant")]).await.expect(422).says("Write what the person is told");
    mia.submit(&answer, &[("act", "grant"), ("answer", "It says 2019 now.")])
        .await
        .says("The person is told");
    mia.post(&answer, &[("act", "refuse"), ("answer", "No.")]).await.expect(409);
    let mail = app.mail_to(&ann.email);
    assert!(mail.body_text.contains("It says 2019 now.") && mail.body_text.contains("It is done"));
    mia.get("/staff/privacy?show=done").await.says("Granted");
    let browser = app.signed_in(&ann);
    browser.get("/account/privacy").await.says("It says 2019 now.").says("Granted");
    assert!(browser.get("/account/data").await.body.contains("I joined in 2019"));
    assert_eq!(app.audited(), ["privacy.ask", "privacy.answer"]);
    // Not for others, and not about oneself.
    browser.get("/staff/privacy").await.expect(403);
    mia.submit("/account/privacy", &[("kind", "access")]).await.expect(200);
    let own = format!("{}/answer", path_of(&mia, "/staff/privacy").await);
    mia.post(&own, &[("act", "grant"), ("answer", "x")]).await.expect(403).says("concerns yourself");
}

fn app_person(app: &TestApp, email: &str) -> TestPerson {
    let p = app
        .app
        .store()
        .read(|c| Ok::<_, AppError>(accounts::owner_of_address(c, email)?))
        .unwrap()
        .expect("somebody with this address");
    TestPerson { id: p.id, public_id: p.public_id, name: p.preferred_name, email: email.into() }
}

#[actix_web::test]
async fn erasure_needs_two_keeps_ledgers_under_a_pseudonym_and_the_log_verifies() {
    let app = TestApp::new().await;
    let ann = app.person("Ann Arbour");
    let (mia, max) =
        (app.staff("Mia Members", Role::MembershipStaff), app.staff("Max Members", Role::MembershipStaff));
    members(&app, "Supporting", true, &[&ann]);
    let browser = app.signed_in(&ann);
    browser
        .submit("/account/privacy", &[("kind", "erasure"), ("message", "Ann Arbour wants to go")])
        .await
        .expect(200);
    let path = path_of(&mia, "/staff/privacy").await;
    mia.get(&path).await.says("a second member of staff has to approve");
    let asked = mia
        .submit(&format!("{path}/answer"), &[("act", "grant"), ("answer", "Your data is gone.")])
        .await
        .expect(200)
        .says("Erase a person");
    let (approve, fields) = asked.form("/staff/approvals/");
    assert!(!approve.ends_with("/approve"), "nobody approves what they proposed");
    drop(fields);
    // Nothing happened yet.
    browser.get("/account").await.expect(200);
    let proposal = max.get("/staff/approvals").await.body;
    let start = proposal.find("/staff/approvals/0").unwrap();
    let at = &proposal[start..start + "/staff/approvals/".len() + 36];
    let shown =
        max.get(at).await.expect(200).says("Ann Arbour (ann.arbour@people.test)").says("Former member");
    let (to, fields) = shown.form(&format!("{at}/approve"));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    max.submit(&to, &fields).await.expect(200);
    browser.get("/account").await.expect(303);
    // The message still goes out; afterwards no trace of the address is left.
    assert!(app.mail_to(&ann.email).body_text.contains("Your data is gone."));
    app.app
        .store()
        .write(|c| Ok::<_, AppError>(folkmoot_store::data_requests::forget_mails_of_closed(c)?))
        .unwrap();
    let (person, held, mails) = app
        .app
        .store()
        .read(|c| {
            let mails = folkmoot_store::mails::mails_of(c, ann.id, 50)?;
            Ok::<_, AppError>((accounts::person(c, ann.id)?, memberships::of_person(c, ann.id)?, mails))
        })
        .unwrap();
    assert!(person.preferred_name.starts_with("Former member "));
    assert_eq!(person.legal_name, None);
    assert_eq!(
        (held.len(), held[0].0.statement.as_str(), held[0].0.starts_at),
        (1, "", Utc::parse("2026-06-01T12:00:00Z").unwrap())
    );
    assert!(!mails.is_empty() && mails.iter().all(|m| m.recipient.is_empty() && m.body_text.is_empty()));
    let page = max.get(&format!("/staff/people/{}", ann.public_id)).await.expect(200).body;
    for trace in ["Arbour", "ann.arbour", "wants to go"] {
        assert!(!page.contains(trace), "{trace}");
    }
    max.get("/staff/people?q=arbour").await.says("0 found");
    assert!(verified(&app));
    assert_eq!(app.audited(), ["privacy.ask", "approval.propose", "approval.approve", "person.erase"]);
}

#[actix_web::test]
async fn erasure_waits_for_elections_and_roles() {
    let app = TestApp::new().await;
    let (mia, rita) = (app.staff("Mia Members", Role::MembershipStaff), app.person("Rita"));
    app.staff("Max Members", Role::MembershipStaff);
    app.grant(&rita, Role::Reviewer);
    app.signed_in(&rita).submit("/account/privacy", &[("kind", "erasure")]).await.expect(200);
    let path = path_of(&mia, "/staff/privacy").await;
    let grant = [("act", "grant"), ("answer", "Gone.")];
    mia.post(&format!("{path}/answer"), &grant).await.expect(409).says("holds a role");
}

#[actix_web::test]
async fn a_voting_member_gets_the_list_within_five_days_under_conditions() {
    let app = TestApp::new().await;
    let (ann, bo, cy) = (app.person("Ann Arbour"), app.person("=HYPERLINK Bo"), app.person("Cy Basic"));
    let mia = app.staff("Mia Members", Role::MembershipStaff);
    members(&app, "Supporting", true, &[&ann, &bo]);
    members(&app, "Basic", false, &[&cy, &ann]);
    let basic = app.signed_in(&cy);
    basic.get("/membership/list").await.expect(200).says("You have no vote");
    basic.post("/membership/list", &[("purpose", "x"), ("conditions", "yes")]).await.expect(403);
    let browser = app.signed_in(&ann);
    browser
        .post("/membership/list", &[("purpose", "A call")])
        .await
        .expect(422)
        .says("Accept the conditions");
    let ask = [("purpose", "To call a special meeting"), ("conditions", "yes")];
    browser.submit("/membership/list", &ask).await.expect(200).says("Answer due 6 June 2026");
    browser.post("/membership/list", &ask).await.expect(409);
    mia.get("/").await.says("Serve a request for the list of members");
    let path = path_of(&mia, "/staff/list-requests").await;
    mia.get(&path).await.expect(200).says("Has the vote").says("I do not pass it on").says("special meeting");
    mia.post(&format!("{path}/answer"), &[("act", "refuse")]).await.expect(422).says("Say why");
    mia.submit(&format!("{path}/answer"), &[("act", "grant")]).await.says("The member is told");
    assert!(app.mail_to(&ann.email).body_text.contains("until 15 June 2026"));
    let shown = browser.get("/membership/list").await.expect(200).says("until 15 June 2026");
    let (file, _) = shown.form("/membership/list/");
    basic.get("/membership/list").await;
    basic.post(&file, &[]).await.expect(404);
    let csv = browser.post(&file, &[]).await.expect(200);
    assert_eq!(csv.headers.get("content-type").unwrap(), "text/csv; charset=utf-8");
    assert_eq!(
        csv.body,
        "name,class,email\r\n'=HYPERLINK Bo,Supporting,'=hyperlink.bo@people.test\r\nAnn Arbour,Supporting,ann.arbour@people.test\r\n"
    );
    mia.get(&path).await.says("1 June 2026, 12:00 UTC, 2 members");
    app.advance(TimeDelta::days(14));
    let browser = app.signed_in(&ann);
    assert!(!browser.get("/membership/list").await.body.contains(&file));
    browser.post(&file, &[]).await.expect(409).says("Ask again");
    assert_eq!(app.audited(), ["member_list.ask", "member_list.answer", "member_list.download"]);
}

#[actix_web::test]
async fn staff_export_lists_that_no_spreadsheet_runs() {
    let app = TestApp::new().await;
    let (bo, cy) = (app.person("=1+1 Bo"), app.person("Cy, \"C\""));
    let mia = app.staff("Mia Members", Role::MembershipStaff);
    members(&app, "Supporting", true, &[&bo]);
    members(&app, "Basic", false, &[&cy]);
    mia.get("/staff/exports").await.expect(200);
    mia.post("/staff/exports", &[("whom", "all"), ("format", "people")])
        .await
        .expect(422)
        .says("Say what the list is for");
    let ask =
        |whom: &'static str, format: &'static str| [("whom", whom), ("format", format), ("reason", "roll")];
    let all = mia.post("/staff/exports", &ask("all", "people")).await.expect(200).body;
    assert_eq!(all.lines().count(), 3);
    assert!(all.contains("'=1+1 Bo,Supporting,") && all.contains("\"Cy, \"\"C\"\"\",Basic,"));
    let helios = mia.post("/staff/exports", &ask("voting", "helios")).await.expect(200).body;
    assert_eq!(helios.lines().count(), 1);
    assert!(helios.starts_with("password,'=1+1.bo@people.test,'=1+1.bo@people.test,'=1+1 Bo"));
    let one = mia.post("/staff/exports", &ask("class Basic", "addresses")).await.expect(200).body;
    assert_eq!(one.lines().count(), 1);
    let civi = mia.post("/staff/exports", &ask("all", "memberships")).await.expect(200).body;
    assert!(civi.starts_with("Display Name,Email,Membership Type,Membership Start Date,"), "{civi}");
    assert!(
        civi.contains("'=1+1 Bo,'=1+1.bo@people.test,Supporting,") && civi.contains(",Current"),
        "{civi}"
    );
    let votes = mia.post("/staff/exports", &ask("all", "affirmations")).await.expect(200).body;
    assert!(votes.starts_with("class,account,e-mail,votes,last affirmation"), "{votes}");
    assert!(votes.contains("Supporting,'=1+1 Bo,'=1+1.bo@people.test,yes,\r\n"), "{votes}");
    assert!(votes.contains("Basic,\"Cy, \"\"C\"\"\",") && votes.contains(",no,"), "{votes}");
    assert_eq!(app.audited(), ["people.export"; 5]);
    app.staff("Vera", Role::Reviewer).get("/staff/exports").await.expect(403);
}
