//! Milestones between the table and the rules: what was announced is enforced.

use folkmoot_governance::Instant;
use folkmoot_governance::deadline::{Civil, Deadline, Fold, MilestoneKind, Schedule, TimeOfDay, ZonePolicy};
use folkmoot_store::elections::{self, Instants, Milestone as Row, NewMilestone};
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
    Deadline::resolve(Civil { date, time }, zone, fold).map_err(AppError::internal)
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
        schedule.amend(&kind, deadline(row)?, reason, instant(row.made_at)?).map_err(AppError::internal)?;
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
    let rows = elections::milestone_history(conn, election_id)?;
    let latest = rows.iter().filter(|r| r.kind == key(kind)).map(|r| r.version).max().unwrap_or(0);
    let new = NewMilestone {
        election_id,
        kind: key(kind),
        version: latest + 1,
        civil_text: &civil_text(deadline),
        zone: &deadline.zone().to_string(),
        instant: utc(deadline.instant())?,
        reason: setting.reason,
        made_by: Some(setting.by),
        made_at: setting.at,
    };
    elections::insert_milestone(conn, &new)?;
    copy_instants(conn, election_id)
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
