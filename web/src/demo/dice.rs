//! Chance of the demonstration: the same seed gives the same people and the same events on every machine.

use crate::chance::{Chance, SeededChance};
use crate::error::{AppError, AppResult};

/// A stream of numbers, fixed by seed and label. Each phase throws its own, so that a change in one leaves the others alone.
#[derive(Debug)]
pub struct Dice(SeededChance);

impl Dice {
    /// The stream named `label` of this seed.
    #[must_use]
    pub fn new(seed: u64, label: &str) -> Self {
        let mut input = seed.to_be_bytes().to_vec();
        input.extend_from_slice(label.as_bytes());
        let digest = ring::digest::digest(&ring::digest::SHA256, &input);
        let mut start = [0; 8];
        for (to, from) in start.iter_mut().zip(digest.as_ref()) {
            *to = *from;
        }
        Self(SeededChance::new(u64::from_be_bytes(start)))
    }

    /// `N` bytes.
    ///
    /// # Errors
    /// Never for this source; the type is that of every source.
    pub fn bytes<const N: usize>(&self) -> AppResult<[u8; N]> {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes).map_err(AppError::internal)?;
        Ok(bytes)
    }

    /// A number from 0 to `n - 1`; 0 when `n` is 0. The bias of at most `n / 2^64` does not matter here.
    #[must_use]
    pub fn below(&self, n: usize) -> usize {
        let Ok(bytes) = self.bytes::<8>() else { return 0 };
        let n = u64::try_from(n).unwrap_or(u64::MAX).max(1);
        usize::try_from(u64::from_be_bytes(bytes) % n).unwrap_or(0)
    }

    /// True `percent` times in a hundred.
    #[must_use]
    pub fn chance(&self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of `items`; `None` when there are none.
    #[must_use]
    pub fn pick<'a, T>(&self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }
}
