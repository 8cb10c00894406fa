//! Organisations outside of ours, who belongs to which of them, and which of them controls which. People declare, staff
//! confirm; a declaration counts from the day it names, confirmed or not, until staff refuse it.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::Conn;
use crate::schema::{affiliations, control_links, outside_organisations};
use crate::types::{PersonId, PublicId, Utc};

crate::row_ids! {
    /// Key of an organisation.
    OrganisationId,
    /// Key of an affiliation.
    AffiliationId,
    /// Key of a link of control.
    ControlLinkId,
}

crate::text_enum! {
    /// How somebody belongs to an organisation.
    pub enum RelationKind {
        /// Employed by it.
        Employee = "employee",
        /// An officer of it.
        Officer = "officer",
        /// On its board.
        Director = "director",
        /// A significant consultant to it.
        Consultant = "consultant",
        /// Owns a share of it.
        Owner = "owner",
    }
}

crate::text_enum! {
    /// What staff made of a declaration.
    pub enum DeclarationState {
        /// Declared; staff have not looked at it.
        Declared = "declared",
        /// Confirmed by staff.
        Confirmed = "confirmed",
        /// Refused by staff; does not count.
        Refused = "refused",
    }
}

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Organisation {
    /// Key.
    pub id: OrganisationId,
    /// Part of addresses.
    pub public_id: PublicId,
    /// Name; the rules compare organisations by it.
    pub name: String,
    /// The name as it is compared: lower case, single spaces.
    pub name_key: String,
    /// Address of its site, empty when none was given.
    pub homepage: String,
    /// Instant of creation.
    pub created_at: Utc,
}

/// An affiliation that somebody declared.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Affiliation {
    /// Key.
    pub id: AffiliationId,
    /// Part of addresses.
    pub public_id: PublicId,
    /// The person.
    pub person_id: PersonId,
    /// The organisation.
    pub organisation_id: OrganisationId,
    /// The relation.
    pub relation: RelationKind,
    /// Share owned in hundredths of a percent; 0 unless the relation is `Owner`.
    pub share_bp: i64,
    /// First day.
    pub starts_on: NaiveDate,
    /// Last day; `None` while it goes on.
    pub ends_on: Option<NaiveDate>,
    /// What staff made of it.
    pub state: DeclarationState,
    /// Who of the staff decided.
    pub decided_by: Option<PersonId>,
    /// When.
    pub decided_at: Option<Utc>,
    /// When it was declared.
    pub created_at: Utc,
}

impl Affiliation {
    /// True on the days from the first to the last, unless staff refused it.
    #[must_use]
    pub fn counts_on(&self, day: NaiveDate) -> bool {
        self.state != DeclarationState::Refused
            && self.starts_on <= day
            && self.ends_on.is_none_or(|end| day <= end)
    }
}

/// One organisation owning a share of another.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct ControlLink {
    /// Key.
    pub id: ControlLinkId,
    /// The owner.
    pub owner_id: OrganisationId,
    /// The one owned.
    pub owned_id: OrganisationId,
    /// Share in hundredths of a percent.
    pub share_bp: i64,
    /// First day.
    pub starts_on: NaiveDate,
    /// Last day; `None` while it goes on.
    pub ends_on: Option<NaiveDate>,
    /// Who declared it.
    pub declared_by: Option<PersonId>,
    /// What staff made of it.
    pub state: DeclarationState,
    /// When it was declared.
    pub created_at: Utc,
}

/// A name as it is compared.
#[must_use]
pub fn name_key(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The organisation of this name, made when there is none; spelling differs by case and spaces only.
///
/// # Errors
/// A database error.
pub fn named(
    conn: &mut Conn,
    public_id: &PublicId,
    (name, homepage): (&str, &str),
    now: Utc,
) -> QueryResult<Organisation> {
    let key = name_key(name);
    let known = outside_organisations::table
        .filter(outside_organisations::name_key.eq(&key))
        .first::<Organisation>(conn)
        .optional()?;
    if let Some(known) = known {
        return Ok(known);
    }
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let id: OrganisationId = diesel::insert_into(outside_organisations::table)
        .values((
            outside_organisations::public_id.eq(public_id),
            outside_organisations::name.eq(name),
            outside_organisations::name_key.eq(key),
            outside_organisations::homepage.eq(homepage),
            outside_organisations::created_at.eq(now),
        ))
        .returning(outside_organisations::id)
        .get_result(conn)?;
    outside_organisations::table.find(id).first(conn)
}

/// Every organisation by name.
///
/// # Errors
/// A database error.
pub fn organisations(conn: &mut Conn) -> QueryResult<Vec<Organisation>> {
    outside_organisations::table
        .order((outside_organisations::name_key, outside_organisations::id))
        .load(conn)
}

/// What somebody declares.
#[derive(Debug, Clone, Copy)]
pub struct NewAffiliation<'a> {
    /// Part of addresses.
    pub public_id: &'a PublicId,
    /// The person.
    pub person: PersonId,
    /// The organisation.
    pub organisation: OrganisationId,
    /// The relation.
    pub relation: RelationKind,
    /// Share owned in hundredths of a percent; 0 unless the relation is `Owner`.
    pub share_bp: i64,
    /// First day.
    pub starts_on: NaiveDate,
    /// Last day.
    pub ends_on: Option<NaiveDate>,
}

