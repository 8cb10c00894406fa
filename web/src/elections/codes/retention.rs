//! What is destroyed in time: sealed codes when an election takes no more ballots, and who was bound to which public code when
//! the time for complaints is over.

use chrono::TimeDelta;
use folkmoot_store::audit::{self, Act};
use folkmoot_store::elections::{self, Election, results, roll, running, sealed_codes};
use folkmoot_store::{Conn, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::app::App;
use crate::elections::{clock_is_frozen, decisions};
use crate::error::{AppError, AppResult};
use crate::jobs::Job;

/// States in which ballots are taken or still will be. A quorum that is missed either extends the vote, which stays open, or ends
/// it for good.
const BALLOTS_TO_COME: &[&str] = &[
    "draft",
    "announced",
    "nominations",
    "closed_nominations",
    "candidates_announced",
    "rehearsed",
    "open",
    "suspended",
];

/// States with an outcome that can be contested.
const ENDED: &[&str] = &["published", "archived", "void"];

/// Days from the announcement of a result until nobody can find out any more which public code, and so which sealed ballot, was
/// whose: the contest period of the policy on retention (security.md, "GDPR vs. roll": 90 days by default).
pub const CONTEST_DAYS: i64 = 90;

fn act(election: &str, action: &'static str, details: serde_json::Value) -> Act {
    Act { actor: None, action, object: format!("election {election}"), details, reference: String::new() }
}

/// Erases the sealed codes of elections that take no more ballots.
#[derive(Debug, Serialize, Deserialize)]
pub struct EraseCodes {}

impl Job for EraseCodes {
    const KIND: &'static str = "elections.erase_codes";

    fn run(&self, app: &App) -> anyhow::Result<()> {
        let over = |c: &mut Conn| Ok::<_, AppError>(sealed_codes::kept_outside(c, BALLOTS_TO_COME)?);
        if app.store().read(over)?.is_empty() {
            return Ok(());
        }
        let now = app.now();
        app.store().write(|c| {
            for (id, public_id) in over(c)? {
                let erased = sealed_codes::erase(c, id)?;
                let act = act(&public_id, "election.codes_erased", json!({ "erased": erased }));
                audit::append(c, &act, now)?;
            }
            Ok::<_, AppError>(())
        })?;
        Ok(())
    }
}

/// Destroys the record of whose public code is which, when the time for complaints is over. Ballots, results and who took part
/// stay as they are.
#[derive(Debug, Serialize, Deserialize)]
pub struct DestroyBindings {}

impl Job for DestroyBindings {
    const KIND: &'static str = "elections.destroy_bindings";

    fn run(&self, app: &App) -> anyhow::Result<()> {
        // What is destroyed by a clock that jumped would not come back.
        if app.store().read(clock_is_frozen)? {
            return Ok(());
        }
        let ended = app.store().read(|c| Ok::<_, AppError>(elections::in_states(c, ENDED)?))?;
        for election in ended {
            let now = app.now();
            if app.store().read(|c| is_due(c, &election, now))? {
                app.store().write(|c| destroy(c, &election, now))?;
            }
        }
        Ok(())
    }
}

fn is_due(conn: &mut Conn, election: &Election, now: Utc) -> AppResult<bool> {
    if roll::bound_credentials(conn, election.id)? == 0 || running::has_open_dispute(conn, election.id)? {
        return Ok(false);
    }
    let Some(ended) = ended(conn, election)? else { return Ok(false) };
    Ok(now.since(ended) >= TimeDelta::days(CONTEST_DAYS))
}

/// When the outcome was known to everybody: the announcement, or the decision that made the vote void; never before the announced
/// instant. A result can be announced late, when it waited for a certification.
fn ended(conn: &mut Conn, election: &Election) -> AppResult<Option<Utc>> {
    let mut last = election.publish_at.or(election.closes_at);
    let published = audit::Filter {
        action: Some("election.publish".into()),
        object: Some(format!("election {}", election.public_id)),
        ..Default::default()
    };
    last = last.max(audit::entries(conn, &published, 1)?.first().map(|e| e.at));
    for decision in running::decisions(conn, election.id)? {
        if [decisions::VOID, decisions::REFERRAL].contains(&decision.kind.as_str()) {
            last = last.max(Some(decision.at));
        }
    }
    Ok(last)
}

fn destroy(conn: &mut Conn, election: &Election, now: Utc) -> AppResult<()> {
    // Something may have come up since it was looked at.
    if !is_due(conn, election, now)? {
        return Ok(());
    }
    let destroyed = roll::destroy_bindings(conn, election.id)?;
    let details = json!({ "destroyed": destroyed, "days": CONTEST_DAYS });
    audit::append(conn, &act(&election.public_id, "election.bindings_destroyed", details), now)?;
    let text = format!(
        "{CONTEST_DAYS} days are over, and no report about a ballot is open: the record of whose public code is which was destroyed ({destroyed} entries)."
    );
    Ok(results::insert_incident(conn, election.id, now, None, &text, false)?)
}
