//! The roll: everybody who has the vote at the record instant, once each.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::assess::{Standing, assess};
use super::facts::PersonFacts;
use super::rule::{ElectorateRule, FellowQuorumBase, RollInstants};
use crate::words::Explain;
use crate::{BodyId, ClassId, Instant, PersonId};

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollEntry {
    /// Who.
    pub person: PersonId,
    /// Under which class.
    pub class: ClassId,
    /// Whether the entry counts for the quorum before the person has voted.
    pub in_quorum_base: bool,
}

/// The roll of a body at an instant, sorted by person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roll {
    /// The body.
    pub body: BodyId,
    /// The record instant.
    pub record: Instant,
    /// The rule for members for life that it was made with.
    pub fellows: FellowQuorumBase,
    /// The entries.
    pub entries: Vec<RollEntry>,
}

/// Why a roll was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RollError {
    /// A person appears twice in the facts.
    #[error("{0} appears twice; merge the two records before making the roll")]
    Twice(PersonId),
}

/// Somebody who is on one of two rolls only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RollChange {
    /// On the newer roll only.
    Added(PersonId),
    /// On the older roll only.
    Removed(PersonId),
    /// On both, under another class.
    Moved {
        /// Who.
        person: PersonId,
        /// Class on the older roll.
        from: ClassId,
        /// Class on the newer roll.
        to: ClassId,
    },
}

impl Roll {
    /// Makes the roll; the second value says of everybody, on it or not, how and why.
    ///
    /// # Errors
    /// When a person appears twice.
    pub fn build<'a>(
        people: impl IntoIterator<Item = &'a PersonFacts>,
        rule: &ElectorateRule,
        at: &RollInstants,
    ) -> Result<(Self, Vec<Standing>), RollError> {
        let mut standings: Vec<Standing> = people.into_iter().map(|facts| assess(facts, rule, at)).collect();
        standings.sort_by(|one, other| one.person.cmp(&other.person));
        let twice = standings.windows(2).find_map(|pair| match pair {
            [one, other] if one.person == other.person => Some(one.person.clone()),
            _ => None,
        });
        if let Some(person) = twice {
            return Err(RollError::Twice(person));
        }
        let entries = standings
            .iter()
            .filter_map(|standing| {
                let (person, class) = (standing.person.clone(), standing.class.clone()?);
                Some(RollEntry { person, class, in_quorum_base: standing.in_quorum_base })
            })
            .collect();
        let roll = Self { body: rule.body.clone(), record: at.record, fellows: rule.fellows, entries };
        Ok((roll, standings))
    }

    /// Number of entries.
    #[must_use]
    pub fn count(&self) -> u64 {
        u64::try_from(self.entries.len()).unwrap_or(u64::MAX)
    }

    /// Whether a person is on the roll.
    #[must_use]
    pub fn has(&self, person: &PersonId) -> bool {
        self.entries.binary_search_by(|entry| entry.person.cmp(person)).is_ok()
    }

    /// The base of the quorum: the entries that count, and those that count because they have voted
    /// ([`FellowQuorumBase::VotersOnly`]).
    #[must_use]
    pub fn quorum_base(&self, voted: impl Fn(&PersonId) -> bool) -> u64 {
        let counts = |entry: &&RollEntry| entry.in_quorum_base || voted(&entry.person);
        u64::try_from(self.entries.iter().filter(counts).count()).unwrap_or(u64::MAX)
    }

    /// SHA-256 in lower-case hexadecimal of the entries: one line `person`, tab, `class`, line feed each, in order.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for entry in &self.entries {
            hash.update(format!("{}\t{}\n", entry.person, entry.class));
        }
        hex(&hash.finalize())
    }

    /// Who is on one of two rolls only, or under another class, sorted by person.
    #[must_use]
    pub fn changes_since(&self, older: &Self) -> Vec<RollChange> {
        let classes = |roll: &Self| -> BTreeMap<PersonId, ClassId> {
            roll.entries.iter().map(|entry| (entry.person.clone(), entry.class.clone())).collect()
        };
        let (before, now) = (classes(older), classes(self));
        let mut changes: Vec<(PersonId, RollChange)> = Vec::new();
        for (person, class) in &now {
            match before.get(person) {
                None => changes.push((person.clone(), RollChange::Added(person.clone()))),
                Some(from) if from != class => {
                    let change =
                        RollChange::Moved { person: person.clone(), from: from.clone(), to: class.clone() };
                    changes.push((person.clone(), change));
                }
                Some(_) => {}
            }
        }
        let gone = before.keys().filter(|person| !now.contains_key(*person));
        changes.extend(gone.map(|person| (person.clone(), RollChange::Removed(person.clone()))));
        changes.sort_by(|one, other| one.0.cmp(&other.0));
        changes.into_iter().map(|(_, change)| change).collect()
    }
}

impl Explain for RollChange {
    fn sentence(&self) -> String {
        match self {
            Self::Added(person) => format!("{person} is new on the roll."),
            Self::Removed(person) => format!("{person} is no longer on the roll."),
            Self::Moved { person, from, to } => format!("{person} is entered as {to}, before as {from}."),
        }
    }
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len().saturating_mul(2)), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
