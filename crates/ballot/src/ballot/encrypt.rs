//! Making a ballot.
//!
//! The prover knows the randomness of every ciphertext, so all commitments are powers of g and y:
//! A = g^(s + r·c) and B = y^(s + r·c)·g^((m - M)·c). The true branch is computed with c = 0 and s = w and corrected
//! afterwards, so that the same operations run whatever is chosen.

use rand_core::CryptoRng;
use subtle::{ConstantTimeEq, ConstantTimeGreater, ConstantTimeLess};
use zeroize::{Zeroize, Zeroizing};

use super::{SIGNATURE, nonhomomorphic, signed_hash};
use crate::credential::Credential;
use crate::election::Election;
use crate::elgamal::Ciphertext;
use crate::group::{EmbedError, Group, Scalar};
use crate::proof::{Proof, Transcript, prove_knowledge};
use crate::question::{Homomorphic, Question};
use crate::random::Hedged;

/// Why choices cannot be encrypted. Questions count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptError {
    /// Not one list of choices per question.
    #[error("the election has {expected} questions, {found} are answered")]
    Questions {
        /// Questions of the election.
        expected: usize,
        /// Lists given.
        found: usize,
    },
    /// Not one number per answer (and one more for the blank flag, first).
    #[error("question {question} needs {expected} numbers, {found} are given")]
    Answers {
        /// Which question.
        question: usize,
        /// Numbers that it needs.
        expected: usize,
        /// Numbers given.
        found: usize,
    },
    /// Numbers that a homomorphic question does not allow.
    #[error(
        "question {question}: choose between {min} and {max} answers (each number 0 or 1), or vote blank and choose none"
    )]
    NotAllowed {
        /// Which question.
        question: usize,
        /// Fewest answers.
        min: usize,
        /// Most answers.
        max: usize,
    },
    /// Too many answers for one element.
    #[error("question {question}: {error}")]
    Embedding {
        /// Which question.
        question: usize,
        /// Why.
        error: EmbedError,
    },
    /// A kind of question for which no ballots are made.
    #[error("question {question} is of a kind that this software verifies but does not answer")]
    Unsupported {
        /// Which question.
        question: usize,
    },
}

/// Encrypts and signs a ballot and returns its exact text.
///
/// `choices` has one slice per question: 0 or 1 per answer of a homomorphic question, after the blank flag if it
/// has one; one number per answer of a non-homomorphic question. `rng` is hedged with the credential, the election
/// and the choices, so a repeating generator does not repeat a nonce on another ballot.
///
/// # Errors
/// Choices that the questions do not allow.
pub fn encrypt<G: Group>(
    election: &Election<G>,
    credential: &Credential,
    choices: &[Vec<u8>],
    rng: &mut dyn CryptoRng,
) -> Result<String, EncryptError> {
    let flat = Zeroizing::new(choices.concat());
    let inputs = [election.fingerprint().as_bytes(), credential.as_str().as_bytes(), flat.as_slice()];
    encrypt_with(election, credential, choices, &mut Hedged::new(rng, "ballot", &inputs))
}

/// As [`encrypt`], drawing scalars from `rng` as it is. The order is: per question the randomness of its ciphertexts,
/// then its proofs (individual, blank, overall); per proof the challenge and response of every simulated branch,
/// then w of the true one; last w of the signature. Each takes [`Scalar::random_len`] bytes.
///
/// # Errors
/// As [`encrypt`].
pub fn encrypt_with<G: Group>(
    election: &Election<G>,
    credential: &Credential,
    choices: &[Vec<u8>],
    rng: &mut dyn CryptoRng,
) -> Result<String, EncryptError> {
    let questions = election.questions();
    if questions.len() != choices.len() {
        return Err(EncryptError::Questions { expected: questions.len(), found: choices.len() });
    }
    let secret = credential.secret::<G>(election.uuid());
    let public = G::encode(&G::pow_generator(&secret));
    let s0 = format!("{}|{public}", election.fingerprint());
    let mut body = format!(
        "{{\"election_uuid\":\"{}\",\"election_hash\":\"{}\",\"credential\":\"{public}\",\"answers\":[",
        election.uuid(),
        election.fingerprint()
    );
    for (i, (question, plain)) in questions.iter().zip(choices).enumerate() {
        if i > 0 {
            body.push(',');
        }
        let prover = Prover { election, s0: &s0, question: i + 1 };
        match question {
            Question::Homomorphic(q) => prover.homomorphic(&mut body, q, plain, rng)?,
            Question::NonHomomorphic(q) => prover.mixed(&mut body, q.answers.len(), plain, rng)?,
            Question::Lists(_) => return Err(EncryptError::Unsupported { question: i + 1 }),
        }
    }
    body.push(']');
    let hash = signed_hash(&body);
    let proof = prove_knowledge::<G>(&format!("sig|{hash}|"), &secret, rng);
    body.push_str(SIGNATURE);
    body.push_str(&format!("\"{hash}\",\"proof\":"));
    proof.write(&mut body);
    body.push_str("}}");
    Ok(body)
}

