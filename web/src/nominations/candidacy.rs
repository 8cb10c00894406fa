//! One candidacy as the officers see it: what it lacks, who supports it, what was found and asked.

use actix_web::web;
use askama::Template;
use folkmoot_governance::Explain;
use folkmoot_store::nominations::supports::{self, SupportRole, SupportState};
use folkmoot_store::nominations::{Nomination, NominationState, Review};
use folkmoot_store::{Conn, PublicId, Utc, accounts, elections, nominations};

use super::nominate::waits;
use super::rules::Call;
use super::statement::{Shown, Statement, Tick};
use crate::auth::permission::{Action, Subject, may};
use crate::elections::preparation::candidates;
use crate::error::{AppError, AppResult};
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Ctx, Form, Page, PageResult};
use crate::markdown;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let see = Access::May(Action::SeeNominations);
    vec![Route::get("/staff/elections/{election}/nominations/{nomination}", see, show)]
}

/// Whether this person may decide about candidacies.
pub(super) fn may_review(actor: &Actor) -> bool {
    may(actor, Action::ReviewNominations, Subject::Site).is_ok()
}

/// How a nomination stands, for officers: words and the kind of the tag.
pub(super) fn standing(nomination: &Nomination, call: &Call, now: Utc) -> (&'static str, &'static str) {
    use NominationState as S;
    match (nomination.state, nomination.review) {
        (S::Invited, _) if waits(nomination, call, now) && nomination.is_self => ("Being written", ""),
        (S::Invited, _) if waits(nomination, call, now) => ("Asked", "warn"),
        (S::Invited | S::Expired, _) => ("Expired", ""),
        (S::Accepted, Review::Pending) => ("To be reviewed", "warn"),
        (S::Accepted, Review::Eligible) => ("Eligible", "good"),
        (S::Accepted, Review::Ineligible) => ("Ineligible", "bad"),
        (S::Declined, _) => ("Declined", ""),
        (S::Withdrawn, _) => ("Withdrawn", ""),
        (S::Merged, _) => ("Merged", ""),
    }
}

/// An address that shows whose it is without being one to copy: `b…@example.org`.
pub(super) fn masked(address: &str) -> String {
    match address.split_once('@') {
        Some((name, domain)) => format!("{}…@{domain}", name.chars().take(2).collect::<String>()),
        None => String::new(),
    }
}

struct Support {
    name: String,
    role: &'static str,
    given: bool,
    employer: String,
    html: String,
}

struct Earlier {
    title: String,
    state: &'static str,
}

#[derive(Template)]
#[template(path = "nominations/staff_one.html")]
pub(super) struct StaffPage {
    page: Page,
    form: Form,
    slug: String,
    title: String,
    id: String,
    name: String,
    address: String,
    linked: bool,
    state: &'static str,
    kind: &'static str,
    problems: Vec<String>,
    conflict: String,
    texts: Vec<Shown>,
    summary: String,
    affiliations: Vec<String>,
    availability: String,
    links: Vec<String>,
    bytes: u64,
    ticks: Vec<(String, String)>,
    supports: Vec<Support>,
    earlier: Vec<Earlier>,
    review_reason: String,
    reviewed: String,
    second_look: bool,
    second: String,
    second_note: String,
    clarification: String,
    clarified: String,
    can_review: bool,
    can_second: bool,
    can_clarify: bool,
    can_correct: bool,
    can_merge: bool,
    merged: String,
    merged_into: String,
    errata: Vec<(String, String)>,
}

/// The nomination at this address of this election.
pub(super) fn find(conn: &mut Conn, slug: &str, id: &str) -> AppResult<(Nomination, Call)> {
    let id = PublicId::parse(id).ok_or_else(AppError::not_found)?;
    let call = Call::load(conn, slug)?;
    let nomination = nominations::by_public_id(conn, &id)?;
    if nomination.election_id == call.id() { Ok((nomination, call)) } else { Err(AppError::not_found()) }
}

