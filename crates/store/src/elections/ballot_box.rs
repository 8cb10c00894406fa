//! The ballot box: objects and events of the archive, ballots, the signed log beside it, and participation.
//!
//! One writer per election: every append compares and swaps the size in `log_states` inside the writing transaction, so
//! that two processes never give one height twice and never sign two logs that contradict each other.

use chrono::NaiveDate;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::schema::{
    ballot_ciphertexts, ballots, election_events, election_objects, log_checkpoints, log_states,
    participations,
};
use crate::{Conn, PersonId, on_backend};

/// A data object of the archive.
#[derive(Debug, Clone, Insertable, Queryable)]
#[diesel(table_name = election_objects)]
pub struct Object {
    /// The election.
    pub election_id: i64,
    /// SHA-256 of the bytes, lower-case hex: its name in the archive.
    pub hash: String,
    /// What it is, for example `Ballot`.
    pub kind: String,
    /// The exact bytes.
    pub bytes: Vec<u8>,
}

/// An event of the archive.
#[derive(Debug, Clone, Insertable, Queryable)]
#[diesel(table_name = election_events)]
pub struct Event {
    /// The election.
    pub election_id: i64,
    /// 0, 1, 2 …
    pub height: i64,
    /// Type as written in the event.
    pub kind: String,
    /// The event's exact JSON.
    pub event_json: String,
    /// SHA-256 of that JSON, lower-case hex.
    pub event_hash: String,
    /// Hashes of the objects that stand before it in the archive, in order, separated by commas.
    pub objects: String,
}

/// How far the log of an election has been signed.
#[derive(Debug, Clone, Insertable, Queryable)]
#[diesel(table_name = log_states)]
pub struct LogState {
    /// The election.
    pub election_id: i64,
    /// Number of leaves (events).
    pub size: i64,
    /// Root of the tree at that size, base64.
    pub root: String,
    /// The last signed note.
    pub checkpoint: String,
}

/// Stores an object.
///
/// # Errors
/// A unique violation when these bytes are in this archive already.
pub fn insert_object(conn: &mut Conn, object: &Object) -> QueryResult<()> {
    diesel::insert_into(election_objects::table).values(object).execute(conn).map(|_| ())
}

/// Stores an event. Its height must be the size of the log; see [`advance_log`].
///
/// # Errors
/// A unique violation when the height is taken.
pub fn insert_event(conn: &mut Conn, event: &Event) -> QueryResult<()> {
    diesel::insert_into(election_events::table).values(event).execute(conn).map(|_| ())
}

/// The state of the log, or `None` before the first event.
///
/// # Errors
/// Database errors.
pub fn log_state(conn: &mut Conn, election_id: i64) -> QueryResult<Option<LogState>> {
    log_states::table.find(election_id).first(conn).optional()
}

/// Moves the log from `old_size` to `new`, and keeps the signed note for ever. Returns false, and changes nothing, when the
/// log is not at `old_size` any more.
///
/// # Errors
/// Database errors.
pub fn advance_log(conn: &mut Conn, old_size: i64, new: &LogState) -> QueryResult<bool> {
    let moved = if old_size == 0 && log_state(conn, new.election_id)?.is_none() {
        diesel::insert_into(log_states::table).values(new).execute(conn)?
    } else {
        let row = log_states::table
            .filter(log_states::election_id.eq(new.election_id).and(log_states::size.eq(old_size)));
        diesel::update(row)
            .set((
                log_states::size.eq(new.size),
                log_states::root.eq(&new.root),
                log_states::checkpoint.eq(&new.checkpoint),
            ))
            .execute(conn)?
    };
    if moved != 1 {
        return Ok(false);
    }
    diesel::insert_into(log_checkpoints::table)
        .values((
            log_checkpoints::election_id.eq(new.election_id),
            log_checkpoints::size.eq(new.size),
            log_checkpoints::note.eq(&new.checkpoint),
        ))
        .execute(conn)?;
    Ok(true)
}

