//! Seconders, electors and votes of motions.

use diesel::prelude::*;

use super::{Choice, Motion, MotionId, motion};
use crate::Conn;
use crate::schema::{motion_electors, motion_seconds, motion_votes};
use crate::types::{PersonId, Utc};

/// Seconds a motion; false when the person has done so already.
///
/// # Errors
/// A database error.
pub fn second(conn: &mut Conn, motion: MotionId, person: PersonId, now: Utc) -> QueryResult<bool> {
    if seconds(conn, motion)?.iter().any(|(p, _)| *p == person) {
        return Ok(false);
    }
    diesel::insert_into(motion_seconds::table)
        .values((
            motion_seconds::motion_id.eq(motion),
            motion_seconds::person_id.eq(person),
            motion_seconds::seconded_at.eq(now),
        ))
        .execute(conn)?;
    Ok(true)
}

/// Who seconded a motion and when.
///
/// # Errors
/// A database error.
pub fn seconds(conn: &mut Conn, motion: MotionId) -> QueryResult<Vec<(PersonId, Utc)>> {
    motion_seconds::table
        .filter(motion_seconds::motion_id.eq(motion))
        .order(motion_seconds::id)
        .select((motion_seconds::person_id, motion_seconds::seconded_at))
        .load(conn)
}

/// How many have a vote.
///
/// # Errors
/// A database error.
pub fn count_electors(conn: &mut Conn, id: MotionId) -> QueryResult<i64> {
    motion_electors::table.filter(motion_electors::motion_id.eq(id)).count().get_result(conn)
}

/// Who has a vote.
///
/// # Errors
/// A database error.
pub fn electors(conn: &mut Conn, id: MotionId) -> QueryResult<Vec<PersonId>> {
    motion_electors::table
        .filter(motion_electors::motion_id.eq(id))
        .order(motion_electors::id)
        .select(motion_electors::person_id)
        .load(conn)
}

/// Whether a person has a vote.
///
/// # Errors
/// A database error.
pub fn is_elector(conn: &mut Conn, id: MotionId, person: PersonId) -> QueryResult<bool> {
    let n: i64 = motion_electors::table
        .filter(motion_electors::motion_id.eq(id).and(motion_electors::person_id.eq(person)))
        .count()
        .get_result(conn)?;
    Ok(n > 0)
}

/// A vote.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct MotionVote {
    /// Who.
    pub person_id: PersonId,
    /// What they said.
    pub choice: Choice,
    /// Why, empty when they did not say.
    pub reason: String,
    /// When, of the last change.
    pub voted_at: Utc,
}

/// Keeps a vote, replacing an earlier one of the same person.
///
/// # Errors
/// A database error.
pub fn vote(
    conn: &mut Conn,
    motion: MotionId,
    person: PersonId,
    (choice, reason): (Choice, &str),
    now: Utc,
) -> QueryResult<()> {
    let row = motion_votes::table
        .filter(motion_votes::motion_id.eq(motion).and(motion_votes::person_id.eq(person)));
    let changed = diesel::update(row)
        .set((
            motion_votes::choice.eq(choice),
            motion_votes::reason.eq(reason),
            motion_votes::voted_at.eq(now),
        ))
        .execute(conn)?;
    if changed == 0 {
        diesel::insert_into(motion_votes::table)
            .values((
                motion_votes::motion_id.eq(motion),
                motion_votes::person_id.eq(person),
                motion_votes::choice.eq(choice),
                motion_votes::reason.eq(reason),
                motion_votes::voted_at.eq(now),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// The votes on a motion, in the order of their first casting.
///
/// # Errors
/// A database error.
pub fn votes(conn: &mut Conn, motion: MotionId) -> QueryResult<Vec<MotionVote>> {
    motion_votes::table
        .filter(motion_votes::motion_id.eq(motion))
        .order(motion_votes::id)
        .select((motion_votes::person_id, motion_votes::choice, motion_votes::reason, motion_votes::voted_at))
        .load(conn)
}

/// Motions on which a person voted, with the vote, oldest first.
///
/// # Errors
/// A database error.
pub fn voted_by(conn: &mut Conn, person: PersonId) -> QueryResult<Vec<(Motion, MotionVote)>> {
    let rows: Vec<(MotionId, PersonId, Choice, String, Utc)> = motion_votes::table
        .filter(motion_votes::person_id.eq(person))
        .order(motion_votes::id)
        .select((
            motion_votes::motion_id,
            motion_votes::person_id,
            motion_votes::choice,
            motion_votes::reason,
            motion_votes::voted_at,
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|(id, person_id, choice, reason, voted_at)| {
            Ok((motion(conn, id)?, MotionVote { person_id, choice, reason, voted_at }))
        })
        .collect()
}
