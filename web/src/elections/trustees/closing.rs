//! After the close: shuffles and decryptions.

use chrono::TimeDelta;
use folkmoot_ballot::archive::EventKind;
use folkmoot_ballot::hash::Hash;
use folkmoot_store::elections::trustees::{self as table, NewMessage};
use folkmoot_store::elections::{self, results as records};
use folkmoot_store::{Conn, Utc};
use serde::{Deserialize, Serialize};

use super::ceremony::Step;
use super::standing::{Standing, kinds};
use crate::app::App;
use crate::elections::boxes::{self, BallotBox};
use crate::elections::opening::{self, Contribution, Snapshot, Verified};
use crate::elections::results;
use crate::error::{AppError, AppResult};
use crate::jobs::{self, Job};

/// When enough trustees have shuffled, the others have so long to come.
const GRACE_HOURS: i64 = 24;

/// What kind of contribution a step is, and its bytes.
fn contribution(step: &Step) -> AppResult<(EventKind, &str)> {
    match step {
        Step::Shuffle { shuffle } => Ok((EventKind::Shuffle, shuffle)),
        Step::Decrypt { partial_decryption } => Ok((EventKind::PartialDecryption, partial_decryption)),
        _ => Err(AppError::internal("no contribution to the count")),
    }
}

/// Whether a contribution may come now: false when the same bytes came before.
///
/// # Errors
/// `Conflict` out of turn, or when another one came before.
pub(super) fn is_wanted(standing: &Standing, position: i64, step: &Step, now: Utc) -> AppResult<bool> {
    let (kind, payload) = contribution(step)?;
    if let Some(before) = standing.gave(position, kind) {
        if before.hash == Hash::of(payload.as_bytes()) {
            return Ok(false);
        }
        return Err(AppError::conflict(
            "You have given your part of this step already, and it was another one. If you did not send it, tell \
             the other trustees and the returns officer at once.",
        ));
    }
    let me = standing.trustees.iter().find(|t| t.position == position).ok_or_else(AppError::not_found)?;
    if standing.due(me, now) != step.due() {
        return Err(AppError::conflict("It is not your turn with this step. Reload the page."));
    }
    Ok(true)
}

/// Checks the proofs of a contribution. Slow, and no database is held meanwhile.
///
/// # Errors
/// `Invalid` with the reason when a proof is wrong.
pub(super) fn verify(snapshot: Snapshot, position: i64, step: &Step, mixed: bool) -> AppResult<Verified> {
    let owner = u64::try_from(position).map_err(AppError::internal)?;
    match contribution(step)? {
        (EventKind::Shuffle, payload) => opening::verify_shuffle(&snapshot, owner, payload),
        (_, payload) => opening::verify_decryption(snapshot, owner, payload, mixed),
    }
}

/// Stores a contribution that was verified before this transaction; false when the same bytes came before.
///
/// # Errors
/// `Conflict` out of turn or when the ballot box changed meanwhile; nothing is stored then.
pub(super) fn accept(
    conn: &mut Conn,
    app: &App,
    held: &BallotBox,
    standing: &Standing,
    (position, step, verified): (i64, &Step, Option<&Verified>),
    now: Utc,
) -> AppResult<bool> {
    if !is_wanted(standing, position, step, now)? {
        return Ok(false);
    }
    let verified =
        verified.ok_or_else(|| AppError::conflict("It is not your turn with this step. Reload the page."))?;
    let id = standing.election.id;
    let done = opening::append(conn, held, id, verified)?;
    match step {
        Step::Shuffle { .. } => after_shuffle(conn, app, held, id, now)?,
        _ => {
            table::put_state(conn, id, position, "decrypted")?;
            if done == Contribution::Finished {
                results::count_or_note(conn, id, now)?;
            }
        }
    }
    Ok(true)
}

/// Goes on to decryption when every trustee has shuffled; sets a term for the others when enough have.
fn after_shuffle(conn: &mut Conn, app: &App, held: &BallotBox, id: i64, now: Utc) -> AppResult<()> {
    let election = elections::by_id(conn, id)?;
    let standing = Standing::load(conn, election)?;
    let shuffled = |p: i64| standing.gave(p, EventKind::Shuffle).is_some();
    let done = standing.trustees.iter().filter(|t| shuffled(t.position)).count();
    if done < standing.needed() {
        return Ok(());
    }
    if standing.trustees.iter().all(|t| shuffled(t.position) || t.state == "missing") {
        return end_shuffles(conn, app, held, &standing, now);
    }
    let job = EndShuffling { election: standing.election.public_id.clone() };
    let key = format!("{} {}", EndShuffling::KIND, standing.election.uuid);
    jobs::queue_at(conn, &job, now.plus(TimeDelta::hours(GRACE_HOURS)), Some(key), now)?;
    Ok(())
}

/// Ends the shuffling when enough trustees have shuffled.
///
/// # Errors
/// `Conflict` when too few have, or nothing is being shuffled.
pub(super) fn end_shuffles(
    conn: &mut Conn,
    app: &App,
    held: &BallotBox,
    standing: &Standing,
    now: Utc,
) -> AppResult<()> {
    opening::end_shuffles(conn, held, standing.election.id, standing.needed())?;
    let election = elections::by_id(conn, standing.election.id)?;
    super::calls::call(conn, app, &election, None, now)
}

/// Ends the shuffling a day after enough trustees have shuffled: who has not come by then is not waited for.
#[derive(Debug, Serialize, Deserialize)]
pub struct EndShuffling {
    /// Public id of the election.
    election: String,
}

impl Job for EndShuffling {
    const KIND: &'static str = "elections.end_shuffling";

    fn run(&self, app: &App) -> anyhow::Result<()> {
        app.store().write(|conn| {
            let shuffling = elections::in_states(conn, &["shuffling"])?;
            let Some(election) = shuffling.into_iter().find(|e| e.public_id == self.election) else {
                return Ok(());
            };
            let held = boxes::open(conn, app, &election)?;
            let standing = Standing::load(conn, election)?;
            end_shuffles(conn, app, &held, &standing, app.now())
        })?;
        Ok(())
    }
}

/// Keeps what was wrong with a contribution, once per trustee, so that it can be named (requirement TRU-05).
pub(super) fn note_refusal(
    conn: &mut Conn,
    election_id: i64,
    position: i64,
    finding: &str,
    now: Utc,
) -> AppResult<()> {
    let known = table::messages(conn, election_id, kinds::REFUSED)?;
    if known.iter().any(|m| m.position == position) {
        return Ok(());
    }
    let message = NewMessage {
        election_id,
        position,
        kind: kinds::REFUSED,
        recipient: 0,
        body: "",
        accepted: false,
        finding: Some(finding),
    };
    table::insert_message(conn, &message)?;
    let text = format!("A contribution of trustee {position} was refused. {finding}");
    Ok(records::insert_incident(conn, election_id, now, None, &text, false)?)
}
