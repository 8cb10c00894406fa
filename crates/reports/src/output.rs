//! What a script shows, as data: checked here, drawn elsewhere.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a column of an output holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CellKind {
    /// Words.
    Text,
    /// Whole numbers.
    Integer,
    /// Numbers.
    Number,
    /// Decimal fractions, as numbers.
    Decimal,
    /// Whole cents.
    Money,
    /// Per cent.
    Percent,
    /// `2026-06-01`.
    Date,
    /// `2026-06-01T12:00:00`, UTC.
    Time,
    /// True or false.
    Flag,
}

impl CellKind {
    /// Set flush right.
    pub fn is_number(self) -> bool {
        matches!(
            self,
            CellKind::Integer | CellKind::Number | CellKind::Decimal | CellKind::Money | CellKind::Percent
        )
    }
}

/// Where a column comes from, for withholding small numbers of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Says nothing about how many people there are.
    #[default]
    Key,
    /// Counts people.
    Count,
    /// The part of a whole that a count of people is.
    Share,
    /// The part of a whole of anything else.
    Percent,
    /// Computed from counts of people in the same row.
    Figure,
    /// A figure about the people behind the row.
    Measure,
    /// A figure about people whose number is not known: never shown.
    Withheld,
}

/// A column of an output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Its heading.
    pub name: String,
    /// What it holds.
    pub kind: CellKind,
    /// Where it comes from.
    #[serde(default)]
    pub role: Role,
    /// Not shown: a count that decides what is withheld. Never in an output that leaves [`crate::Runner`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guard: bool,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// True or false.
    Flag(bool),
    /// A whole number; cents for money.
    Integer(i64),
    /// A number.
    Number(f64),
    /// Words, days, instants.
    Text(String),
    /// A number of people, or about people, that is too small to show.
    Withheld {
        /// Always true.
        withheld: bool,
    },
}

impl Cell {
    /// The cell that stands for a small number.
    pub const WITHHELD: Cell = Cell::Withheld { withheld: true };

    /// As a number, for charts and totals.
    pub fn number(&self) -> Option<f64> {
        match self {
            Cell::Integer(whole) => Some(*whole as f64),
            Cell::Number(real) => Some(*real),
            _ => None,
        }
    }

    /// In words, as tables show it.
    pub fn words(&self, kind: CellKind) -> String {
        match (self, kind) {
            (Cell::Empty, _) => String::new(),
            (Cell::Flag(flag), _) => if *flag { "yes" } else { "no" }.to_owned(),
            (Cell::Withheld { .. }, _) => "fewer than 10".to_owned(),
            (Cell::Integer(cents), CellKind::Money) => money(*cents),
            (Cell::Integer(whole), _) => whole.to_string(),
            (Cell::Number(real), CellKind::Percent) => format!("{real:.1} %"),
            (Cell::Number(real), _) => trimmed(*real),
            (Cell::Text(text), CellKind::Time) => text.replacen('T', " ", 1),
            (Cell::Text(text), _) => text.clone(),
        }
    }
}

/// Cents with thousands apart: 1,234.50.
fn money(cents: i64) -> String {
    let digits = (cents.unsigned_abs() / 100).to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{}{grouped}.{:02}", if cents < 0 { "-" } else { "" }, cents.unsigned_abs() % 100)
}

/// At most three digits behind the point, none that say nothing.
fn trimmed(real: f64) -> String {
    let text = format!("{real:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Columns and rows of an output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shape {
    /// Headings.
    pub columns: Vec<Head>,
    /// Values, one row after the other.
    pub rows: Vec<Vec<Cell>>,
    /// How many people stand behind each row; for withholding, dropped before anything is kept.
    #[serde(default, skip_serializing)]
    pub sizes: Option<Vec<Option<u64>>>,
}

impl Shape {
    /// Place of the column of this name.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|head| head.name == name)
    }

    /// All cells in words.
    pub fn words(&self) -> Vec<Vec<String>> {
        let line = |row: &Vec<Cell>| {
            row.iter().zip(&self.columns).map(|(cell, head)| cell.words(head.kind)).collect()
        };
        self.rows.iter().map(line).collect()
    }
}

