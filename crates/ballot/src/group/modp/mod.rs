//! Subgroups of the multiplicative group modulo a 2048-bit prime.
//!
//! Elements and public exponents use the portable arithmetic of this crate; whatever touches a secret goes through
//! `crypto-bigint`, which runs in constant time. Both keep residues in Montgomery form with R = 2^2048.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crypto_bigint::modular::FixedMontyForm;
use crypto_bigint::{JacobiSymbol, Uint};
use sha2::{Digest, Sha256};

use super::montgomery::{Residue, WORDS, at_least};
use super::straus::{FixedTable, SharedPowers, multi_pow};
use super::{ElementError, EmbedError, Group, GroupId, decimal};

mod parameters;
mod scalar;

pub use parameters::{Belenios2048, BeleniosParameters, ModpParameters, Rfc3526, Rfc3526Parameters};
pub use scalar::ModpScalar;

use parameters::Parameters;

/// A finite-field group; see [`Belenios2048`] and [`Rfc3526`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Modp<P, const L: usize>(PhantomData<P>);

/// A member of the subgroup of order q modulo p.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ModpElement<P, const L: usize>(Residue, PhantomData<P>);

/// A table of powers of one element.
#[derive(Clone)]
pub struct ModpFixedBase<P, const L: usize> {
    element: ModpElement<P, L>,
    table: Arc<FixedTable>,
}

/// Odd powers of an element, shared by several exponentiations.
#[derive(Clone, Debug)]
pub struct ModpPowers<P, const L: usize>(SharedPowers, PhantomData<P>);

impl<P: ModpParameters<L>, const L: usize> fmt::Debug for ModpElement<P, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Modp::<P, L>::encode(self))
    }
}

impl<P: ModpParameters<L>, const L: usize> fmt::Debug for ModpFixedBase<P, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ModpFixedBase").field(&self.element).finish()
    }
}

impl<P: ModpParameters<L>, const L: usize> Modp<P, L> {
    fn element(residue: Residue) -> ModpElement<P, L> {
        ModpElement(residue, PhantomData)
    }

    fn shared(residue: &Residue) -> SharedPowers {
        let pieces = if L <= 8 { 2 * L } else { 1 };
        SharedPowers::new(&P::parameters().modulus, residue, pieces)
    }

    /// A number below p, as a residue.
    fn parse(text: &str) -> Result<Residue, ElementError> {
        let parameters = P::parameters();
        let number = decimal::parse::<WORDS>(text).ok_or_else(|| {
            let digits =
                text.len() < 4096 && !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
            if digits && !text.is_empty() { ElementError::OutOfRange } else { ElementError::NotCanonical }
        })?;
        if at_least(&number, &parameters.modulus.value) {
            return Err(ElementError::OutOfRange);
        }
        Ok(parameters.modulus.enter(&number))
    }

    /// x^q = 1; for a safe prime the same as Jacobi symbol 1, which is far cheaper.
    fn is_member(residue: &Residue, powers: Option<&SharedPowers>) -> bool {
        let parameters = P::parameters();
        if parameters.safe_prime {
            // The symbol of x·R is that of x, because R = (2^1024)² is a square.
            let symbol = Uint::from_words(*residue).jacobi_symbol_vartime(parameters.p.modulus());
            return symbol == JacobiSymbol::One;
        }
        if residue.iter().all(|w| *w == 0) {
            return false;
        }
        let q = parameters.q.modulus().as_ref().to_words();
        let power = match powers {
            Some(powers) => powers.pow(&parameters.modulus, &q),
            None => Self::shared(residue).pow(&parameters.modulus, &q),
        };
        power == parameters.modulus.one
    }

    fn secret_pow(base: &Residue, s: &ModpScalar<P, L>) -> ModpElement<P, L> {
        let parameters = P::parameters();
        let base = FixedMontyForm::from_montgomery(Uint::from_words(*base), &parameters.p);
        Self::element(base.pow_bounded_exp(&s.0, parameters.q_bits).as_montgomery().to_words())
    }
}

