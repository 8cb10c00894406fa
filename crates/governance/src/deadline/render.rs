//! Every text of a deadline, made from the one value: page, mail, calendar file, API.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use serde::Serialize;

use super::value::{Civil, Deadline, TimeOfDay};
use super::zone::{ZonePolicy, utc_offset};
use crate::{Instant, words};

/// A deadline for an API answer: the instant, and how it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApiDeadline {
    /// The exclusive instant in UTC.
    pub instant: Instant,
    /// Calendar day as written.
    pub date: NaiveDate,
    /// Time of day as written.
    pub time: TimeOfDay,
    /// Zone policy as written.
    pub zone: ZonePolicy,
    /// Computed weekday of the written date.
    pub weekday: String,
    /// The sentence that pages show.
    pub text: String,
}

impl Deadline {
    /// Short unambiguous text that [`super::read`] reads back: `30 June 2022 AoE`, `15 September 2026, 14:00 UTC`.
    #[must_use]
    pub fn written(&self) -> String {
        let Civil { date, time } = self.civil();
        let date = date.format("%-d %B %Y");
        let zone = self.zone();
        match time {
            TimeOfDay::EndOfDay => format!("{date}, end of day {zone}"),
            TimeOfDay::StartOfDay => format!("{date}, start of day {zone}"),
            TimeOfDay::At(time) => format!("{date}, {} {zone}", clock(time)),
        }
    }

    /// The text for a page: weekday, date, time and zone as written, then UTC where that is not the same.
    ///
    /// `Thursday 30 June 2022, end of day Anywhere on Earth (Friday 1 July 2022, 12:00 UTC)`.
    #[must_use]
    pub fn page_text(&self) -> String {
        let Civil { date, time } = self.civil();
        let day = date.format("%A %-d %B %Y");
        let zone = match self.zone() {
            ZonePolicy::Utc => "UTC".to_owned(),
            ZonePolicy::AnywhereOnEarth => "Anywhere on Earth".to_owned(),
            ZonePolicy::Iana(zone) => zone.name().replace('_', " "),
        };
        let written = match time {
            TimeOfDay::EndOfDay => format!("{day}, end of day {zone}"),
            TimeOfDay::StartOfDay => format!("{day}, start of day {zone}"),
            TimeOfDay::At(time) => format!("{day}, {} {zone}", clock(time)),
        };
        if self.zone() == ZonePolicy::Utc && matches!(time, TimeOfDay::At(_)) {
            return written;
        }
        format!("{written} ({})", instant_in(self.instant(), ZonePolicy::Utc))
    }

    /// The text for a plain mail: the page text, and on a second line the instant for machines and for the doubtful.
    #[must_use]
    pub fn mail_text(&self) -> String {
        format!("{}\n  exactly {}", self.page_text(), self.instant())
    }

    /// The instant as calendar files write it: `20220701T120000Z`.
    #[must_use]
    pub fn ics_stamp(&self) -> String {
        ics_stamp(self.instant())
    }

    /// The value for an API answer.
    #[must_use]
    pub fn api(&self) -> ApiDeadline {
        ApiDeadline {
            instant: self.instant(),
            date: self.civil().date,
            time: self.civil().time,
            zone: self.zone(),
            weekday: self.civil().date.format("%A").to_string(),
            text: self.page_text(),
        }
    }

    /// How long is left at `now`, in words; see [`time_left`].
    #[must_use]
    pub fn time_left(&self, now: Instant) -> String {
        time_left(self.instant(), now)
    }
}

/// An instant on the clock of a zone: `Friday 1 July 2022, 14:00 CEST (Europe/Berlin)`.
#[must_use]
pub fn instant_in(instant: Instant, zone: ZonePolicy) -> String {
    let local = zone.local(instant);
    let time = clock(local.civil.time());
    let day = local.civil.format("%A %-d %B %Y");
    match zone {
        ZonePolicy::Utc => format!("{day}, {time} UTC"),
        ZonePolicy::AnywhereOnEarth => format!("{day}, {time} Anywhere on Earth"),
        ZonePolicy::Iana(zone) => {
            let offset = utc_offset(local.offset_seconds);
            let place = zone.name().replace('_', " ");
            if local.name == offset {
                format!("{day}, {time} {offset} ({place})")
            } else {
                format!("{day}, {time} {} ({place}, {offset})", local.name)
            }
        }
    }
}

/// How far `end` is from `now`, in the two largest units: `2 days 3 hours left`, `closed 5 minutes ago`.
#[must_use]
pub fn time_left(end: Instant, now: Instant) -> String {
    let left = end.micros_since(now);
    let seconds = left.unsigned_abs() / 1_000_000;
    if left <= 0 {
        return if seconds == 0 {
            "closed just now".into()
        } else {
            format!("closed {} ago", length(seconds))
        };
    }
    if seconds == 0 { "less than a second left".into() } else { format!("{} left", length(seconds)) }
}

fn length(seconds: u64) -> String {
    let units = [
        (86_400, "day", "days"),
        (3600, "hour", "hours"),
        (60, "minute", "minutes"),
        (1, "second", "seconds"),
    ];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (size, one, many) in units {
        let number = rest / size;
        rest %= size;
        if number > 0 {
            parts.push(words::count(number, one, many));
        } else if !parts.is_empty() {
            break;
        }
        if parts.len() == 2 {
            break;
        }
    }
    parts.join(" ")
}

pub(super) fn ics_stamp(instant: Instant) -> String {
    let civil: NaiveDateTime = instant.utc();
    civil.format("%Y%m%dT%H%M%SZ").to_string()
}

fn clock(time: NaiveTime) -> String {
    let format = if time.second() == 0 { "%H:%M" } else { "%H:%M:%S" };
    time.format(format).to_string()
}
