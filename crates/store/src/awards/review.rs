//! Votes, discussion, and what the votes came to.

use diesel::prelude::*;

use super::nominations::NominationId;
use super::rounds::{Round, RoundKey};
use crate::schema::{award_comments, award_outcomes, award_rounds, award_votes};
use crate::{Conn, PersonId, Utc};

crate::row_ids! {
    /// Key of a vote.
    VoteId,
    /// Key of a comment.
    CommentId,
}

crate::text_enum! {
    /// What a reviewer says.
    pub enum VoteChoice {
        /// In favour.
        Yes = "yes",
        /// Against.
        No = "no",
        /// Abstains.
        Abstain = "abstain",
        /// Has a conflict of interest and takes no part.
        Recused = "recused",
    }
}

crate::text_enum! {
    /// What the votes of a round came to.
    pub enum Outcome {
        /// Granted.
        Granted = "granted",
        /// Considered again in the next round.
        CarriedOver = "carried_over",
        /// Considered for the last time.
        Expired = "expired",
    }
}

/// A vote.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Vote {
    /// Key.
    pub id: VoteId,
    /// On which nomination.
    pub nomination_id: NominationId,
    /// In which round.
    pub round_id: RoundKey,
    /// Whose.
    pub person_id: PersonId,
    /// What.
    pub choice: VoteChoice,
    /// Why.
    pub rationale: String,
    /// When it was first cast.
    pub created_at: Utc,
    /// When it was last changed.
    pub changed_at: Utc,
}

/// A comment for the other reviewers.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Comment {
    /// Key.
    pub id: CommentId,
    /// On which nomination.
    pub nomination_id: NominationId,
    /// Whose.
    pub person_id: PersonId,
    /// What.
    pub body: String,
    /// When.
    pub created_at: Utc,
}

/// The numbers of a decided nomination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct Decided {
    /// Which nomination.
    pub nomination_id: NominationId,
    /// In which round.
    pub round_id: RoundKey,
    /// What it came to.
    pub outcome: Outcome,
    /// Votes for.
    pub votes_for: i64,
    /// Votes against.
    pub votes_against: i64,
    /// Abstentions.
    pub abstentions: i64,
    /// Recusals.
    pub recusals: i64,
    /// Members of the body at the end of the review.
    pub members: i64,
    /// Instant of the decision.
    pub created_at: Utc,
}

/// Casts a vote or changes it.
///
/// # Errors
/// A database error.
pub fn cast(
    conn: &mut Conn,
    nomination: NominationId,
    round: RoundKey,
    person: PersonId,
    choice: VoteChoice,
    rationale: &str,
    now: Utc,
) -> QueryResult<()> {
    let own = award_votes::table
        .filter(award_votes::nomination_id.eq(nomination))
        .filter(award_votes::round_id.eq(round))
        .filter(award_votes::person_id.eq(person));
    let changed = diesel::update(own)
        .set((
            award_votes::choice.eq(choice),
            award_votes::rationale.eq(rationale),
            award_votes::changed_at.eq(now),
        ))
        .execute(conn)?;
    if changed == 0 {
        diesel::insert_into(award_votes::table)
            .values((
                award_votes::nomination_id.eq(nomination),
                award_votes::round_id.eq(round),
                award_votes::person_id.eq(person),
                award_votes::choice.eq(choice),
                award_votes::rationale.eq(rationale),
                award_votes::created_at.eq(now),
                award_votes::changed_at.eq(now),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Takes a vote back. False when there was none.
///
/// # Errors
/// A database error.
pub fn take_back(
    conn: &mut Conn,
    nomination: NominationId,
    round: RoundKey,
    person: PersonId,
) -> QueryResult<bool> {
    let own = award_votes::table
        .filter(award_votes::nomination_id.eq(nomination))
        .filter(award_votes::round_id.eq(round))
        .filter(award_votes::person_id.eq(person));
    Ok(diesel::delete(own).execute(conn)? == 1)
}

/// Votes on these nominations in a round.
///
/// # Errors
/// A database error.
pub fn votes(conn: &mut Conn, round: RoundKey, of: &[NominationId]) -> QueryResult<Vec<Vote>> {
    award_votes::table
        .filter(award_votes::round_id.eq(round))
        .filter(award_votes::nomination_id.eq_any(of))
        .order(award_votes::id)
        .load(conn)
}

/// Adds a comment.
///
/// # Errors
/// A database error.
pub fn comment(
    conn: &mut Conn,
    nomination: NominationId,
    person: PersonId,
    body: &str,
    now: Utc,
) -> QueryResult<CommentId> {
    diesel::insert_into(award_comments::table)
        .values((
            award_comments::nomination_id.eq(nomination),
            award_comments::person_id.eq(person),
            award_comments::body.eq(body),
            award_comments::created_at.eq(now),
        ))
        .returning(award_comments::id)
        .get_result(conn)
}

/// Comments on a nomination, the oldest first.
///
/// # Errors
/// A database error.
pub fn comments(conn: &mut Conn, nomination: NominationId) -> QueryResult<Vec<Comment>> {
    award_comments::table
        .filter(award_comments::nomination_id.eq(nomination))
        .order((award_comments::created_at, award_comments::id))
        .load(conn)
}

/// Writes down what the votes came to.
///
/// # Errors
/// A unique violation when the round decided about it already.
pub fn decide(conn: &mut Conn, decided: &Decided) -> QueryResult<()> {
    diesel::insert_into(award_outcomes::table)
        .values((
            award_outcomes::nomination_id.eq(decided.nomination_id),
            award_outcomes::round_id.eq(decided.round_id),
            award_outcomes::outcome.eq(decided.outcome),
            award_outcomes::votes_for.eq(decided.votes_for),
            award_outcomes::votes_against.eq(decided.votes_against),
            award_outcomes::abstentions.eq(decided.abstentions),
            award_outcomes::recusals.eq(decided.recusals),
            award_outcomes::members.eq(decided.members),
            award_outcomes::created_at.eq(decided.created_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// What a round decided.
///
/// # Errors
/// A database error.
pub fn decided_in(conn: &mut Conn, round: RoundKey) -> QueryResult<Vec<Decided>> {
    award_outcomes::table
        .filter(award_outcomes::round_id.eq(round))
        .order(award_outcomes::nomination_id)
        .load(conn)
}

/// What was decided about a nomination, with the rounds, the earliest first.
///
/// # Errors
/// A database error.
pub fn history(conn: &mut Conn, nomination: NominationId) -> QueryResult<Vec<(Decided, Round)>> {
    award_outcomes::table
        .inner_join(award_rounds::table)
        .filter(award_outcomes::nomination_id.eq(nomination))
        .order((award_rounds::year, award_rounds::number))
        .select((award_outcomes::all_columns, award_rounds::all_columns))
        .load(conn)
}

/// Empties what a person wrote as a reviewer; the votes stay.
///
/// # Errors
/// A database error.
pub fn forget_person(conn: &mut Conn, person: PersonId) -> QueryResult<()> {
    diesel::update(award_votes::table.filter(award_votes::person_id.eq(person)))
        .set(award_votes::rationale.eq(""))
        .execute(conn)?;
    diesel::update(award_comments::table.filter(award_comments::person_id.eq(person)))
        .set(award_comments::body.eq(""))
        .execute(conn)?;
    Ok(())
}
