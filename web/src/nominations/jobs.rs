//! What the clock does for calls: reminders to nominees, and mails about dates that were moved.

use chrono::TimeDelta;
use folkmoot_store::elections;
use folkmoot_store::nominations::supports::{self, SupportState};
use folkmoot_store::nominations::{NominationState, drafts};
use folkmoot_store::{Conn, PersonId, Utc, nominations};
use serde::{Deserialize, Serialize};

use super::mail::{self, About, Notice};
use super::rules::Call;
use super::{dashboard, nominate};
use crate::app::App;
use crate::elections::settings::ElectionSettings;
use crate::error::{AppError, AppResult};
use crate::jobs::Job;
use crate::mail::Recipient;

/// People told in one transaction.
const BATCH: usize = 100;

/// Reminds nominees three days and one day before the cut-off, and removes drafts that nobody touched for half a year.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemindNominees {}

impl Job for RemindNominees {
    const KIND: &'static str = "nominations.remind";

    fn run(&self, app: &App) -> anyhow::Result<()> {
        let states = ["announced", "nominations", "closed_nominations"];
        let open = app.store().read(|c| Ok::<_, AppError>(elections::in_states(c, &states)?))?;
        for election in open {
            app.store().write(|c| {
                let Ok(call) = Call::load(c, &election.slug) else { return Ok::<_, AppError>(()) };
                let now = app.now();
                let left = call.dates.accept.since(now);
                // After a standstill only the newest reminder goes out.
                let kind = match () {
                    () if left <= TimeDelta::zero() => return Ok(()),
                    () if left <= TimeDelta::days(1) => "reminder 1 day",
                    () if left <= TimeDelta::days(3) => "reminder 3 days",
                    () => return Ok(()),
                };
                dashboard::remind_all(c, app, &call, kind, now)?;
                Ok(())
            })?;
        }
        app.store().write(|c| Ok::<_, AppError>(drafts::purge(c, app.now().plus(TimeDelta::days(-182)))?))?;
        Ok(())
    }
}

/// Tells nominees and nominators that an announced date was moved; the people on the roll are told by `TellRoll`.
#[derive(Debug, Serialize, Deserialize)]
pub struct TellMoved {
    /// Readable part of the election's address.
    pub election: String,
    /// Key of the milestone.
    pub milestone: String,
    /// What it is, in words.
    pub what: String,
    /// The instant before, in words.
    pub before: String,
    /// The instant now, in words.
    pub after: String,
    /// Why.
    pub reason: String,
    /// When it was moved; tells one move from the next.
    pub at: Utc,
}

impl Job for TellMoved {
    const KIND: &'static str = "nominations.tell_moved";

    fn run(&self, app: &App) -> anyhow::Result<()> {
        let (election, to) = app.store().read(|c| self.concerned(c))?;
        let settings: ElectionSettings = serde_json::from_str(&election.settings)?;
        let about = About { election_id: election.id, title: &election.title, help: &settings.help };
        for batch in to.chunks(BATCH) {
            app.store().write(|c| {
                for (name, person, address) in batch {
                    let recipient = match person {
                        Some(person) => Recipient::person(*person, address.as_str()),
                        None => nominate::bare(address),
                    };
                    let notice = Notice {
                        kind: format!("moved {} {}", self.milestone, self.at),
                        name: name.clone(),
                        heading: "An announced date was moved",
                        lines: vec![
                            format!("What: {}", self.what),
                            format!("Announced: {}", self.before),
                            format!("Now: {}", self.after),
                            format!("Why: {}", self.reason),
                        ],
                        path: format!("/elections/{}/rules", election.slug),
                    };
                    mail::tell_about(c, app, &about, &recipient, notice, app.now())?;
                }
                Ok::<_, AppError>(())
            })?;
        }
        Ok(())
    }
}

impl TellMoved {
    /// The election, and name, account and address of everybody concerned.
    #[allow(clippy::type_complexity, reason = "three plain values")]
    fn concerned(
        &self,
        conn: &mut Conn,
    ) -> AppResult<(elections::Election, Vec<(String, Option<PersonId>, String)>)> {
        let election = elections::by_slug(conn, &self.election)?.ok_or_else(AppError::not_found)?;
        let mut to = Vec::new();
        for one in nominations::of_election(conn, election.id)? {
            if matches!(one.state, NominationState::Invited | NominationState::Accepted) {
                let address = mail::to_nominee(conn, &one)?.address;
                to.push((one.name, one.person_id, address));
            }
        }
        for one in supports::of_election(conn, election.id)? {
            if one.state == SupportState::Given {
                let address = mail::to(conn, one.person_id, &one.address)?.address;
                to.push((one.name, one.person_id, address));
            }
        }
        Ok((election, to))
    }
}
