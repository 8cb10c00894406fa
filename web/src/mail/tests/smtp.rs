//! Against `ops/smtp-server.py`, a real server process on loopback.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdin, Command, Stdio};

use chrono::TimeDelta;
use folkmoot_store::mails::{self, Mail, MailState};

use super::{send_digest, send_notice};
use crate::config::MailTransport;
use crate::error::AppError;
use crate::testing::{TestApp, TestPerson};

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
        let port = first.trim().parse().expect("no port: is the Debian package python3-aiosmtpd installed?");
        Self { child, stdin, port, lines }
    }

    /// Ends the server; what it accepted.
    pub fn stop(mut self) -> Vec<serde_json::Value> {
        drop(self.stdin.take());
        let all = self.lines.by_ref().lines().map(|l| serde_json::from_str(&l.unwrap()).unwrap()).collect();
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
    assert_eq!(crate::mail::bounce::note_all(&app.app, bounce.as_bytes()).unwrap(), (1, 0, 0));
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
