//! Pages: what waits for a second person, one proposal with exactly what it would do, and the decision.

use std::collections::BTreeMap;

use actix_web::web;
use askama::Template;
use folkmoot_store::approvals::{self as table, Approval, ApprovalState};
use folkmoot_store::{Conn, PersonId, PublicId, Utc, accounts};

use super::By;
use super::kinds::kind;
use super::propose::{decide, obstacle, withdraw};
use crate::auth::permission::{Action, Subject, may};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::{stated, when};
use crate::http::{Check, Ctx, Form, Page, PageResult};
use crate::routes::{Access, Route};
use crate::staff::fresh;
use crate::tasks::Task;

/// Routes of this folder.
#[must_use]
pub fn routes() -> Vec<Route> {
    let staff = Access::May(Action::SeeStaffPages);
    vec![
        Route::get("/staff/approvals", staff, list),
        Route::get("/staff/approvals/{approval}", staff, show),
        Route::post("/staff/approvals/{approval}/approve", staff, approve),
        Route::post("/staff/approvals/{approval}/decline", staff, decline),
        Route::post("/staff/approvals/{approval}/withdraw", staff, take_back),
    ]
}

struct Line {
    id: PublicId,
    title: &'static str,
    proposer: String,
    proposed: String,
    state: &'static str,
    tag: &'static str,
    expires: String,
}

#[derive(Template)]
#[template(path = "approvals/list.html")]
struct ListPage {
    page: Page,
    open: Vec<Line>,
    over: Vec<Line>,
}

#[derive(Template)]
#[template(path = "approvals/show.html")]
struct ShowPage {
    page: Page,
    form: Form,
    line: Line,
    reason: String,
    facts: Vec<(String, String)>,
    digest: String,
    thing: String,
    decided: Option<(String, String)>,
    note: String,
    obstacle: Option<String>,
    mine: bool,
    is_open: bool,
}

/// Nobody learns of acts that are no matter of theirs.
fn visible(actor: &Actor, found: &Approval) -> bool {
    let kind = kind(&found.kind).ok();
    let can = |action| may(actor, action, Subject::Site).is_ok();
    found.proposed_by == actor.person
        || can(Action::ReadAuditLog)
        || kind.is_some_and(|k| can(k.propose) || can(k.approve))
}

fn names(conn: &mut Conn, all: &[Approval]) -> AppResult<BTreeMap<PersonId, String>> {
    let ids: Vec<PersonId> = all.iter().flat_map(|a| [Some(a.proposed_by), a.decided_by]).flatten().collect();
    Ok(accounts::persons_with(conn, &ids)?.into_iter().map(|p| (p.id, p.preferred_name)).collect())
}

fn name(names: &BTreeMap<PersonId, String>, id: PersonId) -> String {
    names.get(&id).cloned().unwrap_or_default()
}

fn line(found: &Approval, names: &BTreeMap<PersonId, String>, zone: &str, now: Utc) -> Line {
    let (state, tag) = match found.state {
        ApprovalState::Pending if found.is_open(now) => ("Waits", "warn"),
        ApprovalState::Pending => ("Expired", ""),
        ApprovalState::Approved => ("Approved", "good"),
        ApprovalState::Declined => ("Declined", "bad"),
        ApprovalState::Withdrawn => ("Withdrawn", ""),
    };
    Line {
        id: found.public_id.clone(),
        title: kind(&found.kind).map_or("An act of an earlier version", |k| k.title),
        proposer: name(names, found.proposed_by),
        proposed: when(found.proposed_at),
        state,
        tag,
        expires: stated(found.expires_at, zone),
    }
}

async fn list(ctx: Ctx, actor: Actor) -> PageResult {
    let now = ctx.now();
    let (open, over) = ctx
        .app()
        .read(move |c| {
            let (mut open, mut over) = (table::open(c, now)?, table::over(c, 100, now)?);
            open.retain(|a| visible(&actor, a));
            over.retain(|a| visible(&actor, a));
            let known = names(c, &[open.clone(), over.clone()].concat())?;
            let lines = |all: Vec<Approval>| {
                all.iter().map(|a| line(a, &known, &actor.time_zone, now)).collect::<Vec<_>>()
            };
            Ok((lines(open), lines(over)))
        })
        .await?;
    ctx.show(&ListPage { page: ctx.page("Approvals"), open, over })
}

