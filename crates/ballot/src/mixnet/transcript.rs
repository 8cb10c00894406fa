//! What the challenges of a shuffle proof are computed from.

use sha2::{Digest, Sha256};

use super::{Mixnet, ShuffleProof};
use crate::elgamal::Ciphertext;
use crate::group::{Group, Scalar};
use crate::hash::hex;

/// "x1,x2,...," with the trailing comma that the mixnet, and only the mixnet, writes.
fn list<G: Group>(elements: &[G::Element]) -> String {
    let mut out = String::new();
    for text in G::encode_batch(elements) {
        out.push_str(&text);
        out.push(',');
    }
    out
}

fn flat<G: Group>(ciphertexts: &[Ciphertext<G>]) -> Vec<G::Element> {
    ciphertexts.iter().flat_map(|c| [c.alpha, c.beta]).collect()
}

/// The text shared by both kinds of challenge: e, e' and c.
pub(super) struct Statement(String);

impl Statement {
    pub(super) fn new<G: Group>(e: &[Ciphertext<G>], f: &[Ciphertext<G>], c: &[G::Element]) -> Self {
        Self(list::<G>(&flat(e)) + &list::<G>(&flat(f)) + &list::<G>(c))
    }

    /// u_1..u_n: hashes of hexadecimal text, not of bytes.
    pub(super) fn challenges<G: Group>(&self, mixnet: &Mixnet<G>, n: usize) -> Vec<G::Scalar> {
        let hash = Sha256::new()
            .chain_update("shuffle-challenges|")
            .chain_update(&mixnet.fingerprint)
            .chain_update("|")
            .chain_update(&self.0)
            .finalize();
        let start = Sha256::new_with_prefix(hex(&hash));
        (0..n)
            .map(|i| {
                let index = hex(&Sha256::digest(i.to_string()));
                G::Scalar::from_be_bytes(&start.clone().chain_update(index).finalize())
            })
            .collect()
    }

    /// The challenge of the proof.
    pub(super) fn challenge<G: Group>(
        &self,
        mixnet: &Mixnet<G>,
        t: &[G::Element; 5],
        t_hat: &[G::Element],
        c_hat: &[G::Element],
    ) -> G::Scalar {
        let hash = Sha256::new()
            .chain_update("shuffle-challenge|")
            .chain_update(&mixnet.fingerprint)
            .chain_update("|")
            .chain_update(list::<G>(t))
            .chain_update(list::<G>(t_hat))
            .chain_update(&self.0)
            .chain_update(list::<G>(c_hat))
            .chain_update(G::encode(&mixnet.key))
            .finalize();
        G::Scalar::from_be_bytes(&hash)
    }
}

/// Coefficients below 2^128 for a random linear combination of the equations, drawn from a hash of everything that
/// enters them: whoever wants a wrong proof to pass must try about 2^128 of them.
pub(super) struct Coefficients {
    seed: Sha256,
    next: u64,
}

impl Coefficients {
    pub(super) fn new<G: Group>(challenge: &G::Scalar, proof: &ShuffleProof<G>) -> Self {
        // The challenge covers φ, y, e, e', c, ĉ and all t; the responses are the rest of the equations.
        let mut seed = Sha256::new_with_prefix("folkmoot-shuffle-batch|");
        seed.update(challenge.encode());
        for s in proof.s.iter().chain(&proof.s_hat).chain(&proof.s_prime) {
            seed.update(",");
            seed.update(s.encode());
        }
        Self { seed, next: 0 }
    }

    pub(super) fn draw<S: Scalar>(&mut self) -> S {
        let hash = self.seed.clone().chain_update("|").chain_update(self.next.to_be_bytes()).finalize();
        self.next += 1;
        let (half, _) = hash.split_at(16);
        S::from_be_bytes(half)
    }
}
