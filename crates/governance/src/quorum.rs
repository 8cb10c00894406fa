//! Quorum: how many must take part, and what follows when they do not. (`quorum(base, fraction, counts, on_fail)`,
//! `fellow_quorum_base`; bylaws 3.9.)
//!
//! The base is the number of entries of a frozen roll; this module only
//! compares numbers.

use serde::{Deserialize, Serialize};

use crate::words::{self, Explain};
use crate::{Fraction, Instant};

/// Whose participation is counted towards the quorum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counts {
    /// Voters whose ballot was accepted; blank ballots and abstentions count.
    Cast,
    /// Members present or represented at a meeting.
    Present,
}

/// What happens when voting ends below the quorum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFail {
    /// The election is void: nothing is decrypted, nothing is counted, ever.
    Void,
    /// Voting goes on for so many days, at most so many times; then void.
    Extend {
        /// Days added each time.
        days: u32,
        /// How many times at most.
        times: u32,
    },
    /// The ballot box stays sealed until this body decides.
    Refer {
        /// Name of the deciding body.
        body: String,
    },
}

/// The quorum policy of a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuorumPolicy {
    /// Any number will do.
    None,
    /// At least (or, when `strict`, more than) a fraction of the base.
    Share {
        /// The fraction.
        fraction: Fraction,
        /// Whether it must be exceeded.
        #[serde(default)]
        strict: bool,
        /// Whose participation counts.
        counts: Counts,
        /// What follows below it.
        on_fail: OnFail,
    },
}

/// The numbers a quorum is judged on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuorumFacts {
    /// Those entitled: the base.
    pub base: u64,
    /// Those who took part.
    pub counted: u64,
    /// How often voting was extended already.
    #[serde(default)]
    pub extensions: u32,
    /// When the quorum was reached on the base of that moment, if it was: admissions after that do not undo it.
    #[serde(default)]
    pub reached_at: Option<Instant>,
}

/// The quorum at some moment: what a live meter and a certificate show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuorumReading {
    /// Those entitled.
    pub base: u64,
    /// Least number that is enough.
    pub needed: u64,
    /// Those who took part.
    pub counted: u64,
    /// How many are still missing.
    pub missing: u64,
    /// Whether it is reached.
    pub met: bool,
    /// When it was reached on an earlier base, if that is why it is met.
    pub reached_at: Option<Instant>,
}

/// What follows at the end of voting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuorumVerdict {
    /// Reached: the count may start.
    Met,
    /// Not reached: void for good.
    Void,
    /// Not reached: voting goes on for so many days.
    Extend {
        /// Days added.
        days: u32,
    },
    /// Not reached: this body decides, the box stays sealed until then.
    Refer {
        /// Name of the deciding body.
        body: String,
    },
}

/// The verdict with the numbers behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuorumOutcome {
    /// The numbers.
    pub reading: QuorumReading,
    /// What follows.
    pub verdict: QuorumVerdict,
}

impl QuorumPolicy {
    /// At least a fraction of those entitled must have cast a ballot, else void.
    #[must_use]
    pub const fn cast_or_void(fraction: Fraction) -> Self {
        Self::Share { fraction, strict: false, counts: Counts::Cast, on_fail: OnFail::Void }
    }

    /// The least number that reaches the quorum of `base`.
    ///
    /// ```
    /// use folkmoot_governance::{Fraction, quorum::QuorumPolicy};
    /// let board = QuorumPolicy::cast_or_void(Fraction::THIRD);
    /// assert_eq!(board.needed(1459), 487);
    /// ```
    #[must_use]
    pub fn needed(&self, base: u64) -> u64 {
        match self {
            Self::None => 0,
            Self::Share { fraction, strict, .. } => fraction.least_count(base, *strict),
        }
    }

