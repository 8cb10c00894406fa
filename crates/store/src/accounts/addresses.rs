//! E-mail addresses of people.

use diesel::prelude::*;

use crate::Conn;
use crate::accounts::Person;
use crate::schema::{addresses, persons};
use crate::types::{PersonId, Utc};

crate::row_ids! {
    /// Key of an address.
    AddressId,
}

/// An address of a person.
#[derive(Debug, Clone, Queryable)]
pub struct Address {
    /// Key.
    pub id: AddressId,
    /// Whose it is or is claimed to be.
    pub person_id: PersonId,
    /// As typed.
    pub address: String,
    /// Lower case.
    pub lookup: String,
    /// True for the one address mail goes to.
    pub is_primary: bool,
    /// When ownership was proved.
    pub verified_at: Option<Utc>,
    /// Instant of creation.
    pub created_at: Utc,
}

/// The form of an address used for finding it: lower case, so that `Ann@Example.org` is found as `ann@example.org`.
#[must_use]
pub fn address_lookup(address: &str) -> String {
    address.trim().to_lowercase()
}

/// Adds an address, verified when `verified_at` is given; it becomes the primary one if the person has none.
///
/// # Errors
/// A unique violation when it is verified and belongs to somebody else.
pub fn add_address(
    conn: &mut Conn,
    person: PersonId,
    address: &str,
    verified_at: Option<Utc>,
    now: Utc,
) -> QueryResult<AddressId> {
    let has_primary: bool = diesel::select(diesel::dsl::exists(
        addresses::table.filter(addresses::person_id.eq(person)).filter(addresses::is_primary.eq(true)),
    ))
    .get_result(conn)?;
    diesel::insert_into(addresses::table)
        .values((
            addresses::person_id.eq(person),
            addresses::address.eq(address.trim()),
            addresses::lookup.eq(address_lookup(address)),
            addresses::is_primary.eq(!has_primary),
            addresses::verified_at.eq(verified_at),
            addresses::created_at.eq(now),
        ))
        .returning(addresses::id)
        .get_result(conn)
}

/// The person who proved to own `address`, if any.
///
/// # Errors
/// A database error.
pub fn owner_of_address(conn: &mut Conn, address: &str) -> QueryResult<Option<Person>> {
    persons::table
        .inner_join(addresses::table)
        .filter(addresses::lookup.eq(address_lookup(address)))
        .filter(addresses::verified_at.is_not_null())
        .select(persons::all_columns)
        .first(conn)
        .optional()
}

/// All addresses of a person, the primary one first.
///
/// # Errors
/// A database error.
pub fn addresses_of(conn: &mut Conn, person: PersonId) -> QueryResult<Vec<Address>> {
    addresses::table
        .filter(addresses::person_id.eq(person))
        .order((addresses::is_primary.desc(), addresses::id))
        .load(conn)
}

/// The address mail for `person` goes to; `None` for a person without a verified address.
///
/// # Errors
/// A database error.
pub fn mail_address_of(conn: &mut Conn, person: PersonId) -> QueryResult<Option<String>> {
    addresses::table
        .filter(addresses::person_id.eq(person))
        .filter(addresses::verified_at.is_not_null())
        .order((addresses::is_primary.desc(), addresses::id))
        .select(addresses::address)
        .first(conn)
        .optional()
}
