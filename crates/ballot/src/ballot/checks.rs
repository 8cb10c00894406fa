//! Collects the commitments of a whole ballot, encodes them together, and compares every challenge at the end.

use std::ops::Range;

use super::{BallotError, ProofName, homomorphic, lists, nonhomomorphic};
use crate::election::Election;
use crate::elgamal::Ciphertext;
use crate::group::{Group, Scalar};
use crate::json::{ReadError, Reader};
use crate::proof::{Proof, Transcript};
use crate::question::Question;

/// A ciphertext as read, with its text and the tables that the membership test left behind.
pub(super) struct Opened<'a, G: Group> {
    pub(super) ciphertext: Ciphertext<G>,
    pub(super) alpha_text: &'a str,
    pub(super) beta_text: &'a str,
    pub(super) tables: Tables<G>,
}

/// Tables of the two halves of a ciphertext.
pub(super) struct Tables<G: Group> {
    pub(super) alpha: G::Powers,
    pub(super) beta: G::Powers,
}

impl<G: Group> Tables<G> {
    pub(super) fn of(ciphertext: &Ciphertext<G>) -> Self {
        Self { alpha: G::powers(&ciphertext.alpha), beta: G::powers(&ciphertext.beta) }
    }
}

impl<'a, G: Group> Opened<'a, G> {
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, ReadError> {
        let mut half = |token| {
            reader.token(token)?;
            let start = reader.position() + 1;
            let (element, powers) = reader.element_with_powers::<G>()?;
            Ok::<_, ReadError>((element, powers, reader.slice(start, reader.position() - 1)))
        };
        let (alpha, alpha_powers, alpha_text) = half("{\"alpha\":")?;
        let (beta, beta_powers, beta_text) = half(",\"beta\":")?;
        reader.token("}")?;
        let tables = Tables { alpha: alpha_powers, beta: beta_powers };
        Ok(Self { ciphertext: Ciphertext { alpha, beta }, alpha_text, beta_text, tables })
    }
}

struct Pending<G: Group> {
    transcript: Transcript,
    /// Elements that stand before the commitments in the transcript, followed by a bar.
    statement: Range<usize>,
    commitments: Range<usize>,
    sum: G::Scalar,
    question: usize,
    name: ProofName,
}

pub(super) struct Checks<'e, G: Group> {
    pub(super) election: &'e Election<G>,
    /// S0 = phi|credential, to which every proof is bound.
    pub(super) s0: String,
    question: usize,
    elements: Vec<G::Element>,
    pending: Vec<Pending<G>>,
}

impl<'e, G: Group> Checks<'e, G> {
    pub(super) fn new(election: &'e Election<G>, credential: &str) -> Self {
        let s0 = format!("{}|{credential}", election.fingerprint());
        Self { election, s0, question: 0, elements: Vec::new(), pending: Vec::new() }
    }

    pub(super) fn start_question(&mut self, number: usize) {
        self.question = number;
    }

    /// Keeps an element among the commitments.
    pub(super) fn record(&mut self, element: G::Element) {
        self.elements.push(element);
    }

    pub(super) fn answer(
        &mut self,
        question: &Question,
        reader: &mut Reader<'_>,
    ) -> Result<Vec<Ciphertext<G>>, ReadError> {
        match question {
            Question::Homomorphic(q) => homomorphic::check(self, q, reader),
            Question::NonHomomorphic(_) => nonhomomorphic::check(self, reader),
            Question::Lists(q) => lists::check(self, q, reader),
        }
    }

    /// The commitments of one branch: A = g^r·alpha^c and B = y^r·(beta/g^shift)^c.
    pub(super) fn branch(&mut self, tables: &Tables<G>, shift: u64, proof: &Proof<G>) {
        let (c, r) = (&proof.challenge, &proof.response);
        self.elements.push(G::vartime_commit(r, &tables.alpha, c));
        let e = (shift > 0).then(|| -(*c * G::Scalar::from_u64(shift)));
        self.elements.push(G::vartime_commit_shifted(e.as_ref(), self.election.key(), r, &tables.beta, c));
    }

    /// A disjunction over statements "this ciphertext, divided by g^shift, encrypts 0": the challenges add up to
    /// the hash of the transcript and all commitments.
    pub(super) fn disjunction<'t>(
        &mut self,
        name: ProofName,
        transcript: Transcript,
        branches: impl IntoIterator<Item = (&'t Tables<G>, u64, &'t Proof<G>)>,
    ) where
        G: 't,
    {
        self.disjunction_on(name, transcript, &[], branches);
    }

    /// As [`Checks::disjunction`], with elements between the transcript and the commitments.
    pub(super) fn disjunction_on<'t>(
        &mut self,
        name: ProofName,
        transcript: Transcript,
        statement: &[G::Element],
        branches: impl IntoIterator<Item = (&'t Tables<G>, u64, &'t Proof<G>)>,
    ) where
        G: 't,
    {
        let start = self.elements.len();
        self.elements.extend_from_slice(statement);
        let middle = self.elements.len();
        let mut sum = G::Scalar::zero();
        for (tables, shift, proof) in branches {
            self.branch(tables, shift, proof);
            sum = sum + proof.challenge;
        }
        self.expect(name, transcript, start..middle, middle..self.elements.len(), sum);
    }

    /// A proof whose commitments are given.
    pub(super) fn plain(
        &mut self,
        name: ProofName,
        transcript: Transcript,
        commitments: &[G::Element],
        challenge: G::Scalar,
    ) {
        let start = self.elements.len();
        self.elements.extend_from_slice(commitments);
        self.expect(name, transcript, start..start, start..self.elements.len(), challenge);
    }

    fn expect(
        &mut self,
        name: ProofName,
        transcript: Transcript,
        statement: Range<usize>,
        commitments: Range<usize>,
        sum: G::Scalar,
    ) {
        let question = self.question;
        self.pending.push(Pending { transcript, statement, commitments, sum, question, name });
    }

    /// Compares every challenge with its hash.
    pub(super) fn finish(self) -> Result<Vec<G::Element>, BallotError> {
        let texts = G::encode_batch(&self.elements);
        for check in self.pending {
            let mut transcript = check.transcript;
            if !check.statement.is_empty() {
                transcript = transcript.texts(texts.get(check.statement).unwrap_or_default()).text("|");
            }
            let transcript = transcript.texts(texts.get(check.commitments).unwrap_or_default());
            if transcript.scalar::<G>() != check.sum {
                return Err(BallotError::Proof { question: check.question, proof: check.name });
            }
        }
        Ok(self.elements)
    }
}

/// The ciphertexts of an answer, stepping over its proofs.
pub(super) fn read_without_checks<G: Group>(
    question: &Question,
    reader: &mut Reader<'_>,
) -> Result<Vec<Ciphertext<G>>, ReadError> {
    match question {
        Question::Homomorphic(q) => homomorphic::read_ciphertexts::<G>(q, reader),
        Question::NonHomomorphic(_) => nonhomomorphic::read_ciphertexts::<G>(reader),
        Question::Lists(q) => lists::read_ciphertexts::<G>(q, reader),
    }
}
