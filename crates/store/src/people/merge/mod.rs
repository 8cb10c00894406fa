//! Bringing two records of one person together: rows move from one to the other, none is deleted, and everything that moved is
//! written down so that it can be moved back.

mod tables;

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::Conn;
use crate::accounts::{PersonState, end_sessions};
use crate::people::refresh;
use crate::schema::{addresses, elections, merges, persons, role_grants, roll_entries};
use crate::types::{JsonText, PersonId, PublicId, Utc};

pub(in crate::people) use tables::MOVED;
#[cfg(test)]
pub(in crate::people) use tables::STAYS;
pub use tables::rows_about;
use tables::{keys, move_row};

crate::row_ids! {
    /// Key of a merge.
    MergeId,
}

/// Which values the kept record has afterwards.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeChoice {
    /// The name of the record that goes.
    pub name: bool,
    /// Its legal name.
    pub legal_name: bool,
    /// Its time zone and language.
    pub time_zone: bool,
    /// Its address is the one mail goes to.
    pub address: bool,
}

/// The values of a record that a merge may change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Values {
    preferred_name: String,
    legal_name: Option<String>,
    time_zone: String,
    locale: String,
}

/// What a merge moved and changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Keys of the rows, by table.
    pub rows: BTreeMap<String, Vec<i64>>,
    /// The kept record's values before.
    before: Values,
    /// Address mail went to, of the kept record and of the one that goes.
    primary: (Option<i64>, Option<i64>),
}

/// A merge.
#[derive(Debug, Clone, Queryable)]
pub struct Merge {
    /// Key.
    pub id: MergeId,
    /// Id for addresses.
    pub public_id: PublicId,
    /// The record that stays.
    pub kept_id: PersonId,
    /// The record that went.
    pub gone_id: PersonId,
    /// [`Moved`] as JSON.
    pub moved: JsonText,
    /// Why.
    pub reason: String,
    /// By whom.
    pub merged_by: PersonId,
    /// When.
    pub merged_at: Utc,
    /// Who took it back.
    pub undone_by: Option<PersonId>,
    /// When.
    pub undone_at: Option<Utc>,
}

/// Why two records cannot be brought together now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeObstacle {
    /// They are one record.
    #[error("These are one and the same record.")]
    Same,
    /// One of them is closed, barred or merged.
    #[error("Both accounts must be active. Look at their state first.")]
    NotActive,
    /// The record that would go holds a role.
    #[error(
        "The record that would go holds a role. Have the role taken away first, or keep that record instead."
    )]
    Role,
    /// The record that would go stands on the roll of an election that is not over.
    #[error(
        "The record that would go is on the roll of an election that is not over, and rolls are not changed. Keep that \
         record instead, or wait for the result."
    )]
    Roll,
    /// Something happened since that stands in the way.
    #[error("One of the two records was closed or merged again since, so this cannot be taken back.")]
    Changed,
}

fn values(conn: &mut Conn, id: PersonId) -> QueryResult<Values> {
    let (preferred_name, legal_name, time_zone, locale) = persons::table
        .find(id)
        .select((persons::preferred_name, persons::legal_name, persons::time_zone, persons::locale))
        .first(conn)?;
    Ok(Values { preferred_name, legal_name, time_zone, locale })
}

fn set_values(conn: &mut Conn, id: PersonId, values: &Values) -> QueryResult<()> {
    diesel::update(persons::table.find(id))
        .set((
            persons::preferred_name.eq(&values.preferred_name),
            persons::legal_name.eq(&values.legal_name),
            persons::time_zone.eq(&values.time_zone),
            persons::locale.eq(&values.locale),
        ))
        .execute(conn)?;
    Ok(())
}

fn primary(conn: &mut Conn, person: PersonId) -> QueryResult<Option<i64>> {
    addresses::table
        .filter(addresses::person_id.eq(person))
        .filter(addresses::is_primary.eq(true))
        .select(addresses::id)
        .first(conn)
        .optional()
}

fn set_primary(conn: &mut Conn, person: PersonId, id: Option<i64>) -> QueryResult<()> {
    diesel::update(addresses::table.filter(addresses::person_id.eq(person)))
        .set(addresses::is_primary.eq(false))
        .execute(conn)?;
    if let Some(id) = id {
        let one = addresses::table.filter(addresses::id.eq(id)).filter(addresses::person_id.eq(person));
        diesel::update(one).set(addresses::is_primary.eq(true)).execute(conn)?;
    }
    Ok(())
}

fn state(conn: &mut Conn, id: PersonId) -> QueryResult<PersonState> {
    persons::table.find(id).select(persons::state).first(conn)
}

/// Why `gone` cannot be brought into `kept` now; `None` when it can.
///
/// # Errors
/// A database error.
pub fn merge_obstacle(
    conn: &mut Conn,
    kept: PersonId,
    gone: PersonId,
    now: Utc,
) -> QueryResult<Option<MergeObstacle>> {
    if kept == gone {
        return Ok(Some(MergeObstacle::Same));
    }
    if state(conn, kept)? != PersonState::Active || state(conn, gone)? != PersonState::Active {
        return Ok(Some(MergeObstacle::NotActive));
    }
    leave_obstacle(conn, gone, now)
}

