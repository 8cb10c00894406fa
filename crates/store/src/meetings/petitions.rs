//! Petitions: what they ask for, who signs, and whether they were reached.

use diesel::prelude::*;

use super::{PetitionAim, PetitionId, Signers};
use crate::Conn;
use crate::bodies::BodyId;
use crate::schema::{petition_signatures, petitions};
use crate::types::{PersonId, PublicId, Utc};

/// A petition.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Petition {
    /// Key.
    pub id: PetitionId,
    /// Part of addresses.
    pub public_id: PublicId,
    /// The body that has to vote or meet.
    pub body_id: BodyId,
    /// Title.
    pub title: String,
    /// Markdown.
    pub text: String,
    /// What it asks for.
    pub aim: PetitionAim,
    /// Kind of the motion; empty for a meeting.
    pub motion_kind: String,
    /// Who may sign.
    pub signers: Signers,
    /// How many could sign when it was opened.
    pub base: i64,
    /// How many have to.
    pub needed: i64,
    /// Who began it.
    pub author_id: PersonId,
    /// Since when it is open.
    pub opened_at: Utc,
    /// First instant too late.
    pub closes_at: Utc,
    /// When enough had signed.
    pub reached_at: Option<Utc>,
    /// When its author took it back.
    pub withdrawn_at: Option<Utc>,
}

/// What is needed to open a petition.
#[derive(Debug, Clone)]
pub struct NewPetition<'a> {
    /// Part of addresses.
    pub public_id: &'a PublicId,
    /// The body that has to vote or meet.
    pub body: BodyId,
    /// Title.
    pub title: &'a str,
    /// Markdown.
    pub text: &'a str,
    /// What it asks for.
    pub aim: PetitionAim,
    /// Kind of the motion.
    pub motion_kind: &'a str,
    /// Who may sign.
    pub signers: Signers,
    /// How many could sign.
    pub base: i64,
    /// How many have to.
    pub needed: i64,
    /// Who begins it.
    pub author: PersonId,
    /// First instant too late.
    pub closes_at: Utc,
}

/// Opens a petition.
///
/// # Errors
/// A database error.
pub fn open_petition(conn: &mut Conn, new: &NewPetition<'_>, now: Utc) -> QueryResult<PetitionId> {
    diesel::insert_into(petitions::table)
        .values((
            petitions::public_id.eq(new.public_id),
            petitions::body_id.eq(new.body),
            petitions::title.eq(new.title),
            petitions::text.eq(new.text),
            petitions::aim.eq(new.aim),
            petitions::motion_kind.eq(new.motion_kind),
            petitions::signers.eq(new.signers),
            petitions::base.eq(new.base),
            petitions::needed.eq(new.needed),
            petitions::author_id.eq(new.author),
            petitions::opened_at.eq(now),
            petitions::closes_at.eq(new.closes_at),
        ))
        .returning(petitions::id)
        .get_result(conn)
}

/// The petition with this public id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn petition(conn: &mut Conn, id: &PublicId) -> QueryResult<Petition> {
    petitions::table.filter(petitions::public_id.eq(id)).first(conn)
}

/// Petitions about a body, the latest first.
///
/// # Errors
/// A database error.
pub fn petitions_of(conn: &mut Conn, body: BodyId, limit: i64) -> QueryResult<Vec<Petition>> {
    petitions::table
        .filter(petitions::body_id.eq(body))
        .order((petitions::opened_at.desc(), petitions::id.desc()))
        .limit(limit)
        .load(conn)
}

/// Signs; false when the person has signed already.
///
/// # Errors
/// A database error.
pub fn sign(conn: &mut Conn, petition: PetitionId, person: PersonId, now: Utc) -> QueryResult<bool> {
    if has_signed(conn, petition, person)? {
        return Ok(false);
    }
    diesel::insert_into(petition_signatures::table)
        .values((
            petition_signatures::petition_id.eq(petition),
            petition_signatures::person_id.eq(person),
            petition_signatures::signed_at.eq(now),
        ))
        .execute(conn)?;
    Ok(true)
}

/// Takes a signature back; false when there was none.
///
/// # Errors
/// A database error.
pub fn unsign(conn: &mut Conn, petition: PetitionId, person: PersonId) -> QueryResult<bool> {
    let row = petition_signatures::table
        .filter(petition_signatures::petition_id.eq(petition).and(petition_signatures::person_id.eq(person)));
    Ok(diesel::delete(row).execute(conn)? == 1)
}

/// Whether a person has signed.
///
/// # Errors
/// A database error.
pub fn has_signed(conn: &mut Conn, petition: PetitionId, person: PersonId) -> QueryResult<bool> {
    let n: i64 = petition_signatures::table
        .filter(petition_signatures::petition_id.eq(petition).and(petition_signatures::person_id.eq(person)))
        .count()
        .get_result(conn)?;
    Ok(n > 0)
}

/// Who has signed, in the order of signing.
///
/// # Errors
/// A database error.
pub fn signers_of(conn: &mut Conn, petition: PetitionId) -> QueryResult<Vec<PersonId>> {
    petition_signatures::table
        .filter(petition_signatures::petition_id.eq(petition))
        .order(petition_signatures::id)
        .select(petition_signatures::person_id)
        .load(conn)
}

/// How many have signed.
///
/// # Errors
/// A database error.
pub fn signatures(conn: &mut Conn, petition: PetitionId) -> QueryResult<i64> {
    petition_signatures::table.filter(petition_signatures::petition_id.eq(petition)).count().get_result(conn)
}

/// Notes that enough have signed, or that the author took it back.
///
/// # Errors
/// A database error.
pub fn end_petition(conn: &mut Conn, id: PetitionId, reached: bool, now: Utc) -> QueryResult<()> {
    let row = diesel::update(petitions::table.find(id));
    match reached {
        true => row.set(petitions::reached_at.eq(now)).execute(conn)?,
        false => row.set(petitions::withdrawn_at.eq(now)).execute(conn)?,
    };
    Ok(())
}
