//! Receipts (C2SP `tlog-proof`): an event, its place in the log, and the signed checkpoint that covers it.

use std::fmt;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ReceiptError;
use super::checkpoint::{Checkpoint, SignedCheckpoint, base64_hash, decimal};
use super::key::{SigningKey, VerifierKey};
use super::note::MAX_NOTE;
use super::tree::{Hash, Tree, leaf_hash, verify_inclusion};

const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// An event has four short fields; the longest is below 300 bytes.
const MAX_EVENT: usize = 1024;
const MAX_RECEIPT: usize = MAX_NOTE + 16 * 1024;
const MAX_PATH: usize = 63;

/// What an event says, read from its exact bytes (`protocol.md` 2.11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventSummary {
    /// Hash of the event before, 64 hexadecimal digits; none for the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Position in the log, from 0.
    pub height: u64,
    /// `Setup`, `Ballot`, `EndBallots`, `EncryptedTally`, `Shuffle`, `EndShuffles`, `PartialDecryption`, `Result`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Hash of the object that the event brings, 64 hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
}

const KINDS: [&str; 8] = [
    "Setup",
    "Ballot",
    "EndBallots",
    "EncryptedTally",
    "Shuffle",
    "EndShuffles",
    "PartialDecryption",
    "Result",
];

impl EventSummary {
    /// Read an event in its one canonical form.
    ///
    /// # Errors
    /// [`ReceiptError::Malformed`] for any other text.
    pub fn parse(event: &[u8]) -> Result<Self, ReceiptError> {
        let bad = |why| ReceiptError::Malformed { what: "event", why };
        if event.len() > MAX_EVENT {
            return Err(ReceiptError::TooLong("event", MAX_EVENT));
        }
        let summary: Self =
            serde_json::from_slice(event).map_err(|_| bad("it does not have the fields of an event"))?;
        let canonical = serde_json::to_vec(&summary).map_err(|_| bad("it cannot be written again"))?;
        if canonical != event {
            return Err(bad("it is not in canonical form"));
        }
        let hashes = [&summary.parent, &summary.payload];
        if hashes.into_iter().flatten().any(|h| unhex(h).is_none()) {
            return Err(bad("a hash is not 64 hexadecimal digits"));
        }
        if !KINDS.contains(&summary.kind.as_str()) || (summary.height == 0) != summary.parent.is_none() {
            return Err(bad("its type is unknown, or its place does not fit its parent"));
        }
        Ok(summary)
    }

    /// The tracker of the ballot, when the event is one: base64 of its hash, 43 characters.
    pub fn tracker(&self) -> Option<String> {
        match self.kind.as_str() {
            "Ballot" => Some(STANDARD_NO_PAD.encode(unhex(self.payload.as_deref()?)?)),
            _ => None,
        }
    }
}

/// 64 lower-case hexadecimal digits as 32 bytes.
fn unhex(text: &str) -> Option<Hash> {
    let mut out = [0; 32];
    let digits = text.as_bytes();
    if digits.len() != 64 || digits.iter().any(|d| !matches!(d, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    for (i, byte) in out.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()?;
    }
    Some(out)
}

/// A voter's receipt. Nothing is verified before [`Receipt::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    event: Vec<u8>,
    index: u64,
    path: Vec<Hash>,
    checkpoint: SignedCheckpoint,
}

/// A receipt whose signature and inclusion were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedReceipt {
    /// The event that the server promised to keep.
    pub event: EventSummary,
    /// SHA-256 of the event, 64 hexadecimal digits: its name in the archive.
    pub event_hash: String,
    /// Position of the event in the log, from 0.
    pub index: u64,
    /// The checkpoint that covers it.
    pub checkpoint: Checkpoint,
}

impl Receipt {
    /// The receipt for event `index` of `tree`, whose exact bytes are `event`, under a checkpoint of the tree's
    /// present size signed by `key`.
    ///
    /// # Errors
    /// [`ReceiptError::OutOfRange`] when the tree has no such event, and those of [`Checkpoint::sign`].
    pub fn issue(
        origin: &str,
        tree: &Tree,
        index: u64,
        event: &[u8],
        key: &SigningKey,
    ) -> Result<Self, ReceiptError> {
        let checkpoint = Checkpoint::of(origin, tree).sign(key)?;
        Self::under(tree, index, event, checkpoint)
    }

