//! What can be wrong with a ballot file, where, and what cannot be written in a format.

use std::fmt;

use thiserror::Error;

use crate::profile::{MAX_BALLOTS, MAX_GROUP};

/// A place in a text, both numbers counted from 1; columns count characters, not bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Character in the line, from 1.
    pub column: usize,
}

impl Position {
    /// The first character of a file.
    pub const START: Position = Position { line: 1, column: 1 };
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// A ballot file that was refused: where and why.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{at}: {problem}")]
pub struct ParseError {
    /// Where reading stopped.
    pub at: Position,
    /// What is wrong there.
    pub problem: Problem,
}

/// Why a ballot file is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Problem {
    /// More bytes than [`super::Limits::bytes`].
    #[error("the file has {bytes} bytes, the limit is {limit}; split it or raise the limit")]
    TooLarge {
        /// Bytes found.
        bytes: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A NUL byte, which no ballot format contains.
    #[error("a NUL byte, so this is not a text file")]
    Nul,
    /// Bytes that are not UTF-8.
    #[error("the text is not UTF-8; save the file as UTF-8")]
    NotUtf8,
    /// The format could not be told from name and content.
    #[error(
        "the format is not recognised; name it (blt, abif, preflib, csv, json, belenios, civs or debian)"
    )]
    UnknownFormat,
    /// More candidates than [`super::Limits::candidates`].
    #[error("{found} candidates are too many; the limit is {limit}")]
    TooManyCandidates {
        /// Candidates declared.
        found: usize,
        /// Candidates allowed.
        limit: usize,
    },
    /// Ballot lines times candidates exceed [`super::Limits::marks`].
    #[error("too many ballots for so many candidates; the limit is {limit} marks; join identical ballots")]
    TooManyMarks {
        /// Marks allowed.
        limit: usize,
    },
    /// More than [`MAX_BALLOTS`] ballots in all.
    #[error("more than {MAX_BALLOTS} ballots in all")]
    TooManyBallots,
    /// A ballot names a candidate that the file does not declare.
    #[error("there is no candidate {name}; the file declares {candidates}")]
    UnknownCandidate {
        /// As written in the file.
        name: String,
        /// Number of candidates declared.
        candidates: usize,
    },
    /// One ballot (or list of candidates) names the same candidate twice.
    #[error("candidate {name} occurs twice")]
    DuplicateCandidate {
        /// As written in the file.
        name: String,
    },
    /// A number of ballots below 1 or above [`MAX_GROUP`].
    #[error("{text} is not a number of ballots; a whole number from 1 to {MAX_GROUP} is needed")]
    BadCount {
        /// As written in the file.
        text: String,
    },
    /// Anything else that the format does not allow.
    #[error("{0}")]
    Syntax(String),
}

impl Problem {
    /// The problem at a place.
    pub(super) fn at(self, at: Position) -> ParseError {
        ParseError { at, problem: self }
    }
}

/// A free-text problem at a place.
pub(super) fn syntax(at: Position, message: impl Into<String>) -> ParseError {
    Problem::Syntax(message.into()).at(at)
}

/// Text of the file for use in a message: quoted, escaped, at most 40 characters.
pub(super) fn quoted(text: &str) -> String {
    let mut cut: String = text.chars().take(40).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    format!("{cut:?}")
}

/// Something that a format cannot hold. Nothing is dropped or changed silently.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The format has no place for this kind of marks.
    #[error("{format} cannot hold {kind}; choose another format")]
    Kind {
        /// The format.
        format: &'static str,
        /// The kind of marks, as in JSON.
        kind: &'static str,
    },
    /// A name or title with a character that the format reserves.
    #[error("{format} cannot hold the text {text}; remove {reserved}")]
    Text {
        /// The format.
        format: &'static str,
        /// The text, quoted.
        text: String,
        /// What must go.
        reserved: &'static str,
    },
    /// The format has no blank ballots.
    #[error(
        "{format} has no blank ballots, but ballot group {group} is blank; leave blank ballots out first"
    )]
    Blank {
        /// The format.
        format: &'static str,
        /// Place of the group, from 1.
        group: usize,
    },
    /// A rank is skipped and the format has no sign for that.
    #[error("{format} has no skipped ranks, but ballot group {group} skips one; close up the ranks first")]
    SkippedRank {
        /// The format.
        format: &'static str,
        /// Place of the group, from 1.
        group: usize,
    },
    /// A mark outside what the format can write.
    #[error("{format} cannot hold the mark {mark} of ballot group {group}")]
    Mark {
        /// The format.
        format: &'static str,
        /// Place of the group, from 1.
        group: usize,
        /// The mark.
        mark: i64,
    },
    /// More ballots or candidates than the format can list.
    #[error("{format} is limited to {limit} {what}, here are {found}")]
    TooMany {
        /// The format.
        format: &'static str,
        /// What is limited.
        what: &'static str,
        /// Most allowed.
        limit: u64,
        /// How many there are.
        found: u64,
    },
    /// Lists of the file that do not fit together.
    #[error("the ballots do not fit the candidates: {0}")]
    Inconsistent(String),
}
