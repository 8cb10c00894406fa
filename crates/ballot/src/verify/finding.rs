//! What a verification can find.

use std::fmt;

/// Whether a finding makes the election invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// A rule of the protocol is broken: the archive proves nothing beyond this point.
    Invalid,
    /// The protocol is followed; people should look at this all the same.
    Policy,
}

/// What was found. Numbers are stable: 1xx the file, 2xx the chain of events, 3xx the setup, 4xx ballots, 5xx the
/// tally, 6xx shuffles, 7xx decryptions, 8xx the result, 9xx matters of policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
#[non_exhaustive]
pub enum Code {
    /// The file does not start like an archive of version 1.
    NotAnArchive = 101,
    /// An entry is cut off, or is not byte for byte what a writer makes.
    Damaged = 102,
    /// The same data object twice: a replayed ballot, for instance.
    DuplicateObject = 103,
    /// Data objects at the end that no event records.
    DanglingObjects = 104,
    /// An event that cannot be read.
    EventMalformed = 201,
    /// A wrong height or parent.
    ChainBroken = 202,
    /// The wrong number of data objects, or another payload.
    EventObjects = 203,
    /// An event that may not follow the one before.
    EventOrder = 204,
    /// The setup names other objects than those before it.
    SetupReference = 301,
    /// The election object is refused.
    Election = 302,
    /// The trustees are refused.
    Trustees = 303,
    /// The election key is not the product of the trustees' keys.
    ElectionKey = 304,
    /// The list of public credentials is refused.
    Roll = 305,
    /// A ballot that is not the exact text that the election prescribes, or holds no group elements.
    BallotMalformed = 401,
    /// A ballot for another election.
    BallotElection = 402,
    /// A ballot of a credential that is not on the list.
    BallotCredential = 403,
    /// A ballot that its credential did not sign.
    BallotSignature = 404,
    /// A ballot with a wrong proof.
    BallotProof = 405,
    /// A ballot of a weight other than 1 where a question is mixed.
    BallotWeight = 406,
    /// The encrypted tally is not that of the last ballots.
    EncryptedTally = 501,
    /// The stated number of ballots or total weight is wrong.
    SizedTally = 502,
    /// A shuffle without owner, of an owner outside the list, or of an owner who had one.
    ShuffleOwner = 601,
    /// A shuffle that cannot be read or has another size.
    ShuffleMalformed = 602,
    /// A shuffle whose proof is wrong.
    ShuffleProof = 603,
    /// Mixed questions that nobody shuffled.
    ShuffleAbsent = 604,
    /// A partial decryption without owner, of an owner outside the list, or of an owner who had one.
    DecryptionOwner = 701,
    /// A partial decryption that cannot be read or has another shape.
    DecryptionMalformed = 702,
    /// A partial decryption whose proof is wrong.
    DecryptionProof = 703,
    /// A result without the partial decryptions that it needs.
    DecryptionMissing = 704,
    /// A result that cannot be read.
    ResultMalformed = 801,
    /// A result that is not what the decryptions give.
    ResultWrong = 802,
    /// The election object is unusual.
    ElectionOddity = 901,
    /// Threshold parameters in a form that proves less than today's.
    TrusteeForm = 902,
    /// One key for two trustees.
    TrusteeRepeated = 903,
    /// Fewer than two independent trustees.
    TrusteeAlone = 904,
    /// A trustee, or too few of a threshold group, did not shuffle.
    ShuffleMissing = 905,
    /// A wrong partial decryption of a threshold group that enough others make up for.
    ShareSkipped = 906,
    /// A ballot with an answer that everybody can read.
    BallotOpen = 907,
    /// Fewer ballots than the quorum given.
    Quorum = 908,
    /// Another number of credentials than members entitled to vote.
    RollSize = 909,
    /// Another total weight than that of the members entitled to vote.
    RollWeight = 910,
    /// More findings of this verification were left out.
    Suppressed = 999,
}

impl Code {
    /// The stable number.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The severity: the 9xx are matters of policy.
    pub const fn severity(self) -> Severity {
        if self.number() >= 900 { Severity::Policy } else { Severity::Invalid }
    }
}

/// Where a finding lies.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Culprit {
    /// The archive as a whole.
    Archive,
    /// An event.
    Event {
        /// Its height.
        height: u64,
    },
    /// A ballot.
    Ballot {
        /// The height of its event.
        height: u64,
        /// Its tracker.
        tracker: String,
    },
    /// A trustee.
    Trustee {
        /// The number of the key, from 1 in the order of the archive.
        owner: u64,
        /// The height of the event, if there is one.
        height: Option<u64>,
    },
}

impl fmt::Display for Culprit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Archive => f.write_str("archive"),
            Self::Event { height } => write!(f, "event {height}"),
            Self::Ballot { height, tracker } => write!(f, "ballot {tracker} (event {height})"),
            Self::Trustee { owner, height: Some(height) } => write!(f, "trustee {owner} (event {height})"),
            Self::Trustee { owner, height: None } => write!(f, "trustee {owner}"),
        }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub code: Code,
    /// How grave.
    pub severity: Severity,
    /// Where.
    pub culprit: Culprit,
    /// One plain sentence.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "F{} {}: {}", self.code.number(), self.culprit, self.message)
    }
}
