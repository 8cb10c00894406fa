//! Milestones: named deadlines with their amendments. What is announced is enforced.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::value::Deadline;
use crate::Instant;

/// Longest reason of an amendment, in bytes.
pub const MAX_REASON: usize = 2000;

/// What happens at a milestone. The order of the variants is the order in time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MilestoneKind {
    /// The notice of the meeting or vote goes out.
    Notice,
    /// Nominations are accepted from here on.
    NominationsOpen,
    /// Nominations are accepted before this.
    NominationsClose,
    /// Nominees can accept and finish their statements before this.
    AcceptanceClose,
    /// Candidates become public and texts are frozen.
    CandidatesAnnounced,
    /// Affirmations for this election are accepted before this.
    AffirmationCutoff,
    /// The state of the membership at this instant makes the roll.
    RecordDate,
    /// Ballots are accepted from here on.
    VotingOpen,
    /// Ballots are accepted before this.
    VotingClose,
    /// The result becomes public.
    ResultAnnounced,
    /// Those elected take their seats.
    TermStart,
}

impl MilestoneKind {
    /// Every kind in the order in time.
    pub const ALL: [Self; 11] = [
        Self::Notice,
        Self::NominationsOpen,
        Self::NominationsClose,
        Self::AcceptanceClose,
        Self::CandidatesAnnounced,
        Self::AffirmationCutoff,
        Self::RecordDate,
        Self::VotingOpen,
        Self::VotingClose,
        Self::ResultAnnounced,
        Self::TermStart,
    ];

    /// The name in a sentence, without an article: `close of voting`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::NominationsOpen => "opening of nominations",
            Self::NominationsClose => "close of nominations",
            Self::AcceptanceClose => "end of acceptances",
            Self::CandidatesAnnounced => "announcement of candidates",
            Self::AffirmationCutoff => "affirmation cut-off",
            Self::RecordDate => "record date",
            Self::VotingOpen => "opening of voting",
            Self::VotingClose => "close of voting",
            Self::ResultAnnounced => "announcement of the result",
            Self::TermStart => "start of terms",
        }
    }
}

impl fmt::Display for MilestoneKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One version of a milestone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MilestoneVersion {
    /// The deadline of this version.
    pub deadline: Deadline,
    /// When this version was made public; `None` while it is planned.
    pub announced_at: Option<Instant>,
    /// Why it replaces the version before; `None` for the first.
    pub reason: Option<String>,
}

/// A named deadline and its versions, oldest first, never empty.
///
/// Planned milestones can be set freely. Once announced, a milestone moves only to a later instant, only before it has
/// passed, and only with a reason.
///
/// ```
/// use folkmoot_governance::deadline::{Assumptions, Milestone, MilestoneKind, read};
/// let close = read("11 December 2023, end of day AoE", Assumptions::default())?.deadline;
/// let mut milestone = Milestone::planned(MilestoneKind::VotingClose, close);
/// let now = "2023-11-20T10:00:00Z".parse()?;
/// milestone.announce(now)?;
/// let earlier = read("2023-12-11 12:00 UTC", Assumptions::default())?.deadline;
/// assert!(milestone.amend(earlier, "system clock", now).is_err());
/// assert_eq!(milestone.deadline().instant().to_string(), "2023-12-12T12:00:00Z");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "StoredMilestone")]
pub struct Milestone {
    kind: MilestoneKind,
    versions: Vec<MilestoneVersion>,
}

#[derive(Deserialize)]
struct StoredMilestone {
    kind: MilestoneKind,
    versions: Vec<MilestoneVersion>,
}

/// Why a milestone was not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AmendmentError {
    /// Announced, and the new instant is earlier or the same.
    #[error("the {kind} was announced for {announced}; it can only be moved to a later time, not to {asked}")]
    NotLater {
        /// Which milestone.
        kind: MilestoneKind,
        /// The announced instant.
        announced: Instant,
        /// The instant asked for.
        asked: Instant,
    },
    /// The announced instant is over.
    #[error("the {kind} passed at {announced}; a milestone that has passed cannot be changed")]
    Passed {
        /// Which milestone.
        kind: MilestoneKind,
        /// The announced instant.
        announced: Instant,
    },
    /// No reason, or one longer than [`MAX_REASON`].
    #[error("an announced {0} changes only with a reason of 1 to {MAX_REASON} characters; members read it")]
    Reason(MilestoneKind),
    /// Announced a second time.
    #[error("the {0} is already announced; amend it instead")]
    AlreadyAnnounced(MilestoneKind),
    /// Announced at or after its own instant.
    #[error("the {kind} lies at {instant}, which is over; set a later time before announcing it")]
    InThePast {
        /// Which milestone.
        kind: MilestoneKind,
        /// Its instant.
        instant: Instant,
    },
    /// A stored milestone without versions.
    #[error("the {0} has no version")]
    Empty(MilestoneKind),
}

