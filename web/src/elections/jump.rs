//! A clock that jumps opens, closes and announces nothing by itself (requirement REL-07). Found by comparing it with the time
//! that has passed; ended by two officers who compared it with another clock.

use chrono::TimeDelta;
use folkmoot_store::elections::{self, results as records};
use folkmoot_store::{Conn, Utc, organisation};

use crate::app::App;
use crate::error::AppResult;

/// A smaller difference is how clocks are adjusted every day.
const MOST_SECONDS: i64 = 60;

/// The setting that holds, as text, when the clock was found to have jumped; empty when it is trusted.
const SETTING: &str = "elections.clock_jumped";

/// Elections that the clock would move on.
const CONCERNED: &[&str] = &["rehearsed", "open", "suspended", "allocated", "certified"];

/// Looks at the clock; after a jump, everything that happens by the clock stops and the staff read why.
///
/// # Errors
/// Database errors.
pub fn look(app: &App) -> AppResult<()> {
    let jump = app.clock_jump();
    if jump.abs() <= TimeDelta::seconds(MOST_SECONDS) {
        return Ok(());
    }
    tracing::error!(
        seconds = jump.num_seconds(),
        "the clock jumped; elections neither open nor close by themselves"
    );
    let now = app.now();
    app.store().write(|conn| {
        organisation::put_setting(conn, SETTING, &now.to_string(), now)?;
        let text = format!(
            "The clock of the server jumped by {} seconds. Voting neither opens nor ends by itself and no result is \
             announced until two officers have compared the clock with another one.",
            jump.num_seconds()
        );
        for election in elections::in_states(conn, CONCERNED)? {
            records::insert_incident(conn, election.id, now, None, &text, false)?;
        }
        Ok(())
    })
}

/// Whether everything that happens by the clock stands still.
///
/// # Errors
/// Database errors.
pub fn is_frozen(conn: &mut Conn) -> AppResult<bool> {
    let since: Option<String> = organisation::setting(conn, SETTING)?;
    Ok(since.is_some_and(|s| !s.is_empty()))
}

/// Trusts the clock again.
///
/// # Errors
/// Database errors.
pub fn trust(conn: &mut Conn, now: Utc) -> AppResult<()> {
    Ok(organisation::put_setting(conn, SETTING, &"", now)?)
}
