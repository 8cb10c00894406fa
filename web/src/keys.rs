//! The installation's secret key. One file outside the database and outside its backups; every other key is derived from it
//! by HKDF with a label, so that no key serves two purposes.

use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};
use ring::signature::KeyPair;
use ring::{aead, hkdf, hmac, signature};
use zeroize::Zeroizing;

use crate::chance::Chance;

/// The root key and what is derived from it. `Debug` shows nothing.
pub struct Keys {
    root: hkdf::Prk,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(redacted)")
    }
}

struct Length32;

impl hkdf::KeyType for Length32 {
    fn len(&self) -> usize {
        32
    }
}

impl Keys {
    /// Reads the key file; makes it (mode 0600) when it is missing.
    ///
    /// # Errors
    /// When the file is readable by others, is not 32 bytes long, or cannot be read or made.
    pub fn open(path: &Path, chance: &dyn Chance) -> anyhow::Result<Self> {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
        if !path.exists() {
            let mut secret = Zeroizing::new([0_u8; 32]);
            chance.fill(&mut secret[..]).map_err(anyhow::Error::msg)?;
            let mut new = path.as_os_str().to_owned();
            new.push(format!(".new-{}", std::process::id()));
            // Whole before it has its name: another process that starts now reads all of it, or makes none of its own.
            std::fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&new)
                .and_then(|mut file| {
                    std::io::Write::write_all(&mut file, &secret[..])?;
                    file.sync_all()
                })
                .with_context(|| format!("cannot make the key file {}", path.display()))?;
            let linked = std::fs::hard_link(&new, path);
            std::fs::remove_file(&new)?;
            match linked {
                Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => {
                    return Err(e).with_context(|| format!("cannot make the key file {}", path.display()));
                }
                _ => {}
            }
        }
        let mut file = std::fs::File::open(path)
            .with_context(|| format!("cannot read the key file {}", path.display()))?;
        if file.metadata()?.permissions().mode() & 0o077 != 0 {
            bail!("the key file {} can be read by others; run: chmod 600 {0}", path.display());
        }
        let mut secret = Zeroizing::new(Vec::new());
        file.read_to_end(&mut secret)?;
        if secret.len() != 32 {
            bail!(
                "the key file {} must hold exactly 32 bytes; restore it from its own backup",
                path.display()
            );
        }
        Ok(Self::from_secret(&secret))
    }

    /// Derives from a secret at hand; for tests and demonstrations.
    #[must_use]
    pub fn from_secret(secret: &[u8]) -> Self {
        Self { root: hkdf::Salt::new(hkdf::HKDF_SHA256, b"folkmoot root v1").extract(secret) }
    }

    /// 32 bytes for the purpose named by `label`.
    #[must_use]
    pub fn derive(&self, label: &str) -> Zeroizing<[u8; 32]> {
        let mut out = Zeroizing::new([0_u8; 32]);
        // Both calls fail only for lengths above 255 blocks; 32 bytes is one.
        if let Ok(okm) = self.root.expand(&[label.as_bytes()], Length32) {
            let _ = okm.fill(&mut out[..]);
        }
        out
    }

    /// HMAC-SHA-256 of `message` under the key for `label`.
    #[must_use]
    pub fn tag(&self, label: &str, message: &[u8]) -> [u8; 32] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.derive(label)[..]);
        let mut out = [0; 32];
        for (to, from) in out.iter_mut().zip(hmac::sign(&key, message).as_ref()) {
            *to = *from;
        }
        out
    }

    /// Compares a tag in constant time.
    #[must_use]
    pub fn verify(&self, label: &str, message: &[u8], tag: &[u8]) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.derive(label)[..]);
        hmac::verify(&key, message, tag).is_ok()
    }

    /// Encrypts a secret for the database with AES-256-GCM: nonce, then ciphertext with its tag. `context` names whose
    /// secret it is; it opens under the same label and context only. `nonce` must be fresh randomness.
    #[must_use]
    pub fn seal(&self, label: &str, context: &[u8], plain: &[u8], nonce: [u8; 12]) -> Vec<u8> {
        let mut body = plain.to_vec();
        let sealed = self.aead(label).map(|key| {
            let nonce = aead::Nonce::assume_unique_for_key(nonce);
            key.seal_in_place_append_tag(nonce, aead::Aad::from(context), &mut body)
        });
        // Fails only for texts of gibibytes; an empty result never opens.
        if !matches!(sealed, Some(Ok(()))) {
            return Vec::new();
        }
        [&nonce[..], &body].concat()
    }

    /// Opens what [`Keys::seal`] made; `None` when anything about it is different.
    #[must_use]
    pub fn open_sealed(&self, label: &str, context: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, body) = sealed.split_at_checked(12)?;
        let nonce = aead::Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut body = Zeroizing::new(body.to_vec());
        let length = self.aead(label)?.open_in_place(nonce, aead::Aad::from(context), &mut body).ok()?.len();
        body.truncate(length);
        Some(body)
    }

    fn aead(&self, label: &str) -> Option<aead::LessSafeKey> {
        let key = aead::UnboundKey::new(&aead::AES_256_GCM, &self.derive(label)[..]).ok()?;
        Some(aead::LessSafeKey::new(key))
    }

    fn audit_pair(&self) -> Option<signature::Ed25519KeyPair> {
        signature::Ed25519KeyPair::from_seed_unchecked(&self.derive("audit checkpoint")[..]).ok()
    }

    /// Ed25519 signature of a checkpoint of the audit log.
    #[must_use]
    pub fn sign_audit(&self, message: &[u8]) -> Vec<u8> {
        // The seed always has 32 bytes, so the pair always exists; an empty signature would never verify.
        self.audit_pair().map(|pair| pair.sign(message).as_ref().to_vec()).unwrap_or_default()
    }

    /// The public key of [`Keys::sign_audit`], for checking the log elsewhere.
    #[must_use]
    pub fn audit_public_key(&self) -> Vec<u8> {
        self.audit_pair().map(|pair| pair.public_key().as_ref().to_vec()).unwrap_or_default()
    }

    /// True when `signature` is one of [`Keys::sign_audit`].
    #[must_use]
    pub fn audit_signature_fits(&self, message: &[u8], signature: &[u8]) -> bool {
        signature::UnparsedPublicKey::new(&signature::ED25519, self.audit_public_key())
            .verify(message, signature)
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_owner_only() {
        let keys = Keys::from_secret(b"one");
        let sealed = keys.seal("totp", b"person 1", b"secret", [7; 12]);
        assert!(!sealed.windows(6).any(|w| w == b"secret"));
        assert_eq!(keys.open_sealed("totp", b"person 1", &sealed).unwrap().as_slice(), b"secret");
        assert!(keys.open_sealed("totp", b"person 2", &sealed).is_none());
        assert!(keys.open_sealed("other", b"person 1", &sealed).is_none());
        assert!(Keys::from_secret(b"two").open_sealed("totp", b"person 1", &sealed).is_none());
        assert!(keys.open_sealed("totp", b"person 1", &sealed[..11]).is_none());
        let mut spoiled = sealed;
        spoiled[13] ^= 1;
        assert!(keys.open_sealed("totp", b"person 1", &spoiled).is_none());
    }

    #[test]
    fn a_key_file_is_made_once_and_refused_when_others_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let chance = crate::chance::SystemChance;
        let first = Keys::open(&path, &chance).unwrap();
        let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(), 0o600);
        let again = Keys::open(&path, &chance).unwrap();
        assert_eq!(first.tag("x", b"y"), again.tag("x", b"y"), "the secret is kept");
        let other = Keys::open(&folder.path().join("other"), &chance).unwrap();
        assert_ne!(first.tag("x", b"y"), other.tag("x", b"y"), "there is no secret that installations share");
        for open in [0o640, 0o604] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(open)).unwrap();
            let refused = Keys::open(&path, &chance).err().unwrap().to_string();
            assert!(refused.contains("chmod 600") && !refused.contains('\n'), "{refused}");
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        for wrong in [&b""[..], &[7; 31], &[7; 33]] {
            std::fs::write(&path, wrong).unwrap();
            assert!(Keys::open(&path, &chance).err().unwrap().to_string().contains("exactly 32 bytes"));
        }
    }
}
