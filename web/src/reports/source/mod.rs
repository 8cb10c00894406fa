//! The datasets of reports, read from the store inside one transaction: a report sees one state of the organisation.
//!
//! `people` has members, dues and payments, `voting` elections and what belongs to them, `organs` bodies, motions and awards,
//! `records` mails, the audit log and erasures.

mod dues;
mod organs;
mod people;
mod records;
mod voting;

use folkmoot_reports::{DataError, DataSource, Query, Row, Sink};
use folkmoot_store::elections::{self, Election};
use folkmoot_store::{Conn, Utc};
use serde_json::Value;

use crate::error::AppResult;

/// Rows asked of the database at a time.
const BATCH: i64 = 2_000;

/// The store as a source of rows, at an instant.
pub struct Source<'a> {
    conn: &'a mut Conn,
    now: Utc,
    money: bool,
}

impl<'a> Source<'a> {
    /// Over one transaction, without amounts of money.
    pub fn new(conn: &'a mut Conn, now: Utc) -> Self {
        Self { conn, now, money: false }
    }

    /// With amounts, for those who may see them.
    #[must_use]
    pub fn with_money(mut self, money: bool) -> Self {
        self.money = money;
        self
    }
}

impl DataSource for Source<'_> {
    fn rows(&mut self, query: &Query, sink: &mut Sink<'_>) -> Result<(), DataError> {
        match query.dataset.name {
            "members" => self.members(query, sink),
            "deliveries" => self.deliveries(query, sink),
            "audit" => self.audit(query, sink),
            name => {
                let rows = match name {
                    "dues" => self.dues(),
                    "elections" => self.all_elections(),
                    "turnout" => self.turnout(query),
                    "funnel" => self.funnel(query),
                    "roll" => self.roll(query),
                    "results" => self.results(query),
                    "payments" => self.payments(),
                    "erasures" => self.erasures(),
                    "motions" => self.motions(),
                    "nominations" => self.nominations(query),
                    "awards" => self.awards(),
                    "seats" => self.seats(),
                    "roster" => self.roster(),
                    "participation" => self.participation(),
                    other => return Err(DataError::Source(format!("no rows are known for {other}"))),
                };
                hand(query, sink, rows.map_err(|e| failed(&e))?)
            }
        }
    }

    fn elections(&mut self) -> Result<Vec<(String, String)>, DataError> {
        let mut all = elections::list(self.conn).map_err(|e| failed(&e))?;
        // Those that have begun before those that are to come: most reports are about what has happened.
        let now = self.now;
        let begun = |election: &Election| election.opens_at.is_some_and(|at| at <= now);
        all.sort_by_key(|election| std::cmp::Reverse((begun(election), election.opens_at, election.id)));
        Ok(all.into_iter().map(|election| (election.slug, election.title)).collect())
    }
}

type Rows = AppResult<Vec<Value>>;

fn failed(error: &dyn std::fmt::Display) -> DataError {
    DataError::Source(error.to_string())
}

/// Whether the question looks at a column.
fn wants(query: &Query, name: &str) -> bool {
    query.columns.iter().any(|column| column.name == name)
        || query.filters.iter().any(|filter| filter.column == name)
}

/// Hands over what meets the filters.
fn hand(query: &Query, sink: &mut Sink<'_>, rows: Vec<Value>) -> Result<(), DataError> {
    let value = |row: &Value, name: &str| row.get(name).cloned().unwrap_or(Value::Null);
    let picked: Vec<Row> = rows
        .iter()
        .filter(|row| query.meets(|name| value(row, name)))
        .map(|row| query.pick(|name| value(row, name)))
        .collect();
    sink(picked)
}

/// As a column of days holds it.
fn day(at: Utc) -> String {
    at.datetime().format("%Y-%m-%d").to_string()
}

/// As a column of instants holds it: no finer than a minute.
fn minute(at: Utc) -> String {
    at.datetime().format("%Y-%m-%dT%H:%M").to_string()
}
