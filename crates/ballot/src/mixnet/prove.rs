//! Shuffling and proving. Everything here runs in constant time in the permutation's exponents.

use rand_core::CryptoRng;
use rayon::prelude::*;
use zeroize::{Zeroize, Zeroizing};

use super::transcript::Statement;
use super::{Mixnet, ShuffleError, ShuffleProof};
use crate::elgamal::Ciphertext;
use crate::group::{Group, Scalar};

/// The secrets of a shuffle: ψ and the exponents of the re-encryption. Wiped when dropped, never printed.
pub struct ShuffleWitness<S: Scalar> {
    /// ψ, from 0: output i is a re-encryption of input `permutation[i]`.
    permutation: Vec<usize>,
    /// r', by index of the *input*.
    randomness: Vec<S>,
}

impl<S: Scalar> Drop for ShuffleWitness<S> {
    fn drop(&mut self) {
        self.permutation.zeroize();
        self.randomness.zeroize();
    }
}

impl<S: Scalar> std::fmt::Debug for ShuffleWitness<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ShuffleWitness({} ciphertexts)", self.permutation.len())
    }
}

/// A uniform integer below `bound` (at least 1), by rejection.
fn below(bound: usize, rng: &mut dyn CryptoRng) -> usize {
    let bound = bound as u64;
    let limit = u64::MAX - u64::MAX % bound;
    loop {
        let draw = rng.next_u64();
        if draw < limit {
            return (draw % bound) as usize;
        }
    }
}

impl<S: Scalar> ShuffleWitness<S> {
    /// Uniform secrets for `n` ciphertexts.
    pub fn random(n: usize, rng: &mut dyn CryptoRng) -> Self {
        let mut permutation: Vec<usize> = (0..n).collect();
        for i in (1..n).rev() {
            permutation.swap(i, below(i + 1, rng));
        }
        Self { permutation, randomness: (0..n).map(|_| S::random(rng)).collect() }
    }

    fn fits(&self, n: usize) -> Result<(), ShuffleError> {
        let fits = self.permutation.len() == n && self.randomness.len() == n;
        if fits { Ok(()) } else { Err(ShuffleError::Witness) }
    }

    /// The values of `list` in the order of the outputs.
    pub(super) fn permuted<T: Copy>(&self, list: &[T]) -> Result<Vec<T>, ShuffleError> {
        self.permutation.iter().map(|&j| list.get(j).copied().ok_or(ShuffleError::Witness)).collect()
    }

    /// The inverse of [`ShuffleWitness::permuted`].
    pub(super) fn restored<T: Copy>(&self, list: &[T], filler: T) -> Result<Vec<T>, ShuffleError> {
        let mut out = vec![filler; list.len()];
        for (&j, value) in self.permutation.iter().zip(list) {
            *out.get_mut(j).ok_or(ShuffleError::Witness)? = *value;
        }
        Ok(out)
    }
}

fn draw<S: Scalar>(n: usize, rng: &mut dyn CryptoRng) -> Zeroizing<Vec<S>> {
    Zeroizing::new((0..n).map(|_| S::random(rng)).collect())
}

fn sum_of_products<S: Scalar>(a: &[S], b: &[S]) -> S {
    a.iter().zip(b).fold(S::zero(), |sum, (x, y)| sum + *x * *y)
}

/// Product of a_i^x_i for secret exponents.
fn secret_product<G: Group>(elements: &[G::Element], exponents: &[G::Scalar]) -> G::Element {
    let powers = elements.par_iter().zip(exponents).map(|(a, x)| G::pow(a, x));
    powers.reduce(G::identity, |a, b| G::mul(&a, &b))
}

/// The commitment chain ĉ, and the exponents (R, U) of its links 0..N to the bases g and h: the prover knows both,
/// so every link is two powers of fixed elements instead of one power of the link before.
struct Chain<G: Group> {
    links: Vec<G::Element>,
    r: Zeroizing<Vec<G::Scalar>>,
    u: Zeroizing<Vec<G::Scalar>>,
}

impl<G: Group> Mixnet<G> {
    /// The re-encrypted and permuted ciphertexts e'.
    ///
    /// # Errors
    /// [`ShuffleError::Witness`] when the secrets are for another number of ciphertexts.
    pub fn permute(
        &self,
        e: &[Ciphertext<G>],
        witness: &ShuffleWitness<G::Scalar>,
    ) -> Result<Vec<Ciphertext<G>>, ShuffleError> {
        witness.fits(e.len())?;
        let fresh: Vec<Ciphertext<G>> = e
            .par_iter()
            .zip(&witness.randomness)
            .map(|(c, r)| c.multiply(&Ciphertext::encrypt(&self.key_table, &G::identity(), r)))
            .collect();
        witness.permuted(&fresh)
    }

