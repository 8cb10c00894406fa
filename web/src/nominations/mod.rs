//! Calls for candidates: the public face of an election before its vote. Nominating, accepting, the officers' review, and
//! the candidates' pages.
//!
//! A call has no schedule of its own: its instants are the milestones of the election, read inside the transaction that
//! they decide about. What is sent before an instant counts, what is sent at it is too late.

pub mod announce;
mod call;
mod candidacy;
mod candidates;
mod dashboard;
mod draft;
mod enter;
mod feeds;
pub mod jobs;
mod join;
mod link;
mod mail;
mod merge;
mod mine;
pub mod nominate;
mod own;
mod own_acts;
mod portrait;
mod questions;
mod respond;
mod review;
pub mod rules;
mod settings;
mod start;
pub mod statement;
mod supporter;

#[cfg(test)]
mod tests;

use folkmoot_store::{Conn, PersonId, Utc};

use crate::error::AppResult;
use crate::http::session::Actor;
use crate::routes::Route;
use crate::tasks::Task;

pub use rules::undecided;

/// Routes of this folder; addresses with more fixed parts come first.
#[must_use]
pub fn routes() -> Vec<Route> {
    [
        draft::routes(),
        respond::routes(),
        supporter::routes(),
        join::routes(),
        mine::routes(),
        portrait::routes(),
        questions::routes(),
        own::routes(),
        call::routes(),
        nominate::routes(),
        feeds::routes(),
        candidates::routes(),
        start::routes(),
        settings::routes(),
        dashboard::routes(),
        candidacy::routes(),
        review::routes(),
        merge::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What nominees and officers have to do.
///
/// # Errors
/// A database error.
pub fn tasks(conn: &mut Conn, actor: &Actor, now: Utc) -> AppResult<Vec<Task>> {
    mine::tasks(conn, actor, now)
}

/// Whoever closes their account declines what waits and withdraws from where they stand.
///
/// # Errors
/// A database error.
pub fn leave(conn: &mut Conn, person: PersonId, now: Utc) -> AppResult<()> {
    use folkmoot_store::nominations::{self, NominationState as S};
    for one in nominations::of_person(conn, person, &[])? {
        let to = match one.state {
            S::Invited => S::Declined,
            S::Accepted => S::Withdrawn,
            _ => continue,
        };
        let mut call = rules::Call::by_id(conn, one.election_id)?;
        let over = call.prepared.election.closes_at.is_some_and(|end| now >= end);
        if !over && nominations::change_state(conn, one.id, one.state, to, now)? && to == S::Withdrawn {
            announce::withdrawn(conn, &mut call, &one, now)?;
        }
    }
    Ok(())
}

/// What a person gets of their nominations with their data.
///
/// # Errors
/// A database error.
pub fn own_data(conn: &mut Conn, person: PersonId, now: Utc) -> AppResult<serde_json::Value> {
    mine::own_data(conn, person, now)
}
