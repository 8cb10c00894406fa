//! Checking what somebody proves themselves with: codes of an app, recovery codes, codes sent by mail.

use chrono::TimeDelta;
use folkmoot_store::accounts::{self, NewToken, TokenPurpose};
use folkmoot_store::{Conn, JsonText, PersonId, Utc};

use super::notices;
use crate::app::App;
use crate::auth::totp;
use crate::error::{AppError, AppResult};

/// Recovery codes made at once.
pub(super) const RECOVERY_CODES: usize = 10;
/// How long a mailed code is good for.
pub(super) const MAILED_MINUTES: i64 = 10;

const SEAL: &str = "totp secret";

/// Encrypts a secret for [`accounts::put_totp`].
pub(super) fn seal(app: &App, person: PersonId, secret: &[u8]) -> AppResult<Vec<u8>> {
    Ok(app.keys().seal(SEAL, context(person).as_bytes(), secret, app.random()?))
}

/// The secret of an app.
///
/// # Errors
/// `Internal` when it was sealed by another key: the key file was replaced.
pub(super) fn unseal(app: &App, row: &accounts::TotpSecret) -> AppResult<zeroize::Zeroizing<Vec<u8>>> {
    app.keys()
        .open_sealed(SEAL, context(row.person_id).as_bytes(), &row.sealed)
        .ok_or_else(|| AppError::internal("the secret of an authenticator app was sealed by another key"))
}

fn context(person: PersonId) -> String {
    format!("person {person}")
}

/// Uses a code of the person's app, confirmed or about to be; `false` when it is wrong or was used before.
pub(super) fn use_app_code(
    c: &mut Conn,
    app: &App,
    person: PersonId,
    typed: &str,
    now: Utc,
) -> AppResult<bool> {
    let Some(row) = accounts::totp_of(c, person)? else { return Ok(false) };
    let secret = unseal(app, &row)?;
    match totp::matching_step(&secret, typed, now, row.last_step) {
        Some(step) => Ok(accounts::use_totp_step(c, person, step)?),
        None => Ok(false),
    }
}

/// Uses a code of a confirmed app, or a recovery code; the use of a recovery code is told by mail.
pub(super) fn use_code(c: &mut Conn, app: &App, person: PersonId, typed: &str, now: Utc) -> AppResult<bool> {
    if !accounts::means_of(c, person)?.totp {
        return Ok(false);
    }
    if use_app_code(c, app, person, typed, now)? {
        return Ok(true);
    }
    if !accounts::use_recovery_code(c, person, &recovery_tag(app, person, typed), now)? {
        return Ok(false);
    }
    let left = accounts::means_of(c, person)?.codes_left;
    let what = format!("A recovery code was used to prove that it is you. {left} codes are left.");
    notices::tell(c, app, person, &what, now)?;
    Ok(true)
}

/// Makes new recovery codes and replaces the old ones. The codes themselves are kept nowhere.
pub(super) fn new_recovery_codes(app: &App) -> AppResult<Vec<String>> {
    (0..RECOVERY_CODES)
        .map(|_| {
            let text = totp::base32(&app.random::<7>()?).to_lowercase();
            let letters: String = text.chars().take(10).collect();
            let (a, b) = letters.split_at_checked(5).unwrap_or((&letters, ""));
            Ok(format!("{a}-{b}"))
        })
        .collect()
}

/// What the database keeps of a recovery code: spelling does not matter, and without the key file it cannot be guessed.
pub(super) fn recovery_tag(app: &App, person: PersonId, code: &str) -> Vec<u8> {
    let letters: String =
        code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).take(64).collect();
    app.keys().tag("recovery code", format!("{person}|{letters}").as_bytes()).to_vec()
}

/// Makes a code of eight digits to be mailed for the session `session`, in place of the one before.
pub(super) fn new_mailed_code(
    c: &mut Conn,
    app: &App,
    person: PersonId,
    session: accounts::SessionId,
    number: u64,
    now: Utc,
) -> AppResult<String> {
    accounts::void_tokens(c, person, TokenPurpose::ConfirmCode, now)?;
    let code = format!("{:08}", number % 100_000_000);
    let new = NewToken {
        token_hash: &mailed_tag(app, session, &code),
        purpose: TokenPurpose::ConfirmCode,
        person: Some(person),
        payload: JsonText::of(&())?,
        expires_at: now.plus(TimeDelta::minutes(MAILED_MINUTES)),
    };
    accounts::add_token(c, &new, now)?;
    Ok(code)
}

/// Uses a mailed code up.
pub(super) fn use_mailed_code(
    c: &mut Conn,
    app: &App,
    person: PersonId,
    session: accounts::SessionId,
    typed: &str,
    now: Utc,
) -> AppResult<bool> {
    let digits: String = typed.chars().filter(char::is_ascii_digit).take(9).collect();
    let tag = mailed_tag(app, session, &digits);
    let found = accounts::use_token(c, &tag, TokenPurpose::ConfirmCode, now)?;
    Ok(found.is_some_and(|t| t.person_id == Some(person)))
}

fn mailed_tag(app: &App, session: accounts::SessionId, code: &str) -> Vec<u8> {
    app.keys().tag("mailed code", format!("{session}|{code}").as_bytes()).to_vec()
}
