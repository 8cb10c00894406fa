//! Versions, sets, and the frozen set of an election.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::contradiction::{Contradiction, contradictions};
use super::named::{Policy, PolicyName};
use crate::deadline::{MilestoneKind, ScheduleRules};
use crate::electorate::hex;
use crate::electorate::{ClassRule, ElectorateRule, FellowQuorumBase};
use crate::words::{self, Explain};

/// Where a policy is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// Document, for example `Bylaws` or `PEP 13`.
    pub document: String,
    /// Section, for example `3.9`.
    pub section: String,
}

/// Where a version stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyStatus {
    /// Proposed.
    Draft,
    /// In force.
    Adopted,
    /// Replaced by a later version.
    Superseded,
}

/// A version of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// What for, where a set has several policies of one name (`no confidence`, `promotion`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// 1 for the first.
    pub version: u32,
    /// Where it stands.
    pub status: PolicyStatus,
    /// Where it is written.
    pub authority: Authority,
    /// The policy.
    pub policy: Policy,
}

/// The policies of a body: one version in force of each name and purpose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PolicySet {
    versions: Vec<PolicyVersion>,
}

/// Why a set was not changed or frozen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicySetError {
    /// A version that does not follow the one in force.
    #[error("{} is at version {current}; the next one must be {}, not {given}", .name.title(), .current.saturating_add(1))]
    Version {
        /// Which policy.
        name: PolicyName,
        /// In force.
        current: u32,
        /// Given.
        given: u32,
    },
    /// No document or section is named.
    #[error("{} needs its authority: a document and a section", .0.title())]
    NoAuthority(PolicyName),
    /// A draft or a replaced version.
    #[error("{} is not adopted; adopt it first", .0.title())]
    NotAdopted(PolicyName),
    /// A policy that an election needs is missing.
    #[error("the {} is not set; set it first", .0.title())]
    Missing(PolicyName),
    /// The policies do not fit together.
    #[error("{}", .0.iter().map(Explain::sentence).collect::<Vec<_>>().join(" "))]
    Contradictions(Vec<Contradiction>),
    /// It cannot be written as JSON.
    #[error("the policies cannot be written: {0}")]
    Unwritable(String),
}

/// The policies of an election as they were when it was announced, with their hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenPolicies {
    /// The versions, sorted by name and purpose.
    pub versions: Vec<PolicyVersion>,
    /// SHA-256 in lower-case hexadecimal of `versions` as canonical JSON: keys sorted, no spaces, UTF-8 unescaped, as
    /// Python's `json.dumps(versions, sort_keys=True, separators=(",", ":"), ensure_ascii=False)` writes it.
    pub digest: String,
}

impl PolicyVersion {
    /// Name, words, authority and version in one line.
    #[must_use]
    pub fn plain_words(&self) -> String {
        let purpose = self.purpose.as_ref().map_or_else(String::new, |purpose| format!(" ({purpose})"));
        format!(
            "{}{purpose}: {} [{}, {}; version {}]",
            self.policy.name().title(),
            self.policy.plain_words(),
            self.authority.document,
            self.authority.section,
            self.version
        )
    }

    fn key(&self) -> (PolicyName, Option<&str>) {
        (self.policy.name(), self.purpose.as_deref())
    }
}

impl PolicySet {
    /// A set without policies.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a policy, or replaces the one in force by its next version.
    ///
    /// # Errors
    /// When no authority is named or the version does not follow.
    pub fn put(&mut self, version: PolicyVersion) -> Result<(), PolicySetError> {
        let name = version.policy.name();
        if version.authority.document.trim().is_empty() || version.authority.section.trim().is_empty() {
            return Err(PolicySetError::NoAuthority(name));
        }
        let place = self.versions.iter().position(|old| old.key() == version.key());
        let current = place.and_then(|place| self.versions.get(place)).map_or(0, |old| old.version);
        if version.version != current.saturating_add(1) && (place.is_some() || version.version == 0) {
            return Err(PolicySetError::Version { name, current, given: version.version });
        }
        if let Some(place) = place {
            self.versions.remove(place);
        }
        let at = self.versions.partition_point(|other| other.key() < version.key());
        self.versions.insert(at, version);
        Ok(())
    }

    /// Takes a policy out.
    pub fn remove(&mut self, name: PolicyName, purpose: Option<&str>) {
        self.versions.retain(|version| version.key() != (name, purpose));
    }

    /// The versions, sorted by name and purpose.
    #[must_use]
    pub fn versions(&self) -> &[PolicyVersion] {
        &self.versions
    }

    /// The policy of a name, the first by purpose when there are several.
    #[must_use]
    pub fn find(&self, name: PolicyName) -> Option<&Policy> {
        self.all(name).next()
    }

    /// The policy of a name and purpose.
    #[must_use]
    pub fn find_for(&self, name: PolicyName, purpose: &str) -> Option<&Policy> {
        let wanted = (name, Some(purpose));
        self.versions.iter().find(|version| version.key() == wanted).map(|version| &version.policy)
    }

    /// Every policy of a name.
    pub fn all(&self, name: PolicyName) -> impl Iterator<Item = &Policy> {
        self.versions.iter().map(|version| &version.policy).filter(move |policy| policy.name() == name)
    }

