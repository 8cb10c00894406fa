//! Receipts, checkpoints and the append-only log of an election.
//!
//! Leaf *i* of the log is the exact text of event *i* of the archive, so anyone who holds a `.bel` file can
//! rebuild the tree; nothing is added to the archive itself. The parts, each after its public specification:
//!
//! * [`Tree`], [`verify_inclusion`], [`verify_consistency`]: the Merkle tree of RFC 6962 over SHA-256;
//! * [`Note`], [`SigningKey`], [`VerifierKey`]: C2SP `signed-note` with Ed25519 keys;
//! * [`Checkpoint`], [`SignedCheckpoint`]: C2SP `tlog-checkpoint`, and `tlog-cosignature` for witnesses;
//! * [`Receipt`]: C2SP `tlog-proof`, what a voter keeps;
//! * [`compare`]: two statements by one log, and the proof of equivocation when they cannot both be honest;
//! * [`tiles`]: C2SP `tlog-tiles`, the static files that publish the tree.
//!
//! A receipt shows that the server *promised* to count a ballot. If the archive published later lacks it, the
//! receipt and the archive's checkpoint together prove the server dishonest, to anyone, offline.

mod checkpoint;
mod compare;
mod key;
mod note;
mod proof;
pub mod tiles;
mod tree;

pub use checkpoint::{Checkpoint, Cosignature, SignedCheckpoint};
pub use compare::{Comparison, Conflict, Evidence, compare, compare_with_proof};
pub use key::{KeyKind, SigningKey, VerifierKey};
pub use note::{Note, NoteSignature};
pub use proof::{EventSummary, Receipt, VerifiedReceipt};
pub use tree::{Hash, Tree, leaf_hash, node_hash, verify_consistency, verify_inclusion};

/// Why a key, checkpoint, receipt or proof was refused. Each message says what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// The text is longer than any honest statement of this kind.
    #[error("the {0} is longer than {1} bytes; make sure that you chose the right file")]
    TooLong(&'static str, usize),
    /// The text does not have the shape that its specification asks for.
    #[error("not a valid {what}: {why}; ask for the file again, and do not edit it")]
    Malformed {
        /// What was being read.
        what: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A key text is wrong in itself.
    #[error("not a valid key: {0}; copy the whole key line from the election's description")]
    Key(&'static str),
    /// A key of the wrong sort: a log key where a witness key is needed, or the other way round.
    #[error("the key {0} is of the wrong sort: checkpoints need a log key, cosignatures a witness key")]
    KeyKind(String),
    /// No signature of the expected key is there.
    #[error("there is no signature by {0}; check that this is the key of this election's server")]
    NotSigned(String),
    /// A signature that claims to be of the expected key is wrong: forged or altered text.
    #[error("the signature by {0} is wrong: the text was altered, or this is not the server's statement")]
    BadSignature(String),
    /// The statement is about another log.
    #[error("this is a statement about {found}, not about {expected}")]
    Origin {
        /// Origin line that was found.
        found: String,
        /// Origin line that was expected.
        expected: String,
    },
    /// The inclusion proof does not lead to the checkpoint's root.
    #[error("the receipt does not prove that event {0} is in the log; the receipt is worthless as it stands")]
    NotIncluded(u64),
    /// The consistency proof does not connect the two checkpoints.
    #[error("the proof does not show that the log of {new} events extends the log of {old} events")]
    NotConsistent {
        /// Events in the older log.
        old: u64,
        /// Events in the newer log.
        new: u64,
    },
    /// A tree was asked for a position or size that it does not have.
    #[error("the log has {size} events; event or size {asked} is beyond its end")]
    OutOfRange {
        /// What was asked for.
        asked: u64,
        /// Events in the log.
        size: u64,
    },
    /// The log rebuilt from an archive differs from what the server signed.
    #[error("the archive's first {size} events are not the ones that the server signed")]
    ArchiveDiffers {
        /// Events covered by the signed statement.
        size: u64,
    },
    /// The archive ends before the signed statement.
    #[error("the archive has {have} events, but the server signed {signed}; get a newer copy of the archive")]
    ArchiveShort {
        /// Events in the archive.
        have: u64,
        /// Events covered by the signed statement.
        signed: u64,
    },
}