impl Milestone {
    /// A milestone that nobody outside has seen yet.
    #[must_use]
    pub fn planned(kind: MilestoneKind, deadline: Deadline) -> Self {
        Self { kind, versions: vec![MilestoneVersion { deadline, announced_at: None, reason: None }] }
    }

    /// What happens at this milestone.
    #[must_use]
    pub const fn kind(&self) -> &MilestoneKind {
        &self.kind
    }

    /// The version in force.
    #[must_use]
    #[expect(
        clippy::missing_panics_doc,
        clippy::expect_used,
        reason = "constructors keep `versions` non-empty"
    )]
    pub fn current(&self) -> &MilestoneVersion {
        self.versions.last().expect("a milestone has a version")
    }

    /// The deadline in force.
    #[must_use]
    pub fn deadline(&self) -> Deadline {
        self.current().deadline
    }

    /// The exclusive instant in force.
    #[must_use]
    pub fn instant(&self) -> Instant {
        self.deadline().instant()
    }

    /// Every version, oldest first.
    #[must_use]
    pub fn versions(&self) -> &[MilestoneVersion] {
        &self.versions
    }

    /// Whether the version in force is public.
    #[must_use]
    pub fn is_announced(&self) -> bool {
        self.current().announced_at.is_some()
    }

    /// Makes the planned version public.
    ///
    /// # Errors
    /// When it is public already, or its instant has passed at `now`.
    pub fn announce(&mut self, now: Instant) -> Result<(), AmendmentError> {
        if self.is_announced() {
            return Err(AmendmentError::AlreadyAnnounced(self.kind.clone()));
        }
        if self.deadline().has_passed(now) {
            return Err(AmendmentError::InThePast { kind: self.kind.clone(), instant: self.instant() });
        }
        if let Some(version) = self.versions.last_mut() {
            version.announced_at = Some(now);
        }
        Ok(())
    }

    /// Moves the milestone. A planned one is replaced; an announced one gets a new, announced version.
    ///
    /// # Errors
    /// When it is announced and the change is not later, comes too late, or has no reason.
    pub fn amend(&mut self, deadline: Deadline, reason: &str, now: Instant) -> Result<(), AmendmentError> {
        let announced = self.instant();
        if !self.is_announced() {
            self.versions = vec![MilestoneVersion { deadline, announced_at: None, reason: None }];
            return Ok(());
        }
        if self.deadline().has_passed(now) {
            return Err(AmendmentError::Passed { kind: self.kind.clone(), announced });
        }
        self.extend(deadline, reason, now)
    }

    /// Moves an announced milestone that may have passed already: by a rule that was announced for this case, such as
    /// more days for a missing quorum, or by those who suspended what it ends.
    ///
    /// # Errors
    /// When the change is not later, or has no reason.
    pub fn extend(&mut self, deadline: Deadline, reason: &str, now: Instant) -> Result<(), AmendmentError> {
        let announced = self.instant();
        let kind = self.kind.clone();
        let reason = reason.trim();
        if deadline.instant() <= announced {
            return Err(AmendmentError::NotLater { kind, announced, asked: deadline.instant() });
        }
        if reason.is_empty() || reason.len() > MAX_REASON {
            return Err(AmendmentError::Reason(kind));
        }
        let version = MilestoneVersion { deadline, announced_at: Some(now), reason: Some(reason.to_owned()) };
        self.versions.push(version);
        Ok(())
    }
}

impl TryFrom<StoredMilestone> for Milestone {
    type Error = AmendmentError;

    fn try_from(stored: StoredMilestone) -> Result<Self, Self::Error> {
        if stored.versions.is_empty() {
            return Err(AmendmentError::Empty(stored.kind));
        }
        Ok(Self { kind: stored.kind, versions: stored.versions })
    }
}
