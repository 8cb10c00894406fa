//! Decisions of a body on an award: votes of its members, with recusals, under one rule or several.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::PersonId;
use crate::threshold::{Ballot, Threshold, Verdict, Votes};
use crate::words::Explain;

/// `recusal`: what a recusal does to the base of members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecusalPolicy {
    /// The recused still count as members.
    StaysInBase,
    /// The recused are taken out of the number of members.
    LeavesBase,
}

/// `award_decision(body, threshold)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwardDecisionPolicy {
    /// Name of the rule, for example `bylaws 4.8`.
    pub name: String,
    /// The deciding body.
    pub body: String,
    /// What it takes.
    pub threshold: Threshold,
    /// What a recusal does.
    pub recusal: RecusalPolicy,
}

/// What a reviewer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// In favour.
    Yes,
    /// Against.
    No,
    /// Abstains.
    Abstain,
    /// Has a conflict and takes no part.
    Recused,
}

/// A reviewer's vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewVote {
    /// Who.
    pub member: PersonId,
    /// What.
    pub choice: Choice,
}

/// Why votes cannot be counted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReviewError {
    /// A member's vote is there twice.
    #[error("{0} has voted twice; keep the last vote")]
    Twice(PersonId),
    /// More votes than members.
    #[error("there are {votes} votes of {members} members; check the members of the body")]
    TooMany {
        /// Votes.
        votes: u64,
        /// Members.
        members: u64,
    },
}

/// A verdict under one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleVerdict {
    /// Name of the rule.
    pub rule: String,
    /// Whether this is the rule the body has adopted.
    pub binding: bool,
    /// The verdict.
    pub verdict: Verdict,
}

impl AwardDecisionPolicy {
    /// The verdict on the votes of a body with so many members. Verdicts come from votes alone.
    ///
    /// # Errors
    /// When a member's vote is there twice or there are more votes than members.
    pub fn decide(&self, votes: &[ReviewVote], members: u64) -> Result<Verdict, ReviewError> {
        let mut seen = BTreeSet::new();
        if let Some(twice) = votes.iter().find(|vote| !seen.insert(&vote.member)) {
            return Err(ReviewError::Twice(twice.member.clone()));
        }
        let count = |choice: Choice| {
            u64::try_from(votes.iter().filter(|vote| vote.choice == choice).count()).unwrap_or(u64::MAX)
        };
        let cast = u64::try_from(votes.len()).unwrap_or(u64::MAX);
        if cast > members {
            return Err(ReviewError::TooMany { votes: cast, members });
        }
        let entitled = match self.recusal {
            RecusalPolicy::StaysInBase => members,
            RecusalPolicy::LeavesBase => members.saturating_sub(count(Choice::Recused)),
        };
        let (yes, no, abstain) = (count(Choice::Yes), count(Choice::No), count(Choice::Abstain));
        Ok(self.threshold.decide(&Ballot::from(Votes { yes, no, abstain, entitled })))
    }
}

/// The same votes under several rules, the adopted one marked.
///
/// # Errors
/// As [`AwardDecisionPolicy::decide`].
pub fn compare(
    votes: &[ReviewVote],
    members: u64,
    adopted: &AwardDecisionPolicy,
    others: &[AwardDecisionPolicy],
) -> Result<Vec<RuleVerdict>, ReviewError> {
    let rules = std::iter::once((adopted, true)).chain(others.iter().map(|rule| (rule, false)));
    rules
        .map(|(rule, binding)| {
            Ok(RuleVerdict { rule: rule.name.clone(), binding, verdict: rule.decide(votes, members)? })
        })
        .collect()
}

impl Explain for AwardDecisionPolicy {
    fn sentence(&self) -> String {
        let recusal = match self.recusal {
            RecusalPolicy::StaysInBase => "members who recuse themselves still count as members",
            RecusalPolicy::LeavesBase => "members who recuse themselves do not count",
        };
        format!("The {} decides ({}): {}; {recusal}.", self.body, self.name, self.threshold.clause())
    }
}
