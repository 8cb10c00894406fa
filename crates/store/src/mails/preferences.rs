//! What people want to get, and addresses that are not written to.

use diesel::prelude::*;

use crate::Conn;
use crate::accounts::address_lookup;
use crate::schema::{mail_preferences, mail_suppressions};
use crate::types::{PersonId, Utc};

crate::row_ids! {
    /// Key of a preference.
    PreferenceId,
    /// Key of a suppression.
    SuppressionId,
}

crate::text_enum! {
    /// What optional mail is about; each can be declined by itself.
    pub enum MailTopic {
        /// Reminders of deadlines that are still open for the person.
        Reminders = "reminders",
        /// Candidates, results and awards.
        Announcements = "announcements",
        /// Everything else that is not a notice.
        News = "news",
    }
}

crate::text_enum! {
    /// Why an address is not written to.
    pub enum SuppressionReason {
        /// Mails came back.
        Bounced = "bounced",
        /// The recipient reported a mail as unwanted.
        Complained = "complained",
        /// Staff decided so.
        Staff = "staff",
    }
}

/// An address that is not written to.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Suppression {
    /// Key.
    pub id: SuppressionId,
    /// The address in lower case.
    pub lookup: String,
    /// Why.
    pub reason: SuppressionReason,
    /// In the words of the server, or of staff.
    pub detail: String,
    /// Who decided it; `None` for the system.
    pub created_by: Option<PersonId>,
    /// Since when.
    pub created_at: Utc,
}

/// Whether `person` wants mail about `topic`. Everybody does until they say otherwise.
///
/// # Errors
/// A database error.
pub fn wants(conn: &mut Conn, person: PersonId, topic: MailTopic) -> QueryResult<bool> {
    let said: Option<bool> = mail_preferences::table
        .filter(mail_preferences::person_id.eq(person))
        .filter(mail_preferences::topic.eq(topic))
        .select(mail_preferences::wanted)
        .first(conn)
        .optional()?;
    Ok(said.unwrap_or(true))
}

/// Writes a preference; returns whether it changed.
///
/// # Errors
/// A database error.
pub fn set_wanted(
    conn: &mut Conn,
    person: PersonId,
    topic: MailTopic,
    wanted: bool,
    now: Utc,
) -> QueryResult<bool> {
    if wants(conn, person, topic)? == wanted {
        return Ok(false);
    }
    let changed = diesel::update(
        mail_preferences::table
            .filter(mail_preferences::person_id.eq(person))
            .filter(mail_preferences::topic.eq(topic)),
    )
    .set((mail_preferences::wanted.eq(wanted), mail_preferences::changed_at.eq(now)))
    .execute(conn)?;
    if changed == 0 {
        diesel::insert_into(mail_preferences::table)
            .values((
                mail_preferences::person_id.eq(person),
                mail_preferences::topic.eq(topic),
                mail_preferences::wanted.eq(wanted),
                mail_preferences::changed_at.eq(now),
            ))
            .execute(conn)?;
    }
    Ok(true)
}

/// The suppression of `address`, if any.
///
/// # Errors
/// A database error.
pub fn suppression(conn: &mut Conn, address: &str) -> QueryResult<Option<Suppression>> {
    mail_suppressions::table
        .filter(mail_suppressions::lookup.eq(address_lookup(address)))
        .first(conn)
        .optional()
}

/// Puts an address on the list; false when it was there.
///
/// # Errors
/// A database error.
pub fn suppress(
    conn: &mut Conn,
    address: &str,
    reason: SuppressionReason,
    detail: &str,
    by: Option<PersonId>,
    now: Utc,
) -> QueryResult<bool> {
    if suppression(conn, address)?.is_some() {
        return Ok(false);
    }
    let short: String = detail.chars().filter(|c| !c.is_control()).take(500).collect();
    diesel::insert_into(mail_suppressions::table)
        .values((
            mail_suppressions::lookup.eq(address_lookup(address)),
            mail_suppressions::reason.eq(reason),
            mail_suppressions::detail.eq(short),
            mail_suppressions::created_by.eq(by),
            mail_suppressions::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(true)
}

/// Takes an address off the list; the row that was removed.
///
/// # Errors
/// A database error.
pub fn unsuppress(conn: &mut Conn, id: SuppressionId) -> QueryResult<Option<Suppression>> {
    let found: Option<Suppression> = mail_suppressions::table.find(id).first(conn).optional()?;
    diesel::delete(mail_suppressions::table.find(id)).execute(conn)?;
    Ok(found)
}

/// The list, newest first, at most `limit`.
///
/// # Errors
/// A database error.
pub fn suppressions(conn: &mut Conn, limit: i64) -> QueryResult<Vec<Suppression>> {
    mail_suppressions::table.order(mail_suppressions::id.desc()).limit(limit).load(conn)
}
