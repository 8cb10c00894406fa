//! Trustees: who holds the election key, and the making of their keys (`protocol.md` 2.5 and 2.10).
//!
//! The election key is the product of the keys of all items of the trustees' list. A *single* trustee's key is needed
//! in any case; of a *Pedersen* group of n members any t suffice. Owners of shuffles and partial decryptions are
//! counted from 1 through the whole list, each member of a group counting one.
//!
//! * [`Trustees`]: the object of the archive, read, checked and written;
//! * [`SecretKey`], [`TrusteeKey`]: a trustee's key and its public half with the proof of knowledge;
//! * [`Member`]: a trustee's own steps in the making of a threshold key;
//! * [`ceremony`]: the collecting side, one type per round. Every trustee commits to their coefficients before any are
//!   shown, so that the last one cannot choose theirs to bias the key; the commitments stay outside the archive.
//!
//! A threshold key is always written in the form of release 3.x, which every release verifies. Older forms are read:
//! they are valid, and [`TrusteeNote`] says what they do not prove.

pub mod ceremony;
mod channel;
mod key;
mod member;
mod pedersen;

use std::ops::Range;

use crate::group::{ElementError, Group, ScalarError};
use crate::json::{ReadError, Value};

pub use key::{SecretKey, TrusteeKey};
pub use member::{CeremonyContext, Contribution, Member, Seed, parse_signed_list};
pub use pedersen::{Pedersen, PedersenForm, Signed};

/// Most members that a threshold group may have. Checking grows with members times threshold.
pub const MAX_MEMBERS: usize = 100;
/// Most items in the list of trustees.
const MAX_ITEMS: usize = 1000;

/// What is wrong with one trustee's contribution.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Its text.
    #[error("it cannot be read: {0}")]
    Read(#[from] ReadError),
    /// A key or commitment is no group element, or the identity.
    #[error("it holds {0}")]
    Element(#[from] ElementError),
    /// A challenge or response is no scalar.
    #[error("it holds {0}")]
    Scalar(#[from] ScalarError),
    /// Proof of knowledge of the private key.
    #[error("the proof that they know their private key is wrong")]
    Possession,
    /// Signature on the certificate.
    #[error("the signature on their certificate is wrong")]
    Certificate,
    /// The certificate is for another group, size, threshold or place.
    #[error("their certificate was made for another ceremony or another place in it")]
    Context,
    /// Signature on the coefficient commitments.
    #[error("the signature on their coefficients is wrong")]
    Coefficients,
    /// Number of coefficient commitments.
    #[error("they gave {0} coefficients where the threshold asks for {1}")]
    CoefficientCount(usize, usize),
    /// Signature over all certificates together with the own coefficients.
    #[error("the signature that they saw everybody's certificates is wrong")]
    Agreement,
    /// The verification key is not the one that the coefficients yield.
    #[error("their key does not follow from everybody's coefficients")]
    Key,
    /// Signature on the verification key.
    #[error("the signature on their key is wrong")]
    KeySignature,
    /// What was revealed is not what was committed to.
    #[error("they revealed other coefficients than they had committed to")]
    Commitment,
    /// A private message does not open, or is signed by or meant for somebody else.
    #[error("a private message of theirs cannot be opened or is not genuine")]
    Message,
    /// The value sealed for a trustee does not fit the sender's coefficients.
    #[error("the value that they sealed does not fit their coefficients")]
    Share,
    /// The collecting side replaced the own contribution.
    #[error("their own contribution was replaced by another one")]
    Replaced,
}

/// Why a list of trustees or a contribution to a ceremony is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrusteeError {
    /// The list is not JSON of the right shape.
    #[error("the list of trustees cannot be read: {0}")]
    Read(#[from] ReadError),
    /// One trustee's part is wrong. Owners count from 1.
    #[error("trustee {owner}: {fault}")]
    Trustee {
        /// Which trustee.
        owner: usize,
        /// What is wrong.
        fault: Fault,
    },
    /// Threshold outside 1..=n, or n outside 1..=[`MAX_MEMBERS`].
    #[error(
        "a threshold of {threshold} out of {size} trustees is impossible; at most {MAX_MEMBERS} can take part"
    )]
    Threshold {
        /// Members whose decryptions are needed.
        threshold: usize,
        /// Members.
        size: usize,
    },
    /// A list of a Pedersen item has another length than the number of members.
    #[error("the threshold parameters list {found} {what} for {size} trustees")]
    Count {
        /// What was counted.
        what: &'static str,
        /// How many are there.
        found: usize,
        /// Members.
        size: usize,
    },
    /// Fields of different releases in one Pedersen item.
    #[error("the threshold parameters mix the forms of different releases")]
    MixedForms,
    /// The product of the keys is the identity: ballots would not be secret.
    #[error("the trustees' keys cancel each other out; make new keys")]
    NoKey,
    /// A place outside the ceremony.
    #[error("there is no trustee number {0} in this ceremony")]
    NoSuchTrustee(usize),
    /// Something was submitted twice with different content.
    #[error("trustee {0} has already submitted something else for this step")]
    Repeated(usize),
    /// A round was closed too early.
    #[error("trustee {0} has not submitted their part of this step yet")]
    Missing(usize),
}

