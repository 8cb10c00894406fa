//! The making of the keys, and the proofs that key files work. Every message is checked when it arrives; the rounds are
//! rebuilt from the messages stored.

mod rounds;

use folkmoot_ballot::group::Group;
use folkmoot_ballot::hash::Hash;
use folkmoot_ballot::json::Reader;
use folkmoot_ballot::proof::{Proof, verify_knowledge};
use folkmoot_ballot::trustee::TrusteeKey;
use folkmoot_store::Conn;
use folkmoot_store::elections::trustees::{self as table, NewMessage};
use serde::Deserialize;
use serde_json::Value;

use super::standing::{Due, Standing, kinds};
use crate::app::App;
use crate::elections::engine::for_group;
use crate::elections::setup::group;
use crate::error::{AppError, AppResult};
use crate::http::FieldErrors;

pub use rounds::keys;
use rounds::{Round, rounds};
pub(in crate::elections::trustees) use rounds::{sealed_share, vinput};

/// Most bytes of one message of the ceremony.
const MOST: usize = 1024 * 1024;

/// What a trustee's page sends.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "step", content = "payload", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Step {
    /// A single public key, or a certificate.
    Key {
        /// Of a trustee whose key is needed in any case.
        public_key: Option<Value>,
        /// Of a trustee who takes part in a threshold key.
        certificate: Option<Value>,
    },
    /// The hash of one's coefficients.
    Commit {
        /// 64 hexadecimal digits.
        commitment: String,
        /// The polynomial, sealed for oneself.
        sealed: String,
    },
    /// Coefficients and sealed values.
    Reveal {
        /// As the ceremony describes it.
        polynomial: Value,
        /// The commitments seen, sealed for oneself.
        seen: String,
    },
    /// The share.
    Share {
        /// As the ceremony describes it.
        voutput: Value,
    },
    /// Knowledge of the private key.
    Rehearse {
        /// Challenge and response.
        proof: Value,
    },
    /// A shuffle object, exact text.
    Shuffle {
        /// The text.
        shuffle: String,
    },
    /// A partial decryption, exact text.
    Decrypt {
        /// The text.
        partial_decryption: String,
    },
}

impl Step {
    pub(super) fn due(&self) -> Due {
        match self {
            Self::Key { .. } => Due::Key,
            Self::Commit { .. } => Due::Commit,
            Self::Reveal { .. } => Due::Reveal,
            Self::Share { .. } => Due::Share,
            Self::Rehearse { .. } => Due::Rehearse,
            Self::Shuffle { .. } => Due::Shuffle,
            Self::Decrypt { .. } => Due::Decrypt,
        }
    }

    /// The messages to store, the one that is checked first.
    fn messages(self, standing: &Standing) -> AppResult<Vec<(&'static str, String)>> {
        let sent = match self {
            Self::Key { public_key: Some(key), certificate: None } if !standing.is_threshold() => {
                vec![(kinds::KEY, key.to_string())]
            }
            Self::Key { public_key: None, certificate: Some(signed) } if standing.is_threshold() => {
                vec![(kinds::CERTIFICATE, signed.to_string())]
            }
            Self::Commit { commitment, sealed } => {
                vec![(kinds::COMMITMENT, commitment), (kinds::SEALED, sealed)]
            }
            Self::Reveal { polynomial, seen } => {
                vec![(kinds::POLYNOMIAL, polynomial.to_string()), (kinds::SEEN, seen)]
            }
            Self::Share { voutput } => vec![(kinds::SHARE, voutput.to_string())],
            Self::Rehearse { proof } => vec![(standing.proof_kind(), proof.to_string())],
            Self::Key { .. } | Self::Shuffle { .. } | Self::Decrypt { .. } => {
                return Err(refused("payload", "This page is out of date. Reload it."));
            }
        };
        match sent.iter().all(|(_, body)| body.len() <= MOST) {
            true => Ok(sent),
            false => Err(refused("payload", "What was sent is too long for this step.")),
        }
    }
}

fn refused(field: &str, why: impl Into<String>) -> AppError {
    FieldErrors::one(field, why).into()
}

/// What a message makes known about its sender.
#[derive(Debug, Default, PartialEq, Eq)]
struct Learned {
    key: Option<String>,
    fingerprint: Option<String>,
}

/// Takes a message of the ceremony or a proof; true when it was new. The same bytes may come again.
///
/// # Errors
/// `Conflict` out of turn or when something else was sent before, `Invalid` with the reason when it is refused.
pub(super) fn accept(
    conn: &mut Conn,
    app: &App,
    standing: &Standing,
    position: i64,
    step: Step,
    now: folkmoot_store::Utc,
) -> AppResult<bool> {
    let due = step.due();
    let sent = step.messages(standing)?;
    let (kind, body) = sent.first().ok_or_else(|| AppError::internal("a step without a message"))?;
    if let Some(before) = standing.body(position, kind) {
        // A second proof is as good as the first: it says the same.
        if before == body || due == Due::Rehearse {
            return Ok(false);
        }
        return Err(AppError::conflict(
            "You have sent something else for this step before. Reload the page; if you did not send it, tell the \
             returns officer at once.",
        ));
    }
    let me = standing.trustees.iter().find(|t| t.position == position).ok_or_else(AppError::not_found)?;
    if standing.due(me, now) != due {
        return Err(AppError::conflict("It is not your turn with this step. Reload the page."));
    }
    let learned =
        for_group!(group(&standing.settings)?, G => check::<G>(app, standing, position, kind, body)?);
    for (kind, body) in &sent {
        let message = NewMessage {
            election_id: standing.election.id,
            position,
            kind,
            recipient: 0,
            body,
            accepted: true,
            finding: None,
        };
        table::insert_message(conn, &message)?;
    }
    learn(conn, standing, position, kind, &learned)?;
    Ok(true)
}

