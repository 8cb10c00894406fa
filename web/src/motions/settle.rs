//! The end of a motion is carried out once: the outcome is written down, the resolution entered, the effect applied.

use std::collections::BTreeSet;

use folkmoot_governance::motion::MotionState;
use folkmoot_store::audit::{self, Act};
use folkmoot_store::motions::{self, Motion, NewResolution, Outcome};
use folkmoot_store::{Conn, PersonId, Utc, accounts};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::effect::Effect;
use super::mail::MotionNews;
use super::standing::{self, At, Standing};
use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::jobs::Job;
use crate::mail::{self, Recipient};
use crate::membership::utc;

/// Carries out the end of every motion that has come to one.
#[derive(Debug, Serialize, Deserialize)]
pub struct SettleMotions {}

impl Job for SettleMotions {
    const KIND: &'static str = "settle_motions";

    fn run(&self, app: &App) -> anyhow::Result<()> {
        let now = app.now();
        app.store().write(|c| settle_due(c, app, now))?;
        Ok(())
    }
}

/// Settles what is due. Vetoes come first: a veto that was decided in time must reach its motion before that is settled.
///
/// # Errors
/// A database error.
pub fn settle_due(conn: &mut Conn, app: &App, now: Utc) -> AppResult<()> {
    let all = motions::unsettled(conn)?;
    let vetoes = |m: &Motion| matches!(m.effect.parse::<Effect>(), Ok(Effect::Veto { .. }));
    for first in [true, false] {
        for motion in all.iter().filter(|m| vetoes(m) == first) {
            // Read again: a veto settled before may have changed it.
            let fresh = motions::motion(conn, motion.id)?;
            let standing = standing::among(conn, fresh, &all, now)?;
            settle(conn, app, &standing, now)?;
        }
    }
    Ok(())
}

fn settle(conn: &mut Conn, app: &App, standing: &Standing, now: Utc) -> AppResult<()> {
    let outcome = match &standing.state {
        At::ElectionVoid | At::Rule(MotionState::Failed { .. }) => Outcome::Failed,
        At::Rule(MotionState::Lapsed { .. }) => Outcome::Lapsed,
        At::Rule(MotionState::Withdrawn { .. }) => Outcome::Withdrawn,
        At::Rule(MotionState::Vetoed { .. }) => Outcome::Vetoed,
        At::Rule(MotionState::Passed { .. }) => Outcome::Passed,
        _ => return Ok(()),
    };
    let mut verdict = match standing.state {
        At::ElectionVoid => "The election that was to decide it is void.".to_owned(),
        _ => standing.explanation(),
    };
    let mut effective_at = None;
    if let At::Rule(MotionState::Passed { effective, .. }) = &standing.state {
        let effective = utc(*effective)?;
        effective_at = Some(effective);
        enter(conn, app, standing, effective)?;
        let effect: Effect = standing.motion.effect.parse()?;
        if let Some(problem) = effect.apply(conn, standing.motion.id, effective, now)? {
            verdict = format!("{verdict} What follows could not be carried out: {problem}");
        }
    }
    motions::settle(conn, standing.motion.id, (outcome, &verdict), effective_at, now)?;
    let act = Act {
        actor: None,
        action: "motion.settle",
        object: format!("motion {}", standing.motion.public_id),
        details: json!({ "outcome": outcome, "votes": standing.facts.ballot.votes }),
        reference: String::new(),
    };
    audit::append(conn, &act, now)?;
    let mut told: BTreeSet<PersonId> = standing.seconds.iter().map(|(p, _)| *p).collect();
    told.insert(standing.motion.proposer_id);
    let what = outcome_words(outcome).to_owned();
    tell(conn, app, standing, &told.into_iter().collect::<Vec<_>>(), &what, now)
}

/// How it ended, in a sentence.
#[must_use]
pub const fn outcome_words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "The motion has passed.",
        Outcome::Failed => "The motion has failed.",
        Outcome::Lapsed => "The motion has lapsed: it was not seconded in time.",
        Outcome::Withdrawn => "The motion was withdrawn.",
        Outcome::Vetoed => "The motion has passed and was vetoed.",
    }
}

fn enter(conn: &mut Conn, app: &App, standing: &Standing, effective: Utc) -> AppResult<()> {
    let motion = &standing.motion;
    let text = if standing.kind.public { format!("RESOLVED: {}", motion.text) } else { String::new() };
    let new = NewResolution {
        public_id: &app.public_id()?,
        body: motion.body_id,
        title: &motion.title,
        text: &text,
        votes: &standing.numbers(),
        adopted_on: effective.datetime().date_naive(),
        effective_at: effective,
        motion: Some(motion.id),
        meeting: motion.meeting_id,
        is_public: standing.body.is_public,
    };
    motions::resolve(conn, &new)?;
    Ok(())
}

/// Writes to people about a motion.
///
/// # Errors
/// A database error.
pub(super) fn tell(
    conn: &mut Conn,
    app: &App,
    standing: &Standing,
    people: &[PersonId],
    what: &str,
    now: Utc,
) -> AppResult<()> {
    let link = app.link(&format!("/motions/{}", standing.motion.public_id));
    for some in people.chunks(500) {
        for person in accounts::persons_with(conn, some)? {
            let Some(address) = accounts::mail_address_of(conn, person.id)? else { continue };
            let message = MotionNews {
                name: person.preferred_name,
                body: standing.body.name.clone(),
                title: standing.motion.title.clone(),
                what: what.to_owned(),
                link: link.clone(),
            };
            mail::queue(conn, app, &Recipient::person(person.id, address), &message, now)?;
        }
    }
    Ok(())
}

/// Tells the electors that a motion is open; a day before the close, those who have not voted.
#[derive(Debug, Serialize, Deserialize)]
pub struct TellElectors {
    /// The motion.
    pub motion: folkmoot_store::PublicId,
    /// The second message.
    pub reminder: bool,
}

impl Job for TellElectors {
    const KIND: &'static str = "tell_electors";

    fn run(&self, app: &App) -> anyhow::Result<()> {
        let now = app.now();
        app.store().write(|c| {
            let motion = motions::by_public_id(c, &self.motion)?;
            let standing = standing::of(c, motion, now)?;
            let At::Rule(MotionState::Open { until }) = standing.state else { return Ok::<_, AppError>(()) };
            let voted: BTreeSet<PersonId> = standing.votes.iter().map(|v| v.person_id).collect();
            let mut people = motions::electors(c, standing.motion.id)?;
            people.retain(|p| !voted.contains(p));
            let until = app.when(utc(until)?);
            let what = match self.reminder {
                false => format!("A motion is open for votes until {until}."),
                true => format!("You have not voted yet. Voting on this motion ends at {until}."),
            };
            tell(c, app, &standing, &people, &what, now)
        })?;
        Ok(())
    }
}
