//! What everybody may see: counts by class, the people who agreed to be named, drives. And the note of reminders sent.

use diesel::dsl::count;
use diesel::prelude::*;

use super::{ClassId, MembershipState};
use crate::accounts::PersonState;
use crate::schema::{
    membership_classes, membership_drives, membership_notices, memberships, persons, roster_consents,
};
use crate::{Conn, PersonId, Utc};

crate::row_ids! {
    /// Key of a drive.
    DriveId,
}

/// People who hold each class at `at`; a class nobody holds is not named.
///
/// # Errors
/// A database error.
pub fn counts(conn: &mut Conn, at: Utc) -> QueryResult<Vec<(ClassId, i64)>> {
    memberships::table
        .filter(memberships::state.ne_all([MembershipState::Applied, MembershipState::Refused]))
        .filter(memberships::starts_at.le(at))
        .filter(memberships::ends_at.is_null().or(memberships::ends_at.gt(at)))
        .group_by(memberships::class_id)
        .select((memberships::class_id, count(memberships::person_id).aggregate_distinct()))
        .load(conn)
}

/// People who hold each class at each of `instants`, which are in order: a list of classes, each with one count an instant.
/// One pass over the table, however many instants there are.
///
/// # Errors
/// A database error.
pub fn counts_over(conn: &mut Conn, instants: &[Utc]) -> QueryResult<Vec<(ClassId, Vec<i64>)>> {
    let mut held: Vec<(ClassId, PersonId, Utc, Option<Utc>)> = memberships::table
        .filter(memberships::state.ne_all([MembershipState::Applied, MembershipState::Refused]))
        .select((memberships::class_id, memberships::person_id, memberships::starts_at, memberships::ends_at))
        .load(conn)?;
    held.sort_unstable();
    let mut all: Vec<(ClassId, Vec<i64>)> = Vec::new();
    for of_class in held.chunk_by(|a, b| a.0 == b.0) {
        let mut counts = vec![0; instants.len()];
        for of_person in of_class.chunk_by(|a, b| a.1 == b.1) {
            // Two memberships in one class at once are one member.
            let mut counted = 0;
            for (_, _, starts, ends) in of_person {
                let from = instants.partition_point(|at| at < starts).max(counted);
                let to = ends.map_or(instants.len(), |end| instants.partition_point(|at| *at < end));
                for count in counts.iter_mut().take(to).skip(from) {
                    *count += 1;
                }
                counted = counted.max(to);
            }
        }
        if let Some((class, ..)) = of_class.first() {
            all.push((*class, counts));
        }
    }
    Ok(all)
}

/// People who hold any class at `at`, each counted once.
///
/// # Errors
/// A database error.
pub fn count_people(conn: &mut Conn, at: Utc) -> QueryResult<i64> {
    memberships::table
        .filter(memberships::state.ne_all([MembershipState::Applied, MembershipState::Refused]))
        .filter(memberships::starts_at.le(at))
        .filter(memberships::ends_at.is_null().or(memberships::ends_at.gt(at)))
        .select(count(memberships::person_id).aggregate_distinct())
        .first(conn)
}

/// Agrees to be named in public, or takes it back.
///
/// # Errors
/// A database error.
pub fn set_roster_consent(conn: &mut Conn, person: PersonId, agreed: bool, now: Utc) -> QueryResult<()> {
    let known = roster_consent(conn, person)?.is_some();
    if agreed && !known {
        diesel::insert_into(roster_consents::table)
            .values((roster_consents::person_id.eq(person), roster_consents::agreed_at.eq(now)))
            .execute(conn)?;
    } else if !agreed {
        diesel::delete(roster_consents::table.find(person)).execute(conn)?;
    }
    Ok(())
}

/// When a person agreed to be named.
///
/// # Errors
/// A database error.
pub fn roster_consent(conn: &mut Conn, person: PersonId) -> QueryResult<Option<Utc>> {
    roster_consents::table.find(person).select(roster_consents::agreed_at).first(conn).optional()
}

/// Names of the members of `class` at `at` who agreed to be named, by name, from the `offset`-th on.
///
/// # Errors
/// A database error.
pub fn roster(conn: &mut Conn, class: ClassId, at: Utc, offset: i64, limit: i64) -> QueryResult<Vec<String>> {
    let members = memberships::table
        .filter(memberships::class_id.eq(class))
        .filter(memberships::state.ne_all([MembershipState::Applied, MembershipState::Refused]))
        .filter(memberships::starts_at.le(at))
        .filter(memberships::ends_at.is_null().or(memberships::ends_at.gt(at)))
        .select(memberships::person_id);
    roster_consents::table
        .inner_join(persons::table)
        .filter(roster_consents::person_id.eq_any(members))
        .filter(persons::state.ne(PersonState::Closed))
        .order((persons::preferred_name, persons::id))
        .select(persons::preferred_name)
        .offset(offset)
        .limit(limit)
        .load(conn)
}

