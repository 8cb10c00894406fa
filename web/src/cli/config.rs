//! `folkmoot config`.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Settings;

/// Arguments of `config`.
#[derive(Debug, Args)]
pub struct ConfigCommand {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Check the settings and print what is in force, without passwords
    Check(Settings),
}

impl ConfigCommand {
    /// Checks and prints.
    ///
    /// # Errors
    /// One sentence naming the wrong setting.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let Act::Check(settings) = &self.act;
        print!("{}", settings.load()?.shown()?);
        eprintln!("The settings are sound.");
        Ok(ExitCode::SUCCESS)
    }
}
