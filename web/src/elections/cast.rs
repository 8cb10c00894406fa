//! Casting: verify, commit durably, answer with a receipt, in one request (requirements CST-01 to CST-08).

use std::sync::Arc;

use folkmoot_ballot::archive::EventKind;
use folkmoot_store::elections::{self, Election, ballot_box, roll};
use folkmoot_store::{Conn, PersonId, Turn, Utc};
use serde::Serialize;

use super::boxes::BallotBox;
use super::engine::CheckedBallot;
use super::{jump, receipts};
use crate::app::App;
use crate::error::{AppError, AppResult};

/// An accepted ballot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// C2SP proof text.
    pub receipt: String,
    /// What the voter keeps.
    pub tracker: String,
    /// Whether an earlier ballot of this voter is replaced.
    pub replaced: bool,
}

/// Why a ballot is not accepted. Nothing was stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Before the opening.
    #[error("Voting has not begun. Your ballot was not cast; come back when voting is open.")]
    NotOpen,
    /// At or after the close.
    #[error("Voting has ended. Your ballot reached the server too late and was not cast.")]
    Closed,
    /// Suspended by two officers.
    #[error("Voting is suspended. Your ballot was not cast; try again when voting goes on.")]
    Suspended,
    /// Not on the roll, or no credential, or that of somebody else. One sentence for all of them (requirement CST-05).
    #[error(
        "This ballot was not sealed with your voting code for this election. It was not cast; open the newest message about this election and use its code."
    )]
    Credential,
    /// No entry on the roll, or no credential for it; said before any choice is made.
    #[error(
        "You are not on the roll of this election. If you think you should be, write to the contact named on its page."
    )]
    NotOnRoll,
    /// Larger than any ballot of this election.
    #[error("What was sent is larger than any ballot of this election. It was not cast.")]
    TooLarge,
    /// A proof, the signature or the form is wrong.
    #[error("The ballot did not pass its checks: {0}. It was not cast; reload the page and vote again.")]
    Invalid(String),
    /// Replaced by a later one before: putting it back would undo that.
    #[error(
        "This ballot was replaced by a later one before and cannot be cast again. To change your vote, fill in a new ballot."
    )]
    Replayed,
    /// This voter sends more ballots than anybody fills in.
    #[error(
        "So many ballots came from you in a short time. This one was not cast; wait a minute and cast it again."
    )]
    TooMany,
    /// A ciphertext is on the board already.
    #[error(
        "A part of this ballot is a copy of one that is in the ballot box. It was not cast; reload the page and vote again."
    )]
    Copied,
}

impl Refusal {
    /// Short name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotOpen => "not_open",
            Self::Closed => "closed",
            Self::Suspended => "suspended",
            Self::Credential => "credential",
            Self::NotOnRoll => "not_on_roll",
            Self::TooLarge => "too_large",
            Self::Invalid(_) => "invalid",
            Self::Replayed => "replayed",
            Self::TooMany => "too_many",
            Self::Copied => "copied",
        }
    }
}

/// Accepted or refused; anything else is an error of the server.
pub type Casting = Result<Accepted, Refusal>;

/// Casts `raw` for `person`.
///
/// Everything that needs no database is checked before the writing transaction, on a thread for slow work and a few
/// at a time. Whether voting is open is decided by the clock inside that transaction (requirement CST-07).
///
/// # Errors
/// Database errors, and `Unavailable` when too many ballots wait. Nothing was stored then.
pub async fn cast(app: &App, election: &Election, person: PersonId, raw: String) -> AppResult<Casting> {
    let held = app.boxes().get(app, election).await?;
    if raw.len() > held.engine.largest_ballot() {
        return Ok(Err(Refusal::TooLarge));
    }
    // The clock is asked below, after the question whether this very ballot is in the box already.
    if not_yet(&election.state) {
        return Ok(Err(Refusal::NotOpen));
    }
    if !held.take_turn(person, app.steady()) {
        return Ok(Err(Refusal::TooMany));
    }
    let (checked, raw) = match check(app, &held, raw).await? {
        Ok(pair) => pair,
        Err(refusal) => return Ok(Err(refusal)),
    };
    // Inside this process first, so that a rush takes one connection and leaves the others to pages.
    let turn = held.turn.lock().await;
    let key = participation_key(app)?;
    let (id, clock, writer) = (election.id, app.clone(), held.clone());
    let casting = app
        .write_in_turn(Turn::of_election(id), move |conn| {
            let election = elections::by_id(conn, id)?;
            store(conn, &clock, &writer, &election, person, &checked, raw.as_bytes(), &key)
        })
        .await?;
    drop(turn);
    if let (true, Ok(accepted)) = (held.mails_receipts, &casting)
        && let Err(error) = receipts::keep(app, election, person, accepted).await
    {
        // The ballot is in the box and its voter gets the receipt now; only the copy by mail is missing.
        tracing::warn!(%error, "a copy of a receipt could not be kept");
    }
    Ok(casting)
}

