//! Stories about the audit log (requirement AZ-05).

use chrono::TimeDelta;
use folkmoot_store::accounts::Role;
use folkmoot_store::audit::{self, Act};
use folkmoot_store::diesel::connection::SimpleConnection;
use folkmoot_store::on_backend;
use serde_json::json;

use crate::cli::audit::verify;
use crate::error::AppError;
use crate::testing::TestApp;

fn entry(app: &TestApp, action: &'static str, object: &str) {
    let now = app.app.now();
    let act = Act {
        actor: None,
        action,
        object: object.into(),
        details: json!({ "n": 1 }),
        reference: "test".into(),
    };
    app.app.store().write(|c| Ok::<_, AppError>(audit::append(c, &act, now)?)).unwrap();
}

#[actix_web::test]
async fn the_log_is_narrowed_by_person_act_object_and_day_and_turned_page_by_page() {
    let app = TestApp::new().await;
    let (otto, ada) = (app.staff("Otto Auditor", Role::Auditor), app.staff("Ada Admin", Role::Administrator));
    let vera = app.person("Vera");
    let give =
        [("email", vera.email.as_str()), ("role", "reviewer"), ("starts", "2026-06-01"), ("reason", "x")];
    ada.post("/staff/roles/give", &give).await.expect(303);
    app.advance(TimeDelta::days(1));
    for _ in 0..60 {
        entry(&app, "test.entry", "thing 1");
    }
    entry(&app, "test.other", "thing 2");
    app.work();
    let otto = {
        drop(otto);
        app.staff("Olga Auditor", Role::Auditor)
    };
    let all = otto.get("/staff/audit").await.expect(200).says("test.other").says("Older entries");
    assert!(!all.text().contains("role.grant"));
    let next = all
        .body
        .split("href=\"/staff/audit?")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .replace("&amp;", "&");
    otto.get(&format!("/staff/audit?{next}")).await.expect(200).says("role.grant").says("Ada Admin");
    let one = otto.get("/staff/audit?object=thing+2").await.says("test.other");
    assert!(!one.text().contains("test.entry"));
    let by_ada = otto.get("/staff/audit?person=ada.admin%40people.test").await.says("role.grant");
    assert!(!by_ada.text().contains("test.entry"));
    assert!(!otto.get("/staff/audit?action=role").await.says("role.grant").text().contains("test.entry"));
    let day = otto.get("/staff/audit?from=2026-06-01&until=2026-06-01").await.says("role.grant");
    assert!(!day.text().contains("test.entry"));
    otto.get("/staff/audit?from=2026-06-03").await.expect(200).says("No entries fit");
    otto.get("/staff/audit?from=tomorrow&person=nobody%40x.test")
        .await
        .says("2026-05-31")
        .says("confirmed this address");
    otto.get("/staff/audit?action=%25&before=x").await.expect(200);
    // Nobody else reads it.
    app.staff("Mia Members", Role::MembershipStaff).get("/staff/audit").await.expect(403);
}

#[actix_web::test]
async fn the_log_is_signed_every_hour_and_verification_finds_what_was_changed() {
    let app = TestApp::new().await;
    assert!(verify(&app.app).unwrap().1.contains("0 entries"));
    for _ in 0..5 {
        entry(&app, "test.entry", "thing 1");
    }
    let now = app.app.now();
    app.app.store().write(|c| crate::jobs::queue_recurring(c, now)).unwrap();
    app.work();
    let (sound, words) = verify(&app.app).unwrap();
    assert!(sound && words.contains("5 entries") && words.contains("up to 5"), "{words}");
    app.staff("Otto", Role::Auditor).get("/staff/audit").await.says("last signed at entry 5 on 1 June 2026");
    // The database itself refuses; whoever can drop its triggers is found out by the hashes.
    for sql in ["UPDATE audit_log SET object = 'x' WHERE seq = 3", "DELETE FROM audit_log WHERE seq = 5"] {
        let refused = app.app.store().write(|c| {
            on_backend!(c, c => c.batch_execute(sql))?;
            Ok::<_, AppError>(())
        });
        assert!(refused.is_err(), "{sql}");
    }
    let without = |sql: &str| {
        let sqlite = app.app.store().is_sqlite();
        let off = if sqlite {
            "DROP TRIGGER audit_log_no_update; DROP TRIGGER audit_log_no_delete;"
        } else {
            "DROP TRIGGER audit_log_append_only ON audit_log;"
        };
        let sql = format!("{off}{sql}");
        app.app
            .store()
            .write(|c| {
                on_backend!(c, c => c.batch_execute(&sql))?;
                Ok::<_, AppError>(())
            })
            .unwrap();
    };
    without("UPDATE audit_log SET object = 'x' WHERE seq = 3");
    let (sound, words) = verify(&app.app).unwrap();
    assert!(!sound && words.contains("entry 3 was changed"), "{words}");
}

#[actix_web::test]
async fn the_log_is_a_file_narrowed_as_its_page_and_taking_it_is_noted() {
    let app = TestApp::new().await;
    for n in 0..501 {
        entry(&app, "test.entry", if n == 0 { "=HYPERLINK(\"https://evil.example\")" } else { "thing 1" });
    }
    app.advance(TimeDelta::days(1));
    entry(&app, "test.other", "thing 2");
    let otto = app.staff("Otto Auditor", Role::Auditor);
    let post = async |fields: &[(&str, &str)]| otto.post("/staff/audit/export", fields).await;
    let all = post(&[("format", "csv")]).await.expect(200);
    let mut reader = csv::Reader::from_reader(all.body.as_bytes());
    assert_eq!(reader.headers().unwrap().get(0), Some("entry"));
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let numbers: Vec<i64> = rows.iter().map(|r| r.get(0).unwrap().parse().unwrap()).collect();
    assert_eq!(numbers, (1..=502).rev().collect::<Vec<_>>(), "every entry once, newest first");
    assert_eq!(rows[501].get(5), Some("\'=HYPERLINK(\"https://evil.example\")"));
    let narrow = [("format", "jsonl"), ("action", "test.other"), ("from", "2026-06-02")];
    let some = post(&narrow).await.expect(200);
    let lines: Vec<serde_json::Value> = some.body.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 1);
    assert_eq!((&lines[0]["entry"], &lines[0]["details"]), (&json!(502), &json!({ "n": 1 })));
    assert_eq!(lines[0]["hash"].as_str().unwrap().len(), 64);
    // The download before is an entry with the name of whoever took it.
    let taken = post(&[("format", "jsonl"), ("action", "audit.export")]).await.expect(200);
    let names: Vec<serde_json::Value> =
        taken.body.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(names.len(), 2);
    assert_eq!(names[0]["details"]["narrowed"], json!({ "action": "test.other", "from": "2026-06-02" }));
    assert!(names.iter().all(|n| n["name"] == "Otto Auditor"));
    post(&[("format", "csv"), ("person", "nobody@people.test")]).await.expect(422);
    app.staff("Mia", Role::MembershipStaff)
        .post("/staff/audit/export", &[("format", "csv")])
        .await
        .expect(403);
}
