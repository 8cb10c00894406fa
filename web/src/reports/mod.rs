//! Scripted reports over the organisation's data.
//!
//! [`source`] reads rows, `shelf` knows which reports there are, [`queue`] runs them one after the other, `schedule` asks for
//! runs by the clock and mails what came of them, `approval` is the act of two people that lets a report read personal columns.
//! Pages: `pages` (gallery, a report, its history), `run_page` (one run), `editor` (writing). The interpreter, the process
//! it runs in, and what scripts see are `crates/reports`.

mod approval;
mod editor;
mod form;
mod mail;
mod pages;
pub mod queue;
mod run_page;
mod schedule;
mod shelf;
pub mod source;
pub mod view;

#[cfg(test)]
mod source_tests;
#[cfg(test)]
mod standard_tests;
#[cfg(test)]
mod story_tests;
#[cfg(test)]
pub(crate) mod tests;

use anyhow::Context;
use folkmoot_reports::{Limits, Runner};

pub use approval::ApproveReport;
pub use schedule::RunScheduled;

use crate::config::Config;
use crate::routes::Route;

/// Routes of this folder.
#[must_use]
pub fn routes() -> Vec<Route> {
    // Fixed addresses before those that name a report.
    [editor::fixed_routes(), run_page::routes(), pages::routes(), editor::routes()]
        .into_iter()
        .flatten()
        .collect()
}

/// This program as the child of reports, with the layers that the operator demands.
///
/// # Errors
/// The program's own path is unknown.
pub fn runner(config: &Config) -> anyhow::Result<Runner> {
    let program = program().context("the path of this program is unknown, so reports cannot run")?;
    Ok(Runner::new(program, Limits::default()).even_without(&config.reports.may_lack))
}

#[cfg(not(test))]
fn program() -> std::io::Result<std::path::PathBuf> {
    std::env::current_exe()
}

/// The program beside the program of the tests, which cannot be a child itself.
#[cfg(test)]
fn program() -> std::io::Result<std::path::PathBuf> {
    let tests = std::env::current_exe()?;
    let built = tests.parent().and_then(std::path::Path::parent).map(|folder| folder.join("folkmoot"));
    match built {
        Some(program) if program.exists() => Ok(program),
        _ => Err(std::io::Error::other("build the program first: cargo build -p folkmoot")),
    }
}
