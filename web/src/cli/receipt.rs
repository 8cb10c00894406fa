//! `folkmoot receipt`: what a voter's receipt proves.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, Subcommand};
use folkmoot_ballot::archive::{Limits, Records};
use folkmoot_ballot::ballot::tracker;
use folkmoot_ballot::json::Value;
use folkmoot_ballot::receipt::{
    Comparison, Conflict, Evidence, Hash, Receipt, Tree, VerifierKey, compare, compare_with_proof,
};

use super::{archive, files};

/// Arguments of `receipt`.
#[derive(Debug, Args)]
pub struct ReceiptCommand {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Check that the server signed a receipt, and that it covers the ballot
    Verify(Verify),
    /// Look for a contradiction between two receipts or checkpoints of one server
    Compare(Compare),
}

#[derive(Debug, Args)]
struct Verify {
    /// Receipt
    receipt: PathBuf,
    /// Key of the server: name+id+key, as the election's description prints it
    #[arg(long)]
    key: Option<String>,
    /// Archive of the election: its description names the key, and its events must be those that were signed
    #[arg(long, value_name = "FILE", required_unless_present = "key")]
    archive: Option<PathBuf>,
    /// The sealed ballot that the receipt should be for
    #[arg(long, value_name = "FILE")]
    ballot: Option<PathBuf>,
    /// The tracker that the receipt should be for
    #[arg(long)]
    tracker: Option<String>,
}

#[derive(Debug, Args)]
struct Compare {
    /// A receipt or checkpoint
    a: PathBuf,
    /// Another one
    b: PathBuf,
    /// Key of the server: name+id+key
    #[arg(long)]
    key: Option<String>,
    /// Archive of the election: names the key, and settles what the two files alone leave open
    #[arg(long, value_name = "FILE", required_unless_present = "key")]
    archive: Option<PathBuf>,
    /// Consistency proof of the server: one hash a line, base64
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
}

/// The server's key that a description holds: the first word that is a key line.
pub fn key_in_description(description: &str) -> Option<VerifierKey> {
    let trim = |word: &str| word.trim_matches(|c: char| "()[]<>,;.\"'`".contains(c)).to_owned();
    description.split_whitespace().find_map(|word| VerifierKey::parse(&trim(word)).ok())
}

fn key_of(key: Option<&str>, archive: Option<&Path>) -> anyhow::Result<VerifierKey> {
    if let Some(text) = key {
        return Ok(VerifierKey::parse(text)?);
    }
    let path = archive.context("give the server's key, or the archive whose description names it")?;
    let election = Value::parse(&archive::election_object(path)?)?;
    key_in_description(election.field("description")?.as_str()?)
        .context("the election's description names no key of a server; give it with --key")
}

/// The log of an archive.
fn tree_of(path: &Path) -> anyhow::Result<Tree> {
    let mut records = Records::open(archive::open(path)?, Limits::default())?;
    let mut tree = Tree::new();
    while let Some(record) = records.next_record()? {
        tree.push(&record.raw);
    }
    Ok(tree)
}

impl ReceiptCommand {
    /// Checks or compares. Exit status of `verify`: 0 genuine, 1 not. Of `compare`: 0 consistent, 1 the server has
    /// signed two histories, 3 open. 2: a file cannot be read.
    ///
    /// # Errors
    /// One sentence for a file that cannot be read.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let (outcome, wrong) = match &self.act {
            Act::Verify(a) => (a.run(), 1),
            Act::Compare(a) => (a.run(), 2),
        };
        Ok(ExitCode::from(match outcome {
            Ok(code) => code,
            Err(error) => {
                eprintln!("folkmoot: {error:#}");
                if error.chain().any(|e| e.is::<std::io::Error>()) { 2 } else { wrong }
            }
        }))
    }
}

impl Verify {
    fn run(&self) -> anyhow::Result<u8> {
        let key = key_of(self.key.as_deref(), self.archive.as_deref())?;
        let receipt = Receipt::parse(&files::read_text(&self.receipt)?)?;
        let verified = receipt.verify(&key, None)?;
        let found = verified.event.tracker();
        if let Some(path) = &self.ballot {
            let raw = files::read(path)?;
            let wanted = tracker(raw.strip_suffix(b"\n").unwrap_or(&raw));
            if found.as_deref() != Some(wanted.as_str()) {
                bail!("the receipt is for another ballot than {}", path.display());
            }
        }
        if self.tracker.is_some() && found != self.tracker {
            bail!("the receipt is for another tracker");
        }
        println!("The receipt is genuine: {} signed it.", key.name());
        println!("Log      {}", verified.checkpoint.origin);
        println!("Event    {} of {} ({})", verified.index, verified.checkpoint.size, verified.event.kind);
        if let Some(tracker) = found {
            println!("Tracker  {tracker}");
        }
        if let Some(path) = &self.archive {
            verified.checkpoint.check_tree(&tree_of(path)?)?;
            println!("The archive holds this event at this place.");
        }
        Ok(0)
    }
}

impl Compare {
    fn run(&self) -> anyhow::Result<u8> {
        let key = key_of(self.key.as_deref(), self.archive.as_deref())?;
        let read = |path: &Path| anyhow::Ok(Evidence::parse(&files::read_text(path)?)?);
        let (a, b) = (read(&self.a)?, read(&self.b)?);
        let mut verdict = compare(&a, &b, &key)?;
        if let (Comparison::Open { .. }, Some(path)) = (&verdict, &self.proof) {
            let hash = |line: &str| STANDARD.decode(line).ok().and_then(|b| Hash::try_from(b).ok());
            let proof: Option<Vec<Hash>> = files::read_text(path)?.lines().map(hash).collect();
            let proof = proof.with_context(|| format!("{} is no consistency proof", path.display()))?;
            verdict = compare_with_proof(&a, &b, &key, &proof)?;
        }
        if let (Comparison::Open { old, new }, Some(path)) = (&verdict, &self.archive) {
            let proof = tree_of(path)?.consistency(*old, *new)?;
            verdict = compare_with_proof(&a, &b, &key, &proof)?;
        }
        Ok(match verdict {
            Comparison::Consistent { sizes: (x, y) } => {
                println!("Consistent: both describe one history, at {x} and at {y} events.");
                0
            }
            Comparison::Equivocation(conflict) => {
                println!("EQUIVOCATION: {}.", sentence(&conflict));
                println!(
                    "Both files carry the signature of {}; together they prove it to anybody.",
                    key.name()
                );
                1
            }
            Comparison::Open { old, new } => {
                println!(
                    "Open: nothing contradicts, but {new} events are not shown to continue the {old} events."
                );
                println!("Ask the server for the consistency proof, or give the archive with --archive.");
                3
            }
        })
    }
}

fn sentence(conflict: &Conflict) -> String {
    match conflict {
        Conflict::Roots { size } => format!("the server signed two different logs of {size} events"),
        Conflict::Events { index } => format!("the server signed two different events for place {index}"),
        Conflict::Range { start, end } => {
            format!("the server signed two different histories of events {start} to {}", end - 1)
        }
        Conflict::Parent { index } => {
            format!("event {index} does not follow the event that the server signed before it")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::key_in_description;

    #[test]
    fn the_key_is_found_in_a_description() {
        let key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let found =
            key_in_description(&format!("Board election.\nReceipts are signed with ({key}).")).unwrap();
        assert_eq!(found.to_string(), key);
        assert!(key_in_description("nothing+here+at all").is_none());
    }
}
