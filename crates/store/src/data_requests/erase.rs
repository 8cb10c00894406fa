//! Erasure: what tells who somebody is goes; what was decided, paid and voted on stays under a pseudonym, and so do the
//! counts and the audit log, which names people by their ids only (requirement PRV-05).

use chrono::TimeDelta;
use diesel::prelude::*;

use crate::Conn;
use crate::accounts::{PersonState, close_person};
use crate::contact::ContactId;
use crate::memberships::MembershipId;
use crate::people::refresh;
use crate::reports;
use crate::schema::{
    addresses, affiliations, certifications, contact_messages, contact_replies, import_rows,
    inspection_requests, join_requests, mail_preferences, mail_suppressions, mails, memberships,
    motion_votes, persons, privacy_requests, roster_consents, terminations,
};
use crate::types::{PersonId, Utc};

/// Erases a person: the account is closed, the name becomes `pseudonym`, and every free text that may tell who it was is
/// emptied. Dates, classes, decisions, payments and the roll stay as they are.
///
/// # Errors
/// A database error.
pub fn erase_person(conn: &mut Conn, id: PersonId, pseudonym: &str, now: Utc) -> QueryResult<()> {
    let lookups: Vec<String> =
        addresses::table.filter(addresses::person_id.eq(id)).select(addresses::lookup).load(conn)?;
    diesel::delete(mail_suppressions::table.filter(mail_suppressions::lookup.eq_any(&lookups)))
        .execute(conn)?;
    close_person(conn, id, now)?;
    diesel::update(persons::table.find(id))
        .set((persons::preferred_name.eq(pseudonym), persons::locale.eq("en")))
        .execute(conn)?;
    diesel::delete(mail_preferences::table.filter(mail_preferences::person_id.eq(id))).execute(conn)?;
    diesel::delete(roster_consents::table.filter(roster_consents::person_id.eq(id))).execute(conn)?;
    let written = contact_messages::table.filter(contact_messages::person_id.eq(id));
    let messages: Vec<ContactId> = written.select(contact_messages::id).load(conn)?;
    diesel::update(contact_replies::table.filter(contact_replies::message_id.eq_any(&messages)))
        .set(contact_replies::body.eq(""))
        .execute(conn)?;
    diesel::update(written)
        .set((
            contact_messages::name.eq(pseudonym),
            contact_messages::address.eq(""),
            contact_messages::subject.eq(""),
            contact_messages::body.eq(""),
        ))
        .execute(conn)?;
    let held = memberships::table.filter(memberships::person_id.eq(id));
    let ids: Vec<MembershipId> = held.select(memberships::id).load(conn)?;
    diesel::update(terminations::table.filter(terminations::membership_id.eq_any(&ids)))
        .set((terminations::reason.eq(""), terminations::answer.eq("")))
        .execute(conn)?;
    diesel::update(held).set((memberships::statement.eq(""), memberships::reason.eq(""))).execute(conn)?;
    diesel::update(certifications::table.filter(certifications::person_id.eq(id)))
        .set(certifications::note.eq(""))
        .execute(conn)?;
    diesel::update(join_requests::table.filter(join_requests::person_id.eq(id)))
        .set((join_requests::text.eq(""), join_requests::note.eq("")))
        .execute(conn)?;
    diesel::update(motion_votes::table.filter(motion_votes::person_id.eq(id)))
        .set(motion_votes::reason.eq(""))
        .execute(conn)?;
    diesel::delete(affiliations::table.filter(affiliations::person_id.eq(id))).execute(conn)?;
    diesel::update(privacy_requests::table.filter(privacy_requests::person_id.eq(id)))
        .set((privacy_requests::message.eq(""), privacy_requests::answer.eq("")))
        .execute(conn)?;
    diesel::update(inspection_requests::table.filter(inspection_requests::person_id.eq(id)))
        .set((inspection_requests::purpose.eq(""), inspection_requests::answer.eq("")))
        .execute(conn)?;
    diesel::update(import_rows::table.filter(import_rows::person_id.eq(Some(id))))
        .set((import_rows::cells.eq("[]"), import_rows::note.eq(""), import_rows::mailbox.eq("")))
        .execute(conn)?;
    // Nobody can tell whom an outcome with personal data names.
    reports::forget_personal_outcomes(conn, now.plus(TimeDelta::seconds(1)))?;
    crate::nominations::forget_person(conn, id, pseudonym)?;
    crate::awards::review::forget_person(conn, id)?;
    crate::awards::nominations::forget_person(conn, id, pseudonym)?;
    crate::awards::recipients::forget_person(conn, id, pseudonym)?;
    refresh(conn, &[id])
}

/// Empties mails to people whose account is closed, once they are delivered; returns how many.
///
/// # Errors
/// A database error.
pub fn forget_mails_of_closed(conn: &mut Conn) -> QueryResult<usize> {
    let closed = persons::table.filter(persons::state.eq(PersonState::Closed)).select(persons::id.nullable());
    diesel::update(
        mails::table
            .filter(mails::finished_at.is_not_null())
            .filter(mails::recipient.ne(""))
            .filter(mails::person_id.eq_any(closed)),
    )
    .set((
        mails::recipient.eq(""),
        mails::subject.eq(""),
        mails::body_text.eq(""),
        mails::body_html.eq(None::<String>),
    ))
    .execute(conn)
}
