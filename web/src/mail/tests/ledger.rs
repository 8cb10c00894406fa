//! What staff see and do: the ledger, the suppression list, files, sending again.

use actix_web::http::header;
use chrono::TimeDelta;
use folkmoot_store::accounts::{self, Role};
use folkmoot_store::mails::{self, MailTopic};

use super::{fail_everything, notice, report, send_notice};
use crate::error::AppError;
use crate::mail::{Recipient, bounce, queue, sealed};
use crate::testing::{Shown, TestApp, between};

#[actix_web::test]
async fn the_ledger_is_filtered_paged_and_shows_no_secret() {
    let app = TestApp::new().await;
    let ann = app.person("Ann");
    for _ in 0..51 {
        send_notice(&app, &ann);
    }
    app.visitor()
        .submit("/sign-in/link", &[("email", "ann@people.test"), ("password", ""), ("next", "/")])
        .await;
    app.work();
    let staff = app.staff("Ada", Role::ReturnsOfficer);
    let page = staff.get("/staff/mail").await.expect(200).says("52 Sent");
    let older = between(&page.body, "href=\"/staff/mail?before=", "\"").unwrap().to_owned();
    let second = staff.get(&format!("/staff/mail?before={older}")).await.expect(200);
    assert_eq!(second.body.matches("To <bdi>ann@people.test").count(), 2);
    let all = staff.get("/staff/mail?address=ANN@PEOPLE&kind=account").await.expect(200);
    assert_eq!(all.body.matches("To <bdi>ann@people.test").count(), 1);
    staff.get("/staff/mail?address=%25&state=nonsense&before=x").await.expect(200).says("No mail fits");
    staff.get("/staff/mail?message=notice&state=failed").await.expect(200).says("No mail fits");
    let href = between(&all.body, "href=\"/staff/mail/0", "\"").unwrap();
    let one = staff.get(&format!("/staff/mail/0{href}")).await.expect(200).says("cannot be sent again");
    assert!(!one.body.contains("/sign-in/link/"), "the link in the mail is for its recipient alone");
    staff.post(&format!("/staff/mail/0{href}/resend"), &[]).await.expect(409).says("held a secret");
    staff.get("/staff/mail/01900000-0000-7000-8000-000000000000").await.expect(404);
    app.staff("Cleo", Role::Auditor).get("/staff/mail").await.expect(403);
    app.staff("Dot", Role::SecondOfficer).post("/staff/mail/suppressed", &[]).await.expect(403);
}

#[actix_web::test]
async fn a_secret_waits_sealed_and_leaves_readable() {
    let app = TestApp::new().await;
    let ann = app.person("Ann");
    app.visitor()
        .submit("/sign-in/link", &[("email", "ann@people.test"), ("next", "/"), ("password", "")])
        .await;
    let waiting = app.app.store().read(|c| Ok::<_, AppError>(mails::latest(c, 1)?)).unwrap().remove(0);
    assert_eq!((waiting.message.as_str(), waiting.is_secret), ("sign_in_link", true));
    assert!(waiting.body_text.starts_with("sealed:") && waiting.body_html.is_none(), "{}", waiting.body_text);
    let readable = sealed::opened(&app.app, waiting.clone()).unwrap();
    assert!(readable.body_text.contains("/sign-in/link/"));
    // Bound to its mail: moved to another row, it opens no more.
    let moved = mails::Mail { public_id: app.app.public_id().unwrap(), ..waiting };
    assert!(sealed::opened(&app.app, moved).is_err());
    let sent = crate::mail::deliver::compose(&app.app, &readable).unwrap().formatted();
    assert!(String::from_utf8(sent).unwrap().contains("/sign-in/link/"));
    send_notice(&app, &ann);
    let open = app.app.store().read(|c| Ok::<_, AppError>(mails::latest(c, 1)?)).unwrap().remove(0);
    assert!(!open.body_text.starts_with("sealed:"), "what is no secret stays readable to staff");
    app.work();
}

#[actix_web::test]
async fn staff_keep_the_suppression_list() {
    let app = TestApp::new().await;
    let staff = app.staff("Ada", Role::Administrator);
    staff
        .post("/staff/mail/suppressed", &[("address", "x"), ("reason", "")])
        .await
        .expect(422)
        .says("Say why");
    let fields = [("address", "Trap@Example.org"), ("reason", "Spam trap")];
    staff
        .submit("/staff/mail/suppressed", &fields)
        .await
        .expect(200)
        .says("trap@example.org")
        .says("Spam trap");
    let page = staff.submit("/staff/mail/suppressed", &fields).await.expect(200).says("on the list already");
    let path = between(&page.body, "action=\"/staff/mail/suppressed/", "\"").unwrap();
    staff.submit(&format!("/staff/mail/suppressed/{path}"), &[]).await.expect(200).says("The list is empty");
    staff.post(&format!("/staff/mail/suppressed/{path}"), &[]).await.expect(404);
    assert_eq!(app.audited(), ["mail.suppress", "mail.unsuppress"]);
}

#[actix_web::test]
async fn old_mails_leave_the_ledger_after_two_years() {
    let app = TestApp::new().await;
    send_notice(&app, &app.person("Ann"));
    app.work();
    app.advance(TimeDelta::days(731));
    let bo = app.person("Bo");
    send_notice(&app, &bo);
    app.work();
    let now = app.app.now();
    app.app.store().write(|c| crate::jobs::queue(c, &crate::jobs::Housekeeping {}, now)).unwrap();
    app.work();
    let left: Vec<String> = app.mails().into_iter().map(|m| m.recipient).collect();
    assert_eq!(left, [bo.email]);
    let wants =
        app.app.store().read(|c| Ok::<_, AppError>(mails::wants(c, bo.id, MailTopic::News)?)).unwrap();
    assert!(wants);
}