/// Keeps a declaration.
///
/// # Errors
/// A database error.
pub fn declare(conn: &mut Conn, new: &NewAffiliation<'_>, now: Utc) -> QueryResult<AffiliationId> {
    diesel::insert_into(affiliations::table)
        .values((
            affiliations::public_id.eq(new.public_id),
            affiliations::person_id.eq(new.person),
            affiliations::organisation_id.eq(new.organisation),
            affiliations::relation.eq(new.relation),
            affiliations::share_bp.eq(new.share_bp),
            affiliations::starts_on.eq(new.starts_on),
            affiliations::ends_on.eq(new.ends_on),
            affiliations::state.eq(DeclarationState::Declared),
            affiliations::created_at.eq(now),
        ))
        .returning(affiliations::id)
        .get_result(conn)
}

/// Everything these people declared, the latest first.
///
/// # Errors
/// A database error.
pub fn of_people(conn: &mut Conn, people: &[PersonId]) -> QueryResult<Vec<(Affiliation, Organisation)>> {
    let mut found = Vec::new();
    for some in people.chunks(500) {
        found.extend(
            affiliations::table
                .inner_join(outside_organisations::table)
                .filter(affiliations::person_id.eq_any(some))
                .order((affiliations::starts_on.desc(), affiliations::id.desc()))
                .select((affiliations::all_columns, outside_organisations::all_columns))
                .load::<(Affiliation, Organisation)>(conn)?,
        );
    }
    Ok(found)
}

/// Everything one person declared, the latest first.
///
/// # Errors
/// A database error.
pub fn of(conn: &mut Conn, person: PersonId) -> QueryResult<Vec<(Affiliation, Organisation)>> {
    of_people(conn, &[person])
}

/// One declaration.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_public_id(conn: &mut Conn, id: &PublicId) -> QueryResult<(Affiliation, Organisation)> {
    affiliations::table
        .inner_join(outside_organisations::table)
        .filter(affiliations::public_id.eq(id))
        .select((affiliations::all_columns, outside_organisations::all_columns))
        .first(conn)
}

/// Declarations that staff have not looked at, oldest first.
///
/// # Errors
/// A database error.
pub fn undecided(conn: &mut Conn, limit: i64) -> QueryResult<Vec<(Affiliation, Organisation)>> {
    affiliations::table
        .inner_join(outside_organisations::table)
        .filter(affiliations::state.eq(DeclarationState::Declared))
        .order(affiliations::id)
        .limit(limit)
        .select((affiliations::all_columns, outside_organisations::all_columns))
        .load(conn)
}

/// Says what staff made of a declaration.
///
/// # Errors
/// A database error.
pub fn decide(
    conn: &mut Conn,
    id: AffiliationId,
    state: DeclarationState,
    by: PersonId,
    now: Utc,
) -> QueryResult<()> {
    diesel::update(affiliations::table.find(id))
        .set((
            affiliations::state.eq(state),
            affiliations::decided_by.eq(by),
            affiliations::decided_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Sets the last day of an affiliation.
///
/// # Errors
/// A database error.
pub fn end(conn: &mut Conn, id: AffiliationId, last: NaiveDate) -> QueryResult<()> {
    diesel::update(affiliations::table.find(id)).set(affiliations::ends_on.eq(last)).execute(conn)?;
    Ok(())
}

/// A link of control to keep.
#[derive(Debug, Clone, Copy)]
pub struct NewControlLink {
    /// The owner.
    pub owner: OrganisationId,
    /// The one owned.
    pub owned: OrganisationId,
    /// Share in hundredths of a percent.
    pub share_bp: i64,
    /// First day.
    pub starts_on: NaiveDate,
    /// Who declares it.
    pub declared_by: PersonId,
    /// `Confirmed` when staff enter it themselves.
    pub state: DeclarationState,
}

/// Keeps a link.
///
/// # Errors
/// A database error.
pub fn link(conn: &mut Conn, new: &NewControlLink, now: Utc) -> QueryResult<ControlLinkId> {
    diesel::insert_into(control_links::table)
        .values((
            control_links::owner_id.eq(new.owner),
            control_links::owned_id.eq(new.owned),
            control_links::share_bp.eq(new.share_bp),
            control_links::starts_on.eq(new.starts_on),
            control_links::declared_by.eq(new.declared_by),
            control_links::state.eq(new.state),
            control_links::created_at.eq(now),
        ))
        .returning(control_links::id)
        .get_result(conn)
}

/// Every link, by key.
///
/// # Errors
/// A database error.
pub fn links(conn: &mut Conn) -> QueryResult<Vec<ControlLink>> {
    control_links::table.order(control_links::id).load(conn)
}

/// Says what staff made of a link. False when there is none.
///
/// # Errors
/// A database error.
pub fn decide_link(conn: &mut Conn, id: ControlLinkId, state: DeclarationState) -> QueryResult<bool> {
    let n =
        diesel::update(control_links::table.find(id)).set(control_links::state.eq(state)).execute(conn)?;
    Ok(n == 1)
}

/// Sets the last day of a link. False when there is none.
///
/// # Errors
/// A database error.
pub fn end_link(conn: &mut Conn, id: ControlLinkId, last: NaiveDate) -> QueryResult<bool> {
    let n =
        diesel::update(control_links::table.find(id)).set(control_links::ends_on.eq(last)).execute(conn)?;
    Ok(n == 1)
}