struct Prover<'e, G: Group> {
    election: &'e Election<G>,
    s0: &'e str,
    question: usize,
}

/// One statement of a disjunction: a ciphertext of randomness r, divided by a power of g, is g^shift encrypted.
struct Statement<G: Group> {
    r: G::Scalar,
    /// m - M, which is 0 for the true statement.
    shift: G::Scalar,
}

impl<G: Group> Drop for Statement<G> {
    fn drop(&mut self) {
        self.r.zeroize();
        self.shift.zeroize();
    }
}

fn difference<G: Group>(m: u64, value: u64) -> G::Scalar {
    G::Scalar::from_u64(m) - G::Scalar::from_u64(value)
}

/// 1 or 0 as a scalar.
fn bit<G: Group>(choice: subtle::Choice) -> G::Scalar {
    G::Scalar::from_u64(u64::from(choice.unwrap_u8()))
}

fn write_proofs<G: Group>(out: &mut String, proofs: &[Proof<G>]) {
    out.push('[');
    for (i, proof) in proofs.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        proof.write(out);
    }
    out.push(']');
}

impl<G: Group> Prover<'_, G> {
    /// Proves a disjunction whose statement number `truth` holds. The same operations run for every `truth`.
    fn one_of(
        &self,
        transcript: Transcript,
        statements: &[Statement<G>],
        truth: u64,
        rng: &mut dyn CryptoRng,
    ) -> Vec<Proof<G>> {
        let count = statements.len();
        let drawn: Zeroizing<Vec<G::Scalar>> =
            Zeroizing::new((0..2 * count - 1).map(|_| G::Scalar::random(rng)).collect());
        let zero = G::Scalar::zero();
        let draw = |i: usize| drawn.get(i).copied().unwrap_or(zero);
        let w = draw(2 * count - 2);
        let mut proofs = Vec::with_capacity(count);
        let mut commitments = Vec::with_capacity(2 * count);
        let mut sum = zero;
        for (j, statement) in statements.iter().enumerate() {
            // Simulated branches before the true one use the pair of their own number, those after it the one before.
            let index = j as u64;
            let before = bit::<G>(index.ct_lt(&truth));
            let after = bit::<G>(index.ct_gt(&truth));
            let here = bit::<G>(index.ct_eq(&truth));
            let previous = (2 * j).checked_sub(2);
            let challenge = before * draw(2 * j) + after * previous.map_or(zero, draw);
            let response =
                before * draw(2 * j + 1) + after * previous.map_or(zero, |i| draw(i + 1)) + here * w;
            let t = Zeroizing::new(response + statement.r * challenge);
            commitments.push(G::pow_generator(&t));
            let shifted = G::pow_generator(&(statement.shift * challenge));
            commitments.push(G::mul(&G::pow_fixed(self.election.key(), &t), &shifted));
            sum = sum + challenge;
            proofs.push(Proof { challenge, response });
        }
        let missing = transcript.elements::<G>(&commitments).scalar::<G>() - sum;
        for (j, (proof, statement)) in proofs.iter_mut().zip(statements).enumerate() {
            let own = missing * bit::<G>((j as u64).ct_eq(&truth));
            proof.challenge = proof.challenge + own;
            proof.response = proof.response - statement.r * own;
        }
        proofs
    }

    fn allowed(&self, question: &Homomorphic, plain: &[u8]) -> Result<(), EncryptError> {
        let expected = question.ciphertexts();
        if plain.len() != expected {
            return Err(EncryptError::Answers { question: self.question, expected, found: plain.len() });
        }
        let (flag, answers) = plain.split_at(usize::from(question.blank));
        let blank = flag.first() == Some(&1);
        let chosen: usize = answers.iter().map(|n| usize::from(*n)).sum();
        let fits = if blank { chosen == 0 } else { (question.min..=question.max).contains(&chosen) };
        if fits && plain.iter().all(|n| *n <= 1) {
            Ok(())
        } else {
            Err(EncryptError::NotAllowed { question: self.question, min: question.min, max: question.max })
        }
    }

    fn homomorphic(
        &self,
        out: &mut String,
        question: &Homomorphic,
        plain: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<(), EncryptError> {
        self.allowed(question, plain)?;
        let key = self.election.key();
        let randomness: Zeroizing<Vec<G::Scalar>> =
            Zeroizing::new(plain.iter().map(|_| G::Scalar::random(rng)).collect());
        let mut choices: Vec<Ciphertext<G>> = Vec::with_capacity(plain.len());
        for (m, r) in plain.iter().zip(randomness.iter()) {
            let value = G::pow_generator(&G::Scalar::from_u64(u64::from(*m)));
            choices.push(Ciphertext::encrypt(key, &value, r));
        }
        let elements: Vec<G::Element> = choices.iter().flat_map(|c| [c.alpha, c.beta]).collect();
        let texts = G::encode_batch(&elements);

        out.push_str("{\"choices\":[");
        for (i, pair) in texts.chunks_exact(2).enumerate() {
            let [alpha, beta] = pair else { continue };
            out.push_str(if i == 0 { "" } else { "," });
            out.push_str(&format!("{{\"alpha\":\"{alpha}\",\"beta\":\"{beta}\"}}"));
        }
        out.push_str("],\"individual_proofs\":[");
        for (i, ((m, r), pair)) in plain.iter().zip(randomness.iter()).zip(texts.chunks_exact(2)).enumerate()
        {
            out.push_str(if i == 0 { "" } else { "," });
            let m = u64::from(*m);
            let transcript = Transcript::new().text("prove|").text(self.s0).text("|").texts(pair).text("|");
            let statements = [0, 1].map(|value| Statement::<G> { r: *r, shift: difference::<G>(m, value) });
            write_proofs(out, &self.one_of(transcript, &statements, m, rng));
        }
        out.push_str("],");
        self.totals(out, question, plain, &randomness, &choices, &texts, rng);
        out.push('}');
        Ok(())
    }

    /// The overall proof, and the blank proof where there is a blank flag.
    #[allow(clippy::too_many_arguments)]
    fn totals(
        &self,
        out: &mut String,
        question: &Homomorphic,
        plain: &[u8],
        randomness: &[G::Scalar],
        choices: &[Ciphertext<G>],
        texts: &[String],
        rng: &mut dyn CryptoRng,
    ) {
        let skipped = usize::from(question.blank);
        let chosen: u64 = plain.iter().skip(skipped).map(|m| u64::from(*m)).sum();
        let r = randomness.iter().skip(skipped).fold(G::Scalar::zero(), |sum, r| sum + *r);
        let (min, max) = (question.min as u64, question.max as u64);
        let counts = (min..=max).map(|value| Statement::<G> { r, shift: difference::<G>(chosen, value) });
        let bound =
            |prefix: &str| Transcript::new().text(prefix).text(self.s0).text("|").texts(texts).text("|");
        out.push_str("\"overall_proof\":");
        let (Some(flag), Some(flag_r), true) = (plain.first(), randomness.first(), question.blank) else {
            let sum = choices.iter().fold(Ciphertext::<G>::identity(), |sum, c| sum.multiply(c));
            let transcript = bound("prove|").elements::<G>(&[sum.alpha, sum.beta]).text("|");
            let statements: Vec<_> = counts.collect();
            write_proofs(out, &self.one_of(transcript, &statements, chosen.wrapping_sub(min), rng));
            return;
        };
        let flag = u64::from(*flag);
        let about_flag = |value| Statement::<G> { r: *flag_r, shift: difference::<G>(flag, value) };
        let blank_statements = [about_flag(0), Statement { r, shift: difference::<G>(chosen, 0) }];
        let blank = self.one_of(bound("bproof0|"), &blank_statements, flag, rng);
        let statements: Vec<_> = std::iter::once(about_flag(1)).chain(counts).collect();
        // A blank ballot makes statement 0 true, any other one the statement of its count.
        let truth = (1 - flag).wrapping_mul(chosen.wrapping_sub(min).wrapping_add(1));
        write_proofs(out, &self.one_of(bound("bproof1|"), &statements, truth, rng));
        out.push_str(",\"blank_proof\":");
        write_proofs(out, &blank);
    }

    fn mixed(
        &self,
        out: &mut String,
        answers: usize,
        plain: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<(), EncryptError> {
        let question = self.question;
        if plain.len() != answers {
            return Err(EncryptError::Answers { question, expected: answers, found: plain.len() });
        }
        let value = G::embed(plain).map_err(|error| EncryptError::Embedding { question, error })?;
        let (ciphertext, r) = Ciphertext::<G>::encrypt_random(self.election.key(), &value, rng);
        let r = Zeroizing::new(r);
        let (alpha, beta) = (G::encode(&ciphertext.alpha), G::encode(&ciphertext.beta));
        let prefix = nonhomomorphic::prefix(self.s0, self.election.key_text(), &alpha, &beta);
        let proof = prove_knowledge::<G>(&prefix, &r, rng);
        out.push_str(&format!("{{\"choices\":{{\"alpha\":\"{alpha}\",\"beta\":\"{beta}\"}},\"proof\":"));
        proof.write(out);
        out.push('}');
        Ok(())
    }
}
