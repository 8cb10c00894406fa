//! Ballots that can be made recognisable.

use serde::{Deserialize, Serialize};

use crate::words::{self, Explain};

/// What is revealed of each ballot, for the pattern warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Revealed {
    /// Rankings of at most so many of the options.
    Rankings {
        /// Ranks.
        ranks: u32,
    },
    /// Scores from 0 to this, for each option.
    Scores {
        /// Highest score.
        highest: u32,
    },
}

/// A warning that a ballot can be made recognisable by an agreed pattern (PRV-03).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatternWarning {
    /// Possible ballots (the greatest number that is kept when there are more).
    pub patterns: u128,
    /// Voters.
    pub voters: u64,
}

/// Warns when there are more possible ballots than a tenth of the voters.
#[must_use]
pub fn pattern_warning(revealed: Revealed, options: u32, voters: u64) -> Option<PatternWarning> {
    let patterns = match revealed {
        Revealed::Scores { highest } => (0..options)
            .fold(1_u128, |product, _| product.saturating_mul(u128::from(highest).saturating_add(1))),
        Revealed::Rankings { ranks } => {
            let mut sum = 1_u128;
            let mut product = 1_u128;
            for taken in 0..ranks.min(options) {
                product = product.saturating_mul(u128::from(options.saturating_sub(taken)));
                sum = sum.saturating_add(product);
            }
            sum
        }
    };
    (patterns.saturating_mul(10) > u128::from(voters)).then_some(PatternWarning { patterns, voters })
}

impl Explain for PatternWarning {
    fn sentence(&self) -> String {
        let patterns = u64::try_from(self.patterns).map_or_else(
            |_| "more ballots than can be written".into(),
            |n| format!("{} different ballots", words::grouped(n)),
        );
        format!(
            "With {} there are {patterns}, so a voter could be recognised by an agreed pattern; use fewer options or ranks.",
            words::count(self.voters, "voter", "voters")
        )
    }
}
