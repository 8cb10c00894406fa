//! Nominations: every nomination of the same person or team is one, with as many supports as people sent one.

use diesel::prelude::*;

use super::ProgrammeId;
use super::rounds::{Round, RoundKey};
use crate::schema::{
    award_comments, award_nominations, award_nominees, award_rounds, award_supports, award_votes,
};
use crate::{Conn, PersonId, PublicId, Utc};

crate::row_ids! {
    /// Key of a nomination.
    NominationId,
    /// Key of a nominee.
    NomineeId,
    /// Key of a support.
    SupportId,
}

crate::text_enum! {
    /// What became of a nomination.
    pub enum NominationState {
        /// Is considered in this round or a later one.
        Active = "active",
        /// Granted.
        Granted = "granted",
        /// Considered for the last time and not granted.
        Expired = "expired",
        /// Withdrawn.
        Withdrawn = "withdrawn",
        /// Is part of another nomination of the same people; see [`super::joins`].
        Joined = "joined",
    }
}

/// A nomination.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Nomination {
    /// Key.
    pub id: NominationId,
    /// Id for addresses.
    pub public_id: PublicId,
    /// For which award.
    pub programme_id: ProgrammeId,
    /// Name of the team; empty for one person or several without a name.
    pub team: String,
    /// For what, as the resolution says it.
    pub citation: String,
    /// Longer text for the public page of a recipient.
    pub about: String,
    /// What became of it.
    pub state: NominationState,
    /// In which round it was granted.
    pub granted_in: Option<RoundKey>,
    /// When it was granted, expired or withdrawn.
    pub closed_at: Option<Utc>,
    /// Instant of creation.
    pub created_at: Utc,
}

/// Somebody who is nominated.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Nominee {
    /// Key.
    pub id: NomineeId,
    /// In which nomination.
    pub nomination_id: NominationId,
    /// Order, from 0.
    pub position: i64,
    /// Name.
    pub name: String,
    /// Address, if one was given.
    pub email: String,
    /// The person, when the address is known.
    pub person_id: Option<PersonId>,
}

/// One person's nomination.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Support {
    /// Key.
    pub id: SupportId,
    /// Of which nomination.
    pub nomination_id: NominationId,
    /// The round it was received in.
    pub round_id: RoundKey,
    /// Who sent it.
    pub author_name: String,
    /// At which address.
    pub author_email: String,
    /// The account, if there is one.
    pub person_id: Option<PersonId>,
    /// For what, in a sentence.
    pub citation: String,
    /// What the nominees did.
    pub accomplishments: String,
    /// Web addresses, one a line.
    pub links: String,
    /// People who can tell more.
    pub referees: String,
    /// Instant of receipt.
    pub created_at: Utc,
}

/// A nominee as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNominee {
    /// Name.
    pub name: String,
    /// Address; empty when none was given.
    pub email: String,
    /// The person, when the address is known.
    pub person: Option<PersonId>,
}

/// What a support says.
#[derive(Debug, Clone)]
pub struct NewSupport<'a> {
    /// Who sends it.
    pub author_name: &'a str,
    /// Proved address.
    pub author_email: &'a str,
    /// The account.
    pub person: Option<PersonId>,
    /// See [`Support::citation`].
    pub citation: &'a str,
    /// See [`Support::accomplishments`].
    pub accomplishments: &'a str,
    /// See [`Support::links`].
    pub links: &'a str,
    /// See [`Support::referees`].
    pub referees: &'a str,
}

/// Adds a nomination with its nominees, without supports.
///
/// # Errors
/// A database error.
pub fn add(
    conn: &mut Conn,
    public_id: &PublicId,
    programme: ProgrammeId,
    team: &str,
    citation: &str,
    nominees: &[NewNominee],
    now: Utc,
) -> QueryResult<NominationId> {
    let id: NominationId = diesel::insert_into(award_nominations::table)
        .values((
            award_nominations::public_id.eq(public_id),
            award_nominations::programme_id.eq(programme),
            award_nominations::team.eq(team),
            award_nominations::citation.eq(citation),
            award_nominations::about.eq(""),
            award_nominations::state.eq(NominationState::Active),
            award_nominations::created_at.eq(now),
        ))
        .returning(award_nominations::id)
        .get_result(conn)?;
    for (position, nominee) in (0_i64..).zip(nominees) {
        diesel::insert_into(award_nominees::table)
            .values((
                award_nominees::nomination_id.eq(id),
                award_nominees::position.eq(position),
                award_nominees::name.eq(&nominee.name),
                award_nominees::email.eq(&nominee.email),
                award_nominees::person_id.eq(nominee.person),
            ))
            .execute(conn)?;
    }
    Ok(id)
}

