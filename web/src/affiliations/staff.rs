//! Staff: declarations that wait, links of control, and bodies in which a limit is exceeded.

use std::collections::BTreeMap;

use actix_web::web;
use askama::Template;
use folkmoot_store::affiliations::{self, ControlLinkId, DeclarationState};
use folkmoot_store::{Conn, PersonId, PublicId, Utc, accounts, audit, bodies};
use serde_json::json;

use super::own::LinkWish;
use super::{Line, LinkLine, line, link_lines, rules};
use crate::approvals::By;
use crate::auth::permission::{Action, Subject, may};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::parse_day;
use crate::http::{Ctx, FieldErrors, Form, Page, PageResult};
use crate::routes::{Access, Route};
use crate::tasks::Task;

const HOME: &str = "/staff/affiliations";
/// How many declarations a page shows.
const SHOWN: i64 = 100;

pub(super) fn routes() -> Vec<Route> {
    let manage = Access::May(Action::ManageBodies);
    vec![
        Route::get(HOME, manage, list),
        Route::post("/staff/affiliations/links", manage, add_link),
        Route::post("/staff/affiliations/links/{link}", manage, change_link),
        Route::post("/staff/affiliations/{affiliation}", manage, decide),
    ]
}

struct Watch {
    body: String,
    href: String,
    text: String,
}

#[derive(Template)]
#[template(path = "affiliations/staff.html")]
struct StaffPage {
    page: Page,
    form: Form,
    waiting: Vec<Line>,
    links: Vec<LinkLine>,
    watch: Vec<Watch>,
    today: String,
}

fn watch(conn: &mut Conn, now: Utc) -> AppResult<Vec<Watch>> {
    let mut found = Vec::new();
    for body in bodies::all(conn)?.into_iter().filter(|b| b.co_affiliation.is_some()) {
        for text in rules::exceeded(conn, &body, now.datetime().date_naive())? {
            found.push(Watch { body: body.name.clone(), href: format!("/staff/bodies/{}", body.slug), text });
        }
    }
    Ok(found)
}

async fn list(ctx: Ctx, _actor: Actor) -> PageResult {
    show(&ctx, Form::empty()).await
}

async fn show(ctx: &Ctx, form: Form) -> PageResult {
    let now = ctx.now();
    let (waiting, links, watch) = ctx
        .app()
        .read(move |c| {
            let waiting = affiliations::undecided(c, SHOWN)?;
            let people: Vec<PersonId> = waiting.iter().map(|(a, _)| a.person_id).collect();
            let names: BTreeMap<_, _> =
                accounts::persons_with(c, &people)?.into_iter().map(|p| (p.id, p.preferred_name)).collect();
            let name = |id| names.get(&id).cloned().unwrap_or_default();
            let waiting = waiting.into_iter().map(|(a, o)| {
                let name = name(a.person_id);
                line(a, o, name)
            });
            let waiting: Vec<Line> = waiting.collect();
            let known = affiliations::organisations(c)?;
            Ok((waiting, link_lines(affiliations::links(c)?, &known), watch(c, now)?))
        })
        .await?;
    let page = ctx.page("Affiliations").for_form(&form);
    let again = page.has_errors;
    let today = now.datetime().format("%Y-%m-%d").to_string();
    let template = StaffPage { page, form, waiting, links, watch, today };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

fn verdict(form: &Form) -> AppResult<DeclarationState> {
    match form.value("decision") {
        "confirm" => Ok(DeclarationState::Confirmed),
        "refuse" => Ok(DeclarationState::Refused),
        _ => Err(FieldErrors::one("decision", "Confirm or refuse it.").into()),
    }
}

async fn decide(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let state = verdict(&form.only(&["decision"])?)?;
    let id = PublicId::parse(&path.into_inner()).ok_or_else(AppError::not_found)?;
    let (now, by) = (ctx.now(), By::new(&ctx, &actor));
    ctx.app()
        .write(move |c| {
            let (found, organisation) = affiliations::by_public_id(c, &id)?;
            if found.person_id == by.actor.person {
                return Err(AppError::forbidden("Somebody else has to decide this: it concerns yourself."));
            }
            affiliations::decide(c, found.id, state, by.actor.person, now)?;
            let details = json!({ "organisation": organisation.name, "state": state });
            audit::append(c, &by.act("affiliation.decide", format!("affiliation {id}"), details), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(HOME, &Flash::good("Decided.")))
}

async fn add_link(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    let form = form.only(&["owner", "owned", "owned_share"])?;
    let wish = match LinkWish::parse(&form) {
        Ok(wish) => wish,
        Err(errors) => return show(&ctx, form.with(errors)).await,
    };
    let (now, by) = (ctx.now(), By::new(&ctx, &actor));
    let ids = (ctx.app().public_id()?, ctx.app().public_id()?);
    ctx.app().write(move |c| wish.keep(c, &by, &ids, DeclarationState::Confirmed, now)).await?;
    Ok(ctx.redirect_with(HOME, &Flash::good("The link is kept.")))
}

async fn change_link(ctx: Ctx, actor: Actor, path: web::Path<i64>, form: Form) -> PageResult {
    let form = form.only(&["decision", "last"])?;
    let id = ControlLinkId(path.into_inner());
    let last = match form.value("decision") {
        "end" => {
            Some(parse_day(form.value("last")).map_err(|why| AppError::from(FieldErrors::one("last", why)))?)
        }
        _ => None,
    };
    let state = if last.is_none() { Some(verdict(&form)?) } else { None };
    let (now, by) = (ctx.now(), By::new(&ctx, &actor));
    ctx.app()
        .write(move |c| {
            let known = match (last, state) {
                (Some(last), _) => affiliations::end_link(c, id, last)?,
                (None, Some(state)) => affiliations::decide_link(c, id, state)?,
                (None, None) => false,
            };
            if !known {
                return Err(AppError::not_found());
            }
            let details = json!({ "state": state, "until": last.map(|d| d.to_string()) });
            audit::append(c, &by.act("control_link.change", format!("control link {id}"), details), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(HOME, &Flash::good("Saved.")))
}

/// Declarations that wait and limits that are exceeded, for those who look after bodies.
///
/// # Errors
/// A database error.
pub fn tasks(conn: &mut Conn, actor: &Actor, now: Utc) -> AppResult<Vec<Task>> {
    if may(actor, Action::ManageBodies, Subject::Site).is_err() {
        return Ok(Vec::new());
    }
    let task = |text: String, hint: &str| Task { text, href: HOME.into(), hint: hint.into(), due: None };
    let mut found = Vec::new();
    let waiting = affiliations::undecided(conn, SHOWN)?.len();
    if waiting > 0 {
        let what = if waiting == 1 { "affiliation that was" } else { "affiliations that were" };
        found.push(task(format!("Look at {waiting} {what} declared"), ""));
    }
    for watch in watch(conn, now)? {
        found.push(task(format!("Too many with one affiliation: {}", watch.body), &watch.text));
    }
    Ok(found)
}
