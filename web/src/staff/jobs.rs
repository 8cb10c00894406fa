//! Jobs that were given up, and what waits: staff repeat a job once its cause is gone.

use actix_web::web;
use askama::Template;
use folkmoot_store::audit;
use folkmoot_store::jobs::{self as table, Job, JobId, JobState};
use serde_json::json;

use crate::auth::permission::Action;
use crate::error::AppError;
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Ctx, Form, Page, PageResult};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let manage = Access::May(Action::ManageJobs);
    vec![Route::get("/staff/jobs", manage, list), Route::post("/staff/jobs/{job}/repeat", manage, repeat)]
}

struct Line {
    id: i64,
    kind: String,
    attempts: i64,
    at: String,
    error: String,
}

#[derive(Template)]
#[template(path = "staff/jobs.html")]
struct JobsPage {
    page: Page,
    dead: Vec<Line>,
    waiting: Vec<Line>,
    waiting_count: i64,
    done_count: i64,
}

fn line(job: Job) -> Line {
    Line {
        id: job.id.0,
        kind: job.kind,
        attempts: job.attempts,
        at: when(job.finished_at.unwrap_or(job.run_at)),
        error: job.last_error.unwrap_or_default(),
    }
}

async fn list(ctx: Ctx, _actor: Actor) -> PageResult {
    let (dead, waiting, waiting_count, done_count) = ctx
        .app()
        .read(|c| {
            Ok((
                table::jobs_in(c, JobState::Dead, 200)?,
                table::jobs_in(c, JobState::Queued, 50)?,
                table::count(c, JobState::Queued)?,
                table::count(c, JobState::Done)?,
            ))
        })
        .await?;
    let lines = |jobs: Vec<Job>| jobs.into_iter().map(line).collect::<Vec<_>>();
    let (dead, waiting) = (lines(dead), lines(waiting));
    ctx.show(&JobsPage { page: ctx.page("Jobs"), dead, waiting, waiting_count, done_count })
}

async fn repeat(ctx: Ctx, _actor: Actor, path: web::Path<i64>, form: Form) -> PageResult {
    form.only(&[])?;
    let (id, now) = (JobId(path.into_inner()), ctx.now());
    let act = ctx.act("job.repeat", format!("job {id}"), json!({}));
    ctx.app()
        .write(move |c| {
            table::job(c, id)?;
            if !table::repeat(c, id, now)? {
                return Err(AppError::conflict("This job was not given up; there is nothing to repeat."));
            }
            audit::append(c, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with("/staff/jobs", &Flash::good("The job is tried again.")))
}
