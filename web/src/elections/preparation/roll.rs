//! Making a roll from the facts at the record instant, and the hash under which it is published.

use std::fmt::Write;

use chrono::TimeDelta;
use folkmoot_governance::Explain;
use folkmoot_governance::deadline::MilestoneKind;
use folkmoot_governance::electorate::{AffirmationPolicy, ElectorateRule, RollInstants};
use folkmoot_store::accounts;
use folkmoot_store::elections::Election;
use folkmoot_store::elections::roll::{self, NewRollEntry, NewRollSnapshot, RollEntry};
use folkmoot_store::{Conn, PersonId, PublicId, Utc, bodies};
use ring::digest::{SHA256, digest};

use super::plan::{Electorate, Plan, Prepared, RollStage};
use super::schedule;
use crate::error::{AppError, AppResult};
use crate::http::when::day;
use crate::membership;

/// Most entries that a roll made here may have.
pub const MOST_ENTRIES: usize = 200_000;

/// Somebody who has the vote, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entitled {
    /// Who.
    pub person: PersonId,
    /// Why, in words.
    pub reason: String,
}

/// The instants that decide about a roll.
#[derive(Debug, Clone, Copy)]
pub struct Decisive {
    /// The record instant.
    pub record: Utc,
    /// Affirmations before it count.
    pub cutoff: Utc,
}

impl Decisive {
    /// Both at one instant.
    #[must_use]
    pub const fn at(instant: Utc) -> Self {
        Self { record: instant, cutoff: instant }
    }

    /// The instants of a prepared election, `None` while its record date is not set.
    ///
    /// # Errors
    /// A database error.
    pub fn of(conn: &mut Conn, election: &Election, plan: &Plan) -> AppResult<Option<Self>> {
        let Some(record) = election.record_at else { return Ok(None) };
        let schedule = schedule::load(conn, election.id, plan)?;
        let cutoff = schedule.instant(&MilestoneKind::AffirmationCutoff);
        Ok(Some(Self { record, cutoff: cutoff.map(schedule::utc).transpose()?.unwrap_or(record) }))
    }

    /// As the rules of membership take them: affirmations of the year before the cut-off count.
    fn for_members(self, waived_by: &[String]) -> AppResult<RollInstants> {
        let year = TimeDelta::days(365);
        let instant = schedule::instant;
        let (from, cutoff) = (instant(self.cutoff.plus(-year))?, instant(self.cutoff)?);
        let waiver_elections = waived_by.iter().map(|title| title.clone().into()).collect();
        Ok(RollInstants { waiver_elections, ..RollInstants::new(instant(self.record)?, from, cutoff) })
    }
}

/// The rule for a roll of voting members.
fn rule(conn: &mut Conn, name: &str, affirm: bool, waived_by: &[String]) -> AppResult<ElectorateRule> {
    let mut rule = membership::preset::rule_for(conn, name)?;
    rule.affirmation = affirm.then_some(AffirmationPolicy { waived_if_voted: !waived_by.is_empty() });
    Ok(rule)
}

/// Why a person is on the roll or not, as the rules of membership say it; `None` for other electorates.
///
/// # Errors
/// A database error.
pub fn why(
    conn: &mut Conn,
    electorate: &Electorate,
    person: PersonId,
    at: Decisive,
) -> AppResult<Option<String>> {
    let Electorate::Members { slug, name, affirm, waived_by } = electorate else { return Ok(None) };
    let body = bodies::by_slug(conn, slug)?.id;
    let at = at.for_members(waived_by)?;
    let rule = rule(conn, name, *affirm, waived_by)?;
    let standing = membership::facts::standing_of(conn, person, body, &rule, &at)?;
    Ok(Some(standing.sentence()))
}

/// Everybody who has the vote by the facts at `at`, once each.
///
/// # Errors
/// A database error.
pub fn entitled(conn: &mut Conn, electorate: &Electorate, decisive: Decisive) -> AppResult<Vec<Entitled>> {
    let mut found = Vec::new();
    let at = decisive.record;
    match electorate {
        Electorate::Members { slug, name, affirm, waived_by } => {
            let body = bodies::by_slug(conn, slug)?.id;
            let at = decisive.for_members(waived_by)?;
            let rule = rule(conn, name, *affirm, waived_by)?;
            let roll = membership::facts::electorate(conn, body, &rule, &at)?;
            for (person, standing) in roll.active_on_roll() {
                let class = standing.class.as_ref().map_or("Voting", |c| c.as_str());
                found.push(Entitled { person, reason: format!("{class} member") });
            }
        }
        Electorate::Body { slug, name } => {
            let body = bodies::by_slug(conn, slug)?;
            for member in crate::bodies::activity::entitled(conn, &body, at)? {
                let reason = format!("Member of {name} on {}", day(at));
                found.push(Entitled { person: member.person_id, reason });
            }
        }
        Electorate::List { title, people } => {
            for id in people {
                let person = accounts::person_by_public_id(conn, id)?;
                found.push(Entitled { person: person.id, reason: format!("On the list “{title}”") });
            }
        }
    }
    found.sort_by_key(|e| e.person);
    found.dedup_by_key(|e| e.person);
    // The roll of a membership knows that already.
    if !matches!(electorate, Electorate::Members { .. }) {
        let ids: Vec<PersonId> = found.iter().map(|e| e.person).collect();
        let mut active = std::collections::HashSet::with_capacity(ids.len());
        for batch in ids.chunks(500) {
            active.extend(accounts::active_among(conn, batch)?);
        }
        found.retain(|e| active.contains(&e.person));
    }
    Ok(found)
}

