//! Why the database could not be opened or a transaction not be finished.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// A failure of the store itself, as opposed to a refusal by the rules of the application.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The address of the database cannot be used; the text says what to write instead.
    #[error("{0}")]
    Address(String),
    /// The database is reachable but set up in a way that could lose acknowledged ballots.
    #[error("{0}")]
    Unsafe(String),
    /// The database could not be opened.
    #[error("cannot open the database: {0}")]
    Open(String),
    /// A migration failed; nothing was changed.
    #[error("cannot bring the database up to date: {0}")]
    Migration(String),
    /// No connection became free in time.
    #[error("the database is busy: {0}")]
    Busy(String),
    /// A query failed.
    #[error("database query failed: {0}")]
    Query(#[from] DieselError),
}

/// What the closure given to [`crate::Store::read`] or [`crate::Store::write`] may fail with.
pub trait TransactionFailure: From<DieselError> + From<StoreError> {
    /// The database error behind this failure, if there is one. Decides whether a transaction is tried again.
    fn database_error(&self) -> Option<&DieselError>;

    /// True when running the same transaction again may succeed.
    fn worth_retrying(&self) -> bool {
        match self.database_error() {
            Some(DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _)) => true,
            // diesel has no kind of its own for SQLSTATE 40P01.
            Some(DieselError::DatabaseError(DatabaseErrorKind::Unknown, info)) => {
                info.message().contains("deadlock detected")
            }
            _ => false,
        }
    }
}

impl TransactionFailure for StoreError {
    fn database_error(&self) -> Option<&DieselError> {
        match self {
            Self::Query(e) => Some(e),
            _ => None,
        }
    }
}

/// True when `error` says that a unique column already holds the value.
#[must_use]
pub fn is_duplicate(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
}
