//! The command line. One file for each subcommand: a struct with its arguments and `run`; one line in `Command`.

pub(crate) mod admin;
mod archive;
pub(crate) mod audit;
mod ballot;
mod config;
mod count;
mod credentials;
mod demo;
mod election;
mod files;
mod mail;
mod migrate;
mod monitor;
mod practice;
mod receipt;
mod replay;
mod report;
mod routes;
mod serve;
mod trustee;
mod verify;
pub mod witness;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::Config;

const EXAMPLES: &str = "\
To begin with:
  folkmoot demo                            an invented foundation, for looking around
  folkmoot serve --config folkmoot.toml    your own organisation; see docs/operations.md
  folkmoot verify election.bel             check an election that somebody else held";

/// Community governance and verifiable elections
#[derive(Debug, Parser)]
#[command(name = "folkmoot", version, about, max_term_width = 100, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Try everything with an invented foundation; nothing is kept or sent
    Demo(demo::DemoCommand),
    /// Hold an election again that was really held: published numbers, invented people
    Replay(replay::Replay),
    /// Serve the pages (and, unless told otherwise, send mail and run jobs)
    Serve(serve::Serve),
    /// Make the first administrators, give roles, list who holds them
    Admin(admin::Admin),
    /// Check the audit log
    Audit(audit::Audit),
    /// Bring the database up to date, then stop
    Migrate(migrate::Migrate),
    /// Count a ballot file by any voting method
    Count(count::Count),
    /// Look after mail: take in reports of undeliverable mail
    Mail(mail::MailCommand),
    /// Check or show the settings
    Config(config::ConfigCommand),
    /// List every route with who may use it
    Routes(routes::Routes),
    /// Make voting codes
    Credentials(credentials::Credentials),
    /// A trustee's steps: keys, ceremony, shuffle, decryption
    Trustee(trustee::TrusteeCommand),
    /// Seal and check single ballots
    Ballot(ballot::Ballot),
    /// Conduct an election from files, without a server
    Election(election::ElectionCommand),
    /// Verify the archive of an election (exit status 0 valid, 1 invalid, 2 unusable)
    Verify(verify::Verify),
    /// Watch the ballot box of an election on the web, and give an alarm when it was tampered with
    Monitor(monitor::Monitor),
    /// Sign the checkpoints of ballot boxes for others, when nothing was taken back
    Witness(witness::WitnessCommand),
    /// Check and compare receipts
    Receipt(receipt::ReceiptCommand),
    /// Run scripted reports
    Report(report::ReportCommand),
}

/// Where the settings come from; shared by every command that opens the database.
#[derive(Debug, Args)]
pub struct Settings {
    /// Settings file (TOML); variables that begin with FOLKMOOT_ override it
    #[arg(long, short, env = "FOLKMOOT_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Settings {
    /// Reads file and variables.
    ///
    /// # Errors
    /// One sentence that names the setting.
    pub fn load(&self) -> anyhow::Result<Config> {
        let variables = std::env::vars().filter(|(name, _)| name != "FOLKMOOT_CONFIG");
        Config::load(self.config.as_deref(), variables)
    }
}

/// Runs the command line of this process. Exit status 0: done; 1: failed, with one sentence on standard error; 2: the
/// command line cannot be understood.
#[must_use]
pub fn main() -> ExitCode {
    // Before anything is read or opened: as the child of a report, this process is about to lock itself in.
    if std::env::args_os().skip(1).eq([folkmoot_reports::CHILD_ARGUMENT]) {
        return folkmoot_reports::child_main();
    }
    let result = match Cli::parse().command {
        Command::Demo(c) => c.run(),
        Command::Replay(c) => c.run(),
        Command::Serve(c) => c.run(),
        Command::Admin(c) => c.run(),
        Command::Audit(c) => c.run(),
        Command::Migrate(c) => c.run(),
        Command::Count(c) => c.run(),
        Command::Mail(c) => c.run(),
        Command::Config(c) => c.run(),
        Command::Routes(c) => c.run(),
        Command::Credentials(c) => c.run(),
        Command::Trustee(c) => c.run(),
        Command::Ballot(c) => c.run(),
        Command::Election(c) => c.run(),
        Command::Verify(c) => c.run(),
        Command::Monitor(c) => c.run(),
        Command::Witness(c) => c.run(),
        Command::Receipt(c) => c.run(),
        Command::Report(c) => c.run(),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("folkmoot: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_tree_is_valid() {
        super::Cli::command().debug_assert();
    }
}
