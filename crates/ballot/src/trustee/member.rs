//! A trustee's own steps in the making of a threshold key:
//!
//! 1. [`Member::certificate`]: own keys for signing and for private messages, made for one place in one ceremony;
//! 2. [`Member::contribution`]: a polynomial; its commitment is submitted first, the rest when all commitments are in;
//! 3. [`Member::share`]: after checking everybody's contribution, the own share of the key, sealed to oneself, and its
//!    public half;
//! 4. [`Member::open_share`]: on closing day, the share.
//!
//! All keys follow from a seed of 22 characters, so that is all a trustee has to keep.

use std::fmt;

use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::channel::{receive, send};
use super::pedersen::{
    CertificateContext, CertificateKeys, Signed, agreement_message, check_size, coefexps_message, member_key,
    parse_coefexps, sign,
};
use super::{Fault, SecretKey, TrusteeError, TrusteeKey, expect_fields};
use crate::group::{Group, Scalar};
use crate::hash::Hash;
use crate::json::{ReadError, Value, write_string};
use crate::random::Hedged;

const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const SEED_LENGTH: usize = 22;

/// The secret from which a trustee's keys follow: 22 Base58 characters (128 bits). Wiped when dropped, never printed.
pub struct Seed(Zeroizing<String>);

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

impl Seed {
    /// A uniform seed.
    pub fn random(rng: &mut dyn CryptoRng) -> Self {
        let mut text = Zeroizing::new(String::with_capacity(SEED_LENGTH));
        while text.len() < SEED_LENGTH {
            let mut byte = Zeroizing::new([0u8]);
            rng.fill_bytes(byte.as_mut());
            // 232 is the largest multiple of 58 in a byte: beyond it, some characters would come up more often.
            if byte[0] < 232 {
                text.extend(BASE58.get(usize::from(byte[0] % 58)).map(|c| char::from(*c)));
            }
        }
        Self(text)
    }

    /// Reads the 22 characters.
    ///
    /// # Errors
    /// [`ReadError::Shape`] for another length or other characters.
    pub fn parse(text: &str) -> Result<Self, ReadError> {
        if text.len() == SEED_LENGTH && text.bytes().all(|b| BASE58.contains(&b)) {
            Ok(Self(Zeroizing::new(text.to_owned())))
        } else {
            Err(ReadError::shape(
                "the seed of a trustee's key has 22 letters and digits, without 0, O, I and l",
            ))
        }
    }

    /// The characters. Secret.
    pub fn text(&self) -> &str {
        &self.0
    }

    fn key<G: Group>(&self, purpose: &str) -> SecretKey<G> {
        let hash =
            Sha256::new().chain_update(purpose).chain_update("|").chain_update(self.0.as_bytes()).finalize();
        SecretKey::from_scalar(G::Scalar::from_be_bytes(&hash))
    }
}

/// Which place in which ceremony.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CeremonyContext {
    /// Number of trustees.
    pub size: usize,
    /// How many of them will have to decrypt.
    pub threshold: usize,
    /// The own place, from 1.
    pub index: usize,
}

/// A trustee in a ceremony.
#[derive(Debug)]
pub struct Member<G: Group> {
    context: CeremonyContext,
    signing: SecretKey<G>,
    decryption: SecretKey<G>,
    verification: G::Element,
    encryption: G::Element,
}

/// What a trustee prepares in step 2. Everything but the commitment is submitted only when all commitments are in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contribution {
    /// SHA-256 of the message with the coefficient commitments.
    pub commitment: Hash,
    /// JSON: `{"polynomial","secrets","coefexps","signature"}`. Its secrets are sealed to their recipients.
    pub json: String,
}

fn decimal<G: Group>(text: &str) -> Result<SecretKey<G>, Fault> {
    Ok(SecretKey::from_scalar(G::Scalar::decode(text)?))
}

/// All certificates, read from what the collecting side shows: signatures and contexts checked.
pub(super) fn checked_certificates<G: Group>(
    size: usize,
    threshold: usize,
    certs: &[Signed<G>],
) -> Result<Vec<CertificateKeys<G>>, TrusteeError> {
    check_size(threshold, size)?;
    if certs.len() != size {
        return Err(TrusteeError::Count { what: "certificates", found: certs.len(), size });
    }
    let check = |(i, cert): (usize, &Signed<G>)| {
        let index = i + 1;
        let keys = CertificateKeys::<G>::parse(&cert.message).map_err(TrusteeError::at(index))?;
        let group = G::NAME.to_owned();
        if keys.context != Some(CertificateContext { group, size, threshold, index }) {
            return Err(TrusteeError::at(index)(Fault::Context));
        }
        if !cert.is_by(&keys.verification) {
            return Err(TrusteeError::at(index)(Fault::Certificate));
        }
        Ok(keys)
    };
    certs.iter().enumerate().map(check).collect()
}

