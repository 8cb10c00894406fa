//! The end of voting: quorum, end of the ballot box, encrypted tally (requirements CST-07, REL-07).

use chrono::TimeDelta;
use folkmoot_ballot::archive::EventKind;
use folkmoot_governance::quorum::{QuorumFacts, QuorumOutcome, QuorumVerdict};
use folkmoot_store::elections::{self, Election, ballot_box, results, roll};
use folkmoot_store::{Conn, Turn, Utc};
use serde_json::{Value, json};

use super::boxes::BallotBox;
use super::notices::TellRoll;
use super::preparation::schedule;
use super::settings::ElectionSettings;
use super::{decisions, jump};
use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::jobs;

/// Ballots read from the database at once while they are multiplied.
const BATCH: i64 = 500;

/// Reads the quorum of an election at this moment.
///
/// # Errors
/// Database errors.
pub fn quorum(conn: &mut Conn, election: &Election, settings: &ElectionSettings) -> AppResult<QuorumOutcome> {
    let count = |n: i64| u64::try_from(n).map_err(AppError::internal);
    let extensions = decisions::every::<Value>(conn, election.id, decisions::QUORUM_EXTENSION)?.len();
    let facts = QuorumFacts {
        base: count(roll::count(conn, election.id)?)?,
        counted: count(ballot_box::voters(conn, election.id)?)?,
        extensions: u32::try_from(extensions).map_err(AppError::internal)?,
        ..Default::default()
    };
    Ok(settings.quorum.conclude(facts))
}

/// Ends the voting: at the announced instant or later, never before. The quorum is decided in the same transaction, before
/// the end of the ballot box is written. Returns the new state; `open` when the policy extends the voting instead.
///
/// # Errors
/// `Conflict` before the announced instant or in another state.
pub fn close(conn: &mut Conn, app: &App, held: &BallotBox, id: i64) -> AppResult<&'static str> {
    let election = elections::by_id(conn, id)?;
    let now = app.now();
    let closes =
        election.closes_at.ok_or_else(|| AppError::conflict("This election has no closing instant."))?;
    if now < closes {
        return Err(AppError::conflict("Voting ends at the announced instant, never before."));
    }
    if election.state != "open" {
        return Err(AppError::conflict("Only an open election can be closed."));
    }
    if jump::is_frozen(conn)? {
        return Err(AppError::conflict(
            "The clock jumped; nothing ends before two officers have compared it.",
        ));
    }
    let settings: ElectionSettings = serde_json::from_str(&election.settings).map_err(AppError::internal)?;
    let outcome = quorum(conn, &election, &settings)?;
    // Ranked ballots without a ballot cannot be opened by several trustees: their shares would be one and the same object,
    // which an archive holds once. An election nobody took part in has no result either way.
    let empty = settings.is_mixed() && outcome.reading.counted == 0;
    let (state, word) = match &outcome.verdict {
        QuorumVerdict::Extend { days } => {
            extend(conn, &election, closes, *days, &outcome, now)?;
            return Ok("open");
        }
        QuorumVerdict::Met if !empty => ("closed", "met"),
        // Sealed until the body has decided; what it decides is an act of its own.
        QuorumVerdict::Refer { .. } => ("referred", "referred"),
        QuorumVerdict::Met | QuorumVerdict::Void => ("void", "void"),
    };
    held.log.append(conn, &election, EventKind::EndBallots, &[])?;
    let note = held.log.sign(&certificate(&election, &outcome, word, &closes.to_string()))?;
    results::insert_quorum_certificate(conn, election.id, word, &note)?;
    if !elections::change_state(conn, election.id, "open", state)? {
        return Err(AppError::conflict("Only an open election can be closed."));
    }
    if state != "closed" {
        announce_failure(conn, &election, &outcome, now)?;
    }
    Ok(state)
}

/// The public notice of an election without its quorum.
fn announce_failure(
    conn: &mut Conn,
    election: &Election,
    outcome: &QuorumOutcome,
    now: Utc,
) -> AppResult<()> {
    let numbers = if outcome.reading.counted == 0 { "Nobody voted.".into() } else { numbers(outcome) };
    let (kind, reason) = match &outcome.verdict {
        QuorumVerdict::Refer { body } => {
            (decisions::REFERRED, format!("{numbers} The ballots stay sealed until {body} has decided."))
        }
        _ => (
            decisions::VOID,
            format!("{numbers} The election is void: the ballots stay sealed and are never opened."),
        ),
    };
    let details = json!({ "quorum": outcome });
    let what = decisions::Record { kind, reason: &reason, details, public: true };
    decisions::record(conn, election, &what, None, now)
}

