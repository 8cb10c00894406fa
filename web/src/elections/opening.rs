//! What trustees send after the close, and the result that follows from enough of it.

use folkmoot_ballot::archive::{EventKind, owned};
use folkmoot_ballot::decryption::{Decryptions, Submission};
use folkmoot_ballot::election::{Election as Object, group_of};
use folkmoot_ballot::elgamal::Ciphertext;
use folkmoot_ballot::group::Group;
use folkmoot_ballot::hash::Hash;
use folkmoot_ballot::json::Reader;
use folkmoot_ballot::mixnet::{Mixnet, Shuffle};
use folkmoot_ballot::question::Layout;
use folkmoot_ballot::result::ElectionResult;
use folkmoot_ballot::shape::Shape;
use folkmoot_ballot::tally::EncryptedTally;
use folkmoot_ballot::trustee::Trustees;
use folkmoot_store::Conn;
use folkmoot_store::elections::ballot_box::{self, Event};
use folkmoot_store::elections::{self, Election};

use super::boxes::BallotBox;
use super::engine::for_group;
use crate::error::{AppError, AppResult};
use crate::http::FieldErrors;

/// Most events after the encrypted tally: shuffles and decryptions of every trustee.
const MOST_EVENTS: i64 = 1_000;

/// Everything after the close, read from the database.
struct Sealed {
    election: Vec<u8>,
    trustees: Vec<u8>,
    encrypted: Vec<u8>,
    counted: u64,
    weight: u64,
    /// Owner and payload of the shuffles, in order.
    shuffles: Vec<(u64, Vec<u8>)>,
    /// Owner and payload of the partial decryptions, in order.
    decryptions: Vec<(u64, Vec<u8>)>,
}

/// Everything after the close as it was at one moment, to verify a contribution against without holding the database.
pub struct Snapshot {
    sealed: Sealed,
    /// Events in the ballot box at that moment.
    size: i64,
    /// Name of the state at that moment.
    state: String,
}

/// A contribution whose proofs hold, and the ballot box they hold for.
#[derive(Debug, Clone)]
pub struct Verified {
    kind: EventKind,
    owner: u64,
    payload: String,
    size: i64,
    /// The result object, when this decryption is the last one needed.
    result: Option<String>,
}

/// What became of a trustee's contribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contribution {
    /// Stored; more are needed.
    Accepted,
    /// Stored, and with it the result.
    Finished,
}

/// Reads what a contribution is verified against.
///
/// # Errors
/// `Conflict` before the tally.
pub fn snapshot(conn: &mut Conn, election: &Election) -> AppResult<Snapshot> {
    let size = ballot_box::log_state(conn, election.id)?.ok_or_else(AppError::not_found)?.size;
    Ok(Snapshot { sealed: read(conn, election)?, size, state: election.state.clone() })
}

/// Verifies a trustee's shuffle of all ranked and scored questions. Slow: seconds for thousands of ballots.
///
/// # Errors
/// `Invalid` with the reason when a proof is wrong, `Conflict` when it cannot be taken now.
pub fn verify_shuffle(snapshot: &Snapshot, owner: u64, payload: &str) -> AppResult<Verified> {
    if snapshot.state != "quorum_ok" && snapshot.state != "shuffling" {
        return Err(AppError::conflict(
            "Shuffles are taken after the tally and before the first decryption.",
        ));
    }
    if snapshot.sealed.shuffles.iter().any(|(by, _)| *by == owner) {
        return Err(AppError::conflict("You have shuffled the ballots of this election already."));
    }
    let group = group_of(&snapshot.sealed.election).map_err(AppError::internal)?;
    for_group!(group, G => check_shuffle::<G>(&snapshot.sealed, payload)?);
    let (kind, payload) = (EventKind::Shuffle, payload.to_owned());
    Ok(Verified { kind, owner, payload, size: snapshot.size, result: None })
}

