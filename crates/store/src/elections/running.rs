//! What happens while an election runs: decisions with their reasons, mails to the people on the roll, who has not voted.

use diesel::prelude::*;

use crate::mails::{MailId, MailState};
use crate::schema::{
    ballot_disputes, election_decisions, election_mails, mails, participations, roll_entries,
};
use crate::{Conn, PersonId, Utc};

/// A decision about a running election.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Decision {
    /// Key.
    pub id: i64,
    /// The election.
    pub election_id: i64,
    /// Which decision, for example `suspended`.
    pub kind: String,
    /// When.
    pub at: Utc,
    /// Whether everybody sees it.
    pub public: bool,
    /// Why, in words.
    pub reason: String,
    /// What exactly, JSON text.
    pub details: String,
    /// Public id of the approval, when two people decided.
    pub approval: Option<String>,
    /// Who proposed.
    pub proposed_by: Option<PersonId>,
    /// Who agreed.
    pub approved_by: Option<PersonId>,
}

/// A new decision.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = election_decisions)]
pub struct NewDecision<'a> {
    /// The election.
    pub election_id: i64,
    /// Which decision.
    pub kind: &'a str,
    /// When.
    pub at: Utc,
    /// Whether everybody sees it.
    pub public: bool,
    /// Why.
    pub reason: &'a str,
    /// What exactly, JSON text.
    pub details: &'a str,
    /// Public id of the approval.
    pub approval: Option<&'a str>,
    /// Who proposed.
    pub proposed_by: Option<PersonId>,
    /// Who agreed.
    pub approved_by: Option<PersonId>,
}

/// Records a decision, for ever.
///
/// # Errors
/// Database errors.
pub fn decide(conn: &mut Conn, new: &NewDecision<'_>) -> QueryResult<()> {
    diesel::insert_into(election_decisions::table).values(new).execute(conn).map(|_| ())
}

/// Every decision about an election, the first one first.
///
/// # Errors
/// Database errors.
pub fn decisions(conn: &mut Conn, election_id: i64) -> QueryResult<Vec<Decision>> {
    election_decisions::table
        .filter(election_decisions::election_id.eq(election_id))
        .order(election_decisions::id.asc())
        .load(conn)
}

/// The last decision of one kind.
///
/// # Errors
/// Database errors.
pub fn last_decision(conn: &mut Conn, election_id: i64, kind: &str) -> QueryResult<Option<Decision>> {
    election_decisions::table
        .filter(election_decisions::election_id.eq(election_id).and(election_decisions::kind.eq(kind)))
        .order(election_decisions::id.desc())
        .first(conn)
        .optional()
}

