//! Partial decryptions, and what follows from enough of them (`protocol.md` 2.9).
//!
//! Trustee j with key X_j = g^x_j gives a factor alpha^x_j for every ciphertext, with a proof that the exponent is that
//! of their key. The factors of single trustees, and those of enough members of a threshold group raised to their
//! Lagrange coefficients, multiply to F = alpha^x; what was encrypted is beta / F.
//!
//! A factor that does not verify is never used. A wrong contribution of a single trustee makes the election
//! undecidable, so it is an error; one of a threshold member is passed over and named as long as enough others are
//! there. Nobody contributes twice.

use std::collections::BTreeMap;

use rand_core::CryptoRng;
use rayon::prelude::*;
use zeroize::Zeroizing;

use crate::elgamal::Ciphertext;
use crate::group::{Group, Scalar};
use crate::json::{ReadError, Reader};
use crate::proof::{Proof, Transcript};
use crate::random::Hedged;
use crate::shape::Shape;
use crate::trustee::{DecryptionGroup, SecretKey, Trustees};

/// Why a partial decryption, or the set of them, does not do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecryptionError {
    /// Not the canonical JSON of a partial decryption of this tally.
    #[error("the partial decryption cannot be read: {0}")]
    Read(#[from] ReadError),
    /// A factor is not what the trustee's key makes of the ciphertext.
    #[error("the decryption of ciphertext number {ciphertext} is wrong: its proof does not hold")]
    Proof {
        /// Position of the ciphertext in the tally, from 1.
        ciphertext: usize,
    },
    /// The owner is no trustee.
    #[error("there is no trustee number {owner}; this election has {trustees}")]
    NoSuchTrustee {
        /// The owner number stated.
        owner: u64,
        /// Number of trustees.
        trustees: usize,
    },
    /// A second contribution of one trustee.
    #[error("trustee {0} has already given a partial decryption")]
    Repeated(usize),
    /// Not enough valid contributions.
    #[error("{have} of the needed {needed} partial decryptions of trustees {first} to {last} are there")]
    NotEnough {
        /// First owner of the group.
        first: usize,
        /// Last owner of the group.
        last: usize,
        /// How many are needed.
        needed: usize,
        /// How many valid ones there are.
        have: usize,
    },
    /// The key does not belong to a trustee of the election.
    #[error("this private key belongs to no trustee of the election")]
    ForeignKey,
}

/// A trustee's factors and their proofs, in the shape of the tally.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartialDecryption<G: Group> {
    factors: Shape<G::Element>,
    proofs: Shape<Proof<G>>,
}

/// The beginning of all challenges of one trustee: "decrypt|φ|X|".
fn transcript<G: Group>(fingerprint: &str, key: &G::Element) -> Transcript {
    Transcript::new().text(&format!("decrypt|{fingerprint}|{}|", G::encode(key)))
}

impl<G: Group> PartialDecryption<G> {
    /// Decrypts a tally (shuffled, where there are mixed questions) with a trustee's key.
    ///
    /// The caller has verified the whole archive: decrypting something else than the tally of all ballots discloses
    /// votes. A key must decrypt once per election only.
    pub fn prove(
        fingerprint: &str,
        secret: &SecretKey<G>,
        tally: &Shape<Ciphertext<G>>,
        rng: &mut dyn CryptoRng,
    ) -> Self {
        let leaves = tally.leaves();
        let start = transcript::<G>(fingerprint, &secret.public());
        let mut rng = Hedged::new(rng, "decryption", &[fingerprint.as_bytes(), secret.encode().as_bytes()]);
        let nonces: Zeroizing<Vec<G::Scalar>> =
            Zeroizing::new(leaves.iter().map(|_| G::Scalar::random(&mut rng)).collect());
        let (factors, proofs): (Vec<_>, Vec<_>) = leaves
            .par_iter()
            .zip(nonces.as_slice())
            .map(|(c, w)| {
                let factor = G::pow(&c.alpha, secret.scalar());
                let commitments = [G::pow_generator(w), G::pow(&c.alpha, w)];
                let challenge = start.clone().elements::<G>(&commitments).scalar::<G>();
                (factor, Proof::<G> { challenge, response: *w - *secret.scalar() * challenge })
            })
            .unzip();
        // Both lists have one entry per leaf, so the shapes are always filled.
        let nothing = || Shape::Array(Vec::new());
        let factors = tally.refill(factors).unwrap_or_else(nothing);
        Self { factors, proofs: tally.refill(proofs).unwrap_or_else(|| Shape::Array(Vec::new())) }
    }

