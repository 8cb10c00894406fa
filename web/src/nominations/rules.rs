//! The rules of a call, kept in the plan of its election, and the instants they depend on.

use folkmoot_governance::deadline::{MilestoneKind, Schedule};
use folkmoot_governance::nomination::{
    Acknowledgement, CandidacyFacts, CandidacyProblem, CandidacyRules, Endorser, ExclusionPolicy,
    NominationPolicy, NominatorFacts, Nominators, StatementPolicy,
};
use folkmoot_governance::policy::{Policy, PolicyName};
use folkmoot_governance::{BodyId, ClassId, OrganisationId, PersonId as Id};
use folkmoot_store::nominations::supports::{self, SupportRole, SupportState};
use folkmoot_store::nominations::{Nomination, NominationState, Review};
use folkmoot_store::{Conn, PersonId, Utc, accounts, bodies, memberships, nominations};
use serde::{Deserialize, Serialize};

use super::statement::{Statement, Tick};
use crate::elections::preparation::plan::{Plan, Prepared};
use crate::elections::preparation::preset::Preset;
use crate::elections::preparation::roll::{self, Decisive};
use crate::elections::preparation::{policies, schedule};
use crate::elections::settings::ElectionSettings;
use crate::error::{AppError, AppResult};

/// Rules of a call for candidates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallRules {
    /// Who may nominate, and what a candidacy needs.
    pub nomination: NominationPolicy,
    /// Who cannot stand.
    #[serde(default)]
    pub exclusion: ExclusionPolicy,
    /// What nominees acknowledge.
    #[serde(default)]
    pub acknowledgements: Vec<Acknowledgement>,
    /// Headings and longest length of statements.
    pub statement: StatementPolicy,
    /// A second officer has to look at each candidacy.
    #[serde(default)]
    pub second_look: bool,
    /// An officer let the candidates go out at the announced instant.
    #[serde(default)]
    pub released: Option<Released>,
    /// The candidates are the answers of the question.
    #[serde(default)]
    pub carried: bool,
}

/// Who let the candidates go out, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Released {
    /// The officer.
    pub by: PersonId,
    /// When.
    pub at: Utc,
}

impl CallRules {
    /// The rules that a kind of election usually has; `None` for motions.
    #[must_use]
    pub fn usual(preset: Preset) -> Option<Self> {
        let whole = preset.whole();
        let Some(Policy::Nomination(nomination)) = whole.find(PolicyName::Nomination) else { return None };
        let acknowledgements = match whole.find(PolicyName::Acknowledgements) {
            Some(Policy::Acknowledgements(all)) => all.clone(),
            _ => Vec::new(),
        };
        let statement = match whole.find(PolicyName::Statement) {
            Some(Policy::Statement(policy)) => policy.clone(),
            _ => StatementPolicy { headings: vec!["Statement".into()], limit_bytes: 32_768 },
        };
        let exclusion = match whole.find(PolicyName::Exclusion) {
            Some(Policy::Exclusion(policy)) => policy.clone(),
            _ => ExclusionPolicy::default(),
        };
        Some(Self {
            nomination: nomination.clone(),
            exclusion,
            acknowledgements,
            statement,
            second_look: false,
            released: None,
            carried: false,
        })
    }
}

/// The place of the question that candidates stand for.
#[must_use]
pub fn question_of(settings: &ElectionSettings) -> Option<usize> {
    settings.questions.iter().position(policies::has_seats)
}

/// The instants of a call. An announced call has every one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dates {
    /// First instant at which a nomination is taken.
    pub open: Utc,
    /// First instant at which none is taken any more.
    pub close: Utc,
    /// First instant at which nobody can accept any more.
    pub accept: Utc,
    /// First instant at which candidates are public.
    pub announce: Utc,
    /// First instant of voting.
    pub voting: Option<Utc>,
}

impl Dates {
    fn of(schedule: &Schedule) -> AppResult<Self> {
        let at = |kind: MilestoneKind| schedule.instant(&kind).map(schedule::utc).transpose();
        let needed = |kind: MilestoneKind| {
            at(kind)?.ok_or_else(|| AppError::conflict("The dates of the call are not set."))
        };
        let close = needed(MilestoneKind::NominationsClose)?;
        Ok(Self {
            open: needed(MilestoneKind::NominationsOpen)?,
            close,
            accept: at(MilestoneKind::AcceptanceClose)?.unwrap_or(close),
            announce: needed(MilestoneKind::CandidatesAnnounced)?,
            voting: at(MilestoneKind::VotingOpen)?,
        })
    }

