//! The workers: one thread for mail, one for jobs, one a core for reports. Several processes may run them; a lease gives each piece of work to one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, anyhow};
use chrono::TimeDelta;
use folkmoot_store::jobs::{self as table, JobState};

use super::{KINDS, queue_recurring};
use crate::app::App;
use crate::elections::look_at_clock;
use crate::error::{AppError, AppResult};
use crate::mail::Mailer;
use crate::reports;

/// How long a worker may take for one job.
const LEASE: TimeDelta = TimeDelta::minutes(15);
/// How often an idle worker looks.
const PAUSE: Duration = Duration::from_millis(400);

/// Running workers; dropped or stopped, they finish the piece at hand.
pub struct Workers {
    stop: Vec<Sender<()>>,
    threads: Vec<JoinHandle<()>>,
}

impl Workers {
    /// Starts a thread for mail, one for jobs, and one a core for reports.
    ///
    /// # Errors
    /// When the mail transport cannot be prepared or a thread not be started.
    pub fn start(app: &App) -> anyhow::Result<Self> {
        let name = worker_name(app)?;
        let mailer = Mailer::new(app.clone(), name.clone())?;
        let mut workers = Self { stop: Vec::new(), threads: Vec::new() };
        workers.spawn("mail", move || mailer.send_next())?;
        let (app, reporter) = (app.clone(), app.clone());
        workers.spawn("jobs", move || {
            look_at_clock(&app)?;
            let now = app.now();
            let due = app.store().read(|c| recurring_missing(c, now))?;
            if due {
                app.store().write(|c| queue_recurring(c, now))?;
            }
            run_next(&app, &name)
        })?;
        for _ in 0..reports::queue::cores() {
            let app = reporter.clone();
            workers.spawn("reports", move || reports::queue::run_next(&app))?;
        }
        Ok(workers)
    }

    fn spawn(
        &mut self,
        name: &str,
        step: impl Fn() -> AppResult<bool> + Send + 'static,
    ) -> anyhow::Result<()> {
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::Builder::new().name(format!("worker {name}")).spawn(move || {
            loop {
                let busy = match catch_unwind(AssertUnwindSafe(&step)) {
                    Ok(Ok(busy)) => busy,
                    Ok(Err(error)) => {
                        tracing::error!(%error, "a worker's step failed");
                        false
                    }
                    Err(_) => {
                        tracing::error!("a worker's step panicked");
                        false
                    }
                };
                let pause = if busy { Duration::ZERO } else { PAUSE };
                match stopped.recv_timeout(pause) {
                    Err(RecvTimeoutError::Timeout) => {}
                    Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
                }
            }
        })?;
        self.stop.push(stop);
        self.threads.push(thread);
        Ok(())
    }

    /// Lets them finish the piece at hand and waits for them.
    pub fn stop(mut self) {
        self.stop.clear();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn worker_name(app: &App) -> anyhow::Result<String> {
    let bytes: [u8; 8] = app.random()?;
    Ok(format!("{}-{:016x}", std::process::id(), u64::from_be_bytes(bytes)))
}

fn recurring_missing(conn: &mut folkmoot_store::Conn, now: folkmoot_store::Utc) -> AppResult<bool> {
    for (job, seconds) in super::recurring() {
        let key = format!("{} {}", job.kind, now.micros() / 1_000_000 / seconds);
        if !table::was_queued(conn, &key)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Runs the oldest due job; false when none was due.
fn run_next(app: &App, worker: &str) -> AppResult<bool> {
    let now = app.now();
    if !app.store().read(|c| Ok::<_, AppError>(table::is_due(c, now)?))? {
        return Ok(false);
    }
    let claimed = app.store().write(|c| Ok::<_, AppError>(table::claim(c, worker, LEASE, now)?))?;
    let Some(job) = claimed else { return Ok(false) };
    let outcome = match KINDS.iter().find(|(kind, _)| *kind == job.kind) {
        None => Err(anyhow!("no job is called {:?} in this version", job.kind)),
        Some((_, run)) => catch_unwind(AssertUnwindSafe(|| run(app, &job.payload)))
            .unwrap_or_else(|_| Err(anyhow!("the job panicked"))),
    };
    let now = app.now();
    match outcome {
        Ok(()) => {
            app.store().write(|c| Ok::<_, AppError>(table::complete(c, job.id, worker, now)?))?;
        }
        Err(error) => {
            let text = format!("{error:#}");
            let state =
                app.store().write(|c| Ok::<_, AppError>(table::fail(c, &job, worker, &text, now)?))?;
            if state == JobState::Dead {
                tracing::error!(job = job.id.0, kind = job.kind, error = text, "a job was given up");
            } else {
                tracing::warn!(
                    job = job.id.0,
                    kind = job.kind,
                    error = text,
                    "a job failed and will be repeated"
                );
            }
        }
    }
    Ok(true)
}

/// Sends every due mail, runs every due job and every report that waits, then returns; for tests, seeds and `folkmoot worker --once`.
///
/// # Errors
/// A database error.
pub fn run_due(app: &App) -> anyhow::Result<usize> {
    let name = worker_name(app)?;
    let mailer = Mailer::new(app.clone(), name.clone())?;
    let mut done = 0;
    while mailer.send_next().context("sending mail")?
        || run_next(app, &name).context("running jobs")?
        || reports::queue::run_next(app).context("running reports")?
    {
        done += 1;
    }
    Ok(done)
}
