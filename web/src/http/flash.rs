//! A message shown once, on the page after a redirect. It travels in a signed cookie, so reading a page writes nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::keys::Keys;

/// A message shown once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flash {
    /// `good`, `warn`, `bad` or empty.
    pub kind: &'static str,
    /// One sentence.
    pub text: String,
}

impl Flash {
    /// Something was done.
    pub fn good(text: impl Into<String>) -> Self {
        Self { kind: "good", text: text.into() }
    }

    /// Something deserves attention.
    pub fn warn(text: impl Into<String>) -> Self {
        Self { kind: "warn", text: text.into() }
    }

    /// Something was not done.
    pub fn bad(text: impl Into<String>) -> Self {
        Self { kind: "bad", text: text.into() }
    }

    pub(super) fn seal(&self, keys: &Keys) -> String {
        let body = URL_SAFE_NO_PAD.encode(format!("{}|{}", self.kind, self.text));
        let tag = URL_SAFE_NO_PAD.encode(keys.tag("flash", body.as_bytes()));
        format!("{body}.{tag}")
    }

    pub(super) fn open(text: &str, keys: &Keys) -> Option<Self> {
        let (body, tag) = text.split_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        if !keys.verify("flash", body.as_bytes(), &tag) {
            return None;
        }
        let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(body).ok()?).ok()?;
        let (kind, text) = plain.split_once('|')?;
        let kind = ["good", "warn", "bad"].into_iter().find(|k| *k == kind).unwrap_or("");
        Some(Self { kind, text: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_messages_are_shown() {
        let keys = Keys::from_secret(b"one");
        let flash = Flash::good("Saved | kept.");
        let sealed = flash.seal(&keys);
        assert_eq!(Flash::open(&sealed, &keys), Some(flash));
        assert_eq!(Flash::open(&sealed, &Keys::from_secret(b"two")), None);
        assert_eq!(Flash::open("aGVsbG8.aGVsbG8", &keys), None);
    }
}
