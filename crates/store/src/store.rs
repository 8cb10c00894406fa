//! The store: pools, and the two kinds of transaction.
//!
//! SQLite has one writer connection behind a mutex (`BEGIN IMMEDIATE`) and several readers that cannot write. PostgreSQL
//! has one pool; writes are `SERIALIZABLE` and tried again when the server reports a conflict.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::r2d2::{Pool, PooledConnection};
use diesel::sql_types::Text;

use crate::conn::{Address, Conn, Manager, network_file_system};
use crate::error::{StoreError, TransactionFailure};
use crate::migrate;

/// How often a conflicting `SERIALIZABLE` transaction is tried before giving up.
const TRIES: u32 = 20;

/// Namespace of [`Turn`] among PostgreSQL's advisory locks.
const TURNS: i64 = 0x464f_4c54;

/// What writers of one thing queue for before their transactions begin; see [`Store::write_in_turn`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn(i64);

impl Turn {
    /// For everything that appends to the log of one election.
    #[must_use]
    pub fn of_election(id: i64) -> Self {
        Self((TURNS << 32) ^ id)
    }

    /// Waits, at most as long as a statement may take, until nobody else has the turn.
    fn take(self, conn: &mut Conn) -> Result<(), StoreError> {
        let asked = format!("SELECT pg_advisory_lock({})", self.0);
        conn.batch_execute(&asked).map_err(|e| StoreError::Busy(e.to_string()))
    }

    /// Where this fails the connection is lost, and the server gives the turn back itself.
    fn give_back(self, conn: &mut Conn) {
        if let Err(error) = conn.batch_execute(&format!("SELECT pg_advisory_unlock({})", self.0)) {
            tracing::warn!(%error, "a turn could not be given back");
        }
    }
}

/// Settings of [`Store::open`].
#[derive(Debug, Clone)]
pub struct Options {
    /// Connections for reading (SQLite) or in all (PostgreSQL).
    pub connections: u32,
    /// Refuse a PostgreSQL server whose settings could lose acknowledged data. Off only for throw-away test servers.
    pub require_durable: bool,
    /// Apply missing migrations. When false, a database that lacks one is refused.
    pub migrate: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { connections: 6, require_durable: true, migrate: true }
    }
}

/// Handle to the database; cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    readers: Pool<Manager>,
    /// `Some` on SQLite only. The slot is empty after a closure panicked: the connection is dropped, which rolls back.
    writer: Option<(Manager, Mutex<Option<Conn>>)>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_sqlite() { "Store(SQLite)" } else { "Store(PostgreSQL)" })
    }
}

impl Store {
    /// Opens the database at `url` (`sqlite:PATH` or `postgres://…`) and brings it up to date.
    ///
    /// # Errors
    /// [`StoreError`], whose text is one sentence that says what to do, when the address is wrong, the settings are unsafe
    /// (requirement OPS-02), or a migration fails.
    pub fn open(url: &str, options: &Options) -> Result<Self, StoreError> {
        let address = Address::parse(url)?;
        let manager = Manager { address: address.clone(), read_only: false };
        if let Address::Sqlite(path) = &address {
            create_private(path)?;
            if let Some(kind) = network_file_system(path) {
                return Err(StoreError::Unsafe(format!(
                    "{} lies on a network file system ({kind}), where SQLite can lose data; use a local disk or PostgreSQL",
                    path.display()
                )));
            }
        }
        let mut first = manager.open()?;
        check_settings(&mut first, options)?;
        if options.migrate {
            for name in migrate::apply(&mut first)? {
                tracing::info!(migration = %name, "migration applied");
            }
        } else if let Some(name) = migrate::pending_migrations(&mut first)?.first() {
            return Err(StoreError::Migration(format!("{name} is missing; run `folkmoot migrate` first")));
        }
        let sqlite = matches!(address, Address::Sqlite(_));
        let readers = Pool::builder()
            .max_size(options.connections.max(1))
            .min_idle(Some(0))
            .connection_timeout(Duration::from_secs(5))
            .error_handler(Box::new(diesel::r2d2::NopErrorHandler))
            .build_unchecked(Manager { address, read_only: sqlite });
        let writer = sqlite.then(|| (manager, Mutex::new(Some(first))));
        Ok(Self { inner: Arc::new(Inner { readers, writer }) })
    }

