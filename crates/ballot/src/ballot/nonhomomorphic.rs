//! Answers to non-homomorphic questions.

use super::ProofName;
use super::checks::{Checks, Opened};
use crate::elgamal::Ciphertext;
use crate::group::Group;
use crate::json::{ReadError, Reader};
use crate::proof::{Proof, Transcript};

fn read<'a, G: Group>(reader: &mut Reader<'a>) -> Result<(Opened<'a, G>, Proof<G>), ReadError> {
    reader.token("{\"choices\":")?;
    let choice = Opened::<G>::read(reader)?;
    reader.token(",\"proof\":")?;
    let proof = Proof::<G>::read(reader)?;
    reader.token("}")?;
    Ok((choice, proof))
}

/// The prefix of the proof that the voter knows r with alpha = g^r.
pub(super) fn prefix(s0: &str, key: &str, alpha: &str, beta: &str) -> String {
    format!("raweg|{s0}|{key},{alpha},{beta}|")
}

pub(super) fn check<G: Group>(
    checks: &mut Checks<'_, G>,
    reader: &mut Reader<'_>,
) -> Result<Vec<Ciphertext<G>>, ReadError> {
    let (choice, proof) = read::<G>(reader)?;
    let prefix = prefix(&checks.s0, checks.election.key_text(), choice.alpha_text, choice.beta_text);
    let commitment = G::vartime_commit(&proof.response, &choice.tables.alpha, &proof.challenge);
    checks.plain(ProofName::Knowledge, Transcript::new().text(&prefix), &[commitment], proof.challenge);
    Ok(vec![choice.ciphertext])
}

pub(super) fn read_ciphertexts<G: Group>(reader: &mut Reader<'_>) -> Result<Vec<Ciphertext<G>>, ReadError> {
    Ok(vec![read::<G>(reader)?.0.ciphertext])
}
