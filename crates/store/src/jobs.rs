//! Work to be done after a commit. A job is queued in the transaction of the change that needs it, claimed by lease, and
//! repeated with growing pauses until it succeeds or is dead.

use chrono::TimeDelta;
use diesel::prelude::*;

use crate::Conn;
use crate::schema::jobs;
use crate::types::{JsonText, Utc};

crate::row_ids! {
    /// Key of a job.
    JobId,
}

crate::text_enum! {
    /// State of a job.
    pub enum JobState {
        /// Waiting or running.
        Queued = "queued",
        /// Succeeded.
        Done = "done",
        /// Given up; staff may repeat it.
        Dead = "dead",
    }
}

/// A job.
#[derive(Debug, Clone, Queryable)]
pub struct Job {
    /// Key.
    pub id: JobId,
    /// Which job.
    pub kind: String,
    /// JSON.
    pub payload: JsonText,
    /// At most one job was ever queued with this key.
    pub idempotence_key: Option<String>,
    /// State.
    pub state: JobState,
    /// Not before this instant.
    pub run_at: Utc,
    /// Times it was begun.
    pub attempts: i64,
    /// After so many it is dead.
    pub max_attempts: i64,
    /// A worker has it until then.
    pub lease_until: Option<Utc>,
    /// Which worker.
    pub lease_by: Option<String>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// Instant of creation.
    pub created_at: Utc,
    /// When it was done or given up.
    pub finished_at: Option<Utc>,
}

/// What is needed to queue a job.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Which job.
    pub kind: &'static str,
    /// JSON.
    pub payload: JsonText,
    /// Queue nothing when a job with this key was ever queued.
    pub idempotence_key: Option<String>,
    /// Not before this instant.
    pub run_at: Utc,
    /// After so many attempts it is dead.
    pub max_attempts: i64,
}

/// Queues a job; `None` when its key was used before.
///
/// # Errors
/// A database error.
pub fn queue(conn: &mut Conn, new: &NewJob, now: Utc) -> QueryResult<Option<JobId>> {
    if let Some(key) = &new.idempotence_key {
        let used: bool =
            diesel::select(diesel::dsl::exists(jobs::table.filter(jobs::idempotence_key.eq(key))))
                .get_result(conn)?;
        if used {
            return Ok(None);
        }
    }
    diesel::insert_into(jobs::table)
        .values((
            jobs::kind.eq(new.kind),
            jobs::payload.eq(&new.payload),
            jobs::idempotence_key.eq(&new.idempotence_key),
            jobs::state.eq(JobState::Queued),
            jobs::run_at.eq(new.run_at),
            jobs::attempts.eq(0_i64),
            jobs::max_attempts.eq(new.max_attempts),
            jobs::created_at.eq(now),
        ))
        .returning(jobs::id)
        .get_result(conn)
        .map(Some)
}

/// True when a job with this key was ever queued.
///
/// # Errors
/// A database error.
pub fn was_queued(conn: &mut Conn, key: &str) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(jobs::table.filter(jobs::idempotence_key.eq(key)))).get_result(conn)
}

/// True when a job could be claimed; lets an idle worker look without writing.
///
/// # Errors
/// A database error.
pub fn is_due(conn: &mut Conn, now: Utc) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        jobs::table
            .filter(jobs::state.eq(JobState::Queued))
            .filter(jobs::run_at.le(now))
            .filter(jobs::lease_until.is_null().or(jobs::lease_until.le(now))),
    ))
    .get_result(conn)
}

/// Gives the oldest due job to `worker` until `now + lease`. Nobody else gets it meanwhile; a worker that dies loses it.
///
/// # Errors
/// A database error.
pub fn claim(conn: &mut Conn, worker: &str, lease: TimeDelta, now: Utc) -> QueryResult<Option<Job>> {
    let found: Option<Job> = jobs::table
        .filter(jobs::state.eq(JobState::Queued))
        .filter(jobs::run_at.le(now))
        .filter(jobs::lease_until.is_null().or(jobs::lease_until.le(now)))
        .order((jobs::run_at, jobs::id))
        .first(conn)
        .optional()?;
    let Some(job) = found else { return Ok(None) };
    diesel::update(jobs::table.find(job.id))
        .set((
            jobs::lease_until.eq(now.plus(lease)),
            jobs::lease_by.eq(worker),
            jobs::attempts.eq(job.attempts + 1),
        ))
        .returning(jobs::all_columns)
        .get_result(conn)
        .map(Some)
}

