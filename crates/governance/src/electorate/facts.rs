//! What is known about a person. Facts are independent of each other and of any rule.

use serde::{Deserialize, Serialize};

use crate::{BodyId, ClassId, ElectionId, Instant, Interval, PersonId};

/// Everything about a person that a rule may look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonFacts {
    /// Who.
    pub person: PersonId,
    /// Memberships, past, present and to come; several at a time are normal.
    #[serde(default)]
    pub memberships: Vec<Membership>,
    /// Intervals for which dues are paid, by class; see [`crate::dues::DuesPolicy::paid_intervals`].
    #[serde(default)]
    pub paid: Vec<Paid>,
    /// Certifications by class.
    #[serde(default)]
    pub certifications: Vec<Certification>,
    /// Affirmations by body.
    #[serde(default)]
    pub affirmations: Vec<Affirmation>,
    /// Standing opt-outs by body.
    #[serde(default)]
    pub opt_outs: Vec<OptOut>,
    /// Votes in which the person was entitled to take part.
    #[serde(default)]
    pub participation: Vec<Participation>,
    /// Intervals of inactivity.
    #[serde(default)]
    pub inactive: Vec<Interval>,
    /// Intervals in which the vote was taken away by a decision.
    #[serde(default)]
    pub barred: Vec<Barred>,
}

/// A membership in one class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The class.
    pub class: ClassId,
    /// From when to when.
    pub during: Interval,
    /// Why it ended, where it did.
    #[serde(default)]
    pub ended: Option<MembershipEnd>,
}

/// Why a membership ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MembershipEnd {
    /// Not renewed.
    Lapsed,
    /// Became another class.
    Converted,
    /// Ended by a decision.
    Terminated,
    /// Left.
    Resigned,
    /// Became emeritus.
    Emeritus,
    /// Died.
    Deceased,
}

/// Dues paid for a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    /// The class.
    pub class: ClassId,
    /// For which time.
    pub during: Interval,
}

/// A certification for a class, for example of five hours a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certification {
    /// The class.
    pub class: ClassId,
    /// When it was given.
    pub at: Instant,
}

/// A declared intention to vote for a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affirmation {
    /// The body.
    pub body: BodyId,
    /// When it was given.
    pub at: Instant,
}

/// A standing wish not to be on the roll of a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptOut {
    /// The body.
    pub body: BodyId,
    /// From when to when.
    pub during: Interval,
}

/// A vote in which the person was entitled to take part. Which ballot was cast is not known here, nor anywhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participation {
    /// The election.
    pub election: ElectionId,
    /// When voting closed.
    pub closed: Instant,
    /// Whether the person voted.
    pub voted: bool,
}

/// A decision that takes the vote away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Barred {
    /// From when to when.
    pub during: Interval,
    /// The decision in a few words, for the person concerned.
    pub reason: String,
}

impl PersonFacts {
    /// A person about whom nothing else is known.
    #[must_use]
    pub fn new(person: impl Into<PersonId>) -> Self {
        Self {
            person: person.into(),
            memberships: Vec::new(),
            paid: Vec::new(),
            certifications: Vec::new(),
            affirmations: Vec::new(),
            opt_outs: Vec::new(),
            participation: Vec::new(),
            inactive: Vec::new(),
            barred: Vec::new(),
        }
    }

    /// Adds a membership without end.
    #[must_use]
    pub fn member(mut self, class: &str, from: Instant) -> Self {
        let membership = Membership { class: class.into(), during: Interval::since(from), ended: None };
        self.memberships.push(membership);
        self
    }

    /// Adds an affirmation.
    #[must_use]
    pub fn affirmed(mut self, body: &BodyId, at: Instant) -> Self {
        self.affirmations.push(Affirmation { body: body.clone(), at });
        self
    }
}
