//! The prime-order subgroup of edwards25519, written as the protocol writes it: the reversed RFC 8032 form.

use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};
use std::sync::Arc;

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint, VartimeEdwardsPrecomputation};
use curve25519_dalek::scalar::Scalar as CurveScalar;
use curve25519_dalek::traits::{
    Identity, IsIdentity, VartimeMultiscalarMul, VartimePrecomputedMultiscalarMul,
};
use sha2::{Digest, Sha256};
use zeroize::Zeroize;

use super::{ElementError, EmbedError, Group, GroupId, Scalar, ScalarError, decimal};

/// The default group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ed25519;

/// A point of the prime-order subgroup.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Ed25519Element(EdwardsPoint);

impl fmt::Debug for Ed25519Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Ed25519::encode(self))
    }
}

/// An integer modulo 2^252 + 27742317777372353535851937790883648493.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Ed25519Scalar(CurveScalar);

impl fmt::Debug for Ed25519Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ed25519Scalar(..)")
    }
}

impl Zeroize for Ed25519Scalar {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl Add for Ed25519Scalar {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Ed25519Scalar {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Mul for Ed25519Scalar {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0)
    }
}

impl Neg for Ed25519Scalar {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Scalar for Ed25519Scalar {
    fn zero() -> Self {
        Self(CurveScalar::ZERO)
    }
    fn one() -> Self {
        Self(CurveScalar::ONE)
    }
    fn from_u64(value: u64) -> Self {
        Self(CurveScalar::from(value))
    }
    fn from_be_bytes(bytes: &[u8]) -> Self {
        // Horner's rule over blocks of 32 bytes, from the most significant; the first one may be short.
        let shift = CurveScalar::from_bytes_mod_order_wide(&{
            let mut one = [0u8; 64];
            one[32] = 1;
            one
        });
        let mut value = CurveScalar::ZERO;
        for block in bytes.rchunks(32).rev() {
            let mut little = [0u8; 32];
            little.iter_mut().zip(block.iter().rev()).for_each(|(to, from)| *to = *from);
            value = value * shift + CurveScalar::from_bytes_mod_order(little);
            little.zeroize();
        }
        Self(value)
    }
    fn decode(text: &str) -> Result<Self, ScalarError> {
        if text.len() > 77 {
            let digits =
                text.len() < 4096 && text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
            return Err(if digits { ScalarError::OutOfRange } else { ScalarError::NotCanonical });
        }
        let words = decimal::parse::<5>(text).ok_or(ScalarError::NotCanonical)?;
        let mut bytes = [0u8; 32];
        for (to, word) in bytes.chunks_mut(8).zip(words) {
            to.copy_from_slice(&word.to_le_bytes());
        }
        if words[4] != 0 {
            return Err(ScalarError::OutOfRange);
        }
        Option::from(CurveScalar::from_canonical_bytes(bytes)).map(Self).ok_or(ScalarError::OutOfRange)
    }
    fn encode(&self) -> String {
        let words = self.0.as_bytes().chunks_exact(8).map(|c| {
            let mut word = [0u8; 8];
            word.copy_from_slice(c);
            u64::from_le_bytes(word)
        });
        decimal::format(words.collect())
    }
    fn random_len() -> usize {
        48
    }
    fn invert(&self) -> Option<Self> {
        (self.0 != CurveScalar::ZERO).then(|| Self(self.0.invert()))
    }
}

/// A table for [`Group::vartime_pow_fixed`] over g and one more point.
#[derive(Clone)]
pub struct Ed25519FixedBase {
    element: Ed25519Element,
    table: Arc<VartimeEdwardsPrecomputation>,
}

impl fmt::Debug for Ed25519FixedBase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ed25519FixedBase").field(&self.element).finish()
    }
}

/// Bits below the payload of an embedded element, which the search for a member uses.
const PADDING: u32 = 14;

fn hex_digit(b: u8) -> Option<u8> {
    match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'a'..=b'f' => Some(b - b'a' + 10),
        _ => None,
    }
}

/// The 32 bytes of 64 lower-case digits, reversed into the little-endian order of RFC 8032.
fn bytes_of(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 {
        return None;
    }
    let mut bytes = [0u8; 32];
    for (to, pair) in bytes.iter_mut().rev().zip(text.as_bytes().chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *to = hex_digit(*high)? << 4 | hex_digit(*low)?;
    }
    Some(bytes)
}

