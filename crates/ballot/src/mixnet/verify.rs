//! Checking a shuffle proof: merged into one multi-exponentiation, and equation by equation to name what is wrong.

use super::transcript::{Coefficients, Statement};
use super::{Equation, Mixnet, ShuffleError, ShuffleProof};
use crate::elgamal::Ciphertext;
use crate::group::{Group, GroupId, Scalar};

/// All that the equations are made of.
struct Claim<'a, G: Group> {
    e: &'a [Ciphertext<G>],
    f: &'a [Ciphertext<G>],
    proof: &'a ShuffleProof<G>,
    generators: &'a [G::Element],
    u: Vec<G::Scalar>,
    /// Product of all u.
    u_all: G::Scalar,
    challenge: G::Scalar,
}

fn alphas<G: Group>(list: &[Ciphertext<G>]) -> Vec<G::Element> {
    list.iter().map(|c| c.alpha).collect()
}

fn betas<G: Group>(list: &[Ciphertext<G>]) -> Vec<G::Element> {
    list.iter().map(|c| c.beta).collect()
}

impl<G: Group> Mixnet<G> {
    pub(super) fn verify_question(
        &self,
        question: usize,
        e: &[Ciphertext<G>],
        f: &[Ciphertext<G>],
        proof: &ShuffleProof<G>,
    ) -> Result<(), ShuffleError> {
        let n = e.len();
        let lengths = [
            ("shuffled ciphertexts", f.len()),
            ("commitments t-hat", proof.t_hat.len()),
            ("responses s-hat", proof.s_hat.len()),
            ("responses s'", proof.s_prime.len()),
            ("commitments c", proof.c.len()),
            ("commitments c-hat", proof.c_hat.len()),
        ];
        if let Some((what, found)) = lengths.into_iter().find(|(_, found)| *found != n) {
            return Err(ShuffleError::Length { what, found, expected: n });
        }
        let generators = self.generators(n);
        let claim = self.claim(e, f, proof, generators.get(..n).unwrap_or_default());
        // Where challenges are as long as the order, one merged multi-exponentiation is the cheaper way. With the
        // 2047-bit order of RFC-3526-2048 it is not: the short challenges would turn into long products.
        if G::ID == GroupId::Ed25519 && self.holds_merged(&claim) {
            return Ok(());
        }
        match self.first_wrong(&claim) {
            None => Ok(()),
            Some(equation) => Err(ShuffleError::Proof { question, equation }),
        }
    }

