//! People.

use diesel::prelude::*;

use crate::Conn;
use crate::people::refresh;
use crate::schema::persons;
use crate::types::{PersonId, PublicId, Utc};

crate::text_enum! {
    /// Whether a person can sign in.
    pub enum PersonState {
        /// Ordinary.
        Active = "active",
        /// Barred by staff; may be lifted.
        Disabled = "disabled",
        /// Closed by the person; public acts stay, personal data go.
        Closed = "closed",
        /// Brought together with another record of the same person; kept so that it can be undone.
        Merged = "merged",
    }
}

/// A person.
#[derive(Debug, Clone, Queryable)]
pub struct Person {
    /// Key.
    pub id: PersonId,
    /// Id for addresses and files.
    pub public_id: PublicId,
    /// The name shown everywhere.
    pub preferred_name: String,
    /// Shown to membership staff only.
    pub legal_name: Option<String>,
    /// PHC string of the password.
    pub password_hash: Option<String>,
    /// Whether the person can sign in.
    pub state: PersonState,
    /// IANA name.
    pub time_zone: String,
    /// BCP 47 tag.
    pub locale: String,
    /// Instant of creation.
    pub created_at: Utc,
    /// When the account was closed.
    pub closed_at: Option<Utc>,
}

/// What is needed to make a person.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// Id for addresses and files.
    pub public_id: PublicId,
    /// The name shown everywhere.
    pub preferred_name: String,
    /// PHC string, if a password was chosen.
    pub password_hash: Option<String>,
    /// IANA name.
    pub time_zone: String,
    /// BCP 47 tag.
    pub locale: String,
}

/// Adds a person.
///
/// # Errors
/// A database error.
pub fn add_person(conn: &mut Conn, new: &NewPerson, now: Utc) -> QueryResult<PersonId> {
    diesel::insert_into(persons::table)
        .values((
            persons::public_id.eq(&new.public_id),
            persons::preferred_name.eq(&new.preferred_name),
            persons::password_hash.eq(&new.password_hash),
            persons::state.eq(PersonState::Active),
            persons::time_zone.eq(&new.time_zone),
            persons::locale.eq(&new.locale),
            persons::created_at.eq(now),
        ))
        .returning(persons::id)
        .get_result(conn)
        .and_then(|id| refresh(conn, &[id]).map(|()| id))
}

/// The person with this key.
///
/// # Errors
/// `NotFound` when there is none.
pub fn person(conn: &mut Conn, id: PersonId) -> QueryResult<Person> {
    persons::table.find(id).first(conn)
}

/// The person with this public id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn person_by_public_id(conn: &mut Conn, id: &PublicId) -> QueryResult<Person> {
    persons::table.filter(persons::public_id.eq(id)).first(conn)
}

/// The people with these keys, in no particular order.
///
/// # Errors
/// A database error.
pub fn persons_with(conn: &mut Conn, ids: &[PersonId]) -> QueryResult<Vec<Person>> {
    persons::table.filter(persons::id.eq_any(ids)).load(conn)
}

/// Those of these people whose account is active, in no particular order.
///
/// # Errors
/// A database error.
pub fn active_among(conn: &mut Conn, ids: &[PersonId]) -> QueryResult<Vec<PersonId>> {
    persons::table
        .filter(persons::id.eq_any(ids))
        .filter(persons::state.eq(PersonState::Active))
        .select(persons::id)
        .load(conn)
}

/// Replaces the password's hash.
///
/// # Errors
/// A database error.
pub fn set_password_hash(conn: &mut Conn, id: PersonId, hash: &str) -> QueryResult<()> {
    diesel::update(persons::table.find(id)).set(persons::password_hash.eq(hash)).execute(conn)?;
    Ok(())
}

/// Number of people whose account is neither closed nor merged into another.
///
/// # Errors
/// A database error.
pub fn count_persons(conn: &mut Conn) -> QueryResult<i64> {
    persons::table
        .filter(persons::state.ne_all([PersonState::Closed, PersonState::Merged]))
        .count()
        .get_result(conn)
}

/// Bars or restores a person.
///
/// # Errors
/// A database error.
pub fn set_person_state(conn: &mut Conn, id: PersonId, state: PersonState) -> QueryResult<()> {
    diesel::update(persons::table.find(id)).set(persons::state.eq(state)).execute(conn)?;
    refresh(conn, &[id])
}

