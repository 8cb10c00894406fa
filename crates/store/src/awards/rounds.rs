//! Rounds of a programme and what was decided in them.

use diesel::prelude::*;

use super::{ProgrammeId, RuleId};
use crate::schema::{award_notices, award_rounds};
use crate::{Conn, PersonId, Utc};

crate::row_ids! {
    /// Key of a round.
    RoundKey,
}

crate::text_enum! {
    /// How far a round is.
    pub enum RoundState {
        /// Takes nominations.
        Open = "open",
        /// Past its cut-off; the body votes.
        Review = "review",
        /// Decided from the votes, not announced.
        Decided = "decided",
        /// Announced.
        Announced = "announced",
    }
}

/// A round.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Round {
    /// Key.
    pub id: RoundKey,
    /// Of which programme.
    pub programme_id: ProgrammeId,
    /// Year of the cut-off; without a calendar, the number of the round.
    pub year: i64,
    /// Number in the year, from 1.
    pub number: i64,
    /// How it is called, for example `2022 Q4`.
    pub label: String,
    /// How far it is.
    pub state: RoundState,
    /// Nominations received before this belong to it.
    pub cutoff_at: Option<Utc>,
    /// Votes count that are cast before this.
    pub review_until: Option<Utc>,
    /// When its outcome becomes public.
    pub announce_at: Option<Utc>,
    /// The announcement comes before this, by the calendar.
    pub announce_by: Option<Utc>,
    /// The rule that decides it.
    pub rule_id: Option<RuleId>,
    /// When it was decided.
    pub decided_at: Option<Utc>,
    /// When it was announced.
    pub announced_at: Option<Utc>,
    /// Text of the resolution; empty when nothing was granted.
    pub resolution: String,
    /// Paragraph for the minutes.
    pub minutes: String,
    /// Draft of the announcement.
    pub announcement: String,
    /// Instant of creation.
    pub created_at: Utc,
}

impl Round {
    /// Part of its address, for example `2022-4`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}-{}", self.year, self.number)
    }

    /// True while votes on it are taken.
    #[must_use]
    pub fn takes_votes(&self, now: Utc) -> bool {
        matches!(self.state, RoundState::Open | RoundState::Review)
            && self.review_until.is_none_or(|end| now < end)
    }
}

/// The instants of a round; all `None` while the chair of a programme without a calendar has not set them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Instants {
    /// See [`Round::cutoff_at`].
    pub cutoff: Option<Utc>,
    /// See [`Round::review_until`].
    pub review_until: Option<Utc>,
    /// See [`Round::announce_at`].
    pub announce: Option<Utc>,
    /// See [`Round::announce_by`].
    pub announce_by: Option<Utc>,
}

/// Adds a round that takes nominations.
///
/// # Errors
/// A unique violation when the programme has such a round.
pub fn add(
    conn: &mut Conn,
    programme: ProgrammeId,
    (year, number): (i64, i64),
    label: &str,
    instants: Instants,
    now: Utc,
) -> QueryResult<Round> {
    diesel::insert_into(award_rounds::table)
        .values((
            award_rounds::programme_id.eq(programme),
            award_rounds::year.eq(year),
            award_rounds::number.eq(number),
            award_rounds::label.eq(label),
            award_rounds::state.eq(RoundState::Open),
            award_rounds::cutoff_at.eq(instants.cutoff),
            award_rounds::review_until.eq(instants.review_until),
            award_rounds::announce_at.eq(instants.announce),
            award_rounds::announce_by.eq(instants.announce_by),
            award_rounds::resolution.eq(""),
            award_rounds::minutes.eq(""),
            award_rounds::announcement.eq(""),
            award_rounds::created_at.eq(now),
        ))
        .returning(award_rounds::all_columns)
        .get_result(conn)
}

/// Rounds of a programme, the earliest first.
///
/// # Errors
/// A database error.
pub fn of_programme(conn: &mut Conn, programme: ProgrammeId) -> QueryResult<Vec<Round>> {
    award_rounds::table
        .filter(award_rounds::programme_id.eq(programme))
        .order((award_rounds::year, award_rounds::number))
        .load(conn)
}

