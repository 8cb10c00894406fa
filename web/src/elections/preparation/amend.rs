//! Moving an announced milestone: to a later instant, before it has passed, with a public reason, by two officers.

use folkmoot_governance::deadline::{Deadline, MilestoneKind};
use folkmoot_store::elections::running;
use folkmoot_store::{Conn, Utc, audit};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::plan::Prepared;
use super::schedule;
use crate::app::App;
use crate::approvals::{Approvable, Consent};
use crate::auth::permission::Action;
use crate::elections::notices::TellRoll;
use crate::elections::{decisions, registrar};
use crate::error::{AppError, AppResult};
use crate::jobs;
use crate::nominations::jobs::TellMoved;

/// Moves a milestone of an announced election. Everybody on a published roll is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmendMilestone {
    /// Readable part of the election's address.
    pub election: String,
    /// Which milestone, as in the table.
    pub milestone: String,
    /// The new deadline.
    pub deadline: Deadline,
}

impl AmendMilestone {
    /// Names the act.
    #[must_use]
    pub fn new(election: &str, kind: &MilestoneKind, deadline: &Deadline) -> Self {
        let milestone = schedule::key(kind).to_owned();
        Self { election: election.to_owned(), milestone, deadline: *deadline }
    }

    fn kind(&self) -> AppResult<MilestoneKind> {
        schedule::kind(&self.milestone).ok_or_else(AppError::not_found)
    }

    /// The election, refused when the rules do not let the milestone move.
    fn allowed(&self, conn: &mut Conn, reason: &str, now: Utc) -> AppResult<Prepared> {
        let prepared = Prepared::load(conn, &self.election)?;
        if prepared.is_draft() {
            return Err(AppError::conflict("Nothing is announced yet; set the timeline on its page."));
        }
        let present = schedule::load(conn, prepared.election.id, &prepared.plan)?;
        let mut amended = present.clone();
        amended
            .amend(&self.kind()?, self.deadline, reason, schedule::instant(now)?)
            .map_err(|e| AppError::conflict(format!("This cannot be moved: {e}.")))?;
        // An order that a later end of the voting upset before is mended by this act or by another.
        let before = present.check(&Default::default(), &[]);
        let order = amended.check(&Default::default(), &[]);
        if let Some(wrong) = order.iter().find(|found| !before.contains(found)) {
            use folkmoot_governance::Explain;
            return Err(AppError::conflict(wrong.problem.sentence()));
        }
        Ok(prepared)
    }
}

impl Approvable for AmendMilestone {
    const KIND: &'static str = "election.amend";
    const TITLE: &'static str = "Move an announced date";
    const PROPOSE: Action = Action::PrepareElections;
    const APPROVE: Action = Action::ConfirmElections;

    fn object(&self) -> String {
        format!("election {}", self.election)
    }

    fn page(&self) -> String {
        super::place(&self.election, "timeline")
    }

    fn facts(&self, conn: &mut Conn) -> AppResult<Vec<(String, String)>> {
        let prepared = Prepared::load(conn, &self.election)?;
        let present = schedule::load(conn, prepared.election.id, &prepared.plan)?;
        let kind = self.kind()?;
        let old = present.get(&kind).map(|m| m.deadline().page_text()).unwrap_or_default();
        Ok(vec![
            ("Election".into(), prepared.election.title),
            ("What is moved".into(), kind.name().into()),
            ("Announced".into(), old),
            ("New".into(), self.deadline.page_text()),
        ])
    }

    fn check(&self, conn: &mut Conn, _app: &App, now: Utc) -> AppResult<()> {
        self.allowed(conn, "to be given", now).map(|_| ())
    }

    fn apply(&self, conn: &mut Conn, _app: &App, consent: &Consent, now: Utc) -> AppResult<()> {
        let prepared = self.allowed(conn, &consent.reason, now)?;
        let (kind, id) = (self.kind()?, prepared.election.id);
        let old = schedule::load(conn, id, &prepared.plan)?.get(&kind).map(|m| m.deadline().page_text());
        let setting = schedule::Setting { by: consent.approved_by, at: now, reason: Some(&consent.reason) };
        schedule::put(conn, id, &kind, &self.deadline, setting)?;
        if kind == MilestoneKind::VotingOpen {
            // Codes that were queued when the opening was agreed on wait for the new instant.
            running::delay_mails(conn, id, registrar::CODE, schedule::utc(self.deadline.instant())?)?;
        }
        if prepared.plan.roll.is_public() {
            let text = format!(
                "{}: {} instead of {}. {}",
                kind.name(),
                self.deadline.page_text(),
                old.clone().unwrap_or_default(),
                consent.reason
            );
            jobs::queue(conn, &TellRoll::of(&prepared.election, decisions::MOVED, &text, now), now)?;
        }
        if prepared.plan.call.is_some() {
            let tell = TellMoved {
                election: self.election.clone(),
                milestone: self.milestone.clone(),
                what: kind.name().to_owned(),
                before: old.unwrap_or_default(),
                after: self.deadline.page_text(),
                reason: consent.reason.clone(),
                at: now,
            };
            jobs::queue(conn, &tell, now)?;
        }
        let details = json!({ "milestone": self.milestone, "to": self.deadline.written() });
        audit::append(conn, &consent.act("election.amend", prepared.object(), details), now)?;
        Ok(())
    }
}
