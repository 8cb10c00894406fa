//! Instants and days in words.
//!
//! Logs and the lists of staff state UTC. Whatever somebody must do by an instant, and what concerns a person's own account,
//! states UTC and the zone of whoever reads it: the person's own, for visitors that of the organisation.

use chrono::NaiveDate;
use folkmoot_governance::Instant;
use folkmoot_governance::deadline::{ZonePolicy, instant_in};
use folkmoot_store::Utc;

/// An instant to the minute, for example `31 May 2026, 23:59 UTC`.
#[must_use]
pub fn when(at: Utc) -> String {
    at.datetime().format("%-d %B %Y, %H:%M UTC").to_string()
}

/// The same instant on the clock of a zone, `Monday 1 June 2026, 01:59 CEST (Europe/Zurich, UTC+02:00)`; empty when the zone
/// is UTC or not known, because UTC is stated anyway.
#[must_use]
pub fn in_zone(at: Utc, zone: &str) -> String {
    let policy = match zone {
        "UTC" | "Etc/UTC" => return String::new(),
        ANYWHERE => ZonePolicy::AnywhereOnEarth,
        name => match name.parse() {
            Ok(known) => ZonePolicy::Iana(known),
            Err(_) => return String::new(),
        },
    };
    Instant::from_micros(at.micros()).map(|instant| instant_in(instant, policy)).unwrap_or_default()
}

/// An instant in UTC and in a zone, for sentences.
#[must_use]
pub fn stated(at: Utc, zone: &str) -> String {
    let local = in_zone(at, zone);
    if local.is_empty() { when(at) } else { format!("{}, which is {local}", when(at)) }
}

/// The time zone in which a day ends last; its POSIX name has the sign the wrong way round, so people see words.
const ANYWHERE: &str = "Etc/GMT+12";

/// A choice of the time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone {
    /// IANA name.
    pub value: &'static str,
    /// In words.
    pub label: &'static str,
}

/// Every time zone, the two most wanted first.
#[must_use]
pub fn zones() -> Vec<Zone> {
    let first = [
        Zone { value: "UTC", label: "UTC" },
        Zone { value: ANYWHERE, label: "Anywhere on Earth (AoE): a day ends when it ended everywhere" },
    ];
    let others =
        chrono_tz::TZ_VARIANTS.iter().map(|z| z.name()).filter(|n| n.contains('/') && !n.starts_with("Etc/"));
    first.into_iter().chain(others.map(|name| Zone { value: name, label: name })).collect()
}

/// Reads a time zone from a form.
///
/// # Errors
/// A sentence for the form.
pub fn parse_zone(text: &str) -> Result<String, &'static str> {
    let known = text == "UTC" || text.parse::<chrono_tz::Tz>().is_ok();
    if known { Ok(text.to_owned()) } else { Err("Choose a time zone from the list.") }
}

/// The day of an instant in UTC, for example `31 May 2026`.
#[must_use]
pub fn day(at: Utc) -> String {
    at.datetime().format("%-d %B %Y").to_string()
}

/// The first instant of a day in UTC.
#[must_use]
pub fn start_of(day: NaiveDate) -> Utc {
    Utc::from_datetime(day.and_time(chrono::NaiveTime::MIN).and_utc())
}

/// Reads a day as date inputs send it, for example `2026-05-31`.
///
/// # Errors
/// A sentence for the form.
pub fn parse_day(text: &str) -> Result<NaiveDate, String> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .filter(|d| (1900..=2200).contains(&chrono::Datelike::year(d)))
        .ok_or_else(|| "Enter a day such as 2026-05-31.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_stated_in_utc_and_on_the_readers_clock() {
        let at = Utc::parse("2026-03-29T00:59:00Z").unwrap();
        assert_eq!(
            stated(at, "Europe/Zurich"),
            "29 March 2026, 00:59 UTC, which is Sunday 29 March 2026, 01:59 CET (Europe/Zurich, UTC+1)"
        );
        let after = Utc::parse("2026-03-29T01:00:00Z").unwrap();
        assert!(stated(after, "Europe/Zurich").contains("03:00 CEST"), "{}", stated(after, "Europe/Zurich"));
        assert!(in_zone(at, ANYWHERE).ends_with("12:59 Anywhere on Earth"), "{}", in_zone(at, ANYWHERE));
        for silent in ["UTC", "", "Atlantis/City"] {
            assert_eq!(stated(at, silent), "29 March 2026, 00:59 UTC");
        }
        assert!(zones().iter().all(|z| parse_zone(z.value).is_ok()));
        assert!(parse_zone("Atlantis/City").is_err());
    }

    #[test]
    fn days_are_read_strictly() {
        let last = parse_day("2024-02-29").unwrap();
        assert_eq!(start_of(last).to_string(), "2024-02-29T00:00:00Z");
        for wrong in ["", "2023-02-29", "31.5.2026", "99999-01-01", "2026-5", "1899-12-31"] {
            assert!(parse_day(wrong).is_err(), "{wrong}");
        }
    }
}
