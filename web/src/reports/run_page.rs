//! One run: how far it is, what came of it, its files.

use askama::Template;
use folkmoot_reports::{Run, export};
use folkmoot_store::reports::{self as table, RunLine, RunState};
use folkmoot_store::{Conn, PublicId, audit};
use serde_json::json;

use super::shelf;
use super::view::{self, Outcome, Shown};
use crate::auth::permission::{Action, Subject, may};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Ctx, Form, Page, PageResult};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/staff/reports/runs/{run}", Access::May(Action::RunReports), show),
        Route::post("/staff/reports/runs/{run}/cancel", Access::May(Action::RunReports), cancel),
        Route::post("/staff/reports/runs/{run}/file", Access::May(Action::RunReports), file),
    ]
}

type Name = actix_web::web::Path<String>;

/// How far a run is, in words and with the class of its tag.
pub(super) fn state_words(state: RunState) -> (&'static str, &'static str) {
    match state {
        RunState::Waiting => ("waits for its turn", ""),
        RunState::Running => ("running", "brand"),
        RunState::Done => ("done", "good"),
        RunState::Failed => ("failed", "bad"),
        RunState::Stopped => ("stopped", "bad"),
        RunState::Cancelled => ("cancelled", "warn"),
    }
}

/// What came of a run, when its outcome is still there.
///
/// # Errors
/// A database error.
pub(super) fn outcome(conn: &mut Conn, line: &RunLine) -> AppResult<Option<Outcome>> {
    let Some(text) = table::outcome_of(conn, line.id)? else { return Ok(None) };
    let run: Run = text.parse()?;
    Ok(Some(view::outcome(&run, format!("/staff/reports/runs/{}/file", line.public_id))))
}

/// Who may see a run: its author a trial; who may see payments one with amounts; whoever holds the granted role one with personal data; others whoever runs reports.
///
/// # Errors
/// A database error.
pub(super) fn may_see(
    conn: &mut Conn,
    actor: &Actor,
    line: &RunLine,
    now: folkmoot_store::Utc,
) -> AppResult<bool> {
    if line.is_trial {
        return Ok(line.asked_by == Some(actor.person));
    }
    if line.sees_money && may(actor, Action::SeePayments, Subject::Site).is_err() {
        return Ok(false);
    }
    if line.personal.is_none() {
        return Ok(true);
    }
    Ok(shelf::grant_for(conn, &line.source, &line.script_hash, &actor.roles, now)?.is_some())
}

fn seen(conn: &mut Conn, actor: &Actor, id: &PublicId, now: folkmoot_store::Utc) -> AppResult<RunLine> {
    let line = table::run(conn, id)?;
    if may_see(conn, actor, &line, now)? { Ok(line) } else { Err(AppError::not_found()) }
}

fn id_in(name: &str) -> AppResult<PublicId> {
    PublicId::parse(name).ok_or_else(AppError::not_found)
}

/// Where a run belongs: its report, or the editor with its script.
pub(super) fn home(line: &RunLine) -> String {
    match (line.is_trial, line.source.as_str()) {
        (true, "") => format!("/staff/reports/new?run={}", line.public_id),
        (true, source) => format!("/staff/reports/{source}/edit?run={}", line.public_id),
        (false, source) => format!("/staff/reports/{source}"),
    }
}

#[derive(Template)]
#[template(path = "reports/run.html")]
struct RunPage {
    page: Page,
    title: String,
    home: String,
    address: String,
    state: (&'static str, &'static str),
    over: bool,
    cancelling: bool,
    progress: String,
    who: String,
    at: String,
    values: Vec<(String, String)>,
    message: String,
    result: Option<Outcome>,
    /// The last run that came to its end, when this one did not: when, and what came of it.
    before: Option<(String, Outcome)>,
}

