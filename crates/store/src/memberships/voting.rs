//! What a rule of a roll looks at besides memberships: certifications, affirmations, opt-outs, past participation; and the
//! calls that say when and by which rule a roll is made.

use diesel::prelude::*;

use super::ClassId;
use crate::bodies::{Body, BodyId};
use crate::schema::{
    affirmation_optouts, affirmations, bodies, certifications, electoral_calls, past_participations,
};
use crate::{Conn, JsonText, PersonId, PublicId, Utc};

crate::row_ids! {
    /// Key of a certification.
    CertificationId,
    /// Key of an affirmation.
    AffirmationId,
    /// Key of an opt-out.
    OptOutId,
    /// Key of a call.
    CallId,
    /// Key of a past participation.
    PastParticipationId,
}

crate::text_enum! {
    /// How an intention to vote became known.
    pub enum AffirmationHow {
        /// Declared on the site.
        Explicit = "explicit",
        /// Taken over from a list.
        Imported = "imported",
        /// Entered by staff for somebody who asked for it.
        Staff = "staff",
    }
}

/// A certification.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Certification {
    /// Key.
    pub id: CertificationId,
    /// Who.
    pub person_id: PersonId,
    /// In which class.
    pub class_id: ClassId,
    /// When.
    pub certified_at: Utc,
    /// The text agreed to.
    pub agreed_text: String,
    /// What the member added.
    pub note: String,
    /// Instant of creation.
    pub created_at: Utc,
}

/// Adds a certification.
///
/// # Errors
/// A database error.
pub fn certify(
    conn: &mut Conn,
    person: PersonId,
    class: ClassId,
    at: Utc,
    agreed_text: &str,
    note: &str,
    now: Utc,
) -> QueryResult<CertificationId> {
    diesel::insert_into(certifications::table)
        .values((
            certifications::person_id.eq(person),
            certifications::class_id.eq(class),
            certifications::certified_at.eq(at),
            certifications::agreed_text.eq(agreed_text),
            certifications::note.eq(note),
            certifications::created_at.eq(now),
        ))
        .returning(certifications::id)
        .get_result(conn)
}

/// Certifications of a person, the latest first.
///
/// # Errors
/// A database error.
pub fn certifications_of(conn: &mut Conn, person: PersonId) -> QueryResult<Vec<Certification>> {
    certifications::table
        .filter(certifications::person_id.eq(person))
        .order((certifications::certified_at.desc(), certifications::id.desc()))
        .load(conn)
}

/// A declared intention to vote for a body.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Affirmation {
    /// Key.
    pub id: AffirmationId,
    /// Who.
    pub person_id: PersonId,
    /// For which body.
    pub body_id: BodyId,
    /// When.
    pub affirmed_at: Utc,
    /// How.
    pub how: AffirmationHow,
    /// Instant of creation.
    pub created_at: Utc,
}

/// Adds an affirmation.
///
/// # Errors
/// A database error.
pub fn affirm(
    conn: &mut Conn,
    person: PersonId,
    body: BodyId,
    at: Utc,
    how: AffirmationHow,
    now: Utc,
) -> QueryResult<AffirmationId> {
    diesel::insert_into(affirmations::table)
        .values((
            affirmations::person_id.eq(person),
            affirmations::body_id.eq(body),
            affirmations::affirmed_at.eq(at),
            affirmations::how.eq(how),
            affirmations::created_at.eq(now),
        ))
        .returning(affirmations::id)
        .get_result(conn)
}

/// Affirmations of a person, the latest first.
///
/// # Errors
/// A database error.
pub fn affirmations_of(conn: &mut Conn, person: PersonId) -> QueryResult<Vec<Affirmation>> {
    affirmations::table
        .filter(affirmations::person_id.eq(person))
        .order((affirmations::affirmed_at.desc(), affirmations::id.desc()))
        .load(conn)
}

/// Who of these affirmed for a body, and when.
///
/// # Errors
/// A database error.
pub fn affirmed(conn: &mut Conn, people: &[PersonId], body: BodyId) -> QueryResult<Vec<(PersonId, Utc)>> {
    affirmations::table
        .filter(affirmations::person_id.eq_any(people).and(affirmations::body_id.eq(body)))
        .select((affirmations::person_id, affirmations::affirmed_at))
        .load(conn)
}

