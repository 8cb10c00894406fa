//! The Belenios version 1 ballot protocol.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod archive;
pub mod ballot;
pub mod credential;
pub mod decryption;
pub mod election;
pub mod elgamal;
pub mod group;
pub mod hash;
pub mod json;
pub mod mixnet;
pub mod proof;
pub mod question;
pub mod random;
pub mod receipt;
pub mod result;
pub mod shape;
pub mod tally;
pub mod trustee;
pub mod verify;

#[cfg(test)]
mod testing;