/// Adds a support to a nomination.
///
/// # Errors
/// A database error.
pub fn add_support(
    conn: &mut Conn,
    nomination: NominationId,
    round: RoundKey,
    new: &NewSupport<'_>,
    now: Utc,
) -> QueryResult<SupportId> {
    diesel::insert_into(award_supports::table)
        .values((
            award_supports::nomination_id.eq(nomination),
            award_supports::round_id.eq(round),
            award_supports::author_name.eq(new.author_name),
            award_supports::author_email.eq(new.author_email),
            award_supports::person_id.eq(new.person),
            award_supports::citation.eq(new.citation),
            award_supports::accomplishments.eq(new.accomplishments),
            award_supports::links.eq(new.links),
            award_supports::referees.eq(new.referees),
            award_supports::created_at.eq(now),
        ))
        .returning(award_supports::id)
        .get_result(conn)
}

/// A later support told the address of a nominee that was not known.
///
/// # Errors
/// A database error.
pub fn complete_nominee(
    conn: &mut Conn,
    id: NomineeId,
    email: &str,
    person: Option<PersonId>,
) -> QueryResult<()> {
    diesel::update(award_nominees::table.find(id))
        .set((award_nominees::email.eq(email), award_nominees::person_id.eq(person)))
        .execute(conn)?;
    Ok(())
}

/// Nominations of a programme in a state, in the order of receipt.
///
/// # Errors
/// A database error.
pub fn in_state(
    conn: &mut Conn,
    programme: ProgrammeId,
    state: NominationState,
) -> QueryResult<Vec<Nomination>> {
    award_nominations::table
        .filter(award_nominations::programme_id.eq(programme))
        .filter(award_nominations::state.eq(state))
        .order((award_nominations::created_at, award_nominations::id))
        .load(conn)
}

/// The nomination with this key.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_id(conn: &mut Conn, id: NominationId) -> QueryResult<Nomination> {
    award_nominations::table.find(id).first(conn)
}

/// The nomination of a programme with this public id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_public_id(conn: &mut Conn, programme: ProgrammeId, id: &PublicId) -> QueryResult<Nomination> {
    award_nominations::table
        .filter(award_nominations::public_id.eq(id))
        .filter(award_nominations::programme_id.eq(programme))
        .first(conn)
}

/// Nominations granted in a round, in the order of receipt.
///
/// # Errors
/// A database error.
pub fn granted_in(conn: &mut Conn, round: RoundKey) -> QueryResult<Vec<Nomination>> {
    award_nominations::table
        .filter(award_nominations::granted_in.eq(round))
        .order((award_nominations::created_at, award_nominations::id))
        .load(conn)
}

/// Nominees of these nominations, in their order.
///
/// # Errors
/// A database error.
pub fn nominees(conn: &mut Conn, of: &[NominationId]) -> QueryResult<Vec<Nominee>> {
    award_nominees::table
        .filter(award_nominees::nomination_id.eq_any(of))
        .order((award_nominees::nomination_id, award_nominees::position))
        .load(conn)
}

/// Supports of these nominations with the round each was received in, in the order of receipt.
///
/// # Errors
/// A database error.
pub fn supports(conn: &mut Conn, of: &[NominationId]) -> QueryResult<Vec<(Support, Round)>> {
    award_supports::table
        .inner_join(award_rounds::table)
        .filter(award_supports::nomination_id.eq_any(of))
        .order((award_supports::created_at, award_supports::id))
        .select((award_supports::all_columns, award_rounds::all_columns))
        .load(conn)
}

