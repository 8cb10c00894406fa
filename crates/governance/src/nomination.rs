//! Who may nominate, what a candidacy needs, who is excluded. (`nomination(by, second, endorsements, distinct_employers,
//! own_statement, self)`, `acknowledgements`, `statement`, `exclusion(staff, other_body)`.)

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::words::{self, Explain};
use crate::{BodyId, ClassId, OrganisationId, PersonId};

/// Who may nominate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nominators {
    /// Anybody with a verified address, with or without an account.
    Anybody,
    /// Anybody with an account.
    AccountHolders,
    /// Those with the vote.
    Voters,
    /// Members of these classes.
    Classes(Vec<ClassId>),
}

/// `nomination(…)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NominationPolicy {
    /// Who may nominate.
    pub by: Nominators,
    /// Whether people may nominate themselves.
    pub self_nomination: bool,
    /// Whether the nominee must write or confirm the statement.
    pub own_statement: bool,
    /// Supporters needed besides the nominator.
    pub endorsements: u32,
    /// Whether these must come from different employers, none of them the nominee's.
    pub distinct_employers: bool,
    /// Whether nominees must have the vote themselves.
    pub nominee_votes: bool,
}

/// `exclusion(staff, other_body)`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExclusionPolicy {
    /// Whether the staff cannot stand.
    pub staff: bool,
    /// Serving members of these bodies cannot stand.
    pub serving_on: Vec<BodyId>,
}

/// Something a nominee acknowledges by ticking it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// Stable name.
    pub name: String,
    /// Text that is acknowledged.
    pub text: String,
    /// Whether a candidacy needs it.
    pub required: bool,
}

/// `statement(template, limit)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementPolicy {
    /// Headings of the template.
    pub headings: Vec<String>,
    /// Longest statement in bytes.
    pub limit_bytes: u32,
}

/// What is known about somebody who nominates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NominatorFacts {
    /// Whether the person has an account.
    pub account: bool,
    /// Whether the person has the vote.
    pub votes: bool,
    /// Classes the person holds.
    pub classes: Vec<ClassId>,
    /// Whether the nominee is the same person.
    pub is_nominee: bool,
}

/// Why somebody may not nominate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NominationRefusal {
    /// No account.
    #[error("an account is needed to nominate; create one or sign in")]
    NoAccount,
    /// No vote.
    #[error("only those with the vote may nominate")]
    NoVote,
    /// Another class is needed.
    #[error("only {} members may nominate", words::list(.0))]
    Class(Vec<ClassId>),
    /// Self-nomination is not allowed.
    #[error("nobody may nominate themselves here; ask somebody else to do it")]
    OwnName,
}

/// Somebody who supports a candidacy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endorser {
    /// Who.
    pub person: PersonId,
    /// The employer, where there is one.
    pub employer: Option<OrganisationId>,
}

/// What is known about a candidacy.
#[derive(Clone, Debug, Default)]
pub struct CandidacyFacts {
    /// The nominee accepted.
    pub accepted: bool,
    /// The nominee wrote or confirmed the statement.
    pub own_statement: bool,
    /// Length of the statement in bytes.
    pub statement_bytes: u64,
    /// The nominee has the vote.
    pub votes: bool,
    /// The nominee is on the staff.
    pub staff: bool,
    /// Bodies the nominee serves on beyond the start of the term.
    pub serving_on: Vec<BodyId>,
    /// Employers of the nominee.
    pub employers: Vec<OrganisationId>,
    /// Affiliations were declared, even if there are none.
    pub affiliations_declared: bool,
    /// Names of the acknowledgements given.
    pub acknowledged: BTreeSet<String>,
    /// Supporters.
    pub endorsers: Vec<Endorser>,
}

/// What a candidacy lacks, or what excludes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CandidacyProblem {
    /// Not accepted.
    NotAccepted,
    /// No own statement.
    NoOwnStatement,
    /// Statement too long.
    StatementTooLong {
        /// Bytes.
        bytes: u64,
        /// Longest allowed.
        limit: u32,
    },
    /// An acknowledgement is missing.
    NotAcknowledged(String),
    /// Affiliations not declared.
    AffiliationsNotDeclared,
    /// Too few supporters that count.
    TooFewEndorsers {
        /// Those who count.
        have: u32,
        /// Needed.
        need: u32,
    },
    /// The nominee has no vote.
    NoVote,
    /// The nominee is on the staff.
    Staff,
    /// The nominee serves on another body.
    ServesOn(BodyId),
}

impl CandidacyProblem {
    /// Whether the nominee can still mend it.
    #[must_use]
    pub const fn can_be_mended(&self) -> bool {
        !matches!(self, Self::NoVote | Self::Staff | Self::ServesOn(_))
    }
}

impl NominationPolicy {
    /// Whether somebody may nominate.
    ///
    /// # Errors
    /// Says why not.
    pub fn may_nominate(&self, facts: &NominatorFacts) -> Result<(), NominationRefusal> {
        if facts.is_nominee && !self.self_nomination {
            return Err(NominationRefusal::OwnName);
        }
        match &self.by {
            Nominators::AccountHolders if !facts.account => Err(NominationRefusal::NoAccount),
            Nominators::Voters if !facts.votes => Err(NominationRefusal::NoVote),
            Nominators::Classes(classes) if !facts.classes.iter().any(|class| classes.contains(class)) => {
                Err(NominationRefusal::Class(classes.clone()))
            }
            _ => Ok(()),
        }
    }