/// A standing wish not to be on the roll of a body.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct OptOut {
    /// Key.
    pub id: OptOutId,
    /// Who.
    pub person_id: PersonId,
    /// Which body.
    pub body_id: BodyId,
    /// First instant.
    pub starts_at: Utc,
    /// First instant no longer.
    pub ends_at: Option<Utc>,
}

/// Opts out from `now` on; nothing happens when that is so already.
///
/// # Errors
/// A database error.
pub fn opt_out(conn: &mut Conn, person: PersonId, body: BodyId, now: Utc) -> QueryResult<()> {
    if standing_opt_outs(conn, person)?.iter().any(|o| o.body_id == body) {
        return Ok(());
    }
    diesel::insert_into(affirmation_optouts::table)
        .values((
            affirmation_optouts::person_id.eq(person),
            affirmation_optouts::body_id.eq(body),
            affirmation_optouts::starts_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Takes an opt-out back at `now`.
///
/// # Errors
/// A database error.
pub fn opt_in(conn: &mut Conn, person: PersonId, body: BodyId, now: Utc) -> QueryResult<()> {
    diesel::update(
        affirmation_optouts::table
            .filter(affirmation_optouts::person_id.eq(person))
            .filter(affirmation_optouts::body_id.eq(body))
            .filter(affirmation_optouts::ends_at.is_null()),
    )
    .set(affirmation_optouts::ends_at.eq(Some(now)))
    .execute(conn)?;
    Ok(())
}

/// Opt-outs of a person that were not taken back.
///
/// # Errors
/// A database error.
pub fn standing_opt_outs(conn: &mut Conn, person: PersonId) -> QueryResult<Vec<OptOut>> {
    affirmation_optouts::table
        .filter(affirmation_optouts::person_id.eq(person))
        .filter(affirmation_optouts::ends_at.is_null())
        .order(affirmation_optouts::id)
        .load(conn)
}

/// When and by which rule the roll of a body is made.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Call {
    /// Key.
    pub id: CallId,
    /// Id for addresses.
    pub public_id: PublicId,
    /// The body.
    pub body_id: BodyId,
    /// Key of the election the roll is for, once it exists.
    pub election_id: Option<i64>,
    /// For example `Board election 2026`.
    pub title: String,
    /// `ElectorateRule` as JSON.
    pub rule: JsonText,
    /// Document and section the rule comes from, as shown.
    pub authority: String,
    /// Affirmations count from this instant on: the cut-off of the call before.
    pub affirm_from: Utc,
    /// First instant at which an affirmation does not count any more.
    pub cutoff_at: Utc,
    /// Memberships, dues and certifications are looked at then.
    pub record_at: Utc,
    /// Titles of the elections whose voters need not affirm, as a JSON list.
    pub waivers: JsonText,
    /// Instant of creation.
    pub created_at: Utc,
}

/// What is needed to make a call.
#[derive(Debug, Clone)]
pub struct NewCall<'a> {
    /// Id for addresses.
    pub public_id: PublicId,
    /// The body.
    pub body: BodyId,
    /// Key of the election, once it exists.
    pub election: Option<i64>,
    /// For example `Board election 2026`.
    pub title: &'a str,
    /// `ElectorateRule` as JSON.
    pub rule: JsonText,
    /// Document and section.
    pub authority: &'a str,
    /// See [`Call::affirm_from`].
    pub affirm_from: Utc,
    /// See [`Call::cutoff_at`].
    pub cutoff_at: Utc,
    /// See [`Call::record_at`].
    pub record_at: Utc,
    /// Titles of elections.
    pub waivers: JsonText,
}

/// Makes a call.
///
/// # Errors
/// A database error.
pub fn add_call(conn: &mut Conn, new: &NewCall<'_>, now: Utc) -> QueryResult<CallId> {
    diesel::insert_into(electoral_calls::table)
        .values((
            electoral_calls::public_id.eq(&new.public_id),
            electoral_calls::body_id.eq(new.body),
            electoral_calls::election_id.eq(new.election),
            electoral_calls::title.eq(new.title),
            electoral_calls::rule.eq(&new.rule),
            electoral_calls::authority.eq(new.authority),
            electoral_calls::affirm_from.eq(new.affirm_from),
            electoral_calls::cutoff_at.eq(new.cutoff_at),
            electoral_calls::record_at.eq(new.record_at),
            electoral_calls::waivers.eq(&new.waivers),
            electoral_calls::created_at.eq(now),
        ))
        .returning(electoral_calls::id)
        .get_result(conn)
}

/// Says which election the roll of a call is for.
///
/// # Errors
/// A database error.
pub fn bind_call(conn: &mut Conn, id: CallId, election: i64) -> QueryResult<()> {
    diesel::update(electoral_calls::table.find(id))
        .set(electoral_calls::election_id.eq(Some(election)))
        .execute(conn)?;
    Ok(())
}

/// Calls whose cut-off or record instant lies after `since`, with their body, the first cut-off first.
///
/// # Errors
/// A database error.
pub fn calls_since(conn: &mut Conn, since: Utc) -> QueryResult<Vec<(Call, Body)>> {
    electoral_calls::table
        .inner_join(bodies::table)
        .filter(electoral_calls::cutoff_at.gt(since).or(electoral_calls::record_at.gt(since)))
        .order((electoral_calls::cutoff_at, electoral_calls::id))
        .select((electoral_calls::all_columns, bodies::all_columns))
        .load(conn)
}

/// The latest calls, with their body, at most `limit`, the last cut-off first.
///
/// # Errors
/// A database error.
pub fn calls(conn: &mut Conn, limit: i64) -> QueryResult<Vec<(Call, Body)>> {
    electoral_calls::table
        .inner_join(bodies::table)
        .order((electoral_calls::cutoff_at.desc(), electoral_calls::id.desc()))
        .limit(limit)
        .select((electoral_calls::all_columns, bodies::all_columns))
        .load(conn)
}

/// The call with this public id and its body.
///
/// # Errors
/// `NotFound` when there is none.
pub fn call(conn: &mut Conn, id: &PublicId) -> QueryResult<(Call, Body)> {
    electoral_calls::table
        .inner_join(bodies::table)
        .filter(electoral_calls::public_id.eq(id))
        .select((electoral_calls::all_columns, bodies::all_columns))
        .first(conn)
}

/// One line of a list of participation in an election held elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct PastParticipation {
    /// Key.
    pub id: PastParticipationId,
    /// Who was entitled.
    pub person_id: PersonId,
    /// Title of the election.
    pub election: String,
    /// When voting closed.
    pub closed_at: Utc,
    /// Whether the person voted.
    pub voted: bool,
    /// Import that brought it.
    pub import_reference: String,
}

