//! Who nominates, who nominates with them, and who supports a nomination.

use diesel::prelude::*;

use super::{NominationId, SupportId};
use crate::Conn;
use crate::accounts::address_lookup;
use crate::schema::{nomination_supports, nominations};
use crate::types::{PersonId, PublicId, Utc};

crate::text_enum! {
    /// What somebody is to a nomination.
    pub enum SupportRole {
        /// Nominated first.
        Nominator = "nominator",
        /// Asked by the nominator to nominate with them.
        CoNominator = "co_nominator",
        /// Nominated later, or supports.
        Endorser = "endorser",
    }
}

crate::text_enum! {
    /// Whether it counts.
    pub enum SupportState {
        /// Asked to nominate with somebody; has not answered.
        Invited = "invited",
        /// Given.
        Given = "given",
        /// Taken back, or refused.
        Withdrawn = "withdrawn",
    }
}

/// Somebody's support.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Support {
    /// Key.
    pub id: SupportId,
    /// Id for addresses.
    pub public_id: PublicId,
    /// The nomination.
    pub nomination_id: NominationId,
    /// The account, where there is one.
    pub person_id: Option<PersonId>,
    /// Name as shown.
    pub name: String,
    /// Address as typed.
    pub address: String,
    /// The same in lower case.
    pub lookup: String,
    /// What they are.
    pub role: SupportRole,
    /// Whether it counts.
    pub state: SupportState,
    /// Their employer, where supporters must come from different ones.
    pub employer: String,
    /// Their own words, Markdown.
    pub words: String,
    /// When they were asked, or gave it.
    pub made_at: Utc,
    /// When they gave it.
    pub given_at: Option<Utc>,
}

/// What is needed for a support.
#[derive(Debug, Clone)]
pub struct NewSupport<'a> {
    /// Id for addresses.
    pub public_id: &'a PublicId,
    /// The nomination.
    pub nomination: NominationId,
    /// The account.
    pub person: Option<PersonId>,
    /// Name as shown.
    pub name: &'a str,
    /// Address.
    pub address: &'a str,
    /// What they are.
    pub role: SupportRole,
    /// Asked only, or given.
    pub state: SupportState,
    /// Employer.
    pub employer: &'a str,
    /// Their words.
    pub words: &'a str,
}

/// Adds a support.
///
/// # Errors
/// A unique violation when this address supports it already.
pub fn add(conn: &mut Conn, new: &NewSupport<'_>, now: Utc) -> QueryResult<SupportId> {
    let given = (new.state == SupportState::Given).then_some(now);
    diesel::insert_into(nomination_supports::table)
        .values((
            nomination_supports::public_id.eq(new.public_id),
            nomination_supports::nomination_id.eq(new.nomination),
            nomination_supports::person_id.eq(new.person),
            nomination_supports::name.eq(new.name),
            nomination_supports::address.eq(new.address.trim()),
            nomination_supports::lookup.eq(address_lookup(new.address)),
            nomination_supports::role.eq(new.role),
            nomination_supports::state.eq(new.state),
            nomination_supports::employer.eq(new.employer),
            nomination_supports::words.eq(new.words),
            nomination_supports::made_at.eq(now),
            nomination_supports::given_at.eq(given),
        ))
        .returning(nomination_supports::id)
        .get_result(conn)
}

/// Everybody of a nomination in the order in which they came.
///
/// # Errors
/// A database error.
pub fn of_nomination(conn: &mut Conn, id: NominationId) -> QueryResult<Vec<Support>> {
    nomination_supports::table
        .filter(nomination_supports::nomination_id.eq(id))
        .order(nomination_supports::id)
        .load(conn)
}

/// Everybody of every nomination of an election.
///
/// # Errors
/// A database error.
pub fn of_election(conn: &mut Conn, election_id: i64) -> QueryResult<Vec<Support>> {
    nomination_supports::table
        .inner_join(nominations::table)
        .filter(nominations::election_id.eq(election_id))
        .order(nomination_supports::id)
        .select(nomination_supports::all_columns)
        .load(conn)
}

/// What a person nominated or supports, the latest first.
///
/// # Errors
/// A database error.
pub fn of_person(conn: &mut Conn, person: PersonId) -> QueryResult<Vec<Support>> {
    nomination_supports::table
        .filter(nomination_supports::person_id.eq(person))
        .order(nomination_supports::id.desc())
        .load(conn)
}

/// The support with this public id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_public_id(conn: &mut Conn, id: &PublicId) -> QueryResult<Support> {
    nomination_supports::table.filter(nomination_supports::public_id.eq(id)).first(conn)
}

/// What an address, or a person, is to a nomination.
///
/// # Errors
/// A database error.
pub fn of_supporter(
    conn: &mut Conn,
    id: NominationId,
    person: Option<PersonId>,
    lookup: &str,
) -> QueryResult<Option<Support>> {
    if person.is_some() {
        let found = nomination_supports::table
            .filter(nomination_supports::nomination_id.eq(id).and(nomination_supports::person_id.eq(person)))
            .first(conn)
            .optional()?;
        if found.is_some() {
            return Ok(found);
        }
    }
    nomination_supports::table
        .filter(nomination_supports::nomination_id.eq(id).and(nomination_supports::lookup.eq(lookup)))
        .first(conn)
        .optional()
}

/// Gives it, or changes the words.
///
/// # Errors
/// A database error.
pub fn give(
    conn: &mut Conn,
    id: SupportId,
    person: Option<PersonId>,
    (employer, words): (&str, &str),
    now: Utc,
) -> QueryResult<()> {
    diesel::update(nomination_supports::table.find(id))
        .set((
            nomination_supports::person_id.eq(person),
            nomination_supports::state.eq(SupportState::Given),
            nomination_supports::employer.eq(employer),
            nomination_supports::words.eq(words),
            nomination_supports::given_at.eq(Some(now)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Takes it back.
///
/// # Errors
/// A database error.
pub fn take_back(conn: &mut Conn, id: SupportId) -> QueryResult<()> {
    diesel::update(nomination_supports::table.find(id))
        .set(nomination_supports::state.eq(SupportState::Withdrawn))
        .execute(conn)?;
    Ok(())
}

/// Moves every support from one nomination to another of the same person; where somebody supports both, that of the first
/// stays where it is.
///
/// # Errors
/// A database error.
pub fn move_all(conn: &mut Conn, from: NominationId, to: NominationId) -> QueryResult<()> {
    let there = of_nomination(conn, to)?;
    for support in of_nomination(conn, from)? {
        let same = |s: &Support| {
            s.lookup == support.lookup || (s.person_id.is_some() && s.person_id == support.person_id)
        };
        if there.iter().any(same) {
            continue;
        }
        let role = match support.role {
            SupportRole::Nominator => SupportRole::Endorser,
            other => other,
        };
        diesel::update(nomination_supports::table.find(support.id))
            .set((nomination_supports::nomination_id.eq(to), nomination_supports::role.eq(role)))
            .execute(conn)?;
    }
    Ok(())
}