impl TrusteeError {
    fn at(owner: usize) -> impl Fn(Fault) -> Self {
        move |fault| Self::Trustee { owner, fault }
    }
}

/// Something about valid trustees that people should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrusteeNote {
    /// The object is not written in canonical JSON.
    NotCanonical,
    /// A threshold group in an old form: its key is correct, but the members did not sign that they saw the same
    /// certificates (2.0 to 2.5), or did not sign their keys (2.5.1).
    OldForm {
        /// Owner number of the group's first member.
        owner: usize,
        /// Which form.
        form: PedersenForm,
    },
    /// Two trustees with one key: they are one trustee.
    SameKey {
        /// Owner number of the first.
        first: usize,
        /// Owner number of the second.
        second: usize,
    },
}

/// One item of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trustee<G: Group> {
    /// A trustee whose decryption is needed in any case.
    Single(TrusteeKey<G>),
    /// A group of which a threshold suffices.
    Pedersen(Pedersen<G>),
}

/// A set of owners and how many of them must decrypt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecryptionGroup {
    /// Owner numbers.
    pub owners: Range<usize>,
    /// Partial decryptions needed.
    pub needed: usize,
    /// Whether the item is a threshold group.
    pub threshold: bool,
}

/// The trustees of an election.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trustees<G: Group> {
    items: Vec<Trustee<G>>,
    canonical: bool,
}

impl<G: Group> Trustees<G> {
    /// Trustees in the order given: put single ones first, as the tools do.
    pub fn new(items: Vec<Trustee<G>>) -> Self {
        Self { items, canonical: true }
    }

    /// Reads the object: every element is decoded and tested, the identity refused as a key. Proofs and signatures
    /// are checked by [`Trustees::check`].
    ///
    /// # Errors
    /// The first thing that is not as it must be.
    pub fn parse(json: &[u8]) -> Result<Self, TrusteeError> {
        let value = Value::parse(json)?;
        let canonical = value.to_text().as_bytes() == json;
        let list = value.as_array()?;
        if list.len() > MAX_ITEMS {
            return Err(ReadError::TooMany { at: 0, limit: MAX_ITEMS }.into());
        }
        let (mut items, mut owner) = (Vec::new(), 1);
        for item in list {
            let [kind, content] = item.as_array()? else {
                return Err(ReadError::shape("a trustee must be a pair of kind and content").into());
            };
            let item = match kind.as_str()? {
                "Single" => {
                    Trustee::Single(TrusteeKey::from_value(content, false).map_err(TrusteeError::at(owner))?)
                }
                "Pedersen" => Trustee::Pedersen(Pedersen::from_value(content, owner)?),
                _ => return Err(ReadError::shape("a trustee must be Single or Pedersen").into()),
            };
            owner += item.owners();
            items.push(item);
        }
        Ok(Self { items, canonical })
    }

