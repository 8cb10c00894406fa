//! `folkmoot mail`.

use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};

use super::Settings;
use crate::mail::bounce;
use crate::server;

/// Largest mailbox file, in bytes.
const LARGEST: u64 = 256 * 1024 * 1024;

/// Arguments of `mail`.
#[derive(Debug, Args)]
pub struct MailCommand {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Read reports of undeliverable mail from a mailbox file and note them; reading a file twice does no harm
    Bounces {
        /// Mailbox in Unix format, or a single message; - for standard input
        file: PathBuf,
        #[command(flatten)]
        settings: Settings,
    },
}

impl MailCommand {
    /// Runs the subcommand.
    ///
    /// # Errors
    /// One sentence when the file or the database cannot be read.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let Act::Bounces { file, settings } = &self.act;
        let mailbox = read(file)?;
        let app = server::open(settings.load()?)?;
        let (new, known, other) = bounce::note_all(&app, &mailbox)?;
        println!(
            "{new} reports noted, {known} known already, {other} messages were no report about a mail from here"
        );
        Ok(ExitCode::SUCCESS)
    }
}

fn read(file: &std::path::Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let source: Box<dyn Read> = if file == std::path::Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(
            std::fs::File::open(file)
                .with_context(|| format!("cannot read the mailbox {}", file.display()))?,
        )
    };
    source.take(LARGEST + 1).read_to_end(&mut bytes).context("cannot read the mailbox")?;
    if u64::try_from(bytes.len()).is_ok_and(|n| n > LARGEST) {
        bail!("the mailbox is larger than {} MiB; split it", LARGEST / 1024 / 1024);
    }
    Ok(bytes)
}
