//! The clock is an argument: nothing below [`crate::App`] asks the system for the time.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::TimeDelta;
use folkmoot_store::Utc;

/// Tells the time in UTC, whole microseconds.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Utc;

    /// Moves on by `span`, where the clock can be moved; false where it cannot.
    fn move_on(&self, _span: TimeDelta) -> bool {
        false
    }
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Utc {
        Utc::from_datetime(chrono::Utc::now())
    }
}

/// The clock of the machine, moved on by as much as the visitors of a demonstration wish.
#[derive(Debug, Default)]
pub struct MovableClock(AtomicI64);

impl Clock for MovableClock {
    fn now(&self) -> Utc {
        SystemClock.now().plus(TimeDelta::microseconds(self.0.load(Ordering::SeqCst)))
    }

    fn move_on(&self, span: TimeDelta) -> bool {
        self.0.fetch_add(span.num_microseconds().unwrap_or(0), Ordering::SeqCst);
        true
    }
}

/// A clock that stands still until it is told otherwise; for tests and demonstrations.
#[derive(Debug)]
pub struct SettableClock(AtomicI64);

impl SettableClock {
    /// Starts at `now`.
    #[must_use]
    pub fn new(now: Utc) -> Self {
        Self(AtomicI64::new(now.micros()))
    }

    /// Moves to `now`.
    pub fn set(&self, now: Utc) {
        self.0.store(now.micros(), Ordering::SeqCst);
    }

    /// Moves on by `span`.
    pub fn advance(&self, span: TimeDelta) {
        self.0.fetch_add(span.num_microseconds().unwrap_or(0), Ordering::SeqCst);
    }
}

impl Clock for SettableClock {
    fn now(&self) -> Utc {
        // Only values of `Utc` are ever stored, so the conversion succeeds; the epoch stands in for the impossible case.
        Utc::from_micros(self.0.load(Ordering::SeqCst))
            .unwrap_or_else(|| Utc::from_datetime(chrono::DateTime::UNIX_EPOCH))
    }
    fn move_on(&self, span: TimeDelta) -> bool {
        self.advance(span);
        true
    }
}
