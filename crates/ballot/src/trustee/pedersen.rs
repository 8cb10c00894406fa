//! Threshold parameters (`protocol.md` 2.10): certificates, coefficient commitments, verification keys.

use rand_core::CryptoRng;
use rayon::prelude::*;

use super::key::proof_from_value;
use super::{Fault, MAX_MEMBERS, SecretKey, TrusteeError, TrusteeKey, expect_fields};
use crate::group::{Group, Scalar};
use crate::json::{ReadError, Value, write_string};
use crate::proof::{Proof, prove_knowledge, verify_knowledge};
use crate::random::Hedged;

/// A message with a Schnorr signature: challenge = hash("sigmsg|MESSAGE|", \[g^r·vk^c\]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed<G: Group> {
    /// The message, exactly as it was signed.
    pub message: String,
    /// The signature.
    pub signature: Proof<G>,
}

fn sigmsg(message: &str) -> String {
    format!("sigmsg|{message}|")
}

/// Signature of `message`; the nonce depends on key and message, so that a bad generator does not give the key away.
pub(super) fn sign<G: Group>(key: &SecretKey<G>, message: &str, rng: &mut dyn CryptoRng) -> Proof<G> {
    let mut rng = Hedged::new(rng, "trustee signature", &[message.as_bytes(), key.encode().as_bytes()]);
    prove_knowledge::<G>(&sigmsg(message), key.scalar(), &mut rng)
}

pub(super) fn is_signed<G: Group>(key: &G::Element, message: &str, signature: &Proof<G>) -> bool {
    verify_knowledge::<G>(&sigmsg(message), key, signature)
}

impl<G: Group> Signed<G> {
    pub(super) fn sign(key: &SecretKey<G>, message: String, rng: &mut dyn CryptoRng) -> Self {
        let signature = sign(key, &message, rng);
        Self { message, signature }
    }

    pub(super) fn is_by(&self, key: &G::Element) -> bool {
        is_signed(key, &self.message, &self.signature)
    }

    pub(super) fn from_value(value: &Value) -> Result<Self, Fault> {
        expect_fields(value, &["message", "signature"], &[])?;
        let message = value.field("message")?.as_str()?.to_owned();
        Ok(Self { message, signature: proof_from_value(value.field("signature")?)? })
    }

    /// Appends canonical JSON.
    pub fn write(&self, out: &mut String) {
        out.push_str("{\"message\":");
        write_string(out, &self.message);
        out.push_str(",\"signature\":");
        self.signature.write(out);
        out.push('}');
    }
}

/// Which release wrote a threshold group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PedersenForm {
    /// 2.0 to 2.5: no context in the certificates, no signatures over them.
    Old,
    /// 2.5.1: context and signatures over all certificates, but keys that nobody signed.
    Signed,
    /// 3.x: keys signed too.
    Current,
}

/// What a certificate was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CertificateContext {
    pub group: String,
    pub size: usize,
    pub threshold: usize,
    pub index: usize,
}

/// The content of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CertificateKeys<G: Group> {
    pub context: Option<CertificateContext>,
    pub verification: G::Element,
    pub encryption: G::Element,
}

fn small(value: &Value) -> Result<usize, ReadError> {
    usize::try_from(value.as_natural()?).map_err(|_| ReadError::shape("the number is too large"))
}

impl<G: Group> CertificateKeys<G> {
    pub(super) fn parse(message: &str) -> Result<Self, Fault> {
        let value = Value::parse(message.as_bytes())?;
        expect_fields(&value, &["verification", "encryption"], &["context"])?;
        let context = |c: &Value| {
            expect_fields(c, &["group", "size", "threshold", "index"], &[])?;
            Ok::<_, ReadError>(CertificateContext {
                group: c.field("group")?.as_str()?.to_owned(),
                size: small(c.field("size")?)?,
                threshold: small(c.field("threshold")?)?,
                index: small(c.field("index")?)?,
            })
        };
        Ok(Self {
            context: value.get("context").map(context).transpose()?,
            verification: G::decode_key(value.field("verification")?.as_str()?)?,
            encryption: G::decode_key(value.field("encryption")?.as_str()?)?,
        })
    }

    pub(super) fn to_json(&self) -> String {
        let mut out = String::from("{");
        if let Some(c) = &self.context {
            let CertificateContext { group, size, threshold, index } = c;
            out.push_str(&format!(
                "\"context\":{{\"group\":\"{group}\",\"size\":{size},\"threshold\":{threshold},\"index\":{index}}},"
            ));
        }
        let (verification, encryption) = (G::encode(&self.verification), G::encode(&self.encryption));
        out.push_str(&format!("\"verification\":\"{verification}\",\"encryption\":\"{encryption}\"}}"));
        out
    }
}

/// Message of a coefficient commitment: `{"coefexps":[..]}`.
pub(super) fn coefexps_message<G: Group>(coefexps: &[G::Element]) -> String {
    format!("{{\"coefexps\":{}}}", coefexps_list::<G>(coefexps))
}

