//! Two nominations of one person become one. Nothing is deleted: the one that goes keeps its row, its words and its link, and
//! says where it went.

use diesel::prelude::*;

use super::{Nomination, NominationId, NominationState, supports};
use crate::Conn;
use crate::schema::nominations;
use crate::types::Utc;

/// Nominations in a row that became part of one another, at most; more would be a circle.
const LONGEST: usize = 20;

/// Makes `gone` a part of `kept`: who supports it supports the other, who nominated it too becomes a supporter, and later
/// nominations by its address reach the other. `reason` is empty when the nominee's own addresses show that they are one
/// person. False, and nothing changed, when `gone` was not in `from` any more.
///
/// # Errors
/// A database error.
pub fn merge(
    conn: &mut Conn,
    (gone, from): (NominationId, NominationState),
    kept: NominationId,
    reason: &str,
    now: Utc,
) -> QueryResult<bool> {
    if !super::change_state(conn, gone, from, NominationState::Merged, now)? {
        return Ok(false);
    }
    supports::move_all(conn, gone, kept)?;
    diesel::update(nominations::table.find(gone))
        .set((nominations::merged_into.eq(Some(kept)), nominations::merge_reason.eq(reason)))
        .execute(conn)?;
    Ok(true)
}

/// The nomination that this one is part of now; itself when it is none.
pub(super) fn standing(conn: &mut Conn, one: Nomination) -> QueryResult<Nomination> {
    let mut one = one;
    for _ in 0..LONGEST {
        let Some(next) = one.merged_into else { break };
        one = super::by_id(conn, next)?;
    }
    Ok(one)
}
