//! What waits for a person: the list on the start page. Each feature adds a provider that looks up its own tasks.

use folkmoot_store::{Conn, Utc};

use crate::error::AppResult;
use crate::http::session::Actor;
use crate::http::when::stated;

/// Something a person should do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The act, beginning with its verb: "Vote in the 2026 board election".
    pub text: String,
    /// Where it is done.
    pub href: String,
    /// One more sentence, or empty.
    pub hint: String,
    /// When it is too late.
    pub due: Option<Utc>,
}

impl Task {
    /// The due instant in words, in UTC and in `zone`; empty when there is none.
    #[must_use]
    pub fn due_words(&self, zone: &str) -> String {
        self.due.map(|at| format!("until {}", stated(at, zone))).unwrap_or_default()
    }
}

type Provider = fn(&mut Conn, &Actor, Utc) -> AppResult<Vec<Task>>;

/// Who knows of tasks. A new feature adds its line here.
#[rustfmt::skip]
const PROVIDERS: &[Provider] = &[
    crate::affiliations::tasks,
    crate::approvals::tasks,
    crate::bodies::activity::tasks,
    crate::awards::tasks,
    crate::contact::tasks,
    crate::data_requests::tasks,
    crate::imports::tasks,
    crate::people::duplicates::tasks,
    crate::elections::tasks,
    crate::elections::trustees::tasks,
    crate::membership::tasks,
    crate::motions::tasks,
    crate::work_groups::tasks,
    crate::nominations::tasks,
    crate::payments::tasks,
    crate::roles::tasks,
];

/// Everything that waits for `actor`, the most urgent first; what has no end comes last.
///
/// # Errors
/// A database error.
pub fn of(conn: &mut Conn, actor: &Actor, now: Utc) -> AppResult<Vec<Task>> {
    let mut all = Vec::new();
    for provider in PROVIDERS {
        all.extend(provider(conn, actor, now)?);
    }
    all.sort_by_key(|t| (t.due.is_none(), t.due));
    Ok(all)
}
