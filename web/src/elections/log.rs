//! The signed log beside the archive of each election: one leaf per event, one checkpoint per size, never two that
//! contradict each other.

use std::sync::{Mutex, PoisonError};

use folkmoot_ballot::archive::{Appended, Chain, EventKind};
use folkmoot_ballot::hash::Hash;
use folkmoot_ballot::receipt::tiles::Tile;
use folkmoot_ballot::receipt::{Checkpoint, KeyKind, Receipt, SignedCheckpoint, SigningKey, Tree};
use folkmoot_store::Conn;
use folkmoot_store::elections::Election;
use folkmoot_store::elections::ballot_box::{self, Event, LogState, Object};

use crate::app::App;
use crate::error::{AppError, AppResult};

/// Events read from the database at once.
const BATCH: i64 = 2_000;

/// The log of one election in this process: its key, and the tree as far as it has been read.
pub struct Log {
    origin: String,
    key: SigningKey,
    tree: Mutex<Tree>,
}

/// What appending gave.
pub struct Logged {
    /// The event.
    pub appended: Appended,
    /// The receipt for it.
    pub receipt: Receipt,
}

/// The identity of an election's log: host of the public URL, `/e/`, identifier in the archive.
#[must_use]
pub fn origin(app: &App, uuid: &str) -> String {
    let url = app.config().public_url.trim_end_matches('/');
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    format!("{host}/e/{uuid}")
}

impl Log {
    /// The log of an election. The key is derived from the installation's secret for this log alone.
    ///
    /// # Errors
    /// `Internal` when the public URL cannot be part of a key name.
    pub fn open(app: &App, uuid: &str) -> AppResult<Self> {
        let origin = origin(app, uuid);
        let seed = app.keys().derive(&format!("ballot box log of {uuid}"));
        let key = SigningKey::from_seed(&origin, KeyKind::Log, seed).map_err(AppError::internal)?;
        Ok(Self { origin, key, tree: Mutex::new(Tree::new()) })
    }

    /// The identity of the log.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The key that checks its signatures, as text.
    #[must_use]
    pub fn verifier(&self) -> String {
        self.key.verifier().to_string()
    }

    /// Signs a text of the election's own, for example a quorum certificate.
    ///
    /// # Errors
    /// `Internal` when the text cannot be a note.
    pub fn sign(&self, text: &str) -> AppResult<String> {
        folkmoot_ballot::receipt::Note::sign(text, &self.key)
            .map(|n| n.to_string())
            .map_err(AppError::internal)
    }

    /// Appends an event with its objects, inside a writing transaction. `kinds` names the objects, in order.
    ///
    /// # Errors
    /// `Conflict` when an object is in the archive already or another process was faster.
    pub fn append(
        &self,
        conn: &mut Conn,
        election: &Election,
        kind: EventKind,
        objects: &[(&str, &[u8])],
    ) -> AppResult<Logged> {
        let state = ballot_box::log_state(conn, election.id)?;
        let size = state.as_ref().map_or(0, |s| s.size);
        let chain = self.chain(conn, election, size)?;
        let bytes: Vec<&[u8]> = objects.iter().map(|(_, bytes)| *bytes).collect();
        let (_, appended, _) = chain.next(kind, &bytes).map_err(AppError::internal)?;
        let mut hashes = Vec::with_capacity(objects.len());
        for (name, bytes) in objects {
            let hash = Hash::of(bytes).hex();
            let object = Object {
                election_id: election.id,
                hash: hash.clone(),
                kind: (*name).to_owned(),
                bytes: bytes.to_vec(),
            };
            ballot_box::insert_object(conn, &object)?;
            hashes.push(hash);
        }
        let text = String::from_utf8(appended.event.clone()).map_err(AppError::internal)?;
        let event = Event {
            election_id: election.id,
            height: size,
            kind: kind.name().to_owned(),
            event_json: text,
            event_hash: appended.hash.hex(),
            objects: hashes.join(","),
        };
        ballot_box::insert_event(conn, &event)?;

        let mut tree = self.tree.lock().unwrap_or_else(PoisonError::into_inner);
        catch_up(conn, election.id, &mut tree, state.as_ref())?;
        let index = tree.push(&appended.event);
        let checkpoint = Checkpoint::of(&self.origin, &tree).sign(&self.key).map_err(AppError::internal)?;
        let next = LogState {
            election_id: election.id,
            size: size + 1,
            root: root_text(&tree),
            checkpoint: checkpoint.to_string(),
        };
        let receipt =
            Receipt::under(&tree, index, &appended.event, checkpoint).map_err(AppError::internal)?;
        drop(tree);
        if !ballot_box::advance_log(conn, size, &next)? {
            return Err(AppError::conflict("Another process wrote to this ballot box at the same moment."));
        }
        Ok(Logged { appended, receipt })
    }

