//! Reading deadlines as people write them. What can be read in more than one way is reported, never guessed.

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike, Weekday};

use super::doubt::{Ambiguity, Caution, ReadError};
use super::tokens::{Token, clock_time, tokens};
use super::value::{Civil, Deadline, DeadlineError, Fold, TimeOfDay};
use super::zone::ZonePolicy;
use crate::words::{self, Explain};

/// Longest text that [`read`] accepts, in bytes.
pub const MAX_DEADLINE_TEXT: usize = 200;

/// What may be assumed when a text leaves it out. Everything assumed is reported.
#[derive(Clone, Copy, Debug, Default)]
pub struct Assumptions {
    /// Zone policy for texts without one.
    pub zone: Option<ZonePolicy>,
    /// Year for texts without one.
    pub year: Option<i32>,
}

/// What a text was read as.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The reading to use unless somebody chooses another: the latest one, so that nobody is cut off.
    pub deadline: Deadline,
    /// What can be read in more than one way. Ask when this is not empty.
    pub ambiguities: Vec<Ambiguity>,
    /// Every possible reading with its meaning, the default first. One entry when nothing is ambiguous.
    pub meanings: Vec<Meaning>,
    /// What looks wrong but does not change the reading.
    pub cautions: Vec<Caution>,
}

/// One possible reading.
#[derive(Clone, Debug, PartialEq)]
pub struct Meaning {
    /// The deadline under this reading.
    pub deadline: Deadline,
    /// This reading in words, with its instant in UTC.
    pub text: String,
}

/// Reads a deadline as people write it.
///
/// A day without a time is an interval and means its exclusive end; a time is that exact instant.
///
/// ```
/// use folkmoot_governance::deadline::{Assumptions, read};
/// let reading = read("Friday, June 30, 2022 AoE", Assumptions::default())?;
/// assert_eq!(reading.deadline.instant().to_string(), "2022-07-01T12:00:00Z");
/// assert_eq!(reading.cautions.len(), 1); // it was a Thursday
/// let start = read("June 20, 2022 AoE (start)", Assumptions::default())?;
/// assert_eq!(start.meanings.len(), 2); // ask, never guess
/// # Ok::<(), folkmoot_governance::deadline::ReadError>(())
/// ```
///
/// # Errors
/// When the text is too long, has unknown words, lacks a date, year or zone that may not be assumed, or names a
/// time that does not exist.
pub fn read(text: &str, assume: Assumptions) -> Result<Reading, ReadError> {
    if text.len() > MAX_DEADLINE_TEXT {
        return Err(ReadError::TooLong);
    }
    let parts = Parts::gather(&tokens(text)?)?;
    let mut ambiguities = Vec::new();
    let mut cautions = Vec::new();
    let dates = parts.dates(assume, &mut ambiguities, &mut cautions)?;
    let zones = parts.zones(assume, &mut ambiguities)?;
    let times = parts.times(&mut ambiguities, &mut cautions)?;
    let mut candidates = Vec::new();
    for &date in &dates {
        for &time in &times {
            for &zone in &zones {
                candidates.extend(resolve_all(Civil { date, time }, zone, &mut ambiguities)?);
            }
        }
    }
    let start_anywhere = parts.is_start_anywhere(&zones);
    if start_anywhere {
        ambiguities.push(Ambiguity::StartAnywhereOnEarth);
        for &date in &dates {
            let first_place = ZonePolicy::Iana(chrono_tz::Etc::GMTMinus14);
            let civil = Civil { date, time: TimeOfDay::StartOfDay };
            candidates.push(Deadline::resolve(civil, first_place, None)?);
        }
    }
    // Without a zone the assumed one stays the default; among other readings the latest.
    let assumed =
        ambiguities.iter().find_map(|a| if let Ambiguity::NoZone(zone) = a { Some(*zone) } else { None });
    candidates
        .sort_by_key(|c| (assumed.is_some_and(|zone| c.zone() != zone), std::cmp::Reverse(c.instant())));
    candidates.dedup();
    let deadline = *candidates.first().ok_or(ReadError::NoDate)?;
    parts.check(&deadline, &mut cautions);
    let meanings =
        candidates.into_iter().map(|deadline| Meaning { text: meaning(&deadline), deadline }).collect();
    Ok(Reading { deadline, ambiguities, meanings, cautions })
}

