//! Quorum certificates, results, disputes and incidents.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::schema::{ballot_disputes, election_incidents, election_results, quorum_certificates};
use crate::{Conn, PersonId, Utc};

/// Stores the signed quorum certificate of an election, once.
///
/// # Errors
/// A unique violation when there is one already.
pub fn insert_quorum_certificate(
    conn: &mut Conn,
    election_id: i64,
    outcome: &str,
    note: &str,
) -> QueryResult<()> {
    diesel::insert_into(quorum_certificates::table)
        .values((
            quorum_certificates::election_id.eq(election_id),
            quorum_certificates::outcome.eq(outcome),
            quorum_certificates::note.eq(note),
        ))
        .execute(conn)
        .map(|_| ())
}

/// The quorum certificate: outcome and signed note.
///
/// # Errors
/// Database errors.
pub fn quorum_certificate(conn: &mut Conn, election_id: i64) -> QueryResult<Option<(String, String)>> {
    quorum_certificates::table
        .find(election_id)
        .select((quorum_certificates::outcome, quorum_certificates::note))
        .first(conn)
        .optional()
}

/// Stores the result (the archive's result value) and the outcome of the count, both JSON text.
///
/// # Errors
/// A unique violation when there is one already.
pub fn insert_result(conn: &mut Conn, election_id: i64, result: &str, outcome: &str) -> QueryResult<()> {
    diesel::insert_into(election_results::table)
        .values((
            election_results::election_id.eq(election_id),
            election_results::result.eq(result),
            election_results::outcome.eq(outcome),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Replaces the outcome of the count, which follows from the result and what was decided since.
///
/// # Errors
/// Database errors.
pub fn replace_outcome(conn: &mut Conn, election_id: i64, outcome: &str) -> QueryResult<()> {
    diesel::update(election_results::table.find(election_id))
        .set(election_results::outcome.eq(outcome))
        .execute(conn)
        .map(|_| ())
}

/// Result and outcome, both JSON text.
///
/// # Errors
/// Database errors.
pub fn result(conn: &mut Conn, election_id: i64) -> QueryResult<Option<(String, String)>> {
    election_results::table
        .find(election_id)
        .select((election_results::result, election_results::outcome))
        .first(conn)
        .optional()
}

/// Opens a dispute about a ballot.
///
/// # Errors
/// A unique violation when the reference is taken.
pub fn insert_dispute(
    conn: &mut Conn,
    election_id: i64,
    reference: &str,
    tracker: &str,
    message: &str,
    opened_on: NaiveDate,
) -> QueryResult<()> {
    diesel::insert_into(ballot_disputes::table)
        .values((
            ballot_disputes::election_id.eq(election_id),
            ballot_disputes::reference.eq(reference),
            ballot_disputes::tracker.eq(tracker),
            ballot_disputes::message.eq(message),
            ballot_disputes::state.eq("open"),
            ballot_disputes::opened_on.eq(opened_on),
        ))
        .execute(conn)
        .map(|_| ())
}

/// A dispute as staff and trustees see it.
#[derive(Debug, Clone, Queryable)]
pub struct Dispute {
    /// Key.
    pub id: i64,
    /// The election.
    pub election_id: i64,
    /// Number given to the voter.
    pub reference: String,
    /// Tracker as the voter has it.
    pub tracker: String,
    /// The voter's words.
    pub message: String,
    /// `open` or `answered`.
    pub state: String,
    /// Day.
    pub opened_on: NaiveDate,
}

/// Disputes of an election, the newest first.
///
/// # Errors
/// Database errors.
pub fn disputes(conn: &mut Conn, election_id: i64) -> QueryResult<Vec<Dispute>> {
    ballot_disputes::table
        .filter(ballot_disputes::election_id.eq(election_id))
        .order(ballot_disputes::id.desc())
        .limit(1000)
        .load(conn)
}

/// Adds a line to the incident log of an election.
///
/// # Errors
/// Database errors.
pub fn insert_incident(
    conn: &mut Conn,
    election_id: i64,
    at: Utc,
    person_id: Option<PersonId>,
    message: &str,
    public: bool,
) -> QueryResult<()> {
    diesel::insert_into(election_incidents::table)
        .values((
            election_incidents::election_id.eq(election_id),
            election_incidents::at.eq(at),
            election_incidents::person_id.eq(person_id),
            election_incidents::message.eq(message),
            election_incidents::public.eq(public),
        ))
        .execute(conn)
        .map(|_| ())
}

/// The incident log: instant, text, whether the public sees it.
///
/// # Errors
/// Database errors.
pub fn incidents(conn: &mut Conn, election_id: i64) -> QueryResult<Vec<(Utc, String, bool)>> {
    election_incidents::table
        .filter(election_incidents::election_id.eq(election_id))
        .order(election_incidents::id.asc())
        .select((election_incidents::at, election_incidents::message, election_incidents::public))
        .load(conn)
}
