//! ElGamal ciphertexts.

use rand_core::CryptoRng;

use crate::group::{Group, Scalar};
use crate::json::{ReadError, Reader};

/// `{"alpha":g^r,"beta":y^r·m}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ciphertext<G: Group> {
    /// g^r.
    pub alpha: G::Element,
    /// y^r times the plaintext element.
    pub beta: G::Element,
}

impl<G: Group> Ciphertext<G> {
    /// The ciphertext of the identity with randomness 0; the empty product.
    pub fn identity() -> Self {
        Self { alpha: G::identity(), beta: G::identity() }
    }

    /// Encrypts an element with the given randomness, in constant time.
    pub fn encrypt(key: &G::FixedBase, plaintext: &G::Element, r: &G::Scalar) -> Self {
        Self { alpha: G::pow_generator(r), beta: G::mul(&G::pow_fixed(key, r), plaintext) }
    }

    /// Encrypts with fresh randomness, which is returned.
    pub fn encrypt_random(
        key: &G::FixedBase,
        plaintext: &G::Element,
        rng: &mut dyn CryptoRng,
    ) -> (Self, G::Scalar) {
        let r = G::Scalar::random(rng);
        (Self::encrypt(key, plaintext, &r), r)
    }

    /// The ciphertext of the product of plaintexts.
    #[must_use]
    pub fn multiply(&self, other: &Self) -> Self {
        Self { alpha: G::mul(&self.alpha, &other.alpha), beta: G::mul(&self.beta, &other.beta) }
    }

    /// The quotient of two ciphertexts.
    #[must_use]
    pub fn divide(&self, other: &Self) -> Self {
        Self { alpha: G::div(&self.alpha, &other.alpha), beta: G::div(&self.beta, &other.beta) }
    }

    /// The ciphertext raised to a public exponent, such as a weight.
    #[must_use]
    pub fn vartime_pow(&self, exponent: &G::Scalar) -> Self {
        Self { alpha: G::vartime_pow(&self.alpha, exponent), beta: G::vartime_pow(&self.beta, exponent) }
    }

    /// Appends canonical JSON.
    pub fn write(&self, out: &mut String) {
        out.push_str("{\"alpha\":\"");
        out.push_str(&G::encode(&self.alpha));
        out.push_str("\",\"beta\":\"");
        out.push_str(&G::encode(&self.beta));
        out.push_str("\"}");
    }

    /// Reads canonical JSON; both elements are members afterwards.
    ///
    /// # Errors
    /// Any other spelling and elements outside the group.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, ReadError> {
        reader.token("{\"alpha\":")?;
        let alpha = reader.element::<G>()?;
        reader.token(",\"beta\":")?;
        let beta = reader.element::<G>()?;
        reader.token("}")?;
        Ok(Self { alpha, beta })
    }
}
