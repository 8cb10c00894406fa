//! People, addresses, sessions, single-use tokens and roles.

mod addresses;
mod persons;
mod roles;
mod second_factors;
mod sessions;
mod tokens;

pub use addresses::*;
pub use persons::*;
pub use roles::*;
pub use second_factors::*;
pub use sessions::*;
pub use tokens::*;
