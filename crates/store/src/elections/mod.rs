//! Elections: the record and its schedule here; [`roll`], [`ballot_box`], [`trustees`], [`results`] and [`running`] beside it.
//!
//! No query in this folder joins `participations` with `ballots`, and the schema does not allow it either
//! (the two tables are not declared to appear in one query).

pub mod ballot_box;
pub mod preparation;
pub mod receipts;
pub mod results;
pub mod roll;
pub mod running;
pub mod sealed_codes;
pub mod trustees;
pub mod witnesses;

use diesel::prelude::*;

use crate::schema::{elections, milestones};
use crate::{Conn, PersonId, Utc};

/// Where an election stands. The transitions and their guards are the rules' business; the store keeps the name.
pub type StateName = String;

/// One election.
#[derive(Debug, Clone, Queryable, Identifiable)]
#[diesel(table_name = elections)]
pub struct Election {
    /// Key inside the database.
    pub id: i64,
    /// UUIDv7 for addresses that must not change.
    pub public_id: String,
    /// Readable part of the address.
    pub slug: String,
    /// Identifier in the archive: Base58 characters.
    pub uuid: String,
    /// Title as shown.
    pub title: String,
    /// Name of the state.
    pub state: StateName,
    /// Typed settings as JSON text.
    pub settings: String,
    /// Instant at which the roll is computed.
    pub record_at: Option<Utc>,
    /// First instant at which a ballot is accepted.
    pub opens_at: Option<Utc>,
    /// First instant at which no ballot is accepted any more.
    pub closes_at: Option<Utc>,
    /// Instant from which everything after the encrypted tally is public.
    pub publish_at: Option<Utc>,
    /// The one time stamp of every entry of the archive, in seconds.
    pub archive_seconds: i64,
    /// The election object of the archive, byte for byte, once it exists.
    pub election_json: Option<String>,
    /// Fingerprint of that object.
    pub election_hash: Option<String>,
    /// Greatest height that the public sees; `None`: every event.
    pub public_height: Option<i64>,
    /// When the record was created.
    pub created_at: Utc,
}

/// What a new election needs.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = elections)]
pub struct NewElection<'a> {
    /// UUIDv7.
    pub public_id: &'a str,
    /// Readable part of the address, unique.
    pub slug: &'a str,
    /// Base58 identifier, unique.
    pub uuid: &'a str,
    /// Title.
    pub title: &'a str,
    /// Name of the first state.
    pub state: &'a str,
    /// Settings as JSON text.
    pub settings: &'a str,
    /// Seconds stamped on every entry of the archive.
    pub archive_seconds: i64,
    /// Now.
    pub created_at: Utc,
}

/// Inserts an election and returns it.
///
/// # Errors
/// A unique violation when slug or uuid exist.
pub fn insert(conn: &mut Conn, new: &NewElection<'_>) -> QueryResult<Election> {
    diesel::insert_into(elections::table).values(new).returning(elections::all_columns).get_result(conn)
}

/// The election with this readable address.
///
/// # Errors
/// Database errors.
pub fn by_slug(conn: &mut Conn, slug: &str) -> QueryResult<Option<Election>> {
    elections::table.filter(elections::slug.eq(slug)).first(conn).optional()
}

/// The election with this key.
///
/// # Errors
/// `NotFound`, or database errors.
pub fn by_id(conn: &mut Conn, id: i64) -> QueryResult<Election> {
    elections::table.find(id).first(conn)
}

/// All elections, the latest opening first, drafts at the top.
///
/// # Errors
/// Database errors.
pub fn list(conn: &mut Conn) -> QueryResult<Vec<Election>> {
    elections::table.order((elections::opens_at.desc(), elections::id.desc())).limit(500).load(conn)
}

/// The elections in one of `states`.
///
/// # Errors
/// Database errors.
pub fn in_states(conn: &mut Conn, states: &[&str]) -> QueryResult<Vec<Election>> {
    elections::table.filter(elections::state.eq_any(states)).order(elections::id.asc()).load(conn)
}

/// Moves an election from one state to another. Returns false, and changes nothing, when it was not in `from` any more.
///
/// # Errors
/// Database errors.
pub fn change_state(conn: &mut Conn, id: i64, from: &str, to: &str) -> QueryResult<bool> {
    let rows = diesel::update(elections::table.filter(elections::id.eq(id).and(elections::state.eq(from))))
        .set(elections::state.eq(to))
        .execute(conn)?;
    Ok(rows == 1)
}

