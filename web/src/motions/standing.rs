//! Where a motion stands, worked out from its rule and its facts. Nothing here is set by hand.

use folkmoot_governance::Explain;
use folkmoot_governance::motion::{MotionFacts, MotionState, Second};
use folkmoot_governance::threshold::{Ballot, Verdict, Votes};
use folkmoot_store::bodies::{self, Body};
use folkmoot_store::motions::{self, Choice, Motion, MotionVote};
use folkmoot_store::{Conn, PersonId, PublicId, Utc, elections};

use super::settings::KindSettings;
use crate::bodies::activity;
use crate::elections::results;
use crate::error::{AppError, AppResult};
use crate::membership::{facts as members, instant, preset};

/// A motion with everything that its state follows from.
pub struct Standing {
    /// The motion.
    pub motion: Motion,
    /// The kind under which it was proposed.
    pub kind: KindSettings,
    /// The body that votes.
    pub body: Body,
    /// The body it concerns.
    pub about: Body,
    /// Where it stands.
    pub state: At,
    /// What the state follows from.
    pub facts: MotionFacts,
    /// The votes.
    pub votes: Vec<MotionVote>,
    /// Seconders.
    pub seconds: Vec<(PersonId, Utc)>,
}

/// Where a motion stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// As the rule says.
    Rule(MotionState),
    /// Seconded; has to be decided by a secret ballot that nobody has prepared yet.
    AwaitsElection,
    /// Decided by an election that is not announced yet.
    InElection,
    /// The election that was to decide it is void.
    ElectionVoid,
}

/// Kinds of motions on the same bodies that are open beside this one.
fn open_beside(conn: &mut Conn, motion: &Motion, all: &[Motion], now: Utc) -> AppResult<Vec<String>> {
    let own = [Some(motion.body_id), motion.about_body_id];
    let mut open = Vec::new();
    for other in all.iter().filter(|o| o.id != motion.id) {
        let related =
            [Some(other.body_id), other.about_body_id].iter().flatten().any(|b| own.contains(&Some(*b)));
        if !related {
            continue;
        }
        let settings = KindSettings::of(&motions::kind(conn, other.kind_id)?)?;
        let (mut facts, _, _) = facts(conn, other)?;
        facts.open_beside = Vec::new();
        let state = settings.rule.state(&facts, instant(now)?);
        let in_election = other.election_id.is_some() || settings.secret;
        let running = matches!(state, MotionState::Open { .. })
            || (in_election
                && !matches!(
                    state,
                    MotionState::Proposed { .. } | MotionState::Lapsed { .. } | MotionState::Withdrawn { .. }
                ));
        if running {
            open.push(other.kind.clone());
        }
    }
    Ok(open)
}

type Gathered = (MotionFacts, Vec<MotionVote>, Vec<(PersonId, Utc)>);

/// What the rule looks at, without what is open beside the motion.
fn facts(conn: &mut Conn, motion: &Motion) -> AppResult<Gathered> {
    let name = |p: PersonId| folkmoot_governance::PersonId::from(p.0.to_string());
    let seconders = motions::seconds(conn, motion.id)?;
    let mut seconds = Vec::with_capacity(seconders.len());
    for (by, at) in &seconders {
        seconds.push(Second { by: name(*by), at: instant(*at)? });
    }
    let votes = motions::votes(conn, motion.id)?;
    let count = |choices: &[Choice]| {
        u64::try_from(votes.iter().filter(|v| choices.contains(&v.choice)).count()).unwrap_or(u64::MAX)
    };
    let ballot = Ballot::from(Votes {
        yes: count(&[Choice::Yes]),
        no: count(&[Choice::No]),
        abstain: count(&[Choice::Abstain, Choice::Recused]),
        entitled: u64::try_from(motions::count_electors(conn, motion.id)?).map_err(AppError::internal)?,
    });
    let last = votes.iter().map(|v| v.voted_at).max();
    let facts = MotionFacts {
        proposer: name(motion.proposer_id),
        proposed: instant(motion.proposed_at)?,
        seconds,
        ballot,
        voted: count(Choice::ALL),
        last_vote: last.map(instant).transpose()?,
        vetoed: motion.vetoed_at.map(instant).transpose()?,
        withdrawn: motion.withdrawn_at.map(instant).transpose()?,
        open_beside: Vec::new(),
    };
    Ok((facts, votes, seconders))
}

/// Where a motion stands at `now`.
///
/// # Errors
/// A database error.
pub fn of(conn: &mut Conn, motion: Motion, now: Utc) -> AppResult<Standing> {
    let all = motions::unsettled(conn)?;
    among(conn, motion, &all, now)
}

/// Where the motion with this public id stands at `now`.
///
/// # Errors
/// `NotFound` when there is none.
pub fn at(conn: &mut Conn, id: &PublicId, now: Utc) -> AppResult<Standing> {
    let motion = motions::by_public_id(conn, id)?;
    of(conn, motion, now)
}