/// The signed note of a given size.
///
/// # Errors
/// Database errors.
pub fn checkpoint_at(conn: &mut Conn, election_id: i64, size: i64) -> QueryResult<Option<String>> {
    log_checkpoints::table.find((election_id, size)).select(log_checkpoints::note).first(conn).optional()
}

/// Up to `limit` events from height `from` on, in order.
///
/// # Errors
/// Database errors.
pub fn events(conn: &mut Conn, election_id: i64, from: i64, limit: i64) -> QueryResult<Vec<Event>> {
    election_events::table
        .filter(election_events::election_id.eq(election_id).and(election_events::height.ge(from)))
        .order(election_events::height.asc())
        .limit(limit)
        .load(conn)
}

/// The event at a height.
///
/// # Errors
/// Database errors.
pub fn event_at(conn: &mut Conn, election_id: i64, height: i64) -> QueryResult<Option<Event>> {
    election_events::table.find((election_id, height)).first(conn).optional()
}

/// The bytes of one object.
///
/// # Errors
/// `NotFound` when it is not in this archive, or database errors.
pub fn object_bytes(conn: &mut Conn, election_id: i64, hash: &str) -> QueryResult<Vec<u8>> {
    election_objects::table.find((election_id, hash)).select(election_objects::bytes).first(conn)
}

/// A ballot on the board.
#[derive(Debug, Clone, Insertable, Queryable)]
#[diesel(table_name = ballots)]
pub struct BallotRow {
    /// The election.
    pub election_id: i64,
    /// Tracker: base64 of the SHA-256 of the ballot, without padding.
    pub tracker: String,
    /// Public credential.
    pub credential: String,
    /// Height of its event.
    pub height: i64,
}

/// Puts a ballot on the board.
///
/// # Errors
/// A unique violation when this very ballot is there already.
pub fn insert_ballot(conn: &mut Conn, ballot: &BallotRow) -> QueryResult<()> {
    diesel::insert_into(ballots::table).values(ballot).execute(conn).map(|_| ())
}

/// Registers the digests of a ballot's ciphertexts; false when one of them is on the board already.
///
/// # Errors
/// Database errors.
pub fn insert_ciphertexts(conn: &mut Conn, election_id: i64, digests: &[String]) -> QueryResult<bool> {
    let known: i64 = ballot_ciphertexts::table
        .filter(
            ballot_ciphertexts::election_id.eq(election_id).and(ballot_ciphertexts::digest.eq_any(digests)),
        )
        .count()
        .get_result(conn)?;
    if known > 0 {
        return Ok(false);
    }
    let rows: Vec<_> = digests
        .iter()
        .map(|d| (ballot_ciphertexts::election_id.eq(election_id), ballot_ciphertexts::digest.eq(d)))
        .collect();
    on_backend!(conn, c => diesel::insert_into(ballot_ciphertexts::table).values(&rows).execute(c))?;
    Ok(true)
}

/// The ballot with this tracker.
///
/// # Errors
/// Database errors.
pub fn ballot_by_tracker(conn: &mut Conn, election_id: i64, tracker: &str) -> QueryResult<Option<BallotRow>> {
    ballots::table.find((election_id, tracker)).first(conn).optional()
}

/// All ballots of one credential, the last one last.
///
/// # Errors
/// Database errors.
pub fn ballots_of(conn: &mut Conn, election_id: i64, credential: &str) -> QueryResult<Vec<BallotRow>> {
    ballots::table
        .filter(ballots::election_id.eq(election_id).and(ballots::credential.eq(credential)))
        .order(ballots::height.asc())
        .load(conn)
}