    fn claim<'a>(
        &self,
        e: &'a [Ciphertext<G>],
        f: &'a [Ciphertext<G>],
        proof: &'a ShuffleProof<G>,
        generators: &'a [G::Element],
    ) -> Claim<'a, G> {
        let statement = Statement::new(e, f, &proof.c);
        let u = statement.challenges(self, e.len());
        let u_all = u.iter().fold(G::Scalar::one(), |a, b| a * *b);
        let challenge = statement.challenge(self, &proof.t, &proof.t_hat, &proof.c_hat);
        Claim { e, f, proof, generators, u, u_all, challenge }
    }

    /// What both ways of checking say, for tests of their agreement.
    #[cfg(test)]
    pub(super) fn both_ways(
        &self,
        e: &[Ciphertext<G>],
        f: &[Ciphertext<G>],
        proof: &ShuffleProof<G>,
    ) -> (bool, Option<Equation>) {
        let generators = self.generators(e.len());
        let claim = self.claim(e, f, proof, &generators[..e.len()]);
        (self.holds_merged(&claim), self.first_wrong(&claim))
    }

    /// The last link of the chain; ĉ_0 = h when there are no ciphertexts.
    fn chain_end<'a>(&'a self, proof: &'a ShuffleProof<G>) -> &'a G::Element {
        proof.c_hat.last().unwrap_or(&self.h)
    }

    fn first_wrong(&self, claim: &Claim<'_, G>) -> Option<Equation> {
        let Claim { proof, u, .. } = claim;
        let [t1, t2, t3, t41, t42] = &proof.t;
        let [s1, s2, s3, s4] = &proof.s;
        let minus = -claim.challenge;
        let (g, many) = (G::generator(), G::vartime_multi_pow);
        let c_bar = G::div(&G::product(&proof.c), &G::product(claim.generators));
        if *t1 != G::vartime_double_pow(&c_bar, &minus, &g, s1) {
            return Some(Equation::T1);
        }
        let c_hat = G::div(self.chain_end(proof), &G::vartime_pow(&self.h, &claim.u_all));
        if *t2 != G::vartime_double_pow(&c_hat, &minus, &g, s2) {
            return Some(Equation::T2);
        }
        let c_til = many(&proof.c, u);
        let opened =
            G::mul(&many(claim.generators, &proof.s_prime), &G::vartime_double_pow(&c_til, &minus, &g, s3));
        if *t3 != opened {
            return Some(Equation::T3);
        }
        let b = many(&betas(claim.e), u);
        let left = G::mul(&G::vartime_pow(&b, &minus), &G::vartime_pow_fixed(&self.key_table, &-*s4));
        if *t41 != G::mul(&left, &many(&betas(claim.f), &proof.s_prime)) {
            return Some(Equation::T41);
        }
        let a = many(&alphas(claim.e), u);
        let left = G::vartime_double_pow(&a, &minus, &g, &-*s4);
        if *t42 != G::mul(&left, &many(&alphas(claim.f), &proof.s_prime)) {
            return Some(Equation::T42);
        }
        self.first_wrong_link(claim).map(Equation::Chain)
    }

    /// t̂_i = ĉ_i^-ch · g^ŝ_i · ĉ_(i-1)^s'_i; the number of the first link that is wrong, from 1.
    fn first_wrong_link(&self, claim: &Claim<'_, G>) -> Option<usize> {
        use rayon::prelude::*;
        let proof = claim.proof;
        let minus = -claim.challenge;
        let before: Vec<&G::Element> = std::iter::once(&self.h).chain(&proof.c_hat).collect();
        let link = (&proof.t_hat, &proof.c_hat, &proof.s_hat, &proof.s_prime, &before[..proof.c_hat.len()]);
        link.into_par_iter()
            .position_first(|(t, c, s_hat, s_prime, previous)| {
                let shared = G::vartime_double_pow(c, &minus, previous, s_prime);
                *t != G::mul(&shared, &G::vartime_pow_generator(s_hat))
            })
            .map(|i| i + 1)
    }

    /// Whether a random linear combination of all equations holds: exponent of every element, then one product.
    fn holds_merged(&self, claim: &Claim<'_, G>) -> bool {
        let Claim { proof, u, challenge, .. } = claim;
        let (n, ch) = (u.len(), *challenge);
        let mut coefficients = Coefficients::new(challenge, proof);
        let mut draw = || coefficients.draw::<G::Scalar>();
        let [r1, r2, r3, r41, r42] = [draw(), draw(), draw(), draw(), draw()];
        let links: Vec<G::Scalar> = (0..n).map(|_| draw()).collect();
        let [s1, s2, s3, s4] = proof.s;
        let mut bases: Vec<G::Element> = Vec::with_capacity(9 * n + 8);
        let mut exponents: Vec<G::Scalar> = Vec::with_capacity(9 * n + 8);
        let mut term = |base: &G::Element, exponent: G::Scalar| {
            bases.push(*base);
            exponents.push(exponent);
        };
        let mut g = -(r1 * s1 + r2 * s2 + r3 * s3) + r42 * s4;
        // ĉ_(i-1) of the first link is h; t2 adds h^-U and, without ciphertexts, the chain's end h.
        let mut h = -(r2 * ch * claim.u_all);
        for (t, r) in proof.t.iter().zip([r1, r2, r3, r41, r42]) {
            term(t, r);
        }
        let rows = claim.e.iter().zip(claim.f).zip(claim.generators).zip(u);
        for ((((e, f), generator), u), (c, s)) in rows.zip(proof.c.iter().zip(&proof.s_prime)) {
            let (chu, s) = (ch * *u, *s);
            term(c, r1 * ch + r3 * chu);
            term(generator, -(r1 * ch + r3 * s));
            term(&e.alpha, r42 * chu);
            term(&e.beta, r41 * chu);
            term(&f.alpha, -(r42 * s));
            term(&f.beta, -(r41 * s));
        }
        let chain =
            links.iter().zip(&proof.t_hat).zip(&proof.c_hat).zip(proof.s_hat.iter().zip(&proof.s_prime));
        let following = links.iter().zip(&proof.s_prime).skip(1).map(|(r, s)| -(*r * *s)).chain([r2 * ch]);
        for ((((r, t), c), (s_hat, _)), next) in chain.zip(following) {
            term(t, *r);
            term(c, *r * ch + next);
            g = g - *r * *s_hat;
        }
        h = match (links.first(), proof.s_prime.first()) {
            (Some(r), Some(s)) => h - *r * *s,
            _ => h + r2 * ch,
        };
        term(&G::generator(), g);
        term(&self.h, h);
        term(&G::fixed_element(&self.key_table), r41 * s4);
        G::is_identity(&G::vartime_multi_pow(&bases, &exponents))
    }
}