fn numbers(outcome: &QuorumOutcome) -> String {
    let reading = &outcome.reading;
    format!(
        "The quorum was not reached: {} of {} on the roll voted, {} were needed.",
        reading.counted, reading.base, reading.needed
    )
}

/// Lets the voting go on, as the quorum policy prescribes: an amendment of the announced end instead of the end.
fn extend(
    conn: &mut Conn,
    election: &Election,
    closes: Utc,
    days: u32,
    outcome: &QuorumOutcome,
    now: Utc,
) -> AppResult<()> {
    // Full days to vote, also when the server stood still at the end.
    let late = match now.since(closes).num_hours() {
        0 => 0,
        hours => hours.saturating_add(1),
    };
    let until = closes.plus(TimeDelta::days(i64::from(days)) + TimeDelta::hours(late));
    let reason = format!("{} As announced for this case, voting goes on for {days} days.", numbers(outcome));
    let details = json!({ "from": closes, "until": until, "quorum": outcome });
    let what =
        decisions::Record { kind: decisions::QUORUM_EXTENSION, reason: &reason, details, public: true };
    decisions::record(conn, election, &what, None, now)?;
    let made = schedule::Made { by: None, at: now, reason: Some(&reason) };
    schedule::extend_voting(conn, election, until, &made)?;
    jobs::queue(conn, &TellRoll::of(election, decisions::QUORUM_EXTENSION, &reason, now), now)?;
    Ok(())
}

/// The text of the quorum certificate: one fact a line.
fn certificate(election: &Election, outcome: &QuorumOutcome, word: &str, closes: &str) -> String {
    let reading = &outcome.reading;
    format!(
        "folkmoot quorum certificate 1\nelection {}\nfingerprint {}\nclosed {closes}\nroll {}\nneeded {}\ncast {}\nquorum {word}\n",
        election.uuid,
        election.election_hash.as_deref().unwrap_or("-"),
        reading.base,
        reading.needed,
        reading.counted,
    )
}

/// Whether fewer ballots are counted than may be without two officers' consent (requirement PRV-02). Such a box is not even
/// added up.
///
/// # Errors
/// Database errors.
pub fn is_too_small(conn: &mut Conn, election: &Election, settings: &ElectionSettings) -> AppResult<bool> {
    let counted = quorum(conn, election, settings)?.reading.counted;
    let waived = decisions::last::<Value>(conn, election.id, decisions::SMALL_COUNT)?.is_some();
    Ok(counted < settings.least_counted && !waived)
}

/// Multiplies the last ballot of every voter and writes the encrypted tally. From here until the announcement the public
/// sees the archive up to this event.
///
/// # Errors
/// `Conflict` when the election is not closed with its quorum met.
pub fn tally(app: &App, held: &BallotBox, id: i64) -> AppResult<()> {
    // After EndBallots the ballots cannot change any more, so reading them needs no lock.
    let objects = app.store().read(|conn| multiply(conn, held, id))?;
    app.store().write_in_turn(Turn::of_election(id), |conn| {
        let election = elections::by_id(conn, id)?;
        let settings: ElectionSettings =
            serde_json::from_str(&election.settings).map_err(AppError::internal)?;
        if is_too_small(conn, &election, &settings)? {
            return Err(AppError::conflict("So few ballots are not added up before two officers agree."));
        }
        if !elections::change_state(conn, id, "closed", "quorum_ok")? {
            return Err(AppError::conflict("The tally is made once, after the close."));
        }
        let data: [(&str, &[u8]); 2] =
            [("EncryptedTally", objects.encrypted.as_bytes()), ("SizedTally", objects.sized.as_bytes())];
        let logged = held.log.append(conn, &election, EventKind::EncryptedTally, &data)?;
        let height = i64::try_from(logged.appended.height).map_err(AppError::internal)?;
        elections::put_public_height(conn, id, Some(height))?;
        Ok(())
    })
}

fn multiply(conn: &mut Conn, held: &BallotBox, id: i64) -> AppResult<super::engine::TallyObjects> {
    let mut waiting = std::collections::VecDeque::new();
    let mut after = String::new();
    held.engine.tally(&mut || {
        if waiting.is_empty() {
            let batch = ballot_box::last_ballots(conn, id, &after, BATCH)?;
            if let Some((credential, _)) = batch.last() {
                after.clone_from(credential);
            }
            waiting.extend(batch);
        }
        Ok(waiting.pop_front())
    })
}
