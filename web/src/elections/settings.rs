//! What staff decide about an election before it opens, as one typed value kept as JSON text.

use chrono::NaiveDate;
use folkmoot_governance::Fraction;
use folkmoot_governance::quorum::QuorumPolicy;
use folkmoot_governance::seats::{Affiliation, CoAffiliationPolicy, Organisations, SeatGroup, Serving};
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
    /// What resolves ties that the methods leave.
    #[serde(default)]
    pub ties: TieSettings,
    /// Who certifies the result before it is announced; nobody when absent.
    #[serde(default)]
    pub certification: Option<Certification>,
}

/// What resolves ties. Both texts are public before the vote, so that nobody can choose the seed of a lot.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TieSettings {
    /// Value fixed before the vote that enters the seed; when empty, the fingerprint of the election does.
    #[serde(default)]
    pub committed: String,
    /// Which public value, made after the close, completes the seed: for example "the draw of the state lottery of 4 July".
    #[serde(default)]
    pub public_value: String,
    /// Tied candidates may first agree among themselves.
    #[serde(default)]
    pub agreement: bool,
}

/// Certification of a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certification {
    /// Name of the certifying body.
    pub body: String,
    /// Days after the announcement in which complaints and requests for a recount are taken; 0 for none.
    #[serde(default)]
    pub complaint_days: u32,
}

/// How the elected get their seats. Without it, the method's winners are the result.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seating {
    /// Last part of the address of the body; empty when no terms are recorded.
    #[serde(default)]
    pub body: String,
    /// Size of the whole body, for limits by share; 0 means the seats of this question.
    #[serde(default)]
    pub body_size: u32,
    /// Seats by cohort, those for the best first; empty means all seats until the next election.
    #[serde(default)]
    pub groups: Vec<SeatGroup>,
    /// Limit on common affiliations.
    #[serde(default)]
    pub co_affiliation: Option<CoAffiliationPolicy>,
    /// Who controls whom.
    #[serde(default)]
    pub organisations: Organisations,
    /// Members of the body whose terms go on.
    #[serde(default)]
    pub serving: Vec<Serving>,
    /// Least share of the best total that a candidate needs.
    #[serde(default)]
    pub minimum_of_top: Option<Fraction>,
    /// First day in office; absent means the day after the announcement.
    #[serde(default)]
    pub terms_from: Option<NaiveDate>,
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
    /// How the elected get their seats.
    #[serde(default)]
    pub seating: Option<Seating>,
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
        /// How many of each ranking count, best first; `None` for all. Fewer leave less room for a pattern by which a
        /// ballot is known again (PRV-03).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        best_ranked: Option<u32>,
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
    /// Public id of the candidate's account; empty when there is none. The terms of the elected are recorded there.
    #[serde(default)]
    pub person: String,
    /// Declared affiliations.
    #[serde(default)]
    pub affiliations: Vec<Affiliation>,
    /// Address of the candidate's page, with the statement as it was written; empty when there is none.
    #[serde(default)]
    pub page: String,
    /// Why this candidate must not take a seat; empty when there is no such reason.
    #[serde(default)]
    pub ineligible: String,
}

impl ElectionSettings {
    /// True when any question needs the mixnet.
    #[must_use]
    pub fn is_mixed(&self) -> bool {
        self.questions.iter().any(|q| q.kind.is_mixed())
    }
}
