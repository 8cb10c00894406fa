//! Who may take which step, and what follows.

use serde::{Deserialize, Serialize};

use super::facts::ElectionFacts;
use super::guards::{Check, Checks, checks};
use super::state::{Effect, State, Step};
use crate::quorum::QuorumVerdict;
use crate::roles::Role;
use crate::words::Explain;
use crate::{Instant, PersonId};

/// A person with the role in which they act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Who.
    pub person: PersonId,
    /// In which role of this election.
    pub role: Role,
}

/// Who takes a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authority {
    /// The one who acts; `None` when the system acts by the clock.
    pub first: Option<Actor>,
    /// The one who confirms, for steps that take two persons.
    pub second: Option<Actor>,
}

/// A step that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// State before.
    pub from: State,
    /// State after; the same for an extension of voting.
    pub to: State,
    /// What the caller has to do, in this order, in the same transaction.
    pub effects: Vec<Effect>,
}

/// Why a step was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct Refusal {
    /// State of the election.
    pub state: State,
    /// The step asked for.
    pub step: Step,
    /// Every condition that is not fulfilled; never empty.
    pub unmet: Vec<Check>,
}

impl Explain for Refusal {
    fn sentence(&self) -> String {
        self.unmet.iter().map(Explain::sentence).collect::<Vec<_>>().join(" ")
    }
}

/// Who may take a step.
enum Allowed {
    /// By the clock, or by the returns officer.
    Clock,
    /// By the returns officer.
    Officer,
    /// By the returns officer with a second officer.
    TwoOfficers,
    /// By the certifying body or, where there is none, the returns officer.
    Certifier,
}

impl Step {
    const fn allowed(&self) -> Allowed {
        match self {
            Self::OpenNominations
            | Self::CloseNominations
            | Self::Close
            | Self::ConcludeQuorum
            | Self::StartShuffling
            | Self::StartDecryption
            | Self::FinishCount
            | Self::Publish
            | Self::Archive => Allowed::Clock,
            Self::Announce | Self::AnnounceCandidates | Self::FinishRehearsal | Self::Allocate => {
                Allowed::Officer
            }
            Self::DeclareElected
            | Self::Open
            | Self::Suspend { .. }
            | Self::Resume { .. }
            | Self::DecideReferred => Allowed::TwoOfficers,
            Self::Certify => Allowed::Certifier,
        }
    }
}

/// The steps that lead out of a state, in the usual order.
#[must_use]
pub fn next_steps(state: State, facts: &ElectionFacts) -> Vec<Step> {
    let reason = String::new();
    match state {
        State::Draft => vec![Step::Announce],
        State::Announced if facts.set_up.nominations => vec![Step::OpenNominations],
        State::Announced => vec![Step::FinishRehearsal],
        State::Nominations => vec![Step::CloseNominations],
        State::ClosedNominations => vec![Step::AnnounceCandidates],
        State::CandidatesAnnounced => vec![Step::FinishRehearsal, Step::DeclareElected],
        State::Rehearsed => vec![Step::Open],
        State::Open => vec![Step::Close, Step::Suspend { reason }],
        State::Suspended => vec![Step::Resume { reason }, Step::Close],
        State::Closed => vec![Step::ConcludeQuorum],
        State::Referred => vec![Step::DecideReferred],
        State::QuorumOk if facts.set_up.shuffles => vec![Step::StartShuffling],
        State::QuorumOk | State::Shuffling => vec![Step::StartDecryption],
        State::Decrypting => vec![Step::FinishCount],
        State::Counted => vec![Step::Allocate],
        State::Allocated => vec![Step::Certify],
        State::Certified => vec![Step::Publish],
        State::Published => vec![Step::Archive],
        State::Void | State::Archived => vec![],
    }
}

/// Every condition of a step from a state, fulfilled or not: a checklist.
#[must_use]
pub fn check(state: State, step: &Step, facts: &ElectionFacts, by: &Authority, now: Instant) -> Vec<Check> {
    let leads_out = next_steps(state, facts)
        .iter()
        .any(|next| std::mem::discriminant(next) == std::mem::discriminant(step));
    let mut found = Checks(Vec::new());
    let no = format!("This step does not follow the state {}.", state.name());
    found.add("state", leads_out, "The step follows.", no);
    who(&mut found, step, facts, by);
    found.0.extend(checks(step, facts, now).0);
    found.0
}