/// Makes the roll of an election, replacing one that was not published.
///
/// # Errors
/// `Conflict` when the rules do not allow it now.
pub fn make(conn: &mut Conn, prepared: &mut Prepared, now: Utc) -> AppResult<usize> {
    prepared.need_no_box()?;
    if prepared.is_draft() {
        return Err(AppError::conflict(
            "Announce the election first; its record date must be known to everybody.",
        ));
    }
    if prepared.plan.roll.is_public() {
        return Err(AppError::conflict(
            "The roll is published. From here on it changes by corrections only, each by two officers.",
        ));
    }
    let decisive = Decisive::of(conn, &prepared.election, &prepared.plan)?;
    let decisive = decisive.filter(|at| at.record <= now).ok_or_else(|| {
        AppError::conflict(
            "The record date is still to come; the roll is made from the facts at that instant.",
        )
    })?;
    let electorate = prepared.plan.electorate.as_ref();
    let electorate = electorate.ok_or_else(|| AppError::conflict("Choose who has the vote first."))?;
    let entries = entitled(conn, electorate, decisive)?;
    if entries.is_empty() {
        return Err(AppError::conflict(
            "Nobody would be on the roll. Check the electorate and the record date.",
        ));
    }
    if entries.len() > MOST_ENTRIES {
        return Err(AppError::conflict(format!("A roll has at most {MOST_ENTRIES} entries.")));
    }
    let id = prepared.election.id;
    roll::clear(conn, id)?;
    for entry in &entries {
        let new = NewRollEntry {
            election_id: id,
            person_id: entry.person,
            weight: 1,
            reason: &entry.reason,
            corrected: false,
        };
        roll::insert(conn, &new)?;
    }
    prepared.plan.roll = RollStage::Made(now);
    Ok(entries.len())
}

/// SHA-256, in lower-case hexadecimal, of the roll: a line for each entry in the order of the people's public ids, which is
/// the id, a tab, the weight, a tab, the reason and a line feed.
///
/// # Errors
/// A database error.
pub fn list_hash(conn: &mut Conn, entries: &[RollEntry]) -> AppResult<String> {
    let mut lines = Vec::with_capacity(entries.len());
    let ids: Vec<PersonId> = entries.iter().map(|e| e.person_id).collect();
    let mut people = std::collections::HashMap::with_capacity(ids.len());
    for batch in ids.chunks(500) {
        people.extend(accounts::persons_with(conn, batch)?.into_iter().map(|p| (p.id, p.public_id)));
    }
    for entry in entries {
        let id: &PublicId =
            people.get(&entry.person_id).ok_or_else(|| AppError::internal("a person on a roll vanished"))?;
        lines.push(format!("{id}\t{}\t{}\n", entry.weight, entry.reason));
    }
    lines.sort_unstable();
    let hash = digest(&SHA256, lines.concat().as_bytes());
    let mut text = String::with_capacity(64);
    for byte in hash.as_ref() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

/// Counts and hashes the roll as it is, and keeps that for ever.
///
/// # Errors
/// A database error.
pub fn snapshot(conn: &mut Conn, election_id: i64, now: Utc) -> AppResult<(i64, String)> {
    let entries = roll::all(conn, election_id)?;
    let hash = list_hash(conn, &entries)?;
    let count = i64::try_from(entries.len()).map_err(AppError::internal)?;
    let version = roll::snapshots(conn, election_id)?.last().map_or(0, |s| s.version) + 1;
    let new = NewRollSnapshot { election_id, version, entries: count, list_hash: &hash, frozen_at: now };
    roll::insert_snapshot(conn, &new)?;
    Ok((count, hash))
}

/// Refuses those who hold a part of the key: no role may hold keys and edit the roll.
///
/// # Errors
/// `Forbidden` for trustees of this election.
pub fn need_no_key(conn: &mut Conn, election_id: i64, person: PersonId) -> AppResult<()> {
    let all = folkmoot_store::elections::trustees::all(conn, election_id)?;
    if all.iter().any(|t| t.person_id == Some(person)) {
        return Err(AppError::forbidden(
            "You are a trustee of this election; whoever holds a part of the key edits no roll.",
        ));
    }
    Ok(())
}