/// Verifies a trustee's partial decryption together with those before it, and opens the tally once enough are there.
///
/// # Errors
/// `Invalid` with the reason when a proof is wrong, `Conflict` when it cannot be taken now.
pub fn verify_decryption(
    mut snapshot: Snapshot,
    owner: u64,
    payload: &str,
    mixed: bool,
) -> AppResult<Verified> {
    let ready = if mixed { "decrypting" } else { "quorum_ok" };
    if snapshot.state != ready && snapshot.state != "decrypting" {
        return Err(AppError::conflict("Decryptions are not taken at this moment."));
    }
    snapshot.sealed.decryptions.push((owner, payload.as_bytes().to_vec()));
    let group = group_of(&snapshot.sealed.election).map_err(AppError::internal)?;
    let result = for_group!(group, G => open::<G>(&snapshot.sealed)?);
    let (kind, payload) = (EventKind::PartialDecryption, payload.to_owned());
    Ok(Verified { kind, owner, payload, size: snapshot.size, result })
}

/// Appends a verified contribution, and the result with the last one needed.
///
/// # Errors
/// `Conflict` when the ballot box is not the one it was verified for any more; nothing is stored then.
pub fn append(conn: &mut Conn, held: &BallotBox, id: i64, given: &Verified) -> AppResult<Contribution> {
    let election = elections::by_id(conn, id)?;
    let size = ballot_box::log_state(conn, id)?.map(|s| s.size);
    if size != Some(given.size) {
        return Err(AppError::conflict(
            "Another trustee's part came in at the same moment. Reload this page and send yours once more.",
        ));
    }
    let frame = owned(given.owner, given.payload.as_bytes());
    let (names, next) = match given.kind {
        EventKind::Shuffle => (["Shuffle", "OwnedShuffle"], "shuffling"),
        _ => (["PartialDecryption", "OwnedPartialDecryption"], "decrypting"),
    };
    let objects: [(&str, &[u8]); 2] = [(names[0], given.payload.as_bytes()), (names[1], frame.as_bytes())];
    held.log.append(conn, &election, given.kind, &objects)?;
    if election.state == "quorum_ok" {
        elections::change_state(conn, id, "quorum_ok", next)?;
    }
    let Some(result) = &given.result else { return Ok(Contribution::Accepted) };
    held.log.append(conn, &election, EventKind::Result, &[("Result", result.as_bytes())])?;
    elections::change_state(conn, id, "decrypting", "counted")?;
    Ok(Contribution::Finished)
}

/// [`snapshot`], [`verify_decryption`] and [`append`] in one transaction, where nobody waits for it: seeds and tests.
///
/// # Errors
/// As theirs.
pub fn submit_decryption(
    conn: &mut Conn,
    held: &BallotBox,
    id: i64,
    owner: u64,
    payload: &str,
    mixed: bool,
) -> AppResult<Contribution> {
    let election = elections::by_id(conn, id)?;
    let given = verify_decryption(snapshot(conn, &election)?, owner, payload, mixed)?;
    append(conn, held, id, &given)
}

/// Ends the shuffling; decryption begins.
///
/// # Errors
/// `Conflict` when fewer than `least` trustees have shuffled, or in another state.
pub fn end_shuffles(conn: &mut Conn, held: &BallotBox, id: i64, least: usize) -> AppResult<()> {
    let election = elections::by_id(conn, id)?;
    let done = read(conn, &election)?.shuffles.len();
    if done < least {
        return Err(AppError::conflict(format!(
            "{done} of at least {least} trustees have shuffled; wait for the others."
        )));
    }
    if !elections::change_state(conn, id, "shuffling", "decrypting")? {
        return Err(AppError::conflict("Nothing is being shuffled."));
    }
    held.log.append(conn, &election, EventKind::EndShuffles, &[])?;
    Ok(())
}

/// What one trustee gave after the tally.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// `Shuffle` or `PartialDecryption`.
    pub kind: EventKind,
    /// Owner number.
    pub owner: u64,
    /// Digest of what was sent.
    pub hash: Hash,
}