async fn check(
    app: &App,
    held: &Arc<BallotBox>,
    raw: String,
) -> AppResult<Result<(CheckedBallot, String), Refusal>> {
    let held = held.clone();
    app.proving(move || match held.engine.check(raw.as_bytes()) {
        Ok(ballot) if held.engine.roll().contains_key(&ballot.credential) => Ok((ballot, raw)),
        Ok(_) => Err(Refusal::Credential),
        Err(error) => Err(Refusal::Invalid(error.to_string())),
    })
    .await
}

/// States before the opening.
fn not_yet(state: &str) -> bool {
    matches!(
        state,
        "draft" | "announced" | "nominations" | "closed_nominations" | "candidates_announced" | "rehearsed"
    )
}

/// Whether a ballot may be accepted at this instant.
///
/// # Errors
/// Why not.
pub fn window(election: &Election, now: Utc) -> Result<(), Refusal> {
    match election.state.as_str() {
        "open" => {}
        "suspended" => return Err(Refusal::Suspended),
        early if not_yet(early) => return Err(Refusal::NotOpen),
        _ => return Err(Refusal::Closed),
    }
    match (election.opens_at, election.closes_at) {
        (Some(opens), _) if now < opens => Err(Refusal::NotOpen),
        (_, Some(closes)) if now < closes => Ok(()),
        _ => Err(Refusal::Closed),
    }
}

#[allow(clippy::too_many_arguments, reason = "the transaction of one cast, told in one place")]
fn store(
    conn: &mut Conn,
    app: &App,
    held: &BallotBox,
    election: &Election,
    person: PersonId,
    ballot: &CheckedBallot,
    raw: &[u8],
    participation_key: &str,
) -> AppResult<Casting> {
    let own = roll::credential_for_casting(conn, election.id, person)?;
    if own.as_deref() != Some(ballot.credential.as_str()) {
        return Ok(Err(Refusal::Credential));
    }
    let earlier = ballot_box::ballots_of(conn, election.id, &ballot.credential)?;
    if let Some(at) = earlier.iter().position(|b| b.tracker == ballot.tracker) {
        // The same bytes once more, because the answer was lost on its way: the same receipt, also after the close.
        let Some(same) = earlier.get(at) else { return Err(AppError::internal("a ballot vanished")) };
        if at + 1 != earlier.len() {
            return Ok(Err(Refusal::Replayed));
        }
        let receipt = held.log.receipt_for(conn, election, same.height)?.to_string();
        return Ok(Ok(Accepted { receipt, tracker: ballot.tracker.clone(), replaced: at > 0 }));
    }
    // The instant that decides: read here, with the lock of the ballot box held.
    let now = app.now();
    let open = window(election, now);
    // After a jump of the clock, only what both times agree on is said (requirement REL-07).
    if let Some(other) = jump::otherwise(conn, app, now)?
        && window(election, other) != open
    {
        return Err(AppError::unavailable(
            "The clock of the server is being checked. Nothing was stored; your sealed ballot stays here.",
        ));
    }
    if let Err(refusal) = open {
        return Ok(Err(refusal));
    }
    if !ballot_box::insert_ciphertexts(conn, election.id, &ballot.ciphertexts)? {
        return Ok(Err(Refusal::Copied));
    }
    let logged = held.log.append(conn, election, EventKind::Ballot, &[("Ballot", raw)])?;
    let height = i64::try_from(logged.appended.height).map_err(AppError::internal)?;
    let row = ballot_box::BallotRow {
        election_id: election.id,
        tracker: ballot.tracker.clone(),
        credential: ballot.credential.clone(),
        height,
    };
    ballot_box::insert_ballot(conn, &row)?;
    ballot_box::record_participation(
        conn,
        election.id,
        person,
        now.datetime().date_naive(),
        participation_key,
    )?;
    Ok(Ok(Accepted {
        receipt: logged.receipt.to_string(),
        tracker: ballot.tracker.clone(),
        replaced: !earlier.is_empty(),
    }))
}

/// A random key, so that the order of the participation table tells nothing.
fn participation_key(app: &App) -> AppResult<String> {
    let bytes: [u8; 16] = app.random()?;
    Ok(folkmoot_ballot::hash::hex(&bytes))
}
