//! What staff decide about an election before it opens, as one typed value kept as JSON text.

use folkmoot_governance::quorum::QuorumPolicy;
use serde::{Deserialize, Serialize};

/// Settings of an election. Frozen, by hash, when its setup event is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElectionSettings {
    /// What is decided and why, Markdown.
    pub description: String,
    /// Where voters turn to with questions: an address of mail.
    pub help: String,
    /// Name of the group as the archive writes it.
    pub group: String,
    /// Questions in order.
    pub questions: Vec<QuestionSettings>,
    /// The quorum policy.
    pub quorum: QuorumPolicy,
    /// How many trustees must take part in the decryption; 0 means all of them.
    pub threshold: u32,
    /// Fewer counted ballots than this stay sealed until two officers agree (requirement PRV-02).
    pub least_counted: u64,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionSettings {
    /// The question as voters read it.
    pub title: String,
    /// How it is answered and counted.
    pub kind: QuestionKind,
    /// How many are elected; 1 for a motion.
    pub seats: u32,
    /// Answers in the order of the archive, which is the candidates' number.
    pub answers: Vec<AnswerSettings>,
}

/// How a question is answered and counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
pub enum QuestionKind {
    /// Any number of answers between `min` and `max`; the most approved are elected.
    Approval {
        /// Fewest answers.
        min: u32,
        /// Most answers.
        max: u32,
        /// Whether an explicit blank vote is offered.
        blank: bool,
    },
    /// Yes, no, or abstain.
    YesNoAbstain {
        /// What it needs to pass.
        threshold: folkmoot_governance::threshold::Threshold,
    },
    /// A ranking, counted as `method` says.
    Ranking {
        /// The method with its settings.
        method: folkmoot_counting::Method,
    },
    /// Scores from 0 to 5, counted as `method` says (STAR).
    Scores {
        /// The method with its settings.
        method: folkmoot_counting::Method,
    },
    /// Grades, best first, counted as `method` says (majority judgment).
    Grades {
        /// Names of the grades, best first.
        grades: Vec<String>,
        /// The method with its settings.
        method: folkmoot_counting::Method,
    },
}

impl QuestionKind {
    /// True for questions whose ballots are shuffled and opened one by one.
    #[must_use]
    pub fn is_mixed(&self) -> bool {
        matches!(self, Self::Ranking { .. } | Self::Scores { .. } | Self::Grades { .. })
    }
}

/// One answer of a question: a candidate or a choice.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerSettings {
    /// Name as voters read it.
    pub name: String,
    /// One line.
    #[serde(default)]
    pub summary: String,
    /// Paragraphs of the statement, plain text.
    #[serde(default)]
    pub statement: Vec<String>,
    /// Withdrawn after the ballots were made: shown as such and passed over in the count.
    #[serde(default)]
    pub withdrawn: bool,
}

impl ElectionSettings {
    /// True when any question needs the mixnet.
    #[must_use]
    pub fn is_mixed(&self) -> bool {
        self.questions.iter().any(|q| q.kind.is_mixed())
    }
}
