//! The deadline itself: from civil date, time and zone policy to one exclusive instant.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, NaiveDate, NaiveTime, Timelike, Weekday};
use serde::{Deserialize, Serialize};

use super::zone::{Mapped, ZonePolicy};
use crate::Instant;

/// The time part of a deadline. Serialised as `end-of-day`, `start-of-day`, `14:00` or `14:00:30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum TimeOfDay {
    /// When the day is over: the first instant that no longer belongs to it.
    EndOfDay,
    /// The first instant of the day (not always 00:00 where daylight saving begins at midnight).
    StartOfDay,
    /// This time, to the second.
    At(NaiveTime),
}

/// A date and time as written on a calendar, without a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Civil {
    /// Calendar day.
    pub date: NaiveDate,
    /// Time on that day.
    pub time: TimeOfDay,
}

/// Which of two instants is meant when the clock shows the same time twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fold {
    /// The first time round, before the clocks go back.
    Earlier,
    /// The second time round, after the clocks have gone back.
    Later,
}

/// Why a civil time in a zone is no deadline.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeadlineError {
    /// The clocks jump over this time.
    #[error(
        "{time} on {date} does not exist in {zone}: the clocks go from {from} to {to}; choose {to} or a time before {from}"
    )]
    Skipped {
        /// Day asked for.
        date: NaiveDate,
        /// Time asked for.
        time: NaiveTime,
        /// Zone asked for.
        zone: ZonePolicy,
        /// Time at which the clocks jump.
        from: NaiveTime,
        /// Time they show after the jump.
        to: NaiveTime,
    },
    /// The clocks show this time twice.
    #[error(
        "{time} on {date} comes twice in {zone}, at {earlier} and at {later}, because the clocks go back; say which one is meant"
    )]
    Twice {
        /// Day asked for.
        date: NaiveDate,
        /// Time asked for.
        time: NaiveTime,
        /// Zone asked for.
        zone: ZonePolicy,
        /// First instant.
        earlier: Instant,
        /// Second instant.
        later: Instant,
    },
    /// The zone has no such day (a zone that crossed the date line left one out).
    #[error("{date} does not exist in {zone}; choose the day before or after")]
    NoSuchDay {
        /// Day asked for.
        date: NaiveDate,
        /// Zone asked for.
        zone: ZonePolicy,
    },
    /// Fractions of a second or a leap second.
    #[error("a deadline is a whole second; leave out the fraction of a second")]
    FractionOfSecond,
    /// The year is not between 1970 and 2200.
    #[error("the year {0} is outside 1970 to 2200; check the year")]
    YearOutOfRange(i32),
    /// A stored instant that cannot belong to the stored civil time.
    #[error("the stored instant {stored} does not belong to the stored date, which gives {computed}")]
    Inconsistent {
        /// As stored.
        stored: Instant,
        /// As computed.
        computed: Instant,
    },
}

/// A civil date and time with its zone policy and the one exclusive instant it stands for.
///
/// What happens strictly before the instant is in time; what happens at it or later is not. The instant is fixed
/// when the deadline is made: if the rules of a zone change afterwards, the announced instant stays and
/// [`Deadline::drift`] tells.
///
/// ```
/// use folkmoot_governance::deadline::{Civil, Deadline, TimeOfDay, ZonePolicy};
/// use chrono::NaiveDate;
/// let day = NaiveDate::from_ymd_opt(2023, 12, 11).unwrap();
/// let close = Deadline::end_of_day(day, ZonePolicy::AnywhereOnEarth)?;
/// assert_eq!(close.instant().to_string(), "2023-12-12T12:00:00Z");
/// assert!(close.accepts("2023-12-12T11:59:59.999999Z".parse()?));
/// assert!(!close.accepts("2023-12-12T12:00:00Z".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "StoredDeadline", into = "StoredDeadline")]
pub struct Deadline {
    civil: Civil,
    zone: ZonePolicy,
    fold: Option<Fold>,
    instant: Instant,
}

/// The serialised form of a [`Deadline`].
#[derive(Serialize, Deserialize)]
struct StoredDeadline {
    date: NaiveDate,
    time: TimeOfDay,
    zone: ZonePolicy,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fold: Option<Fold>,
    instant: Instant,
}

