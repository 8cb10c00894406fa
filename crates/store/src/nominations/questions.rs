//! Questions to candidates and their answers. Both wait until an officer lets them through.

use diesel::prelude::*;

use super::{NominationId, QuestionId};
use crate::Conn;
use crate::schema::{candidate_answers, candidate_questions};
use crate::types::{PersonId, PublicId, Utc};

crate::text_enum! {
    /// Whether the public sees it.
    pub enum Moderation {
        /// An officer has to look.
        Waiting = "waiting",
        /// Shown.
        Published = "published",
        /// Not shown, for a reason the author is told.
        Refused = "refused",
    }
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Question {
    /// Key.
    pub id: QuestionId,
    /// Id for addresses.
    pub public_id: PublicId,
    /// The election.
    pub election_id: i64,
    /// To whom; `None`: to every candidate.
    pub nomination_id: Option<NominationId>,
    /// Who asks.
    pub person_id: PersonId,
    /// The question, plain text.
    pub text: String,
    /// Whether the public sees it.
    pub state: Moderation,
    /// Why not.
    pub reason: String,
    /// Who decided.
    pub decided_by: Option<PersonId>,
    /// When.
    pub decided_at: Option<Utc>,
    /// When it was asked.
    pub made_at: Utc,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Answer {
    /// Key.
    pub id: i64,
    /// To what.
    pub question_id: QuestionId,
    /// Whose.
    pub nomination_id: NominationId,
    /// The answer, Markdown.
    pub text: String,
    /// Whether the public sees it.
    pub state: Moderation,
    /// Why not.
    pub reason: String,
    /// Who decided.
    pub decided_by: Option<PersonId>,
    /// When.
    pub decided_at: Option<Utc>,
    /// When it was written.
    pub made_at: Utc,
}

/// Adds a question.
///
/// # Errors
/// A database error.
pub fn ask(
    conn: &mut Conn,
    public_id: &PublicId,
    (election_id, nomination): (i64, Option<NominationId>),
    person: PersonId,
    text: &str,
    now: Utc,
) -> QueryResult<()> {
    diesel::insert_into(candidate_questions::table)
        .values((
            candidate_questions::public_id.eq(public_id),
            candidate_questions::election_id.eq(election_id),
            candidate_questions::nomination_id.eq(nomination),
            candidate_questions::person_id.eq(person),
            candidate_questions::text.eq(text),
            candidate_questions::state.eq(Moderation::Waiting),
            candidate_questions::reason.eq(""),
            candidate_questions::made_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Every question of an election, oldest first.
///
/// # Errors
/// A database error.
pub fn of_election(conn: &mut Conn, election_id: i64) -> QueryResult<Vec<Question>> {
    candidate_questions::table
        .filter(candidate_questions::election_id.eq(election_id))
        .order(candidate_questions::id)
        .load(conn)
}

/// The question with this public id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_public_id(conn: &mut Conn, id: &PublicId) -> QueryResult<Question> {
    candidate_questions::table.filter(candidate_questions::public_id.eq(id)).first(conn)
}

/// Every answer to the questions of an election, oldest first.
///
/// # Errors
/// A database error.
pub fn answers(conn: &mut Conn, election_id: i64) -> QueryResult<Vec<Answer>> {
    candidate_answers::table
        .inner_join(candidate_questions::table)
        .filter(candidate_questions::election_id.eq(election_id))
        .order(candidate_answers::id)
        .select(candidate_answers::all_columns)
        .load(conn)
}

/// Decides about a question that waits. False when it was decided.
///
/// # Errors
/// A database error.
pub fn decide(
    conn: &mut Conn,
    id: QuestionId,
    (state, reason): (Moderation, &str),
    by: PersonId,
    now: Utc,
) -> QueryResult<bool> {
    let row = candidate_questions::table.find(id).filter(candidate_questions::state.eq(Moderation::Waiting));
    let n = diesel::update(row)
        .set((
            candidate_questions::state.eq(state),
            candidate_questions::reason.eq(reason),
            candidate_questions::decided_by.eq(Some(by)),
            candidate_questions::decided_at.eq(Some(now)),
        ))
        .execute(conn)?;
    Ok(n == 1)
}

/// Writes a candidate's answer; one that is shown stays as it is. False then.
///
/// # Errors
/// A database error.
pub fn answer(
    conn: &mut Conn,
    question: QuestionId,
    nomination: NominationId,
    text: &str,
    now: Utc,
) -> QueryResult<bool> {
    let found: Option<Answer> = candidate_answers::table
        .filter(candidate_answers::question_id.eq(question))
        .filter(candidate_answers::nomination_id.eq(nomination))
        .first(conn)
        .optional()?;
    match found {
        Some(answer) if answer.state == Moderation::Published => Ok(false),
        Some(answer) => {
            diesel::update(candidate_answers::table.find(answer.id))
                .set((
                    candidate_answers::text.eq(text),
                    candidate_answers::state.eq(Moderation::Waiting),
                    candidate_answers::reason.eq(""),
                    candidate_answers::made_at.eq(now),
                ))
                .execute(conn)?;
            Ok(true)
        }
        None => {
            diesel::insert_into(candidate_answers::table)
                .values((
                    candidate_answers::question_id.eq(question),
                    candidate_answers::nomination_id.eq(nomination),
                    candidate_answers::text.eq(text),
                    candidate_answers::state.eq(Moderation::Waiting),
                    candidate_answers::reason.eq(""),
                    candidate_answers::made_at.eq(now),
                ))
                .execute(conn)?;
            Ok(true)
        }
    }
}

/// Decides about an answer that waits. False when it was decided, or is none of `question`.
///
/// # Errors
/// A database error.
pub fn decide_answer(
    conn: &mut Conn,
    (question, id): (QuestionId, i64),
    (state, reason): (Moderation, &str),
    by: PersonId,
    now: Utc,
) -> QueryResult<bool> {
    let row = candidate_answers::table
        .find(id)
        .filter(candidate_answers::question_id.eq(question))
        .filter(candidate_answers::state.eq(Moderation::Waiting));
    let n = diesel::update(row)
        .set((
            candidate_answers::state.eq(state),
            candidate_answers::reason.eq(reason),
            candidate_answers::decided_by.eq(Some(by)),
            candidate_answers::decided_at.eq(Some(now)),
        ))
        .execute(conn)?;
    Ok(n == 1)
}
