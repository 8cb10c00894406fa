//! The page of a motion, and the motions of a body.

use std::collections::BTreeMap;

use actix_web::web;
use askama::Template;
use folkmoot_governance::Explain;
use folkmoot_governance::motion::MotionState;
use folkmoot_store::bodies;
use folkmoot_store::motions::{self, Choice, Motion};
use folkmoot_store::{Conn, PersonId, PublicId, Utc, accounts, elections};

use super::effect::Effect;
use super::propose::open_kinds;
use super::settle::outcome_words;
use super::standing::{self, At, Standing};
use crate::auth::permission::{Action, Subject, may};
use crate::bodies::activity;
use crate::error::{AppError, AppResult};
use crate::http::session::Actor;
use crate::http::when::{day, stated};
use crate::http::{Ctx, Form, Page, PageResult};
use crate::markdown;
use crate::membership::utc;
use crate::routes::{Access, Route};

/// How many motions of a body are listed.
const SHOWN: i64 = 200;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/bodies/{body}/motions", Access::Public, list),
        Route::get("/motions/{motion}", Access::Public, show),
    ]
}

/// Name, what they said, why.
struct VoteLine {
    name: String,
    choice: &'static str,
    reason: String,
}

#[derive(Template)]
#[template(path = "motions/show.html")]
struct ShowPage {
    page: Page,
    form: Form,
    id: String,
    body: String,
    slug: String,
    title: String,
    kind: String,
    authority: String,
    rule: String,
    text: String,
    effect: String,
    proposed: String,
    seconders: String,
    tag: (&'static str, &'static str),
    state: String,
    numbers: String,
    checks: Vec<String>,
    votes: Vec<VoteLine>,
    turnout: String,
    may_second: bool,
    may_vote: bool,
    own: String,
    may_withdraw: bool,
    may_move: bool,
    veto: String,
    election: Option<(String, String)>,
}

/// A motion that this viewer may read.
///
/// # Errors
/// `NotFound` when there is none, or none this viewer may know of.
pub(super) fn visible(
    conn: &mut Conn,
    id: &PublicId,
    actor: Option<&Actor>,
    now: Utc,
) -> AppResult<Standing> {
    let standing = standing::at(conn, id, now)?;
    if is_visible(conn, &standing, actor, now)? { Ok(standing) } else { Err(AppError::not_found()) }
}

/// Whether this viewer may read a motion.
pub(super) fn may_read(conn: &mut Conn, id: &PublicId, actor: Option<&Actor>, now: Utc) -> AppResult<bool> {
    let standing = standing::at(conn, id, now)?;
    is_visible(conn, &standing, actor, now)
}

fn is_visible(conn: &mut Conn, standing: &Standing, actor: Option<&Actor>, now: Utc) -> AppResult<bool> {
    if standing.kind.public && standing.body.is_public {
        return Ok(true);
    }
    let Some(actor) = actor else { return Ok(false) };
    let officers = [Action::ManageBodies, Action::PrepareElections, Action::ReadAuditLog];
    if officers.iter().any(|a| may(actor, *a, Subject::Site).is_ok()) {
        return Ok(true);
    }
    standing.is_insider(conn, actor.person, now)
}

/// Word and colour.
fn tag(standing: &Standing) -> (&'static str, &'static str) {
    match &standing.state {
        At::AwaitsElection | At::InElection => ("Secret vote", "brand"),
        At::ElectionVoid => ("Void", "bad"),
        At::Rule(state) => match state {
            MotionState::Proposed { .. } => ("Needs seconders", "warn"),
            MotionState::Lapsed { .. } => ("Lapsed", ""),
            MotionState::Withdrawn { .. } => ("Withdrawn", ""),
            MotionState::Blocked { .. } => ("Blocked", "warn"),
            MotionState::Open { .. } => ("Open", "brand"),
            MotionState::Failed { .. } => ("Failed", "bad"),
            MotionState::VetoWindow { .. } => ("May be vetoed", "warn"),
            MotionState::Vetoed { .. } => ("Vetoed", "bad"),
            MotionState::Passed { .. } => ("Passed", "good"),
        },
    }
}