fn who(found: &mut Checks, step: &Step, facts: &ElectionFacts, by: &Authority) {
    let role = by.first.as_ref().map(|actor| actor.role);
    let officer = role == Some(Role::ReturnsOfficer);
    let ok = match step.allowed() {
        Allowed::Clock => role.is_none() || officer,
        Allowed::Officer | Allowed::TwoOfficers => officer,
        Allowed::Certifier if facts.set_up.certification => role == Some(Role::CertifyingBody) || officer,
        Allowed::Certifier => role.is_none() || officer,
    };
    found.add(
        "actor",
        ok,
        "The returns officer acts.",
        "Only the returns officer of this election can do this.",
    );
    if matches!(step.allowed(), Allowed::TwoOfficers) {
        let second = by.second.as_ref().filter(|actor| actor.role == Role::SecondOfficer);
        let other =
            second.is_some_and(|actor| by.first.as_ref().is_none_or(|first| first.person != actor.person));
        found.add(
            "second_officer",
            other,
            "A second officer confirms.",
            "A second officer, another person, must confirm.",
        );
    }
}

/// Takes a step, or says everything that stands against it.
///
/// ```
/// use folkmoot_governance::election::{Authority, ElectionFacts, State, Step, apply};
/// let now = "2026-07-01T00:00:00Z".parse()?;
/// let refusal = apply(State::Draft, &Step::Announce, &ElectionFacts::default(), &Authority::default(), now);
/// assert!(refusal.unwrap_err().to_string().contains("The quorum rule is not set"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A [`Refusal`] with every unmet condition.
pub fn apply(
    state: State,
    step: &Step,
    facts: &ElectionFacts,
    by: &Authority,
    now: Instant,
) -> Result<Transition, Refusal> {
    let unmet: Vec<Check> =
        check(state, step, facts, by, now).into_iter().filter(|check| !check.ok).collect();
    if !unmet.is_empty() {
        return Err(Refusal { state, step: step.clone(), unmet });
    }
    let (to, effects) = outcome(state, step, facts, now);
    Ok(Transition { from: state, to, effects })
}

fn outcome(state: State, step: &Step, facts: &ElectionFacts, now: Instant) -> (State, Vec<Effect>) {
    match step {
        Step::Announce => {
            (State::Announced, vec![Effect::LockMilestonesAndPolicies, Effect::PublishAnnouncement])
        }
        Step::OpenNominations => (State::Nominations, vec![Effect::OpenNominationForm]),
        Step::CloseNominations => (State::ClosedNominations, vec![Effect::CloseNominationForm]),
        Step::AnnounceCandidates => (State::CandidatesAnnounced, vec![Effect::PublishCandidates]),
        Step::DeclareElected => (State::Allocated, vec![Effect::PrepareExplanation]),
        Step::FinishRehearsal => (State::Rehearsed, vec![Effect::PublishRehearsal]),
        Step::Open => (State::Open, vec![Effect::SendInvitations]),
        Step::Suspend { reason } => (State::Suspended, vec![Effect::PublishReason(reason.clone())]),
        Step::Resume { reason } => {
            let lost = facts.voting.suspended_at.map_or(0, |since| now.micros_since(since).max(0));
            (State::Open, vec![Effect::PublishReason(reason.clone()), Effect::OfferLostTime(lost)])
        }
        Step::Close => close(state, facts),
        Step::ConcludeQuorum => conclude(facts),
        Step::DecideReferred if facts.voting.body_lets_stand == Some(true) => {
            (State::QuorumOk, vec![Effect::SignQuorumCertificate])
        }
        Step::DecideReferred => (State::Void, vec![Effect::PublishVoid]),
        Step::StartShuffling => (State::Shuffling, vec![Effect::CallShufflers]),
        Step::StartDecryption => (State::Decrypting, vec![Effect::CallTrustees]),
        Step::FinishCount => (State::Counted, vec![Effect::WriteTally]),
        Step::Allocate => (State::Allocated, vec![Effect::PrepareExplanation]),
        Step::Certify => (State::Certified, vec![Effect::CreateTerms]),
        Step::Publish => (State::Published, vec![Effect::PublishResult]),
        Step::Archive => (State::Archived, vec![Effect::EraseVoterData]),
    }
}

/// Below the quorum a rule may extend voting: then the box is not sealed and the close is amended instead.
fn close(state: State, facts: &ElectionFacts) -> (State, Vec<Effect>) {
    let verdict = facts.set_up.quorum.as_ref().map(|policy| policy.conclude(facts.voting.quorum).verdict);
    match verdict {
        Some(QuorumVerdict::Extend { days }) => (state, vec![Effect::ExtendVoting { days }]),
        _ => (State::Closed, vec![Effect::SealBox]),
    }
}

fn conclude(facts: &ElectionFacts) -> (State, Vec<Effect>) {
    let verdict = facts.set_up.quorum.as_ref().map(|policy| policy.conclude(facts.voting.quorum).verdict);
    match verdict {
        Some(QuorumVerdict::Met) => (State::QuorumOk, vec![Effect::SignQuorumCertificate]),
        Some(QuorumVerdict::Refer { body }) => (State::Referred, vec![Effect::AskBody { body }]),
        // The guard has refused the unset rule and the extension already.
        Some(QuorumVerdict::Void | QuorumVerdict::Extend { .. }) | None => {
            (State::Void, vec![Effect::PublishVoid])
        }
    }
}