    /// True when the database is a SQLite file: then one write runs at a time.
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        self.inner.writer.is_some()
    }

    /// Runs `f` in a read-only transaction: it sees one consistent state.
    ///
    /// # Errors
    /// What `f` fails with, or a [`StoreError`] turned into it.
    pub fn read<T, E: TransactionFailure>(&self, f: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        let mut conn = self.pooled()?;
        begin(&mut conn, Kind::Read)?;
        let result = f(&mut conn);
        // Nothing was written, so both ends of the transaction are the same.
        <Conn as Connection>::TransactionManager::rollback_transaction(&mut *conn)?;
        result
    }

    /// Runs `f` in a writing transaction and commits when it returns `Ok`.
    ///
    /// On PostgreSQL `f` may run several times, so it must have no effect but on the database: mails and other effects go
    /// into tables and happen after the commit.
    ///
    /// # Errors
    /// What `f` fails with (everything is rolled back), or a [`StoreError`] turned into it.
    pub fn write<T, E: TransactionFailure>(&self, f: impl FnMut(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        let mut f = f;
        if let Some((manager, slot)) = &self.inner.writer {
            let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
            let mut conn = match slot.take() {
                Some(conn) => conn,
                None => manager.open()?,
            };
            let result = attempt(&mut conn, &mut f);
            if !broken(&mut conn) {
                *slot = Some(conn);
            }
            return result;
        }
        self.write_repeatedly(None, f)
    }

    /// [`Store::write`] for writers that would always conflict, such as casts into one ballot box: they queue. A serializable
    /// transaction that waits for a lock inside still fails, because it sees the database as it was before it waited. So the
    /// turn belongs to the session, is taken before the transaction begins and given back after it was committed.
    ///
    /// This saves tries and nothing else: that two writers never do the same thing is the database's affair, with or without
    /// a turn. On SQLite all writers queue anyway.
    ///
    /// # Errors
    /// See [`Store::write`]; [`StoreError::Busy`] when the turn did not come in time.
    pub fn write_in_turn<T, E: TransactionFailure>(
        &self,
        turn: Turn,
        f: impl FnMut(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.is_sqlite() { self.write(f) } else { self.write_repeatedly(Some(turn), f) }
    }

    fn write_repeatedly<T, E: TransactionFailure>(
        &self,
        turn: Option<Turn>,
        mut f: impl FnMut(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut tries = 0;
        loop {
            let mut conn = self.pooled()?;
            if let Some(turn) = turn {
                turn.take(&mut conn)?;
            }
            let result = attempt(&mut conn, &mut f);
            if let Some(turn) = turn {
                turn.give_back(&mut conn);
            }
            tries += 1;
            match result {
                Err(e) if e.worth_retrying() && tries < TRIES => {
                    drop(conn);
                    std::thread::sleep(pause(tries));
                }
                other => return other,
            }
        }
    }

    fn pooled(&self) -> Result<PooledConnection<Manager>, StoreError> {
        self.inner.readers.get().map_err(|e| StoreError::Busy(e.to_string()))
    }

    /// Writes a consistent copy of a SQLite database to `target`, which must not exist.
    ///
    /// # Errors
    /// [`StoreError::Address`] on PostgreSQL, whose own tools make backups; otherwise a database error.
    pub fn copy_to(&self, target: &std::path::Path) -> Result<(), StoreError> {
        let Some((manager, _)) = &self.inner.writer else {
            return Err(StoreError::Address("this database is PostgreSQL; copy it with pg_dump".into()));
        };
        let text = target
            .to_str()
            .ok_or_else(|| StoreError::Address("the path of the copy must be valid UTF-8".into()))?;
        match manager.open()? {
            Conn::Sqlite(mut c) => {
                diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(text).execute(&mut c)?;
                Ok(())
            }
            Conn::Postgres(_) => Ok(()),
        }
    }
}

/// Waits 1 ms and more, longer with each try, spread by the thread's identity so that two rivals do not stay in step.
fn pause(tries: u32) -> Duration {
    use std::hash::{BuildHasher, RandomState};
    let spread = RandomState::new().hash_one(tries) % 4 + 1;
    Duration::from_millis(spread * u64::from(tries.min(10)))
}

enum Kind {
    Read,
    Write,
}

fn begin(conn: &mut Conn, kind: Kind) -> QueryResult<()> {
    match (conn, kind) {
        (Conn::Sqlite(c), Kind::Read) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN DEFERRED"),
        // A deferred transaction that upgrades later fails at once under contention; see docs/architecture.md.
        (Conn::Sqlite(c), Kind::Write) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE"),
        (Conn::Postgres(c), Kind::Read) => AnsiTransactionManager::begin_transaction_sql(
            c,
            "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
        ),
        (Conn::Postgres(c), Kind::Write) => {
            AnsiTransactionManager::begin_transaction_sql(c, "BEGIN TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        }
    }
}

fn attempt<T, E: TransactionFailure>(
    conn: &mut Conn,
    f: &mut impl FnMut(&mut Conn) -> Result<T, E>,
) -> Result<T, E> {
    type Manager = <Conn as Connection>::TransactionManager;
    begin(conn, Kind::Write)?;
    match f(conn) {
        Ok(value) => {
            Manager::commit_transaction(conn)?;
            Ok(value)
        }
        Err(error) => {
            // The first error is the one to report; a failed roll-back marks the connection as broken.
            let _ = Manager::rollback_transaction(conn);
            Err(error)
        }
    }
}

fn broken(conn: &mut Conn) -> bool {
    use diesel::r2d2::R2D2Connection;
    conn.is_broken()
}

/// Creates the file readable by its owner only; an existing file that others can read is refused.
fn create_private(path: &std::path::Path) -> Result<(), StoreError> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let cannot = |e: std::io::Error| StoreError::Open(format!("{}: {e}", path.display()));
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty() && !f.is_dir()) {
        return Err(StoreError::Address(format!(
            "the database cannot be {}, because {} is no folder; make that folder, or write another path after sqlite:",
            path.display(),
            folder.display()
        )));
    }
    match std::fs::metadata(path) {
        Ok(found) if found.permissions().mode() & 0o007 != 0 => Err(StoreError::Unsafe(format!(
            "{} can be read by everybody on this machine; run: chmod 600 {0}",
            path.display()
        ))),
        Ok(_) => Ok(()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            std::fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)
                .map_err(cannot)?;
            Ok(())
        }
        Err(e) => Err(cannot(e)),
    }
}

#[derive(QueryableByName)]
struct Shown {
    #[diesel(sql_type = Text)]
    value: String,
}

/// Refuses a database whose settings could lose an acknowledged write (requirement OPS-02).
fn check_settings(conn: &mut Conn, options: &Options) -> Result<(), StoreError> {
    match conn {
        Conn::Sqlite(c) => {
            let mode: Shown =
                diesel::sql_query("SELECT journal_mode AS value FROM pragma_journal_mode").get_result(c)?;
            let sync: Shown =
                diesel::sql_query("SELECT CAST(synchronous AS TEXT) AS value FROM pragma_synchronous")
                    .get_result(c)?;
            if mode.value != "wal" || sync.value != "2" {
                return Err(StoreError::Unsafe(format!(
                    "SQLite runs with journal_mode={} and synchronous={}, which can lose ballots; is the folder writable?",
                    mode.value, sync.value
                )));
            }
        }
        Conn::Postgres(c) => {
            c.batch_execute("SELECT 1")?;
            if !options.require_durable {
                return Ok(());
            }
            for name in ["fsync", "full_page_writes"] {
                let shown: Shown =
                    diesel::sql_query(format!("SELECT current_setting('{name}') AS value")).get_result(c)?;
                if shown.value != "on" {
                    return Err(StoreError::Unsafe(format!(
                        "the PostgreSQL server runs with {name}={}, which can lose ballots; turn it on",
                        shown.value
                    )));
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use diesel::Connection;
    use diesel::sqlite::SqliteConnection;

    use super::*;

    fn said(pragmas: &str, path: &str) -> Option<String> {
        let mut raw = SqliteConnection::establish(path).unwrap();
        raw.batch_execute(pragmas).unwrap();
        check_settings(&mut Conn::Sqlite(raw), &Options::default()).err().map(|e| e.to_string())
    }

    #[test]
    fn sqlite_settings_that_can_lose_a_write_are_refused() {
        let folder = crate::test_db::ScratchFolder::new("folkmoot-settings").unwrap();
        let path = folder.path().join("s.db").display().to_string();
        assert_eq!(said("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;", &path), None);
        for (pragmas, named) in [
            ("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;", "synchronous=1"),
            ("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;", "synchronous=0"),
            ("PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL;", "journal_mode=delete"),
        ] {
            let refused = said(pragmas, &path).unwrap();
            assert!(refused.contains(named) && refused.contains("can lose ballots"), "{refused}");
        }
        assert!(said("", ":memory:").unwrap().contains("journal_mode=memory"));
    }
}
