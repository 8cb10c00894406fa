//! Awards: programmes, nominations, the review board, decisions by rule, announcements and rosters.
//!
//! The way of a nomination: `nominate` proves the author's address, [`receive`] merges it with others of the same person or
//! team, `review` is where the deciding body votes, `clock` moves rounds on, `decide` counts and writes the texts,
//! `announce` makes everything public at one instant. Names of nominees go to the deciding body only: no mail, no entry of the
//! audit log, no job and no page of staff holds one before the award is announced.

mod announce;
mod board;
mod chair;
mod clock;
mod decide;
mod feeds;
mod import;
mod join;
mod mail;
mod nominate;
mod programme;
mod public;
mod receive;
mod remind;
mod review;
mod roster;
mod staff;
mod texts;
mod verdict;
mod wording;

#[cfg(test)]
mod tests;

use folkmoot_store::awards::{self, nominations, recipients};
use folkmoot_store::{Conn, PersonId, Utc};
use serde_json::{Value, json};

use crate::error::AppResult;
use crate::routes::Route;

pub use board::tasks;
pub use clock::{TendAwards, tend, tend_at};
pub use import::{Entries, Entry, apply as apply_entries, read as read_entries};
pub use programme::{Award, Settings};
pub use receive::{Named, Proposal, receive};
pub use remind::RemindReviewers;

/// Routes of this folder.
#[must_use]
pub fn routes() -> Vec<Route> {
    [
        review::routes(),
        chair::routes(),
        join::routes(),
        wording::routes(),
        nominate::routes(),
        feeds::routes(),
        public::routes(),
        staff::routes(),
        roster::routes(),
        import::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Awards a person received, and when they nominated for which award, for the download of their own data. Never whom they
/// nominated, and never that somebody nominated them.
///
/// # Errors
/// A database error.
pub fn own_data(conn: &mut Conn, person: PersonId, now: Utc) -> AppResult<Value> {
    let programmes = awards::programmes(conn)?;
    let name = |id| programmes.iter().find(|p| p.id == id).map(|p| p.name.clone());
    let received: Vec<Value> = recipients::of_person(conn, person, now)?
        .into_iter()
        .map(|r| json!({ "award": name(r.programme_id), "batch": r.batch, "announced_at": r.public_from }))
        .collect();
    let sent: Vec<Value> = nominations::sent_by(conn, person)?
        .into_iter()
        .map(|(programme, at)| json!({ "award": name(programme), "sent_at": at }))
        .collect();
    Ok(json!({ "received": received, "nominations_sent": sent }))
}