/// Notes participation in an election held elsewhere. False, and nothing noted, when it is known.
///
/// # Errors
/// A database error.
pub fn note_past_participation(
    conn: &mut Conn,
    person: PersonId,
    election: &str,
    closed_at: Utc,
    voted: bool,
    import_reference: &str,
) -> QueryResult<bool> {
    let known: bool = diesel::select(diesel::dsl::exists(
        past_participations::table
            .filter(past_participations::person_id.eq(person))
            .filter(past_participations::election.eq(election)),
    ))
    .get_result(conn)?;
    if known {
        return Ok(false);
    }
    diesel::insert_into(past_participations::table)
        .values((
            past_participations::person_id.eq(person),
            past_participations::election.eq(election),
            past_participations::closed_at.eq(closed_at),
            past_participations::voted.eq(voted),
            past_participations::import_reference.eq(import_reference),
        ))
        .execute(conn)?;
    Ok(true)
}

/// Past participation of a person, the latest first.
///
/// # Errors
/// A database error.
pub fn past_participations_of(conn: &mut Conn, person: PersonId) -> QueryResult<Vec<PastParticipation>> {
    past_participations::table
        .filter(past_participations::person_id.eq(person))
        .order((past_participations::closed_at.desc(), past_participations::id.desc()))
        .load(conn)
}

/// Elections held elsewhere whose participation is known: title, close, how many voted.
///
/// # Errors
/// A database error.
pub fn past_elections(conn: &mut Conn) -> QueryResult<Vec<(String, Utc, i64)>> {
    past_participations::table
        .filter(past_participations::voted.eq(true))
        .group_by((past_participations::election, past_participations::closed_at))
        .select((past_participations::election, past_participations::closed_at, diesel::dsl::count_star()))
        .order(past_participations::closed_at.desc())
        .load(conn)
}
