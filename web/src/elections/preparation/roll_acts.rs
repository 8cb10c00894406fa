//! Acts on a roll that need two officers: freezing it, and every correction after it was published.

use folkmoot_store::accounts;
use folkmoot_store::elections::preparation::{self, NewCorrection};
use folkmoot_store::elections::roll::{self as table, NewRollEntry};
use folkmoot_store::{Conn, PublicId, Utc, audit};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::plan::{Prepared, Registrar, RollStage};
use super::roll;
use crate::app::App;
use crate::approvals::{Approvable, Consent};
use crate::auth::permission::Action;
use crate::error::{AppError, AppResult};

/// Fixes the roll: from here on it is the base of the quorum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FreezeRoll {
    /// Readable part of the election's address.
    pub election: String,
    /// Entries.
    pub entries: i64,
    /// Hash of the list.
    pub list_hash: String,
}

impl FreezeRoll {
    fn allowed(&self, conn: &mut Conn) -> AppResult<Prepared> {
        let prepared = Prepared::load(conn, &self.election)?;
        prepared.need_no_box()?;
        match prepared.plan.roll {
            RollStage::Published(_) => {}
            RollStage::Frozen(_) => return Err(AppError::conflict("The roll is frozen already.")),
            _ => {
                return Err(AppError::conflict(
                    "Publish count and hash first, so that people can check their entries.",
                ));
            }
        }
        let latest = table::snapshots(conn, prepared.election.id)?.pop();
        if latest.is_none_or(|s| s.list_hash != self.list_hash || s.entries != self.entries) {
            return Err(AppError::conflict(
                "The roll was corrected in the meantime. Propose to freeze it as it is now.",
            ));
        }
        let open = preparation::objections(conn, prepared.election.id)?
            .iter()
            .filter(|o| o.answer.is_none())
            .count();
        if open > 0 {
            return Err(AppError::conflict(format!(
                "Objections without an answer: {open}. Answer them first."
            )));
        }
        Ok(prepared)
    }
}

impl Approvable for FreezeRoll {
    const KIND: &'static str = "election.freeze_roll";
    const TITLE: &'static str = "Freeze the roll";
    const PROPOSE: Action = Action::PrepareElections;
    const APPROVE: Action = Action::ConfirmElections;

    fn object(&self) -> String {
        format!("election {}", self.election)
    }

    fn page(&self) -> String {
        super::place(&self.election, "roll")
    }

    fn facts(&self, conn: &mut Conn) -> AppResult<Vec<(String, String)>> {
        let prepared = Prepared::load(conn, &self.election)?;
        let needed = u64::try_from(self.entries).map(|n| prepared.settings.quorum.needed(n)).unwrap_or(0);
        Ok(vec![
            ("Election".into(), prepared.election.title),
            ("Entries".into(), self.entries.to_string()),
            ("Needed for the quorum".into(), needed.to_string()),
            ("SHA-256 of the list".into(), self.list_hash.clone()),
        ])
    }

    fn check(&self, conn: &mut Conn, _app: &App, _now: Utc) -> AppResult<()> {
        self.allowed(conn).map(|_| ())
    }

    fn apply(&self, conn: &mut Conn, _app: &App, consent: &Consent, now: Utc) -> AppResult<()> {
        let mut prepared = self.allowed(conn)?;
        roll::need_no_key(conn, prepared.election.id, consent.approved_by)?;
        prepared.plan.roll = RollStage::Frozen(now);
        prepared.save(conn)?;
        let details = json!({ "entries": self.entries, "sha256": self.list_hash });
        audit::append(conn, &consent.act("election.freeze_roll", prepared.object(), details), now)?;
        Ok(())
    }
}

/// Most people put on a roll, or taken off it, by one correction.
pub const MOST_CORRECTED: usize = 1_000;

/// Puts people on a published roll, or takes them off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorrectRoll {
    /// Readable part of the election's address.
    pub election: String,
    /// Who is concerned, each once; at most `MOST_CORRECTED`.
    pub people: Vec<PublicId>,
    /// Put on; otherwise taken off.
    pub add: bool,
}

