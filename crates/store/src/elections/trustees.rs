//! Trustees of an election and what they send.

use diesel::prelude::*;

use crate::schema::{election_trustees, trustee_messages};
use crate::{Conn, PersonId};

/// A trustee of an election.
#[derive(Debug, Clone, Queryable)]
pub struct TrusteeRow {
    /// Key.
    pub id: i64,
    /// The election.
    pub election_id: i64,
    /// Owner number in the archive, from 1.
    pub position: i64,
    /// The account that acts for this trustee.
    pub person_id: Option<PersonId>,
    /// Name as published.
    pub name: String,
    /// `named`, `invited`, `key_made`, `checked`, `rehearsed`, `decrypted` or `missing`.
    pub state: String,
    /// Public key in text form.
    pub public_key: Option<String>,
    /// Fingerprint to read aloud.
    pub fingerprint: Option<String>,
}

/// A new trustee.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = election_trustees)]
pub struct NewTrustee<'a> {
    /// The election.
    pub election_id: i64,
    /// Owner number, from 1.
    pub position: i64,
    /// The account.
    pub person_id: Option<PersonId>,
    /// Name as published.
    pub name: &'a str,
    /// First state.
    pub state: &'a str,
}

/// Adds a trustee.
///
/// # Errors
/// A unique violation when the position is taken.
pub fn insert(conn: &mut Conn, new: &NewTrustee<'_>) -> QueryResult<i64> {
    diesel::insert_into(election_trustees::table)
        .values(new)
        .returning(election_trustees::id)
        .get_result(conn)
}

/// Trustees in owner order.
///
/// # Errors
/// Database errors.
pub fn all(conn: &mut Conn, election_id: i64) -> QueryResult<Vec<TrusteeRow>> {
    election_trustees::table
        .filter(election_trustees::election_id.eq(election_id))
        .order(election_trustees::position.asc())
        .load(conn)
}

/// The places a person holds as trustee: (election, position).
///
/// # Errors
/// Database errors.
pub fn of_person(conn: &mut Conn, person_id: PersonId) -> QueryResult<Vec<(i64, i64)>> {
    election_trustees::table
        .filter(election_trustees::person_id.eq(person_id))
        .select((election_trustees::election_id, election_trustees::position))
        .order(election_trustees::election_id.desc())
        .load(conn)
}

/// Removes a trustee whose place was not used yet, with what was sent for it.
///
/// # Errors
/// Database errors.
pub fn remove_all(conn: &mut Conn, election_id: i64) -> QueryResult<()> {
    diesel::delete(trustee_messages::table.filter(trustee_messages::election_id.eq(election_id)))
        .execute(conn)?;
    diesel::delete(election_trustees::table.filter(election_trustees::election_id.eq(election_id)))
        .execute(conn)
        .map(|_| ())
}

/// Sets the state of a trustee.
///
/// # Errors
/// Database errors.
pub fn put_state(conn: &mut Conn, election_id: i64, position: i64, state: &str) -> QueryResult<()> {
    diesel::update(
        election_trustees::table.filter(
            election_trustees::election_id.eq(election_id).and(election_trustees::position.eq(position)),
        ),
    )
    .set(election_trustees::state.eq(state))
    .execute(conn)
    .map(|_| ())
}

/// Stores a trustee's public key and its fingerprint.
///
/// # Errors
/// Database errors.
pub fn put_key(
    conn: &mut Conn,
    election_id: i64,
    position: i64,
    key: &str,
    fingerprint: &str,
) -> QueryResult<()> {
    diesel::update(
        election_trustees::table.filter(
            election_trustees::election_id.eq(election_id).and(election_trustees::position.eq(position)),
        ),
    )
    .set((election_trustees::public_key.eq(key), election_trustees::fingerprint.eq(fingerprint)))
    .execute(conn)
    .map(|_| ())
}

/// Stores the fingerprint of a trustee's key.
///
/// # Errors
/// Database errors.
pub fn put_fingerprint(
    conn: &mut Conn,
    election_id: i64,
    position: i64,
    fingerprint: &str,
) -> QueryResult<()> {
    let row = election_trustees::election_id.eq(election_id).and(election_trustees::position.eq(position));
    diesel::update(election_trustees::table.filter(row))
        .set(election_trustees::fingerprint.eq(fingerprint))
        .execute(conn)
        .map(|_| ())
}

