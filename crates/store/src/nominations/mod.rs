//! Nominations: candidacies here; [`supports`], [`drafts`], [`notices`] and [`questions`] beside it.
//!
//! Which act is possible when is the rules' business. The store refuses what no rule may allow: a frozen text changes no more,
//! and an answer once given is not given again.

pub mod drafts;
pub mod notices;
pub mod questions;
pub mod supports;

use diesel::prelude::*;

use crate::Conn;
use crate::schema::{candidate_errata, nominations};
use crate::types::{JsonText, PersonId, PublicId, Utc};

crate::row_ids! {
    /// Key of a nomination.
    NominationId,
    /// Key of somebody's support for it.
    SupportId,
    /// Key of a draft.
    DraftId,
    /// Key of a question to candidates.
    QuestionId,
}

crate::text_enum! {
    /// What the nominee did.
    pub enum NominationState {
        /// Asked; has not answered.
        Invited = "invited",
        /// Stands.
        Accepted = "accepted",
        /// Does not want to; shown to nobody but the nominee and the officers.
        Declined = "declined",
        /// Did not answer before the cut-off.
        Expired = "expired",
        /// Stood, and does no longer.
        Withdrawn = "withdrawn",
        /// Became part of another nomination of the same person.
        Merged = "merged",
    }
}

crate::text_enum! {
    /// What the officers found.
    pub enum Review {
        /// Nothing yet.
        Pending = "pending",
        /// May stand.
        Eligible = "eligible",
        /// May not, for a stated reason.
        Ineligible = "ineligible",
    }
}

/// A candidacy, from the nomination on.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Nomination {
    /// Key.
    pub id: NominationId,
    /// Id for addresses that only the concerned know.
    pub public_id: PublicId,
    /// The election.
    pub election_id: i64,
    /// Last part of its public address; stays when the name changes.
    pub handle: String,
    /// The nominee's account, once it is known.
    pub person_id: Option<PersonId>,
    /// The address the nominee was named by, as typed.
    pub address: String,
    /// The same in lower case.
    pub lookup: String,
    /// Name: the nominator's, later the nominee's own.
    pub name: String,
    /// The nominee nominated themselves.
    pub is_self: bool,
    /// What the nominee did.
    pub state: NominationState,
    /// The statement, typed JSON.
    pub statement: JsonText,
    /// Grows with each change of the statement.
    pub revision: i64,
    /// What the nominee ticked and when, typed JSON.
    pub acknowledged: JsonText,
    /// SHA-256 of the portrait.
    pub portrait: Option<String>,
    /// What the officers found.
    pub review: Review,
    /// Why, where they found against it.
    pub review_reason: String,
    /// Who looked first.
    pub reviewed_by: Option<PersonId>,
    /// When.
    pub reviewed_at: Option<Utc>,
    /// Who looked second.
    pub second_by: Option<PersonId>,
    /// When.
    pub second_at: Option<Utc>,
    /// What the second one said.
    pub second_note: String,
    /// What an officer asks the nominee to make clear; empty when nothing is.
    pub clarification: String,
    /// When it was asked.
    pub clarification_asked_at: Option<Utc>,
    /// What the nominee answered.
    pub clarification_answer: String,
    /// When.
    pub clarified_at: Option<Utc>,
    /// Instant of the nomination.
    pub created_at: Utc,
    /// When the nominee accepted or declined.
    pub answered_at: Option<Utc>,
    /// When the nominee withdrew.
    pub withdrawn_at: Option<Utc>,
    /// When the texts were frozen.
    pub frozen_at: Option<Utc>,
}

/// What is needed for a nomination.
#[derive(Debug, Clone)]
pub struct NewNomination<'a> {
    /// Id for addresses.
    pub public_id: &'a PublicId,
    /// The election.
    pub election_id: i64,
    /// Last part of its public address.
    pub handle: &'a str,
    /// The nominee's account.
    pub person: Option<PersonId>,
    /// The address the nominee was named by.
    pub address: &'a str,
    /// Name.
    pub name: &'a str,
    /// The nominee nominates themselves.
    pub is_self: bool,
    /// The statement so far.
    pub statement: &'a JsonText,
}

