//! The queue of runs: one at a time for each person, no more than there are cores for all, so that pages stay quick. What a run
//! reads is in the audit log.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use chrono::TimeDelta;
use folkmoot_reports::{Cancel, Ended, Event, Grant, Job, Limits, Run, RunError, Stop, sample};
use folkmoot_store::accounts::{self, Role};
use folkmoot_store::audit::{self, Act};
use folkmoot_store::reports::{self as table, Ground, NewRun, RunEnd, RunId, RunLine, RunState};
use folkmoot_store::{Conn, JsonText, PersonId, PublicId, Utc};
use serde_json::json;

use super::shelf::{self, Text};
use super::source::Source;
use crate::app::App;
use crate::auth::permission::Action;
use crate::error::{AppError, AppResult};
use crate::http::Ctx;

/// Runs of one person that may wait or run.
const MOST_WAITING: i64 = 5;
/// A run that is still running so long after its start was left by a program that stopped.
const LEFT: TimeDelta = TimeDelta::minutes(2);
/// How often the wish to cancel is looked for, and progress noted.
const LOOK: Duration = Duration::from_millis(300);

/// How many reports run at once: one a core.
#[must_use]
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The limits as a page shows them.
#[must_use]
pub fn limits_in_words() -> String {
    let limits = Limits::default();
    format!(
        "{} seconds of computing, {} seconds in all, {} MiB of memory",
        limits.processor_seconds,
        limits.wall_millis / 1000,
        limits.resident >> 20
    )
}

/// What somebody, or the clock, wants to have run.
pub(super) struct Wanted<'a> {
    pub(super) text: &'a Text,
    /// Values of the form by key.
    pub(super) parameters: &'a [(String, String)],
    pub(super) ground: Ground,
    /// Why it may read personal columns.
    pub(super) personal: Option<&'a str>,
    pub(super) is_trial: bool,
    /// The clock, when nobody.
    pub(super) asked_by: Option<PersonId>,
    pub(super) mail_role: Option<Role>,
}

/// Puts a run into the queue.
///
/// # Errors
/// `Conflict` when too many runs of the person wait; a database error.
pub(super) fn add(conn: &mut Conn, app: &App, wanted: &Wanted<'_>, now: Utc) -> AppResult<PublicId> {
    if let Some(person) = wanted.asked_by
        && table::unfinished_of(conn, person)? >= MOST_WAITING
    {
        return Err(AppError::conflict(format!(
            "{MOST_WAITING} reports of yours wait already. Wait until one is done, or cancel one, then run the next."
        )));
    }
    let public_id = app.public_id()?;
    let new = NewRun {
        public_id: &public_id,
        source: &wanted.text.source,
        version: wanted.text.version,
        title: &wanted.text.title,
        script: &wanted.text.script,
        script_hash: &wanted.text.script_hash,
        parameters: &JsonText::of(wanted.parameters)?,
        ground: wanted.ground,
        personal: wanted.personal,
        sees_money: sees_money(conn, wanted, now)?,
        is_trial: wanted.is_trial,
        asked_by: wanted.asked_by,
        mail_role: wanted.mail_role,
    };
    table::queue_run(conn, &new, now)?;
    Ok(public_id)
}

/// Whether amounts are read: where whoever asks, or gets the result, may see payments and the script is about them.
fn sees_money(conn: &mut Conn, wanted: &Wanted<'_>, now: Utc) -> AppResult<bool> {
    if !["payments", "dues"].iter().any(|name| wanted.text.script.contains(name)) {
        return Ok(false);
    }
    let roles = match (wanted.asked_by, wanted.mail_role) {
        (Some(person), _) => accounts::roles_of(conn, person, now)?,
        (None, role) => role.into_iter().collect(),
    };
    Ok(Action::SeePayments.roles().iter().any(|role| roles.contains(role)))
}