    /// Reads the object along the tally; every factor is a member of the group afterwards.
    ///
    /// # Errors
    /// [`DecryptionError::Read`] for another spelling or shape, and for factors outside the group.
    pub fn parse(json: &[u8], tally: &Shape<Ciphertext<G>>) -> Result<Self, DecryptionError> {
        let mut reader = Reader::from_bytes(json)?;
        reader.token("{\"decryption_factors\":")?;
        let factors = tally.read_like(&mut reader, &mut Reader::element::<G>)?;
        reader.token(",\"decryption_proofs\":")?;
        let proofs = tally.read_like(&mut reader, &mut Proof::read)?;
        reader.token("}")?;
        reader.end()?;
        Ok(Self { factors, proofs })
    }

    /// Canonical JSON.
    pub fn to_json(&self) -> String {
        let flat: Vec<G::Element> = self.factors.leaves().into_iter().copied().collect();
        let mut texts = G::encode_batch(&flat).into_iter();
        let mut out = String::from("{\"decryption_factors\":");
        self.factors.write(&mut out, &mut |_, out| {
            out.push('"');
            out.push_str(&texts.next().unwrap_or_default());
            out.push('"');
        });
        out.push_str(",\"decryption_proofs\":");
        self.proofs.write(&mut out, &mut |proof, out| proof.write(out));
        out.push('}');
        out
    }

    /// Checks every proof.
    ///
    /// # Errors
    /// [`DecryptionError::Proof`] with the first ciphertext whose factor is wrong.
    pub fn verify(
        &self,
        fingerprint: &str,
        key: &G::Element,
        tally: &Shape<Ciphertext<G>>,
    ) -> Result<(), DecryptionError> {
        let start = transcript::<G>(fingerprint, key);
        let powers = G::powers(key);
        let (leaves, factors, proofs) = (tally.leaves(), self.factors.leaves(), self.proofs.leaves());
        let complete = leaves.len() == factors.len() && leaves.len() == proofs.len();
        let wrong = (&leaves, &factors, &proofs).into_par_iter().position_first(|(c, factor, proof)| {
            let commitments = [
                G::vartime_commit(&proof.response, &powers, &proof.challenge),
                G::vartime_double_pow(&c.alpha, &proof.response, factor, &proof.challenge),
            ];
            start.clone().elements::<G>(&commitments).scalar::<G>() != proof.challenge
        });
        match wrong {
            Some(i) => Err(DecryptionError::Proof { ciphertext: i + 1 }),
            None if complete => Ok(()),
            None => Err(ReadError::shape("it does not have the shape of the tally").into()),
        }
    }
}

/// What became of a contribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submission {
    /// It is valid.
    Accepted,
    /// It is a threshold member's and wrong: passed over.
    PassedOver(DecryptionError),
}

/// The partial decryptions of one election, collected.
#[derive(Debug, Clone)]
pub struct Decryptions<G: Group> {
    fingerprint: String,
    keys: Vec<G::Element>,
    groups: Vec<DecryptionGroup>,
    tally: Shape<Ciphertext<G>>,
    factors: BTreeMap<usize, Vec<G::Element>>,
    passed_over: BTreeMap<usize, DecryptionError>,
}

impl<G: Group> Decryptions<G> {
    /// For an election with fingerprint φ, its trustees and its tally (shuffled, where there are mixed questions).
    pub fn new(fingerprint: &str, trustees: &Trustees<G>, tally: Shape<Ciphertext<G>>) -> Self {
        Self {
            fingerprint: fingerprint.to_owned(),
            keys: trustees.keys(),
            groups: trustees.decryption_groups(),
            tally,
            factors: BTreeMap::new(),
            passed_over: BTreeMap::new(),
        }
    }

    /// Owner number of the trustee to whom a private key belongs.
    ///
    /// # Errors
    /// [`DecryptionError::ForeignKey`].
    pub fn owner_of(&self, secret: &SecretKey<G>) -> Result<usize, DecryptionError> {
        let public = secret.public();
        let found = self.keys.iter().position(|key| *key == public);
        found.map(|i| i + 1).ok_or(DecryptionError::ForeignKey)
    }

