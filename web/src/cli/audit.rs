//! `folkmoot audit`.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use folkmoot_store::audit;

use super::Settings;
use crate::app::App;
use crate::error::AppError;
use crate::server;

/// Arguments of `audit`.
#[derive(Debug, Args)]
pub struct Audit {
    #[command(subcommand)]
    act: AuditAct,
}

#[derive(Debug, Subcommand)]
enum AuditAct {
    /// Check every entry, the chain and the signatures (exit status 0 sound, 1 damaged)
    Verify(Settings),
}

impl Audit {
    /// Checks the log.
    ///
    /// # Errors
    /// One sentence when the database or the keys cannot be opened.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let AuditAct::Verify(settings) = &self.act;
        let (sound, words) = verify(&server::open(settings.load()?)?)?;
        print!("{words}");
        Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Whether the log is sound, and that in words.
pub(crate) fn verify(app: &App) -> anyhow::Result<(bool, String)> {
    let keys = app.keys();
    let (result, tail, signed) = app.store().read(|c| {
        let result = audit::verify(c, |message, signature| keys.audit_signature_fits(message, signature))?;
        Ok::<_, AppError>((result, audit::tail(c)?, audit::last_checkpoint(c)?))
    })?;
    let mut words = String::new();
    match result {
        Err(damage) => {
            writeln!(words, "The audit log is damaged: {damage}.")?;
            writeln!(
                words,
                "Compare it with the last backup whose log is sound before you change anything."
            )?;
            return Ok((false, words));
        }
        Ok(end) => writeln!(words, "The audit log is sound: {end} entries.")?,
    }
    if let Some((seq, hash)) = tail {
        let hex: String = hash.iter().map(|b| format!("{b:02x}")).collect();
        writeln!(words, "Entry {seq} has the hash {hex}; note it elsewhere to notice a cut later.")?;
    }
    match signed {
        Some(point) => {
            writeln!(words, "The last signature covers the entries up to {} ({}).", point.seq, point.at)?
        }
        None => writeln!(words, "No signature was made yet; a running server signs every hour.")?,
    }
    Ok((true, words))
}
