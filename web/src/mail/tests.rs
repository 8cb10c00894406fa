//! Stories of mail: what is written, who wants it, and a library that fails; others by subject in the folder.

mod bounces;
mod ledger;
mod patience;
mod smtp;

use actix_web::test::TestRequest;
use folkmoot_store::accounts;
use folkmoot_store::mails::{Mail, MailId, MailState};
use lettre::address::Envelope;

use super::{Carrier, Mailer, Recipient, Refusal, one_line, queue, queue_optional, without_controls};
use crate::testing::{TestApp, TestPerson};

crate::mail! {
    /// Stands for optional mail.
    pub struct Digest {
        /// A line of the text.
        name: String,
        /// Not shown.
        link: String,
        /// Not shown.
        minutes: i64,
    }
    message "digest", kind Optional, topic News, secret false,
    subject "mail/sign_in_link/subject.txt",
    text "mail/sign_in_link/body.txt",
    html "mail/sign_in_link/body.html"
}

crate::mail! {
    /// Stands for a notice that the rules demand.
    pub struct Notice {
        /// A line of the text.
        name: String,
        /// Not shown.
        link: String,
        /// Not shown.
        minutes: i64,
    }
    message "notice", kind Legal, secret false,
    subject "mail/sign_in_link/subject.txt",
    text "mail/sign_in_link/body.txt",
    html "mail/sign_in_link/body.html"
}

fn report(mail: &str, action: &str, status: &str) -> String {
    format!(
        "From MAILER-DAEMON Mon Jun  1 12:00:00 2026\nFrom: MAILER-DAEMON@relay.test\nSubject: Undelivered\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n--b\n\
         Content-Type: message/delivery-status\n\nReporting-MTA: dns; relay.test\n\nFinal-Recipient: rfc822; x@y.test\n\
         Action: {action}\nStatus: {status}\nDiagnostic-Code: smtp; 550\n  {status} said no\n\n--b\n\
         Content-Type: message/rfc822\n\nMessage-ID: <{mail}@localhost>\nSubject: S\n\nBody\n--b--\n\n"
    )
}

fn notice(name: &str) -> Notice {
    Notice { name: name.into(), link: "x".into(), minutes: 1 }
}

pub(crate) fn send_notice(app: &TestApp, person: &TestPerson) -> MailId {
    let (now, to) = (app.app.now(), Recipient::person(person.id, &person.email));
    app.app.store().write(|c| queue(c, &app.app, &to, &notice("Bo"), now)).unwrap()
}

fn send_digest(app: &TestApp, person: &TestPerson) -> Option<MailId> {
    let now = app.app.now();
    let message = Digest { name: "Bo".into(), link: "x".into(), minutes: 1 };
    app.app
        .store()
        .write(|c| {
            let row = accounts::person(c, person.id)?;
            queue_optional(c, &app.app, &row, &person.email, &message, now)
        })
        .unwrap()
}

#[test]
fn headers_and_bodies_lose_what_could_mislead() {
    assert_eq!(one_line("Hello\r\nBcc: x@y.test \u{7}there\n"), "Hello Bcc: x@y.test there");
    assert_eq!(one_line("gpj\u{202e}.exe"), "gpj .exe");
    assert_eq!(without_controls("a\r\nb\u{0}\u{1b}[2J\tc"), "a\nb[2J\tc");
}

#[actix_web::test]
async fn a_name_with_control_characters_cannot_break_a_mail_or_the_database() {
    let app = TestApp::new().await;
    let ann = app.person("Ann");
    let (now, to) = (app.app.now(), Recipient::person(ann.id, &ann.email));
    let tricky = notice("Ann\u{0}\r\nBcc: evil@y.test\u{202e}");
    app.app.store().write(|c| queue(c, &app.app, &to, &tricky, now)).unwrap();
    let odd = Recipient::address("a@b.test\r\nRCPT TO:<c@d.test>");
    app.app.store().write(|c| queue(c, &app.app, &odd, &notice("x"), now)).unwrap();
    let all = app.mails();
    assert_eq!(all[0].state, MailState::Sent);
    let text = String::from_utf8(super::compose(&app.app, &all[0]).unwrap().formatted()).unwrap();
    let head = text.split("\r\n\r\n").next().unwrap();
    assert!(!head.contains("Bcc") && !text.contains('\u{0}'), "{head}");
    assert_eq!(all[1].state, MailState::Failed, "an address with a line break is never written to");
}

