//! Thresholds: what a proposal needs to pass. (`threshold(fraction, of, strict)`.)
//!
//! A [`Threshold`] is a small expression: shares of various bases, least and greatest numbers, *all of*, *any of*, and
//! *in this electorate*. It expresses every rule of PEP 13, PEP 772, the bylaws and the governance models once
//! proposed beside PEP 8016 (see the tests).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Fraction;
use crate::words::{self, Explain};

/// Deepest nesting of a threshold; see [`Threshold::check`].
pub const MAX_DEPTH: usize = 8;

/// What a share is taken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Base {
    /// Votes for and against. Abstentions do not count ("votes cast").
    VotesCast,
    /// The same number, for authorities that say "non-abstaining members".
    NonAbstaining,
    /// Votes for, against, and abstentions ("members represented", "ballots").
    Ballots,
    /// All members of the deciding body, whether they vote or not.
    Members,
    /// All electors on the roll, whether they vote or not.
    Electors,
}

/// What a proposal needs to pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Threshold {
    /// The votes for reach a fraction of a base. Nothing passes without a vote in favour.
    Share {
        /// The fraction.
        fraction: Fraction,
        /// Of what.
        of: Base,
        /// Whether it must be exceeded (a majority) or only reached (two thirds).
        #[serde(default)]
        strict: bool,
    },
    /// At least so many votes in favour.
    AtLeast {
        /// Least number.
        yes: u64,
    },
    /// At most so many votes against; 0 lets any objection block. Passes without a single vote (lazy consensus).
    AtMostAgainst {
        /// Greatest number.
        no: u64,
    },
    /// At most a fraction of a base is against.
    AtMostShareAgainst {
        /// The fraction.
        fraction: Fraction,
        /// Of what.
        of: Base,
    },
    /// At least so many have voted for or against.
    AtLeastVoting {
        /// Least number.
        votes: u64,
    },
    /// Every part holds.
    AllOf(Vec<Threshold>),
    /// At least one part holds.
    AnyOf(Vec<Threshold>),
    /// The rule is applied to the votes of another electorate.
    In {
        /// Name of the electorate.
        electorate: String,
        /// The rule for it.
        rule: Box<Threshold>,
    },
}

/// The votes of one electorate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Votes {
    /// In favour.
    pub yes: u64,
    /// Against.
    pub no: u64,
    /// Abstentions that were cast.
    #[serde(default)]
    pub abstain: u64,
    /// Size of the deciding body, or of the roll: the base of members and electors.
    #[serde(default)]
    pub entitled: u64,
}

/// The votes on one proposal, with those of other electorates where the rule names them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ballot {
    /// Votes of the electorate that decides.
    pub votes: Votes,
    /// Votes of other electorates by name.
    #[serde(default)]
    pub others: BTreeMap<String, Votes>,
}

/// Whether one part of a rule holds, with the numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The part in words.
    pub rule: String,
    /// The numbers in words.
    pub numbers: String,
    /// Whether it holds.
    pub holds: bool,
}

/// Whether a proposal passes, with every part that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether it passes.
    pub passes: bool,
    /// The parts, in the order of the rule.
    pub checks: Vec<Check>,
}

/// Why a threshold cannot be adopted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ThresholdError {
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("the threshold is nested deeper than {MAX_DEPTH} levels; write it simpler")]
    TooDeep,
    /// An *all of* or *any of* without parts.
    #[error("“all of” and “any of” need at least one part")]
    NoParts,
    /// A share of zero, which everything reaches.
    #[error("a share of zero is reached by anything; give the fraction that is needed")]
    ZeroShare,
    /// A share above the whole, which nothing reaches.
    #[error("more than all can never be reached; leave out “strict” or lower the fraction")]
    Unreachable,
}

impl Threshold {
    /// More votes for than against.
    pub const MAJORITY: Self = Self::Share { fraction: Fraction::HALF, of: Base::VotesCast, strict: true };
    /// At least two thirds of the votes cast.
    pub const TWO_THIRDS: Self =
        Self::Share { fraction: Fraction::TWO_THIRDS, of: Base::VotesCast, strict: false };

    /// At least `fraction` of `of`.
    #[must_use]
    pub const fn at_least(fraction: Fraction, of: Base) -> Self {
        Self::Share { fraction, of, strict: false }
    }

    /// More than `fraction` of `of`.
    #[must_use]
    pub const fn more_than(fraction: Fraction, of: Base) -> Self {
        Self::Share { fraction, of, strict: true }
    }

    /// This rule, for the votes of another electorate.
    #[must_use]
    pub fn within(self, electorate: &str) -> Self {
        Self::In { electorate: electorate.to_owned(), rule: Box::new(self) }
    }

    /// Whether the rule makes sense: reachable, not empty, not too deep.
    ///
    /// # Errors
    /// Names the first fault.
    pub fn check(&self) -> Result<(), ThresholdError> {
        self.check_at(0)
    }

    fn check_at(&self, depth: usize) -> Result<(), ThresholdError> {
        if depth > MAX_DEPTH {
            return Err(ThresholdError::TooDeep);
        }
        let deeper = depth.saturating_add(1);
        match self {
            Self::Share { fraction, strict, .. } => match (fraction.numerator(), strict) {
                (0, false) => Err(ThresholdError::ZeroShare),
                (_, true) if *fraction == Fraction::WHOLE => Err(ThresholdError::Unreachable),
                _ => Ok(()),
            },
            Self::AllOf(parts) | Self::AnyOf(parts) if parts.is_empty() => Err(ThresholdError::NoParts),
            Self::AllOf(parts) | Self::AnyOf(parts) => {
                parts.iter().try_for_each(|part| part.check_at(deeper))
            }
            Self::In { rule, .. } => rule.check_at(deeper),
            Self::AtLeast { .. }
            | Self::AtMostAgainst { .. }
            | Self::AtMostShareAgainst { .. }
            | Self::AtLeastVoting { .. } => Ok(()),
        }
    }

