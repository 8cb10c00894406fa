//! `folkmoot routes`.

use std::process::ExitCode;

use clap::Args;

use crate::routes;

/// Arguments of `routes`.
#[derive(Debug, Args)]
pub struct Routes {
    /// Print JSON instead of columns
    #[arg(long)]
    json: bool,
}

impl Routes {
    /// Prints the table.
    ///
    /// # Errors
    /// Never in practice.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let rows = routes::listed();
        if self.json {
            println!("{}", serde_json::to_string_pretty(&rows)?);
        } else {
            for row in rows {
                println!("{:<6} {:<50} {}", row.method, row.path, row.access);
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