/// A chart: numbers over something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// Its title.
    pub title: String,
    /// Column along the bottom, or down the side for bars.
    pub x: String,
    /// Columns that are drawn.
    pub y: Vec<String>,
    /// The numbers, which are also shown as a table.
    #[serde(flatten)]
    pub shape: Shape,
}

/// One output of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Output {
    /// One figure in large print.
    Metric {
        /// What it is.
        label: String,
        /// The figure.
        value: Cell,
        /// What kind of figure.
        value_kind: CellKind,
        /// It counts people.
        #[serde(default)]
        people: bool,
        /// Behind the figure.
        unit: String,
        /// A sentence below.
        note: String,
    },
    /// A table.
    Table {
        /// Its title.
        title: String,
        /// Columns added up below.
        total: Vec<String>,
        /// The sums of these columns, added up here and before anything is withheld.
        #[serde(default)]
        totals: Vec<Cell>,
        /// The rows.
        #[serde(flatten)]
        shape: Shape,
    },
    /// Bars.
    BarChart(Picture),
    /// Lines.
    LineChart(Picture),
    /// How often values fall into ranges; columns `from`, `to`, `count`.
    Histogram {
        /// Its title.
        title: String,
        /// The ranges.
        #[serde(flatten)]
        shape: Shape,
    },
    /// A paragraph in Markdown, not yet cleaned: whoever shows it cleans it.
    Note {
        /// The text.
        text: String,
    },
    /// A file to fetch, as CSV and as a workbook.
    Download {
        /// Name of the file, without ending.
        name: String,
        /// The rows.
        #[serde(flatten)]
        shape: Shape,
    },
    /// A warning.
    Alert {
        /// The text.
        text: String,
    },
}

/// An output that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an output of the report is not well formed: {0}")]
pub struct OutputError(pub String);

const MOST_COLUMNS: usize = 60;
const LONGEST_TITLE: usize = 300;
const MOST_SERIES: usize = 8;

impl Output {
    /// Checks what the child sent.
    ///
    /// # Errors
    /// It is no output, or its parts do not fit together.
    pub fn parse(value: Value) -> Result<Output, OutputError> {
        let mut output: Output =
            serde_json::from_value(value).map_err(|error| OutputError(error.to_string()))?;
        if let Some(shape) = output.shape() {
            check(shape)?;
        }
        if let Output::Table { total, totals, shape, .. } = &mut output {
            *totals = total.iter().map(|name| sum(shape, name)).collect::<Result<_, _>>()?;
        }
        let (titles, pictures): (Vec<&str>, Option<&Picture>) = match &output {
            Output::Metric { label, unit, note, .. } => (vec![label, unit, note], None),
            Output::Table { title, .. } | Output::Histogram { title, .. } => (vec![title], None),
            Output::BarChart(picture) | Output::LineChart(picture) => {
                (vec![&picture.title, &picture.x], Some(picture))
            }
            Output::Download { name, .. } => (vec![name], None),
            Output::Note { .. } | Output::Alert { .. } => (vec![], None),
        };
        if let Some(long) = titles.iter().find(|title| title.len() > LONGEST_TITLE) {
            return Err(OutputError(format!("a title of {} bytes; at most {LONGEST_TITLE}", long.len())));
        }
        if let Some(picture) = pictures {
            let missing =
                picture.y.iter().chain([&picture.x]).find(|name| picture.shape.place(name).is_none());
            if picture.y.is_empty() || picture.y.len() > MOST_SERIES || missing.is_some() {
                return Err(OutputError(format!(
                    "the chart {:?} needs one to {MOST_SERIES} columns of its table",
                    picture.title
                )));
            }
        }
        Ok(output)
    }

    /// Its rows, if it has any.
    pub fn shape(&self) -> Option<&Shape> {
        match self {
            Output::Table { shape, .. }
            | Output::Histogram { shape, .. }
            | Output::Download { shape, .. } => Some(shape),
            Output::BarChart(picture) | Output::LineChart(picture) => Some(&picture.shape),
            Output::Metric { .. } | Output::Note { .. } | Output::Alert { .. } => None,
        }
    }

