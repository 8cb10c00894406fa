//! The collecting side of the making of a threshold key, usually the server: one type per round, so that nothing can be
//! shown too early. It holds no secret: every private value passes through it sealed.
//!
//! [`Certificates`] → [`Commitments`] → [`Polynomials`] → [`Shares`] → [`Outcome`]. Each round accepts one contribution
//! per trustee, checked on arrival, and goes on when all are in. A trustee may submit the same bytes again; something
//! else is refused. Rounds can be rebuilt at any time by submitting what was stored.

use super::key::proof_from_value;
use super::member::checked_certificates;
use super::pedersen::{
    CertificateContext, CertificateKeys, Parts, Pedersen, Signed, agreement_message, check_size, is_signed,
    member_key, parse_coefexps,
};
use super::{Fault, TrusteeError, TrusteeKey, expect_fields};
use crate::group::Group;
use crate::hash::Hash;
use crate::json::{ReadError, Value, write_string};
use crate::proof::Proof;

/// One place per trustee.
#[derive(Debug, Clone)]
struct Places<T>(Vec<Option<T>>);

impl<T: PartialEq> Places<T> {
    fn new(size: usize) -> Self {
        Self((0..size).map(|_| None).collect())
    }

    fn put(&mut self, index: usize, item: T) -> Result<(), TrusteeError> {
        let place = index.checked_sub(1).and_then(|i| self.0.get_mut(i));
        match place.ok_or(TrusteeError::NoSuchTrustee(index))? {
            Some(there) if *there != item => Err(TrusteeError::Repeated(index)),
            place => {
                *place = Some(item);
                Ok(())
            }
        }
    }

    fn missing(&self) -> Vec<usize> {
        self.0.iter().enumerate().filter(|(_, p)| p.is_none()).map(|(i, _)| i + 1).collect()
    }

    fn complete(self) -> Result<Vec<T>, TrusteeError> {
        let places = self.0.into_iter().enumerate();
        places.map(|(i, p)| p.ok_or(TrusteeError::Missing(i + 1))).collect()
    }
}

/// Round 1: everybody's certificate.
#[derive(Debug, Clone)]
pub struct Certificates<G: Group> {
    threshold: usize,
    places: Places<Signed<G>>,
}

impl<G: Group> Certificates<G> {
    /// A ceremony of `size` trustees of whom `threshold` will have to decrypt.
    ///
    /// # Errors
    /// [`TrusteeError::Threshold`].
    pub fn new(size: usize, threshold: usize) -> Result<Self, TrusteeError> {
        check_size(threshold, size)?;
        Ok(Self { threshold, places: Places::new(size) })
    }

    /// Takes the certificate of trustee `index` (from 1).
    ///
    /// # Errors
    /// A wrong signature or context, something else submitted before.
    pub fn submit(&mut self, index: usize, json: &[u8]) -> Result<(), TrusteeError> {
        let at = TrusteeError::at(index);
        let signed = Signed::<G>::from_value(&Value::parse_canonical(json)?).map_err(&at)?;
        let keys = CertificateKeys::<G>::parse(&signed.message).map_err(&at)?;
        let (group, size) = (G::NAME.to_owned(), self.places.0.len());
        if keys.context != Some(CertificateContext { group, size, threshold: self.threshold, index }) {
            return Err(at(Fault::Context));
        }
        if !signed.is_by(&keys.verification) {
            return Err(at(Fault::Certificate));
        }
        self.places.put(index, signed)
    }

    /// Trustees who have not submitted.
    pub fn missing(&self) -> Vec<usize> {
        self.places.missing()
    }

    /// Closes the round.
    ///
    /// # Errors
    /// [`TrusteeError::Missing`].
    pub fn close(self) -> Result<Commitments<G>, TrusteeError> {
        let certs = self.places.complete()?;
        let keys = checked_certificates(certs.len(), self.threshold, &certs)?;
        let places = Places::new(certs.len());
        Ok(Commitments { frame: Frame { threshold: self.threshold, certs, keys }, places })
    }
}

/// What is fixed after the first round.
#[derive(Debug, Clone)]
struct Frame<G: Group> {
    threshold: usize,
    certs: Vec<Signed<G>>,
    keys: Vec<CertificateKeys<G>>,
}

impl<G: Group> Frame<G> {
    fn verification(&self, index: usize) -> Result<&G::Element, TrusteeError> {
        let keys = index.checked_sub(1).and_then(|i| self.keys.get(i));
        keys.map(|k| &k.verification).ok_or(TrusteeError::NoSuchTrustee(index))
    }

