//! `inactivity(years, ask, grace)`: members without non-trivial work for years are asked, then moved to inactive; they
//! return at will. (PEP 13.)

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::Instant;
use crate::instant::DAY;
use crate::term::months_later;
use crate::words::{self, Explain};

/// The policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InactivityPolicy {
    /// Years without work after which a member is asked.
    pub years: u32,
    /// Days to answer.
    pub grace_days: u32,
}

/// What is known about a member's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityFacts {
    /// Last non-trivial work, or the beginning of the membership.
    pub last_work: Instant,
    /// When the member was asked last.
    pub asked: Option<Instant>,
    /// When the member last said to stay, or came back.
    pub confirmed: Option<Instant>,
}

/// How a member stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Active; may be asked from this instant on.
    Active {
        /// When the years without work are over.
        ask_from: Instant,
    },
    /// May be asked now.
    Ask,
    /// Was asked and has until then to answer.
    Asked {
        /// End of the time to answer.
        until: Instant,
    },
    /// Did not answer: inactive since then. Loses the vote and may come back at will.
    Inactive {
        /// Since when.
        since: Instant,
    },
}

impl InactivityPolicy {
    /// How a member stands at `now`.
    #[must_use]
    pub fn stands(&self, facts: &ActivityFacts, now: Instant) -> Activity {
        let last = facts.confirmed.map_or(facts.last_work, |confirmed| confirmed.max(facts.last_work));
        let ask_from = self.years_after(last);
        if now < ask_from {
            return Activity::Active { ask_from };
        }
        // A question from before the last sign of life has been answered by it.
        let Some(asked) = facts.asked.filter(|asked| *asked >= ask_from) else { return Activity::Ask };
        let until = asked.plus_micros(i64::from(self.grace_days).saturating_mul(DAY));
        if now < until { Activity::Asked { until } } else { Activity::Inactive { since: until } }
    }

    fn years_after(&self, at: Instant) -> Instant {
        let civil = at.utc();
        let date: NaiveDate = civil.date();
        let moved = months_later(date, self.years.saturating_mul(12), date.day());
        moved.and_then(|day| Instant::from_utc(day.and_time(civil.time())).ok()).unwrap_or(at)
    }
}

impl Explain for InactivityPolicy {
    fn sentence(&self) -> String {
        format!(
            "After {} without non-trivial work a member is asked and, without an answer within {}, becomes inactive; \
             inactive members have no vote and return at will.",
            words::count(self.years.into(), "year", "years"),
            words::count(self.grace_days.into(), "day", "days")
        )
    }
}

impl Explain for Activity {
    fn sentence(&self) -> String {
        match self {
            Self::Active { ask_from } => {
                format!("Active; the question whether to stay comes at {ask_from} at the earliest.")
            }
            Self::Ask => {
                "Without non-trivial work for the whole period; may be asked whether to stay.".into()
            }
            Self::Asked { until } => format!("Asked whether to stay; an answer is due before {until}."),
            Self::Inactive { since } => format!("Inactive since {since}; may return at will."),
        }
    }
}
