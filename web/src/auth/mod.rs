//! Who somebody is and what they may do.

pub mod email;
#[cfg(test)]
mod matrix;
pub mod password;
mod password_rules;
pub mod permission;
pub mod totp;

pub use email::EmailAddress;
