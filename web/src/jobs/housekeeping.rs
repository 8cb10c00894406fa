//! Removes what is over: sessions, done jobs, idle buckets; signs the tail of the audit log.

use chrono::TimeDelta;
use folkmoot_store::{
    accounts, audit, contact, data_requests, elections, imports, jobs, mails, people, rate, reports,
};
use serde::{Deserialize, Serialize};

use super::Job;
use crate::app::App;
use crate::error::AppError;

/// Runs every hour.
#[derive(Debug, Serialize, Deserialize)]
pub struct Housekeeping {}

impl Job for Housekeeping {
    const KIND: &'static str = "housekeeping";

    fn run(&self, app: &App) -> anyhow::Result<()> {
        let now = app.now();
        app.store().write(|c| {
            accounts::purge_sessions(c, now)?;
            accounts::purge_tokens(c, now.plus(-TimeDelta::days(30)))?;
            // Two years, as the privacy notice says.
            mails::purge(c, now.plus(-TimeDelta::days(730)))?;
            contact::purge(c, now.plus(-TimeDelta::days(365)))?;
            jobs::purge(c, now.plus(-TimeDelta::days(30)))?;
            data_requests::forget_mails_of_closed(c)?;
            imports::forget_cells(c, now.plus(-TimeDelta::days(180)))?;
            // Outcomes with personal data for a month, what ran for a year.
            reports::forget_personal_outcomes(c, now.plus(-TimeDelta::days(30)))?;
            reports::purge_runs(c, now.plus(-TimeDelta::days(365)))?;
            rate::purge(c, now.plus(-TimeDelta::days(2)))?;
            elections::ballot_box::shuffle_participations(c)?;
            audit::checkpoint(c, |message| app.keys().sign_audit(message), now)?;
            Ok::<_, AppError>(())
        })?;
        // Records from before the search are made findable, a few at a time so that others can write in between.
        loop {
            let old = app.store().read(|c| Ok::<_, AppError>(people::without_words(c, 500)?))?;
            if old.is_empty() {
                return Ok(());
            }
            app.store().write(|c| Ok::<_, AppError>(people::refresh(c, &old)?))?;
        }
    }
}
