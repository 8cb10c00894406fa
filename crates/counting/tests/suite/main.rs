//! Tests of the counting methods through the public interface.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod edges;
mod explained;
mod files;
mod properties;
mod published;
mod separate;
mod support;
mod vectors;