/// The form that sends again what a page shows.
fn fields(page: &Shown) -> Vec<(String, String)> {
    page.form("/staff/mail/lost").1
}

fn borrowed(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect()
}

#[actix_web::test]
async fn what_did_not_arrive_is_looked_at_and_sent_again_once() {
    let app = TestApp::new().await;
    let people: Vec<_> = ["Ann", "Bo", "Cy", "Dee"].iter().map(|n| app.person(n)).collect();
    for person in &people[..3] {
        send_notice(&app, person);
    }
    fail_everything(&app);
    send_notice(&app, &people[3]);
    let fine = app.mail_to("dee@people.test");
    // Bo's address is not written to any more, Cy has another one now.
    let staff = app.staff("Ada", Role::MembershipStaff);
    let listed = [("address", "bo@people.test"), ("reason", "He asked")];
    staff.post("/staff/mail/suppressed", &listed).await.expect(303);
    let (now, cy) = (app.app.now(), people[2].id);
    app.app
        .store()
        .write(|c| {
            let id = accounts::add_address(c, cy, "cy@new.test", Some(now), now)?;
            Ok::<_, AppError>(accounts::make_primary(c, cy, id)?)
        })
        .unwrap();
    let page = staff
        .get("/staff/mail/lost")
        .await
        .expect(200)
        .says("Would be sent again 2")
        .says("Not sent again: 1 The address is on the suppression list.")
        .says("Send 2 copies");
    assert!(!page.text().contains("dee@people.test"), "what arrived is left alone");
    let shown = fields(&page);
    // One more is lost between looking and sending: it is not part of what was looked at.
    send_notice(&app, &app.person("Eve"));
    fail_everything(&app);
    staff.submit("/staff/mail/lost", &borrowed(&shown)).await.expect(200).says("2 copies are on their way");
    let again: Vec<String> =
        app.mails().into_iter().filter(|m| m.id > fine.id).map(|m| m.recipient).collect();
    assert_eq!(again, ["eve@people.test", "ann@people.test", "cy@new.test"]);
    // The same form once more sends nothing.
    staff.post("/staff/mail/lost", &borrowed(&shown)).await.expect(409).says("Nothing was sent");
    let rest = staff.get("/staff/mail/lost").await.expect(200).says("Would be sent again 1");
    assert!(!rest.text().contains("ann@people.test"));
    staff.get("/staff/mail/lost?address=ann").await.expect(200).says("There is none");
    staff.get("/staff/mail/lost?kind=account").await.expect(200).says("There is none");
    assert_eq!(app.audited(), ["mail.suppress", "mail.resend_many"]);
    app.staff("Dot", Role::SecondOfficer).get("/staff/mail/lost").await.expect(403);
}

#[actix_web::test]
async fn a_copy_that_comes_back_is_lost_again() {
    let app = TestApp::new().await;
    send_notice(&app, &app.person("Ann"));
    let staff = app.staff("Ada", Role::MembershipStaff);
    fail_everything(&app);
    let first = fields(&staff.get("/staff/mail/lost").await);
    staff.post("/staff/mail/lost", &borrowed(&first)).await.expect(303);
    let copy = app.mail_to("ann@people.test");
    bounce::note_all(&app.app, report(copy.public_id.as_str(), "failed", "5.7.26").as_bytes()).unwrap();
    staff.get("/staff/mail/lost").await.expect(200).says("Would be sent again 1");
}

#[actix_web::test]
async fn the_ledger_is_a_file_without_formulas() {
    let app = TestApp::new().await;
    let now = app.app.now();
    let evil = Recipient::address("=1+1@people.test");
    let queue_many =
        |c: &mut _| (0..501).try_for_each(|_| queue(c, &app.app, &evil, &notice("x"), now).map(drop));
    app.app.store().write(queue_many).unwrap();
    app.work();
    let staff = app.staff("Ada", Role::MembershipStaff);
    let post = async |fields: &[(&str, &str)]| staff.post("/staff/mail/export", fields).await;
    let file = post(&[("format", "csv")]).await.expect(200);
    let name = file.headers.get(header::CONTENT_DISPOSITION).unwrap().to_str().unwrap();
    assert_eq!(name, "attachment; filename=\"mail-2026-06-01.csv\"");
    let mut reader = csv::Reader::from_reader(file.body.as_bytes());
    assert_eq!(reader.headers().unwrap().get(2), Some("to"));
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 501, "more than one page of the database");
    assert!(rows.iter().all(|r| r.get(2).unwrap().starts_with("\'=")), "{:?}", rows[0]);
    assert!(!file.body.contains("/sign-in/link/"), "no bodies");
    let lines = post(&[("format", "jsonl"), ("state", "failed")]).await.expect(200);
    assert_eq!(lines.body, "");
    let lines = post(&[("format", "jsonl"), ("state", "sent")]).await.expect(200);
    let first: serde_json::Value = serde_json::from_str(lines.body.lines().next().unwrap()).unwrap();
    assert!(first["to"].as_str().unwrap().starts_with('='), "programs get the text as it is: {first}");
    post(&[("format", "xls")]).await.expect(422);
    assert_eq!(app.audited(), ["mail.export"; 3]);
}
