//! What is mailed and what is kept: fetching links changes nothing, and database and log together open no ballot box.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::{Arc, Mutex};

use actix_web::http::{Method, header};
use actix_web::test::TestRequest;
use folkmoot_store::diesel::sql_types::Text;
use folkmoot_store::diesel::{self, QueryableByName, RunQueryDsl};
use folkmoot_store::{Conn, mails};

use super::office::Office;
use crate::error::AppError;
use crate::testing::{Browser, TestApp};

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

fn lines(conn: &mut Conn, sql: &str) -> Vec<String> {
    let found: Vec<Line> = folkmoot_store::on_backend!(conn, c => diesel::sql_query(sql).load(c))
        .unwrap_or_else(|e| panic!("{sql}: {e}"));
    found.into_iter().map(|l| l.line).collect()
}

/// Every row of every table as text.
fn dump(app: &TestApp) -> BTreeMap<String, Vec<String>> {
    let sqlite = app.app.store().is_sqlite();
    let tables = if sqlite {
        "SELECT name AS line FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    } else {
        "SELECT tablename::text AS line FROM pg_tables WHERE schemaname = current_schema()"
    };
    let all = app.app.store().read(|c| {
        let mut all = BTreeMap::new();
        for table in lines(c, tables) {
            let sql = if sqlite {
                let columns = lines(c, &format!("SELECT name AS line FROM pragma_table_info('{table}')"));
                let row: Vec<String> = columns.iter().map(|name| format!("quote(\"{name}\")")).collect();
                format!("SELECT {} AS line FROM \"{table}\" ORDER BY 1", row.join(" || ',' || "))
            } else {
                format!("SELECT t::text AS line FROM \"{table}\" t ORDER BY 1")
            };
            all.insert(table.clone(), lines(c, &sql));
        }
        Ok::<_, AppError>(all)
    });
    all.unwrap()
}

/// The bodies of all mails so far, also of those whose secret goes when they are sent.
fn bodies(office: &Office) -> Vec<String> {
    let app = &office.app.app;
    let all = app.store().read(|c| Ok::<_, AppError>(mails::latest(c, 1000)?)).unwrap();
    all.into_iter().map(|m| crate::mail::sealed::opened(app, m).unwrap().body_text).collect()
}

/// As a mail scanner or a preview does it: without the fragment, again and again, by every method that must be harmless.
async fn fetch(browser: &Browser<'_>, links: &BTreeSet<String>) {
    for link in links {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::GET, Method::HEAD, Method::OPTIONS]
        {
            let shown = browser.send(TestRequest::default().method(method.clone()).uri(link)).await;
            let status = shown.status.as_u16();
            assert!(status < 500, "{method} {link}: {status}");
        }
    }
}

#[actix_web::test]
async fn fetching_the_links_of_mails_changes_nothing() {
    let office = Office::new(3).await;
    office.ready().await;
    let mut texts = bodies(&office);
    office.advance_to("2026-06-20T14:00:00Z");
    office.advance();
    let codes = office.codes();
    texts.extend(bodies(&office));
    office.app.work();
    let base = "https://folkmoot.test";
    let whole: BTreeSet<&str> =
        texts.iter().flat_map(|t| t.split_whitespace()).filter_map(|w| w.strip_prefix(base)).collect();
    for code in &codes {
        let link = whole.iter().find(|l| l.contains(code.as_str())).unwrap();
        assert_eq!(**link, format!("/elections/board/vote#c={code}"), "a code stands in the fragment only");
    }
    let links: BTreeSet<String> =
        whole.iter().map(|l| l.split('#').next().unwrap_or_default().to_owned()).collect();
    assert!(links.len() > 3 && links.iter().any(|l| l.starts_with("/staff/approvals/")), "{links:?}");

    let before = dump(&office.app);
    fetch(&office.app.visitor(), &links).await;
    assert_eq!(dump(&office.app), before, "a stranger's program");
    let voter = office.app.signed_in(&office.voters[0]);
    let officer = office.app.signed_in(&office.sam);
    let but_sessions = || {
        let mut all = dump(&office.app);
        all.remove("sessions").expect("sessions have a table");
        all
    };
    let before = but_sessions();
    fetch(&voter, &links).await;
    fetch(&officer, &links).await;
    assert_eq!(but_sessions(), before, "a program in the browser of somebody signed in");
    let booth = voter.get("/elections/board/vote").await.expect(200);
    assert_eq!(booth.headers.get(header::REFERRER_POLICY).unwrap(), "no-referrer");
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[actix_web::test]
async fn neither_database_nor_log_holds_what_opens_or_casts_a_ballot() {
    let log = Log::default();
    let writer = log.clone();
    let watch = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let watch = tracing::Dispatch::new(watch);
    // With a single subscriber, a place in the code that another thread reaches first stays silent for ever.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let _guard = tracing::dispatcher::set_default(&watch);

    let office = Office::new(12).await;
    let mut zoe = office.ready().await;
    let codes = office.codes();
    let (secret, public) = zoe.own_key();
    let looks = |when: &str| {
        let rows: Vec<String> = dump(&office.app).into_values().flatten().collect();
        let text = rows.join("\n") + &String::from_utf8_lossy(&log.0.lock().unwrap());
        assert!(
            text.contains(&public) && text.contains("/staff/elections/{election}/open"),
            "{when}: database and log are searched"
        );
        assert!(!text.contains(secret.as_str()), "{when}: the trustee's key");
        for code in &codes {
            assert!(!text.contains(code.as_str()), "{when}: a voting code");
        }
    };
    looks("before the opening");
    office.advance_to("2026-06-20T14:00:00Z");
    office.advance();
    office.app.work();
    for (i, code) in codes.iter().take(11).enumerate() {
        let (status, answer) = office.vote(i, code, &[1, 0, 0]).await;
        assert_eq!(status, 200, "{answer}");
    }
    looks("during the vote");
    office.advance_to("2026-07-05T12:00:00Z");
    office.advance();
    zoe = zoe.again(&office.app, &office.zoe);
    zoe.act("rehearse").await;
    zoe.act("decrypt").await;
    looks("after the count");
    office.app.work();
}