/// Adds a nomination.
///
/// # Errors
/// A unique violation when the person or the address is nominated already.
pub fn add(conn: &mut Conn, new: &NewNomination<'_>, now: Utc) -> QueryResult<NominationId> {
    diesel::insert_into(nominations::table)
        .values((
            nominations::public_id.eq(new.public_id),
            nominations::election_id.eq(new.election_id),
            nominations::handle.eq(new.handle),
            nominations::person_id.eq(new.person),
            nominations::address.eq(new.address.trim()),
            nominations::lookup.eq(crate::accounts::address_lookup(new.address)),
            nominations::name.eq(new.name),
            nominations::is_self.eq(new.is_self),
            nominations::state.eq(NominationState::Invited),
            nominations::statement.eq(new.statement),
            nominations::revision.eq(0_i64),
            nominations::acknowledged.eq("[]"),
            (
                nominations::review.eq(Review::Pending),
                nominations::review_reason.eq(""),
                nominations::second_note.eq(""),
                nominations::clarification.eq(""),
                nominations::clarification_answer.eq(""),
                nominations::created_at.eq(now),
            ),
        ))
        .returning(nominations::id)
        .get_result(conn)
}

/// Every nomination of an election in the order in which they came.
///
/// # Errors
/// A database error.
pub fn of_election(conn: &mut Conn, election_id: i64) -> QueryResult<Vec<Nomination>> {
    nominations::table.filter(nominations::election_id.eq(election_id)).order(nominations::id).load(conn)
}

/// The nomination with this key.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_id(conn: &mut Conn, id: NominationId) -> QueryResult<Nomination> {
    nominations::table.find(id).first(conn)
}

/// The nomination with this public id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_public_id(conn: &mut Conn, id: &PublicId) -> QueryResult<Nomination> {
    nominations::table.filter(nominations::public_id.eq(id)).first(conn)
}

/// The nomination at this public address of an election.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_handle(conn: &mut Conn, election_id: i64, handle: &str) -> QueryResult<Nomination> {
    nominations::table
        .filter(nominations::election_id.eq(election_id).and(nominations::handle.eq(handle)))
        .first(conn)
}

/// The nomination of a person, or of an address, in an election; that of the person first.
///
/// # Errors
/// A database error.
pub fn of_nominee(
    conn: &mut Conn,
    election_id: i64,
    person: Option<PersonId>,
    lookup: &str,
) -> QueryResult<Option<Nomination>> {
    if person.is_some() {
        let found = nominations::table
            .filter(nominations::election_id.eq(election_id).and(nominations::person_id.eq(person)))
            .first(conn)
            .optional()?;
        if found.is_some() {
            return Ok(found);
        }
    }
    nominations::table
        .filter(nominations::election_id.eq(election_id).and(nominations::lookup.eq(lookup)))
        .first(conn)
        .optional()
}

/// Nominations of a person, or of one of their verified addresses, the latest first.
///
/// # Errors
/// A database error.
pub fn of_person(conn: &mut Conn, person: PersonId, lookups: &[String]) -> QueryResult<Vec<Nomination>> {
    nominations::table
        .filter(
            nominations::person_id
                .eq(person)
                .or(nominations::person_id.is_null().and(nominations::lookup.eq_any(lookups))),
        )
        .filter(nominations::state.ne(NominationState::Merged))
        .order(nominations::id.desc())
        .load(conn)
}

/// Ties a nomination to the nominee's account. False when it has one already.
///
/// # Errors
/// A unique violation when the person is nominated under another address too.
pub fn link(conn: &mut Conn, id: NominationId, person: PersonId) -> QueryResult<bool> {
    let n = diesel::update(nominations::table.find(id).filter(nominations::person_id.is_null()))
        .set(nominations::person_id.eq(person))
        .execute(conn)?;
    Ok(n == 1)
}

