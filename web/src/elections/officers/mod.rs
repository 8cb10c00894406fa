//! What two officers decide together: about a running vote ([`ChangeVote`]), about the count ([`ChangeCount`]), and that a
//! result is certified ([`Certify`]). The reason given with the proposal is public.

mod certify;
mod count;
mod vote;

use folkmoot_store::Conn;
use folkmoot_store::elections::{self, Election};

use super::settings::ElectionSettings;
use crate::error::{AppError, AppResult};

pub use certify::Certify;
pub use count::{ChangeCount, CountChange, committed, seed};
pub use vote::{ChangeVote, VoteChange, WITHDRAWAL};

type Facts = Vec<(String, String)>;

fn find(conn: &mut Conn, slug: &str) -> AppResult<Election> {
    elections::by_slug(conn, slug)?.ok_or_else(AppError::not_found)
}

fn settings(election: &Election) -> AppResult<ElectionSettings> {
    serde_json::from_str(&election.settings).map_err(AppError::internal)
}

fn refuse<T>(why: &str) -> AppResult<T> {
    Err(AppError::conflict(why))
}

fn moved(conn: &mut Conn, election: &Election, to: &str) -> AppResult<()> {
    match elections::change_state(conn, election.id, &election.state, to)? {
        true => Ok(()),
        false => refuse("The election changed in the meantime. Look again and propose what still fits."),
    }
}
