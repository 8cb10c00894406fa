//! The verifiable mixnet of non-homomorphic questions (`protocol.md` 2.8).
//!
//! A trustee re-encrypts and permutes the ciphertexts *e* into *e'* and proves, with the argument of Terelius and
//! Wikström in the form of CHVote, that nothing was added, dropped or changed. Notation, with indices from 1 to N:
//! *e'_i* is a re-encryption of *e_ψ(i)*; *c* commits to ψ; *u* are N challenges and *u'_i = u_ψ(i)*; *ĉ* is the
//! chain of commitments that starts at *h* = ĉ_0; *h_1..h_N* are generators that nobody knows logarithms of, derived
//! from a hash and never read from input.
//!
//! What each check stops: t1 and t2 together say that *c* commits to a permutation (a matrix with exactly one 1 per
//! row and column), t3 and the chain that the same permutation was applied to *u*, t4 that *e'* carries the plaintexts
//! of *e* in that order. The challenges cover the election (φ), all inputs and all commitments.

mod prove;
mod transcript;
mod verify;

use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use crate::elgamal::Ciphertext;
use crate::group::{ElementError, Group, Scalar, ScalarError};
use crate::json::{ReadError, Reader};
use crate::question::MAX_QUESTIONS;

pub use prove::ShuffleWitness;

/// Why a shuffle is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShuffleError {
    /// Not the JSON of a shuffle in its one canonical form.
    #[error("the shuffle object cannot be read: {0}")]
    Read(#[from] ReadError),
    /// An element that is not one.
    #[error("the shuffle holds {0}")]
    Element(#[from] ElementError),
    /// A scalar that is not one.
    #[error("the shuffle holds {0}")]
    Scalar(#[from] ScalarError),
    /// Number of questions, ciphertexts or parts of a proof.
    #[error("the shuffle has {found} {what} where {expected} are needed")]
    Length {
        /// What was counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there must be.
        expected: usize,
    },
    /// A proof equation does not hold.
    #[error(
        "the shuffle's proof is wrong: equation {equation} does not hold for the question shuffled as number {question}"
    )]
    Proof {
        /// Position of the question among the non-homomorphic ones, from 1.
        question: usize,
        /// Which equation.
        equation: Equation,
    },
    /// A permutation or its exponents do not fit the ciphertexts.
    #[error("the secrets of the shuffle do not fit its ciphertexts")]
    Witness,
}

/// The equations of a shuffle proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Equation {
    /// t1: the commitments multiply to those of a permutation.
    T1,
    /// t2: the chain ends where a permutation of the challenges ends.
    T2,
    /// t3: the commitments open to the permuted challenges.
    T3,
    /// t4, part for beta: the outputs carry the plaintexts of the inputs.
    T41,
    /// t4, part for alpha.
    T42,
    /// Link number n of the commitment chain, from 1.
    Chain(usize),
}

impl std::fmt::Display for Equation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::T1 => f.write_str("t1"),
            Self::T2 => f.write_str("t2"),
            Self::T3 => f.write_str("t3"),
            Self::T41 => f.write_str("t4.1"),
            Self::T42 => f.write_str("t4.2"),
            Self::Chain(i) => write!(f, "t-hat {i}"),
        }
    }
}

/// The proof for one question. Names as in the specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShuffleProof<G: Group> {
    /// t1, t2, t3, t4.1 (beta), t4.2 (alpha).
    pub(crate) t: [G::Element; 5],
    /// t̂_1..t̂_N.
    pub(crate) t_hat: Vec<G::Element>,
    /// s1..s4.
    pub(crate) s: [G::Scalar; 4],
    /// ŝ_1..ŝ_N.
    pub(crate) s_hat: Vec<G::Scalar>,
    /// s'_1..s'_N.
    pub(crate) s_prime: Vec<G::Scalar>,
    /// c_1..c_N.
    pub(crate) c: Vec<G::Element>,
    /// ĉ_1..ĉ_N.
    pub(crate) c_hat: Vec<G::Element>,
}

/// A shuffle of all non-homomorphic questions of an election, as one object of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shuffle<G: Group> {
    /// The outputs *e'*, per question.
    pub ciphertexts: Vec<Vec<Ciphertext<G>>>,
    /// The proofs, per question.
    pub proofs: Vec<ShuffleProof<G>>,
}

/// Most ciphertexts in one list when nothing better is known. An element can take a hundred times the memory of its
/// text, so lists must not grow with the text alone.
const MAX_CIPHERTEXTS: usize = 1 << 22;

fn strings<'a>(reader: &mut Reader<'a>, limit: usize) -> Result<Vec<&'a str>, ReadError> {
    reader.array(limit, Reader::plain)
}