/// Stores a trustee's public key in the election.
///
/// # Errors
/// Database errors.
pub fn put_public_key(conn: &mut Conn, election_id: i64, position: i64, key: &str) -> QueryResult<()> {
    let row = election_trustees::election_id.eq(election_id).and(election_trustees::position.eq(position));
    diesel::update(election_trustees::table.filter(row))
        .set(election_trustees::public_key.eq(key))
        .execute(conn)
        .map(|_| ())
}

/// A message of a trustee, or a share from one trustee to another.
#[derive(Debug, Clone, Queryable)]
pub struct Message {
    /// Key.
    pub id: i64,
    /// The election.
    pub election_id: i64,
    /// Sender's owner number.
    pub position: i64,
    /// Which message of the ceremony.
    pub kind: String,
    /// Owner number of the recipient, 0 when it is for everybody.
    pub recipient: i64,
    /// As sent.
    pub body: String,
    /// Whether it passed its checks.
    pub accepted: bool,
    /// Why it did not.
    pub finding: Option<String>,
}

/// A new message.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = trustee_messages)]
pub struct NewMessage<'a> {
    /// The election.
    pub election_id: i64,
    /// Sender.
    pub position: i64,
    /// Which message.
    pub kind: &'a str,
    /// Recipient, 0 for everybody.
    pub recipient: i64,
    /// As sent.
    pub body: &'a str,
    /// Passed its checks.
    pub accepted: bool,
    /// Why not.
    pub finding: Option<&'a str>,
}

/// Stores a message.
///
/// # Errors
/// A unique violation when this sender sent this message already.
pub fn insert_message(conn: &mut Conn, new: &NewMessage<'_>) -> QueryResult<()> {
    diesel::insert_into(trustee_messages::table).values(new).execute(conn).map(|_| ())
}

/// Messages of one kind, by sender.
///
/// # Errors
/// Database errors.
pub fn messages(conn: &mut Conn, election_id: i64, kind: &str) -> QueryResult<Vec<Message>> {
    trustee_messages::table
        .filter(trustee_messages::election_id.eq(election_id).and(trustee_messages::kind.eq(kind)))
        .order((trustee_messages::position.asc(), trustee_messages::recipient.asc()))
        .load(conn)
}

/// Titles of the elections whose key `person` holds a share of and that are neither over nor void.
///
/// # Errors
/// Database errors.
pub fn keys_held_by(conn: &mut Conn, person: PersonId) -> QueryResult<Vec<String>> {
    use crate::schema::elections;
    let held = election_trustees::table
        .filter(election_trustees::person_id.eq(person))
        .select(election_trustees::election_id);
    elections::table
        .filter(elections::id.eq_any(held))
        .filter(elections::state.ne_all(["published", "archived", "void"]))
        .order(elections::id)
        .select(elections::title)
        .load(conn)
}

/// Every message of an election, in the order in which they came.
///
/// # Errors
/// Database errors.
pub fn all_messages(conn: &mut Conn, election_id: i64) -> QueryResult<Vec<Message>> {
    trustee_messages::table
        .filter(trustee_messages::election_id.eq(election_id))
        .order(trustee_messages::id.asc())
        .load(conn)
}

/// Takes one trustee away; those after them move up.
///
/// # Errors
/// Database errors.
pub fn remove(conn: &mut Conn, election_id: i64, position: i64) -> QueryResult<()> {
    let of_election = election_trustees::election_id.eq(election_id);
    diesel::delete(
        election_trustees::table.filter(of_election.and(election_trustees::position.eq(position))),
    )
    .execute(conn)?;
    // One after the other, because two rows never share a position, not even for a moment.
    for row in all(conn, election_id)?.into_iter().filter(|t| t.position > position) {
        diesel::update(election_trustees::table.find(row.id))
            .set(election_trustees::position.eq(row.position - 1))
            .execute(conn)?;
    }
    Ok(())
}

/// Forgets everything that was sent, and the keys: the trustees begin again.
///
/// # Errors
/// Database errors.
pub fn start_again(conn: &mut Conn, election_id: i64) -> QueryResult<()> {
    diesel::delete(trustee_messages::table.filter(trustee_messages::election_id.eq(election_id)))
        .execute(conn)?;
    let none: Option<String> = None;
    diesel::update(election_trustees::table.filter(election_trustees::election_id.eq(election_id)))
        .set((
            election_trustees::state.eq("named"),
            election_trustees::public_key.eq(none.clone()),
            election_trustees::fingerprint.eq(none),
        ))
        .execute(conn)
        .map(|_| ())
}
