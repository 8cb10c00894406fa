//! Motions of small bodies: a seconder within a window, a vote, a veto window, motions that block each other.
//! (`second(window)`, `threshold`, `veto(body, window)`; PEP 13, PEP 609, PEP 772.)
//!
//! The state of a motion follows from its facts, its rule and an instant; nobody sets it.

use serde::{Deserialize, Serialize};

use crate::instant::DAY;
use crate::threshold::{Ballot, Threshold, ThresholdError, Verdict};
use crate::words::{self, Explain};
use crate::{Instant, PersonId};

/// `second(window)`: somebody else has to support a motion in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondPolicy {
    /// How many seconders besides the proposer.
    pub seconders: u32,
    /// Days after the proposal within which they must come.
    pub days: u32,
}

/// `veto(body, window)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VetoPolicy {
    /// Who may veto.
    pub body: String,
    /// Days after the vote within which.
    pub days: u32,
}

/// The rule for a kind of motion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MotionRule {
    /// Kind, for example `promotion`.
    pub kind: String,
    /// Seconders.
    pub second: Option<SecondPolicy>,
    /// Days of voting, from the proposal or the second.
    pub voting_days: u32,
    /// What it takes.
    pub threshold: Threshold,
    /// Whether voting ends early when everybody has voted (never when votes are hidden).
    pub ends_when_all_voted: bool,
    /// Whether numbers and voters stay hidden until the close.
    pub hidden_until_close: bool,
    /// Veto after the vote.
    pub veto: Option<VetoPolicy>,
    /// Kinds of open motions on the same subject that block this one (an ejection during a vote of no confidence).
    pub blocked_by: Vec<String>,
}

/// Why a rule makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MotionRuleError {
    /// Voting, seconding or veto of no length, or above 366 days.
    #[error("voting, seconding and veto last 1 to 366 days")]
    Days,
    /// No seconder asked for.
    #[error("leave the seconding out, or ask for at least one seconder")]
    NoSeconder,
    /// Hidden votes cannot end early: that would show that everybody has voted.
    #[error("hidden votes cannot end early")]
    HiddenEnd,
    /// It cannot block itself.
    #[error("a motion cannot be blocked by its own kind")]
    BlocksItself,
    /// The threshold makes no sense.
    #[error(transparent)]
    Threshold(#[from] ThresholdError),
}

/// A seconder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Second {
    /// Who.
    pub by: PersonId,
    /// When.
    pub at: Instant,
}

/// What is known about a motion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MotionFacts {
    /// Who proposed it.
    pub proposer: PersonId,
    /// When.
    pub proposed: Instant,
    /// Seconders, in any order.
    #[serde(default)]
    pub seconds: Vec<Second>,
    /// Votes cast before the close.
    #[serde(default)]
    pub ballot: Ballot,
    /// Members who have voted, abstained or recused themselves.
    #[serde(default)]
    pub voted: u64,
    /// When the last of them did.
    #[serde(default)]
    pub last_vote: Option<Instant>,
    /// When the veto came.
    #[serde(default)]
    pub vetoed: Option<Instant>,
    /// When it was withdrawn.
    #[serde(default)]
    pub withdrawn: Option<Instant>,
    /// Kinds of other motions on the same subject that are open.
    #[serde(default)]
    pub open_beside: Vec<String>,
}

/// Where a motion stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MotionState {
    /// Waits for seconders.
    Proposed {
        /// Until when.
        until: Instant,
        /// How many are missing.
        missing: u32,
    },
    /// No seconder in time.
    Lapsed {
        /// When.
        at: Instant,
    },
    /// Withdrawn before the vote ended.
    Withdrawn {
        /// When.
        at: Instant,
    },
    /// May not be voted on while another motion is open.
    Blocked {
        /// Its kind.
        by: String,
    },
    /// Votes are accepted.
    Open {
        /// First instant too late.
        until: Instant,
    },
    /// Failed.
    Failed {
        /// When voting ended.
        at: Instant,
        /// Why.
        verdict: Verdict,
    },
    /// Passed, but may still be vetoed.
    VetoWindow {
        /// First instant too late for a veto.
        until: Instant,
        /// Who may.
        body: String,
    },
    /// Vetoed.
    Vetoed {
        /// When.
        at: Instant,
        /// By whom.
        body: String,
    },
    /// Passed for good; takes effect at this instant.
    Passed {
        /// When.
        effective: Instant,
        /// Why.
        verdict: Verdict,
    },
}

impl MotionRule {
    /// Whether the rule makes sense.
    ///
    /// # Errors
    /// Names the first fault.
    pub fn check(&self) -> Result<(), MotionRuleError> {
        let second = self.second.map(|second| second.days);
        let veto = self.veto.as_ref().map(|veto| veto.days);
        let mut days = [Some(self.voting_days), second, veto].into_iter().flatten();
        if days.any(|days| !(1..=366).contains(&days)) {
            return Err(MotionRuleError::Days);
        }
        if self.second.is_some_and(|second| second.seconders == 0) {
            return Err(MotionRuleError::NoSeconder);
        }
        if self.hidden_until_close && self.ends_when_all_voted {
            return Err(MotionRuleError::HiddenEnd);
        }
        if self.blocked_by.contains(&self.kind) {
            return Err(MotionRuleError::BlocksItself);
        }
        Ok(self.threshold.check()?)
    }

