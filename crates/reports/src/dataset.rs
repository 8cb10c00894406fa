//! What a report may read: named datasets with declared columns, and the questions asked of them.
//!
//! The rows come from elsewhere, through [`DataSource`]; here a question is checked before anything is read. There is no
//! dataset of ballots, credentials, or of who voted (REP-02).

mod catalogue;
mod query;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use catalogue::{all, find};
pub use query::{Condition, Filter, Grant, Query, Refusal, RowsRequest};

/// What a column holds, and how it travels as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// A string.
    Text,
    /// A whole number.
    Integer,
    /// A number with a fraction.
    Number,
    /// An amount in the smallest unit of its currency (cents), a whole number.
    Money,
    /// A day, `2026-06-01`; in Python a `date`.
    Date,
    /// An instant in UTC to the minute, `2026-06-01T12:00`; in Python a `datetime`.
    Time,
    /// True or false.
    Flag,
}

/// One column of a dataset.
#[derive(Debug, PartialEq, Eq)]
pub struct Column {
    /// As scripts write it.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
    /// Names a person or leads to one: only with a grant and a reason.
    pub personal: bool,
    /// Its numbers count people, so that small ones are withheld.
    pub counts: bool,
    /// One line for authors.
    pub about: &'static str,
}

/// Rows of one kind.
#[derive(Debug, PartialEq, Eq)]
pub struct Dataset {
    /// As scripts call it.
    pub name: &'static str,
    /// One line for authors.
    pub about: &'static str,
    /// A row stands for a person, so that counts of rows are counts of people and small ones are withheld.
    pub people: bool,
    /// In the order of the documentation.
    pub columns: &'static [Column],
}

impl Dataset {
    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// Values of one row, in the order of [`Query::columns`].
pub type Row = Vec<Value>;

/// Takes rows as they are read; an error ends the reading.
pub type Sink<'a> = dyn FnMut(Vec<Row>) -> Result<(), DataError> + 'a;

/// Where rows come from. The web layer implements it over its store, tests and the demo in memory.
pub trait DataSource {
    /// Reads the rows of a checked question and hands them over in batches of at most a few thousand, always in the same
    /// order for the same data. Filters must have been applied.
    ///
    /// # Errors
    /// Whatever keeps the rows from being read; the run ends with it.
    fn rows(&mut self, query: &Query, sink: &mut Sink<'_>) -> Result<(), DataError>;

    /// What a parameter of kind `election` offers: identifier and title, the latest first.
    ///
    /// # Errors
    /// Whatever keeps them from being read.
    fn elections(&mut self) -> Result<Vec<(String, String)>, DataError>;
}

/// Rows could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The source failed.
    #[error("the data could not be read: {0}")]
    Source(String),
    /// The report is being stopped; nobody takes the rows any more.
    #[error("the report was stopped")]
    Stopped,
}
