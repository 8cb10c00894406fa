//! Reports that staff write and keep: their versions, who may run them with personal data, and when they run by themselves.

mod runs;
#[cfg(test)]
mod tests;

use diesel::prelude::*;

use crate::Conn;
use crate::accounts::Role;
use crate::schema::{report_grants, report_schedules, report_versions, reports};
use crate::types::{JsonText, PersonId, PublicId, Utc};

pub use runs::*;

crate::row_ids! {
    /// Key of a saved report.
    ReportId,
    /// Key of a version.
    ReportVersionId,
    /// Key of a grant.
    ReportGrantId,
    /// Key of a schedule.
    ScheduleId,
    /// Key of a run.
    RunId,
}

crate::text_enum! {
    /// Who sees a saved report.
    pub enum ReportState {
        /// Those who write reports.
        Draft = "draft",
        /// Everybody who may run reports.
        Published = "published",
        /// Nobody runs it any more; its history stays.
        Retired = "retired",
    }
}

crate::text_enum! {
    /// How often a report runs by itself.
    pub enum Rhythm {
        /// Every day.
        Daily = "daily",
        /// Every Monday.
        Weekly = "weekly",
        /// On the first of every month.
        Monthly = "monthly",
    }
}

/// A saved report.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Report {
    /// Key.
    pub id: ReportId,
    /// Id for addresses.
    pub public_id: PublicId,
    /// Title.
    pub title: String,
    /// Who sees it.
    pub state: ReportState,
    /// Highest version.
    pub versions: i64,
    /// The version that is run.
    pub published: Option<i64>,
    /// Author of the first version.
    pub created_by: PersonId,
    /// When it was first saved.
    pub created_at: Utc,
    /// Last change.
    pub changed_at: Utc,
}

/// A saved text; never changed.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct ReportVersion {
    /// Key.
    pub id: ReportVersionId,
    /// Of which report.
    pub report_id: ReportId,
    /// 1, 2, 3 …
    pub number: i64,
    /// The script.
    pub script: String,
    /// SHA-256 of it in hex.
    pub script_hash: String,
    /// What it says about itself.
    pub declaration: JsonText,
    /// It asks for personal columns.
    pub is_personal: bool,
    /// Who saved it.
    pub created_by: PersonId,
    /// When.
    pub created_at: Utc,
}

/// A text to be saved.
#[derive(Debug, Clone)]
pub struct NewReportVersion<'a> {
    /// The script.
    pub script: &'a str,
    /// SHA-256 of it in hex.
    pub script_hash: &'a str,
    /// What it says about itself.
    pub declaration: &'a JsonText,
    /// It asks for personal columns.
    pub is_personal: bool,
    /// Who saves it.
    pub author: PersonId,
}

/// Keeps a new report with its first version, as a draft.
///
/// # Errors
/// A database error.
pub fn add(
    conn: &mut Conn,
    public_id: &PublicId,
    title: &str,
    first: &NewReportVersion<'_>,
    now: Utc,
) -> QueryResult<Report> {
    let report: Report = diesel::insert_into(reports::table)
        .values((
            reports::public_id.eq(public_id),
            reports::title.eq(title),
            reports::state.eq(ReportState::Draft),
            reports::versions.eq(0_i64),
            reports::created_by.eq(first.author),
            reports::created_at.eq(now),
            reports::changed_at.eq(now),
        ))
        .returning(reports::all_columns)
        .get_result(conn)?;
    add_version(conn, report.id, title, first, now)?;
    by_id(conn, report.id)
}

/// Keeps one more version, and the title that goes with it; returns its number.
///
/// # Errors
/// A database error; that of a unique key when somebody else saved at the same time.
pub fn add_version(
    conn: &mut Conn,
    report: ReportId,
    title: &str,
    new: &NewReportVersion<'_>,
    now: Utc,
) -> QueryResult<i64> {
    let number = by_id(conn, report)?.versions + 1;
    diesel::insert_into(report_versions::table)
        .values((
            report_versions::report_id.eq(report),
            report_versions::number.eq(number),
            report_versions::script.eq(new.script),
            report_versions::script_hash.eq(new.script_hash),
            report_versions::declaration.eq(new.declaration),
            report_versions::is_personal.eq(new.is_personal),
            report_versions::created_by.eq(new.author),
            report_versions::created_at.eq(now),
        ))
        .execute(conn)?;
    diesel::update(reports::table.find(report))
        .set((reports::versions.eq(number), reports::title.eq(title), reports::changed_at.eq(now)))
        .execute(conn)?;
    Ok(number)
}

