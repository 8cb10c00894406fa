//! Schedules: the milestones of an election or round, and the checks on them.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::milestone::{AmendmentError, Milestone, MilestoneKind};
use super::value::{Deadline, DeadlineError};
use crate::words::{self, Explain};
use crate::{Instant, Interval};

/// The milestones of one election or round, at most one of each kind, in the order of their kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Schedule {
    milestones: Vec<Milestone>,
}

/// Why a schedule was not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// There is no such milestone.
    #[error("the schedule has no {0}; add it first")]
    Missing(MilestoneKind),
    /// The milestone refused the change.
    #[error(transparent)]
    Amendment(#[from] AmendmentError),
    /// A day or time that is no deadline.
    #[error(transparent)]
    Deadline(#[from] DeadlineError),
}

/// How bad a breach of a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Breach {
    /// Say so; an officer may override with a reason.
    Warn,
    /// Refuse.
    Refuse,
}

/// `phase_length(min,max)`: how long a phase lasts, in days on the calendar of the closing milestone's zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseRule {
    /// Beginning of the phase.
    pub from: MilestoneKind,
    /// End of the phase.
    pub to: MilestoneKind,
    /// Shortest length in days.
    pub min_days: u32,
    /// Longest length in days.
    pub max_days: u32,
    /// What a breach means.
    pub breach: Breach,
}

/// `notice(min,max days)`: how long before the act the notice goes out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeRule {
    /// Least number of days before.
    pub min_days: u32,
    /// Greatest number of days before.
    pub max_days: u32,
    /// The act that the notice is of.
    pub before: MilestoneKind,
    /// What a breach means.
    pub breach: Breach,
}

/// All checks that a schedule has to pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleRules {
    /// Milestones that must be set.
    pub required: Vec<MilestoneKind>,
    /// Lengths of phases.
    pub phases: Vec<PhaseRule>,
    /// Notice window.
    pub notice: Option<NoticeRule>,
}

/// An officer's decision to let a warning stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// The warning, as reported.
    pub problem: ScheduleProblem,
    /// Why it may stand; must not be empty.
    pub reason: String,
}

/// What is wrong with a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ScheduleProblem {
    /// A required milestone is not set.
    Missing(MilestoneKind),
    /// `second` does not come after `first`.
    Order {
        /// Must come first.
        first: MilestoneKind,
        /// Must come later.
        second: MilestoneKind,
    },
    /// A phase is too short or too long.
    Length {
        /// Beginning of the phase.
        from: MilestoneKind,
        /// End of the phase.
        to: MilestoneKind,
        /// Its length in seconds.
        seconds: i64,
        /// Shortest allowed, days.
        min_days: u32,
        /// Longest allowed, days.
        max_days: u32,
    },
    /// The notice is too late or too early.
    Notice {
        /// The act that the notice is of.
        before: MilestoneKind,
        /// Time between notice and act in seconds.
        seconds: i64,
        /// Least, days.
        min_days: u32,
        /// Greatest, days.
        max_days: u32,
    },
}

/// A problem and what it means for the schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What is wrong.
    pub problem: ScheduleProblem,
    /// Whether it blocks.
    pub breach: Breach,
    /// The reason given, when an officer lets a warning stand.
    pub overridden: Option<String>,
}

impl Finding {
    /// Whether the schedule cannot be announced because of this: refused, or a warning that nobody has overridden.
    #[must_use]
    pub const fn blocks(&self) -> bool {
        matches!(self.breach, Breach::Refuse) || self.overridden.is_none()
    }
}

impl Schedule {
    /// A schedule without milestones.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Plans a milestone, or moves one that is not yet announced.
    ///
    /// # Errors
    /// When the milestone is announced already; amend it instead.
    pub fn plan(&mut self, kind: MilestoneKind, deadline: Deadline) -> Result<(), ScheduleError> {
        if self.get(&kind).is_some_and(Milestone::is_announced) {
            return Err(AmendmentError::AlreadyAnnounced(kind).into());
        }
        self.milestones.retain(|milestone| *milestone.kind() != kind);
        let place = self.milestones.partition_point(|milestone| *milestone.kind() < kind);
        self.milestones.insert(place, Milestone::planned(kind, deadline));
        Ok(())
    }