async fn show(ctx: Ctx, actor: Actor, name: Name) -> PageResult {
    let (id, now) = (id_in(&name)?, ctx.now());
    let (line, who, result, before) = ctx
        .app()
        .read(move |c| {
            let line = seen(c, &actor, &id, now)?;
            let who = who(c, &line)?;
            let result = if line.state.is_over() { outcome(c, &line)? } else { None };
            let before = if line.state.is_over() && line.state != RunState::Done {
                last_good(c, &actor, &line, now)?
            } else {
                None
            };
            Ok((line, who, result, before))
        })
        .await?;
    let told = result.as_ref().is_some_and(|r| r.fault.is_some() || !r.stopped.is_empty());
    ctx.show(&RunPage {
        page: ctx.page(format!("Run of {}", line.title)),
        title: line.title.clone(),
        home: home(&line),
        address: format!("/staff/reports/runs/{}", line.public_id),
        state: state_words(line.state),
        over: line.state.is_over(),
        cancelling: line.cancel_asked,
        progress: progress(&line),
        who,
        at: when(line.queued_at),
        values: line.parameters.parse()?,
        message: if told { String::new() } else { line.message },
        result,
        before,
    })
}

/// Rows read and outputs made so far.
pub(super) fn progress(line: &RunLine) -> String {
    match line.state {
        RunState::Waiting => {
            "It begins when a processor is free and no other report of the same person runs.".to_owned()
        }
        _ => format!("{} rows read, {} outputs made.", line.progress_rows, line.progress_outputs),
    }
}

/// Who asked for a run.
///
/// # Errors
/// A database error.
pub(super) fn who(conn: &mut Conn, line: &RunLine) -> AppResult<String> {
    Ok(match line.asked_by {
        Some(person) => folkmoot_store::accounts::person(conn, person)?.preferred_name,
        None => "the schedule".to_owned(),
    })
}

fn last_good(
    conn: &mut Conn,
    actor: &Actor,
    line: &RunLine,
    now: folkmoot_store::Utc,
) -> AppResult<Option<(String, Outcome)>> {
    let good = if line.is_trial {
        table::last_good_trial(conn, actor.person, &line.source, line.id)?
    } else {
        table::last_good(conn, &line.source)?
    };
    let Some(good) = good else { return Ok(None) };
    if !may_see(conn, actor, &good, now)? {
        return Ok(None);
    }
    Ok(outcome(conn, &good)?.map(|o| (when(good.ended_at.unwrap_or(good.queued_at)), o)))
}

async fn cancel(ctx: Ctx, actor: Actor, name: Name) -> PageResult {
    let (id, now) = (id_in(&name)?, ctx.now());
    let act = ctx.act("report.cancel", format!("run {id}"), json!({}));
    let line = ctx
        .app()
        .write(move |c| {
            let line = seen(c, &actor, &id, now)?;
            if table::cancel_run(c, line.id, now)? {
                audit::append(c, &act, now)?;
            }
            Ok(line)
        })
        .await?;
    let said = if line.state.is_over() { "It was over already." } else { "The report is being cancelled." };
    Ok(ctx.redirect_with(&format!("/staff/reports/runs/{}", line.public_id), &Flash::good(said)))
}

/// A table of a run as a file. What leaves with personal data is in the audit log.
async fn file(ctx: Ctx, actor: Actor, name: Name, form: Form) -> PageResult {
    let (id, now) = (id_in(&name)?, ctx.now());
    let form = form.only(&["file"])?;
    let (format, number) = form.value("file").split_once('-').ok_or_else(AppError::not_found)?;
    let number: usize = number.parse().map_err(|_| AppError::not_found())?;
    let format = format.to_owned();
    let act = ctx.act("report.file", format!("run {id}"), json!({ "file": form.value("file") }));
    let (title, run) = ctx
        .app()
        .write(move |c| {
            let line = seen(c, &actor, &id, now)?;
            let outcome = table::outcome_of(c, line.id)?.ok_or_else(AppError::not_found)?;
            if line.personal.is_some() {
                audit::append(c, &act, now)?;
            }
            Ok((line.title, outcome.parse::<Run>()?))
        })
        .await?;
    let output = run.outputs.get(number).ok_or_else(AppError::not_found)?;
    let (heading, shape) = view::titled(output).ok_or_else(AppError::not_found)?;
    let (bytes, kind) = match format.as_str() {
        "csv" => (export::csv(shape), "text/csv; charset=utf-8"),
        "xlsx" => (
            export::xlsx([(heading, shape)]),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        _ => return Err(AppError::not_found()),
    };
    let file = format!("{}-{}.{format}", view::file_name(&title), view::file_name(heading));
    Ok(actix_web::HttpResponse::Ok()
        .insert_header(("content-type", kind))
        .insert_header(("content-disposition", format!("attachment; filename=\"{file}\"")))
        .body(bytes.map_err(AppError::internal)?))
}
