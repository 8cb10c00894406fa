//! Sentences of the rules for pages, and states in words.

use chrono::TimeDelta;
use folkmoot_governance::dues::DuesPolicy;
use folkmoot_store::Utc;
use folkmoot_store::memberships::{Membership, MembershipState};

use crate::http::when::when;

/// A sentence of the rules with its instants as pages write them: `2026-08-25T14:00:00Z` becomes `25 August 2026, 14:00 UTC`.
#[must_use]
pub fn plain(sentence: &str) -> String {
    let word = |word: &str| {
        let bare = word.trim_end_matches(['.', ',', ';']);
        match Utc::parse(bare) {
            Ok(at) => format!("{}{}", when(at), word.get(bare.len()..).unwrap_or_default()),
            Err(_) => word.to_owned(),
        }
    };
    sentence.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// A state in words, and the kind of its tag.
#[must_use]
pub const fn state_words(state: MembershipState) -> (&'static str, &'static str) {
    match state {
        MembershipState::Applied => ("Waiting for a decision", "warn"),
        MembershipState::Refused => ("Not granted", "bad"),
        MembershipState::Coming => ("Begins later", "brand"),
        MembershipState::Active => ("In force", "good"),
        MembershipState::Grace => ("Over; can still be renewed from its end", "warn"),
        MembershipState::Lapsed => ("Lapsed", ""),
        MembershipState::Converted => ("Became another class", ""),
        MembershipState::Resigned => ("Given up", ""),
        MembershipState::Terminated => ("Ended by decision", "bad"),
        MembershipState::Emeritus => ("Emeritus", "brand"),
        MembershipState::Deceased => ("Deceased", ""),
        MembershipState::Removed => ("Removed by decision", "bad"),
    }
}

/// How a membership stands at `now` under the grace days of its dues.
#[must_use]
pub fn standing(membership: &Membership, dues: Option<&DuesPolicy>, now: Utc) -> MembershipState {
    let grace = dues.map_or(TimeDelta::zero(), |policy| TimeDelta::days(policy.grace_days.into()));
    membership.standing(now, grace)
}

/// The last day of a time that ends at `end`: the whole of it still belongs to the time.
#[must_use]
pub fn last_day(end: Utc) -> String {
    crate::http::when::day(end.plus(-TimeDelta::microseconds(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_inside_sentences_become_words() {
        let sentence =
            "Affirmed at 2026-08-25T14:00:01Z, not before the cut-off at 2026-08-25T14:00:00Z; late.";
        let words = "Affirmed at 25 August 2026, 14:00 UTC, not before the cut-off at 25 August 2026, 14:00 UTC; late.";
        assert_eq!(plain(sentence), words);
        assert_eq!(last_day(Utc::parse("2023-12-11T00:00:00Z").unwrap()), "10 December 2023");
    }
}