    /// Until when the nominee can act: whoever nominates themselves has to be ready when nominations close.
    #[must_use]
    pub fn answer_by(&self, nomination: &Nomination) -> Utc {
        if nomination.is_self { self.close } else { self.accept }
    }
}

/// An announced election with its call.
#[derive(Debug, Clone)]
pub struct Call {
    /// The election with settings and plan.
    pub prepared: Prepared,
    /// The rules.
    pub rules: CallRules,
    /// Its instants.
    pub dates: Dates,
    /// The whole schedule, with amendments.
    pub schedule: Schedule,
}

impl Call {
    /// The call at this address, as everybody may know of it.
    ///
    /// # Errors
    /// `NotFound` for drafts, and for elections without a call.
    pub fn load(conn: &mut Conn, slug: &str) -> AppResult<Self> {
        let call = Self::of(Prepared::load(conn, slug)?, conn)?;
        if call.prepared.is_draft() { Err(AppError::not_found()) } else { Ok(call) }
    }

    /// The call of the election with this key.
    ///
    /// # Errors
    /// `NotFound` when it has none.
    pub fn by_id(conn: &mut Conn, election_id: i64) -> AppResult<Self> {
        let slug = folkmoot_store::elections::by_id(conn, election_id)?.slug;
        Self::load(conn, &slug)
    }

    fn of(prepared: Prepared, conn: &mut Conn) -> AppResult<Self> {
        let rules = prepared.plan.call.clone().ok_or_else(AppError::not_found)?;
        let schedule = schedule::load(conn, prepared.election.id, &prepared.plan)?;
        let dates =
            if prepared.is_draft() { return Err(AppError::not_found()) } else { Dates::of(&schedule)? };
        Ok(Self { prepared, rules, dates, schedule })
    }

    /// Key of the election.
    #[must_use]
    pub fn id(&self) -> i64 {
        self.prepared.election.id
    }

    /// Readable part of its address.
    #[must_use]
    pub fn slug(&self) -> &str {
        &self.prepared.election.slug
    }

