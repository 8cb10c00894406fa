//! Motions of bodies: kinds with their rules in versions, seconders, electors, votes; and the register of resolutions.
//!
//! Where a motion stands is worked out by `folkmoot_governance::motion` from what is kept here. `settled_at` and `outcome`
//! say that the consequences of its end were carried out, once.

mod kinds;
mod resolutions;
mod votes;

use diesel::prelude::*;

use crate::Conn;
use crate::bodies::BodyId;
use crate::meetings::{MeetingId, PetitionId};
use crate::schema::{motion_electors, motions};
use crate::types::{JsonText, PersonId, PublicId, Utc};

pub use kinds::{MotionKind, adopt_kind, kind, kind_of, kinds, kinds_of};
pub use resolutions::{
    NewResolution, Resolution, public_resolutions, resolution, resolutions_in, resolutions_of, resolve,
};
pub use votes::{MotionVote, count_electors, electors, is_elector, second, seconds, vote, voted_by, votes};

crate::row_ids! {
    /// Key of a version of a kind of motion.
    MotionKindId,
    /// Key of a motion.
    MotionId,
    /// Key of a resolution.
    ResolutionId,
}

crate::text_enum! {
    /// What somebody said to a motion.
    pub enum Choice {
        /// In favour.
        Yes = "yes",
        /// Against.
        No = "no",
        /// Abstains.
        Abstain = "abstain",
        /// Abstains because of a conflict of interests.
        Recused = "recused",
    }
}

crate::text_enum! {
    /// How a motion ended.
    pub enum Outcome {
        /// Passed.
        Passed = "passed",
        /// Failed.
        Failed = "failed",
        /// Not seconded in time.
        Lapsed = "lapsed",
        /// Taken back.
        Withdrawn = "withdrawn",
        /// Passed and vetoed.
        Vetoed = "vetoed",
    }
}

/// A motion.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Motion {
    /// Key.
    pub id: MotionId,
    /// Part of addresses.
    pub public_id: PublicId,
    /// The body that votes.
    pub body_id: BodyId,
    /// The version of the kind under which it was proposed.
    pub kind_id: MotionKindId,
    /// Name of the kind.
    pub kind: String,
    /// The body it concerns, when that is another one.
    pub about_body_id: Option<BodyId>,
    /// Title.
    pub title: String,
    /// Markdown.
    pub text: String,
    /// What follows when it passes, as JSON.
    pub effect: JsonText,
    /// Who proposed it.
    pub proposer_id: PersonId,
    /// When.
    pub proposed_at: Utc,
    /// When voting opened and the electors were written down.
    pub opened_at: Option<Utc>,
    /// When it was taken back.
    pub withdrawn_at: Option<Utc>,
    /// From when on it is vetoed.
    pub vetoed_at: Option<Utc>,
    /// The motion of the other body that vetoed it.
    pub vetoed_by: Option<MotionId>,
    /// The election that decides it.
    pub election_id: Option<i64>,
    /// The meeting it belongs to.
    pub meeting_id: Option<MeetingId>,
    /// The petition that demanded it.
    pub petition_id: Option<PetitionId>,
    /// When its end was carried out.
    pub settled_at: Option<Utc>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// The explanation of the verdict.
    pub verdict: String,
    /// When it took effect.
    pub effective_at: Option<Utc>,
}

/// What is needed to propose a motion.
#[derive(Debug, Clone)]
pub struct NewMotion<'a> {
    /// Part of addresses.
    pub public_id: &'a PublicId,
    /// The version of the kind; says which body votes.
    pub kind: &'a MotionKind,
    /// The body it concerns, when that is another one.
    pub about: Option<BodyId>,
    /// Title.
    pub title: &'a str,
    /// Markdown.
    pub text: &'a str,
    /// What follows when it passes.
    pub effect: JsonText,
    /// Who proposes it.
    pub proposer: PersonId,
    /// The meeting it belongs to.
    pub meeting: Option<MeetingId>,
    /// The petition that demanded it.
    pub petition: Option<PetitionId>,
}