    /// Its rows, to change.
    pub(crate) fn shape_mut(&mut self) -> Option<&mut Shape> {
        match self {
            Output::Table { shape, .. }
            | Output::Histogram { shape, .. }
            | Output::Download { shape, .. } => Some(shape),
            Output::BarChart(picture) | Output::LineChart(picture) => Some(&mut picture.shape),
            Output::Metric { .. } | Output::Note { .. } | Output::Alert { .. } => None,
        }
    }
}

/// A column added up; empty cells count nothing.
fn sum(shape: &Shape, name: &str) -> Result<Cell, OutputError> {
    let place =
        shape.place(name).ok_or_else(|| OutputError(format!("there is no column {name:?} to add up")))?;
    let cells = || shape.rows.iter().filter_map(|row| row.get(place));
    if cells().all(|cell| matches!(cell, Cell::Integer(_) | Cell::Empty)) {
        let whole = |cell: &Cell| if let Cell::Integer(number) = cell { *number } else { 0 };
        return Ok(Cell::Integer(cells().fold(0, |sum, cell| sum.saturating_add(whole(cell)))));
    }
    Ok(Cell::Number(cells().filter_map(Cell::number).sum()))
}

fn check(shape: &Shape) -> Result<(), OutputError> {
    let width = shape.columns.len();
    if width == 0 && !shape.rows.is_empty() || width > MOST_COLUMNS {
        return Err(OutputError(format!("a table of {width} columns; at most {MOST_COLUMNS}")));
    }
    if shape.rows.iter().any(|row| row.len() != width) {
        return Err(OutputError("a row is longer or shorter than the headings".to_owned()));
    }
    if shape.sizes.as_ref().is_some_and(|sizes| sizes.len() != shape.rows.len()) {
        return Err(OutputError("not every row says how many people stand behind it".to_owned()));
    }
    for row in &shape.rows {
        for (cell, head) in row.iter().zip(&shape.columns) {
            let fits = match cell {
                Cell::Empty => true,
                Cell::Flag(_) => head.kind == CellKind::Flag,
                Cell::Integer(_) => head.kind.is_number(),
                Cell::Number(real) => {
                    head.kind.is_number() && head.kind != CellKind::Integer && real.is_finite()
                }
                Cell::Text(_) => !head.kind.is_number() && head.kind != CellKind::Flag,
                Cell::Withheld { .. } => false,
            };
            if !fits {
                return Err(OutputError(format!(
                    "column {:?} holds something that is not {:?}",
                    head.name, head.kind
                )));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn a_table_comes_back_with_its_kinds() {
        let output = Output::parse(json!({"kind": "table", "title": "T", "total": [], "sizes": [12, null],
            "columns": [{"name": "a", "kind": "text"}, {"name": "n", "kind": "money", "role": "measure"}], "rows": [["x", 123450], [null, -5]]}));
        let words = output.unwrap().shape().unwrap().words();
        assert_eq!(words, [["x", "1,234.50"], ["", "-0.05"]]);
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let table = |columns: Value, rows: Value| {
            Output::parse(
                json!({"kind": "table", "title": "", "total": [], "columns": columns, "rows": rows}),
            )
        };
        assert!(table(json!([{"name": "a", "kind": "text"}]), json!([["x"]])).is_ok());
        assert!(table(json!([{"name": "a", "kind": "text"}]), json!([["x", "y"]])).is_err());
        assert!(table(json!([{"name": "a", "kind": "text"}]), json!([[1]])).is_err());
        assert!(table(json!([{"name": "a", "kind": "integer"}]), json!([["<b>"]])).is_err());
        assert!(table(json!([{"name": "a", "kind": "number"}]), json!([[{"withheld": true}]])).is_err());
        assert!(Output::parse(json!({"kind": "html", "text": "<b>"})).is_err());
        let chart = json!({"kind": "bar_chart", "title": "", "x": "a", "y": ["b"], "columns": [{"name": "a", "kind": "text"}], "rows": []});
        assert!(Output::parse(chart).is_err());
    }
}
