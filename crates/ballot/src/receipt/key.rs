//! Ed25519 keys of logs and witnesses, in the text forms of C2SP `signed-note`.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use curve25519_dalek::edwards::CompressedEdwardsY;
use rand_core::CryptoRng;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::ReceiptError;

const MAX_NAME: usize = 255;

/// What a key signs; the byte that enters its key id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// Signs checkpoints: plain Ed25519 over the note (0x01).
    Log,
    /// Cosigns other logs' checkpoints with a time: `cosignature/v1` (0x04).
    Witness,
}

impl KeyKind {
    fn byte(self) -> u8 {
        match self {
            Self::Log => 1,
            Self::Witness => 4,
        }
    }

    fn from_byte(byte: u8) -> Result<Self, ReceiptError> {
        match byte {
            1 => Ok(Self::Log),
            4 => Ok(Self::Witness),
            _ => Err(ReceiptError::Key("its signature type is not Ed25519")),
        }
    }
}

/// Key names hold no white space and no `+`, for they stand between both (C2SP signed-note).
pub(super) fn valid_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= MAX_NAME
        && !name.chars().any(|c| c.is_whitespace() || c == '+' || (c as u32) < 0x20)
}

fn key_id(name: &str, kind: KeyKind, public: &[u8; 32]) -> [u8; 4] {
    let hash =
        Sha256::new().chain_update(name).chain_update([b'\n', kind.byte()]).chain_update(public).finalize();
    let mut id = [0; 4];
    id.iter_mut().zip(hash.iter()).for_each(|(to, from)| *to = *from);
    id
}

fn hex_id(id: [u8; 4]) -> String {
    format!("{:08x}", u32::from_be_bytes(id))
}

/// Base64 of a key's type byte and 32 bytes.
fn decode_material(text: &str) -> Result<(KeyKind, Zeroizing<[u8; 32]>), ReceiptError> {
    let bytes =
        Zeroizing::new(STANDARD.decode(text).map_err(|_| ReceiptError::Key("its last part is not base64"))?);
    let (kind, key) = bytes.split_first().ok_or(ReceiptError::Key("its last part is empty"))?;
    let key =
        <[u8; 32]>::try_from(key).map_err(|_| ReceiptError::Key("its last part has the wrong length"))?;
    Ok((KeyKind::from_byte(*kind)?, Zeroizing::new(key)))
}

/// A public key with its name: `name+hex id+base64`, the form that an election's description prints.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VerifierKey {
    name: String,
    kind: KeyKind,
    id: [u8; 4],
    public: [u8; 32],
}

impl VerifierKey {
    /// Read a key line.
    ///
    /// # Errors
    /// [`ReceiptError::Key`] when a part is missing, the id does not match, or the point is not a sound key.
    pub fn parse(text: &str) -> Result<Self, ReceiptError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(material)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(ReceiptError::Key("it must have three parts joined by +"));
        };
        let (kind, public) = decode_material(material)?;
        let key = Self::new(name, kind, *public)?;
        match id == hex_id(key.id) {
            true => Ok(key),
            false => Err(ReceiptError::Key("its id does not match its name and its key")),
        }
    }

    /// A key from its 32 bytes (RFC 8032).
    ///
    /// # Errors
    /// [`ReceiptError::Key`] for a name that cannot be a key name, or a point outside the prime-order group.
    pub fn new(name: &str, kind: KeyKind, public: [u8; 32]) -> Result<Self, ReceiptError> {
        if !valid_name(name) {
            return Err(ReceiptError::Key("its name is empty, too long, or has a space or a + in it"));
        }
        // A key of small order verifies signatures that nobody made.
        let sound = CompressedEdwardsY(public)
            .decompress()
            .is_some_and(|p| p.is_torsion_free() && !p.is_small_order() && p.compress().0 == public);
        if !sound {
            return Err(ReceiptError::Key("it is not an Ed25519 public key"));
        }
        Ok(Self { name: name.to_owned(), kind, id: key_id(name, kind, &public), public })
    }

    /// Name of the key's owner, usually a host name with a path.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the key signs.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// First four bytes of SHA-256(name, LF, type, key).
    pub fn id(&self) -> [u8; 4] {
        self.id
    }

    /// Whether `signature` (64 bytes) is this key's over `message`.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.public).verify(message, signature).is_ok()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut material = vec![self.kind.byte()];
        material.extend_from_slice(&self.public);
        write!(f, "{}+{}+{}", self.name, hex_id(self.id), STANDARD.encode(material))
    }
}

/// A private key with its name. The seed is wiped when the key is dropped and never printed.
pub struct SigningKey {
    verifier: VerifierKey,
    seed: Zeroizing<[u8; 32]>,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.verifier)
    }
}

impl SigningKey {
    /// A new key from the given source of randomness.
    ///
    /// # Errors
    /// [`ReceiptError::Key`] for a name that cannot be a key name.
    pub fn generate<R: CryptoRng + ?Sized>(
        name: &str,
        kind: KeyKind,
        rng: &mut R,
    ) -> Result<Self, ReceiptError> {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut());
        Self::from_seed(name, kind, seed)
    }

    /// The key that RFC 8032 derives from a 32-byte seed.
    ///
    /// # Errors
    /// [`ReceiptError::Key`] for a name that cannot be a key name.
    pub fn from_seed(name: &str, kind: KeyKind, seed: Zeroizing<[u8; 32]>) -> Result<Self, ReceiptError> {
        let public = <[u8; 32]>::try_from(pair(&seed)?.public_key().as_ref())
            .map_err(|_| ReceiptError::Key("its public half has the wrong length"))?;
        Ok(Self { verifier: VerifierKey::new(name, kind, public)?, seed })
    }

    /// Read the text form `PRIVATE+KEY+name+hex id+base64`.
    ///
    /// # Errors
    /// [`ReceiptError::Key`] when a part is missing or the id does not match.
    pub fn parse(text: &str) -> Result<Self, ReceiptError> {
        let rest = text
            .strip_prefix("PRIVATE+KEY+")
            .ok_or(ReceiptError::Key("it does not begin with PRIVATE+KEY+"))?;
        let mut parts = rest.splitn(3, '+');
        let (Some(name), Some(id), Some(material)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(ReceiptError::Key("a part is missing"));
        };
        let (kind, seed) = decode_material(material)?;
        let key = Self::from_seed(name, kind, seed)?;
        match id == hex_id(key.verifier.id) {
            true => Ok(key),
            false => Err(ReceiptError::Key("its id does not match its name and its key")),
        }
    }

    /// The text form that [`SigningKey::parse`] reads. Secret.
    pub fn to_secret_text(&self) -> Zeroizing<String> {
        let mut material = Zeroizing::new(vec![self.verifier.kind.byte()]);
        material.extend_from_slice(self.seed.as_ref());
        let encoded = Zeroizing::new(STANDARD.encode(material.as_slice()));
        Zeroizing::new(format!(
            "PRIVATE+KEY+{}+{}+{}",
            self.verifier.name,
            hex_id(self.verifier.id),
            *encoded
        ))
    }

    /// The public half.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Ed25519 signature (64 bytes) over `message`.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, ReceiptError> {
        Ok(pair(&self.seed)?.sign(message).as_ref().to_vec())
    }
}

fn pair(seed: &[u8; 32]) -> Result<Ed25519KeyPair, ReceiptError> {
    Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| ReceiptError::Key("its seed is not 32 bytes"))
}
