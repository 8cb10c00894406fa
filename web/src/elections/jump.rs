//! A clock that jumps opens, closes and announces nothing by itself (requirement REL-07). Found by comparing it with the time
//! that has passed; ended by two officers who compared it with another clock.

use chrono::TimeDelta;
use folkmoot_store::elections::{self, results as records};
use folkmoot_store::{Conn, Utc, organisation};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::error::{AppError, AppResult};

/// A smaller difference is how clocks are adjusted every day.
const MOST_SECONDS: i64 = 60;

/// The setting that holds a [`Jump`], or null while the clock is trusted.
const SETTING: &str = "elections.clock_jump";

/// Elections that the clock would move on.
const CONCERNED: &[&str] = &["rehearsed", "open", "suspended", "allocated", "certified"];

/// A clock that cannot be trusted until two officers have compared it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jump {
    /// What it showed when that was found last.
    pub at: Utc,
    /// How far it jumped since it was trusted, in seconds; several jumps are added.
    pub seconds: i64,
}

fn beyond(jump: TimeDelta) -> Option<i64> {
    (jump.abs() > TimeDelta::seconds(MOST_SECONDS)).then(|| jump.num_seconds())
}

/// Looks at the clock; after a jump, everything that happens by the clock stops and the staff read why. Asked all the time
/// by the workers, and not by a job, because jobs are due by this very clock.
///
/// # Errors
/// Database errors; the jump is found again then.
pub fn look(app: &App) -> AppResult<()> {
    let Some(seconds) = beyond(app.clock_jump()) else {
        app.settle_clock();
        return Ok(());
    };
    tracing::error!(seconds, "the clock jumped; elections neither open nor close by themselves");
    let now = app.now();
    app.store().write(|conn| {
        let before = found(conn)?.map_or(0, |jump| jump.seconds);
        let jump = Jump { at: now, seconds: before.saturating_add(seconds) };
        organisation::put_setting(conn, SETTING, &Some(jump), now)?;
        let text = format!(
            "The clock of the server jumped by {seconds} seconds. Voting neither opens nor ends by itself and no result is \
             announced until two officers have compared the clock with another one."
        );
        for election in elections::in_states(conn, CONCERNED)? {
            records::insert_incident(conn, election.id, now, None, &text, false)?;
        }
        Ok::<_, AppError>(())
    })?;
    app.settle_clock();
    Ok(())
}

/// The jump because of which everything that happens by the clock stands still.
///
/// # Errors
/// Database errors.
pub fn found(conn: &mut Conn) -> AppResult<Option<Jump>> {
    Ok(organisation::setting::<Option<Jump>>(conn, SETTING)?.flatten())
}

/// Whether everything that happens by the clock stands still.
///
/// # Errors
/// Database errors.
pub fn is_frozen(conn: &mut Conn) -> AppResult<bool> {
    Ok(found(conn)?.is_some())
}

/// The other time that it may be: what the clock would show had it not jumped. `None` while it is trusted.
///
/// # Errors
/// Database errors.
pub fn otherwise(conn: &mut Conn, app: &App, now: Utc) -> AppResult<Option<Utc>> {
    let noted = found(conn)?.map(|jump| jump.seconds);
    let seconds = match (noted, beyond(app.clock_jump())) {
        (None, None) => return Ok(None),
        (noted, seen) => noted.unwrap_or(0).saturating_add(seen.unwrap_or(0)),
    };
    Ok(TimeDelta::try_seconds(seconds).map(|jump| now.plus(-jump)))
}

/// Trusts the clock again.
///
/// # Errors
/// Database errors.
pub fn trust(conn: &mut Conn, now: Utc) -> AppResult<()> {
    Ok(organisation::put_setting(conn, SETTING, &None::<Jump>, now)?)
}
