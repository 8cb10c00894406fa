//! Lots that anybody can draw again.
//!
//! The order is fixed by a seed: candidate numbers sorted by SHA-256(seed, NUL, decimal number). The seed of an
//! election joins the closed ballot box, a value committed before the vote and a public value produced after the
//! close ([`seed`]), so that nobody can choose it. Names never enter.
//!
//! ```
//! use folkmoot_counting::lot;
//! assert_eq!(lot::order("2026-board-election", 5), [3, 2, 4, 1, 0]);
//! ```

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// First line of the bytes hashed into a seed.
pub const SEED_RULE: &str = "folkmoot-lot-1";

/// The seed of rule `folkmoot-lot-1`: lower-case hexadecimal SHA-256 of the rule's name, LF, the hash of the
/// EndBallots event as published, LF, the value committed before the vote, LF, the public value after the close.
///
/// The three values are taken as UTF-8, exactly as published, without a line end after the last.
pub fn seed(end_ballots_hash: &str, committed: &str, public: &str) -> String {
    let mut h = Sha256::new();
    for (i, part) in [SEED_RULE, end_ballots_hash, committed, public].iter().enumerate() {
        if i > 0 {
            h.update(b"\n");
        }
        h.update(part.as_bytes());
    }
    hex(&h.finalize())
}

/// The candidates 0..`n` in order of luck, luckiest first, for this seed.
pub fn order(seed: &str, n: usize) -> Vec<usize> {
    let mut drawn: Vec<([u8; 32], usize)> = (0..n)
        .map(|c| {
            let mut h = Sha256::new();
            h.update(seed.as_bytes());
            h.update([0u8]);
            h.update(c.to_string().as_bytes());
            (h.finalize().into(), c)
        })
        .collect();
    drawn.sort_unstable();
    drawn.into_iter().map(|(_, c)| c).collect()
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |d: u8| char::from(DIGITS.get(usize::from(d)).copied().unwrap_or(b'0'));
    bytes.iter().flat_map(|&b| [digit(b >> 4), digit(b & 15)]).collect()
}

/// Where the order of luck comes from. A lot is used only where the method's own rules leave a tie.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum Lot {
    /// Nothing was drawn yet: a tie that needs a lot is an error that names the tied ([`crate::CountError::LotNeeded`]).
    #[default]
    Undrawn,
    /// The order of the candidates' numbers. For repeating counts of others; not a fair lot.
    CandidateOrder,
    /// From a seed, see [`order`].
    Seed {
        /// The seed, as published.
        seed: String,
    },
    /// Agreed by the candidates or drawn by hand, with the reason on record.
    Agreed {
        /// Every candidate once, luckiest first.
        order: Vec<usize>,
        /// Who agreed, or how it was drawn.
        reason: String,
    },
    /// Each tie by itself: by the first of these orders that holds everybody in it, otherwise by the seed. Without a seed
    /// such a tie stays open, as with [`Lot::Undrawn`].
    Separately {
        /// What tied candidates agreed on, best first, in the order in which it was recorded.
        agreed: Vec<Vec<usize>>,
        /// The seed, once it is published.
        seed: Option<String>,
    },
}