    fn chain(&self, h: &G::FixedBase, r_hat: &[G::Scalar], u_prime: &[G::Scalar]) -> Chain<G> {
        let mut r = Zeroizing::new(vec![G::Scalar::zero()]);
        let mut u = Zeroizing::new(vec![G::Scalar::one()]);
        let (mut last_r, mut last_u) = (G::Scalar::zero(), G::Scalar::one());
        for (fresh, challenge) in r_hat.iter().zip(u_prime) {
            last_r = *fresh + *challenge * last_r;
            last_u = *challenge * last_u;
            r.push(last_r);
            u.push(last_u);
        }
        last_r.zeroize();
        let links = (&r[1..], &u[1..]).into_par_iter();
        let links = links.map(|(r, u)| G::mul(&G::pow_generator(r), &G::pow_fixed(h, u))).collect();
        Chain { links, r, u }
    }

    /// The proof that `f` is `e` shuffled with the secrets of `witness`.
    ///
    /// # Errors
    /// [`ShuffleError::Witness`] when the secrets are for another number of ciphertexts.
    pub fn prove(
        &self,
        e: &[Ciphertext<G>],
        f: &[Ciphertext<G>],
        witness: &ShuffleWitness<G::Scalar>,
        rng: &mut dyn CryptoRng,
    ) -> Result<ShuffleProof<G>, ShuffleError> {
        let n = e.len();
        witness.fits(n)?;
        witness.fits(f.len())?;
        let generators = self.generators(n);
        let h = G::fixed_base(&self.h);

        // c_ψ(i) = g^r_ψ(i)·h_i.
        let r = draw::<G::Scalar>(n, rng);
        let r_outputs = Zeroizing::new(witness.permuted(&r)?);
        let masked: Vec<G::Element> = r_outputs
            .par_iter()
            .zip(generators.as_slice())
            .map(|(r, generator)| G::mul(&G::pow_generator(r), generator))
            .collect();
        let c = witness.restored(&masked, G::identity())?;

        let statement = Statement::new(e, f, &c);
        let u = statement.challenges(self, n);
        let u_prime = Zeroizing::new(witness.permuted(&u)?);
        let r_hat = draw::<G::Scalar>(n, rng);
        let chain = self.chain(&h, &r_hat, &u_prime);

        let w = draw::<G::Scalar>(4, rng);
        let [w1, w2, w3, w4] = w.as_slice() else { return Err(ShuffleError::Witness) };
        let w_hat = draw::<G::Scalar>(n, rng);
        let w_prime = draw::<G::Scalar>(n, rng);
        let known: Vec<G::Element> = generators.iter().take(n).copied().collect();
        let (alphas, betas): (Vec<_>, Vec<_>) = f.iter().map(|c| (c.alpha, c.beta)).unzip();
        let minus_w4 = -*w4;
        let t = [
            G::pow_generator(w1),
            G::pow_generator(w2),
            G::mul(&G::pow_generator(w3), &secret_product::<G>(&known, &w_prime)),
            G::mul(&G::pow_fixed(&self.key_table, &minus_w4), &secret_product::<G>(&betas, &w_prime)),
            G::mul(&G::pow_generator(&minus_w4), &secret_product::<G>(&alphas, &w_prime)),
        ];
        // t̂_i = g^ŵ_i · ĉ_(i-1)^w'_i, with ĉ_(i-1) = g^R·h^U.
        let t_hat: Vec<G::Element> = (w_hat.as_slice(), w_prime.as_slice(), &chain.r[..n], &chain.u[..n])
            .into_par_iter()
            .map(|(wh, wp, r, u)| {
                G::mul(&G::pow_generator(&(*wh + *wp * *r)), &G::pow_fixed(&h, &(*wp * *u)))
            })
            .collect();

        let challenge = statement.challenge(self, &t, &t_hat, &chain.links);
        // v_N = 1, v_i = u'_(i+1)·v_(i+1).
        let mut v = Zeroizing::new(vec![G::Scalar::one(); n]);
        for i in (1..n).rev() {
            v[i - 1] = u_prime[i] * v[i];
        }
        let ones = vec![G::Scalar::one(); n];
        let answer = |w: &G::Scalar, secret: G::Scalar| *w + challenge * secret;
        Ok(ShuffleProof {
            s: [
                answer(w1, sum_of_products(&r, &ones)),
                answer(w2, sum_of_products(&r_hat, &v)),
                answer(w3, sum_of_products(&r, &u)),
                answer(w4, sum_of_products(&witness.randomness, &u)),
            ],
            s_hat: w_hat.iter().zip(r_hat.iter()).map(|(w, r)| answer(w, *r)).collect(),
            s_prime: w_prime.iter().zip(u_prime.iter()).map(|(w, u)| answer(w, *u)).collect(),
            t,
            t_hat,
            c,
            c_hat: chain.links,
        })
    }
}
