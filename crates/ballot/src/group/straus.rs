//! Exponentiation with public exponents: tables for fixed bases, shared squarings for the others.

use super::montgomery::{Modulus, Residue};

/// Width of the sliding windows; 2^(WINDOW-1) odd powers are tabulated per base.
const WINDOW: usize = 4;
const ODD: usize = 1 << (WINDOW - 1);
/// Bases whose tables are alive at the same time in one multi-exponentiation; bounds its memory to 256 KiB.
const BATCH: usize = 128;

/// a, a³, a⁵, ..., a¹⁵.
type OddPowers = [Residue; ODD];

fn odd_powers(m: &Modulus, a: &Residue) -> OddPowers {
    let square = m.square(a);
    let mut table = [*a; ODD];
    for i in 1..ODD {
        table[i] = m.multiply(&table[i - 1], &square);
    }
    table
}

/// Calls `put(bit, digit)` so that the exponent is the sum of digit·2^bit over odd digits below 2^WINDOW.
fn recode(exponent: &[u64], mut put: impl FnMut(usize, usize)) {
    let bits = exponent.len() * 64;
    let bit = |i: usize| exponent.get(i / 64).map_or(0, |w| (w >> (i % 64)) as usize & 1);
    let mut i = 0;
    while i < bits {
        if bit(i) == 0 {
            i += 1;
            continue;
        }
        put(i, (0..WINDOW).map(|k| bit(i + k) << k).sum());
        i += WINDOW;
    }
}

/// The product of table_j^exponent_j, all exponents as little-endian words.
fn interleave(m: &Modulus, jobs: &[(&OddPowers, &[u64])]) -> Option<Residue> {
    let length = jobs.iter().map(|(_, e)| e.len()).max().unwrap_or(0) * 64 + WINDOW;
    let mut steps: Vec<Vec<(u32, u8)>> = vec![Vec::new(); length];
    for (j, (_, exponent)) in jobs.iter().enumerate() {
        recode(exponent, |bit, digit| {
            if let Some(step) = steps.get_mut(bit) {
                step.push((j as u32, digit as u8));
            }
        });
    }
    let mut product: Option<Residue> = None;
    for step in steps.iter().rev() {
        if let Some(value) = &mut product {
            *value = m.square(value);
        }
        for (j, digit) in step {
            let factor = &jobs[*j as usize].0[usize::from(digit / 2)];
            product = Some(product.map_or(*factor, |value| m.multiply(&value, factor)));
        }
    }
    product
}

/// The product of base_j^exponent_j.
pub(super) fn multi_pow(m: &Modulus, pairs: &[(&Residue, &[u64])]) -> Residue {
    pairs.chunks(BATCH).fold(m.one, |product, batch| {
        let tables: Vec<OddPowers> = batch.iter().map(|(base, _)| odd_powers(m, base)).collect();
        let jobs: Vec<_> = tables.iter().zip(batch).map(|(table, (_, e))| (table, *e)).collect();
        interleave(m, &jobs).map_or(product, |value| m.multiply(&product, &value))
    })
}

/// Odd powers of a^(2^(32·k)), so that several exponents of the same base share most squarings.
#[derive(Clone, Debug)]
pub(super) struct SharedPowers {
    tables: Vec<OddPowers>,
}

impl SharedPowers {
    /// Splits exponents into `pieces` of 32 bits; 1 keeps them whole, whatever their length.
    pub(super) fn new(m: &Modulus, a: &Residue, pieces: usize) -> Self {
        let mut base = *a;
        let mut tables = Vec::with_capacity(pieces);
        for k in 0..pieces.max(1) {
            if k > 0 {
                for _ in 0..32 {
                    base = m.square(&base);
                }
            }
            tables.push(odd_powers(m, &base));
        }
        Self { tables }
    }

    /// a^exponent.
    pub(super) fn pow(&self, m: &Modulus, exponent: &[u64]) -> Residue {
        if let [table] = self.tables.as_slice() {
            return interleave(m, &[(table, exponent)]).unwrap_or(m.one);
        }
        let halves: Vec<u64> = exponent.iter().flat_map(|w| [w & 0xffff_ffff, w >> 32]).collect();
        let jobs: Vec<_> = self.tables.iter().zip(halves.chunks(1)).collect();
        interleave(m, &jobs).unwrap_or(m.one)
    }
}

/// base^(d·2^(w·i)) for every window i and digit d of w bits.
#[derive(Debug)]
pub(super) struct FixedTable {
    width: usize,
    rows: Vec<Residue>,
}

impl FixedTable {
    /// A table for exponents of `bits` bits; `width` divides 64.
    pub(super) fn new(m: &Modulus, base: &Residue, bits: usize, width: usize) -> Self {
        let digits = (1usize << width) - 1;
        let windows = bits.div_ceil(width);
        let mut rows = Vec::with_capacity(windows * digits);
        let mut base = *base;
        for _ in 0..windows {
            let mut power = base;
            for _ in 0..digits {
                rows.push(power);
                power = m.multiply(&power, &base);
            }
            base = power;
        }
        Self { width, rows }
    }

    /// accumulator·base^exponent.
    pub(super) fn multiply_pow(&self, m: &Modulus, accumulator: Residue, exponent: &[u64]) -> Residue {
        let digits = (1usize << self.width) - 1;
        let per_word = 64 / self.width;
        let mut value = accumulator;
        for (i, row) in self.rows.chunks_exact(digits).enumerate() {
            let word = exponent.get(i / per_word).copied().unwrap_or(0);
            let digit = (word >> (i % per_word * self.width)) as usize & digits;
            if let Some(factor) = digit.checked_sub(1).and_then(|d| row.get(d)) {
                value = m.multiply(&value, factor);
            }
        }
        value
    }
}
