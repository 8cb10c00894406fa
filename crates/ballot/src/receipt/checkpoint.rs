//! Checkpoints (C2SP `tlog-checkpoint`): a log's size and root, signed; and what witnesses add to them
//! (C2SP `tlog-cosignature`, Ed25519 form).

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::ReceiptError;
use super::key::{KeyKind, SigningKey, VerifierKey};
use super::note::Note;
use super::tree::{Hash, Tree, verify_consistency};

/// What a log says about itself at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Identity of the log, `host/e/uuid`.
    pub origin: String,
    /// Number of events.
    pub size: u64,
    /// Root of the tree over these events.
    pub root: Hash,
    /// Further lines. We write none; those of other logs are kept because they are signed.
    pub extensions: Vec<String>,
}

pub(super) fn decimal(text: &str) -> Option<u64> {
    let plain = !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

pub(super) fn base64_hash(text: &str) -> Option<Hash> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

impl Checkpoint {
    /// The checkpoint of a tree as it is now.
    pub fn of(origin: &str, tree: &Tree) -> Self {
        Self { origin: origin.to_owned(), size: tree.size(), root: tree.root(), extensions: Vec::new() }
    }

    /// Read the note text.
    ///
    /// # Errors
    /// [`ReceiptError::Malformed`] when a line is missing or not in its canonical form.
    pub fn parse(text: &str) -> Result<Self, ReceiptError> {
        let bad = |why| ReceiptError::Malformed { what: "checkpoint", why };
        let body = text.strip_suffix('\n').ok_or(bad("it does not end with a line feed"))?;
        let mut lines = body.split('\n');
        let origin = lines.next().filter(|l| !l.is_empty()).ok_or(bad("its first line is empty"))?;
        let size = lines.next().and_then(decimal).ok_or(bad("its second line is not a number of events"))?;
        let root = lines.next().and_then(base64_hash).ok_or(bad("its third line is not a root hash"))?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(bad("it has an empty line"));
        }
        Ok(Self { origin: origin.to_owned(), size, root, extensions })
    }

    /// Sign with the log's key.
    ///
    /// # Errors
    /// [`ReceiptError::KeyKind`] for a witness key, [`ReceiptError::Malformed`] for an origin with control characters.
    pub fn sign(&self, key: &SigningKey) -> Result<SignedCheckpoint, ReceiptError> {
        let note = Note::sign(&self.to_string(), key)?;
        Ok(SignedCheckpoint { checkpoint: Self::parse(note.text())?, note })
    }

    /// Check that the log rebuilt from an archive is the one that this checkpoint describes.
    ///
    /// # Errors
    /// [`ReceiptError::ArchiveShort`] when the archive ends earlier, [`ReceiptError::ArchiveDiffers`] when its
    /// events are others.
    pub fn check_tree(&self, tree: &Tree) -> Result<(), ReceiptError> {
        match tree.root_at(self.size) {
            Err(_) => Err(ReceiptError::ArchiveShort { have: tree.size(), signed: self.size }),
            Ok(root) if root == self.root => Ok(()),
            Ok(_) => Err(ReceiptError::ArchiveDiffers { size: self.size }),
        }
    }

    /// Check that `newer` extends this checkpoint.
    ///
    /// # Errors
    /// [`ReceiptError::Origin`] for another log, [`ReceiptError::NotConsistent`] for a wrong proof.
    pub fn check_extension(&self, newer: &Self, proof: &[Hash]) -> Result<(), ReceiptError> {
        if self.origin != newer.origin {
            return Err(ReceiptError::Origin { found: newer.origin.clone(), expected: self.origin.clone() });
        }
        match verify_consistency(self.size, newer.size, &self.root, &newer.root, proof) {
            true => Ok(()),
            false => Err(ReceiptError::NotConsistent { old: self.size, new: newer.size }),
        }
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, STANDARD.encode(self.root))?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// A witness's statement that a checkpoint extends all that it saw of the log before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    /// Name of the witness.
    pub witness: String,
    /// When it signed, seconds since 1970 (UTC).
    pub time: u64,
}

/// A checkpoint with its signatures. Nothing is verified before [`SignedCheckpoint::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
}

impl SignedCheckpoint {
    /// Read a checkpoint file.
    ///
    /// # Errors
    /// See [`Note::parse`] and [`Checkpoint::parse`].
    pub fn parse(text: &str) -> Result<Self, ReceiptError> {
        let note = Note::parse(text)?;
        Ok(Self { checkpoint: Checkpoint::parse(note.text())?, note })
    }

    /// The statement if `key` signed it.
    ///
    /// # Errors
    /// [`ReceiptError::NotSigned`] or [`ReceiptError::BadSignature`].
    pub fn verify(&self, key: &VerifierKey) -> Result<&Checkpoint, ReceiptError> {
        self.note.signed_by(key)?;
        Ok(&self.checkpoint)
    }

    /// The statement as it stands, signed by whomever: for showing, never for trusting.
    pub fn unverified(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note itself.
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// Add a witness's cosignature. The witness must have checked the consistency with what it saw before.
    /// `time` is in seconds since 1970 (UTC).
    ///
    /// # Errors
    /// [`ReceiptError::KeyKind`] for a log key.
    pub fn cosign(&mut self, key: &SigningKey, time: u64) -> Result<(), ReceiptError> {
        if key.verifier().kind() != KeyKind::Witness {
            return Err(ReceiptError::KeyKind(key.verifier().name().to_owned()));
        }
        let mut bytes = time.to_be_bytes().to_vec();
        bytes.extend(key.sign(cosigned_message(time, self.note.text()).as_bytes())?);
        self.note.add(key.verifier(), bytes);
        Ok(())
    }

    /// The cosignatures by the witnesses given, verified. Lines by others are ignored.
    ///
    /// # Errors
    /// [`ReceiptError::BadSignature`] when a line by one of them is wrong.
    pub fn cosignatures(&self, witnesses: &[VerifierKey]) -> Result<Vec<Cosignature>, ReceiptError> {
        let mut out = Vec::new();
        for key in witnesses.iter().filter(|k| k.kind() == KeyKind::Witness) {
            for line in self.note.signatures().iter().filter(|s| s.is_by(key)) {
                let bad = || ReceiptError::BadSignature(key.name().to_owned());
                let (time, signature) = line.bytes.split_first_chunk::<8>().ok_or_else(bad)?;
                let time = u64::from_be_bytes(*time);
                let message = cosigned_message(time, self.note.text());
                if time > i64::MAX as u64 || !key.verifies(message.as_bytes(), signature) {
                    return Err(bad());
                }
                out.push(Cosignature { witness: key.name().to_owned(), time });
            }
        }
        Ok(out)
    }
}

fn cosigned_message(time: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}
