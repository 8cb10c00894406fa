//! The audit log: every privileged or state-changing act, append-only (triggers refuse anything else), each entry chained
//! to the one before, and the tail signed from time to time.
//!
//! An entry's hash is SHA-256 over the JSON array
//! `[seq, previous hash in hex, instant, actor or null, action, object, details, reference]`.
//! No passwords, tokens, credentials or ballots belong in an entry.

use std::fmt::Write as _;

use diesel::prelude::*;
use serde_json::{Value, json};

use crate::Conn;
use crate::schema::{audit_checkpoints, audit_log};
use crate::types::{JsonText, PersonId, Utc};

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Entry {
    /// 1, 2, 3 … without gaps.
    pub seq: i64,
    /// Instant.
    pub at: Utc,
    /// Who; `None` for the system itself.
    pub actor: Option<PersonId>,
    /// What was done.
    pub action: String,
    /// To what.
    pub object: String,
    /// JSON.
    pub details: JsonText,
    /// Reference number of the request, or the name of the command.
    pub reference: String,
    /// Hash of the entry before; 32 zero bytes for the first.
    pub previous: Vec<u8>,
    /// Hash of this entry.
    pub hash: Vec<u8>,
}

/// An act to be recorded.
#[derive(Debug, Clone)]
pub struct Act {
    /// Who; `None` for the system itself.
    pub actor: Option<PersonId>,
    /// What was done, a stable name such as `session.end`.
    pub action: &'static str,
    /// To what, for example `person 0190…`.
    pub object: String,
    /// What a reader needs to judge it.
    pub details: Value,
    /// Reference number of the request, or the name of the command.
    pub reference: String,
}

/// Appends an entry; call it in the transaction of the act. Returns its number.
///
/// # Errors
/// A database error.
pub fn append(conn: &mut Conn, act: &Act, now: Utc) -> QueryResult<i64> {
    let tail: Option<(i64, Vec<u8>)> = audit_log::table
        .order(audit_log::seq.desc())
        .select((audit_log::seq, audit_log::hash))
        .first(conn)
        .optional()?;
    let (seq, previous) = tail.map_or((1, vec![0; 32]), |(seq, hash)| (seq + 1, hash));
    let mut entry = Entry {
        seq,
        at: now,
        actor: act.actor,
        action: act.action.to_owned(),
        object: act.object.clone(),
        details: JsonText::of(&act.details)?,
        reference: act.reference.clone(),
        previous,
        hash: Vec::new(),
    };
    entry.hash = hash_of(&entry);
    diesel::insert_into(audit_log::table)
        .values((
            audit_log::seq.eq(entry.seq),
            audit_log::at.eq(entry.at),
            audit_log::actor_id.eq(entry.actor),
            audit_log::action.eq(&entry.action),
            audit_log::object.eq(&entry.object),
            audit_log::details.eq(&entry.details),
            audit_log::reference.eq(&entry.reference),
            audit_log::previous.eq(&entry.previous),
            audit_log::hash.eq(&entry.hash),
        ))
        .execute(conn)?;
    Ok(seq)
}

fn hash_of(e: &Entry) -> Vec<u8> {
    let fields =
        json!([e.seq, hex(&e.previous), e.at, e.actor, e.action, e.object, e.details.as_str(), e.reference]);
    ring::digest::digest(&ring::digest::SHA256, fields.to_string().as_bytes()).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, b| {
        let _ = write!(text, "{b:02x}");
        text
    })
}

/// A signed tail.
#[derive(Debug, Clone, Queryable)]
pub struct Checkpoint {
    /// Last entry covered.
    pub seq: i64,
    /// Instant of signing.
    pub at: Utc,
    /// Hash of that entry.
    pub hash: Vec<u8>,
    /// Ed25519 over [`checkpoint_message`].
    pub signature: Vec<u8>,
}

/// What a checkpoint's signature covers.
#[must_use]
pub fn checkpoint_message(seq: i64, hash: &[u8]) -> Vec<u8> {
    format!("folkmoot audit checkpoint v1\n{seq}\n{}\n", hex(hash)).into_bytes()
}

/// Signs the tail unless that is done already; returns the entry covered.
///
/// # Errors
/// A database error.
pub fn checkpoint(
    conn: &mut Conn,
    sign: impl FnOnce(&[u8]) -> Vec<u8>,
    now: Utc,
) -> QueryResult<Option<i64>> {
    let tail: Option<(i64, Vec<u8>)> = audit_log::table
        .order(audit_log::seq.desc())
        .select((audit_log::seq, audit_log::hash))
        .first(conn)
        .optional()?;
    let Some((seq, hash)) = tail else { return Ok(None) };
    let done: bool =
        diesel::select(diesel::dsl::exists(audit_checkpoints::table.find(seq))).get_result(conn)?;
    if done {
        return Ok(None);
    }
    diesel::insert_into(audit_checkpoints::table)
        .values((
            audit_checkpoints::seq.eq(seq),
            audit_checkpoints::at.eq(now),
            audit_checkpoints::hash.eq(&hash),
            audit_checkpoints::signature.eq(sign(&checkpoint_message(seq, &hash))),
        ))
        .execute(conn)?;
    Ok(Some(seq))
}

