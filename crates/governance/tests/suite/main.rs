//! One test binary: cases from the shared vectors, published results, rules with their numbers, and properties.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod deadlines;
mod decisions;
mod disclosure;
mod dues;
mod elections;
mod membership;
mod policies;
mod quorums;
mod results;
mod schedules;
mod seats;
mod vectors;