/// Instants and programmes of what a person sent; never for whom.
///
/// # Errors
/// A database error.
pub fn sent_by(conn: &mut Conn, person: PersonId) -> QueryResult<Vec<(ProgrammeId, Utc)>> {
    award_supports::table
        .inner_join(award_rounds::table)
        .filter(award_supports::person_id.eq(person))
        .order(award_supports::created_at)
        .select((award_rounds::programme_id, award_supports::created_at))
        .load(conn)
}

/// Changes what the resolution and the public page will say.
///
/// # Errors
/// A database error.
pub fn set_texts(conn: &mut Conn, id: NominationId, citation: &str, about: &str) -> QueryResult<()> {
    diesel::update(award_nominations::table.find(id))
        .set((award_nominations::citation.eq(citation), award_nominations::about.eq(about)))
        .execute(conn)?;
    Ok(())
}

/// Closes an active nomination. False when it is closed already.
///
/// # Errors
/// A database error.
pub fn close(
    conn: &mut Conn,
    id: NominationId,
    state: NominationState,
    granted_in: Option<RoundKey>,
    now: Utc,
) -> QueryResult<bool> {
    let active =
        award_nominations::table.find(id).filter(award_nominations::state.eq(NominationState::Active));
    let changed = diesel::update(active)
        .set((
            award_nominations::state.eq(state),
            award_nominations::granted_in.eq(granted_in),
            award_nominations::closed_at.eq(Some(now)),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Removes names, texts, discussion and rationales of nominations that expired, were withdrawn or joined with another before an instant; returns how
/// many. That there was a nomination, and the numbers of its votes, stay.
///
/// # Errors
/// A database error.
pub fn forget_closed(conn: &mut Conn, programme: ProgrammeId, before: Utc) -> QueryResult<usize> {
    let old: Vec<NominationId> = award_nominations::table
        .filter(award_nominations::programme_id.eq(programme))
        .filter(award_nominations::state.eq_any([
            NominationState::Expired,
            NominationState::Withdrawn,
            NominationState::Joined,
        ]))
        .filter(award_nominations::closed_at.lt(before))
        .filter(award_nominations::id.eq_any(award_nominees::table.select(award_nominees::nomination_id)))
        .select(award_nominations::id)
        .limit(200)
        .load(conn)?;
    diesel::delete(award_nominees::table.filter(award_nominees::nomination_id.eq_any(&old))).execute(conn)?;
    diesel::delete(award_supports::table.filter(award_supports::nomination_id.eq_any(&old))).execute(conn)?;
    diesel::delete(award_comments::table.filter(award_comments::nomination_id.eq_any(&old))).execute(conn)?;
    diesel::update(award_votes::table.filter(award_votes::nomination_id.eq_any(&old)))
        .set(award_votes::rationale.eq(""))
        .execute(conn)?;
    diesel::update(award_nominations::table.filter(award_nominations::id.eq_any(&old)))
        .set((
            award_nominations::team.eq(""),
            award_nominations::citation.eq(""),
            award_nominations::about.eq(""),
        ))
        .execute(conn)?;
    Ok(old.len())
}

/// Takes name, address and texts of a person out of nominations, as author and as nominee.
///
/// # Errors
/// A database error.
pub fn forget_person(conn: &mut Conn, person: PersonId, pseudonym: &str) -> QueryResult<()> {
    diesel::update(award_supports::table.filter(award_supports::person_id.eq(person)))
        .set((award_supports::author_name.eq(pseudonym), award_supports::author_email.eq("")))
        .execute(conn)?;
    let named = award_nominees::table.filter(award_nominees::person_id.eq(person));
    let about: Vec<NominationId> = named.select(award_nominees::nomination_id).load(conn)?;
    diesel::update(award_supports::table.filter(award_supports::nomination_id.eq_any(&about)))
        .set((
            award_supports::citation.eq(""),
            award_supports::accomplishments.eq(""),
            award_supports::links.eq(""),
            award_supports::referees.eq(""),
        ))
        .execute(conn)?;
    diesel::update(award_nominations::table.filter(award_nominations::id.eq_any(&about)))
        .set((award_nominations::citation.eq(""), award_nominations::about.eq("")))
        .execute(conn)?;
    diesel::update(named)
        .set((award_nominees::name.eq(pseudonym), award_nominees::email.eq("")))
        .execute(conn)?;
    Ok(())
}