impl Deadline {
    /// Resolves a civil date and time under a zone policy; `fold` decides between two instants with the same
    /// civil time and is ignored elsewhere.
    ///
    /// # Errors
    /// When the zone has no such time or day, has it twice and `fold` is `None`, or the year is out of range.
    pub fn resolve(civil: Civil, zone: ZonePolicy, fold: Option<Fold>) -> Result<Self, DeadlineError> {
        let year = civil.date.year();
        if !(1970..=2200).contains(&year) {
            return Err(DeadlineError::YearOutOfRange(year));
        }
        let (instant, fold) = match civil.time {
            TimeOfDay::At(time) => at(civil.date, time, zone, fold)?,
            TimeOfDay::StartOfDay => (start_of(civil.date, zone)?, None),
            TimeOfDay::EndOfDay => (end_of(civil.date, zone)?, None),
        };
        Ok(Self { civil, zone, fold, instant })
    }

    /// The end of a day under a zone policy.
    ///
    /// # Errors
    /// See [`Deadline::resolve`].
    pub fn end_of_day(date: NaiveDate, zone: ZonePolicy) -> Result<Self, DeadlineError> {
        Self::resolve(Civil { date, time: TimeOfDay::EndOfDay }, zone, None)
    }

    /// A time of a day under a zone policy.
    ///
    /// # Errors
    /// See [`Deadline::resolve`]; a time that comes twice is refused.
    pub fn at(date: NaiveDate, time: NaiveTime, zone: ZonePolicy) -> Result<Self, DeadlineError> {
        Self::resolve(Civil { date, time: TimeOfDay::At(time) }, zone, None)
    }

    /// An instant, written in UTC; anything finer than a second is cut off.
    ///
    /// # Errors
    /// When the year is out of range.
    pub fn from_utc(instant: Instant) -> Result<Self, DeadlineError> {
        let civil = instant.utc();
        let time = civil.time().with_nanosecond(0).unwrap_or(NaiveTime::MIN);
        Self::at(civil.date(), time, ZonePolicy::Utc)
    }

    /// The exclusive instant: the first that is too late.
    #[must_use]
    pub const fn instant(&self) -> Instant {
        self.instant
    }

    /// The date and time as written.
    #[must_use]
    pub const fn civil(&self) -> Civil {
        self.civil
    }

    /// The zone policy it was written in.
    #[must_use]
    pub const fn zone(&self) -> ZonePolicy {
        self.zone
    }

    /// Which of two equal clock times is meant, where that was a question.
    #[must_use]
    pub const fn fold(&self) -> Option<Fold> {
        self.fold
    }

    /// The weekday of the written date, always computed.
    #[must_use]
    pub fn weekday(&self) -> Weekday {
        self.civil.date.weekday()
    }

    /// Whether something that happens at `now` is in time: strictly before the instant.
    #[must_use]
    pub fn accepts(&self, now: Instant) -> bool {
        now < self.instant
    }

    /// Whether `now` is at the instant or after it. The opposite of [`Deadline::accepts`].
    #[must_use]
    pub fn has_passed(&self, now: Instant) -> bool {
        !self.accepts(now)
    }

    /// The instant that today's zone rules would give, when it differs from the fixed one.
    #[must_use]
    pub fn drift(&self) -> Option<Instant> {
        let again = Self::resolve(self.civil, self.zone, self.fold.or(Some(Fold::Later))).ok()?;
        (again.instant != self.instant).then_some(again.instant)
    }
}

/// Deadlines are ordered by their instants.
impl PartialOrd for Deadline {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        (self == other)
            .then_some(std::cmp::Ordering::Equal)
            .or_else(|| Some(self.instant.cmp(&other.instant)).filter(|order| order.is_ne()))
    }
}

fn at(
    date: NaiveDate,
    time: NaiveTime,
    zone: ZonePolicy,
    fold: Option<Fold>,
) -> Result<(Instant, Option<Fold>), DeadlineError> {
    if time.nanosecond() != 0 {
        return Err(DeadlineError::FractionOfSecond);
    }
    let mapped = zone.map(date.and_time(time)).ok_or(DeadlineError::YearOutOfRange(date.year()))?;
    match (mapped, fold) {
        (Mapped::Once(instant), _) => Ok((instant, None)),
        (Mapped::Twice(earlier, _), Some(Fold::Earlier)) => Ok((earlier, fold)),
        (Mapped::Twice(_, later), Some(Fold::Later)) => Ok((later, fold)),
        (Mapped::Twice(earlier, later), None) => {
            Err(DeadlineError::Twice { date, time, zone, earlier, later })
        }
        (Mapped::Never(jump), _) => {
            let before = zone.local(jump.plus_seconds(-1));
            let gap_start = before.civil.time().overflowing_add_signed(chrono::TimeDelta::seconds(1)).0;
            Err(DeadlineError::Skipped {
                date,
                time,
                zone,
                from: gap_start,
                to: zone.local(jump).civil.time(),
            })
        }
    }
}