/// As [`of`], when every motion that is not settled is at hand.
///
/// # Errors
/// A database error.
pub fn among(conn: &mut Conn, motion: Motion, all: &[Motion], now: Utc) -> AppResult<Standing> {
    let kind = KindSettings::of(&motions::kind(conn, motion.kind_id)?)?;
    let body = bodies::by_id(conn, motion.body_id)?;
    let about = match motion.about_body_id {
        Some(id) => bodies::by_id(conn, id)?,
        None => body.clone(),
    };
    let (mut facts, votes, seconds) = facts(conn, &motion)?;
    if motion.settled_at.is_none() && !kind.rule.blocked_by.is_empty() {
        facts.open_beside = open_beside(conn, &motion, all, now)?;
    }
    let state = kind.rule.state(&facts, instant(now)?);
    let begun = !matches!(
        state,
        MotionState::Proposed { .. } | MotionState::Lapsed { .. } | MotionState::Withdrawn { .. }
    );
    let state = match motion.election_id {
        Some(election) if begun => by_election(conn, &kind, &mut facts, election, now)?,
        None if kind.secret && begun => At::AwaitsElection,
        _ => At::Rule(state),
    };
    Ok(Standing { motion, kind, body, about, state, facts, votes, seconds })
}

/// The state of a motion that an election decides: the numbers are those of its result, and the rule is applied to them.
fn by_election(
    conn: &mut Conn,
    kind: &KindSettings,
    facts: &mut MotionFacts,
    election: i64,
    now: Utc,
) -> AppResult<At> {
    let election = elections::by_id(conn, election)?;
    if election.state == "void" {
        return Ok(At::ElectionVoid);
    }
    if !results::is_public(&election) {
        return Ok(At::InElection);
    }
    let decisions = results::stored(conn, election.id)?;
    let rows = decisions.first().map(|d| d.rows.as_slice()).unwrap_or_default();
    let votes = |i: usize| rows.get(i).and_then(|r| r.votes).unwrap_or(0);
    let electors = elections::roll::count(conn, election.id)?;
    facts.ballot = Ballot::from(Votes {
        yes: votes(0),
        no: votes(1),
        abstain: votes(2),
        entitled: u64::try_from(electors).map_err(AppError::internal)?,
    });
    // Voting was over when the result was announced: the rule is asked as if it had closed at that instant.
    let closed = election.publish_at.unwrap_or(now);
    let mut rule = kind.rule.clone();
    rule.second = None;
    rule.ends_when_all_voted = false;
    let length = chrono::TimeDelta::days(rule.voting_days.into());
    facts.proposed = instant(closed.plus(-length))?;
    facts.open_beside = Vec::new();
    Ok(At::Rule(rule.state(facts, instant(now)?)))
}

impl Standing {
    /// Whether votes are accepted.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.state, At::Rule(MotionState::Open { .. }))
    }

    /// The verdict, once there is one.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        match &self.state {
            At::Rule(MotionState::Failed { verdict, .. } | MotionState::Passed { verdict, .. }) => {
                Some(verdict.clone())
            }
            At::Rule(MotionState::VetoWindow { .. } | MotionState::Vetoed { .. }) => {
                Some(self.kind.rule.threshold.decide(&self.facts.ballot))
            }
            _ => None,
        }
    }

    /// Whether numbers may be shown.
    #[must_use]
    pub fn shows_votes(&self) -> bool {
        self.verdict().is_some() || (self.is_open() && !self.kind.rule.hidden_until_close)
    }

    /// The numbers in words.
    #[must_use]
    pub fn numbers(&self) -> String {
        let votes = self.facts.ballot.votes;
        let abstentions = if votes.abstain == 1 { "abstention" } else { "abstentions" };
        format!("{} for, {} against, {} {abstentions}", votes.yes, votes.no, votes.abstain)
    }

    /// The explanation of the verdict, or empty.
    #[must_use]
    pub fn explanation(&self) -> String {
        self.verdict().map(|v| v.sentence()).unwrap_or_default()
    }

    /// Whether this person may read the motion, when not everybody may: members of the bodies concerned.
    ///
    /// # Errors
    /// A database error.
    pub fn is_insider(&self, conn: &mut Conn, person: PersonId, now: Utc) -> AppResult<bool> {
        let day = now.datetime().date_naive();
        let mut slugs = vec![self.body.clone(), self.about.clone()];
        for slug in [&self.kind.veto_body, &self.kind.proposers] {
            if !slug.is_empty() {
                slugs.push(bodies::by_slug(conn, slug)?);
            }
        }
        for body in slugs {
            if bodies::seat_of(conn, body.id, person, day)?.is_some() {
                return Ok(true);
            }
        }
        Ok(motions::is_elector(conn, self.motion.id, person)?)
    }
}

/// Whoever votes on motions of this kind at `now`.
///
/// # Errors
/// A database error.
pub fn electors(conn: &mut Conn, body: &Body, kind: &KindSettings, now: Utc) -> AppResult<Vec<PersonId>> {
    if kind.voters {
        let rule = preset::rule_for(conn, &body.name)?;
        let year = chrono::TimeDelta::days(365);
        let at = folkmoot_governance::electorate::RollInstants::new(
            instant(now)?,
            instant(now.plus(-year))?,
            instant(now)?,
        );
        let found = members::electorate(conn, body.id, &rule, &at)?;
        return Ok(found.on_roll().map(|(person, _)| person).collect());
    }
    Ok(activity::entitled(conn, body, now)?.into_iter().map(|m| m.person_id).collect())
}
