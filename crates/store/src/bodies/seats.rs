//! Seats in bodies: who took one when, on what ground, and how it ended.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::{Body, BodyId, BodyMemberId, MemberRole, SeatBasis, SeatEnd};
use crate::Conn;
use crate::schema::{bodies, body_members};
use crate::types::{PersonId, Utc};

/// Somebody in a body.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct BodyMember {
    /// Key.
    pub id: BodyMemberId,
    /// The body.
    pub body_id: BodyId,
    /// The person.
    pub person_id: PersonId,
    /// For example `Chair`; empty for an ordinary member.
    pub position: String,
    /// First day.
    pub starts_on: NaiveDate,
    /// Last day; `None` while there is none.
    pub ends_on: Option<NaiveDate>,
    /// Instant of creation.
    pub created_at: Utc,
    /// What the member is.
    pub role: MemberRole,
    /// Cohort, empty where there are none.
    pub cohort: String,
    /// How the seat was taken.
    pub basis: SeatBasis,
    /// Last day of the term as it was given; `None` when it has no fixed end.
    pub term_until: Option<NaiveDate>,
    /// How it ended or is to end, when somebody said so; a term that ran out may have `None`.
    pub ended: Option<SeatEnd>,
    /// A few words about the end.
    pub end_note: String,
    /// Day of the last non-trivial work, for the inactivity policy.
    pub last_work_on: Option<NaiveDate>,
    /// When the member was last asked whether to stay.
    pub asked_at: Option<Utc>,
    /// When the member last said to stay, or came back.
    pub confirmed_at: Option<Utc>,
}

impl BodyMember {
    /// True on the days from the first to the last, both included.
    #[must_use]
    pub fn sits_on(&self, day: NaiveDate) -> bool {
        self.starts_on <= day && self.ends_on.is_none_or(|end| day <= end)
    }
}

/// Seats somebody takes in a body.
#[derive(Debug, Clone, Copy)]
pub struct NewBodyMember<'a> {
    /// The body.
    pub body: BodyId,
    /// The person.
    pub person: PersonId,
    /// For example `Chair`; empty for an ordinary member.
    pub position: &'a str,
    /// First day.
    pub starts_on: NaiveDate,
    /// Last day.
    pub ends_on: Option<NaiveDate>,
}

/// A seat with everything that is known about its term.
#[derive(Debug, Clone, Copy)]
pub struct NewSeat<'a> {
    /// Body, person and days.
    pub member: NewBodyMember<'a>,
    /// What the member is.
    pub role: MemberRole,
    /// Cohort, empty where there are none.
    pub cohort: &'a str,
    /// How the seat is taken.
    pub basis: SeatBasis,
}

/// Adds somebody to a body. Whoever has the position `Chair` or `Deputy chair` is that; see [`seat`] for cohorts and the
/// basis of the seat.
///
/// # Errors
/// A database error.
pub fn add_member(conn: &mut Conn, new: NewBodyMember<'_>, now: Utc) -> QueryResult<BodyMemberId> {
    let role = match new.position.to_lowercase().as_str() {
        "chair" => MemberRole::Chair,
        "deputy" | "deputy chair" => MemberRole::Deputy,
        _ => MemberRole::Member,
    };
    seat(conn, &NewSeat { member: new, role, cohort: "", basis: SeatBasis::Recorded }, now)
}

/// Gives somebody a seat; the term as given ends on the last day of the member.
///
/// # Errors
/// A database error.
pub fn seat(conn: &mut Conn, new: &NewSeat<'_>, now: Utc) -> QueryResult<BodyMemberId> {
    let member = new.member;
    diesel::insert_into(body_members::table)
        .values((
            body_members::body_id.eq(member.body),
            body_members::person_id.eq(member.person),
            body_members::position.eq(member.position),
            body_members::starts_on.eq(member.starts_on),
            body_members::ends_on.eq(member.ends_on),
            body_members::created_at.eq(now),
            body_members::role.eq(new.role),
            body_members::cohort.eq(new.cohort),
            body_members::basis.eq(new.basis),
            body_members::term_until.eq(member.ends_on),
            body_members::end_note.eq(""),
        ))
        .returning(body_members::id)
        .get_result(conn)
}

/// Everybody who sits in a body on a day: chair first, then deputies, then by key. Who is inactive is among them; see
/// `folkmoot::bodies::activity`.
///
/// # Errors
/// A database error.
pub fn sitting(conn: &mut Conn, body: BodyId, day: NaiveDate) -> QueryResult<Vec<BodyMember>> {
    let mut found: Vec<BodyMember> = body_members::table
        .filter(body_members::body_id.eq(body).and(body_members::starts_on.le(day)))
        .filter(body_members::ends_on.is_null().or(body_members::ends_on.ge(day)))
        .order(body_members::id)
        .load(conn)?;
    let rank = |role: MemberRole| match role {
        MemberRole::Chair => 0,
        MemberRole::Deputy => 1,
        MemberRole::Member => 2,
    };
    found.sort_by_key(|m| rank(m.role));
    Ok(found)
}