    /// The quorum at any moment.
    #[must_use]
    pub fn read(&self, facts: QuorumFacts) -> QuorumReading {
        let needed = self.needed(facts.base);
        let enough = facts.counted >= needed;
        QuorumReading {
            base: facts.base,
            needed,
            counted: facts.counted,
            missing: if facts.reached_at.is_some() { 0 } else { needed.saturating_sub(facts.counted) },
            met: enough || facts.reached_at.is_some(),
            reached_at: if enough { None } else { facts.reached_at },
        }
    }

    /// What follows at the end of voting.
    ///
    /// ```
    /// use folkmoot_governance::{Fraction, quorum::{QuorumFacts, QuorumPolicy, QuorumVerdict}};
    /// let board = QuorumPolicy::cast_or_void(Fraction::THIRD);
    /// let close = |counted| board.conclude(QuorumFacts { base: 1459, counted, ..Default::default() }).verdict;
    /// assert_eq!(close(487), QuorumVerdict::Met);
    /// assert_eq!(close(486), QuorumVerdict::Void);
    /// ```
    #[must_use]
    pub fn conclude(&self, facts: QuorumFacts) -> QuorumOutcome {
        let reading = self.read(facts);
        let verdict = match self {
            _ if reading.met => QuorumVerdict::Met,
            Self::Share { on_fail: OnFail::Extend { days, times }, .. } if facts.extensions < *times => {
                QuorumVerdict::Extend { days: *days }
            }
            Self::Share { on_fail: OnFail::Refer { body }, .. } => {
                QuorumVerdict::Refer { body: body.clone() }
            }
            _ => QuorumVerdict::Void,
        };
        QuorumOutcome { reading, verdict }
    }
}

impl Explain for QuorumPolicy {
    fn sentence(&self) -> String {
        match self {
            Self::None => "There is no quorum; any number of ballots decides.".into(),
            Self::Share { fraction, strict, counts, on_fail } => {
                let amount = if *strict { "more than" } else { "at least" };
                let act = match counts {
                    Counts::Cast => "cast a ballot",
                    Counts::Present => "be present",
                };
                format!(
                    "{} {} of those entitled to vote must {act}; {}.",
                    words::capital(amount),
                    fraction.in_words(),
                    on_fail.clause()
                )
            }
        }
    }
}

impl OnFail {
    fn clause(&self) -> String {
        match self {
            Self::Void => "otherwise the vote is void and nothing is counted".into(),
            Self::Extend { days, times } => format!(
                "otherwise voting goes on for {}, at most {}, and is then void",
                words::count((*days).into(), "day", "days"),
                words::count((*times).into(), "time", "times")
            ),
            Self::Refer { body } => {
                format!("otherwise the ballot box stays sealed until the {body} decides")
            }
        }
    }
}

impl Explain for QuorumReading {
    fn sentence(&self) -> String {
        let have = words::grouped(self.counted);
        let base = words::grouped(self.base);
        match (self.met, self.reached_at) {
            (true, Some(when)) => {
                format!("The quorum was reached at {when}; later admissions do not undo it.")
            }
            (true, None) if self.needed == 0 => format!("{have} of {base} took part; no number is required."),
            (true, None) => {
                format!(
                    "The quorum is reached: {have} of {base} took part and {} were needed.",
                    words::grouped(self.needed)
                )
            }
            (false, _) => format!(
                "The quorum is not reached: {have} of {base} took part, {} are needed, {} missing.",
                words::grouped(self.needed),
                words::grouped(self.missing)
            ),
        }
    }
}

impl Explain for QuorumOutcome {
    fn sentence(&self) -> String {
        let numbers = self.reading.sentence();
        match &self.verdict {
            QuorumVerdict::Met => numbers,
            QuorumVerdict::Void => {
                format!("{numbers} The vote is void; the ballots stay sealed and are never counted.")
            }
            QuorumVerdict::Extend { days } => {
                format!("{numbers} Voting goes on for {}.", words::count((*days).into(), "day", "days"))
            }
            QuorumVerdict::Refer { body } => {
                format!("{numbers} The {body} decides; the ballots stay sealed until then.")
            }
        }
    }
}