/// A drive.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Drive {
    /// Key.
    pub id: DriveId,
    /// Last part of its address.
    pub slug: String,
    /// Title.
    pub title: String,
    /// What for.
    pub description: String,
    /// Counts new members of this class; `None`: of every class with the vote.
    pub class_id: Option<ClassId>,
    /// New members wanted.
    pub goal: i64,
    /// First instant.
    pub starts_at: Utc,
    /// First instant no longer.
    pub ends_at: Utc,
    /// Instant of creation.
    pub created_at: Utc,
}

/// What staff say of a drive.
#[derive(Debug, Clone)]
pub struct DriveFacts {
    /// Title.
    pub title: String,
    /// What for.
    pub description: String,
    /// See [`Drive::class_id`].
    pub class_id: Option<ClassId>,
    /// New members wanted.
    pub goal: i64,
    /// First instant.
    pub starts_at: Utc,
    /// First instant no longer.
    pub ends_at: Utc,
}

/// Adds a drive.
///
/// # Errors
/// A unique violation when another drive has the address.
pub fn add_drive(conn: &mut Conn, slug: &str, facts: &DriveFacts, now: Utc) -> QueryResult<DriveId> {
    diesel::insert_into(membership_drives::table)
        .values((
            membership_drives::slug.eq(slug),
            membership_drives::title.eq(&facts.title),
            membership_drives::description.eq(&facts.description),
            membership_drives::class_id.eq(facts.class_id),
            membership_drives::goal.eq(facts.goal),
            membership_drives::starts_at.eq(facts.starts_at),
            membership_drives::ends_at.eq(facts.ends_at),
            membership_drives::created_at.eq(now),
        ))
        .returning(membership_drives::id)
        .get_result(conn)
}

/// Changes a drive; its address stays.
///
/// # Errors
/// A database error.
pub fn change_drive(conn: &mut Conn, id: DriveId, facts: &DriveFacts) -> QueryResult<()> {
    diesel::update(membership_drives::table.find(id))
        .set((
            membership_drives::title.eq(&facts.title),
            membership_drives::description.eq(&facts.description),
            membership_drives::class_id.eq(facts.class_id),
            membership_drives::goal.eq(facts.goal),
            membership_drives::starts_at.eq(facts.starts_at),
            membership_drives::ends_at.eq(facts.ends_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// Every drive, the latest end first, at most `limit`.
///
/// # Errors
/// A database error.
pub fn drives(conn: &mut Conn, limit: i64) -> QueryResult<Vec<Drive>> {
    membership_drives::table
        .order((membership_drives::ends_at.desc(), membership_drives::id.desc()))
        .limit(limit)
        .load(conn)
}

/// The drive at this address.
///
/// # Errors
/// `NotFound` when there is none.
pub fn drive(conn: &mut Conn, slug: &str) -> QueryResult<Drive> {
    membership_drives::table.filter(membership_drives::slug.eq(slug)).first(conn)
}

/// Instants at which people became members of the drive's class for the first time, inside its window. Somebody who
/// renews is not new.
///
/// # Errors
/// A database error.
pub fn joins(conn: &mut Conn, drive: &Drive) -> QueryResult<Vec<Utc>> {
    let classes: Vec<ClassId> = match drive.class_id {
        Some(class) => vec![class],
        None => membership_classes::table
            .filter(membership_classes::votes.eq(true))
            .select(membership_classes::id)
            .load(conn)?,
    };
    let first: Vec<Option<Utc>> = memberships::table
        .filter(memberships::class_id.eq_any(classes))
        .filter(memberships::state.ne_all([MembershipState::Applied, MembershipState::Refused]))
        .group_by(memberships::person_id)
        .select(diesel::dsl::min(memberships::starts_at))
        .load(conn)?;
    Ok(first.into_iter().flatten().filter(|at| drive.starts_at <= *at && *at < drive.ends_at).collect())
}

/// Notes that a person got a reminder about something. False when it was noted before.
///
/// # Errors
/// A database error.
pub fn note_notice(
    conn: &mut Conn,
    person: PersonId,
    notice: &str,
    subject: &str,
    now: Utc,
) -> QueryResult<bool> {
    let known: bool = diesel::select(diesel::dsl::exists(
        membership_notices::table
            .filter(membership_notices::person_id.eq(person))
            .filter(membership_notices::notice.eq(notice))
            .filter(membership_notices::subject.eq(subject)),
    ))
    .get_result(conn)?;
    if known {
        return Ok(false);
    }
    diesel::insert_into(membership_notices::table)
        .values((
            membership_notices::person_id.eq(person),
            membership_notices::notice.eq(notice),
            membership_notices::subject.eq(subject),
            membership_notices::sent_at.eq(now),
        ))
        .execute(conn)?;
    Ok(true)
}

/// People who got a reminder about something, so that many can be told apart at once.
///
/// # Errors
/// A database error.
pub fn noticed(conn: &mut Conn, notice: &str, subject: &str) -> QueryResult<Vec<PersonId>> {
    membership_notices::table
        .filter(membership_notices::notice.eq(notice))
        .filter(membership_notices::subject.eq(subject))
        .select(membership_notices::person_id)
        .load(conn)
}
