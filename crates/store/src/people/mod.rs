//! Finding people among many, adding many at once, and telling which records may be one person.

mod bulk;
mod search;
#[cfg(test)]
mod tests;
mod words;

pub use bulk::*;
pub use search::*;
pub use words::*;
