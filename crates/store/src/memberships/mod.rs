//! Membership: classes and memberships here; what was [`paid`], what [`voting`] needs, the [`facts`] about many people at once,
//! how a membership is ended ([`termination`]) and what the [`public`] sees beside it.
//!
//! A membership is a fact: a class, a source, from when, until when. A person may hold several at a time. That time has
//! passed is no change of state: [`Membership::standing`] says it at any instant.

pub mod facts;
pub mod paid;
pub mod public;
pub mod termination;
pub mod voting;

use chrono::TimeDelta;
use diesel::prelude::*;

use crate::schema::{membership_classes, memberships};
use crate::{Conn, JsonText, PersonId, PublicId, Utc};

crate::row_ids! {
    /// Key of a class.
    ClassId,
    /// Key of a membership.
    MembershipId,
}

crate::text_enum! {
    /// What somebody has to bring to get a class.
    pub enum Evidence {
        /// Nothing, or the payment of dues.
        None = "none",
        /// A certification by the member, looked at by staff.
        Certification = "certification",
        /// A nomination by others and a decision.
        Nomination = "nomination",
    }
}

crate::text_enum! {
    /// How long a class lasts.
    pub enum ClassTerm {
        /// Until it is ended.
        Open = "open",
        /// As long as dues are paid.
        Paid = "paid",
        /// For life.
        Life = "life",
    }
}

crate::text_enum! {
    /// What was decided about a membership, or how it stands at an instant. `Coming`, `Grace` and `Lapsed` follow from the
    /// time and are never stored.
    pub enum MembershipState {
        /// Asked for; waits for a decision.
        Applied = "applied",
        /// Asked for and refused.
        Refused = "refused",
        /// Begins later.
        Coming = "coming",
        /// In force.
        Active = "active",
        /// Over, but a payment still extends from the end.
        Grace = "grace",
        /// Over, not renewed.
        Lapsed = "lapsed",
        /// Became another class.
        Converted = "converted",
        /// Given up by the member.
        Resigned = "resigned",
        /// Ended by decision.
        Terminated = "terminated",
        /// A member for life who retired.
        Emeritus = "emeritus",
        /// A member who died.
        Deceased = "deceased",
        /// A member for life who was removed by decision.
        Removed = "removed",
    }
}

crate::text_enum! {
    /// Where a membership comes from.
    pub enum MembershipSource {
        /// Dues.
        Dues = "dues",
        /// The person asked for it on the site.
        Joined = "joined",
        /// An application that was granted.
        Application = "application",
        /// A nomination.
        Nomination = "nomination",
        /// An import.
        Import = "import",
        /// Entered by staff.
        Staff = "staff",
        /// Follows from another membership, for example Basic from an emeritus Fellow.
        Converted = "converted",
    }
}

/// A class of membership.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Class {
    /// Key.
    pub id: ClassId,
    /// The name that rules use, for example `Supporting`: ASCII letters, digits and hyphens. It never changes.
    pub key: String,
    /// Name as shown.
    pub name: String,
    /// Who it is for and what it may do, in one or two sentences.
    pub description: String,
    /// Order in lists.
    pub position: i64,
    /// Members of the class have the vote when they meet what the rule asks.
    pub votes: bool,
    /// Shown beside the names of those who agreed to be named.
    pub public_badge: bool,
    /// `DuesPolicy` of the rules as JSON, when dues are paid.
    pub dues: Option<JsonText>,
    /// What somebody has to bring.
    pub evidence: Evidence,
    /// What exactly, as shown and agreed to.
    pub evidence_text: String,
    /// How long it lasts.
    pub term: ClassTerm,
    /// People can ask for it themselves.
    pub is_open: bool,
    /// Instant of creation.
    pub created_at: Utc,
}

/// What staff say of a class.
#[derive(Debug, Clone)]
pub struct ClassFacts {
    /// See [`Class::name`].
    pub name: String,
    /// See [`Class::description`].
    pub description: String,
    /// See [`Class::position`].
    pub position: i64,
    /// See [`Class::votes`].
    pub votes: bool,
    /// See [`Class::public_badge`].
    pub public_badge: bool,
    /// See [`Class::dues`].
    pub dues: Option<JsonText>,
    /// See [`Class::evidence`].
    pub evidence: Evidence,
    /// See [`Class::evidence_text`].
    pub evidence_text: String,
    /// See [`Class::term`].
    pub term: ClassTerm,
    /// See [`Class::is_open`].
    pub is_open: bool,
}

/// A membership.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Membership {
    /// Key.
    pub id: MembershipId,
    /// Id for addresses.
    pub public_id: PublicId,
    /// Whose.
    pub person_id: PersonId,
    /// The class.
    pub class_id: ClassId,
    /// Where it comes from.
    pub source: MembershipSource,
    /// Id of the import or whatever else made it.
    pub reference: Option<String>,
    /// What was decided; see [`Self::standing`] for how it stands.
    pub state: MembershipState,
    /// First instant; of an application, when it was sent.
    pub starts_at: Utc,
    /// First instant no longer a member; `None` for no end.
    pub ends_at: Option<Utc>,
    /// What the applicant wrote.
    pub statement: String,
    /// Reason of the last decision, shown to the member.
    pub reason: String,
    /// Who decided.
    pub decided_by: Option<PersonId>,
    /// When.
    pub decided_at: Option<Utc>,
    /// Instant of creation.
    pub created_at: Utc,
}

