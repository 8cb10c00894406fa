//! E-mail addresses and names as people type them.

/// An address that can be written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Parses an address: at most 254 characters, one `@`, a domain with a dot (or `localhost`), no control characters.
    ///
    /// # Errors
    /// One sentence for the form.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "Enter an e-mail address, for example ann@example.org.".to_owned();
        let text = text.trim();
        if text.is_empty() || text.len() > 254 || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(wrong());
        }
        let parsed: lettre::Address = text.parse().map_err(|_| wrong())?;
        let domain = parsed.domain();
        if !(domain.contains('.') || domain == "localhost") || domain.starts_with('[') {
            return Err(wrong());
        }
        Ok(Self(format!("{}@{}", parsed.user(), domain.to_lowercase())))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A name to be shown: 1 to 100 characters, any script, no control characters and none that turn the direction of text
/// (they could make one name look like another; requirement IO-03).
///
/// # Errors
/// One sentence for the form.
pub fn parse_name(text: &str) -> Result<String, String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let turns =
        |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
    match text.chars().count() {
        0 => Err("Enter the name you want to be shown.".into()),
        101.. => Err("Use at most 100 characters.".into()),
        _ if text.chars().any(|c| c.is_control() || turns(c)) => {
            Err("Remove the invisible characters from the name.".into())
        }
        _ => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        assert_eq!(EmailAddress::parse(" Ann@Example.ORG ").unwrap().as_str(), "Ann@example.org");
        for wrong in
            ["", "ann", "ann@", "@b.c", "a b@c.d", "ann@nodot", "a@b.c\r\nBcc: d@e.f", "a@[127.0.0.1]"]
        {
            assert!(EmailAddress::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn names_of_any_script_but_no_tricks() {
        for good in ["Ann", "Bjørk  Guðmundsdóttir", "محمد", "山田 太郎", "O'Neill-Smith"] {
            assert!(parse_name(good).is_ok(), "{good}");
        }
        for wrong in ["", "  ", "Ann\u{202e}nnA", "A\u{0}", &"x".repeat(101)] {
            assert!(parse_name(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(parse_name(" Ann \n Bo ").unwrap(), "Ann Bo");
    }
}
