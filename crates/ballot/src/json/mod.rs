//! JSON in the protocol's one canonical form (protocol 2.1), and a strict reader for it.
//!
//! [`Reader`] walks a text that must be canonical, token by token, and is what ballots, shuffles and decryptions go
//! through: another spelling of the same value is an error. [`Value`] reads any JSON for the few objects that may be
//! foreign, and can say whether it was canonical. Both bound depth and size and never panic.

mod reader;
mod value;

pub use reader::Reader;
pub use value::Value;

use crate::group::{ElementError, ScalarError};

/// Nesting that no object of the protocol reaches.
pub const MAX_DEPTH: usize = 32;

/// Why a text was refused. Offsets count bytes from the start of the object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Not the expected token, or not the canonical spelling of it.
    #[error("byte {at}: expected {expected}")]
    Expected {
        /// Where.
        at: usize,
        /// What should be there.
        expected: &'static str,
    },
    /// The same field twice in one object.
    #[error("the field \"{0}\" appears twice")]
    Duplicate(String),
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("nested too deeply")]
    TooDeep,
    /// More items than the object may have.
    #[error("byte {at}: more than {limit} items")]
    TooMany {
        /// Where the surplus item starts.
        at: usize,
        /// The limit.
        limit: usize,
    },
    /// Not UTF-8.
    #[error("not UTF-8 text")]
    NotUtf8,
    /// A wrong field, type, length or value, in one plain phrase.
    #[error("{0}")]
    Shape(String),
    /// A group element was refused.
    #[error("byte {at}: {error}")]
    Element {
        /// Where its text starts.
        at: usize,
        /// Why.
        error: ElementError,
    },
    /// A scalar was refused.
    #[error("byte {at}: {error}")]
    Scalar {
        /// Where its text starts.
        at: usize,
        /// Why.
        error: ScalarError,
    },
}

impl ReadError {
    /// A [`ReadError::Shape`].
    pub fn shape(what: impl Into<String>) -> Self {
        Self::Shape(what.into())
    }
}

/// Appends a string with quotes and the protocol's escapes.
pub fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..='\u{1f}' | '\u{7f}' => {
                out.push_str("\\u00");
                out.push_str(&crate::hash::hex(&[c as u8]));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
