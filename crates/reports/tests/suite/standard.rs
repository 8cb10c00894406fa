//! The fifteen reports that come with the program, against figures computed here from the same rows.

use std::collections::BTreeMap;

use folkmoot_reports::sample::{self, InMemory};
use folkmoot_reports::{Cell, Ended, Grant, Output, Run, chart, export, standard};
use serde_json::{Map, Value};

use super::{attempt, runner};

fn run(name: &str, data: &mut InMemory, parameters: &[(&str, &str)]) -> Run {
    let report = standard::find(name).unwrap();
    let run = attempt(&runner(), report.script, data, parameters, Grant::default()).unwrap();
    assert_eq!(run.ended, Ended::Done, "{name}");
    run
}

fn metric(run: &Run, label: &str) -> Cell {
    run.outputs
        .iter()
        .find_map(|output| match output {
            Output::Metric { label: found, value, .. } if found == label => Some(value.clone()),
            _ => None,
        })
        .unwrap_or_else(|| panic!("no metric {label}"))
}

fn number(run: &Run, label: &str) -> i64 {
    match metric(run, label) {
        Cell::Integer(number) => number,
        other => panic!("{label} is {other:?}"),
    }
}

/// A table's cells in words, by the first column.
fn table(run: &Run, title: &str) -> BTreeMap<String, Vec<String>> {
    let shape = run
        .outputs
        .iter()
        .find_map(|output| match output {
            Output::Table { title: found, shape, .. } if found == title => Some(shape),
            _ => None,
        })
        .unwrap_or_else(|| panic!("no table {title}"));
    shape.words().into_iter().map(|row| (row[0].clone(), row[1..].to_vec())).collect()
}

fn rows<'a>(
    data: &'a InMemory,
    dataset: &str,
    test: impl Fn(&Map<String, Value>) -> bool,
) -> Vec<&'a Map<String, Value>> {
    data.of(dataset).iter().filter(|row| test(row)).collect()
}

fn sum(rows: &[&Map<String, Value>], column: &str) -> i64 {
    rows.iter().filter_map(|row| row[column].as_i64()).sum()
}

#[test]
fn all_fifteen_run_on_the_sample_and_on_nothing() {
    let mut full = sample::organisation();
    let mut empty = InMemory::new();
    empty.offer("none", "Nothing yet");
    for report in standard::ALL {
        let on_full = run(report.name, &mut full, &[]);
        assert!(on_full.outputs.len() >= 2, "{}", report.name);
        assert_eq!(on_full.log, "", "{}", report.name);
        assert!(
            on_full.outputs.iter().any(|output| chart::svg(output).is_some())
                || report.name == "announcement"
                || report.name == "election-record",
            "{} draws nothing",
            report.name
        );
        for output in &on_full.outputs {
            if let Some(shape) = output.shape() {
                export::csv(shape).unwrap();
                export::xlsx([("t", shape)]).unwrap();
            }
        }
        assert!(on_full.reasons.is_empty(), "{} reads personal columns by default", report.name);
        run(report.name, &mut empty, &[]);
    }
}

#[test]
fn turnout_and_funnel_have_the_figures_of_the_rows() {
    let mut data = sample::organisation();
    let turnout = run("turnout", &mut data, &[("election", "board-2025")]);
    let days = rows(&data, "turnout", |row| row["election"] == "board-2025");
    assert_eq!(number(&turnout, "Ballots cast"), sum(&days, "cast"));
    let fellows: Vec<_> = days.iter().copied().filter(|row| row["tier"] == "fellow").collect();
    let cast = sum(&fellows, "cast");
    let eligible = fellows[0]["eligible"].as_i64().unwrap();
    assert_eq!(table(&turnout, "By class")["fellow"][..2], [eligible.to_string(), cast.to_string()]);
    let funnel = run("affirmation-funnel", &mut data, &[("election", "board-2025")]);
    let voted = rows(&data, "funnel", |row| row["election"] == "board-2025" && row["stage"] == "voted");
    assert_eq!(number(&funnel, "Voted"), sum(&voted, "people"));
}

