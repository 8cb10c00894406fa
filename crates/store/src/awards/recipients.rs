//! Recipients of awards, and lists of them that were read from files. Everything for the public takes the instant of the question:
//! no row is seen before it is announced.

use diesel::prelude::*;

use super::ProgrammeId;
use super::nominations::NominationId;
use super::rounds::RoundKey;
use crate::people::fold;
use crate::schema::{award_imports, award_recipients};
use crate::{Conn, JsonText, PersonId, PublicId, Utc};

crate::row_ids! {
    /// Key of a recipient.
    RecipientId,
    /// Key of a list that was read from a file.
    RosterImportId,
}

crate::text_enum! {
    /// How a recipient stands today.
    pub enum RecipientState {
        /// Active.
        Active = "active",
        /// Retired with honour.
        Emeritus = "emeritus",
        /// Died.
        Deceased = "deceased",
    }
}

crate::text_enum! {
    /// How far a list from a file is.
    pub enum RosterImportState {
        /// Read and looked at.
        Checked = "checked",
        /// Applied.
        Applied = "applied",
        /// Taken back.
        Undone = "undone",
        /// Thrown away.
        Discarded = "discarded",
    }
}

/// A recipient.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Recipient {
    /// Key.
    pub id: RecipientId,
    /// Id for files.
    pub public_id: PublicId,
    /// Of which award.
    pub programme_id: ProgrammeId,
    /// The round that decided.
    pub round_id: Option<RoundKey>,
    /// The nomination that was granted.
    pub nomination_id: Option<NominationId>,
    /// The list it was read from.
    pub import_id: Option<RosterImportId>,
    /// The person, when known.
    pub person_id: Option<PersonId>,
    /// Last part of its address.
    pub slug: String,
    /// Name as announced.
    pub name: String,
    /// For searching.
    pub folded_name: String,
    /// Name of the team.
    pub team: String,
    /// Year.
    pub year: i64,
    /// What it was announced with, for example `2022 Q4`.
    pub batch: String,
    /// For what.
    pub citation: String,
    /// Longer text.
    pub about: String,
    /// How they stand.
    pub state: RecipientState,
    /// First instant at which the row may be shown.
    pub public_from: Utc,
    /// Instant of creation.
    pub created_at: Utc,
}

/// What is needed to add a recipient.
#[derive(Debug, Clone)]
pub struct NewRecipient<'a> {
    /// Id for files.
    pub public_id: PublicId,
    /// Of which award.
    pub programme: ProgrammeId,
    /// The round and nomination.
    pub grant: Option<(RoundKey, NominationId)>,
    /// The list it is read from.
    pub import: Option<RosterImportId>,
    /// The person, when known.
    pub person: Option<PersonId>,
    /// Last part of its address.
    pub slug: &'a str,
    /// Name.
    pub name: &'a str,
    /// Name of the team.
    pub team: &'a str,
    /// Year.
    pub year: i64,
    /// Batch.
    pub batch: &'a str,
    /// For what.
    pub citation: &'a str,
    /// Longer text.
    pub about: &'a str,
    /// How they stand.
    pub state: RecipientState,
    /// First instant at which the row may be shown.
    pub public_from: Utc,
}

/// Adds a recipient.
///
/// # Errors
/// A unique violation when the programme has the address.
pub fn add(conn: &mut Conn, new: &NewRecipient<'_>, now: Utc) -> QueryResult<RecipientId> {
    diesel::insert_into(award_recipients::table)
        .values((
            award_recipients::public_id.eq(&new.public_id),
            award_recipients::programme_id.eq(new.programme),
            award_recipients::round_id.eq(new.grant.map(|g| g.0)),
            award_recipients::nomination_id.eq(new.grant.map(|g| g.1)),
            award_recipients::import_id.eq(new.import),
            award_recipients::person_id.eq(new.person),
            award_recipients::slug.eq(new.slug),
            award_recipients::name.eq(new.name),
            award_recipients::folded_name.eq(fold(new.name)),
            award_recipients::team.eq(new.team),
            award_recipients::year.eq(new.year),
            award_recipients::batch.eq(new.batch),
            award_recipients::citation.eq(new.citation),
            award_recipients::about.eq(new.about),
            award_recipients::state.eq(new.state),
            award_recipients::public_from.eq(new.public_from),
            award_recipients::created_at.eq(now),
        ))
        .returning(award_recipients::id)
        .get_result(conn)
}

