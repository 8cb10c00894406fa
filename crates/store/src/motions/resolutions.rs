//! The register of resolutions.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::{MotionId, ResolutionId};
use crate::Conn;
use crate::bodies::BodyId;
use crate::meetings::MeetingId;
use crate::schema::resolutions;
use crate::types::{PublicId, Utc};

/// A resolution in the register.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Resolution {
    /// Key.
    pub id: ResolutionId,
    /// Part of addresses.
    pub public_id: PublicId,
    /// The body that resolved.
    pub body_id: BodyId,
    /// Number within the body, for example `2026-3`.
    pub number: String,
    /// Title.
    pub title: String,
    /// Markdown.
    pub text: String,
    /// The votes in words.
    pub votes: String,
    /// The day it was adopted.
    pub adopted_on: NaiveDate,
    /// From when on it is in effect.
    pub effective_at: Utc,
    /// The motion it came by.
    pub motion_id: Option<MotionId>,
    /// The meeting it was adopted in.
    pub meeting_id: Option<MeetingId>,
    /// Everybody may read it.
    pub is_public: bool,
}

/// What is needed to enter a resolution.
#[derive(Debug, Clone)]
pub struct NewResolution<'a> {
    /// Part of addresses.
    pub public_id: &'a PublicId,
    /// The body that resolved.
    pub body: BodyId,
    /// Title.
    pub title: &'a str,
    /// Markdown.
    pub text: &'a str,
    /// The votes in words.
    pub votes: &'a str,
    /// The day it was adopted.
    pub adopted_on: NaiveDate,
    /// From when on it is in effect.
    pub effective_at: Utc,
    /// The motion it came by.
    pub motion: Option<MotionId>,
    /// The meeting it was adopted in.
    pub meeting: Option<MeetingId>,
    /// Everybody may read it.
    pub is_public: bool,
}

/// Enters a resolution under the next number of its body and year.
///
/// # Errors
/// A database error; a unique violation when somebody else took the number meanwhile.
pub fn resolve(conn: &mut Conn, new: &NewResolution<'_>) -> QueryResult<ResolutionId> {
    let year = chrono::Datelike::year(&new.adopted_on);
    let earlier: Vec<String> = resolutions::table
        .filter(resolutions::body_id.eq(new.body))
        .select(resolutions::number)
        .load(conn)?;
    let prefix = format!("{year}-");
    let last = earlier.iter().filter_map(|n| n.strip_prefix(&prefix)?.parse::<u32>().ok()).max().unwrap_or(0);
    diesel::insert_into(resolutions::table)
        .values((
            resolutions::public_id.eq(new.public_id),
            resolutions::body_id.eq(new.body),
            resolutions::number.eq(format!("{prefix}{}", last.saturating_add(1))),
            resolutions::title.eq(new.title),
            resolutions::text.eq(new.text),
            resolutions::votes.eq(new.votes),
            resolutions::adopted_on.eq(new.adopted_on),
            resolutions::effective_at.eq(new.effective_at),
            resolutions::motion_id.eq(new.motion),
            resolutions::meeting_id.eq(new.meeting),
            resolutions::is_public.eq(new.is_public),
        ))
        .returning(resolutions::id)
        .get_result(conn)
}

/// Resolutions of a body, the latest first.
///
/// # Errors
/// A database error.
pub fn resolutions_of(conn: &mut Conn, body: BodyId, limit: i64) -> QueryResult<Vec<Resolution>> {
    resolutions::table
        .filter(resolutions::body_id.eq(body))
        .order((resolutions::effective_at.desc(), resolutions::id.desc()))
        .limit(limit)
        .load(conn)
}

/// Every resolution that everybody may read, the latest first.
///
/// # Errors
/// A database error.
pub fn public_resolutions(conn: &mut Conn, limit: i64) -> QueryResult<Vec<Resolution>> {
    resolutions::table
        .filter(resolutions::is_public.eq(true))
        .order((resolutions::effective_at.desc(), resolutions::id.desc()))
        .limit(limit)
        .load(conn)
}

/// The resolution with this public id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn resolution(conn: &mut Conn, id: &PublicId) -> QueryResult<Resolution> {
    resolutions::table.filter(resolutions::public_id.eq(id)).first(conn)
}

/// Resolutions adopted in a meeting, oldest first.
///
/// # Errors
/// A database error.
pub fn resolutions_in(conn: &mut Conn, meeting: MeetingId) -> QueryResult<Vec<Resolution>> {
    resolutions::table.filter(resolutions::meeting_id.eq(meeting)).order(resolutions::id).load(conn)
}