/// A report by key.
///
/// # Errors
/// `NotFound`, or a database error.
pub fn by_id(conn: &mut Conn, id: ReportId) -> QueryResult<Report> {
    reports::table.find(id).first(conn)
}

/// A report by its id in addresses.
///
/// # Errors
/// `NotFound`, or a database error.
pub fn by_public_id(conn: &mut Conn, id: &PublicId) -> QueryResult<Report> {
    reports::table.filter(reports::public_id.eq(id)).first(conn)
}

/// All reports by title.
///
/// # Errors
/// A database error.
pub fn all(conn: &mut Conn) -> QueryResult<Vec<Report>> {
    reports::table.order((reports::title, reports::id)).load(conn)
}

/// One version.
///
/// # Errors
/// `NotFound`, or a database error.
pub fn version(conn: &mut Conn, report: ReportId, number: i64) -> QueryResult<ReportVersion> {
    report_versions::table
        .filter(report_versions::report_id.eq(report))
        .filter(report_versions::number.eq(number))
        .first(conn)
}

/// All versions, the newest first.
///
/// # Errors
/// A database error.
pub fn versions(conn: &mut Conn, report: ReportId) -> QueryResult<Vec<ReportVersion>> {
    report_versions::table
        .filter(report_versions::report_id.eq(report))
        .order(report_versions::number.desc())
        .load(conn)
}

/// Makes a version the one that is run.
///
/// # Errors
/// A database error.
pub fn publish(conn: &mut Conn, report: ReportId, number: i64, now: Utc) -> QueryResult<()> {
    diesel::update(reports::table.find(report))
        .set((
            reports::state.eq(ReportState::Published),
            reports::published.eq(number),
            reports::changed_at.eq(now),
        ))
        .execute(conn)
        .map(drop)
}

/// Takes a report out of use, with its schedule and its grants.
///
/// # Errors
/// A database error.
pub fn retire(conn: &mut Conn, report: &Report, now: Utc) -> QueryResult<()> {
    diesel::update(reports::table.find(report.id))
        .set((reports::state.eq(ReportState::Retired), reports::changed_at.eq(now)))
        .execute(conn)?;
    diesel::update(
        report_grants::table
            .filter(report_grants::report_id.eq(report.id))
            .filter(report_grants::revoked_at.is_null()),
    )
    .set(report_grants::revoked_at.eq(now))
    .execute(conn)?;
    end_schedule(conn, report.public_id.as_str())
}

/// That holders of a role may run one text with personal data.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct ReportGrant {
    /// Key.
    pub id: ReportGrantId,
    /// Which report.
    pub report_id: ReportId,
    /// Which version.
    pub version: i64,
    /// SHA-256 of the text in hex.
    pub script_hash: String,
    /// Who may run it.
    pub role: Role,
    /// Why.
    pub reason: String,
    /// Who proposed it.
    pub proposed_by: PersonId,
    /// Who agreed.
    pub approved_by: PersonId,
    /// When.
    pub granted_at: Utc,
    /// Until when.
    pub ends_at: Utc,
    /// When it was taken back.
    pub revoked_at: Option<Utc>,
}

impl ReportGrant {
    /// Whether it holds at an instant.
    #[must_use]
    pub fn stands(&self, now: Utc) -> bool {
        self.revoked_at.is_none() && self.granted_at <= now && now < self.ends_at
    }
}

/// A grant to be kept.
#[derive(Debug, Clone)]
pub struct NewReportGrant<'a> {
    /// Which report.
    pub report: ReportId,
    /// Which version.
    pub version: i64,
    /// SHA-256 of the text in hex.
    pub script_hash: &'a str,
    /// Who may run it.
    pub role: Role,
    /// Why.
    pub reason: &'a str,
    /// Who proposed it.
    pub proposed_by: PersonId,
    /// Who agreed.
    pub approved_by: PersonId,
    /// Until when.
    pub ends_at: Utc,
}

