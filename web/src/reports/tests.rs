//! What reports read is what is in the store, counted here in another way.

use std::collections::BTreeMap;

use folkmoot_reports::{DataSource, Grant, Query, RowsRequest, datasets};
use folkmoot_store::Utc;
use folkmoot_store::accounts::Role;
use folkmoot_store::elections::{self, Election, NewElection, ballot_box, roll};
use folkmoot_store::memberships::{self, MembershipSource, MembershipState, NewMembership};
use serde_json::{Value, json};

use super::source::Source;
use crate::error::AppError;
use crate::testing::{TestApp, TestPerson};

fn at(text: &str) -> Utc {
    Utc::parse(text).unwrap()
}

/// Rows of a question, each by name of column.
pub(crate) fn ask(app: &TestApp, dataset: &str, columns: Value, filters: Value) -> Vec<Value> {
    let request = json!({"dataset": dataset, "columns": columns, "filters": filters, "personal": true, "reason": "test"});
    let request: RowsRequest = serde_json::from_value(request).unwrap();
    let query = Query::parse(&request, &Grant { personal: Some("test".into()), datasets: None }).unwrap();
    let now = app.app.now();
    let mut rows = Vec::new();
    app.app
        .store()
        .read(|conn| {
            Source::new(conn, now)
                .rows(&query, &mut |batch| {
                    rows.extend(batch);
                    Ok(())
                })
                .unwrap();
            Ok::<_, AppError>(())
        })
        .unwrap();
    let named =
        |row: Vec<Value>| query.columns.iter().zip(row).map(|(c, v)| (c.name.to_owned(), v)).collect();
    rows.into_iter().map(|row| Value::Object(named(row))).collect()
}

fn join(app: &TestApp, person: &TestPerson, class: &str, from: &str, to: Option<&str>) {
    let now = app.app.now();
    let public_id = app.app.public_id().unwrap();
    app.app
        .store()
        .write(|conn| {
            crate::membership::preset::install(conn, now)?;
            let class = memberships::class_by_key(conn, class)?;
            let new = NewMembership {
                public_id: public_id.clone(),
                person: person.id,
                class: class.id,
                source: MembershipSource::Staff,
                reference: None,
                state: MembershipState::Active,
                starts_at: at(from),
                ends_at: to.map(at),
                statement: "",
                reason: "",
            };
            memberships::add(conn, &new, now)?;
            Ok::<_, AppError>(())
        })
        .unwrap();
}

/// An election with a roll; who voted, and on which day of May.
fn hold(app: &TestApp, slug: &str, year: i32, people: &[(&TestPerson, Option<u32>)]) -> Election {
    let now = app.app.now();
    app.app
        .store()
        .write(|conn| {
            let new = NewElection {
                public_id: slug,
                slug,
                uuid: slug,
                title: slug,
                state: "certified",
                settings: "{}",
                archive_seconds: 0,
                created_at: now,
            };
            let id = elections::insert(conn, &new)?.id;
            let opens = at(&format!("{year}-05-01T14:00:00Z"));
            let instants = elections::Instants {
                record_at: Some(opens),
                opens_at: Some(opens),
                closes_at: Some(at(&format!("{year}-05-15T14:00:00Z"))),
                publish_at: None,
            };
            elections::put_instants(conn, id, instants)?;
            for (person, day) in people {
                roll::insert(
                    conn,
                    &roll::NewRollEntry {
                        election_id: id,
                        person_id: person.id,
                        weight: 1,
                        reason: "member",
                        corrected: false,
                    },
                )?;
                if let Some(day) = day {
                    let day = chrono::NaiveDate::from_ymd_opt(year, 5, *day).unwrap();
                    ballot_box::record_participation(
                        conn,
                        id,
                        person.id,
                        day,
                        &format!("{slug}-{}", person.id),
                    )?;
                }
            }
            Ok::<_, AppError>(elections::by_id(conn, id)?)
        })
        .unwrap()
}

#[actix_web::test]
async fn every_dataset_answers_an_empty_organisation() {
    let app = TestApp::new().await;
    for dataset in datasets() {
        let columns: Vec<_> = dataset.columns.iter().map(|column| column.name).collect();
        ask(&app, dataset.name, json!(columns), json!({}));
    }
}

#[actix_web::test]
async fn members_have_their_class_their_standing_and_their_person() {
    let app = TestApp::new().await;
    let (ann, bo) = (app.person("Ann Arbour"), app.person("Bo Birch"));
    join(&app, &ann, "Fellow", "2020-03-01T00:00:00Z", None);
    join(&app, &bo, "Supporting", "2024-01-01T00:00:00Z", Some("2025-01-01T00:00:00Z"));
    let rows =
        ask(&app, "members", json!(["tier", "status", "joined", "expires", "name", "email"]), json!({}));
    assert_eq!(
        rows,
        [
            json!({"tier": "Fellow", "status": "active", "joined": "2020-03-01", "expires": null, "name": "Ann Arbour", "email": ann.email}),
            json!({"tier": "Supporting", "status": "lapsed", "joined": "2024-01-01", "expires": "2025-01-01", "name": "Bo Birch", "email": bo.email}),
        ]
    );
    assert_eq!(
        ask(&app, "members", json!(["tier"]), json!({"status": "lapsed"})),
        [json!({"tier": "Supporting"})]
    );
    assert_eq!(
        ask(&app, "members", json!(["tier"]), json!({"joined_before": "2021-01-01"})),
        [json!({"tier": "Fellow"})]
    );
}

