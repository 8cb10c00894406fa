//! From the encrypted tally to the result.

use super::finding::{Code, Culprit};
use super::setup::{Halt, Step, Verifier};
use crate::archive::{Object, parse_owned};
use crate::decryption::{DecryptionError, Decryptions, Submission};
use crate::elgamal::Ciphertext;
use crate::group::Group;
use crate::mixnet::{Mixnet, Shuffle, ShuffleError};
use crate::result::{ElectionResult, ResultError};

/// Which finding a missing or foreign owner becomes.
struct OwnerCodes {
    owner: Code,
    malformed: Code,
}

const SHUFFLE: OwnerCodes = OwnerCodes { owner: Code::ShuffleOwner, malformed: Code::ShuffleMalformed };
const DECRYPTION: OwnerCodes =
    OwnerCodes { owner: Code::DecryptionOwner, malformed: Code::DecryptionMalformed };

impl<G: Group> Verifier<'_, G> {
    fn halt<T>(&mut self, code: Code, culprit: Culprit, message: impl ToString) -> Result<T, Halt> {
        self.find(code, culprit, message);
        Err(Halt)
    }

    /// The encrypted tally must be, byte for byte, that of the last ballot of every credential.
    pub(super) fn encrypted_tally(&mut self, height: u64, tally: &Object, sized: &Object) -> Step {
        let culprit = Culprit::Event { height };
        let expected = self.accumulator.finish();
        let text = expected.to_json();
        if text.as_bytes() != tally.data {
            let message = "the encrypted tally is not that of the last ballot of every voter; nothing after it was \
                           checked";
            return self.halt(Code::EncryptedTally, culprit, message);
        }
        if self.accumulator.sized(&text).to_json().as_bytes() != sized.data {
            let (ballots, weight) = (self.accumulator.num_tallied(), self.accumulator.total_weight());
            let message = format!(
                "the tally states another number of ballots or total weight than the {ballots} ballots of weight \
                 {weight} that count"
            );
            self.find(Code::SizedTally, culprit, message);
        }
        self.tally = Some(expected);
        Ok(())
    }

    /// The owner of an object, if it is a trustee who has not contributed yet and the object is the one owned.
    fn owner(
        &mut self,
        height: u64,
        object: &Object,
        owned: &Object,
        before: &[u64],
        codes: &OwnerCodes,
    ) -> Result<u64, Halt> {
        let culprit = Culprit::Event { height };
        let (owner, payload) = match parse_owned(&owned.data) {
            Ok(parsed) => parsed,
            Err(error) => return self.halt(codes.malformed, culprit, error),
        };
        if payload != object.hash {
            let message = "the owner's statement names another object than the one before it";
            return self.halt(codes.malformed, culprit, message);
        }
        let trustees = self.keys.len() as u64;
        if owner == 0 || owner > trustees {
            let message = format!("there is no trustee number {owner}; this election has {trustees}");
            return self.halt(codes.owner, culprit, message);
        }
        if before.contains(&owner) {
            let culprit = Culprit::Trustee { owner, height: Some(height) };
            return self.halt(codes.owner, culprit, "this trustee has contributed to this step before");
        }
        Ok(owner)
    }

    /// A shuffle must start from the output of the previous one, and prove that it changed the order only.
    pub(super) fn shuffle(&mut self, height: u64, object: &Object, owned: &Object) -> Step {
        let before = self.report.shuffles.clone();
        let owner = self.owner(height, object, owned, &before, &SHUFFLE)?;
        let culprit = Culprit::Trustee { owner, height: Some(height) };
        let Some(tally) = &self.tally else { return Err(Halt) };
        let questions = self.election.mixed_questions();
        let inputs: Vec<Vec<Ciphertext<G>>> = questions.iter().map(|q| tally.question(*q)).collect();
        // Made once: it keeps the generators for the next shuffle.
        let mixnet = self.mixnet.get_or_insert_with(|| {
            Mixnet::new(self.election.fingerprint(), &G::fixed_element(self.election.key()))
        });
        let check = || -> Result<Shuffle<G>, ShuffleError> {
            let longest = inputs.iter().map(Vec::len).max().unwrap_or(0);
            let shuffle = Shuffle::<G>::parse_of(&object.data, longest)?;
            mixnet.verify(&inputs, &shuffle)?;
            Ok(shuffle)
        };
        let checked = match &self.pool {
            Some(pool) => pool.install(check),
            None => check(),
        };
        match checked {
            Ok(shuffle) => {
                self.tally = Some(tally.with_questions(&questions, &shuffle.ciphertexts));
                self.report.shuffles.push(owner);
                Ok(())
            }
            Err(error @ ShuffleError::Proof { .. }) => self.halt(Code::ShuffleProof, culprit, error),
            Err(error) => self.halt(Code::ShuffleMalformed, culprit, error),
        }
    }

    /// Factors must be in the group, of the shape of the tally, and proved to come from the trustee's key.
    pub(super) fn partial_decryption(&mut self, height: u64, object: &Object, owned: &Object) -> Step {
        let before = self.decryption_owners.clone();
        let owner = self.owner(height, object, owned, &before, &DECRYPTION)?;
        self.decryption_owners.push(owner);
        let culprit = Culprit::Trustee { owner, height: Some(height) };
        let Some(tally) = &self.tally else { return Err(Halt) };
        let decryptions = self.decryptions.get_or_insert_with(|| {
            Decryptions::new(self.election.fingerprint(), &self.trustees, tally.shape.clone())
        });
        let mut submit = || decryptions.submit(owner, &object.data);
        let submitted = match &self.pool {
            Some(pool) => pool.install(submit),
            None => submit(),
        };
        match submitted {
            Ok(Submission::Accepted) => self.report.decryptions.push(owner),
            Ok(Submission::PassedOver(error)) => {
                let message = format!("{error}; other members of the group have to make up for it");
                self.find(Code::ShareSkipped, culprit, message);
            }
            Err(error @ DecryptionError::Proof { .. }) => self.find(Code::DecryptionProof, culprit, error),
            Err(error) => self.find(Code::DecryptionMalformed, culprit, error),
        }
        Ok(())
    }

    /// The result must be what the valid partial decryptions give.
    pub(super) fn result(&mut self, height: u64, object: &Object) -> Step {
        let culprit = Culprit::Event { height };
        let combined = match self.decryptions.as_ref().map(Decryptions::combine) {
            Some(Ok(combined)) => combined,
            Some(Err(error)) => return self.halt(Code::DecryptionMissing, culprit, error),
            None => return self.halt(Code::DecryptionMissing, culprit, "nobody has decrypted the tally"),
        };
        let total = self.accumulator.total_weight();
        match ElectionResult::check::<G>(&object.data, self.election.questions(), &combined, total) {
            Ok(result) => self.report.result = Some(result),
            Err(error @ ResultError::Malformed(_)) => self.find(Code::ResultMalformed, culprit, error),
            Err(error) => self.find(Code::ResultWrong, culprit, error),
        }
        Ok(())
    }
}
