//! Members who do no work for years: they are asked whether to stay, become inactive without an answer, and return at will.
//! Inactive members keep their seat on the page of the body and have no vote in it. (`inactivity` policy.)

use actix_web::web;
use askama::Template;
use folkmoot_governance::Explain;
use folkmoot_governance::electorate::{Activity, ActivityFacts, InactivityPolicy};
use folkmoot_store::accounts::PersonState;
use folkmoot_store::bodies::{self, Body, BodyMember, Sign};
use folkmoot_store::{Conn, PersonId, Utc, accounts, audit};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::mail::ActivityQuestion;
use crate::app::App;
use crate::approvals::By;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::{day, start_of};
use crate::http::{Ctx, Form, Page, PageResult};
use crate::jobs::Job;
use crate::mail::{self, Recipient};
use crate::membership::{instant, utc};
use crate::routes::{Access, Route};
use crate::tasks::Task;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/bodies/{body}/activity", Access::SignedIn, page),
        Route::post("/bodies/{body}/activity", Access::SignedIn, stay),
    ]
}

/// The policy of a body; `None` when nobody becomes inactive.
///
/// # Errors
/// A policy in the database that this version cannot read.
pub fn policy(body: &Body) -> AppResult<Option<InactivityPolicy>> {
    Ok(body.inactivity.as_ref().map(|text| text.parse()).transpose()?)
}

/// How a member stands under a policy.
///
/// # Errors
/// `Internal` for an instant outside of the calendar.
pub fn stands(policy: &InactivityPolicy, member: &BodyMember, now: Utc) -> AppResult<Activity> {
    let began = member.last_work_on.map_or(member.starts_on, |work| work.max(member.starts_on));
    let facts = ActivityFacts {
        last_work: instant(start_of(began))?,
        asked: member.asked_at.map(instant).transpose()?,
        confirmed: member.confirmed_at.map(instant).transpose()?,
    };
    Ok(policy.stands(&facts, instant(now)?))
}

/// Whoever sits in a body at an instant and is not inactive: the electorate of the body.
///
/// # Errors
/// A database error.
pub fn entitled(conn: &mut Conn, body: &Body, at: Utc) -> AppResult<Vec<BodyMember>> {
    let mut members = bodies::sitting(conn, body.id, at.datetime().date_naive())?;
    if let Some(policy) = policy(body)? {
        let mut active = Vec::with_capacity(members.len());
        for member in members {
            if !matches!(stands(&policy, &member, at)?, Activity::Inactive { .. }) {
                active.push(member);
            }
        }
        members = active;
    }
    let mut seen = std::collections::BTreeSet::new();
    members.retain(|m| seen.insert(m.person_id));
    Ok(members)
}

/// Whether a person belongs to the electorate of a body at an instant.
///
/// # Errors
/// A database error.
pub fn is_entitled(conn: &mut Conn, body: &Body, person: PersonId, at: Utc) -> AppResult<bool> {
    let Some(seat) = bodies::seat_of(conn, body.id, person, at.datetime().date_naive())? else {
        return Ok(false);
    };
    Ok(match policy(body)? {
        Some(policy) => !matches!(stands(&policy, &seat, at)?, Activity::Inactive { .. }),
        None => true,
    })
}

/// Asks members who have done no work for the years of the policy whether they stay.
#[derive(Debug, Serialize, Deserialize)]
pub struct AskInactive {}

impl Job for AskInactive {
    const KIND: &'static str = "ask_inactive";

    fn run(&self, app: &App) -> anyhow::Result<()> {
        let now = app.now();
        app.store().write(|c| {
            for body in bodies::all(c)? {
                ask(c, app, &body, now)?;
            }
            Ok::<_, AppError>(())
        })?;
        Ok(())
    }
}