    /// Everything wrong with the set; empty when it fits together.
    #[must_use]
    pub fn contradictions(&self) -> Vec<Contradiction> {
        contradictions(self)
    }

    /// The set in plain words, a line per policy.
    #[must_use]
    pub fn plain_words(&self) -> Vec<String> {
        self.versions.iter().map(PolicyVersion::plain_words).collect()
    }

    /// The rules that make the roll, put together from the policies concerned.
    #[must_use]
    pub fn electorate_rule(&self) -> Option<ElectorateRule> {
        let Some(Policy::Electorate(electorate)) = self.find(PolicyName::Electorate) else { return None };
        let certification = match self.find(PolicyName::Certify) {
            Some(Policy::Certify(policy)) => Some(policy.clone()),
            _ => None,
        };
        let classes = electorate.classes.iter().map(|class| ClassRule {
            class: class.class.clone(),
            dues: class.dues,
            certification: certification.clone().filter(|_| class.certify),
            for_life: class.for_life,
        });
        Some(ElectorateRule {
            body: electorate.body.clone(),
            classes: classes.collect(),
            affirmation: match self.find(PolicyName::Affirmation) {
                Some(Policy::Affirmation(policy)) => Some(policy.clone()),
                _ => None,
            },
            fellows: match self.find(PolicyName::FellowQuorumBase) {
                Some(Policy::FellowQuorumBase(policy)) => *policy,
                _ => FellowQuorumBase::default(),
            },
            missed_votes: match self.find(PolicyName::MissedVotes) {
                Some(Policy::MissedVotes(policy)) => Some(*policy),
                _ => None,
            },
        })
    }

    /// The rules that a schedule is checked against.
    #[must_use]
    pub fn schedule_rules(&self) -> ScheduleRules {
        let mut rules = ScheduleRules {
            required: vec![MilestoneKind::RecordDate, MilestoneKind::VotingOpen, MilestoneKind::VotingClose],
            ..ScheduleRules::default()
        };
        if let Some(Policy::Notice(rule)) = self.find(PolicyName::Notice) {
            rules.notice = Some(rule.clone());
            rules.required.push(MilestoneKind::Notice);
        }
        if let Some(Policy::PhaseLength(phases)) = self.find(PolicyName::PhaseLength) {
            rules.phases.clone_from(phases);
        }
        if self.find(PolicyName::Affirmation).is_some() {
            rules.required.push(MilestoneKind::AffirmationCutoff);
        }
        if self.find(PolicyName::Nomination).is_some() {
            let kinds = [
                MilestoneKind::NominationsOpen,
                MilestoneKind::NominationsClose,
                MilestoneKind::CandidatesAnnounced,
            ];
            rules.required.extend(kinds);
        }
        rules
    }

    /// Freezes the set for an election: everything adopted, everything needed there, nothing contradictory.
    ///
    /// # Errors
    /// Names what is missing, not adopted or contradictory.
    pub fn freeze(&self) -> Result<FrozenPolicies, PolicySetError> {
        use PolicyName as N;
        if let Some(draft) = self.versions.iter().find(|version| version.status != PolicyStatus::Adopted) {
            return Err(PolicySetError::NotAdopted(draft.policy.name()));
        }
        let needed = [N::Electorate, N::Quorum, N::Method, N::Tie, N::DeadlineZone];
        if let Some(missing) = needed.into_iter().find(|name| self.find(*name).is_none()) {
            return Err(PolicySetError::Missing(missing));
        }
        let found = self.contradictions();
        if !found.is_empty() {
            return Err(PolicySetError::Contradictions(found));
        }
        let digest = digest_of(&self.versions)?;
        Ok(FrozenPolicies { versions: self.versions.clone(), digest })
    }
}

impl FrozenPolicies {
    /// The policies as a set, when the digest is right.
    ///
    /// # Errors
    /// When they cannot be written as JSON.
    pub fn verified(&self) -> Result<Option<PolicySet>, PolicySetError> {
        let right = digest_of(&self.versions)? == self.digest;
        Ok(right.then(|| PolicySet { versions: self.versions.clone() }))
    }
}

/// SHA-256 in lower-case hexadecimal of a value as canonical JSON; see [`FrozenPolicies::digest`].
///
/// # Errors
/// When the value cannot be written as JSON.
pub fn digest_of<T: Serialize + ?Sized>(value: &T) -> Result<String, PolicySetError> {
    let unwritable = |error: serde_json::Error| PolicySetError::Unwritable(error.to_string());
    let value = sorted(serde_json::to_value(value).map_err(unwritable)?);
    let text = serde_json::to_string(&value).map_err(unwritable)?;
    Ok(hex(&Sha256::digest(text.as_bytes())))
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let ordered: BTreeMap<String, Value> =
                object.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            Value::Object(ordered.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

impl Explain for FrozenPolicies {
    fn sentence(&self) -> String {
        let number = u64::try_from(self.versions.len()).unwrap_or(u64::MAX);
        format!(
            "{} with the hash {}.",
            words::count(number, "policy is frozen", "policies are frozen"),
            self.digest
        )
    }
}