/// The first instant of a day in a zone.
fn start_of(date: NaiveDate, zone: ZonePolicy) -> Result<Instant, DeadlineError> {
    let mapped = zone.map(date.and_time(NaiveTime::MIN)).ok_or(DeadlineError::YearOutOfRange(date.year()))?;
    let first = match mapped {
        Mapped::Once(instant) | Mapped::Twice(instant, _) | Mapped::Never(instant) => instant,
    };
    if zone.local(first).civil.date() == date {
        Ok(first)
    } else {
        Err(DeadlineError::NoSuchDay { date, zone })
    }
}

/// The first instant after the last one of a day in a zone.
fn end_of(date: NaiveDate, zone: ZonePolicy) -> Result<Instant, DeadlineError> {
    let range = || DeadlineError::YearOutOfRange(date.year());
    let next = date.checked_add_days(Days::new(1)).ok_or_else(range)?;
    let end = match zone.map(next.and_time(NaiveTime::MIN)).ok_or_else(range)? {
        Mapped::Once(instant) | Mapped::Never(instant) => instant,
        // Midnight comes twice. The day is over at the first one, unless the clocks go back across midnight and
        // the day itself comes back for a while.
        Mapped::Twice(_, later) if zone.local(later.plus_micros(-1)).civil.date() == date => later,
        Mapped::Twice(earlier, _) => earlier,
    };
    if zone.local(end.plus_micros(-1)).civil.date() == date {
        Ok(end)
    } else {
        Err(DeadlineError::NoSuchDay { date, zone })
    }
}

impl From<Deadline> for StoredDeadline {
    fn from(deadline: Deadline) -> Self {
        Self {
            date: deadline.civil.date,
            time: deadline.civil.time,
            zone: deadline.zone,
            fold: deadline.fold,
            instant: deadline.instant,
        }
    }
}

impl TryFrom<StoredDeadline> for Deadline {
    type Error = DeadlineError;

    fn try_from(stored: StoredDeadline) -> Result<Self, Self::Error> {
        let civil = Civil { date: stored.date, time: stored.time };
        Self::stored(civil, stored.zone, stored.fold, stored.instant)
    }
}

impl Deadline {
    /// A deadline as it was kept, with the instant that was announced. Zone rules may have changed by a few hours since;
    /// anything more is an error.
    ///
    /// # Errors
    /// When the instant cannot belong to the civil time.
    pub fn stored(
        civil: Civil,
        zone: ZonePolicy,
        fold: Option<Fold>,
        instant: Instant,
    ) -> Result<Self, DeadlineError> {
        let stored = StoredDeadline { date: civil.date, time: civil.time, zone, fold, instant };
        let computed = match Self::resolve(civil, stored.zone, stored.fold.or(Some(Fold::Later))) {
            Ok(deadline) => deadline.instant,
            // The civil time fell into a gap that a later change of the zone's rules made.
            Err(DeadlineError::Skipped { .. }) => stored.instant,
            Err(error) => return Err(error),
        };
        let allowed = if matches!(stored.zone, ZonePolicy::Iana(_)) { 3 * 3_600_000_000 } else { 0 };
        if computed.micros_since(stored.instant).abs() > allowed {
            return Err(DeadlineError::Inconsistent { stored: stored.instant, computed });
        }
        Ok(Self { civil, zone: stored.zone, fold: stored.fold, instant: stored.instant })
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EndOfDay => f.write_str("end-of-day"),
            Self::StartOfDay => f.write_str("start-of-day"),
            Self::At(time) if time.second() == 0 => write!(f, "{}", time.format("%H:%M")),
            Self::At(time) => write!(f, "{}", time.format("%H:%M:%S")),
        }
    }
}

impl FromStr for TimeOfDay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "end-of-day" => Ok(Self::EndOfDay),
            "start-of-day" => Ok(Self::StartOfDay),
            _ => ["%H:%M", "%H:%M:%S"]
                .iter()
                .find_map(|format| NaiveTime::parse_from_str(text, format).ok())
                .filter(|time| time.nanosecond() == 0)
                .map(Self::At)
                .ok_or_else(|| "a time is end-of-day, start-of-day, 14:00 or 14:00:30".into()),
        }
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}
