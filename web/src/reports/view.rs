//! What came of a run, as pages and mails show it.

use folkmoot_reports::{Cell, CellKind, Ended, Failure, Limits, Output, Run, Shape, chart};

use crate::markdown;

/// One output, ready for the template.
pub enum Shown {
    /// Figures in a row.
    Metrics(Vec<Metric>),
    /// A table, perhaps below a picture.
    Table(Table),
    /// Clean HTML.
    Note {
        /// From Markdown, sanitised.
        html: String,
    },
    /// A warning.
    Alert {
        /// In the script's words.
        text: String,
    },
    /// A file.
    File {
        /// Its name, without an ending.
        name: String,
        /// Place among the outputs.
        number: usize,
    },
}

/// A figure in large print.
pub struct Metric {
    /// What it counts.
    pub label: String,
    /// With its unit.
    pub value: String,
    /// What to know about it.
    pub note: String,
}

/// A table with its picture.
pub struct Table {
    /// Its title.
    pub title: String,
    /// The picture; empty when there is none.
    pub svg: String,
    /// Headings, and whether numbers stand below.
    pub heads: Vec<(String, bool)>,
    /// Cells, and whether they are numbers.
    pub rows: Vec<Vec<(String, bool)>>,
    /// The sums below, where there are any.
    pub totals: Vec<(String, bool)>,
    /// Rows that are not shown, because the page would be too long.
    pub more: usize,
    /// Place among the outputs, for files.
    pub number: usize,
}

/// A failure with the author's line.
pub struct Fault {
    /// Line in the script, counted from one.
    pub line: Option<u32>,
    /// Its text.
    pub source: String,
    /// What is wrong.
    pub words: String,
    /// What to do.
    pub advice: String,
}

/// What came of a run.
pub struct Outcome {
    /// Outputs in order.
    pub shown: Vec<Shown>,
    /// Why it failed.
    pub fault: Option<Fault>,
    /// Why it was stopped.
    pub stopped: String,
    /// What it printed.
    pub log: String,
    /// What a reader needs to have it run again, in one line.
    pub footer: String,
    /// Where files are asked for; empty when they are not offered.
    pub files: String,
}

/// Rows shown on a page; a file has all.
const MOST_ROWS: usize = 500;

/// A run for a page.
#[must_use]
pub fn outcome(run: &Run, files: String) -> Outcome {
    let fault = match &run.ended {
        Ended::Failed(failure) => Some(Fault {
            line: failure.line,
            source: failure.source.clone(),
            words: format!("{}: {}", failure.exception, failure.message),
            advice: failure.advice.clone(),
        }),
        _ => None,
    };
    let stopped = match &run.ended {
        Ended::Stopped(stop) => stop.words(&Limits::default()),
        _ => String::new(),
    };
    Outcome { shown: shown(&run.outputs), fault, stopped, log: run.log.clone(), footer: footer(run), files }
}

/// A failure in one line: the author's line and the words.
#[must_use]
pub fn fault_words(failure: &Failure) -> String {
    match failure.line {
        Some(line) => format!("Line {line}: {}: {}", failure.exception, failure.message),
        None => format!("{}: {}", failure.exception, failure.message),
    }
}

/// All outputs of a run; figures that follow each other stand in one row.
#[must_use]
pub fn shown(outputs: &[Output]) -> Vec<Shown> {
    let mut all = Vec::new();
    for (number, output) in outputs.iter().enumerate() {
        match (one(number, output), all.last_mut()) {
            (Shown::Metrics(new), Some(Shown::Metrics(row))) => row.extend(new),
            (new, _) => all.push(new),
        }
    }
    all
}

/// A figure in words: its value with its unit.
#[must_use]
pub fn figure(value: &Cell, kind: CellKind, unit: &str) -> String {
    let gap = if unit.is_empty() || unit == "%" { "" } else { " " };
    format!("{}{gap}{unit}", value.words(kind))
}