fn resolve_all(
    civil: Civil,
    zone: ZonePolicy,
    found: &mut Vec<Ambiguity>,
) -> Result<Vec<Deadline>, ReadError> {
    match Deadline::resolve(civil, zone, None) {
        Ok(deadline) => Ok(vec![deadline]),
        Err(DeadlineError::Twice { .. }) => {
            if !found.contains(&Ambiguity::ComesTwice) {
                found.push(Ambiguity::ComesTwice);
            }
            let both = [Fold::Later, Fold::Earlier].map(|fold| Deadline::resolve(civil, zone, Some(fold)));
            Ok(both.into_iter().collect::<Result<_, _>>()?)
        }
        Err(error) => Err(error.into()),
    }
}

fn meaning(deadline: &Deadline) -> String {
    format!("{}, that is {}", deadline.written(), deadline.instant())
}

/// The parts of a text, each at most once.
#[derive(Default)]
struct Parts {
    date: Option<(NaiveDate, Option<NaiveDate>)>,
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
    weekday: Option<Weekday>,
    time: Option<(u32, u32, u32)>,
    half: Option<bool>,
    noon: bool,
    midnight: bool,
    zone: Option<ZonePolicy>,
    zone_name: Option<String>,
    end: bool,
    start: bool,
}

/// Sets a part that may be there once, or twice with the same value.
fn once<T: PartialEq>(slot: &mut Option<T>, value: T, what: &'static str) -> Result<(), ReadError> {
    match slot {
        Some(old) if *old != value => Err(ReadError::Two(what)),
        _ => {
            *slot = Some(value);
            Ok(())
        }
    }
}

impl Parts {
    fn gather(found: &[Token]) -> Result<Self, ReadError> {
        let mut parts = Self::default();
        let mut rest = found.iter().peekable();
        while let Some(token) = rest.next() {
            match token {
                Token::Date(date) => once(&mut parts.date, (*date, None), "date")?,
                Token::EitherDate(one, two) => once(&mut parts.date, (*one, Some(*two)), "date")?,
                Token::Month(month) => once(&mut parts.month, *month, "month")?,
                Token::Day(day) => once(&mut parts.day, *day, "day")?,
                Token::Year(year) => once(&mut parts.year, *year, "year")?,
                Token::Number(hour) if matches!(rest.peek(), Some(Token::Half(_))) => {
                    once(&mut parts.time, (*hour, 0, 0), "time")?;
                }
                Token::Number(day) => once(&mut parts.day, *day, "day")?,
                Token::Weekday(weekday) => once(&mut parts.weekday, *weekday, "weekday")?,
                Token::Time(hour, minute, second) => {
                    once(&mut parts.time, (*hour, *minute, *second), "time")?
                }
                Token::Half(half) => once(&mut parts.half, *half, "time")?,
                Token::Noon => parts.noon = true,
                Token::Midnight => parts.midnight = true,
                Token::Zone(zone) => once(&mut parts.zone, *zone, "zone")?,
                Token::NamedZone(zone, name) => {
                    once(&mut parts.zone, *zone, "zone")?;
                    parts.zone_name = Some(name.clone());
                }
                Token::EndOfDay => parts.end = true,
                Token::Start => parts.start = true,
            }
        }
        Ok(parts)
    }

    fn dates(
        &self,
        assume: Assumptions,
        ambiguities: &mut Vec<Ambiguity>,
        cautions: &mut Vec<Caution>,
    ) -> Result<Vec<NaiveDate>, ReadError> {
        if let Some((date, other)) = self.date {
            if self.month.is_some() || self.day.is_some() || self.year.is_some() {
                return Err(ReadError::Two("date"));
            }
            if other.is_some() {
                ambiguities.push(Ambiguity::DayOrMonth);
            }
            return Ok([Some(date), other].into_iter().flatten().collect());
        }
        let (Some(month), Some(day)) = (self.month, self.day) else { return Err(ReadError::NoDate) };
        let year = match (self.year, assume.year) {
            (Some(year), _) => year,
            (None, Some(year)) => {
                cautions.push(Caution::NoYear(year));
                year
            }
            (None, None) => return Err(ReadError::NoYear),
        };
        let date = NaiveDate::from_ymd_opt(year, month, day);
        date.map(|date| vec![date])
            .ok_or_else(|| ReadError::NoSuchDate(format!("{year}-{month:02}-{day:02}")))
    }

