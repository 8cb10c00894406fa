//! See Cargo.toml.

pub mod receipt;
