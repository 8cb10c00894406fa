//! Randomness that survives a bad generator.

use std::convert::Infallible;

use rand_core::{CryptoRng, TryCryptoRng, TryRng};
use sha2::{Digest, Sha512};
use zeroize::Zeroizing;

/// A generator seeded with fresh randomness *and* the secrets and the message of one operation.
///
/// If the operating system's generator repeats itself or is known to an attacker, two different operations still
/// get unrelated nonces, so no signature or proof gives its secret away (protocol 5.3, item 6).
pub struct Hedged {
    key: Zeroizing<[u8; 64]>,
    counter: u64,
    spare: Zeroizing<Vec<u8>>,
}

impl Hedged {
    /// Mixes 32 bytes of `rng` with the named operation's inputs; each input is length-prefixed.
    pub fn new(rng: &mut dyn CryptoRng, operation: &str, inputs: &[&[u8]]) -> Self {
        let mut fresh = Zeroizing::new([0u8; 32]);
        rng.fill_bytes(fresh.as_mut());
        let mut hash = Sha512::new();
        hash.update(b"folkmoot hedged seed|");
        for part in std::iter::once(operation.as_bytes())
            .chain(std::iter::once(fresh.as_slice()))
            .chain(inputs.iter().copied())
        {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self { key: Zeroizing::new(hash.finalize().into()), counter: 0, spare: Zeroizing::new(Vec::new()) }
    }

    fn fill(&mut self, to: &mut [u8]) {
        for byte in to {
            if self.spare.is_empty() {
                let block = Sha512::new()
                    .chain_update(b"folkmoot hedged output|")
                    .chain_update(self.key.as_slice())
                    .chain_update(self.counter.to_be_bytes())
                    .finalize();
                self.counter = self.counter.wrapping_add(1);
                self.spare.extend_from_slice(&block);
            }
            *byte = self.spare.pop().unwrap_or_default();
        }
    }
}

impl TryRng for Hedged {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.fill(&mut bytes);
        Ok(u32::from_be_bytes(bytes))
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        Ok(u64::from_be_bytes(bytes))
    }
    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
        self.fill(to);
        Ok(())
    }
}

impl TryCryptoRng for Hedged {}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::Rng;

    /// A generator that is stuck.
    struct Stuck;
    impl TryRng for Stuck {
        type Error = Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            Ok(0)
        }
        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            Ok(0)
        }
        fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
            to.fill(0);
            Ok(())
        }
    }
    impl TryCryptoRng for Stuck {}

    #[test]
    fn a_stuck_generator_still_gives_different_nonces_for_different_inputs() {
        let draw = |inputs: &[&[u8]]| Hedged::new(&mut Stuck, "test", inputs).next_u64();
        assert_ne!(draw(&[b"a", b"b"]), draw(&[b"a", b"c"]));
        assert_ne!(draw(&[b"ab", b""]), draw(&[b"a", b"b"]));
        assert_eq!(draw(&[b"a"]), draw(&[b"a"]));
        let mut rng = Hedged::new(&mut Stuck, "test", &[]);
        assert_ne!(rng.next_u64(), rng.next_u64());
    }
}
