//! The settings of a method. They are data: frozen when the election opens and hashed into it, so that nobody can
//! choose a tie rule or a threshold after seeing the ballots.

use serde::{Deserialize, Serialize};

use crate::amount::Ratio;
use crate::profile::Kind;

/// A voting method with every setting that can change its result, except seats, lot and group cap, which belong to
/// the election ([`crate::Options`]).
///
/// The JSON form carries the name under `method` and refuses unknown settings. Sections refer to the counting rules
/// of the documentation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Method {
    /// One choice per ballot (or up to `max_select`); most votes win (2.1).
    Plurality {
        /// Most choices a valid ballot has.
        #[serde(default = "one")]
        max_select: u32,
    },
    /// Any number of choices within the limits; most approvals win (2.1).
    Approval {
        /// Fewest choices a ballot that is not blank may have.
        #[serde(default)]
        min_select: u32,
        /// Most choices a ballot may have; no limit when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_select: Option<u32>,
    },
    /// Yes (candidate 0), no (1) and, if present, abstain (2) (2.2).
    Referendum {
        /// What the threshold is a part of.
        #[serde(default)]
        base: Base,
        /// The part of the base that yes must reach.
        #[serde(default = "half")]
        threshold: Ratio,
        /// More than the threshold, rather than at least.
        #[serde(default = "yes")]
        strict: bool,
        /// How many must take part at all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quorum: Option<Quorum>,
    },
    /// Points from 0 to `max_score`, highest sum wins (2.1).
    Score {
        /// Highest points a candidate can get from one ballot.
        #[serde(default = "five")]
        max_score: u32,
    },
    /// Score then automatic runoff; with several seats Bloc STAR, as PEP 13 uses it (2.3).
    Star {
        /// Highest points a candidate can get from one ballot.
        #[serde(default = "five")]
        max_score: u32,
        /// Whose rule breaks ties for the last place in the runoff.
        #[serde(default)]
        star_ties: StarTies,
    },
    /// Instant runoff, one winner (2.4).
    Irv {
        /// What a shared rank does.
        #[serde(default)]
        overvote: Overvote,
        /// When the count ends.
        #[serde(default)]
        stop: Stop,
    },
    /// Single transferable vote as in Scottish council elections (2.5).
    StvScotland {
        /// What a shared rank does; `continuing` is not part of this method.
        #[serde(default)]
        overvote: Overvote,
    },
    /// Single transferable vote by Meek's method, reference rule (2.6).
    StvMeek {
        /// What a shared rank does; `continuing` is not part of this method.
        #[serde(default)]
        overvote: Overvote,
    },
    /// Single transferable vote exactly as `belenios-tool method stv` counts it (2.7).
    StvBelenios,
    /// Schulze's method, beatpaths (2.8).
    Schulze {
        /// How the strength of a majority is measured.
        #[serde(default)]
        strength: Strength,
    },
    /// Ranked pairs (2.9).
    RankedPairs {
        /// How the strength of a majority is measured.
        #[serde(default)]
        strength: Strength,
    },
    /// The standard resolution procedure of the Debian constitution (2.10).
    Debian {
        /// The default option.
        default: usize,
        /// Per option, the ratio to the default that must be exceeded; 1 for all when empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        majority: Vec<Ratio>,
        /// The quorum R in votes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quorum: Option<u64>,
        /// R squared, so that no root is needed (R = 3 sqrt(N) / 2 gives 9N/4).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quorum_squared: Option<Ratio>,
    },
    /// Borda's method, n-1 points down to 0 (2.11).
    Borda {
        /// What candidates that are not ranked get.
        #[serde(default)]
        unranked: Unranked,
    },
    /// Majority judgment (2.12).
    Mj {
        /// Number of grades; 1 is best.
        ngrades: u32,
        /// Which middle grade counts when the number of ballots is even.
        #[serde(default)]
        rule: MjRule,
        /// Whether an entirely blank ballot is blank rather than invalid.
        #[serde(default = "yes")]
        blank_allowed: bool,
    },
}

fn one() -> u32 {
    1
}
fn five() -> u32 {
    5
}
fn yes() -> bool {
    true
}
fn half() -> Ratio {
    Ratio { num: 1, den: 2 }
}

/// What a referendum's threshold is a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Base {
    /// Yes and no, without abstentions.
    #[default]
    YesNo,
    /// All ballots cast, abstentions included.
    Cast,
    /// Everybody entitled to vote.
    Eligible,
}

/// How many ballots must be cast, abstentions included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quorum {
    /// Numerator; for `of: number` the number itself.
    pub num: u64,
    /// Denominator, not 0.
    #[serde(default = "one_u64")]
    pub den: u64,
    /// What the quorum is a part of.
    #[serde(default)]
    pub of: QuorumOf,
    /// More than, rather than at least.
    #[serde(default)]
    pub strict: bool,
}