/// Waits a moment for a run, so that the page of a quick report has its result at once. Only where this process runs reports.
///
/// # Errors
/// A database error.
pub(super) async fn wait_a_moment(ctx: &Ctx, id: &PublicId) -> AppResult<()> {
    if !ctx.app().config().work_inside {
        return Ok(());
    }
    for _ in 0..30 {
        let run = id.clone();
        if ctx.app().read(move |c| Ok(table::run(c, &run)?.state.is_over())).await? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// Runs the next report; false when none may run now.
///
/// # Errors
/// A database error.
pub fn run_next(app: &App) -> AppResult<bool> {
    let now = app.now();
    let left = now.plus(-LEFT);
    if !app.store().read(|c| Ok::<_, AppError>(table::run_waits(c)?))? {
        return Ok(false);
    }
    let claimed = app.store().write(|c| {
        table::abandon_runs(c, left, "The program was stopped while this report ran. Run it again.", now)?;
        Ok::<_, AppError>(table::claim_run(c, cores(), now)?)
    })?;
    match claimed {
        Some(line) => finish(app, &line, now).map(|()| true),
        None => Ok(false),
    }
}

/// Runs what was claimed, and notes what came of it.
///
/// # Errors
/// A database error.
pub(super) fn finish(app: &App, line: &RunLine, now: Utc) -> AppResult<()> {
    let (end, run) = execute(app, line, now).unwrap_or_else(|error| {
        tracing::error!(%error, run = %line.public_id, "a report could not be run");
        let why = "The report could not be run. Try again; if it happens again, tell an administrator.";
        (without_outcome(RunState::Stopped, why), None)
    });
    let ended_at = app.now();
    app.store().write(|c| {
        if !table::end_run(c, line.id, &end, ended_at)? {
            return Ok(());
        }
        if let (Some(run), Ground::Organisation) = (&run, line.ground) {
            audit::append(c, &entry(line, run), ended_at)?;
        }
        match line.mail_role {
            Some(role) => super::mail::tell(c, app, line, run.as_ref(), role, ended_at),
            None => Ok(()),
        }
    })
}

/// What the audit log says of a run.
fn entry(line: &RunLine, run: &Run) -> Act {
    Act {
        actor: line.asked_by,
        action: "report.run",
        object: format!("report {}", if line.source.is_empty() { "trial" } else { &line.source }),
        details: json!({
            "run": line.public_id, "script": run.script_hash, "data": run.data_hash, "questions": run.questions,
            "personal": line.personal, "reasons": run.reasons,
        }),
        reference: line.public_id.as_str().to_owned(),
    }
}

/// Whether a run may still read what it was queued for; a sentence when not.
fn grant_of(conn: &mut Conn, line: &RunLine, now: Utc) -> AppResult<Result<Grant, String>> {
    // Whoever may not see payments gets no rows of them, and is told so.
    let names = folkmoot_reports::datasets().iter().map(|one| one.name);
    let datasets =
        Some(names.filter(|name| line.sees_money || *name != "payments").map(str::to_owned).collect());
    if line.personal.is_none() {
        return Ok(Ok(Grant { personal: None, datasets }));
    }
    let roles = match (line.asked_by, line.mail_role) {
        (Some(person), _) => accounts::roles_of(conn, person, now)?,
        (None, Some(role)) => vec![role],
        (None, None) => Vec::new(),
    };
    let reason = shelf::grant_for(conn, &line.source, &line.script_hash, &roles, now)?;
    Ok(match reason {
        Some(reason) => Ok(Grant { personal: Some(reason), datasets }),
        None => Err("The grant for personal data ended before the report ran.".to_owned()),
    })
}

fn execute(app: &App, line: &RunLine, now: Utc) -> AppResult<(RunEnd, Option<Run>)> {
    let (script, grant) =
        app.store().read(|c| Ok::<_, AppError>((table::script_of(c, line.id)?, grant_of(c, line, now)?)))?;
    let grant = match grant {
        Ok(grant) => grant,
        Err(why) => return Ok((without_outcome(RunState::Stopped, &why), None)),
    };
    let runner = super::runner(app.config()).map_err(AppError::internal)?;
    let parameters: Vec<(String, String)> = line.parameters.parse()?;
    let watch = Watch::start(app, line.id)?;
    let today = match line.ground {
        Ground::Sample => sample::today(),
        Ground::Organisation => now.datetime().date_naive(),
    };
    let job = Job { script: &script, parameters: &parameters, grant, today, cancel: watch.cancel.clone() };
    let mut event = |event: Event| watch.note(&event);
    let ran = match line.ground {
        Ground::Sample => runner.run(&job, &mut sample::organisation(), &mut event),
        Ground::Organisation => app.store().read(|c| {
            Ok::<_, AppError>(runner.run(
                &job,
                &mut Source::new(c, now).with_money(line.sees_money),
                &mut event,
            ))
        })?,
    };
    drop(watch);
    match ran {
        Ok(run) => Ok((end_of(&run, runner.limits())?, Some(run))),
        Err(error @ (RunError::Parameters(_) | RunError::NotHeld(_))) => {
            Ok((without_outcome(RunState::Stopped, &format!("{}.", sentence(&error.to_string()))), None))
        }
        Err(error) => Err(AppError::internal(error)),
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.trim_end_matches('.').chars();
    letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn without_outcome(state: RunState, message: &str) -> RunEnd {
    RunEnd {
        state,
        message: message.to_owned(),
        outcome: None,
        data_hash: None,
        rows: 0,
        outputs: 0,
        wall_millis: None,
        processor_millis: None,
        peak_memory: None,
    }
}

fn end_of(run: &Run, limits: &Limits) -> AppResult<RunEnd> {
    let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let (state, message) = match &run.ended {
        Ended::Done => (RunState::Done, String::new()),
        Ended::Failed(failure) => (RunState::Failed, super::view::fault_words(failure)),
        Ended::Stopped(Stop::Cancelled) => (RunState::Cancelled, Stop::Cancelled.words(limits)),
        Ended::Stopped(stop) => (RunState::Stopped, stop.words(limits)),
    };
    Ok(RunEnd {
        state,
        message,
        outcome: Some(JsonText::of(run)?),
        data_hash: Some(run.data_hash.clone()),
        rows: whole(run.usage.rows),
        outputs: i64::try_from(run.outputs.len()).unwrap_or(i64::MAX),
        wall_millis: Some(whole(run.usage.wall_millis)),
        processor_millis: run.usage.processor_millis.map(whole),
        peak_memory: run.usage.peak_memory.map(whole),
    })
}

/// Notes progress and listens for the wish to cancel while a report runs; ends when dropped.
struct Watch {
    cancel: Cancel,
    seen: Arc<Seen>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Seen {
    rows: AtomicU64,
    outputs: AtomicU64,
}

impl Watch {
    fn start(app: &App, run: RunId) -> AppResult<Watch> {
        let (cancel, seen) = (Cancel::default(), Arc::new(Seen::default()));
        look(app, run, &cancel)?;
        let (stop, stopped) = mpsc::channel::<()>();
        let (watching, counted, wish) = (app.clone(), seen.clone(), cancel.clone());
        let watch = move || {
            let mut noted = (0, 0);
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(LOOK) {
                let now = (counted.rows.load(Ordering::Relaxed), counted.outputs.load(Ordering::Relaxed));
                let done = look(&watching, run, &wish)
                    .and_then(|()| if now == noted { Ok(()) } else { note(&watching, run, now) });
                match done {
                    Ok(()) => noted = now,
                    Err(error) => tracing::warn!(%error, "the progress of a report could not be noted"),
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name("report watch".into())
            .spawn(watch)
            .map_err(AppError::internal)?;
        Ok(Watch { cancel, seen, stop: Some(stop), thread: Some(thread) })
    }

    fn note(&self, event: &Event) {
        match event {
            Event::Rows(_, rows) => self.seen.rows.store(*rows, Ordering::Relaxed),
            Event::Output(number) => self.seen.outputs.store(*number as u64, Ordering::Relaxed),
            _ => {}
        }
    }
}

fn look(app: &App, run: RunId, cancel: &Cancel) -> AppResult<()> {
    if app.store().read(|c| Ok::<_, AppError>(table::cancel_asked(c, run)?))? {
        cancel.cancel();
    }
    Ok(())
}

fn note(app: &App, run: RunId, (rows, outputs): (u64, u64)) -> AppResult<()> {
    let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    app.store().write(|c| Ok::<_, AppError>(table::note_progress(c, run, whole(rows), whole(outputs))?))
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
