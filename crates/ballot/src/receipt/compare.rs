//! Two statements by one log, side by side: both honest, or the log has signed two histories.
//!
//! An inclusion path names the hashes of whole ranges of leaves. Since a log only ever appends, the hash of a
//! range of leaves can never change once the range is full; so two statements that give one range two hashes
//! cannot both be true, and whoever holds both holds the proof, without any help from the server.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::ReceiptError;
use super::checkpoint::{Checkpoint, SignedCheckpoint};
use super::key::VerifierKey;
use super::proof::Receipt;
use super::tree::{Hash, fold_inclusion, leaf_hash, node_hash};

/// A statement signed by a log: a receipt, or a checkpoint alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// A voter's receipt.
    Receipt(Receipt),
    /// A checkpoint from a mail, a witness or the server.
    Checkpoint(SignedCheckpoint),
}

impl Evidence {
    /// Read either kind of file.
    ///
    /// # Errors
    /// See [`Receipt::parse`] and [`SignedCheckpoint::parse`].
    pub fn parse(text: &str) -> Result<Self, ReceiptError> {
        match text.starts_with("c2sp.org/tlog-proof@") {
            true => Receipt::parse(text).map(Self::Receipt),
            false => SignedCheckpoint::parse(&text.replace("\r\n", "\n")).map(Self::Checkpoint),
        }
    }

    fn verify(&self, key: &VerifierKey) -> Result<View<'_>, ReceiptError> {
        let (checkpoint, receipt) = match self {
            Self::Receipt(r) => (r.verify(key, None)?.checkpoint, Some(r)),
            Self::Checkpoint(c) => (c.verify(key)?.clone(), None),
        };
        let mut ranges = BTreeMap::from([((0, checkpoint.size), checkpoint.root)]);
        if let Some(r) = receipt {
            fold_inclusion(
                r.index(),
                checkpoint.size,
                leaf_hash(r.event()),
                r.path(),
                &mut |lo, hi, hash| {
                    ranges.insert((lo, hi), hash);
                },
            );
        }
        Ok(View { checkpoint, receipt, ranges })
    }
}

/// A verified statement: the hash of every range of leaves that follows from it.
struct View<'a> {
    checkpoint: Checkpoint,
    receipt: Option<&'a Receipt>,
    ranges: BTreeMap<(u64, u64), Hash>,
}

/// Why two statements cannot both be honest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    /// One size, two roots.
    Roots {
        /// Number of events in both.
        size: u64,
    },
    /// Two different events at one position.
    Events {
        /// The position.
        index: u64,
    },
    /// The same range of events, two hashes.
    Range {
        /// First event of the range.
        start: u64,
        /// One past its last event.
        end: u64,
    },
    /// An event that names another parent than the event signed for the position before it.
    Parent {
        /// Position of the event whose parent is wrong.
        index: u64,
    },
}

/// What follows from two statements signed by one log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    /// They describe one history. Sizes of the two logs, in the order given.
    Consistent {
        /// Events in the first and in the second.
        sizes: (u64, u64),
    },
    /// They cannot both be honest: the two files together are the proof.
    Equivocation(Conflict),
    /// Nothing contradicts, but the shorter log is not shown to be a prefix of the longer. A consistency proof
    /// (or the archive) settles it.
    Open {
        /// Events in the shorter log.
        old: u64,
        /// Events in the longer log.
        new: u64,
    },
}