fn id_in(path: &str) -> AppResult<PublicId> {
    PublicId::parse(path).ok_or_else(AppError::not_found)
}

async fn show(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    show_with(&ctx, &actor, &path.into_inner(), Form::empty()).await
}

async fn show_with(ctx: &Ctx, actor: &Actor, id: &str, form: Form) -> PageResult {
    let (id, now, by) = (id_in(id)?, ctx.now(), By::new(ctx, actor));
    let page = ctx.page("Approval").for_form(&form);
    let template = ctx
        .app()
        .read(move |c| {
            let found = table::approval(c, &id)?;
            if !visible(&by.actor, &found) {
                return Err(AppError::not_found());
            }
            let kind = kind(&found.kind)?;
            let known = names(c, std::slice::from_ref(&found))?;
            Ok(ShowPage {
                page,
                form,
                line: line(&found, &known, &by.actor.time_zone, now),
                reason: found.reason.clone(),
                facts: (kind.facts)(c, &found.payload)?,
                digest: found.digest.clone(),
                thing: (kind.page)(&found.payload)?,
                decided: found.decided_by.zip(found.decided_at).map(|(p, at)| (name(&known, p), when(at))),
                note: found.note.clone().unwrap_or_default(),
                obstacle: obstacle(c, &by, &found, now)?,
                mine: found.proposed_by == by.actor.person,
                is_open: found.is_open(now),
            })
        })
        .await?;
    if template.page.has_errors { ctx.show_again(&template) } else { ctx.show(&template) }
}

async fn approve(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    fresh(&ctx)?;
    let form = form.only(&["digest", "note"])?;
    settle(&ctx, &actor, &path.into_inner(), form, true).await
}

async fn decline(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["digest", "note"])?;
    settle(&ctx, &actor, &path.into_inner(), form, false).await
}

async fn settle(ctx: &Ctx, actor: &Actor, path: &str, form: Form, yes: bool) -> PageResult {
    let id = id_in(path)?;
    let mut check = Check::new(&form);
    let note = check.optional_text("note", 1000);
    if !yes && form.value("note").is_empty() {
        check.add("note", "Say why you decline, so that the proposer can do better.");
    }
    let errors = check.errors();
    let (Some(note), true) = (note, errors.is_empty()) else {
        return show_with(ctx, actor, path, form.with(errors)).await;
    };
    let (app, now, by) = (ctx.app().clone(), ctx.now(), By::new(ctx, actor));
    let digest = form.value("digest").to_owned();
    ctx.app()
        .write(move |c| {
            if !visible(&by.actor, &table::approval(c, &id)?) {
                return Err(AppError::not_found());
            }
            decide(c, &app, &by, &id, (yes, &digest, &note), now)
        })
        .await?;
    let words = if yes { "Approved and done." } else { "Declined; nothing was changed." };
    Ok(ctx.redirect_with("/staff/approvals", &Flash::good(words)))
}

async fn take_back(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let (id, now, by) = (id_in(&path.into_inner())?, ctx.now(), By::new(&ctx, &actor));
    ctx.app()
        .write(move |c| {
            if !visible(&by.actor, &table::approval(c, &id)?) {
                return Err(AppError::not_found());
            }
            withdraw(c, &by, &id, now)
        })
        .await?;
    Ok(ctx.redirect_with("/staff/approvals", &Flash::good("Your proposal is withdrawn.")))
}

/// Proposals this person may decide, for the start page.
///
/// # Errors
/// A database error.
pub fn tasks(conn: &mut Conn, actor: &Actor, now: Utc) -> AppResult<Vec<Task>> {
    if !actor.is_staff() {
        return Ok(Vec::new());
    }
    let by = By { actor: actor.clone(), reference: String::new() };
    let mut tasks = Vec::new();
    for found in table::open(conn, now)? {
        if obstacle(conn, &by, &found, now)?.is_none() {
            tasks.push(Task {
                text: format!("Approve or decline: {}", kind(&found.kind)?.title),
                href: format!("/staff/approvals/{}", found.public_id),
                hint: found.reason.clone(),
                due: Some(found.expires_at),
            });
        }
    }
    Ok(tasks)
}
