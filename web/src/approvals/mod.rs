//! Acts that need two people (requirement AZ-02). One person proposes, which keeps the exact act as canonical JSON with its
//! SHA-256; another person who may approve it sees that act and sends the hash back; the act is done in the transaction of
//! the approval. A proposal lasts [`HOURS`] hours.
//!
//! A feature implements [`Approvable`] for a struct that names the act, adds a line to `KINDS`, and calls [`propose`] in the
//! write of its own form. Nothing else is needed: the pages, mails, tasks and entries in the audit log are here.

mod kinds;
mod mail;
mod pages;
mod propose;
#[cfg(test)]
mod tests;

use folkmoot_store::audit::Act;
use folkmoot_store::{Conn, PersonId, PublicId, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::auth::permission::{Action, Subject};
use crate::error::AppResult;
use crate::http::Ctx;
use crate::http::session::Actor;

pub use pages::{routes, tasks};
pub use propose::{open_about, propose};

/// How long a proposal waits for its approval.
pub const HOURS: i64 = 24;

/// An act that one person proposes and another approves. The fields say exactly what will be done: whoever approves, approves
/// these values and no others. Refer to people and things by public ids, never by row keys.
pub trait Approvable: Serialize + DeserializeOwned {
    /// Name in the table; never changed.
    const KIND: &'static str;
    /// The act in words, for lists: "Open an election".
    const TITLE: &'static str;
    /// What the proposer must be allowed to do.
    const PROPOSE: Action;
    /// What the other person must be allowed to do.
    const APPROVE: Action;

    /// What is acted on, as in the audit log: `election 0190…`.
    fn object(&self) -> String;

    /// The page that shows the thing, for links.
    fn page(&self) -> String;

    /// What is acted on, for [`crate::auth::permission::may`]; asked for the proposer and again for the approver.
    ///
    /// # Errors
    /// A database error; `NotFound` when the thing is gone.
    fn subject(&self, conn: &mut Conn) -> AppResult<Subject> {
        let _ = conn;
        Ok(Subject::Site)
    }

    /// What the approver reads: names and values, complete and in words.
    ///
    /// # Errors
    /// A database error.
    fn facts(&self, conn: &mut Conn) -> AppResult<Vec<(String, String)>>;

    /// Whether the act is possible now; asked when it is proposed and again just before it is done.
    ///
    /// # Errors
    /// `Conflict` with a sentence that says what to do; a database error.
    fn check(&self, conn: &mut Conn, app: &App, now: Utc) -> AppResult<()>;

    /// Does it, in the transaction of the approval. Appends its own entry to the audit log: see [`Consent::act`].
    ///
    /// # Errors
    /// Anything; then nothing is changed and the proposal still waits.
    fn apply(&self, conn: &mut Conn, app: &App, consent: &Consent, now: Utc) -> AppResult<()>;
}

/// Who asks, for code that runs inside a transaction.
#[derive(Debug, Clone)]
pub struct By {
    /// The signed-in person.
    pub actor: Actor,
    /// Reference number of the request.
    pub reference: String,
}

impl By {
    /// Whoever sent this request.
    #[must_use]
    pub fn new(ctx: &Ctx, actor: &Actor) -> Self {
        Self { actor: actor.clone(), reference: ctx.reference().to_owned() }
    }

    /// An entry for the audit log.
    pub fn act(&self, action: &'static str, object: impl Into<String>, details: serde_json::Value) -> Act {
        let (actor, reference) = (Some(self.actor.person), self.reference.clone());
        Act { actor, action, object: object.into(), details, reference }
    }
}

/// That two people agreed.
#[derive(Debug, Clone)]
pub struct Consent {
    /// The proposal.
    pub approval: PublicId,
    /// Who proposed.
    pub proposed_by: PersonId,
    /// Who approved.
    pub approved_by: PersonId,
    /// Why, in the proposer's words.
    pub reason: String,
    /// Reference number of the approving request.
    pub reference: String,
}

impl Consent {
    /// An entry for the audit log by the approver; the proposal's id joins the details.
    #[must_use]
    pub fn act(
        &self,
        action: &'static str,
        object: impl Into<String>,
        mut details: serde_json::Value,
    ) -> Act {
        if let Some(map) = details.as_object_mut() {
            map.insert("approval".into(), self.approval.as_str().into());
        }
        let (actor, reference) = (Some(self.approved_by), self.reference.clone());
        Act { actor, action, object: object.into(), details, reference }
    }
}
