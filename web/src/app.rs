//! [`App`]: what every part of the program shares — settings, store, clock, randomness, keys — and the two ways into the
//! database.

use std::fmt;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use folkmoot_store::{Conn, PublicId, Store, Turn, Utc, organisation};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use crate::auth::password::Dummy;
use crate::chance::Chance;
use crate::clock::{Clock, ClockWatch};
use crate::config::Config;
use crate::demo::Demo;
use crate::elections::BallotBoxes;
use crate::error::{AppError, AppResult};
use crate::gate::Gate;
use crate::keys::Keys;
use crate::site::pages as site_pages;

/// Ballots whose proofs wait to be checked; each takes a few milliseconds and at most a few mebibytes.
const PROOF_QUEUE: usize = 256;

/// How the organisation presents itself; changed by staff, kept in the settings table under `organisation`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Organisation {
    /// Shown in the page head, titles and mails.
    pub name: String,
    /// Where people turn to with questions.
    pub contact: String,
    /// Postal address in one line, for the end of mails; empty when none is given.
    pub postal_address: String,
    /// Colour of buttons and links, `#0b5563`; empty for the standard one. Always readable on the pages.
    pub brand: String,
    /// IANA name of the zone that mails and visitors are told beside UTC, and that new accounts begin with.
    pub time_zone: String,
    /// Shown in the page head; `None` for that of the program.
    pub logo: Option<Logo>,
}

/// The organisation's logo, a row of `images`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logo {
    /// SHA-256 of the file in hexadecimal.
    pub hash: String,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

impl Default for Organisation {
    fn default() -> Self {
        Self {
            name: "Folkmoot".into(),
            contact: String::new(),
            postal_address: String::new(),
            brand: String::new(),
            time_zone: "UTC".into(),
            logo: None,
        }
    }
}

/// Handle to everything shared; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

struct Parts {
    config: Config,
    store: Store,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
    keys: Keys,
    organisation: RwLock<Arc<Organisation>>,
    write_gate: Semaphore,
    hash_gate: Gate,
    dummy_password: Dummy,
    demo: OnceLock<Arc<Demo>>,
    proof_gate: Gate,
    boxes: BallotBoxes,
    watch: ClockWatch,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("store", &self.0.store).finish_non_exhaustive()
    }
}

impl App {
    /// Puts the parts together and reads the organisation's settings.
    ///
    /// # Errors
    /// A database error.
    pub fn new(
        config: Config,
        store: Store,
        clock: Arc<dyn Clock>,
        chance: Arc<dyn Chance>,
        keys: Keys,
    ) -> AppResult<Self> {
        // One writer on SQLite: waiting here costs nothing, waiting in the pool of threads costs a thread.
        let writers = if store.is_sqlite() { 1 } else { 16 };
        let provers = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let (hashers, hash_queue) = (config.passwords.parallel, config.passwords.queue);
        let watch = ClockWatch::new(clock.as_ref());
        let app = Self(Arc::new(Parts {
            config,
            store,
            clock,
            chance,
            keys,
            organisation: RwLock::default(),
            write_gate: Semaphore::new(writers),
            hash_gate: Gate::new(hashers, hash_queue, Duration::from_secs(10)),
            dummy_password: Dummy::default(),
            demo: OnceLock::new(),
            proof_gate: Gate::new(provers, PROOF_QUEUE, Duration::from_secs(30)),
            boxes: BallotBoxes::default(),
            watch,
        }));
        app.reload_organisation()?;
        let pages = &app.0.store;
        if !pages.read(site_pages::lacking)?.is_empty() {
            let now = app.now();
            pages.write(|c| site_pages::write_first_versions(c, now))?;
        }
        Ok(app)
    }

