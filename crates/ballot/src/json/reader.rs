//! A cursor over canonical JSON.

use super::{ReadError, write_string};
use crate::group::{Group, Scalar};

/// Reads a canonical text from left to right; see the module's description.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Starts at the first byte of something that must be UTF-8.
    ///
    /// # Errors
    /// [`ReadError::NotUtf8`].
    pub fn from_bytes(bytes: &'a [u8]) -> Result<Self, ReadError> {
        std::str::from_utf8(bytes).map(Self::new).map_err(|_| ReadError::NotUtf8)
    }

    /// Bytes read so far.
    pub fn position(&self) -> usize {
        self.at
    }

    /// The text between two positions of this reader.
    pub fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Reads exactly `token`.
    ///
    /// # Errors
    /// [`ReadError::Expected`].
    pub fn token(&mut self, token: &'static str) -> Result<(), ReadError> {
        if self.eat(token) { Ok(()) } else { Err(ReadError::Expected { at: self.at, expected: token }) }
    }

    /// Reads `token` if it is next.
    pub fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// A string that needs no escape: numbers, elements, hashes, identifiers.
    ///
    /// # Errors
    /// [`ReadError::Expected`].
    pub fn plain(&mut self) -> Result<&'a str, ReadError> {
        self.token("\"")?;
        let rest = self.rest();
        let end = rest.bytes().position(|b| matches!(b, b'"' | b'\\' | 0..=0x1f | 0x7f));
        let content = end.and_then(|end| rest.get(..end));
        match content {
            Some(content) if rest.as_bytes().get(content.len()) == Some(&b'"') => {
                self.at += content.len() + 1;
                Ok(content)
            }
            _ => Err(ReadError::Expected { at: self.at, expected: "a string without escapes" }),
        }
    }

    /// Any string in its canonical spelling.
    ///
    /// # Errors
    /// [`ReadError::Expected`].
    pub fn string(&mut self) -> Result<String, ReadError> {
        let start = self.at;
        let mut out = String::new();
        self.token("\"")?;
        let wrong = ReadError::Expected { at: start, expected: "a string in canonical spelling" };
        let mut chars = self.rest().char_indices();
        let length = loop {
            match chars.next() {
                Some((i, '"')) => break i + 1,
                Some((_, '\\')) => {
                    let escaped = match chars.next().map(|(_, c)| c) {
                        Some('n') => '\n',
                        Some('r') => '\r',
                        Some('t') => '\t',
                        Some('b') => '\u{8}',
                        Some('f') => '\u{c}',
                        Some(c @ ('"' | '\\')) => c,
                        Some('u') => {
                            let digits: String = chars.by_ref().take(4).map(|(_, c)| c).collect();
                            let code = u32::from_str_radix(&digits, 16).ok();
                            code.and_then(char::from_u32).ok_or_else(|| wrong.clone())?
                        }
                        _ => return Err(wrong),
                    };
                    out.push(escaped);
                }
                Some((_, c)) => out.push(c),
                None => return Err(wrong),
            }
        };
        // One spelling only: what we would have written ourselves.
        let mut canonical = String::with_capacity(length + 1);
        write_string(&mut canonical, &out);
        if self.text.get(start..self.at + length) != Some(canonical.as_str()) {
            return Err(wrong);
        }
        self.at += length;
        Ok(out)
    }

    /// A JSON number that is a canonical natural number below 2^63.
    ///
    /// # Errors
    /// [`ReadError::Expected`].
    pub fn natural(&mut self) -> Result<u64, ReadError> {
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        let text = self.rest().get(..digits).unwrap_or_default();
        let canonical = digits <= 19 && (digits == 1 || !text.starts_with('0'));
        match text.parse::<u64>().ok().filter(|n| canonical && *n < 1 << 63) {
            Some(n) => {
                self.at += digits;
                Ok(n)
            }
            None => Err(ReadError::Expected { at: self.at, expected: "a natural number" }),
        }
    }

    /// An array of at most `limit` items.
    ///
    /// # Errors
    /// The first error of an item, [`ReadError::Expected`] or [`ReadError::TooMany`].
    pub fn array<T>(
        &mut self,
        limit: usize,
        mut item: impl FnMut(&mut Self) -> Result<T, ReadError>,
    ) -> Result<Vec<T>, ReadError> {
        self.token("[")?;
        let mut items = Vec::new();
        if self.eat("]") {
            return Ok(items);
        }
        loop {
            if items.len() == limit {
                return Err(ReadError::TooMany { at: self.at, limit });
            }
            items.push(item(self)?);
            if self.eat("]") {
                return Ok(items);
            }
            self.token(",")?;
        }
    }

    /// An array of exactly `count` items.
    ///
    /// # Errors
    /// As [`Reader::array`], and a [`ReadError::Shape`] naming `what` when the number differs.
    pub fn array_of<T>(
        &mut self,
        count: usize,
        what: &str,
        item: impl FnMut(&mut Self) -> Result<T, ReadError>,
    ) -> Result<Vec<T>, ReadError> {
        let wrong = |found: &str| ReadError::shape(format!("{what}: expected {count}, found {found}"));
        match self.array(count, item) {
            Ok(items) if items.len() == count => Ok(items),
            Ok(items) => Err(wrong(&items.len().to_string())),
            Err(ReadError::TooMany { limit, .. }) if limit == count => Err(wrong("more")),
            Err(error) => Err(error),
        }
    }

    /// A group element, as a string.
    ///
    /// # Errors
    /// [`ReadError::Element`] with the reason.
    pub fn element<G: Group>(&mut self) -> Result<G::Element, ReadError> {
        let at = self.at + 1;
        G::decode(self.plain()?).map_err(|error| ReadError::Element { at, error })
    }

    /// A group element and the table of its powers, as a string.
    ///
    /// # Errors
    /// [`ReadError::Element`] with the reason.
    pub fn element_with_powers<G: Group>(&mut self) -> Result<(G::Element, G::Powers), ReadError> {
        let at = self.at + 1;
        G::decode_with_powers(self.plain()?).map_err(|error| ReadError::Element { at, error })
    }

    /// A scalar, as a string.
    ///
    /// # Errors
    /// [`ReadError::Scalar`] with the reason.
    pub fn scalar<G: Group>(&mut self) -> Result<G::Scalar, ReadError> {
        let at = self.at + 1;
        G::Scalar::decode(self.plain()?).map_err(|error| ReadError::Scalar { at, error })
    }

    /// Insists on the end of the text.
    ///
    /// # Errors
    /// [`ReadError::Expected`].
    pub fn end(&self) -> Result<(), ReadError> {
        if self.rest().is_empty() {
            Ok(())
        } else {
            Err(ReadError::Expected { at: self.at, expected: "the end" })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_have_one_spelling() {
        let read = |t: &str| Reader::new(t).string();
        assert_eq!(read(r#""a\"\\\n\u0001\u007fé/""#).as_deref(), Ok("a\"\\\n\u{1}\u{7f}é/"));
        for bad in [
            r#""\/""#,
            r#""\u0041""#,
            r#""\u000A""#,
            r#""\u000a""#,
            "\"\n\"",
            "\"\u{7f}\"",
            r#""a"#,
            r#""\u00""#,
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert!(Reader::new("\"a\\n\"").plain().is_err());
        assert_eq!(Reader::new("\"a/b\",").plain(), Ok("a/b"));
    }

    #[test]
    fn arrays_count_their_items() {
        let read = |t: &str| Reader::new(t).array_of(2, "numbers", Reader::natural);
        assert_eq!(read("[1,20]"), Ok(vec![1, 20]));
        for bad in ["[1]", "[1,2,3]", "[1,]", "[01,2]", "[1, 2]", "[1,2", "[-1,2]", "[1.0,2]"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
