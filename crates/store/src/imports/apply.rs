//! What rows make, many at once, and how it is taken back.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

use super::ImportId;
use crate::Conn;
use crate::accounts::{PersonState, address_lookup};
use crate::memberships::paid::TermKind;
use crate::memberships::voting::AffirmationHow;
use crate::memberships::{ClassId, MembershipSource, MembershipState};
use crate::on_backend;
use crate::schema::{
    addresses, affirmations, import_rows, memberships, paid_terms, past_participations, person_keys,
    person_words, persons,
};
use crate::types::{PersonId, PublicId, Utc};

/// A membership an import makes.
#[derive(Debug, Clone)]
pub struct ImportedMembership {
    /// Id for addresses.
    pub public_id: PublicId,
    /// Whose.
    pub person: PersonId,
    /// The class.
    pub class: ClassId,
    /// How it stands.
    pub state: MembershipState,
    /// First instant.
    pub starts_at: Utc,
    /// First instant no longer a member.
    pub ends_at: Option<Utc>,
    /// In a class with dues: the payments the record stands for. Without them nobody could tell that the time is paid, and a
    /// renewal would not extend from its end.
    pub paid: Vec<(TermKind, Utc)>,
}

/// Beginning of the references of the paid terms behind an imported membership.
fn term_reference(import: &str, membership: &PublicId) -> String {
    format!("import:{import}:{membership}:")
}

/// Owners of these addresses, among those who proved to read them, by the address in lower case.
///
/// # Errors
/// A database error.
pub fn owners(conn: &mut Conn, all: &[String]) -> QueryResult<BTreeMap<String, PersonId>> {
    let lookups: Vec<String> = all.iter().map(|a| address_lookup(a)).collect();
    let rows: Vec<(String, PersonId)> = addresses::table
        .filter(addresses::lookup.eq_any(&lookups))
        .filter(addresses::verified_at.is_not_null())
        .select((addresses::lookup, addresses::person_id))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// The longest known of the people who have each of these keys ([`crate::people::mailbox_key`]).
///
/// # Errors
/// A database error.
pub fn people_with_keys(conn: &mut Conn, keys: &[String]) -> QueryResult<BTreeMap<String, PersonId>> {
    let rows: Vec<(String, PersonId)> = person_keys::table
        .filter(person_keys::key.eq_any(keys))
        .order((person_keys::key, person_keys::person_id.desc()))
        .select((person_keys::key, person_keys::person_id))
        .load(conn)?;
    // The last one wins: the smallest id.
    Ok(rows.into_iter().collect())
}

/// Classes these people hold, or will hold, at or after an instant, with the end.
///
/// # Errors
/// A database error.
pub fn classes_held(
    conn: &mut Conn,
    people: &[PersonId],
    at: Utc,
) -> QueryResult<Vec<(PersonId, ClassId, Option<Utc>)>> {
    memberships::table
        .filter(memberships::person_id.eq_any(people))
        .filter(memberships::state.ne_all([MembershipState::Applied, MembershipState::Refused]))
        .filter(memberships::ends_at.is_null().or(memberships::ends_at.gt(Some(at))))
        .select((memberships::person_id, memberships::class_id, memberships::ends_at))
        .load(conn)
}

/// Adds memberships and the paid terms behind them; `reference` is the id of the import.
///
/// # Errors
/// A database error.
pub fn add_memberships(
    conn: &mut Conn,
    all: &[ImportedMembership],
    reference: &str,
    now: Utc,
) -> QueryResult<()> {
    for batch in all.chunks(500) {
        let rows: Vec<_> = batch
            .iter()
            .map(|m| {
                (
                    memberships::public_id.eq(&m.public_id),
                    memberships::person_id.eq(m.person),
                    memberships::class_id.eq(m.class),
                    memberships::source.eq(MembershipSource::Import),
                    memberships::reference.eq(Some(reference)),
                    memberships::state.eq(m.state),
                    memberships::starts_at.eq(m.starts_at),
                    memberships::ends_at.eq(m.ends_at),
                    memberships::statement.eq(""),
                    memberships::reason.eq(""),
                    memberships::created_at.eq(now),
                )
            })
            .collect();
        on_backend!(conn, c => diesel::insert_into(memberships::table).values(&rows).execute(c))?;
        let mut terms = Vec::new();
        for m in batch {
            for (n, (kind, paid_at)) in m.paid.iter().enumerate() {
                terms.push((
                    paid_terms::person_id.eq(m.person),
                    paid_terms::class_id.eq(m.class),
                    paid_terms::reference.eq(format!("{}{n}", term_reference(reference, &m.public_id))),
                    paid_terms::kind.eq(*kind),
                    paid_terms::paid_at.eq(*paid_at),
                    paid_terms::created_at.eq(now),
                ));
            }
        }
        for terms in terms.chunks(500) {
            on_backend!(conn, c => diesel::insert_into(paid_terms::table).values(terms).execute(c))?;
        }
    }
    Ok(())
}

/// What became of a person when a row was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenBack {
    /// The record is gone again.
    Removed,
    /// The record stays: it was there before, or something else refers to it now.
    Stays,
}

