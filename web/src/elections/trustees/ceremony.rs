//! The making of the keys, and the proofs that key files work. Every message is checked when it arrives; the rounds are
//! rebuilt from the messages stored.

use folkmoot_ballot::group::Group;
use folkmoot_ballot::hash::Hash;
use folkmoot_ballot::json::Reader;
use folkmoot_ballot::proof::{Proof, verify_knowledge};
use folkmoot_ballot::trustee::ceremony::{Certificates, Commitments, Outcome, Polynomials, Shares};
use folkmoot_ballot::trustee::{Trustee, TrusteeError, TrusteeKey, Trustees};
use folkmoot_store::Conn;
use folkmoot_store::elections::Election;
use folkmoot_store::elections::trustees::{self as table, NewMessage};
use serde::Deserialize;
use serde_json::Value;

use super::standing::{Due, Standing, kinds};
use crate::app::App;
use crate::elections::engine::for_group;
use crate::elections::setup::group;
use crate::error::{AppError, AppResult};
use crate::http::FieldErrors;

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

/// How far a threshold key is.
pub(super) enum Round<G: Group> {
    /// Round 1 collects.
    Certificates(Certificates<G>),
    /// Round 2 collects.
    Commitments(Commitments<G>),
    /// Round 3 collects.
    Polynomials(Polynomials<G>),
    /// Round 4 collects.
    Shares(Shares<G>),
    /// All shares are there.
    Done(Box<Outcome<G>>),
}

/// Rebuilds the rounds from the messages stored.
pub(super) fn rounds<G: Group>(standing: &Standing) -> Result<Round<G>, TrusteeError> {
    let place = |p: i64| usize::try_from(p).unwrap_or_default();
    let mut round = Certificates::<G>::new(standing.trustees.len(), standing.needed())?;
    for (p, body) in standing.bodies(kinds::CERTIFICATE) {
        round.submit(place(p), body.as_bytes())?;
    }
    if !round.missing().is_empty() {
        return Ok(Round::Certificates(round));
    }
    let mut round = round.close()?;
    for (p, body) in standing.bodies(kinds::COMMITMENT) {
        if let Some(hash) = Hash::from_hex(body) {
            round.submit(place(p), hash)?;
        }
    }
    if !round.missing().is_empty() {
        return Ok(Round::Commitments(round));
    }
    let mut round = round.close()?;
    for (p, body) in standing.bodies(kinds::POLYNOMIAL) {
        round.submit(place(p), body.as_bytes())?;
    }
    if !round.missing().is_empty() {
        return Ok(Round::Polynomials(round));
    }
    let mut round = round.close()?;
    for (p, body) in standing.bodies(kinds::SHARE) {
        let name = standing.trustees.iter().find(|t| t.position == p).map_or("", |t| &t.name);
        round.submit(place(p), named(body, name).as_bytes())?;
    }
    match round.missing().is_empty() {
        true => Ok(Round::Done(Box::new(round.close()?))),
        false => Ok(Round::Shares(round)),
    }
}

/// A share whose public key carries the name of its owner, as voters will read it.
fn named(share: &str, name: &str) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(share) else { return share.to_owned() };
    if let Some(key) = value.get_mut("public_key").and_then(Value::as_object_mut) {
        key.insert("name".into(), name.into());
    }
    value.to_string()
}

/// The list of trustees for [`crate::elections::setup::write_setup`], once keys are made and enough trustees have rehearsed.
///
/// # Errors
/// `Conflict` with a sentence that says what is missing.
pub fn keys(conn: &mut Conn, election: &Election) -> AppResult<String> {
    let standing = Standing::load(conn, election.clone())?;
    if standing.trustees.is_empty() {
        return Err(AppError::conflict("Nobody is trustee of this election yet. Name the trustees first."));
    }
    if !standing.has_keys() {
        return Err(AppError::conflict("The trustees have not finished making their keys. Remind them."));
    }
    let (rehearsed, needed) = (standing.count(kinds::REHEARSAL), standing.needed());
    if rehearsed < needed {
        return Err(AppError::conflict(format!(
            "{rehearsed} of at least {needed} trustees have proved that their key files work. Remind the others."
        )));
    }
    if needed == standing.trustees.len() && !standing.has(0, kinds::NO_SPARE) {
        return Err(AppError::conflict(
            "Every single trustee would be needed for the count. Choose a smaller threshold, or have two officers \
             accept the risk.",
        ));
    }
    let text = for_group!(group(&standing.settings)?, G => assemble::<G>(&standing)?);
    Ok(text)
}

fn assemble<G: Group>(standing: &Standing) -> AppResult<String> {
    if standing.is_threshold() {
        let Round::Done(outcome) = rounds::<G>(standing).map_err(AppError::internal)? else {
            return Err(AppError::conflict("The trustees have not finished making their keys. Remind them."));
        };
        return Ok(Trustees::new(vec![Trustee::Pedersen(outcome.group)]).to_json());
    }
    let mut items = Vec::new();
    for trustee in &standing.trustees {
        let body = standing.body(trustee.position, kinds::KEY);
        let body = body.ok_or_else(|| AppError::conflict("A trustee's key was not made on this site."))?;
        let mut key = TrusteeKey::<G>::parse(body.as_bytes()).map_err(AppError::internal)?;
        key.name = Some(trustee.name.clone());
        items.push(Trustee::Single(key));
    }
    Ok(Trustees::new(items).to_json())
}

/// What trustee `position` needs for the last round, as JSON.
pub(super) fn vinput(standing: &Standing, position: i64) -> AppResult<Value> {
    let index = usize::try_from(position).map_err(AppError::internal)?;
    let text = for_group!(group(&standing.settings)?, G => match rounds::<G>(standing).map_err(AppError::internal)? {
        Round::Shares(round) => round.vinput(index).map_err(AppError::internal)?,
        _ => return Err(AppError::internal("the last round has not begun")),
    });
    serde_json::from_str(&text).map_err(AppError::internal)
}

/// A trustee's own share, sealed for them.
pub(super) fn sealed_share(standing: &Standing, position: i64) -> AppResult<Option<String>> {
    standing.body(position, kinds::SHARE).map(|body| text_at(body, &["private_key"])).transpose()
}
