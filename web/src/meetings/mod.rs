//! Meetings of bodies: notice within its window, record date, agenda, attendance and quorum, motions, minutes.

mod acts;
mod mail;
mod plan;
mod show;
#[cfg(test)]
mod tests;

use folkmoot_governance::quorum::{QuorumFacts, QuorumPolicy, QuorumReading};
use folkmoot_store::bodies::{self, Body};
use folkmoot_store::meetings::{self, Meeting, Presence};
use folkmoot_store::{Conn, PersonId, PublicId, Utc};

use crate::auth::permission::{Action, Subject, may};
use crate::bodies::activity;
use crate::error::{AppError, AppResult};
use crate::http::session::Actor;
use crate::routes::Route;

pub use plan::begin;

/// Routes of this folder.
#[must_use]
pub fn routes() -> Vec<Route> {
    [plan::routes(), show::routes(), acts::routes()].into_iter().flatten().collect()
}

/// Chair and deputies of a body, and staff who look after bodies, lead its meetings.
///
/// # Errors
/// A database error.
pub fn leads(conn: &mut Conn, body: &Body, actor: &Actor, now: Utc) -> AppResult<bool> {
    if may(actor, Action::ManageBodies, Subject::Site).is_ok() {
        return Ok(true);
    }
    Ok(bodies::leads(conn, body.id, actor.person, now.datetime().date_naive())?)
}

/// Who is entitled at a meeting: the electorate of the body at the record instant.
///
/// # Errors
/// A database error.
pub fn entitled(conn: &mut Conn, body: &Body, meeting: &Meeting) -> AppResult<Vec<PersonId>> {
    Ok(activity::entitled(conn, body, meeting.record_at)?.into_iter().map(|m| m.person_id).collect())
}

/// Entitled people who are present or represented.
///
/// # Errors
/// A database error.
pub fn represented(conn: &mut Conn, body: &Body, meeting: &Meeting) -> AppResult<Vec<PersonId>> {
    let entitled = entitled(conn, body, meeting)?;
    let there = meetings::attendance(conn, meeting.id)?;
    let counts = |p: &PersonId| {
        there.iter().any(|(q, how)| q == p && matches!(how, Presence::Present | Presence::Represented))
    };
    Ok(entitled.into_iter().filter(counts).collect())
}

/// The quorum of a meeting as it stands.
///
/// # Errors
/// A database error.
pub fn quorum(conn: &mut Conn, body: &Body, meeting: &Meeting) -> AppResult<(QuorumPolicy, QuorumReading)> {
    let policy: QuorumPolicy = meeting.quorum.parse()?;
    let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let base = number(entitled(conn, body, meeting)?.len());
    let counted = number(represented(conn, body, meeting)?.len());
    let reading = policy.read(QuorumFacts { base, counted, extensions: 0, reached_at: None });
    Ok((policy, reading))
}

/// Whoever votes on a motion of this meeting now: the entitled who are present or represented.
///
/// # Errors
/// `Conflict` when the meeting has not begun, is closed, or lacks its quorum.
pub fn voters(conn: &mut Conn, body: &Body, meeting: &Meeting, now: Utc) -> AppResult<Vec<PersonId>> {
    if now < meeting.starts_at {
        return Err(AppError::conflict("The meeting has not begun; motions are put in the meeting."));
    }
    if meeting.closed_at.is_some() || meeting.cancelled_at.is_some() {
        return Err(AppError::conflict("The meeting is over; motions are put in the meeting."));
    }
    let (_, reading) = quorum(conn, body, meeting)?;
    if !reading.met {
        return Err(AppError::conflict(format!(
            "The meeting lacks its quorum: {} of {} are present or represented, {} are needed.",
            reading.counted, reading.base, reading.needed
        )));
    }
    represented(conn, body, meeting)
}

/// The meeting at an address, and its body.
///
/// # Errors
/// `NotFound` when there is none, or none this viewer may know of.
fn visible(conn: &mut Conn, id: &str, actor: Option<&Actor>, now: Utc) -> AppResult<(Meeting, Body)> {
    let id = PublicId::parse(id).ok_or_else(AppError::not_found)?;
    let meeting = meetings::by_public_id(conn, &id)?;
    let body = bodies::by_id(conn, meeting.body_id)?;
    if body.is_public || is_insider(conn, &body, actor, now)? {
        return Ok((meeting, body));
    }
    Err(AppError::not_found())
}

fn is_insider(conn: &mut Conn, body: &Body, actor: Option<&Actor>, now: Utc) -> AppResult<bool> {
    let Some(actor) = actor else { return Ok(false) };
    if may(actor, Action::ManageBodies, Subject::Site).is_ok() {
        return Ok(true);
    }
    Ok(bodies::seat_of(conn, body.id, actor.person, now.datetime().date_naive())?.is_some())
}
