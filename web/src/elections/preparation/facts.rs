//! What the guards of the rules look at, gathered from the tables.

use folkmoot_governance::PersonId as Id;
use folkmoot_governance::election::{
    Actor, Authority, CandidateFacts, Check, ElectionFacts, PreparationFacts, SetUpFacts, State, Step,
    TrusteeFacts, Uncontested, check,
};
use folkmoot_governance::roles::Role;
use folkmoot_store::elections::{Election, roll};
use folkmoot_store::{Conn, Utc};

use super::plan::{Agreed, Prepared, Registrar, RollStage};
use super::{policies, questions, schedule};
use crate::elections::trustees;
use crate::error::{AppError, AppResult};
use crate::nominations;

/// The state of an election as the rules name it.
///
/// # Errors
/// `Internal` for a state that the rules do not know.
pub fn state(election: &Election) -> AppResult<State> {
    serde_json::from_value(serde_json::Value::String(election.state.clone())).map_err(AppError::internal)
}

/// Everything the guards of the preparation look at.
///
/// # Errors
/// Database errors.
pub fn of(conn: &mut Conn, prepared: &Prepared) -> AppResult<ElectionFacts> {
    let (election, settings, plan) = (&prepared.election, &prepared.settings, &prepared.plan);
    let set = policies::of(prepared);
    let schedule = schedule::load(conn, election.id, plan)?;
    let findings = schedule.check(&set.schedule_rules(), &plan.overrides);
    // The question in which seats and candidates fit worst stands for all of them.
    let worst = settings
        .questions
        .iter()
        .filter(|q| policies::has_seats(q))
        .map(|q| (q.seats, questions::standing(q)))
        .min_by_key(|(seats, standing)| (*seats != 0, i64::from(*standing) - i64::from(*seats)));
    let mut contradictions = policies::contradictions(&set);
    contradictions.extend(questions::problems(settings, plan));
    let set_up = SetUpFacts {
        body: !plan.body.is_empty(),
        seats: worst.map(|(seats, _)| seats),
        seats_apply: worst.is_some(),
        method: !settings.questions.is_empty(),
        quorum: plan.quorum_decided.then(|| settings.quorum.clone()),
        tie: plan.ties.is_some(),
        roll_policy: plan.electorate.is_some(),
        contradictions,
        nominations: plan.call.is_some(),
        shuffles: settings.is_mixed(),
        certification: settings.certification.is_some(),
    };
    let undecided = match &plan.call {
        Some(_) => nominations::undecided(conn, election.id)?,
        None => (0, 0),
    };
    let candidates = CandidateFacts {
        undecided: undecided.0,
        without_reason: undecided.1,
        eligible: worst.map_or(0, |(_, standing)| standing),
        uncontested: plan.hold_uncontested.then_some(Uncontested::HoldVote),
    };
    let preparation = preparation(conn, prepared, worst.map(|(seats, _)| seats))?;
    Ok(ElectionFacts { set_up, schedule, findings, candidates, preparation, ..Default::default() })
}

fn preparation(conn: &mut Conn, prepared: &Prepared, seats: Option<u32>) -> AppResult<PreparationFacts> {
    let (election, plan) = (&prepared.election, &prepared.plan);
    let count = |n: i64| u64::try_from(n).map_err(AppError::internal);
    let frozen = matches!(plan.roll, RollStage::Frozen(_));
    let entries = count(roll::count(conn, election.id)?)?;
    let credentials = count(roll::bound_credentials(conn, election.id)?)?;
    let found = trustees::readiness(conn, election)?;
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Ok(PreparationFacts {
        roll: frozen.then_some(entries),
        credentials,
        reserve: 0,
        registrar_ready: match plan.registrar {
            Registrar::BuiltIn => frozen,
            Registrar::External => frozen && entries > 0 && credentials == entries,
        },
        trustees: TrusteeFacts {
            total: number(found.total),
            threshold: number(found.needed),
            checked: number(found.with_key),
            all_needed_accepted_by: if found.no_spare_accepted { 2 } else { 0 },
            present_for_count: 0,
        },
        dummy_counted: found.needed > 0 && found.rehearsed >= found.needed,
        mail_canary: plan.canary.as_ref().is_some_and(|c| c.arrived_at.is_some()),
        previewed_seats: (plan.previewed.as_deref() == Some(&questions::digest(&prepared.settings)?))
            .then_some(seats.unwrap_or(0)),
        box_published: election.election_json.is_some(),
    })
}

/// A returns officer acting alone.
#[must_use]
pub fn officer(person: folkmoot_store::PersonId) -> Authority {
    let first = Actor { person: Id::from(person.to_string()), role: Role::ReturnsOfficer };
    Authority { first: Some(first), second: None }
}

/// Two officers together.
#[must_use]
pub fn two(agreed: &Agreed) -> Authority {
    let second = Actor { person: Id::from(agreed.second.to_string()), role: Role::SecondOfficer };
    Authority { second: Some(second), ..officer(agreed.first) }
}

/// The conditions of a step, for a list on a page; without those on who acts and on the state.
///
/// # Errors
/// Database errors.
pub fn checklist(conn: &mut Conn, prepared: &Prepared, step: &Step, now: Utc) -> AppResult<Vec<Check>> {
    let facts = of(conn, prepared)?;
    let by = Authority::default();
    let all = check(state(&prepared.election)?, step, &facts, &by, schedule::instant(now)?);
    Ok(all.into_iter().filter(|c| !matches!(c.name.as_str(), "actor" | "second_officer" | "state")).collect())
}

/// Takes a step by the rules; returns the new state's name in the table.
///
/// # Errors
/// `Conflict` with every condition that is not fulfilled.
pub fn take(
    conn: &mut Conn,
    prepared: &Prepared,
    step: &Step,
    by: &Authority,
    now: Utc,
) -> AppResult<&'static str> {
    let facts = of(conn, prepared)?;
    let done = folkmoot_governance::election::apply(
        state(&prepared.election)?,
        step,
        &facts,
        by,
        schedule::instant(now)?,
    );
    let done = done.map_err(|refusal| AppError::conflict(refusal.to_string()))?;
    let to = match done.to {
        State::Announced => "announced",
        State::Nominations => "nominations",
        State::ClosedNominations => "closed_nominations",
        State::CandidatesAnnounced => "candidates_announced",
        State::Rehearsed => "rehearsed",
        State::Open => "open",
        other => return Err(AppError::internal(format!("{} is no step of the preparation", other.name()))),
    };
    if !folkmoot_store::elections::change_state(conn, prepared.election.id, &prepared.election.state, to)? {
        return Err(AppError::conflict(
            "Somebody else moved this election on in the meantime. Reload the page.",
        ));
    }
    Ok(to)
}
