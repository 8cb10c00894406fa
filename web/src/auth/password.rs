//! Passwords: argon2id with the configured cost (requirement AUT-01). An unknown person costs the same time as a wrong
//! password (AUT-03).

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};

use crate::app::App;
use crate::error::{AppError, AppResult};

pub use super::password_rules::check_new;

/// Hash to compare with when there is no other, and how often that happened.
#[derive(Debug, Default)]
pub struct Dummy {
    hash: OnceLock<String>,
    runs: AtomicU64,
}

impl Dummy {
    /// How often a password was compared for nobody.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.runs.load(Ordering::SeqCst)
    }
}

/// What a comparison found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Right. The new hash is to be stored when the old one was made with another cost.
    Right(Option<String>),
    /// Wrong, or nobody to compare with.
    Wrong,
}

fn hasher(app: &App) -> AppResult<Argon2<'static>> {
    let cost = &app.config().passwords;
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None)
        .map_err(|e| AppError::internal(e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_with(argon: &Argon2<'_>, password: &str, salt: [u8; 16]) -> AppResult<String> {
    let hash: PasswordHash = argon
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|e| AppError::internal(e.to_string()))?;
    Ok(hash.to_string())
}

/// Hashes a new password.
///
/// # Errors
/// `Unavailable` when too many hashes are waiting.
pub async fn hash(app: &App, password: &str) -> AppResult<String> {
    let (argon, salt) = (hasher(app)?, app.random::<16>()?);
    let password = zeroize::Zeroizing::new(password.to_owned());
    app.hashing(move || hash_with(&argon, &password, salt)).await?
}

/// Compares a password with a stored hash; with `None` it does the same work for nothing.
///
/// # Errors
/// `Unavailable` when too many hashes are waiting.
pub async fn verify(app: &App, password: &str, stored: Option<String>) -> AppResult<Verdict> {
    let (argon, salt, dummy_salt) = (hasher(app)?, app.random::<16>()?, app.random::<16>()?);
    let password = zeroize::Zeroizing::new(password.to_owned());
    let shared = app.clone();
    app.hashing(move || {
        let known = stored.is_some();
        let stored = match stored {
            Some(hash) => hash,
            None => {
                let dummy = shared.dummy_password();
                dummy.runs.fetch_add(1, Ordering::SeqCst);
                match dummy.hash.get() {
                    Some(hash) => hash.clone(),
                    None => {
                        let fresh = hash_with(&argon, "a password nobody has", dummy_salt)?;
                        dummy.hash.get_or_init(|| fresh).clone()
                    }
                }
            }
        };
        let parsed = PasswordHash::new(&stored).map_err(|e| AppError::internal(e.to_string()))?;
        let right = argon.verify_password(password.as_bytes(), &parsed).is_ok();
        if !right || !known {
            return Ok(Verdict::Wrong);
        }
        let same_cost = Params::try_from(&parsed).is_ok_and(|p| {
            let want = argon.params();
            (p.m_cost(), p.t_cost(), p.p_cost()) == (want.m_cost(), want.t_cost(), want.p_cost())
        });
        let rehash = if same_cost { None } else { Some(hash_with(&argon, &password, salt)?) };
        Ok(Verdict::Right(rehash))
    })
    .await?
}
