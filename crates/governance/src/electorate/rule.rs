//! The rules that make a roll, and the instants of the election they are applied at.

use serde::{Deserialize, Serialize};

use crate::words::{self, Explain};
use crate::{BodyId, ClassId, ElectionId, Instant, Interval};

/// What a class needs for the vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassRule {
    /// The class.
    pub class: ClassId,
    /// Whether dues must be paid at the record instant.
    #[serde(default)]
    pub dues: bool,
    /// Whether a certification must be valid at the record instant.
    #[serde(default)]
    pub certification: Option<CertificationPolicy>,
    /// A class for life (Fellow): how it affirms and counts follows [`FellowQuorumBase`], and missed votes do not matter.
    #[serde(default)]
    pub for_life: bool,
}

/// `certify(period, text)`: how long a certification is valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificationPolicy {
    /// Months for which a certification is valid.
    pub months: u32,
    /// What is certified, as shown.
    pub text: String,
}

/// `affirm-yearly` and `affirm-waived-if-voted`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AffirmationPolicy {
    /// Whether having voted in one of [`RollInstants::waiver_elections`] stands for an affirmation.
    pub waived_if_voted: bool,
}

/// `missed_votes(n, per year)`: so many votes missed in a calendar year (UTC) take the vote away for the rest of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissedVotesPolicy {
    /// Number of missed votes.
    pub votes: u32,
}

/// `fellow_quorum_base`: how members for life affirm and count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FellowQuorumBase {
    /// On the roll and in the base without affirming.
    All,
    /// On the roll and in the base only when they have affirmed, like everybody else.
    #[default]
    Affirmed,
    /// On the roll without affirming, in the base only when they have affirmed or once they have voted.
    VotersOnly,
}

/// The rules that make the roll of a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ElectorateRule {
    /// The body that is elected or decides.
    pub body: BodyId,
    /// Classes with the vote. A person in several is entered once, under the first of these that gives the vote.
    pub classes: Vec<ClassRule>,
    /// Whether members must affirm that they intend to vote.
    pub affirmation: Option<AffirmationPolicy>,
    /// How members for life affirm and count.
    #[serde(default)]
    pub fellows: FellowQuorumBase,
    /// Whether missed votes take the vote away.
    pub missed_votes: Option<MissedVotesPolicy>,
}

/// The instants of one election that the rules are applied at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollInstants {
    /// The record instant: memberships, dues and certifications are looked at then.
    pub record: Instant,
    /// Affirmations given in this half-open interval count: from the cut-off of the election before to this one's.
    pub affirmation: Interval,
    /// Elections whose voters need not affirm.
    #[serde(default)]
    pub waiver_elections: Vec<ElectionId>,
}

/// Why the rules make no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ElectorateRuleError {
    /// No class has the vote.
    #[error("no class has the vote; name at least one")]
    NoClass,
    /// A class is named twice.
    #[error("the class {0} is named twice; keep one entry")]
    ClassTwice(ClassId),
    /// A certification that is never valid.
    #[error("a certification for {0} must be valid for 1 to 120 months")]
    CertificationMonths(ClassId),
    /// No missed vote takes the vote away.
    #[error("at least one missed vote is needed to lose the vote; leave the rule out to have none")]
    NoMissedVotes,
}

impl ElectorateRule {
    /// Whether the rules make sense.
    ///
    /// # Errors
    /// Names the first fault.
    pub fn check(&self) -> Result<(), ElectorateRuleError> {
        if self.classes.is_empty() {
            return Err(ElectorateRuleError::NoClass);
        }
        for (place, rule) in self.classes.iter().enumerate() {
            if self.classes.iter().skip(place.saturating_add(1)).any(|other| other.class == rule.class) {
                return Err(ElectorateRuleError::ClassTwice(rule.class.clone()));
            }
            if rule.certification.as_ref().is_some_and(|policy| !(1..=120).contains(&policy.months)) {
                return Err(ElectorateRuleError::CertificationMonths(rule.class.clone()));
            }
        }
        if self.missed_votes.is_some_and(|policy| policy.votes == 0) {
            return Err(ElectorateRuleError::NoMissedVotes);
        }
        Ok(())
    }

    /// The rule of a class, when it has the vote.
    #[must_use]
    pub fn class(&self, class: &ClassId) -> Option<&ClassRule> {
        self.classes.iter().find(|rule| rule.class == *class)
    }

    /// Whether a class must affirm.
    #[must_use]
    pub fn must_affirm(&self, class: &ClassRule) -> bool {
        self.affirmation.is_some() && (!class.for_life || self.fellows == FellowQuorumBase::Affirmed)
    }
}

impl RollInstants {
    /// Instants with affirmations since the cut-off of the election before.
    #[must_use]
    pub const fn new(record: Instant, previous_cutoff: Instant, cutoff: Instant) -> Self {
        Self { record, affirmation: Interval::new(previous_cutoff, cutoff), waiver_elections: Vec::new() }
    }

    /// The affirmation cut-off, when there is one.
    #[must_use]
    pub const fn cutoff(&self) -> Option<Instant> {
        self.affirmation.to
    }
}

impl Explain for ElectorateRule {
    fn sentence(&self) -> String {
        let classes = words::list(self.classes.iter().map(|rule| {
            let mut needs = Vec::new();
            if rule.dues {
                needs.push("paid dues".to_owned());
            }
            needs.extend(
                rule.certification
                    .as_ref()
                    .map(|c| format!("a certification of the last {} months", c.months)),
            );
            if needs.is_empty() {
                rule.class.to_string()
            } else {
                format!("{} (with {})", rule.class, words::list(needs))
            }
        }));
        let mut text = format!("Votes for the {}: {classes}; one vote per person", self.body);
        match &self.affirmation {
            Some(policy) if policy.waived_if_voted => {
                text += "; an affirmation before the cut-off, or the last vote, is needed"
            }
            Some(_) => text += "; an affirmation before the cut-off is needed",
            None => {}
        }
        if self.affirmation.is_some() && self.classes.iter().any(|rule| rule.for_life) {
            text += self.fellows.clause();
        }
        if let Some(policy) = self.missed_votes {
            text += &format!(
                "; {} missed in a year take the vote away for the rest of it",
                words::count(policy.votes.into(), "vote", "votes")
            );
        }
        text + "."
    }
}

impl FellowQuorumBase {
    const fn clause(self) -> &'static str {
        match self {
            Self::All => "; members for life need not affirm and all count for the quorum",
            Self::Affirmed => "; members for life affirm like everybody else",
            Self::VotersOnly => {
                "; members for life need not affirm and count for the quorum when they affirm or vote"
            }
        }
    }
}

impl Explain for FellowQuorumBase {
    fn sentence(&self) -> String {
        words::capital(self.clause().trim_start_matches("; ")) + "."
    }
}
