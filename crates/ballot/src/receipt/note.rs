//! Signed notes (C2SP `signed-note`): a text, a blank line, and signature lines.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::ReceiptError;
use super::key::{KeyKind, SigningKey, VerifierKey, valid_name};

/// Longest note that is read, in bytes; room for 16 signatures of 5 kB as the specification asks.
pub(super) const MAX_NOTE: usize = 128 * 1024;
const MAX_SIGNATURES: usize = 64;

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// Name of the key.
    pub name: String,
    /// Id of the key.
    pub id: [u8; 4],
    /// What the key's algorithm produced.
    pub bytes: Vec<u8>,
}

impl NoteSignature {
    pub(super) fn is_by(&self, key: &VerifierKey) -> bool {
        self.name == key.name() && self.id == key.id()
    }

    fn parse(line: &str) -> Result<Self, ReceiptError> {
        let bad = |why| ReceiptError::Malformed { what: "signature line", why };
        let (name, signature) = line
            .strip_prefix("\u{2014} ")
            .and_then(|rest| rest.split_once(' '))
            .ok_or(bad("it is not a dash, a name and a signature"))?;
        if !valid_name(name) {
            return Err(bad("the key's name is empty, too long or has forbidden characters"));
        }
        let bytes = STANDARD.decode(signature).map_err(|_| bad("the signature is not base64"))?;
        match bytes.split_first_chunk::<4>() {
            Some((id, rest)) if !rest.is_empty() => {
                Ok(Self { name: name.to_owned(), id: *id, bytes: rest.to_vec() })
            }
            _ => Err(bad("the signature is too short")),
        }
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.id.to_vec();
        bytes.extend_from_slice(&self.bytes);
        writeln!(f, "\u{2014} {} {}", self.name, STANDARD.encode(bytes))
    }
}

/// A text with signatures. Parsing says nothing about who signed: ask [`Note::signed_by`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl Note {
    /// Sign `text`, which must end with a line feed.
    ///
    /// # Errors
    /// [`ReceiptError::Malformed`] for a text that cannot be a note, [`ReceiptError::KeyKind`] for a witness key.
    pub fn sign(text: &str, key: &SigningKey) -> Result<Self, ReceiptError> {
        if key.verifier().kind() != KeyKind::Log {
            return Err(ReceiptError::KeyKind(key.verifier().name().to_owned()));
        }
        check_text(text)?;
        let mut note = Self { text: text.to_owned(), signatures: Vec::new() };
        note.add(key.verifier(), key.sign(text.as_bytes())?);
        Ok(note)
    }

    /// Read a note as it is in a file.
    ///
    /// # Errors
    /// [`ReceiptError::TooLong`], or [`ReceiptError::Malformed`] with the rule that is broken.
    pub fn parse(note: &str) -> Result<Self, ReceiptError> {
        let bad = |why| ReceiptError::Malformed { what: "signed note", why };
        if note.len() > MAX_NOTE {
            return Err(ReceiptError::TooLong("signed note", MAX_NOTE));
        }
        let (text, lines) =
            note.rsplit_once("\n\n").ok_or(bad("there is no blank line before the signatures"))?;
        let text = format!("{text}\n");
        check_text(&text)?;
        let lines = lines.strip_suffix('\n').ok_or(bad("the last line is cut off"))?;
        let mut signatures = Vec::new();
        for line in lines.split('\n') {
            if signatures.len() == MAX_SIGNATURES {
                return Err(bad("it has too many signatures"));
            }
            signatures.push(NoteSignature::parse(line)?);
        }
        Ok(Self { text, signatures })
    }

    /// The signed text, with its final line feed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All signature lines, in order.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Check that `key` signed the text.
    ///
    /// # Errors
    /// [`ReceiptError::NotSigned`] without a line by this key, [`ReceiptError::BadSignature`] when one is wrong.
    pub fn signed_by(&self, key: &VerifierKey) -> Result<(), ReceiptError> {
        if key.kind() != KeyKind::Log {
            return Err(ReceiptError::KeyKind(key.name().to_owned()));
        }
        let mut found = false;
        for signature in self.signatures.iter().filter(|s| s.is_by(key)) {
            if !key.verifies(self.text.as_bytes(), &signature.bytes) {
                return Err(ReceiptError::BadSignature(key.name().to_owned()));
            }
            found = true;
        }
        if found { Ok(()) } else { Err(ReceiptError::NotSigned(key.name().to_owned())) }
    }

    /// Append a signature line.
    pub(super) fn add(&mut self, key: &VerifierKey, bytes: Vec<u8>) {
        self.signatures.push(NoteSignature { name: key.name().to_owned(), id: key.id(), bytes });
    }
}

fn check_text(text: &str) -> Result<(), ReceiptError> {
    let bad = |why| Err(ReceiptError::Malformed { what: "signed note", why });
    if text.len() > MAX_NOTE {
        return Err(ReceiptError::TooLong("signed note", MAX_NOTE));
    }
    if !text.ends_with('\n') || text == "\n" {
        return bad("its text is empty or does not end with a line feed");
    }
    if text.chars().any(|c| (c as u32) < 0x20 && c != '\n') {
        return bad("its text has control characters");
    }
    Ok(())
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|s| s.fmt(f))
    }
}