/// Shuffles and decryptions stored so far, in order; empty before the tally.
///
/// # Errors
/// Database errors.
pub fn contributions(conn: &mut Conn, election: &Election) -> AppResult<Vec<Given>> {
    let tally = ballot_box::height_of(conn, election.id, EventKind::EncryptedTally.name())?;
    let Some(from) = tally else { return Ok(Vec::new()) };
    let mut given = Vec::new();
    for event in ballot_box::events(conn, election.id, from, MOST_EVENTS)? {
        let kind = match event.kind.as_str() {
            "Shuffle" => EventKind::Shuffle,
            "PartialDecryption" => EventKind::PartialDecryption,
            _ => continue,
        };
        let frame = object(conn, &event, 1)?;
        let (owner, hash) = folkmoot_ballot::archive::parse_owned(&frame).map_err(AppError::internal)?;
        given.push(Given { kind, owner, hash });
    }
    Ok(given)
}

/// The result object of a counted election.
///
/// # Errors
/// `NotFound` before there is one.
pub fn result_json(conn: &mut Conn, election: &Election) -> AppResult<String> {
    let state = ballot_box::log_state(conn, election.id)?.ok_or_else(AppError::not_found)?;
    let last = ballot_box::event_at(conn, election.id, state.size - 1)?.ok_or_else(AppError::not_found)?;
    if last.kind != EventKind::Result.name() {
        return Err(AppError::not_found());
    }
    let raw = ballot_box::object_bytes(conn, election.id, &last.objects)?;
    String::from_utf8(raw).map_err(AppError::internal)
}

/// The election object and what its trustees have to decrypt at this moment.
///
/// # Errors
/// `Conflict` before the tally.
pub fn to_decrypt<G: Group>(
    conn: &mut Conn,
    election: &Election,
) -> AppResult<(Object<G>, EncryptedTally<G>)> {
    let sealed = read(conn, election)?;
    let object = Object::<G>::parse(&sealed.election).map_err(AppError::internal)?;
    let tally = current(&sealed, &object)?;
    Ok((object, tally))
}

fn object(conn: &mut Conn, event: &Event, place: usize) -> AppResult<Vec<u8>> {
    let hash =
        event.objects.split(',').nth(place).ok_or_else(|| AppError::internal("an object is missing"))?;
    Ok(ballot_box::object_bytes(conn, event.election_id, hash)?)
}

fn read(conn: &mut Conn, election: &Election) -> AppResult<Sealed> {
    let setup = ballot_box::event_at(conn, election.id, 0)?.ok_or_else(AppError::not_found)?;
    let from = ballot_box::height_of(conn, election.id, EventKind::EncryptedTally.name())?
        .ok_or_else(|| AppError::conflict("The ballots have not been added up yet."))?;
    let mut events = ballot_box::events(conn, election.id, from, MOST_EVENTS)?.into_iter();
    let tally = events
        .next()
        .filter(|e| e.kind == EventKind::EncryptedTally.name())
        .ok_or_else(|| AppError::conflict("The ballots have not been added up yet."))?;
    let sized: serde_json::Value =
        serde_json::from_slice(&object(conn, &tally, 1)?).map_err(AppError::internal)?;
    let number = |name: &str| {
        let value = sized.get(name);
        value
            .and_then(|v| v.as_u64().or_else(|| v.as_str()?.parse().ok()))
            .ok_or_else(|| AppError::internal("the sized tally lacks a number"))
    };
    let mut sealed = Sealed {
        election: object(conn, &setup, 0)?,
        trustees: object(conn, &setup, 1)?,
        encrypted: object(conn, &tally, 0)?,
        counted: number("num_tallied")?,
        weight: number("total_weight")?,
        shuffles: Vec::new(),
        decryptions: Vec::new(),
    };
    for event in events {
        let list = match event.kind.as_str() {
            "Shuffle" => &mut sealed.shuffles,
            "PartialDecryption" => &mut sealed.decryptions,
            _ => continue,
        };
        let frame = object(conn, &event, 1)?;
        let (owner, _) = folkmoot_ballot::archive::parse_owned(&frame).map_err(AppError::internal)?;
        list.push((owner, object(conn, &event, 0)?));
    }
    Ok(sealed)
}

/// The ciphertexts to shuffle or decrypt, after the shuffles stored.
fn current<G: Group>(sealed: &Sealed, object: &Object<G>) -> AppResult<EncryptedTally<G>> {
    tally_after(sealed, object, sealed.shuffles.len())
}

