//! Findings that leave an archive valid.

use super::Options;
use super::finding::{Code, Culprit};
use super::report::Report;
use super::setup::Verifier;
use crate::archive::EventKind;
use crate::election::Election;
use crate::group::Group;
use crate::trustee::{TrusteeNote, Trustees};

pub(super) fn about_trustees(notes: &[TrusteeNote], options: &Options, report: &mut Report) {
    for note in notes {
        let (code, owner, message) = match note {
            TrusteeNote::NotCanonical => {
                let message = "the list of trustees is not written in the canonical form of JSON".to_owned();
                (Code::TrusteeForm, None, message)
            }
            TrusteeNote::OldForm { owner, .. } => {
                let message = "the threshold parameters have an old form, in which members did not sign everything \
                               that they saw";
                (Code::TrusteeForm, Some(*owner), message.to_owned())
            }
            TrusteeNote::SameKey { first, second } => {
                (Code::TrusteeRepeated, Some(*second), format!("it has the same key as trustee {first}"))
            }
        };
        let culprit = owner.map_or(Culprit::Event { height: 0 }, |owner| Culprit::Trustee {
            owner: owner as u64,
            height: None,
        });
        report.add(options.max_findings, code, culprit, message);
    }
}

pub(super) fn after_setup<G: Group>(
    election: &Election<G>,
    trustees: &Trustees<G>,
    options: &Options,
    report: &mut Report,
) {
    let mut add = |code, message: String| {
        report.add(options.max_findings, code, Culprit::Event { height: 0 }, message);
    };
    for oddity in election.oddities() {
        add(Code::ElectionOddity, format!("about the election object: {oddity}"));
    }
    let needed: usize = trustees.decryption_groups().iter().map(|g| g.needed).sum();
    if needed < 2 {
        add(Code::TrusteeAlone, "one trustee alone can decrypt every ballot".to_owned());
    }
    let Some(summary) = report.election.clone() else { return };
    let mut add = |code, message: String| {
        report.add(options.max_findings, code, Culprit::Event { height: 0 }, message);
    };
    if let Some(expected) = options.policy.roll_size.filter(|n| *n != summary.credentials) {
        let found = summary.credentials;
        add(Code::RollSize, format!("there are {found} credentials for {expected} members entitled to vote"));
    }
    if let Some(expected) = options.policy.roll_weight.filter(|n| *n != summary.credential_weight) {
        let found = summary.credential_weight;
        add(Code::RollWeight, format!("the credentials weigh {found} in all where {expected} is expected"));
    }
}

pub(super) fn at_end<G: Group>(verifier: &mut Verifier<'_, G>) {
    let tallied = verifier.report.stage.is_some_and(|stage| stage >= EventKind::EncryptedTally);
    let counted = verifier.report.num_tallied;
    if let Some(quorum) = verifier.options.policy.quorum.filter(|quorum| tallied && counted < *quorum) {
        let message = format!("{counted} ballots count, which is below the quorum of {quorum}");
        verifier.find(Code::Quorum, Culprit::Archive, message);
    }
    let mixed = !verifier.election.mixed_questions().is_empty();
    if mixed && verifier.report.stage.is_some_and(|stage| stage >= EventKind::EndShuffles) {
        shuffles(verifier);
    }
}

/// Every single trustee, and as many members of a threshold group as can decrypt, should have shuffled: then whoever
/// can decrypt contains somebody whose shuffle hides the link.
fn shuffles<G: Group>(verifier: &mut Verifier<'_, G>) {
    for group in verifier.trustees.decryption_groups() {
        let owners = group.owners.clone();
        let done = owners.clone().filter(|o| verifier.report.shuffles.contains(&(*o as u64))).count();
        if done >= group.needed {
            continue;
        }
        let message = if group.threshold {
            format!(
                "{done} of the trustees {} to {} shuffled; {} should",
                owners.start,
                owners.end - 1,
                group.needed
            )
        } else {
            "this trustee did not shuffle".to_owned()
        };
        let culprit = Culprit::Trustee { owner: owners.start as u64, height: None };
        verifier.find(Code::ShuffleMissing, culprit, message);
    }
}
