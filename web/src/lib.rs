//! Folkmoot: community governance and verifiable elections. This crate is where all parts meet: HTTP, pages, mail, jobs and
//! the command line. See `docs/architecture.md` for the map and for how to add a page, a migration, a mail or a job.

pub mod accounts;
pub mod affiliations;
pub mod app;
pub mod approvals;
pub mod audit;
pub mod auth;
pub mod awards;
pub mod bodies;
pub mod chance;
pub mod cli;
pub mod clock;
pub mod config;
pub mod contact;
pub mod data_requests;
pub mod demo;
pub mod elections;
pub mod error;
pub mod export;
pub mod gate;
pub mod http;
pub mod images;
pub mod imports;
pub mod jobs;
pub mod keys;
pub mod mail;
pub mod markdown;
pub mod meetings;
pub mod membership;
pub mod motions;
pub mod nominations;
pub mod payments;
pub mod people;
pub mod petitions;
pub mod reports;
pub mod roles;
pub mod routes;
pub mod server;
pub mod site;
pub mod staff;
pub mod tasks;
#[cfg(test)]
pub mod testing;
pub mod work_groups;

pub use app::App;
pub use error::{AppError, AppResult};