/// Moves a nomination from one state to another. False, and nothing changed, when it was not in `from` any more.
///
/// # Errors
/// A database error.
pub fn change_state(
    conn: &mut Conn,
    id: NominationId,
    from: NominationState,
    to: NominationState,
    now: Utc,
) -> QueryResult<bool> {
    let row = nominations::table.find(id).filter(nominations::state.eq(from));
    let n = match to {
        NominationState::Withdrawn => diesel::update(row)
            .set((nominations::state.eq(to), nominations::withdrawn_at.eq(Some(now))))
            .execute(conn)?,
        NominationState::Accepted | NominationState::Declined => diesel::update(row)
            .set((nominations::state.eq(to), nominations::answered_at.eq(Some(now))))
            .execute(conn)?,
        _ => diesel::update(row).set(nominations::state.eq(to)).execute(conn)?,
    };
    Ok(n == 1)
}

/// Replaces name and statement unless somebody did so since `revision`, or the text is frozen; what officers found is open
/// again. False when nothing was changed.
///
/// # Errors
/// A database error.
pub fn put_statement(
    conn: &mut Conn,
    id: NominationId,
    revision: i64,
    name: &str,
    statement: &JsonText,
) -> QueryResult<bool> {
    let row = nominations::table
        .find(id)
        .filter(nominations::revision.eq(revision).and(nominations::frozen_at.is_null()));
    let n = diesel::update(row)
        .set((
            nominations::name.eq(name),
            nominations::statement.eq(statement),
            nominations::revision.eq(revision + 1),
            nominations::review.eq(Review::Pending),
            nominations::review_reason.eq(""),
            nominations::reviewed_by.eq(None::<PersonId>),
            nominations::reviewed_at.eq(None::<Utc>),
            nominations::second_by.eq(None::<PersonId>),
            nominations::second_at.eq(None::<Utc>),
            nominations::second_note.eq(""),
        ))
        .execute(conn)?;
    Ok(n == 1)
}

/// Writes what the nominee ticked.
///
/// # Errors
/// A database error.
pub fn put_acknowledged(conn: &mut Conn, id: NominationId, ticked: &JsonText) -> QueryResult<()> {
    diesel::update(nominations::table.find(id)).set(nominations::acknowledged.eq(ticked)).execute(conn)?;
    Ok(())
}

/// Sets or removes the portrait, unless it is frozen.
///
/// # Errors
/// A database error.
pub fn put_portrait(conn: &mut Conn, id: NominationId, hash: Option<&str>) -> QueryResult<bool> {
    let n = diesel::update(nominations::table.find(id).filter(nominations::frozen_at.is_null()))
        .set(nominations::portrait.eq(hash))
        .execute(conn)?;
    Ok(n == 1)
}

/// How many nominations show this portrait.
///
/// # Errors
/// A database error.
pub fn with_portrait(conn: &mut Conn, hash: &str) -> QueryResult<i64> {
    nominations::table.filter(nominations::portrait.eq(hash)).count().get_result(conn)
}

