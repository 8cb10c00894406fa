//! Awards: rounds by a calendar, nominations that carry over and expire by themselves, decisions with recusal.
//! (`award_rounds(calendar)`, `carry_over(rounds)`, `award_decision(body, threshold)`, `recusal`.)

mod decision;

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::Instant;
use crate::deadline::{Deadline, DeadlineError, ZonePolicy};
use crate::words::{self, Explain};

pub use decision::{
    AwardDecisionPolicy, Choice, RecusalPolicy, ReviewError, ReviewVote, RuleVerdict, compare,
};

/// `award_rounds(calendar)`: the days of a year on which rounds close.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwardCalendar {
    /// Month and day of each cut-off, in the order of the year.
    pub cutoffs: Vec<(u32, u32)>,
    /// Day of the month after the cut-off until which nominations are reviewed; decisions are announced by the end of
    /// that month.
    pub review_day: u32,
    /// Zone in which the days end.
    pub zone: ZonePolicy,
}

/// A round by its year and number in the year, 1 for the first. Written `2022 Q4` when there are four a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RoundId {
    /// Year of the cut-off.
    pub year: i32,
    /// Number in the year, from 1.
    pub number: u32,
}

/// A round with its deadlines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// Which.
    pub id: RoundId,
    /// First instant at which a nomination belongs to this round: the cut-off of the round before.
    pub opens: Instant,
    /// Nominations received before this belong to this round.
    pub cutoff: Deadline,
    /// End of the review.
    pub review_until: Deadline,
    /// Announced before this.
    pub announce_by: Deadline,
}

/// Why a calendar makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CalendarError {
    /// No cut-off, more than twelve, or not in the order of the year.
    #[error("a calendar has 1 to 12 cut-offs in the order of the year, each on a day that every year has")]
    Cutoffs,
    /// A review day that not every month has.
    #[error("the review ends on a day from 1 to 28 of the month after the cut-off")]
    ReviewDay,
    /// A number of a round that the calendar does not have.
    #[error("there is no round {0} in a year")]
    NoSuchRound(u32),
    /// A day outside the years that deadlines have.
    #[error(transparent)]
    Deadline(#[from] DeadlineError),
}

impl AwardCalendar {
    /// Whether the calendar makes sense.
    ///
    /// # Errors
    /// Names the first fault.
    pub fn check(&self) -> Result<(), CalendarError> {
        let days: Option<Vec<NaiveDate>> =
            self.cutoffs.iter().map(|(month, day)| NaiveDate::from_ymd_opt(2023, *month, *day)).collect();
        let days = days.ok_or(CalendarError::Cutoffs)?;
        let ordered = days.windows(2).all(|pair| matches!(pair, [one, other] if one < other));
        if !ordered || !(1..=12).contains(&days.len()) {
            return Err(CalendarError::Cutoffs);
        }
        if !(1..=28).contains(&self.review_day) {
            return Err(CalendarError::ReviewDay);
        }
        Ok(())
    }

    /// Rounds in a year.
    #[must_use]
    pub fn rounds_per_year(&self) -> u32 {
        u32::try_from(self.cutoffs.len()).unwrap_or(u32::MAX)
    }

    /// A round with its deadlines.
    ///
    /// # Errors
    /// When the calendar makes no sense, has no such round, or the year is out of range.
    pub fn round(&self, id: RoundId) -> Result<Round, CalendarError> {
        self.check()?;
        let cutoff_day = self.cutoff_day(id)?;
        let month = NaiveDate::from_ymd_opt(cutoff_day.year(), cutoff_day.month(), 1);
        let next = month.and_then(|first| first.checked_add_months(Months::new(1)));
        let after = next.and_then(|first| first.checked_add_months(Months::new(1)));
        let review = next.and_then(|first| first.with_day(self.review_day));
        let last = after.and_then(|first| first.pred_opt());
        let (Some(review), Some(last)) = (review, last) else { return Err(CalendarError::ReviewDay) };
        let before = self.cutoff_day(self.step(id, -1))?;
        Ok(Round {
            id,
            opens: Deadline::end_of_day(before, self.zone)?.instant(),
            cutoff: Deadline::end_of_day(cutoff_day, self.zone)?,
            review_until: Deadline::end_of_day(review, self.zone)?,
            announce_by: Deadline::end_of_day(last, self.zone)?,
        })
    }

    /// The round that a nomination received at `now` belongs to.
    ///
    /// # Errors
    /// As [`AwardCalendar::round`].
    pub fn round_at(&self, now: Instant) -> Result<Round, CalendarError> {
        let year = now.utc_year().saturating_sub(1);
        let mut round = self.round(RoundId { year, number: 1 })?;
        // At most two years of rounds lie between.
        for _ in 0..=self.rounds_per_year().saturating_mul(3) {
            if round.cutoff.accepts(now) {
                break;
            }
            round = self.round(self.step(round.id, 1))?;
        }
        Ok(round)
    }

    /// The round so many rounds later (or earlier).
    #[must_use]
    pub fn step(&self, id: RoundId, rounds: i32) -> RoundId {
        let per_year = i32::try_from(self.rounds_per_year()).unwrap_or(1).max(1);
        let place = self.place(id).saturating_add(rounds);
        let number = u32::try_from(place.rem_euclid(per_year)).unwrap_or(0).saturating_add(1);
        RoundId { year: place.div_euclid(per_year), number }
    }