/// Replaces title and settings (while the rules allow it).
///
/// # Errors
/// Database errors.
pub fn put_settings(conn: &mut Conn, id: i64, title: &str, settings: &str) -> QueryResult<()> {
    diesel::update(elections::table.find(id))
        .set((elections::title.eq(title), elections::settings.eq(settings)))
        .execute(conn)
        .map(|_| ())
}

/// The instants that the server enforces, copied from the milestones in force.
#[derive(Debug, Clone, Copy, Default, AsChangeset)]
#[diesel(table_name = elections, treat_none_as_null = true)]
pub struct Instants {
    /// See [`Election::record_at`].
    pub record_at: Option<Utc>,
    /// See [`Election::opens_at`].
    pub opens_at: Option<Utc>,
    /// See [`Election::closes_at`].
    pub closes_at: Option<Utc>,
    /// See [`Election::publish_at`].
    pub publish_at: Option<Utc>,
}

/// Writes the enforced instants.
///
/// # Errors
/// Database errors.
pub fn put_instants(conn: &mut Conn, id: i64, instants: Instants) -> QueryResult<()> {
    diesel::update(elections::table.find(id)).set(instants).execute(conn).map(|_| ())
}

/// Stores the election object once; later calls are refused by returning false.
///
/// # Errors
/// Database errors.
pub fn put_election_json(conn: &mut Conn, id: i64, json: &str, hash: &str) -> QueryResult<bool> {
    let rows =
        diesel::update(elections::table.filter(elections::id.eq(id).and(elections::election_json.is_null())))
            .set((elections::election_json.eq(json), elections::election_hash.eq(hash)))
            .execute(conn)?;
    Ok(rows == 1)
}

/// Limits what the public sees to events up to `height`, or lifts the limit.
///
/// # Errors
/// Database errors.
pub fn put_public_height(conn: &mut Conn, id: i64, height: Option<i64>) -> QueryResult<()> {
    diesel::update(elections::table.find(id))
        .set(elections::public_height.eq(height))
        .execute(conn)
        .map(|_| ())
}

/// One version of one announced instant.
#[derive(Debug, Clone, Queryable)]
pub struct Milestone {
    /// Key.
    pub id: i64,
    /// The election.
    pub election_id: i64,
    /// Which milestone, for example `voting_close`.
    pub kind: String,
    /// 1 for the first announcement.
    pub version: i64,
    /// Civil date and time as announced.
    pub civil_text: String,
    /// Zone policy: `UTC`, `AoE` or an IANA name.
    pub zone: String,
    /// The instant it denotes.
    pub instant: Utc,
    /// Why it was amended; none in version 1.
    pub reason: Option<String>,
    /// Who set it.
    pub made_by: Option<PersonId>,
    /// When it was set.
    pub made_at: Utc,
}

/// A new version of a milestone.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = milestones)]
pub struct NewMilestone<'a> {
    /// The election.
    pub election_id: i64,
    /// Which milestone.
    pub kind: &'a str,
    /// One more than the greatest so far.
    pub version: i64,
    /// As announced.
    pub civil_text: &'a str,
    /// Zone policy.
    pub zone: &'a str,
    /// The instant.
    pub instant: Utc,
    /// Reason of an amendment.
    pub reason: Option<&'a str>,
    /// Who.
    pub made_by: Option<PersonId>,
    /// When.
    pub made_at: Utc,
}

/// Adds a version of a milestone.
///
/// # Errors
/// A unique violation when that version exists.
pub fn insert_milestone(conn: &mut Conn, new: &NewMilestone<'_>) -> QueryResult<()> {
    diesel::insert_into(milestones::table).values(new).execute(conn).map(|_| ())
}

/// Every version of every milestone of an election, oldest first.
///
/// # Errors
/// Database errors.
pub fn milestone_history(conn: &mut Conn, election_id: i64) -> QueryResult<Vec<Milestone>> {
    milestones::table
        .filter(milestones::election_id.eq(election_id))
        .order((milestones::instant.asc(), milestones::kind.asc(), milestones::version.asc()))
        .load(conn)
}
