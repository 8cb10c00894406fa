//! Meetings of bodies with who was there, and petitions with who signed.

use diesel::prelude::*;

use crate::Conn;
use crate::bodies::BodyId;
use crate::schema::{meeting_attendance, meetings, petition_signatures, petitions};
use crate::types::{JsonText, PersonId, PublicId, Utc};

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

/// A petition.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Petition {
    /// Key.
    pub id: PetitionId,
    /// Part of addresses.
    pub public_id: PublicId,
    /// The body that has to vote or meet.
    pub body_id: BodyId,
    /// Title.
    pub title: String,
    /// Markdown.
    pub text: String,
    /// What it asks for.
    pub aim: PetitionAim,
    /// Kind of the motion; empty for a meeting.
    pub motion_kind: String,
    /// Who may sign.
    pub signers: Signers,
    /// How many could sign when it was opened.
    pub base: i64,
    /// How many have to.
    pub needed: i64,
    /// Who began it.
    pub author_id: PersonId,
    /// Since when it is open.
    pub opened_at: Utc,
    /// First instant too late.
    pub closes_at: Utc,
    /// When enough had signed.
    pub reached_at: Option<Utc>,
    /// When its author took it back.
    pub withdrawn_at: Option<Utc>,
}

/// What is needed to open a petition.
#[derive(Debug, Clone)]
pub struct NewPetition<'a> {
    /// Part of addresses.
    pub public_id: &'a PublicId,
    /// The body that has to vote or meet.
    pub body: BodyId,
    /// Title.
    pub title: &'a str,
    /// Markdown.
    pub text: &'a str,
    /// What it asks for.
    pub aim: PetitionAim,
    /// Kind of the motion.
    pub motion_kind: &'a str,
    /// Who may sign.
    pub signers: Signers,
    /// How many could sign.
    pub base: i64,
    /// How many have to.
    pub needed: i64,
    /// Who begins it.
    pub author: PersonId,
    /// First instant too late.
    pub closes_at: Utc,
}

/// Opens a petition.
///
/// # Errors
/// A database error.
pub fn open_petition(conn: &mut Conn, new: &NewPetition<'_>, now: Utc) -> QueryResult<PetitionId> {
    diesel::insert_into(petitions::table)
        .values((
            petitions::public_id.eq(new.public_id),
            petitions::body_id.eq(new.body),
            petitions::title.eq(new.title),
            petitions::text.eq(new.text),
            petitions::aim.eq(new.aim),
            petitions::motion_kind.eq(new.motion_kind),
            petitions::signers.eq(new.signers),
            petitions::base.eq(new.base),
            petitions::needed.eq(new.needed),
            petitions::author_id.eq(new.author),
            petitions::opened_at.eq(now),
            petitions::closes_at.eq(new.closes_at),
        ))
        .returning(petitions::id)
        .get_result(conn)
}

/// The petition with this public id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn petition(conn: &mut Conn, id: &PublicId) -> QueryResult<Petition> {
    petitions::table.filter(petitions::public_id.eq(id)).first(conn)
}

/// Petitions about a body, the latest first.
///
/// # Errors
/// A database error.
pub fn petitions_of(conn: &mut Conn, body: BodyId, limit: i64) -> QueryResult<Vec<Petition>> {
    petitions::table
        .filter(petitions::body_id.eq(body))
        .order((petitions::opened_at.desc(), petitions::id.desc()))
        .limit(limit)
        .load(conn)
}

/// Signs; false when the person has signed already.
///
/// # Errors
/// A database error.
pub fn sign(conn: &mut Conn, petition: PetitionId, person: PersonId, now: Utc) -> QueryResult<bool> {
    if has_signed(conn, petition, person)? {
        return Ok(false);
    }
    diesel::insert_into(petition_signatures::table)
        .values((
            petition_signatures::petition_id.eq(petition),
            petition_signatures::person_id.eq(person),
            petition_signatures::signed_at.eq(now),
        ))
        .execute(conn)?;
    Ok(true)
}

/// Takes a signature back; false when there was none.
///
/// # Errors
/// A database error.
pub fn unsign(conn: &mut Conn, petition: PetitionId, person: PersonId) -> QueryResult<bool> {
    let row = petition_signatures::table
        .filter(petition_signatures::petition_id.eq(petition).and(petition_signatures::person_id.eq(person)));
    Ok(diesel::delete(row).execute(conn)? == 1)
}

/// Whether a person has signed.
///
/// # Errors
/// A database error.
pub fn has_signed(conn: &mut Conn, petition: PetitionId, person: PersonId) -> QueryResult<bool> {
    let n: i64 = petition_signatures::table
        .filter(petition_signatures::petition_id.eq(petition).and(petition_signatures::person_id.eq(person)))
        .count()
        .get_result(conn)?;
    Ok(n > 0)
}

/// Who has signed, in the order of signing.
///
/// # Errors
/// A database error.
pub fn signers_of(conn: &mut Conn, petition: PetitionId) -> QueryResult<Vec<PersonId>> {
    petition_signatures::table
        .filter(petition_signatures::petition_id.eq(petition))
        .order(petition_signatures::id)
        .select(petition_signatures::person_id)
        .load(conn)
}

/// How many have signed.
///
/// # Errors
/// A database error.
pub fn signatures(conn: &mut Conn, petition: PetitionId) -> QueryResult<i64> {
    petition_signatures::table.filter(petition_signatures::petition_id.eq(petition)).count().get_result(conn)
}

/// Notes that enough have signed, or that the author took it back.
///
/// # Errors
/// A database error.
pub fn end_petition(conn: &mut Conn, id: PetitionId, reached: bool, now: Utc) -> QueryResult<()> {
    let row = diesel::update(petitions::table.find(id));
    match reached {
        true => row.set(petitions::reached_at.eq(now)).execute(conn)?,
        false => row.set(petitions::withdrawn_at.eq(now)).execute(conn)?,
    };
    Ok(())
}
