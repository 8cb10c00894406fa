//! Calls through HTTP, with a clock that stands still: story 8 of the rules to the announcement, the cut-offs to the
//! microsecond, long statements, hostile texts, and 26 candidates at one instant.

mod announce;
mod cohorts;
mod life;
mod merge;
mod office;
mod texts;