    /// The receipt for event `index` of `tree` under a checkpoint that exists already.
    ///
    /// # Errors
    /// [`ReceiptError::OutOfRange`] when the tree or the checkpoint does not reach so far,
    /// [`ReceiptError::NotIncluded`] when `event` is not what the tree holds there.
    pub fn under(
        tree: &Tree,
        index: u64,
        event: &[u8],
        checkpoint: SignedCheckpoint,
    ) -> Result<Self, ReceiptError> {
        let stated = checkpoint.unverified();
        let path = tree.inclusion(index, stated.size)?;
        if !verify_inclusion(index, stated.size, leaf_hash(event), &path, &stated.root) {
            return Err(ReceiptError::NotIncluded(index));
        }
        Ok(Self { event: event.to_vec(), index, path, checkpoint })
    }

    /// Read a receipt file. Line ends that a mail program changed to CR LF are changed back.
    ///
    /// # Errors
    /// [`ReceiptError::TooLong`], or [`ReceiptError::Malformed`] with the rule that is broken.
    pub fn parse(text: &str) -> Result<Self, ReceiptError> {
        let bad = |why| ReceiptError::Malformed { what: "receipt", why };
        if text.len() > MAX_RECEIPT {
            return Err(ReceiptError::TooLong("receipt", MAX_RECEIPT));
        }
        let text = text.replace("\r\n", "\n");
        let (proof, note) =
            text.split_once("\n\n").ok_or(bad("there is no blank line before the checkpoint"))?;
        let mut lines = proof.split('\n');
        if lines.next() != Some(HEADER) {
            return Err(bad("it does not begin with c2sp.org/tlog-proof@v1"));
        }
        let event = lines
            .next()
            .and_then(|l| l.strip_prefix("extra "))
            .filter(|l| l.len() <= 2 * MAX_EVENT)
            .and_then(|l| STANDARD.decode(l).ok())
            .ok_or(bad("the line with the event is missing or wrong"))?;
        let index = lines
            .next()
            .and_then(|l| l.strip_prefix("index "))
            .and_then(decimal)
            .ok_or(bad("the line with the position is missing or wrong"))?;
        let path = lines
            .map(base64_hash)
            .collect::<Option<Vec<_>>>()
            .filter(|p| p.len() <= MAX_PATH)
            .ok_or(bad("a line of the inclusion path is wrong"))?;
        Ok(Self { event, index, path, checkpoint: SignedCheckpoint::parse(note)? })
    }

    /// Check signature, origin (when one is given) and inclusion.
    ///
    /// # Errors
    /// The first check that fails: signature, origin, inclusion, form of the event.
    pub fn verify(&self, key: &VerifierKey, origin: Option<&str>) -> Result<VerifiedReceipt, ReceiptError> {
        let checkpoint = self.checkpoint.verify(key)?;
        if let Some(expected) = origin.filter(|o| *o != checkpoint.origin) {
            return Err(ReceiptError::Origin {
                found: checkpoint.origin.clone(),
                expected: expected.to_owned(),
            });
        }
        if !verify_inclusion(
            self.index,
            checkpoint.size,
            leaf_hash(&self.event),
            &self.path,
            &checkpoint.root,
        ) {
            return Err(ReceiptError::NotIncluded(self.index));
        }
        let event = EventSummary::parse(&self.event)?;
        if event.height != self.index {
            return Err(ReceiptError::Malformed {
                what: "event",
                why: "its height is not its place in the log",
            });
        }
        let event_hash = Sha256::digest(&self.event).iter().map(|b| format!("{b:02x}")).collect();
        Ok(VerifiedReceipt { event, event_hash, index: self.index, checkpoint: checkpoint.clone() })
    }

    /// The exact bytes of the event.
    pub fn event(&self) -> &[u8] {
        &self.event
    }

    /// Position of the event in the log, from 0.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Inclusion path, from the leaf's sibling up.
    pub fn path(&self) -> &[Hash] {
        &self.path
    }

    /// The signed checkpoint inside.
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}\nextra {}\nindex {}", STANDARD.encode(&self.event), self.index)?;
        self.path.iter().try_for_each(|h| writeln!(f, "{}", STANDARD.encode(h)))?;
        write!(f, "\n{}", self.checkpoint)
    }
}
