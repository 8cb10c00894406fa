//! Lists of people from files: read, looked at in a dry run, applied in batches, taken back by the id of the import.

mod apply;
mod check;
pub mod columns;
mod confirm;
mod history;
mod pages;
pub mod read;
pub mod row;
mod stage;
mod undo;

#[cfg(test)]
mod history_tests;
#[cfg(test)]
pub(crate) mod tests;

use std::time::Duration;

use folkmoot_store::imports::{self, Import, ImportState};
use folkmoot_store::memberships::{self, Class};
use folkmoot_store::{JsonText, PersonId, PublicId, Utc};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::auth::permission::{Action, Subject, may};
use crate::error::{AppError, AppResult};
use crate::http::session::Actor;
use crate::jobs::{self, Job};
use crate::routes::Route;
use crate::tasks::Task;

pub use stage::stage;

/// Routes of this folder.
#[must_use]
pub fn routes() -> Vec<Route> {
    pages::routes()
}

/// Rows of one transaction: nobody waits long for it, a cast ballot least of all.
const BATCH: i64 = 500;
/// Batches of one run of the job; other jobs come in between.
const BATCHES: usize = 20;
/// Pause after each transaction, in which others get their turn at the database.
const PAUSE: Duration = Duration::from_millis(4);

/// Goes on with an import: looks at rows, applies them or takes them back, whatever its state says.
#[derive(Debug, Serialize, Deserialize)]
pub struct GoOn {
    import: PublicId,
    /// Line after which (or, taking back, below which) the next batch lies; only a hint, so that a row is not read twice.
    line: i64,
}

/// How a batch ended.
enum Batch {
    /// More may come after (or below) this line.
    More(i64),
    /// It was the last one.
    Last,
}

impl Job for GoOn {
    const KIND: &'static str = "import.go_on";

    fn run(&self, app: &App) -> anyhow::Result<()> {
        let mut line = self.line;
        for _ in 0..BATCHES {
            match step(app, &self.import, line)? {
                Batch::Last => return Ok(()),
                Batch::More(next) => line = next,
            }
            std::thread::sleep(PAUSE);
        }
        let (next, now) = (Self { import: self.import.clone(), line }, app.now());
        app.store().write(|c| jobs::queue(c, &next, now))?;
        Ok(())
    }
}

fn step(app: &App, id: &PublicId, line: i64) -> AppResult<Batch> {
    let (import, classes) =
        app.store().read(|c| Ok::<_, AppError>((imports::by_public_id(c, id)?, memberships::classes(c)?)))?;
    match import.state {
        ImportState::Checking => check::batch(app, &import, &classes),
        ImportState::Applying => apply::batch(app, &import, &classes, line),
        ImportState::Undoing => undo::batch(app, &import, if line == 0 { i64::MAX } else { line }),
        // Somebody else was quicker.
        _ => Ok(Batch::Last),
    }
}

/// Queues the job for an import, in the transaction that changes its state.
fn go_on(conn: &mut folkmoot_store::Conn, import: &Import, now: Utc) -> AppResult<()> {
    jobs::queue(conn, &GoOn { import: import.public_id.clone(), line: 0 }, now)?;
    Ok(())
}

fn settings_of(import: &Import) -> AppResult<columns::Settings> {
    Ok(import.settings.parse()?)
}

fn class_by_key<'a>(classes: &'a [Class], key: &str) -> Option<&'a Class> {
    classes.iter().find(|k| k.key == key)
}

/// Imports that wait for a decision of whoever may import.
///
/// # Errors
/// A database error.
pub fn tasks(conn: &mut folkmoot_store::Conn, actor: &Actor, _: Utc) -> AppResult<Vec<Task>> {
    if may(actor, Action::ImportPeople, Subject::Site).is_err() {
        return Ok(Vec::new());
    }
    let waits = |i: &Import| matches!(i.state, ImportState::Staged | ImportState::Checked);
    let all = imports::latest(conn, 50)?;
    Ok(all
        .into_iter()
        .filter(waits)
        .map(|i| Task {
            text: format!("Decide about the import of {}", i.file_name),
            href: format!("/staff/imports/{}", i.public_id),
            hint: String::new(),
            due: None,
        })
        .collect())
}

/// Confirms the columns as they were recognised and looks at every row at once, without the queue: for the demonstration and
/// for measurements.
///
/// # Errors
/// `Conflict` when the import is past that; a database error.
pub fn look_now(app: &App, id: &PublicId) -> AppResult<()> {
    let now = app.now();
    app.store().write(|c| {
        let import = imports::by_public_id(c, id)?;
        if imports::set_state(c, import.id, ImportState::Staged, ImportState::Checking, now)? {
            Ok(())
        } else {
            Err(AppError::conflict("The columns of this import were confirmed already."))
        }
    })?;
    work_off(app, id)
}

/// Applies every row at once, joining those that look like somebody else's; see [`look_now`].
///
/// # Errors
/// `Conflict` when the import is not ready; a database error.
pub fn apply_now(app: &App, id: &PublicId, by: PersonId) -> AppResult<()> {
    let now = app.now();
    app.store().write(|c| {
        let import = imports::by_public_id(c, id)?;
        let settings = columns::Settings { alike: columns::Alike::Join, ..settings_of(&import)? };
        imports::set_settings(c, import.id, &JsonText::of(&settings)?)?;
        imports::set_applied_by(c, import.id, by, now)?;
        if imports::set_state(c, import.id, ImportState::Checked, ImportState::Applying, now)? {
            Ok(())
        } else {
            Err(AppError::conflict("This import is not waiting to be applied."))
        }
    })?;
    work_off(app, id)
}

fn work_off(app: &App, id: &PublicId) -> AppResult<()> {
    let mut line = 0;
    while let Batch::More(next) = step(app, id, line)? {
        line = next;
        std::thread::sleep(PAUSE);
    }
    Ok(())
}