    /// The certificates as a canonical JSON array, to be shown to every trustee.
    fn certificates_json(&self) -> String {
        let mut out = String::from("[");
        for (i, cert) in self.certs.iter().enumerate() {
            out.push_str(if i > 0 { "," } else { "" });
            cert.write(&mut out);
        }
        out.push(']');
        out
    }
}

/// Round 2: everybody's commitment, before anybody's coefficients are shown.
#[derive(Debug, Clone)]
pub struct Commitments<G: Group> {
    frame: Frame<G>,
    places: Places<Hash>,
}

impl<G: Group> Commitments<G> {
    /// The certificates, for the trustees. They should compare what they see out of band.
    pub fn certificates_json(&self) -> String {
        self.frame.certificates_json()
    }

    /// Takes the commitment of trustee `index`.
    ///
    /// # Errors
    /// [`TrusteeError::NoSuchTrustee`] and [`TrusteeError::Repeated`].
    pub fn submit(&mut self, index: usize, commitment: Hash) -> Result<(), TrusteeError> {
        self.places.put(index, commitment)
    }

    /// Trustees who have not submitted.
    pub fn missing(&self) -> Vec<usize> {
        self.places.missing()
    }

    /// Closes the round; from now on commitments are public and cannot change.
    ///
    /// # Errors
    /// [`TrusteeError::Missing`].
    pub fn close(self) -> Result<Polynomials<G>, TrusteeError> {
        let commitments = self.places.complete()?;
        Ok(Polynomials { places: Places::new(commitments.len()), frame: self.frame, commitments })
    }
}

/// A contribution that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Accepted<G: Group> {
    polynomial: String,
    secrets: Vec<String>,
    coefexps: Signed<G>,
    coefficients: Vec<G::Element>,
    signature: Proof<G>,
}

/// Round 3: everybody's coefficients and sealed values.
#[derive(Debug, Clone)]
pub struct Polynomials<G: Group> {
    frame: Frame<G>,
    commitments: Vec<Hash>,
    places: Places<Accepted<G>>,
}

impl<G: Group> Polynomials<G> {
    /// Everybody's commitments, index 1 first.
    pub fn commitments(&self) -> &[Hash] {
        &self.commitments
    }

    /// Takes the contribution of trustee `index`: `{"polynomial","secrets","coefexps","signature"}`.
    ///
    /// # Errors
    /// Coefficients other than committed to, wrong in number or signature.
    pub fn submit(&mut self, index: usize, json: &[u8]) -> Result<(), TrusteeError> {
        let verification = self.frame.verification(index)?;
        let committed = self.commitments.get(index - 1);
        let read = || {
            let value = Value::parse_canonical(json)?;
            expect_fields(&value, &["polynomial", "secrets", "coefexps", "signature"], &[])?;
            let text = |v: &Value| v.as_str().map(str::to_owned);
            let secrets: Vec<String> =
                value.field("secrets")?.as_array()?.iter().map(text).collect::<Result<_, ReadError>>()?;
            if secrets.len() != self.frame.certs.len() {
                return Err(ReadError::shape("there must be one sealed value per trustee").into());
            }
            let coefexps = Signed::<G>::from_value(value.field("coefexps")?)?;
            if committed != Some(&Hash::of(coefexps.message.as_bytes())) {
                return Err(Fault::Commitment);
            }
            if !coefexps.is_by(verification) {
                return Err(Fault::Coefficients);
            }
            let coefficients = parse_coefexps::<G>(&coefexps.message)?;
            if coefficients.len() != self.frame.threshold {
                return Err(Fault::CoefficientCount(coefficients.len(), self.frame.threshold));
            }
            let signature = proof_from_value(value.field("signature")?)?;
            if !is_signed(verification, &agreement_message(&self.frame.certs, &coefficients), &signature) {
                return Err(Fault::Agreement);
            }
            let polynomial = text(value.field("polynomial")?)?;
            Ok(Accepted { polynomial, secrets, coefexps, coefficients, signature })
        };
        let accepted = read().map_err(TrusteeError::at(index))?;
        self.places.put(index, accepted)
    }

    /// Trustees who have not submitted.
    pub fn missing(&self) -> Vec<usize> {
        self.places.missing()
    }

