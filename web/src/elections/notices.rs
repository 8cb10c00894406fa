//! Mails to people on the roll while an election runs: what changed, and reminders to those who have not voted. Every mail is
//! noted for the ledger of deliveries.

use std::collections::HashSet;

use chrono::TimeDelta;
use folkmoot_store::elections::{self, Election, roll, running};
use folkmoot_store::{Conn, PersonId, Utc, accounts};
use serde::{Deserialize, Serialize};

use super::decisions;
use super::settings::ElectionSettings;
use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::http::when::when;
use crate::jobs::Job;
use crate::mail::{self, Recipient};

/// Mails queued in one transaction, so that no voter waits for a long one.
const BATCH: usize = 100;

crate::mail! {
    /// A change of a running election.
    pub struct ElectionNotice {
        /// Preferred name.
        name: String,
        /// What happened, in a few words.
        heading: String,
        /// Title of the election.
        title: String,
        /// The reason as officers gave it.
        text: String,
        /// When voting ends, in words; empty while that is not known.
        closes: String,
        /// Page of the election.
        link: String,
        /// Where questions go.
        help: String,
    }
    message "election_notice", kind Legal, secret false,
    subject "mail/election_notice/subject.txt",
    text "mail/election_notice/body.txt",
    html "mail/election_notice/body.html"
}

crate::mail! {
    /// To somebody who has not voted.
    pub struct VotingReminder {
        /// Preferred name.
        name: String,
        /// Title of the election.
        title: String,
        /// When voting ends, in words.
        closes: String,
        /// The booth.
        link: String,
        /// Where questions go.
        help: String,
    }
    message "voting_reminder", kind Optional, topic Reminders, secret false,
    subject "mail/voting_reminder/subject.txt",
    text "mail/voting_reminder/body.txt",
    html "mail/voting_reminder/body.html"
}

/// Tells everybody on a roll of a decision.
#[derive(Debug, Serialize, Deserialize)]
pub struct TellRoll {
    election: String,
    decision: String,
    reason: String,
    at: Utc,
}

impl TellRoll {
    /// What was decided about `election`.
    #[must_use]
    pub fn of(election: &Election, decision: &str, reason: &str, at: Utc) -> Self {
        let (election, decision, reason) = (election.slug.clone(), decision.to_owned(), reason.to_owned());
        Self { election, decision, reason, at }
    }
}

impl Job for TellRoll {
    const KIND: &'static str = "elections.tell_roll";

    fn run(&self, app: &App) -> anyhow::Result<()> {
        let (election, people) = app.store().read(|c| {
            let election = elections::by_slug(c, &self.election)?.ok_or_else(AppError::not_found)?;
            let people: Vec<PersonId> = roll::all(c, election.id)?.into_iter().map(|e| e.person_id).collect();
            Ok::<_, AppError>((election, people))
        })?;
        let settings: ElectionSettings = serde_json::from_str(&election.settings)?;
        let suspended = self.decision == decisions::SUSPENDED;
        let closes = if suspended { None } else { election.closes_at };
        let kind = format!("{} {}", self.decision, self.at.datetime().format("%FT%TZ"));
        let tell = |conn: &mut Conn, person: PersonId, now: Utc| {
            let Some(address) = accounts::mail_address_of(conn, person)? else { return Ok(None) };
            let message = ElectionNotice {
                name: accounts::person(conn, person)?.preferred_name,
                heading: decisions::words(&self.decision).to_owned(),
                title: election.title.clone(),
                text: self.reason.clone(),
                closes: closes.map(when).unwrap_or_default(),
                link: app.link(&format!("/elections/{}", election.slug)),
                help: settings.help.clone(),
            };
            mail::queue(conn, app, &Recipient::person(person, address), &message, now).map(Some)
        };
        each(app, election.id, &kind, &people, tell)?;
        Ok(())
    }
}

/// Queues a mail for each of `people` that was not noted under `kind` before; returns how many were queued.
fn each(
    app: &App,
    election: i64,
    kind: &str,
    people: &[PersonId],
    mut queue: impl FnMut(&mut Conn, PersonId, Utc) -> AppResult<Option<folkmoot_store::mails::MailId>>,
) -> AppResult<usize> {
    let told: HashSet<PersonId> = app.store().read(|c| {
        let sent = running::sent(c, election)?;
        Ok::<_, AppError>(sent.into_iter().filter(|s| s.kind == kind).map(|s| s.person_id).collect())
    })?;
    let mut queued = 0;
    let rest: Vec<PersonId> = people.iter().copied().filter(|p| !told.contains(p)).collect();
    for batch in rest.chunks(BATCH) {
        app.store().write(|conn| {
            for person in batch {
                let mail = queue(conn, *person, app.now())?;
                queued += usize::from(mail.is_some());
                running::note_mail(conn, election, *person, kind, mail)?;
            }
            Ok::<_, AppError>(())
        })?;
    }
    Ok(queued)
}

/// Reminds those who have not voted: on day 3, on day 7, and on the last day.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemindVoters {}

impl Job for RemindVoters {
    const KIND: &'static str = "elections.remind_voters";

    fn run(&self, app: &App) -> anyhow::Result<()> {
        let open = app.store().read(|c| Ok::<_, AppError>(elections::in_states(c, &["open"])?))?;
        for election in open {
            let Some(kind) = due(&election, app.now()) else { continue };
            // Whoever was told under this name is not told again, so this may be interrupted and repeated.
            remind(app, &election, &kind)?;
        }
        Ok(())
    }
}

/// The newest reminder that is due at `now`. After a standstill only that one is sent.
#[must_use]
pub fn due(election: &Election, now: Utc) -> Option<String> {
    let (opens, closes) = (election.opens_at?, election.closes_at?);
    let last_day = closes.plus(-TimeDelta::days(1));
    let mut all = vec![(opens.plus(TimeDelta::days(3)), "reminder day 3".to_owned())];
    all.push((opens.plus(TimeDelta::days(7)), "reminder day 7".to_owned()));
    // A later end has a last day of its own.
    all.retain(|(at, _)| *at < last_day);
    all.push((last_day, format!("reminder last day {}", last_day.datetime().format("%F"))));
    if now >= closes {
        return None;
    }
    all.into_iter().rfind(|(at, _)| *at <= now && opens <= now).map(|(_, kind)| kind)
}

/// Mails everybody who has not voted and was not reminded under this name; returns how many.
///
/// # Errors
/// Database errors.
pub fn remind(app: &App, election: &Election, kind: &str) -> AppResult<usize> {
    let settings: ElectionSettings = serde_json::from_str(&election.settings).map_err(AppError::internal)?;
    let people = app.store().read(|c| Ok::<_, AppError>(running::not_voted(c, election.id)?))?;
    let tell = |conn: &mut Conn, person: PersonId, now: Utc| {
        let Some(address) = accounts::mail_address_of(conn, person)? else { return Ok(None) };
        let person = accounts::person(conn, person)?;
        let message = VotingReminder {
            name: person.preferred_name.clone(),
            title: election.title.clone(),
            closes: election.closes_at.map(when).unwrap_or_default(),
            link: app.link(&format!("/elections/{}/vote", election.slug)),
            help: settings.help.clone(),
        };
        mail::queue_optional(conn, app, &person, &address, &message, now)
    };
    each(app, election.id, kind, &people, tell)
}