impl CorrectRoll {
    fn allowed(&self, conn: &mut Conn) -> AppResult<Prepared> {
        let prepared = Prepared::load(conn, &self.election)?;
        if prepared.election.election_json.is_some() {
            return Err(AppError::conflict(
                "The ballot box is set up with one voting code for each entry of the roll, and every ballot is bound to that list. Nobody can be added or taken off any more; whoever was missed can object to the result.",
            ));
        }
        if !prepared.plan.roll.is_public() {
            return Err(AppError::conflict("The roll is not published yet; make it again instead."));
        }
        if prepared.plan.registrar == Registrar::External
            && table::bound_credentials(conn, prepared.election.id)? > 0
        {
            return Err(AppError::conflict(
                "The registrar has handed over the codes of this roll. Take them back on the registrar's page first.",
            ));
        }
        if self.people.is_empty() || self.people.len() > MOST_CORRECTED {
            return Err(AppError::conflict(format!(
                "A correction names between one person and {MOST_CORRECTED}. Propose several."
            )));
        }
        for person in &self.people {
            let person = accounts::person_by_public_id(conn, person)?;
            let on = table::of_person(conn, prepared.election.id, person.id)?.is_some();
            if on == self.add {
                let word = if on { "on the roll already" } else { "not on the roll" };
                return Err(AppError::conflict(format!("{} is {word}.", person.preferred_name)));
            }
        }
        Ok(prepared)
    }
}

impl Approvable for CorrectRoll {
    const KIND: &'static str = "election.correct_roll";
    const TITLE: &'static str = "Correct the roll";
    const PROPOSE: Action = Action::PrepareElections;
    const APPROVE: Action = Action::ConfirmElections;

    fn object(&self) -> String {
        format!("election {}", self.election)
    }

    fn page(&self) -> String {
        super::place(&self.election, "roll")
    }

    fn facts(&self, conn: &mut Conn) -> AppResult<Vec<(String, String)>> {
        let prepared = Prepared::load(conn, &self.election)?;
        let what = if self.add { "Put on the roll" } else { "Take off the roll" };
        let mut facts = vec![
            ("Election".into(), prepared.election.title),
            ("People".into(), self.people.len().to_string()),
        ];
        for person in &self.people {
            let person = accounts::person_by_public_id(conn, person)?;
            let address = accounts::mail_address_of(conn, person.id)?.unwrap_or_else(|| "no address".into());
            facts.push((what.into(), format!("{} ({address})", person.preferred_name)));
        }
        Ok(facts)
    }

    fn check(&self, conn: &mut Conn, _app: &App, _now: Utc) -> AppResult<()> {
        self.allowed(conn).map(|_| ())
    }

    fn apply(&self, conn: &mut Conn, _app: &App, consent: &Consent, now: Utc) -> AppResult<()> {
        let prepared = self.allowed(conn)?;
        let id = prepared.election.id;
        roll::need_no_key(conn, id, consent.approved_by)?;
        let reason = format!("Correction: {}", consent.reason);
        for person in &self.people {
            let person_id = accounts::person_by_public_id(conn, person)?.id;
            if self.add {
                let new =
                    NewRollEntry { election_id: id, person_id, weight: 1, reason: &reason, corrected: true };
                table::insert(conn, &new)?;
            } else {
                table::remove(conn, id, person_id)?;
            }
            let new = NewCorrection {
                election_id: id,
                person_id,
                added: self.add,
                reason: &consent.reason,
                proposed_by: consent.proposed_by,
                approved_by: consent.approved_by,
                made_at: now,
            };
            preparation::insert_correction(conn, &new)?;
        }
        let (entries, sha256) = roll::snapshot(conn, id, now)?;
        let details =
            json!({ "people": self.people, "added": self.add, "entries": entries, "sha256": sha256 });
        audit::append(conn, &consent.act("election.correct_roll", prepared.object(), details), now)?;
        Ok(())
    }
}
