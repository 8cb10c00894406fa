//! A motion becomes an election: a draft with the right preset, question, threshold and electorate.

use actix_web::web;
use folkmoot_governance::threshold::Threshold;
use folkmoot_store::{PublicId, audit, motions};
use serde_json::json;

use super::standing::{self, At, Standing};
use crate::approvals::By;
use crate::auth::permission::Action;
use crate::elections::preparation::plan::Electorate;
use crate::elections::preparation::preset::{Preset, motion_answers};
use crate::elections::preparation::{Draft, Prepared};
use crate::elections::settings::{QuestionKind, QuestionSettings};
use crate::error::AppError;
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Ctx, Form, PageResult};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![Route::post("/staff/motions/{motion}/election", Access::May(Action::PrepareElections), begin)]
}

/// What the election begins from.
fn preset(standing: &Standing) -> Preset {
    let kind = standing.motion.kind.as_str();
    if kind.contains("confidence") {
        Preset::NoConfidence
    } else if kind.contains("promotion") {
        Preset::Promotion
    } else {
        Preset::Bylaw
    }
}

fn electorate(standing: &Standing) -> Electorate {
    let (slug, name) = (standing.body.slug.clone(), standing.body.name.clone());
    match standing.kind.voters {
        true => Electorate::Members { slug, name, affirm: false, waived_by: Vec::new() },
        false => Electorate::Body { slug, name },
    }
}

fn question(standing: &Standing) -> QuestionSettings {
    let threshold: Threshold = standing.kind.rule.threshold.clone();
    QuestionSettings {
        title: standing.motion.title.clone(),
        kind: QuestionKind::YesNoAbstain { threshold },
        seats: 1,
        answers: motion_answers(),
        seating: None,
    }
}

async fn begin(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let id = PublicId::parse(&path.into_inner()).ok_or_else(AppError::not_found)?;
    let (now, app, by) = (ctx.now(), ctx.app().clone(), By::new(&ctx, &actor));
    let slug = ctx
        .app()
        .write(move |c| {
            let standing = standing::at(c, &id, now)?;
            let ready = standing.is_open() || standing.state == At::AwaitsElection;
            if !ready || standing.motion.election_id.is_some() {
                return Err(AppError::conflict(
                    "Only a motion that is open for votes can become an election.",
                ));
            }
            if !standing.votes.is_empty() {
                return Err(AppError::conflict("Members have voted openly already; let the open vote end."));
            }
            let tail: String = id.as_str().chars().rev().take(6).collect();
            let slug = format!("motion-{}", tail.to_lowercase().replace('-', "x"));
            let draft = Draft {
                preset: preset(&standing),
                title: &standing.motion.title,
                slug: &slug,
                opening: None,
            };
            draft.insert(c, &app, &by, now)?;
            let mut prepared = Prepared::load(c, &slug)?;
            prepared.settings.description = standing.motion.text.clone();
            prepared.settings.questions = vec![question(&standing)];
            prepared.plan.body = standing.body.name.clone();
            prepared.plan.electorate = Some(electorate(&standing));
            prepared.save(c)?;
            motions::move_to_election(c, standing.motion.id, prepared.election.id)?;
            let details = json!({ "election": prepared.election.public_id });
            audit::append(c, &by.act("motion.to_election", format!("motion {id}"), details), now)?;
            Ok(slug)
        })
        .await?;
    let said = "The draft is made from the motion. Complete it and announce it.";
    Ok(ctx.redirect_with(&format!("/staff/elections/{slug}"), &Flash::good(said)))
}
