//! Columns that follow from the rules: what a payment of dues was, which memberships lapsed, what an election was prepared as.

use folkmoot_store::Utc;
use folkmoot_store::elections::{self, NewElection};
use folkmoot_store::memberships;
use folkmoot_store::memberships::paid::{NewPaidTerm, TermKind};
use folkmoot_store::memberships::public::{self, DriveFacts};
use serde_json::{Value, json};

use super::tests::ask;
use crate::error::AppError;
use crate::membership::{dues, preset};
use crate::testing::{TestApp, TestPerson};

fn at(text: &str) -> Utc {
    Utc::parse(text).unwrap()
}

/// Payments of a term by a person, on these days at noon.
fn pays(app: &TestApp, person: &TestPerson, days: &[&str]) {
    app.app
        .store()
        .write(|conn| {
            let class = memberships::class_by_key(conn, "Supporting")?.id;
            for day in days {
                let paid_at = at(&format!("{day}T12:00:00Z"));
                let reference = format!("{} {day}", person.id);
                let new = NewPaidTerm {
                    person: person.id,
                    class,
                    reference: &reference,
                    kind: TermKind::Term,
                    paid_at,
                };
                dues::extend_paid(conn, &app.app, &new, paid_at)?;
            }
            Ok::<_, AppError>(())
        })
        .unwrap();
}

#[actix_web::test]
async fn a_payment_is_new_a_renewal_or_a_return_and_what_was_not_renewed_has_lapsed() {
    let app = TestApp::new().await;
    app.app
        .store()
        .write(|conn| {
            preset::install(conn, app.app.now())?;
            let drive = DriveFacts {
                title: "Spring".into(),
                description: String::new(),
                class_id: None,
                goal: 10,
                starts_at: at("2025-03-01T00:00:00Z"),
                ends_at: at("2025-05-01T00:00:00Z"),
            };
            public::add_drive(conn, "spring", &drive, app.app.now())?;
            Ok::<_, AppError>(())
        })
        .unwrap();
    let (ann, bo, cy) = (app.person("Ann"), app.person("Bo"), app.person("Cy"));
    // Ann renews before the end, Bo comes back after years, Cy pays once and not again.
    pays(&app, &ann, &["2024-07-10", "2025-07-01"]);
    pays(&app, &bo, &["2020-02-03", "2025-08-15"]);
    pays(&app, &cy, &["2025-03-20"]);
    let columns = json!(["member", "kind", "status", "due", "paid", "drive"]);
    let id = |person: &TestPerson| {
        let found =
            app.app.store().read(|c| Ok::<_, AppError>(folkmoot_store::accounts::person(c, person.id)?));
        found.unwrap().public_id.to_string()
    };
    let of = |person: &TestPerson| -> Vec<Value> {
        ask(&app, "dues", columns.clone(), json!({"member": id(person)}))
            .into_iter()
            .map(|row| json!([row["kind"], row["status"], row["due"], row["paid"], row["drive"]]))
            .collect()
    };
    assert_eq!(
        of(&ann),
        [
            json!(["new", "paid", "2024-07-10", "2024-07-10", null]),
            json!(["renewal", "paid", "2025-07-10", "2025-07-01", null])
        ]
    );
    assert_eq!(
        of(&bo),
        [
            json!(["new", "paid", "2020-02-03", "2020-02-03", null]),
            json!(["rejoin", "paid", "2025-08-15", "2025-08-15", null])
        ]
    );
    let lapsed = of(&cy);
    assert_eq!(lapsed[0], json!(["new", "paid", "2025-03-20", "2025-03-20", "Spring"]));
    assert_eq!(lapsed.len(), 2);
    assert_eq!(
        (&lapsed[1][0], &lapsed[1][2], &lapsed[1][3]),
        (&json!("renewal"), &json!("2026-03-20"), &Value::Null)
    );
    let renewed = ask(&app, "members", json!(["name", "renewed"]), json!({"status": "active"}));
    let ann = renewed.iter().find(|row| row["name"] == "Ann").unwrap();
    assert_eq!(ann["renewed"], "2025-07-01");
    assert!(renewed.iter().filter(|row| row["name"] == "Cy").all(|row| row["renewed"].is_null()));
    // Amounts, and the band that follows from them, are for those who may see money.
    let hidden = ask(&app, "dues", json!(["band", "amount"]), json!({}));
    assert!(hidden.iter().all(|row| row["band"].is_null() && row["amount"].is_null()));
}

#[actix_web::test]
async fn a_result_that_is_not_announced_has_no_rows() {
    let app = TestApp::new().await;
    let now = app.app.now();
    for (slug, state) in [("done", "published"), ("waits", "certified")] {
        app.app
            .store()
            .write(|conn| {
                let new = NewElection {
                    public_id: slug,
                    slug,
                    uuid: slug,
                    title: slug,
                    state,
                    settings: "{}",
                    archive_seconds: 0,
                    created_at: now,
                };
                let id = elections::insert(conn, &new)?.id;
                let instants =
                    elections::Instants { record_at: None, opens_at: None, closes_at: None, publish_at: Some(now) };
                elections::put_instants(conn, id, instants)?;
                let outcome = json!([{
                    "title": "Q", "headline": "", "rows": [{"name": "Ann", "votes": 5, "won": true}], "steps": [], "outcome": null,
                }]);
                elections::results::insert_result(conn, id, "[]", &outcome.to_string())?;
                Ok::<_, AppError>(())
            })
            .unwrap();
    }
    let rows = ask(&app, "results", json!(["election", "candidate", "outcome"]), json!({}));
    assert_eq!(rows, [json!({"election": "done", "candidate": "Ann", "outcome": "elected"})]);
}
