//! The three groups of the protocol behind one trait.
//!
//! An element of a group exists only after canonical decoding and a membership test, or as a product of such
//! elements, so no other module repeats those tests. Parameters are compiled in and never read from input.
//! Notation is multiplicative, as in the specification, for the elliptic curve too.

use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};

use rand_core::CryptoRng;
use zeroize::Zeroize;

mod decimal;
mod ed25519;
mod modp;
mod montgomery;
mod straus;

pub use ed25519::{Ed25519, Ed25519Element, Ed25519FixedBase, Ed25519Scalar};
pub use modp::{
    Belenios2048, BeleniosParameters, Modp, ModpElement, ModpFixedBase, ModpParameters, ModpPowers,
    ModpScalar, Rfc3526, Rfc3526Parameters,
};

/// The groups that are compiled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GroupId {
    /// The prime-order subgroup of the twisted Edwards curve of RFC 8032; the default.
    Ed25519,
    /// A 256-bit subgroup of the multiplicative group modulo a 2048-bit prime; homomorphic questions only.
    Belenios2048,
    /// The quadratic residues modulo the 2048-bit safe prime of RFC 3526.
    Rfc3526,
}

impl GroupId {
    /// All groups, the default first.
    pub const ALL: [Self; 3] = [Self::Ed25519, Self::Belenios2048, Self::Rfc3526];

    /// The name that an election object carries in its field `group`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "Ed25519",
            Self::Belenios2048 => "BELENIOS-2048",
            Self::Rfc3526 => "RFC-3526-2048",
        }
    }

    /// The group of that exact name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|id| id.name() == name)
    }

    /// Whether plaintexts can be embedded, which non-homomorphic questions need.
    pub const fn embeds(self) -> bool {
        !matches!(self, Self::Belenios2048)
    }
}

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Runs an expression with a type name bound to the group of a [`GroupId`].
///
/// ```
/// use folkmoot_ballot::{group::{Group, GroupId}, with_group};
/// let id = GroupId::Ed25519;
/// let text = with_group!(id, G => G::encode(&G::identity()));
/// assert_eq!(text.len(), 64);
/// ```
#[macro_export]
macro_rules! with_group {
    ($id:expr, $g:ident => $body:expr) => {
        match $id {
            $crate::group::GroupId::Belenios2048 => {
                type $g = $crate::group::Belenios2048;
                $body
            }
            $crate::group::GroupId::Rfc3526 => {
                type $g = $crate::group::Rfc3526;
                $body
            }
            _ => {
                type $g = $crate::group::Ed25519;
                $body
            }
        }
    };
}

/// Why a text is not an element of the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ElementError {
    /// Not the one text form of an element: hexadecimal of 64 lower-case digits, or a decimal without
    /// leading zero, sign or prefix.
    #[error("not written in the canonical form of a group element")]
    NotCanonical,
    /// A number that is not below the field's prime, or an encoding with a second form.
    #[error("a number outside the field")]
    OutOfRange,
    /// Not a point of the curve, or outside the prime-order subgroup.
    #[error("not a member of the group")]
    NotAMember,
    /// The identity where a key or a credential is meant.
    #[error("the identity element, which is no key")]
    Identity,
}

/// Why a text is not a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScalarError {
    /// Not a decimal number without leading zero, sign or prefix.
    #[error("not written as a canonical decimal number")]
    NotCanonical,
    /// Not below the order of the group.
    #[error("a number that is not below the group's order")]
    OutOfRange,
}

/// Why small integers cannot be embedded in an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EmbedError {
    /// The group has no embedding (BELENIOS-2048).
    #[error(
        "this group cannot carry the answers of a non-homomorphic question; choose Ed25519 or RFC-3526-2048"
    )]
    Unsupported,
    /// More integers than fit into one element.
    #[error("at most {0} answers fit into one element of this group")]
    TooMany(usize),
}