    fn zones(
        &self,
        assume: Assumptions,
        ambiguities: &mut Vec<Ambiguity>,
    ) -> Result<Vec<ZonePolicy>, ReadError> {
        if let Some(zone) = self.zone {
            return Ok(vec![zone]);
        }
        let assumed = assume.zone.ok_or(ReadError::NoZone)?;
        ambiguities.push(Ambiguity::NoZone(assumed));
        let mut zones = vec![assumed];
        zones.extend(
            [ZonePolicy::Utc, ZonePolicy::AnywhereOnEarth].into_iter().filter(|zone| *zone != assumed),
        );
        Ok(zones)
    }

    fn times(
        &self,
        ambiguities: &mut Vec<Ambiguity>,
        cautions: &mut Vec<Caution>,
    ) -> Result<Vec<TimeOfDay>, ReadError> {
        if self.half.is_some() && self.time.is_none() {
            return Err(ReadError::NoSuchTime("am or pm without an hour".into()));
        }
        let twelve_at_night = matches!((self.time, self.half), (Some((12, 0, 0)), Some(false)));
        let named = usize::from(self.noon) + usize::from(self.midnight) + usize::from(self.end);
        if named > 1 || (named == 1 && self.time.is_some() && !twelve_at_night && !self.is_twelve()) {
            return Err(ReadError::Two("time"));
        }
        if self.midnight || twelve_at_night {
            ambiguities.push(Ambiguity::Midnight);
            return Ok(vec![TimeOfDay::EndOfDay, TimeOfDay::StartOfDay]);
        }
        if self.noon {
            return Ok(NaiveTime::from_hms_opt(12, 0, 0).map(TimeOfDay::At).into_iter().collect());
        }
        match self.time {
            _ if self.end => Ok(vec![TimeOfDay::EndOfDay]),
            None if self.start => Ok(vec![TimeOfDay::StartOfDay]),
            None => Ok(vec![TimeOfDay::EndOfDay]),
            Some(time) => {
                let (time, end) = clock_time(time, self.half)?;
                if time.hour() == 23 && time.minute() == 59 {
                    cautions.push(Caution::JustBeforeMidnight);
                }
                Ok(vec![if end { TimeOfDay::EndOfDay } else { TimeOfDay::At(time) }])
            }
        }
    }

    /// `12 noon`, `12 midnight`: the figure belongs to the word.
    fn is_twelve(&self) -> bool {
        self.time == Some((12, 0, 0)) && self.half.is_none() && !self.end
    }

    fn is_start_anywhere(&self, zones: &[ZonePolicy]) -> bool {
        let written = self.time.is_some() || self.noon || self.midnight || self.end;
        self.start && !written && zones.first() == Some(&ZonePolicy::AnywhereOnEarth)
    }

    fn check(&self, deadline: &Deadline, cautions: &mut Vec<Caution>) {
        let computed = deadline.civil().date.weekday();
        if let Some(written) = self.weekday.filter(|written| *written != computed) {
            cautions.push(Caution::Weekday { written, computed });
        }
        let actual = deadline.zone().local(deadline.instant().plus_micros(-1)).name;
        if let Some(written) = self.zone_name.as_ref() {
            // "Eastern" and "ET" fit all year; EST and EDT do not.
            let seasonal =
                written.len() >= 3 && written.ends_with('T') && written.chars().all(|c| c.is_uppercase());
            if seasonal && *written != actual {
                cautions.push(Caution::SeasonalName { written: written.clone(), actual });
            }
        }
    }
}

impl Reading {
    /// Whether somebody has to choose.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        !self.ambiguities.is_empty()
    }

    /// The question to ask, with every possible meaning; `None` when nothing is ambiguous.
    #[must_use]
    pub fn question(&self) -> Option<String> {
        let why: Vec<String> = self.ambiguities.iter().map(Explain::sentence).collect();
        let which = words::either(self.meanings.iter().map(|meaning| &meaning.text));
        self.is_ambiguous().then(|| format!("{} Is it {which}?", why.join(" ")))
    }
}
