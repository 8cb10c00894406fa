//! Telling trustees that it is their turn: one mail for each step, and a line on the start page.

use folkmoot_store::accounts;
use folkmoot_store::elections::trustees::{self as table, NewMessage};
use folkmoot_store::elections::{self, Election};
use folkmoot_store::{Conn, Utc};
use serde::{Deserialize, Serialize};

use super::mail::TrusteeTurn;
use super::standing::{Due, Standing, kinds};
use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::http::session::Actor;
use crate::jobs::Job;
use crate::mail::{self, Recipient};
use crate::tasks::Task;

/// States in which it can become a trustee's turn without anybody's act.
const WATCHED: &[&str] = &["open", "suspended", "closed", "quorum_ok", "shuffling", "decrypting"];

/// Tells trustees whose turn has come by the clock: the key check before the close, the count after it.
#[derive(Debug, Serialize, Deserialize)]
pub struct CallTrustees {}

impl Job for CallTrustees {
    const KIND: &'static str = "elections.call_trustees";

    fn run(&self, app: &App) -> anyhow::Result<()> {
        let all = app.store().read(|c| Ok::<_, AppError>(elections::in_states(c, WATCHED)?))?;
        for election in all {
            app.store().write(|c| call(c, app, &election, None, app.now()))?;
        }
        Ok(())
    }
}

/// Mails every trustee whose turn it is and who was not told yet. Whoever sits at their page (`present`) is not mailed.
pub(super) fn call(
    conn: &mut Conn,
    app: &App,
    election: &Election,
    present: Option<i64>,
    now: Utc,
) -> AppResult<()> {
    let standing = Standing::load(conn, election.clone())?;
    for trustee in &standing.trustees {
        let due = standing.due(trustee, now);
        let Some(task) = due.task() else { continue };
        let kind = told(&standing, due);
        let Some(person) = trustee.person_id else { continue };
        if standing.has(trustee.position, &kind) {
            continue;
        }
        let message = NewMessage {
            election_id: election.id,
            position: trustee.position,
            kind: &kind,
            recipient: 0,
            body: "",
            accepted: true,
            finding: None,
        };
        table::insert_message(conn, &message)?;
        if present == Some(trustee.position) {
            continue;
        }
        let Some(address) = accounts::mail_address_of(conn, person)? else { continue };
        let message = TrusteeTurn {
            name: trustee.name.clone(),
            election: election.title.clone(),
            task: task.to_owned(),
            first: due == Due::Key,
            link: app.link(&format!("/elections/{}/trustee", election.slug)),
        };
        mail::queue(conn, app, &Recipient::person(person, address), &message, now)?;
    }
    Ok(())
}

/// The name under which it is noted that a trustee was told of a step.
fn told(standing: &Standing, due: Due) -> String {
    match due {
        Due::Rehearse if standing.proof_kind() == kinds::CHECK => "told key_check".to_owned(),
        _ => format!("told {}", due.step()),
    }
}

/// What waits for a trustee, for the start page.
///
/// # Errors
/// Database errors.
pub fn tasks(conn: &mut Conn, actor: &Actor, now: Utc) -> AppResult<Vec<Task>> {
    let mut all = Vec::new();
    for (election, _) in table::of_person(conn, actor.person)?.into_iter().take(50) {
        let election = elections::by_id(conn, election)?;
        if matches!(election.state.as_str(), "published" | "archived" | "void") {
            continue;
        }
        let standing = Standing::load(conn, election)?;
        let due = standing.of_person(actor.person).map_or(Due::Done, |t| standing.due(t, now));
        let Some(task) = due.task() else { continue };
        let election = standing.election;
        all.push(Task {
            text: format!("{task}: {}", election.title),
            href: format!("/elections/{}/trustee", election.slug),
            hint: "You are a trustee of this election.".into(),
            due: if matches!(due, Due::Rehearse) { election.closes_at } else { None },
        });
    }
    Ok(all)
}