/// Keeps a motion.
///
/// # Errors
/// A database error.
pub fn propose(conn: &mut Conn, new: &NewMotion<'_>, now: Utc) -> QueryResult<MotionId> {
    diesel::insert_into(motions::table)
        .values((
            motions::public_id.eq(new.public_id),
            motions::body_id.eq(new.kind.body_id),
            motions::kind_id.eq(new.kind.id),
            motions::kind.eq(&new.kind.kind),
            motions::about_body_id.eq(new.about),
            motions::title.eq(new.title),
            motions::text.eq(new.text),
            motions::effect.eq(&new.effect),
            motions::proposer_id.eq(new.proposer),
            motions::proposed_at.eq(now),
            motions::meeting_id.eq(new.meeting),
            motions::petition_id.eq(new.petition),
            motions::verdict.eq(""),
        ))
        .returning(motions::id)
        .get_result(conn)
}

/// The motion with this public id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_public_id(conn: &mut Conn, id: &PublicId) -> QueryResult<Motion> {
    motions::table.filter(motions::public_id.eq(id)).first(conn)
}

/// The motion with this key.
///
/// # Errors
/// `NotFound` when there is none.
pub fn motion(conn: &mut Conn, id: MotionId) -> QueryResult<Motion> {
    motions::table.find(id).first(conn)
}

/// Motions of a body, the latest first.
///
/// # Errors
/// A database error.
pub fn of_body(conn: &mut Conn, body: BodyId, limit: i64) -> QueryResult<Vec<Motion>> {
    motions::table
        .filter(motions::body_id.eq(body))
        .order((motions::proposed_at.desc(), motions::id.desc()))
        .limit(limit)
        .load(conn)
}

/// Motions whose end was not carried out yet, oldest first.
///
/// # Errors
/// A database error.
pub fn unsettled(conn: &mut Conn) -> QueryResult<Vec<Motion>> {
    motions::table.filter(motions::settled_at.is_null()).order(motions::id).load(conn)
}

/// Motions of a meeting, oldest first.
///
/// # Errors
/// A database error.
pub fn of_meeting(conn: &mut Conn, meeting: MeetingId) -> QueryResult<Vec<Motion>> {
    motions::table.filter(motions::meeting_id.eq(meeting)).order(motions::id).load(conn)
}

/// Opens a motion for votes and writes down who has one.
///
/// # Errors
/// A database error.
pub fn open(conn: &mut Conn, id: MotionId, electors: &[PersonId], at: Utc) -> QueryResult<()> {
    for person in electors {
        diesel::insert_into(motion_electors::table)
            .values((motion_electors::motion_id.eq(id), motion_electors::person_id.eq(*person)))
            .execute(conn)?;
    }
    diesel::update(motions::table.find(id)).set(motions::opened_at.eq(at)).execute(conn)?;
    Ok(())
}

/// Motions that a person proposed, oldest first.
///
/// # Errors
/// A database error.
pub fn proposed_by(conn: &mut Conn, person: PersonId) -> QueryResult<Vec<Motion>> {
    motions::table.filter(motions::proposer_id.eq(person)).order(motions::id).load(conn)
}

/// Notes that the proposer took a motion back.
///
/// # Errors
/// A database error.
pub fn withdraw(conn: &mut Conn, id: MotionId, now: Utc) -> QueryResult<()> {
    diesel::update(motions::table.find(id)).set(motions::withdrawn_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Notes a veto and the motion it came by.
///
/// # Errors
/// A database error.
pub fn veto(conn: &mut Conn, id: MotionId, by: MotionId, at: Utc) -> QueryResult<()> {
    diesel::update(motions::table.find(id))
        .set((motions::vetoed_at.eq(at), motions::vetoed_by.eq(by)))
        .execute(conn)?;
    Ok(())
}

/// Says which election decides a motion.
///
/// # Errors
/// A database error.
pub fn move_to_election(conn: &mut Conn, id: MotionId, election: i64) -> QueryResult<()> {
    diesel::update(motions::table.find(id)).set(motions::election_id.eq(election)).execute(conn)?;
    Ok(())
}

/// Notes that the end of a motion was carried out.
///
/// # Errors
/// A database error.
pub fn settle(
    conn: &mut Conn,
    id: MotionId,
    (outcome, verdict): (Outcome, &str),
    effective_at: Option<Utc>,
    now: Utc,
) -> QueryResult<()> {
    diesel::update(motions::table.find(id))
        .set((
            motions::settled_at.eq(now),
            motions::outcome.eq(outcome),
            motions::verdict.eq(verdict),
            motions::effective_at.eq(effective_at),
        ))
        .execute(conn)?;
    Ok(())
}
