//! Work groups: charters in versions, requests to join, reports that are due.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::Conn;
use crate::bodies::BodyId;
use crate::schema::{bodies, charters, group_reports, join_requests};
use crate::types::{PersonId, PublicId, Utc};

crate::row_ids! {
    /// Key of a version of a charter.
    CharterId,
    /// Key of a request to join.
    JoinRequestId,
    /// Key of a report.
    GroupReportId,
}

crate::text_enum! {
    /// What became of a request to join.
    pub enum JoinState {
        /// Waits for the chair.
        Waiting = "waiting",
        /// Accepted.
        Accepted = "accepted",
        /// Declined.
        Declined = "declined",
        /// Taken back.
        Withdrawn = "withdrawn",
    }
}

/// A version of a charter.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Charter {
    /// Key.
    pub id: CharterId,
    /// The work group.
    pub body_id: BodyId,
    /// 1, 2, 3 …
    pub version: i64,
    /// What the group is for, Markdown.
    pub purpose: String,
    /// How members are chosen, Markdown.
    pub selection: String,
    /// How the chair is chosen, Markdown.
    pub chair: String,
    /// What is reported to whom, Markdown.
    pub reports: String,
    /// A report is due every so many months; 0 for none.
    pub report_months: i64,
    /// First day of the charter.
    pub begins_on: NaiveDate,
    /// Last day; `None` while there is none.
    pub ends_on: Option<NaiveDate>,
    /// People may ask to join.
    pub is_open: bool,
    /// When this version was adopted.
    pub adopted_at: Utc,
}

/// What a charter says.
#[derive(Debug, Clone)]
pub struct CharterFacts {
    /// What the group is for.
    pub purpose: String,
    /// How members are chosen.
    pub selection: String,
    /// How the chair is chosen.
    pub chair: String,
    /// What is reported to whom.
    pub reports: String,
    /// Months between reports; 0 for none.
    pub report_months: i64,
    /// First day.
    pub begins_on: NaiveDate,
    /// Last day.
    pub ends_on: Option<NaiveDate>,
    /// People may ask to join.
    pub is_open: bool,
}

/// Adopts the next version of a charter and returns its number.
///
/// # Errors
/// A database error; a unique violation when somebody else adopted the same number meanwhile.
pub fn adopt(conn: &mut Conn, body: BodyId, facts: &CharterFacts, now: Utc) -> QueryResult<i64> {
    let version = charter_of(conn, body)?.map_or(1, |c| c.version + 1);
    diesel::insert_into(charters::table)
        .values((
            charters::body_id.eq(body),
            charters::version.eq(version),
            charters::purpose.eq(&facts.purpose),
            charters::selection.eq(&facts.selection),
            charters::chair.eq(&facts.chair),
            charters::reports.eq(&facts.reports),
            charters::report_months.eq(facts.report_months),
            charters::begins_on.eq(facts.begins_on),
            charters::ends_on.eq(facts.ends_on),
            charters::is_open.eq(facts.is_open),
            charters::adopted_at.eq(now),
        ))
        .execute(conn)?;
    Ok(version)
}

/// The charter in force: the latest version.
///
/// # Errors
/// A database error.
pub fn charter_of(conn: &mut Conn, body: BodyId) -> QueryResult<Option<Charter>> {
    charters::table.filter(charters::body_id.eq(body)).order(charters::version.desc()).first(conn).optional()
}

/// Every version of a charter, the latest first.
///
/// # Errors
/// A database error.
pub fn versions(conn: &mut Conn, body: BodyId) -> QueryResult<Vec<Charter>> {
    charters::table.filter(charters::body_id.eq(body)).order(charters::version.desc()).load(conn)
}

/// A request to join.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct JoinRequest {
    /// Key.
    pub id: JoinRequestId,
    /// Part of addresses.
    pub public_id: PublicId,
    /// The work group.
    pub body_id: BodyId,
    /// Who asks.
    pub person_id: PersonId,
    /// Why.
    pub text: String,
    /// What became of it.
    pub state: JoinState,
    /// Who decided.
    pub decided_by: Option<PersonId>,
    /// When.
    pub decided_at: Option<Utc>,
    /// Words to the person.
    pub note: String,
    /// When it was asked.
    pub created_at: Utc,
}

/// Keeps a request.
///
/// # Errors
/// A database error.
pub fn ask(
    conn: &mut Conn,
    public_id: &PublicId,
    (body, person): (BodyId, PersonId),
    text: &str,
    now: Utc,
) -> QueryResult<JoinRequestId> {
    diesel::insert_into(join_requests::table)
        .values((
            join_requests::public_id.eq(public_id),
            join_requests::body_id.eq(body),
            join_requests::person_id.eq(person),
            join_requests::text.eq(text),
            join_requests::state.eq(JoinState::Waiting),
            join_requests::note.eq(""),
            join_requests::created_at.eq(now),
        ))
        .returning(join_requests::id)
        .get_result(conn)
}

