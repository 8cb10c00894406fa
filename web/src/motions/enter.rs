//! A motion is entered, by its proposer or by a petition, and voting on it opens once it may.

use folkmoot_governance::motion::MotionState;
use folkmoot_store::bodies;
use folkmoot_store::meetings::{MeetingId, PetitionId};
use folkmoot_store::motions::{self, MotionId, MotionKind, NewMotion};
use folkmoot_store::{Conn, JsonText, PersonId, PublicId, Utc, meetings};

use super::effect::Effect;
use super::propose::about_of;
use super::settings::KindSettings;
use super::settle::TellElectors;
use super::standing::{self, At};
use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::jobs;
use crate::membership::utc;

/// Keeps a motion and opens it for votes when it needs no seconder.
///
/// # Errors
/// `Conflict` while another motion blocks it; a database error.
pub fn enter(conn: &mut Conn, app: &App, new: &Entry<'_>, now: Utc) -> AppResult<PublicId> {
    let settings = KindSettings::of(new.kind)?;
    let body = bodies::by_id(conn, new.kind.body_id)?;
    let about = about_of(conn, &body, &settings)?;
    let public_id = app.public_id()?;
    let row = NewMotion {
        public_id: &public_id,
        kind: new.kind,
        about: (about.id != body.id).then_some(about.id),
        title: new.title,
        text: new.text,
        effect: JsonText::of(&new.effect)?,
        proposer: new.proposer,
        meeting: new.meeting,
        petition: new.petition,
    };
    let id = motions::propose(conn, &row, now)?;
    let standing = standing::at(conn, &public_id, now)?;
    if let At::Rule(MotionState::Blocked { by }) = &standing.state {
        return Err(AppError::conflict(format!(
            "A motion on {by} is open; until it is decided, this motion cannot be proposed."
        )));
    }
    if let Some(petition) = new.petition {
        // Whoever signed supports it: the first of them are its seconders.
        for person in meetings::signers_of(conn, petition)?.into_iter().filter(|p| *p != new.proposer) {
            motions::second(conn, id, person, now)?;
        }
    }
    open_if_ready(conn, id, now)?;
    Ok(public_id)
}

/// A motion to be entered.
pub struct Entry<'a> {
    /// The version of the kind.
    pub kind: &'a MotionKind,
    /// Title.
    pub title: &'a str,
    /// Markdown.
    pub text: &'a str,
    /// What follows.
    pub effect: Effect,
    /// Who proposes it.
    pub proposer: PersonId,
    /// The meeting it belongs to.
    pub meeting: Option<MeetingId>,
    /// The petition that demanded it.
    pub petition: Option<PetitionId>,
}

/// Writes down the electors once voting begins, and queues the messages to them.
///
/// # Errors
/// A database error.
pub(super) fn open_if_ready(conn: &mut Conn, id: MotionId, now: Utc) -> AppResult<()> {
    let motion = motions::motion(conn, id)?;
    if motion.opened_at.is_some() {
        return Ok(());
    }
    let standing = standing::of(conn, motion, now)?;
    let close = match &standing.state {
        At::Rule(MotionState::Open { until }) => Some(utc(*until)?),
        At::AwaitsElection => None,
        _ => return Ok(()),
    };
    let electors = match standing.motion.meeting_id {
        Some(meeting) => {
            let meeting = meetings::meeting(conn, meeting)?;
            crate::meetings::voters(conn, &standing.body, &meeting, now)?
        }
        None => standing::electors(conn, &standing.body, &standing.kind, now)?,
    };
    if electors.is_empty() {
        return Err(AppError::conflict("Nobody could vote on this: the body has no members today."));
    }
    motions::open(conn, id, &electors, now)?;
    let Some(close) = close else { return Ok(()) };
    let public_id = standing.motion.public_id;
    jobs::queue(conn, &TellElectors { motion: public_id.clone(), reminder: false }, now)?;
    let before = close.plus(-chrono::TimeDelta::days(1));
    if before > now {
        let key = format!("motion closes {public_id}");
        jobs::queue_at(conn, &TellElectors { motion: public_id, reminder: true }, before, Some(key), now)?;
    }
    Ok(())
}
