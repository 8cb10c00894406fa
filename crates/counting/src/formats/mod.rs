//! Ballot files in and out: BLT, ABIF, PrefLib, CSV, our JSON, Belenios' raw result, CIVS and Debian tally sheets.
//!
//! Readers are strict. They take bytes of unknown origin, never panic, take memory in proportion to [`Limits`], and
//! say line and column of what they refuse. Writers refuse what a format cannot hold rather than drop it.
//!
//! ```
//! use folkmoot_counting::formats::{self, Format, ReadOptions};
//! let blt = b"3 1\n4 1 2 0\n3 2 1=3 0\n0\n\"Ana\"\n\"Bo\"\n\"Cy\"\n\"Board\"\n";
//! let file = formats::read(Format::Blt, blt, &ReadOptions::default())?;
//! assert_eq!(file.candidates, ["Ana", "Bo", "Cy"]);
//! assert!(formats::write(Format::Abif, &file)?.contains("3:C2>C1=C3"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod abif;
mod ballots;
mod belenios;
mod blt;
mod bounded;
mod civs;
mod csv;
mod debian;
mod detect;
mod error;
mod file;
mod json;
mod marks;
mod preflib;
mod text;

#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

pub use error::{ExportError, ParseError, Position, Problem};
pub use file::{BallotFile, MethodError};
pub use json::write as write_json;

use crate::profile::{Kind, MAX_CANDIDATES};

/// How much a reader accepts. The defaults fit any election of members; a server lowers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest file in bytes.
    pub bytes: usize,
    /// Most candidates.
    pub candidates: usize,
    /// Most marks kept in memory, 4 bytes each: one per candidate and twelve more per ballot line.
    pub marks: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { bytes: 64 << 20, candidates: MAX_CANDIDATES, marks: 1 << 26 }
    }
}

/// What a file does not say about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadOptions {
    /// What the numbers mean in formats that hold bare numbers (CSV, Belenios).
    pub kind: Kind,
    /// Which question of a Belenios result, from 0.
    pub question: usize,
    /// How much is accepted.
    pub limits: Limits,
}

impl Default for ReadOptions {
    fn default() -> Self {
        ReadOptions { kind: Kind::Ranks, question: 0, limits: Limits::default() }
    }
}

/// A file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Ballots of Hill, Wichmann and Woodall with the extensions of OpenSTV and droop.
    Blt,
    /// Aggregated Ballot Information Format.
    Abif,
    /// PrefLib orders: `.soc`, `.soi`, `.toc`, `.toi`.
    PrefLib,
    /// Our table: names in the first line, one ballot group per line.
    Csv,
    /// Our JSON, the format of the counting vectors.
    Json,
    /// The result of a Belenios election, or one question of it.
    Belenios,
    /// Ranks as the Condorcet Internet Voting Service exports them.
    Civs,
    /// Debian tally sheet.
    Debian,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 8] = [
        Format::Blt,
        Format::Abif,
        Format::PrefLib,
        Format::Csv,
        Format::Json,
        Format::Belenios,
        Format::Civs,
        Format::Debian,
    ];

    /// The name used on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Format::Blt => "blt",
            Format::Abif => "abif",
            Format::PrefLib => "preflib",
            Format::Csv => "csv",
            Format::Json => "json",
            Format::Belenios => "belenios",
            Format::Civs => "civs",
            Format::Debian => "debian",
        }
    }

    /// Tells the format from the file's name (if any) and its content; `None` when neither is clear.
    pub fn detect(name: Option<&str>, bytes: &[u8]) -> Option<Format> {
        detect::detect(name, bytes)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Format::ALL.into_iter().find(|f| f.name() == s).ok_or_else(|| {
            format!("there is no format {s:?}; use {}", Format::ALL.map(Format::name).join(", "))
        })
    }
}

/// Reads a file of a known format.
///
/// # Errors
/// The first problem, with line and column.
pub fn read(format: Format, bytes: &[u8], options: &ReadOptions) -> Result<BallotFile, ParseError> {
    match format {
        Format::Blt => blt::read(bytes, &options.limits),
        Format::Abif => abif::read(bytes, &options.limits),
        Format::PrefLib => preflib::read(bytes, &options.limits),
        Format::Csv => csv::read(bytes, options),
        Format::Json => json::read(bytes, &options.limits),
        Format::Belenios => belenios::read(bytes, options),
        Format::Civs => civs::read(bytes, &options.limits),
        Format::Debian => debian::read(bytes, &options.limits),
    }
}

/// Reads a file whose format is told from name and content.
///
/// # Errors
/// [`Problem::UnknownFormat`], or the first problem of the file.
pub fn read_any(
    name: Option<&str>,
    bytes: &[u8],
    options: &ReadOptions,
) -> Result<(Format, BallotFile), ParseError> {
    text::check_bytes(bytes, &options.limits)?;
    let format = Format::detect(name, bytes).ok_or_else(|| Problem::UnknownFormat.at(Position::START))?;
    Ok((format, read(format, bytes, options)?))
}

/// Writes ballots in a format.
///
/// # Errors
/// What the format cannot hold. Nothing is dropped or altered silently.
pub fn write(format: Format, file: &BallotFile) -> Result<String, ExportError> {
    file.check()?;
    match format {
        Format::Blt => blt::write(file),
        Format::Abif => abif::write(file),
        Format::PrefLib => preflib::write(file),
        Format::Csv => csv::write(file),
        Format::Json => json::write(file, None),
        Format::Belenios => belenios::write(file),
        Format::Civs => civs::write(file),
        Format::Debian => debian::write(file),
    }
}
