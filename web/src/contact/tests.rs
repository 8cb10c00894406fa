//! Stories of the contact form.

use chrono::TimeDelta;
use folkmoot_store::accounts::Role;

use crate::testing::{TestApp, between};

const MESSAGE: [(&str, &str); 4] = [
    ("name", "Zoë Quill"),
    ("email", "zoe@meadow.test"),
    ("subject", "Cannot vote"),
    ("body", "My ballot\r\n<b>will</b> not open."),
];

#[actix_web::test]
async fn a_message_gets_a_number_and_an_answer_by_mail() {
    let app = TestApp::new().await;
    app.visitor().get("/contact").await.expect(200).says("Never send us a password");
    let sent = app.visitor().post("/contact", &MESSAGE).await.expect(200).says("Your message has arrived");
    let reference = between(&sent.body, "<strong>", "</strong>").unwrap().to_owned();
    assert_eq!(reference.len(), 9);
    let receipt = app.mail_to("zoe@meadow.test");
    assert!(receipt.subject.contains(&reference));
    assert!(!receipt.body_text.contains("ballot"), "the words of strangers are not sent on");

    let staff = app.staff("Mia", Role::MembershipStaff);
    staff.get("/").await.expect(200).says("Answer 1 new message");
    let inbox = staff.get("/staff/contact").await.expect(200).says("Cannot vote").says(&reference);
    let path = format!(
        "/staff/contact/{}",
        between(&inbox.body, "href=\"/staff/contact/0", "\"").map(|p| format!("0{p}")).unwrap()
    );
    staff.get(&path).await.expect(200).says("<b>will</b> not open").says("nobody checked");
    staff
        .post(&format!("{path}/reply"), &[("body", ""), ("act", "answer")])
        .await
        .expect(422)
        .says("Write the answer");
    staff
        .submit(&format!("{path}/reply"), &[("body", "Looks odd."), ("act", "note")])
        .await
        .expect(200)
        .says("In work");
    let answer = [("body", "Try again now.\n\nIt is mended."), ("act", "answer")];
    staff.submit(&format!("{path}/reply"), &answer).await.expect(200).says("Answered");
    let mail = app.mail_to("zoe@meadow.test");
    assert!(mail.body_text.contains("Hello Zoë Quill") && mail.body_text.contains("It is mended."));
    assert!(!mail.body_text.contains("Looks odd"), "notes stay inside");
    staff.submit(&format!("{path}/state"), &[("state", "closed")]).await.expect(200).says("Closed");
    staff.get("/staff/contact").await.expect(200).says("Nobody waits");
    staff.get("/staff/contact?show=done").await.expect(200).says("Cannot vote");
    assert_eq!(app.audited(), ["contact.note", "contact.answer", "contact.state"]);

    app.advance(TimeDelta::days(366));
    let now = app.app.now();
    app.app.store().write(|c| crate::jobs::queue(c, &crate::jobs::Housekeeping {}, now)).unwrap();
    app.work();
    app.staff("Moe", Role::MembershipStaff).get(&path).await.expect(404);
}

#[actix_web::test]
async fn mistakes_are_named_and_floods_are_held_back() {
    let app = TestApp::new().await;
    let wrong = [("name", ""), ("email", "x"), ("subject", ""), ("body", "")];
    app.visitor()
        .post("/contact", &wrong)
        .await
        .expect(422)
        .says("Write your message")
        .says("Enter an e-mail address");
    let long = "x".repeat(5001);
    let fields = [MESSAGE[0], MESSAGE[1], MESSAGE[2], ("body", long.as_str())];
    app.visitor().post("/contact", &fields).await.expect(422).says("at most 5000");
    for _ in 0..6 {
        app.visitor().post("/contact", &MESSAGE).await.expect(200);
    }
    app.visitor().post("/contact", &MESSAGE).await.expect(429);
    let mails = app.mails().len();
    assert_eq!(mails, 4, "a stranger's address gets a few receipts at most");
    app.advance(TimeDelta::minutes(10));
    app.visitor().post("/contact", &MESSAGE).await.expect(200);
    app.work();
}

#[actix_web::test]
async fn only_staff_read_messages() {
    let app = TestApp::new().await;
    let auditor = app.staff("Oda", Role::Auditor);
    for path in ["/staff/contact", "/staff/contact/01900000-0000-7000-8000-000000000000"] {
        app.visitor().get(path).await.expect(303);
        auditor.get(path).await.expect(403);
    }
    let staff = app.staff("Mia", Role::MembershipStaff);
    staff.get("/staff/contact/01900000-0000-7000-8000-000000000000").await.expect(404);
    staff.get("/staff/contact/x").await.expect(404);
}
