//! Ballots in batches: proofs in parallel, counting in order.

use std::io::{Read, Seek};

use rayon::prelude::*;

use super::finding::{Code, Culprit};
use super::setup::Verifier;
use crate::archive::{ArchiveError, Record, Records};
use crate::ballot::{self, BallotError, VerifiedBallot};
use crate::group::Group;
use crate::hash::Hash;

/// Ballots checked together; enough to keep many cores busy.
pub(super) const BATCH: usize = 256;
/// Bytes of ballots checked together.
pub(super) const BATCH_BYTES: usize = 16 << 20;

fn code_of(error: &BallotError) -> Code {
    match error {
        BallotError::OtherElection => Code::BallotElection,
        BallotError::SignatureHash | BallotError::Signature => Code::BallotSignature,
        BallotError::Proof { .. } => Code::BallotProof,
        _ => Code::BallotMalformed,
    }
}

impl<G: Group> Verifier<'_, G> {
    /// Checks and counts a batch, which is empty afterwards.
    pub(super) fn check_ballots<R: Read + Seek>(
        &mut self,
        batch: &mut Vec<Record>,
        records: &mut Records<R>,
    ) -> Result<(), ArchiveError> {
        let election = &self.election;
        let check = || -> Vec<Result<VerifiedBallot<G>, BallotError>> {
            let verify = |record: &Record| {
                let raw = record.objects.first().map(|o| o.data.as_slice()).unwrap_or_default();
                ballot::verify(election, raw)
            };
            batch.par_iter().map(verify).collect()
        };
        let verdicts = match &self.pool {
            Some(pool) => pool.install(check),
            None => check(),
        };
        for (record, verdict) in batch.drain(..).zip(verdicts) {
            let height = record.event.height;
            let Some(object) = record.objects.first() else { continue };
            let culprit = Culprit::Ballot { height, tracker: object.hash.base64() };
            match verdict {
                Ok(ballot) => self.count(&ballot, object.offset, object.data.len(), culprit, records)?,
                Err(error) => self.find(code_of(&error), culprit, error),
            }
        }
        Ok(())
    }

    fn count<R: Read + Seek>(
        &mut self,
        ballot: &VerifiedBallot<G>,
        offset: u64,
        size: usize,
        culprit: Culprit,
        records: &mut Records<R>,
    ) -> Result<(), ArchiveError> {
        let key = *Hash::of(ballot.credential_text.as_bytes()).as_bytes();
        let Some(mut voter) = self.voters.get(&key).copied() else {
            self.find(
                Code::BallotCredential,
                culprit,
                "the ballot's credential is not on the list of credentials",
            );
            return Ok(());
        };
        let replaced = match voter.last {
            // It was verified when it was read, so it can be read again.
            Some((offset, size)) => {
                let raw = records.reread(offset, size)?;
                ballot::ciphertexts(&self.election, &raw).ok()
            }
            None => None,
        };
        if let Err(error) =
            self.accumulator.cast(voter.number, voter.weight, &ballot.ciphertexts, replaced.as_deref())
        {
            self.find(Code::BallotWeight, culprit, error);
            return Ok(());
        }
        voter.last = Some((offset, size as u64));
        self.voters.insert(key, voter);
        self.report.ballots += 1;
        if ballot.ciphertexts.iter().flatten().any(|c| G::is_identity(&c.alpha)) {
            let message =
                "an answer of this ballot is encrypted without randomness, so everybody can read it";
            self.find(Code::BallotOpen, culprit, message);
        }
        Ok(())
    }
}
