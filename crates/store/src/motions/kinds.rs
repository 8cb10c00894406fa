//! Kinds of motions, each with its rule, in versions.

use diesel::prelude::*;

use super::MotionKindId;
use crate::Conn;
use crate::bodies::BodyId;
use crate::schema::motion_kinds;
use crate::types::{JsonText, Utc};

/// A version of a kind of motion.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct MotionKind {
    /// Key.
    pub id: MotionKindId,
    /// The body that votes.
    pub body_id: BodyId,
    /// Name, for example `promotion`.
    pub kind: String,
    /// 1, 2, 3 …
    pub version: i64,
    /// The rule and what belongs to it, as JSON.
    pub settings: JsonText,
    /// When this version was adopted.
    pub adopted_at: Utc,
    /// When it was replaced.
    pub superseded_at: Option<Utc>,
}

/// Adopts a kind, or the next version of it.
///
/// # Errors
/// A database error; a unique violation when somebody else adopted the same number meanwhile.
pub fn adopt_kind(
    conn: &mut Conn,
    body: BodyId,
    kind: &str,
    settings: &JsonText,
    now: Utc,
) -> QueryResult<MotionKindId> {
    let before = kind_of(conn, body, kind)?;
    if let Some(before) = &before {
        diesel::update(motion_kinds::table.find(before.id))
            .set(motion_kinds::superseded_at.eq(now))
            .execute(conn)?;
    }
    diesel::insert_into(motion_kinds::table)
        .values((
            motion_kinds::body_id.eq(body),
            motion_kinds::kind.eq(kind),
            motion_kinds::version.eq(before.map_or(1, |b| b.version + 1)),
            motion_kinds::settings.eq(settings),
            motion_kinds::adopted_at.eq(now),
        ))
        .returning(motion_kinds::id)
        .get_result(conn)
}

/// The version in force of a kind.
///
/// # Errors
/// A database error.
pub fn kind_of(conn: &mut Conn, body: BodyId, kind: &str) -> QueryResult<Option<MotionKind>> {
    motion_kinds::table
        .filter(motion_kinds::body_id.eq(body).and(motion_kinds::kind.eq(kind)))
        .filter(motion_kinds::superseded_at.is_null())
        .first(conn)
        .optional()
}

/// The kinds of a body in force, by name.
///
/// # Errors
/// A database error.
pub fn kinds_of(conn: &mut Conn, body: BodyId) -> QueryResult<Vec<MotionKind>> {
    motion_kinds::table
        .filter(motion_kinds::body_id.eq(body).and(motion_kinds::superseded_at.is_null()))
        .order((motion_kinds::kind, motion_kinds::id))
        .load(conn)
}

/// Every kind in force of every body.
///
/// # Errors
/// A database error.
pub fn kinds(conn: &mut Conn) -> QueryResult<Vec<MotionKind>> {
    motion_kinds::table
        .filter(motion_kinds::superseded_at.is_null())
        .order((motion_kinds::kind, motion_kinds::id))
        .load(conn)
}

/// A version of a kind by its key.
///
/// # Errors
/// `NotFound` when there is none.
pub fn kind(conn: &mut Conn, id: MotionKindId) -> QueryResult<MotionKind> {
    motion_kinds::table.find(id).first(conn)
}
