//! From the review to the ballot: candidates go out at the announced instant, become the answers of the question, and their
//! texts are frozen.
//!
//! Pages decide by the instant, [`Call::is_announced`]; the job only writes down what is public already. Run late or twice
//! it does the same.

use std::collections::HashMap;

use chrono::NaiveDate;
use folkmoot_governance::election::{Authority, Step};
use folkmoot_governance::seats::Affiliation;
use folkmoot_store::affiliations::{self as declarations, NewAffiliation, RelationKind, name_key};
use folkmoot_store::diesel::OptionalExtension;
use folkmoot_store::elections::Election;
use folkmoot_store::nominations::{Nomination, NominationState, Review};
use folkmoot_store::{Conn, Utc, accounts, bodies, nominations};
use serde_json::json;

use super::mail;
use super::rules::{Call, question_of};
use super::statement::Statement;
use crate::affiliations;
use crate::app::App;
use crate::elections::decisions::{self, Record};
use crate::elections::notices::TellRoll;
use crate::elections::preparation::plan::Prepared;
use crate::elections::preparation::{candidates, facts};
use crate::elections::settings::{AnswerSettings, QuestionKind, Seating};
use crate::error::{AppError, AppResult, Kind};
use crate::jobs;

/// Whether somebody stands: accepted, found eligible, and not withdrawn.
#[must_use]
pub fn stands(nomination: &Nomination) -> bool {
    nomination.state == NominationState::Accepted && nomination.review == Review::Eligible
}

/// Whether the public reads of a nomination once candidates are announced: who stands, and who withdrew since.
#[must_use]
pub fn is_public(nomination: &Nomination) -> bool {
    let since = |frozen: Utc| nomination.withdrawn_at.is_some_and(|at| at >= frozen);
    let withdrew = nomination.state == NominationState::Withdrawn && nomination.frozen_at.is_some_and(since);
    stands(nomination) || (withdrew && nomination.review == Review::Eligible)
}