fn text_of(bytes: &[u8; 32]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(64);
    for b in bytes.iter().rev() {
        text.push(char::from(DIGITS[usize::from(b >> 4)]));
        text.push(char::from(DIGITS[usize::from(b & 15)]));
    }
    text
}

/// Whether y < p, and the sign bit is clear where x = 0: then the encoding is the only one of its point.
fn is_canonical(bytes: &[u8; 32]) -> bool {
    let mut y = *bytes;
    y[31] &= 0x7f;
    let high = y[31] == 0x7f && y[1..31].iter().all(|b| *b == 0xff);
    let below_p = !high || y[0] < 0xed;
    let one = y[0] == 1 && y[1..].iter().all(|b| *b == 0);
    let minus_one = high && y[0] == 0xec;
    below_p && !((one || minus_one) && bytes[31] & 0x80 != 0)
}

fn checked(bytes: [u8; 32]) -> Result<Ed25519Element, ElementError> {
    if !is_canonical(&bytes) {
        return Err(ElementError::OutOfRange);
    }
    let point = CompressedEdwardsY(bytes).decompress().ok_or(ElementError::NotAMember)?;
    if point.is_torsion_free() { Ok(Ed25519Element(point)) } else { Err(ElementError::NotAMember) }
}

/// Adds one to a little-endian number.
fn increment(bytes: &mut [u8; 32]) {
    for b in bytes.iter_mut() {
        let (next, carry) = b.overflowing_add(1);
        *b = next;
        if !carry {
            break;
        }
    }
}

impl Group for Ed25519 {
    type Element = Ed25519Element;
    type Scalar = Ed25519Scalar;
    type FixedBase = Ed25519FixedBase;
    type Powers = Ed25519Element;

    const ID: GroupId = GroupId::Ed25519;

    fn generator() -> Ed25519Element {
        Ed25519Element(ED25519_BASEPOINT_POINT)
    }
    fn identity() -> Ed25519Element {
        Ed25519Element(EdwardsPoint::identity())
    }
    fn is_identity(element: &Ed25519Element) -> bool {
        element.0.is_identity()
    }

    fn decode(text: &str) -> Result<Ed25519Element, ElementError> {
        checked(bytes_of(text).ok_or(ElementError::NotCanonical)?)
    }
    fn decode_with_powers(text: &str) -> Result<(Ed25519Element, Ed25519Element), ElementError> {
        Self::decode(text).map(|e| (e, e))
    }
    fn encode(element: &Ed25519Element) -> String {
        text_of(element.0.compress().as_bytes())
    }
    fn encode_batch(elements: &[Ed25519Element]) -> Vec<String> {
        let points: Vec<EdwardsPoint> = elements.iter().map(|e| e.0).collect();
        EdwardsPoint::compress_batch_alloc(&points).iter().map(|c| text_of(c.as_bytes())).collect()
    }

    fn mul(a: &Ed25519Element, b: &Ed25519Element) -> Ed25519Element {
        Ed25519Element(a.0 + b.0)
    }
    fn invert(a: &Ed25519Element) -> Ed25519Element {
        Ed25519Element(-a.0)
    }
    fn div(a: &Ed25519Element, b: &Ed25519Element) -> Ed25519Element {
        Ed25519Element(a.0 - b.0)
    }

    fn pow_generator(s: &Ed25519Scalar) -> Ed25519Element {
        Ed25519Element(EdwardsPoint::mul_base(&s.0))
    }
    fn pow(a: &Ed25519Element, s: &Ed25519Scalar) -> Ed25519Element {
        Ed25519Element(a.0 * s.0)
    }
    fn vartime_pow_generator(s: &Ed25519Scalar) -> Ed25519Element {
        Self::pow_generator(s)
    }
    fn vartime_pow(a: &Ed25519Element, s: &Ed25519Scalar) -> Ed25519Element {
        Ed25519Element(a.0 * s.0)
    }
    fn vartime_double_pow(
        a: &Ed25519Element,
        s: &Ed25519Scalar,
        b: &Ed25519Element,
        t: &Ed25519Scalar,
    ) -> Ed25519Element {
        Ed25519Element(EdwardsPoint::vartime_multiscalar_mul([s.0, t.0], [a.0, b.0]))
    }
    fn vartime_multi_pow(elements: &[Ed25519Element], exponents: &[Ed25519Scalar]) -> Ed25519Element {
        let count = elements.len().min(exponents.len());
        Ed25519Element(EdwardsPoint::vartime_multiscalar_mul(
            exponents.iter().take(count).map(|s| s.0),
            elements.iter().take(count).map(|e| e.0),
        ))
    }