/// Trackers that begin with `prefix`, in alphabetical order.
///
/// # Errors
/// Database errors.
pub fn trackers(
    conn: &mut Conn,
    election_id: i64,
    prefix: &str,
    offset: i64,
    limit: i64,
) -> QueryResult<Vec<BallotRow>> {
    let mut query = ballots::table.filter(ballots::election_id.eq(election_id)).into_boxed();
    if !prefix.is_empty() {
        // A range instead of LIKE: `%` and `_` stay plain characters and the primary key serves the search.
        query = query.filter(ballots::tracker.ge(prefix.to_owned()));
        query = query.filter(ballots::tracker.lt(format!("{prefix}~")));
    }
    query.order(ballots::tracker.asc()).offset(offset).limit(limit).load(conn)
}

/// How many credentials have at least one ballot: the number that counts for quorum and turnout.
///
/// # Errors
/// Database errors.
pub fn voters(conn: &mut Conn, election_id: i64) -> QueryResult<i64> {
    ballots::table
        .filter(ballots::election_id.eq(election_id))
        .select(diesel::dsl::count(ballots::credential).aggregate_distinct())
        .first(conn)
}

/// How many ballots are on the board, replaced ones included.
///
/// # Errors
/// Database errors.
pub fn ballot_count(conn: &mut Conn, election_id: i64) -> QueryResult<i64> {
    ballots::table.filter(ballots::election_id.eq(election_id)).count().get_result(conn)
}

/// Records that a person took part on `day`. A second ballot moves the day only; the random key and the place stay.
///
/// # Errors
/// Database errors.
pub fn record_participation(
    conn: &mut Conn,
    election_id: i64,
    person_id: PersonId,
    day: NaiveDate,
    random_key: &str,
) -> QueryResult<()> {
    on_backend!(conn, c => diesel::insert_into(participations::table)
        .values((
            participations::key.eq(random_key),
            participations::election_id.eq(election_id),
            participations::person_id.eq(person_id),
            participations::day.eq(day),
        ))
        .on_conflict((participations::election_id, participations::person_id))
        .do_update()
        .set(participations::day.eq(day))
        .execute(c))
    .map(|_| ())
}

/// Writes the participations of elections that are not announced yet anew, in the order of their random keys. On PostgreSQL rows
/// lie in the order in which they came and name the transaction that wrote them, which wrote a ballot too; on SQLite this
/// table is kept by its key alone, and there is nothing to do (requirement PRV-04).
///
/// # Errors
/// Database errors.
pub fn shuffle_participations(conn: &mut Conn) -> QueryResult<()> {
    on_backend!(conn,
        sqlite(_c) => Ok(()),
        postgres(c) => c.batch_execute(
            "CREATE TEMP TABLE participations_by_key ON COMMIT DROP AS
                SELECT key, election_id, person_id, day FROM participations
                WHERE election_id IN (SELECT id FROM elections WHERE state NOT IN ('published', 'archived'));
            DELETE FROM participations WHERE key IN (SELECT key FROM participations_by_key);
            INSERT INTO participations (key, election_id, person_id, day)
                SELECT key, election_id, person_id, day FROM participations_by_key ORDER BY key;",
        ),
    )
}

/// Whether a person took part, and on which day last.
///
/// # Errors
/// Database errors.
pub fn participation_of(
    conn: &mut Conn,
    election_id: i64,
    person_id: PersonId,
) -> QueryResult<Option<NaiveDate>> {
    participations::table
        .filter(participations::election_id.eq(election_id).and(participations::person_id.eq(person_id)))
        .select(participations::day)
        .first(conn)
        .optional()
}

/// Participation by day, for the turnout chart.
///
/// # Errors
/// Database errors.
pub fn participation_by_day(conn: &mut Conn, election_id: i64) -> QueryResult<Vec<(NaiveDate, i64)>> {
    participations::table
        .filter(participations::election_id.eq(election_id))
        .group_by(participations::day)
        .select((participations::day, diesel::dsl::count(participations::key)))
        .order(participations::day.asc())
        .load(conn)
}