/// Keeps a grant.
///
/// # Errors
/// A database error.
pub fn grant(conn: &mut Conn, new: &NewReportGrant<'_>, now: Utc) -> QueryResult<()> {
    diesel::insert_into(report_grants::table)
        .values((
            report_grants::report_id.eq(new.report),
            report_grants::version.eq(new.version),
            report_grants::script_hash.eq(new.script_hash),
            report_grants::role.eq(new.role),
            report_grants::reason.eq(new.reason),
            report_grants::proposed_by.eq(new.proposed_by),
            report_grants::approved_by.eq(new.approved_by),
            report_grants::granted_at.eq(now),
            report_grants::ends_at.eq(new.ends_at),
        ))
        .execute(conn)
        .map(drop)
}

/// All grants of a report, the newest first.
///
/// # Errors
/// A database error.
pub fn grants(conn: &mut Conn, report: ReportId) -> QueryResult<Vec<ReportGrant>> {
    report_grants::table
        .filter(report_grants::report_id.eq(report))
        .order(report_grants::id.desc())
        .load(conn)
}

/// Takes every standing grant of a report back; returns how many there were.
///
/// # Errors
/// A database error.
pub fn revoke_grants(conn: &mut Conn, report: ReportId, now: Utc) -> QueryResult<usize> {
    diesel::update(
        report_grants::table
            .filter(report_grants::report_id.eq(report))
            .filter(report_grants::revoked_at.is_null())
            .filter(report_grants::ends_at.gt(now)),
    )
    .set(report_grants::revoked_at.eq(now))
    .execute(conn)
}

/// When a report runs by itself.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Schedule {
    /// Key.
    pub id: ScheduleId,
    /// Name of a report that comes with the program, or public id of a saved one.
    pub source: String,
    /// How often.
    pub rhythm: Rhythm,
    /// Who gets the result.
    pub role: Role,
    /// Values of the form.
    pub parameters: JsonText,
    /// Next time.
    pub next_at: Utc,
    /// Who said so.
    pub set_by: PersonId,
    /// When.
    pub set_at: Utc,
}

/// A schedule to be kept.
#[derive(Debug, Clone)]
pub struct NewSchedule<'a> {
    /// Name of a report that comes with the program, or public id of a saved one.
    pub source: &'a str,
    /// How often.
    pub rhythm: Rhythm,
    /// Who gets the result.
    pub role: Role,
    /// Values of the form.
    pub parameters: &'a JsonText,
    /// First time.
    pub next_at: Utc,
    /// Who says so.
    pub set_by: PersonId,
}

/// Keeps a schedule in place of the one before.
///
/// # Errors
/// A database error.
pub fn schedule(conn: &mut Conn, new: &NewSchedule<'_>, now: Utc) -> QueryResult<()> {
    end_schedule(conn, new.source)?;
    diesel::insert_into(report_schedules::table)
        .values((
            report_schedules::source.eq(new.source),
            report_schedules::rhythm.eq(new.rhythm),
            report_schedules::role.eq(new.role),
            report_schedules::parameters.eq(new.parameters),
            report_schedules::next_at.eq(new.next_at),
            report_schedules::set_by.eq(new.set_by),
            report_schedules::set_at.eq(now),
        ))
        .execute(conn)
        .map(drop)
}

/// Ends the schedule of a report, if it has one.
///
/// # Errors
/// A database error.
pub fn end_schedule(conn: &mut Conn, source: &str) -> QueryResult<()> {
    diesel::delete(report_schedules::table.filter(report_schedules::source.eq(source)))
        .execute(conn)
        .map(drop)
}

/// The schedule of a report.
///
/// # Errors
/// A database error.
pub fn schedule_of(conn: &mut Conn, source: &str) -> QueryResult<Option<Schedule>> {
    report_schedules::table.filter(report_schedules::source.eq(source)).first(conn).optional()
}

/// Schedules whose time has come, the longest waiting first.
///
/// # Errors
/// A database error.
pub fn due_schedules(conn: &mut Conn, now: Utc) -> QueryResult<Vec<Schedule>> {
    report_schedules::table
        .filter(report_schedules::next_at.le(now))
        .order((report_schedules::next_at, report_schedules::id))
        .limit(100)
        .load(conn)
}

/// Moves a schedule on; false when somebody else did so meanwhile.
///
/// # Errors
/// A database error.
pub fn move_schedule(conn: &mut Conn, one: &Schedule, next_at: Utc) -> QueryResult<bool> {
    let moved = diesel::update(
        report_schedules::table.find(one.id).filter(report_schedules::next_at.eq(one.next_at)),
    )
    .set(report_schedules::next_at.eq(next_at))
    .execute(conn)?;
    Ok(moved == 1)
}
