//! The clock is an argument: nothing below [`crate::App`] asks the system for the time.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use chrono::TimeDelta;
use folkmoot_store::Utc;

/// Tells the time in UTC, whole microseconds.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Utc;

    /// Microseconds since some moment, never set back and never set forward: what has really passed.
    fn steady(&self) -> i64;

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

    fn steady(&self) -> i64 {
        static START: OnceLock<Instant> = OnceLock::new();
        i64::try_from(START.get_or_init(Instant::now).elapsed().as_micros()).unwrap_or(i64::MAX)
    }
}

/// The clock of the machine, moved on by as much as the visitors of a demonstration wish.
#[derive(Debug, Default)]
pub struct MovableClock(AtomicI64);

impl Clock for MovableClock {
    fn now(&self) -> Utc {
        SystemClock.now().plus(TimeDelta::microseconds(self.0.load(Ordering::SeqCst)))
    }

    fn steady(&self) -> i64 {
        SystemClock.steady().saturating_add(self.0.load(Ordering::SeqCst))
    }

    fn move_on(&self, span: TimeDelta) -> bool {
        self.0.fetch_add(span.num_microseconds().unwrap_or(0), Ordering::SeqCst);
        true
    }
}

/// A clock that stands still until it is told otherwise; for tests and demonstrations.
#[derive(Debug)]
pub struct SettableClock {
    wall: AtomicI64,
    passed: AtomicI64,
}

impl SettableClock {
    /// Starts at `now`.
    #[must_use]
    pub fn new(now: Utc) -> Self {
        Self { wall: AtomicI64::new(now.micros()), passed: AtomicI64::new(0) }
    }

    /// Moves to `now`, as time passes.
    pub fn set(&self, now: Utc) {
        self.advance(now.since(self.now()));
    }

    /// Moves on by `span`, as time passes.
    pub fn advance(&self, span: TimeDelta) {
        self.jump(span);
        self.passed.fetch_add(span.num_microseconds().unwrap_or(0), Ordering::SeqCst);
    }

    /// Shows another time although none has passed, as a clock does that somebody sets.
    pub fn jump(&self, span: TimeDelta) {
        self.wall.fetch_add(span.num_microseconds().unwrap_or(0), Ordering::SeqCst);
    }
}

impl Clock for SettableClock {
    fn now(&self) -> Utc {
        // Only values of `Utc` are ever stored, so the conversion succeeds; the epoch stands in for the impossible case.
        Utc::from_micros(self.wall.load(Ordering::SeqCst))
            .unwrap_or_else(|| Utc::from_datetime(chrono::DateTime::UNIX_EPOCH))
    }

    fn steady(&self) -> i64 {
        self.passed.load(Ordering::SeqCst)
    }

    fn move_on(&self, span: TimeDelta) -> bool {
        self.advance(span);
        true
    }
}

/// Compares the clock with the time that has really passed.
#[derive(Debug)]
pub struct ClockWatch(Mutex<(Utc, i64)>);

impl ClockWatch {
    /// Begins to watch.
    #[must_use]
    pub fn new(clock: &dyn Clock) -> Self {
        Self(Mutex::new((clock.now(), clock.steady())))
    }

    /// By how much the clock jumped since [`ClockWatch::settle`].
    pub fn look(&self, clock: &dyn Clock) -> TimeDelta {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = TimeDelta::microseconds(clock.steady().saturating_sub(last.1));
        clock.now().since(last.0) - passed
    }

    /// Takes what the clock shows now for granted: the jump is noted, or small as clocks are adjusted every day.
    pub fn settle(&self, clock: &dyn Clock) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (clock.now(), clock.steady());
    }
}
