//! Awards. Programmes and the rules of their decisions here; [`rounds`], [`nominations`], [`joins`], [`review`] and [`recipients`] beside.
//!
//! Who was nominated is known to the deciding body alone: nothing of `award_nominations`, `award_nominees` and
//! `award_supports` is read for anybody else, and rows of `award_recipients` only from their instant on.

pub mod joins;
pub mod nominations;
pub mod recipients;
pub mod review;
pub mod rounds;

use diesel::prelude::*;

use crate::bodies::BodyId;
use crate::memberships::ClassId;
use crate::schema::{award_programmes, award_rules};
use crate::{Conn, JsonText, PersonId, Utc};

crate::row_ids! {
    /// Key of a programme.
    ProgrammeId,
    /// Key of a rule of decision.
    RuleId,
}

/// A programme.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Programme {
    /// Key.
    pub id: ProgrammeId,
    /// Last part of its address.
    pub slug: String,
    /// Name of the award.
    pub name: String,
    /// The body that decides.
    pub body_id: BodyId,
    /// The class of membership that a grant brings.
    pub class_id: Option<ClassId>,
    /// Calendar, carry-over, criteria, templates: JSON of the program.
    pub settings: JsonText,
    /// Order in lists.
    pub position: i64,
    /// Nominations are taken.
    pub is_open: bool,
    /// Instant of creation.
    pub created_at: Utc,
}

/// What staff say of a programme.
#[derive(Debug, Clone)]
pub struct ProgrammeFacts<'a> {
    /// Name of the award.
    pub name: &'a str,
    /// The body that decides.
    pub body: BodyId,
    /// The class of membership that a grant brings.
    pub class: Option<ClassId>,
    /// See [`Programme::settings`].
    pub settings: JsonText,
    /// Order in lists.
    pub position: i64,
    /// Nominations are taken.
    pub is_open: bool,
}

/// Adds a programme.
///
/// # Errors
/// A unique violation when another programme has the address.
pub fn add_programme(
    conn: &mut Conn,
    slug: &str,
    facts: &ProgrammeFacts<'_>,
    now: Utc,
) -> QueryResult<ProgrammeId> {
    diesel::insert_into(award_programmes::table)
        .values((
            award_programmes::slug.eq(slug),
            award_programmes::name.eq(facts.name),
            award_programmes::body_id.eq(facts.body),
            award_programmes::class_id.eq(facts.class),
            award_programmes::settings.eq(&facts.settings),
            award_programmes::position.eq(facts.position),
            award_programmes::is_open.eq(facts.is_open),
            award_programmes::created_at.eq(now),
        ))
        .returning(award_programmes::id)
        .get_result(conn)
}

/// Changes what is said of a programme; its address stays.
///
/// # Errors
/// A database error.
pub fn change_programme(conn: &mut Conn, id: ProgrammeId, facts: &ProgrammeFacts<'_>) -> QueryResult<()> {
    diesel::update(award_programmes::table.find(id))
        .set((
            award_programmes::name.eq(facts.name),
            award_programmes::body_id.eq(facts.body),
            award_programmes::class_id.eq(facts.class),
            award_programmes::settings.eq(&facts.settings),
            award_programmes::position.eq(facts.position),
            award_programmes::is_open.eq(facts.is_open),
        ))
        .execute(conn)?;
    Ok(())
}

/// Every programme in the order of lists.
///
/// # Errors
/// A database error.
pub fn programmes(conn: &mut Conn) -> QueryResult<Vec<Programme>> {
    award_programmes::table.order((award_programmes::position, award_programmes::id)).load(conn)
}

/// The programme at this address.
///
/// # Errors
/// `NotFound` when there is none.
pub fn programme(conn: &mut Conn, slug: &str) -> QueryResult<Programme> {
    award_programmes::table.filter(award_programmes::slug.eq(slug)).first(conn)
}

/// A rule of decision.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Rule {
    /// Key.
    pub id: RuleId,
    /// Of which programme.
    pub programme_id: ProgrammeId,
    /// `AwardDecisionPolicy` of the rules as JSON.
    pub policy: JsonText,
    /// Document and section it comes from.
    pub authority: String,
    /// Where the adoption is written down.
    pub minute: String,
    /// Who entered the adoption.
    pub adopted_by: Option<PersonId>,
    /// When; `None` for a candidate.
    pub adopted_at: Option<Utc>,
    /// When another rule was adopted in its place.
    pub superseded_at: Option<Utc>,
    /// Instant of creation.
    pub created_at: Utc,
}

impl Rule {
    /// True for the rule that decides rounds from now on.
    #[must_use]
    pub fn is_adopted(&self) -> bool {
        self.adopted_at.is_some() && self.superseded_at.is_none()
    }
}

/// Adds a candidate.
///
/// # Errors
/// A database error.
pub fn add_rule(
    conn: &mut Conn,
    programme: ProgrammeId,
    policy: &JsonText,
    authority: &str,
    now: Utc,
) -> QueryResult<RuleId> {
    diesel::insert_into(award_rules::table)
        .values((
            award_rules::programme_id.eq(programme),
            award_rules::policy.eq(policy),
            award_rules::authority.eq(authority),
            award_rules::minute.eq(""),
            award_rules::created_at.eq(now),
        ))
        .returning(award_rules::id)
        .get_result(conn)
}

/// Rules of a programme, the oldest first, superseded ones included.
///
/// # Errors
/// A database error.
pub fn rules(conn: &mut Conn, programme: ProgrammeId) -> QueryResult<Vec<Rule>> {
    award_rules::table.filter(award_rules::programme_id.eq(programme)).order(award_rules::id).load(conn)
}

/// Adopts a candidate of a programme in the place of the rule adopted so far. False when it is no candidate.
///
/// # Errors
/// A database error.
pub fn adopt_rule(
    conn: &mut Conn,
    programme: ProgrammeId,
    id: RuleId,
    minute: &str,
    by: Option<PersonId>,
    now: Utc,
) -> QueryResult<bool> {
    let of_programme = award_rules::table.filter(award_rules::programme_id.eq(programme));
    let candidate = of_programme.filter(award_rules::id.eq(id)).filter(award_rules::adopted_at.is_null());
    let found: i64 = candidate.count().get_result(conn)?;
    if found == 0 {
        return Ok(false);
    }
    diesel::update(
        of_programme
            .filter(award_rules::adopted_at.is_not_null())
            .filter(award_rules::superseded_at.is_null()),
    )
    .set(award_rules::superseded_at.eq(Some(now)))
    .execute(conn)?;
    diesel::update(candidate)
        .set((
            award_rules::adopted_at.eq(Some(now)),
            award_rules::adopted_by.eq(by),
            award_rules::minute.eq(minute),
        ))
        .execute(conn)?;
    Ok(true)
}