/// Requests to a group, the latest first.
///
/// # Errors
/// A database error.
pub fn requests_of(conn: &mut Conn, body: BodyId, limit: i64) -> QueryResult<Vec<JoinRequest>> {
    join_requests::table
        .filter(join_requests::body_id.eq(body))
        .order(join_requests::id.desc())
        .limit(limit)
        .load(conn)
}

/// The request with this public id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn request(conn: &mut Conn, id: &PublicId) -> QueryResult<JoinRequest> {
    join_requests::table.filter(join_requests::public_id.eq(id)).first(conn)
}

/// Every request of a person.
///
/// # Errors
/// A database error.
pub fn requests_by(conn: &mut Conn, person: PersonId) -> QueryResult<Vec<JoinRequest>> {
    join_requests::table.filter(join_requests::person_id.eq(person)).order(join_requests::id).load(conn)
}

/// Decides about a request that waits. False when it waits no longer.
///
/// # Errors
/// A database error.
pub fn decide(
    conn: &mut Conn,
    id: JoinRequestId,
    state: JoinState,
    (by, note): (PersonId, &str),
    now: Utc,
) -> QueryResult<bool> {
    let row = join_requests::table.find(id).filter(join_requests::state.eq(JoinState::Waiting));
    let n = diesel::update(row)
        .set((
            join_requests::state.eq(state),
            join_requests::decided_by.eq(by),
            join_requests::decided_at.eq(now),
            join_requests::note.eq(note),
        ))
        .execute(conn)?;
    Ok(n == 1)
}

/// A report that is due or was given.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct GroupReport {
    /// Key.
    pub id: GroupReportId,
    /// The work group.
    pub body_id: BodyId,
    /// The day it is due.
    pub due_on: NaiveDate,
    /// Title.
    pub title: String,
    /// Markdown.
    pub text: String,
    /// Who wrote it.
    pub author_id: Option<PersonId>,
    /// When it was given.
    pub submitted_at: Option<Utc>,
    /// When somebody was reminded last.
    pub reminded_at: Option<Utc>,
}

/// Makes sure that a report is expected on a day; true when it is new.
///
/// # Errors
/// A database error.
pub fn expect_report(conn: &mut Conn, body: BodyId, due_on: NaiveDate) -> QueryResult<bool> {
    let known: i64 = group_reports::table
        .filter(group_reports::body_id.eq(body).and(group_reports::due_on.eq(due_on)))
        .count()
        .get_result(conn)?;
    if known > 0 {
        return Ok(false);
    }
    diesel::insert_into(group_reports::table)
        .values((
            group_reports::body_id.eq(body),
            group_reports::due_on.eq(due_on),
            group_reports::title.eq(""),
            group_reports::text.eq(""),
        ))
        .execute(conn)?;
    Ok(true)
}

/// Reports of a group, the latest first.
///
/// # Errors
/// A database error.
pub fn reports_of(conn: &mut Conn, body: BodyId, limit: i64) -> QueryResult<Vec<GroupReport>> {
    group_reports::table
        .filter(group_reports::body_id.eq(body))
        .order((group_reports::due_on.desc(), group_reports::id.desc()))
        .limit(limit)
        .load(conn)
}

/// Gives a report. False when there is no such report, or it was given already.
///
/// # Errors
/// A database error.
pub fn submit_report(
    conn: &mut Conn,
    body: BodyId,
    id: GroupReportId,
    (title, text, author): (&str, &str, PersonId),
    now: Utc,
) -> QueryResult<bool> {
    let row = group_reports::table
        .find(id)
        .filter(group_reports::body_id.eq(body).and(group_reports::submitted_at.is_null()));
    let n = diesel::update(row)
        .set((
            group_reports::title.eq(title),
            group_reports::text.eq(text),
            group_reports::author_id.eq(author),
            group_reports::submitted_at.eq(now),
        ))
        .execute(conn)?;
    Ok(n == 1)
}

/// Notes that somebody was reminded.
///
/// # Errors
/// A database error.
pub fn reminded(conn: &mut Conn, id: GroupReportId, now: Utc) -> QueryResult<()> {
    diesel::update(group_reports::table.find(id)).set(group_reports::reminded_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Bodies that have a charter.
///
/// # Errors
/// A database error.
pub fn chartered(conn: &mut Conn) -> QueryResult<Vec<crate::bodies::Body>> {
    bodies::table
        .filter(bodies::id.eq_any(charters::table.select(charters::body_id)))
        .order((bodies::name, bodies::id))
        .load(conn)
}
