//! Database access of Folkmoot: connections, transactions, schema, queries, migrations.
//!
//! Knows ids, instants, JSON text and enums. Knows no HTTP, no clock and no cryptography of ballots.
//! Queries are plain functions `fn f(conn: &mut Conn, …) -> QueryResult<T>`; the only ways in are [`Store::read`] and
//! [`Store::write`].

pub mod accounts;
pub mod affiliations;
pub mod approvals;
pub mod audit;
pub mod awards;
pub mod bodies;
pub mod conn;
pub mod contact;
pub mod data_requests;
pub mod elections;
pub mod error;
pub mod images;
pub mod imports;
pub mod jobs;
pub mod mails;
pub mod meetings;
pub mod memberships;
mod migrate;
pub mod motions;
pub mod nominations;
pub mod organisation;
pub mod pages;
pub mod payments;
pub mod people;
pub mod rate;
pub mod report_rows;
pub mod reports;
pub mod schema;
mod store;
pub mod test_db;
pub mod types;
mod utc;
pub mod work_groups;

pub use conn::Conn;
pub use diesel;
pub use diesel::QueryResult;
pub use error::{StoreError, TransactionFailure};
pub use migrate::{migration_names, pending_migrations};
pub use store::{Options, Store, Turn};
pub use types::{JsonText, PersonId, PublicId, Utc};
