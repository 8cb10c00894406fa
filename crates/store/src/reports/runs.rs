//! Runs of reports: a queue that is fair between people, and the history.

use std::collections::{HashMap, HashSet};

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::RunId;
use crate::Conn;
use crate::accounts::Role;
use crate::schema::report_runs;
use crate::types::{JsonText, PersonId, PublicId, Utc};

crate::text_enum! {
    /// Which rows a run sees.
    pub enum Ground {
        /// Those of an invented organisation.
        Sample = "sample",
        /// Those of this one.
        Organisation = "organisation",
    }
}

crate::text_enum! {
    /// How far a run is.
    pub enum RunState {
        /// Waits for its turn.
        Waiting = "waiting",
        /// Runs.
        Running = "running",
        /// Came to its end.
        Done = "done",
        /// The script failed.
        Failed = "failed",
        /// Was ended for a limit, or could not be had.
        Stopped = "stopped",
        /// Was cancelled.
        Cancelled = "cancelled",
    }
}

impl RunState {
    /// Nothing more will happen.
    #[must_use]
    pub fn is_over(self) -> bool {
        !matches!(self, RunState::Waiting | RunState::Running)
    }
}

/// A run without its script and its outcome, which may be long.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct RunLine {
    /// Key.
    pub id: RunId,
    /// Id for addresses.
    pub public_id: PublicId,
    /// Name of a report that comes with the program, public id of a saved one, or nothing for a text that is not saved.
    pub source: String,
    /// Which version of a saved report.
    pub version: Option<i64>,
    /// Title of the report.
    pub title: String,
    /// SHA-256 of the script in hex.
    pub script_hash: String,
    /// Values of the form.
    pub parameters: JsonText,
    /// Which rows it sees.
    pub ground: Ground,
    /// Why it may read personal columns.
    pub personal: Option<String>,
    /// It may read amounts of money.
    pub sees_money: bool,
    /// Seen by its author alone.
    pub is_trial: bool,
    /// Who asked for it; nobody when the clock did.
    pub asked_by: Option<PersonId>,
    /// Whom the result is mailed to.
    pub mail_role: Option<Role>,
    /// How far it is.
    pub state: RunState,
    /// When it was asked for.
    pub queued_at: Utc,
    /// When it began.
    pub started_at: Option<Utc>,
    /// When it was over.
    pub ended_at: Option<Utc>,
    /// Somebody wishes its end.
    pub cancel_asked: bool,
    /// Rows read so far.
    pub progress_rows: i64,
    /// Outputs made so far.
    pub progress_outputs: i64,
    /// Why there is no outcome.
    pub message: String,
    /// SHA-256 of all that was read, in hex.
    pub data_hash: Option<String>,
    /// Milliseconds by the wall.
    pub wall_millis: Option<i64>,
    /// Milliseconds of processor time.
    pub processor_millis: Option<i64>,
    /// Most memory, in bytes.
    pub peak_memory: Option<i64>,
}

/// Columns of a [`RunLine`].
macro_rules! line {
    () => {
        (
            report_runs::id,
            report_runs::public_id,
            report_runs::source,
            report_runs::version,
            report_runs::title,
            report_runs::script_hash,
            report_runs::parameters,
            report_runs::ground,
            report_runs::personal,
            report_runs::sees_money,
            report_runs::is_trial,
            report_runs::asked_by,
            report_runs::mail_role,
            report_runs::state,
            report_runs::queued_at,
            report_runs::started_at,
            report_runs::ended_at,
            report_runs::cancel_asked,
            report_runs::progress_rows,
            report_runs::progress_outputs,
            report_runs::message,
            report_runs::data_hash,
            report_runs::wall_millis,
            report_runs::processor_millis,
            report_runs::peak_memory,
        )
    };
}