/// People whose preferred name or verified address contains `text`, at most `limit`, by name.
///
/// # Errors
/// A database error.
pub fn find_persons(conn: &mut Conn, text: &str, limit: i64) -> QueryResult<Vec<Person>> {
    use crate::schema::addresses;
    let pattern = format!("%{}%", escape_like(&text.to_lowercase()));
    let owners = addresses::table
        .filter(addresses::verified_at.is_not_null())
        .filter(addresses::lookup.like(pattern.clone()).escape('\\'))
        .select(addresses::person_id);
    persons::table
        .filter(
            lower(persons::preferred_name)
                .like(pattern)
                .escape('\\')
                .or(persons::preferred_name.like(format!("%{text}%")))
                .or(persons::id.eq_any(owners)),
        )
        .order((persons::preferred_name, persons::id))
        .limit(limit)
        .load(conn)
}

/// `text` for a `LIKE` pattern with the escape character `\\`.
pub(crate) fn escape_like(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let mark = matches!(c, '%' | '_' | '\\').then_some('\\');
            mark.into_iter().chain(std::iter::once(c))
        })
        .collect()
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// Lower case; on SQLite for ASCII only, which is why names are also compared as typed.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// Changes the name that is shown.
///
/// # Errors
/// A database error.
pub fn set_preferred_name(conn: &mut Conn, id: PersonId, name: &str) -> QueryResult<()> {
    diesel::update(persons::table.find(id)).set(persons::preferred_name.eq(name)).execute(conn)?;
    refresh(conn, &[id])
}

/// Changes the time zone instants are told in.
///
/// # Errors
/// A database error.
pub fn set_time_zone(conn: &mut Conn, id: PersonId, zone: &str) -> QueryResult<()> {
    diesel::update(persons::table.find(id)).set(persons::time_zone.eq(zone)).execute(conn)?;
    Ok(())
}

/// Sets the name that only membership staff see.
///
/// # Errors
/// A database error.
pub fn set_legal_name(conn: &mut Conn, id: PersonId, name: &str) -> QueryResult<()> {
    diesel::update(persons::table.find(id)).set(persons::legal_name.eq(Some(name))).execute(conn)?;
    Ok(())
}

/// Takes the password away.
///
/// # Errors
/// A database error.
pub fn clear_password(conn: &mut Conn, id: PersonId) -> QueryResult<()> {
    diesel::update(persons::table.find(id)).set(persons::password_hash.eq(None::<String>)).execute(conn)?;
    Ok(())
}

/// Closes an account for good: personal data, everything that proves who the person is, and the text of mails to them go;
/// the row and the name stay, because public acts point to them.
///
/// # Errors
/// A database error.
pub fn close_person(conn: &mut Conn, id: PersonId, now: Utc) -> QueryResult<()> {
    use crate::schema::{addresses, mails, passkeys, recovery_codes, sessions, tokens, totp_secrets};
    diesel::delete(sessions::table.filter(sessions::person_id.eq(id))).execute(conn)?;
    diesel::delete(tokens::table.filter(tokens::person_id.eq(id))).execute(conn)?;
    diesel::delete(passkeys::table.filter(passkeys::person_id.eq(id))).execute(conn)?;
    diesel::delete(recovery_codes::table.filter(recovery_codes::person_id.eq(id))).execute(conn)?;
    diesel::delete(totp_secrets::table.filter(totp_secrets::person_id.eq(id))).execute(conn)?;
    diesel::delete(addresses::table.filter(addresses::person_id.eq(id))).execute(conn)?;
    crate::payments::bank::forget_person(conn, id)?;
    // Mail that still has to go out goes out; what was delivered leaves its kind and instants only.
    diesel::update(mails::table.filter(mails::person_id.eq(id)).filter(mails::finished_at.is_not_null()))
        .set((
            mails::recipient.eq(""),
            mails::subject.eq(""),
            mails::body_text.eq(""),
            mails::body_html.eq(None::<String>),
        ))
        .execute(conn)?;
    diesel::update(persons::table.find(id))
        .set((
            persons::legal_name.eq(None::<String>),
            persons::password_hash.eq(None::<String>),
            persons::time_zone.eq("UTC"),
            persons::state.eq(PersonState::Closed),
            persons::closed_at.eq(Some(now)),
        ))
        .execute(conn)?;
    refresh(conn, &[id])
}