/// Decodes on all cores: the membership tests are most of the work of reading.
fn elements<G: Group>(reader: &mut Reader<'_>, limit: usize) -> Result<Vec<G::Element>, ShuffleError> {
    let texts = strings(reader, limit)?;
    Ok(texts.par_iter().map(|text| G::decode(text)).collect::<Result<_, _>>()?)
}

fn scalars<G: Group>(reader: &mut Reader<'_>, limit: usize) -> Result<Vec<G::Scalar>, ShuffleError> {
    Ok(strings(reader, limit)?.into_iter().map(G::Scalar::decode).collect::<Result<_, _>>()?)
}

fn ciphertexts<G: Group>(reader: &mut Reader<'_>, limit: usize) -> Result<Vec<Ciphertext<G>>, ShuffleError> {
    let texts = reader.array(limit, |r| {
        r.token("{\"alpha\":")?;
        let alpha = r.plain()?;
        r.token(",\"beta\":")?;
        let beta = r.plain()?;
        r.token("}")?;
        Ok((alpha, beta))
    })?;
    let decode =
        |(alpha, beta): &(&str, &str)| Ok(Ciphertext { alpha: G::decode(alpha)?, beta: G::decode(beta)? });
    Ok(texts.par_iter().map(decode).collect::<Result<_, ElementError>>()?)
}

/// An array of things whose reader has errors of its own.
fn each<'a, T>(
    reader: &mut Reader<'a>,
    mut item: impl FnMut(&mut Reader<'a>) -> Result<T, ShuffleError>,
) -> Result<Vec<T>, ShuffleError> {
    let mut failed = None;
    let items = reader.array(MAX_QUESTIONS, |r| {
        item(r).map_err(|error| {
            failed = Some(error);
            ReadError::shape("")
        })
    });
    match failed {
        Some(error) => Err(error),
        None => Ok(items?),
    }
}

fn join(out: &mut String, texts: impl IntoIterator<Item = String>) {
    out.push('[');
    for (i, text) in texts.into_iter().enumerate() {
        out.push_str(if i > 0 { ",\"" } else { "\"" });
        out.push_str(&text);
        out.push('"');
    }
    out.push(']');
}

impl<G: Group> ShuffleProof<G> {
    /// `[[t1,t2,t3,[t41,t42],[that..]],[s1,s2,s3,s4,[shat..],[s'..]],[c..],[chat..]]`.
    fn read(reader: &mut Reader<'_>, limit: usize) -> Result<Self, ShuffleError> {
        let mut t = [G::identity(); 5];
        let before = ["[[", ",", ",", ",[", ","];
        for (to, token) in t.iter_mut().zip(before) {
            reader.token(token)?;
            *to = reader.element::<G>()?;
        }
        reader.token("],")?;
        let t_hat = elements::<G>(reader, limit)?;
        let mut s = [G::Scalar::zero(); 4];
        for (to, token) in s.iter_mut().zip(["],[", ",", ",", ","]) {
            reader.token(token)?;
            *to = reader.scalar::<G>()?;
        }
        reader.token(",")?;
        let s_hat = scalars::<G>(reader, limit)?;
        reader.token(",")?;
        let s_prime = scalars::<G>(reader, limit)?;
        reader.token("],")?;
        let c = elements::<G>(reader, limit)?;
        reader.token(",")?;
        let c_hat = elements::<G>(reader, limit)?;
        reader.token("]")?;
        Ok(Self { t, t_hat, s, s_hat, s_prime, c, c_hat })
    }

    fn write(&self, out: &mut String) {
        let [t1, t2, t3, t41, t42] = self.t.each_ref().map(G::encode);
        out.push_str(&format!("[[\"{t1}\",\"{t2}\",\"{t3}\",[\"{t41}\",\"{t42}\"],"));
        join(out, G::encode_batch(&self.t_hat));
        let [s1, s2, s3, s4] = self.s.each_ref().map(Scalar::encode);
        out.push_str(&format!("],[\"{s1}\",\"{s2}\",\"{s3}\",\"{s4}\","));
        join(out, self.s_hat.iter().map(Scalar::encode));
        out.push(',');
        join(out, self.s_prime.iter().map(Scalar::encode));
        out.push_str("],");
        join(out, G::encode_batch(&self.c));
        out.push(',');
        join(out, G::encode_batch(&self.c_hat));
        out.push(']');
    }
}

impl<G: Group> Shuffle<G> {
    /// Reads a shuffle object: one canonical form, every element decoded and tested for membership.
    ///
    /// # Errors
    /// [`ShuffleError::Read`] for another spelling, or the first bad element or scalar.
    pub fn parse(json: &[u8]) -> Result<Self, ShuffleError> {
        Self::parse_of(json, MAX_CIPHERTEXTS)
    }

