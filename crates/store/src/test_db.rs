//! Databases for tests and demonstrations, thrown away afterwards.
//!
//! Without `TEST_DATABASE_URL` each test gets its own copy of a SQLite file that was migrated once. With it (a PostgreSQL
//! URL) each test gets a copy of a database that was migrated once, on that server.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::error::StoreError;
use crate::store::{Options, Store};

/// A folder under the system's temporary folder, removed with everything in it when dropped.
#[derive(Debug)]
pub struct ScratchFolder(PathBuf);

impl ScratchFolder {
    /// Creates a new folder that only this user can enter.
    ///
    /// # Errors
    /// An I/O error when no folder can be created.
    pub fn new(prefix: &str) -> std::io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        static NEXT: AtomicU32 = AtomicU32::new(0);
        loop {
            let n = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("{prefix}-{}-{n}", std::process::id()));
            match std::fs::DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(e),
            }
        }
    }

    /// Where the folder is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for ScratchFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A migrated, empty database of its own.
#[derive(Debug)]
pub struct TestDb {
    store: Store,
    url: String,
    _cleanup: Cleanup,
}

#[derive(Debug)]
enum Cleanup {
    Folder(#[expect(dead_code, reason = "removed when dropped")] ScratchFolder),
    Database { server: String, name: String },
}

impl Drop for Cleanup {
    fn drop(&mut self) {
        if let Self::Database { server, name } = self {
            let _ = administer(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

impl TestDb {
    /// Makes the database that `TEST_DATABASE_URL` asks for.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be made.
    pub fn new() -> Result<Self, StoreError> {
        match std::env::var("TEST_DATABASE_URL") {
            Ok(server) if !server.is_empty() => Self::postgres(&server),
            _ => Self::sqlite(),
        }
    }

    /// A copy of the migrated SQLite template.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be made.
    pub fn sqlite() -> Result<Self, StoreError> {
        let cannot = |e: std::io::Error| StoreError::Open(e.to_string());
        let folder = ScratchFolder::new("folkmoot-test").map_err(cannot)?;
        let path = folder.path().join("folkmoot.db");
        std::fs::write(&path, sqlite_template()?).map_err(cannot)?;
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).map_err(cannot)?;
        }
        let url = format!("sqlite:{}", path.display());
        let store = Store::open(&url, &Options { connections: 2, ..Options::default() })?;
        Ok(Self { store, url, _cleanup: Cleanup::Folder(folder) })
    }

    /// A database of its own on the PostgreSQL server at `server`, copied from one that was migrated once.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be made.
    pub fn postgres(server: &str) -> Result<Self, StoreError> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let template = postgres_template(server)?;
        let name = format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        administer(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))?;
        // Copied as files: the other way writes all of it into the log as well.
        administer(server, &format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"))?;
        let cleanup = Cleanup::Database { server: server.to_owned(), name: name.clone() };
        let url = beside(server, &name);
        let store =
            Store::open(&url, &Options { connections: 3, require_durable: false, ..Options::default() })?;
        Ok(Self { store, url, _cleanup: cleanup })
    }

    /// The open store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The address, for opening the same database a second time.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// Bytes of an empty, migrated SQLite database; made once for each process.
fn sqlite_template() -> Result<&'static [u8], StoreError> {
    static TEMPLATE: OnceLock<Vec<u8>> = OnceLock::new();
    if let Some(bytes) = TEMPLATE.get() {
        return Ok(bytes);
    }
    let cannot = |e: std::io::Error| StoreError::Open(e.to_string());
    let folder = ScratchFolder::new("folkmoot-template").map_err(cannot)?;
    let copy = folder.path().join("copy.db");
    Store::open(&format!("sqlite:{}", folder.path().join("folkmoot.db").display()), &Options::default())?
        .copy_to(&copy)?;
    let bytes = std::fs::read(&copy).map_err(cannot)?;
    Ok(TEMPLATE.get_or_init(|| bytes))
}

/// Runs one statement outside a transaction, as making and dropping databases demands.
fn administer(server: &str, statement: &str) -> Result<(), StoreError> {
    let mut c = PgConnection::establish(server).map_err(|e| StoreError::Open(e.to_string()))?;
    Ok(c.batch_execute(statement)?)
}

/// The address of another database on the same server.
fn beside(server: &str, name: &str) -> String {
    let (address, options) = server.split_once('?').map_or((server, ""), |(a, o)| (a, o));
    let (host, _) = address.rsplit_once('/').unwrap_or((address, ""));
    match options {
        "" => format!("{host}/{name}"),
        _ => format!("{host}/{name}?{options}"),
    }
}

/// Name of an empty, migrated PostgreSQL database; made once for each process, and left to the throw-away server.
fn postgres_template(server: &str) -> Result<&'static str, StoreError> {
    static TEMPLATE: Mutex<Option<&'static str>> = Mutex::new(None);
    let mut made = TEMPLATE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(name) = *made {
        return Ok(name);
    }
    let name = format!("template_{}", std::process::id());
    administer(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))?;
    administer(server, &format!("CREATE DATABASE {name}"))?;
    // Nobody may be connected to it while it is copied: the store closes here.
    let options = Options { connections: 1, require_durable: false, ..Options::default() };
    drop(Store::open(&beside(server, &name), &options)?);
    Ok(made.insert(String::leak(name)))
}
