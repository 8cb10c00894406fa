//! Motions and open votes of bodies, and the register of resolutions.
//!
//! A kind of motion is a rule that a body has adopted (`settings`, `kinds`). Where a motion stands follows from the rule and
//! its facts (`standing`); its end is carried out once, by the clock (`settle`).

mod acts;
mod ballot;
pub mod effect;
pub mod enter;
mod feeds;
mod kinds;
mod mail;
pub mod propose;
pub mod register;
pub mod settings;
mod settle;
mod show;
pub mod standing;
#[cfg(test)]
pub(crate) mod tests;

use folkmoot_governance::motion::MotionState;
use folkmoot_store::{Conn, PersonId, PublicId, Utc, motions};
use serde_json::{Value, json};

use crate::error::AppResult;
use crate::http::session::Actor;
use crate::membership::utc;
use crate::routes::Route;
use crate::tasks::Task;

/// Whether this viewer may read a motion.
///
/// # Errors
/// A database error.
pub fn may_read(conn: &mut Conn, id: &PublicId, actor: Option<&Actor>, now: Utc) -> AppResult<bool> {
    show::may_read(conn, id, actor, now)
}

pub use settle::{SettleMotions, TellElectors, settle_due};

/// Routes of this folder.
#[must_use]
pub fn routes() -> Vec<Route> {
    [
        show::routes(),
        propose::routes(),
        acts::routes(),
        feeds::routes(),
        register::routes(),
        ballot::routes(),
        kinds::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Motions that a person proposed, and how they voted, for the download of their own data.
///
/// # Errors
/// A database error.
pub fn own_data(conn: &mut Conn, person: PersonId, _now: Utc) -> AppResult<Value> {
    let proposed = motions::proposed_by(conn, person)?.into_iter();
    let voted = motions::voted_by(conn, person)?.into_iter();
    let votes = voted.map(|(m, v)| json!({ "motion": m.title, "vote": v.choice, "reason": v.reason, "at": v.voted_at.to_string() }));
    Ok(json!({
        "proposed": proposed.map(|m| m.title).collect::<Vec<_>>(),
        "votes": votes.collect::<Vec<_>>(),
    }))
}

/// Motions on which this person has a vote and has not voted.
///
/// # Errors
/// A database error.
pub fn tasks(conn: &mut Conn, actor: &Actor, now: Utc) -> AppResult<Vec<Task>> {
    let all = motions::unsettled(conn)?;
    let mut tasks = Vec::new();
    for motion in &all {
        if !motions::is_elector(conn, motion.id, actor.person)? {
            continue;
        }
        let found = standing::among(conn, motion.clone(), &all, now)?;
        let standing::At::Rule(MotionState::Open { until }) = found.state else { continue };
        if found.votes.iter().any(|v| v.person_id == actor.person) {
            continue;
        }
        tasks.push(Task {
            text: format!("Vote on “{}”", motion.title),
            href: format!("/motions/{}", motion.public_id),
            hint: found.body.name,
            due: Some(utc(until)?),
        });
    }
    Ok(tasks)
}
