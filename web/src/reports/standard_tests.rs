//! The fifteen reports that come with the program, on the demonstration's organisation, against figures that SQL written here
//! counts straight from the tables.

use std::sync::Arc;

use folkmoot_reports::{Cell, Ended, Job, Output, Run, Shape, standard};
use folkmoot_store::diesel::sql_types::BigInt;
use folkmoot_store::diesel::{self, QueryableByName, RunQueryDsl};
use folkmoot_store::on_backend;
use serde_json::json;

use super::source::Source;
use super::tests::ask;
use crate::demo::{self, Demo};
use crate::error::AppError;
use crate::testing::TestApp;

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// An organisation as `folkmoot demo` invents it.
async fn organisation() -> TestApp {
    let mut test = TestApp::new().await;
    demo::cast::seed(&test.app, 7, 150).await.unwrap();
    let demo = Arc::new(Demo::new(7, 150, demo::cast::accounts()));
    test.app = test.app.clone().showing(demo.clone());
    demo::run(test.app.clone(), demo).await;
    test.work();
    test
}

/// A number that SQL counts.
fn counted(app: &TestApp, sql: &str) -> i64 {
    let sql = format!("SELECT CAST(({sql}) AS BIGINT) AS n");
    let read = app
        .app
        .store()
        .read(|c| on_backend!(c, c => Ok::<_, AppError>(diesel::sql_query(&sql).get_result::<Number>(c)?.n)));
    read.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

fn ran(app: &TestApp, name: &str, parameters: &[(&str, &str)]) -> Run {
    let report = standard::find(name).unwrap();
    let parameters: Vec<(String, String)> =
        parameters.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let now = app.app.now();
    let job = Job {
        script: report.script,
        parameters: &parameters,
        today: now.datetime().date_naive(),
        ..Job::default()
    };
    let runner = super::runner(app.app.config()).unwrap();
    let run = app.app.store().read(|c| {
        let mut source = Source::new(c, now).with_money(true);
        Ok::<_, AppError>(runner.run(&job, &mut source, &mut |_| {}).unwrap())
    });
    let run = run.unwrap();
    assert_eq!(run.ended, Ended::Done, "{name}");
    run
}

fn metric<'a>(run: &'a Run, label: &str) -> &'a Cell {
    let found = run.outputs.iter().find_map(|output| match output {
        Output::Metric { label: found, value, .. } if found == label => Some(value),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no figure {label}"))
}

fn shape<'a>(run: &'a Run, title: &str) -> &'a Shape {
    let found = run.outputs.iter().find_map(|output| match output {
        Output::Table { title: found, shape, .. } if found == title => Some(shape),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no table {title}"))
}

/// A number of people: as it is, or withheld when it is small.
fn people(cell: &Cell, expected: i64, what: &str) {
    match (cell, expected) {
        (Cell::Withheld { .. }, n) => assert!(n < 10, "{what}: {n} is withheld"),
        (Cell::Integer(n), expected) => assert_eq!(*n, expected, "{what}"),
        (other, _) => panic!("{what}: {other:?}"),
    }
}

fn number(run: &Run, label: &str, expected: i64) {
    assert_eq!(metric(run, label), &Cell::Integer(expected), "{label}");
}

/// People whose paid time is over, who did not leave and are no members in another way.
const OWED: &str = "SELECT count(*) FROM (SELECT t.person_id, t.class_id FROM paid_terms t JOIN memberships m \
                    ON m.person_id = t.person_id AND m.class_id = t.class_id WHERE NOT EXISTS \
                    (SELECT 1 FROM memberships h WHERE h.person_id = t.person_id AND h.state NOT IN ('applied', 'refused') \
                    AND (h.ends_at IS NULL OR h.ends_at > '2026-06-01 12:00:00')) \
                    GROUP BY t.person_id, t.class_id HAVING max(m.ends_at) <= '2026-06-01 12:00:00' \
                    AND max(CASE WHEN m.state = 'active' THEN 0 ELSE 1 END) = 0) AS owed";
const BOARD: (&str, &str) = ("election", "board-2026");
const OF_BOARD: &str = "election_id = (SELECT id FROM elections WHERE slug = 'board-2026')";
const OF_BYLAWS: &str = "election_id = (SELECT id FROM elections WHERE slug = 'bylaws-2026')";

fn elections(app: &TestApp) {
    let run = ran(app, "turnout", &[BOARD]);
    let cast = counted(app, &format!("SELECT count(*) FROM participations WHERE {OF_BOARD}"));
    assert!(cast >= 10, "the demonstration has a vote: {cast}");
    people(metric(&run, "Ballots cast"), cast, "ballots");

    let on_roll = counted(app, &format!("SELECT count(*) FROM roll_entries WHERE {OF_BOARD}"));
    let run = ran(app, "affirmation-funnel", &[BOARD]);
    people(metric(&run, "Eligible"), on_roll, "eligible");
    people(metric(&run, "Voted"), cast, "voted");
    let run = ran(app, "roll-changes", &[BOARD]);
    people(metric(&run, "On the roll"), on_roll, "on the roll");

    let run = ran(app, "result", &[("election", "bylaws-2026")]);
    let ballots = counted(app, &format!("SELECT count(*) FROM participations WHERE {OF_BYLAWS}"));
    number(&run, "Ballots", ballots);
    let run = ran(app, "announcement", &[("election", "bylaws-2026")]);
    let on_roll = counted(app, &format!("SELECT count(*) FROM roll_entries WHERE {OF_BYLAWS}"));
    let words = format!("{ballots} of {on_roll} members voted");
    let told = |o: &Output| matches!(o, Output::Note { text } if text.contains(&words));
    assert!(run.outputs.iter().any(told), "{words}");
    let run = ran(app, "election-record", &[("election", "bylaws-2026")]);
    let settings = shape(&run, "Configuration").words();
    let value = |name: &str| settings.iter().find(|row| row[0] == name).map(|row| row[1].clone());
    assert_eq!(value("People on the roll"), Some(on_roll.to_string()));
    assert_eq!(value("Ballots"), Some(ballots.to_string()));

    let run = ran(app, "missed-votes", &[]);
    let voters = "SELECT count(DISTINCT p.person_id) FROM participations p JOIN elections e ON e.id = p.election_id \
                  JOIN roll_entries r ON r.election_id = e.id AND r.person_id = p.person_id \
                  WHERE e.closes_at < '2027-01-01' AND e.closes_at >= '2026-01-01' AND e.state NOT IN \
                  ('draft', 'announced', 'nominations', 'closed_nominations', 'candidates_announced', 'rehearsed', 'open')";
    people(metric(&run, "With a waiver for next year"), counted(app, voters), "waivers");
}

fn organisation_at_large(app: &TestApp) {
    let run = ran(app, "delivery-failures", &[]);
    number(&run, "Mails", counted(app, "SELECT count(*) FROM mails WHERE created_at >= '2026-01-01'"));
    let failed =
        "SELECT count(*) FROM mails WHERE state IN ('bounced', 'failed') AND created_at >= '2026-01-01'";
    number(&run, "Failed", counted(app, failed));

    let run = ran(app, "dues-drive", &[("since", "2000-01-01"), ("until", "2040-01-01")]);
    let paid = counted(app, "SELECT count(*) FROM paid_terms WHERE returned_at IS NULL");
    assert!(paid >= 10, "the demonstration has dues: {paid}");
    people(metric(&run, "Paid"), paid, "paid");
    let due = counted(app, &format!("SELECT (SELECT count(*) FROM paid_terms) + ({OWED})"));
    people(metric(&run, "Due"), due, "due");
    let drive = "SELECT count(*) FROM paid_terms t JOIN membership_drives d ON d.class_id = t.class_id WHERE t.returned_at IS NULL \
                 AND t.paid_at >= d.starts_at AND t.paid_at < d.ends_at AND NOT EXISTS \
                 (SELECT 1 FROM paid_terms e WHERE e.person_id = t.person_id AND e.class_id = t.class_id AND e.paid_at < t.paid_at)";
    people(metric(&run, "Came with a drive"), counted(app, drive), "with the drive");
    // No number of people below ten is in the table, whatever it is grouped by.
    for row in &shape(&run, "Paid by band").rows {
        assert!(!matches!(row.get(2), Some(Cell::Integer(n)) if *n < 10), "{row:?}");
    }
    let settled = "SELECT coalesce(sum(p.amount_minor), 0) FROM paid_terms t JOIN payments p ON p.reference = t.reference \
                   WHERE t.returned_at IS NULL";
    let income = counted(app, settled);
    assert!(income > 0);
    let words = format!("{}.{:02}", income / 100, income % 100);
    let shown = metric(&run, "Income");
    assert!(
        matches!(shown, Cell::Text(text) if text.replace(',', "").contains(&words)),
        "{shown:?}: {words}"
    );

    let serving = "FROM body_members m JOIN bodies b ON b.id = m.body_id WHERE b.is_public AND m.starts_on <= '2026-06-01' \
                   AND (m.ends_on IS NULL OR m.ends_on >= '2026-06-01')";
    let today = app.app.now().datetime().date_naive().to_string();
    let serving = serving.replace("2026-06-01", &today);
    let run = ran(app, "seat-calendar", &[]);
    number(&run, "Seats", counted(app, &format!("SELECT count(*) {serving}")));
    let ending = format!(
        "SELECT count(*) {serving} AND coalesce(m.ends_on, m.term_until) >= '{today}' AND coalesce(m.ends_on, m.term_until) < '2030-06-01'"
    );
    number(&run, "Ending", counted(app, &ending));
    let run = ran(app, "co-affiliation", &[]);
    let held = format!(
        "SELECT count(*) {serving} AND (coalesce(m.ends_on, m.term_until) IS NULL OR coalesce(m.ends_on, m.term_until) >= '{today}')"
    );
    number(&run, "Seats held today", counted(app, &held));

    let run = ran(app, "roster", &[]);
    let roster = "SELECT (SELECT count(*) FROM award_recipients WHERE public_from <= '2026-06-01 12:00:00') + \
                  (SELECT count(*) FROM memberships m JOIN membership_classes k ON k.id = m.class_id \
                  JOIN roster_consents r ON r.person_id = m.person_id WHERE k.public_badge AND m.state NOT IN ('applied', 'refused') \
                  AND k.id NOT IN (SELECT class_id FROM award_programmes WHERE class_id IS NOT NULL))";
    number(&run, "On the roster", counted(app, roster));

    let run = ran(app, "retention", &[]);
    let erased = "SELECT count(*) FROM privacy_requests WHERE kind = 'erasure' AND state = 'granted'";
    number(&run, "Records erased", counted(app, erased));
}

fn awards_and_candidates(app: &TestApp) {
    let run = ran(app, "award-round", &[]);
    number(&run, "Received", counted(app, "SELECT count(*) FROM award_nominations"));
    let granted = "SELECT count(*) FROM award_outcomes o JOIN award_rounds r ON r.id = o.round_id \
                   WHERE o.outcome = 'granted' AND r.announced_at IS NOT NULL";
    let granted = counted(app, granted);
    assert!(granted > 0, "the demonstration grants awards");
    number(&run, "Granted", granted);
    let waiting = "SELECT count(*) FROM award_nominations n WHERE n.state <> 'withdrawn' AND NOT EXISTS \
                   (SELECT 1 FROM award_outcomes o JOIN award_rounds r ON r.id = o.round_id WHERE o.nomination_id = n.id \
                   AND r.announced_at IS NOT NULL)";
    let rows = ask(app, "awards", json!(["status", "recipient"]), json!({"status": "received"}));
    assert_eq!(i64::try_from(rows.len()).unwrap(), counted(app, waiting));

    for slug in ["technical-council-2026", "outreach-2026"] {
        let of =
            format!("FROM nominations WHERE election_id = (SELECT id FROM elections WHERE slug = '{slug}')");
        let run = ran(app, "candidates", &[("election", slug)]);
        let all = counted(app, &format!("SELECT count(*) {of} AND state <> 'merged'"));
        assert!(all > 0, "{slug} has nominations");
        number(&run, "Nominations", all);
        let standing = format!("SELECT count(*) {of} AND state = 'accepted' AND review <> 'ineligible'");
        number(&run, "Candidates", counted(app, &standing));
    }
    // Names are told of candidates who are announced, and of nobody else.
    let named = |slug: &str| {
        let rows = ask(
            app,
            "nominations",
            json!(["candidate", "affiliation", "words", "nominator"]),
            json!({"election": slug}),
        );
        rows.iter().filter(|row| row.as_object().unwrap().values().any(|value| !value.is_null())).count()
    };
    let public = "SELECT count(*) FROM nominations WHERE state = 'accepted' AND review = 'eligible' AND election_id = \
                  (SELECT id FROM elections WHERE slug = 'outreach-2026')";
    assert_eq!(i64::try_from(named("outreach-2026")).unwrap(), counted(app, public));
    assert_eq!(named("technical-council-2026"), 0);
}

fn motions(app: &TestApp) {
    let rows = ask(app, "motions", json!(["status", "yes", "no", "abstain", "closed"]), json!({}));
    let of_public = "FROM motions m JOIN bodies b ON b.id = m.body_id WHERE b.is_public";
    assert_eq!(i64::try_from(rows.len()).unwrap(), counted(app, &format!("SELECT count(*) {of_public}")));
    assert!(!rows.is_empty(), "the demonstration has motions");
    for (status, outcome) in [("carried", "= 'passed'"), ("open", "IS NULL"), ("void", "= 'vetoed'")] {
        let told = rows.iter().filter(|row| row["status"] == status).count();
        let stored = counted(app, &format!("SELECT count(*) {of_public} AND m.outcome {outcome}"));
        assert_eq!(i64::try_from(told).unwrap(), stored, "{status}");
    }
    for choice in ["yes", "no"] {
        let told: i64 = rows.iter().filter_map(|row| row[choice].as_i64()).sum();
        let stored = "SELECT count(*) FROM motion_votes v JOIN motions m ON m.id = v.motion_id JOIN bodies b ON b.id = m.body_id \
                      WHERE b.is_public AND m.outcome IN ('passed', 'failed', 'vetoed')";
        assert_eq!(told, counted(app, &format!("{stored} AND v.choice = '{choice}'")), "{choice}");
    }
    assert!(rows.iter().filter(|row| row["status"] == "open").all(|row| row["yes"].is_null()));
}

#[actix_web::test]
async fn the_fifteen_reports_agree_with_sql_on_the_demonstration() {
    let app = organisation().await;
    elections(&app);
    organisation_at_large(&app);
    awards_and_candidates(&app);
    motions(&app);
    for report in standard::ALL {
        let run = ran(&app, report.name, &[]);
        assert!(run.outputs.len() >= 2, "{}", report.name);
        assert_eq!(run.log, "", "{}", report.name);
    }
}