/// One round of a programme.
///
/// # Errors
/// A database error.
pub fn find(
    conn: &mut Conn,
    programme: ProgrammeId,
    (year, number): (i64, i64),
) -> QueryResult<Option<Round>> {
    award_rounds::table
        .filter(award_rounds::programme_id.eq(programme))
        .filter(award_rounds::year.eq(year))
        .filter(award_rounds::number.eq(number))
        .first(conn)
        .optional()
}

/// The round with this key.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_key(conn: &mut Conn, id: RoundKey) -> QueryResult<Round> {
    award_rounds::table.find(id).first(conn)
}

/// Moves a round to its next state. False when it is not in the state `from` any more.
///
/// # Errors
/// A database error.
pub fn step(conn: &mut Conn, id: RoundKey, from: RoundState, to: RoundState) -> QueryResult<bool> {
    let changed = diesel::update(award_rounds::table.find(id).filter(award_rounds::state.eq(from)))
        .set(award_rounds::state.eq(to))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Sets the instants of a round.
///
/// # Errors
/// A database error.
pub fn set_instants(conn: &mut Conn, id: RoundKey, instants: Instants) -> QueryResult<()> {
    diesel::update(award_rounds::table.find(id))
        .set((
            award_rounds::cutoff_at.eq(instants.cutoff),
            award_rounds::review_until.eq(instants.review_until),
            award_rounds::announce_at.eq(instants.announce),
            award_rounds::announce_by.eq(instants.announce_by),
        ))
        .execute(conn)?;
    Ok(())
}

/// Notes the rule that decides a round.
///
/// # Errors
/// A database error.
pub fn set_rule(conn: &mut Conn, id: RoundKey, rule: RuleId) -> QueryResult<()> {
    diesel::update(award_rounds::table.find(id)).set(award_rounds::rule_id.eq(Some(rule))).execute(conn)?;
    Ok(())
}

/// Notes when a round was decided.
///
/// # Errors
/// A database error.
pub fn set_decided(conn: &mut Conn, id: RoundKey, at: Utc) -> QueryResult<()> {
    diesel::update(award_rounds::table.find(id)).set(award_rounds::decided_at.eq(Some(at))).execute(conn)?;
    Ok(())
}

/// Notes when a round was announced.
///
/// # Errors
/// A database error.
pub fn set_announced(conn: &mut Conn, id: RoundKey, at: Utc) -> QueryResult<()> {
    diesel::update(award_rounds::table.find(id))
        .set(award_rounds::announced_at.eq(Some(at)))
        .execute(conn)?;
    Ok(())
}

/// Replaces resolution, minutes and announcement.
///
/// # Errors
/// A database error.
pub fn set_texts(
    conn: &mut Conn,
    id: RoundKey,
    resolution: &str,
    minutes: &str,
    announcement: &str,
) -> QueryResult<()> {
    diesel::update(award_rounds::table.find(id))
        .set((
            award_rounds::resolution.eq(resolution),
            award_rounds::minutes.eq(minutes),
            award_rounds::announcement.eq(announcement),
        ))
        .execute(conn)?;
    Ok(())
}

/// Notes a mail to a reviewer about a round. False when it was sent before.
///
/// # Errors
/// A database error.
pub fn note_notice(
    conn: &mut Conn,
    round: RoundKey,
    person: PersonId,
    notice: &str,
    now: Utc,
) -> QueryResult<bool> {
    let sent: i64 = award_notices::table.find((round, person, notice)).count().get_result(conn)?;
    if sent > 0 {
        return Ok(false);
    }
    diesel::insert_into(award_notices::table)
        .values((
            award_notices::round_id.eq(round),
            award_notices::person_id.eq(person),
            award_notices::notice.eq(notice),
            award_notices::sent_at.eq(now),
        ))
        .execute(conn)?;
    Ok(true)
}
