//! E-mail addresses of people.

use diesel::prelude::*;

use crate::Conn;
use crate::accounts::Person;
use crate::people::refresh;
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
        .and_then(|id| refresh(conn, &[person]).map(|()| id))
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

/// Makes a verified address of `person` the one mail goes to; returns whether there was one.
///
/// # Errors
/// A database error.
pub fn make_primary(conn: &mut Conn, person: PersonId, id: AddressId) -> QueryResult<bool> {
    let wanted = addresses::table
        .find(id)
        .filter(addresses::person_id.eq(person))
        .filter(addresses::verified_at.is_not_null());
    if wanted.select(addresses::id).first::<AddressId>(conn).optional()?.is_none() {
        return Ok(false);
    }
    // In two steps: at no time are there two primary ones.
    diesel::update(addresses::table.filter(addresses::person_id.eq(person)))
        .set(addresses::is_primary.eq(false))
        .execute(conn)?;
    diesel::update(addresses::table.find(id)).set(addresses::is_primary.eq(true)).execute(conn)?;
    Ok(true)
}

/// Removes an address that is not the primary one; returns it when there was one.
///
/// # Errors
/// A database error.
pub fn remove_address(conn: &mut Conn, person: PersonId, id: AddressId) -> QueryResult<Option<Address>> {
    let found = addresses::table
        .find(id)
        .filter(addresses::person_id.eq(person))
        .filter(addresses::is_primary.eq(false))
        .first(conn)
        .optional()?;
    if found.is_some() {
        diesel::delete(addresses::table.find(id)).execute(conn)?;
        refresh(conn, &[person])?;
    }
    Ok(found)
}

/// Gives `person` back the address they lost, as the primary one, and takes away every other address added at or after
/// `since`. `false` when the address belongs to somebody else meanwhile; nothing is changed then.
///
/// # Errors
/// A database error.
pub fn restore_address(
    conn: &mut Conn,
    person: PersonId,
    address: &str,
    since: Utc,
    now: Utc,
) -> QueryResult<bool> {
    let lookup = address_lookup(address);
    let held: Option<(AddressId, PersonId)> = addresses::table
        .filter(addresses::lookup.eq(&lookup))
        .filter(addresses::verified_at.is_not_null())
        .select((addresses::id, addresses::person_id))
        .first(conn)
        .optional()?;
    let id = match held {
        Some((_, owner)) if owner != person => return Ok(false),
        Some((id, _)) => id,
        None => add_address(conn, person, address, Some(now), now)?,
    };
    make_primary(conn, person, id)?;
    diesel::delete(
        addresses::table
            .filter(addresses::person_id.eq(person))
            .filter(addresses::created_at.ge(since))
            .filter(addresses::id.ne(id)),
    )
    .execute(conn)?;
    refresh(conn, &[person])?;
    Ok(true)
}