/// The last ballot of each credential after `after` in alphabetical order: (credential, bytes), at most `limit`.
///
/// # Errors
/// Database errors.
pub fn last_ballots(
    conn: &mut Conn,
    election_id: i64,
    after: &str,
    limit: i64,
) -> QueryResult<Vec<(String, Vec<u8>)>> {
    let heads: Vec<(String, Option<i64>)> = ballots::table
        .filter(ballots::election_id.eq(election_id).and(ballots::credential.gt(after.to_owned())))
        .group_by(ballots::credential)
        .select((ballots::credential, diesel::dsl::max(ballots::height)))
        .order(ballots::credential.asc())
        .limit(limit)
        .load(conn)?;
    let mut found = Vec::with_capacity(heads.len());
    for (credential, height) in heads {
        let hash: String = election_events::table
            .find((election_id, height.unwrap_or_default()))
            .select(election_events::objects)
            .first(conn)?;
        found.push((credential, object_bytes(conn, election_id, &hash)?));
    }
    Ok(found)
}

/// The height of the first event of a kind.
///
/// # Errors
/// Database errors.
pub fn height_of(conn: &mut Conn, election_id: i64, kind: &str) -> QueryResult<Option<i64>> {
    election_events::table
        .filter(election_events::election_id.eq(election_id).and(election_events::kind.eq(kind)))
        .select(diesel::dsl::min(election_events::height))
        .first(conn)
}

#[cfg(test)]
mod tests {
    use diesel::sql_types::Text;

    use super::*;
    use crate::accounts::{NewPerson, add_person};
    use crate::elections::{NewElection, insert};
    use crate::test_db::TestDb;
    use crate::{PublicId, StoreError, Utc};

    /// Keys in the order in which the database keeps the rows.
    fn as_kept(conn: &mut Conn) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            key: String,
        }
        let rows: QueryResult<Vec<Row>> = on_backend!(conn,
            sqlite(c) => diesel::sql_query("SELECT key FROM participations NOT INDEXED").load(c),
            postgres(c) => diesel::sql_query("SELECT key FROM participations ORDER BY ctid").load(c),
        );
        rows.unwrap().into_iter().map(|r| r.key).collect()
    }

    #[test]
    fn participations_are_kept_by_their_random_keys_and_not_in_the_order_of_ballots() {
        let db = TestDb::new().unwrap();
        let now = Utc::parse("2026-06-01T12:00:00Z").unwrap();
        let keys = ["m", "c", "x", "a", "q", "b"];
        db.store()
            .write(|conn| {
                let new = NewElection {
                    public_id: "e",
                    slug: "vote",
                    uuid: "StoryE1ection7",
                    title: "Vote",
                    state: "open",
                    settings: "{}",
                    archive_seconds: 0,
                    created_at: now,
                };
                let election = insert(conn, &new)?.id;
                for (i, key) in (0_u8..).zip(keys) {
                    let person = NewPerson {
                        public_id: PublicId::new(now, [i; 10]),
                        preferred_name: format!("Voter {i}"),
                        password_hash: None,
                        time_zone: "UTC".into(),
                        locale: "en".into(),
                    };
                    let person = add_person(conn, &person, now)?;
                    record_participation(conn, election, person, now.datetime().date_naive(), key)?;
                }
                Ok::<_, StoreError>(())
            })
            .unwrap();
        let kept = db
            .store()
            .write(|conn| {
                shuffle_participations(conn)?;
                Ok::<_, StoreError>(as_kept(conn))
            })
            .unwrap();
        assert_eq!(kept, ["a", "b", "c", "m", "q", "x"]);
        let numbers = db.store().read(|conn| {
            Ok::<_, StoreError>(on_backend!(conn,
                sqlite(c) => c.batch_execute("SELECT rowid FROM participations").is_ok(),
                postgres(_c) => false,
            ))
        });
        assert!(!numbers.unwrap(), "rows have numbers in the order in which they came");
    }
}