/// Addresses of the programme's recipients that begin like this, announced or not.
///
/// # Errors
/// A database error.
pub fn slugs_like(conn: &mut Conn, programme: ProgrammeId, begin: &str) -> QueryResult<Vec<String>> {
    award_recipients::table
        .filter(award_recipients::programme_id.eq(programme))
        .filter(award_recipients::slug.like(format!("{begin}%")))
        .select(award_recipients::slug)
        .load(conn)
}

/// Everybody of a programme announced by `now`, the latest batch first, by name within it.
///
/// # Errors
/// A database error.
pub fn announced(conn: &mut Conn, programme: ProgrammeId, now: Utc) -> QueryResult<Vec<Recipient>> {
    award_recipients::table
        .filter(award_recipients::programme_id.eq(programme))
        .filter(award_recipients::public_from.le(now))
        .order((
            award_recipients::year.desc(),
            award_recipients::batch.desc(),
            award_recipients::folded_name,
            award_recipients::id,
        ))
        .load(conn)
}

/// The last announced of every programme, at most `limit`.
///
/// # Errors
/// A database error.
pub fn latest(conn: &mut Conn, limit: i64, now: Utc) -> QueryResult<Vec<Recipient>> {
    award_recipients::table
        .filter(award_recipients::public_from.le(now))
        .order((award_recipients::public_from.desc(), award_recipients::id.desc()))
        .limit(limit)
        .load(conn)
}

/// One recipient, announced by `now`.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_slug(conn: &mut Conn, programme: ProgrammeId, slug: &str, now: Utc) -> QueryResult<Recipient> {
    award_recipients::table
        .filter(award_recipients::programme_id.eq(programme))
        .filter(award_recipients::slug.eq(slug))
        .filter(award_recipients::public_from.le(now))
        .first(conn)
}

/// Everybody a round announced by `now`.
///
/// # Errors
/// A database error.
pub fn of_round(conn: &mut Conn, round: RoundKey, now: Utc) -> QueryResult<Vec<Recipient>> {
    award_recipients::table
        .filter(award_recipients::round_id.eq(round))
        .filter(award_recipients::public_from.le(now))
        .order((award_recipients::nomination_id, award_recipients::id))
        .load(conn)
}

/// Awards of a person, announced by `now`.
///
/// # Errors
/// A database error.
pub fn of_person(conn: &mut Conn, person: PersonId, now: Utc) -> QueryResult<Vec<Recipient>> {
    award_recipients::table
        .filter(award_recipients::person_id.eq(person))
        .filter(award_recipients::public_from.le(now))
        .order((award_recipients::public_from.desc(), award_recipients::id.desc()))
        .load(conn)
}

/// Changes how a recipient stands, the name shown and the texts.
///
/// # Errors
/// A database error.
pub fn change(
    conn: &mut Conn,
    id: RecipientId,
    name: &str,
    state: RecipientState,
    citation: &str,
    about: &str,
) -> QueryResult<()> {
    diesel::update(award_recipients::table.find(id))
        .set((
            award_recipients::name.eq(name),
            award_recipients::folded_name.eq(fold(name)),
            award_recipients::state.eq(state),
            award_recipients::citation.eq(citation),
            award_recipients::about.eq(about),
        ))
        .execute(conn)?;
    Ok(())
}