    /// Closes the round.
    ///
    /// # Errors
    /// [`TrusteeError::Missing`], or [`TrusteeError::NoKey`] when the coefficients cancel each other out.
    pub fn close(self) -> Result<Shares<G>, TrusteeError> {
        let contributions = self.places.complete()?;
        let coefficients: Vec<_> = contributions.iter().map(|c| c.coefficients.clone()).collect();
        if G::is_identity(&G::product(coefficients.iter().filter_map(|c| c.first()))) {
            return Err(TrusteeError::NoKey);
        }
        let places = Places::new(contributions.len());
        Ok(Shares { frame: self.frame, commitments: self.commitments, contributions, coefficients, places })
    }
}

/// Round 4: everybody's key.
#[derive(Debug, Clone)]
pub struct Shares<G: Group> {
    frame: Frame<G>,
    commitments: Vec<Hash>,
    contributions: Vec<Accepted<G>>,
    coefficients: Vec<Vec<G::Element>>,
    places: Places<(String, TrusteeKey<G>)>,
}

impl<G: Group> Shares<G> {
    /// What trustee `index` needs for the last step: `{"polynomial","secrets","coefexps"}`.
    ///
    /// # Errors
    /// [`TrusteeError::NoSuchTrustee`].
    pub fn vinput(&self, index: usize) -> Result<String, TrusteeError> {
        let unknown = TrusteeError::NoSuchTrustee(index);
        let place = index.checked_sub(1).ok_or(unknown.clone())?;
        let own = self.contributions.get(place).ok_or(unknown)?;
        let mut out = String::from("{\"polynomial\":");
        write_string(&mut out, &own.polynomial);
        out.push_str(",\"secrets\":[");
        for (i, from) in self.contributions.iter().enumerate() {
            out.push_str(if i > 0 { "," } else { "" });
            write_string(&mut out, from.secrets.get(place).map(String::as_str).unwrap_or_default());
        }
        out.push_str("],\"coefexps\":[");
        for (i, from) in self.contributions.iter().enumerate() {
            out.push_str(if i > 0 { "," } else { "" });
            from.coefexps.write(&mut out);
        }
        out.push_str("]}");
        Ok(out)
    }

    /// Everybody's commitments, index 1 first.
    pub fn commitments(&self) -> &[Hash] {
        &self.commitments
    }

    /// Takes the last contribution of trustee `index`: `{"private_key","public_key"}`.
    ///
    /// # Errors
    /// A key that does not follow from the coefficients, or with a wrong proof or signature.
    pub fn submit(&mut self, index: usize, json: &[u8]) -> Result<(), TrusteeError> {
        let verification = self.frame.verification(index)?;
        let read = || {
            let value = Value::parse_canonical(json)?;
            expect_fields(&value, &["private_key", "public_key"], &[])?;
            let sealed = value.field("private_key")?.as_str()?.to_owned();
            let key = TrusteeKey::<G>::from_value(value.field("public_key")?, true)?;
            if key.public_key != member_key::<G>(&self.coefficients, index) {
                return Err(Fault::Key);
            }
            key.check()?;
            let text = G::encode(&key.public_key);
            match &key.signature {
                Some(signature) if is_signed(verification, &text, signature) => Ok((sealed, key)),
                _ => Err(Fault::KeySignature),
            }
        };
        let accepted = read().map_err(TrusteeError::at(index))?;
        self.places.put(index, accepted)
    }

    /// Trustees who have not submitted.
    pub fn missing(&self) -> Vec<usize> {
        self.places.missing()
    }

    /// Ends the ceremony.
    ///
    /// # Errors
    /// [`TrusteeError::Missing`].
    pub fn close(self) -> Result<Outcome<G>, TrusteeError> {
        let (sealed_shares, verification_keys) = self.places.complete()?.into_iter().unzip();
        let (coefexps, signatures) =
            self.contributions.into_iter().map(|c| (c.coefexps, c.signature)).unzip();
        let Frame { threshold, certs, .. } = self.frame;
        let parts = Parts { threshold, certs, coefexps, signatures, verification_keys };
        let group = Pedersen::assemble(parts, 1)?;
        group.check(1)?;
        Ok(Outcome { group, sealed_shares })
    }
}

/// A finished ceremony.
#[derive(Debug, Clone)]
pub struct Outcome<G: Group> {
    /// The threshold parameters for the list of trustees.
    pub group: Pedersen<G>,
    /// Every trustee's share, sealed to themselves, index 1 first: given back to them on closing day.
    pub sealed_shares: Vec<String>,
}
