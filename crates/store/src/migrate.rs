//! Embedded migrations and how they are applied.

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::Conn;
use crate::error::StoreError;

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// Number that stands for "Folkmoot migrates" among PostgreSQL's advisory locks.
const ADVISORY_LOCK: i64 = 0x464f_4c4b;

/// Applies what is missing, in one transaction, and returns the names applied. A second process waits for the first.
pub(crate) fn apply(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    let failed = |e: Box<dyn std::error::Error + Send + Sync>| StoreError::Migration(e.to_string());
    match conn {
        Conn::Sqlite(c) => {
            // SQLite rebuilds tables to change them; references must not be checked half way.
            c.batch_execute("PRAGMA foreign_keys = OFF")?;
            AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?;
            let names = c.run_pending_migrations(SQLITE).map(|v| v.iter().map(ToString::to_string).collect());
            let names = finish(c, names.map_err(failed))?;
            c.batch_execute("PRAGMA foreign_keys = ON")?;
            Ok(names)
        }
        Conn::Postgres(c) => {
            AnsiTransactionManager::begin_transaction_sql(c, "BEGIN")?;
            c.batch_execute(&format!("SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))?;
            let names =
                c.run_pending_migrations(POSTGRES).map(|v| v.iter().map(ToString::to_string).collect());
            finish(c, names.map_err(failed))
        }
    }
}

fn finish<C>(c: &mut C, result: Result<Vec<String>, StoreError>) -> Result<Vec<String>, StoreError>
where
    C: Connection<TransactionManager = AnsiTransactionManager>,
{
    match result {
        Ok(names) => {
            AnsiTransactionManager::commit_transaction(c)?;
            Ok(names)
        }
        Err(error) => {
            let _ = AnsiTransactionManager::rollback_transaction(c);
            Err(error)
        }
    }
}

/// Names of the migrations the database does not have yet.
///
/// # Errors
/// [`StoreError::Migration`] when the list of applied migrations cannot be read.
pub fn pending_migrations(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    let failed = |e: Box<dyn std::error::Error + Send + Sync>| StoreError::Migration(e.to_string());
    match conn {
        Conn::Sqlite(c) => {
            let pending = c.pending_migrations(SQLITE).map_err(failed)?;
            Ok(pending.iter().map(|m| m.name().to_string()).collect())
        }
        Conn::Postgres(c) => {
            let pending = c.pending_migrations(POSTGRES).map_err(failed)?;
            Ok(pending.iter().map(|m| m.name().to_string()).collect())
        }
    }
}

/// Names of every embedded migration, oldest first.
#[must_use]
pub fn migration_names() -> Vec<String> {
    use diesel::migration::MigrationSource;
    let all: Vec<Box<dyn diesel::migration::Migration<diesel::sqlite::Sqlite>>> =
        SQLITE.migrations().unwrap_or_default();
    let mut names: Vec<String> = all.iter().map(|m| m.name().to_string()).collect();
    names.sort();
    names
}
