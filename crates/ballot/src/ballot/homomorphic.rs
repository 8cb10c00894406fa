//! Answers to homomorphic questions.

use super::ProofName;
use super::checks::{Checks, Opened, Tables};
use crate::elgamal::Ciphertext;
use crate::group::Group;
use crate::json::{ReadError, Reader};
use crate::proof::{Proof, Transcript};
use crate::question::Homomorphic;

/// Everything that an answer holds.
struct Answer<'a, G: Group> {
    choices: Vec<Opened<'a, G>>,
    individual: Vec<Vec<Proof<G>>>,
    overall: Vec<Proof<G>>,
    blank: Vec<Proof<G>>,
}

/// Exactly `count` proofs.
pub(super) fn read_proofs<G: Group>(
    reader: &mut Reader<'_>,
    count: usize,
    what: &str,
) -> Result<Vec<Proof<G>>, ReadError> {
    reader.array_of(count, what, Proof::<G>::read)
}

fn read<'a, G: Group>(question: &Homomorphic, reader: &mut Reader<'a>) -> Result<Answer<'a, G>, ReadError> {
    let count = question.ciphertexts();
    reader.token("{\"choices\":")?;
    let choices = reader.array_of(count, "choices", Opened::read)?;
    reader.token(",\"individual_proofs\":")?;
    let individual =
        reader.array_of(count, "individual proofs", |r| read_proofs::<G>(r, 2, "branches of a proof"))?;
    reader.token(",\"overall_proof\":")?;
    let branches = question.max - question.min + 1 + usize::from(question.blank);
    let overall = read_proofs::<G>(reader, branches, "branches of the overall proof")?;
    let mut blank = Vec::new();
    if question.blank {
        reader.token(",\"blank_proof\":")?;
        blank = read_proofs::<G>(reader, 2, "branches of the blank proof")?;
    }
    reader.token("}")?;
    Ok(Answer { choices, individual, overall, blank })
}

/// `S = S0|alpha1,beta1,alpha2,beta2,...` over all ciphertexts of an answer, as a transcript after a prefix.
pub(super) fn bound_to_choices<'a, G: Group>(
    prefix: &str,
    s0: &str,
    choices: impl IntoIterator<Item = &'a Opened<'a, G>>,
) -> Transcript {
    let mut transcript = Transcript::new().text(prefix).text(s0);
    for (i, choice) in choices.into_iter().enumerate() {
        transcript = transcript
            .text(if i == 0 { "|" } else { "," })
            .text(choice.alpha_text)
            .text(",")
            .text(choice.beta_text);
    }
    transcript.text("|")
}

/// Each ciphertext encrypts 0 or 1.
pub(super) fn check_individual<G: Group>(
    checks: &mut Checks<'_, G>,
    number: usize,
    choice: &Opened<'_, G>,
    proofs: &[Proof<G>],
) {
    let transcript = Transcript::new()
        .text("prove|")
        .text(&checks.s0)
        .text("|")
        .text(choice.alpha_text)
        .text(",")
        .text(choice.beta_text)
        .text("|");
    let branches = (0..).zip(proofs).map(|(value, proof)| (&choice.tables, value, proof));
    checks.disjunction(ProofName::Individual { choice: number }, transcript, branches);
}

pub(super) fn check<G: Group>(
    checks: &mut Checks<'_, G>,
    question: &Homomorphic,
    reader: &mut Reader<'_>,
) -> Result<Vec<Ciphertext<G>>, ReadError> {
    let answer = read::<G>(question, reader)?;
    for (i, (choice, proofs)) in answer.choices.iter().zip(&answer.individual).enumerate() {
        check_individual(checks, i + 1, choice, proofs);
    }
    let values = question.min as u64..;
    let skipped = usize::from(question.blank);
    let counted = answer.choices.iter().skip(skipped).map(|c| &c.ciphertext);
    let sum = counted.fold(Ciphertext::<G>::identity(), |sum, c| sum.multiply(c));
    let tables = Tables::of(&sum);
    if let (true, Some(flag)) = (question.blank, answer.choices.first()) {
        let transcript = bound_to_choices("bproof0|", &checks.s0, &answer.choices);
        let statements = [(&flag.tables, 0), (&tables, 0)];
        let branches = statements.into_iter().zip(&answer.blank).map(|((t, shift), p)| (t, shift, p));
        checks.disjunction(ProofName::Blank, transcript, branches);

        let transcript = bound_to_choices("bproof1|", &checks.s0, &answer.choices);
        let statements = std::iter::once((&flag.tables, 1)).chain(values.map(|v| (&tables, v)));
        let branches = statements.zip(&answer.overall).map(|((t, shift), p)| (t, shift, p));
        checks.disjunction(ProofName::Overall, transcript, branches);
    } else {
        let transcript = bound_to_choices("prove|", &checks.s0, &answer.choices);
        let branches = values.zip(&answer.overall).map(|(value, proof)| (&tables, value, proof));
        checks.disjunction_on(ProofName::Overall, transcript, &[sum.alpha, sum.beta], branches);
    }
    Ok(answer.choices.into_iter().map(|c| c.ciphertext).collect())
}

pub(super) fn read_ciphertexts<G: Group>(
    question: &Homomorphic,
    reader: &mut Reader<'_>,
) -> Result<Vec<Ciphertext<G>>, ReadError> {
    Ok(read::<G>(question, reader)?.choices.into_iter().map(|c| c.ciphertext).collect())
}
