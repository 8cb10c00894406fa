//! States of an election, the steps between them and their effects.

use serde::{Deserialize, Serialize};

/// Where an election stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Being set up; nobody outside sees it.
    Draft,
    /// Public; milestones are locked.
    Announced,
    /// Nominations are accepted.
    Nominations,
    /// Nominations are over; candidacies are reviewed.
    ClosedNominations,
    /// Candidates and their texts are public.
    CandidatesAnnounced,
    /// Everything was tried out.
    Rehearsed,
    /// Ballots are accepted.
    Open,
    /// Ballots are not accepted for a while.
    Suspended,
    /// The box is sealed; the quorum is to be judged.
    Closed,
    /// The quorum failed and a body decides.
    Referred,
    /// The quorum is reached: the count may start.
    QuorumOk,
    /// Void. Final.
    Void,
    /// Trustees shuffle.
    Shuffling,
    /// Trustees decrypt.
    Decrypting,
    /// Verified result.
    Counted,
    /// Seats are allocated.
    Allocated,
    /// Certified; terms exist.
    Certified,
    /// The result is public.
    Published,
    /// Voter data is erased. Final.
    Archived,
}

/// A step from one state to the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Make the election public.
    Announce,
    /// Open the form for nominations.
    OpenNominations,
    /// Close the form.
    CloseNominations,
    /// Make the candidates public.
    AnnounceCandidates,
    /// Declare the candidates elected without a vote.
    DeclareElected,
    /// Finish the rehearsal.
    FinishRehearsal,
    /// Open the ballot box.
    Open,
    /// Stop accepting ballots for a while.
    Suspend {
        /// Shown to everybody.
        reason: String,
    },
    /// Accept ballots again.
    Resume {
        /// Shown to everybody.
        reason: String,
    },
    /// Seal the ballot box, or extend voting where the quorum rule says so.
    Close,
    /// Judge the quorum of the sealed box.
    ConcludeQuorum,
    /// Carry out what the body decided about a failed quorum.
    DecideReferred,
    /// Let trustees shuffle.
    StartShuffling,
    /// Let trustees decrypt.
    StartDecryption,
    /// Take over the verified result.
    FinishCount,
    /// Take over the allocation of seats.
    Allocate,
    /// Certify.
    Certify,
    /// Publish.
    Publish,
    /// Erase voter data.
    Archive,
}

/// What the caller has to do when a step is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Effect {
    /// Announce every planned milestone and freeze the policy versions.
    LockMilestonesAndPolicies,
    /// Generate and publish the announcement text.
    PublishAnnouncement,
    /// Open the nomination form and send the calls.
    OpenNominationForm,
    /// Close the form; pending invitations expire at their own milestone.
    CloseNominationForm,
    /// Publish the candidates, freeze their texts, seed the order.
    PublishCandidates,
    /// Publish that the set-up is complete.
    PublishRehearsal,
    /// Queue the invitations and show the ballots.
    SendInvitations,
    /// Show the reason of a suspension or its end.
    PublishReason(String),
    /// Offer an amendment that adds the lost time, in microseconds.
    OfferLostTime(i64),
    /// Amend the close by so many days because the quorum is not reached.
    ExtendVoting {
        /// Days added.
        days: u32,
    },
    /// Write the end of the ballots and publish the hash of the box.
    SealBox,
    /// Sign and publish the quorum certificate; unlock the trustees' pages.
    SignQuorumCertificate,
    /// Publish the void notice; the box stays sealed for good.
    PublishVoid,
    /// Tell the body that it has to decide.
    AskBody {
        /// Its name.
        body: String,
    },
    /// Call the trustees to shuffle.
    CallShufflers,
    /// Call the trustees to decrypt.
    CallTrustees,
    /// Write the tally.
    WriteTally,
    /// Publish explanation and totals before and after exclusions with the result.
    PrepareExplanation,
    /// Create the terms with their dates.
    CreateTerms,
    /// Publish result and recount kit; give waiver credits and count missed votes.
    PublishResult,
    /// Erase voter data, keep the archive.
    EraseVoterData,
}

impl State {
    /// The name in a sentence.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Announced => "announced",
            Self::Nominations => "nominations open",
            Self::ClosedNominations => "nominations closed",
            Self::CandidatesAnnounced => "candidates announced",
            Self::Rehearsed => "rehearsed",
            Self::Open => "voting open",
            Self::Suspended => "voting suspended",
            Self::Closed => "voting closed",
            Self::Referred => "quorum referred to the body",
            Self::QuorumOk => "quorum reached",
            Self::Void => "void",
            Self::Shuffling => "shuffling",
            Self::Decrypting => "decrypting",
            Self::Counted => "counted",
            Self::Allocated => "seats allocated",
            Self::Certified => "certified",
            Self::Published => "published",
            Self::Archived => "archived",
        }
    }

    /// Whether trustees' pages are unlocked.
    #[must_use]
    pub const fn trustees_unlocked(self) -> bool {
        matches!(self, Self::QuorumOk | Self::Shuffling | Self::Decrypting)
    }

    /// Whether the state is final.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Void | Self::Archived)
    }
}