/// A list of signed messages, as the collecting side shows certificates: a canonical JSON array.
///
/// # Errors
/// [`TrusteeError::Read`], or the entry that is wrong.
pub fn parse_signed_list<G: Group>(json: &[u8]) -> Result<Vec<Signed<G>>, TrusteeError> {
    let value = Value::parse_canonical(json)?;
    let read = |(i, v): (usize, &Value)| Signed::from_value(v).map_err(TrusteeError::at(i + 1));
    value.as_array()?.iter().enumerate().map(read).collect()
}

impl<G: Group> Member<G> {
    /// The trustee at a place of a ceremony, with the keys of a seed.
    ///
    /// # Errors
    /// [`TrusteeError::Threshold`] and [`TrusteeError::NoSuchTrustee`] for an impossible place.
    pub fn new(context: CeremonyContext, seed: &Seed) -> Result<Self, TrusteeError> {
        check_size(context.threshold, context.size)?;
        if !(1..=context.size).contains(&context.index) {
            return Err(TrusteeError::NoSuchTrustee(context.index));
        }
        Ok(Self::with_keys(context, seed))
    }

    fn with_keys(context: CeremonyContext, seed: &Seed) -> Self {
        let (signing, decryption) = (seed.key::<G>("sk"), seed.key::<G>("dk"));
        let (verification, encryption) = (signing.public(), decryption.public());
        Self { context, signing, decryption, verification, encryption }
    }

    fn at(&self, fault: Fault) -> TrusteeError {
        TrusteeError::Trustee { owner: self.context.index, fault }
    }

    /// Step 1: the signed certificate, to be submitted.
    pub fn certificate(&self, rng: &mut dyn CryptoRng) -> String {
        let CeremonyContext { size, threshold, index } = self.context;
        let context = Some(CertificateContext { group: G::NAME.to_owned(), size, threshold, index });
        let keys =
            CertificateKeys::<G> { context, verification: self.verification, encryption: self.encryption };
        let mut out = String::new();
        Signed::sign(&self.signing, keys.to_json(), rng).write(&mut out);
        out
    }

    /// Checks everybody's certificates and that the own one is among them, unchanged.
    fn certificates(&self, certs: &[Signed<G>]) -> Result<Vec<CertificateKeys<G>>, TrusteeError> {
        let keys = checked_certificates(self.context.size, self.context.threshold, certs)?;
        let own = keys.get(self.context.index - 1);
        match own.is_some_and(|k| k.verification == self.verification && k.encryption == self.encryption) {
            true => Ok(keys),
            false => Err(self.at(Fault::Replaced)),
        }
    }

    /// Step 2: a polynomial of the threshold's degree, its values sealed to their recipients.
    ///
    /// # Errors
    /// A trustee whose certificate is wrong, or [`Fault::Replaced`] for the own one.
    pub fn contribution(
        &self,
        certs: &[Signed<G>],
        rng: &mut dyn CryptoRng,
    ) -> Result<Contribution, TrusteeError> {
        let keys = self.certificates(certs)?;
        let mut rng = Hedged::new(rng, "polynomial", &[self.signing.encode().as_bytes()]);
        let draw = |_| G::Scalar::random(&mut rng);
        let coefficients = Zeroizing::new((0..self.context.threshold).map(draw).collect::<Vec<_>>());
        let exponents: Vec<G::Element> = coefficients.iter().map(G::pow_generator).collect();
        let seal = |to: &G::Element, text: &str, rng: &mut dyn CryptoRng| {
            send(&self.signing, to, text, rng).map_err(|fault| self.at(fault))
        };

        let mut text = Zeroizing::new(String::from("{\"polynomial\":["));
        for (i, a) in coefficients.iter().enumerate() {
            text.push_str(if i > 0 { ",\"" } else { "\"" });
            text.push_str(&Zeroizing::new(a.encode()));
            text.push('"');
        }
        text.push_str("]}");
        let mut json = String::from("{\"polynomial\":");
        write_string(&mut json, &seal(&self.encryption, &text, &mut rng)?);
        json.push_str(",\"secrets\":[");
        for (j, recipient) in keys.iter().enumerate() {
            let x = G::Scalar::from_u64(j as u64 + 1);
            let value = coefficients.iter().rev().fold(G::Scalar::zero(), |sum, a| sum * x + *a);
            let value = SecretKey::<G>::from_scalar(value);
            let message = Zeroizing::new(format!("{{\"secret\":\"{}\"}}", *value.encode()));
            json.push_str(if j > 0 { "," } else { "" });
            write_string(&mut json, &seal(&recipient.encryption, &message, &mut rng)?);
        }
        let coefexps = Signed::sign(&self.signing, coefexps_message::<G>(&exponents), &mut rng);
        json.push_str("],\"coefexps\":");
        coefexps.write(&mut json);
        json.push_str(",\"signature\":");
        sign(&self.signing, &agreement_message(certs, &exponents), &mut rng).write(&mut json);
        json.push('}');
        Ok(Contribution { commitment: Hash::of(coefexps.message.as_bytes()), json })
    }

