//! Stories through HTTP: the whole application in process, on a database of its own, with a clock that stands still.

#![allow(missing_docs, reason = "names of test steps speak for themselves")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::body::to_bytes;
use actix_web::dev::Service;
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{Error, test};
use chrono::TimeDelta;
use folkmoot_store::accounts::{self, NewGrant, NewPerson, Role, Strength};
use folkmoot_store::jobs::{self, JobState};
use folkmoot_store::mails::{self, Mail};
use folkmoot_store::test_db::TestDb;
use folkmoot_store::{PersonId, PublicId, Utc, audit};

use crate::app::App;
use crate::chance::SeededChance;
use crate::clock::SettableClock;
use crate::config::{Config, MailTransport};
use crate::error::AppError;
use crate::http::session::{new_token, token_hash};
use crate::jobs::run_due;
use crate::keys::Keys;

type Answering = Pin<Box<dyn Future<Output = Result<ServiceResponse, Error>>>>;

/// The application under test.
pub struct TestApp {
    pub app: App,
    pub clock: Arc<SettableClock>,
    serve: Rc<dyn Fn(test::TestRequest) -> Answering>,
    _db: TestDb,
}

/// A person made by [`TestApp::person`].
#[derive(Debug, Clone)]
pub struct TestPerson {
    pub id: PersonId,
    pub public_id: PublicId,
    pub name: String,
    pub email: String,
}

impl TestApp {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With settings changed before the start.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config { public_url: "https://folkmoot.test".into(), ..Config::default() };
        config.passwords.memory_kib = 64;
        config.passwords.passes = 1;
        config.passwords.allow_cheap = true;
        config.mail.transport = MailTransport::Keep;
        change(&mut config);
        config.check().unwrap();
        let db = TestDb::new().unwrap();
        let clock = Arc::new(SettableClock::new(Utc::parse("2026-06-01T12:00:00Z").unwrap()));
        let keys = Keys::from_secret(b"secret of tests");
        let app = App::new(config, db.store().clone(), clock.clone(), Arc::new(SeededChance::new(1)), keys)
            .unwrap();
        let service = Rc::new(test::init_service(crate::actix_app!(app.clone())).await);
        let serve = move |request: test::TestRequest| -> Answering {
            let service = service.clone();
            Box::pin(async move { service.call(request.to_request()).await })
        };
        Self { app, clock, serve: Rc::new(serve), _db: db }
    }

    /// The service itself, for requests no browser would make.
    pub fn serve_raw(&self) -> Rc<dyn Fn(test::TestRequest) -> Answering> {
        self.serve.clone()
    }

    /// Sends due mail and runs due jobs; returns how many.
    pub fn work(&self) -> usize {
        run_due(&self.app).unwrap()
    }

    /// Every mail so far, oldest first. Sends what is due.
    pub fn mails(&self) -> Vec<Mail> {
        self.work();
        let mut all = self.app.store().read(|c| Ok::<_, AppError>(mails::latest(c, 1000)?)).unwrap();
        all.reverse();
        all.into_iter().map(|m| crate::mail::sealed::opened(&self.app, m).unwrap()).collect()
    }

    /// The last mail to `address`. Sends what is due.
    #[track_caller]
    pub fn mail_to(&self, address: &str) -> Mail {
        let all = self.mails();
        match all.into_iter().rfind(|m| m.recipient == address) {
            Some(mail) => mail,
            None => panic!("no mail to {address}"),
        }
    }

    /// Path of the first link in the last mail to `address`.
    #[track_caller]
    pub fn link_in_mail_to(&self, address: &str) -> String {
        let mail = self.mail_to(address);
        let base = self.app.config().public_url.clone();
        mail.body_text
            .split_whitespace()
            .find_map(|w| w.strip_prefix(&base))
            .unwrap_or_else(|| panic!("no link in {:?}", mail.body_text))
            .to_owned()
    }

    /// Actions in the audit log, oldest first.
    pub fn audited(&self) -> Vec<String> {
        let filter = audit::Filter::default();
        let mut all =
            self.app.store().read(|c| Ok::<_, AppError>(audit::entries(c, &filter, 1000)?)).unwrap();
        all.reverse();
        all.into_iter().map(|e| e.action).collect()
    }

    /// Moves the clock on.
    pub fn advance(&self, span: TimeDelta) {
        self.clock.advance(span);
    }

    /// Somebody who is not signed in.
    pub fn visitor(&self) -> Browser<'_> {
        Browser { app: self, cookies: RefCell::default(), csrf: RefCell::default() }
    }

    /// A person with a verified address `name@people.test`.
    pub fn person(&self, name: &str) -> TestPerson {
        let now = self.app.now();
        let email = format!("{}@people.test", name.to_lowercase().replace(' ', "."));
        let public_id = self.app.public_id().unwrap();
        let new = NewPerson {
            public_id: public_id.clone(),
            preferred_name: name.into(),
            password_hash: None,
            time_zone: "UTC".into(),
            locale: "en".into(),
        };
        let id = self
            .app
            .store()
            .write(|c| {
                let id = accounts::add_person(c, &new, now)?;
                accounts::add_address(c, id, &email, Some(now), now)?;
                Ok::<_, AppError>(id)
            })
            .unwrap();
        TestPerson { id, public_id, name: name.into(), email }
    }

    /// Gives a role from now on.
    pub fn grant(&self, person: &TestPerson, role: Role) {
        let now = self.app.now();
        let grant = NewGrant {
            person: person.id,
            role,
            starts_at: now,
            ends_at: None,
            granted_by: None,
            approved_by: None,
            deputy_for: None,
            reason: "test",
        };
        self.app.store().write(|c| Ok::<_, AppError>(accounts::grant_role(c, &grant, now)?)).unwrap();
    }

    /// A browser in which `person` is signed in with a second factor.
    pub fn signed_in(&self, person: &TestPerson) -> Browser<'_> {
        let now = self.app.now();
        let token = new_token(&self.app).unwrap();
        let (hash, id, expires) = (token_hash(&token), person.id, now.plus(TimeDelta::days(14)));
        self.app
            .store()
            .write(|c| {
                accounts::add_session(c, &hash, id, Strength::SecondFactor, "Test", expires, now)?;
                Ok::<_, AppError>(())
            })
            .unwrap();
        let browser = self.visitor();
        browser.cookies.borrow_mut().insert("__Host-folkmoot-session".into(), token);
        browser
    }

    /// A new person with this role, signed in.
    pub fn staff(&self, name: &str, role: Role) -> Browser<'_> {
        let person = self.person(name);
        self.grant(&person, role);
        self.signed_in(&person)
    }
}

