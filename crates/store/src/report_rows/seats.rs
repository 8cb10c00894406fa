//! Seats in bodies and what their holders belong to, for reports.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::affiliations::DeclarationState;
use crate::schema::{affiliations, bodies, body_members, outside_organisations, persons};
use crate::{Conn, PersonId};

/// One term in a body whose members are public.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Seat {
    /// Name of the body.
    pub body: String,
    /// For example `Chair`; empty for an ordinary member.
    pub position: String,
    /// Cohort; empty where there are none.
    pub cohort: String,
    /// Who holds it.
    pub person: PersonId,
    /// Name of who holds it.
    pub holder: String,
    /// First day.
    pub starts_on: NaiveDate,
    /// Last day, when it is known.
    pub ends_on: Option<NaiveDate>,
    /// Last day of the term as it was given.
    pub term_until: Option<NaiveDate>,
    /// Why it ended, when it ended before the end of the term.
    pub ended: Option<String>,
}

/// Terms in public bodies, by body and day.
///
/// # Errors
/// A database error.
pub fn seats(conn: &mut Conn) -> QueryResult<Vec<Seat>> {
    body_members::table
        .inner_join(bodies::table)
        .inner_join(persons::table.on(persons::id.eq(body_members::person_id)))
        .filter(bodies::is_public.eq(true))
        .order((bodies::name, body_members::starts_on, body_members::id))
        .select((
            bodies::name,
            body_members::position,
            body_members::cohort,
            body_members::person_id,
            persons::preferred_name,
            body_members::starts_on,
            body_members::ends_on,
            body_members::term_until,
            body_members::ended,
        ))
        .load(conn)
}

/// Names of the organisations that each person belongs to on a day, from declarations that staff have not refused.
///
/// # Errors
/// A database error.
pub fn affiliated_on(conn: &mut Conn, day: NaiveDate) -> QueryResult<HashMap<PersonId, String>> {
    let rows: Vec<(PersonId, String)> = affiliations::table
        .inner_join(
            outside_organisations::table.on(outside_organisations::id.eq(affiliations::organisation_id)),
        )
        .filter(affiliations::state.ne(DeclarationState::Refused))
        .filter(affiliations::starts_on.le(day))
        .filter(affiliations::ends_on.is_null().or(affiliations::ends_on.ge(day)))
        .order((affiliations::person_id, outside_organisations::name))
        .select((affiliations::person_id, outside_organisations::name))
        .load(conn)?;
    let mut names: HashMap<PersonId, String> = HashMap::new();
    for (person, name) in rows {
        let known = names.entry(person).or_default();
        if !known.is_empty() {
            known.push_str(", ");
        }
        known.push_str(&name);
    }
    Ok(names)
}
