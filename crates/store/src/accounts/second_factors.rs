//! Authenticator apps, recovery codes and passkeys.

use diesel::prelude::*;

use crate::Conn;
use crate::schema::{passkeys, recovery_codes, totp_secrets};
use crate::types::{JsonText, PersonId, Utc};

crate::row_ids! {
    /// Key of a passkey.
    PasskeyId,
}

/// The secret an authenticator app shares with the site.
#[derive(Debug, Clone, Queryable)]
pub struct TotpSecret {
    /// Whose.
    pub person_id: PersonId,
    /// The secret, sealed by the installation's key.
    pub sealed: Vec<u8>,
    /// Number of the last time step whose code was used; no code of it or of an earlier one is accepted.
    pub last_step: i64,
    /// Instant of creation.
    pub created_at: Utc,
    /// When a first code proved that the app holds the secret.
    pub confirmed_at: Option<Utc>,
}

/// A passkey.
#[derive(Debug, Clone, Queryable)]
pub struct PasskeyRow {
    /// Key.
    pub id: PasskeyId,
    /// Whose.
    pub person_id: PersonId,
    /// Id the authenticator gave it.
    pub credential_id: Vec<u8>,
    /// Name the person gave it.
    pub name: String,
    /// Public key, counter and flags.
    pub credential: JsonText,
    /// Instant of creation.
    pub created_at: Utc,
    /// Last use.
    pub last_used_at: Option<Utc>,
}

/// How somebody can prove who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Means {
    /// A password was chosen.
    pub password: bool,
    /// An authenticator app is set up and confirmed.
    pub totp: bool,
    /// Passkeys.
    pub passkeys: i64,
    /// Recovery codes that were not used.
    pub codes_left: i64,
}

/// What `person` can prove themselves with.
///
/// # Errors
/// `NotFound` when there is no such person.
pub fn means_of(conn: &mut Conn, person: PersonId) -> QueryResult<Means> {
    Ok(Means {
        password: super::person(conn, person)?.password_hash.is_some(),
        totp: totp_of(conn, person)?.is_some_and(|t| t.confirmed_at.is_some()),
        passkeys: passkeys::table.filter(passkeys::person_id.eq(person)).count().get_result(conn)?,
        codes_left: recovery_codes::table
            .filter(recovery_codes::person_id.eq(person))
            .filter(recovery_codes::used_at.is_null())
            .count()
            .get_result(conn)?,
    })
}

/// The secret of the person's authenticator app, confirmed or not.
///
/// # Errors
/// A database error.
pub fn totp_of(conn: &mut Conn, person: PersonId) -> QueryResult<Option<TotpSecret>> {
    totp_secrets::table.find(person).first(conn).optional()
}

