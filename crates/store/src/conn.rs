//! The connection type over both databases, and where a database address points to.

use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::ManageConnection;

use crate::error::StoreError;

mod multi {
    #![allow(missing_docs, reason = "the derive makes public items without documentation")]
    use diesel::prelude::*;

    /// A connection to either database. Queries are written once against this type.
    #[derive(diesel::MultiConnection)]
    pub enum Conn {
        /// SQLite, compiled in.
        Sqlite(SqliteConnection),
        /// PostgreSQL.
        Postgres(PgConnection),
    }
}

// The backend is public for the macros that declare column types elsewhere.
pub use multi::{Conn, MultiBackend};

/// Runs one body on the concrete connection, for the few queries that do not compile for both at once
/// (`on_conflict`, batch inserts), or one body per database. Used by name, so that a search lists every divergence.
#[macro_export]
macro_rules! on_backend {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::Conn::Sqlite($c) => $body,
            $crate::Conn::Postgres($c) => $body,
        }
    };
    ($conn:expr, sqlite($s:ident) => $sqlite:expr, postgres($p:ident) => $postgres:expr $(,)?) => {
        match $conn {
            $crate::Conn::Sqlite($s) => $sqlite,
            $crate::Conn::Postgres($p) => $postgres,
        }
    };
}

/// Where a database address points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A file.
    Sqlite(PathBuf),
    /// A server, with the complete connection URL.
    Postgres(String),
}

impl Address {
    /// Parses `sqlite:PATH` or `postgres://…`.
    ///
    /// # Errors
    /// [`StoreError::Address`] for any other scheme, for an in-memory SQLite database (it would lose everything), and for a
    /// PostgreSQL address that demands TLS from a build without it.
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path.contains(":memory:") || path.contains('?') {
                return Err(StoreError::Address(
                    "the database address must name a file, for example sqlite:/var/lib/folkmoot/folkmoot.db"
                        .into(),
                ));
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let demands_tls = ["require", "verify-ca", "verify-full"]
                .iter()
                .any(|mode| url.to_ascii_lowercase().contains(&format!("sslmode={mode}")));
            if demands_tls && !cfg!(feature = "system-libpq") {
                return Err(StoreError::Address(
                    "this build cannot speak TLS to PostgreSQL; build with --no-default-features --features \
                     system-libpq, or use a local socket and drop sslmode from the address"
                        .into(),
                ));
            }
            return Ok(Self::Postgres(url.to_owned()));
        }
        let scheme: String = url.chars().take_while(|c| *c != ':').take(20).collect();
        Err(StoreError::Address(format!(
            "unknown kind of database {scheme:?}; write sqlite:PATH or postgres://USER@HOST/NAME"
        )))
    }
}

/// Opens connections for the pool.
#[derive(Debug, Clone)]
pub(crate) struct Manager {
    pub(crate) address: Address,
    pub(crate) read_only: bool,
}

const SQLITE_SETTINGS: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0; \
     PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 1000;";

const POSTGRES_SETTINGS: &str = "SET TIME ZONE 'UTC'; SET client_min_messages = warning; SET statement_timeout = '60s'; \
     SET idle_in_transaction_session_timeout = '60s'; SET synchronous_commit = on;";

impl Manager {
    pub(crate) fn open(&self) -> Result<Conn, StoreError> {
        // The client library speaks in several lines, and ends with a question of its own.
        let open = |e: &dyn std::fmt::Display| {
            let words = e.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
            let said = words.split(" Is the server running").next().unwrap_or(&words).to_owned();
            StoreError::Open(format!("{said}; is the server running, and is database_url right?"))
        };
        match &self.address {
            Address::Sqlite(path) => {
                let text = path.to_str().ok_or_else(|| {
                    StoreError::Address("the path of the database must be valid UTF-8".into())
                })?;
                let here = |e: &dyn std::fmt::Display| StoreError::Open(format!("{}: {e}", path.display()));
                let mut c = SqliteConnection::establish(text).map_err(|e| here(&e))?;
                c.batch_execute(SQLITE_SETTINGS).map_err(|e| here(&e))?;
                if self.read_only {
                    c.batch_execute("PRAGMA query_only = ON;").map_err(|e| here(&e))?;
                }
                Ok(Conn::Sqlite(c))
            }
            Address::Postgres(url) => {
                let mut c = PgConnection::establish(url).map_err(|e| open(&e))?;
                c.batch_execute(POSTGRES_SETTINGS).map_err(|e| open(&e))?;
                Ok(Conn::Postgres(c))
            }
        }
    }
}

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = StoreError;

    fn connect(&self) -> Result<Conn, StoreError> {
        self.open()
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<(), StoreError> {
        match conn {
            Conn::Sqlite(_) => Ok(()),
            Conn::Postgres(c) => Ok(c.batch_execute("SELECT 1")?),
        }
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        // A closure that panicked leaves its transaction open; such a connection is thrown away.
        use diesel::connection::TransactionManager;
        type Of<C> = <C as Connection>::TransactionManager;
        on_backend!(conn,
            sqlite(c) => Of::<SqliteConnection>::is_broken_transaction_manager(c) || in_transaction::<SqliteConnection>(c),
            postgres(c) => Of::<PgConnection>::is_broken_transaction_manager(c) || in_transaction::<PgConnection>(c))
    }
}

fn in_transaction<C: Connection>(c: &mut C) -> bool {
    use diesel::connection::TransactionManager;
    C::TransactionManager::transaction_manager_status_mut(c)
        .transaction_depth()
        .is_ok_and(|depth| depth.is_some())
}

/// The type of file system that holds `path`, when it is one shared over a network: locks are not reliable there.
pub(crate) fn network_file_system(path: &Path) -> Option<String> {
    let folder = path.parent()?.canonicalize().ok()?;
    let mounts = std::fs::read_to_string("/proc/self/mounts").ok()?;
    let mut best: (usize, &str) = (0, "");
    for line in mounts.lines() {
        let mut fields = line.split(' ');
        let (Some(_), Some(at), Some(kind)) = (fields.next(), fields.next(), fields.next()) else { continue };
        if folder.starts_with(at) && at.len() >= best.0 {
            best = (at.len(), kind);
        }
    }
    let network = ["nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "afs", "ceph", "fuse.glusterfs"];
    network.contains(&best.1).then(|| best.1.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_parsed_or_refused_in_one_sentence() {
        assert_eq!(Address::parse("sqlite:/a/b.db").unwrap(), Address::Sqlite("/a/b.db".into()));
        assert_eq!(Address::parse("sqlite:///a/b.db").unwrap(), Address::Sqlite("/a/b.db".into()));
        assert!(matches!(Address::parse("postgres://u@h/n").unwrap(), Address::Postgres(_)));
        for wrong in ["mysql://u@h/n", "folkmoot.db", "", "sqlite:", "sqlite::memory:"] {
            let error = Address::parse(wrong).unwrap_err().to_string();
            assert!(error.contains("sqlite:"), "{error}");
        }
    }

    #[cfg(not(feature = "system-libpq"))]
    #[test]
    fn tls_is_refused_by_a_build_without_it() {
        let error = Address::parse("postgres://u@h/n?sslmode=require").unwrap_err().to_string();
        assert!(error.contains("system-libpq"), "{error}");
    }
}