/// What one row added besides what carries the reference of its import.
#[derive(Debug, Clone, Copy, Default)]
pub struct Added {
    /// The record itself.
    pub person: bool,
    /// Key of an address.
    pub address: Option<i64>,
    /// Key of an affirmation.
    pub affirmation: Option<i64>,
}

/// Takes back what one row made for `person`: memberships and past participation with the import's reference, the address and
/// the affirmation the row added, and the record itself when the row made it and nothing else refers to it.
///
/// # Errors
/// A database error.
pub fn take_back(
    conn: &mut Conn,
    (import, reference): (ImportId, &str),
    person: PersonId,
    added: Added,
) -> QueryResult<TakenBack> {
    let held = memberships::table
        .filter(memberships::person_id.eq(person))
        .filter(memberships::reference.eq(Some(reference)));
    let keys: Vec<(i64, PublicId)> = held.select((memberships::id, memberships::public_id)).load(conn)?;
    for (key, public_id) in keys {
        // One that a termination names stays: that decision has to keep its subject.
        unless_referred_to(conn, |c| {
            diesel::delete(memberships::table.filter(memberships::id.eq(key))).execute(c)
        })?;
        let terms = paid_terms::reference.like(format!("{}%", term_reference(reference, &public_id)));
        diesel::delete(paid_terms::table.filter(paid_terms::person_id.eq(person)).filter(terms))
            .execute(conn)?;
    }
    diesel::delete(
        past_participations::table
            .filter(past_participations::person_id.eq(person))
            .filter(past_participations::import_reference.eq(reference)),
    )
    .execute(conn)?;
    if let Some(affirmation) = added.affirmation {
        diesel::delete(
            affirmations::table
                .filter(affirmations::id.eq(affirmation))
                .filter(affirmations::person_id.eq(person))
                .filter(affirmations::how.eq(AffirmationHow::Imported)),
        )
        .execute(conn)?;
    }
    if let Some(address) = added.address {
        diesel::delete(
            addresses::table
                .filter(addresses::id.eq(address))
                .filter(addresses::person_id.eq(person))
                .filter(addresses::is_primary.eq(false)),
        )
        .execute(conn)?;
        crate::people::refresh(conn, &[person])?;
    }
    if !added.person {
        return Ok(TakenBack::Stays);
    }
    let gone = unless_referred_to(conn, |c| {
        diesel::update(
            import_rows::table
                .filter(import_rows::import_id.eq(import).or(import_rows::applied.eq(false)))
                .filter(import_rows::person_id.eq(Some(person))),
        )
        .set(import_rows::person_id.eq(None::<PersonId>))
        .execute(c)?;
        diesel::delete(person_words::table.filter(person_words::person_id.eq(person))).execute(c)?;
        diesel::delete(person_keys::table.filter(person_keys::person_id.eq(person))).execute(c)?;
        diesel::delete(addresses::table.filter(addresses::person_id.eq(person))).execute(c)?;
        diesel::delete(persons::table.find(person).filter(persons::state.eq(PersonState::Active))).execute(c)
    })?;
    Ok(if gone { TakenBack::Removed } else { TakenBack::Stays })
}

/// Runs `change`; when another row refers to what it removes, nothing is changed and the answer is false.
fn unless_referred_to(
    conn: &mut Conn,
    change: impl FnOnce(&mut Conn) -> QueryResult<usize>,
) -> QueryResult<bool> {
    match conn.transaction(change) {
        Ok(changed) => Ok(changed > 0),
        Err(Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _)) => Ok(false),
        Err(e) => Err(e),
    }
}
