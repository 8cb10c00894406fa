//! What the announced instants bring: voting opens, closes, is added up, and the result is announced.
//!
//! Nothing waits for this job: whether a ballot is accepted is decided where it is stored, and a result is public only
//! by an act that looks at the clock itself. Run late or twice it does the same.

use folkmoot_store::Turn;
use folkmoot_store::elections::{self, Election};
use serde::{Deserialize, Serialize};

use super::results::{self, Count};
use super::settings::ElectionSettings;
use super::{close, jump, preparation, publish};
use crate::app::App;
use crate::error::{AppError, AppResult, Kind};
use crate::jobs::Job;

/// States that an instant can end.
const WAITING: &[&str] = &[
    "announced",
    "nominations",
    "closed_nominations",
    "rehearsed",
    "open",
    "closed",
    "counted",
    "allocated",
    "certified",
];

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
    jump::look(app)?;
    loop {
        let before = state(app, id)?;
        match step(app, id) {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            // Somebody else, an officer or another process, took this very step meanwhile: that is no failure.
            Err(error) if matches!(error.kind, Kind::Conflict(_)) && state(app, id)? != before => {}
            Err(error) => return Err(error),
        }
    }
}

fn state(app: &App, id: i64) -> AppResult<String> {
    app.store().read(|c| Ok(elections::by_id(c, id)?.state))
}

/// Takes one step; false when none is due.
fn step(app: &App, id: i64) -> AppResult<bool> {
    let election = app.store().read(|c| Ok::<_, AppError>(elections::by_id(c, id)?))?;
    // A clock that jumped neither opens nor closes nor announces anything (requirement REL-07).
    let trusted = !app.store().read(jump::is_frozen)?;
    let due = |at: Option<folkmoot_store::Utc>| trusted && at.is_some_and(|at| at <= app.now());
    match election.state.as_str() {
        "announced" | "nominations" | "closed_nominations" if trusted => {
            app.store().write(|c| crate::nominations::announce::advance(c, app, &election.slug))
        }
        "rehearsed" if due(election.opens_at) && election.election_json.is_some() => {
            app.store().write(|c| preparation::open_due(c, id, app.now()))
        }
        "open" if due(election.closes_at) => {
            let held = app.boxes().get_now(app, &election)?;
            let state =
                app.store().write_in_turn(Turn::of_election(id), |c| close::close(c, app, &held, id))?;
            Ok(state == "closed")
        }
        "closed" => {
            let settings = settings(&election)?;
            if app.store().read(|c| close::is_too_small(c, &election, &settings))? {
                return Ok(false);
            }
            let held = app.boxes().get_now(app, &election)?;
            close::tally(app, &held, id)?;
            Ok(false)
        }
        // Usually counted with the last decryption; again here for those that waited for a decision.
        "counted" => app.store().write(|c| Ok(matches!(results::count_all(c, &election)?, Count::Done(_)))),
        "allocated" | "certified" if due(election.publish_at) => announce(app, &election),
        _ => Ok(false),
    }
}

fn settings(election: &Election) -> AppResult<ElectionSettings> {
    serde_json::from_str(&election.settings).map_err(AppError::internal)
}

fn announce(app: &App, election: &Election) -> AppResult<bool> {
    let waits = election.state == "allocated" && settings(election)?.certification.is_some();
    if waits {
        return Ok(false);
    }
    app.store().write(|c| publish::publish(c, election.id, app.now()))?;
    Ok(true)
}