/// Notes that a mail about an election was queued for a person on its roll; `None` when there is no address.
///
/// # Errors
/// Database errors.
pub fn note_mail(
    conn: &mut Conn,
    election_id: i64,
    person_id: PersonId,
    kind: &str,
    mail: Option<MailId>,
) -> QueryResult<()> {
    diesel::insert_into(election_mails::table)
        .values((
            election_mails::election_id.eq(election_id),
            election_mails::person_id.eq(person_id),
            election_mails::kind.eq(kind),
            election_mails::mail_id.eq(mail),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Lets mails of one kind that nobody has tried to send yet wait until `until`; returns how many. Those that wait longer keep
/// their instant.
///
/// # Errors
/// Database errors.
pub fn delay_mails(conn: &mut Conn, election_id: i64, kind: &str, until: Utc) -> QueryResult<usize> {
    let noted = election_mails::table
        .filter(election_mails::election_id.eq(election_id).and(election_mails::kind.eq(kind)))
        .select(election_mails::mail_id)
        .filter(election_mails::mail_id.is_not_null());
    let waiting = mails::table
        .filter(mails::id.nullable().eq_any(noted))
        .filter(mails::state.eq(MailState::Queued).and(mails::run_at.lt(until)));
    diesel::update(waiting).set(mails::run_at.eq(until)).execute(conn)
}

/// One line of the ledger of deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Sent {
    /// For whom.
    pub person_id: PersonId,
    /// Which message.
    pub kind: String,
    /// What became of the mail; `None` when there was no address to write to.
    pub state: Option<MailState>,
    /// Address, while the mail is kept.
    pub recipient: Option<String>,
}

/// The ledger of deliveries of an election, by person.
///
/// # Errors
/// Database errors.
pub fn sent(conn: &mut Conn, election_id: i64) -> QueryResult<Vec<Sent>> {
    election_mails::table
        .left_join(mails::table.on(election_mails::mail_id.eq(mails::id.nullable())))
        .filter(election_mails::election_id.eq(election_id))
        .order((election_mails::person_id.asc(), election_mails::id.asc()))
        .select((
            election_mails::person_id,
            election_mails::kind,
            mails::state.nullable(),
            mails::recipient.nullable(),
        ))
        .load(conn)
}

/// A mail of one kind to one person, as far as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct SentTo {
    /// Address; `None` when there was none.
    pub recipient: Option<String>,
    /// When it was queued.
    pub queued_at: Option<Utc>,
}

/// The mails of these kinds to one person about an election, the first one first.
///
/// # Errors
/// Database errors.
pub fn sent_to(
    conn: &mut Conn,
    election_id: i64,
    person_id: PersonId,
    kinds: &[&str],
) -> QueryResult<Vec<SentTo>> {
    election_mails::table
        .left_join(mails::table.on(election_mails::mail_id.eq(mails::id.nullable())))
        .filter(election_mails::election_id.eq(election_id).and(election_mails::person_id.eq(person_id)))
        .filter(election_mails::kind.eq_any(kinds))
        .order(election_mails::id.asc())
        .select((mails::recipient.nullable(), mails::created_at.nullable()))
        .load(conn)
}

/// How many mails of one kind were noted.
///
/// # Errors
/// Database errors.
pub fn mails_of_kind(conn: &mut Conn, election_id: i64, kind: &str) -> QueryResult<i64> {
    election_mails::table
        .filter(election_mails::election_id.eq(election_id).and(election_mails::kind.eq(kind)))
        .count()
        .get_result(conn)
}

/// People on the roll who have not taken part, in key order.
///
/// # Errors
/// Database errors.
pub fn not_voted(conn: &mut Conn, election_id: i64) -> QueryResult<Vec<PersonId>> {
    let voted: Vec<PersonId> = participations::table
        .filter(participations::election_id.eq(election_id))
        .select(participations::person_id)
        .load(conn)?;
    let voted: std::collections::HashSet<PersonId> = voted.into_iter().collect();
    let all: Vec<PersonId> = roll_entries::table
        .filter(roll_entries::election_id.eq(election_id))
        .order(roll_entries::id.asc())
        .select(roll_entries::person_id)
        .load(conn)?;
    Ok(all.into_iter().filter(|p| !voted.contains(p)).collect())
}

/// Whether a report that a ballot looks wrong waits for its answer.
///
/// # Errors
/// Database errors.
pub fn has_open_dispute(conn: &mut Conn, election_id: i64) -> QueryResult<bool> {
    let open = ballot_disputes::election_id.eq(election_id).and(ballot_disputes::state.eq("open"));
    diesel::select(diesel::dsl::exists(ballot_disputes::table.filter(open))).get_result(conn)
}

/// Marks a dispute as answered; false when there is none with this reference that is open.
///
/// # Errors
/// Database errors.
pub fn answer_dispute(conn: &mut Conn, election_id: i64, reference: &str) -> QueryResult<bool> {
    let open = ballot_disputes::table.filter(
        ballot_disputes::election_id
            .eq(election_id)
            .and(ballot_disputes::reference.eq(reference))
            .and(ballot_disputes::state.eq("open")),
    );
    let rows = diesel::update(open).set(ballot_disputes::state.eq("answered")).execute(conn)?;
    Ok(rows == 1)
}
