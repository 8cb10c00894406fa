//! Elections: settings, the ballot box and its signed log, casting, the public board.

pub mod archive;
mod automation;
mod board;
pub mod booth;
pub mod boxes;
pub mod cast;
pub mod close;
pub mod engine;
pub mod log;
pub mod opening;
pub mod registrar;
pub mod results;
mod routes;
pub mod settings;
pub mod setup;
pub mod trustees;
mod voting;

pub use automation::{Advance, advance};
pub use boxes::{BallotBox, BallotBoxes};
pub use routes::{Moment, find, routes};

#[cfg(test)]
mod tests;