    /// Checks a contribution.
    ///
    /// # Errors
    /// An owner that is no trustee or has contributed before, text that cannot be read, and a wrong proof of a single
    /// trustee.
    pub fn submit(&mut self, owner: u64, json: &[u8]) -> Result<Submission, DecryptionError> {
        let unknown = DecryptionError::NoSuchTrustee { owner, trustees: self.keys.len() };
        let place = usize::try_from(owner).map_err(|_| unknown.clone())?;
        let key = place.checked_sub(1).and_then(|i| self.keys.get(i)).ok_or(unknown)?;
        if self.factors.contains_key(&place) || self.passed_over.contains_key(&place) {
            return Err(DecryptionError::Repeated(place));
        }
        let share = PartialDecryption::<G>::parse(json, &self.tally)?;
        match share.verify(&self.fingerprint, key, &self.tally) {
            Ok(()) => {
                self.factors.insert(place, share.factors.leaves().into_iter().copied().collect());
                Ok(Submission::Accepted)
            }
            Err(error) if self.groups.iter().any(|g| g.threshold && g.owners.contains(&place)) => {
                self.passed_over.insert(place, error.clone());
                Ok(Submission::PassedOver(error))
            }
            Err(error) => Err(error),
        }
    }

    /// Trustees whose contribution was passed over, and why.
    pub fn passed_over(&self) -> &BTreeMap<usize, DecryptionError> {
        &self.passed_over
    }

    /// Owners with a valid contribution.
    pub fn contributors(&self) -> Vec<usize> {
        self.factors.keys().copied().collect()
    }

    /// Checks that enough valid contributions are there.
    ///
    /// # Errors
    /// [`DecryptionError::NotEnough`] for the first group that lacks some.
    pub fn sufficient(&self) -> Result<(), DecryptionError> {
        for DecryptionGroup { owners, needed, .. } in &self.groups {
            let have = self.factors.range(owners.clone()).count();
            if have < *needed {
                let (first, last, needed) = (owners.start, owners.end - 1, *needed);
                return Err(DecryptionError::NotEnough { first, last, needed, have });
            }
        }
        Ok(())
    }

    /// What was encrypted: beta / F in the shape of the tally. Of a threshold group the first members suffice.
    ///
    /// # Errors
    /// [`DecryptionError::NotEnough`].
    pub fn combine(&self) -> Result<Shape<G::Element>, DecryptionError> {
        self.sufficient()?;
        let (mut singles, mut members) = (Vec::new(), Vec::new());
        for group in &self.groups {
            let chosen: Vec<(usize, &Vec<G::Element>)> =
                self.factors.range(group.owners.clone()).take(group.needed).map(|(o, f)| (*o, f)).collect();
            if group.threshold {
                let indices: Vec<usize> = chosen.iter().map(|(o, _)| o - group.owners.start + 1).collect();
                members
                    .extend(lagrange::<G::Scalar>(&indices).into_iter().zip(chosen.iter().map(|(_, f)| *f)));
            } else {
                singles.extend(chosen.into_iter().map(|(_, f)| f));
            }
        }
        let coefficients: Vec<G::Scalar> = members.iter().map(|(c, _)| *c).collect();
        let leaves = self.tally.leaves();
        let opened = leaves.par_iter().enumerate().map(|(i, c)| {
            let single = G::product(singles.iter().filter_map(|f| f.get(i)));
            let factors: Vec<G::Element> = members.iter().filter_map(|(_, f)| f.get(i).copied()).collect();
            let all = match factors.is_empty() {
                true => single,
                false => G::mul(&single, &G::vartime_multi_pow(&factors, &coefficients)),
            };
            G::div(&c.beta, &all)
        });
        let list: Vec<G::Element> = opened.collect();
        self.tally.refill(list).ok_or_else(|| ReadError::shape("the tally changed its shape").into())
    }
}

/// Lagrange coefficients at 0 for distinct indices: the product of k / (k - j) over all others k.
fn lagrange<S: Scalar>(indices: &[usize]) -> Vec<S> {
    let of = |j: &usize| {
        indices.iter().filter(|k| *k != j).fold(S::one(), |value, k| {
            let (k, j) = (S::from_u64(*k as u64), S::from_u64(*j as u64));
            // Distinct indices below the order: the difference is never 0.
            value * k * (k - j).invert().unwrap_or_else(S::zero)
        })
    };
    indices.iter().map(of).collect()
}

#[cfg(test)]
mod tests;
