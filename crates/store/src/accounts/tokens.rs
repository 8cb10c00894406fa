//! Single-use secrets sent by mail (requirement AUT-05: hashed, expiring, consumed by POST).

use diesel::prelude::*;

use crate::Conn;
use crate::schema::tokens;
use crate::types::{JsonText, PersonId, Utc};

crate::row_ids! {
    /// Key of a token.
    TokenId,
}

crate::text_enum! {
    /// What a token is good for; a token of one purpose never serves another.
    pub enum TokenPurpose {
        /// Finish signing up and prove the address.
        SignUp = "sign_up",
        /// Sign in by a mailed link.
        SignIn = "sign_in",
        /// Prove a further address.
        VerifyAddress = "verify_address",
        /// Choose a new password.
        Recover = "recover",
        /// Take back a change of address.
        UndoAddressChange = "undo_address_change",
        /// Go on with a second factor after the first one was right.
        SecondStep = "second_step",
        /// Prove oneself again by a mailed code.
        ConfirmCode = "confirm_code",
        /// Answer to the challenge for a new passkey.
        PasskeyCreation = "passkey_creation",
        /// Answer to the challenge for a known passkey.
        PasskeyProof = "passkey_proof",
        /// Go on with joining in which a known address was typed.
        Join = "join",
        /// Prove the address under a nomination for an award, which travels with it.
        NominateForAward = "nominate_for_award",
    }
}

/// A token that was found valid.
#[derive(Debug, Clone, Queryable)]
pub struct Token {
    /// Key.
    pub id: TokenId,
    /// SHA-256 of the secret.
    pub token_hash: Vec<u8>,
    /// What it is good for.
    pub purpose: TokenPurpose,
    /// Whom it concerns.
    pub person_id: Option<PersonId>,
    /// JSON.
    pub payload: JsonText,
    /// Instant of creation.
    pub created_at: Utc,
    /// Not valid from this instant on.
    pub expires_at: Utc,
    /// When it was consumed.
    pub used_at: Option<Utc>,
}

/// What is needed to make a token.
#[derive(Debug, Clone)]
pub struct NewToken<'a> {
    /// SHA-256 of the secret.
    pub token_hash: &'a [u8],
    /// What it is good for.
    pub purpose: TokenPurpose,
    /// Whom it concerns.
    pub person: Option<PersonId>,
    /// JSON.
    pub payload: JsonText,
    /// Not valid from this instant on.
    pub expires_at: Utc,
}

/// Adds a token.
///
/// # Errors
/// A database error.
pub fn add_token(conn: &mut Conn, new: &NewToken<'_>, now: Utc) -> QueryResult<TokenId> {
    diesel::insert_into(tokens::table)
        .values((
            tokens::token_hash.eq(new.token_hash),
            tokens::purpose.eq(new.purpose),
            tokens::person_id.eq(new.person),
            tokens::payload.eq(&new.payload),
            tokens::created_at.eq(now),
            tokens::expires_at.eq(new.expires_at),
        ))
        .returning(tokens::id)
        .get_result(conn)
}

/// The unused, unexpired token with this hash and purpose. Changes nothing: a mail scanner may follow the link.
///
/// # Errors
/// A database error.
pub fn peek_token(
    conn: &mut Conn,
    token_hash: &[u8],
    purpose: TokenPurpose,
    now: Utc,
) -> QueryResult<Option<Token>> {
    tokens::table
        .filter(tokens::token_hash.eq(token_hash))
        .filter(tokens::purpose.eq(purpose))
        .filter(tokens::used_at.is_null())
        .filter(tokens::expires_at.gt(now))
        .first(conn)
        .optional()
}

/// Consumes the token: the second of two calls gets `None`.
///
/// # Errors
/// A database error.
pub fn use_token(
    conn: &mut Conn,
    token_hash: &[u8],
    purpose: TokenPurpose,
    now: Utc,
) -> QueryResult<Option<Token>> {
    let Some(found) = peek_token(conn, token_hash, purpose, now)? else { return Ok(None) };
    let n = diesel::update(tokens::table.find(found.id).filter(tokens::used_at.is_null()))
        .set(tokens::used_at.eq(now))
        .execute(conn)?;
    Ok((n == 1).then_some(found))
}

/// Makes every unused token of this purpose useless, for example after a password was changed.
///
/// # Errors
/// A database error.
pub fn void_tokens(conn: &mut Conn, person: PersonId, purpose: TokenPurpose, now: Utc) -> QueryResult<usize> {
    diesel::update(
        tokens::table
            .filter(tokens::person_id.eq(person))
            .filter(tokens::purpose.eq(purpose))
            .filter(tokens::used_at.is_null()),
    )
    .set(tokens::used_at.eq(now))
    .execute(conn)
}

/// Removes tokens that ended before `before`; returns how many.
///
/// # Errors
/// A database error.
pub fn purge_tokens(conn: &mut Conn, before: Utc) -> QueryResult<usize> {
    diesel::delete(tokens::table.filter(tokens::expires_at.lt(before))).execute(conn)
}