fn one_u64() -> u64 {
    1
}

/// What a quorum is a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuorumOf {
    /// A part of those entitled to vote.
    #[default]
    Eligible,
    /// A plain number of ballots, `num / den`.
    Number,
}

/// Rules for a tie in the score round of STAR. They differ, so an election names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StarTies {
    /// The published protocol: drop whoever loses most match-ups among the tied, then fewest top scores, then lot.
    #[default]
    Official,
    /// The BetterVoting software: head-to-head only for a tie of exactly two, then top scores, then lot.
    Bettervoting,
    /// The starvote library: sum of preferences among the tied, then top scores, then lot.
    Starvote,
}

/// What a rank shared by several candidates does to a ballot in methods that move ballots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overvote {
    /// The ballot ends before the shared rank.
    #[default]
    Truncate,
    /// The ballot is invalid.
    Reject,
    /// The rank counts once a single candidate of it is left (instant runoff only).
    Continuing,
}

/// When an instant runoff ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stop {
    /// As soon as one candidate has more than half of the continuing votes.
    #[default]
    Majority,
    /// Only when two candidates are left.
    Two,
}

/// How the strength of a majority is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// More winning votes, then fewer losing votes (CIVS, Belenios, Debian).
    #[default]
    WvLv,
    /// Winning votes only.
    Wv,
    /// Winning votes minus losing votes.
    Margins,
}

/// What candidates that a ballot does not rank get in Borda's method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unranked {
    /// Nothing.
    #[default]
    Zero,
    /// An equal share of the points that are left.
    Average,
    /// Nothing, and a ballot that ranks m candidates gives m, m-1, ... 1.
    Modified,
}

/// Which rule majority judgment follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MjRule {
    /// `belenios-tool method majority-judgment`: with an even number of ballots the *better* of the two middle
    /// grades; an incomplete ballot is invalid. The default, so that a count can be confirmed with that program.
    #[default]
    Belenios,
    /// Balinski and Laraki: the *worse* of the two, as the grade that a majority supports. A grade that a ballot
    /// leaves out counts as the worst one.
    Published,
}

impl Method {
    /// The name under `method` in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Method::Plurality { .. } => "plurality",
            Method::Approval { .. } => "approval",
            Method::Referendum { .. } => "referendum",
            Method::Score { .. } => "score",
            Method::Star { .. } => "star",
            Method::Irv { .. } => "irv",
            Method::StvScotland { .. } => "stv-scotland",
            Method::StvMeek { .. } => "stv-meek",
            Method::StvBelenios => "stv-belenios",
            Method::Schulze { .. } => "schulze",
            Method::RankedPairs { .. } => "ranked-pairs",
            Method::Debian { .. } => "debian",
            Method::Borda { .. } => "borda",
            Method::Mj { .. } => "mj",
        }
    }

    /// The name as people say it.
    pub fn title(&self) -> &'static str {
        match self {
            Method::Plurality { .. } => "plurality voting",
            Method::Approval { .. } => "approval voting",
            Method::Referendum { .. } => "yes or no vote",
            Method::Score { .. } => "score voting",
            Method::Star { .. } => "STAR voting",
            Method::Irv { .. } => "instant runoff voting",
            Method::StvScotland { .. } => "single transferable vote (Scottish rules)",
            Method::StvMeek { .. } => "single transferable vote (Meek's method)",
            Method::StvBelenios => "single transferable vote (as in Belenios)",
            Method::Schulze { .. } => "the Schulze method",
            Method::RankedPairs { .. } => "ranked pairs",
            Method::Debian { .. } => "the Debian procedure",
            Method::Borda { .. } => "the Borda count",
            Method::Mj { rule: MjRule::Published, .. } => "majority judgment",
            Method::Mj { rule: MjRule::Belenios, .. } => "majority judgment (as in Belenios)",
        }
    }

    /// What the method counts, besides plain totals.
    pub fn kind(&self) -> Kind {
        match self {
            Method::Plurality { .. } | Method::Approval { .. } | Method::Referendum { .. } => Kind::Approvals,
            Method::Score { .. } | Method::Star { .. } => Kind::Scores,
            Method::Mj { .. } => Kind::Grades,
            _ => Kind::Ranks,
        }
    }

    /// Whether sums per candidate are enough.
    pub fn takes_totals(&self) -> bool {
        matches!(
            self,
            Method::Plurality { .. }
                | Method::Approval { .. }
                | Method::Referendum { .. }
                | Method::Score { .. }
        )
    }

    /// Whether the method always elects exactly one (or decides one question), whatever the seats.
    pub fn is_single(&self) -> bool {
        matches!(self, Method::Referendum { .. } | Method::Irv { .. } | Method::Debian { .. })
    }
}
