//! Erasure of what a person wrote about nominations.

use diesel::prelude::*;

use super::{NominationId, SupportId};
use crate::Conn;
use crate::schema::nominations;
use crate::types::PersonId;

/// Empties what a person wrote and takes the name and address away.
///
/// # Errors
/// A database error.
pub fn forget_person(conn: &mut Conn, person: PersonId, pseudonym: &str) -> QueryResult<()> {
    use crate::schema::{candidate_answers, candidate_questions, nomination_drafts, nomination_supports};
    let mine: Vec<NominationId> =
        nominations::table.filter(nominations::person_id.eq(person)).select(nominations::id).load(conn)?;
    diesel::update(candidate_answers::table.filter(candidate_answers::nomination_id.eq_any(&mine)))
        .set(candidate_answers::text.eq(""))
        .execute(conn)?;
    for id in mine {
        diesel::update(nominations::table.find(id))
            .set((
                nominations::name.eq(pseudonym),
                nominations::address.eq(""),
                nominations::lookup.eq(format!("erased {id}")),
                nominations::statement.eq("{}"),
                nominations::portrait.eq(None::<String>),
                nominations::clarification_answer.eq(""),
                nominations::merge_reason.eq(""),
            ))
            .execute(conn)?;
    }
    let given: Vec<SupportId> = nomination_supports::table
        .filter(nomination_supports::person_id.eq(person))
        .select(nomination_supports::id)
        .load(conn)?;
    for id in given {
        diesel::update(nomination_supports::table.find(id))
            .set((
                nomination_supports::name.eq(pseudonym),
                nomination_supports::address.eq(""),
                nomination_supports::lookup.eq(format!("erased {id}")),
                nomination_supports::employer.eq(""),
                nomination_supports::words.eq(""),
            ))
            .execute(conn)?;
    }
    diesel::update(candidate_questions::table.filter(candidate_questions::person_id.eq(person)))
        .set(candidate_questions::text.eq(""))
        .execute(conn)?;
    diesel::delete(nomination_drafts::table.filter(nomination_drafts::person_id.eq(person))).execute(conn)?;
    Ok(())
}