/// Compare two statements signed with `key`.
///
/// # Errors
/// When one of them does not verify, or they are about different logs ([`ReceiptError::Origin`]): then nothing
/// follows.
pub fn compare(a: &Evidence, b: &Evidence, key: &VerifierKey) -> Result<Comparison, ReceiptError> {
    let (a, b) = (a.verify(key)?, b.verify(key)?);
    let (x, y) = (&a.checkpoint, &b.checkpoint);
    if x.origin != y.origin {
        return Err(ReceiptError::Origin { found: y.origin.clone(), expected: x.origin.clone() });
    }
    if x.size == y.size && x.root != y.root {
        return Ok(Comparison::Equivocation(Conflict::Roots { size: x.size }));
    }
    if let Some(conflict) = contradiction(&a, &b) {
        return Ok(Comparison::Equivocation(conflict));
    }
    let (old, new) = if x.size <= y.size { (&a, &b) } else { (&b, &a) };
    let shown = old.checkpoint.size == new.checkpoint.size
        || old.checkpoint.size == 0
        || prefix_from(&new.ranges, old.checkpoint.size) == Some(old.checkpoint.root);
    Ok(match shown {
        true => Comparison::Consistent { sizes: (x.size, y.size) },
        false => Comparison::Open { old: old.checkpoint.size, new: new.checkpoint.size },
    })
}

/// Compare two statements with the help of a consistency proof from the shorter log to the longer one.
/// A proof that does not verify decides nothing: anyone can make up a wrong one.
///
/// # Errors
/// Those of [`compare`], and [`ReceiptError::NotConsistent`] for a proof that does not verify.
pub fn compare_with_proof(
    a: &Evidence,
    b: &Evidence,
    key: &VerifierKey,
    proof: &[Hash],
) -> Result<Comparison, ReceiptError> {
    let verdict = compare(a, b, key)?;
    if !matches!(verdict, Comparison::Open { .. }) {
        return Ok(verdict);
    }
    let (x, y) = (a.verify(key)?.checkpoint, b.verify(key)?.checkpoint);
    let (old, new) = if x.size <= y.size { (&x, &y) } else { (&y, &x) };
    old.check_extension(new, proof)?;
    Ok(Comparison::Consistent { sizes: (x.size, y.size) })
}

fn contradiction(a: &View<'_>, b: &View<'_>) -> Option<Conflict> {
    if let (Some(r), Some(s)) = (a.receipt, b.receipt) {
        if r.index() == s.index() && r.event() != s.event() {
            return Some(Conflict::Events { index: r.index() });
        }
        let (first, second) = if r.index() < s.index() { (r, s) } else { (s, r) };
        if first.index().checked_add(1) == Some(second.index()) {
            let hash: String = Sha256::digest(first.event()).iter().map(|b| format!("{b:02x}")).collect();
            let parent = super::proof::EventSummary::parse(second.event()).ok().and_then(|e| e.parent);
            if parent.is_some_and(|p| p != hash) {
                return Some(Conflict::Parent { index: second.index() });
            }
        }
    }
    let differing =
        a.ranges.iter().find(|(range, hash)| b.ranges.get(range).is_some_and(|other| other != *hash));
    if let Some(((start, end), _)) = differing {
        return Some(match end - start {
            1 => Conflict::Events { index: *start },
            _ => Conflict::Range { start: *start, end: *end },
        });
    }
    // The root of the shorter log, rebuilt from what the longer one says about the same events.
    let (old, new) = if a.checkpoint.size <= b.checkpoint.size { (a, b) } else { (b, a) };
    match prefix_from(&new.ranges, old.checkpoint.size) {
        Some(root) if root != old.checkpoint.root => Some(Conflict::Roots { size: old.checkpoint.size }),
        _ => None,
    }
}

/// Root of the first `size` leaves, when the ranges known suffice to compute it.
fn prefix_from(ranges: &BTreeMap<(u64, u64), Hash>, size: u64) -> Option<Hash> {
    if size == 0 {
        return None;
    }
    // The peaks of a tree of this size, left to right, then joined from the right (RFC 6962, 2.1).
    let (mut lo, mut peaks) = (0, Vec::new());
    for bit in (0..64).rev().filter(|bit| size >> bit & 1 == 1) {
        let hi = lo + (1u64 << bit);
        peaks.push(*ranges.get(&(lo, hi))?);
        lo = hi;
    }
    let mut peaks = peaks.into_iter().rev();
    let last = peaks.next()?;
    Some(peaks.fold(last, |right, left| node_hash(&left, &right)))
}