impl Membership {
    /// How the membership stands at `now`; `grace` is the time after the end in which dues still extend it.
    #[must_use]
    pub fn standing(&self, now: Utc, grace: TimeDelta) -> MembershipState {
        let state = self.state;
        if matches!(state, MembershipState::Applied | MembershipState::Refused) {
            return state;
        }
        match self.ends_at {
            _ if now < self.starts_at => MembershipState::Coming,
            None => MembershipState::Active,
            Some(end) if now < end => MembershipState::Active,
            Some(_) if state != MembershipState::Active => state,
            Some(end) if now < end.plus(grace) => MembershipState::Grace,
            Some(_) => MembershipState::Lapsed,
        }
    }

    /// True when the membership is in force at `now`.
    #[must_use]
    pub fn is_active(&self, now: Utc) -> bool {
        self.standing(now, TimeDelta::zero()) == MembershipState::Active
    }
}

/// What is needed to add a membership.
#[derive(Debug, Clone)]
pub struct NewMembership<'a> {
    /// Id for addresses.
    pub public_id: PublicId,
    /// Whose.
    pub person: PersonId,
    /// The class.
    pub class: ClassId,
    /// Where it comes from.
    pub source: MembershipSource,
    /// Id of the import or whatever else makes it.
    pub reference: Option<&'a str>,
    /// `Applied` or `Active`, or how an imported one ended.
    pub state: MembershipState,
    /// First instant.
    pub starts_at: Utc,
    /// First instant no longer a member.
    pub ends_at: Option<Utc>,
    /// What the applicant wrote.
    pub statement: &'a str,
    /// Reason.
    pub reason: &'a str,
}

/// Adds a class.
///
/// # Errors
/// A unique violation when another class has the key.
pub fn add_class(conn: &mut Conn, key: &str, facts: &ClassFacts, now: Utc) -> QueryResult<ClassId> {
    diesel::insert_into(membership_classes::table)
        .values((
            membership_classes::class_key.eq(key),
            membership_classes::name.eq(&facts.name),
            membership_classes::description.eq(&facts.description),
            membership_classes::position.eq(facts.position),
            membership_classes::votes.eq(facts.votes),
            membership_classes::public_badge.eq(facts.public_badge),
            membership_classes::dues.eq(&facts.dues),
            membership_classes::evidence.eq(facts.evidence),
            membership_classes::evidence_text.eq(&facts.evidence_text),
            membership_classes::term.eq(facts.term),
            membership_classes::is_open.eq(facts.is_open),
            membership_classes::created_at.eq(now),
        ))
        .returning(membership_classes::id)
        .get_result(conn)
}

/// Changes what is said of a class; its key stays.
///
/// # Errors
/// A database error.
pub fn change_class(conn: &mut Conn, id: ClassId, facts: &ClassFacts) -> QueryResult<()> {
    diesel::update(membership_classes::table.find(id))
        .set((
            membership_classes::name.eq(&facts.name),
            membership_classes::description.eq(&facts.description),
            membership_classes::position.eq(facts.position),
            membership_classes::votes.eq(facts.votes),
            membership_classes::public_badge.eq(facts.public_badge),
            membership_classes::dues.eq(&facts.dues),
            membership_classes::evidence.eq(facts.evidence),
            membership_classes::evidence_text.eq(&facts.evidence_text),
            membership_classes::term.eq(facts.term),
            membership_classes::is_open.eq(facts.is_open),
        ))
        .execute(conn)?;
    Ok(())
}

/// Every class in the order of lists.
///
/// # Errors
/// A database error.
pub fn classes(conn: &mut Conn) -> QueryResult<Vec<Class>> {
    membership_classes::table.order((membership_classes::position, membership_classes::id)).load(conn)
}

/// The class with this key.
///
/// # Errors
/// `NotFound` when there is none.
pub fn class_by_key(conn: &mut Conn, key: &str) -> QueryResult<Class> {
    membership_classes::table.filter(membership_classes::class_key.eq(key)).first(conn)
}

/// Everything a person holds, held or asked for, with its class, the latest beginning first.
///
/// # Errors
/// A database error.
pub fn of_person(conn: &mut Conn, person: PersonId) -> QueryResult<Vec<(Membership, Class)>> {
    memberships::table
        .inner_join(membership_classes::table)
        .filter(memberships::person_id.eq(person))
        .order((memberships::starts_at.desc(), memberships::id.desc()))
        .select((memberships::all_columns, membership_classes::all_columns))
        .load(conn)
}

/// The membership with this public id and its class.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_public_id(conn: &mut Conn, id: &PublicId) -> QueryResult<(Membership, Class)> {
    memberships::table
        .inner_join(membership_classes::table)
        .filter(memberships::public_id.eq(id))
        .select((memberships::all_columns, membership_classes::all_columns))
        .first(conn)
}

