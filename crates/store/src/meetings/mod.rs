//! Meetings of bodies with who was there, and petitions with who signed.

mod petitions;

use diesel::prelude::*;

use crate::Conn;
use crate::bodies::BodyId;
use crate::schema::{meeting_attendance, meetings};
use crate::types::{JsonText, PersonId, PublicId, Utc};

pub use petitions::{
    NewPetition, Petition, end_petition, has_signed, open_petition, petition, petitions_of, sign, signatures,
    signers_of, unsign,
};

crate::row_ids! {
    /// Key of a meeting.
    MeetingId,
    /// Key of a petition.
    PetitionId,
    /// Key of an attendance.
    AttendanceId,
}

crate::text_enum! {
    /// How somebody took part in a meeting.
    pub enum Presence {
        /// Present.
        Present = "present",
        /// Represented by somebody present.
        Represented = "represented",
        /// Sent apologies.
        Apologies = "apologies",
    }
}

crate::text_enum! {
    /// What a petition asks for.
    pub enum PetitionAim {
        /// A vote on a motion.
        Motion = "motion",
        /// A meeting.
        Meeting = "meeting",
    }
}

crate::text_enum! {
    /// Who may sign a petition.
    pub enum Signers {
        /// Members of the body.
        Members = "members",
        /// Members of the organisation who have the vote.
        Voters = "voters",
    }
}

/// A meeting.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Meeting {
    /// Key.
    pub id: MeetingId,
    /// Part of addresses.
    pub public_id: PublicId,
    /// The body that meets.
    pub body_id: BodyId,
    /// Title.
    pub title: String,
    /// Where, in words.
    pub place: String,
    /// When it begins.
    pub starts_at: Utc,
    /// Members at this instant are entitled.
    pub record_at: Utc,
    /// Notice goes out at least so many days before.
    pub notice_min_days: i64,
    /// And at most so many.
    pub notice_max_days: i64,
    /// When notice went out.
    pub notice_sent_at: Option<Utc>,
    /// Markdown.
    pub agenda: String,
    /// Markdown; empty while there are none.
    pub minutes: String,
    /// `QuorumPolicy` of the governance crate as JSON.
    pub quorum: JsonText,
    /// How many were entitled; 0 before the record instant.
    pub base: i64,
    /// When it was closed.
    pub closed_at: Option<Utc>,
    /// When the minutes were approved for publication.
    pub published_at: Option<Utc>,
    /// When it was called off.
    pub cancelled_at: Option<Utc>,
    /// The petition that demanded it.
    pub petition_id: Option<PetitionId>,
    /// Instant of creation.
    pub created_at: Utc,
}

/// What is needed to plan a meeting.
#[derive(Debug, Clone)]
pub struct NewMeeting<'a> {
    /// Part of addresses.
    pub public_id: &'a PublicId,
    /// The body.
    pub body: BodyId,
    /// Title.
    pub title: &'a str,
    /// Where.
    pub place: &'a str,
    /// When it begins.
    pub starts_at: Utc,
    /// Members at this instant are entitled.
    pub record_at: Utc,
    /// Days of notice, least and most.
    pub notice_days: (i64, i64),
    /// Markdown.
    pub agenda: &'a str,
    /// The quorum.
    pub quorum: JsonText,
    /// The petition that demanded it.
    pub petition: Option<PetitionId>,
}

/// Plans a meeting.
///
/// # Errors
/// A database error.
pub fn plan(conn: &mut Conn, new: &NewMeeting<'_>, now: Utc) -> QueryResult<MeetingId> {
    diesel::insert_into(meetings::table)
        .values((
            meetings::public_id.eq(new.public_id),
            meetings::body_id.eq(new.body),
            meetings::title.eq(new.title),
            meetings::place.eq(new.place),
            meetings::starts_at.eq(new.starts_at),
            meetings::record_at.eq(new.record_at),
            meetings::notice_min_days.eq(new.notice_days.0),
            meetings::notice_max_days.eq(new.notice_days.1),
            meetings::agenda.eq(new.agenda),
            meetings::minutes.eq(""),
            meetings::quorum.eq(&new.quorum),
            meetings::base.eq(0_i64),
            meetings::petition_id.eq(new.petition),
            meetings::created_at.eq(now),
        ))
        .returning(meetings::id)
        .get_result(conn)
}