/// Bits below the payload of an embedded element.
const PADDING: u32 = 8;

impl<P: ModpParameters<L>, const L: usize> Group for Modp<P, L> {
    type Element = ModpElement<P, L>;
    type Scalar = ModpScalar<P, L>;
    type FixedBase = ModpFixedBase<P, L>;
    type Powers = ModpPowers<P, L>;

    const ID: GroupId = P::ID;

    fn generator() -> Self::Element {
        Self::element(P::parameters().generator)
    }
    fn identity() -> Self::Element {
        Self::element(P::parameters().modulus.one)
    }

    fn decode(text: &str) -> Result<Self::Element, ElementError> {
        let residue = Self::parse(text)?;
        if Self::is_member(&residue, None) {
            Ok(Self::element(residue))
        } else {
            Err(ElementError::NotAMember)
        }
    }
    fn decode_with_powers(text: &str) -> Result<(Self::Element, Self::Powers), ElementError> {
        let residue = Self::parse(text)?;
        let powers = Self::shared(&residue);
        if Self::is_member(&residue, Some(&powers)) {
            Ok((Self::element(residue), ModpPowers(powers, PhantomData)))
        } else {
            Err(ElementError::NotAMember)
        }
    }
    fn encode(element: &Self::Element) -> String {
        decimal::format(P::parameters().modulus.leave(&element.0).to_vec())
    }

    fn mul(a: &Self::Element, b: &Self::Element) -> Self::Element {
        Self::element(P::parameters().modulus.multiply(&a.0, &b.0))
    }
    fn invert(a: &Self::Element) -> Self::Element {
        let form = FixedMontyForm::from_montgomery(Uint::from_words(a.0), &P::parameters().p);
        let inverse: Option<FixedMontyForm<WORDS>> = form.invert_vartime().into();
        // Members are not 0, so an inverse exists.
        inverse.map_or_else(Self::identity, |i| Self::element(i.as_montgomery().to_words()))
    }

    fn pow_generator(s: &Self::Scalar) -> Self::Element {
        Self::secret_pow(&P::parameters().generator, s)
    }
    fn pow(a: &Self::Element, s: &Self::Scalar) -> Self::Element {
        Self::secret_pow(&a.0, s)
    }
    fn vartime_pow_generator(s: &Self::Scalar) -> Self::Element {
        let parameters = P::parameters();
        let one = parameters.modulus.one;
        Self::element(parameters.generator_table.multiply_pow(&parameters.modulus, one, s.words()))
    }
    fn vartime_pow(a: &Self::Element, s: &Self::Scalar) -> Self::Element {
        Self::element(multi_pow(&P::parameters().modulus, &[(&a.0, s.words())]))
    }
    fn vartime_double_pow(
        a: &Self::Element,
        s: &Self::Scalar,
        b: &Self::Element,
        t: &Self::Scalar,
    ) -> Self::Element {
        Self::element(multi_pow(&P::parameters().modulus, &[(&a.0, s.words()), (&b.0, t.words())]))
    }
    fn vartime_multi_pow(elements: &[Self::Element], exponents: &[Self::Scalar]) -> Self::Element {
        let pairs: Vec<(&Residue, &[u64])> =
            elements.iter().zip(exponents).map(|(e, s)| (&e.0, s.words().as_slice())).collect();
        Self::element(multi_pow(&P::parameters().modulus, &pairs))
    }

    fn fixed_base(element: &Self::Element) -> Self::FixedBase {
        let parameters = P::parameters();
        let width = Parameters::<L>::table_width();
        let table = FixedTable::new(&parameters.modulus, &element.0, parameters.q_bits as usize, width);
        ModpFixedBase { element: *element, table: Arc::new(table) }
    }
    fn fixed_element(base: &Self::FixedBase) -> Self::Element {
        base.element
    }
    fn vartime_pow_fixed(base: &Self::FixedBase, s: &Self::Scalar) -> Self::Element {
        let modulus = &P::parameters().modulus;
        Self::element(base.table.multiply_pow(modulus, modulus.one, s.words()))
    }

