//! Elections: settings, the ballot box and its signed log, casting, the public board.

pub mod archive;
mod automation;
mod board;
pub mod booth;
pub mod boxes;
pub mod cast;
pub mod close;
mod codes;
pub mod decisions;
mod disputes;
mod downloads;
pub mod engine;
mod jump;
pub mod log;
pub mod notices;
pub mod officers;
pub mod opening;
pub mod preparation;
pub mod publish;
mod receipts;
mod recount;
pub mod registrar;
mod result_page;
pub mod results;
mod routes;
mod running;
pub mod seating;
pub mod settings;
pub mod setup;
mod staff_count;
pub mod trustees;
mod voting;
mod witnesses;

pub use automation::{Advance, advance};
pub use boxes::{BallotBox, BallotBoxes};
pub use codes::{DestroyBindings, EraseCodes};
pub use jump::{is_frozen as clock_is_frozen, look as look_at_clock};
pub use receipts::MailReceipts;
pub use routes::{Moment, find, routes, state_words};
pub use running::tasks;
pub use witnesses::AskWitnesses;

#[cfg(test)]
mod stories;
#[cfg(test)]
mod tests;
