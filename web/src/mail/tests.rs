//! Stories of mail: preferences, ledger, bounces, and delivery to a real server.

use actix_web::test::TestRequest;
use chrono::TimeDelta;
use folkmoot_store::accounts::{self, Role};
use folkmoot_store::mails::{self, Mail, MailId, MailState, MailTopic};
use lettre::address::Envelope;
use ring::hmac;

use super::bounce::{self, Verdict};
use super::{Carrier, Mailer, Recipient, Refusal, one_line, queue, queue_optional, without_controls};
use crate::error::AppError;
use crate::testing::{Shown, TestApp, TestPerson, between};

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

fn notice(name: &str) -> Notice {
    Notice { name: name.into(), link: "x".into(), minutes: 1 }
}

pub(super) fn send_notice(app: &TestApp, person: &TestPerson) -> MailId {
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

fn report(mail: &str, action: &str, status: &str) -> String {
    format!(
        "From MAILER-DAEMON Mon Jun  1 12:00:00 2026\nFrom: MAILER-DAEMON@relay.test\nSubject: Undelivered\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n--b\n\
         Content-Type: message/delivery-status\n\nReporting-MTA: dns; relay.test\n\nFinal-Recipient: rfc822; x@y.test\n\
         Action: {action}\nStatus: {status}\nDiagnostic-Code: smtp; 550\n  {status} said no\n\n--b\n\
         Content-Type: message/rfc822\n\nMessage-ID: <{mail}@localhost>\nSubject: S\n\nBody\n--b--\n\n"
    )
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
    assert_eq!(second.body.matches("<td><bdi>ann@people.test").count(), 2);
    let all = staff.get("/staff/mail?address=ANN@PEOPLE&kind=account").await.expect(200);
    assert_eq!(all.body.matches("<td><bdi>ann@people.test").count(), 1);
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

mod smtp {
    //! Against `ops/smtp-server.py`, a real server process on loopback.

    use std::io::{BufRead, BufReader, Read};
    use std::process::{Child, ChildStdin, Command, Stdio};

    use super::*;
    use crate::config::MailTransport;

    /// A server process; it ends when its input is closed.
    pub struct Server {
        child: Child,
        stdin: Option<ChildStdin>,
        pub port: u16,
        lines: BufReader<std::process::ChildStdout>,
    }

    impl Server {
        pub fn start(port: u16) -> Self {
            let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../ops/smtp-server.py");
            let mut child = Command::new("/usr/bin/python3")
                .args([script, &port.to_string()])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let stdin = child.stdin.take();
            let mut lines = BufReader::new(child.stdout.take().unwrap());
            let mut first = String::new();
            lines.read_line(&mut first).unwrap();
            let port =
                first.trim().parse().expect("no port: is the Debian package python3-aiosmtpd installed?");
            Self { child, stdin, port, lines }
        }

        /// Ends the server; what it accepted.
        pub fn stop(mut self) -> Vec<serde_json::Value> {
            drop(self.stdin.take());
            let all =
                self.lines.by_ref().lines().map(|l| serde_json::from_str(&l.unwrap()).unwrap()).collect();
            self.child.wait().unwrap();
            all
        }
    }

    async fn app_for(port: u16) -> TestApp {
        TestApp::with(|c| {
            c.mail.transport = MailTransport::Smtp;
            c.mail.smtp_url = format!("smtp://127.0.0.1:{port}");
            c.mail.bounce_address = "bounces@folkmoot.test".into();
        })
        .await
    }

    fn free_port() -> u16 {
        std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
    }

    fn events(app: &TestApp, mail: &Mail) -> Vec<String> {
        let all = app.app.store().read(|c| Ok::<_, AppError>(mails::entries_of(c, mail.id)?)).unwrap();
        all.into_iter().map(|e| e.event.to_string()).collect()
    }

    #[actix_web::test]
    async fn every_answer_of_a_real_server_ends_in_the_ledger() {
        let server = Server::start(0);
        let app = app_for(server.port).await;
        for name in ["Good", "Later", "Never", "Lost"] {
            send_notice(&app, &app.person(name));
        }
        assert!(send_digest(&app, &app.person("News")).is_some());
        let first: Vec<MailState> = app.mails().iter().map(|m| m.state).collect();
        use MailState::{Deferred, Failed, Sent};
        assert_eq!(first, [Sent, Deferred, Failed, Deferred, Sent]);
        app.advance(TimeDelta::minutes(2));
        let all = app.mails();
        let second: Vec<MailState> = all.iter().map(|m| m.state).collect();
        assert_eq!(second, [Sent, Sent, Failed, Sent, Sent]);
        assert_eq!(events(&app, &all[1]), ["deferred", "sent"]);
        assert_eq!(events(&app, &all[2]), ["failed"]);
        assert!(all[2].last_error.as_deref().unwrap().contains("5.1.1"), "{:?}", all[2].last_error);
        let accepted = server.stop();
        let count = |to: &str| accepted.iter().filter(|m| m["to"][0] == to).collect::<Vec<_>>();
        assert_eq!(count("later@people.test").len(), 1);
        // The answer was lost on the way: the copy carries the same Message-ID, so one is shown.
        let lost = count("lost@people.test");
        assert_eq!(lost.len(), 2);
        assert_eq!(lost[0]["id"], lost[1]["id"]);
        let news = count("news@people.test")[0];
        assert!(news["unsubscribe"].as_str().unwrap().contains("/unsubscribe/"), "{news}");
        assert_eq!(news["post"], "List-Unsubscribe=One-Click");
        assert!(count("good@people.test")[0]["unsubscribe"].is_null(), "notices cannot be declined");
        // A bounce to the return path the server saw finds its mail.
        let path = count("good@people.test")[0]["from"].as_str().unwrap().to_owned();
        let bounce = format!("Delivered-To: {path}\nAction: failed\nStatus: 5.1.1\n");
        assert_eq!(super::super::bounce::note_all(&app.app, bounce.as_bytes()).unwrap(), (1, 0, 0));
        assert_eq!(app.mail_to("good@people.test").state, MailState::Bounced);
    }

    #[actix_web::test]
    async fn a_server_down_for_hours_loses_nothing() {
        let port = free_port();
        let app = app_for(port).await;
        let people: Vec<TestPerson> = (0..5).map(|i| app.person(&format!("Person {i}"))).collect();
        for (i, person) in people.iter().enumerate() {
            send_notice(&app, person);
            app.work();
            app.advance(TimeDelta::minutes(7 * i64::try_from(i).unwrap()));
        }
        // Six hours, looked at every ten minutes; the site itself goes on.
        for _ in 0..36 {
            app.advance(TimeDelta::minutes(10));
            app.work();
        }
        app.visitor().get("/").await.expect(200);
        assert!(app.mails().iter().all(|m| m.state == MailState::Deferred && m.attempts > 5));
        let server = Server::start(port);
        app.advance(TimeDelta::hours(4));
        app.work();
        assert!(app.mails().iter().all(|m| m.state == MailState::Sent));
        let accepted = server.stop();
        let mut ids: Vec<&str> = accepted.iter().map(|m| m["id"].as_str().unwrap()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!((accepted.len(), ids.len()), (5, 5), "each mail arrived exactly once");
    }

    #[actix_web::test]
    async fn after_four_days_a_mail_is_given_up_and_said_so() {
        let app = app_for(free_port()).await;
        send_notice(&app, &app.person("Ann"));
        for _ in 0..25 {
            app.work();
            app.advance(TimeDelta::hours(4));
        }
        let mail = app.mail_to("ann@people.test");
        assert_eq!(
            (mail.state, events(&app, &mail).last().map(String::as_str)),
            (MailState::Failed, Some("failed"))
        );
    }
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
