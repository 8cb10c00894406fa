//! What officers decide about an election while they prepare it: the plan beside the settings, corrections of the roll
//! and objections to it.

use diesel::prelude::*;

use crate::schema::{election_plans, roll_corrections, roll_objections};
use crate::types::JsonText;
use crate::{Conn, PersonId, Utc, on_backend};

/// The plan of an election as JSON text; `None` when it was not prepared on these pages.
///
/// # Errors
/// Database errors.
pub fn plan(conn: &mut Conn, election_id: i64) -> QueryResult<Option<JsonText>> {
    election_plans::table.find(election_id).select(election_plans::plan).first(conn).optional()
}

/// Writes the plan of an election, replacing an earlier one.
///
/// # Errors
/// Database errors.
pub fn put_plan(conn: &mut Conn, election_id: i64, plan: &JsonText) -> QueryResult<()> {
    on_backend!(conn, c => diesel::insert_into(election_plans::table)
        .values((election_plans::election_id.eq(election_id), election_plans::plan.eq(plan)))
        .on_conflict(election_plans::election_id)
        .do_update()
        .set(election_plans::plan.eq(plan))
        .execute(c))
    .map(|_| ())
}

/// The elections that have a plan.
///
/// # Errors
/// Database errors.
pub fn planned(conn: &mut Conn) -> QueryResult<Vec<i64>> {
    election_plans::table.select(election_plans::election_id).load(conn)
}

/// A correction of a roll.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = roll_corrections)]
pub struct NewCorrection<'a> {
    /// The election.
    pub election_id: i64,
    /// Who is concerned.
    pub person_id: PersonId,
    /// Put on; otherwise taken off.
    pub added: bool,
    /// Why.
    pub reason: &'a str,
    /// First officer.
    pub proposed_by: PersonId,
    /// Second officer.
    pub approved_by: PersonId,
    /// When.
    pub made_at: Utc,
}

/// Records a correction for ever.
///
/// # Errors
/// Database errors.
pub fn insert_correction(conn: &mut Conn, new: &NewCorrection<'_>) -> QueryResult<()> {
    diesel::insert_into(roll_corrections::table).values(new).execute(conn).map(|_| ())
}

/// A recorded correction.
#[derive(Debug, Clone, Queryable)]
pub struct Correction {
    /// Key.
    pub id: i64,
    /// The election.
    pub election_id: i64,
    /// Who is concerned.
    pub person_id: PersonId,
    /// Put on; otherwise taken off.
    pub added: bool,
    /// Why.
    pub reason: String,
    /// First officer.
    pub proposed_by: PersonId,
    /// Second officer.
    pub approved_by: PersonId,
    /// When.
    pub made_at: Utc,
}

/// Corrections of a roll in order.
///
/// # Errors
/// Database errors.
pub fn corrections(conn: &mut Conn, election_id: i64) -> QueryResult<Vec<Correction>> {
    roll_corrections::table
        .filter(roll_corrections::election_id.eq(election_id))
        .order(roll_corrections::id.asc())
        .load(conn)
}

/// What somebody says about their entry, or that they have none.
#[derive(Debug, Clone, Queryable)]
pub struct Objection {
    /// Key.
    pub id: i64,
    /// The election.
    pub election_id: i64,
    /// Who objects.
    pub person_id: PersonId,
    /// What they say.
    pub message: String,
    /// What an officer answered.
    pub answer: Option<String>,
    /// When it was sent.
    pub made_at: Utc,
}

/// Adds an objection.
///
/// # Errors
/// Database errors.
pub fn insert_objection(
    conn: &mut Conn,
    election_id: i64,
    person_id: PersonId,
    message: &str,
    now: Utc,
) -> QueryResult<()> {
    diesel::insert_into(roll_objections::table)
        .values((
            roll_objections::election_id.eq(election_id),
            roll_objections::person_id.eq(person_id),
            roll_objections::message.eq(message),
            roll_objections::made_at.eq(now),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Objections to a roll in the order in which they came.
///
/// # Errors
/// Database errors.
pub fn objections(conn: &mut Conn, election_id: i64) -> QueryResult<Vec<Objection>> {
    roll_objections::table
        .filter(roll_objections::election_id.eq(election_id))
        .order(roll_objections::id.asc())
        .load(conn)
}

/// Answers an objection. Returns false when there is none or it is answered already.
///
/// # Errors
/// Database errors.
pub fn answer_objection(conn: &mut Conn, election_id: i64, id: i64, answer: &str) -> QueryResult<bool> {
    let open = roll_objections::election_id.eq(election_id).and(roll_objections::answer.is_null());
    let n = diesel::update(roll_objections::table.find(id).filter(open))
        .set(roll_objections::answer.eq(answer))
        .execute(conn)?;
    Ok(n == 1)
}