/// Writes what the first officer found; a second look is open again.
///
/// # Errors
/// A database error.
pub fn put_review(
    conn: &mut Conn,
    id: NominationId,
    (review, reason): (Review, &str),
    by: PersonId,
    now: Utc,
) -> QueryResult<()> {
    diesel::update(nominations::table.find(id))
        .set((
            nominations::review.eq(review),
            nominations::review_reason.eq(reason),
            nominations::reviewed_by.eq(Some(by)),
            nominations::reviewed_at.eq(Some(now)),
            nominations::second_by.eq(None::<PersonId>),
            nominations::second_at.eq(None::<Utc>),
            nominations::second_note.eq(""),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes the second look.
///
/// # Errors
/// A database error.
pub fn put_second_look(
    conn: &mut Conn,
    id: NominationId,
    note: &str,
    by: PersonId,
    now: Utc,
) -> QueryResult<()> {
    diesel::update(nominations::table.find(id))
        .set((
            nominations::second_by.eq(Some(by)),
            nominations::second_at.eq(Some(now)),
            nominations::second_note.eq(note),
        ))
        .execute(conn)?;
    Ok(())
}

/// Asks the nominee to make something clear.
///
/// # Errors
/// A database error.
pub fn ask_clarification(conn: &mut Conn, id: NominationId, question: &str, now: Utc) -> QueryResult<()> {
    diesel::update(nominations::table.find(id))
        .set((
            nominations::clarification.eq(question),
            nominations::clarification_asked_at.eq(Some(now)),
            nominations::clarification_answer.eq(""),
            nominations::clarified_at.eq(None::<Utc>),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes the nominee's answer. False when nothing was asked or it was answered.
///
/// # Errors
/// A database error.
pub fn clarify(conn: &mut Conn, id: NominationId, answer: &str, now: Utc) -> QueryResult<bool> {
    let row = nominations::table
        .find(id)
        .filter(nominations::clarification_asked_at.is_not_null().and(nominations::clarified_at.is_null()));
    let n = diesel::update(row)
        .set((nominations::clarification_answer.eq(answer), nominations::clarified_at.eq(Some(now))))
        .execute(conn)?;
    Ok(n == 1)
}

/// Freezes the texts of every nomination of an election.
///
/// # Errors
/// A database error.
pub fn freeze(conn: &mut Conn, election_id: i64, now: Utc) -> QueryResult<usize> {
    let rows = nominations::table
        .filter(nominations::election_id.eq(election_id).and(nominations::frozen_at.is_null()));
    diesel::update(rows).set(nominations::frozen_at.eq(Some(now))).execute(conn)
}

/// Adds a correction of a frozen text.
///
/// # Errors
/// A database error.
pub fn add_erratum(conn: &mut Conn, id: NominationId, text: &str, by: PersonId, now: Utc) -> QueryResult<()> {
    diesel::insert_into(candidate_errata::table)
        .values((
            candidate_errata::nomination_id.eq(id),
            candidate_errata::text.eq(text),
            candidate_errata::made_by.eq(by),
            candidate_errata::made_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Corrections of a candidacy, oldest first: instant and text.
///
/// # Errors
/// A database error.
pub fn errata(conn: &mut Conn, id: NominationId) -> QueryResult<Vec<(Utc, String)>> {
    candidate_errata::table
        .filter(candidate_errata::nomination_id.eq(id))
        .order(candidate_errata::id)
        .select((candidate_errata::made_at, candidate_errata::text))
        .load(conn)
}

/// Empties what a person wrote and takes the name and address away.
///
/// # Errors
/// A database error.
pub fn forget_person(conn: &mut Conn, person: PersonId, pseudonym: &str) -> QueryResult<()> {
    use crate::schema::{candidate_answers, candidate_questions, nomination_drafts, nomination_supports};
    let mine: Vec<NominationId> =
        nominations::table.filter(nominations::person_id.eq(person)).select(nominations::id).load(conn)?;
    diesel::update(candidate_answers::table.filter(candidate_answers::nomination_id.eq_any(&mine)))
        .set(candidate_answers::text.eq(""))
        .execute(conn)?;
    for id in mine {
        diesel::update(nominations::table.find(id))
            .set((
                nominations::name.eq(pseudonym),
                nominations::address.eq(""),
                nominations::lookup.eq(format!("erased {id}")),
                nominations::statement.eq("{}"),
                nominations::portrait.eq(None::<String>),
                nominations::clarification_answer.eq(""),
            ))
            .execute(conn)?;
    }
    let given: Vec<SupportId> = nomination_supports::table
        .filter(nomination_supports::person_id.eq(person))
        .select(nomination_supports::id)
        .load(conn)?;
    for id in given {
        diesel::update(nomination_supports::table.find(id))
            .set((
                nomination_supports::name.eq(pseudonym),
                nomination_supports::address.eq(""),
                nomination_supports::lookup.eq(format!("erased {id}")),
                nomination_supports::employer.eq(""),
                nomination_supports::words.eq(""),
            ))
            .execute(conn)?;
    }
    diesel::update(candidate_questions::table.filter(candidate_questions::person_id.eq(person)))
        .set(candidate_questions::text.eq(""))
        .execute(conn)?;
    diesel::delete(nomination_drafts::table.filter(nomination_drafts::person_id.eq(person))).execute(conn)?;
    Ok(())
}
