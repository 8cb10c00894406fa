//! Members and people of classes that are shown in public, for reports.

use std::collections::HashMap;

use diesel::dsl::{count_star, max};
use diesel::prelude::*;

use crate::memberships::{Class, ClassId, Membership, MembershipId, MembershipState};
use crate::schema::{
    addresses, affirmations, membership_classes, memberships, paid_terms, persons, roster_consents,
};
use crate::{Conn, PersonId, PublicId, Utc};

/// Who holds a membership: identifier, name, legal name.
pub type Holder = (PublicId, String, Option<String>);

/// Memberships with their class and holder, by key, after a key; at most `limit`.
///
/// # Errors
/// A database error.
pub fn memberships_after(
    conn: &mut Conn,
    after: MembershipId,
    limit: i64,
) -> QueryResult<Vec<(Membership, Class, Holder)>> {
    memberships::table
        .inner_join(membership_classes::table)
        .inner_join(persons::table)
        .filter(memberships::id.gt(after))
        .filter(memberships::state.ne_all([MembershipState::Applied, MembershipState::Refused]))
        .order(memberships::id)
        .limit(limit)
        .select((
            memberships::all_columns,
            membership_classes::all_columns,
            (persons::public_id, persons::preferred_name, persons::legal_name),
        ))
        .load(conn)
}

/// When each of these people affirmed last.
///
/// # Errors
/// A database error.
pub fn last_affirmations(conn: &mut Conn, people: &[PersonId]) -> QueryResult<HashMap<PersonId, Utc>> {
    let mut last = HashMap::new();
    for some in people.chunks(1_000) {
        let rows: Vec<(PersonId, Option<Utc>)> = affirmations::table
            .filter(affirmations::person_id.eq_any(some))
            .group_by(affirmations::person_id)
            .select((affirmations::person_id, max(affirmations::affirmed_at)))
            .load(conn)?;
        last.extend(rows.into_iter().filter_map(|(person, at)| Some((person, at?))));
    }
    Ok(last)
}

/// The verified address of each of these people to which mail goes.
///
/// # Errors
/// A database error.
pub fn mail_addresses(conn: &mut Conn, people: &[PersonId]) -> QueryResult<HashMap<PersonId, String>> {
    let rows: Vec<(PersonId, String)> = addresses::table
        .filter(addresses::person_id.eq_any(people))
        .filter(addresses::is_primary.eq(true))
        .filter(addresses::verified_at.is_not_null())
        .select((addresses::person_id, addresses::address))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// People who agreed to be named, in classes shown in public: class, name, since, membership.
///
/// # Errors
/// A database error.
pub fn roster(conn: &mut Conn) -> QueryResult<Vec<(Class, String, Membership)>> {
    memberships::table
        .inner_join(membership_classes::table)
        .inner_join(persons::table)
        .inner_join(roster_consents::table.on(roster_consents::person_id.eq(memberships::person_id)))
        .filter(membership_classes::public_badge.eq(true))
        .filter(memberships::state.ne_all([MembershipState::Applied, MembershipState::Refused]))
        .order((membership_classes::position, persons::preferred_name, memberships::id))
        .select((membership_classes::all_columns, persons::preferred_name, memberships::all_columns))
        .load(conn)
}

/// When each of these people paid last for a class that they had paid for before.
///
/// # Errors
/// A database error.
pub fn last_renewals(conn: &mut Conn, people: &[PersonId]) -> QueryResult<HashMap<(PersonId, ClassId), Utc>> {
    let mut last = HashMap::new();
    for some in people.chunks(1_000) {
        let rows: Vec<(PersonId, ClassId, Option<Utc>, i64)> = paid_terms::table
            .filter(paid_terms::person_id.eq_any(some))
            .filter(paid_terms::returned_at.is_null())
            .group_by((paid_terms::person_id, paid_terms::class_id))
            .select((paid_terms::person_id, paid_terms::class_id, max(paid_terms::paid_at), count_star()))
            .load(conn)?;
        let again = rows.into_iter().filter(|(_, _, _, payments)| *payments > 1);
        last.extend(again.filter_map(|(person, class, at, _)| Some(((person, class), at?))));
    }
    Ok(last)
}
