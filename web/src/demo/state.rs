//! What the pages know of the demonstration: the cast and how far the seeding is.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::cast::Account;

/// Phases in the order they are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Members of the foundation.
    People,
    /// Elections, one in each phase of its life.
    Elections,
    /// Its bodies, and a proposal that waits.
    Bodies,
    /// Classes, and what everybody holds.
    Memberships,
    /// Dues that were paid, and some that are awaited.
    Payments,
    /// Duplicates, requests about data, an import that waits.
    Requests,
    /// Awards: a roster, a round in review.
    Awards,
    /// An election that staff are preparing.
    Preparation,
    /// Reports that staff wrote.
    Reports,
    /// A call for candidates, and one that is announced.
    Nominations,
}

impl Phase {
    /// All phases.
    pub const ALL: &[Self] = &[
        Self::People,
        Self::Bodies,
        Self::Memberships,
        Self::Awards,
        Self::Payments,
        Self::Elections,
        Self::Preparation,
        Self::Nominations,
        Self::Requests,
        Self::Reports,
    ];

    /// What the phase adds, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::People => "People of the foundation",
            Self::Elections => "Elections",
            Self::Bodies => "Board, council and work groups",
            Self::Memberships => "Memberships",
            Self::Payments => "Payments",
            Self::Requests => "Requests and imports",
            Self::Awards => "Awards",
            Self::Preparation => "An election in preparation",
            Self::Reports => "Reports",
            Self::Nominations => "Calls for candidates",
        }
    }
}

/// How far a phase is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Not begun.
    Waiting,
    /// So many in a hundred are done.
    Running(usize),
    /// Over.
    Done,
    /// Went wrong; the log says why.
    Failed,
}

/// What every page of the demonstration shows at its top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Banner {
    /// What is being added and how far it is; empty when everything is there.
    pub progress: String,
    /// Served address of the banner's style sheet.
    pub css_href: String,
}

/// The demonstration this process shows.
#[derive(Debug)]
pub struct Demo {
    seed: u64,
    people: usize,
    accounts: Vec<Account>,
    phases: Mutex<Vec<(Phase, Progress)>>,
    stopped: AtomicBool,
}

impl Demo {
    /// A demonstration that has not begun its phases.
    #[must_use]
    pub fn new(seed: u64, people: usize, accounts: Vec<Account>) -> Self {
        let phases = Phase::ALL.iter().map(|p| (*p, Progress::Waiting)).collect();
        Self { seed, people, accounts, phases: Mutex::new(phases), stopped: AtomicBool::new(false) }
    }

    /// The number everything invented follows from.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How many people are asked for, besides the cast.
    #[must_use]
    pub fn people(&self) -> usize {
        self.people
    }

    /// People to sign in as.
    #[must_use]
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// Every phase with its state.
    #[must_use]
    pub fn phases(&self) -> Vec<(Phase, Progress)> {
        self.phases.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Tells the phases to end at their next step.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }

    /// What every page shows at its top.
    #[must_use]
    pub fn banner(&self) -> Banner {
        let phases = self.phases();
        let running = phases.iter().find(|(_, p)| matches!(p, Progress::Running(_) | Progress::Failed));
        let progress = match running {
            Some((phase, Progress::Running(percent))) => {
                format!("Still being added: {} ({percent} %).", phase.words().to_lowercase())
            }
            Some((phase, _)) => format!("{} could not be added; the log says why.", phase.words()),
            None => String::new(),
        };
        Banner { progress, css_href: crate::http::assets::asset("css/demo.css") }
    }

    /// Notes that an earlier run added everything.
    pub fn all_done(&self) {
        for phase in Phase::ALL {
            self.set(*phase, Progress::Done);
        }
    }

    pub(super) fn set(&self, phase: Phase, progress: Progress) {
        let mut phases = self.phases.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = phases.iter_mut().find(|(p, _)| *p == phase) {
            entry.1 = progress;
        }
    }

    pub(super) fn note(&self, phase: Phase, done: usize, of: usize) -> anyhow::Result<()> {
        anyhow::ensure!(!self.stopped.load(Ordering::SeqCst), Stopped);
        let percent = done.saturating_mul(100).checked_div(of).unwrap_or(100).min(100);
        self.set(phase, Progress::Running(percent));
        Ok(())
    }
}

/// The program is about to end.
#[derive(Debug, thiserror::Error)]
#[error("stopped before the end")]
pub(super) struct Stopped;
