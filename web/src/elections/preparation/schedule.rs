//! Milestones between the table and the rules: what was announced is enforced.

use chrono::TimeDelta;
use folkmoot_governance::Instant;
use folkmoot_governance::deadline::{Civil, Deadline, Fold, MilestoneKind, Schedule, TimeOfDay, ZonePolicy};
use folkmoot_store::elections::{self, Election, Instants, Milestone as Row, NewMilestone};
use folkmoot_store::{Conn, PersonId, Utc};

use super::plan::Plan;
use crate::error::{AppError, AppResult};

/// The instant of the rules.
///
/// # Errors
/// `Internal` for instants that no clock shows.
pub fn instant(at: Utc) -> AppResult<Instant> {
    Instant::from_micros(at.micros()).map_err(AppError::internal)
}

/// The instant of the tables.
///
/// # Errors
/// `Internal` for instants that the tables cannot hold.
pub fn utc(at: Instant) -> AppResult<Utc> {
    Utc::from_micros(at.micros()).ok_or_else(|| AppError::internal("an instant out of range"))
}

/// Name of a milestone in the table.
#[must_use]
pub const fn key(kind: &MilestoneKind) -> &'static str {
    match kind {
        MilestoneKind::Notice => "notice",
        MilestoneKind::NominationsOpen => "nominations_open",
        MilestoneKind::NominationsClose => "nominations_close",
        MilestoneKind::AcceptanceClose => "acceptance_close",
        MilestoneKind::CandidatesAnnounced => "candidates_announced",
        MilestoneKind::AffirmationCutoff => "affirmation_cutoff",
        MilestoneKind::RecordDate => "record_date",
        MilestoneKind::VotingOpen => "voting_open",
        MilestoneKind::VotingClose => "voting_close",
        MilestoneKind::ResultAnnounced => "result_announced",
        MilestoneKind::TermStart => "term_start",
    }
}

/// The milestone with this name in the table.
#[must_use]
pub fn kind(key_text: &str) -> Option<MilestoneKind> {
    MilestoneKind::ALL.into_iter().find(|k| key(k) == key_text)
}

/// A deadline as the table keeps it: day, time, and which of two equal clock times where that is a question.
fn civil_text(deadline: &Deadline) -> String {
    let civil = deadline.civil();
    let fold = match deadline.fold() {
        Some(Fold::Earlier) => " earlier",
        Some(Fold::Later) => " later",
        None => "",
    };
    format!("{} {}{fold}", civil.date, civil.time)
}

fn deadline(row: &Row) -> AppResult<Deadline> {
    let odd = || AppError::internal(format!("the milestone {} cannot be read", row.id));
    let mut parts = row.civil_text.split(' ');
    let date = parts.next().and_then(|t| t.parse().ok()).ok_or_else(odd)?;
    let time = parts.next().and_then(|t| t.parse::<TimeOfDay>().ok()).ok_or_else(odd)?;
    let fold = match parts.next() {
        Some("earlier") => Some(Fold::Earlier),
        Some("later") => Some(Fold::Later),
        _ => None,
    };
    let zone: ZonePolicy = row.zone.parse().map_err(|_| odd())?;
    // The instant that was announced stays, whatever becomes of the rules of a zone.
    Deadline::stored(Civil { date, time }, zone, fold, instant(row.instant)?).map_err(AppError::internal)
}

/// The schedule of an election, with its amendments.
///
/// # Errors
/// A database error, or a milestone that cannot be read.
pub fn load(conn: &mut Conn, election_id: i64, plan: &Plan) -> AppResult<Schedule> {
    let rows = elections::milestone_history(conn, election_id)?;
    let mut schedule = Schedule::new();
    let planned = |row: &&Row| plan.announced_at.is_none_or(|at| row.made_at <= at && row.reason.is_none());
    for wanted in MilestoneKind::ALL {
        let mine = rows.iter().filter(|r| r.kind == key(&wanted));
        if let Some(row) = mine.filter(planned).max_by_key(|r| r.version) {
            schedule.plan(wanted, deadline(row)?).map_err(AppError::internal)?;
        }
    }
    let Some(announced) = plan.announced_at else { return Ok(schedule) };
    schedule.announce(instant(announced)?).map_err(AppError::internal)?;
    let mut amendments: Vec<&Row> = rows.iter().filter(|r| !planned(r)).collect();
    amendments.sort_by_key(|r| (r.made_at, r.version));
    for row in amendments {
        let Some(kind) = kind(&row.kind) else { continue };
        let reason = row.reason.as_deref().unwrap_or_default();
        // Whether it might be moved was asked then; an end may move after it has passed, as `Milestone::extend` tells.
        schedule.extend(&kind, deadline(row)?, reason, instant(row.made_at)?).map_err(AppError::internal)?;
    }
    Ok(schedule)
}

