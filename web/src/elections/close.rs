//! The end of voting: quorum, end of the ballot box, encrypted tally (requirements CST-07, REL-07).

use folkmoot_ballot::archive::EventKind;
use folkmoot_governance::quorum::{QuorumFacts, QuorumOutcome, QuorumVerdict};
use folkmoot_store::Conn;
use folkmoot_store::elections::{self, Election, ballot_box, results, roll};

use super::boxes::BallotBox;
use super::settings::ElectionSettings;
use crate::app::App;
use crate::error::{AppError, AppResult};

/// Ballots read from the database at once while they are multiplied.
const BATCH: i64 = 500;

/// Reads the quorum of an election at this moment.
///
/// # Errors
/// Database errors.
pub fn quorum(conn: &mut Conn, election: &Election, settings: &ElectionSettings) -> AppResult<QuorumOutcome> {
    let count = |n: i64| u64::try_from(n).map_err(AppError::internal);
    let facts = QuorumFacts {
        base: count(roll::count(conn, election.id)?)?,
        counted: count(ballot_box::voters(conn, election.id)?)?,
        ..Default::default()
    };
    Ok(settings.quorum.conclude(facts))
}

/// Ends the voting: at the announced instant or later, never before. The quorum is decided in the same transaction.
/// Returns the new state.
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
    let settings: ElectionSettings = serde_json::from_str(&election.settings).map_err(AppError::internal)?;
    let outcome = quorum(conn, &election, &settings)?;
    // Ranked ballots without a ballot cannot be opened by several trustees: their shares would be one and the same object,
    // which an archive holds once. An election nobody took part in has no result either way.
    let empty = settings.is_mixed() && outcome.reading.counted == 0;
    let (state, word) = match outcome.verdict {
        QuorumVerdict::Met if empty => ("void", "void"),
        QuorumVerdict::Met => ("closed", "met"),
        QuorumVerdict::Void => ("void", "void"),
        // The box stays sealed until the body has decided; what it decides is an act of its own.
        QuorumVerdict::Refer { .. } | QuorumVerdict::Extend { .. } => ("suspended", "referred"),
    };
    if word != "referred" {
        held.log.append(conn, &election, EventKind::EndBallots, &[])?;
    }
    let note = held.log.sign(&certificate(&election, &outcome, word, &closes.to_string()))?;
    results::insert_quorum_certificate(conn, election.id, word, &note)?;
    if !elections::change_state(conn, election.id, "open", state)? {
        return Err(AppError::conflict("Only an open election can be closed."));
    }
    Ok(state)
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

/// Multiplies the last ballot of every voter and writes the encrypted tally. From here until the announcement the public
/// sees the archive up to this event.
///
/// # Errors
/// `Conflict` when the election is not closed with its quorum met.
pub fn tally(app: &App, held: &BallotBox, id: i64) -> AppResult<()> {
    // After EndBallots the ballots cannot change any more, so reading them needs no lock.
    let objects = app.store().read(|conn| multiply(conn, held, id))?;
    app.store().write(|conn| {
        let election = elections::by_id(conn, id)?;
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
