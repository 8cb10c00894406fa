//! A database that cannot store anything: nobody is told that their ballot is in the box, the ballot box stays whole, and the
//! same sealed ballot is accepted afterwards.

use folkmoot_store::Conn;
use folkmoot_store::diesel::connection::SimpleConnection;
use folkmoot_store::diesel::sql_types::Text;
use folkmoot_store::diesel::{self, Connection, QueryableByName, RunQueryDsl, SqliteConnection};
use serde_json::Value;

use super::{Story, verified};
use crate::error::AppError;

#[derive(QueryableByName)]
struct Place {
    #[diesel(sql_type = Text)]
    file: String,
}

/// Changes a setting of the one connection that writes to SQLite.
fn set(story: &Story, setting: &str) {
    let setting = setting.to_owned();
    let done = story.app.app.store().write(|c| match c {
        Conn::Sqlite(c) => Ok::<_, AppError>(c.batch_execute(&setting)?),
        Conn::Postgres(_) => unreachable!("settings of SQLite"),
    });
    done.unwrap();
}

/// Another program that has the database of a story open.
fn another_program(story: &Story) -> SqliteConnection {
    let place: Place = story
        .app
        .app
        .store()
        .read(|c| match c {
            Conn::Sqlite(c) => {
                let sql = "SELECT file FROM pragma_database_list WHERE name = 'main'";
                Ok::<_, AppError>(diesel::sql_query(sql).get_result(c)?)
            }
            Conn::Postgres(_) => unreachable!("a file of SQLite"),
        })
        .unwrap();
    SqliteConnection::establish(&place.file).unwrap()
}

/// Requires a refusal that promises nothing.
fn refused(status: u16, answer: &Value) {
    assert_eq!((status, answer["error"]["code"].as_str()), (503, Some("unavailable")), "{answer}");
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains("cannot store anything"), "{message}");
    assert!(answer.get("receipt").is_none() && answer.get("tracker").is_none(), "{answer}");
}

/// Requires that exactly these trackers are in a box that verifies.
async fn box_holds(story: &Story, trackers: &[String]) {
    let board = story.app.visitor().get("/elections/board/board").await.expect(200);
    board.says(&match trackers.len() {
        1 => "1 ballot has been accepted".to_owned(),
        n => format!("{n} ballots have been accepted"),
    });
    for tracker in trackers {
        let page = format!("/elections/board/check?tracker={}", tracker.replace('+', "%2B"));
        story.app.visitor().get(&page).await.expect(200).says("ballot box");
    }
    let report = verified(story.archive().await);
    assert_eq!(report.ballots, trackers.len() as u64);
}

#[actix_web::test]
async fn a_full_disk_is_answered_with_a_refusal_and_no_receipt() {
    let story = Story::open(&["Ada", "Ben"]).await;
    if !story.app.app.store().is_sqlite() {
        return;
    }
    let ada = story.app.signed_in(&story.people[0]);
    let document = ada.get("/elections/board/booth.json").await.body;
    // As large as the file is: the next page that is needed is not there.
    set(&story, "PRAGMA max_page_count = 1");
    let mut accepted = Vec::new();
    let sealed = loop {
        assert!(accepted.len() < 20, "the disk is never full");
        let sealed = story.seal(0, &[1, 0, 0]);
        let (status, answer) = story.send_from(&ada, &document, &sealed).await;
        if status != 200 {
            refused(status, &answer);
            break sealed;
        }
        accepted.push(answer["tracker"].as_str().unwrap().to_owned());
    };
    if !accepted.is_empty() {
        box_holds(&story, &accepted).await;
    }
    set(&story, "PRAGMA max_page_count = 1000000");
    let (status, answer) = story.send_from(&ada, &document, &sealed).await;
    assert_eq!(status, 200, "{answer}");
    accepted.push(answer["tracker"].as_str().unwrap().to_owned());
    box_holds(&story, &accepted).await;
}

#[actix_web::test]
async fn a_locked_database_is_answered_with_a_refusal_and_no_receipt() {
    let story = Story::open(&["Ada", "Ben"]).await;
    if !story.app.app.store().is_sqlite() {
        return;
    }
    let first = story.vote(0, &[1, 0, 0]).await["tracker"].as_str().unwrap().to_owned();
    let ben = story.app.signed_in(&story.people[1]);
    let document = ben.get("/elections/board/booth.json").await.body;
    let sealed = story.seal(1, &[0, 1, 0]);
    // Writers wait for five seconds otherwise.
    set(&story, "PRAGMA busy_timeout = 0");
    let mut other = another_program(&story);
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    let (status, answer) = story.send_from(&ben, &document, &sealed).await;
    refused(status, &answer);
    other.batch_execute("ROLLBACK").unwrap();
    box_holds(&story, std::slice::from_ref(&first)).await;
    let (status, answer) = story.send_from(&ben, &document, &sealed).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["replaced"], false);
    box_holds(&story, &[first, answer["tracker"].as_str().unwrap().to_owned()]).await;
}