/// A list that was read from a file.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct RosterImport {
    /// Key.
    pub id: RosterImportId,
    /// Id for addresses.
    pub public_id: PublicId,
    /// For which award.
    pub programme_id: ProgrammeId,
    /// Name the file had.
    pub file_name: String,
    /// SHA-256 of the file in hex.
    pub sha256: String,
    /// The entries and the faults, JSON of the program; emptied when applied.
    pub entries: JsonText,
    /// How far it is.
    pub state: RosterImportState,
    /// Who sent it.
    pub created_by: PersonId,
    /// When.
    pub created_at: Utc,
    /// Last change of state.
    pub changed_at: Utc,
}

/// Keeps a list that was looked at.
///
/// # Errors
/// A database error.
pub fn add_import(
    conn: &mut Conn,
    public_id: &PublicId,
    programme: ProgrammeId,
    (file_name, sha256): (&str, &str),
    entries: &JsonText,
    by: PersonId,
    now: Utc,
) -> QueryResult<RosterImportId> {
    diesel::insert_into(award_imports::table)
        .values((
            award_imports::public_id.eq(public_id),
            award_imports::programme_id.eq(programme),
            award_imports::file_name.eq(file_name),
            award_imports::sha256.eq(sha256),
            award_imports::entries.eq(entries),
            award_imports::state.eq(RosterImportState::Checked),
            award_imports::created_by.eq(by),
            award_imports::created_at.eq(now),
            award_imports::changed_at.eq(now),
        ))
        .returning(award_imports::id)
        .get_result(conn)
}

/// One list of a programme.
///
/// # Errors
/// `NotFound` when there is none.
pub fn import(conn: &mut Conn, programme: ProgrammeId, id: &PublicId) -> QueryResult<RosterImport> {
    award_imports::table
        .filter(award_imports::public_id.eq(id))
        .filter(award_imports::programme_id.eq(programme))
        .first(conn)
}

/// Lists of a programme, the latest first.
///
/// # Errors
/// A database error.
pub fn imports_of(conn: &mut Conn, programme: ProgrammeId) -> QueryResult<Vec<RosterImport>> {
    award_imports::table
        .filter(award_imports::programme_id.eq(programme))
        .order(award_imports::id.desc())
        .limit(50)
        .load(conn)
}

/// Moves a list to another state and replaces its entries. False when it is not in the state `from` any more.
///
/// # Errors
/// A database error.
pub fn step_import(
    conn: &mut Conn,
    id: RosterImportId,
    from: RosterImportState,
    to: RosterImportState,
    entries: &JsonText,
    now: Utc,
) -> QueryResult<bool> {
    let changed = diesel::update(award_imports::table.find(id).filter(award_imports::state.eq(from)))
        .set((
            award_imports::state.eq(to),
            award_imports::entries.eq(entries),
            award_imports::changed_at.eq(now),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Removes everybody a list added; returns how many.
///
/// # Errors
/// A database error.
pub fn remove_of_import(conn: &mut Conn, id: RosterImportId) -> QueryResult<usize> {
    diesel::delete(award_recipients::table.filter(award_recipients::import_id.eq(id))).execute(conn)
}

/// Puts a pseudonym in the place of a recipient and empties the texts.
///
/// # Errors
/// A database error.
pub fn forget_person(conn: &mut Conn, person: PersonId, pseudonym: &str) -> QueryResult<()> {
    let held = award_recipients::table.filter(award_recipients::person_id.eq(person));
    let rows: Vec<(RecipientId, PublicId)> =
        held.select((award_recipients::id, award_recipients::public_id)).load(conn)?;
    for (id, public_id) in rows {
        // The address was made of the name.
        diesel::update(award_recipients::table.find(id))
            .set((
                award_recipients::slug.eq(public_id.as_str()),
                award_recipients::name.eq(pseudonym),
                award_recipients::folded_name.eq(fold(pseudonym)),
                award_recipients::team.eq(""),
                award_recipients::citation.eq(""),
                award_recipients::about.eq(""),
            ))
            .execute(conn)?;
    }
    Ok(())
}