/// An integer modulo the order q of a group.
///
/// Arithmetic runs in constant time. `Debug` never prints the value.
pub trait Scalar:
    Copy
    + Eq
    + fmt::Debug
    + Send
    + Sync
    + Zeroize
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Neg<Output = Self>
    + 'static
{
    /// 0.
    fn zero() -> Self;
    /// 1.
    fn one() -> Self;
    /// A small integer.
    fn from_u64(value: u64) -> Self;
    /// A big-endian integer of any length, reduced modulo q.
    fn from_be_bytes(bytes: &[u8]) -> Self;
    /// The canonical decimal text of a number below q.
    ///
    /// # Errors
    /// Leading zeros, signs, prefixes, anything but digits, and numbers of q or more are refused.
    fn decode(text: &str) -> Result<Self, ScalarError>;
    /// Decimal text.
    fn encode(&self) -> String;
    /// The number of bytes that [`Scalar::random`] draws: those of q, and 16 more.
    fn random_len() -> usize;
    /// A scalar within 2^-128 of uniform: [`Scalar::random_len`] bytes of `rng`, as a big-endian integer, modulo q.
    fn random(rng: &mut dyn CryptoRng) -> Self {
        let mut bytes = zeroize::Zeroizing::new(vec![0u8; Self::random_len()]);
        rng.fill_bytes(&mut bytes);
        Self::from_be_bytes(&bytes)
    }
    /// The inverse modulo q, or nothing for 0.
    fn invert(&self) -> Option<Self>;
    /// Whether this is 0. Not for secrets.
    fn is_zero(&self) -> bool {
        *self == Self::zero()
    }
}

