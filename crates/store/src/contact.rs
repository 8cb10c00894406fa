//! Messages written through the contact form.

use diesel::dsl::count_star;
use diesel::prelude::*;

use crate::Conn;
use crate::schema::{contact_messages, contact_replies};
use crate::types::{PersonId, PublicId, Utc};

crate::row_ids! {
    /// Key of a message.
    ContactId,
    /// Key of an answer or note.
    ContactReplyId,
}

crate::text_enum! {
    /// State of a message.
    pub enum ContactState {
        /// Nobody looked at it.
        New = "new",
        /// Somebody works on it.
        Open = "open",
        /// Answered.
        Answered = "answered",
        /// Done; removed after a year.
        Closed = "closed",
    }
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct ContactMessage {
    /// Key.
    pub id: ContactId,
    /// Id for addresses.
    pub public_id: PublicId,
    /// What the sender quotes.
    pub reference: String,
    /// Who wrote it, when signed in.
    pub person_id: Option<PersonId>,
    /// Name given.
    pub name: String,
    /// Where the answer goes.
    pub address: String,
    /// What it is about.
    pub subject: String,
    /// The message.
    pub body: String,
    /// State.
    pub state: ContactState,
    /// When it came.
    pub created_at: Utc,
    /// Last change of state.
    pub changed_at: Utc,
}

/// What is needed to keep a message.
#[derive(Debug, Clone)]
pub struct NewContactMessage {
    /// Id for addresses.
    pub public_id: PublicId,
    /// What the sender quotes.
    pub reference: String,
    /// Who wrote it, when signed in.
    pub person: Option<PersonId>,
    /// Name given.
    pub name: String,
    /// Where the answer goes.
    pub address: String,
    /// What it is about.
    pub subject: String,
    /// The message.
    pub body: String,
}

/// An answer or a note.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct ContactReply {
    /// Key.
    pub id: ContactReplyId,
    /// To which message.
    pub message_id: ContactId,
    /// Who wrote it.
    pub author_id: PersonId,
    /// Text.
    pub body: String,
    /// Seen by staff only, not mailed.
    pub is_note: bool,
    /// When.
    pub created_at: Utc,
}

/// Keeps a message.
///
/// # Errors
/// A database error.
pub fn add(conn: &mut Conn, new: &NewContactMessage, now: Utc) -> QueryResult<ContactId> {
    diesel::insert_into(contact_messages::table)
        .values((
            contact_messages::public_id.eq(&new.public_id),
            contact_messages::reference.eq(&new.reference),
            contact_messages::person_id.eq(new.person),
            contact_messages::name.eq(&new.name),
            contact_messages::address.eq(&new.address),
            contact_messages::subject.eq(&new.subject),
            contact_messages::body.eq(&new.body),
            contact_messages::state.eq(ContactState::New),
            contact_messages::created_at.eq(now),
            contact_messages::changed_at.eq(now),
        ))
        .returning(contact_messages::id)
        .get_result(conn)
}

/// One message.
///
/// # Errors
/// `NotFound` when there is none.
pub fn message(conn: &mut Conn, id: &PublicId) -> QueryResult<ContactMessage> {
    contact_messages::table.filter(contact_messages::public_id.eq(id)).first(conn)
}

/// Messages in one of `states`, the oldest first, at most `limit`.
///
/// # Errors
/// A database error.
pub fn in_states(conn: &mut Conn, states: &[ContactState], limit: i64) -> QueryResult<Vec<ContactMessage>> {
    contact_messages::table
        .filter(contact_messages::state.eq_any(states))
        .order(contact_messages::id)
        .limit(limit)
        .load(conn)
}

/// How many messages nobody looked at.
///
/// # Errors
/// A database error.
pub fn count_new(conn: &mut Conn) -> QueryResult<i64> {
    contact_messages::table
        .filter(contact_messages::state.eq(ContactState::New))
        .select(count_star())
        .first(conn)
}

/// Changes the state.
///
/// # Errors
/// A database error.
pub fn set_state(conn: &mut Conn, id: ContactId, state: ContactState, now: Utc) -> QueryResult<()> {
    diesel::update(contact_messages::table.find(id))
        .set((contact_messages::state.eq(state), contact_messages::changed_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

/// Keeps an answer or a note.
///
/// # Errors
/// A database error.
pub fn reply(
    conn: &mut Conn,
    message: ContactId,
    author: PersonId,
    body: &str,
    is_note: bool,
    now: Utc,
) -> QueryResult<()> {
    diesel::insert_into(contact_replies::table)
        .values((
            contact_replies::message_id.eq(message),
            contact_replies::author_id.eq(author),
            contact_replies::body.eq(body),
            contact_replies::is_note.eq(is_note),
            contact_replies::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Answers and notes of a message, oldest first.
///
/// # Errors
/// A database error.
pub fn replies(conn: &mut Conn, message: ContactId) -> QueryResult<Vec<ContactReply>> {
    contact_replies::table
        .filter(contact_replies::message_id.eq(message))
        .order(contact_replies::id)
        .load(conn)
}

/// Removes messages that were closed before `before`, with their answers; returns how many.
///
/// # Errors
/// A database error.
pub fn purge(conn: &mut Conn, before: Utc) -> QueryResult<usize> {
    let old: Vec<ContactId> = contact_messages::table
        .filter(contact_messages::state.eq(ContactState::Closed))
        .filter(contact_messages::changed_at.lt(before))
        .select(contact_messages::id)
        .limit(1000)
        .load(conn)?;
    diesel::delete(contact_replies::table.filter(contact_replies::message_id.eq_any(&old))).execute(conn)?;
    diesel::delete(contact_messages::table.filter(contact_messages::id.eq_any(&old))).execute(conn)
}