/// Where the motion stands, in a sentence on the reader's clock.
fn state_words(standing: &Standing, zone: &str) -> AppResult<String> {
    let at = |i: folkmoot_governance::Instant| utc(i).map(|at| stated(at, zone));
    let rule = match &standing.state {
        At::AwaitsElection => {
            return Ok("It is decided by a secret vote; an officer prepares the election.".into());
        }
        At::InElection => return Ok("It is decided by a secret vote in an election.".into()),
        At::ElectionVoid => return Ok("The election that was to decide it is void.".into()),
        At::Rule(state) => state,
    };
    Ok(match rule {
        MotionState::Proposed { until, missing: 1 } => format!("It needs a seconder before {}.", at(*until)?),
        MotionState::Proposed { until, missing } => {
            format!("It needs {missing} more seconders before {}.", at(*until)?)
        }
        MotionState::Lapsed { at: end } => {
            format!("It was not seconded in time and lapsed on {}.", day(utc(*end)?))
        }
        MotionState::Withdrawn { at: end } => format!("It was withdrawn on {}.", day(utc(*end)?)),
        MotionState::Blocked { by } => format!("It has to wait: a motion on {by} is open."),
        MotionState::Open { until } => format!("Members vote until {}.", at(*until)?),
        MotionState::Failed { at: end, .. } => format!("It failed on {}.", day(utc(*end)?)),
        MotionState::VetoWindow { until, body } => {
            format!("It has passed; {body} may veto it before {}.", at(*until)?)
        }
        MotionState::Vetoed { at: end, body } => {
            format!("It passed and was vetoed by {body} on {}.", day(utc(*end)?))
        }
        MotionState::Passed { effective, .. } => {
            format!("It has passed and is in effect from {}.", at(*effective)?)
        }
    })
}

const fn choice_words(choice: Choice) -> &'static str {
    match choice {
        Choice::Yes => "For",
        Choice::No => "Against",
        Choice::Abstain => "Abstains",
        Choice::Recused => "Abstains, conflict of interests",
    }
}

fn names(conn: &mut Conn, ids: &[PersonId]) -> AppResult<BTreeMap<PersonId, String>> {
    let mut names = BTreeMap::new();
    for some in ids.chunks(500) {
        names.extend(accounts::persons_with(conn, some)?.into_iter().map(|p| (p.id, p.preferred_name)));
    }
    Ok(names)
}

fn vote_lines(standing: &Standing, names: &BTreeMap<PersonId, String>) -> Vec<VoteLine> {
    if !standing.shows_votes() || standing.kind.hides_voters || standing.motion.election_id.is_some() {
        return Vec::new();
    }
    let line = |v: &motions::MotionVote| VoteLine {
        name: names.get(&v.person_id).cloned().unwrap_or_default(),
        choice: choice_words(v.choice),
        reason: v.reason.clone(),
    };
    standing.votes.iter().map(line).collect()
}

/// Members of the body that may veto this motion now get the way to do it.
fn veto_link(conn: &mut Conn, standing: &Standing, actor: &Actor, now: Utc) -> AppResult<String> {
    if !matches!(standing.state, At::Rule(MotionState::VetoWindow { .. }))
        || standing.kind.veto_body.is_empty()
    {
        return Ok(String::new());
    }
    let body = bodies::by_slug(conn, &standing.kind.veto_body)?;
    let id = &standing.motion.public_id;
    let link = format!("/bodies/{}/motions/new?veto={id}", body.slug);
    Ok(if activity::is_entitled(conn, &body, actor.person, now)? { link } else { String::new() })
}

