//! A trustee's key file as the trustee page makes it (`static/booth/keyfile.mjs`), for the trustee of the demonstration.

use std::num::NonZeroU32;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::pbkdf2;
use serde_json::{Value, json};

use crate::app::App;
use crate::error::{AppError, AppResult};

/// Passphrase of the key files of the demonstration.
pub const PASSPHRASE: &str = "seven hills at night";

const ITERATIONS: u32 = 600_000;

/// The file that holds `private_key` (decimal) of a single trustee.
pub fn seal(
    app: &App,
    election: &str,
    trustee: &str,
    public_key: &str,
    private_key: &str,
) -> AppResult<String> {
    let (salt, iv): ([u8; 16], [u8; 12]) = (app.random()?, app.random()?);
    // The order of the fields is part of what is authenticated, so the head is written by hand.
    let about = format!(
        r#"{{"election":{},"trustee":{},"kind":"single","public_key":{}}}"#,
        Value::from(election),
        Value::from(trustee),
        Value::from(public_key)
    );
    let head = format!(
        r#"{{"format":"folkmoot-trustee-key-1","about":{about},"kdf":{{"name":"PBKDF2-SHA-256","iterations":{ITERATIONS},"salt":"{}"}},"cipher":{{"name":"AES-256-GCM","iv":"{}"}}}}"#,
        STANDARD.encode(salt),
        STANDARD.encode(iv)
    );
    let rounds = NonZeroU32::new(ITERATIONS).ok_or_else(|| AppError::internal("no iterations"))?;
    let mut key = [0_u8; 32];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, &salt, PASSPHRASE.as_bytes(), &mut key);
    let key = UnboundKey::new(&AES_256_GCM, &key).map_err(|_| AppError::internal("a key was refused"))?;
    let mut sealed = json!({ "private_key": private_key }).to_string().into_bytes();
    LessSafeKey::new(key)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(iv), Aad::from(head.as_bytes()), &mut sealed)
        .map_err(|_| AppError::internal("sealing failed"))?;
    let open = head.strip_suffix('}').unwrap_or(&head);
    Ok(format!("{open},\"sealed\":\"{}\"}}\n", STANDARD.encode(sealed)))
}
