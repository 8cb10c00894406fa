//! A trustee's private key, and the public key with its proof of knowledge.

use std::fmt;

use rand_core::CryptoRng;
use zeroize::{Zeroize, Zeroizing};

use super::{Fault, expect_fields};
use crate::group::{Group, Scalar, ScalarError};
use crate::json::{Value, write_string};
use crate::proof::{Proof, prove_knowledge, verify_knowledge};
use crate::random::Hedged;

/// A private key x, or a trustee's share of one. Wiped when dropped, never printed.
pub struct SecretKey<G: Group>(G::Scalar);

impl<G: Group> Drop for SecretKey<G> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<G: Group> fmt::Debug for SecretKey<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

impl<G: Group> SecretKey<G> {
    /// A uniform key.
    pub fn random(rng: &mut dyn CryptoRng) -> Self {
        loop {
            let x = G::Scalar::random(rng);
            if !x.is_zero() {
                return Self(x);
            }
        }
    }

    /// A scalar that was computed.
    pub(crate) fn from_scalar(x: G::Scalar) -> Self {
        Self(x)
    }

    /// Reads decimal text, as key files hold it.
    ///
    /// # Errors
    /// Anything but a canonical decimal number from 1 to q - 1.
    pub fn decode(text: &str) -> Result<Self, ScalarError> {
        let x = G::Scalar::decode(text)?;
        if x.is_zero() { Err(ScalarError::OutOfRange) } else { Ok(Self(x)) }
    }

    /// Decimal text. Secret.
    pub fn encode(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.encode())
    }

    /// g^x.
    pub fn public(&self) -> G::Element {
        G::pow_generator(&self.0)
    }

    pub(crate) fn scalar(&self) -> &G::Scalar {
        &self.0
    }
}

/// A public key g^x with the proof that its owner knows x.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrusteeKey<G: Group> {
    /// The proof of knowledge.
    pub pok: Proof<G>,
    /// The key.
    pub public_key: G::Element,
    /// In a threshold group of release 3.x: signature on the key with the member's certificate.
    pub signature: Option<Proof<G>>,
    /// Name of the trustee, shown to voters.
    pub name: Option<String>,
}

fn prefix<G: Group>(key: &G::Element) -> String {
    format!("pok|{}|{}|", G::NAME, G::encode(key))
}

impl<G: Group> TrusteeKey<G> {
    /// The public half of `secret` with its proof.
    pub fn prove(secret: &SecretKey<G>, rng: &mut dyn CryptoRng) -> Self {
        let public_key = secret.public();
        let prefix = prefix::<G>(&public_key);
        let mut rng = Hedged::new(rng, "trustee key", &[prefix.as_bytes(), secret.encode().as_bytes()]);
        let pok = prove_knowledge::<G>(&prefix, secret.scalar(), &mut rng);
        Self { pok, public_key, signature: None, name: None }
    }

    /// Checks the proof of knowledge.
    ///
    /// # Errors
    /// [`Fault::Possession`].
    pub fn check(&self) -> Result<(), Fault> {
        let known = verify_knowledge::<G>(&prefix::<G>(&self.public_key), &self.public_key, &self.pok);
        if known { Ok(()) } else { Err(Fault::Possession) }
    }

    /// Reads what a trustee submits: canonical JSON of a key without signature. The proof is checked too.
    ///
    /// # Errors
    /// Any other text, the identity, a wrong proof.
    pub fn parse(json: &[u8]) -> Result<Self, Fault> {
        let key = Self::from_value(&Value::parse_canonical(json)?, false)?;
        key.check()?;
        Ok(key)
    }

    pub(super) fn from_value(value: &Value, member: bool) -> Result<Self, Fault> {
        let optional: &[&str] = if member { &["signature", "name"] } else { &["name"] };
        expect_fields(value, &["pok", "public_key"], optional)?;
        Ok(Self {
            pok: proof_from_value(value.field("pok")?)?,
            public_key: G::decode_key(value.field("public_key")?.as_str()?)?,
            signature: value.get("signature").map(proof_from_value).transpose()?,
            name: value.get("name").map(|n| n.as_str().map(str::to_owned)).transpose()?,
        })
    }

    /// Appends canonical JSON.
    pub fn write(&self, out: &mut String) {
        out.push_str("{\"pok\":");
        self.pok.write(out);
        out.push_str(",\"public_key\":\"");
        out.push_str(&G::encode(&self.public_key));
        out.push('"');
        if let Some(signature) = &self.signature {
            out.push_str(",\"signature\":");
            signature.write(out);
        }
        if let Some(name) = &self.name {
            out.push_str(",\"name\":");
            write_string(out, name);
        }
        out.push('}');
    }

    /// Canonical JSON.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }
}

/// A proof, from JSON of any spelling; its scalars are canonical all the same.
pub(super) fn proof_from_value<G: Group>(value: &Value) -> Result<Proof<G>, Fault> {
    expect_fields(value, &["challenge", "response"], &[])?;
    Ok(Proof {
        challenge: G::Scalar::decode(value.field("challenge")?.as_str()?)?,
        response: G::Scalar::decode(value.field("response")?.as_str()?)?,
    })
}