/// Why a record cannot go now: it holds a role, or stands on a roll that is in use.
///
/// # Errors
/// A database error.
pub fn leave_obstacle(conn: &mut Conn, gone: PersonId, now: Utc) -> QueryResult<Option<MergeObstacle>> {
    let holds_role: bool = diesel::select(diesel::dsl::exists(
        role_grants::table
            .filter(role_grants::person_id.eq(gone))
            .filter(role_grants::revoked_at.is_null())
            .filter(role_grants::ends_at.is_null().or(role_grants::ends_at.gt(Some(now)))),
    ))
    .get_result(conn)?;
    if holds_role {
        return Ok(Some(MergeObstacle::Role));
    }
    let running = elections::table
        .filter(elections::state.ne_all(["published", "archived", "void"]))
        .select(elections::id);
    let on_roll: bool = diesel::select(diesel::dsl::exists(
        roll_entries::table
            .filter(roll_entries::person_id.eq(gone))
            .filter(roll_entries::election_id.eq_any(running)),
    ))
    .get_result(conn)?;
    Ok(on_roll.then_some(MergeObstacle::Roll))
}

/// Brings `gone` into `kept`. Ask [`merge_obstacle`] in the same transaction first.
///
/// # Errors
/// A database error.
pub fn merge(
    conn: &mut Conn,
    public_id: &PublicId,
    (kept, gone): (PersonId, PersonId),
    choice: MergeChoice,
    (reason, by): (&str, PersonId),
    now: Utc,
) -> QueryResult<Moved> {
    let before = values(conn, kept)?;
    let other = values(conn, gone)?;
    let primaries = (primary(conn, kept)?, primary(conn, gone)?);
    // At no time has somebody two primary addresses.
    set_primary(conn, gone, None)?;
    let mut rows = BTreeMap::new();
    for (table, column) in MOVED {
        let mut moved = Vec::new();
        for id in keys(conn, table, column, gone)? {
            if move_row(conn, (table, column), id, kept)? {
                moved.push(id);
            }
        }
        if !moved.is_empty() {
            rows.insert((*table).to_owned(), moved);
        }
    }
    let (first, second) = primaries;
    set_primary(conn, kept, if choice.address { second.or(first) } else { first.or(second) })?;
    let pick =
        |theirs: bool, ours: &String, other: &String| if theirs { other.clone() } else { ours.clone() };
    let after = Values {
        preferred_name: pick(choice.name, &before.preferred_name, &other.preferred_name),
        legal_name: if choice.legal_name { other.legal_name.clone() } else { before.legal_name.clone() },
        time_zone: pick(choice.time_zone, &before.time_zone, &other.time_zone),
        locale: pick(choice.time_zone, &before.locale, &other.locale),
    };
    set_values(conn, kept, &after)?;
    end_sessions(conn, gone, None)?;
    diesel::update(persons::table.find(gone)).set(persons::state.eq(PersonState::Merged)).execute(conn)?;
    let moved = Moved { rows, before, primary: primaries };
    diesel::insert_into(merges::table)
        .values((
            merges::public_id.eq(public_id),
            merges::kept_id.eq(kept),
            merges::gone_id.eq(gone),
            merges::moved.eq(JsonText::of(&moved)?),
            merges::reason.eq(reason),
            merges::merged_by.eq(by),
            merges::merged_at.eq(now),
        ))
        .execute(conn)?;
    refresh(conn, &[kept, gone])?;
    Ok(moved)
}

/// The merge with this public id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn merge_by_id(conn: &mut Conn, id: &PublicId) -> QueryResult<Merge> {
    merges::table.filter(merges::public_id.eq(id)).first(conn)
}

/// Merges a person had part in, the latest first.
///
/// # Errors
/// A database error.
pub fn merges_of(conn: &mut Conn, person: PersonId) -> QueryResult<Vec<Merge>> {
    merges::table
        .filter(merges::kept_id.eq(person).or(merges::gone_id.eq(person)))
        .order(merges::id.desc())
        .limit(100)
        .load(conn)
}

/// The latest merges.
///
/// # Errors
/// A database error.
pub fn latest_merges(conn: &mut Conn, limit: i64) -> QueryResult<Vec<Merge>> {
    merges::table.order(merges::id.desc()).limit(limit).load(conn)
}

/// Takes a merge back: every row that moved, and is still there, moves back.
///
/// # Errors
/// A database error.
pub fn undo_merge(
    conn: &mut Conn,
    merge: &Merge,
    by: PersonId,
    now: Utc,
) -> QueryResult<Result<(), MergeObstacle>> {
    let states = (state(conn, merge.kept_id)?, state(conn, merge.gone_id)?);
    if merge.undone_at.is_some() || states != (PersonState::Active, PersonState::Merged) {
        return Ok(Err(MergeObstacle::Changed));
    }
    let moved: Moved = merge.moved.parse()?;
    set_primary(conn, merge.kept_id, None)?;
    for (table, column) in MOVED {
        let still = keys(conn, table, column, merge.kept_id)?;
        for id in moved.rows.get(*table).into_iter().flatten().filter(|id| still.contains(id)) {
            move_row(conn, (table, column), *id, merge.gone_id)?;
        }
    }
    let (first, second) = moved.primary;
    let first = match first {
        Some(id) => Some(id),
        None => addresses::table
            .filter(addresses::person_id.eq(merge.kept_id))
            .order(addresses::id)
            .select(addresses::id)
            .first(conn)
            .optional()?,
    };
    set_primary(conn, merge.kept_id, first)?;
    set_primary(conn, merge.gone_id, second)?;
    set_values(conn, merge.kept_id, &moved.before)?;
    diesel::update(persons::table.find(merge.gone_id))
        .set(persons::state.eq(PersonState::Active))
        .execute(conn)?;
    diesel::update(merges::table.find(merge.id))
        .set((merges::undone_by.eq(Some(by)), merges::undone_at.eq(Some(now))))
        .execute(conn)?;
    refresh(conn, &[merge.kept_id, merge.gone_id])?;
    Ok(Ok(()))
}
