//! Terms: lengths in months and years on the calendar, with leap days. (`term(years, by_rank, cohort)`.)

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::words;

/// The day `months` months after `date`, on day `anchor` of the month or on its last day where the month is shorter.
///
/// The anchor keeps a term that began on 31 January or 29 February from slipping to an earlier day for good.
/// `None` when the date leaves the calendar.
///
/// ```
/// use folkmoot_governance::term::months_later;
/// use chrono::NaiveDate;
/// let leap_day = NaiveDate::from_ymd_opt(2024, 2, 29).unwrap();
/// let one = months_later(leap_day, 12, 29).unwrap();
/// assert_eq!(one.to_string(), "2025-02-28");
/// assert_eq!(months_later(one, 36, 29).unwrap().to_string(), "2028-02-29");
/// ```
#[must_use]
pub fn months_later(date: NaiveDate, months: u32, anchor: u32) -> Option<NaiveDate> {
    let moved = date.checked_add_months(Months::new(months))?;
    (1..=anchor.max(1)).rev().find_map(|day| moved.with_day(day))
}

/// A term of office. `to` is the first day no longer in office.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// First day in office.
    pub from: NaiveDate,
    /// First day no longer in office.
    pub to: NaiveDate,
}

impl Term {
    /// A term of so many years from a day; `None` when it leaves the calendar.
    #[must_use]
    pub fn years(from: NaiveDate, years: u32) -> Option<Self> {
        Some(Self { from, to: months_later(from, years.checked_mul(12)?, from.day())? })
    }

    /// Whether the term covers a day.
    #[must_use]
    pub fn covers(&self, day: NaiveDate) -> bool {
        self.from <= day && day < self.to
    }

    /// The remaining part of a term for somebody who takes over on `day`; `None` when nothing remains.
    #[must_use]
    pub fn rest_from(&self, day: NaiveDate) -> Option<Self> {
        (day < self.to).then(|| Self { from: self.from.max(day), to: self.to })
    }
}

/// How long those elected serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TermPolicy {
    /// So many years.
    Years(u32),
    /// Until the next election after the next feature release or other event of this kind (PEP 13).
    UntilNextElection,
}

impl TermPolicy {
    /// The length in words, for use inside a sentence.
    #[must_use]
    pub fn clause(self) -> String {
        match self {
            Self::Years(years) => words::count(years.into(), "year", "years"),
            Self::UntilNextElection => "until the next election".into(),
        }
    }
}
