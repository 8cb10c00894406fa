//! What is ambiguous, suspicious or unreadable in a written deadline.

use chrono::Weekday;

use super::reading::MAX_DEADLINE_TEXT;
use super::value::DeadlineError;
use super::zone::ZonePolicy;
use crate::words::Explain;

/// Why a text can be read in more than one way.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Ambiguity {
    /// A start "Anywhere on Earth": where the day begins last (UTC-12), or where it begins first (UTC+14)?
    StartAnywhereOnEarth,
    /// No zone is written; this one was assumed.
    NoZone(ZonePolicy),
    /// A date in figures whose day and month could be exchanged.
    DayOrMonth,
    /// "Midnight" may be the beginning or the end of the day.
    Midnight,
    /// The clocks show this time twice.
    ComesTwice,
}

/// Something that looks wrong in a text that could be read.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Caution {
    /// The written weekday is not the weekday of the date.
    Weekday {
        /// As written.
        written: Weekday,
        /// As computed.
        computed: Weekday,
    },
    /// One minute or one second before the end of a day is written; the end of the day was probably meant.
    JustBeforeMidnight,
    /// A zone name such as EST was written, but on that date the place uses another name (and offset).
    SeasonalName {
        /// As written.
        written: String,
        /// What clocks there show on that date.
        actual: String,
    },
    /// No year is written; this one was assumed.
    NoYear(i32),
}

/// Why a text could not be read as a deadline.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Longer than [`MAX_DEADLINE_TEXT`].
    #[error("a deadline has at most {MAX_DEADLINE_TEXT} characters; write only the date, time and zone")]
    TooLong,
    /// A word that has no meaning in a deadline.
    #[error("“{0}” was not understood; write a deadline like “30 June 2022 AoE” or “2026-09-15 14:00 UTC”")]
    UnknownWord(String),
    /// An abbreviation that stands for several zones.
    #[error("{0} stands for several zones; write the place, for example Asia/Kolkata or America/Chicago")]
    AmbiguousZone(String),
    /// An offset that is not a number of whole hours between -12 and +14.
    #[error(
        "the offset “{0}” is not a whole number of hours from -12 to +14; write a place or convert to UTC"
    )]
    UnknownOffset(String),
    /// A date that no calendar has.
    #[error("“{0}” is not a date; write it as 2026-09-15 or 15 September 2026")]
    NoSuchDate(String),
    /// A year of two digits.
    #[error("“{0}” has a year of two digits; write all four")]
    ShortYear(String),
    /// A time that no clock shows.
    #[error("{0} is not a time of day; write 14:00 or 2:00 pm")]
    NoSuchTime(String),
    /// No date.
    #[error("there is no complete date; write day, month and year")]
    NoDate,
    /// No year and none to assume.
    #[error("the year is missing; write it")]
    NoYear,
    /// No zone and none to assume.
    #[error("the zone is missing; add UTC, AoE or a place like Europe/Berlin")]
    NoZone,
    /// Two different values of the same kind.
    #[error("there are two {0}s; write one deadline at a time")]
    Two(&'static str),
    /// The date and time do not exist in the zone.
    #[error(transparent)]
    Deadline(#[from] DeadlineError),
}

impl Explain for Ambiguity {
    fn sentence(&self) -> String {
        match self {
            Self::StartAnywhereOnEarth => {
                "A start “Anywhere on Earth” can mean where the day begins last (UTC-12) or \
                 where it begins first (UTC+14); say which."
                    .into()
            }
            Self::NoZone(zone) => format!("No zone is written; {zone} was assumed."),
            Self::DayOrMonth => "Day and month could be exchanged; write the month as a word.".into(),
            Self::Midnight => {
                "“Midnight” can be the beginning or the end of the day; write 00:00 or “end of day”.".into()
            }
            Self::ComesTwice => "The clocks go back and show this time twice; say which one is meant.".into(),
        }
    }
}

impl Explain for Caution {
    fn sentence(&self) -> String {
        match self {
            Self::Weekday { written, computed } => {
                format!("The date is a {}, not a {}.", full_name(*computed), full_name(*written))
            }
            Self::JustBeforeMidnight => {
                "The time is just before the end of the day; if the end of the day is meant, write “end of day”.".into()
            }
            Self::SeasonalName { written, actual } => {
                format!("{written} is written, but on that date the clocks there show {actual}; the time was read as {actual}.")
            }
            Self::NoYear(year) => format!("No year is written; {year} was assumed."),
        }
    }
}

fn full_name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}