/// The membership with this key.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_id(conn: &mut Conn, id: MembershipId) -> QueryResult<Membership> {
    memberships::table.find(id).first(conn)
}

/// Memberships made by this import or whatever else has the reference, the oldest first.
///
/// # Errors
/// A database error.
pub fn by_reference(conn: &mut Conn, reference: &str) -> QueryResult<Vec<Membership>> {
    memberships::table.filter(memberships::reference.eq(reference)).order(memberships::id).load(conn)
}

/// Applications that wait for a decision, the oldest first, at most `limit`.
///
/// # Errors
/// A database error.
pub fn applications(conn: &mut Conn, limit: i64) -> QueryResult<Vec<(Membership, Class)>> {
    memberships::table
        .inner_join(membership_classes::table)
        .filter(memberships::state.eq(MembershipState::Applied))
        .order((memberships::created_at, memberships::id))
        .limit(limit)
        .select((memberships::all_columns, membership_classes::all_columns))
        .load(conn)
}

/// Adds a membership.
///
/// # Errors
/// A database error.
pub fn add(conn: &mut Conn, new: &NewMembership<'_>, now: Utc) -> QueryResult<MembershipId> {
    diesel::insert_into(memberships::table)
        .values((
            memberships::public_id.eq(&new.public_id),
            memberships::person_id.eq(new.person),
            memberships::class_id.eq(new.class),
            memberships::source.eq(new.source),
            memberships::reference.eq(new.reference),
            memberships::state.eq(new.state),
            memberships::starts_at.eq(new.starts_at),
            memberships::ends_at.eq(new.ends_at),
            memberships::statement.eq(new.statement),
            memberships::reason.eq(new.reason),
            memberships::created_at.eq(now),
        ))
        .returning(memberships::id)
        .get_result(conn)
}

/// A decision about a membership.
#[derive(Debug, Clone)]
pub struct Decision<'a> {
    /// The new state.
    pub state: MembershipState,
    /// First instant; `None` leaves it.
    pub starts_at: Option<Utc>,
    /// First instant no longer a member; `None` leaves it.
    pub ends_at: Option<Utc>,
    /// Why, as the member reads it.
    pub reason: &'a str,
    /// Who decided; `None` for the member and for rules.
    pub by: Option<PersonId>,
}

/// Decides about a membership that is still in the state `from`. False, and nothing changed, when it is not any more.
///
/// # Errors
/// A database error.
pub fn decide(
    conn: &mut Conn,
    id: MembershipId,
    from: MembershipState,
    decision: &Decision<'_>,
    now: Utc,
) -> QueryResult<bool> {
    let changed = diesel::update(memberships::table.find(id).filter(memberships::state.eq(from)))
        .set((
            memberships::state.eq(decision.state),
            decision.starts_at.map(|at| memberships::starts_at.eq(at)),
            decision.ends_at.map(|at| memberships::ends_at.eq(Some(at))),
            memberships::reason.eq(decision.reason),
            memberships::decided_by.eq(decision.by),
            memberships::decided_at.eq(Some(now)),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Ends an active membership at `at`, in the state the end brings (`Resigned`, `Converted` and so on). False when it is not
/// active any more.
///
/// # Errors
/// A database error.
pub fn end(
    conn: &mut Conn,
    id: MembershipId,
    at: Utc,
    state: MembershipState,
    reason: &str,
    by: Option<PersonId>,
    now: Utc,
) -> QueryResult<bool> {
    let decision = Decision { state, starts_at: None, ends_at: Some(at), reason, by };
    decide(conn, id, MembershipState::Active, &decision, now)
}

/// Sets from when to when a membership lasts; for dues, whose rule computes it.
///
/// # Errors
/// A database error.
pub fn set_time(conn: &mut Conn, id: MembershipId, starts_at: Utc, ends_at: Option<Utc>) -> QueryResult<()> {
    diesel::update(memberships::table.find(id))
        .set((memberships::starts_at.eq(starts_at), memberships::ends_at.eq(ends_at)))
        .execute(conn)?;
    Ok(())
}

/// Removes a membership that covers no time any more, or that an import made and takes back.
///
/// # Errors
/// A foreign-key violation when a termination names it.
pub fn remove(conn: &mut Conn, id: MembershipId) -> QueryResult<()> {
    diesel::delete(memberships::table.find(id)).execute(conn)?;
    Ok(())
}

/// Active memberships that end in the given half-open time, with their class, the first end first, at most `limit`.
///
/// # Errors
/// A database error.
pub fn ending_between(
    conn: &mut Conn,
    from: Utc,
    to: Utc,
    limit: i64,
) -> QueryResult<Vec<(Membership, Class)>> {
    memberships::table
        .inner_join(membership_classes::table)
        .filter(memberships::state.eq(MembershipState::Active))
        .filter(memberships::ends_at.ge(from))
        .filter(memberships::ends_at.lt(to))
        .order((memberships::ends_at, memberships::id))
        .limit(limit)
        .select((memberships::all_columns, membership_classes::all_columns))
        .load(conn)
}
