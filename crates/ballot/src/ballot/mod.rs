//! Ballots: proving, signing and verifying (protocol 2.6).
//!
//! A ballot is read as text and checked against the exact shape that its election prescribes, including inside the
//! answers, so that a ballot has one spelling only and its tracker is the tracker of one vote.

use crate::election::Election;
use crate::elgamal::Ciphertext;
use crate::group::{ElementError, Group};
use crate::hash::Hash;
use crate::json::{ReadError, Reader};
use crate::proof::{Proof, Transcript};

mod checks;
mod encrypt;
mod homomorphic;
mod lists;
mod nonhomomorphic;

pub use encrypt::{EncryptError, encrypt, encrypt_with};

use checks::Checks;

/// Which proof of a ballot failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProofName {
    /// One choice is 0 or 1.
    Individual {
        /// Number of the choice, from 1, in the order of the ciphertexts.
        choice: usize,
    },
    /// The number of choices is allowed; with a blank flag, or the ballot is blank.
    Overall,
    /// Blank, or nothing else chosen.
    Blank,
    /// The voter knows the randomness of a non-homomorphic answer.
    Knowledge,
    /// Candidates of a list are chosen only with their list.
    List {
        /// Number of the list, from 1.
        list: usize,
    },
    /// At least one candidate is chosen.
    NonZero,
}

impl std::fmt::Display for ProofName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Individual { choice } => write!(f, "the proof that choice {choice} is 0 or 1"),
            Self::Overall => f.write_str("the proof that an allowed number of answers is chosen"),
            Self::Blank => f.write_str("the proof that a blank ballot chooses nothing else"),
            Self::Knowledge => f.write_str("the proof that the voter knows the encrypted answer"),
            Self::List { list } => write!(f, "the proof that candidates of list {list} come with their list"),
            Self::NonZero => f.write_str("the proof that a candidate is chosen"),
        }
    }
}

/// Why a ballot was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BallotError {
    /// Not the exact canonical text that this election prescribes.
    #[error("the ballot is not written as this election prescribes: {0}")]
    Malformed(#[from] ReadError),
    /// Made for another election.
    #[error("the ballot was made for another election")]
    OtherElection,
    /// The credential is not a key.
    #[error("the ballot's credential is refused: {0}")]
    Credential(ElementError),
    /// The hash in the signature is not that of the ballot.
    #[error("the ballot was changed after it was signed")]
    SignatureHash,
    /// The signature is wrong.
    #[error("the ballot is not signed with its credential")]
    Signature,
    /// A proof is wrong.
    #[error("question {question}: {proof} is wrong")]
    Proof {
        /// Number of the question, from 1.
        question: usize,
        /// Which proof.
        proof: ProofName,
    },
}

/// A ballot whose signature and proofs are right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedBallot<G: Group> {
    /// The public credential.
    pub credential: G::Element,
    /// Its canonical text.
    pub credential_text: String,
    /// SHA-256 of the ballot's bytes; its base64-compact form is what the voter keeps.
    pub tracker: Hash,
    /// Per question, its ciphertexts in order; those of lists one after the other.
    pub ciphertexts: Vec<Vec<Ciphertext<G>>>,
    /// The commitments that the proofs determine, in the order in which they are computed: that of the signature,
    /// then per question and proof; product ciphertexts stand before the commitments of their proof.
    pub commitments: Vec<G::Element>,
}

/// What a ballot says about itself before anything is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// The identifier of the election.
    pub uuid: &'a str,
    /// The fingerprint of the election.
    pub fingerprint: &'a str,
    /// The public credential.
    pub credential: &'a str,
}

/// Reads the first fields of a ballot: cheap enough to look up the credential before verifying.
///
/// # Errors
/// Text that does not start like a ballot.
pub fn header(raw: &[u8]) -> Result<Header<'_>, BallotError> {
    Ok(read_header(&mut Reader::from_bytes(raw)?)?)
}

fn read_header<'a>(reader: &mut Reader<'a>) -> Result<Header<'a>, ReadError> {
    reader.token("{\"election_uuid\":")?;
    let uuid = reader.plain()?;
    reader.token(",\"election_hash\":")?;
    let fingerprint = reader.plain()?;
    reader.token(",\"credential\":")?;
    let credential = reader.plain()?;
    Ok(Header { uuid, fingerprint, credential })
}

