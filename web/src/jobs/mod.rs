//! Work to be done after a commit. A job is a struct that can be written as JSON and run again after a failure without
//! harm; it is queued in the transaction of the change that needs it.

mod housekeeping;
mod worker;

use folkmoot_store::jobs::{self as table, JobId, NewJob};
use folkmoot_store::{Conn, JsonText, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::awards::{RemindReviewers, TendAwards};
use crate::bodies::activity::AskInactive;
use crate::elections::notices::{RemindVoters, TellRoll};
use crate::elections::trustees::{CallTrustees, EndShuffling};
use crate::elections::{Advance, AskWitnesses, DestroyBindings, EraseCodes, MailReceipts};
use crate::error::AppResult;
use crate::imports::GoOn;
use crate::membership::RemindMembers;
use crate::motions::{SettleMotions, TellElectors};
use crate::nominations::jobs::{RemindNominees, TellMoved};
use crate::payments::{AskAboutPending, Reconcile};
use crate::people::duplicates::FindDuplicates;
use crate::reports::RunScheduled;
use crate::roles::RemindOfReview;
use crate::work_groups::RemindReports;

pub use housekeeping::Housekeeping;
pub use worker::{Workers, run_due};

/// A job. Running it twice must be the same as running it once: a worker may die between the work and noting it.
pub trait Job: Serialize + DeserializeOwned {
    /// Name in the table; never changed.
    const KIND: &'static str;
    /// After so many failures it waits for staff.
    const MAX_ATTEMPTS: i64 = 8;

    /// Does the work. No transaction is open meanwhile.
    ///
    /// # Errors
    /// Whatever went wrong; the text is shown to staff and must hold no personal data.
    fn run(&self, app: &App) -> anyhow::Result<()>;
}

type Runner = fn(&App, &JsonText) -> anyhow::Result<()>;

fn run_as<J: Job>(app: &App, payload: &JsonText) -> anyhow::Result<()> {
    payload.parse::<J>()?.run(app)
}

/// Every kind of job. A new one adds its line here.
const KINDS: &[(&str, Runner)] = &[
    (Housekeeping::KIND, run_as::<Housekeeping>),
    (GoOn::KIND, run_as::<GoOn>),
    (FindDuplicates::KIND, run_as::<FindDuplicates>),
    (Advance::KIND, run_as::<Advance>),
    (AskWitnesses::KIND, run_as::<AskWitnesses>),
    (MailReceipts::KIND, run_as::<MailReceipts>),
    (EraseCodes::KIND, run_as::<EraseCodes>),
    (DestroyBindings::KIND, run_as::<DestroyBindings>),
    (CallTrustees::KIND, run_as::<CallTrustees>),
    (EndShuffling::KIND, run_as::<EndShuffling>),
    (TellRoll::KIND, run_as::<TellRoll>),
    (RemindVoters::KIND, run_as::<RemindVoters>),
    (RemindOfReview::KIND, run_as::<RemindOfReview>),
    (RemindMembers::KIND, run_as::<RemindMembers>),
    (AskInactive::KIND, run_as::<AskInactive>),
    (SettleMotions::KIND, run_as::<SettleMotions>),
    (TellElectors::KIND, run_as::<TellElectors>),
    (RemindReports::KIND, run_as::<RemindReports>),
    (RemindNominees::KIND, run_as::<RemindNominees>),
    (TellMoved::KIND, run_as::<TellMoved>),
    (AskAboutPending::KIND, run_as::<AskAboutPending>),
    (Reconcile::KIND, run_as::<Reconcile>),
    (RunScheduled::KIND, run_as::<RunScheduled>),
    (TendAwards::KIND, run_as::<TendAwards>),
    (RemindReviewers::KIND, run_as::<RemindReviewers>),
];

/// Jobs queued by the clock: kind, payload, and every how many seconds.
#[rustfmt::skip]
fn recurring() -> Vec<(NewJobOf, i64)> {
    vec![
        (NewJobOf::of(&Housekeeping {}), 3600),
        (NewJobOf::of(&FindDuplicates {}), 86_400),
        (NewJobOf::of(&Advance {}), 30),
        (NewJobOf::of(&AskWitnesses {}), 60),
        (NewJobOf::of(&MailReceipts {}), 86_400),
        (NewJobOf::of(&EraseCodes {}), 60),
        (NewJobOf::of(&DestroyBindings {}), 86_400),
        (NewJobOf::of(&CallTrustees {}), 60),
        (NewJobOf::of(&RemindVoters {}), 3600),
        (NewJobOf::of(&RemindOfReview {}), 86_400),
        (NewJobOf::of(&RemindMembers {}), 3600),
        (NewJobOf::of(&AskInactive {}), 86_400),
        (NewJobOf::of(&SettleMotions {}), 30),
        (NewJobOf::of(&RemindReports {}), 86_400),
        (NewJobOf::of(&RemindNominees {}), 3600),
        (NewJobOf::of(&AskAboutPending {}), 600),
        (NewJobOf::of(&Reconcile {}), 3600),
        (NewJobOf::of(&RunScheduled {}), 600),
        (NewJobOf::of(&TendAwards {}), 60),
        (NewJobOf::of(&RemindReviewers {}), 3600),
    ]
}

struct NewJobOf {
    kind: &'static str,
    payload: Result<JsonText, folkmoot_store::diesel::result::Error>,
    max_attempts: i64,
}

impl NewJobOf {
    fn of<J: Job>(job: &J) -> Self {
        Self { kind: J::KIND, payload: JsonText::of(job), max_attempts: J::MAX_ATTEMPTS }
    }
}

/// Queues a job to run as soon as possible.
///
/// # Errors
/// A database error.
pub fn queue<J: Job>(conn: &mut Conn, job: &J, now: Utc) -> AppResult<Option<JobId>> {
    queue_at(conn, job, now, None, now)
}

/// Queues a job to run at `run_at`. With a key, nothing is queued when a job with that key was queued before.
///
/// # Errors
/// A database error.
pub fn queue_at<J: Job>(
    conn: &mut Conn,
    job: &J,
    run_at: Utc,
    key: Option<String>,
    now: Utc,
) -> AppResult<Option<JobId>> {
    let new = NewJob {
        kind: J::KIND,
        payload: JsonText::of(job)?,
        idempotence_key: key,
        run_at,
        max_attempts: J::MAX_ATTEMPTS,
    };
    Ok(table::queue(conn, &new, now)?)
}

/// Queues the recurring jobs of the current period; the key makes several processes queue each once.
///
/// # Errors
/// A database error.
pub fn queue_recurring(conn: &mut Conn, now: Utc) -> AppResult<()> {
    for (job, seconds) in recurring() {
        let period = now.micros() / 1_000_000 / seconds;
        let new = NewJob {
            kind: job.kind,
            payload: job.payload?,
            idempotence_key: Some(format!("{} {period}", job.kind)),
            run_at: now,
            max_attempts: job.max_attempts,
        };
        table::queue(conn, &new, now)?;
    }
    Ok(())
}
