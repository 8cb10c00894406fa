//! The rows behind the rolls, for many people at once: one query a table, so that ten thousand members take no longer than a
//! few passes over a few tables.

use std::collections::HashSet;

use diesel::prelude::*;

use super::{ClassId, MembershipState};
use crate::accounts::PersonState;
use crate::bodies::BodyId;
use crate::schema::{
    affirmation_optouts, affirmations, certifications, elections, memberships, paid_terms, participations,
    past_participations, persons, roll_entries,
};
use crate::{Conn, PersonId, PublicId, Utc};

use super::paid::TermKind;
use super::voting::PastParticipation;

/// Whose rows are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Everybody with a membership, present, past or to come.
    Everybody,
    /// One person.
    One(PersonId),
}

/// What a roll looks at of a membership that was granted.
#[derive(Debug, Clone, Copy, Queryable)]
pub struct Held {
    /// Whose.
    pub person_id: PersonId,
    /// The class.
    pub class_id: ClassId,
    /// What was decided.
    pub state: MembershipState,
    /// First instant.
    pub starts_at: Utc,
    /// First instant no longer a member; `None` for no end.
    pub ends_at: Option<Utc>,
}

/// What a roll looks at of a paid term.
#[derive(Debug, Clone, Queryable)]
pub struct Dues {
    /// Whose.
    pub person_id: PersonId,
    /// The class.
    pub class_id: ClassId,
    /// Reference of the payment; one payment, one reference.
    pub reference: String,
    /// What for.
    pub kind: TermKind,
    /// When it was paid.
    pub paid_at: Utc,
    /// When the money went back, where it did.
    pub returned_at: Option<Utc>,
}

/// An election held here that is over.
#[derive(Debug, Clone)]
pub struct HeldHere {
    /// Its title.
    pub title: String,
    /// When voting closed.
    pub closed_at: Utc,
    /// Who was on the roll, and whether they took part.
    pub entitled: Vec<(PersonId, bool)>,
}

/// Everything a rule may look at, unsorted; the caller groups it by person.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// People in the order of their public ids.
    pub people: Vec<(PersonId, PublicId, PersonState)>,
    /// Memberships that were granted.
    pub memberships: Vec<Held>,
    /// Paid terms.
    pub paid: Vec<Dues>,
    /// Certifications: person, class, instant.
    pub certifications: Vec<(PersonId, ClassId, Utc)>,
    /// Affirmations for the body: person, instant.
    pub affirmations: Vec<(PersonId, Utc)>,
    /// Opt-outs for the body: person, from, to.
    pub opt_outs: Vec<(PersonId, Utc, Option<Utc>)>,
    /// Elections held here which are over, with those who were on the roll.
    pub participation: Vec<HeldHere>,
    /// Elections held elsewhere.
    pub past: Vec<PastParticipation>,
}

/// Reads a table for everybody or for one person.
macro_rules! of {
    ($who:expr, $query:expr, $column:expr, $conn:expr) => {{
        let query = $query;
        match $who {
            Who::Everybody => query.load($conn)?,
            Who::One(person) => query.filter($column.eq(person)).load($conn)?,
        }
    }};
}