    /// As [`Shuffle::parse`], with the number of ciphertexts that the longest list may have, so that memory is
    /// bounded by what was shuffled.
    ///
    /// # Errors
    /// As [`Shuffle::parse`], and [`ReadError::TooMany`].
    pub fn parse_of(json: &[u8], limit: usize) -> Result<Self, ShuffleError> {
        let mut reader = Reader::from_bytes(json)?;
        reader.token("{\"ciphertexts\":")?;
        let ciphertexts = each(&mut reader, |r| ciphertexts(r, limit))?;
        reader.token(",\"proofs\":")?;
        let proofs = each(&mut reader, |r| ShuffleProof::read(r, limit))?;
        reader.token("}")?;
        reader.end()?;
        Ok(Self { ciphertexts, proofs })
    }

    /// The canonical JSON of the object.
    pub fn to_json(&self) -> String {
        let mut out = String::from("{\"ciphertexts\":[");
        for (i, list) in self.ciphertexts.iter().enumerate() {
            out.push_str(if i > 0 { ",[" } else { "[" });
            let flat: Vec<G::Element> = list.iter().flat_map(|c| [c.alpha, c.beta]).collect();
            for (j, pair) in G::encode_batch(&flat).chunks_exact(2).enumerate() {
                let [alpha, beta] = pair else { continue };
                let comma = if j > 0 { "," } else { "" };
                out.push_str(&format!("{comma}{{\"alpha\":\"{alpha}\",\"beta\":\"{beta}\"}}"));
            }
            out.push(']');
        }
        out.push_str("],\"proofs\":[");
        for (i, proof) in self.proofs.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            proof.write(&mut out);
        }
        out.push_str("]}");
        out
    }
}

/// What all shuffles of an election share: φ, the election key, the independent generators (kept once computed).
#[derive(Debug)]
pub struct Mixnet<G: Group> {
    fingerprint: String,
    key: G::Element,
    key_table: G::FixedBase,
    h: G::Element,
    generators: Mutex<Arc<Vec<G::Element>>>,
}

impl<G: Group> Mixnet<G> {
    /// The mixnet of the election with fingerprint φ (43 characters) and public key y.
    pub fn new(fingerprint: &str, key: &G::Element) -> Self {
        Self {
            fingerprint: fingerprint.to_owned(),
            key: *key,
            key_table: G::fixed_base(key),
            h: G::independent_generator(-1),
            generators: Mutex::new(Arc::new(Vec::new())),
        }
    }

    /// At least `n` of the generators h_1.. (protocol index 0..).
    fn generators(&self, n: usize) -> Arc<Vec<G::Element>> {
        // A poisoned lock still holds a complete list: it is replaced as a whole.
        let mut kept = self.generators.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < n {
            let mut list = kept.as_ref().clone();
            let start = list.len();
            list.par_extend((start..n).into_par_iter().map(|i| G::independent_generator(i as i64)));
            *kept = Arc::new(list);
        }
        Arc::clone(&kept)
    }

    /// Shuffle all questions and prove it, with fresh secrets that are wiped afterwards.
    ///
    /// # Errors
    /// None for lists that fit into memory.
    pub fn shuffle(
        &self,
        inputs: &[Vec<Ciphertext<G>>],
        rng: &mut dyn rand_core::CryptoRng,
    ) -> Result<Shuffle<G>, ShuffleError> {
        let mut out = Shuffle { ciphertexts: Vec::new(), proofs: Vec::new() };
        for e in inputs {
            let witness = ShuffleWitness::random(e.len(), rng);
            let shuffled = self.permute(e, &witness)?;
            out.proofs.push(self.prove(e, &shuffled, &witness, rng)?);
            out.ciphertexts.push(shuffled);
        }
        Ok(out)
    }

    /// Check a shuffle object against its inputs, one list per non-homomorphic question.
    ///
    /// # Errors
    /// The first length or equation that is wrong.
    pub fn verify(&self, inputs: &[Vec<Ciphertext<G>>], shuffle: &Shuffle<G>) -> Result<(), ShuffleError> {
        let lists = [("lists of ciphertexts", shuffle.ciphertexts.len()), ("proofs", shuffle.proofs.len())];
        for (what, found) in lists {
            if found != inputs.len() {
                return Err(ShuffleError::Length { what, found, expected: inputs.len() });
            }
        }
        for (i, ((e, f), proof)) in inputs.iter().zip(&shuffle.ciphertexts).zip(&shuffle.proofs).enumerate() {
            self.verify_question(i + 1, e, f, proof)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
