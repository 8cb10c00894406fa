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

/// The sum of a column of products: 192 bits are enough for 64 of them.
#[derive(Clone, Copy, Default)]
struct Column {
    low: u128,
    high: u64,
}

impl Column {
    #[inline(always)]
    fn add(&mut self, a: u64, b: u64) {
        let (low, carry) = self.low.overflowing_add(u128::from(a) * u128::from(b));
        self.low = low;
        self.high += u64::from(carry);
    }

    #[inline(always)]
    fn low(&self) -> u64 {
        self.low as u64
    }

    /// On to the next column.
    #[inline(always)]
    fn shift(&mut self) {
        self.low = self.low >> 64 | u128::from(self.high) << 64;
        self.high = 0;
    }
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

    /// a·b/R, column by column: the words of a·b and of m·p that meet in a column are added up together.
    #[inline]
    pub(super) fn multiply(&self, a: &Residue, b: &Residue) -> Residue {
        let p = &self.value;
        let mut m = [0u64; WORDS];
        let mut out = [0u64; WORDS];
        let mut column = Column::default();
        for i in 0..WORDS {
            for j in 0..i {
                column.add(a[j], b[i - j]);
                column.add(m[j], p[i - j]);
            }
            column.add(a[i], b[0]);
            m[i] = column.low().wrapping_mul(self.negated_inverse);
            column.add(m[i], p[0]);
            column.shift();
        }
        for i in 0..WORDS {
            for j in i + 1..WORDS {
                column.add(a[j], b[WORDS + i - j]);
                column.add(m[j], p[WORDS + i - j]);
            }
            out[i] = column.low();
            column.shift();
        }
        self.finish(out, column.low())
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

    /// t/R, two words at a time.
    #[inline]
    fn reduce(&self, t: &mut [u64; WORDS * 2]) -> Residue {
        let p = &self.value;
        let mut top = 0u64;
        for i in (0..WORDS).step_by(2) {
            let row: &mut [u64] = &mut t[i..i + WORDS + 2];
            let m0 = row[0].wrapping_mul(self.negated_inverse);
            let (_, carry) = multiply_add(row[0], m0, p[0], 0);
            let (low, mut carry0) = multiply_add(row[1], m0, p[1], carry);
            let m1 = low.wrapping_mul(self.negated_inverse);
            let (_, mut carry1) = multiply_add(low, m1, p[0], 0);
            for j in 2..WORDS {
                let (low, high) = multiply_add(row[j], m0, p[j], carry0);
                carry0 = high;
                let (low, high) = multiply_add(low, m1, p[j - 1], carry1);
                carry1 = high;
                row[j] = low;
            }
            let (low, high) = multiply_add(row[WORDS], m1, p[WORDS - 1], carry1);
            let low = u128::from(low) + u128::from(carry0) + u128::from(top);
            row[WORDS] = low as u64;
            let next = u128::from(row[WORDS + 1]) + u128::from(high) + (low >> 64);
            row[WORDS + 1] = next as u64;
            top = (next >> 64) as u64;
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