/// The meeting with this public id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_public_id(conn: &mut Conn, id: &PublicId) -> QueryResult<Meeting> {
    meetings::table.filter(meetings::public_id.eq(id)).first(conn)
}

/// The meeting with this key.
///
/// # Errors
/// `NotFound` when there is none.
pub fn meeting(conn: &mut Conn, id: MeetingId) -> QueryResult<Meeting> {
    meetings::table.find(id).first(conn)
}

/// Meetings of a body, the latest first.
///
/// # Errors
/// A database error.
pub fn of_body(conn: &mut Conn, body: BodyId, limit: i64) -> QueryResult<Vec<Meeting>> {
    meetings::table
        .filter(meetings::body_id.eq(body))
        .order((meetings::starts_at.desc(), meetings::id.desc()))
        .limit(limit)
        .load(conn)
}

/// What changes about a meeting after it was planned.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = meetings)]
pub struct MeetingChange {
    /// When it begins.
    pub starts_at: Option<Utc>,
    /// Members at this instant are entitled.
    pub record_at: Option<Utc>,
    /// Where.
    pub place: Option<String>,
    /// Agenda.
    pub agenda: Option<String>,
    /// Minutes.
    pub minutes: Option<String>,
    /// When notice went out.
    pub notice_sent_at: Option<Utc>,
    /// How many are entitled.
    pub base: Option<i64>,
    /// When it was closed.
    pub closed_at: Option<Utc>,
    /// When the minutes were published.
    pub published_at: Option<Utc>,
    /// When it was called off.
    pub cancelled_at: Option<Utc>,
}

impl MeetingChange {
    /// Nothing changes.
    pub const NONE: Self = Self {
        starts_at: None,
        record_at: None,
        place: None,
        agenda: None,
        minutes: None,
        notice_sent_at: None,
        base: None,
        closed_at: None,
        published_at: None,
        cancelled_at: None,
    };
}

/// Changes a meeting; what is `None` stays.
///
/// # Errors
/// A database error; diesel refuses a change of nothing.
pub fn change(conn: &mut Conn, id: MeetingId, change: &MeetingChange) -> QueryResult<()> {
    diesel::update(meetings::table.find(id)).set(change).execute(conn)?;
    Ok(())
}

/// Notes how somebody took part, replacing what was noted before.
///
/// # Errors
/// A database error.
pub fn attend(
    conn: &mut Conn,
    meeting: MeetingId,
    person: PersonId,
    how: Presence,
    now: Utc,
) -> QueryResult<()> {
    let row = meeting_attendance::table
        .filter(meeting_attendance::meeting_id.eq(meeting).and(meeting_attendance::person_id.eq(person)));
    let changed = diesel::update(row)
        .set((meeting_attendance::presence.eq(how), meeting_attendance::noted_at.eq(now)))
        .execute(conn)?;
    if changed == 0 {
        diesel::insert_into(meeting_attendance::table)
            .values((
                meeting_attendance::meeting_id.eq(meeting),
                meeting_attendance::person_id.eq(person),
                meeting_attendance::presence.eq(how),
                meeting_attendance::noted_at.eq(now),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Who took part how.
///
/// # Errors
/// A database error.
pub fn attendance(conn: &mut Conn, meeting: MeetingId) -> QueryResult<Vec<(PersonId, Presence)>> {
    meeting_attendance::table
        .filter(meeting_attendance::meeting_id.eq(meeting))
        .order(meeting_attendance::id)
        .select((meeting_attendance::person_id, meeting_attendance::presence))
        .load(conn)
}
