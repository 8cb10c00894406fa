//! Transcripts and the two plain proofs: knowledge of a logarithm, and equality of two logarithms.
//!
//! In every proof here a response is w - x·challenge (protocol 2.5); the mixnet has the other sign.

use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::group::{Group, Scalar};
use crate::json::{ReadError, Reader};

/// A challenge and a response: `{"challenge":c,"response":r}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof<G: Group> {
    /// c.
    pub challenge: G::Scalar,
    /// r.
    pub response: G::Scalar,
}

impl<G: Group> Proof<G> {
    /// Appends canonical JSON.
    pub fn write(&self, out: &mut String) {
        out.push_str("{\"challenge\":\"");
        out.push_str(&self.challenge.encode());
        out.push_str("\",\"response\":\"");
        out.push_str(&self.response.encode());
        out.push_str("\"}");
    }

    /// Reads canonical JSON.
    ///
    /// # Errors
    /// Any other spelling, and scalars that are not below q.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, ReadError> {
        reader.token("{\"challenge\":")?;
        let challenge = reader.scalar::<G>()?;
        reader.token(",\"response\":")?;
        let response = reader.scalar::<G>()?;
        reader.token("}")?;
        Ok(Self { challenge, response })
    }
}

/// The text that a challenge is the hash of.
///
/// `hash(prefix, [e1, e2])` of the specification is
/// `Transcript::new().text(prefix).elements::<G>(&[e1, e2]).scalar::<G>()`.
#[derive(Clone, Debug, Default)]
pub struct Transcript(Sha256);

impl Transcript {
    /// The empty text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends text as it is.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        self.0.update(text.as_bytes());
        self
    }

    /// Appends elements in text form, separated by single commas.
    #[must_use]
    pub fn elements<G: Group>(self, elements: &[G::Element]) -> Self {
        self.texts(&G::encode_batch(elements))
    }

    /// Appends texts of elements, separated by single commas.
    #[must_use]
    pub fn texts(mut self, texts: &[String]) -> Self {
        for (i, text) in texts.iter().enumerate() {
            if i > 0 {
                self.0.update(b",");
            }
            self.0.update(text.as_bytes());
        }
        self
    }

    /// The digest.
    pub fn digest(self) -> [u8; 32] {
        self.0.finalize().into()
    }

    /// The digest as a big-endian integer modulo q.
    pub fn scalar<G: Group>(self) -> G::Scalar {
        G::Scalar::from_be_bytes(&self.digest())
    }
}

/// Proves knowledge of x with X = g^x: A = g^w, c = hash(prefix, \[A\]), r = w - x·c.
///
/// `rng` should be a [`crate::random::Hedged`] generator: a repeated w gives x away.
pub fn prove_knowledge<G: Group>(prefix: &str, x: &G::Scalar, rng: &mut dyn CryptoRng) -> Proof<G> {
    let w = Zeroizing::new(G::Scalar::random(rng));
    let challenge = Transcript::new().text(prefix).elements::<G>(&[G::pow_generator(&w)]).scalar::<G>();
    Proof { challenge, response: *w - *x * challenge }
}

/// Checks a proof of knowledge of the logarithm of X.
pub fn verify_knowledge<G: Group>(prefix: &str, public: &G::Element, proof: &Proof<G>) -> bool {
    let commitment = G::vartime_commit(&proof.response, &G::powers(public), &proof.challenge);
    Transcript::new().text(prefix).elements::<G>(&[commitment]).scalar::<G>() == proof.challenge
}
