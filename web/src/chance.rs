//! Randomness is an argument: secrets come from the system, tests and demonstrations from a seed.

use std::sync::atomic::{AtomicU64, Ordering};

/// A source of random bytes.
pub trait Chance: Send + Sync {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// A sentence when the system has no randomness to give; the caller must then stop.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), String>;
}

/// The system's generator.
#[derive(Debug, Clone, Copy)]
pub struct SystemChance;

impl Chance for SystemChance {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), String> {
        getrandom::fill(bytes).map_err(|e| format!("the system gave no random bytes: {e}"))
    }
}

/// SHA-256 of seed and counter. Predictable on purpose: never used by `serve`.
#[derive(Debug)]
pub struct SeededChance {
    seed: u64,
    counter: AtomicU64,
}

impl SeededChance {
    /// Starts the sequence of `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, counter: AtomicU64::new(0) }
    }
}

impl Chance for SeededChance {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), String> {
        for chunk in bytes.chunks_mut(32) {
            let n = self.counter.fetch_add(1, Ordering::SeqCst);
            let mut input = self.seed.to_be_bytes().to_vec();
            input.extend(n.to_be_bytes());
            let block = ring::digest::digest(&ring::digest::SHA256, &input);
            for (to, from) in chunk.iter_mut().zip(block.as_ref()) {
                *to = *from;
            }
        }
        Ok(())
    }
}