/// Replaces the secret by one that is not confirmed yet.
///
/// # Errors
/// A database error.
pub fn put_totp(conn: &mut Conn, person: PersonId, sealed: &[u8], now: Utc) -> QueryResult<()> {
    remove_totp(conn, person)?;
    diesel::insert_into(totp_secrets::table)
        .values((
            totp_secrets::person_id.eq(person),
            totp_secrets::sealed.eq(sealed),
            totp_secrets::last_step.eq(-1_i64),
            totp_secrets::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Notes that the code of `step` was used. `false`: it, or a later one, was used before.
///
/// # Errors
/// A database error.
pub fn use_totp_step(conn: &mut Conn, person: PersonId, step: i64) -> QueryResult<bool> {
    let n = diesel::update(totp_secrets::table.find(person).filter(totp_secrets::last_step.lt(step)))
        .set(totp_secrets::last_step.eq(step))
        .execute(conn)?;
    Ok(n == 1)
}

/// Notes that the app holds the secret.
///
/// # Errors
/// A database error.
pub fn confirm_totp(conn: &mut Conn, person: PersonId, now: Utc) -> QueryResult<()> {
    diesel::update(totp_secrets::table.find(person))
        .set(totp_secrets::confirmed_at.eq(Some(now)))
        .execute(conn)?;
    Ok(())
}

/// Forgets the authenticator app; returns whether there was one.
///
/// # Errors
/// A database error.
pub fn remove_totp(conn: &mut Conn, person: PersonId) -> QueryResult<bool> {
    Ok(diesel::delete(totp_secrets::table.find(person)).execute(conn)? == 1)
}

/// Replaces all recovery codes of a person by these keyed hashes.
///
/// # Errors
/// A database error.
pub fn replace_recovery_codes(
    conn: &mut Conn,
    person: PersonId,
    tags: &[Vec<u8>],
    now: Utc,
) -> QueryResult<()> {
    diesel::delete(recovery_codes::table.filter(recovery_codes::person_id.eq(person))).execute(conn)?;
    for tag in tags {
        diesel::insert_into(recovery_codes::table)
            .values((
                recovery_codes::person_id.eq(person),
                recovery_codes::code_tag.eq(tag),
                recovery_codes::created_at.eq(now),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Uses a recovery code up; `false` when the person has no such code left.
///
/// # Errors
/// A database error.
pub fn use_recovery_code(conn: &mut Conn, person: PersonId, tag: &[u8], now: Utc) -> QueryResult<bool> {
    let n = diesel::update(
        recovery_codes::table
            .filter(recovery_codes::person_id.eq(person))
            .filter(recovery_codes::code_tag.eq(tag))
            .filter(recovery_codes::used_at.is_null()),
    )
    .set(recovery_codes::used_at.eq(Some(now)))
    .execute(conn)?;
    Ok(n == 1)
}

/// Keeps a new passkey.
///
/// # Errors
/// A unique violation when the authenticator's id is known already.
pub fn add_passkey(
    conn: &mut Conn,
    person: PersonId,
    credential_id: &[u8],
    name: &str,
    credential: &JsonText,
    now: Utc,
) -> QueryResult<PasskeyId> {
    diesel::insert_into(passkeys::table)
        .values((
            passkeys::person_id.eq(person),
            passkeys::credential_id.eq(credential_id),
            passkeys::name.eq(name),
            passkeys::credential.eq(credential),
            passkeys::created_at.eq(now),
        ))
        .returning(passkeys::id)
        .get_result(conn)
}

/// Passkeys of a person, oldest first.
///
/// # Errors
/// A database error.
pub fn passkeys_of(conn: &mut Conn, person: PersonId) -> QueryResult<Vec<PasskeyRow>> {
    passkeys::table.filter(passkeys::person_id.eq(person)).order(passkeys::id).load(conn)
}

/// The passkey with this id of the authenticator.
///
/// # Errors
/// A database error.
pub fn passkey_by_credential(conn: &mut Conn, credential_id: &[u8]) -> QueryResult<Option<PasskeyRow>> {
    passkeys::table.filter(passkeys::credential_id.eq(credential_id)).first(conn).optional()
}

/// Notes that a passkey was used, with its new counter.
///
/// # Errors
/// A database error.
pub fn note_passkey_use(conn: &mut Conn, id: PasskeyId, credential: &JsonText, now: Utc) -> QueryResult<()> {
    diesel::update(passkeys::table.find(id))
        .set((passkeys::credential.eq(credential), passkeys::last_used_at.eq(Some(now))))
        .execute(conn)?;
    Ok(())
}

/// Renames a passkey of `person`; returns whether there was one.
///
/// # Errors
/// A database error.
pub fn rename_passkey(conn: &mut Conn, person: PersonId, id: PasskeyId, name: &str) -> QueryResult<bool> {
    let n = diesel::update(passkeys::table.find(id).filter(passkeys::person_id.eq(person)))
        .set(passkeys::name.eq(name))
        .execute(conn)?;
    Ok(n == 1)
}

/// Removes a passkey of `person`; returns its name when there was one.
///
/// # Errors
/// A database error.
pub fn remove_passkey(conn: &mut Conn, person: PersonId, id: PasskeyId) -> QueryResult<Option<String>> {
    diesel::delete(passkeys::table.find(id).filter(passkeys::person_id.eq(person)))
        .returning(passkeys::name)
        .get_result(conn)
        .optional()
}

/// Takes away every second factor made at or after `since`: the authenticator app with its recovery codes, and passkeys.
///
/// # Errors
/// A database error.
pub fn remove_factors_since(conn: &mut Conn, person: PersonId, since: Utc) -> QueryResult<()> {
    let app = totp_secrets::table.find(person).filter(totp_secrets::created_at.ge(since));
    diesel::delete(app).execute(conn)?;
    let codes = recovery_codes::table
        .filter(recovery_codes::person_id.eq(person))
        .filter(recovery_codes::created_at.ge(since));
    diesel::delete(codes).execute(conn)?;
    let keys = passkeys::table.filter(passkeys::person_id.eq(person)).filter(passkeys::created_at.ge(since));
    diesel::delete(keys).execute(conn)?;
    Ok(())
}
