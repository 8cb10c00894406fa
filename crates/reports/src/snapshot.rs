//! What a run has read, frozen: the same script on the same snapshot gives the same report.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::dataset::{DataError, DataSource, Query, Row, Sink};

/// SHA-256 of a script's text, in hexadecimal; printed on its reports, so that a reader can tell which version ran.
pub fn script_hash(script: &str) -> String {
    hex(&Sha256::digest(script.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One question with its rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Answer {
    query: Value,
    rows: Vec<Row>,
}

/// Questions in order, with their rows, as JSON.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Snapshot {
    elections: Vec<(String, String)>,
    answers: Vec<Answer>,
}

/// A snapshot that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("this is no snapshot of a report: {0}")]
pub struct SnapshotError(#[from] serde_json::Error);

impl Snapshot {
    /// Reads a snapshot.
    ///
    /// # Errors
    /// The text is no snapshot.
    pub fn from_json(text: &str) -> Result<Snapshot, SnapshotError> {
        Ok(serde_json::from_str(text)?)
    }

    /// The text to keep.
    ///
    /// # Errors
    /// None in practice; the serialiser's.
    pub fn to_json(&self) -> Result<String, SnapshotError> {
        Ok(serde_json::to_string(self)?)
    }
}

/// A snapshot answers the questions it has seen, and no others.
impl DataSource for Snapshot {
    fn rows(&mut self, query: &Query, sink: &mut Sink<'_>) -> Result<(), DataError> {
        let asked = query.describe();
        match self.answers.iter().find(|answer| answer.query == asked) {
            Some(answer) => sink(answer.rows.clone()),
            None => Err(DataError::Source(format!("the snapshot has no answer to {asked}"))),
        }
    }

    fn elections(&mut self) -> Result<Vec<(String, String)>, DataError> {
        Ok(self.elections.clone())
    }
}

/// Keeps what another source answers.
pub struct Recorder<'a> {
    source: &'a mut dyn DataSource,
    snapshot: Snapshot,
}

impl<'a> Recorder<'a> {
    /// Before a run.
    pub fn new(source: &'a mut dyn DataSource) -> Recorder<'a> {
        Recorder { source, snapshot: Snapshot::default() }
    }

    /// After it.
    pub fn snapshot(self) -> Snapshot {
        self.snapshot
    }
}

impl DataSource for Recorder<'_> {
    fn rows(&mut self, query: &Query, sink: &mut Sink<'_>) -> Result<(), DataError> {
        let mut kept = Vec::new();
        self.source.rows(query, &mut |rows| {
            kept.extend(rows.iter().cloned());
            sink(rows)
        })?;
        self.snapshot.answers.push(Answer { query: query.describe(), rows: kept });
        Ok(())
    }

    fn elections(&mut self) -> Result<Vec<(String, String)>, DataError> {
        self.snapshot.elections = self.source.elections()?;
        Ok(self.snapshot.elections.clone())
    }
}

/// Hash of everything a run has read, in order: questions and rows, however they were cut into batches.
#[derive(Default)]
pub(crate) struct DataHash(Sha256);

impl DataHash {
    pub(crate) fn question(&mut self, query: &Query) {
        self.line(&query.describe());
    }

    pub(crate) fn row(&mut self, row: &Row) {
        // Straight into the hash: a text for each row would cost more than the hashing.
        let _ = serde_json::to_writer(&mut Hasher(&mut self.0), row);
        self.0.update(b"\n");
    }

    fn line(&mut self, value: &Value) {
        let _ = serde_json::to_writer(&mut Hasher(&mut self.0), value);
        self.0.update(b"\n");
    }

    pub(crate) fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

struct Hasher<'a>(&'a mut Sha256);

impl std::io::Write for Hasher<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