/// Who sets a milestone, when and, for amendments, why.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// Who.
    pub by: PersonId,
    /// When.
    pub at: Utc,
    /// Why, for amendments.
    pub reason: Option<&'a str>,
}

/// How a version of a milestone came about.
#[derive(Debug, Clone, Copy)]
pub struct Made<'a> {
    /// By whom; nobody when a rule did it.
    pub by: Option<PersonId>,
    /// When.
    pub at: Utc,
    /// Why, for amendments.
    pub reason: Option<&'a str>,
}

/// Adds a version of a milestone to the table and copies the instants that the server enforces.
///
/// # Errors
/// Database errors.
pub fn put(
    conn: &mut Conn,
    election_id: i64,
    kind: &MilestoneKind,
    deadline: &Deadline,
    setting: Setting<'_>,
) -> AppResult<()> {
    let made = Made { by: Some(setting.by), at: setting.at, reason: setting.reason };
    insert(conn, election_id, kind, deadline, &made)?;
    copy_instants(conn, election_id)
}

/// Lets the voting end later, and the result be announced as much later, also when the present end has passed: by a rule
/// announced for this case, or by officers. An election that was not planned on the pages gets its first versions here.
///
/// # Errors
/// Database errors; `Internal` for years that no deadline has.
pub fn extend_voting(conn: &mut Conn, election: &Election, until: Utc, made: &Made<'_>) -> AppResult<()> {
    let span = election.closes_at.map_or(TimeDelta::zero(), |closes| until.since(closes));
    let later = |at: Option<Utc>| at.map(|at| (at, at.plus(span)));
    let rows = elections::milestone_history(conn, election.id)?;
    for (kind, moved) in [
        (MilestoneKind::VotingClose, later(election.closes_at)),
        (MilestoneKind::ResultAnnounced, later(election.publish_at)),
    ] {
        let Some((before, after)) = moved else { continue };
        if !rows.iter().any(|r| r.kind == key(&kind)) {
            insert(conn, election.id, &kind, &whole(before)?, &Made { reason: None, ..*made })?;
        }
        insert(conn, election.id, &kind, &whole(after)?, made)?;
    }
    let enforced = Instants {
        record_at: election.record_at,
        opens_at: election.opens_at,
        closes_at: Some(until),
        publish_at: later(election.publish_at).map(|(_, after)| after),
    };
    Ok(elections::put_instants(conn, election.id, enforced)?)
}

/// An instant as a deadline in UTC.
fn whole(at: Utc) -> AppResult<Deadline> {
    Deadline::from_utc(instant(at)?).map_err(AppError::internal)
}

fn insert(
    conn: &mut Conn,
    election_id: i64,
    kind: &MilestoneKind,
    deadline: &Deadline,
    made: &Made<'_>,
) -> AppResult<()> {
    let rows = elections::milestone_history(conn, election_id)?;
    let latest = rows.iter().filter(|r| r.kind == key(kind)).map(|r| r.version).max().unwrap_or(0);
    let new = NewMilestone {
        election_id,
        kind: key(kind),
        version: latest + 1,
        civil_text: &civil_text(deadline),
        zone: &deadline.zone().to_string(),
        instant: utc(deadline.instant())?,
        reason: made.reason,
        made_by: made.by,
        made_at: made.at,
    };
    Ok(elections::insert_milestone(conn, &new)?)
}

/// Copies the instants in force to the election's row.
fn copy_instants(conn: &mut Conn, election_id: i64) -> AppResult<()> {
    let rows = elections::milestone_history(conn, election_id)?;
    let of = |kind: MilestoneKind| {
        rows.iter().filter(|r| r.kind == key(&kind)).max_by_key(|r| r.version).map(|r| r.instant)
    };
    let instants = Instants {
        record_at: of(MilestoneKind::RecordDate),
        opens_at: of(MilestoneKind::VotingOpen),
        closes_at: of(MilestoneKind::VotingClose),
        publish_at: of(MilestoneKind::ResultAnnounced),
    };
    elections::put_instants(conn, election_id, instants)?;
    Ok(())
}