    /// Where a motion under this rule stands at `now`.
    #[must_use]
    pub fn state(&self, facts: &MotionFacts, now: Instant) -> MotionState {
        let opened = match self.opened(facts, now) {
            Ok(opened) => opened,
            Err(state) => return state,
        };
        let close = self.close(facts, opened);
        if let Some(at) = facts.withdrawn.filter(|at| *at < close) {
            return MotionState::Withdrawn { at };
        }
        if let Some(by) = facts.open_beside.iter().find(|kind| self.blocked_by.contains(kind)) {
            return MotionState::Blocked { by: by.clone() };
        }
        if now < close {
            return MotionState::Open { until: close };
        }
        let verdict = self.threshold.decide(&facts.ballot);
        if !verdict.passes {
            return MotionState::Failed { at: close, verdict };
        }
        let Some(veto) = &self.veto else { return MotionState::Passed { effective: close, verdict } };
        let until = days_after(close, veto.days);
        let body = veto.body.clone();
        match facts.vetoed {
            Some(at) if at < until => MotionState::Vetoed { at, body },
            _ if now < until => MotionState::VetoWindow { until, body },
            _ => MotionState::Passed { effective: until, verdict },
        }
    }

    /// When voting opened, or the state before that.
    fn opened(&self, facts: &MotionFacts, now: Instant) -> Result<Instant, MotionState> {
        let Some(second) = self.second else { return Ok(facts.proposed) };
        let until = days_after(facts.proposed, second.days);
        let mut seconds: Vec<&Second> =
            facts.seconds.iter().filter(|second| second.by != facts.proposer && second.at < until).collect();
        seconds.sort_by_key(|second| (second.at, &second.by));
        let mut seen = std::collections::BTreeSet::new();
        seconds.retain(|second| seen.insert(&second.by));
        let needed = usize::try_from(second.seconders).unwrap_or(usize::MAX);
        if let Some(last) = needed.checked_sub(1).and_then(|place| seconds.get(place)) {
            return Ok(last.at);
        }
        if let Some(at) = facts.withdrawn.filter(|at| *at < until) {
            return Err(MotionState::Withdrawn { at });
        }
        let missing = u32::try_from(needed.saturating_sub(seconds.len())).unwrap_or(u32::MAX);
        Err(if now < until {
            MotionState::Proposed { until, missing }
        } else {
            MotionState::Lapsed { at: until }
        })
    }

    fn close(&self, facts: &MotionFacts, opened: Instant) -> Instant {
        let end = days_after(opened, self.voting_days);
        let everybody = facts.ballot.votes.entitled > 0 && facts.voted >= facts.ballot.votes.entitled;
        match facts.last_vote {
            // One microsecond later, so that the last vote lies inside the half-open time of voting.
            Some(last) if self.ends_when_all_voted && everybody => last.plus_micros(1).min(end),
            _ => end,
        }
    }

    /// Whether numbers and voters may be shown at `now`.
    #[must_use]
    pub fn shows_votes(&self, facts: &MotionFacts, now: Instant) -> bool {
        use MotionState as S;
        let ended = matches!(
            self.state(facts, now),
            S::Failed { .. } | S::Passed { .. } | S::VetoWindow { .. } | S::Vetoed { .. }
        );
        ended || !self.hidden_until_close
    }
}

fn days_after(at: Instant, days: u32) -> Instant {
    at.plus_micros(i64::from(days).saturating_mul(DAY))
}

impl Explain for MotionRule {
    fn sentence(&self) -> String {
        let day_count = |days: u32| words::count(days.into(), "day", "days");
        let mut text = format!("A motion on {}", self.kind);
        if let Some(second) = self.second {
            let seconders = words::count(second.seconders.into(), "seconder", "seconders");
            text += &format!(" needs {seconders} within {},", day_count(second.days));
        }
        text += &format!(
            " is voted on for {} and needs {}",
            day_count(self.voting_days),
            self.threshold.clause()
        );
        if self.hidden_until_close {
            text += "; votes are hidden until the close";
        }
        if let Some(veto) = &self.veto {
            text += &format!("; the {} may veto it within {}", veto.body, day_count(veto.days));
        }
        if !self.blocked_by.is_empty() {
            text +=
                &format!("; it has to wait while a motion on {} is open", words::either(&self.blocked_by));
        }
        text + "."
    }
}

impl Explain for MotionState {
    fn sentence(&self) -> String {
        match self {
            Self::Proposed { until, missing } => {
                format!(
                    "Waits for {} before {until}.",
                    words::count((*missing).into(), "seconder", "seconders")
                )
            }
            Self::Lapsed { at } => format!("Lapsed at {at}, not having been seconded in time."),
            Self::Withdrawn { at } => format!("Withdrawn at {at}."),
            Self::Blocked { by } => format!("Cannot be decided while a motion on {by} is open."),
            Self::Open { until } => format!("Open for votes before {until}."),
            Self::Failed { at, verdict } => format!("Failed at {at}. {}", verdict.sentence()),
            Self::VetoWindow { until, body } => format!("Passed; the {body} may veto it before {until}."),
            Self::Vetoed { at, body } => format!("Vetoed by the {body} at {at}."),
            Self::Passed { effective, verdict } => {
                format!("Passed, in effect from {effective}. {}", verdict.sentence())
            }
        }
    }
}