fn learn(
    conn: &mut Conn,
    standing: &Standing,
    position: i64,
    kind: &str,
    learned: &Learned,
) -> AppResult<()> {
    let id = standing.election.id;
    if let Some(print) = &learned.fingerprint {
        table::put_fingerprint(conn, id, position, print)?;
    }
    if let Some(key) = &learned.key {
        table::put_public_key(conn, id, position, key)?;
    }
    let state = match kind {
        kinds::CERTIFICATE => "key_made",
        // The page has the key file opened again before it sends anything.
        kinds::KEY | kinds::SHARE => "checked",
        kinds::REHEARSAL => "rehearsed",
        _ => return Ok(()),
    };
    Ok(table::put_state(conn, id, position, state)?)
}

fn check<G: Group>(
    app: &App,
    standing: &Standing,
    position: i64,
    kind: &str,
    body: &str,
) -> AppResult<Learned> {
    let index = usize::try_from(position).map_err(AppError::internal)?;
    let wrong = |e: &dyn std::fmt::Display| refused(kind, format!("It is refused: {e}."));
    let out_of_turn = || AppError::conflict("It is not your turn with this step. Reload the page.");
    match kind {
        kinds::KEY => {
            let key = TrusteeKey::<G>::parse(body.as_bytes()).map_err(|e| wrong(&e))?;
            let text = G::encode(&key.public_key);
            let fingerprint = distinct(standing, position, &text)?;
            return Ok(Learned { key: Some(text), fingerprint: Some(fingerprint) });
        }
        kinds::REHEARSAL | kinds::CHECK => {
            prove::<G>(app, standing, position, body)?;
            return Ok(Learned::default());
        }
        _ => {}
    }
    match (kind, rounds::<G>(standing).map_err(AppError::internal)?) {
        (kinds::CERTIFICATE, Round::Certificates(mut round)) => {
            round.submit(index, body.as_bytes()).map_err(|e| wrong(&e))?;
            let fingerprint = distinct(standing, position, &verification_of(body)?)?;
            Ok(Learned { key: None, fingerprint: Some(fingerprint) })
        }
        (kinds::COMMITMENT, Round::Commitments(mut round)) => {
            let hash =
                Hash::from_hex(body).ok_or_else(|| wrong(&"a commitment has 64 hexadecimal digits"))?;
            round.submit(index, hash).map_err(|e| wrong(&e))?;
            Ok(Learned::default())
        }
        (kinds::POLYNOMIAL, Round::Polynomials(mut round)) => {
            round.submit(index, body.as_bytes()).map_err(|e| wrong(&e))?;
            Ok(Learned::default())
        }
        (kinds::SHARE, Round::Shares(mut round)) => {
            round.submit(index, body.as_bytes()).map_err(|e| wrong(&e))?;
            Ok(Learned { key: Some(text_at(body, &["public_key", "public_key"])?), fingerprint: None })
        }
        _ => Err(out_of_turn()),
    }
}

/// The fingerprint of a key, which must be nobody else's (requirement TRU-01).
fn distinct(standing: &Standing, position: i64, key: &str) -> AppResult<String> {
    let print = Hash::of(key.as_bytes()).base64();
    let taken = |t: &table::TrusteeRow| t.position != position && t.fingerprint.as_deref() == Some(&print);
    match standing.trustees.iter().any(taken) {
        true => Err(refused("key", "Another trustee has sent this very key. Make one of your own.")),
        false => Ok(print),
    }
}

fn text_at(body: &str, path: &[&str]) -> AppResult<String> {
    let value: Value = serde_json::from_str(body).map_err(AppError::internal)?;
    let found = path.iter().try_fold(&value, |v, name| v.get(name));
    found
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| AppError::internal("a message lacks a text"))
}

/// The verification key inside a signed certificate.
fn verification_of(certificate: &str) -> AppResult<String> {
    text_at(&text_at(certificate, &["message"])?, &["verification"])
}

/// What a proof that the key file works is bound to. Nobody can make it beforehand.
pub(super) fn nonce(app: &App, standing: &Standing, position: i64) -> String {
    let label = format!("{}|{position}|{}", standing.election.uuid, standing.proof_kind());
    folkmoot_ballot::hash::hex(&app.keys().tag("nonce of a trustee's proof", label.as_bytes()))
}

fn prove<G: Group>(app: &App, standing: &Standing, position: i64, body: &str) -> AppResult<()> {
    let me = standing.trustees.iter().find(|t| t.position == position).ok_or_else(AppError::not_found)?;
    let key = me.public_key.as_deref().ok_or_else(|| AppError::conflict("Your key is not known yet."))?;
    let element = G::decode_key(key).map_err(AppError::internal)?;
    let unreadable = |_| refused("proof", "The proof cannot be read.");
    let mut reader = Reader::from_bytes(body.as_bytes()).map_err(unreadable)?;
    let proof = Proof::<G>::read(&mut reader).map_err(unreadable)?;
    reader.end().map_err(unreadable)?;
    let nonce = nonce(app, standing, position);
    let prefix = format!("rehearsal|{}|{key}|{nonce}|", standing.election.uuid);
    match verify_knowledge::<G>(&prefix, &element, &proof) {
        true => Ok(()),
        false => Err(refused("proof", "It does not prove that you hold the key of this election.")),
    }
}
