//! The tests of the crate, one binary.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod archives;
mod ballots;
mod belenios_tool;
mod edges;
mod groups;
mod portions;
mod random_elections;
mod standing_vectors;
mod tallies;
#[path = "../tampered/mod.rs"]
mod tampered;
mod trustee_vectors;
mod vectors;
mod verifier;
