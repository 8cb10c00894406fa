//! The announcement: everything becomes public in one step, and the elected begin their terms.

use chrono::{Days, NaiveDate};
use folkmoot_governance::seats::Seat;
use folkmoot_governance::term::{Term, TermPolicy};
use folkmoot_store::audit::Act;
use folkmoot_store::bodies::{self, MemberRole, NewBodyMember, NewSeat, SeatBasis};
use folkmoot_store::elections::{self, Election, results as records};
use folkmoot_store::{Conn, PersonId, PublicId, Utc, accounts, audit};
use serde_json::json;

use super::seating;
use super::settings::{ElectionSettings, QuestionSettings, Seating};
use super::{jump, results};
use crate::error::{AppError, AppResult};

/// Announces a counted election: archive, checkpoint and result become public together, and terms are recorded.
///
/// # Errors
/// `Conflict` before the announcement instant, before the certification where one is asked for, or in another state.
pub fn publish(conn: &mut Conn, id: i64, now: Utc) -> AppResult<()> {
    // Read here, because an officer may have moved the announcement a moment ago.
    let election = &elections::by_id(conn, id)?;
    if jump::is_frozen(conn)? {
        return Err(AppError::conflict(
            "The clock jumped; nothing is announced before two officers have compared it.",
        ));
    }
    if election.publish_at.is_none_or(|at| now < at) {
        return Err(AppError::conflict("The result is announced at the announced instant, never before."));
    }
    let settings: ElectionSettings = serde_json::from_str(&election.settings).map_err(AppError::internal)?;
    let from = if settings.certification.is_some() { "certified" } else { "allocated" };
    if !elections::change_state(conn, election.id, from, "published")? {
        return Err(AppError::conflict(match &settings.certification {
            Some(c) => format!("The result is announced after {} has certified it.", c.body),
            None => "Only a counted election can be announced.".to_owned(),
        }));
    }
    elections::put_public_height(conn, election.id, None)?;
    let decisions = results::stored(conn, election.id)?;
    for (question, decision) in settings.questions.iter().zip(&decisions) {
        if let (Some(seating), Some(allocation)) = (&question.seating, &decision.allocation)
            && !seating.body.is_empty()
        {
            record_terms(conn, election, (question, seating), &allocation.seats, now)?;
        }
    }
    let act = Act {
        actor: None,
        action: "election.publish",
        object: format!("election {}", election.public_id),
        details: json!({}),
        reference: String::new(),
    };
    audit::append(conn, &act, now)?;
    Ok(())
}

/// First and last day in office of whoever takes `seat`; the last is open until the next election where the policy says so.
#[must_use]
pub fn days_of(seat: &Seat, from: NaiveDate) -> (NaiveDate, Option<NaiveDate>) {
    let last = match seat.term {
        TermPolicy::Years(years) => Term::years(from, years).and_then(|t| t.to.pred_opt()),
        TermPolicy::UntilNextElection => None,
    };
    (from, last)
}

/// First day in office.
#[must_use]
pub fn first_day(seating: &Seating, announced: Utc) -> NaiveDate {
    let day = announced.datetime().date_naive();
    seating.terms_from.unwrap_or_else(|| day.checked_add_days(Days::new(1)).unwrap_or(day))
}

fn record_terms(
    conn: &mut Conn,
    election: &Election,
    (question, seating): (&QuestionSettings, &Seating),
    seats: &[Seat],
    now: Utc,
) -> AppResult<()> {
    let known = bodies::all(conn)?.into_iter().find(|b| b.slug == seating.body);
    let Some(body) = known else {
        let text = format!("There is no body “{}”: record the terms of the elected by hand.", seating.body);
        return Ok(records::insert_incident(conn, election.id, now, None, &text, false)?);
    };
    for seat in seats {
        let answer = seating::number(&seat.candidate).and_then(|n| question.answers.get(n));
        let Some(answer) = answer else { continue };
        let Some(person) = account(conn, &answer.person)? else {
            let text = format!("{} has no account here: record the term by hand.", answer.name);
            records::insert_incident(conn, election.id, now, None, &text, false)?;
            continue;
        };
        let (starts_on, ends_on) = days_of(seat, first_day(seating, now));
        let cohort = seat.cohort.clone().unwrap_or_default();
        let member = NewBodyMember { body: body.id, person, position: "", starts_on, ends_on };
        let (role, basis) = (MemberRole::Member, SeatBasis::Elected);
        bodies::seat(conn, &NewSeat { member, role, cohort: &cohort, basis }, now)?;
    }
    Ok(())
}

fn account(conn: &mut Conn, public_id: &str) -> AppResult<Option<PersonId>> {
    let Some(id) = PublicId::parse(public_id) else { return Ok(None) };
    Ok(accounts::person_by_public_id(conn, &id).map(|p| Some(p.id)).or_else(|e| match e {
        folkmoot_store::diesel::result::Error::NotFound => Ok(None),
        other => Err(other),
    })?)
}
