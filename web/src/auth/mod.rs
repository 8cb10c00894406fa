//! Who somebody is and what they may do.

pub mod email;
pub mod password;
mod password_rules;
pub mod permission;

pub use email::EmailAddress;
