//! Zone policies: UTC, Anywhere on Earth, or a zone of the IANA database.

use std::fmt;
use std::str::FromStr;

use chrono::{MappedLocalTime, NaiveDateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::Instant;

/// Which clock a civil date and time is read on.
///
/// Written and serialised as `UTC`, `AoE` or the IANA name.
///
/// ```
/// use folkmoot_governance::deadline::ZonePolicy;
/// let zone: ZonePolicy = "America/New_York".parse()?;
/// assert_eq!(zone.to_string(), "America/New_York");
/// assert_eq!("aoe".parse::<ZonePolicy>()?, ZonePolicy::AnywhereOnEarth);
/// assert!("Mars/Olympus".parse::<ZonePolicy>().is_err());
/// # Ok::<(), folkmoot_governance::deadline::UnknownZone>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ZonePolicy {
    /// Coordinated universal time.
    Utc,
    /// The clock twelve hours behind UTC: a day has ended when it has ended everywhere.
    AnywhereOnEarth,
    /// A zone of the IANA database, with its daylight-saving rules.
    Iana(Tz),
}

/// A name that is neither `UTC`, `AoE` nor an IANA zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a zone; use UTC, AoE (Anywhere on Earth) or a name like Europe/Berlin")]
pub struct UnknownZone(pub String);

/// What a clock in some zone shows at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// Date and time on that clock.
    pub civil: NaiveDateTime,
    /// Seconds that the clock is ahead of UTC.
    pub offset_seconds: i32,
    /// Short name of the clock: `UTC`, `AoE`, `CEST`, or the offset where the zone has no short name.
    pub name: String,
}

/// How a civil time maps to instants.
pub(super) enum Mapped {
    /// Exactly one instant.
    Once(Instant),
    /// The clock shows it twice (daylight saving ends).
    Twice(Instant, Instant),
    /// The clock never shows it; it jumps over it at this instant.
    Never(Instant),
}

const AOE_BEHIND: i64 = 12 * 3600;

impl ZonePolicy {
    /// What the clock of this policy shows at `instant`.
    #[must_use]
    pub fn local(self, instant: Instant) -> LocalTime {
        let utc = instant.utc();
        match self {
            Self::Utc => LocalTime { civil: utc, offset_seconds: 0, name: "UTC".into() },
            Self::AnywhereOnEarth => {
                LocalTime { civil: shifted(utc, -AOE_BEHIND), offset_seconds: -12 * 3600, name: "AoE".into() }
            }
            Self::Iana(zone) => {
                let offset = zone.offset_from_utc_datetime(&utc);
                let seconds = offset.fix().local_minus_utc();
                let short = offset.to_string();
                let name = if short.starts_with(['+', '-']) { utc_offset(seconds) } else { short };
                LocalTime { civil: shifted(utc, i64::from(seconds)), offset_seconds: seconds, name }
            }
        }
    }

    /// The instants at which the clock of this policy shows `civil`; `None` outside the years 1 to 9999.
    pub(super) fn map(self, civil: NaiveDateTime) -> Option<Mapped> {
        let once = |seconds: i64| Instant::from_utc(shifted(civil, seconds)).ok().map(Mapped::Once);
        match self {
            Self::Utc => once(0),
            Self::AnywhereOnEarth => once(AOE_BEHIND),
            Self::Iana(zone) => match zone.from_local_datetime(&civil) {
                MappedLocalTime::Single(time) => Instant::from_utc(time.naive_utc()).ok().map(Mapped::Once),
                MappedLocalTime::Ambiguous(one, two) => {
                    let one = Instant::from_utc(one.naive_utc()).ok()?;
                    let two = Instant::from_utc(two.naive_utc()).ok()?;
                    Some(Mapped::Twice(one.min(two), one.max(two)))
                }
                MappedLocalTime::None => self.jump_over(civil).map(Mapped::Never),
            },
        }
    }

    /// The instant at which the clock jumps over `civil`: the first at which it shows `civil` or later.
    fn jump_over(self, civil: NaiveDateTime) -> Option<Instant> {
        // Offsets lie between -12 and +14 hours and a whole day may be missing (Pacific/Apia, 2011-12-30).
        let centre = Instant::from_utc(civil).ok()?;
        let (mut before, mut after) = (-2 * 86_400_i64, 2 * 86_400_i64);
        while after.saturating_sub(before) > 1 {
            let middle = before.midpoint(after);
            if self.local(centre.plus_seconds(middle)).civil < civil {
                before = middle;
            } else {
                after = middle;
            }
        }
        Some(centre.plus_seconds(after))
    }
}

fn shifted(civil: NaiveDateTime, seconds: i64) -> NaiveDateTime {
    civil.checked_add_signed(TimeDelta::seconds(seconds)).unwrap_or(civil)
}

/// `UTC+05:30`, `UTC-12`.
pub(super) fn utc_offset(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.unsigned_abs() / 60;
    match (minutes / 60, minutes % 60) {
        (0, 0) => "UTC".into(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours:02}:{minutes:02}"),
    }
}

impl fmt::Display for ZonePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utc => "UTC",
            Self::AnywhereOnEarth => "AoE",
            Self::Iana(zone) => zone.name(),
        })
    }
}

impl FromStr for ZonePolicy {
    type Err = UnknownZone;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("utc") {
            return Ok(Self::Utc);
        }
        if text.eq_ignore_ascii_case("aoe") {
            return Ok(Self::AnywhereOnEarth);
        }
        chrono_tz::TZ_VARIANTS
            .iter()
            .find(|zone| zone.name().eq_ignore_ascii_case(text))
            .map(|zone| Self::Iana(*zone))
            .ok_or_else(|| UnknownZone(text.chars().take(60).collect()))
    }
}

impl TryFrom<String> for ZonePolicy {
    type Error = UnknownZone;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ZonePolicy> for String {
    fn from(zone: ZonePolicy) -> Self {
        zone.to_string()
    }
}
