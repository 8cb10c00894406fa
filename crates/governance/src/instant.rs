//! Instants in UTC to the microsecond, and half-open intervals of them.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// A point in time: microseconds since 1970-01-01T00:00:00Z, between the years 1 and 9999.
///
/// Microseconds because that is what every database we store into keeps. Written as RFC 3339 in UTC with a final
/// `Z`, with six fractional digits only when they are not all zero.
///
/// ```
/// use folkmoot_governance::Instant;
/// let close: Instant = "2023-12-12T12:00:00Z".parse()?;
/// assert_eq!(close.micros(), 1_702_382_400_000_000);
/// assert!("2023-12-12T11:59:59.999999Z".parse::<Instant>()? < close);
/// assert_eq!(close.to_string(), "2023-12-12T12:00:00Z");
/// # Ok::<(), folkmoot_governance::InstantError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Instant(i64);

/// Why a value is not an [`Instant`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InstantError {
    /// Before year 1 or after year 9999.
    #[error("the time lies outside the years 1 to 9999")]
    OutOfRange,
    /// Not an RFC 3339 time.
    #[error("“{0}” is not a time; write it as 2026-09-15T14:00:00Z")]
    NotATime(String),
}

const FIRST: i64 = -62_135_596_800_000_000;
const LAST: i64 = 253_402_300_799_999_999;

/// Microseconds in one day of 24 hours.
pub(crate) const DAY: i64 = 86_400_000_000;

impl Instant {
    /// The instant `micros` microseconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// When it lies outside the years 1 to 9999.
    pub const fn from_micros(micros: i64) -> Result<Self, InstantError> {
        if micros < FIRST || micros > LAST { Err(InstantError::OutOfRange) } else { Ok(Self(micros)) }
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// A civil time in UTC as an instant; anything finer than a microsecond is cut off.
    ///
    /// # Errors
    /// When it lies outside the years 1 to 9999.
    pub fn from_utc(civil: NaiveDateTime) -> Result<Self, InstantError> {
        Self::from_micros(civil.and_utc().timestamp_micros())
    }

    /// The civil time in UTC at this instant.
    #[must_use]
    pub fn utc(self) -> NaiveDateTime {
        self.datetime().naive_utc()
    }

    /// The civil date in UTC at this instant.
    #[must_use]
    pub fn utc_date(self) -> NaiveDate {
        self.utc().date()
    }

    /// The year in UTC at this instant.
    #[must_use]
    pub fn utc_year(self) -> i32 {
        self.utc_date().year()
    }

    /// The same instant as a chrono value.
    #[must_use]
    pub fn datetime(self) -> DateTime<Utc> {
        // The range of `Instant` lies inside chrono's, so the fallback is never taken.
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }

    /// This instant plus (or minus) so many microseconds, kept inside the years 1 to 9999.
    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        let sum = self.0.saturating_add(micros);
        Self(if sum < FIRST {
            FIRST
        } else if sum > LAST {
            LAST
        } else {
            sum
        })
    }

    /// This instant plus (or minus) so many days of 24 hours.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        self.plus_micros(days.saturating_mul(DAY))
    }

    /// This instant plus (or minus) so many whole seconds.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        self.plus_micros(seconds.saturating_mul(1_000_000))
    }

    /// Microseconds from `earlier` to this instant; negative when `earlier` is later.
    #[must_use]
    pub const fn micros_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The instant at which the year `year` begins in UTC.
    ///
    /// # Errors
    /// When the year is not between 1 and 9999.
    pub fn start_of_year(year: i32) -> Result<Self, InstantError> {
        let first = NaiveDate::from_ymd_opt(year, 1, 1).ok_or(InstantError::OutOfRange)?;
        Self::from_utc(first.and_time(chrono::NaiveTime::MIN))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact =
            if self.0.rem_euclid(1_000_000) == 0 { SecondsFormat::Secs } else { SecondsFormat::Micros };
        f.write_str(&self.datetime().to_rfc3339_opts(exact, true))
    }
}

impl FromStr for Instant {
    type Err = InstantError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = DateTime::parse_from_rfc3339(text)
            .map_err(|_| InstantError::NotATime(text.chars().take(40).collect()))?;
        Self::try_from(parsed.with_timezone(&Utc))
    }
}

impl TryFrom<String> for Instant {
    type Error = InstantError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl TryFrom<DateTime<Utc>> for Instant {
    type Error = InstantError;

    fn try_from(value: DateTime<Utc>) -> Result<Self, Self::Error> {
        Self::from_micros(value.timestamp_micros())
    }
}

impl From<Instant> for String {
    fn from(instant: Instant) -> Self {
        instant.to_string()
    }
}

impl From<Instant> for DateTime<Utc> {
    fn from(instant: Instant) -> Self {
        instant.datetime()
    }
}

/// A half-open stretch of time: `from` belongs to it, `to` does not. Without `to` it has no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    /// First instant inside.
    pub from: Instant,
    /// First instant no longer inside; `None` for no end.
    pub to: Option<Instant>,
}

impl Interval {
    /// From `from` (inside) to `to` (outside).
    #[must_use]
    pub const fn new(from: Instant, to: Instant) -> Self {
        Self { from, to: Some(to) }
    }

    /// From `from` on, without end.
    #[must_use]
    pub const fn since(from: Instant) -> Self {
        Self { from, to: None }
    }

    /// Whether `now` lies inside: not before `from`, and strictly before `to`.
    #[must_use]
    pub fn contains(&self, now: Instant) -> bool {
        self.from <= now && self.to.is_none_or(|to| now < to)
    }

    /// Length, when it has an end; never negative.
    #[must_use]
    pub fn length(&self) -> Option<TimeDelta> {
        self.to.map(|to| TimeDelta::microseconds(to.micros_since(self.from).max(0)))
    }
}
