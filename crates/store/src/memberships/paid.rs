//! What was paid for, without any amount. The dues rule of the class makes the covered time from these rows.

use diesel::prelude::*;

use super::ClassId;
use crate::schema::paid_terms;
use crate::{Conn, PersonId, Utc};

crate::row_ids! {
    /// Key of a paid term.
    PaidTermId,
}

crate::text_enum! {
    /// What a payment is for.
    pub enum TermKind {
        /// One term of the class.
        Term = "term",
        /// A membership without end.
        Lifetime = "lifetime",
    }
}

/// One payment, as far as it concerns membership.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct PaidTerm {
    /// Key.
    pub id: PaidTermId,
    /// Who became or stays a member by it.
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
    /// Instant of creation.
    pub created_at: Utc,
}

/// What is needed to note a payment.
#[derive(Debug, Clone, Copy)]
pub struct NewPaidTerm<'a> {
    /// Who.
    pub person: PersonId,
    /// The class.
    pub class: ClassId,
    /// Reference of the payment.
    pub reference: &'a str,
    /// What for.
    pub kind: TermKind,
    /// When it was paid.
    pub paid_at: Utc,
}

/// Notes a payment. False, and nothing noted, when its reference is known.
///
/// # Errors
/// A database error.
pub fn note(conn: &mut Conn, new: &NewPaidTerm<'_>, now: Utc) -> QueryResult<bool> {
    if by_reference(conn, new.reference)?.is_some() {
        return Ok(false);
    }
    diesel::insert_into(paid_terms::table)
        .values((
            paid_terms::person_id.eq(new.person),
            paid_terms::class_id.eq(new.class),
            paid_terms::reference.eq(new.reference),
            paid_terms::kind.eq(new.kind),
            paid_terms::paid_at.eq(new.paid_at),
            paid_terms::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(true)
}

/// The payment with this reference.
///
/// # Errors
/// A database error.
pub fn by_reference(conn: &mut Conn, reference: &str) -> QueryResult<Option<PaidTerm>> {
    paid_terms::table.filter(paid_terms::reference.eq(reference)).first(conn).optional()
}

/// Says when the money of a payment went back, or that it did not after all.
///
/// # Errors
/// A database error.
pub fn set_returned(conn: &mut Conn, id: PaidTermId, at: Option<Utc>) -> QueryResult<()> {
    diesel::update(paid_terms::table.find(id)).set(paid_terms::returned_at.eq(at)).execute(conn)?;
    Ok(())
}

/// What a person paid for in a class, the oldest first.
///
/// # Errors
/// A database error.
pub fn of_person(conn: &mut Conn, person: PersonId, class: ClassId) -> QueryResult<Vec<PaidTerm>> {
    paid_terms::table
        .filter(paid_terms::person_id.eq(person))
        .filter(paid_terms::class_id.eq(class))
        .order((paid_terms::paid_at, paid_terms::id))
        .load(conn)
}

/// Classes a person paid for, each once.
///
/// # Errors
/// A database error.
pub fn classes_of(conn: &mut Conn, person: PersonId) -> QueryResult<Vec<ClassId>> {
    paid_terms::table
        .filter(paid_terms::person_id.eq(person))
        .select(paid_terms::class_id)
        .distinct()
        .order(paid_terms::class_id)
        .load(conn)
}

/// Removes a payment noted by an import that is taken back.
///
/// # Errors
/// A database error.
pub fn remove(conn: &mut Conn, id: PaidTermId) -> QueryResult<()> {
    diesel::delete(paid_terms::table.find(id)).execute(conn)?;
    Ok(())
}