/// A run to be queued.
#[derive(Debug, Clone)]
pub struct NewRun<'a> {
    /// Id for addresses.
    pub public_id: &'a PublicId,
    /// Name of a report that comes with the program, public id of a saved one, or nothing.
    pub source: &'a str,
    /// Which version of a saved report.
    pub version: Option<i64>,
    /// Title of the report.
    pub title: &'a str,
    /// The script.
    pub script: &'a str,
    /// SHA-256 of it in hex.
    pub script_hash: &'a str,
    /// Values of the form.
    pub parameters: &'a JsonText,
    /// Which rows it sees.
    pub ground: Ground,
    /// Why it may read personal columns.
    pub personal: Option<&'a str>,
    /// It may read amounts of money.
    pub sees_money: bool,
    /// Seen by its author alone.
    pub is_trial: bool,
    /// Who asks; nobody when the clock does.
    pub asked_by: Option<PersonId>,
    /// Whom the result is mailed to.
    pub mail_role: Option<Role>,
}

/// Puts a run at the end of its person's queue.
///
/// # Errors
/// A database error.
pub fn queue_run(conn: &mut Conn, new: &NewRun<'_>, now: Utc) -> QueryResult<RunId> {
    diesel::insert_into(report_runs::table)
        .values((
            report_runs::public_id.eq(new.public_id),
            report_runs::source.eq(new.source),
            report_runs::version.eq(new.version),
            report_runs::title.eq(new.title),
            report_runs::script.eq(new.script),
            report_runs::script_hash.eq(new.script_hash),
            report_runs::parameters.eq(new.parameters),
            report_runs::ground.eq(new.ground),
            report_runs::personal.eq(new.personal),
            report_runs::sees_money.eq(new.sees_money),
            report_runs::is_trial.eq(new.is_trial),
            report_runs::asked_by.eq(new.asked_by),
            report_runs::mail_role.eq(new.mail_role),
            report_runs::state.eq(RunState::Waiting),
            report_runs::queued_at.eq(now),
            report_runs::cancel_asked.eq(false),
            report_runs::progress_rows.eq(0_i64),
            report_runs::progress_outputs.eq(0_i64),
            report_runs::message.eq(""),
        ))
        .returning(report_runs::id)
        .get_result(conn)
}

/// How many runs of a person wait or run.
///
/// # Errors
/// A database error.
pub fn unfinished_of(conn: &mut Conn, person: PersonId) -> QueryResult<i64> {
    report_runs::table
        .filter(report_runs::state.eq_any([RunState::Waiting, RunState::Running]))
        .filter(report_runs::asked_by.eq(person))
        .select(count_star())
        .first(conn)
}

/// Whether any run waits; lets an idle worker look without writing.
///
/// # Errors
/// A database error.
pub fn run_waits(conn: &mut Conn) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(report_runs::table.filter(report_runs::state.eq(RunState::Waiting))))
        .get_result(conn)
}

/// Gives out the next run, unless as many as `most` are running. At most one of each person runs; among those who wait it is the
/// turn of whoever had a run longest ago. The clock counts as one person.
///
/// # Errors
/// A database error.
pub fn claim_run(conn: &mut Conn, most: usize, now: Utc) -> QueryResult<Option<RunLine>> {
    let running: Vec<Option<PersonId>> = report_runs::table
        .filter(report_runs::state.eq(RunState::Running))
        .select(report_runs::asked_by)
        .load(conn)?;
    if running.len() >= most {
        return Ok(None);
    }
    let busy: HashSet<Option<PersonId>> = running.into_iter().collect();
    let waiting: Vec<(RunId, Option<PersonId>)> = report_runs::table
        .filter(report_runs::state.eq(RunState::Waiting))
        .order(report_runs::id)
        .limit(1_000)
        .select((report_runs::id, report_runs::asked_by))
        .load(conn)?;
    let mut served: HashMap<Option<PersonId>, Option<Utc>> = HashMap::new();
    let mut next: Option<(Option<Utc>, RunId)> = None;
    for (id, person) in waiting.into_iter().filter(|(_, person)| !busy.contains(person)) {
        // Only the first of each person is looked at.
        if served.contains_key(&person) {
            continue;
        }
        let last = last_start(conn, person)?;
        served.insert(person, last);
        if next.is_none_or(|best| (last, id) < best) {
            next = Some((last, id));
        }
    }
    let Some((_, id)) = next else { return Ok(None) };
    diesel::update(report_runs::table.find(id).filter(report_runs::state.eq(RunState::Waiting)))
        .set((report_runs::state.eq(RunState::Running), report_runs::started_at.eq(now)))
        .returning(line!())
        .get_result(conn)
        .optional()
}

