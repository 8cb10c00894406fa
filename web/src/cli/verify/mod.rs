//! `folkmoot verify`: the whole archive of an election, checked by anybody.

mod receipts;
mod shown;

use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use folkmoot_ballot::archive::Record;
use folkmoot_ballot::json::Value;
use folkmoot_ballot::verify::{Observer, Options, Policy, Progress, Report, continues, verify_archive};

use super::archive::{self, Bar};
use receipts::{Receipts, Verdict};
pub use shown::plain;

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// Archive of the election (.bel)
    archive: PathBuf,
    /// An older copy of the archive, which this one must continue
    #[arg(long, value_name = "FILE")]
    since: Option<PathBuf>,
    /// A receipt that the archive must honour; repeat for more
    #[arg(long = "receipt", value_name = "FILE")]
    receipts: Vec<PathBuf>,
    /// Key of the server that signed the receipts, if the election's description does not name it
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Ballots that must count at least
    #[arg(long, value_name = "NUMBER")]
    quorum: Option<u64>,
    /// Members entitled to vote
    #[arg(long, value_name = "NUMBER")]
    roll: Option<u64>,
    /// Sum of the weights of the members entitled to vote
    #[arg(long, value_name = "NUMBER")]
    roll_weight: Option<u64>,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
    /// Threads; all cores without it
    #[arg(long, value_name = "NUMBER")]
    threads: Option<usize>,
}

/// All that was found out.
struct Outcome {
    report: Report,
    /// Whether the archive continues the older copy.
    continues: Option<bool>,
    receipts: Vec<Verdict>,
    /// The election object, once it was read.
    election: Option<Value>,
}

impl Outcome {
    fn is_valid(&self) -> bool {
        self.report.is_valid()
            && self.continues != Some(false)
            && self.receipts.iter().all(Verdict::is_honoured)
    }
}

/// Follows a verification: progress, receipts, the texts of the election.
struct Watcher {
    bar: Bar,
    receipts: Receipts,
    election: Option<Value>,
}

impl Observer for Watcher {
    fn record(&mut self, record: &Record) {
        if record.event.height == 0 {
            self.election = record.objects.first().and_then(|o| Value::parse(&o.data).ok());
        }
        self.receipts.record(record);
    }

    fn progress(&mut self, progress: Progress) {
        self.bar.show(progress);
    }
}

impl Verify {
    /// Verifies and prints. Exit status 0: valid; 1: not; 2: a file cannot be read.
    ///
    /// # Errors
    /// None: what cannot be read is reported here, because its exit status differs.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        match self.outcome() {
            Ok(outcome) => {
                match self.json {
                    true => println!("{}", shown::json(&outcome)),
                    false => print!("{}", shown::text(&outcome)),
                }
                Ok(ExitCode::from(u8::from(!outcome.is_valid())))
            }
            Err(error) => {
                eprintln!("folkmoot: {error:#}");
                Ok(ExitCode::from(2))
            }
        }
    }

    fn outcome(&self) -> anyhow::Result<Outcome> {
        let file = archive::open(&self.archive)?;
        let since = self.since.as_deref().map(archive::open).transpose()?;
        let receipts = Receipts::read(&self.receipts, self.key.as_deref())?;
        let policy = Policy { quorum: self.quorum, roll_size: self.roll, roll_weight: self.roll_weight };
        let options = Options { threads: self.threads, policy, ..Options::default() };
        let length =
            file.metadata().with_context(|| format!("{} cannot be read", self.archive.display()))?.len();
        let mut watcher = Watcher { bar: Bar::new(length), receipts, election: None };
        let report = verify_archive(std::io::BufReader::new(file), &options, &mut watcher)
            .with_context(|| format!("{} cannot be read", self.archive.display()))?;
        let continues = match since {
            Some(older) => Some(self.continues(older)?),
            None => None,
        };
        let Watcher { receipts, election, .. } = watcher;
        let description = election.as_ref().and_then(|e| e.get("description")).and_then(|d| d.as_str().ok());
        let receipts = receipts.judge(description.unwrap_or_default());
        Ok(Outcome { report, continues, receipts, election })
    }

    fn continues(&self, older: File) -> anyhow::Result<bool> {
        continues(older, archive::open(&self.archive)?).context("the two copies cannot be compared")
    }
}
