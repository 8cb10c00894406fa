//! Nobody but the payer and two roles sees how much somebody paid: not on any page, in any file, mail, log or job.

use std::io::Write;
use std::sync::{Arc, Mutex};

use actix_web::http::Method;
use folkmoot_store::accounts::Role;
use folkmoot_store::{Conn, audit, diesel, jobs};

use super::stripe::{checkout, deliver, stripe_site};
use super::*;
use crate::auth::permission::Action;
use crate::routes;

/// The lines of the log of this thread.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// An amount that nothing else looks like, as people and as programs write it.
const MARKS: [&str; 2] = ["7319.73", "731973"];

fn shows(text: &str) -> bool {
    MARKS.iter().any(|m| text.contains(m))
}

/// Every page, with the parts that vary filled in for this payment and person.
fn pages(id: &PublicId, person: &TestPerson) -> Vec<String> {
    let fill = |pattern: &str| {
        let mut path = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, end) = after.split_once('}').unwrap();
            path.push_str(before);
            path.push_str(match name {
                "payment" => id.as_str(),
                "person" => person.public_id.as_str(),
                "mail" => "1",
                _ => "1",
            });
            rest = end;
        }
        path + rest
    };
    routes::all().iter().filter(|r| r.method == Method::GET).map(|r| fill(r.path)).collect()
}

#[actix_web::test]
async fn amounts_are_seen_by_the_payer_and_two_roles_alone() {
    assert_eq!(Action::SeePayments.roles(), [Role::MembershipStaff, Role::Auditor]);
    let lines = Lines::default();
    let writer = lines.clone();
    let log = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let log = tracing::Dispatch::new(log);
    // With a single subscriber, a place in the code that another thread reaches first stays silent for ever.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let _guard = tracing::dispatcher::set_default(&log);

    let (app, stand_in) = stripe_site().await;
    let payer = app.person("Payer");
    let browser = app.signed_in(&payer);
    let page = pay(&browser, "7319.73", "term").await;
    let other_way = begin(&browser, "7319.73", "stripe").await;
    browser.post(&format!("{other_way}/pay"), &[]).await.expect(303);
    deliver(&app, &stand_in.event("evt_1", "checkout.session.completed", &stand_in.pays())).await;
    let third = begin(&browser, "7319.73", "offline").await;
    let staff = app.staff("Mia", Role::MembershipStaff);
    let arrived = [("amount", "7319.73"), ("day", "2026-06-01"), ("note", "Cheque")];
    staff.submit(&format!("/staff/payments/{}/arrived", id_of(&third)), &arrived).await.expect(200);
    let back = [("back", "7319.73"), ("reason", "Asked for it")];
    staff.submit(&format!("/staff/payments/{}/refund", id_of(&other_way)), &back).await.expect(200);
    app.work();

    // Each page as a visitor, as another member, and as each role.
    let all = pages(&id_of(&page), &payer);
    assert!(all.len() > 60 && all.iter().any(|p| p.starts_with("/staff/payments/0")));
    let mut seen = Vec::new();
    let mut lookers = vec![
        ("visitor".to_owned(), app.visitor()),
        ("member".to_owned(), app.signed_in(&app.person("Other"))),
    ];
    for role in Role::ALL {
        lookers.push((role.as_str().to_owned(), app.staff(&format!("Holder {role}"), *role)));
    }
    for (who, looker) in &lookers {
        for path in &all {
            if shows(&looker.get(path).await.body) {
                seen.push((who.clone(), path.clone()));
            }
        }
        for mail in app.mails() {
            if shows(&looker.get(&format!("/staff/mail/{}", mail.public_id)).await.body) {
                seen.push((who.clone(), "a mail".into()));
            }
        }
    }
    let who: std::collections::BTreeSet<&str> = seen.iter().map(|(who, _)| who.as_str()).collect();
    assert_eq!(who.into_iter().collect::<Vec<_>>(), ["auditor", "membership_staff"], "{seen:?}");
    assert!(seen.iter().all(|(_, path)| path.starts_with("/staff/payments")), "{seen:?}");
    assert!(shows(&browser.get(&page).await.body) && shows(&browser.get("/membership/payments").await.body));
    assert!(shows(&browser.get(&format!("{page}/receipt")).await.body));
    assert!(shows(&browser.get("/account/data").await.body), "one's own data are complete");

    // Mails, the audit log, jobs and the log of the program.
    for mail in app.mails() {
        assert!(!shows(&format!("{mail:?}")), "{}", mail.message);
    }
    app.app
        .store()
        .read(|c| {
            for entry in audit::entries(c, &audit::Filter::default(), 1000)? {
                assert!(!shows(&format!("{entry:?}")), "{}", entry.action);
            }
            for state in jobs::JobState::ALL {
                assert!(!shows(&format!("{:?}", jobs::jobs_in(c, *state, 1000)?)));
            }
            Ok::<_, AppError>(())
        })
        .unwrap();
    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("notice of Stripe"), "the log was watched: {log}");
    let named: Vec<&str> = log.lines().filter(|line| shows(line)).collect();
    assert!(named.is_empty(), "the log names an amount: {named:?}");
}

#[actix_web::test]
async fn no_table_about_rights_holds_an_amount() {
    let (app, stand_in) = stripe_site().await;
    let person = app.person("Payer");
    checkout(&app, &person).await;
    deliver(&app, &stand_in.event("evt_1", "checkout.session.completed", &stand_in.pays())).await;
    app.work();
    let count = |c: &mut Conn, table: &str| {
        use diesel::prelude::*;
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            n: i64,
        }
        let sql = format!("SELECT count(*) AS n FROM {table}");
        let row: Row = folkmoot_store::on_backend!(c, c => diesel::sql_query(sql).get_result(c))?;
        Ok::<_, AppError>(row.n)
    };
    let n = app.app.store().read(|c| count(c, "paid_terms")).unwrap();
    assert_eq!(n, 1);
    for column in ["amount_minor", "currency"] {
        for table in ["paid_terms", "memberships", "roll_entries"] {
            let sql = format!("{table} WHERE {column} IS NULL");
            assert!(app.app.store().read(|c| count(c, &sql)).is_err(), "{table} has {column}");
        }
    }
}