    /// How many rounds `later` comes after `earlier`; negative when before.
    #[must_use]
    pub fn rounds_between(&self, earlier: RoundId, later: RoundId) -> i32 {
        self.place(later).saturating_sub(self.place(earlier))
    }

    fn place(&self, id: RoundId) -> i32 {
        let per_year = i32::try_from(self.rounds_per_year()).unwrap_or(1).max(1);
        let number = i32::try_from(id.number).unwrap_or(i32::MAX).saturating_sub(1);
        id.year.saturating_mul(per_year).saturating_add(number)
    }

    fn cutoff_day(&self, id: RoundId) -> Result<NaiveDate, CalendarError> {
        let place = usize::try_from(id.number).ok().and_then(|number| number.checked_sub(1));
        let (month, day) =
            place.and_then(|place| self.cutoffs.get(place)).ok_or(CalendarError::NoSuchRound(id.number))?;
        NaiveDate::from_ymd_opt(id.year, *month, *day).ok_or(DeadlineError::YearOutOfRange(id.year).into())
    }
}

/// `carry_over(rounds)`: in how many rounds a nomination is considered, the one it was received in included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarryOverPolicy {
    /// Number of rounds; 1 for none carried over.
    pub rounds: u32,
}

/// An award nomination: every nomination of the same person or team, merged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwardNomination {
    /// Rounds in which it was received, one per nomination merged; never empty.
    pub received: Vec<RoundId>,
    /// The round in which it was granted.
    pub granted: Option<RoundId>,
    /// The round in which it was withdrawn.
    pub withdrawn: Option<RoundId>,
}

/// Where a nomination stands in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NominationState {
    /// Not received yet.
    ToCome,
    /// Considered; received so many rounds before (0 in the round itself).
    Active {
        /// Rounds carried over.
        carried: u32,
        /// The last round in which it is considered.
        until: RoundId,
    },
    /// Granted in an earlier round or this one.
    Granted {
        /// When.
        round: RoundId,
        /// Rounds carried over until then.
        carried: u32,
    },
    /// Withdrawn.
    Withdrawn,
    /// Considered for the last time in this round and not granted.
    Expired {
        /// The last round.
        after: RoundId,
    },
}

impl AwardNomination {
    /// A nomination received in a round.
    #[must_use]
    pub fn received(round: RoundId) -> Self {
        Self { received: vec![round], granted: None, withdrawn: None }
    }

    /// Merges another nomination of the same person or team, received in a round. It counts from there anew.
    pub fn merge(&mut self, round: RoundId) {
        self.received.push(round);
        self.received.sort_unstable();
    }

    /// Where it stands in `round`, by the calendar alone; nobody has to do anything for it to expire.
    #[must_use]
    pub fn state(
        &self,
        round: RoundId,
        calendar: &AwardCalendar,
        policy: CarryOverPolicy,
    ) -> NominationState {
        let Some(first) = self.received.first().copied().filter(|first| *first <= round) else {
            return NominationState::ToCome;
        };
        if self.withdrawn.is_some_and(|withdrawn| withdrawn <= round) {
            return NominationState::Withdrawn;
        }
        let carried = |until| u32::try_from(calendar.rounds_between(first, until)).unwrap_or(0);
        if let Some(granted) = self.granted.filter(|granted| *granted <= round) {
            return NominationState::Granted { round: granted, carried: carried(granted) };
        }
        let latest =
            self.received.iter().copied().filter(|received| *received <= round).max().unwrap_or(first);
        let more = i32::try_from(policy.rounds.saturating_sub(1)).unwrap_or(i32::MAX);
        let until = calendar.step(latest, more);
        if round <= until {
            NominationState::Active { carried: carried(round), until }
        } else {
            NominationState::Expired { after: until }
        }
    }
}

impl Explain for AwardCalendar {
    fn sentence(&self) -> String {
        let month =
            |month: u32| NaiveDate::from_ymd_opt(2023, month, 1).map(|date| date.format("%B").to_string());
        let days = self.cutoffs.iter().map(|(m, day)| format!("{day} {}", month(*m).unwrap_or_default()));
        format!(
            "Rounds close at the end of {} {}; reviewed until day {} of the next month, announced by its end.",
            words::list(days),
            self.zone,
            self.review_day
        )
    }
}

impl Explain for CarryOverPolicy {
    fn sentence(&self) -> String {
        format!(
            "A nomination is considered in {} and then expires.",
            words::count(self.rounds.into(), "round", "rounds")
        )
    }
}

impl Explain for NominationState {
    fn sentence(&self) -> String {
        match self {
            Self::ToCome => "Not received yet.".into(),
            Self::Active { carried: 0, until } => format!("Considered for the first time, until {until}."),
            Self::Active { carried, until } => {
                let rounds = words::count((*carried).into(), "round", "rounds");
                format!("Carried over for {rounds}, considered until {until}.")
            }
            Self::Granted { round, .. } => format!("Granted in {round}."),
            Self::Withdrawn => "Withdrawn.".into(),
            Self::Expired { after } => format!("Expired after {after}."),
        }
    }
}

impl std::fmt::Display for RoundId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} Q{}", self.year, self.number)
    }
}