#[actix_web::test]
async fn optional_mail_stops_with_one_click_and_notices_do_not() {
    let app = TestApp::new().await;
    let ann = app.person("Ann");
    assert!(send_digest(&app, &ann).is_some());
    let mail = app.mail_to(&ann.email);
    let address = mail.unsubscribe.clone().unwrap();
    let text = String::from_utf8(super::compose(&app.app, &mail).unwrap().formatted()).unwrap();
    let unfolded = text.replace("\r\n ", " ");
    assert!(unfolded.contains(&format!("List-Unsubscribe: <{address}>")), "{text}");
    assert!(unfolded.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"));
    assert!(mail.body_text.contains(&address));
    let path = address.strip_prefix("https://folkmoot.test").unwrap();
    // A scanner looks, and a machine without cookies posts.
    app.visitor().get(path).await.expect(200).says("Press the button");
    let post = |path: &str, body: &'static str| TestRequest::post().uri(path).set_payload(body);
    let machine = app.visitor();
    machine.send(post(path, "nothing")).await.expect(422);
    machine.send(post(&path.replace("news", "reminders"), "List-Unsubscribe=One-Click")).await.expect(404);
    machine.send(post(&format!("{path}0"), "List-Unsubscribe=One-Click")).await.expect(404);
    assert!(app.audited().is_empty());
    for _ in 0..2 {
        machine.send(post(path, "List-Unsubscribe=One-Click")).await.expect(200).says("This mail is stopped");
    }
    assert_eq!(app.audited(), ["mail.decline"]);
    assert_eq!(send_digest(&app, &ann), None);
    send_notice(&app, &ann);
    assert_eq!(app.mail_to(&ann.email).message, "notice");

    let browser = app.signed_in(&ann);
    let page = browser.get("/account/mail").await.expect(200).says("What always comes");
    assert_eq!(page.body.matches(" checked").count(), 2);
    let all = [("topic", "news"), ("topic", "reminders"), ("topic", "announcements")];
    browser.submit("/account/mail", &all).await.expect(200).says("Your choice is saved");
    assert!(send_digest(&app, &ann).is_some());
    // Declined between queueing and sending.
    browser.submit("/account/mail", &[]).await.expect(200);
    let last = app.mail_to(&ann.email);
    assert_eq!(last.state, MailState::Failed);
    assert!(last.last_error.unwrap().contains("declined"));
    browser.post("/account/mail", &[("all", "yes")]).await.expect(422);
}

struct Panics;

impl Carrier for Panics {
    fn carry(&self, mail: &Mail, _: &Envelope, _: &[u8]) -> Result<(), Refusal> {
        assert!(!mail.recipient.starts_with("ann"), "a fault in the library");
        Ok(())
    }
}

#[actix_web::test]
async fn the_worker_survives_a_panic_in_the_mail_library() {
    let app = TestApp::new().await;
    for name in ["Ann", "Bo"] {
        send_notice(&app, &app.person(name));
    }
    let mailer = Mailer::with_carrier(app.app.clone(), "w".into(), Box::new(Panics));
    while mailer.send_next().unwrap() {}
    let states: Vec<MailState> = app.mails().iter().map(|m| m.state).collect();
    assert_eq!(states, [MailState::Failed, MailState::Sent]);
    assert!(app.mail_to("ann@people.test").last_error.unwrap().contains("mail library failed"));
}

struct Refuses;

impl Carrier for Refuses {
    fn carry(&self, _: &Mail, _: &Envelope, _: &[u8]) -> Result<(), Refusal> {
        Err(Refusal::Never("550 5.7.1 not from you".into()))
    }
}

/// Everything that waits is given up.
pub(crate) fn fail_everything(app: &TestApp) {
    let mailer = Mailer::with_carrier(app.app.clone(), "w".into(), Box::new(Refuses));
    while mailer.send_next().unwrap() {}
}