fn one(number: usize, output: &Output) -> Shown {
    match output {
        Output::Metric { label, value, value_kind, unit, note, .. } => Shown::Metrics(vec![Metric {
            label: label.clone(),
            value: figure(value, *value_kind, unit),
            note: note.clone(),
        }]),
        Output::Note { text } => Shown::Note { html: markdown::html(text) },
        Output::Alert { text } => Shown::Alert { text: text.clone() },
        Output::Download { name, .. } => Shown::File { name: name.clone(), number },
        Output::Table { title, shape, total, totals } => {
            Shown::Table(table(number, title, shape, String::new(), &sums(shape, total, totals)))
        }
        Output::Histogram { title, shape } => Shown::Table(table(number, title, shape, picture(output), &[])),
        Output::BarChart(p) | Output::LineChart(p) => {
            Shown::Table(table(number, &p.title, &p.shape, picture(output), &[]))
        }
    }
}

fn picture(output: &Output) -> String {
    chart::svg(output).unwrap_or_default()
}

/// The sum of each column, where there is one.
fn sums(shape: &Shape, total: &[String], totals: &[Cell]) -> Vec<Option<Cell>> {
    let sum = |name: &str| total.iter().zip(totals).find(|(of, _)| *of == name).map(|(_, sum)| sum.clone());
    if total.is_empty() { Vec::new() } else { shape.columns.iter().map(|head| sum(&head.name)).collect() }
}

fn table(number: usize, title: &str, shape: &Shape, svg: String, sums: &[Option<Cell>]) -> Table {
    let numeric = |at: usize| shape.columns.get(at).is_some_and(|head| head.kind.is_number());
    let kind = |at: usize| shape.columns.get(at).map_or(CellKind::Text, |head| head.kind);
    let rows = shape.words();
    let more = rows.len().saturating_sub(MOST_ROWS);
    let cells =
        |row: Vec<String>| row.into_iter().enumerate().map(|(at, text)| (text, numeric(at))).collect();
    let total = |(at, sum): (usize, &Option<Cell>)| match sum {
        Some(sum) => (sum.words(kind(at)), true),
        None if at == 0 => ("Total".to_owned(), false),
        None => (String::new(), false),
    };
    Table {
        title: if title.is_empty() { "Table".to_owned() } else { title.to_owned() },
        svg,
        heads: shape.columns.iter().map(|head| (heading(&head.name), head.kind.is_number())).collect(),
        rows: rows.into_iter().take(MOST_ROWS).map(cells).collect(),
        totals: sums.iter().enumerate().map(total).collect(),
        more,
        number,
    }
}

/// A heading that can be seen, also for the column of an empty value.
fn heading(name: &str) -> String {
    if name.trim().is_empty() { "(none)".to_owned() } else { name.to_owned() }
}

/// Title and rows of an output that has rows.
#[must_use]
pub fn titled(output: &Output) -> Option<(&str, &Shape)> {
    match output {
        Output::Table { title, shape, .. } | Output::Histogram { title, shape } => Some((title, shape)),
        Output::BarChart(picture) | Output::LineChart(picture) => Some((&picture.title, &picture.shape)),
        Output::Download { name, shape } => Some((name, shape)),
        Output::Metric { .. } | Output::Note { .. } | Output::Alert { .. } => None,
    }
}

/// The beginning of a hash, for reading.
#[must_use]
pub fn short(hash: &str) -> &str {
    hash.get(..16).unwrap_or(hash)
}

fn footer(run: &Run) -> String {
    let memory = run.usage.peak_memory.map(|bytes| format!(", {} MiB", bytes >> 20)).unwrap_or_default();
    format!(
        "Script {}, data {}: {} rows, {} ms{memory}.",
        short(&run.script_hash),
        short(&run.data_hash),
        run.usage.rows,
        run.usage.wall_millis
    )
}

/// The first paragraph of a script's description.
#[must_use]
pub fn first_paragraph(script: &str) -> String {
    let text = script.strip_prefix("\"\"\"").and_then(|rest| rest.split("\"\"\"").next()).unwrap_or_default();
    text.trim().split("\n\n").last().unwrap_or_default().replace('\n', " ")
}

/// Letters, digits and hyphens of a title, for the name of a file.
#[must_use]
pub fn file_name(title: &str) -> String {
    let plain: String = title
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(40)
        .collect();
    let parts: Vec<&str> = plain.split('-').filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { "table".to_owned() } else { parts.join("-") }
}