/// The ciphertexts after the first `shuffles` shuffles.
fn tally_after<G: Group>(
    sealed: &Sealed,
    object: &Object<G>,
    shuffles: usize,
) -> AppResult<EncryptedTally<G>> {
    let size = usize::try_from(sealed.counted).map_err(AppError::internal)?;
    let row = |n: usize| Shape::row(std::iter::repeat_n(Ciphertext::<G>::identity(), n));
    let entries = object.questions().iter().map(|q| match q.layout() {
        Layout::Flat(n) => row(n),
        Layout::PerBallot => row(size),
        Layout::Nested(sizes) => Shape::Array(sizes.into_iter().map(row).collect()),
    });
    let skeleton = Shape::Array(entries.collect());
    let mut reader = Reader::from_bytes(&sealed.encrypted).map_err(AppError::internal)?;
    let shape = skeleton.read_like(&mut reader, &mut Ciphertext::read).map_err(AppError::internal)?;
    let tally = EncryptedTally { shape };
    let Some((_, last)) = shuffles.checked_sub(1).and_then(|i| sealed.shuffles.get(i)) else {
        return Ok(tally);
    };
    let shuffle = Shuffle::<G>::parse(last).map_err(AppError::internal)?;
    Ok(tally.with_questions(&object.mixed_questions(), &shuffle.ciphertexts))
}

fn check_shuffle<G: Group>(sealed: &Sealed, payload: &str) -> AppResult<()> {
    let object = Object::<G>::parse(&sealed.election).map_err(AppError::internal)?;
    let tally = current(sealed, &object)?;
    let inputs: Vec<Vec<Ciphertext<G>>> =
        object.mixed_questions().into_iter().map(|i| tally.question(i)).collect();
    let refused = |e: &dyn std::fmt::Display| invalid("shuffle", format!("It is refused: {e}."));
    let shuffle = Shuffle::<G>::parse(payload.as_bytes()).map_err(|e| refused(&e))?;
    let key = G::decode_key(object.key_text()).map_err(AppError::internal)?;
    let mixnet = Mixnet::<G>::new(object.fingerprint(), &key);
    let Err(error) = mixnet.verify(&inputs, &shuffle) else { return Ok(()) };
    // Somebody else's shuffle may have come in while this one was made.
    for known in 0..sealed.shuffles.len() {
        let before = tally_after::<G>(sealed, &object, known)?;
        let inputs: Vec<_> = object.mixed_questions().into_iter().map(|i| before.question(i)).collect();
        if mixnet.verify(&inputs, &shuffle).is_ok() {
            return Err(AppError::conflict(
                "Another trustee's shuffle came in while yours was made. Reload this page and shuffle once more.",
            ));
        }
    }
    Err(refused(&error))
}

fn invalid(field: &str, message: String) -> AppError {
    FieldErrors::one(field, message).into()
}

/// Checks every decryption, the last one being new, and opens the tally when there are enough.
fn open<G: Group>(sealed: &Sealed) -> AppResult<Option<String>> {
    let object = Object::<G>::parse(&sealed.election).map_err(AppError::internal)?;
    let trustees = Trustees::<G>::parse(&sealed.trustees).map_err(AppError::internal)?;
    let tally = current(sealed, &object)?;
    let mut decryptions = Decryptions::new(object.fingerprint(), &trustees, tally.shape);
    for (owner, payload) in &sealed.decryptions {
        let refused =
            |e: &dyn std::fmt::Display| invalid("partial_decryption", format!("It is refused: {e}."));
        match decryptions.submit(*owner, payload).map_err(|e| refused(&e))? {
            Submission::Accepted => {}
            Submission::PassedOver(error) => return Err(refused(&error)),
        }
    }
    if decryptions.sufficient().is_err() {
        return Ok(None);
    }
    let opened = decryptions.combine().map_err(AppError::internal)?;
    let result = ElectionResult::decode::<G>(object.questions(), &opened, sealed.weight)
        .map_err(AppError::internal)?;
    Ok(Some(result.to_json()))
}
