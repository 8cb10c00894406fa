//! `folkmoot migrate`.

use std::process::ExitCode;

use clap::Args;
use folkmoot_store::{Options, Store};

use super::Settings;
use crate::server;

/// Arguments of `migrate`.
#[derive(Debug, Args)]
pub struct Migrate {
    #[command(flatten)]
    settings: Settings,
}

impl Migrate {
    /// Applies missing migrations.
    ///
    /// # Errors
    /// One sentence when the database cannot be opened or changed.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let config = self.settings.load()?;
        server::start_log(&config.log)?;
        server::make_folder(&config.data_folder)?;
        Store::open(&config.database(), &Options::default())?;
        println!("The database is up to date.");
        Ok(ExitCode::SUCCESS)
    }
}
