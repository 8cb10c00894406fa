//! Challenges for passkeys (WebAuthn) and their answers. The state of a challenge is a single-use token: the page gets its
//! secret with the challenge and sends it back with the answer.

use chrono::TimeDelta;
use folkmoot_store::accounts::{self, NewToken, PasskeyRow, TokenPurpose};
use folkmoot_store::error::is_duplicate;
use folkmoot_store::{JsonText, PersonId, audit};
use serde_json::{Value, json};
use webauthn_rs::prelude::{
    CreationChallengeResponse, DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration,
    PublicKeyCredential, RegisterPublicKeyCredential, Uuid,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use super::notices;
use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::http::Ctx;
use crate::http::session::{Actor, new_token, token_hash};

/// Minutes for the answer to a challenge.
const MINUTES: i64 = 5;
/// Passkeys for one person.
const MOST: usize = 20;

fn webauthn(app: &App) -> AppResult<Webauthn> {
    let origin = app.config().url().map_err(|e| AppError::internal(e.to_string()))?;
    let no_domain =
        || AppError::conflict("Passkeys need a site with a domain name; this one has a bare number.");
    let host = origin.domain().ok_or_else(no_domain)?.to_owned();
    let site_name = app.organisation().name.clone();
    let built = WebauthnBuilder::new(&host, &origin).and_then(|b| b.rp_name(&site_name).build());
    built.map_err(|_| no_domain())
}

/// A challenge for making a passkey: JSON for `navigator.credentials.create`, with `ceremony`.
///
/// # Errors
/// `Conflict` when the person has enough passkeys.
pub(super) async fn start_creation(ctx: &Ctx, actor: &Actor) -> AppResult<Value> {
    let person = actor.person;
    let (rows, address) = ctx
        .app()
        .read(move |c| Ok((accounts::passkeys_of(c, person)?, accounts::mail_address_of(c, person)?)))
        .await?;
    if rows.len() >= MOST {
        return Err(AppError::conflict(format!("{MOST} passkeys are enough. Remove one first.")));
    }
    let known = rows.into_iter().map(|r| r.credential_id).collect();
    let user = Uuid::parse_str(actor.public_id.as_str()).map_err(AppError::internal)?;
    let login = address.unwrap_or_else(|| actor.name.clone());
    let (options, state) = webauthn(ctx.app())?
        .start_passkey_registration(user, &login, &actor.name, Some(known))
        .map_err(|e| AppError::internal(e.to_string()))?;
    let token = keep(ctx, TokenPurpose::PasskeyCreation, Some(person), JsonText::of(&state)?).await?;
    creation_options(&options, &token)
}

/// The key must be one the authenticator finds by itself, so that signing in needs no name and tells nobody who has one.
fn creation_options(options: &CreationChallengeResponse, token: &str) -> Result<Value, AppError> {
    let mut options = serde_json::to_value(options).map_err(AppError::internal)?;
    let selection = options.pointer_mut("/publicKey/authenticatorSelection").and_then(Value::as_object_mut);
    if let Some(selection) = selection {
        selection.insert("residentKey".into(), json!("required"));
        selection.insert("requireResidentKey".into(), json!(true));
    }
    Ok(json!({ "ceremony": token, "publicKey": options.get("publicKey") }))
}

/// Keeps the passkey made for a challenge. `Err` in the answer is a sentence for the person.
///
/// # Errors
/// A database error.
pub(super) async fn finish_creation(
    ctx: &Ctx,
    actor: &Actor,
    ceremony: &str,
    credential: &str,
    name: String,
) -> AppResult<Result<(), &'static str>> {
    const NOT_MADE: &str = "The passkey was not made. Try again.";
    let (person, now, hash) = (actor.person, ctx.now(), token_hash(ceremony));
    let Ok(answer) = serde_json::from_str::<RegisterPublicKeyCredential>(credential) else {
        return Ok(Err(NOT_MADE));
    };
    let webauthn = webauthn(ctx.app())?;
    let app = ctx.app().clone();
    let act = ctx.act("passkey.add", format!("person {}", actor.public_id), json!({}));
    let done = ctx
        .app()
        .write(move |c| {
            let Some(token) = accounts::use_token(c, &hash, TokenPurpose::PasskeyCreation, now)? else {
                return Ok(false);
            };
            if token.person_id != Some(person) {
                return Ok(false);
            }
            let state: PasskeyRegistration = token.payload.parse()?;
            let Ok(passkey) = webauthn.finish_passkey_registration(&answer, &state) else { return Ok(false) };
            let id: &[u8] = passkey.cred_id().as_ref();
            match accounts::add_passkey(c, person, id, &name, &JsonText::of(&passkey)?, now) {
                Ok(_) => {}
                Err(e) if is_duplicate(&e) => {
                    return Err(AppError::conflict("This passkey is known already."));
                }
                Err(e) => return Err(e.into()),
            }
            audit::append(c, &act, now)?;
            notices::tell(c, &app, person, "A passkey was added, which can sign in to your account.", now)?;
            Ok(true)
        })
        .await?;
    Ok(if done { Ok(()) } else { Err(NOT_MADE) })
}