fn coefexps_list<G: Group>(coefexps: &[G::Element]) -> String {
    let texts: Vec<String> = G::encode_batch(coefexps).iter().map(|t| format!("\"{t}\"")).collect();
    format!("[{}]", texts.join(","))
}

pub(super) fn parse_coefexps<G: Group>(message: &str) -> Result<Vec<G::Element>, Fault> {
    let value = Value::parse(message.as_bytes())?;
    expect_fields(&value, &["coefexps"], &[])?;
    let list = value.field("coefexps")?.as_array()?;
    if list.len() > MAX_MEMBERS {
        return Err(Fault::CoefficientCount(list.len(), MAX_MEMBERS));
    }
    list.iter().map(|v| Ok(G::decode(v.as_str()?)?)).collect()
}

/// What member i signs after seeing all certificates: `certs_sig|` and the certificates with the own coefficients,
/// written again in canonical form.
pub(super) fn agreement_message<G: Group>(certs: &[Signed<G>], coefexps: &[G::Element]) -> String {
    let mut out = String::from("certs_sig|{\"certs\":[");
    for (i, cert) in certs.iter().enumerate() {
        out.push_str(if i > 0 { "," } else { "" });
        cert.write(&mut out);
    }
    out.push_str("],\"coefexps\":");
    out.push_str(&coefexps_list::<G>(coefexps));
    out.push('}');
    out
}

/// Key of member `index` (from 1): product over all trustees i and all k of coefexps_i\[k\]^(index^k). The products per
/// power of the index are formed first, then joined as in Horner's scheme.
pub(super) fn member_key<G: Group>(coefexps: &[Vec<G::Element>], index: usize) -> G::Element {
    let threshold = coefexps.iter().map(Vec::len).max().unwrap_or(0);
    let index = G::Scalar::from_u64(index as u64);
    (0..threshold).rev().fold(G::identity(), |key, k| {
        let column = G::product(coefexps.iter().filter_map(|row| row.get(k)));
        G::mul(&G::vartime_pow(&key, &index), &column)
    })
}

/// Checks threshold and size.
pub(super) fn check_size(threshold: usize, size: usize) -> Result<(), TrusteeError> {
    let possible = (1..=MAX_MEMBERS).contains(&size) && (1..=size).contains(&threshold);
    if possible { Ok(()) } else { Err(TrusteeError::Threshold { threshold, size }) }
}

/// A threshold group. The order of its members is that of their indices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pedersen<G: Group> {
    threshold: usize,
    form: PedersenForm,
    certs: Vec<Signed<G>>,
    keys: Vec<CertificateKeys<G>>,
    coefexps: Vec<Signed<G>>,
    coefficients: Vec<Vec<G::Element>>,
    signatures: Vec<Proof<G>>,
    verification_keys: Vec<TrusteeKey<G>>,
}

/// The parts of a group, as a ceremony collects them.
pub(super) struct Parts<G: Group> {
    pub threshold: usize,
    pub certs: Vec<Signed<G>>,
    pub coefexps: Vec<Signed<G>>,
    pub signatures: Vec<Proof<G>>,
    pub verification_keys: Vec<TrusteeKey<G>>,
}

fn same_length(what: &'static str, found: usize, size: usize) -> Result<(), TrusteeError> {
    if found == size { Ok(()) } else { Err(TrusteeError::Count { what, found, size }) }
}

/// Reads every entry of an array; errors name the owner that the entry belongs to.
fn each<T>(
    value: &Value,
    owner: usize,
    read: impl Fn(&Value) -> Result<T, Fault>,
) -> Result<Vec<T>, TrusteeError> {
    let list = value.as_array()?;
    if list.len() > MAX_MEMBERS {
        return Err(TrusteeError::Threshold { threshold: 0, size: list.len() });
    }
    list.iter().enumerate().map(|(i, v)| read(v).map_err(TrusteeError::at(owner + i))).collect()
}

impl<G: Group> Pedersen<G> {
    /// Puts the parts together; `owner` is the owner number of the first member, for messages.
    pub(super) fn assemble(parts: Parts<G>, owner: usize) -> Result<Self, TrusteeError> {
        let Parts { threshold, certs, coefexps, signatures, verification_keys } = parts;
        let size = certs.len();
        check_size(threshold, size)?;
        same_length("coefficient commitments", coefexps.len(), size)?;
        same_length("verification keys", verification_keys.len(), size)?;
        let (mut keys, mut coefficients) = (Vec::new(), Vec::new());
        for (i, (cert, message)) in certs.iter().zip(&coefexps).enumerate() {
            let at = TrusteeError::at(owner + i);
            keys.push(CertificateKeys::<G>::parse(&cert.message).map_err(&at)?);
            coefficients.push(parse_coefexps::<G>(&message.message).map_err(&at)?);
        }
        let with_context = keys.iter().filter(|k| k.context.is_some()).count();
        let with_signature = verification_keys.iter().filter(|k| k.signature.is_some()).count();
        let form = match (signatures.len(), with_context, with_signature) {
            (0, 0, 0) => PedersenForm::Old,
            (s, c, 0) if s == size && c == size => PedersenForm::Signed,
            (s, c, v) if s == size && c == size && v == size => PedersenForm::Current,
            _ => return Err(TrusteeError::MixedForms),
        };
        Ok(Self { threshold, form, certs, keys, coefexps, coefficients, signatures, verification_keys })
    }

