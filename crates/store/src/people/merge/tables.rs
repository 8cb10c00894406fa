//! Which rows move when two records become one, and which stay.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::BigInt;

use crate::Conn;
use crate::on_backend;
use crate::types::PersonId;

/// Tables whose rows about a person move: all have a key `id` and a column that names the person. Where a row of the other
/// record stands in the way of a unique key, the row stays with the record that goes.
pub(in crate::people) const MOVED: &[(&str, &str)] = &[
    ("addresses", "person_id"),
    ("affirmation_optouts", "person_id"),
    ("affirmations", "person_id"),
    ("affiliations", "person_id"),
    ("award_comments", "person_id"),
    ("award_nominees", "person_id"),
    ("award_recipients", "person_id"),
    ("award_supports", "person_id"),
    ("award_votes", "person_id"),
    ("body_members", "person_id"),
    ("certifications", "person_id"),
    ("candidate_questions", "person_id"),
    ("contact_messages", "person_id"),
    ("inspection_requests", "person_id"),
    ("join_requests", "person_id"),
    ("mail_preferences", "person_id"),
    ("mails", "person_id"),
    ("membership_notices", "person_id"),
    ("memberships", "person_id"),
    ("nomination_drafts", "person_id"),
    ("nomination_supports", "person_id"),
    ("nominations", "person_id"),
    ("page_acceptances", "person_id"),
    ("paid_terms", "person_id"),
    ("past_participations", "person_id"),
    ("payments", "person_id"),
    ("privacy_requests", "person_id"),
];

/// Tables whose rows stay: proofs of who somebody is, the rolls, mails and participations of elections, and what is made anew
/// from the rest.
#[cfg(test)]
pub(in crate::people) const STAYS: &[&str] = &[
    "award_notices",
    "election_incidents",
    "election_mails",
    "election_trustees",
    "import_rows",
    "meeting_attendance",
    "motion_electors",
    "motion_seconds",
    "motion_votes",
    "participations",
    "passkeys",
    "person_keys",
    "person_words",
    "petition_signatures",
    "recovery_codes",
    "role_grants",
    "roll_corrections",
    "roll_entries",
    "roll_objections",
    "roster_consents",
    "sessions",
    "tokens",
    "totp_secrets",
];

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

pub(super) fn keys(conn: &mut Conn, table: &str, column: &str, person: PersonId) -> QueryResult<Vec<i64>> {
    let sql = |mark: &str| format!("SELECT id FROM {table} WHERE {column} = {mark} ORDER BY id");
    let found: Vec<Key> = on_backend!(conn,
        sqlite(c) => diesel::sql_query(sql("?")).bind::<BigInt, _>(person.0).load(c),
        postgres(c) => diesel::sql_query(sql("$1")).bind::<BigInt, _>(person.0).load(c))?;
    Ok(found.into_iter().map(|k| k.id).collect())
}

/// Moves one row; false when a unique key stands in the way.
pub(super) fn move_row(
    conn: &mut Conn,
    (table, column): (&str, &str),
    id: i64,
    to: PersonId,
) -> QueryResult<bool> {
    let sql = |a: &str, b: &str| format!("UPDATE {table} SET {column} = {a} WHERE id = {b}");
    let outcome = conn.transaction(|conn| {
        on_backend!(conn,
            sqlite(c) => diesel::sql_query(sql("?", "?")).bind::<BigInt, _>(to.0).bind::<BigInt, _>(id).execute(c),
            postgres(c) => diesel::sql_query(sql("$1", "$2")).bind::<BigInt, _>(to.0).bind::<BigInt, _>(id).execute(c))
    });
    match outcome {
        Ok(_) => Ok(true),
        Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Ok(false),
        Err(e) => Err(e),
    }
}

/// How many rows would move, by table, for the preview.
///
/// # Errors
/// A database error.
pub fn rows_about(conn: &mut Conn, person: PersonId) -> QueryResult<BTreeMap<&'static str, usize>> {
    let mut counts = BTreeMap::new();
    for (table, column) in MOVED {
        let found = keys(conn, table, column, person)?.len();
        if found > 0 {
            counts.insert(*table, found);
        }
    }
    Ok(counts)
}
