//! The strict verifier of archives (protocol 2.11, 5 and 6).
//!
//! It reads an archive once from front to back, checks ballots on all cores in bounded batches, and accepts exactly
//! the canonical form of everything: one file, one chain, one order of events, one spelling of every object. Whatever
//! it refuses becomes a [`Finding`] with a number, a culprit and a sentence. Matters of policy (who shuffled, how many
//! trustees, the quorum) are findings too, but leave the archive valid.
//!
//! Memory: one batch of ballots, one large object (the roll, a shuffle) at a time, and some 150 bytes per credential
//! and 50 per ballot.

use std::io::{self, Read, Seek};

use crate::archive::{ArchiveError, Limits, Record, Records};
use crate::with_group;

mod ballots;
mod finding;
mod order;
mod outcome;
mod policy;
mod report;
mod setup;
mod standing;

pub use finding::{Code, Culprit, Finding, Severity};
pub use report::{Report, Summary};
pub use standing::{Standing, StandingError};

use setup::Verifier;

/// How to verify.
#[derive(Clone, Debug)]
pub struct Options {
    /// Threads; all cores without a number.
    pub threads: Option<usize>,
    /// Bounds on single objects.
    pub limits: Limits,
    /// Findings of each severity before the rest is left out.
    pub max_findings: usize,
    /// What people expect of this election.
    pub policy: Policy,
}

impl Default for Options {
    fn default() -> Self {
        Self { threads: None, limits: Limits::default(), max_findings: 1000, policy: Policy::default() }
    }
}

/// Expectations that the archive itself cannot state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Ballots that must count at least, once the tally is made.
    pub quorum: Option<u64>,
    /// Members entitled to vote: the number of public credentials.
    pub roll_size: Option<u64>,
    /// The sum of their weights.
    pub roll_weight: Option<u64>,
}

/// How far a verification is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the archive read.
    pub bytes: u64,
    /// Events read.
    pub events: u64,
    /// Ballots checked.
    pub ballots: u64,
}

/// Sees what a verification sees; every method may stay empty.
pub trait Observer {
    /// A record was read and fits the chain; its content is not verified yet. Receipts and trackers are looked up here.
    fn record(&mut self, record: &Record) {
        let _ = record;
    }
    /// Some work was done.
    fn progress(&mut self, progress: Progress) {
        let _ = progress;
    }
}

impl Observer for () {}

/// Verifies an archive.
///
/// # Errors
/// Only those of reading the input. Whatever is wrong with the content is a finding of the report.
pub fn verify_archive<R: Read + Seek>(
    input: R,
    options: &Options,
    observer: &mut dyn Observer,
) -> io::Result<Report> {
    let mut report = Report::default();
    match run(input, options, observer, &mut report) {
        Ok(()) => Ok(report),
        Err(ArchiveError::Io(error)) => Err(error),
        Err(error) => {
            record_error(&error, options, &mut report);
            Ok(report)
        }
    }
}

fn record_error(error: &ArchiveError, options: &Options, report: &mut Report) {
    let culprit = error.height().map_or(Culprit::Archive, |height| Culprit::Event { height });
    report.add(options.max_findings, code_of(error), culprit, error.to_string());
}

fn code_of(error: &ArchiveError) -> Code {
    match error {
        ArchiveError::Prologue => Code::NotAnArchive,
        ArchiveError::Duplicate { .. } => Code::DuplicateObject,
        ArchiveError::Dangling => Code::DanglingObjects,
        ArchiveError::Event { .. } => Code::EventMalformed,
        ArchiveError::Chain { .. } => Code::ChainBroken,
        ArchiveError::Objects { .. } => Code::EventObjects,
        _ => Code::Damaged,
    }
}

fn run<R: Read + Seek>(
    input: R,
    options: &Options,
    observer: &mut dyn Observer,
    report: &mut Report,
) -> Result<(), ArchiveError> {
    let mut records = Records::open(input, options.limits)?;
    let Some(first) = records.next_record()? else {
        report.add(
            options.max_findings,
            Code::EventOrder,
            Culprit::Archive,
            "the archive has no event".into(),
        );
        return Ok(());
    };
    observer.record(&first);
    let Some(id) = setup::group_of(&first, options, report) else { return Ok(()) };
    with_group!(id, G => {
        let Some(mut verifier) = Verifier::<G>::start(&first, options, report) else { return Ok(()) };
        // The verdict on what was read so far must be complete even if reading fails later on.
        let read = verifier.run(&mut records, observer);
        verifier.finish();
        read
    })
}

/// Whether `newer` continues `older`: an older copy of an archive is a prefix of every later one, byte for byte.
///
/// Both must have been verified; then a difference proves that events were removed or changed.
///
/// # Errors
/// Those of reading.
pub fn continues(mut older: impl Read, mut newer: impl Read) -> io::Result<bool> {
    let (mut a, mut b) = (vec![0u8; 1 << 16], vec![0u8; 1 << 16]);
    loop {
        let count = older.read(&mut a)?;
        if count == 0 {
            return Ok(true);
        }
        let Some(slot) = b.get_mut(..count) else { return Ok(false) };
        match newer.read_exact(slot) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            other => other?,
        }
        if a.get(..count) != Some(&*slot) {
            return Ok(false);
        }
    }
}