    /// Its title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.prepared.election.title
    }

    /// Whether a nomination is taken at `now`.
    ///
    /// # Errors
    /// `Conflict` with the exact instant and what is still possible.
    pub fn takes_nominations(&self, app: &crate::app::App, now: Utc) -> AppResult<()> {
        if now < self.dates.open {
            return Err(AppError::conflict(format!("Nominations open {}.", app.when(self.dates.open))));
        }
        if now >= self.dates.close {
            return Err(AppError::conflict(format!(
                "Nominations closed {}; this one came too late. You can ask the candidates questions once they are \
                 announced, {}.",
                app.when(self.dates.close),
                app.when(self.dates.announce)
            )));
        }
        Ok(())
    }

    /// Whether the public sees the candidates at `now`.
    ///
    /// # Errors
    /// A database error.
    pub fn is_announced(&self, conn: &mut Conn, now: Utc) -> AppResult<bool> {
        if self.rules.carried {
            return Ok(true);
        }
        // A clock that jumped announces nothing (requirement REL-07).
        Ok(self.rules.released.is_some()
            && now >= self.dates.announce
            && !crate::elections::clock_is_frozen(conn)?)
    }

    /// Whether nominees can still change their texts as far as the officers are concerned.
    #[must_use]
    pub fn is_released(&self) -> bool {
        self.rules.carried || self.rules.released.is_some()
    }

    /// Why somebody may not nominate; `None` for a visitor.
    ///
    /// # Errors
    /// A database error; the inner error says why not.
    pub fn may_nominate(
        &self,
        conn: &mut Conn,
        person: Option<PersonId>,
        is_nominee: bool,
        now: Utc,
    ) -> AppResult<Result<(), String>> {
        let policy = &self.rules.nomination;
        let classes = match (&policy.by, person) {
            (Nominators::Classes(_), Some(person)) => classes_of(conn, person, now)?,
            _ => Vec::new(),
        };
        let votes = match (&policy.by, person) {
            (Nominators::Voters, Some(person)) => votes(conn, &self.prepared.plan, person, now)?,
            _ => false,
        };
        let facts = NominatorFacts { account: person.is_some(), votes, classes, is_nominee };
        Ok(policy.may_nominate(&facts).map_err(|why| why.to_string()))
    }

    /// Everything that a candidacy lacks, or that excludes it.
    ///
    /// # Errors
    /// A database error.
    pub fn problems(
        &self,
        conn: &mut Conn,
        nomination: &Nomination,
        accepted: bool,
        now: Utc,
    ) -> AppResult<Vec<CandidacyProblem>> {
        let statement: Statement = nomination.statement.parse()?;
        let ticked: Vec<Tick> = nomination.acknowledged.parse()?;
        let mut facts = CandidacyFacts {
            accepted,
            own_statement: accepted && !statement.is_empty(),
            statement_bytes: statement.bytes(),
            employers: statement.employers(),
            affiliations_declared: statement.affiliations_declared(),
            acknowledged: ticked.into_iter().map(|t| t.name).collect(),
            ..Default::default()
        };
        for support in supports::of_nomination(conn, nomination.id)? {
            let counts = support.state == SupportState::Given && support.role != SupportRole::Nominator;
            if counts {
                let employer = support.employer.trim();
                facts.endorsers.push(Endorser {
                    person: Id::from(support.lookup.as_str()),
                    employer: (!employer.is_empty()).then(|| OrganisationId::from(employer)),
                });
            }
        }
        if let Some(person) = nomination.person_id {
            facts.votes =
                self.rules.nomination.nominee_votes && votes(conn, &self.prepared.plan, person, now)?;
            facts.staff = !accounts::roles_of(conn, person, now)?.is_empty();
            let from = self.schedule.instant(&MilestoneKind::TermStart).map(schedule::utc).transpose()?;
            let from = from.or(self.prepared.election.publish_at).unwrap_or(now).datetime().date_naive();
            for (seat, body) in bodies::seats_of(conn, person)? {
                if seat.sits_on(from) {
                    facts.serving_on.push(BodyId::from(body.name.as_str()));
                }
            }
        }
        let rules = CandidacyRules {
            nomination: &self.rules.nomination,
            exclusion: Some(&self.rules.exclusion),
            acknowledgements: &self.rules.acknowledgements,
            statement: Some(&self.rules.statement),
        };
        Ok(rules.problems(&facts))
    }
}

/// Classes and bodies of a person at `now`: rules name both alike.
fn classes_of(conn: &mut Conn, person: PersonId, now: Utc) -> AppResult<Vec<ClassId>> {
    let mut found: Vec<ClassId> = Vec::new();
    for (membership, class) in memberships::of_person(conn, person)? {
        let standing = membership.standing(now, chrono::TimeDelta::zero());
        if standing == memberships::MembershipState::Active {
            found.push(class.name.as_str().into());
            found.push(class.key.as_str().into());
        }
    }
    let today = now.datetime().date_naive();
    for (seat, body) in bodies::seats_of(conn, person)? {
        if seat.sits_on(today) {
            found.push(body.name.as_str().into());
        }
    }
    Ok(found)
}

/// Whether a person has the vote by the facts of this moment.
fn votes(conn: &mut Conn, plan: &Plan, person: PersonId, now: Utc) -> AppResult<bool> {
    let Some(electorate) = &plan.electorate else { return Ok(false) };
    Ok(roll::entitled(conn, electorate, Decisive::at(now))?.iter().any(|e| e.person == person))
}

/// Accepted candidacies that nobody has decided about, and refusals without a reason.
///
/// # Errors
/// A database error.
pub fn undecided(conn: &mut Conn, election_id: i64) -> AppResult<(u32, u32)> {
    let all = nominations::of_election(conn, election_id)?;
    let second = match Plan::of(conn, election_id)?.and_then(|p| p.call) {
        Some(call) => call.second_look,
        None => false,
    };
    let stands = all.iter().filter(|n| n.state == NominationState::Accepted);
    let (mut undecided, mut without_reason) = (0_u32, 0_u32);
    for one in stands {
        if one.review == Review::Pending || (second && one.second_at.is_none()) {
            undecided = undecided.saturating_add(1);
        }
        if one.review == Review::Ineligible && one.review_reason.trim().is_empty() {
            without_reason = without_reason.saturating_add(1);
        }
    }
    Ok((undecided, without_reason))
}
