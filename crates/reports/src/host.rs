//! The parent's side: start a child, answer its questions, take its outputs, end it when it takes too much.

mod conversation;

use std::io::{BufReader, BufWriter, Read};
use std::path::PathBuf;
use std::process::{ChildStderr, Command, ExitStatus, Stdio};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::child::CHILD_ARGUMENT;
use crate::dataset::{DataError, DataSource, Grant};
use crate::declaration::{Declaration, ParameterError};
use crate::failure::Failure;
use crate::output::Output;
use crate::sandbox::{Layer, Limits};
use crate::watch::{Cancel, Watched};
use conversation::Conversation;

/// Why a run was ended from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// Longer than the limit by the wall.
    Wall,
    /// More processor time than the limit.
    Processor,
    /// More memory than the limit.
    Memory,
    /// More output than the limit.
    Output,
    /// More rows than the limit.
    Rows,
    /// Somebody cancelled it.
    Cancelled,
    /// It called on the system for something reports may not do.
    Forbidden,
    /// The interpreter fell over; nesting that is too deep does this.
    Crashed,
}

impl Stop {
    /// What happened and what to do, for the author.
    pub fn words(&self, limits: &Limits) -> String {
        let mebi = |bytes: u64| bytes / (1 << 20);
        match self {
            Stop::Wall => format!("The report took longer than {} seconds and was stopped. Ask for fewer rows, or look for a loop without end.", limits.wall_millis / 1000),
            Stop::Processor => format!("The report computed for more than {} seconds and was stopped. Look for a loop without end, or group before computing.", limits.processor_seconds),
            Stop::Memory => format!("The report needed more than {} MiB of memory and was stopped. Ask for fewer columns or rows.", mebi(limits.resident)),
            Stop::Output => format!("The report put out more than {} KiB and was stopped. Show fewer rows, and print less.", limits.output / 1024),
            Stop::Rows => format!("The report asked for more than {} rows and was stopped. Narrow it with filters.", limits.rows),
            Stop::Cancelled => "The report was cancelled.".to_owned(),
            Stop::Forbidden => "The report called on the system for something that reports may not do, such as sleeping or opening files, and was stopped.".to_owned(),
            Stop::Crashed => "The interpreter fell over this script. Brackets or functions nested very deeply do this.".to_owned(),
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The script came to its end.
    Done,
    /// It failed; outputs made before are kept apart from the last good ones.
    Failed(Failure),
    /// It was ended.
    Stopped(Stop),
}

/// What a run took.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// By the wall, in milliseconds, from the start of the process.
    pub wall_millis: u64,
    /// Processor time of the child in milliseconds; unknown when it was ended.
    pub processor_millis: Option<u64>,
    /// Most memory of the child in bytes; unknown when it was ended.
    pub peak_memory: Option<u64>,
    /// Rows read.
    pub rows: u64,
}

/// Everything that came of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// How it ended.
    pub ended: Ended,
    /// What the script says about itself; `None` when its text could not be read.
    pub declaration: Option<Declaration>,
    /// In order, small numbers of people withheld unless the run had a grant for personal data.
    pub outputs: Vec<Output>,
    /// What it printed.
    pub log: String,
    /// What it took.
    pub usage: Usage,
    /// SHA-256 of the script, hexadecimal.
    pub script_hash: String,
    /// SHA-256 of all it has read, hexadecimal.
    pub data_hash: String,
    /// The questions that were answered, for the audit log.
    pub questions: Vec<Value>,
    /// Reasons under which personal columns were read.
    pub reasons: Vec<String>,
}

/// Something happened while a report runs; for progress.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The script runs.
    Started,
    /// Rows were read: of which dataset, how many so far.
    Rows(&'static str, u64),
    /// There is one more output.
    Output(usize),
}

/// A run could not be had. What a script does wrong is no such error but an [`Ended`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The child could not be started.
    #[error("the process for reports could not be started: {0}")]
    Start(#[source] std::io::Error),
    /// The kernel cannot hold a report.
    #[error("this machine cannot hold a report safely, so none is run: {}", .0.join("; "))]
    NotHeld(Vec<String>),
    /// Values for the form do not fit.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Parameters(Vec<ParameterError>),
    /// Rows could not be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The child does not keep to the protocol.
    #[error("the process for reports does not answer as it should: {0}")]
    Protocol(String),
}

/// What to run.
#[derive(Debug, Clone, Default)]
pub struct Job<'a> {
    /// The script's text.
    pub script: &'a str,
    /// Values of the form by key.
    pub parameters: &'a [(String, String)],
    /// What may be read.
    pub grant: Grant,
    /// The day that scripts see as `today`.
    pub today: chrono::NaiveDate,
    /// To end it early.
    pub cancel: Cancel,
}

