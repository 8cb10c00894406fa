//! Requests of people about data: about their own (access, correction, erasure, objection), and of voting members about the
//! list of members. Each has a day by which it must be answered, a decision and an answer to the person.

mod erase;
mod inspection;
mod privacy;

pub use erase::*;
pub use inspection::*;
pub use privacy::*;

crate::text_enum! {
    /// State of a request.
    pub enum RequestState {
        /// Waits for an answer.
        Open = "open",
        /// Done as asked.
        Granted = "granted",
        /// Not done; the answer says why.
        Refused = "refused",
        /// Taken back by the person.
        Withdrawn = "withdrawn",
    }
}