    /// The settings the program was started with.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The database, for code that runs outside of requests (command line, worker threads).
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Keys derived from the installation's secret.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Utc {
        self.0.clock.now()
    }

    /// Microseconds that have really passed since some moment, for measuring spans.
    #[must_use]
    pub fn steady(&self) -> i64 {
        self.0.clock.steady()
    }

    /// `N` random bytes.
    ///
    /// # Errors
    /// `Internal` when the system has none.
    pub fn random<const N: usize>(&self) -> AppResult<[u8; N]> {
        let mut bytes = [0; N];
        self.0.chance.fill(&mut bytes).map_err(AppError::internal)?;
        Ok(bytes)
    }

    /// A fresh public id.
    ///
    /// # Errors
    /// `Internal` when the system has no randomness.
    pub fn public_id(&self) -> AppResult<PublicId> {
        Ok(PublicId::new(self.now(), self.random()?))
    }

    /// An absolute address under the configured public URL. `path` begins with a slash.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.0.config.public_url.trim_end_matches('/'))
    }

    /// How the organisation presents itself.
    #[must_use]
    pub fn organisation(&self) -> Arc<Organisation> {
        self.0.organisation.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// An instant in UTC and in the organisation's time zone, for mails.
    #[must_use]
    pub fn when(&self, at: Utc) -> String {
        crate::http::when::stated(at, &self.organisation().time_zone)
    }

    /// The demonstration this process shows; `None` for every other installation.
    #[must_use]
    pub fn demo(&self) -> Option<Arc<Demo>> {
        self.0.demo.get().cloned()
    }

    /// Moves the clock on, where that is possible at all: in demonstrations and tests.
    pub fn move_clock(&self, span: chrono::TimeDelta) -> bool {
        self.0.clock.move_on(span)
    }

    /// Makes this process show a demonstration. Called once, before anything is served.
    #[must_use]
    pub fn showing(self, demo: Arc<Demo>) -> Self {
        self.0.demo.get_or_init(|| demo);
        self
    }

    /// Reads the organisation's settings again, after they were changed here or by another process.
    ///
    /// # Errors
    /// A database error.
    pub fn reload_organisation(&self) -> AppResult<()> {
        let found: Option<Organisation> =
            self.0.store.read(|c| Ok::<_, AppError>(organisation::setting(c, "organisation")?))?;
        *self.0.organisation.write().unwrap_or_else(PoisonError::into_inner) =
            Arc::new(found.unwrap_or_default());
        Ok(())
    }

    /// Runs `f` on a thread for blocking work, in a transaction that reads one consistent state.
    ///
    /// # Errors
    /// What `f` fails with; `Unavailable` when no connection is free.
    pub async fn read<T, F>(&self, f: F) -> AppResult<T>
    where
        F: FnOnce(&mut Conn) -> AppResult<T> + Send + 'static,
        T: Send + 'static,
    {
        let store = self.0.store.clone();
        self.blocking(move || store.read(f)).await?
    }

    /// Runs `f` on a thread for blocking work, in a writing transaction that commits when `f` returns `Ok`.
    ///
    /// `f` may run several times on PostgreSQL: everything but the database must be left alone inside it. Mails and jobs
    /// are rows written in the same transaction.
    ///
    /// # Errors
    /// What `f` fails with; `Unavailable` when no connection is free.
    pub async fn write<T, F>(&self, f: F) -> AppResult<T>
    where
        F: FnMut(&mut Conn) -> AppResult<T> + Send + 'static,
        T: Send + 'static,
    {
        let _turn = self.0.write_gate.acquire().await.map_err(AppError::internal)?;
        let store = self.0.store.clone();
        self.blocking(move || store.write(f)).await?
    }

    /// [`App::write`] for writers of one thing, which queue; see [`folkmoot_store::Store::write_in_turn`].
    ///
    /// # Errors
    /// See [`App::write`].
    pub async fn write_in_turn<T, F>(&self, turn: Turn, f: F) -> AppResult<T>
    where
        F: FnMut(&mut Conn) -> AppResult<T> + Send + 'static,
        T: Send + 'static,
    {
        let _turn = self.0.write_gate.acquire().await.map_err(AppError::internal)?;
        let store = self.0.store.clone();
        self.blocking(move || store.write_in_turn(turn, f)).await?
    }

    /// Runs slow, synchronous work away from the threads that answer requests.
    ///
    /// # Errors
    /// `Internal` when the work panics.
    pub async fn blocking<T, F>(&self, f: F) -> AppResult<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        tokio::task::spawn_blocking(f).await.map_err(AppError::internal)
    }

    /// The hash compared with for people who do not exist.
    #[must_use]
    pub fn dummy_password(&self) -> &Dummy {
        &self.0.dummy_password
    }

    /// Runs a password hash: at most a few at once, because each takes tens of mebibytes; a bounded queue before them.
    ///
    /// # Errors
    /// `Unavailable` when too many wait already.
    pub async fn hashing<T, F>(&self, f: F) -> AppResult<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let busy =
            || AppError::unavailable("Many people are signing in at this moment. Nothing was changed.");
        let _turn = self.0.hash_gate.enter().await.ok_or_else(busy)?;
        self.blocking(f).await
    }

    /// Checks proofs: as many at once as there are processors, a bounded queue before them (requirement CST-02).
    ///
    /// # Errors
    /// `Unavailable` when too many wait already.
    pub async fn proving<T, F>(&self, f: F) -> AppResult<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let busy = || AppError::unavailable("Many ballots arrive at this moment; nothing was stored.");
        let _turn = self.0.proof_gate.enter().await.ok_or_else(busy)?;
        self.blocking(f).await
    }

    /// How far the clock has jumped since [`App::settle_clock`]: what it shows against what has passed.
    #[must_use]
    pub fn clock_jump(&self) -> chrono::TimeDelta {
        self.0.watch.look(self.0.clock.as_ref())
    }

    /// Begins to watch the clock anew from what it shows now.
    pub fn settle_clock(&self) {
        self.0.watch.settle(self.0.clock.as_ref());
    }

    /// Ballot boxes that this process has open.
    #[must_use]
    pub fn boxes(&self) -> &BallotBoxes {
        &self.0.boxes
    }
}