/// Reads what a roll of `body` looks at. Elections count that closed at or before `until`.
///
/// # Errors
/// A database error.
pub fn rows(conn: &mut Conn, who: Who, body: BodyId, until: Utc) -> QueryResult<Rows> {
    let mut rows = Rows {
        memberships: of!(
            who,
            memberships::table.select((
                memberships::person_id,
                memberships::class_id,
                memberships::state,
                memberships::starts_at,
                memberships::ends_at
            )),
            memberships::person_id,
            conn
        ),
        paid: of!(
            who,
            paid_terms::table.select((
                paid_terms::person_id,
                paid_terms::class_id,
                paid_terms::reference,
                paid_terms::kind,
                paid_terms::paid_at,
                paid_terms::returned_at
            )),
            paid_terms::person_id,
            conn
        ),
        certifications: of!(
            who,
            certifications::table.select((
                certifications::person_id,
                certifications::class_id,
                certifications::certified_at
            )),
            certifications::person_id,
            conn
        ),
        affirmations: of!(
            who,
            affirmations::table
                .filter(affirmations::body_id.eq(body))
                .select((affirmations::person_id, affirmations::affirmed_at)),
            affirmations::person_id,
            conn
        ),
        opt_outs: of!(
            who,
            affirmation_optouts::table.filter(affirmation_optouts::body_id.eq(body)).select((
                affirmation_optouts::person_id,
                affirmation_optouts::starts_at,
                affirmation_optouts::ends_at
            )),
            affirmation_optouts::person_id,
            conn
        ),
        past: of!(
            who,
            past_participations::table.filter(past_participations::closed_at.le(until)),
            past_participations::person_id,
            conn
        ),
        participation: participation(conn, who, until)?,
        people: Vec::new(),
    };
    let members: HashSet<PersonId> = rows.memberships.iter().map(|held| held.person_id).collect();
    // Who only applied, or was refused, is a person of this roll without a membership.
    rows.memberships
        .retain(|held| !matches!(held.state, MembershipState::Applied | MembershipState::Refused));
    rows.people = match who {
        Who::Everybody => {
            // Nearly everybody has one; the others are left out here, which is quicker than a question for each.
            let mut all: Vec<(PersonId, PublicId, PersonState)> =
                persons::table.select((persons::id, persons::public_id, persons::state)).load(conn)?;
            all.retain(|(id, _, _)| members.contains(id));
            all
        }
        Who::One(person) => persons::table
            .find(person)
            .select((persons::id, persons::public_id, persons::state))
            .load(conn)?,
    };
    // Not by the database: PostgreSQL sorts texts by the language that it was set up with.
    rows.people.sort_by(|one, other| one.1.as_str().cmp(other.1.as_str()));
    Ok(rows)
}

/// Rolls of elections that are over, and who took part.
fn participation(conn: &mut Conn, who: Who, until: Utc) -> QueryResult<Vec<HeldHere>> {
    let over: Vec<(i64, String, Option<Utc>)> = elections::table
        .filter(elections::closes_at.le(until))
        .select((elections::id, elections::title, elections::closes_at))
        .load(conn)?;
    let mut found = Vec::new();
    for (id, title, closes) in over {
        let Some(closed_at) = closes else { continue };
        let entitled: Vec<PersonId> = of!(
            who,
            roll_entries::table.filter(roll_entries::election_id.eq(id)).select(roll_entries::person_id),
            roll_entries::person_id,
            conn
        );
        if entitled.is_empty() {
            continue;
        }
        let voted: Vec<PersonId> = of!(
            who,
            participations::table
                .filter(participations::election_id.eq(id))
                .select(participations::person_id),
            participations::person_id,
            conn
        );
        let voted: HashSet<PersonId> = voted.into_iter().collect();
        let entitled = entitled.into_iter().map(|person| (person, voted.contains(&person))).collect();
        found.push(HeldHere { title, closed_at, entitled });
    }
    Ok(found)
}

/// The last certification of everybody who holds the class at `now`: person, class, instant.
///
/// # Errors
/// A database error.
pub fn last_certifications(conn: &mut Conn, now: Utc) -> QueryResult<Vec<(PersonId, ClassId, Utc)>> {
    let last: Vec<(PersonId, ClassId, Option<Utc>)> = certifications::table
        .inner_join(
            memberships::table.on(memberships::person_id
                .eq(certifications::person_id)
                .and(memberships::class_id.eq(certifications::class_id))),
        )
        .filter(memberships::state.eq(MembershipState::Active))
        .filter(memberships::starts_at.le(now))
        .filter(memberships::ends_at.is_null().or(memberships::ends_at.gt(now)))
        .group_by((certifications::person_id, certifications::class_id))
        .select((
            certifications::person_id,
            certifications::class_id,
            diesel::dsl::max(certifications::certified_at),
        ))
        .load(conn)?;
    Ok(last.into_iter().filter_map(|(person, class, at)| Some((person, class, at?))).collect())
}