fn last_start(conn: &mut Conn, person: Option<PersonId>) -> QueryResult<Option<Utc>> {
    let started = report_runs::table.filter(report_runs::started_at.is_not_null());
    let latest = started.order(report_runs::id.desc()).select(report_runs::started_at);
    let last: Option<Option<Utc>> = match person {
        Some(person) => latest.filter(report_runs::asked_by.eq(person)).first(conn),
        None => latest.filter(report_runs::asked_by.is_null()).first(conn),
    }
    .optional()?;
    Ok(last.flatten())
}

/// A run by its id in addresses.
///
/// # Errors
/// `NotFound`, or a database error.
pub fn run(conn: &mut Conn, id: &PublicId) -> QueryResult<RunLine> {
    report_runs::table.filter(report_runs::public_id.eq(id)).select(line!()).first(conn)
}

/// The script of a run.
///
/// # Errors
/// `NotFound`, or a database error.
pub fn script_of(conn: &mut Conn, id: RunId) -> QueryResult<String> {
    report_runs::table.find(id).select(report_runs::script).first(conn)
}

/// What came of a run, as JSON of the program; nothing when there is no outcome, or it was forgotten.
///
/// # Errors
/// `NotFound`, or a database error.
pub fn outcome_of(conn: &mut Conn, id: RunId) -> QueryResult<Option<JsonText>> {
    report_runs::table.find(id).select(report_runs::outcome).first(conn)
}

/// Runs of a report on the organisation's data that are no trials, the newest first.
///
/// # Errors
/// A database error.
pub fn history(conn: &mut Conn, source: &str, limit: i64) -> QueryResult<Vec<RunLine>> {
    report_runs::table
        .filter(report_runs::source.eq(source))
        .filter(report_runs::is_trial.eq(false))
        .order(report_runs::id.desc())
        .limit(limit)
        .select(line!())
        .load(conn)
}

/// The newest run of a report that came to its end and still has its outcome.
///
/// # Errors
/// A database error.
pub fn last_good(conn: &mut Conn, source: &str) -> QueryResult<Option<RunLine>> {
    report_runs::table
        .filter(report_runs::source.eq(source))
        .filter(report_runs::is_trial.eq(false))
        .filter(report_runs::state.eq(RunState::Done))
        .filter(report_runs::outcome.is_not_null())
        .order(report_runs::id.desc())
        .select(line!())
        .first(conn)
        .optional()
}

/// The newest trial of a person that came to its end: of a saved report, or of texts that are not saved.
///
/// # Errors
/// A database error.
pub fn last_good_trial(
    conn: &mut Conn,
    person: PersonId,
    source: &str,
    before: RunId,
) -> QueryResult<Option<RunLine>> {
    report_runs::table
        .filter(report_runs::source.eq(source))
        .filter(report_runs::asked_by.eq(person))
        .filter(report_runs::is_trial.eq(true))
        .filter(report_runs::state.eq(RunState::Done))
        .filter(report_runs::outcome.is_not_null())
        .filter(report_runs::id.lt(before))
        .order(report_runs::id.desc())
        .select(line!())
        .first(conn)
        .optional()
}

/// Runs of a person that are not over, and the latest that are, the newest first.
///
/// # Errors
/// A database error.
pub fn runs_of(conn: &mut Conn, person: PersonId, limit: i64) -> QueryResult<Vec<RunLine>> {
    report_runs::table
        .filter(report_runs::asked_by.eq(person))
        .order(report_runs::id.desc())
        .limit(limit)
        .select(line!())
        .load(conn)
}

/// Notes how far a run is.
///
/// # Errors
/// A database error.
pub fn note_progress(conn: &mut Conn, id: RunId, rows: i64, outputs: i64) -> QueryResult<()> {
    diesel::update(report_runs::table.find(id).filter(report_runs::state.eq(RunState::Running)))
        .set((report_runs::progress_rows.eq(rows), report_runs::progress_outputs.eq(outputs)))
        .execute(conn)
        .map(drop)
}

