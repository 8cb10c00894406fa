//! The ballot protocol behind one object per election, whatever its group.

use std::collections::HashMap;

use folkmoot_ballot::ballot::{self, BallotError};
use folkmoot_ballot::credential::read_roll;
use folkmoot_ballot::election::{Election, group_of};
use folkmoot_ballot::group::{Group, GroupId};
use folkmoot_ballot::hash::Hash;
use folkmoot_ballot::question::{Homomorphic, Question};
use folkmoot_ballot::tally::Accumulator;

use crate::error::{AppError, AppResult};

/// Runs one expression with `$g` standing for the type of a group. Returns from the function with `Internal` for a group
/// that is not served.
macro_rules! for_group {
    ($id:expr, $g:ident => $body:expr) => {
        match $id {
            folkmoot_ballot::group::GroupId::Ed25519 => {
                type $g = folkmoot_ballot::group::Ed25519;
                $body
            }
            folkmoot_ballot::group::GroupId::Belenios2048 => {
                type $g = folkmoot_ballot::group::Belenios2048;
                $body
            }
            folkmoot_ballot::group::GroupId::Rfc3526 => {
                type $g = folkmoot_ballot::group::Rfc3526;
                $body
            }
            other => {
                return Err($crate::error::AppError::internal(format!("the group {other} is not served")));
            }
        }
    };
}
pub(crate) use for_group;

/// A ballot that passed every check that needs no database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedBallot {
    /// Public credential, canonical text.
    pub credential: String,
    /// What the voter keeps.
    pub tracker: String,
    /// A digest of each ciphertext, in order.
    pub ciphertexts: Vec<String>,
}

/// The objects of an `EncryptedTally` event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TallyObjects {
    /// The encrypted tally.
    pub encrypted: String,
    /// The sized one beside it.
    pub sized: String,
    /// Ballots counted.
    pub counted: u64,
}

/// The protocol for one election.
pub trait Engine: Send + Sync {
    /// Greatest number of bytes a ballot of this election can have.
    fn largest_ballot(&self) -> usize;

    /// Checks text, signature and every proof.
    ///
    /// # Errors
    /// The first thing that is wrong.
    fn check(&self, raw: &[u8]) -> Result<CheckedBallot, BallotError>;

    /// Public credentials on the roll, with their weights.
    fn roll(&self) -> &HashMap<String, u64>;

    /// Multiplies the last ballot of every credential, as `next` hands them out one by one.
    ///
    /// # Errors
    /// What `next` fails with, or a stored ballot that cannot be read.
    fn tally(
        &self,
        next: &mut dyn FnMut() -> AppResult<Option<(String, Vec<u8>)>>,
    ) -> AppResult<TallyObjects>;
}

struct EngineOf<G: Group> {
    election: Election<G>,
    roll: HashMap<String, u64>,
}

/// Opens the engine for an election object and its list of public credentials.
///
/// # Errors
/// `Internal` when what is stored cannot be read: it was checked when it was written.
pub fn open(election_json: &[u8], public_credentials: &[u8]) -> AppResult<Box<dyn Engine>> {
    let group = group_of(election_json).map_err(AppError::internal)?;
    Ok(for_group!(group, G => Box::new(EngineOf::<G>::open(election_json, public_credentials)?)))
}

impl<G: Group> EngineOf<G> {
    fn open(election_json: &[u8], public_credentials: &[u8]) -> AppResult<Self> {
        let election = Election::parse(election_json).map_err(AppError::internal)?;
        let mut roll = HashMap::new();
        read_roll::<G>(public_credentials, |_, entry| {
            roll.insert(entry.text, entry.weight);
            Ok(())
        })
        .map_err(AppError::internal)?;
        Ok(Self { election, roll })
    }
}

/// Characters of the longest element and the longest scalar of a group, generously.
fn widths<G: Group>() -> (usize, usize) {
    let element = G::encode(&G::generator()).len().max(64);
    if element == 64 && G::NAME == GroupId::Ed25519.name() { (64, 78) } else { (617, 617) }
}

fn question_size<G: Group>(question: &Question) -> usize {
    let (element, scalar) = widths::<G>();
    let ciphertext = 2 * element + 32;
    let proof = 2 * scalar + 40;
    match question {
        Question::Homomorphic(Homomorphic { answers, min, max, blank, .. }) => {
            let choices = answers.len() + usize::from(*blank);
            let branches = max.saturating_sub(*min).min(10_000) + 2;
            choices * (ciphertext + 2 * proof + 8) + (branches + 2) * proof + 200
        }
        Question::NonHomomorphic(_) => ciphertext + proof + 200,
        Question::Lists(lists) => {
            let all: usize = lists.answers.iter().map(Vec::len).sum();
            all * (ciphertext + 4 * proof + 16) + 4 * proof + 400
        }
        _ => 0,
    }
}

impl<G: Group> Engine for EngineOf<G> {
    fn largest_ballot(&self) -> usize {
        let (element, scalar) = widths::<G>();
        let answers: usize = self.election.questions().iter().map(question_size::<G>).sum();
        answers + element + 2 * scalar + 600
    }

    fn check(&self, raw: &[u8]) -> Result<CheckedBallot, BallotError> {
        let ballot = ballot::verify(&self.election, raw)?;
        let flat: Vec<G::Element> =
            ballot.ciphertexts.iter().flatten().flat_map(|c| [c.alpha, c.beta]).collect();
        let texts = G::encode_batch(&flat);
        let ciphertexts =
            texts.chunks_exact(2).map(|pair| Hash::of(pair.join(",").as_bytes()).base64()).collect();
        Ok(CheckedBallot {
            credential: ballot.credential_text,
            tracker: ballot.tracker.base64(),
            ciphertexts,
        })
    }

    fn roll(&self) -> &HashMap<String, u64> {
        &self.roll
    }

    fn tally(
        &self,
        next: &mut dyn FnMut() -> AppResult<Option<(String, Vec<u8>)>>,
    ) -> AppResult<TallyObjects> {
        let mut sums = Accumulator::<G>::new(self.election.questions());
        let mut voter = 0;
        while let Some((credential, raw)) = next()? {
            let weight =
                *self.roll.get(&credential).ok_or_else(|| AppError::internal("a ballot off the roll"))?;
            let ciphertexts = ballot::ciphertexts(&self.election, &raw).map_err(AppError::internal)?;
            sums.cast(voter, weight, &ciphertexts, None).map_err(AppError::internal)?;
            voter += 1;
        }
        let encrypted = sums.finish().to_json();
        let sized = sums.sized(&encrypted).to_json();
        Ok(TallyObjects { encrypted, sized, counted: sums.num_tallied() })
    }
}