/// A challenge for a known passkey: JSON for `navigator.credentials.get`, with `ceremony`. With `person` only their
/// passkeys are asked for; without, whichever the authenticator has for this site.
///
/// # Errors
/// A database error.
pub(super) async fn start_proof(ctx: &Ctx, person: Option<PersonId>) -> AppResult<Value> {
    let (mut options, state) = webauthn(ctx.app())?
        .start_discoverable_authentication()
        .map_err(|e| AppError::internal(e.to_string()))?;
    options.mediation = None;
    let mut options = serde_json::to_value(options).map_err(AppError::internal)?;
    if let Some(person) = person {
        let rows = ctx.app().read(move |c| Ok(accounts::passkeys_of(c, person)?)).await?;
        let allowed: Vec<Value> = rows.iter().map(allowed).collect();
        if let Some(public_key) = options.get_mut("publicKey").and_then(Value::as_object_mut) {
            public_key.insert("allowCredentials".into(), Value::Array(allowed));
        }
    }
    let token = keep(ctx, TokenPurpose::PasskeyProof, person, JsonText::of(&state)?).await?;
    Ok(json!({ "ceremony": token, "publicKey": options.get("publicKey") }))
}

fn allowed(row: &PasskeyRow) -> Value {
    use base64::Engine;
    let id = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&row.credential_id);
    json!({ "type": "public-key", "id": id })
}

/// Checks the answer to a challenge and tells whose passkey it was. The challenge is used up in every case, and must have
/// been made for the same `person`.
///
/// # Errors
/// A database error.
pub(super) async fn finish_proof(
    ctx: &Ctx,
    person: Option<PersonId>,
    ceremony: &str,
    credential: &str,
) -> AppResult<Option<PersonId>> {
    let Ok(answer) = serde_json::from_str::<PublicKeyCredential>(credential) else { return Ok(None) };
    let (webauthn, now, hash) = (webauthn(ctx.app())?, ctx.now(), token_hash(ceremony));
    ctx.app()
        .write(move |c| {
            let Some(token) = accounts::use_token(c, &hash, TokenPurpose::PasskeyProof, now)? else {
                return Ok(None);
            };
            if token.person_id != person {
                return Ok(None);
            }
            let Some(row) = accounts::passkey_by_credential(c, answer.get_credential_id())? else {
                return Ok(None);
            };
            if person.is_some_and(|p| p != row.person_id) {
                return Ok(None);
            }
            let state: DiscoverableAuthentication = token.payload.parse()?;
            let mut passkey: Passkey = row.credential.parse()?;
            let key = DiscoverableKey::from(&passkey);
            let Ok(result) = webauthn.finish_discoverable_authentication_v2(&answer, state, &key) else {
                return Ok(None);
            };
            if !result.user_verified() {
                return Ok(None);
            }
            passkey.update_credential(&result);
            accounts::note_passkey_use(c, row.id, &JsonText::of(&passkey)?, now)?;
            Ok(Some(row.person_id))
        })
        .await
}

async fn keep(
    ctx: &Ctx,
    purpose: TokenPurpose,
    person: Option<PersonId>,
    payload: JsonText,
) -> AppResult<String> {
    let (token, now) = (new_token(ctx.app())?, ctx.now());
    let hash = token_hash(&token);
    ctx.app()
        .write(move |c| {
            let new = NewToken {
                token_hash: &hash,
                purpose,
                person,
                payload: payload.clone(),
                expires_at: now.plus(TimeDelta::minutes(MINUTES)),
            };
            accounts::add_token(c, &new, now)?;
            Ok(())
        })
        .await?;
    Ok(token)
}
