//! Roles held by people.

use diesel::prelude::*;

use crate::Conn;
use crate::schema::role_grants;
use crate::types::{PersonId, Utc};

crate::row_ids! {
    /// Key of a grant.
    GrantId,
}

crate::text_enum! {
    /// Roles that are granted to a person. Being a member, a voter, a candidate or a trustee is no role: it follows from
    /// facts kept elsewhere.
    pub enum Role {
        /// Members, merges, payments, certification, imports.
        MembershipStaff = "membership_staff",
        /// Creates, announces and runs elections.
        ReturnsOfficer = "returns_officer",
        /// Confirms what a returns officer may not do alone.
        SecondOfficer = "second_officer",
        /// Credential authority: generates, delivers and resends credentials.
        Registrar = "registrar",
        /// Reads all public data, the audit log and pseudonymous rolls.
        Auditor = "auditor",
        /// Certifies results, decides awards, hears appeals.
        Certifier = "certifier",
        /// Reads nominations of open award rounds, comments and votes.
        Reviewer = "reviewer",
        /// Opens and closes award rounds.
        Chair = "chair",
        /// Writes report scripts.
        ReportAuthor = "report_author",
        /// Approves runs with personal data.
        ReportApprover = "report_approver",
        /// Runs, backs up, restores, upgrades.
        Administrator = "administrator",
    }
}

impl RoleGrant {
    /// True when it is in force at `now` or will be.
    #[must_use]
    pub fn stands(&self, now: Utc) -> bool {
        self.revoked_at.is_none() && self.ends_at.is_none_or(|end| end > now)
    }
}

/// A role held by a person.
#[derive(Debug, Clone, Queryable)]
pub struct RoleGrant {
    /// Key.
    pub id: GrantId,
    /// Who holds the role.
    pub person_id: PersonId,
    /// Which role.
    pub role: Role,
    /// From this instant on.
    pub starts_at: Utc,
    /// Up to this instant.
    pub ends_at: Option<Utc>,
    /// Who proposed it; `None` for grants made on the server.
    pub granted_by: Option<PersonId>,
    /// Who approved it.
    pub approved_by: Option<PersonId>,
    /// Whose deputy this makes.
    pub deputy_for: Option<PersonId>,
    /// Why.
    pub reason: String,
    /// Instant of creation.
    pub created_at: Utc,
    /// When it was taken away early.
    pub revoked_at: Option<Utc>,
    /// By whom.
    pub revoked_by: Option<PersonId>,
}

/// What is needed to grant a role.
#[derive(Debug, Clone)]
pub struct NewGrant<'a> {
    /// Who gets the role.
    pub person: PersonId,
    /// Which role.
    pub role: Role,
    /// From this instant on.
    pub starts_at: Utc,
    /// Up to this instant.
    pub ends_at: Option<Utc>,
    /// Who proposed it.
    pub granted_by: Option<PersonId>,
    /// Who approved it.
    pub approved_by: Option<PersonId>,
    /// Whose deputy this makes.
    pub deputy_for: Option<PersonId>,
    /// Why.
    pub reason: &'a str,
}

/// Grants a role.
///
/// # Errors
/// A database error.
pub fn grant_role(conn: &mut Conn, new: &NewGrant<'_>, now: Utc) -> QueryResult<GrantId> {
    diesel::insert_into(role_grants::table)
        .values((
            role_grants::person_id.eq(new.person),
            role_grants::role.eq(new.role),
            role_grants::starts_at.eq(new.starts_at),
            role_grants::ends_at.eq(new.ends_at),
            role_grants::granted_by.eq(new.granted_by),
            role_grants::approved_by.eq(new.approved_by),
            role_grants::deputy_for.eq(new.deputy_for),
            role_grants::reason.eq(new.reason),
            role_grants::created_at.eq(now),
        ))
        .returning(role_grants::id)
        .get_result(conn)
}

/// Takes a role away; returns whether it was still held.
///
/// # Errors
/// A database error.
pub fn revoke_grant(conn: &mut Conn, id: GrantId, by: Option<PersonId>, now: Utc) -> QueryResult<bool> {
    let n = diesel::update(role_grants::table.find(id).filter(role_grants::revoked_at.is_null()))
        .set((role_grants::revoked_at.eq(now), role_grants::revoked_by.eq(by)))
        .execute(conn)?;
    Ok(n > 0)
}

/// Roles `person` holds at `now`, without repetition.
///
/// # Errors
/// A database error.
pub fn roles_of(conn: &mut Conn, person: PersonId, now: Utc) -> QueryResult<Vec<Role>> {
    role_grants::table
        .filter(role_grants::person_id.eq(person))
        .filter(role_grants::revoked_at.is_null())
        .filter(role_grants::starts_at.le(now))
        .filter(role_grants::ends_at.is_null().or(role_grants::ends_at.gt(now)))
        .select(role_grants::role)
        .distinct()
        .order(role_grants::role)
        .load(conn)
}

/// People who hold `role` at `now`.
///
/// # Errors
/// A database error.
pub fn holders_of(conn: &mut Conn, role: Role, now: Utc) -> QueryResult<Vec<PersonId>> {
    role_grants::table
        .filter(role_grants::role.eq(role))
        .filter(role_grants::revoked_at.is_null())
        .filter(role_grants::starts_at.le(now))
        .filter(role_grants::ends_at.is_null().or(role_grants::ends_at.gt(now)))
        .select(role_grants::person_id)
        .distinct()
        .order(role_grants::person_id)
        .load(conn)
}

/// One grant.
///
/// # Errors
/// `NotFound` when there is none.
pub fn grant(conn: &mut Conn, id: GrantId) -> QueryResult<RoleGrant> {
    role_grants::table.find(id).first(conn)
}

/// Every grant of a person, past and present, newest first.
///
/// # Errors
/// A database error.
pub fn grants_of(conn: &mut Conn, person: PersonId) -> QueryResult<Vec<RoleGrant>> {
    role_grants::table.filter(role_grants::person_id.eq(person)).order(role_grants::id.desc()).load(conn)
}

/// Grants that are in force at `now` or will be, by role.
///
/// # Errors
/// A database error.
pub fn standing_grants(conn: &mut Conn, now: Utc) -> QueryResult<Vec<RoleGrant>> {
    role_grants::table
        .filter(role_grants::revoked_at.is_null())
        .filter(role_grants::ends_at.is_null().or(role_grants::ends_at.gt(now)))
        .order((role_grants::role, role_grants::id))
        .load(conn)
}

/// Grants that ended or were taken away, newest first, at most `limit`.
///
/// # Errors
/// A database error.
pub fn past_grants(conn: &mut Conn, limit: i64, now: Utc) -> QueryResult<Vec<RoleGrant>> {
    role_grants::table
        .filter(role_grants::revoked_at.is_not_null().or(role_grants::ends_at.le(now)))
        .order(role_grants::id.desc())
        .limit(limit)
        .load(conn)
}
