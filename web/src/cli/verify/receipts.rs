//! Receipts held against an archive while it is verified.

use std::path::PathBuf;

use folkmoot_ballot::archive::{EventKind, Record};
use folkmoot_ballot::ballot::header;
use folkmoot_ballot::receipt::{Receipt, ReceiptError, Tree, VerifierKey};

use crate::cli::{files, receipt::key_in_description};

/// A receipt and what the archive says about its event.
struct Held {
    file: String,
    receipt: Receipt,
    /// Credential of the ballot at its place.
    credential: Option<String>,
    replaced: bool,
}

/// What became of a receipt.
pub(super) struct Verdict {
    pub file: String,
    /// The tracker, when the event is a ballot.
    pub tracker: Option<String>,
    /// A later ballot of the same credential counts instead.
    pub replaced: bool,
    pub problem: Option<ReceiptError>,
}

impl Verdict {
    pub fn is_honoured(&self) -> bool {
        self.problem.is_none()
    }
}

/// The receipts given, and the log of the archive as far as it was read.
pub(super) struct Receipts {
    key: Option<VerifierKey>,
    held: Vec<Held>,
    unreadable: Vec<Verdict>,
    tree: Tree,
}

impl Receipts {
    /// Reads the files. One that is no receipt is a verdict, not an error.
    pub fn read(paths: &[PathBuf], key: Option<&str>) -> anyhow::Result<Self> {
        let key = key.map(VerifierKey::parse).transpose()?;
        let mut all = Self { key, held: Vec::new(), unreadable: Vec::new(), tree: Tree::new() };
        for path in paths {
            let file = path.display().to_string();
            match Receipt::parse(&files::read_text(path)?) {
                Ok(receipt) => all.held.push(Held { file, receipt, credential: None, replaced: false }),
                Err(problem) => {
                    all.unreadable.push(Verdict {
                        file,
                        tracker: None,
                        replaced: false,
                        problem: Some(problem),
                    });
                }
            }
        }
        Ok(all)
    }

    /// Takes the next event of the archive.
    pub fn record(&mut self, record: &Record) {
        if self.held.is_empty() {
            return;
        }
        let height = self.tree.push(&record.raw);
        if record.event.kind != EventKind::Ballot {
            return;
        }
        let Some(header) = record.objects.first().and_then(|o| header(&o.data).ok()) else { return };
        for held in &mut self.held {
            if held.receipt.index() == height {
                held.credential = Some(header.credential.to_owned());
            } else if held.credential.as_deref() == Some(header.credential) {
                held.replaced = true;
            }
        }
    }

    /// Judges all receipts; the key may be named by the election's description.
    pub fn judge(self, description: &str) -> Vec<Verdict> {
        let key = self.key.or_else(|| key_in_description(description));
        let tree = &self.tree;
        let judge = |held: Held| {
            let Held { file, receipt, replaced, .. } = held;
            let checked = || {
                let key = key.as_ref().ok_or(ReceiptError::Key("give the server's key with --key"))?;
                let verified = receipt.verify(key, None)?;
                verified.checkpoint.check_tree(tree)?;
                Ok(verified.event.tracker())
            };
            match checked() {
                Ok(tracker) => Verdict { file, tracker, replaced, problem: None },
                Err(problem) => Verdict { file, tracker: None, replaced, problem: Some(problem) },
            }
        };
        let mut all: Vec<Verdict> = self.held.into_iter().map(judge).collect();
        all.extend(self.unreadable);
        all
    }
}
