//! The demonstration: an invented foundation to try everything on, and a viewer for the mail it would have sent.
//!
//! `folkmoot demo` opens a folder, adds the [`cast`] (people to sign in as), serves, and runs the phases behind it. A new
//! phase is a file with `pub async fn seed(seed: &Seed) -> anyhow::Result<()>` and a line in [`Phase`] and in `phases::run`.

mod awards;
mod bodies;
pub mod cast;
mod dice;
mod elections;
mod governance;
mod key_file;
mod linkify;
mod memberships;
mod names;
mod nominations;
mod payments;
mod people;
mod phases;
mod preparation;
pub(crate) mod reports;
mod requests;
mod routes;
mod state;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::app::App;

pub use cast::{Account, PASSWORD};
pub use dice::Dice;
pub use phases::run;
pub use routes::routes;
pub use state::{Banner, Demo, Phase};

/// Name of the setting that marks a database as a demonstration's.
pub const SETTING: &str = "demo";

/// What the mark says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Seed of everything invented.
    pub seed: u64,
    /// How many people besides the cast.
    pub people: usize,
    /// Every phase came to its end.
    pub complete: bool,
}

/// What a phase works with; cheap to clone.
#[derive(Clone)]
pub struct Seed {
    app: App,
    demo: Arc<Demo>,
    phase: Phase,
}

impl Seed {
    /// The application.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The number everything invented follows from.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.demo.seed()
    }

    /// How many people are asked for, besides the cast.
    #[must_use]
    pub fn people(&self) -> usize {
        self.demo.people()
    }

    /// A stream of chance of its own.
    #[must_use]
    pub fn dice(&self, label: &str) -> Dice {
        Dice::new(self.seed(), label)
    }

    /// Notes how far the phase is, for the pages. Call it between transactions.
    ///
    /// # Errors
    /// When the program is about to stop: the phase must end at once, by `?`.
    pub fn progress(&self, done: usize, of: usize) -> anyhow::Result<()> {
        self.demo.note(self.phase, done, of)
    }
}