#[actix_web::test]
async fn taking_part_comes_as_numbers_by_class_and_day() {
    let app = TestApp::new().await;
    let people: Vec<_> =
        ["Ann A", "Bo B", "Chi C", "Di D", "Em E"].iter().map(|name| app.person(name)).collect();
    for (person, class) in people.iter().zip(["Fellow", "Fellow", "Supporting", "Supporting", "Supporting"]) {
        join(&app, person, class, "2020-01-01T00:00:00Z", None);
    }
    hold(&app, "board-2025", 2025, &[(&people[0], Some(2)), (&people[1], None), (&people[2], Some(3))]);
    hold(
        &app,
        "board-2026",
        2026,
        &[(&people[0], Some(2)), (&people[2], Some(2)), (&people[3], Some(4)), (&people[4], None)],
    );

    let turnout =
        ask(&app, "turnout", json!(["tier", "day", "eligible", "cast"]), json!({"election": "board-2026"}));
    assert_eq!(
        turnout,
        [
            json!({"tier": "Fellow", "day": "2026-05-02", "eligible": 1, "cast": 1}),
            json!({"tier": "Supporting", "day": "2026-05-02", "eligible": 3, "cast": 1}),
            json!({"tier": "Supporting", "day": "2026-05-04", "eligible": 3, "cast": 1}),
        ]
    );
    let roll = ask(&app, "roll", json!(["name", "change"]), json!({"election": "board-2026"}));
    let changes: BTreeMap<_, _> =
        roll.iter().map(|row| (row["name"].as_str().unwrap(), row["change"].as_str().unwrap())).collect();
    assert_eq!(
        changes,
        BTreeMap::from([
            ("Ann A", "kept"),
            ("Bo B", "removed"),
            ("Chi C", "kept"),
            ("Di D", "new"),
            ("Em E", "new")
        ])
    );
    let missed =
        ask(&app, "participation", json!(["year", "tier", "missed", "people"]), json!({"year": 2025}));
    assert_eq!(
        missed,
        [
            json!({"year": 2025, "tier": "Fellow", "missed": 0, "people": 1}),
            json!({"year": 2025, "tier": "Fellow", "missed": 1, "people": 1}),
            json!({"year": 2025, "tier": "Supporting", "missed": 0, "people": 1}),
        ]
    );
    let funnel = ask(
        &app,
        "funnel",
        json!(["tier", "stage", "people"]),
        json!({"election": "board-2026", "stage": ["eligible", "voted"], "tier": "Supporting"}),
    );
    assert_eq!(
        funnel,
        [
            json!({"tier": "Supporting", "stage": "eligible", "people": 3}),
            json!({"tier": "Supporting", "stage": "voted", "people": 2})
        ]
    );
    let elections = ask(
        &app,
        "elections",
        json!(["election", "eligible", "cast", "opens"]),
        json!({"election": "board-2025"}),
    );
    assert_eq!(
        elections,
        [json!({"election": "board-2025", "eligible": 3, "cast": 0, "opens": "2025-05-01T14:00"})]
    );
}

#[actix_web::test]
async fn a_form_offers_the_latest_election_first() {
    let app = TestApp::new().await;
    for (slug, year) in [("b", 2025), ("c", 2026), ("a", 2024)] {
        hold(&app, slug, year, &[]);
    }
    let now = app.app.now();
    let offered =
        app.app.store().read(|conn| Ok::<_, AppError>(Source::new(conn, now).elections().unwrap())).unwrap();
    let slugs: Vec<_> = offered.iter().map(|(slug, _)| slug.as_str()).collect();
    assert_eq!(slugs, ["c", "b", "a"]);
}

#[actix_web::test]
async fn reports_are_for_staff_with_a_role_for_them() {
    let app = TestApp::new().await;
    let author = app.staff("Aud Thor", Role::ReportAuthor);
    author
        .get("/staff/reports")
        .await
        .expect(200)
        .says("Turnout and quorum by class and day")
        .says("Write a report");
    author.get("/staff/reports/new").await.expect(200).says("Try it on an invented organisation");
    author.get("/staff/reports/none").await.expect(404);
    let auditor = app.staff("Ode Itor", Role::Auditor);
    auditor.get("/staff/reports").await.expect(200);
    auditor.get("/staff/reports/new").await.expect(403);
    app.staff("Rev Iewer", Role::Reviewer).get("/staff/reports").await.expect(403);
}

#[test]
fn what_a_script_says_is_shown_as_text_and_clean_html() {
    let output = |value: Value| folkmoot_reports::Output::parse(value).unwrap();
    let outputs = [
        output(json!({"kind": "note", "text": "**bold** <script>alert(1)</script>"})),
        output(
            json!({"kind": "table", "title": "T", "total": ["n"], "columns": [{"name": "a", "kind": "text"}, {"name": "n", "kind": "integer"}], "rows": [["x", 1], ["y", 2]]}),
        ),
        output(
            json!({"kind": "bar_chart", "title": "<T>", "x": "a", "y": ["n"], "columns": [{"name": "a", "kind": "text"}, {"name": "n", "kind": "integer"}], "rows": [["<b>", 1]]}),
        ),
    ];
    let shown = super::view::shown(&outputs);
    let super::view::Shown::Note { html } = &shown[0] else { panic!("a note") };
    assert!(html.contains("<strong>bold</strong>") && !html.contains("<script"), "{html}");
    let super::view::Shown::Table(table) = &shown[1] else { panic!("a table") };
    assert_eq!(table.totals, [("Total".to_owned(), false), ("3".to_owned(), true)]);
    assert!(table.svg.is_empty());
    let super::view::Shown::Table(picture) = &shown[2] else { panic!("a chart") };
    assert!(picture.svg.contains("&lt;b&gt;") && !picture.svg.contains("<b>"));
}
