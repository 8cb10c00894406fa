//! Bounces: from a mailbox, through the hook, and whatever else looks like one.

use actix_web::test::TestRequest;
use folkmoot_store::accounts::Role;
use folkmoot_store::mails::MailState;
use ring::hmac;

use super::{report, send_notice};
use crate::mail::bounce::{self, Verdict};
use crate::testing::{Shown, TestApp, TestPerson};

#[actix_web::test]
async fn bounces_from_a_mailbox_reach_ledger_and_suppression_list() {
    let app = TestApp::new().await;
    let people: Vec<TestPerson> = ["Ann", "Bo", "Cy"].iter().map(|n| app.person(n)).collect();
    for person in &people {
        send_notice(&app, person);
    }
    let sent = app.mails();
    let mailbox = [
        report(sent[0].public_id.as_str(), "failed", "5.1.1"),
        report(sent[1].public_id.as_str(), "delayed", "4.4.1"),
        report(sent[2].public_id.as_str(), "failed", "5.7.26"),
        report("01900000-0000-7000-8000-000000000000", "failed", "5.1.1"),
        "From someone Mon Jun  1 12:00:00 2026\nSubject: Out of office\n\nI am away.\n".into(),
    ]
    .concat();
    assert_eq!(bounce::note_all(&app.app, mailbox.as_bytes()).unwrap(), (3, 1, 1));
    assert_eq!(bounce::note_all(&app.app, mailbox.as_bytes()).unwrap(), (1, 3, 1), "a delay is noted again");
    let states: Vec<MailState> = app.mails().iter().map(|m| m.state).collect();
    assert_eq!(states, [MailState::Bounced, MailState::Sent, MailState::Bounced]);

    let staff = app.staff("Ada", Role::MembershipStaff);
    staff.get("/staff/mail?state=bounced").await.expect(200).says("ann@people.test").says("cy@people.test");
    let list =
        staff.get("/staff/mail/suppressed").await.expect(200).says("ann@people.test").says("5.1.1 said no");
    assert!(!list.text().contains("cy@people.test"), "one bounce for another reason is not enough");
    send_notice(&app, &people[0]);
    let refused = app.mail_to("ann@people.test");
    assert_eq!(refused.state, MailState::Failed);
    assert!(refused.last_error.unwrap().contains("suppression list (bounced)"));
    for _ in 0..2 {
        send_notice(&app, &people[2]);
        let mail = app.mail_to("cy@people.test");
        bounce::note_all(&app.app, report(mail.public_id.as_str(), "failed", "5.7.26").as_bytes()).unwrap();
    }
    staff.get("/staff/mail/suppressed").await.says("cy@people.test");

    // Ann mends her mailbox herself; staff send the notice again.
    let ann = app.signed_in(&people[0]);
    ann.get("/account/mail").await.expect(200).says("mail to it came back");
    ann.submit("/account/mail/retry", &[]).await.expect(200).says("We write to this address again");
    let path = format!("/staff/mail/{}", sent[0].public_id);
    staff.get(&path).await.expect(200).says("Came back").says("said no");
    staff.submit(&format!("{path}/resend"), &[]).await.expect(200).says("A copy is on its way");
    assert_eq!(app.mail_to("ann@people.test").state, MailState::Sent);
    staff
        .post(&format!("/staff/mail/{}/resend", sent[2].public_id), &[])
        .await
        .expect(409)
        .says("suppression list");
    assert_eq!(app.audited(), ["mail.unsuppress", "mail.resend"]);
}

#[test]
fn readers_of_bounces_survive_anything() {
    let keys = crate::keys::Keys::from_secret(b"x");
    let whole = report("01900000-0000-7000-8000-000000000000", "failed", "5.1.1");
    for cut in 0..whole.len() {
        let _ = bounce::read(&keys, &whole.as_bytes()[..cut]);
        let _ = bounce::read(&keys, &whole.as_bytes()[cut..]);
    }
    for odd in [
        "",
        "From ",
        "Status:",
        "Action: failed\nMessage-ID: <",
        "+++++é\nStatus: 5",
        "\nFrom \nFrom \nFrom ",
    ] {
        let _ = bounce::read(&keys, odd.as_bytes());
        assert!(bounce::messages(odd.as_bytes()).len() < 5);
    }
    let noise: Vec<u8> = (0..20_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    assert_eq!(bounce::read(&keys, &noise), None);
}

#[test]
fn a_return_path_names_the_mail_and_cannot_be_invented() {
    let keys = crate::keys::Keys::from_secret(b"x");
    let id = folkmoot_store::PublicId::parse("01900000-0000-7000-8000-0000000000ff").unwrap();
    let path = bounce::return_path(&keys, "bounces@votes.test", &id);
    assert!(
        path.starts_with("bounces+") && path.ends_with("@votes.test") && path.find('@').unwrap() <= 64,
        "{path}"
    );
    let text = format!("Delivered-To: {path}\nAction: failed\nStatus: 5.1.1\n");
    let found = bounce::read(&keys, text.as_bytes()).unwrap();
    assert_eq!((found.mail, found.verdict), (id, Verdict::Failed { address: true }));
    let forged = text.replace("00ff", "00fe");
    assert_eq!(bounce::read(&keys, forged.as_bytes()), None);
    assert_eq!(bounce::read(&crate::keys::Keys::from_secret(b"y"), text.as_bytes()), None);
}

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn signed(body: &str, seconds: i64, secret: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{seconds}.{body}").as_bytes());
    let hex: String = tag.as_ref().iter().map(|b| format!("{b:02x}")).collect();
    format!("t={seconds},v1={hex}")
}

#[actix_web::test]
async fn the_bounce_hook_wants_a_fresh_signature_over_the_raw_body() {
    let app = TestApp::with(|c| c.mail.bounce_secret = SECRET.into()).await;
    let ann = app.person("Ann");
    send_notice(&app, &ann);
    let mail = app.mail_to(&ann.email);
    let body = report(mail.public_id.as_str(), "failed", "5.1.1");
    let now = app.app.now().micros() / 1_000_000;
    let send = async |signature: String, body: String| -> Shown {
        let request =
            TestRequest::post().uri("/hooks/mail/bounce").insert_header(("x-folkmoot-signature", signature));
        app.visitor().send(request.set_payload(body)).await
    };
    for wrong in [
        String::new(),
        "t=1,v1=00".into(),
        signed(&body, now, "another secret of enough length....."),
        signed(&body, now - 301, SECRET),
        signed(&body, now + 301, SECRET),
        signed(&format!("{body} "), now, SECRET),
        signed(&body, now, SECRET).replace("t=1", "t=2"),
    ] {
        send(wrong.clone(), body.clone()).await.expect(403);
    }
    assert_eq!(app.mail_to(&ann.email).state, MailState::Sent);
    let first = send(signed(&body, now, SECRET), body.clone()).await.expect(200);
    assert!(first.body.contains("true"), "{}", first.body);
    let again = send(signed(&body, now, SECRET), body.clone()).await.expect(200);
    assert!(again.body.contains("false"), "a replay changes nothing: {}", again.body);
    assert_eq!(app.mail_to(&ann.email).state, MailState::Bounced);
    send(signed("nonsense", now, SECRET), "nonsense".into()).await.expect(200);
    let without = TestApp::new().await;
    let request = TestRequest::post().uri("/hooks/mail/bounce").set_payload(body);
    without.visitor().send(request).await.expect(404);
}
