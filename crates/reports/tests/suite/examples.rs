//! Every example of docs/reports.md runs; what stands under "prints" is what it prints.

use folkmoot_reports::{Ended, Grant, sample};

use super::{attempt, runner};

const DOCUMENT: &str = include_str!("../../../../docs/reports.md");

/// Fenced blocks: language and text.
fn blocks() -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    let mut rest = DOCUMENT;
    while let Some((_, after)) = rest.split_once("\n```") {
        let (language, after) = after.split_once('\n').unwrap();
        let (text, after) = after.split_once("```").unwrap();
        found.push((language.trim(), text));
        rest = after;
    }
    found
}

#[test]
fn every_example_runs_and_prints_what_it_says() {
    let mut data = sample::organisation();
    let mut examples = 0;
    let mut blocks = blocks().into_iter().peekable();
    while let Some((language, script)) = blocks.next() {
        if language != "python" {
            continue;
        }
        examples += 1;
        let grant = Grant {
            personal: script.contains("personal=True").then(|| "example".to_owned()),
            datasets: None,
        };
        let run = attempt(&runner(), script, &mut data, &[], grant).unwrap();
        assert_eq!(run.ended, Ended::Done, "of\n{script}");
        match blocks.peek() {
            Some(("prints", expected)) => assert_eq!(run.log, *expected, "of\n{script}"),
            _ => assert!(!run.outputs.is_empty(), "shows nothing:\n{script}"),
        }
    }
    assert!(examples >= 10, "{examples}");
}

#[test]
fn the_document_lists_every_dataset_column_verb_and_output() {
    for dataset in folkmoot_reports::datasets() {
        assert!(DOCUMENT.contains(&format!("`{}`", dataset.name)), "{}", dataset.name);
        for column in dataset.columns {
            assert!(DOCUMENT.contains(&format!("`{}`", column.name)), "{}.{}", dataset.name, column.name);
        }
    }
    for word in [
        "where",
        "select",
        "drop",
        "rename",
        "add",
        "month",
        "year",
        "share",
        "sort",
        "head",
        "top",
        "distinct",
        "group",
        "count",
        "sum",
        "mean",
        "median",
        "min",
        "max",
        "agg",
        "pivot",
        "join",
        "metric",
        "table",
        "bar_chart",
        "line_chart",
        "histogram",
        "note",
        "download",
        "alert",
        "money",
    ] {
        assert!(DOCUMENT.contains(&format!("`{word}(")), "{word}");
    }
}
