//! Files that travel with a mail.

use diesel::prelude::*;

use super::MailId;
use crate::Conn;
use crate::schema::mail_attachments;

/// A file that travels with a mail.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Attached {
    /// Name of the file.
    pub name: String,
    /// Like `text/csv; charset=utf-8`.
    pub content_type: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Lets a file travel with a mail that was queued in the same transaction.
///
/// # Errors
/// A database error.
pub fn attach(conn: &mut Conn, mail: MailId, file: &Attached) -> QueryResult<()> {
    diesel::insert_into(mail_attachments::table)
        .values((
            mail_attachments::mail_id.eq(mail),
            mail_attachments::name.eq(&file.name),
            mail_attachments::content_type.eq(&file.content_type),
            mail_attachments::bytes.eq(&file.bytes),
        ))
        .execute(conn)
        .map(drop)
}

/// The files of a mail, in order.
///
/// # Errors
/// A database error.
pub fn attached_to(conn: &mut Conn, mail: MailId) -> QueryResult<Vec<Attached>> {
    mail_attachments::table
        .filter(mail_attachments::mail_id.eq(mail))
        .order(mail_attachments::id)
        .select((mail_attachments::name, mail_attachments::content_type, mail_attachments::bytes))
        .load(conn)
}