fn ask(conn: &mut Conn, app: &App, body: &Body, now: Utc) -> AppResult<()> {
    let Some(policy) = policy(body)? else { return Ok(()) };
    for member in bodies::sitting(conn, body.id, now.datetime().date_naive())? {
        if stands(&policy, &member, now)? != Activity::Ask {
            continue;
        }
        let person = accounts::person(conn, member.person_id)?;
        let Some(address) = accounts::mail_address_of(conn, person.id)? else { continue };
        if person.state != PersonState::Active {
            continue;
        }
        bodies::note_activity(conn, member.id, Sign::Asked(now))?;
        let until = now.plus(chrono::TimeDelta::days(policy.grace_days.into()));
        let message = ActivityQuestion {
            name: person.preferred_name,
            body: body.name.clone(),
            until: day(until),
            link: app.link(&format!("/bodies/{}/activity", body.slug)),
        };
        mail::queue(conn, app, &Recipient::person(person.id, address), &message, now)?;
    }
    Ok(())
}

/// Questions that wait for a member's answer.
///
/// # Errors
/// A database error.
pub fn tasks(conn: &mut Conn, actor: &Actor, now: Utc) -> AppResult<Vec<Task>> {
    let mut found = Vec::new();
    let today = now.datetime().date_naive();
    for (seat, body) in bodies::seats_of(conn, actor.person)? {
        let Some(policy) = policy(&body)?.filter(|_| seat.sits_on(today)) else { continue };
        if let Activity::Asked { until } = stands(&policy, &seat, now)? {
            found.push(Task {
                text: format!("Say whether you stay active in {}", body.name),
                href: format!("/bodies/{}/activity", body.slug),
                hint: "Without an answer you become inactive and have no vote; you can return at will."
                    .into(),
                due: Some(utc(until)?),
            });
        }
    }
    Ok(found)
}

#[derive(Template)]
#[template(path = "bodies/activity.html")]
struct ActivityPage {
    page: Page,
    slug: String,
    body: String,
    rule: String,
    standing: String,
    inactive: bool,
    asked: bool,
}

/// The body, the seat of this person and how they stand.
fn own(
    conn: &mut Conn,
    slug: &str,
    person: PersonId,
    now: Utc,
) -> AppResult<(Body, BodyMember, Activity, String)> {
    let body = bodies::by_slug(conn, slug)?;
    let seat = bodies::seat_of(conn, body.id, person, now.datetime().date_naive())?;
    let (Some(seat), Some(policy)) = (seat, policy(&body)?) else { return Err(AppError::not_found()) };
    let activity = stands(&policy, &seat, now)?;
    Ok((body, seat, activity, policy.sentence()))
}

async fn page(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let (slug, now, zone) = (path.into_inner(), ctx.now(), ctx.zone());
    let (body, _, activity, rule) = ctx.app().read(move |c| own(c, &slug, actor.person, now)).await?;
    let at = |i| utc(i).map(|at| crate::http::when::stated(at, &zone));
    let standing = match activity {
        Activity::Active { ask_from } => {
            format!("You are active. You may be asked from {} on.", day(utc(ask_from)?))
        }
        Activity::Ask => "You are active, and may be asked at any time whether you stay.".to_owned(),
        Activity::Asked { until } => {
            format!("You were asked whether you stay. Answer before {}.", at(until)?)
        }
        Activity::Inactive { since } => {
            format!("You are inactive since {}, and have no vote.", day(utc(since)?))
        }
    };
    let template = ActivityPage {
        page: ctx.page("Your part in this body"),
        slug: body.slug,
        body: body.name,
        rule,
        standing,
        inactive: matches!(activity, Activity::Inactive { .. }),
        asked: matches!(activity, Activity::Asked { .. } | Activity::Ask),
    };
    ctx.show(&template)
}

async fn stay(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let (slug, now, by) = (path.into_inner(), ctx.now(), By::new(&ctx, &actor));
    let to = format!("/bodies/{slug}/activity");
    ctx.app()
        .write(move |c| {
            let (body, seat, activity, _) = own(c, &slug, by.actor.person, now)?;
            bodies::note_activity(c, seat.id, Sign::Confirmed(now))?;
            let back = matches!(activity, Activity::Inactive { .. });
            let act = by.act("body.stay", format!("body {}", body.slug), json!({ "returned": back }));
            audit::append(c, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("You are active, and have the vote of a member.")))
}
