//! The rehearsal: what must be tried out before voting may open, and how the result will look.

use actix_web::web;
use askama::Template;
use folkmoot_governance::election::{Check as Guard, Step};
use serde_json::json;

use super::plan::Prepared;
use super::policies::has_seats;
use super::{change, facts, may_prepare, place, questions};
use crate::auth::permission::Action;
use crate::elections::settings::QuestionSettings;
use crate::elections::trustees;
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Ctx, Form, Page, PageResult};
use crate::routes::{Access, Route};
use crate::staff::fresh;

pub(super) fn routes() -> Vec<Route> {
    let prepare = Access::May(Action::PrepareElections);
    vec![
        Route::get("/staff/elections/{election}/rehearsal", Access::May(Action::SeeElections), show),
        Route::post("/staff/elections/{election}/rehearsal/looked", prepare, looked),
        Route::post("/staff/elections/{election}/rehearsal/finish", prepare, finish),
    ]
}

/// A question of the preview: invented numbers, real names and seats.
struct Preview {
    title: String,
    headline: String,
    rows: Vec<(String, usize, &'static str)>,
}

fn preview(question: &QuestionSettings) -> Preview {
    let seats = usize::try_from(question.seats).unwrap_or(usize::MAX);
    let standing: Vec<&str> =
        question.answers.iter().filter(|a| !a.withdrawn).map(|a| a.name.as_str()).collect();
    let most = standing.len() * 10 + 20;
    let fills = has_seats(question);
    let row = |(i, name): (usize, &&str)| {
        let outcome = match (fills, i) {
            (true, i) if i < seats => "Elected",
            (false, 0) => "Prevails",
            _ => "",
        };
        ((*name).to_owned(), most - i * 10, outcome)
    };
    let rows: Vec<_> = standing.iter().enumerate().map(row).collect();
    let first: Vec<&str> = standing.iter().take(seats).copied().collect();
    let headline = match (fills, first.as_slice()) {
        (false, _) => "Accepted.".to_owned(),
        (true, [one]) => format!("{one} is elected."),
        (true, many) => format!("{} are elected.", many.join(", ")),
    };
    Preview { title: question.title.clone(), headline, rows }
}

/// States before the end of the rehearsal.
pub(super) const PREPARED: &[&str] =
    &["draft", "announced", "nominations", "closed_nominations", "candidates_announced"];

#[derive(Template)]
#[template(path = "preparation/rehearsal.html")]
struct RehearsalPage {
    page: Page,
    slug: String,
    checks: Vec<Guard>,
    ready: bool,
    previews: Vec<Preview>,
    looked: bool,
    announced: bool,
    over: bool,
    may_prepare: bool,
}

async fn show(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let (slug, now, may_prepare) = (path.into_inner(), ctx.now(), may_prepare(&actor));
    let page = ctx.page("Rehearsal");
    let shown = ctx
        .app()
        .read(move |conn| {
            let prepared = Prepared::load(conn, &slug)?;
            let checks = facts::checklist(conn, &prepared, &Step::FinishRehearsal, now)?;
            let before = if prepared.plan.call.is_some() { "candidates_announced" } else { "announced" };
            let announced = prepared.election.state == before;
            let over = !prepared.is_draft() && !PREPARED.contains(&prepared.election.state.as_str());
            Ok(RehearsalPage {
                page,
                ready: announced && checks.iter().all(|c| c.ok),
                checks,
                looked: prepared.plan.previewed.as_deref() == Some(&questions::digest(&prepared.settings)?),
                previews: prepared.settings.questions.iter().map(preview).collect(),
                announced,
                over,
                may_prepare,
                slug,
            })
        })
        .await?;
    ctx.show(&shown)
}

async fn looked(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let slug = path.into_inner();
    change(&ctx, &actor, &slug, "election.preview", json!({}), |_, _, prepared, _| {
        prepared.plan.previewed = Some(questions::digest(&prepared.settings)?);
        Ok(())
    })
    .await?;
    Ok(ctx.redirect_with(&place(&slug, "rehearsal"), &Flash::good("Noted.")))
}

async fn finish(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    fresh(&ctx)?;
    let (slug, person) = (path.into_inner(), actor.person);
    change(&ctx, &actor, &slug, "election.rehearsed", json!({}), move |conn, _, prepared, now| {
        facts::take(conn, prepared, &Step::FinishRehearsal, &facts::officer(person), now)?;
        trustees::keys(conn, &prepared.election)?;
        Ok(())
    })
    .await?;
    let said = "The rehearsal is finished. Voting can be opened by two officers.";
    Ok(ctx.redirect_with(&place(&slug, "open"), &Flash::good(said)))
}
