//! An election as its verified archive leaves it: what comes next can be computed from here.
//!
//! Whoever shuffles, decrypts or combines goes through this type, so nobody contributes to an archive that was not
//! verified completely. An operator could otherwise have a single chosen ballot decrypted (protocol 5.3, item 4).

use std::io::{self, Read, Seek};

use rand_core::CryptoRng;

use super::setup::{self, Verifier};
use super::{Observer, Options, Report};
use crate::archive::{ArchiveError, Chain, EventKind, Records};
use crate::decryption::{DecryptionError, Decryptions, PartialDecryption};
use crate::election::Election;
use crate::elgamal::Ciphertext;
use crate::group::Group;
use crate::mixnet::{Mixnet, Shuffle, ShuffleError};
use crate::result::{ElectionResult, ResultError};
use crate::tally::{Accumulator, EncryptedTally, SizedTally};
use crate::trustee::{SecretKey, Trustees};

/// Why the next step is not possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StandingError {
    /// The election is at another stage.
    #[error("the archive ends with a {stage} event; {needed}")]
    Stage {
        /// The last event.
        stage: EventKind,
        /// What has to happen first.
        needed: &'static str,
    },
    /// There is nothing to shuffle.
    #[error("this election has no ranked or graded question, so there is nothing to shuffle")]
    NothingToShuffle,
    /// A trustee shuffles once.
    #[error("trustee {0} has shuffled already")]
    Shuffled(u64),
    /// A shuffle could not be made.
    #[error(transparent)]
    Shuffle(#[from] ShuffleError),
    /// A decryption could not be made, or too few are there.
    #[error(transparent)]
    Decryption(#[from] DecryptionError),
    /// The decrypted values are no result.
    #[error(transparent)]
    Result(#[from] ResultError),
}

/// A verified archive, ready for its next event.
#[derive(Debug)]
pub struct Standing<G: Group> {
    election: Election<G>,
    trustees: Trustees<G>,
    mixnet: Mixnet<G>,
    accumulator: Accumulator<G>,
    tally: Option<EncryptedTally<G>>,
    decryptions: Option<Decryptions<G>>,
    stage: EventKind,
    chain: Chain,
    report: Report,
}

impl<G: Group> Standing<G> {
    /// Verifies an archive of this group to its end. An archive that is not valid gives its report instead.
    ///
    /// # Errors
    /// Only those of reading the input.
    pub fn read<R: Read + Seek>(
        input: R,
        options: &Options,
        observer: &mut dyn Observer,
    ) -> io::Result<Result<Self, Report>> {
        let mut report = Report::default();
        let mut parts = None;
        let outcome = Records::open(input, options.limits).and_then(|mut records| {
            let Some(first) = records.next_record()? else { return Ok(()) };
            observer.record(&first);
            if setup::group_of(&first, options, &mut report) != Some(G::ID) {
                return Ok(());
            }
            let Some(mut verifier) = Verifier::<G>::start(&first, options, &mut report) else {
                return Ok(());
            };
            let read = verifier.run(&mut records, observer);
            verifier.finish();
            let Verifier { election, trustees, mixnet, accumulator, tally, decryptions, .. } = verifier;
            parts = Some((election, trustees, mixnet, accumulator, tally, decryptions, records.chain()));
            read
        });
        match outcome {
            Ok(()) => {}
            Err(ArchiveError::Io(error)) => return Err(error),
            Err(error) => super::record_error(&error, options, &mut report),
        }
        let (Some(parts), Some(stage), true) = (parts, report.stage, report.is_valid()) else {
            return Ok(Err(report));
        };
        let (election, trustees, mixnet, accumulator, tally, decryptions, chain) = parts;
        let mixnet =
            mixnet.unwrap_or_else(|| Mixnet::new(election.fingerprint(), &G::fixed_element(election.key())));
        Ok(Ok(Self { election, trustees, mixnet, accumulator, tally, decryptions, stage, chain, report }))
    }

    /// The election.
    pub fn election(&self) -> &Election<G> {
        &self.election
    }

    /// Its trustees.
    pub fn trustees(&self) -> &Trustees<G> {
        &self.trustees
    }

    /// The last event.
    pub fn stage(&self) -> EventKind {
        self.stage
    }

    /// The head, for appending.
    pub fn chain(&self) -> Chain {
        self.chain
    }

    /// What the verification found: matters of policy only.
    pub fn report(&self) -> &Report {
        &self.report
    }

    fn stage_error<T>(&self, needed: &'static str) -> Result<T, StandingError> {
        Err(StandingError::Stage { stage: self.stage, needed })
    }

    /// The tally of all ballots and the object beside it, once voting has ended.
    ///
    /// # Errors
    /// [`StandingError::Stage`] while voting is open.
    pub fn encrypted_tally(&self) -> Result<(String, SizedTally), StandingError> {
        if self.stage != EventKind::EndBallots {
            return self.stage_error("the tally is computed once, right after the end of voting");
        }
        let text = self.accumulator.finish().to_json();
        let sized = self.accumulator.sized(&text);
        Ok((text, sized))
    }

    /// Shuffles the ciphertexts for the trustee `owner`.
    ///
    /// # Errors
    /// The wrong stage, nothing to shuffle, a trustee who has shuffled or is none.
    pub fn shuffle(&self, owner: u64, rng: &mut dyn CryptoRng) -> Result<Shuffle<G>, StandingError> {
        let questions = self.election.mixed_questions();
        if questions.is_empty() {
            return Err(StandingError::NothingToShuffle);
        }
        let trustees = self.trustees.keys().len();
        if owner == 0 || owner > trustees as u64 {
            return Err(DecryptionError::NoSuchTrustee { owner, trustees }.into());
        }
        if self.report.shuffles.contains(&owner) {
            return Err(StandingError::Shuffled(owner));
        }
        match (&self.tally, self.stage) {
            (Some(tally), EventKind::EncryptedTally | EventKind::Shuffle) => {
                let inputs: Vec<Vec<Ciphertext<G>>> = questions.iter().map(|q| tally.question(*q)).collect();
                Ok(self.mixnet.shuffle(&inputs, rng)?)
            }
            _ => self.stage_error("shuffles come between the encrypted tally and the first decryption"),
        }
    }

    /// Decrypts the tally with a trustee's key: the trustee's number, and the object.
    ///
    /// # Errors
    /// The wrong stage, a key of nobody, a trustee who has decrypted already.
    pub fn decrypt(
        &self,
        secret: &SecretKey<G>,
        rng: &mut dyn CryptoRng,
    ) -> Result<(usize, PartialDecryption<G>), StandingError> {
        let ready = match self.stage {
            EventKind::EncryptedTally => self.election.mixed_questions().is_empty(),
            EventKind::EndShuffles | EventKind::PartialDecryption => true,
            _ => false,
        };
        let Some(tally) = self.tally.as_ref().filter(|_| ready) else {
            return self
                .stage_error("decryptions come after the encrypted tally and, where needed, the shuffles");
        };
        let owner = Decryptions::new(self.election.fingerprint(), &self.trustees, tally.shape.clone())
            .owner_of(secret)?;
        let given = self.decryptions.as_ref();
        if given.is_some_and(|d| d.contributors().contains(&owner) || d.passed_over().contains_key(&owner)) {
            return Err(DecryptionError::Repeated(owner).into());
        }
        Ok((owner, PartialDecryption::prove(self.election.fingerprint(), secret, &tally.shape, rng)))
    }

    /// Hash of the (shuffled) tally that [`Standing::decrypt`] would decrypt.
    pub fn tally_hash(&self) -> Option<crate::hash::Hash> {
        self.tally.as_ref().map(|tally| crate::hash::Hash::of(tally.to_json().as_bytes()))
    }

    /// The result, once enough trustees have decrypted.
    ///
    /// # Errors
    /// The wrong stage, or [`DecryptionError::NotEnough`] naming those who are missing.
    pub fn result(&self) -> Result<ElectionResult, StandingError> {
        let (Some(decryptions), EventKind::PartialDecryption) = (&self.decryptions, self.stage) else {
            return self.stage_error("the result is computed after the decryptions, once");
        };
        let plain = decryptions.combine()?;
        let weight = self.accumulator.total_weight();
        Ok(ElectionResult::decode::<G>(self.election.questions(), &plain, weight)?)
    }
}
