//! Seconding, voting, taking back.

use actix_web::web;
use folkmoot_governance::motion::MotionState;
use folkmoot_store::motions::{self, Choice};
use folkmoot_store::{PublicId, audit};
use serde_json::json;

use super::enter::open_if_ready;
use super::show::visible;
use super::standing::{self, At, Standing};
use crate::approvals::By;
use crate::error::AppError;
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, Form, PageResult};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/motions/{motion}/second", Access::SignedIn, second),
        Route::post("/motions/{motion}/vote", Access::SignedIn, vote),
        Route::post("/motions/{motion}/withdraw", Access::SignedIn, withdraw),
    ]
}

fn place(id: &PublicId) -> String {
    format!("/motions/{id}")
}

fn id_of(path: web::Path<String>) -> Result<PublicId, AppError> {
    PublicId::parse(&path.into_inner()).ok_or_else(AppError::not_found)
}

/// Why there are no votes on a motion now.
fn closed(standing: &Standing) -> AppError {
    AppError::conflict(match &standing.state {
        At::AwaitsElection | At::InElection => {
            "This motion is decided by a secret vote, not here.".to_owned()
        }
        At::Rule(MotionState::Blocked { by }) => {
            format!("A motion on {by} is open; until it is decided, nobody votes on this one.")
        }
        At::Rule(MotionState::Proposed { .. }) => {
            "This motion has to be seconded before anybody votes.".to_owned()
        }
        At::Rule(MotionState::Lapsed { .. }) => {
            "This motion was not seconded in time; propose it again.".to_owned()
        }
        _ => "Voting on this motion is over.".to_owned(),
    })
}

async fn second(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let id = id_of(path)?;
    let (now, by, to) = (ctx.now(), By::new(&ctx, &actor), place(&id));
    ctx.app()
        .write(move |c| {
            let standing = visible(c, &id, Some(&by.actor), now)?;
            if !matches!(standing.state, At::Rule(MotionState::Proposed { .. })) {
                return Err(match standing.state {
                    At::Rule(MotionState::Lapsed { .. }) => closed(&standing),
                    _ => AppError::conflict("This motion needs no seconder."),
                });
            }
            if standing.motion.proposer_id == by.actor.person {
                return Err(AppError::forbidden("Somebody else has to second your motion."));
            }
            let electors = standing::electors(c, &standing.body, &standing.kind, now)?;
            if !electors.contains(&by.actor.person) {
                return Err(AppError::forbidden("Only those who will have a vote can second this motion."));
            }
            motions::second(c, standing.motion.id, by.actor.person, now)?;
            audit::append(c, &by.act("motion.second", format!("motion {id}"), json!({})), now)?;
            open_if_ready(c, standing.motion.id, now)
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("You have seconded the motion.")))
}

async fn vote(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["choice", "reason"])?;
    let mut check = Check::new(&form);
    let choice = check.field("choice", |t| t.parse::<Choice>().map_err(|_| "Choose how you vote."));
    let reason = check.optional_text("reason", 1000);
    let (Some(choice), Some(reason)) = (choice, reason) else { return Err(check.errors().into()) };
    let id = id_of(path)?;
    let (now, by, to) = (ctx.now(), By::new(&ctx, &actor), place(&id));
    ctx.app()
        .write(move |c| {
            let standing = visible(c, &id, Some(&by.actor), now)?;
            if !motions::is_elector(c, standing.motion.id, by.actor.person)? {
                return Err(AppError::forbidden(
                    "You have no vote on this motion: you were no member when it was opened.",
                ));
            }
            if !standing.is_open() {
                return Err(closed(&standing));
            }
            motions::vote(c, standing.motion.id, by.actor.person, (choice, &reason), now)?;
            // The log says that somebody voted, not how: hidden votes stay hidden in it.
            audit::append(c, &by.act("motion.vote", format!("motion {id}"), json!({})), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("Your vote is recorded. You can change it until the close.")))
}

async fn withdraw(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let id = id_of(path)?;
    let (now, by, app, to) = (ctx.now(), By::new(&ctx, &actor), ctx.app().clone(), place(&id));
    ctx.app()
        .write(move |c| {
            let standing = visible(c, &id, Some(&by.actor), now)?;
            if standing.motion.proposer_id != by.actor.person {
                return Err(AppError::forbidden("Only whoever proposed a motion can take it back."));
            }
            let waits = matches!(standing.state, At::Rule(MotionState::Proposed { .. }));
            if !(waits || standing.is_open()) || standing.motion.election_id.is_some() {
                return Err(AppError::conflict("This motion cannot be taken back any more."));
            }
            motions::withdraw(c, standing.motion.id, now)?;
            audit::append(c, &by.act("motion.withdraw", format!("motion {id}"), json!({})), now)?;
            super::settle::settle_due(c, &app, now)
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("The motion is withdrawn.")))
}