    fn powers(element: &Self::Element) -> Self::Powers {
        ModpPowers(Self::shared(&element.0), PhantomData)
    }
    fn vartime_commit(r: &Self::Scalar, a: &Self::Powers, c: &Self::Scalar) -> Self::Element {
        let parameters = P::parameters();
        let power = a.0.pow(&parameters.modulus, c.words());
        Self::element(parameters.generator_table.multiply_pow(&parameters.modulus, power, r.words()))
    }
    fn vartime_commit_shifted(
        e: Option<&Self::Scalar>,
        y: &Self::FixedBase,
        r: &Self::Scalar,
        b: &Self::Powers,
        c: &Self::Scalar,
    ) -> Self::Element {
        let parameters = P::parameters();
        let modulus = &parameters.modulus;
        let power = b.0.pow(modulus, c.words());
        let power = y.table.multiply_pow(modulus, power, r.words());
        Self::element(match e {
            Some(e) => parameters.generator_table.multiply_pow(modulus, power, e.words()),
            None => power,
        })
    }

    fn embed_capacity() -> usize {
        if P::EMBEDS { (2048 - PADDING as usize) / 8 } else { 0 }
    }
    fn embed(integers: &[u8]) -> Result<Self::Element, EmbedError> {
        if !P::EMBEDS {
            return Err(EmbedError::Unsupported);
        }
        if integers.len() > Self::embed_capacity() {
            return Err(EmbedError::TooMany(Self::embed_capacity()));
        }
        let modulus = &P::parameters().modulus;
        let mut number = [0u64; WORDS];
        for (i, n) in integers.iter().rev().enumerate() {
            number[(i + 1) / 8] |= u64::from(*n) << ((i + 1) % 8 * 8);
        }
        // The payload leaves 256 candidates; 255 integers of 255 would exceed p, so a step may leave the field.
        loop {
            if !at_least(&number, &modulus.value) {
                let residue = modulus.enter(&number);
                if Self::is_member(&residue, None) {
                    return Ok(Self::element(residue));
                }
            }
            match number[0].checked_add(1) {
                Some(low) if low & 0xff != 0 => number[0] = low,
                _ => return Err(EmbedError::TooMany(Self::embed_capacity() - 1)),
            }
        }
    }
    fn unembed(element: &Self::Element, count: usize) -> Result<Vec<u8>, EmbedError> {
        if !P::EMBEDS {
            return Err(EmbedError::Unsupported);
        }
        if count > Self::embed_capacity() {
            return Err(EmbedError::TooMany(Self::embed_capacity()));
        }
        let number = P::parameters().modulus.leave(&element.0);
        Ok((1..=count).rev().map(|i| (number[i / 8] >> (i % 8 * 8)) as u8).collect())
    }

    fn independent_generator(index: i64) -> Self::Element {
        let parameters = P::parameters();
        let digest = Sha256::digest(format!("ggen|{index}"));
        let mut number = [0u64; WORDS];
        for (word, part) in number.iter_mut().zip(digest.rchunks(8)) {
            *word = part.iter().fold(0, |n, b| n << 8 | u64::from(*b));
        }
        let base = parameters.modulus.enter(&number);
        let exponent = parameters.cofactor.to_words();
        Self::element(multi_pow(&parameters.modulus, &[(&base, exponent.as_slice())]))
    }
    fn sort_key(element: &Self::Element) -> Vec<u8> {
        let number = P::parameters().modulus.leave(&element.0);
        number.iter().rev().flat_map(|word| word.to_be_bytes()).collect()
    }
}
