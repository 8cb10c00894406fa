//! Exponents of the finite-field groups, in constant time.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Add, Mul, Neg, Sub};

use crypto_bigint::Uint;
use crypto_bigint::modular::FixedMontyForm;
use zeroize::Zeroize;

use super::ModpParameters;
use crate::group::{Scalar, ScalarError, decimal};

/// An integer modulo q, of `L` 64-bit words.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ModpScalar<P, const L: usize>(pub(super) Uint<L>, PhantomData<P>);

impl<P, const L: usize> fmt::Debug for ModpScalar<P, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ModpScalar(..)")
    }
}

impl<P, const L: usize> Zeroize for ModpScalar<P, L> {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl<P: ModpParameters<L>, const L: usize> ModpScalar<P, L> {
    fn new(value: Uint<L>) -> Self {
        Self(value, PhantomData)
    }
    /// value·2^(64·L) mod q, for any value of L words.
    fn shifted(value: &Uint<L>) -> Uint<L> {
        *FixedMontyForm::new(value, &P::parameters().q).as_montgomery()
    }
    /// value mod q, for any value of L words.
    fn reduced(value: &Uint<L>) -> Uint<L> {
        FixedMontyForm::new(value, &P::parameters().q).retrieve()
    }
    pub(super) fn words(&self) -> &[u64; L] {
        self.0.as_words()
    }
}

impl<P: ModpParameters<L>, const L: usize> Add for ModpScalar<P, L> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.0.add_mod(&other.0, P::parameters().q.modulus().as_nz_ref()))
    }
}

impl<P: ModpParameters<L>, const L: usize> Sub for ModpScalar<P, L> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.0.sub_mod(&other.0, P::parameters().q.modulus().as_nz_ref()))
    }
}

impl<P: ModpParameters<L>, const L: usize> Mul for ModpScalar<P, L> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        // (a·R)·b/R, with b taken as a residue as it is.
        let q = &P::parameters().q;
        let a = FixedMontyForm::new(&self.0, q);
        Self::new(*a.mul(&FixedMontyForm::from_montgomery(other.0, q)).as_montgomery())
    }
}

impl<P: ModpParameters<L>, const L: usize> Neg for ModpScalar<P, L> {
    type Output = Self;
    fn neg(self) -> Self {
        Self::new(self.0.neg_mod(P::parameters().q.modulus().as_nz_ref()))
    }
}

impl<P: ModpParameters<L>, const L: usize> Scalar for ModpScalar<P, L> {
    fn zero() -> Self {
        Self::new(Uint::ZERO)
    }
    fn one() -> Self {
        Self::new(Uint::ONE)
    }
    fn from_u64(value: u64) -> Self {
        Self::new(Uint::from_u64(value))
    }
    fn from_be_bytes(bytes: &[u8]) -> Self {
        let mut value = Uint::<L>::ZERO;
        for block in bytes.rchunks(8 * L).rev() {
            let mut words = [0u64; L];
            for (word, part) in words.iter_mut().zip(block.rchunks(8)) {
                *word = part.iter().fold(0, |n, b| n << 8 | u64::from(*b));
            }
            let block = Self::new(Self::reduced(&Uint::from_words(words)));
            value = (Self::new(Self::shifted(&value)) + block).0;
            words.zeroize();
        }
        Self::new(value)
    }
    fn decode(text: &str) -> Result<Self, ScalarError> {
        let words = decimal::parse::<L>(text).ok_or_else(|| {
            let digits =
                text.len() < 4096 && !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
            if digits && !text.is_empty() { ScalarError::OutOfRange } else { ScalarError::NotCanonical }
        })?;
        let value = Uint::from_words(words);
        if value.cmp_vartime(P::parameters().q.modulus().as_ref()).is_lt() {
            Ok(Self::new(value))
        } else {
            Err(ScalarError::OutOfRange)
        }
    }
    fn encode(&self) -> String {
        decimal::format(self.words().to_vec())
    }
    fn random_len() -> usize {
        8 * L + 16
    }
    fn invert(&self) -> Option<Self> {
        let inverse: Option<Uint<L>> = self.0.invert_odd_mod(P::parameters().q.modulus()).into();
        inverse.map(Self::new)
    }
}