/// The tracker of a ballot: base64-compact SHA-256 of its bytes.
pub fn tracker(raw: &[u8]) -> String {
    Hash::of(raw).base64()
}

/// Where the signature field starts.
const SIGNATURE: &str = ",\"signature\":{\"hash\":";

/// Verifies a ballot completely: exact canonical text, election, signature, membership of every element, and every
/// proof. Cheap checks come first, so only a holder of the credential can cause the expensive ones.
///
/// That the credential is on the roll is for the caller to check.
///
/// # Errors
/// The first thing that is wrong; see [`BallotError`].
pub fn verify<G: Group>(election: &Election<G>, raw: &[u8]) -> Result<VerifiedBallot<G>, BallotError> {
    let text = std::str::from_utf8(raw).map_err(|_| ReadError::NotUtf8)?;
    let missing = || ReadError::shape("the signature is missing");
    let split = text.rfind(SIGNATURE).ok_or_else(missing)?;
    let (body, signature) = text.split_at_checked(split).ok_or_else(missing)?;

    let mut reader = Reader::new(body);
    let header = read_header(&mut reader)?;
    if header.uuid != election.uuid() || header.fingerprint != election.fingerprint() {
        return Err(BallotError::OtherElection);
    }
    let credential = G::decode_key(header.credential).map_err(BallotError::Credential)?;
    let mut checks = Checks::new(election, header.credential);
    verify_signature(&mut checks, body, signature, &credential)?;

    reader.token(",\"answers\":[")?;
    let mut ciphertexts = Vec::with_capacity(election.questions().len());
    for (i, question) in election.questions().iter().enumerate() {
        if i > 0 {
            reader.token(",")?;
        }
        checks.start_question(i + 1);
        ciphertexts.push(checks.answer(question, &mut reader)?);
    }
    reader.token("]")?;
    reader.end()?;
    let commitments = checks.finish()?;
    Ok(VerifiedBallot {
        credential,
        credential_text: header.credential.to_owned(),
        tracker: Hash::of(raw),
        ciphertexts,
        commitments,
    })
}

/// The hash that is signed: of the ballot as it would be without its signature field.
fn signed_hash(body: &str) -> String {
    let digest = Transcript::new().text(body).text("}").digest();
    Hash::from_bytes(digest).base64()
}

fn verify_signature<G: Group>(
    checks: &mut Checks<'_, G>,
    body: &str,
    signature: &str,
    credential: &G::Element,
) -> Result<(), BallotError> {
    let mut reader = Reader::new(signature);
    reader.token(SIGNATURE)?;
    let hash = reader.plain()?;
    reader.token(",\"proof\":")?;
    let proof = Proof::<G>::read(&mut reader)?;
    reader.token("}}")?;
    reader.end()?;
    if hash != signed_hash(body) {
        return Err(BallotError::SignatureHash);
    }
    let commitment = G::vartime_commit(&proof.response, &G::powers(credential), &proof.challenge);
    let transcript = Transcript::new().text("sig|").text(hash).text("|");
    if transcript.elements::<G>(&[commitment]).scalar::<G>() != proof.challenge {
        return Err(BallotError::Signature);
    }
    checks.record(commitment);
    Ok(())
}

/// Reads the ciphertexts of a ballot that has been verified before, for subtracting a replaced ballot from a tally.
///
/// # Errors
/// [`BallotError::Malformed`]; no proof is looked at.
pub fn ciphertexts<G: Group>(
    election: &Election<G>,
    raw: &[u8],
) -> Result<Vec<Vec<Ciphertext<G>>>, BallotError> {
    let text = std::str::from_utf8(raw).map_err(|_| ReadError::NotUtf8)?;
    let mut reader = Reader::new(text);
    read_header(&mut reader)?;
    reader.token(",\"answers\":[")?;
    let mut all = Vec::with_capacity(election.questions().len());
    for (i, question) in election.questions().iter().enumerate() {
        if i > 0 {
            reader.token(",")?;
        }
        all.push(checks::read_without_checks::<G>(question, &mut reader)?);
    }
    Ok(all)
}