/// A cyclic group of prime order q with the encodings of the protocol (protocol 2.1 and 2.2).
///
/// Operations whose names start with `vartime_` take time that depends on their operands: public data only.
/// The others run in constant time in exponents.
pub trait Group: Copy + fmt::Debug + Default + PartialEq + Eq + Send + Sync + 'static {
    /// A member of the group.
    type Element: Copy + Eq + fmt::Debug + Send + Sync + 'static;
    /// An exponent.
    type Scalar: Scalar;
    /// A table for raising one fixed element, such as the election key, to many exponents.
    type FixedBase: Clone + fmt::Debug + Send + Sync + 'static;
    /// A table for raising one element to a few exponents; shared by the branches of a proof.
    type Powers: Clone + fmt::Debug + Send + Sync + 'static;

    /// Which group this is.
    const ID: GroupId;
    /// Its name in an election object.
    const NAME: &'static str = Self::ID.name();

    /// The generator g.
    fn generator() -> Self::Element;
    /// The identity.
    fn identity() -> Self::Element;
    /// Whether an element is the identity.
    fn is_identity(element: &Self::Element) -> bool {
        *element == Self::identity()
    }

    /// Decodes canonical text and tests membership.
    ///
    /// # Errors
    /// Anything but the one canonical text of a member is refused. The identity is a member.
    fn decode(text: &str) -> Result<Self::Element, ElementError>;
    /// Like [`Group::decode`], for a key or credential: the identity is refused too.
    ///
    /// # Errors
    /// As [`Group::decode`], and [`ElementError::Identity`].
    fn decode_key(text: &str) -> Result<Self::Element, ElementError> {
        let element = Self::decode(text)?;
        if Self::is_identity(&element) { Err(ElementError::Identity) } else { Ok(element) }
    }
    /// Decodes, tests membership and keeps the table that the test needed.
    ///
    /// # Errors
    /// As [`Group::decode`].
    fn decode_with_powers(text: &str) -> Result<(Self::Element, Self::Powers), ElementError>;
    /// Canonical text.
    fn encode(element: &Self::Element) -> String;
    /// Canonical texts of many elements, sharing inversions.
    fn encode_batch(elements: &[Self::Element]) -> Vec<String> {
        elements.iter().map(Self::encode).collect()
    }

    /// a·b.
    fn mul(a: &Self::Element, b: &Self::Element) -> Self::Element;
    /// a⁻¹.
    fn invert(a: &Self::Element) -> Self::Element;
    /// a·b⁻¹.
    fn div(a: &Self::Element, b: &Self::Element) -> Self::Element {
        Self::mul(a, &Self::invert(b))
    }
    /// The product of elements; the identity for none.
    fn product<'a>(elements: impl IntoIterator<Item = &'a Self::Element>) -> Self::Element {
        elements.into_iter().fold(Self::identity(), |a, b| Self::mul(&a, b))
    }

    /// g^s in constant time.
    fn pow_generator(s: &Self::Scalar) -> Self::Element;
    /// a^s in constant time.
    fn pow(a: &Self::Element, s: &Self::Scalar) -> Self::Element;
    /// g^s for a public exponent.
    fn vartime_pow_generator(s: &Self::Scalar) -> Self::Element;
    /// a^s for a public exponent.
    fn vartime_pow(a: &Self::Element, s: &Self::Scalar) -> Self::Element;
    /// a^s·b^t for public exponents.
    fn vartime_double_pow(
        a: &Self::Element,
        s: &Self::Scalar,
        b: &Self::Element,
        t: &Self::Scalar,
    ) -> Self::Element;
    /// The product of a_i^s_i over pairs of equal index, for public exponents. Surplus entries of the longer
    /// slice are ignored.
    fn vartime_multi_pow(elements: &[Self::Element], exponents: &[Self::Scalar]) -> Self::Element;

    /// Prepares the table of a fixed element.
    fn fixed_base(element: &Self::Element) -> Self::FixedBase;
    /// The element of a table.
    fn fixed_element(base: &Self::FixedBase) -> Self::Element;
    /// y^s in constant time.
    fn pow_fixed(base: &Self::FixedBase, s: &Self::Scalar) -> Self::Element {
        Self::pow(&Self::fixed_element(base), s)
    }
    /// y^s for a public exponent.
    fn vartime_pow_fixed(base: &Self::FixedBase, s: &Self::Scalar) -> Self::Element;

    /// Prepares the table of an element that is raised to a few exponents.
    fn powers(element: &Self::Element) -> Self::Powers;
    /// g^r·a^c, where `a` is the table's element; the first commitment of a proof.
    fn vartime_commit(r: &Self::Scalar, a: &Self::Powers, c: &Self::Scalar) -> Self::Element;
    /// g^e·y^r·b^c, where `y` and `b` are the tables' elements; the second commitment of a proof on a shifted
    /// ciphertext.
    fn vartime_commit_shifted(
        e: Option<&Self::Scalar>,
        y: &Self::FixedBase,
        r: &Self::Scalar,
        b: &Self::Powers,
        c: &Self::Scalar,
    ) -> Self::Element;

    /// How many integers below 256 one element carries; 0 without an embedding.
    fn embed_capacity() -> usize;
    /// The element that carries these integers (protocol 2.2).
    ///
    /// The search for a member takes time that depends on the integers, as in every implementation of this
    /// encoding.
    ///
    /// # Errors
    /// The group has no embedding, or there are more integers than [`Group::embed_capacity`].
    fn embed(integers: &[u8]) -> Result<Self::Element, EmbedError>;
    /// The last `count` integers that an element carries; surplus high bits are ignored, as the protocol does.
    ///
    /// # Errors
    /// As [`Group::embed`].
    fn unembed(element: &Self::Element, count: usize) -> Result<Vec<u8>, EmbedError>;

    /// The generator number `index` whose logarithm to every other base nobody knows; -1 is "h" (protocol 2.2).
    fn independent_generator(index: i64) -> Self::Element;
    /// Bytes whose order is that of the elements in a non-homomorphic tally (protocol 2.7).
    fn sort_key(element: &Self::Element) -> Vec<u8>;
}
