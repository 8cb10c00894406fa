//! Deadlines: one civil date and time with a zone policy, one exclusive instant in UTC, every text from the same
//! value. (`deadline_zone`, `notice`, `phase_length`.)
//!
//! What lives here: zones ([`ZonePolicy`]), the deadline itself ([`Deadline`]), reading deadlines as people write
//! them ([`read`]), milestones with their amendments ([`Milestone`]), schedules with their checks ([`Schedule`]) and
//! calendar files. What does not: the current time; every function that needs it takes it.

mod calendar;
mod doubt;
mod milestone;
mod reading;
mod render;
mod schedule;
mod tokens;
mod value;
mod zone;

pub use calendar::{Calendar, MAX_CALENDAR_TEXT};
pub use doubt::{Ambiguity, Caution, ReadError};
pub use milestone::{AmendmentError, MAX_REASON, Milestone, MilestoneKind, MilestoneVersion};
pub use reading::{Assumptions, MAX_DEADLINE_TEXT, Meaning, Reading, read};
pub use render::{ApiDeadline, instant_in, time_left};
pub use schedule::{
    Breach, Finding, NoticeRule, Override, PhaseRule, Schedule, ScheduleError, ScheduleProblem, ScheduleRules,
};
pub use value::{Civil, Deadline, DeadlineError, Fold, TimeOfDay};
pub use zone::{LocalTime, UnknownZone, ZonePolicy};