fn gather(
    conn: &mut Conn,
    (page, zone): (Page, &str),
    id: &PublicId,
    actor: Option<&Actor>,
    now: Utc,
) -> AppResult<ShowPage> {
    let standing = visible(conn, id, actor, now)?;
    let motion = &standing.motion;
    let mut people: Vec<PersonId> = standing.votes.iter().map(|v| v.person_id).collect();
    people.push(motion.proposer_id);
    people.extend(standing.seconds.iter().map(|(p, _)| *p));
    let names = names(conn, &people)?;
    let name = |p: &PersonId| names.get(p).cloned().unwrap_or_default();
    let own = actor.and_then(|a| standing.votes.iter().find(|v| v.person_id == a.person));
    let (mut may_second, mut may_vote, mut may_move, mut veto) = (false, false, false, String::new());
    if let Some(actor) = actor {
        let waits = matches!(standing.state, At::Rule(MotionState::Proposed { .. }));
        let has =
            standing.seconds.iter().any(|(p, _)| *p == actor.person) || motion.proposer_id == actor.person;
        may_second = waits
            && !has
            && standing::electors(conn, &standing.body, &standing.kind, now)?.contains(&actor.person);
        may_vote = standing.is_open() && motions::is_elector(conn, motion.id, actor.person)?;
        may_move = may(actor, Action::PrepareElections, Subject::Site).is_ok()
            && motion.election_id.is_none()
            && standing.votes.is_empty()
            && (standing.is_open() || standing.state == At::AwaitsElection);
        veto = veto_link(conn, &standing, actor, now)?;
    }
    let election = match motion.election_id {
        Some(id) => {
            let election = elections::by_id(conn, id)?;
            let link = if election.state == "draft" {
                String::new()
            } else {
                format!("/elections/{}", election.slug)
            };
            Some((election.title, link))
        }
        None => None,
    };
    let proposed = format!("{} on {}", name(&motion.proposer_id), day(motion.proposed_at));
    let seconders: Vec<String> = standing.seconds.iter().map(|(p, _)| name(p)).collect();
    let voting = standing.is_open() || standing.verdict().is_some();
    let effect: Effect = motion.effect.parse()?;
    let is_proposer = actor.is_some_and(|a| a.person == motion.proposer_id);
    let running = standing.is_open() || matches!(standing.state, At::Rule(MotionState::Proposed { .. }));
    let form = Form::filled([
        ("choice", own.map_or("", |v| v.choice.as_str()).to_owned()),
        ("reason", own.map(|v| v.reason.clone()).unwrap_or_default()),
    ]);
    Ok(ShowPage {
        page: page.titled(&motion.title),
        form,
        id: motion.public_id.to_string(),
        body: standing.body.name.clone(),
        slug: standing.body.slug.clone(),
        title: motion.title.clone(),
        kind: standing.kind.title.clone(),
        authority: standing.kind.authority.clone(),
        rule: standing.kind.rule.sentence(),
        text: markdown::html(&motion.text),
        effect: effect.words(conn)?,
        proposed,
        seconders: seconders.join(", "),
        tag: tag(&standing),
        state: state_words(&standing, zone)?,
        numbers: if standing.shows_votes() { standing.numbers() } else { String::new() },
        checks: standing
            .verdict()
            .map(|v| v.checks.iter().map(Explain::sentence).collect())
            .unwrap_or_default(),
        votes: vote_lines(&standing, &names),
        turnout: match (voting, standing.facts.ballot.votes.entitled) {
            (true, n) if n > 0 && standing.shows_votes() => {
                format!("{} of {n} have voted or abstained.", standing.facts.voted)
            }
            (true, n) if n > 0 => format!("{n} have a vote. Numbers are shown after the close."),
            _ => String::new(),
        },
        may_second,
        may_vote,
        own: own.map(|v| choice_words(v.choice).to_owned()).unwrap_or_default(),
        may_withdraw: is_proposer && running && motion.election_id.is_none(),
        may_move,
        veto,
        election,
    })
}

async fn show(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let id = PublicId::parse(&path.into_inner()).ok_or_else(AppError::not_found)?;
    let (now, zone, page) = (ctx.now(), ctx.zone(), ctx.page(""));
    let actor = ctx.actor().cloned();
    let template = ctx.app().read(move |c| gather(c, (page, &zone), &id, actor.as_ref(), now)).await?;
    ctx.show(&template)
}

struct Line {
    id: String,
    title: String,
    about: String,
    tag: (&'static str, &'static str),
}

/// Lines of motions this viewer may read.
fn lines(conn: &mut Conn, all: Vec<Motion>, actor: Option<&Actor>, now: Utc) -> AppResult<Vec<Line>> {
    let unsettled = motions::unsettled(conn)?;
    let mut lines = Vec::new();
    for motion in all {
        let standing = standing::among(conn, motion, &unsettled, now)?;
        if !is_visible(conn, &standing, actor, now)? {
            continue;
        }
        let about = match standing.motion.outcome {
            Some(outcome) => outcome_words(outcome).to_owned(),
            None => format!("{}, proposed on {}", standing.kind.title, day(standing.motion.proposed_at)),
        };
        let (id, tag) = (standing.motion.public_id.to_string(), tag(&standing));
        lines.push(Line { id, title: standing.motion.title, about, tag });
    }
    Ok(lines)
}

#[derive(Template)]
#[template(path = "motions/list.html")]
struct ListPage {
    page: Page,
    slug: String,
    body: String,
    lines: Vec<Line>,
    may_propose: bool,
}

async fn list(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let (slug, now, page) = (path.into_inner(), ctx.now(), ctx.page(""));
    let actor = ctx.actor().cloned();
    let template = ctx
        .app()
        .read(move |c| {
            let body = bodies::by_slug(c, &slug)?;
            let inside = match &actor {
                Some(actor) => {
                    may(actor, Action::ManageBodies, Subject::Site).is_ok()
                        || bodies::seat_of(c, body.id, actor.person, now.datetime().date_naive())?.is_some()
                }
                None => false,
            };
            if !body.is_public && !inside {
                return Err(AppError::not_found());
            }
            let all = motions::of_body(c, body.id, SHOWN)?;
            let may_propose = match &actor {
                Some(actor) => !open_kinds(c, &body, actor.person, now)?.is_empty(),
                None => false,
            };
            Ok(ListPage {
                page: page.titled(&format!("Motions of {}", body.name)),
                lines: lines(c, all, actor.as_ref(), now)?,
                slug: body.slug,
                body: body.name,
                may_propose,
            })
        })
        .await?;
    ctx.show(&template)
}