/// Takes the step of a call that is due; false when none is.
///
/// # Errors
/// A database error.
pub fn advance(conn: &mut Conn, app: &App, slug: &str) -> AppResult<bool> {
    let now = app.now();
    let prepared = match Prepared::load(conn, slug) {
        Ok(prepared) if prepared.plan.call.is_some() => prepared,
        Ok(_) | Err(AppError { kind: Kind::NotFound, .. }) => return Ok(false),
        Err(other) => return Err(other),
    };
    let call = Call::load(conn, slug)?;
    let by_clock = Authority::default();
    match prepared.election.state.as_str() {
        "announced" if now >= call.dates.open => {
            facts::take(conn, &prepared, &Step::OpenNominations, &by_clock, now)?;
            Ok(true)
        }
        "nominations" if now >= call.dates.close => {
            expire(conn, &call, now)?;
            facts::take(conn, &prepared, &Step::CloseNominations, &by_clock, now)?;
            Ok(true)
        }
        "closed_nominations" => {
            expire(conn, &call, now)?;
            if !call.is_announced(conn, now)? || call.rules.carried {
                return Ok(false);
            }
            carry(conn, app, prepared, &call, now)?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// Invitations that nobody answered before their cut-off expire.
fn expire(conn: &mut Conn, call: &Call, now: Utc) -> AppResult<()> {
    for one in nominations::of_election(conn, call.id())? {
        if one.state == NominationState::Invited && now >= call.dates.answer_by(&one) {
            nominations::change_state(conn, one.id, NominationState::Invited, NominationState::Expired, now)?;
        }
    }
    Ok(())
}

/// What stands against letting the candidates go out, besides the instant.
///
/// # Errors
/// A database error.
pub fn obstacles(conn: &mut Conn, call: &Call, now: Utc) -> AppResult<Vec<String>> {
    let mut found = Vec::new();
    if now < call.dates.accept {
        found.push("Nominees can still accept; wait for the end of acceptances.".to_owned());
    }
    let (undecided, without_reason) = super::rules::undecided(conn, call.id())?;
    if undecided > 0 {
        found.push(match undecided {
            1 => "One accepted candidacy is not decided.".to_owned(),
            n => format!("{n} accepted candidacies are not decided."),
        });
    }
    if without_reason > 0 {
        found.push("An ineligible candidacy has no reason.".to_owned());
    }
    for one in nominations::of_election(conn, call.id())?.iter().filter(|n| stands(n)) {
        let Some(person) = one.person_id else { continue };
        found.extend(candidates::conflict(conn, call.id(), person, &one.name, now)?);
    }
    if question_of(&call.prepared.settings).is_none() {
        found.push("The election has no question with seats.".to_owned());
    }
    Ok(found)
}

/// Candidates become answers, the state moves on, the texts freeze, and everybody concerned is told.
fn carry(conn: &mut Conn, app: &App, mut prepared: Prepared, call: &Call, now: Utc) -> AppResult<()> {
    let Some(released) = call.rules.released else { return Ok(()) };
    facts::take(conn, &prepared, &Step::AnnounceCandidates, &facts::officer(released.by), now)?;
    nominations::freeze(conn, call.id(), now)?;
    declare(conn, app, call, now)?;
    let answers = answers(conn, call, now)?;
    if let Some(question) =
        question_of(&prepared.settings).and_then(|i| prepared.settings.questions.get_mut(i))
    {
        let count = u32::try_from(answers.len()).map_err(AppError::internal)?;
        question.answers = answers;
        if let Some(seating) = &mut question.seating {
            seats(conn, seating, now)?;
        }
        if let QuestionKind::Approval { max, .. } = &mut question.kind
            && (*max == 0 || *max > count)
        {
            *max = count;
        }
    }
    if let Some(rules) = &mut prepared.plan.call {
        rules.carried = true;
    }
    prepared.save(conn)?;
    let call = Call::by_id(conn, call.id())?;
    mail::outcomes(conn, app, &call, now)
}

/// What candidates say in public about their affiliations is declared with it: staff confirm it, and it is watched during the
/// terms of the elected. What was declared before, or refused by staff, is not declared again.
fn declare(conn: &mut Conn, app: &App, call: &Call, now: Utc) -> AppResult<()> {
    let today = now.datetime().date_naive();
    for one in nominations::of_election(conn, call.id())?.iter().filter(|n| stands(n)) {
        let Some(person) = one.person_id else { continue };
        let statement: Statement = one.statement.parse()?;
        let known = declarations::of(conn, person)?;
        for said in &statement.affiliations {
            let Ok(relation) = said.relation.parse::<RelationKind>() else { continue };
            let same = |(a, o): &(declarations::Affiliation, declarations::Organisation)| {
                a.relation == relation
                    && o.name_key == name_key(&said.organisation)
                    && a.ends_on.is_none_or(|end| end >= today)
            };
            if known.iter().any(same) {
                continue;
            }
            let names = (said.organisation.as_str(), "");
            let organisation = declarations::named(conn, &app.public_id()?, names, now)?;
            let new = NewAffiliation {
                public_id: &app.public_id()?,
                person,
                organisation: organisation.id,
                relation,
                share_bp: match relation {
                    RelationKind::Owner => said.share_bp.unwrap_or(10_000),
                    _ => 0,
                },
                starts_on: today,
                ends_on: None,
            };
            declarations::declare(conn, &new, now)?;
        }
    }
    Ok(())
}

/// Candidates in an order that says nothing about them, with names that differ.
fn answers(conn: &mut Conn, call: &Call, now: Utc) -> AppResult<Vec<AnswerSettings>> {
    let today = now.datetime().date_naive();
    let organisations = folkmoot_store::affiliations::organisations(conn)?;
    let known = organisations.into_iter().map(|o| (name_key(&o.name), o.name)).collect();
    let mut standing: Vec<Nomination> =
        nominations::of_election(conn, call.id())?.into_iter().filter(stands).collect();
    standing.sort_by(|a, b| tail(a).cmp(tail(b)));
    let mut names: HashMap<&str, usize> = HashMap::new();
    for one in &standing {
        *names.entry(one.name.as_str()).or_default() += 1;
    }
    let mut all = Vec::new();
    for one in &standing {
        let statement: Statement = one.statement.parse()?;
        let name = match names.get(one.name.as_str()) {
            Some(1) | None => one.name.clone(),
            Some(_) => format!("{} ({})", one.name, tail(one)),
        };
        let person = match one.person_id {
            Some(id) => accounts::person(conn, id)?.public_id.to_string(),
            None => String::new(),
        };
        all.push(AnswerSettings {
            name,
            summary: statement.summary.clone(),
            statement: statement.paragraphs(),
            withdrawn: false,
            person,
            affiliations: affiliations_of(conn, one, &statement, &known, today)?,
            page: format!("/elections/{}/candidates/{}", call.slug(), one.handle),
            ineligible: String::new(),
        });
    }
    Ok(all)
}

/// Affiliations of a candidate: those of the statement and those declared to the staff, each organisation under one name.
fn affiliations_of(
    conn: &mut Conn,
    nomination: &Nomination,
    statement: &Statement,
    names: &HashMap<String, String>,
    day: NaiveDate,
) -> AppResult<Vec<Affiliation>> {
    let mut all = statement.for_seats();
    for one in &mut all {
        if let Some(known) = names.get(&name_key(one.organisation.as_str())) {
            one.organisation = known.as_str().into();
        }
    }
    if let Some(person) = nomination.person_id {
        for declared in affiliations::rules::of(conn, person, day)? {
            if !all.contains(&declared) {
                all.push(declared);
            }
        }
    }
    Ok(all)
}

/// What the seat rules need besides the candidates: who controls whom, and who serves on.
fn seats(conn: &mut Conn, seating: &mut Seating, now: Utc) -> AppResult<()> {
    let today = now.datetime().date_naive();
    seating.organisations = affiliations::rules::organisations(conn, today)?;
    if seating.body.is_empty() || !seating.serving.is_empty() {
        return Ok(());
    }
    let body = bodies::by_slug(conn, &seating.body)?;
    seating.serving = affiliations::rules::serving(conn, &body, seating.terms_from.unwrap_or(today))?;
    if let Some(limit) = affiliations::rules::policy(&body)? {
        seating.co_affiliation = Some(limit);
    }
    Ok(())
}

/// The random part of a candidate's address.
#[must_use]
pub fn tail(nomination: &Nomination) -> &str {
    nomination.handle.rsplit('-').next().unwrap_or_default()
}

/// Takes somebody who withdrew off a ballot that is not made yet; on one that is, the name stays, marked, and everybody
/// on the roll is told, as of every change of a vote that is under way.
///
/// # Errors
/// A database error.
pub fn withdrawn(conn: &mut Conn, call: &mut Call, nomination: &Nomination, now: Utc) -> AppResult<()> {
    if !call.rules.carried {
        return Ok(());
    }
    let page = format!("/elections/{}/candidates/{}", call.slug(), nomination.handle);
    let prepared = &mut call.prepared;
    let has_box = prepared.election.election_json.is_some();
    for question in &mut prepared.settings.questions {
        if has_box {
            question.answers.iter_mut().filter(|a| a.page == page).for_each(|a| a.withdrawn = true);
            continue;
        }
        let before = question.answers.len();
        question.answers.retain(|a| a.page != page);
        let count = u32::try_from(question.answers.len()).map_err(AppError::internal)?;
        if let QuestionKind::Approval { max, .. } = &mut question.kind
            && before != question.answers.len()
        {
            *max = (*max).min(count);
        }
    }
    prepared.save(conn)?;
    if has_box {
        let reason = format!("{} has withdrawn from the election.", nomination.name);
        let details = json!({ "candidate": nomination.handle });
        let what = Record { kind: decisions::WITHDRAWN, reason: &reason, details, public: true };
        decisions::record(conn, &prepared.election, &what, None, now)?;
        jobs::queue(conn, &TellRoll::of(&prepared.election, decisions::WITHDRAWN, &reason, now), now)?;
    }
    Ok(())
}

/// Officers recorded that the candidate at this address withdrew: the candidate's page says so too. Other addresses, and
/// candidates who were entered without a nomination, are left alone.
///
/// # Errors
/// A database error.
pub fn officers_recorded(conn: &mut Conn, election: &Election, page: &str, now: Utc) -> AppResult<()> {
    let Some(handle) = page.strip_prefix(&format!("/elections/{}/candidates/", election.slug)) else {
        return Ok(());
    };
    if let Some(one) = nominations::by_handle(conn, election.id, handle).optional()? {
        let (from, to) = (NominationState::Accepted, NominationState::Withdrawn);
        nominations::change_state(conn, one.id, from, to, now)?;
    }
    Ok(())
}
