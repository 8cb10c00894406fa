//! Data in memory: any rows, and an invented organisation for tests, documentation and trying a report out.
//!
//! The organisation is the same every time. Nobody in it exists.

mod people;
mod votes;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::dataset::{self, DataError, DataSource, Query, Row, Sink};

/// Rows by name of dataset, each a map from column to value.
#[derive(Debug, Clone, Default)]
pub struct InMemory {
    rows: BTreeMap<&'static str, Vec<Map<String, Value>>>,
    elections: Vec<(String, String)>,
}

/// How many rows are handed over at once.
const BATCH: usize = 2_000;

impl InMemory {
    /// Nothing.
    pub fn new() -> InMemory {
        InMemory::default()
    }

    /// Adds a row given as a JSON object; what it does not name is empty.
    ///
    /// # Errors
    /// There is no such dataset, no such column, or the row is no object.
    pub fn add(&mut self, dataset: &str, row: Value) -> Result<(), DataError> {
        let known = dataset::find(dataset)
            .ok_or_else(|| DataError::Source(format!("there is no dataset {dataset}")))?;
        let Value::Object(row) = row else { return Err(DataError::Source("a row is an object".to_owned())) };
        if let Some(unknown) = row.keys().find(|name| known.column(name).is_none()) {
            return Err(DataError::Source(format!("{dataset} has no column {unknown}")));
        }
        self.rows.entry(known.name).or_default().push(row);
        Ok(())
    }

    /// Offers an election to choose; the latest is added first.
    pub fn offer(&mut self, id: &str, title: &str) {
        self.elections.push((id.to_owned(), title.to_owned()));
    }

    /// The rows of a dataset, for comparing.
    pub fn of(&self, dataset: &str) -> &[Map<String, Value>] {
        self.rows.get(dataset).map_or(&[], Vec::as_slice)
    }
}

impl DataSource for InMemory {
    fn rows(&mut self, query: &Query, sink: &mut Sink<'_>) -> Result<(), DataError> {
        let mut batch: Vec<Row> = Vec::new();
        for row in self.rows.get(query.dataset.name).into_iter().flatten() {
            let value = |name: &str| row.get(name).cloned().unwrap_or(Value::Null);
            if query.meets(value) {
                batch.push(query.pick(value));
            }
            if batch.len() == BATCH {
                sink(std::mem::take(&mut batch))?;
            }
        }
        sink(batch)
    }

    fn elections(&mut self) -> Result<Vec<(String, String)>, DataError> {
        Ok(self.elections.clone())
    }
}

/// An invented foundation of about 1,400 members, two elections, an award, three bodies; as of 1 June 2026.
pub fn organisation() -> InMemory {
    let mut data = InMemory::new();
    let mut dice = Dice(0x5eed);
    people::fill(&mut data, &mut dice);
    votes::fill(&mut data, &mut dice);
    data
}

/// The day on which the sample stands.
pub fn today() -> chrono::NaiveDate {
    chrono::NaiveDate::from_ymd_opt(2026, 6, 1).unwrap_or_default()
}

/// `count` members with a tier, a source, a status and a day of joining, for measurements.
pub fn many_members(count: usize) -> InMemory {
    let mut data = InMemory::new();
    let mut dice = Dice(7);
    for _ in 0..count {
        let row = serde_json::json!({"tier": dice.of(TIERS), "source": dice.of(SOURCES), "status": dice.of(&["active", "active", "active", "lapsed"]), "joined": dice.day(2001, 25)});
        data.put("members", row);
    }
    data
}

impl InMemory {
    /// Adds a row of the sample, whose columns a test checks.
    fn put(&mut self, dataset: &'static str, row: Value) {
        if let Value::Object(row) = row {
            self.rows.entry(dataset).or_default().push(row);
        }
    }
}

const TIERS: &[&str] = &["supporting", "supporting", "supporting", "contributing", "contributing", "fellow"];
const SOURCES: &[&str] = &[
    "dues",
    "dues",
    "dues",
    "dues",
    "joined",
    "joined",
    "joined",
    "application",
    "application",
    "import",
    "nomination",
    "staff",
];

/// Reproducible chance (SplitMix64); not for anything that must be unpredictable.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `bound`, which is not zero.
    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        let at = self.below(choices.len() as u64) as usize;
        choices.get(at).copied().unwrap_or_default()
    }

    /// A day within so many years from the first of January of a year.
    fn day(&mut self, from: i32, years: u64) -> String {
        let days = self.below(years * 365);
        let first = chrono::NaiveDate::from_ymd_opt(from, 1, 1).unwrap_or_default();
        (first + chrono::TimeDelta::days(days as i64)).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_fills_every_dataset_and_only_with_declared_columns() {
        let data = organisation();
        for dataset in dataset::all() {
            let rows = data.of(dataset.name);
            assert!(!rows.is_empty(), "{} is empty", dataset.name);
            for column in dataset.columns {
                assert!(
                    rows.iter().any(|row| row.get(column.name).is_some_and(|value| !value.is_null())),
                    "{}.{} is never filled",
                    dataset.name,
                    column.name
                );
            }
            let unknown = rows.iter().flat_map(Map::keys).find(|name| dataset.column(name).is_none());
            assert_eq!(unknown, None, "in {}", dataset.name);
        }
    }
}