    /// Checks every proof and signature, and that the product of the keys is a key.
    ///
    /// # Errors
    /// The first trustee whose part is wrong.
    pub fn check(&self) -> Result<Vec<TrusteeNote>, TrusteeError> {
        let mut notes = Vec::new();
        if !self.canonical {
            notes.push(TrusteeNote::NotCanonical);
        }
        let mut owner = 1;
        for item in &self.items {
            match item {
                Trustee::Single(key) => key.check().map_err(TrusteeError::at(owner))?,
                Trustee::Pedersen(group) => {
                    group.check(owner)?;
                    if group.form() != PedersenForm::Current {
                        notes.push(TrusteeNote::OldForm { owner, form: group.form() });
                    }
                }
            }
            owner += item.owners();
        }
        if G::is_identity(&self.election_key()) {
            return Err(TrusteeError::NoKey);
        }
        let mut seen = std::collections::HashMap::new();
        for (i, text) in G::encode_batch(&self.keys()).into_iter().enumerate() {
            if let Some(first) = seen.get(&text) {
                notes.push(TrusteeNote::SameKey { first: *first, second: i + 1 });
            } else {
                seen.insert(text, i + 1);
            }
        }
        Ok(notes)
    }

    /// The items.
    pub fn items(&self) -> &[Trustee<G>] {
        &self.items
    }

    /// The election key y: the product over all items.
    pub fn election_key(&self) -> G::Element {
        self.items.iter().fold(G::identity(), |y, item| match item {
            Trustee::Single(key) => G::mul(&y, &key.public_key),
            Trustee::Pedersen(group) => G::mul(&y, &group.key()),
        })
    }

    /// All keys by owner: number 1 first.
    pub fn keys(&self) -> Vec<G::Element> {
        let all = self.items.iter().flat_map(|item| match item {
            Trustee::Single(key) => std::slice::from_ref(key),
            Trustee::Pedersen(group) => group.verification_keys(),
        });
        all.map(|key| key.public_key).collect()
    }

    /// Names by owner, where they were given.
    pub fn names(&self) -> Vec<Option<&str>> {
        let all = self.items.iter().flat_map(|item| match item {
            Trustee::Single(key) => std::slice::from_ref(key),
            Trustee::Pedersen(group) => group.verification_keys(),
        });
        all.map(|key| key.name.as_deref()).collect()
    }

    /// Who must decrypt: one entry per item.
    pub fn decryption_groups(&self) -> Vec<DecryptionGroup> {
        let mut next = 1;
        let group = |item: &Trustee<G>| {
            let owners = next..next + item.owners();
            next = owners.end;
            match item {
                Trustee::Single(_) => DecryptionGroup { owners, needed: 1, threshold: false },
                Trustee::Pedersen(p) => DecryptionGroup { owners, needed: p.threshold(), threshold: true },
            }
        };
        self.items.iter().map(group).collect()
    }

    /// Canonical JSON.
    pub fn to_json(&self) -> String {
        let mut out = String::from("[");
        for (i, item) in self.items.iter().enumerate() {
            out.push_str(if i > 0 { "," } else { "" });
            match item {
                Trustee::Single(key) => {
                    out.push_str("[\"Single\",");
                    key.write(&mut out);
                }
                Trustee::Pedersen(group) => {
                    out.push_str("[\"Pedersen\",");
                    group.write(&mut out);
                }
            }
            out.push(']');
        }
        out.push(']');
        out
    }
}

impl<G: Group> Trustee<G> {
    /// How many owner numbers the item takes.
    fn owners(&self) -> usize {
        match self {
            Self::Single(_) => 1,
            Self::Pedersen(group) => group.verification_keys().len(),
        }
    }
}

/// Insists that an object has the fields of `required`, perhaps some of `optional`, and no other.
fn expect_fields(value: &Value, required: &[&str], optional: &[&str]) -> Result<(), ReadError> {
    for name in required {
        value.field(name)?;
    }
    match value.names().into_iter().find(|name| !required.contains(name) && !optional.contains(name)) {
        Some(name) => Err(ReadError::shape(format!("the field \"{name}\" is unknown"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