pub(super) async fn load(
    ctx: &Ctx,
    actor: &Actor,
    (slug, id): (String, String),
    form: Form,
) -> AppResult<StaffPage> {
    let (now, person, may_review) = (ctx.now(), actor.person, may_review(actor));
    let page = ctx.page("Candidacy").for_form(&form);
    let mut shown = ctx
        .app()
        .read(move |conn| {
            let (nomination, call) = find(conn, &slug, &id)?;
            let statement: Statement = nomination.statement.parse()?;
            let accepted = nomination.state == NominationState::Accepted;
            let open = accepted && !call.is_released() && may_review;
            let problems = call.problems(conn, &nomination, accepted, now)?;
            let conflict = match nomination.person_id {
                Some(person) => candidates::conflict(conn, call.id(), person, &nomination.name, now)?,
                None => None,
            };
            let name_of = |conn: &mut Conn, id: Option<folkmoot_store::PersonId>, at: Option<Utc>| match id
                .zip(at)
            {
                Some((id, at)) => {
                    Ok::<_, AppError>(format!("{}, {}", accounts::person(conn, id)?.preferred_name, when(at)))
                }
                None => Ok(String::new()),
            };
            let ticks: Vec<Tick> = nomination.acknowledged.parse()?;
            let (state, kind) = standing(&nomination, &call, now);
            Ok(StaffPage {
                page: page.clone(),
                form: form.clone(),
                slug: slug.clone(),
                title: call.title().to_owned(),
                id: nomination.public_id.to_string(),
                name: nomination.name.clone(),
                address: masked(&nomination.address),
                linked: nomination.person_id.is_some(),
                state,
                kind,
                problems: problems.iter().map(Explain::sentence).collect(),
                conflict: conflict.unwrap_or_default(),
                texts: statement.shown(),
                summary: statement.summary.clone(),
                affiliations: statement.affiliation_words(),
                availability: statement.availability.clone(),
                links: statement.links.clone(),
                bytes: statement.bytes(),
                ticks: ticks.into_iter().map(|t| (t.name, when(t.at))).collect(),
                supports: supporters(conn, &nomination)?,
                earlier: earlier(conn, &nomination)?,
                review_reason: nomination.review_reason.clone(),
                reviewed: name_of(conn, nomination.reviewed_by, nomination.reviewed_at)?,
                second_look: call.rules.second_look,
                second: name_of(conn, nomination.second_by, nomination.second_at)?,
                second_note: nomination.second_note.clone(),
                clarification: nomination.clarification.clone(),
                clarified: if nomination.clarified_at.is_some() {
                    markdown::html(&nomination.clarification_answer)
                } else {
                    String::new()
                },
                can_review: open,
                can_second: open
                    && nomination.review != Review::Pending
                    && nomination.second_at.is_none()
                    && nomination.reviewed_by != Some(person),
                can_clarify: open && now < call.dates.announce,
                can_correct: may_review
                    && nomination.frozen_at.is_some()
                    && super::announce::is_public(&nomination),
                can_merge: may_review && super::merge::open(&nomination, &call) && now < call.dates.announce,
                merged: nomination.merge_reason.clone(),
                merged_into: match nomination.merged_into {
                    Some(other) => nominations::by_id(conn, other)?.public_id.to_string(),
                    None => String::new(),
                },
                errata: nominations::errata(conn, nomination.id)?
                    .into_iter()
                    .map(|(at, text)| (when(at), markdown::html(&text)))
                    .collect(),
            })
        })
        .await?;
    shown.page.title.clone_from(&shown.name);
    Ok(shown)
}

fn supporters(conn: &mut Conn, nomination: &Nomination) -> AppResult<Vec<Support>> {
    let shown = |s: supports::Support| Support {
        role: match s.role {
            SupportRole::Nominator => "Nominator",
            SupportRole::CoNominator => "Nominates too",
            SupportRole::Endorser => "Supports",
        },
        given: s.state == SupportState::Given,
        html: markdown::html(&s.words),
        employer: s.employer,
        name: s.name,
    };
    Ok(supports::of_nomination(conn, nomination.id)?.into_iter().map(shown).collect())
}

fn earlier(conn: &mut Conn, nomination: &Nomination) -> AppResult<Vec<Earlier>> {
    let Some(person) = nomination.person_id else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for other in nominations::of_person(conn, person, &[])?.into_iter().filter(|n| n.id != nomination.id) {
        let state = if super::announce::stands(&other) { "Stood" } else { "Did not stand" };
        all.push(Earlier { title: elections::by_id(conn, other.election_id)?.title, state });
    }
    Ok(all)
}

async fn show(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>) -> PageResult {
    let page = load(&ctx, &actor, path.into_inner(), Form::empty()).await?;
    ctx.show(&page)
}
