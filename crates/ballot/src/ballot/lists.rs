//! Answers to questions of lists; verified, never made.

use super::ProofName;
use super::checks::{Checks, Opened, Tables};
use super::homomorphic::{bound_to_choices, check_individual, read_proofs};
use crate::elgamal::Ciphertext;
use crate::group::Group;
use crate::json::{ReadError, Reader};
use crate::proof::Proof;
use crate::question::Lists;

struct NonZero<G: Group> {
    commitment: G::Element,
    challenge: G::Scalar,
    response: Vec<G::Scalar>,
}

struct Answer<'a, G: Group> {
    /// Per list its own flag and then its candidates.
    choices: Vec<Vec<Opened<'a, G>>>,
    individual: Vec<Vec<Vec<Proof<G>>>>,
    overall: Proof<G>,
    list_proofs: Vec<Vec<Proof<G>>>,
    nonzero: NonZero<G>,
}

fn read_nonzero<G: Group>(reader: &mut Reader<'_>) -> Result<NonZero<G>, ReadError> {
    reader.token("{\"commitment\":")?;
    let at = reader.position() + 1;
    // The identity would make the proof hold for a product that does encrypt 0.
    let commitment = G::decode_key(reader.plain()?).map_err(|error| ReadError::Element { at, error })?;
    reader.token(",\"challenge\":")?;
    let challenge = reader.scalar::<G>()?;
    reader.token(",\"response\":")?;
    let response = reader.array_of(2, "responses", Reader::scalar::<G>)?;
    reader.token("}")?;
    Ok(NonZero { commitment, challenge, response })
}

fn read<'a, G: Group>(question: &Lists, reader: &mut Reader<'a>) -> Result<Answer<'a, G>, ReadError> {
    let lists = question.answers.len();
    let mut sizes = question.answers.iter().map(Vec::len);
    reader.token("{\"choices\":")?;
    let choices = reader.array_of(lists, "lists", |r| {
        r.array_of(sizes.next().unwrap_or(0), "choices of a list", Opened::read)
    })?;
    let mut sizes = question.answers.iter().map(Vec::len);
    reader.token(",\"individual_proofs\":")?;
    let individual = reader.array_of(lists, "lists", |r| {
        r.array_of(sizes.next().unwrap_or(0), "individual proofs of a list", |r| {
            read_proofs::<G>(r, 2, "branches of a proof")
        })
    })?;
    reader.token(",\"overall_proof\":")?;
    let overall = Proof::read(reader)?;
    reader.token(",\"list_proofs\":")?;
    let list_proofs =
        reader.array_of(lists, "list proofs", |r| read_proofs::<G>(r, 2, "branches of a list proof"))?;
    reader.token(",\"nonzero_proof\":")?;
    let nonzero = read_nonzero(reader)?;
    reader.token("}")?;
    Ok(Answer { choices, individual, overall, list_proofs, nonzero })
}

fn product<'a, G: Group>(choices: impl IntoIterator<Item = &'a Opened<'a, G>>) -> Ciphertext<G> {
    choices.into_iter().fold(Ciphertext::identity(), |product, c| product.multiply(&c.ciphertext))
}

pub(super) fn check<G: Group>(
    checks: &mut Checks<'_, G>,
    question: &Lists,
    reader: &mut Reader<'_>,
) -> Result<Vec<Ciphertext<G>>, ReadError> {
    let answer = read::<G>(question, reader)?;
    let proofs = answer.individual.iter().flatten();
    for (i, (choice, proofs)) in answer.choices.iter().flatten().zip(proofs).enumerate() {
        check_individual(checks, i + 1, choice, proofs);
    }
    let s0 = checks.s0.clone();
    let bound = |prefix| bound_to_choices(prefix, &s0, answer.choices.iter().flatten());

    let flags = product(answer.choices.iter().filter_map(|list| list.first()));
    let tables = Tables::of(&flags);
    let branch = [(&tables, 1, &answer.overall)];
    checks.disjunction_on(ProofName::Overall, bound("prove|"), &[flags.alpha, flags.beta], branch);

    for (i, (list, proofs)) in answer.choices.iter().zip(&answer.list_proofs).enumerate() {
        let Some((flag, candidates)) = list.split_first() else { continue };
        let sum = Tables::of(&product(candidates));
        let statements = [(&flag.tables, 1), (&sum, 0)];
        let branches = statements.into_iter().zip(proofs).map(|((t, shift), p)| (t, shift, p));
        checks.disjunction(ProofName::List { list: i + 1 }, bound("lproof|"), branches);
    }

    let candidates = product(answer.choices.iter().flat_map(|list| list.iter().skip(1)));
    let tables = Tables::of(&candidates);
    let NonZero { commitment, challenge, response } = &answer.nonzero;
    let [t1, t2] = response.as_slice() else { return Err(ReadError::shape("responses: expected 2")) };
    let first = G::vartime_commit(t2, &tables.alpha, t1);
    let second = G::vartime_commit_shifted(None, checks.election.key(), t2, &tables.beta, t1);
    let second = G::mul(&second, &G::vartime_pow(commitment, challenge));
    checks.plain(ProofName::NonZero, bound("nonzero|"), &[*commitment, first, second], *challenge);
    Ok(answer.choices.into_iter().flatten().map(|c| c.ciphertext).collect())
}

pub(super) fn read_ciphertexts<G: Group>(
    question: &Lists,
    reader: &mut Reader<'_>,
) -> Result<Vec<Ciphertext<G>>, ReadError> {
    Ok(read::<G>(question, reader)?.choices.into_iter().flatten().map(|c| c.ciphertext).collect())
}
