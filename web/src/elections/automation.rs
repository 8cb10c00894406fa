//! What the announced instants bring: voting opens, closes, is added up, and the result is announced.
//!
//! Nothing waits for this job: whether a ballot is accepted is decided where it is stored, and a result is public only
//! by an act that looks at the clock itself. Run late or twice it does the same.

use folkmoot_store::elections::{self, Election, results as table};
use serde::{Deserialize, Serialize};

use super::settings::ElectionSettings;
use super::{close, results};
use crate::app::App;
use crate::error::{AppError, AppResult, Kind};
use crate::jobs::Job;

/// States that an instant can end.
const WAITING: &[&str] = &["rehearsed", "open", "closed", "counted"];

/// Moves every election on as far as the clock allows.
#[derive(Debug, Serialize, Deserialize)]
pub struct Advance {}

impl Job for Advance {
    const KIND: &'static str = "elections.advance";

    fn run(&self, app: &App) -> anyhow::Result<()> {
        let waiting = app.store().read(|c| Ok::<_, AppError>(elections::in_states(c, WAITING)?))?;
        let mut failed = Vec::new();
        for election in waiting {
            if let Err(error) = advance(app, election.id) {
                failed.push(format!("{}: {error}", election.slug));
            }
        }
        anyhow::ensure!(failed.is_empty(), "{}", failed.join("; "));
        Ok(())
    }
}

/// Takes every step that is due for one election.
///
/// # Errors
/// Why a due step could not be taken; those before it were.
pub fn advance(app: &App, id: i64) -> AppResult<()> {
    while step(app, id)? {}
    Ok(())
}

/// Takes one step; false when none is due.
fn step(app: &App, id: i64) -> AppResult<bool> {
    let election = app.store().read(|c| Ok::<_, AppError>(elections::by_id(c, id)?))?;
    let due = |at: Option<folkmoot_store::Utc>| at.is_some_and(|at| at <= app.now());
    match election.state.as_str() {
        "rehearsed" if due(election.opens_at) && election.election_json.is_some() => Ok(app
            .store()
            .write(|c| Ok::<_, AppError>(elections::change_state(c, id, "rehearsed", "open")?))?),
        "open" if due(election.closes_at) => {
            let held = app.boxes().get_now(app, &election)?;
            let state = app.store().write(|c| close::close(c, app, &held, id))?;
            Ok(state == "closed")
        }
        "closed" => {
            let held = app.boxes().get_now(app, &election)?;
            close::tally(app, &held, id)?;
            Ok(false)
        }
        "counted" => announce(app, &election),
        _ => Ok(false),
    }
}

fn announce(app: &App, election: &Election) -> AppResult<bool> {
    let (id, now) = (election.id, app.now());
    let settings: ElectionSettings = serde_json::from_str(&election.settings).map_err(AppError::internal)?;
    app.store().write(|c| {
        if table::result(c, id)?.is_none()
            && let Err(error) = results::count_all(c, election)
        {
            // A tie that only a lot decides waits for people, who were told; it is no failure of this job.
            return if matches!(error.kind, Kind::Conflict(_)) { Ok(false) } else { Err(error) };
        }
        let few = close::quorum(c, election, &settings)?.reading.counted < settings.least_counted;
        if few || election.publish_at.is_none_or(|at| at > now) {
            return Ok(false);
        }
        results::publish(c, election, now)?;
        Ok(true)
    })
}
