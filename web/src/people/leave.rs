//! A person leaves their duties: one act that takes every role away, signs them out, withdraws what they proposed, and says
//! what only they held.

use actix_web::web;
use askama::Template;
use folkmoot_store::accounts::{self, Person, Role};
use folkmoot_store::elections::trustees;
use folkmoot_store::{Conn, PublicId, Utc, approvals, audit};
use serde_json::json;

use super::pages::id_in;
use crate::app::App;
use crate::approvals::By;
use crate::auth::permission::{Action, Subject, may};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, Form, Page, PageResult};
use crate::roles;
use crate::routes::{Access, Route};
use crate::staff::fresh;

pub(super) fn routes() -> Vec<Route> {
    let manage = Access::May(Action::ManageRoles);
    vec![
        Route::get("/staff/people/{person}/leave", manage, page),
        Route::post("/staff/people/{person}/leave", manage, leave),
    ]
}

/// What ends when somebody leaves, and what needs somebody else.
struct Leaving {
    person: Person,
    roles: Vec<String>,
    /// Roles nobody else holds.
    alone: Vec<String>,
    /// Elections whose key they hold a share of: a share cannot be handed over.
    keys: Vec<String>,
    proposals: usize,
    sessions: usize,
}

#[derive(Template)]
#[template(path = "people/leave.html")]
struct LeavePage {
    page: Page,
    form: Form,
    leaving: Leaving,
}

fn leaving(conn: &mut Conn, actor: &Actor, id: &PublicId, now: Utc) -> AppResult<Leaving> {
    let person = accounts::person_by_public_id(conn, id)?;
    may(actor, Action::ManageRoles, Subject::Person(person.id))
        .map_err(|d| AppError::forbidden(d.to_string()))?;
    let mut held: Vec<Role> =
        accounts::grants_of(conn, person.id)?.into_iter().filter(|g| g.stands(now)).map(|g| g.role).collect();
    held.sort_unstable();
    held.dedup();
    let mut alone = Vec::new();
    for role in &held {
        if accounts::holders_of(conn, *role, now)?.iter().all(|p| *p == person.id) {
            alone.push(roles::heading(*role));
        }
    }
    let proposals = approvals::open(conn, now)?.iter().filter(|a| a.proposed_by == person.id).count();
    Ok(Leaving {
        roles: held.into_iter().map(roles::heading).collect(),
        alone,
        keys: trustees::keys_held_by(conn, person.id)?,
        proposals,
        sessions: accounts::sessions_of(conn, person.id, now)?.len(),
        person,
    })
}

async fn page(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    show(&ctx, &actor, &path.into_inner(), Form::empty()).await
}

async fn show(ctx: &Ctx, actor: &Actor, path: &str, form: Form) -> PageResult {
    let (id, now, viewer) = (id_in(path)?, ctx.now(), actor.clone());
    let leaving = ctx.app().read(move |c| leaving(c, &viewer, &id, now)).await?;
    let template = LeavePage { page: ctx.page("A person leaves").for_form(&form), form, leaving };
    if template.page.has_errors { ctx.show_again(&template) } else { ctx.show(&template) }
}

fn carry_out(conn: &mut Conn, app: &App, by: &By, id: &PublicId, reason: &str, now: Utc) -> AppResult<()> {
    let leaving = leaving(conn, &by.actor, id, now)?;
    let person = leaving.person.id;
    for held in accounts::grants_of(conn, person)?.into_iter().filter(|g| g.stands(now)) {
        roles::revoke(conn, app, by, held.id, reason, now)?;
    }
    accounts::end_sessions(conn, person, None)?;
    let withdrawn = approvals::withdraw_all(conn, person, by.actor.person, now)?;
    let details = json!({
        "reason": reason, "roles": leaving.roles, "held_alone": leaving.alone, "withdrawn_proposals": withdrawn,
        "key_shares": leaving.keys.len(),
    });
    audit::append(conn, &by.act("person.leave", format!("person {id}"), details), now)?;
    Ok(())
}

async fn leave(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    fresh(&ctx)?;
    let path = path.into_inner();
    let form = form.only(&["reason"])?;
    let mut check = Check::new(&form);
    let Some(reason) = check.text("reason", 500, "Say why, for example the end of a contract.") else {
        let errors = check.errors();
        return show(&ctx, &actor, &path, form.with(errors)).await;
    };
    let (id, now, app, by) = (id_in(&path)?, ctx.now(), ctx.app().clone(), By::new(&ctx, &actor));
    ctx.app().write(move |c| carry_out(c, &app, &by, &id, &reason, now)).await?;
    let words = "Every role is taken away, every session ended, every open proposal withdrawn.";
    Ok(ctx.redirect_with(&format!("/staff/people/{path}"), &Flash::good(words)))
}
