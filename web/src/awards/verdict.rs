//! From the votes in the database to verdicts of the rules. Nobody sets a verdict: it is computed each time it is shown, and once
//! more when the round is decided.

use std::collections::BTreeSet;

use folkmoot_governance::Explain;
use folkmoot_governance::award::{AwardDecisionPolicy, Choice, ReviewVote};
use folkmoot_governance::threshold::Verdict;
use folkmoot_store::PersonId;
use folkmoot_store::awards::review::{Vote, VoteChoice};

use super::programme::KnownRule;
use crate::error::{AppError, AppResult};

/// The votes of the members of a body on one nomination.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub(super) votes: Vec<ReviewVote>,
    pub(super) members: u64,
}

impl Tally {
    /// The votes of those who are members; who is nominated takes no part, whatever they said.
    pub(super) fn of(votes: &[Vote], members: &BTreeSet<PersonId>, nominated: &BTreeSet<PersonId>) -> Self {
        let word = |id: PersonId| folkmoot_governance::PersonId::from(id.0.to_string());
        let cast = votes
            .iter()
            .filter(|v| members.contains(&v.person_id) && !nominated.contains(&v.person_id))
            .map(|v| ReviewVote { member: word(v.person_id), choice: choice(v.choice) });
        let apart = nominated
            .intersection(members)
            .map(|id| ReviewVote { member: word(*id), choice: Choice::Recused });
        Self { votes: cast.chain(apart).collect(), members: u64::try_from(members.len()).unwrap_or(0) }
    }

    /// How many said this.
    pub(super) fn count(&self, choice: Choice) -> i64 {
        let found = self.votes.iter().filter(|v| v.choice == choice).count();
        i64::try_from(found).unwrap_or(i64::MAX)
    }

    /// The verdict under one rule.
    pub(super) fn under(&self, policy: &AwardDecisionPolicy) -> AppResult<Verdict> {
        policy.decide(&self.votes, self.members).map_err(AppError::internal)
    }

    /// The numbers in words, for example `5 for, 3 against, 1 abstention, 9 members`.
    pub(super) fn words(&self) -> String {
        let mut parts = vec![
            format!("{} for", self.count(Choice::Yes)),
            format!("{} against", self.count(Choice::No)),
            format!("{} abstaining", self.count(Choice::Abstain)),
        ];
        if self.count(Choice::Recused) > 0 {
            parts.push(format!("{} recused", self.count(Choice::Recused)));
        }
        format!("{}; {} members", parts.join(", "), self.members)
    }

    /// The same votes under every rule that was not superseded, the binding one first.
    pub(super) fn compared(&self, rules: &[KnownRule]) -> AppResult<Vec<Compared>> {
        let mut found = Vec::new();
        for rule in rules.iter().filter(|r| r.row.superseded_at.is_none()) {
            let verdict = self.under(&rule.policy)?;
            let numbers = verdict.checks.iter().map(|c| c.numbers.clone()).collect::<Vec<_>>().join("; ");
            found.push(Compared {
                name: rule.policy.name.clone(),
                sentence: rule.policy.sentence(),
                binding: rule.row.is_adopted(),
                passes: verdict.passes,
                numbers,
            });
        }
        found.sort_by_key(|c| !c.binding);
        Ok(found)
    }
}

/// A verdict as the review board shows it.
#[derive(Debug, Clone)]
pub(super) struct Compared {
    pub(super) name: String,
    pub(super) sentence: String,
    pub(super) binding: bool,
    pub(super) passes: bool,
    pub(super) numbers: String,
}

const fn choice(stored: VoteChoice) -> Choice {
    match stored {
        VoteChoice::Yes => Choice::Yes,
        VoteChoice::No => Choice::No,
        VoteChoice::Abstain => Choice::Abstain,
        VoteChoice::Recused => Choice::Recused,
    }
}