/// Notes success. Returns false when the lease was lost meanwhile.
///
/// # Errors
/// A database error.
pub fn complete(conn: &mut Conn, id: JobId, worker: &str, now: Utc) -> QueryResult<bool> {
    let n = diesel::update(jobs::table.find(id).filter(jobs::lease_by.eq(worker)))
        .set((
            jobs::state.eq(JobState::Done),
            jobs::finished_at.eq(now),
            jobs::lease_until.eq(None::<Utc>),
            jobs::lease_by.eq(None::<String>),
            jobs::last_error.eq(None::<String>),
        ))
        .execute(conn)?;
    Ok(n > 0)
}

/// Notes failure: another attempt after a pause, or the end. Returns the new state.
///
/// # Errors
/// A database error.
pub fn fail(conn: &mut Conn, job: &Job, worker: &str, error: &str, now: Utc) -> QueryResult<JobState> {
    let dead = job.attempts >= job.max_attempts;
    let state = if dead { JobState::Dead } else { JobState::Queued };
    let short: String = error.chars().take(500).collect();
    diesel::update(jobs::table.find(job.id).filter(jobs::lease_by.eq(worker)))
        .set((
            jobs::state.eq(state),
            jobs::run_at.eq(now.plus(pause_after(job.attempts))),
            jobs::lease_until.eq(None::<Utc>),
            jobs::lease_by.eq(None::<String>),
            jobs::last_error.eq(short),
            jobs::finished_at.eq(dead.then_some(now)),
        ))
        .execute(conn)?;
    Ok(state)
}

/// Pause after the given number of attempts: 10 s, doubling, at most one hour.
#[must_use]
pub fn pause_after(attempts: i64) -> TimeDelta {
    let doublings = u32::try_from(attempts.clamp(1, 10) - 1).unwrap_or(0);
    TimeDelta::seconds((10_i64 << doublings).min(3600))
}

/// Puts a dead job back into the queue; returns whether it was dead.
///
/// # Errors
/// A database error.
pub fn repeat(conn: &mut Conn, id: JobId, now: Utc) -> QueryResult<bool> {
    let n = diesel::update(jobs::table.find(id).filter(jobs::state.eq(JobState::Dead)))
        .set((
            jobs::state.eq(JobState::Queued),
            jobs::run_at.eq(now),
            jobs::attempts.eq(0_i64),
            jobs::finished_at.eq(None::<Utc>),
        ))
        .execute(conn)?;
    Ok(n > 0)
}

/// Jobs in a state, newest first, at most `limit`.
///
/// # Errors
/// A database error.
pub fn jobs_in(conn: &mut Conn, state: JobState, limit: i64) -> QueryResult<Vec<Job>> {
    jobs::table.filter(jobs::state.eq(state)).order(jobs::id.desc()).limit(limit).load(conn)
}

/// Number of jobs in a state.
///
/// # Errors
/// A database error.
pub fn count(conn: &mut Conn, state: JobState) -> QueryResult<i64> {
    jobs::table.filter(jobs::state.eq(state)).count().get_result(conn)
}

/// Removes jobs done before `before`; returns how many.
///
/// # Errors
/// A database error.
pub fn purge(conn: &mut Conn, before: Utc) -> QueryResult<usize> {
    diesel::delete(jobs::table.filter(jobs::state.eq(JobState::Done)).filter(jobs::finished_at.lt(before)))
        .execute(conn)
}

/// One job.
///
/// # Errors
/// `NotFound` when there is none.
pub fn job(conn: &mut Conn, id: JobId) -> QueryResult<Job> {
    jobs::table.find(id).first(conn)
}
