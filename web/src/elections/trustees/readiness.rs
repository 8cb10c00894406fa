//! How far the trustees are, in numbers, for the guards of the preparation.

use folkmoot_store::Conn;
use folkmoot_store::elections::Election;

use super::standing::{Standing, kinds};
use crate::error::AppResult;

/// How far the trustees are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readiness {
    /// How many are named.
    pub total: usize,
    /// How many are enough for the count.
    pub needed: usize,
    /// How many have made a key and opened its file again.
    pub with_key: usize,
    /// How many have proved that they can decrypt.
    pub rehearsed: usize,
    /// Whether two officers accepted that everybody is needed.
    pub no_spare_accepted: bool,
}

/// How far the trustees of an election are.
///
/// # Errors
/// A database error.
pub fn readiness(conn: &mut Conn, election: &Election) -> AppResult<Readiness> {
    let standing = Standing::load(conn, election.clone())?;
    Ok(Readiness {
        total: standing.trustees.len(),
        needed: standing.needed(),
        with_key: standing.trustees.iter().filter(|t| t.public_key.is_some()).count(),
        rehearsed: standing.count(kinds::REHEARSAL),
        no_spare_accepted: standing.has(0, kinds::NO_SPARE),
    })
}