    /// The receipt for an event that was appended before, under the newest checkpoint.
    ///
    /// # Errors
    /// `NotFound` when there is no such event.
    pub fn receipt_for(&self, conn: &mut Conn, election: &Election, height: i64) -> AppResult<Receipt> {
        let state = ballot_box::log_state(conn, election.id)?.ok_or_else(AppError::not_found)?;
        let event = ballot_box::event_at(conn, election.id, height)?.ok_or_else(AppError::not_found)?;
        let mut tree = self.tree.lock().unwrap_or_else(PoisonError::into_inner);
        catch_up(conn, election.id, &mut tree, Some(&state))?;
        let checkpoint = SignedCheckpoint::parse(&state.checkpoint).map_err(AppError::internal)?;
        let index = u64::try_from(height).map_err(AppError::internal)?;
        Receipt::under(&tree, index, event.event_json.as_bytes(), checkpoint).map_err(AppError::internal)
    }

    /// The proof that the log of size `new` extends that of size `old`.
    ///
    /// # Errors
    /// `NotFound` when the log does not reach so far.
    pub fn consistency(
        &self,
        conn: &mut Conn,
        election: &Election,
        old: u64,
        new: u64,
    ) -> AppResult<Vec<[u8; 32]>> {
        let state = ballot_box::log_state(conn, election.id)?.ok_or_else(AppError::not_found)?;
        let mut tree = self.tree.lock().unwrap_or_else(PoisonError::into_inner);
        catch_up(conn, election.id, &mut tree, Some(&state))?;
        tree.consistency(old, new).map_err(|_| AppError::not_found())
    }

    /// The content of a tile of this log. The caller makes sure that the public sees all of it.
    ///
    /// # Errors
    /// `NotFound` when the log does not reach so far.
    pub fn tile(&self, conn: &mut Conn, election: &Election, tile: Tile) -> AppResult<Vec<u8>> {
        let state = ballot_box::log_state(conn, election.id)?.ok_or_else(AppError::not_found)?;
        let mut tree = self.tree.lock().unwrap_or_else(PoisonError::into_inner);
        catch_up(conn, election.id, &mut tree, Some(&state))?;
        tile.bytes(&tree).map_err(|_| AppError::not_found())
    }

    fn chain(&self, conn: &mut Conn, election: &Election, size: i64) -> AppResult<Chain> {
        let timestamp = u64::try_from(election.archive_seconds).map_err(AppError::internal)?;
        let mut chain = Chain::new(timestamp);
        if size > 0 {
            let last = ballot_box::event_at(conn, election.id, size - 1)?
                .ok_or_else(|| AppError::internal("the log has no event below its size"))?;
            chain.height = u64::try_from(size).map_err(AppError::internal)?;
            chain.parent = Some(Hash::of(last.event_json.as_bytes()));
        }
        Ok(chain)
    }
}

fn root_text(tree: &Tree) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(tree.root())
}

/// Brings the tree to exactly the size of the log. A transaction that was rolled back may have left a leaf too many, and
/// another process may have put another event in its place: then the root differs, and the tree is built again.
fn catch_up(conn: &mut Conn, election_id: i64, tree: &mut Tree, state: Option<&LogState>) -> AppResult<()> {
    let Some(state) = state else {
        *tree = Tree::new();
        return Ok(());
    };
    let size = u64::try_from(state.size).map_err(AppError::internal)?;
    if tree.size() > size {
        *tree = Tree::new();
    }
    read_on(conn, election_id, tree, size)?;
    if root_text(tree) != state.root {
        *tree = Tree::new();
        read_on(conn, election_id, tree, size)?;
    }
    if root_text(tree) != state.root {
        return Err(AppError::internal("the events of the ballot box are not those that were signed"));
    }
    Ok(())
}

fn read_on(conn: &mut Conn, election_id: i64, tree: &mut Tree, size: u64) -> AppResult<()> {
    while tree.size() < size {
        let from = i64::try_from(tree.size()).map_err(AppError::internal)?;
        let events = ballot_box::events(conn, election_id, from, BATCH)?;
        if events.is_empty() {
            return Err(AppError::internal("events of the ballot box are missing"));
        }
        for event in events.iter().take_while(|e| u64::try_from(e.height).is_ok_and(|h| h < size)) {
            tree.push(event.event_json.as_bytes());
        }
    }
    Ok(())
}
