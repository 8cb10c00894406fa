//! Instants and days in words.

use chrono::NaiveDate;
use folkmoot_store::Utc;

/// An instant to the minute, for example `31 May 2026, 23:59 UTC`.
#[must_use]
pub fn when(at: Utc) -> String {
    at.datetime().format("%-d %B %Y, %H:%M UTC").to_string()
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
    fn days_are_read_strictly() {
        let last = parse_day("2024-02-29").unwrap();
        assert_eq!(start_of(last).to_string(), "2024-02-29T00:00:00Z");
        for wrong in ["", "2023-02-29", "31.5.2026", "99999-01-01", "2026-5", "1899-12-31"] {
            assert!(parse_day(wrong).is_err(), "{wrong}");
        }
    }
}