    /// Supporters that count: each person once and, where employers must differ, each employer once and not the
    /// nominee's. Supporters without an employer always count.
    #[must_use]
    pub fn endorsers_that_count(&self, facts: &CandidacyFacts) -> u32 {
        let mut people = BTreeSet::new();
        let mut employers: BTreeSet<&OrganisationId> = facts.employers.iter().collect();
        let mut counting = 0_u32;
        for endorser in &facts.endorsers {
            let new = people.insert(&endorser.person);
            let employer = endorser.employer.as_ref().filter(|_| self.distinct_employers);
            if new && employer.is_none_or(|employer| employers.insert(employer)) {
                counting = counting.saturating_add(1);
            }
        }
        counting
    }
}

/// The policies that a candidacy is checked against.
#[derive(Clone, Copy, Debug)]
pub struct CandidacyRules<'a> {
    /// Nomination.
    pub nomination: &'a NominationPolicy,
    /// Exclusions.
    pub exclusion: Option<&'a ExclusionPolicy>,
    /// Acknowledgements.
    pub acknowledgements: &'a [Acknowledgement],
    /// Statement.
    pub statement: Option<&'a StatementPolicy>,
}

impl CandidacyRules<'_> {
    /// Everything that a candidacy lacks or that excludes it; empty when it is eligible.
    #[must_use]
    pub fn problems(&self, facts: &CandidacyFacts) -> Vec<CandidacyProblem> {
        use CandidacyProblem as P;
        let mut found = Vec::new();
        let mut add = |wrong: bool, problem: P| found.extend(wrong.then_some(problem));
        add(!facts.accepted, P::NotAccepted);
        add(self.nomination.own_statement && !facts.own_statement, P::NoOwnStatement);
        if let Some(policy) = self.statement {
            let (bytes, limit) = (facts.statement_bytes, policy.limit_bytes);
            add(bytes > u64::from(limit), P::StatementTooLong { bytes, limit });
        }
        for acknowledgement in self.acknowledgements.iter().filter(|one| one.required) {
            let given = facts.acknowledged.contains(&acknowledgement.name);
            add(!given, P::NotAcknowledged(acknowledgement.name.clone()));
        }
        add(!facts.affiliations_declared, P::AffiliationsNotDeclared);
        let (have, need) = (self.nomination.endorsers_that_count(facts), self.nomination.endorsements);
        add(have < need, P::TooFewEndorsers { have, need });
        add(self.nomination.nominee_votes && !facts.votes, P::NoVote);
        if let Some(policy) = self.exclusion {
            add(policy.staff && facts.staff, P::Staff);
            for body in facts.serving_on.iter().filter(|body| policy.serving_on.contains(body)) {
                add(true, P::ServesOn(body.clone()));
            }
        }
        found
    }
}

impl Explain for NominationPolicy {
    fn sentence(&self) -> String {
        let by = match &self.by {
            Nominators::Anybody => "Anybody".to_owned(),
            Nominators::AccountHolders => "Anybody with an account".to_owned(),
            Nominators::Voters => "Those with the vote".to_owned(),
            Nominators::Classes(classes) => format!("{} members", words::list(classes)),
        };
        let own = if self.self_nomination { "also themselves" } else { "but not themselves" };
        let mut text = format!("{by} may nominate, {own}");
        if self.nominee_votes {
            text += "; nominees must have the vote";
        }
        if self.own_statement {
            text += "; the statement is the nominee's own";
        }
        if self.endorsements > 0 {
            text += &format!(
                "; {} needed",
                words::count(self.endorsements.into(), "supporter is", "supporters are")
            );
            if self.distinct_employers {
                text += ", all from different employers and none from the nominee's";
            }
        }
        text + "."
    }
}

impl Explain for ExclusionPolicy {
    fn sentence(&self) -> String {
        let mut who: Vec<String> = Vec::new();
        who.extend(self.staff.then(|| "the staff".to_owned()));
        who.extend(self.serving_on.iter().map(|body| format!("serving members of the {body}")));
        if who.is_empty() {
            "Nobody is excluded.".into()
        } else {
            format!("Excluded are {}.", words::list(who))
        }
    }
}

impl Explain for CandidacyProblem {
    fn sentence(&self) -> String {
        match self {
            Self::NotAccepted => "The nominee has not accepted.".into(),
            Self::NoOwnStatement => "The nominee has to write or confirm the statement.".into(),
            Self::StatementTooLong { bytes, limit } => format!(
                "The statement has {} bytes; shorten it to {}.",
                words::grouped(*bytes),
                words::grouped((*limit).into())
            ),
            Self::NotAcknowledged(name) => format!("The acknowledgement “{name}” is missing."),
            Self::AffiliationsNotDeclared => "Affiliations are not declared; “none” is an answer too.".into(),
            Self::TooFewEndorsers { have, need } => format!(
                "{} needed, {have} count so far.",
                words::count((*need).into(), "supporter is", "supporters are")
            ),
            Self::NoVote => "The nominee does not have the vote.".into(),
            Self::Staff => "The nominee is on the staff.".into(),
            Self::ServesOn(body) => format!("The nominee serves on the {body}."),
        }
    }
}
