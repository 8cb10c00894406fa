//! Portable Montgomery arithmetic modulo an odd 2048-bit number, for public data.
//!
//! Residues are in Montgomery form with R = 2^2048 and always below the modulus, so two residues are equal exactly
//! when their words are. The running time depends on the operands.

/// Words of a residue.
pub(super) const WORDS: usize = 32;
/// A residue in Montgomery form, least significant word first.
pub(super) type Residue = [u64; WORDS];

/// An odd modulus of exactly 2048 bits with its constants.
#[derive(Debug)]
pub(super) struct Modulus {
    pub(super) value: Residue,
    negated_inverse: u64,
    /// R mod p, the residue of 1.
    pub(super) one: Residue,
    square: Residue,
}

/// t + a·b + c as (low, high); cannot overflow 128 bits.
#[inline(always)]
fn multiply_add(t: u64, a: u64, b: u64, c: u64) -> (u64, u64) {
    let wide = u128::from(a) * u128::from(b) + u128::from(t) + u128::from(c);
    (wide as u64, (wide >> 64) as u64)
}

/// Whether a ≥ b.
pub(super) fn at_least(a: &Residue, b: &Residue) -> bool {
    a.iter().rev().cmp(b.iter().rev()).is_ge()
}

/// a - b modulo 2^2048.
#[inline]
fn subtract(a: &mut Residue, b: &Residue) {
    let mut borrow = false;
    for (a, b) in a.iter_mut().zip(b) {
        let (difference, first) = a.overflowing_sub(*b);
        let (difference, second) = difference.overflowing_sub(u64::from(borrow));
        *a = difference;
        borrow = first | second;
    }
}

impl Modulus {
    /// The constants of `value`, which must be odd with its top bit set.
    pub(super) fn new(value: Residue) -> Self {
        // Newton's iteration doubles the correct low bits of 1/p modulo 2^64.
        let mut inverse = 1u64;
        for _ in 0..6 {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(value[0].wrapping_mul(inverse)));
        }
        // 2^2048 - p < p because the top bit of p is set.
        let mut one = [0u64; WORDS];
        subtract(&mut one, &value);
        let mut square = one;
        for _ in 0..WORDS * 64 {
            square = double(&square, &value);
        }
        Self { value, negated_inverse: inverse.wrapping_neg(), one, square }
    }

    /// a·b/R.
    #[inline]
    pub(super) fn multiply(&self, a: &Residue, b: &Residue) -> Residue {
        let p = &self.value;
        let mut t = [0u64; WORDS];
        let mut top = 0u64;
        for &ai in a {
            let (low, mut carry) = multiply_add(t[0], ai, b[0], 0);
            let m = low.wrapping_mul(self.negated_inverse);
            let (_, mut fold) = multiply_add(low, m, p[0], 0);
            for j in 1..WORDS {
                let (low, high) = multiply_add(t[j], ai, b[j], carry);
                carry = high;
                let (low, high) = multiply_add(low, m, p[j], fold);
                fold = high;
                t[j - 1] = low;
            }
            let sum = u128::from(carry) + u128::from(fold) + u128::from(top);
            t[WORDS - 1] = sum as u64;
            top = (sum >> 64) as u64;
        }
        self.finish(t, top)
    }

    /// a²/R.
    #[inline]
    pub(super) fn square(&self, a: &Residue) -> Residue {
        // The products of different words once, doubled, then the squares of the words.
        let mut t = [0u64; WORDS * 2];
        for i in 0..WORDS {
            let mut carry = 0;
            let row: &mut [u64] = &mut t[2 * i + 1..=i + WORDS];
            let Some((last, row)) = row.split_last_mut() else { continue };
            for (slot, aj) in row.iter_mut().zip(&a[i + 1..]) {
                let (low, high) = multiply_add(*slot, a[i], *aj, carry);
                *slot = low;
                carry = high;
            }
            *last = carry;
        }
        let mut shifted = 0u64;
        let mut carry = 0u64;
        for (pair, ai) in t.chunks_exact_mut(2).zip(a) {
            let (low, high) = (pair[0] << 1 | shifted, pair[1] << 1 | pair[0] >> 63);
            shifted = pair[1] >> 63;
            let (low, up) = multiply_add(low, *ai, *ai, carry);
            let (high, over) = high.overflowing_add(up);
            pair[0] = low;
            pair[1] = high;
            carry = u64::from(over);
        }
        self.reduce(&mut t)
    }

    #[inline]
    fn reduce(&self, t: &mut [u64; WORDS * 2]) -> Residue {
        let p = &self.value;
        let mut top = 0u64;
        for i in 0..WORDS {
            let window = &mut t[i..=i + WORDS];
            let Some((last, row)) = window.split_last_mut() else { continue };
            let m = row[0].wrapping_mul(self.negated_inverse);
            let mut carry = 0;
            for (slot, pj) in row.iter_mut().zip(p) {
                let (low, high) = multiply_add(*slot, m, *pj, carry);
                *slot = low;
                carry = high;
            }
            let sum = u128::from(*last) + u128::from(carry) + u128::from(top);
            *last = sum as u64;
            top = (sum >> 64) as u64;
        }
        let mut out = [0u64; WORDS];
        out.copy_from_slice(&t[WORDS..]);
        self.finish(out, top)
    }

    #[inline]
    fn finish(&self, mut t: Residue, top: u64) -> Residue {
        if top != 0 || at_least(&t, &self.value) {
            subtract(&mut t, &self.value);
        }
        t
    }

    /// The residue of a number below p.
    pub(super) fn enter(&self, number: &Residue) -> Residue {
        self.multiply(number, &self.square)
    }

    /// The number of a residue.
    pub(super) fn leave(&self, residue: &Residue) -> Residue {
        let mut t = [0u64; WORDS * 2];
        t[..WORDS].copy_from_slice(residue);
        self.reduce(&mut t)
    }
}

fn double(a: &Residue, p: &Residue) -> Residue {
    let mut out = [0u64; WORDS];
    let mut carry = 0;
    for (to, from) in out.iter_mut().zip(a) {
        *to = from << 1 | carry;
        carry = from >> 63;
    }
    if carry != 0 || at_least(&out, p) {
        subtract(&mut out, p);
    }
    out
}
