//! The roll of an election and which credential each entry may use.

use diesel::prelude::*;

use crate::schema::{credential_bindings, roll_entries, roll_snapshots};
use crate::{Conn, PersonId, Utc};

/// One person on the roll.
#[derive(Debug, Clone, Queryable)]
pub struct RollEntry {
    /// Key.
    pub id: i64,
    /// The election.
    pub election_id: i64,
    /// The person.
    pub person_id: PersonId,
    /// Votes this entry carries; 1 unless weights were waived in.
    pub weight: i64,
    /// Why this person is on the roll, in words.
    pub reason: String,
    /// True when added by a correction after the freeze.
    pub corrected: bool,
}

/// A new entry.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = roll_entries)]
pub struct NewRollEntry<'a> {
    /// The election.
    pub election_id: i64,
    /// The person.
    pub person_id: PersonId,
    /// Votes carried.
    pub weight: i64,
    /// Reason in words.
    pub reason: &'a str,
    /// Added by a correction.
    pub corrected: bool,
}

/// Adds an entry and returns its key.
///
/// # Errors
/// A unique violation when the person is on the roll already.
pub fn insert(conn: &mut Conn, new: &NewRollEntry<'_>) -> QueryResult<i64> {
    diesel::insert_into(roll_entries::table).values(new).returning(roll_entries::id).get_result(conn)
}

/// Empties a roll that is not frozen yet; the rules decide when that is allowed.
///
/// # Errors
/// A foreign-key violation when credentials are bound already.
pub fn clear(conn: &mut Conn, election_id: i64) -> QueryResult<usize> {
    diesel::delete(roll_entries::table.filter(roll_entries::election_id.eq(election_id))).execute(conn)
}

/// Takes one person off a roll. Returns false when they are not on it.
///
/// # Errors
/// A foreign-key violation when a credential is bound to the entry already.
pub fn remove(conn: &mut Conn, election_id: i64, person_id: PersonId) -> QueryResult<bool> {
    let entry = roll_entries::election_id.eq(election_id).and(roll_entries::person_id.eq(person_id));
    Ok(diesel::delete(roll_entries::table.filter(entry)).execute(conn)? == 1)
}

/// How many entries the roll has.
///
/// # Errors
/// Database errors.
pub fn count(conn: &mut Conn, election_id: i64) -> QueryResult<i64> {
    roll_entries::table.filter(roll_entries::election_id.eq(election_id)).count().get_result(conn)
}

/// The whole roll in key order.
///
/// # Errors
/// Database errors.
pub fn all(conn: &mut Conn, election_id: i64) -> QueryResult<Vec<RollEntry>> {
    roll_entries::table
        .filter(roll_entries::election_id.eq(election_id))
        .order(roll_entries::id.asc())
        .load(conn)
}

/// The entry of one person, if any.
///
/// # Errors
/// Database errors.
pub fn of_person(conn: &mut Conn, election_id: i64, person_id: PersonId) -> QueryResult<Option<RollEntry>> {
    roll_entries::table
        .filter(roll_entries::election_id.eq(election_id).and(roll_entries::person_id.eq(person_id)))
        .first(conn)
        .optional()
}

/// A published state of the roll.
#[derive(Debug, Clone, Queryable)]
pub struct RollSnapshot {
    /// Key.
    pub id: i64,
    /// The election.
    pub election_id: i64,
    /// 1 for the freeze; each correction adds one.
    pub version: i64,
    /// Entries at that moment.
    pub entries: i64,
    /// Hash of the list.
    pub list_hash: String,
    /// When.
    pub frozen_at: Utc,
}

/// A new snapshot.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = roll_snapshots)]
pub struct NewRollSnapshot<'a> {
    /// The election.
    pub election_id: i64,
    /// Version.
    pub version: i64,
    /// Entries.
    pub entries: i64,
    /// Hash of the list.
    pub list_hash: &'a str,
    /// When.
    pub frozen_at: Utc,
}

/// Records a snapshot.
///
/// # Errors
/// A unique violation when that version exists.
pub fn insert_snapshot(conn: &mut Conn, new: &NewRollSnapshot<'_>) -> QueryResult<()> {
    diesel::insert_into(roll_snapshots::table).values(new).execute(conn).map(|_| ())
}

/// Snapshots of a roll, the first one first.
///
/// # Errors
/// Database errors.
pub fn snapshots(conn: &mut Conn, election_id: i64) -> QueryResult<Vec<RollSnapshot>> {
    roll_snapshots::table
        .filter(roll_snapshots::election_id.eq(election_id))
        .order(roll_snapshots::version.asc())
        .load(conn)
}

/// Binds a public credential to a roll entry.
///
/// # Errors
/// A unique violation when either is bound already.
pub fn bind_credential(
    conn: &mut Conn,
    election_id: i64,
    roll_entry_id: i64,
    public_credential: &str,
) -> QueryResult<()> {
    diesel::insert_into(credential_bindings::table)
        .values((
            credential_bindings::election_id.eq(election_id),
            credential_bindings::roll_entry_id.eq(roll_entry_id),
            credential_bindings::public_credential.eq(public_credential),
        ))
        .execute(conn)
        .map(|_| ())
}

/// The public credential that a person may cast with. For the cast path only (CST-05).
///
/// # Errors
/// Database errors.
pub fn credential_for_casting(
    conn: &mut Conn,
    election_id: i64,
    person_id: PersonId,
) -> QueryResult<Option<String>> {
    roll_entries::table
        .inner_join(
            credential_bindings::table.on(credential_bindings::roll_entry_id
                .eq(roll_entries::id)
                .and(credential_bindings::election_id.eq(roll_entries::election_id))),
        )
        .filter(roll_entries::election_id.eq(election_id).and(roll_entries::person_id.eq(person_id)))
        .select(credential_bindings::public_credential)
        .first(conn)
        .optional()
}

/// Destroys every binding of an election; returns how many there were.
///
/// # Errors
/// Database errors.
pub fn destroy_bindings(conn: &mut Conn, election_id: i64) -> QueryResult<usize> {
    diesel::delete(credential_bindings::table.filter(credential_bindings::election_id.eq(election_id)))
        .execute(conn)
}

/// How many credentials are bound.
///
/// # Errors
/// Database errors.
pub fn bound_credentials(conn: &mut Conn, election_id: i64) -> QueryResult<i64> {
    credential_bindings::table
        .filter(credential_bindings::election_id.eq(election_id))
        .count()
        .get_result(conn)
}

/// Public credentials and the weights of their entries, without saying whose they are: what the setup event publishes.
///
/// # Errors
/// Database errors.
pub fn bindings_for_setup(conn: &mut Conn, election_id: i64) -> QueryResult<Vec<(String, i64)>> {
    credential_bindings::table
        .inner_join(roll_entries::table.on(roll_entries::id.eq(credential_bindings::roll_entry_id)))
        .filter(credential_bindings::election_id.eq(election_id))
        .select((credential_bindings::public_credential, roll_entries::weight))
        .order(credential_bindings::public_credential.asc())
        .load(conn)
}