/// Wishes the end of a run: at once when it waits, soon when it runs; false when it is over.
///
/// # Errors
/// A database error.
pub fn cancel_run(conn: &mut Conn, id: RunId, now: Utc) -> QueryResult<bool> {
    let waited = diesel::update(report_runs::table.find(id).filter(report_runs::state.eq(RunState::Waiting)))
        .set((
            report_runs::state.eq(RunState::Cancelled),
            report_runs::cancel_asked.eq(true),
            report_runs::ended_at.eq(now),
        ))
        .execute(conn)?;
    let ran = diesel::update(report_runs::table.find(id).filter(report_runs::state.eq(RunState::Running)))
        .set(report_runs::cancel_asked.eq(true))
        .execute(conn)?;
    Ok(waited + ran > 0)
}

/// Whether somebody wishes the end of a run.
///
/// # Errors
/// `NotFound`, or a database error.
pub fn cancel_asked(conn: &mut Conn, id: RunId) -> QueryResult<bool> {
    report_runs::table.find(id).select(report_runs::cancel_asked).first(conn)
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct RunEnd {
    /// Over, one way or another.
    pub state: RunState,
    /// Why there is no outcome.
    pub message: String,
    /// What came of it, as JSON of the program.
    pub outcome: Option<JsonText>,
    /// SHA-256 of all that was read, in hex.
    pub data_hash: Option<String>,
    /// Rows read.
    pub rows: i64,
    /// Outputs made.
    pub outputs: i64,
    /// Milliseconds by the wall.
    pub wall_millis: Option<i64>,
    /// Milliseconds of processor time.
    pub processor_millis: Option<i64>,
    /// Most memory, in bytes.
    pub peak_memory: Option<i64>,
}

/// Notes the end of a run; false when it was not running any more.
///
/// # Errors
/// A database error.
pub fn end_run(conn: &mut Conn, id: RunId, end: &RunEnd, now: Utc) -> QueryResult<bool> {
    let ended = diesel::update(report_runs::table.find(id).filter(report_runs::state.eq(RunState::Running)))
        .set((
            report_runs::state.eq(end.state),
            report_runs::ended_at.eq(now),
            report_runs::message.eq(&end.message),
            report_runs::outcome.eq(&end.outcome),
            report_runs::data_hash.eq(&end.data_hash),
            report_runs::progress_rows.eq(end.rows),
            report_runs::progress_outputs.eq(end.outputs),
            report_runs::wall_millis.eq(end.wall_millis),
            report_runs::processor_millis.eq(end.processor_millis),
            report_runs::peak_memory.eq(end.peak_memory),
        ))
        .execute(conn)?;
    Ok(ended == 1)
}

/// Ends runs that began before an instant and were left by a program that stopped; returns how many.
///
/// # Errors
/// A database error.
pub fn abandon_runs(conn: &mut Conn, before: Utc, message: &str, now: Utc) -> QueryResult<usize> {
    diesel::update(
        report_runs::table
            .filter(report_runs::state.eq(RunState::Running))
            .filter(report_runs::started_at.lt(before)),
    )
    .set((
        report_runs::state.eq(RunState::Stopped),
        report_runs::ended_at.eq(now),
        report_runs::message.eq(message),
    ))
    .execute(conn)
}

/// Removes runs that ended before an instant.
///
/// # Errors
/// A database error.
pub fn purge_runs(conn: &mut Conn, before: Utc) -> QueryResult<usize> {
    diesel::delete(report_runs::table.filter(report_runs::ended_at.lt(before))).execute(conn)
}

/// Forgets what came of runs with personal data that ended before an instant; that they ran stays.
///
/// # Errors
/// A database error.
pub fn forget_personal_outcomes(conn: &mut Conn, before: Utc) -> QueryResult<usize> {
    diesel::update(
        report_runs::table
            .filter(report_runs::personal.is_not_null())
            .filter(report_runs::outcome.is_not_null())
            .filter(report_runs::ended_at.lt(before)),
    )
    .set(report_runs::outcome.eq(None::<JsonText>))
    .execute(conn)
}
