//! Many people at once, and the words and keys kept beside each person.

use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::Conn;
use crate::accounts::{NewPerson, PersonState, address_lookup};
use crate::on_backend;
use crate::people::{keys_of, words_of};
use crate::schema::{addresses, person_keys, person_words, persons};
use crate::types::{PersonId, PublicId, Utc};

/// Word that marks people of a state.
pub(crate) fn state_mark(state: PersonState) -> String {
    format!("#state {}", state.as_str())
}

/// Word that marks people without a confirmed address: no mail reaches them.
pub(crate) const NO_ADDRESS: &str = "#no address";

/// Somebody to be added with an address.
#[derive(Debug, Clone)]
pub struct NewContact {
    /// The person.
    pub person: NewPerson,
    /// Where mail goes.
    pub address: String,
    /// When it was shown to be theirs.
    pub verified_at: Option<Utc>,
}

/// Rows in one statement: both databases limit the number of values.
const AT_ONCE: usize = 500;

/// Adds people with one address each, and returns their keys in the same order.
///
/// # Errors
/// A unique violation when a verified address belongs to somebody; a database error.
pub fn add_many(conn: &mut Conn, all: &[NewContact], now: Utc) -> QueryResult<Vec<PersonId>> {
    let mut ids = Vec::with_capacity(all.len());
    for batch in all.chunks(AT_ONCE) {
        let rows: Vec<_> = batch
            .iter()
            .map(|new| {
                (
                    persons::public_id.eq(&new.person.public_id),
                    persons::preferred_name.eq(&new.person.preferred_name),
                    persons::password_hash.eq(&new.person.password_hash),
                    persons::state.eq(PersonState::Active),
                    persons::time_zone.eq(&new.person.time_zone),
                    persons::locale.eq(&new.person.locale),
                    persons::created_at.eq(now),
                )
            })
            .collect();
        on_backend!(conn, c => diesel::insert_into(persons::table).values(&rows).execute(c))?;
        let public: Vec<&PublicId> = batch.iter().map(|n| &n.person.public_id).collect();
        let found: Vec<(PublicId, PersonId)> = persons::table
            .filter(persons::public_id.eq_any(&public))
            .select((persons::public_id, persons::id))
            .load(conn)?;
        let by_public: BTreeMap<PublicId, PersonId> = found.into_iter().collect();
        let mut keys = Vec::with_capacity(batch.len());
        for new in batch {
            keys.push(*by_public.get(&new.person.public_id).ok_or(diesel::result::Error::NotFound)?);
        }
        let rows: Vec<_> = batch
            .iter()
            .zip(&keys)
            .map(|(new, id)| {
                (
                    addresses::person_id.eq(*id),
                    addresses::address.eq(new.address.trim()),
                    addresses::lookup.eq(address_lookup(&new.address)),
                    addresses::is_primary.eq(true),
                    addresses::verified_at.eq(new.verified_at),
                    addresses::created_at.eq(now),
                )
            })
            .collect();
        on_backend!(conn, c => diesel::insert_into(addresses::table).values(&rows).execute(c))?;
        let described: Vec<Described> = batch
            .iter()
            .zip(&keys)
            .map(|(new, id)| Described {
                id: *id,
                name: new.person.preferred_name.clone(),
                state: PersonState::Active,
                addresses: vec![(new.address.clone(), new.verified_at.is_some())],
            })
            .collect();
        put(conn, &described)?;
        ids.extend(keys);
    }
    Ok(ids)
}

struct Described {
    id: PersonId,
    name: String,
    state: PersonState,
    addresses: Vec<(String, bool)>,
}

