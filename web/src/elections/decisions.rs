//! Decisions about a running election: by two officers, by a body, or by the election's own rules. Each is one line that
//! stays for ever; what follows from them (a state, an instant, a lot) is looked up here.

use folkmoot_store::elections::{Election, running};
use folkmoot_store::{Conn, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::approvals::Consent;
use crate::error::{AppError, AppResult};

/// Voting pauses.
pub const SUSPENDED: &str = "suspended";
/// Voting goes on.
pub const RESUMED: &str = "resumed";
/// Voting ends later than announced.
pub const EXTENDED: &str = "extended";
/// A date announced before the vote is moved to a later one; the milestones keep it, the roll is told.
pub const MOVED: &str = "moved";
/// A candidate withdrew after voting had opened: the ballots stay as they are, the count passes over the name.
pub const WITHDRAWN: &str = "withdrawn";
/// A candidate may not take a seat, as found after voting had opened: the ballots stay as they are, the seat goes to the next.
pub const EXCLUDED: &str = "excluded";
/// Voting goes on because the quorum policy says so.
pub const QUORUM_EXTENSION: &str = "quorum_extension";
/// The quorum was not reached; void for good.
pub const VOID: &str = "void";
/// The quorum was not reached; a body decides.
pub const REFERRED: &str = "referred";
/// What that body decided.
pub const REFERRAL: &str = "referral";
/// So few ballots are counted after all.
pub const SMALL_COUNT: &str = "small_count";
/// The public value of the lot.
pub const LOT: &str = "lot";
/// Tied candidates agreed on an order.
pub const AGREEMENT: &str = "agreement";
/// Somebody elected does not take the seat.
pub const DEPARTURE: &str = "departure";
/// The result is certified.
pub const CERTIFIED: &str = "certified";
/// Automatic opening and closing go on after the clock of the server jumped.
pub const CLOCK: &str = "clock";
/// The answer to a dispute.
pub const ANSWER: &str = "answer";

/// A decision in words, for lists.
#[must_use]
pub fn words(kind: &str) -> &'static str {
    match kind {
        SUSPENDED => "Voting suspended",
        RESUMED => "Voting resumed",
        EXTENDED | QUORUM_EXTENSION => "Voting extended",
        MOVED => "An announced date is moved",
        WITHDRAWN => "A candidate has withdrawn",
        EXCLUDED => "A candidate may not take a seat",
        VOID => "Void",
        REFERRED => "Referred to a body",
        REFERRAL => "The body decided",
        SMALL_COUNT => "A count of few ballots was allowed",
        LOT => "Lot drawn",
        AGREEMENT => "Tie resolved by agreement",
        DEPARTURE => "A seat was given up",
        CERTIFIED => "Result certified",
        CLOCK => "The clock was checked",
        ANSWER => "A dispute was answered",
        _ => "Decision",
    }
}

/// What is recorded.
pub struct Record<'a> {
    /// One of the constants of this module.
    pub kind: &'static str,
    /// Why, in words; everybody reads it when `public`.
    pub reason: &'a str,
    /// What exactly.
    pub details: Value,
    /// Whether everybody sees it.
    pub public: bool,
}

/// Records a decision; with `consent`, one of two people.
///
/// # Errors
/// Database errors.
pub fn record(
    conn: &mut Conn,
    election: &Election,
    what: &Record<'_>,
    consent: Option<&Consent>,
    now: Utc,
) -> AppResult<()> {
    let details = serde_json::to_string(&what.details).map_err(AppError::internal)?;
    let new = running::NewDecision {
        election_id: election.id,
        kind: what.kind,
        at: now,
        public: what.public,
        reason: what.reason,
        details: &details,
        approval: consent.map(|c| c.approval.as_str()),
        proposed_by: consent.map(|c| c.proposed_by),
        approved_by: consent.map(|c| c.approved_by),
    };
    Ok(running::decide(conn, &new)?)
}

/// The details of the last decision of a kind.
///
/// # Errors
/// Database errors; `Internal` when they cannot be read.
pub fn last<T: DeserializeOwned>(conn: &mut Conn, election: i64, kind: &str) -> AppResult<Option<T>> {
    let found = running::last_decision(conn, election, kind)?;
    found.map(|d| serde_json::from_str(&d.details).map_err(AppError::internal)).transpose()
}

/// The details of every decision of a kind, in order.
///
/// # Errors
/// Database errors; `Internal` when they cannot be read.
pub fn every<T: DeserializeOwned>(conn: &mut Conn, election: i64, kind: &str) -> AppResult<Vec<T>> {
    let all = running::decisions(conn, election)?;
    let fits = all.iter().filter(|d| d.kind == kind);
    fits.map(|d| serde_json::from_str(&d.details).map_err(AppError::internal)).collect()
}
