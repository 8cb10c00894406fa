//! Finding people among many, adding many at once, and telling which records may be one person.

mod bulk;
mod duplicates;
mod merge;
mod search;
#[cfg(test)]
mod tests;
mod words;

pub use bulk::*;
pub use duplicates::*;
pub use merge::*;
pub use search::*;
pub use words::*;
