//! What the clock does: opens rounds by the calendar, ends nominations and reviews, decides, announces. Nobody has to press
//! anything, and a server that stood still for a while does it all when it runs again.

use chrono::TimeDelta;
use folkmoot_store::awards::nominations;
use folkmoot_store::awards::rounds::{self, Round, RoundState};
use folkmoot_store::{Conn, Utc, audit};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::programme::{Award, id_of};
use super::{announce, decide};
use crate::app::App;
use crate::error::AppResult;
use crate::jobs::Job;

/// Looks at every programme.
#[derive(Debug, Serialize, Deserialize)]
pub struct TendAwards {}

impl Job for TendAwards {
    const KIND: &'static str = "awards.tend";

    fn run(&self, app: &App) -> anyhow::Result<()> {
        tend(app)?;
        Ok(())
    }
}

/// Does everything that is due, programme by programme, each in a transaction of its own.
///
/// # Errors
/// A database error.
pub fn tend(app: &App) -> AppResult<()> {
    let now = app.now();
    for award in app.store().read(Award::all)? {
        if app.store().read(|c| is_due(c, &award, now))? {
            app.store().write(|c| tend_at(c, app, &award, now))?;
        }
    }
    Ok(())
}

/// Whether anything is to be done, without holding the database.
fn is_due(conn: &mut Conn, award: &Award, now: Utc) -> AppResult<bool> {
    let all = rounds::of_programme(conn, award.row.id)?;
    let missing = award.row.is_open
        && award.settings.calendar.is_some()
        && !all.iter().any(|r| r.cutoff_at.is_some_and(|end| now < end));
    Ok(missing || all.iter().any(|r| next_step(r, now).is_some()) || is_daily(now))
}

/// Old names are looked for once a day; the job runs every minute.
fn is_daily(now: Utc) -> bool {
    now.datetime().format("%H:%M").to_string() == "03:00"
}

const fn step_due(state: RoundState) -> Option<RoundState> {
    match state {
        RoundState::Open => Some(RoundState::Review),
        RoundState::Review => Some(RoundState::Decided),
        RoundState::Decided => Some(RoundState::Announced),
        RoundState::Announced => None,
    }
}

/// The next state of a round and the instant at which it is reached, when that has come.
fn next_step(round: &Round, now: Utc) -> Option<(RoundState, Utc)> {
    let at = match round.state {
        RoundState::Open => round.cutoff_at,
        RoundState::Review => round.review_until,
        RoundState::Decided => round.announce_at,
        RoundState::Announced => None,
    }?;
    step_due(round.state).filter(|_| at <= now).map(|to| (to, at))
}

/// Brings the rounds of one programme up to `now`, the earliest first: what is carried over meets the next round in order.
///
/// # Errors
/// A database error.
pub fn tend_at(conn: &mut Conn, app: &App, award: &Award, now: Utc) -> AppResult<()> {
    ensure_rounds(conn, award, now)?;
    for round in rounds::of_programme(conn, award.row.id)? {
        let mut round = round;
        while let Some((to, at)) = next_step(&round, now) {
            if !advance(conn, app, award, &round, to, at, now)? {
                break;
            }
            round = rounds::by_key(conn, round.id)?;
        }
        // Without a rule the votes wait, and so do later rounds: what is carried over is not known yet.
        if round.state == RoundState::Review && round.review_until.is_some_and(|end| end <= now) {
            break;
        }
    }
    let before = now.plus(-TimeDelta::days(award.settings.forget_days.into()));
    nominations::forget_closed(conn, award.row.id, before)?;
    Ok(())
}

/// Makes every round of the calendar from the last one kept up to the one that takes nominations now.
fn ensure_rounds(conn: &mut Conn, award: &Award, now: Utc) -> AppResult<()> {
    let Some(calendar) = &award.settings.calendar else { return Ok(()) };
    if !award.row.is_open {
        return Ok(());
    }
    let last = rounds::of_programme(conn, award.row.id)?.last().map(id_of);
    let current = id_of(&award.open_round(conn, now)?);
    let Some(mut id) = last else { return Ok(()) };
    // A gap of more than ten years is a calendar that was changed, not a server that stood still.
    for _ in 0..calendar.rounds_per_year().saturating_mul(10) {
        id = calendar.step(id, 1);
        if id >= current {
            break;
        }
        award.ensure(conn, id, now)?;
    }
    Ok(())
}

/// Takes one step of a round. False when it has to wait for a rule.
fn advance(
    conn: &mut Conn,
    app: &App,
    award: &Award,
    round: &Round,
    to: RoundState,
    at: Utc,
    now: Utc,
) -> AppResult<bool> {
    match to {
        RoundState::Open => return Ok(false),
        RoundState::Review => {
            // The rule is fixed before the review begins; a later adoption is for later rounds.
            if let Some(rule) = award.adopted(conn)? {
                rounds::set_rule(conn, round.id, rule.row.id)?;
            }
        }
        RoundState::Decided => {
            let rule = match round.rule_id {
                Some(id) => Some(award.rule(conn, id)?),
                None => award.adopted(conn)?,
            };
            let Some(rule) = rule else { return Ok(false) };
            rounds::set_rule(conn, round.id, rule.row.id)?;
            decide::decide(conn, app, award, round, &rule, now)?;
        }
        RoundState::Announced => announce::announce(conn, app, award, round, at, now)?,
    }
    rounds::step(conn, round.id, round.state, to)?;
    let act = audit::Act {
        actor: None,
        action: "award.round",
        object: format!("award {} round {}", award.row.slug, round.path()),
        details: json!({ "state": to }),
        reference: "clock".into(),
    };
    audit::append(conn, &act, now)?;
    Ok(true)
}