/// Members of a body whose last day lies between two days, both included, the earliest first: seats to be filled.
///
/// # Errors
/// A database error.
pub fn expiring(
    conn: &mut Conn,
    body: BodyId,
    from: NaiveDate,
    to: NaiveDate,
) -> QueryResult<Vec<BodyMember>> {
    body_members::table
        .filter(body_members::body_id.eq(body))
        .filter(body_members::ends_on.ge(from).and(body_members::ends_on.le(to)))
        .order((body_members::ends_on, body_members::id))
        .load(conn)
}

/// The seat in which a person sits in a body on a day.
///
/// # Errors
/// A database error.
pub fn seat_of(
    conn: &mut Conn,
    body: BodyId,
    person: PersonId,
    day: NaiveDate,
) -> QueryResult<Option<BodyMember>> {
    body_members::table
        .filter(body_members::body_id.eq(body).and(body_members::person_id.eq(person)))
        .filter(body_members::starts_on.le(day))
        .filter(body_members::ends_on.is_null().or(body_members::ends_on.ge(day)))
        .order(body_members::id)
        .first(conn)
        .optional()
}

/// True when a person is chair or deputy of a body on a day.
///
/// # Errors
/// A database error.
pub fn leads(conn: &mut Conn, body: BodyId, person: PersonId, day: NaiveDate) -> QueryResult<bool> {
    let seats = sitting(conn, body, day)?;
    Ok(seats.iter().any(|m| m.person_id == person && m.role != MemberRole::Member))
}

/// Changes what a member is and the words for it. False when this body has no such member.
///
/// # Errors
/// A database error.
pub fn set_role(
    conn: &mut Conn,
    body: BodyId,
    id: BodyMemberId,
    (role, position): (MemberRole, &str),
) -> QueryResult<bool> {
    let n = diesel::update(body_members::table.find(id).filter(body_members::body_id.eq(body)))
        .set((body_members::role.eq(role), body_members::position.eq(position)))
        .execute(conn)?;
    Ok(n == 1)
}

/// Says that somebody leaves the seat after `last`, and how. The term as given stays. False when this body has no such
/// member.
///
/// # Errors
/// A database error.
pub fn leave(
    conn: &mut Conn,
    body: BodyId,
    id: BodyMemberId,
    last: NaiveDate,
    (how, note): (SeatEnd, &str),
) -> QueryResult<bool> {
    let n = diesel::update(body_members::table.find(id).filter(body_members::body_id.eq(body)))
        .set((body_members::ends_on.eq(last), body_members::ended.eq(how), body_members::end_note.eq(note)))
        .execute(conn)?;
    Ok(n == 1)
}

/// What is known about a member's work, for the inactivity policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Non-trivial work on this day.
    Work(NaiveDate),
    /// Was asked whether to stay.
    Asked(Utc),
    /// Said to stay, or came back.
    Confirmed(Utc),
}

/// Notes a sign of activity, or that somebody was asked for one. False when there is no such member.
///
/// # Errors
/// A database error.
pub fn note_activity(conn: &mut Conn, id: BodyMemberId, sign: Sign) -> QueryResult<bool> {
    let row = diesel::update(body_members::table.find(id));
    let n = match sign {
        Sign::Work(day) => row.set(body_members::last_work_on.eq(day)).execute(conn),
        Sign::Asked(at) => row.set(body_members::asked_at.eq(at)).execute(conn),
        Sign::Confirmed(at) => row.set(body_members::confirmed_at.eq(at)).execute(conn),
    }?;
    Ok(n == 1)
}

/// Everybody who sits, sat or will sit in a body, the latest first.
///
/// # Errors
/// A database error.
pub fn members(conn: &mut Conn, body: BodyId) -> QueryResult<Vec<BodyMember>> {
    body_members::table
        .filter(body_members::body_id.eq(body))
        .order((body_members::starts_on.desc(), body_members::id.desc()))
        .load(conn)
}

/// Everything a person sits, sat or will sit in, the latest first.
///
/// # Errors
/// A database error.
pub fn seats_of(conn: &mut Conn, person: PersonId) -> QueryResult<Vec<(BodyMember, Body)>> {
    body_members::table
        .inner_join(bodies::table)
        .filter(body_members::person_id.eq(person))
        .order((body_members::starts_on.desc(), body_members::id.desc()))
        .select((body_members::all_columns, bodies::all_columns))
        .load(conn)
}

/// Sets the last day. False when this body has no such member.
///
/// # Errors
/// A database error.
pub fn end_member(conn: &mut Conn, body: BodyId, id: BodyMemberId, last: NaiveDate) -> QueryResult<bool> {
    let n = diesel::update(body_members::table.find(id).filter(body_members::body_id.eq(body)))
        .set(body_members::ends_on.eq(last))
        .execute(conn)?;
    Ok(n == 1)
}
