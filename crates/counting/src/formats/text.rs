//! Decoding of bytes and a cursor that knows its line and column.

use super::Limits;
use super::error::{ParseError, Position, Problem, quoted, syntax};
use crate::profile::MAX_GROUP;

/// Longest name or title in characters.
const MAX_NAME: usize = 1_000;

/// Checks size, NUL bytes and UTF-8; removes a byte order mark.
pub(super) fn decode<'a>(bytes: &'a [u8], limits: &Limits) -> Result<&'a str, ParseError> {
    check_bytes(bytes, limits)?;
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(e) => Err(Problem::NotUtf8.at(position_of(bytes, e.valid_up_to()))),
    }
}

/// Checks size and NUL bytes.
pub(super) fn check_bytes(bytes: &[u8], limits: &Limits) -> Result<(), ParseError> {
    if bytes.len() > limits.bytes {
        return Err(Problem::TooLarge { bytes: bytes.len(), limit: limits.bytes }.at(Position::START));
    }
    match bytes.iter().position(|&b| b == 0) {
        Some(i) => Err(Problem::Nul.at(position_of(bytes, i))),
        None => Ok(()),
    }
}

/// Line and column of a byte. Columns count what starts a UTF-8 character.
pub(super) fn position_of(bytes: &[u8], index: usize) -> Position {
    let before = bytes.get(..index).unwrap_or(bytes);
    let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
    let start = before.iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
    let column = before.get(start..).unwrap_or(&[]).iter().filter(|&&b| b & 0xc0 != 0x80).count() + 1;
    Position { line, column }
}

/// Refuses names that are empty, endless or hold control characters.
pub(super) fn check_name(name: &str, at: Position) -> Result<(), ParseError> {
    if name.trim().is_empty() {
        return Err(syntax(at, "a name is empty; every candidate needs one"));
    }
    if name.chars().any(char::is_control) {
        return Err(syntax(at, format!("the name {} holds a control character", quoted(name))));
    }
    if name.chars().count() > MAX_NAME {
        return Err(syntax(at, format!("a name is longer than {MAX_NAME} characters")));
    }
    Ok(())
}

/// A title, or nothing when it is empty.
pub(super) fn check_title(title: &str, at: Position) -> Result<Option<String>, ParseError> {
    if title.trim().is_empty() {
        return Ok(None);
    }
    check_name(title, at)?;
    Ok(Some(title.to_owned()))
}

/// A number of identical ballots: digits only, 1 to 2^40.
pub(super) fn parse_count(text: &str, at: Position) -> Result<u64, ParseError> {
    digits(text)
        .filter(|&n| (1..=MAX_GROUP).contains(&n))
        .ok_or_else(|| Problem::BadCount { text: quoted(text) }.at(at))
}

/// An unsigned number written in ASCII digits only; no sign, no space.
pub(super) fn digits(text: &str) -> Option<u64> {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// A candidate's number from 1, as a place from 0.
pub(super) fn candidate(text: &str, n: usize, at: Position) -> Result<usize, ParseError> {
    digits(text)
        .and_then(|c| usize::try_from(c).ok())
        .and_then(|c| c.checked_sub(1))
        .filter(|&c| c < n)
        .ok_or_else(|| Problem::UnknownCandidate { name: quoted(text), candidates: n }.at(at))
}

/// A mark of 0 or more that fits.
pub(super) fn mark(text: &str, at: Position) -> Result<i32, ParseError> {
    digits(text)
        .and_then(|m| i32::try_from(m).ok())
        .ok_or_else(|| syntax(at, format!("{} is not a whole number from 0 to {}", quoted(text), i32::MAX)))
}

/// Reads a text character by character and knows where it is.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    rest: &'a str,
    at: Position,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Cursor { rest: text, at: Position::START }
    }

    /// A cursor over one line of a larger text.
    pub(super) fn on_line(text: &'a str, line: usize) -> Self {
        Cursor { rest: text, at: Position { line, column: 1 } }
    }

    pub(super) fn at(&self) -> Position {
        self.at
    }

    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = self.rest.get(c.len_utf8()..).unwrap_or("");
        if c == '\n' {
            self.at = Position { line: self.at.line + 1, column: 1 };
        } else {
            self.at.column += 1;
        }
        Some(c)
    }

    /// Takes `c` if it is next.
    pub(super) fn eat(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        if found {
            self.next();
        }
        found
    }

    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let all = self.rest;
        while self.peek().is_some_and(&wanted) {
            self.next();
        }
        all.get(..all.len() - self.rest.len()).unwrap_or("")
    }

    /// Skips blanks and tabs (and the CR before an LF), not line ends.
    pub(super) fn skip_blanks(&mut self) {
        self.take_while(|c| matches!(c, ' ' | '\t' | '\r'));
    }

    pub(super) fn error<T>(&self, message: impl Into<String>) -> Result<T, ParseError> {
        Err(syntax(self.at, message))
    }

    /// What stands at the cursor, for messages.
    pub(super) fn found(&self) -> String {
        match self.peek() {
            None => "the end".to_owned(),
            Some('\n') => "the end of the line".to_owned(),
            Some(_) => {
                let word: String = self.rest.chars().take_while(|c| !c.is_whitespace()).take(41).collect();
                if word.is_empty() { "a blank".to_owned() } else { quoted(&word) }
            }
        }
    }
}

/// The lines of a text with their numbers, without line ends.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(i, line)| (i + 1, line))
}