/// What is wrong with the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// A number is missing, repeated or out of order.
    #[error("entry {expected} is missing: entry {found} follows")]
    Gap {
        /// The number that should come.
        expected: i64,
        /// The number found.
        found: i64,
    },
    /// The entry does not name the hash of the one before.
    #[error("entry {0} does not follow from the entry before it")]
    Chain(i64),
    /// The entry was changed.
    #[error("entry {0} was changed after it was written")]
    Content(i64),
    /// A signed checkpoint names an entry that is gone.
    #[error("the log ends at entry {end}, but a checkpoint was signed at entry {seq}")]
    Truncated {
        /// Last entry there is.
        end: i64,
        /// Entry of the checkpoint.
        seq: i64,
    },
    /// A signed checkpoint contradicts the log.
    #[error("entry {0} differs from the one its checkpoint was signed for")]
    Checkpoint(i64),
    /// A checkpoint's signature is not ours.
    #[error("the signature of the checkpoint at entry {0} is wrong")]
    Signature(i64),
}

/// Checks the whole log; returns the number of its last entry, or the first damage.
///
/// # Errors
/// A database error.
pub fn verify(
    conn: &mut Conn,
    signature_fits: impl Fn(&[u8], &[u8]) -> bool,
) -> QueryResult<Result<i64, Damage>> {
    const BATCH: i64 = 1000;
    let checkpoints: Vec<Checkpoint> = audit_checkpoints::table.order(audit_checkpoints::seq).load(conn)?;
    let mut waiting = checkpoints.iter().peekable();
    let (mut end, mut previous) = (0_i64, vec![0_u8; 32]);
    loop {
        let batch: Vec<Entry> =
            audit_log::table.filter(audit_log::seq.gt(end)).order(audit_log::seq).limit(BATCH).load(conn)?;
        if batch.is_empty() {
            break;
        }
        for entry in batch {
            if entry.seq != end + 1 {
                return Ok(Err(Damage::Gap { expected: end + 1, found: entry.seq }));
            }
            if entry.previous != previous {
                return Ok(Err(Damage::Chain(entry.seq)));
            }
            if entry.hash != hash_of(&entry) {
                return Ok(Err(Damage::Content(entry.seq)));
            }
            if let Some(point) = waiting.next_if(|c| c.seq == entry.seq) {
                if point.hash != entry.hash {
                    return Ok(Err(Damage::Checkpoint(entry.seq)));
                }
                if !signature_fits(&checkpoint_message(point.seq, &point.hash), &point.signature) {
                    return Ok(Err(Damage::Signature(entry.seq)));
                }
            }
            end = entry.seq;
            previous = entry.hash;
        }
    }
    match waiting.next() {
        Some(point) => Ok(Err(Damage::Truncated { end, seq: point.seq })),
        None => Ok(Ok(end)),
    }
}

/// Which entries to show; every field narrows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// By this person.
    pub actor: Option<PersonId>,
    /// Actions that begin with this text.
    pub action: Option<String>,
    /// About this object.
    pub object: Option<String>,
    /// From this instant on.
    pub from: Option<Utc>,
    /// Before this instant.
    pub until: Option<Utc>,
    /// Before this entry, for the next page.
    pub before: Option<i64>,
}

/// Entries, newest first, at most `limit`.
///
/// # Errors
/// A database error.
pub fn entries(conn: &mut Conn, filter: &Filter, limit: i64) -> QueryResult<Vec<Entry>> {
    let mut query = audit_log::table.into_boxed();
    if let Some(actor) = filter.actor {
        query = query.filter(audit_log::actor_id.eq(actor));
    }
    if let Some(action) = &filter.action {
        let plain: String =
            action.chars().filter(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_')).collect();
        // An underscore stands for any character in a pattern; names of actions are matched by it as well.
        query = query.filter(audit_log::action.like(format!("{plain}%")));
    }
    if let Some(object) = &filter.object {
        query = query.filter(audit_log::object.eq(object));
    }
    if let Some(from) = filter.from {
        query = query.filter(audit_log::at.ge(from));
    }
    if let Some(until) = filter.until {
        query = query.filter(audit_log::at.lt(until));
    }
    if let Some(before) = filter.before {
        query = query.filter(audit_log::seq.lt(before));
    }
    query.order(audit_log::seq.desc()).limit(limit).load(conn)
}

/// The last signed tail.
///
/// # Errors
/// A database error.
pub fn last_checkpoint(conn: &mut Conn) -> QueryResult<Option<Checkpoint>> {
    audit_checkpoints::table.order(audit_checkpoints::seq.desc()).first(conn).optional()
}

/// Number and hash of the last entry.
///
/// # Errors
/// A database error.
pub fn tail(conn: &mut Conn) -> QueryResult<Option<(i64, Vec<u8>)>> {
    audit_log::table
        .order(audit_log::seq.desc())
        .select((audit_log::seq, audit_log::hash))
        .first(conn)
        .optional()
}
