//! The outcome of a verification.

use super::finding::{Code, Culprit, Finding, Severity};
use crate::archive::EventKind;
use crate::group::GroupId;
use crate::hash::Hash;
use crate::result::ElectionResult;

/// What the archive says about its election.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The name.
    pub name: String,
    /// The identifier.
    pub uuid: String,
    /// phi.
    pub fingerprint: String,
    /// The group.
    pub group: GroupId,
    /// The texts of the questions.
    pub questions: Vec<String>,
    /// Names of the trustees by owner, where given.
    pub trustees: Vec<Option<String>>,
    /// Public credentials.
    pub credentials: u64,
    /// The sum of their weights.
    pub credential_weight: u64,
}

/// The outcome of a verification.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What was found, in the order of the archive.
    pub findings: Vec<Finding>,
    /// The election, once its setup was read.
    pub election: Option<Summary>,
    /// Events read.
    pub events: u64,
    /// The last event read, which tells how far the election went.
    pub stage: Option<EventKind>,
    /// The hash of the last event read.
    pub head: Option<Hash>,
    /// Ballots accepted, replaced ones included.
    pub ballots: u64,
    /// Ballots that count.
    pub num_tallied: u64,
    /// The sum of their weights.
    pub total_weight: u64,
    /// Owners of accepted shuffles in order.
    pub shuffles: Vec<u64>,
    /// Owners of accepted partial decryptions in order.
    pub decryptions: Vec<u64>,
    /// The result, if there is one and it is right.
    pub result: Option<ElectionResult>,
}

impl Report {
    /// Whether nothing makes the election invalid. An election in progress can be valid.
    pub fn is_valid(&self) -> bool {
        self.findings.iter().all(|f| f.severity != Severity::Invalid)
    }

    /// The findings that make the election invalid.
    pub fn violations(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| f.severity == Severity::Invalid)
    }

    /// The findings that are a matter of policy.
    pub fn policy(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| f.severity == Severity::Policy)
    }

    pub(super) fn add(&mut self, limit: usize, code: Code, culprit: Culprit, message: String) {
        // The verdict must not depend on the limit: what is left out is replaced by one finding of its severity.
        let severity = code.severity();
        let of_same = self.findings.iter().filter(|f| f.severity == severity).count();
        if of_same < limit {
            self.findings.push(Finding { code, severity, culprit, message });
        } else if of_same == limit {
            let message = format!("more findings were left out after the first {limit}");
            self.findings.push(Finding {
                code: Code::Suppressed,
                severity,
                culprit: Culprit::Archive,
                message,
            });
        }
    }
}