    /// The milestones, in the order of their kinds.
    #[must_use]
    pub fn milestones(&self) -> &[Milestone] {
        &self.milestones
    }

    /// The milestone of a kind.
    #[must_use]
    pub fn get(&self, kind: &MilestoneKind) -> Option<&Milestone> {
        self.milestones.iter().find(|milestone| milestone.kind() == kind)
    }

    /// The instant of a milestone.
    #[must_use]
    pub fn instant(&self, kind: &MilestoneKind) -> Option<Instant> {
        self.get(kind).map(Milestone::instant)
    }

    /// The half-open interval between two milestones, when both are set.
    #[must_use]
    pub fn window(&self, from: &MilestoneKind, to: &MilestoneKind) -> Option<Interval> {
        Some(Interval::new(self.instant(from)?, self.instant(to)?))
    }

    /// Whether ballots are accepted at `now`: in the half-open voting window.
    #[must_use]
    pub fn is_voting(&self, now: Instant) -> bool {
        let window = self.window(&MilestoneKind::VotingOpen, &MilestoneKind::VotingClose);
        window.is_some_and(|window| window.contains(now))
    }

    /// Makes every planned milestone public.
    ///
    /// # Errors
    /// When the instant of one of them has passed; nothing is changed then.
    pub fn announce(&mut self, now: Instant) -> Result<(), ScheduleError> {
        let mut announced = self.milestones.clone();
        for milestone in announced.iter_mut().filter(|milestone| !milestone.is_announced()) {
            milestone.announce(now)?;
        }
        self.milestones = announced;
        Ok(())
    }

    /// Moves a milestone; see [`Milestone::amend`].
    ///
    /// # Errors
    /// When there is no such milestone or it refuses the change.
    pub fn amend(
        &mut self,
        kind: &MilestoneKind,
        deadline: Deadline,
        reason: &str,
        now: Instant,
    ) -> Result<(), ScheduleError> {
        let found = self.milestones.iter_mut().find(|milestone| milestone.kind() == kind);
        let milestone = found.ok_or_else(|| ScheduleError::Missing(kind.clone()))?;
        Ok(milestone.amend(deadline, reason, now)?)
    }

    /// Moves a milestone that may have passed already; see [`Milestone::extend`].
    ///
    /// # Errors
    /// When there is no such milestone or it refuses the change.
    pub fn extend(
        &mut self,
        kind: &MilestoneKind,
        deadline: Deadline,
        reason: &str,
        now: Instant,
    ) -> Result<(), ScheduleError> {
        let found = self.milestones.iter_mut().find(|milestone| milestone.kind() == kind);
        let milestone = found.ok_or_else(|| ScheduleError::Missing(kind.clone()))?;
        Ok(milestone.extend(deadline, reason, now)?)
    }

    /// Everything wrong with the schedule under `rules`.
    #[must_use]
    pub fn check(&self, rules: &ScheduleRules, overrides: &[Override]) -> Vec<Finding> {
        let mut found: Vec<(ScheduleProblem, Breach)> = Vec::new();
        for kind in rules.required.iter().filter(|kind| self.get(kind).is_none()) {
            found.push((ScheduleProblem::Missing(kind.clone()), Breach::Refuse));
        }
        for pair in self.milestones.windows(2) {
            if let [first, second] = pair {
                found.extend(order(first, second).map(|problem| (problem, Breach::Refuse)));
            }
        }
        for rule in &rules.phases {
            found.extend(self.phase(rule).map(|problem| (problem, rule.breach)));
        }
        if let Some(rule) = &rules.notice {
            found.extend(self.notice(rule).map(|problem| (problem, rule.breach)));
        }
        let reason = |problem: &ScheduleProblem| {
            let stands = |o: &&Override| o.problem == *problem && !o.reason.trim().is_empty();
            overrides.iter().find(stands).map(|o| o.reason.trim().to_owned())
        };
        found
            .into_iter()
            .map(|(problem, breach)| {
                let overridden = (breach == Breach::Warn).then(|| reason(&problem)).flatten();
                Finding { problem, breach, overridden }
            })
            .collect()
    }