/// A story must look at the mail and jobs it causes, or at least let them run.
impl Drop for TestApp {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let now = self.app.now();
        let (mail, job) = self
            .app
            .store()
            .read(|c| Ok::<_, AppError>((mails::is_due(c, now)?, jobs::is_due(c, now)?)))
            .unwrap();
        assert!(!mail, "mail was left unsent; call app.mails() or app.work()");
        assert!(!job, "a job was left over; call app.work()");
        let dead =
            self.app.store().read(|c| Ok::<_, AppError>(jobs::jobs_in(c, JobState::Dead, 5)?)).unwrap();
        assert!(dead.is_empty(), "jobs were given up: {dead:?}");
    }
}

/// A browser: cookies, and the proof of the last page for the next form.
pub struct Browser<'a> {
    app: &'a TestApp,
    pub cookies: RefCell<BTreeMap<String, String>>,
    csrf: RefCell<Option<String>>,
}

/// An answer.
#[derive(Debug)]
pub struct Shown {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Browser<'_> {
    /// Sends a request built by the caller, keeping cookies.
    pub async fn send(&self, request: test::TestRequest) -> Shown {
        let mut request = request.insert_header((header::HOST, "folkmoot.test"));
        let jar: Vec<String> = self.cookies.borrow().iter().map(|(n, v)| format!("{n}={v}")).collect();
        if !jar.is_empty() {
            request = request.insert_header((header::COOKIE, jar.join("; ")));
        }
        let response = (self.app.serve)(request).await.unwrap();
        for cookie in response.response().cookies() {
            if cookie.name().ends_with("session") {
                // Forms of the old session are worthless now.
                *self.csrf.borrow_mut() = None;
            }
            let gone = cookie.max_age().is_some_and(|a| a.is_zero());
            let mut cookies = self.cookies.borrow_mut();
            if gone {
                cookies.remove(cookie.name());
            } else {
                cookies.insert(cookie.name().into(), cookie.value().into());
            }
        }
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body()).await.unwrap();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        if let Some(token) = between(&body, "name=\"csrf\" value=\"", "\"") {
            *self.csrf.borrow_mut() = Some(token.to_owned());
        }
        Shown { status, headers, body }
    }

    /// Opens a page.
    pub async fn get(&self, path: &str) -> Shown {
        self.send(test::TestRequest::get().uri(path)).await
    }

    /// Sends a form with the proof of the last page shown (opening the sign-in page first if there was none).
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Shown {
        if self.csrf.borrow().is_none() {
            self.get("/").await;
        }
        if self.csrf.borrow().is_none() {
            self.get("/sign-in").await;
        }
        let token = self.csrf.borrow().clone().unwrap_or_default();
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("csrf", &token).extend_pairs(fields);
        self.send(
            test::TestRequest::post()
                .uri(path)
                .insert_header(("sec-fetch-site", "same-origin"))
                .insert_header((header::CONTENT_TYPE, "application/x-www-form-urlencoded"))
                .set_payload(form.finish()),
        )
        .await
    }

    /// Sends a form with files: field, name of the file, content.
    pub async fn upload(&self, path: &str, fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Shown {
        if self.csrf.borrow().is_none() {
            self.get("/").await;
        }
        let token = self.csrf.borrow().clone().unwrap_or_default();
        let mut body = Vec::new();
        for (name, value) in [("csrf", token.as_str())].iter().chain(fields) {
            let part =
                format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        for (name, file, content) in files {
            let head = format!("Content-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"");
            body.extend_from_slice(format!("--edge\r\n{head}\r\n\r\n").as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--edge--\r\n");
        self.send(
            test::TestRequest::post()
                .uri(path)
                .insert_header(("sec-fetch-site", "same-origin"))
                .insert_header((header::CONTENT_TYPE, "multipart/form-data; boundary=edge"))
                .set_payload(body),
        )
        .await
    }

    /// Sends a form and opens the page it leads to.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Shown {
        let mut answer = self.post(path, fields).await;
        while let (Some(to), StatusCode::TEMPORARY_REDIRECT) = (answer.location(), answer.status) {
            answer = self.post(&to, fields).await;
        }
        match answer.location() {
            Some(to) => self.get(&to).await,
            None => answer,
        }
    }
}

impl Shown {
    /// Where a redirect leads.
    pub fn location(&self) -> Option<String> {
        self.headers.get(header::LOCATION).map(|v| v.to_str().unwrap().to_owned())
    }

    /// The text of the main element, white space folded.
    pub fn text(&self) -> String {
        let page = scraper::Html::parse_document(&self.body);
        let main = scraper::Selector::parse("main").unwrap();
        let text: String = page.select(&main).flat_map(|m| m.text()).collect::<Vec<_>>().join(" ");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The form with this beginning of its address: the address, and the values of its hidden fields but the proof.
    #[track_caller]
    pub fn form(&self, action: &str) -> (String, Vec<(String, String)>) {
        let page = scraper::Html::parse_document(&self.body);
        let forms = scraper::Selector::parse("main form").unwrap();
        let inputs = scraper::Selector::parse("input[type=hidden]").unwrap();
        let form = page
            .select(&forms)
            .find(|f| f.attr("action").is_some_and(|a| a.starts_with(action)))
            .unwrap_or_else(|| panic!("no form for {action} in {}", self.body));
        let value = |i: scraper::ElementRef<'_>| {
            (i.attr("name").unwrap().to_owned(), i.attr("value").unwrap_or("").to_owned())
        };
        let fields = form.select(&inputs).map(value).filter(|(name, _)| name != "csrf").collect();
        (form.attr("action").unwrap().to_owned(), fields)
    }

    /// Requires a status, showing the page otherwise.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }

    /// Requires a text in the main element.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(self.text().contains(words), "not found: {words:?} in {:?}", self.text());
        self
    }
}

/// The part of `text` between two marks.
pub fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let start = text.find(before)? + before.len();
    let rest = text.get(start..)?;
    rest.get(..rest.find(after)?)
}
