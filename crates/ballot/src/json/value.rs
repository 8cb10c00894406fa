//! A JSON tree that keeps the order of fields and the spelling of numbers.

use super::{MAX_DEPTH, ReadError, write_string};

/// Values in one text, nested ones included; no election and no list of trustees comes near.
const MAX_VALUES: usize = 1 << 20;

/// Any JSON value. Numbers keep their text; a repeated field is refused when reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it was written.
    Number(String),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Value>),
    /// An object with its fields in order.
    Object(Vec<(String, Value)>),
}

impl Value {
    /// Reads one JSON value and nothing after it.
    ///
    /// # Errors
    /// Anything that RFC 8259 does not allow, a repeated field, nesting beyond [`MAX_DEPTH`], or more than a million values.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReadError> {
        let text = std::str::from_utf8(bytes).map_err(|_| ReadError::NotUtf8)?;
        let mut parser = Parser { text, at: 0, left: MAX_VALUES };
        parser.space();
        let value = parser.value(0)?;
        parser.space();
        if parser.at == text.len() { Ok(value) } else { Err(parser.expected("the end")) }
    }

    /// Reads a value and insists that it is written in canonical form.
    ///
    /// # Errors
    /// As [`Value::parse`], and for every other spelling.
    pub fn parse_canonical(bytes: &[u8]) -> Result<Self, ReadError> {
        let value = Self::parse(bytes)?;
        if value.to_text().as_bytes() == bytes {
            Ok(value)
        } else {
            Err(ReadError::shape("not written in the canonical form of JSON"))
        }
    }

    /// Canonical text.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    /// Appends canonical text.
    pub fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Self::Number(n) => out.push_str(n),
            Self::String(s) => write_string(out, s),
            Self::Array(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(fields) => {
                out.push('{');
                for (i, (name, value)) in fields.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    write_string(out, name);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    /// The value of a field, if this is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => fields.iter().find(|(n, _)| n == name).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The value of a field that must be there.
    ///
    /// # Errors
    /// [`ReadError::Shape`] naming the field.
    pub fn field(&self, name: &str) -> Result<&Self, ReadError> {
        self.get(name).ok_or_else(|| ReadError::shape(format!("the field \"{name}\" is missing")))
    }

    /// The names of an object's fields in order; empty for other values.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Object(fields) => fields.iter().map(|(n, _)| n.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    /// A string.
    ///
    /// # Errors
    /// [`ReadError::Shape`].
    pub fn as_str(&self) -> Result<&str, ReadError> {
        match self {
            Self::String(s) => Ok(s),
            _ => Err(ReadError::shape("expected a string")),
        }
    }

    /// An array.
    ///
    /// # Errors
    /// [`ReadError::Shape`].
    pub fn as_array(&self) -> Result<&[Self], ReadError> {
        match self {
            Self::Array(items) => Ok(items),
            _ => Err(ReadError::shape("expected an array")),
        }
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// [`ReadError::Shape`].
    pub fn as_bool(&self) -> Result<bool, ReadError> {
        match self {
            Self::Bool(b) => Ok(*b),
            _ => Err(ReadError::shape("expected true or false")),
        }
    }

    /// A canonical natural number below 2^63.
    ///
    /// # Errors
    /// [`ReadError::Shape`].
    pub fn as_natural(&self) -> Result<u64, ReadError> {
        let number = match self {
            Self::Number(n) if n.bytes().all(|b| b.is_ascii_digit()) => n.parse::<u64>().ok(),
            _ => None,
        };
        number.filter(|n| *n < 1 << 63).ok_or_else(|| ReadError::shape("expected a natural number"))
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    /// Values that may still come.
    left: usize,
}

impl Parser<'_> {
    fn expected(&self, expected: &'static str) -> ReadError {
        ReadError::Expected { at: self.at, expected }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &'static str, value: Value) -> Result<Value, ReadError> {
        if self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            self.at += word.len();
            Ok(value)
        } else {
            Err(self.expected("a JSON value"))
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, ReadError> {
        if depth > MAX_DEPTH {
            return Err(ReadError::TooDeep);
        }
        // A value takes many times the memory of its shortest text.
        let too_many = ReadError::TooMany { at: self.at, limit: MAX_VALUES };
        self.left = self.left.checked_sub(1).ok_or(too_many)?;
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(Value::String),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.expected("a JSON value")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, ReadError> {
        self.at += 1;
        let mut fields: Vec<(String, Value)> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        self.space();
        if self.eat(b'}') {
            return Ok(Value::Object(fields));
        }
        loop {
            self.space();
            let name = self.string()?;
            self.space();
            if !self.eat(b':') {
                return Err(self.expected(":"));
            }
            self.space();
            let value = self.value(depth + 1)?;
            if !seen.insert(name.clone()) {
                return Err(ReadError::Duplicate(name));
            }
            fields.push((name, value));
            self.space();
            if self.eat(b'}') {
                return Ok(Value::Object(fields));
            }
            if !self.eat(b',') {
                return Err(self.expected(", or }"));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, ReadError> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.eat(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            self.space();
            items.push(self.value(depth + 1)?);
            self.space();
            if self.eat(b']') {
                return Ok(Value::Array(items));
            }
            if !self.eat(b',') {
                return Err(self.expected(", or ]"));
            }
        }
    }

    fn digits(&mut self) -> Result<usize, ReadError> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.expected("a digit")) } else { Ok(self.at - start) }
    }

    fn number(&mut self) -> Result<Value, ReadError> {
        let start = self.at;
        self.eat(b'-');
        let zero = self.peek() == Some(b'0');
        if self.digits()? > 1 && zero {
            return Err(self.expected("a number without leading zero"));
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            if !self.eat(b'+') {
                self.eat(b'-');
            }
            self.digits()?;
        }
        Ok(Value::Number(self.text.get(start..self.at).unwrap_or_default().to_owned()))
    }

    fn hex4(&mut self) -> Result<u32, ReadError> {
        let digits = self.text.get(self.at..self.at + 4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = digits.and_then(|d| u32::from_str_radix(d, 16).ok());
        let code = code.ok_or_else(|| self.expected("four hexadecimal digits"))?;
        self.at += 4;
        Ok(code)
    }

    fn escape(&mut self) -> Result<char, ReadError> {
        let byte = self.peek();
        self.at += 1;
        Ok(match byte {
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b @ (b'"' | b'\\' | b'/')) => char::from(b),
            Some(b'u') => {
                let mut code = self.hex4()?;
                if (0xd800..0xdc00).contains(&code)
                    && self.text.get(self.at..).is_some_and(|r| r.starts_with("\\u"))
                {
                    self.at += 2;
                    let low = self.hex4()?;
                    if !(0xdc00..0xe000).contains(&low) {
                        return Err(self.expected("the second half of a surrogate pair"));
                    }
                    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                }
                char::from_u32(code).ok_or_else(|| self.expected("a character"))?
            }
            _ => return Err(self.expected("an escape sequence")),
        })
    }

    fn string(&mut self) -> Result<String, ReadError> {
        if !self.eat(b'"') {
            return Err(self.expected("a string"));
        }
        let mut out = String::new();
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let stop = rest.bytes().position(|b| matches!(b, b'"' | b'\\' | 0..=0x1f));
            let stop = stop.ok_or_else(|| self.expected("the end of the string"))?;
            out.push_str(rest.get(..stop).unwrap_or_default());
            self.at += stop;
            if self.eat(b'"') {
                return Ok(out);
            }
            if !self.eat(b'\\') {
                return Err(self.expected("no control character in a string"));
            }
            out.push(self.escape()?);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_spellings_are_read_but_not_canonical() {
        let canonical = br#"{"a":[1,-2.5e3,true,null],"b":"\u007f/\n"}"#;
        let foreign = br#" { "a" : [1, -2.5e3, true, null], "b": "\u007F\/\u000a" } "#;
        assert_eq!(Value::parse(canonical), Value::parse(foreign));
        assert!(Value::parse_canonical(canonical).is_ok());
        assert!(Value::parse_canonical(foreign).is_err());
    }

    #[test]
    fn broken_text_is_refused() {
        for bad in [
            "",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "{\"a\":1,\"a\":2}",
            "01",
            "1.",
            "-",
            "nul",
            "\"\\ud800\"",
            "\"\\ud800\\u0041\"",
            "\"\\u12\"",
            "\"\\",
            "[1] 2",
            "\"\t\"",
            "{1:2}",
            "\"\\x\"",
            "\"\\u00é\"",
        ] {
            assert!(Value::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert_eq!(Value::parse(&vec![b'['; 100_000]), Err(ReadError::TooDeep));
    }
}
