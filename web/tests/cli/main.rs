//! The command line as people use it: the built program, files, exit statuses, sentences.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod desk;
mod monitor;
mod refusals;
mod report;
mod start;
mod tool;
mod vectors;
mod whole;