/// Keeps the words and keys of these people as their rows are now. Every change of a name, an address or a state ends with it.
///
/// # Errors
/// A database error.
pub fn refresh(conn: &mut Conn, ids: &[PersonId]) -> QueryResult<()> {
    for batch in ids.chunks(AT_ONCE) {
        diesel::delete(person_words::table.filter(person_words::person_id.eq_any(batch))).execute(conn)?;
        diesel::delete(person_keys::table.filter(person_keys::person_id.eq_any(batch))).execute(conn)?;
        let people: Vec<(PersonId, String, PersonState)> = persons::table
            .filter(persons::id.eq_any(batch))
            .select((persons::id, persons::preferred_name, persons::state))
            .load(conn)?;
        let found: Vec<(PersonId, String, Option<Utc>)> = addresses::table
            .filter(addresses::person_id.eq_any(batch))
            .select((addresses::person_id, addresses::address, addresses::verified_at))
            .load(conn)?;
        let mut by_person: BTreeMap<PersonId, Vec<(String, bool)>> = BTreeMap::new();
        for (person, address, verified) in found {
            by_person.entry(person).or_default().push((address, verified.is_some()));
        }
        let described: Vec<Described> = people
            .into_iter()
            .map(|(id, name, state)| Described {
                id,
                name,
                state,
                addresses: by_person.remove(&id).unwrap_or_default(),
            })
            .collect();
        put(conn, &described)?;
    }
    Ok(())
}

fn put(conn: &mut Conn, people: &[Described]) -> QueryResult<()> {
    let (mut words, mut keys) = (Vec::new(), Vec::new());
    for p in people {
        let all: Vec<&str> = p.addresses.iter().map(|(a, _)| a.as_str()).collect();
        let proved: Vec<&str> = p.addresses.iter().filter(|(_, v)| *v).map(|(a, _)| a.as_str()).collect();
        words.extend(words_of(&p.name, &all).into_iter().map(|w| (w, p.id)));
        words.push((state_mark(p.state), p.id));
        if proved.is_empty() {
            words.push((NO_ADDRESS.to_owned(), p.id));
        }
        if p.state == PersonState::Active {
            keys.extend(keys_of(&p.name, &proved).into_iter().map(|k| (k, p.id)));
        }
    }
    for batch in words.chunks(4 * AT_ONCE) {
        let rows: Vec<_> =
            batch.iter().map(|(w, id)| (person_words::word.eq(w), person_words::person_id.eq(*id))).collect();
        on_backend!(conn, c => diesel::insert_into(person_words::table).values(&rows).execute(c))?;
    }
    for batch in keys.chunks(4 * AT_ONCE) {
        let rows: Vec<_> =
            batch.iter().map(|(k, id)| (person_keys::key.eq(k), person_keys::person_id.eq(*id))).collect();
        on_backend!(conn, c => diesel::insert_into(person_keys::table).values(&rows).execute(c))?;
    }
    Ok(())
}

/// People whose words were never kept, at most `limit`: records older than the search.
///
/// # Errors
/// A database error.
pub fn without_words(conn: &mut Conn, limit: i64) -> QueryResult<Vec<PersonId>> {
    persons::table
        .filter(diesel::dsl::not(diesel::dsl::exists(
            person_words::table.filter(person_words::person_id.eq(persons::id)),
        )))
        .select(persons::id)
        .limit(limit)
        .load(conn)
}

/// Where mail for each of these people goes; people without a confirmed address are missing.
///
/// # Errors
/// A database error.
pub fn addresses_for_mail(conn: &mut Conn, ids: &[PersonId]) -> QueryResult<BTreeMap<PersonId, String>> {
    let mut all = BTreeMap::new();
    for batch in ids.chunks(2_000) {
        let rows: Vec<(PersonId, String)> = addresses::table
            .filter(addresses::person_id.eq_any(batch))
            .filter(addresses::verified_at.is_not_null())
            .order((addresses::is_primary, addresses::id.desc()))
            .select((addresses::person_id, addresses::address))
            .load(conn)?;
        // The last one wins: the primary address, else the oldest.
        all.extend(rows);
    }
    Ok(all)
}