    /// Applies the rule to the votes.
    ///
    /// ```
    /// use folkmoot_governance::threshold::{Threshold, Votes};
    /// let votes = |yes, no| Votes { yes, no, ..Votes::default() }.into();
    /// assert!(Threshold::TWO_THIRDS.decide(&votes(18, 9)).passes);
    /// assert!(!Threshold::TWO_THIRDS.decide(&votes(17, 9)).passes);
    /// assert!(!Threshold::TWO_THIRDS.decide(&votes(0, 0)).passes);
    /// ```
    #[must_use]
    pub fn decide(&self, ballot: &Ballot) -> Verdict {
        let mut checks = Vec::new();
        let passes = self.holds(&ballot.votes, &ballot.others, &mut checks, 0);
        Verdict { passes, checks }
    }

    fn holds(
        &self,
        votes: &Votes,
        others: &BTreeMap<String, Votes>,
        checks: &mut Vec<Check>,
        depth: usize,
    ) -> bool {
        let deeper = depth.saturating_add(1);
        let holds = match self {
            _ if depth > MAX_DEPTH => false,
            Self::AllOf(parts) => {
                // Every part is looked at, so that the explanation is complete.
                let met = parts.iter().filter(|part| part.holds(votes, others, checks, deeper)).count();
                return met == parts.len() && met > 0;
            }
            Self::AnyOf(parts) => {
                return parts.iter().filter(|part| part.holds(votes, others, checks, deeper)).count() > 0;
            }
            Self::In { electorate, rule } => {
                let votes = others.get(electorate).copied().unwrap_or_default();
                return rule.holds(&votes, others, checks, deeper);
            }
            Self::Share { fraction, of, strict } => {
                votes.yes > 0 && fraction.is_reached(votes.yes, votes.base(*of), *strict)
            }
            Self::AtLeast { yes } => votes.yes >= *yes,
            Self::AtMostAgainst { no } => votes.no <= *no,
            Self::AtMostShareAgainst { fraction, of } => votes.no <= fraction.greatest_count(votes.base(*of)),
            Self::AtLeastVoting { votes: least } => votes.base(Base::VotesCast) >= *least,
        };
        checks.push(Check { rule: self.clause(), numbers: votes.numbers(self.base()), holds });
        holds
    }

    const fn base(&self) -> Option<Base> {
        match self {
            Self::Share { of, .. } | Self::AtMostShareAgainst { of, .. } => Some(*of),
            _ => None,
        }
    }

    /// The rule without capital and full stop, for use inside a sentence.
    #[must_use]
    pub fn clause(&self) -> String {
        match self {
            Self::Share { fraction, of, strict: true } => {
                format!("more than {} of {} in favour", fraction.in_words(), of.name())
            }
            Self::Share { fraction, of, strict: false } => {
                format!("at least {} of {} in favour", fraction.in_words(), of.name())
            }
            Self::AtLeast { yes } => format!("at least {} in favour", words::count(*yes, "vote", "votes")),
            Self::AtMostAgainst { no: 0 } => "no vote against".into(),
            Self::AtMostAgainst { no } => format!("at most {} against", words::count(*no, "vote", "votes")),
            Self::AtMostShareAgainst { fraction, of } => {
                format!("at most {} of {} against", fraction.in_words(), of.name())
            }
            Self::AtLeastVoting { votes } => {
                format!("at least {} for or against", words::count(*votes, "vote", "votes"))
            }
            Self::AllOf(parts) => words::list(parts.iter().map(Self::clause)),
            Self::AnyOf(parts) => format!("either {}", words::either(parts.iter().map(Self::clause))),
            Self::In { electorate, rule } => format!("{} among the {electorate}", rule.clause()),
        }
    }
}

impl Votes {
    /// The number that a share is taken of.
    #[must_use]
    pub const fn base(&self, of: Base) -> u64 {
        match of {
            Base::VotesCast | Base::NonAbstaining => self.yes.saturating_add(self.no),
            Base::Ballots => self.yes.saturating_add(self.no).saturating_add(self.abstain),
            Base::Members | Base::Electors => self.entitled,
        }
    }

    fn numbers(&self, of: Option<Base>) -> String {
        let votes = format!(
            "{} for, {} against, {}",
            words::grouped(self.yes),
            words::grouped(self.no),
            words::count(self.abstain, "abstention", "abstentions")
        );
        match of {
            Some(of) => format!("{votes}; {} {}", words::grouped(self.base(of)), of.name()),
            None => votes,
        }
    }
}

impl From<Votes> for Ballot {
    fn from(votes: Votes) -> Self {
        Self { votes, others: BTreeMap::new() }
    }
}

impl Base {
    /// The base in words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::VotesCast => "votes cast",
            Self::NonAbstaining => "non-abstaining votes",
            Self::Ballots => "ballots with abstentions",
            Self::Members => "members of the body",
            Self::Electors => "electors",
        }
    }
}

impl Explain for Threshold {
    fn sentence(&self) -> String {
        format!("To pass it needs {}.", self.clause())
    }
}

impl Explain for Check {
    fn sentence(&self) -> String {
        let verdict = if self.holds { "holds" } else { "does not hold" };
        format!("Needed: {}. Votes: {}. This {verdict}.", self.rule, self.numbers)
    }
}

impl Explain for Verdict {
    fn sentence(&self) -> String {
        let parts: Vec<String> = self.checks.iter().map(Explain::sentence).collect();
        format!("{} It {}.", parts.join(" "), if self.passes { "passes" } else { "fails" })
    }
}