/// Runs reports.
#[derive(Debug, Clone)]
pub struct Runner {
    program: PathBuf,
    limits: Limits,
    layers: Vec<Layer>,
    demanded: Vec<Layer>,
}

impl Runner {
    /// With the program that becomes the child when called with [`CHILD_ARGUMENT`] (usually `std::env::current_exe()`),
    /// all layers demanded.
    pub fn new(program: PathBuf, limits: Limits) -> Runner {
        Runner { program, limits, layers: Layer::ALL.to_vec(), demanded: Layer::ALL.to_vec() }
    }

    /// Runs although these layers may be missing. Only when the operator has said so: the interpreter alone holds nobody.
    #[must_use]
    pub fn even_without(mut self, layers: &[Layer]) -> Runner {
        self.demanded.retain(|layer| !layers.contains(layer));
        self
    }

    /// Uses these layers only. For the tests of each layer.
    #[must_use]
    pub fn with_only(mut self, layers: &[Layer]) -> Runner {
        self.layers = layers.to_vec();
        self.demanded = layers.to_vec();
        self
    }

    /// What a run may use.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Reads what a script declares, without running it.
    ///
    /// # Errors
    /// No child could be had. A script that cannot be read is a [`Run`] that failed.
    pub fn check(&self, script: &str) -> Result<Run, RunError> {
        let job = Job { script, ..Job::default() };
        self.converse(&job, None, &mut |_| {})
    }

    /// Runs a script.
    ///
    /// # Errors
    /// The child could not be had, the values do not fit the form, or rows could not be read. A script that fails or is
    /// stopped is a [`Run`] that says so.
    pub fn run(
        &self,
        job: &Job<'_>,
        source: &mut dyn DataSource,
        event: &mut dyn FnMut(Event),
    ) -> Result<Run, RunError> {
        self.converse(job, Some(source), event)
    }

    fn converse(
        &self,
        job: &Job<'_>,
        source: Option<&mut dyn DataSource>,
        event: &mut dyn FnMut(Event),
    ) -> Result<Run, RunError> {
        let started = Instant::now();
        let mut child = Command::new(&self.program)
            .arg(CHILD_ARGUMENT)
            .env_clear()
            // One arena: others reserve address space by the 64 MiB. No zone file: reports are in UTC.
            .envs([("MALLOC_ARENA_MAX", "1"), ("TZ", "UTC0")])
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(RunError::Start)?;
        let (Some(input), Some(output), Some(errors)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(RunError::Protocol("no pipes".to_owned()));
        };
        let complaints = std::thread::spawn(move || first_words(errors));
        let watched = Watched::new(child, self.limits, job.cancel.clone(), started);
        let mut conversation =
            Conversation::new(job, &self.limits, BufReader::new(output), BufWriter::new(input), &watched);
        let answer = conversation.hold(&self.layers, &self.demanded, source, event);
        let mut run = conversation.close();
        run.usage.wall_millis = started.elapsed().as_millis().try_into().unwrap_or(u64::MAX);
        let ended = match answer {
            Ok(Some(ended)) => ended,
            // The pipe ended before the script did.
            Ok(None) => {
                let status = watched.wait().map_err(RunError::Start)?;
                let complaint = complaints.join().unwrap_or_default();
                match watched.stopped().or_else(|| reason(status, &complaint)) {
                    Some(stop) => Ended::Stopped(stop),
                    None => return Err(RunError::Protocol(format!("{status}; {complaint}"))),
                }
            }
            Err(error) => return Err(error),
        };
        run.ended = watched.stopped().map_or(ended, Ended::Stopped);
        Ok(run)
    }
}

/// The beginning of what the child complains about; the rest is read and dropped, so that it never waits.
fn first_words(mut errors: ChildStderr) -> String {
    let mut kept = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(length) = errors.read(&mut piece) {
        if length == 0 {
            break;
        }
        kept.extend(piece.iter().take(length.min(4096_usize.saturating_sub(kept.len()))));
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// What ended a child that nobody killed.
#[cfg(unix)]
fn reason(status: ExitStatus, complaint: &str) -> Option<Stop> {
    use std::os::unix::process::ExitStatusExt;
    // Numbers are those of every Unix that Rust runs on, but for SIGSYS, which is Linux's.
    match status.signal() {
        Some(6) if complaint.contains("allocation") => Some(Stop::Memory),
        Some(4 | 6 | 7 | 8 | 11) => Some(Stop::Crashed),
        Some(9 | 24) => Some(Stop::Processor),
        Some(31) => Some(Stop::Forbidden),
        _ if complaint.contains("overflowed its stack") || complaint.contains("panicked") => {
            Some(Stop::Crashed)
        }
        _ => None,
    }
}

#[cfg(not(unix))]
fn reason(_: ExitStatus, complaint: &str) -> Option<Stop> {
    complaint.contains("allocation").then_some(Stop::Memory)
}