    fn phase(&self, rule: &PhaseRule) -> Option<ScheduleProblem> {
        let length = length(self.get(&rule.from)?, self.get(&rule.to)?);
        outside(length, rule.min_days, rule.max_days).then(|| ScheduleProblem::Length {
            from: rule.from.clone(),
            to: rule.to.clone(),
            seconds: length.num_seconds(),
            min_days: rule.min_days,
            max_days: rule.max_days,
        })
    }

    fn notice(&self, rule: &NoticeRule) -> Option<ScheduleProblem> {
        let length = length(self.get(&MilestoneKind::Notice)?, self.get(&rule.before)?);
        outside(length, rule.min_days, rule.max_days).then(|| ScheduleProblem::Notice {
            before: rule.before.clone(),
            seconds: length.num_seconds(),
            min_days: rule.min_days,
            max_days: rule.max_days,
        })
    }
}

/// Two milestones next to each other in kind must be so in time. The record date and the affirmation cut-off may come
/// in either order or together; a window must not be empty.
fn order(first: &Milestone, second: &Milestone) -> Option<ScheduleProblem> {
    use MilestoneKind as Kind;
    let free = matches!((first.kind(), second.kind()), (Kind::AffirmationCutoff, Kind::RecordDate));
    let window = matches!(
        (first.kind(), second.kind()),
        (Kind::NominationsOpen, Kind::NominationsClose) | (Kind::VotingOpen, Kind::VotingClose)
    );
    let wrong = if window {
        second.instant() <= first.instant()
    } else {
        !free && second.instant() < first.instant()
    };
    wrong.then(|| ScheduleProblem::Order { first: first.kind().clone(), second: second.kind().clone() })
}

/// Length on the calendar of the later milestone's zone, so that a fortnight stays fourteen days when the clocks change.
fn length(from: &Milestone, to: &Milestone) -> TimeDelta {
    let zone = to.deadline().zone();
    zone.local(to.instant()).civil.signed_duration_since(zone.local(from.instant()).civil)
}

fn outside(length: TimeDelta, min_days: u32, max_days: u32) -> bool {
    length < TimeDelta::days(min_days.into()) || length > TimeDelta::days(max_days.into())
}

impl Explain for Finding {
    fn sentence(&self) -> String {
        let text = self.problem.sentence();
        match (&self.overridden, self.breach) {
            (Some(reason), _) => format!("{text} An officer lets this stand: {reason}"),
            (None, Breach::Warn) => format!("{text} Change it, or let it stand with a reason."),
            (None, Breach::Refuse) => text,
        }
    }
}

impl Explain for ScheduleProblem {
    fn sentence(&self) -> String {
        match self {
            Self::Missing(kind) => format!("The {kind} is not set."),
            Self::Order { first, second } => format!("The {second} must come after the {first}."),
            Self::Length { from, to, seconds, min_days, max_days } => format!(
                "From the {from} to the {to} it is {}; the rule is {}.",
                days(*seconds),
                range(*min_days, *max_days)
            ),
            Self::Notice { before, seconds, min_days, max_days } => format!(
                "The notice goes out {} before the {before}; the rule is {}.",
                days(*seconds),
                range(*min_days, *max_days)
            ),
        }
    }
}

fn range(min: u32, max: u32) -> String {
    if min == max { words::count(min.into(), "day", "days") } else { format!("{min} to {max} days") }
}

fn days(seconds: i64) -> String {
    let sign = if seconds < 0 { "minus " } else { "" };
    let hours = seconds.unsigned_abs() / 3600;
    let days = words::count(hours / 24, "day", "days");
    match hours % 24 {
        0 => format!("{sign}{days}"),
        rest => format!("{sign}{days} and {}", words::count(rest, "hour", "hours")),
    }
}