#[test]
fn membership_and_money_have_the_figures_of_the_rows() {
    let mut data = sample::organisation();
    let drive = run("dues-drive", &mut data, &[("since", "2025-01-01"), ("until", "2026-01-01")]);
    let due = rows(&data, "dues", |row| {
        row["due"].as_str().is_some_and(|day| ("2025-01-01".."2026-01-01").contains(&day))
    });
    assert_eq!(number(&drive, "Due"), due.len() as i64);
    assert_eq!(number(&drive, "Paid"), due.iter().filter(|row| row["status"] == "paid").count() as i64);
    let roll = run("roll-changes", &mut data, &[]);
    let on_roll = rows(&data, "roll", |row| row["election"] == "board-2026" && row["included"] == true);
    assert_eq!(number(&roll, "On the roll"), on_roll.len() as i64);
    let missed = run("missed-votes", &mut data, &[]);
    let waived = rows(&data, "participation", |row| row["year"] == 2026 && row["credit"] == "waiver");
    assert_eq!(number(&missed, "With a waiver for next year"), sum(&waived, "people"));
}

#[test]
fn elections_and_bodies_have_the_figures_of_the_rows() {
    let mut data = sample::organisation();
    let result = run("result", &mut data, &[]);
    let elected =
        rows(&data, "results", |row| row["election"] == "board-2026" && row["outcome"] == "elected");
    let seated: Vec<String> = table(&result, "Seats and terms").into_keys().collect();
    let mut expected: Vec<String> =
        elected.iter().map(|row| row["candidate"].as_str().unwrap().to_owned()).collect();
    expected.sort();
    assert_eq!(seated, expected);
    let candidates = run("candidates", &mut data, &[]);
    assert_eq!(
        number(&candidates, "Candidates"),
        rows(&data, "nominations", |row| row["election"] == "board-2026" && row["status"] == "accepted").len()
            as i64
    );
    let calendar = run("seat-calendar", &mut data, &[]);
    let ending = rows(&data, "seats", |row| {
        row["status"] == "serving"
            && row["term_to"].as_str().is_some_and(|day| ("2026-06-01".."2030-06-01").contains(&day))
    });
    assert_eq!(number(&calendar, "Ending"), ending.len() as i64);
    let shared = run("co-affiliation", &mut data, &[]);
    let held = rows(&data, "seats", |row| {
        row["status"] == "serving"
            && row["term_from"].as_str() <= Some("2026-06-01")
            && row["term_to"].as_str() >= Some("2026-06-01")
    });
    assert_eq!(number(&shared, "Seats held today"), held.len() as i64);
    let record = run("election-record", &mut data, &[]);
    assert_eq!(table(&record, "Votes").len(), 1);
    let announcement = run("announcement", &mut data, &[]);
    let Output::Note { text } = &announcement.outputs[0] else { panic!("{:?}", announcement.outputs[0]) };
    assert!(expected.iter().all(|name| text.contains(name)), "{text}");
}

#[test]
fn mails_awards_and_retention_have_the_figures_of_the_rows() {
    let mut data = sample::organisation();
    let failures = run("delivery-failures", &mut data, &[]);
    let failed =
        rows(&data, "deliveries", |row| ["bounced", "refused"].contains(&row["status"].as_str().unwrap()));
    assert_eq!(number(&failures, "Failed"), failed.len() as i64);
    assert!(
        failures
            .outputs
            .iter()
            .any(|output| matches!(output, Output::Alert { text } if text.contains("fir.test")))
    );
    let round = run("award-round", &mut data, &[]);
    assert_eq!(
        number(&round, "Granted"),
        rows(&data, "awards", |row| row["status"] == "granted").len() as i64
    );
    let roster = run("roster", &mut data, &[]);
    assert_eq!(number(&roster, "On the roster"), data.of("roster").len() as i64);
    let retention = run("retention", &mut data, &[]);
    assert_eq!(
        number(&retention, "Records erased"),
        sum(&rows(&data, "erasures", |row| row["act"] == "erased"), "records")
    );
}

#[test]
fn a_record_by_name_needs_the_grant() {
    let mut data = sample::organisation();
    let script = standard::find("election-record").unwrap().script;
    let without = attempt(&runner(), script, &mut data, &[("by_name", "yes")], Grant::default()).unwrap();
    assert!(
        matches!(&without.ended, Ended::Failed(failure) if failure.message.contains("no grant for personal data"))
    );
    let grant = Grant { personal: Some("returns officer".to_owned()), datasets: None };
    let with = attempt(&runner(), script, &mut data, &[("by_name", "yes")], grant).unwrap();
    assert_eq!(with.ended, Ended::Done);
    assert_eq!(with.reasons, ["returns officer; script: Record of the election by name"]);
}
