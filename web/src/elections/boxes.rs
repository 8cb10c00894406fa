//! Ballot boxes that this process has open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use folkmoot_store::elections::Election;
use folkmoot_store::elections::ballot_box;
use folkmoot_store::{Conn, PersonId};

use super::engine::{self, Engine};
use super::log::Log;
use super::preparation::Plan;
use crate::app::App;
use crate::error::{AppError, AppResult};

/// Everything needed to accept ballots of one election.
pub struct BallotBox {
    /// The protocol.
    pub engine: Box<dyn Engine>,
    /// The signed log.
    pub log: Log,
    /// Voters get a copy of their receipt by mail.
    pub mails_receipts: bool,
    /// One writer at a time in this process; the database arbitrates between processes.
    pub turn: tokio::sync::Mutex<()>,
    /// What each voter may still send at once. In memory only: a database would keep the instants of casting.
    pace: Mutex<HashMap<PersonId, Pace>>,
}

/// A voter's bucket: so many ballots at `at`, in microseconds of the steady clock.
#[derive(Clone, Copy)]
struct Pace {
    left: f64,
    at: i64,
}

/// Ballots that a voter may send at once; one more after each [`SECONDS_EACH`].
const BURST: f64 = 30.0;

/// Seconds after which one more may be sent.
const SECONDS_EACH: f64 = 10.0;

impl BallotBox {
    /// Takes one of the ballots that a voter may send; false when there is none left. Checking proofs is work.
    pub fn take_turn(&self, person: PersonId, steady_micros: i64) -> bool {
        let mut all = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        let before = all.get(&person).copied().unwrap_or(Pace { left: BURST, at: steady_micros });
        let passed = steady_micros.saturating_sub(before.at).max(0) as f64 / 1e6;
        let left = (before.left + passed / SECONDS_EACH).min(BURST);
        let allowed = left >= 1.0;
        let left = if allowed { left - 1.0 } else { left };
        all.insert(person, Pace { left, at: steady_micros });
        allowed
    }
}

/// The open boxes by election.
#[derive(Default)]
pub struct BallotBoxes(Mutex<HashMap<i64, Arc<BallotBox>>>);

impl BallotBoxes {
    /// The box of an election whose setup event is written; opened on first use.
    ///
    /// # Errors
    /// `NotFound` before the setup event, `Internal` when what is stored cannot be read.
    pub async fn get(&self, app: &App, election: &Election) -> AppResult<Arc<BallotBox>> {
        if let Some(held) = self.held(election.id) {
            return Ok(held);
        }
        let (clone, copy) = (app.clone(), election.clone());
        let opened = app.read(move |conn| open(conn, &clone, &copy)).await?;
        Ok(self.keep(election.id, opened))
    }

    /// The same for threads that may wait: jobs and seeds.
    ///
    /// # Errors
    /// See [`BallotBoxes::get`].
    pub fn get_now(&self, app: &App, election: &Election) -> AppResult<Arc<BallotBox>> {
        if let Some(held) = self.held(election.id) {
            return Ok(held);
        }
        let opened = app.store().read(|conn| open(conn, app, election))?;
        Ok(self.keep(election.id, opened))
    }

    fn held(&self, id: i64) -> Option<Arc<BallotBox>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    fn keep(&self, id: i64, opened: BallotBox) -> Arc<BallotBox> {
        let mut boxes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        boxes.entry(id).or_insert_with(|| Arc::new(opened)).clone()
    }
}

/// Opens the box of an election from the database.
///
/// # Errors
/// See [`BallotBoxes::get`].
pub fn open(conn: &mut Conn, app: &App, election: &Election) -> AppResult<BallotBox> {
    let json = election.election_json.as_deref().ok_or_else(AppError::not_found)?;
    let setup = ballot_box::event_at(conn, election.id, 0)?.ok_or_else(AppError::not_found)?;
    let credentials = setup
        .objects
        .split(',')
        .nth(2)
        .ok_or_else(|| AppError::internal("the setup event names no list of credentials"))?;
    let credentials = ballot_box::object_bytes(conn, election.id, credentials)?;
    Ok(BallotBox {
        engine: engine::open(json.as_bytes(), &credentials)?,
        log: Log::open(app, &election.uuid)?,
        mails_receipts: Plan::of(conn, election.id)?.is_some_and(|plan| plan.mails_receipts),
        turn: tokio::sync::Mutex::new(()),
        pace: Mutex::default(),
    })
}