    /// Step 3: checks everybody's coefficients against their commitments and the values sealed for this trustee, then
    /// returns `{"private_key","public_key"}`: the share sealed to oneself, and its public half.
    ///
    /// `vinput` is `{"polynomial","secrets","coefexps"}` as the collecting side routes it.
    ///
    /// # Errors
    /// The trustee whose contribution is wrong.
    pub fn share(
        &self,
        certs: &[Signed<G>],
        commitments: &[Hash],
        vinput: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<String, TrusteeError> {
        let keys = self.certificates(certs)?;
        let CeremonyContext { size, threshold, index } = self.context;
        let value = Value::parse_canonical(vinput)?;
        expect_fields(&value, &["polynomial", "secrets", "coefexps"], &[])?;
        let (secrets, coefexps) = (value.field("secrets")?.as_array()?, value.field("coefexps")?.as_array()?);
        let lists = [
            ("secrets", secrets.len()),
            ("coefficients", coefexps.len()),
            ("commitments", commitments.len()),
        ];
        if let Some((what, found)) = lists.into_iter().find(|(_, found)| *found != size) {
            return Err(TrusteeError::Count { what, found, size });
        }
        let mut share = Zeroizing::new(G::Scalar::zero());
        let mut own = Vec::new();
        let rows = keys.iter().zip(secrets).zip(coefexps).zip(commitments).enumerate();
        for (i, (((sender, secret), coefexps), commitment)) in rows {
            let at = TrusteeError::at(i + 1);
            let opened = Self::checked_coefexps(sender, threshold, coefexps, commitment).map_err(&at)?;
            let text = receive(&self.decryption, &sender.verification, secret.as_str()?).map_err(&at)?;
            let content = Value::parse_canonical(text.as_bytes())?;
            expect_fields(&content, &["secret"], &[])?;
            let secret = decimal::<G>(content.field("secret")?.as_str()?).map_err(&at)?;
            if secret.public() != member_key::<G>(std::slice::from_ref(&opened), index) {
                return Err(at(Fault::Share));
            }
            if i + 1 == index {
                own = opened;
            }
            *share = *share + *secret.scalar();
        }
        self.check_own(&own, value.field("polynomial")?.as_str()?).map_err(|fault| self.at(fault))?;
        let share = SecretKey::<G>::from_scalar(*share);
        let mut key = TrusteeKey::prove(&share, rng);
        key.signature = Some(sign(&self.signing, &G::encode(&key.public_key), rng));
        let text = Zeroizing::new(format!("{{\"decryption_key\":\"{}\"}}", *share.encode()));
        let sealed = send(&self.signing, &self.encryption, &text, rng).map_err(|fault| self.at(fault))?;
        let mut json = String::from("{\"private_key\":");
        write_string(&mut json, &sealed);
        json.push_str(",\"public_key\":");
        key.write(&mut json);
        json.push('}');
        Ok(json)
    }

    fn checked_coefexps(
        sender: &CertificateKeys<G>,
        threshold: usize,
        coefexps: &Value,
        commitment: &Hash,
    ) -> Result<Vec<G::Element>, Fault> {
        let signed = Signed::<G>::from_value(coefexps)?;
        if Hash::of(signed.message.as_bytes()) != *commitment {
            return Err(Fault::Commitment);
        }
        if !signed.is_by(&sender.verification) {
            return Err(Fault::Coefficients);
        }
        let opened = parse_coefexps::<G>(&signed.message)?;
        let found = opened.len();
        if found == threshold { Ok(opened) } else { Err(Fault::CoefficientCount(found, threshold)) }
    }

    /// The polynomial that came back is the one that the published coefficients commit to.
    fn check_own(&self, coefexps: &[G::Element], sealed: &str) -> Result<(), Fault> {
        let text = receive(&self.decryption, &self.verification, sealed)?;
        let content = Value::parse_canonical(text.as_bytes())?;
        expect_fields(&content, &["polynomial"], &[])?;
        let list = content.field("polynomial")?.as_array()?;
        let mut matching = list.len() == coefexps.len();
        for (a, expected) in list.iter().zip(coefexps) {
            matching &= decimal::<G>(a.as_str()?)?.public() == *expected;
        }
        if matching { Ok(()) } else { Err(Fault::Replaced) }
    }

    /// Step 4: the share, from the sealed `private_key` of step 3. The place in the ceremony does not matter here.
    ///
    /// # Errors
    /// [`Fault::Message`] when it was not sealed by and for this seed.
    pub fn open_share(seed: &Seed, sealed: &str) -> Result<SecretKey<G>, Fault> {
        let me = Self::with_keys(CeremonyContext { size: 1, threshold: 1, index: 1 }, seed);
        let text = receive(&me.decryption, &me.verification, sealed)?;
        let content = Value::parse_canonical(text.as_bytes())?;
        expect_fields(&content, &["decryption_key"], &[])?;
        decimal::<G>(content.field("decryption_key")?.as_str()?)
    }
}
