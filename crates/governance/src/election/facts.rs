//! What the guards look at, gathered by the caller at one moment.

use serde::{Deserialize, Serialize};

use crate::Instant;
use crate::deadline::{Finding, MilestoneKind, Schedule};
use crate::quorum::{QuorumFacts, QuorumPolicy};

/// Fewer counted ballots than this wait, sealed, for a waiver of two officers.
pub const MIN_COUNTED: u64 = 10;

/// Everything the guards look at.
#[derive(Clone, Debug, Default)]
pub struct ElectionFacts {
    /// What was decided when the election was set up.
    pub set_up: SetUpFacts,
    /// The milestones.
    pub schedule: Schedule,
    /// The findings of [`Schedule::check`] with the overrides given.
    pub findings: Vec<Finding>,
    /// Candidates.
    pub candidates: CandidateFacts,
    /// Roll, credentials, keys, rehearsal.
    pub preparation: PreparationFacts,
    /// What came in.
    pub voting: VotingFacts,
    /// How far the count is.
    pub count: CountFacts,
}

/// What was decided when the election was set up.
#[derive(Clone, Debug, Default)]
pub struct SetUpFacts {
    /// The body that is elected or decides is set.
    pub body: bool,
    /// Seats to fill; `None` while unset. Questions without candidates (a bylaw change) set `seats_apply` to false.
    pub seats: Option<u32>,
    /// Whether there are seats to fill at all.
    pub seats_apply: bool,
    /// The method is set.
    pub method: bool,
    /// The quorum policy; `None` while nobody has decided, [`QuorumPolicy::None`] when it was decided to have none.
    pub quorum: Option<QuorumPolicy>,
    /// The rule for ties is set.
    pub tie: bool,
    /// The rule that makes the roll is set.
    pub roll_policy: bool,
    /// Contradictions between the policies, as sentences.
    pub contradictions: Vec<String>,
    /// Whether the election has a nomination phase.
    pub nominations: bool,
    /// Whether ballots are shuffled before decryption (rankings and scores) or added up (approvals).
    pub shuffles: bool,
    /// Whether a body certifies the result.
    pub certification: bool,
}

/// What happens when there are no more candidates than seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Uncontested {
    /// They are declared elected without a vote.
    Acclaim,
    /// The vote is held all the same.
    HoldVote,
}

/// Candidates and candidacies.
#[derive(Clone, Debug, Default)]
pub struct CandidateFacts {
    /// Accepted candidacies that nobody has found eligible or ineligible yet.
    pub undecided: u32,
    /// Ineligible candidacies without a reason.
    pub without_reason: u32,
    /// Eligible candidates who have not withdrawn.
    pub eligible: u32,
    /// What was chosen for the case that there are no more candidates than seats.
    pub uncontested: Option<Uncontested>,
}

/// The trustees of the election.
#[derive(Clone, Debug, Default)]
pub struct TrusteeFacts {
    /// Trustees.
    pub total: u32,
    /// How many of them are enough to decrypt.
    pub threshold: u32,
    /// Trustees whose key is made and whose key file was opened again.
    pub checked: u32,
    /// Officers who accepted in writing that losing one key loses the result (only where all are needed).
    pub all_needed_accepted_by: u32,
    /// Trustees who have shown shortly before the count that they still have their key.
    pub present_for_count: u32,
}

/// What must be ready before opening.
#[derive(Clone, Debug, Default)]
pub struct PreparationFacts {
    /// Entries of the frozen roll; `None` while it is not frozen.
    pub roll: Option<u64>,
    /// Public credentials of the election.
    pub credentials: u64,
    /// Reserve credentials declared beforehand.
    pub reserve: u64,
    /// The registrar has confirmed that the credentials were generated and received.
    pub registrar_ready: bool,
    /// Trustees.
    pub trustees: TrusteeFacts,
    /// A dummy ballot box was counted with decryptions of enough trustees.
    pub dummy_counted: bool,
    /// A test message arrived.
    pub mail_canary: bool,
    /// Seats shown in the preview of the result page; `None` while nobody has looked.
    pub previewed_seats: Option<u32>,
    /// The set-up event of the ballot box is published.
    pub box_published: bool,
}

/// What came in.
#[derive(Clone, Debug, Default)]
pub struct VotingFacts {
    /// Base and counted voters for the quorum.
    pub quorum: QuorumFacts,
    /// What the body decided when the quorum failed and was referred to it.
    pub body_lets_stand: Option<bool>,
    /// Instant of the current suspension.
    pub suspended_at: Option<Instant>,
}

/// How far the count is.
#[derive(Clone, Debug, Default)]
pub struct CountFacts {
    /// Ballots that will be counted.
    pub counted: u64,
    /// Officers who waived the least number of counted ballots.
    pub small_count_waived_by: u32,
    /// Shuffles whose proofs were verified.
    pub shuffles_verified: u32,
    /// Trustees whose decryption proofs were verified.
    pub decryptions_verified: u32,
    /// The result was verified from the archive alone.
    pub result_verified: bool,
    /// Ties that the policy has not resolved yet.
    pub open_ties: u32,
    /// The seat engine ran on the verified result.
    pub allocated: bool,
    /// The certifying body's motion passed.
    pub certified: bool,
    /// Complaints and recounts that are still open.
    pub open_complaints: u32,
    /// When the last retention period ends.
    pub retention_ends: Option<Instant>,
}

impl ElectionFacts {
    /// The instant of a milestone, or `None`.
    #[must_use]
    pub fn instant(&self, kind: &MilestoneKind) -> Option<Instant> {
        self.schedule.instant(kind)
    }
}