    pub(super) fn from_value(value: &Value, owner: usize) -> Result<Self, TrusteeError> {
        let required = ["threshold", "certs", "coefexps", "verification_keys"];
        expect_fields(value, &required, &["signatures"])?;
        let signatures = match value.get("signatures") {
            Some(list) => {
                let read = each(list, owner, proof_from_value)?;
                same_length("signatures", read.len(), value.field("certs")?.as_array()?.len())?;
                read
            }
            None => Vec::new(),
        };
        let parts = Parts {
            threshold: small(value.field("threshold")?)?,
            certs: each(value.field("certs")?, owner, Signed::from_value)?,
            coefexps: each(value.field("coefexps")?, owner, Signed::from_value)?,
            signatures,
            verification_keys: each(value.field("verification_keys")?, owner, |v| {
                TrusteeKey::from_value(v, true)
            })?,
        };
        Self::assemble(parts, owner)
    }

    /// Checks every signature, proof and key; `owner` is the owner number of the first member.
    pub(super) fn check(&self, owner: usize) -> Result<(), TrusteeError> {
        let faults = (0..self.certs.len()).into_par_iter().map(|i| self.check_member(i));
        let all: Vec<Result<(), Fault>> = faults.collect();
        for (i, result) in all.into_iter().enumerate() {
            result.map_err(TrusteeError::at(owner + i))?;
        }
        if G::is_identity(&self.key()) { Err(TrusteeError::NoKey) } else { Ok(()) }
    }

    fn check_member(&self, i: usize) -> Result<(), Fault> {
        let need = |holds: bool, fault: Fault| if holds { Ok(()) } else { Err(fault) };
        let member =
            (self.certs.get(i), self.keys.get(i), self.coefexps.get(i), self.verification_keys.get(i));
        let (Some(cert), Some(keys), Some(message), Some(public)) = member else { return Err(Fault::Key) };
        let coefficients = self.coefficients.get(i).map(Vec::as_slice).unwrap_or_default();
        need(cert.is_by(&keys.verification), Fault::Certificate)?;
        if let Some(context) = &keys.context {
            let (size, threshold) = (self.certs.len(), self.threshold);
            let expected = CertificateContext { group: G::NAME.to_owned(), size, threshold, index: i + 1 };
            need(*context == expected, Fault::Context)?;
        }
        need(message.is_by(&keys.verification), Fault::Coefficients)?;
        let count = coefficients.len();
        need(count == self.threshold, Fault::CoefficientCount(count, self.threshold))?;
        if let Some(signature) = self.signatures.get(i) {
            let agreement = agreement_message(&self.certs, coefficients);
            need(is_signed(&keys.verification, &agreement, signature), Fault::Agreement)?;
        }
        need(public.public_key == member_key::<G>(&self.coefficients, i + 1), Fault::Key)?;
        public.check()?;
        match &public.signature {
            Some(signature) => {
                let text = G::encode(&public.public_key);
                need(is_signed(&keys.verification, &text, signature), Fault::KeySignature)
            }
            None => Ok(()),
        }
    }

    /// The key of the group: product of all first coefficients.
    pub fn key(&self) -> G::Element {
        G::product(self.coefficients.iter().filter_map(|c| c.first()))
    }

    /// How many members must decrypt.
    pub fn threshold(&self) -> usize {
        self.threshold
    }

    /// Which release wrote it.
    pub fn form(&self) -> PedersenForm {
        self.form
    }

    /// The members' keys, index 1 first.
    pub fn verification_keys(&self) -> &[TrusteeKey<G>] {
        &self.verification_keys
    }

    /// Appends canonical JSON.
    pub fn write(&self, out: &mut String) {
        fn list<T>(out: &mut String, name: &str, items: &[T], write: impl Fn(&T, &mut String)) {
            out.push_str(&format!(",\"{name}\":["));
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                write(item, out);
            }
            out.push(']');
        }
        out.push_str(&format!("{{\"threshold\":{}", self.threshold));
        list(out, "certs", &self.certs, Signed::write);
        list(out, "coefexps", &self.coefexps, Signed::write);
        if !self.signatures.is_empty() {
            list(out, "signatures", &self.signatures, Proof::write);
        }
        list(out, "verification_keys", &self.verification_keys, TrusteeKey::write);
        out.push('}');
    }
}
