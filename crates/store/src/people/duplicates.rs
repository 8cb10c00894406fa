//! Pairs of records that may be one person, for staff to look at.

use std::collections::BTreeMap;

use diesel::dsl::count_star;
use diesel::prelude::*;

use crate::Conn;
use crate::schema::{person_keys, possible_duplicates};
use crate::types::{PersonId, PublicId, Utc};

crate::row_ids! {
    /// Key of a pair.
    DuplicateId,
}

crate::text_enum! {
    /// Why two records look alike.
    pub enum DuplicateReason {
        /// Their addresses reach one mailbox.
        Mailbox = "mailbox",
        /// Same name, and the same local part of an address.
        Name = "name",
        /// The person said so when joining.
        Claim = "claim",
        /// An import met the record of somebody else.
        Import = "import",
        /// Named by staff.
        Staff = "staff",
    }
}

crate::text_enum! {
    /// What became of a pair.
    pub enum DuplicateState {
        /// Waits for staff.
        Open = "open",
        /// Two people.
        Apart = "apart",
        /// Brought together.
        Merged = "merged",
    }
}

/// A pair.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Duplicate {
    /// Key.
    pub id: DuplicateId,
    /// Id for addresses.
    pub public_id: PublicId,
    /// The record that was there first.
    pub first_id: PersonId,
    /// The other one.
    pub second_id: PersonId,
    /// Why they look alike.
    pub reason: DuplicateReason,
    /// What became of it.
    pub state: DuplicateState,
    /// When it was noticed.
    pub found_at: Utc,
    /// Who decided.
    pub decided_by: Option<PersonId>,
    /// When.
    pub decided_at: Option<Utc>,
}

/// Notes that two records may be one person. `None` when they are one, or the pair is known already, whatever became of it.
///
/// # Errors
/// A database error.
pub fn note_duplicate(
    conn: &mut Conn,
    public_id: &PublicId,
    (one, other): (PersonId, PersonId),
    reason: DuplicateReason,
    now: Utc,
) -> QueryResult<Option<DuplicateId>> {
    if one == other {
        return Ok(None);
    }
    let (first, second) = (one.min(other), one.max(other));
    if pair(conn, first, second)?.is_some() {
        return Ok(None);
    }
    diesel::insert_into(possible_duplicates::table)
        .values((
            possible_duplicates::public_id.eq(public_id),
            possible_duplicates::first_id.eq(first),
            possible_duplicates::second_id.eq(second),
            possible_duplicates::reason.eq(reason),
            possible_duplicates::state.eq(DuplicateState::Open),
            possible_duplicates::found_at.eq(now),
        ))
        .returning(possible_duplicates::id)
        .get_result(conn)
        .map(Some)
}

/// The pair of these two, in whatever order.
///
/// # Errors
/// A database error.
pub fn pair(conn: &mut Conn, one: PersonId, other: PersonId) -> QueryResult<Option<Duplicate>> {
    possible_duplicates::table
        .filter(possible_duplicates::first_id.eq(one.min(other)))
        .filter(possible_duplicates::second_id.eq(one.max(other)))
        .first(conn)
        .optional()
}

/// One pair.
///
/// # Errors
/// `NotFound` when there is none.
pub fn duplicate(conn: &mut Conn, id: &PublicId) -> QueryResult<Duplicate> {
    possible_duplicates::table.filter(possible_duplicates::public_id.eq(id)).first(conn)
}

/// Pairs in a state, the latest first.
///
/// # Errors
/// A database error.
pub fn duplicates_in(conn: &mut Conn, state: DuplicateState, limit: i64) -> QueryResult<Vec<Duplicate>> {
    possible_duplicates::table
        .filter(possible_duplicates::state.eq(state))
        .order(possible_duplicates::id.desc())
        .limit(limit)
        .load(conn)
}

/// How many pairs wait.
///
/// # Errors
/// A database error.
pub fn count_open_duplicates(conn: &mut Conn) -> QueryResult<i64> {
    possible_duplicates::table
        .filter(possible_duplicates::state.eq(DuplicateState::Open))
        .select(count_star())
        .first(conn)
}

/// Decides about a pair, or opens it again.
///
/// # Errors
/// A database error.
pub fn set_duplicate_state(
    conn: &mut Conn,
    id: DuplicateId,
    state: DuplicateState,
    by: Option<PersonId>,
    now: Utc,
) -> QueryResult<()> {
    diesel::update(possible_duplicates::table.find(id))
        .set((
            possible_duplicates::state.eq(state),
            possible_duplicates::decided_by.eq(by),
            possible_duplicates::decided_at.eq(by.map(|_| now)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Pairs of active people with a key in common that are not noted yet, at most `limit`.
///
/// # Errors
/// A database error.
pub fn alike(conn: &mut Conn, limit: usize) -> QueryResult<Vec<(PersonId, PersonId, DuplicateReason)>> {
    let keys: Vec<String> = person_keys::table
        .group_by(person_keys::key)
        .having(count_star().gt(1))
        .select(person_keys::key)
        .order(person_keys::key)
        .load(conn)?;
    let mut found: BTreeMap<(PersonId, PersonId), DuplicateReason> = BTreeMap::new();
    for batch in keys.chunks(1_000) {
        let rows: Vec<(String, PersonId)> = person_keys::table
            .filter(person_keys::key.eq_any(batch))
            .order((person_keys::key, person_keys::person_id))
            .load(conn)?;
        for same in rows.chunk_by(|a, b| a.0 == b.0) {
            let mailbox = same.first().is_some_and(|(key, _)| key.starts_with("mailbox "));
            let reason = if mailbox { DuplicateReason::Mailbox } else { DuplicateReason::Name };
            // Each beside the first of them: after one merge the next scan finds the rest.
            let Some(((_, first), others)) = same.split_first() else { continue };
            for (_, other) in others.iter().take(20) {
                found.entry((*first, *other)).or_insert(reason);
            }
        }
        if found.len() >= limit {
            break;
        }
    }
    let mut new = Vec::new();
    for ((one, other), reason) in found {
        if new.len() < limit && pair(conn, one, other)?.is_none() {
            new.push((one, other, reason));
        }
    }
    Ok(new)
}

/// Active people who share a key with this one: the same mailbox, or the same name beside a similar address. At most 20.
///
/// # Errors
/// A database error.
pub fn alike_to(conn: &mut Conn, person: PersonId) -> QueryResult<Vec<(PersonId, DuplicateReason)>> {
    let keys: Vec<String> =
        person_keys::table.filter(person_keys::person_id.eq(person)).select(person_keys::key).load(conn)?;
    let rows: Vec<(String, PersonId)> = person_keys::table
        .filter(person_keys::key.eq_any(&keys))
        .filter(person_keys::person_id.ne(person))
        .order((person_keys::key, person_keys::person_id))
        .limit(20)
        .load(conn)?;
    let mut found: BTreeMap<PersonId, DuplicateReason> = BTreeMap::new();
    for (key, other) in rows {
        let reason =
            if key.starts_with("mailbox ") { DuplicateReason::Mailbox } else { DuplicateReason::Name };
        found.entry(other).or_insert(reason);
    }
    Ok(found.into_iter().collect())
}
