//! Two nominations of the same people that came under different names or addresses, joined by hand. What moved is written down,
//! so that it can be taken apart again as long as nothing was decided.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::nominations::{self, NominationId, NominationState, SupportId};
use super::review::{self, CommentId, VoteChoice};
use super::rounds::RoundKey;
use crate::schema::{award_comments, award_joins, award_nominations, award_outcomes, award_supports};
use crate::{Conn, JsonText, Utc};

/// What moved from one nomination to the other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moved {
    /// Supports.
    pub supports: Vec<SupportId>,
    /// Comments of the discussion.
    pub comments: Vec<CommentId>,
}

/// That one nomination became part of another.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Join {
    /// The one that is no longer considered by itself.
    pub nomination_id: NominationId,
    /// The one it became part of.
    pub into_id: NominationId,
    /// [`Moved`] as JSON.
    pub moved: JsonText,
    /// When.
    pub joined_at: Utc,
}

/// Makes one active nomination part of another: supports and discussion move, and who stepped aside from the one steps aside from
/// the other in the round that is not decided. Votes stay where they are and count no more. False, and nothing changed, when the
/// first is not active.
///
/// # Errors
/// A database error.
pub fn join(
    conn: &mut Conn,
    from: NominationId,
    into: NominationId,
    undecided: &[RoundKey],
    now: Utc,
) -> QueryResult<bool> {
    if !nominations::close(conn, from, NominationState::Joined, None, now)? {
        return Ok(false);
    }
    let supports = award_supports::table.filter(award_supports::nomination_id.eq(from));
    let comments = award_comments::table.filter(award_comments::nomination_id.eq(from));
    let moved = Moved {
        supports: supports.order(award_supports::id).select(award_supports::id).load(conn)?,
        comments: comments.order(award_comments::id).select(award_comments::id).load(conn)?,
    };
    diesel::update(supports).set(award_supports::nomination_id.eq(into)).execute(conn)?;
    diesel::update(comments).set(award_comments::nomination_id.eq(into)).execute(conn)?;
    for round in undecided {
        for vote in review::votes(conn, *round, &[from])? {
            if vote.choice == VoteChoice::Recused {
                review::cast(conn, into, *round, vote.person_id, vote.choice, &vote.rationale, now)?;
            }
        }
    }
    let moved = JsonText::of(&moved)?;
    diesel::insert_into(award_joins::table)
        .values((
            award_joins::nomination_id.eq(from),
            award_joins::into_id.eq(into),
            award_joins::moved.eq(moved),
            award_joins::joined_at.eq(now),
        ))
        .execute(conn)?;
    Ok(true)
}

/// What a nomination became part of, if it did.
///
/// # Errors
/// A database error.
pub fn of(conn: &mut Conn, nomination: NominationId) -> QueryResult<Option<Join>> {
    award_joins::table.find(nomination).first(conn).optional()
}

/// Nominations that became part of this one, the first joined first.
///
/// # Errors
/// A database error.
pub fn into(conn: &mut Conn, nomination: NominationId) -> QueryResult<Vec<Join>> {
    award_joins::table
        .filter(award_joins::into_id.eq(nomination))
        .order((award_joins::joined_at, award_joins::nomination_id))
        .load(conn)
}

/// Takes a nomination out of the other again, with what came with it. False, and nothing changed, when the other is no longer active
/// or was decided about since.
///
/// # Errors
/// A database error.
pub fn undo(conn: &mut Conn, join: &Join, moved: &Moved) -> QueryResult<bool> {
    let active: i64 = award_nominations::table
        .find(join.into_id)
        .filter(award_nominations::state.eq(NominationState::Active))
        .count()
        .get_result(conn)?;
    let decided: i64 = award_outcomes::table
        .filter(award_outcomes::nomination_id.eq(join.into_id))
        .filter(award_outcomes::created_at.ge(join.joined_at))
        .count()
        .get_result(conn)?;
    if active == 0 || decided > 0 {
        return Ok(false);
    }
    diesel::update(award_supports::table.filter(award_supports::id.eq_any(&moved.supports)))
        .set(award_supports::nomination_id.eq(join.nomination_id))
        .execute(conn)?;
    diesel::update(award_comments::table.filter(award_comments::id.eq_any(&moved.comments)))
        .set(award_comments::nomination_id.eq(join.nomination_id))
        .execute(conn)?;
    diesel::update(award_nominations::table.find(join.nomination_id))
        .set((
            award_nominations::state.eq(NominationState::Active),
            award_nominations::closed_at.eq(None::<Utc>),
        ))
        .execute(conn)?;
    diesel::delete(award_joins::table.find(join.nomination_id)).execute(conn)?;
    Ok(true)
}