    fn fixed_base(element: &Ed25519Element) -> Ed25519FixedBase {
        let table = VartimeEdwardsPrecomputation::new([element.0, ED25519_BASEPOINT_POINT]);
        Ed25519FixedBase { element: *element, table: Arc::new(table) }
    }
    fn fixed_element(base: &Ed25519FixedBase) -> Ed25519Element {
        base.element
    }
    fn vartime_pow_fixed(base: &Ed25519FixedBase, s: &Ed25519Scalar) -> Ed25519Element {
        Ed25519Element(base.table.vartime_multiscalar_mul([s.0]))
    }

    fn powers(element: &Ed25519Element) -> Ed25519Element {
        *element
    }
    fn vartime_commit(r: &Ed25519Scalar, a: &Ed25519Element, c: &Ed25519Scalar) -> Ed25519Element {
        Ed25519Element(EdwardsPoint::vartime_double_scalar_mul_basepoint(&c.0, &a.0, &r.0))
    }
    fn vartime_commit_shifted(
        e: Option<&Ed25519Scalar>,
        y: &Ed25519FixedBase,
        r: &Ed25519Scalar,
        b: &Ed25519Element,
        c: &Ed25519Scalar,
    ) -> Ed25519Element {
        let fixed = std::iter::once(r.0).chain(e.map(|e| e.0));
        let fixed: Vec<CurveScalar> = fixed.collect();
        Ed25519Element(y.table.vartime_mixed_multiscalar_mul(fixed, [c.0], [b.0]))
    }

    fn embed_capacity() -> usize {
        30
    }
    fn embed(integers: &[u8]) -> Result<Ed25519Element, EmbedError> {
        if integers.len() > Self::embed_capacity() {
            return Err(EmbedError::TooMany(Self::embed_capacity()));
        }
        // v·2^14: the payload starts at bit 14 of the little-endian number.
        let mut bytes = [0u8; 32];
        for (i, n) in integers.iter().rev().enumerate() {
            let shifted = u16::from(*n) << (PADDING % 8);
            bytes[i + 1] |= shifted as u8;
            bytes[i + 2] |= (shifted >> 8) as u8;
        }
        loop {
            if let Ok(element) = checked(bytes) {
                return Ok(element);
            }
            increment(&mut bytes);
        }
    }
    fn unembed(element: &Ed25519Element, count: usize) -> Result<Vec<u8>, EmbedError> {
        if count > Self::embed_capacity() {
            return Err(EmbedError::TooMany(Self::embed_capacity()));
        }
        let bytes = element.0.compress().to_bytes();
        let at = |i: usize| {
            let pair = u16::from(bytes[i + 1]) | u16::from(bytes[i + 2]) << 8;
            (pair >> (PADDING % 8)) as u8
        };
        Ok((0..count).rev().map(at).collect())
    }

    fn independent_generator(index: i64) -> Ed25519Element {
        let digest = Sha256::digest(format!("ggen|{index}"));
        // The big-endian number shifted right by two, as little-endian bytes.
        let mut bytes = [0u8; 32];
        let mut carry = 0u8;
        for (to, from) in bytes.iter_mut().rev().zip(digest.iter()) {
            *to = carry << 6 | from >> 2;
            carry = from & 3;
        }
        loop {
            if let Some(point) = CompressedEdwardsY(bytes).decompress() {
                return Ed25519Element(point.mul_by_cofactor());
            }
            increment(&mut bytes);
        }
    }
    fn sort_key(element: &Ed25519Element) -> Vec<u8> {
        element.0.compress().as_bytes().to_vec()
    }
}
