//! The gallery, and a report with its form, its last good result and its history.

use askama::Template;
use folkmoot_reports::{Declaration, standard};
use folkmoot_store::accounts::Role;
use folkmoot_store::reports::{self as table, Ground, ReportState, RunLine, Schedule};
use folkmoot_store::{Conn, Utc};

use super::form::{self, Choice, Field, Fields};
use super::queue::{self, Wanted};
use super::run_page::{self, state_words};
use super::shelf::{self, Text};
use super::view::{self, Outcome, Shown};
use crate::auth::permission::{Action, Subject, may};
use crate::error::{AppError, AppResult};
use crate::http::session::Actor;
use crate::http::when::{day, when};
use crate::http::{Ctx, Form, Page, PageResult};
use crate::roles::heading;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/staff/reports", Access::May(Action::RunReports), gallery),
        Route::get("/staff/reports/{report}", Access::May(Action::RunReports), report),
        Route::post("/staff/reports/{report}", Access::May(Action::RunReports), run),
    ]
}

type Name = actix_web::web::Path<String>;

/// Runs shown of a report.
const HISTORY: i64 = 20;

struct Entry {
    href: String,
    title: String,
    about: String,
    tag: &'static str,
}

/// A run in a list.
struct Line {
    href: String,
    title: String,
    at: String,
    who: String,
    state: (&'static str, &'static str),
    script: String,
    data: String,
    took: String,
}

#[derive(Template)]
#[template(path = "reports/gallery.html")]
struct GalleryPage {
    page: Page,
    own: Vec<Entry>,
    reports: Vec<Entry>,
    may_write: bool,
    runs: Vec<Line>,
}

async fn gallery(ctx: Ctx, actor: Actor) -> PageResult {
    let may_write = shelf::writes(&actor);
    let (own, runs) = ctx
        .app()
        .read(move |c| {
            let mut own = Vec::new();
            for report in table::all(c)? {
                if report.state == ReportState::Published || may_write {
                    let number = report.published.unwrap_or(report.versions);
                    let script = table::version(c, report.id, number)?.script;
                    own.push(Entry {
                        href: format!("/staff/reports/{}", report.public_id),
                        title: report.title,
                        about: view::first_paragraph(&script),
                        tag: tag_of(report.state),
                    });
                }
            }
            let mine = table::runs_of(c, actor.person, 8)?;
            let runs = mine.iter().map(|run| line(c, run)).collect::<AppResult<Vec<_>>>()?;
            Ok((own, runs))
        })
        .await?;
    let reports = standard::ALL.iter().map(|r| Entry {
        href: format!("/staff/reports/{}", r.name),
        title: r.title.to_owned(),
        about: view::first_paragraph(r.script),
        tag: "",
    });
    ctx.show(&GalleryPage { page: ctx.page("Reports"), own, reports: reports.collect(), may_write, runs })
}

fn tag_of(state: ReportState) -> &'static str {
    match state {
        ReportState::Draft => "draft",
        ReportState::Published => "",
        ReportState::Retired => "retired",
    }
}

fn line(conn: &mut Conn, run: &RunLine) -> AppResult<Line> {
    let took = match (run.wall_millis, run.peak_memory) {
        (Some(millis), Some(bytes)) => format!("{millis} ms, {} MiB", bytes >> 20),
        (Some(millis), None) => format!("{millis} ms"),
        _ => String::new(),
    };
    Ok(Line {
        href: format!("/staff/reports/runs/{}", run.public_id),
        title: run.title.clone(),
        at: when(run.queued_at),
        who: run_page::who(conn, run)?,
        state: state_words(run.state),
        script: view::short(&run.script_hash).to_owned(),
        data: run.data_hash.as_deref().map(view::short).unwrap_or_default().to_owned(),
        took,
    })
}

/// What those who write reports see besides.
struct Workshop {
    versions: Vec<VersionLine>,
    state: ReportState,
    /// The newest version, when it is not the one that runs.
    newer: Option<i64>,
    newer_is_personal: bool,
    grants: Vec<GrantLine>,
    roles: Vec<Choice>,
    until: String,
}

struct VersionLine {
    number: i64,
    at: String,
    who: String,
    hash: String,
    runs: bool,
    is_personal: bool,
}

struct GrantLine {
    version: i64,
    role: String,
    reason: String,
    until: String,
    stands: bool,
}

#[derive(Template)]
#[template(path = "reports/report.html")]
struct ReportPage {
    page: Page,
    form: Form,
    address: String,
    title: String,
    about: String,
    tag: &'static str,
    fields: Vec<Field>,
    /// The same fields for runs by the clock.
    by_clock: Vec<Field>,
    /// One of those was filled in wrongly.
    by_clock_wrong: bool,
    script: String,
    limits: String,
    is_personal: bool,
    /// This person may run it.
    may_run: bool,
    may_write: bool,
    /// This person may take grants back, and there is one.
    may_revoke: bool,
    last: Option<(String, Outcome)>,
    failed: String,
    history: Vec<Line>,
    schedule: String,
    roles: Vec<Choice>,
    workshop: Option<Workshop>,
}

/// Roles that may open reports, for choosing whom a result goes to.
pub(super) fn reader_roles() -> Vec<Choice> {
    let choice = |role: &Role| Choice { value: role.as_str().to_owned(), label: heading(*role) };
    Action::RunReports.roles().iter().map(choice).collect()
}

async fn report(ctx: Ctx, actor: Actor, name: Name) -> PageResult {
    show(&ctx, &actor, &name, None).await
}

/// The page of a report; with the form as it was sent, or fresh.
pub(super) async fn show(ctx: &Ctx, actor: &Actor, name: &str, sent: Option<Form>) -> PageResult {
    let (name, writes) = (name.to_owned(), shelf::writes(actor));
    let text = ctx.app().read(move |c| shelf::find(c, &name, writes)).await?;
    let declaration = shelf::declaration(ctx, &text).await?;
    let elections = shelf::elections(ctx).await?;
    let source = text.source.clone();
    let schedule = ctx.app().read(move |c| Ok(table::schedule_of(c, &source)?)).await?;
    let kept: Vec<(String, String)> = match &schedule {
        Some(schedule) => schedule.parameters.parse()?,
        None => Vec::new(),
    };
    // The page has three forms; those that were not sent stay as they were.
    let has = |name: &str| sent.as_ref().is_some_and(|form| form.has_field(name));
    let (by_clock, approval) = (has("rhythm"), has("version"));
    let mut values = Vec::new();
    if by_clock || approval || sent.is_none() {
        values.extend(Fields::RUN.filled(&declaration, &[]));
    }
    if !by_clock {
        values.extend(Fields::SCHEDULE.filled(&declaration, &kept));
    }
    let form = match sent {
        Some(sent) => sent.beside(values),
        None => Form::filled(values),
    };
    let page = ctx.page(text.title.clone()).for_form(&form);
    let (actor, now, about) = (actor.clone(), ctx.now(), declaration.description.clone());
    let asked = Asked {
        about,
        fields: Fields::RUN.of(&declaration, &elections),
        by_clock: Fields::SCHEDULE.of(&declaration, &elections),
        schedule: schedule_words(&declaration, schedule.as_ref(), &kept),
    };
    let wrong = !form.errors.is_empty();
    let shown = ctx.app().read(move |c| gather(c, &actor, text, now, page, form, asked)).await?;
    if wrong { ctx.show_again(&shown) } else { ctx.show(&shown) }
}

/// What the page asks for.
struct Asked {
    about: String,
    fields: Vec<Field>,
    by_clock: Vec<Field>,
    schedule: String,
}

fn gather(
    c: &mut Conn,
    actor: &Actor,
    text: Text,
    now: Utc,
    page: Page,
    form: Form,
    asked: Asked,
) -> AppResult<ReportPage> {
    let runs = table::history(c, &text.source, HISTORY)?;
    let mut history = Vec::new();
    for run in &runs {
        if run_page::may_see(c, actor, run, now)? {
            history.push(line(c, run)?);
        }
    }
    let last = match table::last_good(c, &text.source)? {
        Some(good) if run_page::may_see(c, actor, &good, now)? => {
            let at = when(good.ended_at.unwrap_or(good.queued_at));
            run_page::outcome(c, &good)?.map(|outcome| (at, outcome))
        }
        _ => None,
    };
    let newest_over = runs.iter().find(|run| run.state.is_over());
    let failed = match newest_over {
        Some(run) if run.state != table::RunState::Done => run.message.clone(),
        _ => String::new(),
    };
    let granted = shelf::grant_for(c, &text.source, &text.script_hash, &actor.roles, now)?.is_some();
    let retired = text.saved.as_ref().is_some_and(|r| r.state == ReportState::Retired);
    let published = text.saved.as_ref().is_none_or(|r| r.state == ReportState::Published);
    let may_write = shelf::writes(actor);
    Ok(ReportPage {
        page,
        address: format!("/staff/reports/{}", text.source),
        about: asked.about,
        tag: text.saved.as_ref().map_or("", |r| tag_of(r.state)),
        fields: asked.fields,
        by_clock_wrong: asked.by_clock.iter().any(|f| !form.error(&f.name).is_empty()),
        by_clock: asked.by_clock,
        form,
        limits: queue::limits_in_words(),
        is_personal: text.is_personal,
        may_run: published && !retired && (granted || !text.is_personal),
        may_write,
        may_revoke: revocable(c, &text, actor, now)?,
        last,
        failed,
        history,
        schedule: asked.schedule,
        roles: reader_roles(),
        workshop: workshop(c, &text, may_write, now)?,
        title: text.title,
        script: text.script,
    })
}

fn revocable(c: &mut Conn, text: &Text, actor: &Actor, now: Utc) -> AppResult<bool> {
    let approver = may(actor, Action::ApproveReports, Subject::Site).is_ok();
    match text.saved.as_ref().filter(|_| approver) {
        Some(report) => Ok(table::grants(c, report.id)?.iter().any(|g| g.stands(now))),
        None => Ok(false),
    }
}

fn schedule_words(
    declaration: &Declaration,
    schedule: Option<&Schedule>,
    kept: &[(String, String)],
) -> String {
    let Some(schedule) = schedule else { return String::new() };
    let label = |key: &str| form::label(declaration, key).to_owned();
    let with: Vec<String> = kept.iter().map(|(key, value)| format!("{} {value}", label(key))).collect();
    let with = if with.is_empty() { String::new() } else { format!(", with {}", with.join(", ")) };
    format!(
        "Runs {} for the role {}{with}; next on {}.",
        schedule.rhythm,
        crate::roles::words(schedule.role),
        when(schedule.next_at)
    )
}

fn workshop(c: &mut Conn, text: &Text, may_write: bool, now: Utc) -> AppResult<Option<Workshop>> {
    let Some(report) = text.saved.as_ref().filter(|_| may_write) else { return Ok(None) };
    let runs = report.published.filter(|_| report.state == ReportState::Published);
    let mut versions = Vec::new();
    for version in table::versions(c, report.id)? {
        versions.push(VersionLine {
            number: version.number,
            at: when(version.created_at),
            who: folkmoot_store::accounts::person(c, version.created_by)?.preferred_name,
            hash: view::short(&version.script_hash).to_owned(),
            runs: runs == Some(version.number),
            is_personal: version.is_personal,
        });
    }
    let grants = table::grants(c, report.id)?;
    let grant = |g: &table::ReportGrant| GrantLine {
        version: g.version,
        role: heading(g.role),
        reason: g.reason.clone(),
        until: day(g.ends_at),
        stands: g.stands(now),
    };
    Ok(Some(Workshop {
        newer: versions.first().filter(|v| !v.runs).map(|v| v.number),
        newer_is_personal: versions.first().is_some_and(|v| v.is_personal),
        versions,
        state: report.state,
        grants: grants.iter().map(grant).collect(),
        roles: reader_roles(),
        until: now.plus(chrono::TimeDelta::days(180)).datetime().format("%Y-%m-%d").to_string(),
    }))
}

async fn run(ctx: Ctx, actor: Actor, name: Name, form: Form) -> PageResult {
    let (source, writes) = (name.to_string(), shelf::writes(&actor));
    let text = ctx.app().read(move |c| shelf::find(c, &source, writes)).await?;
    if text.saved.as_ref().is_some_and(|r| r.state != ReportState::Published) {
        return Err(AppError::conflict("This report is not published. Its authors try it in the editor."));
    }
    let declaration = shelf::declaration(&ctx, &text).await?;
    let elections = shelf::elections(&ctx).await?;
    let parameters = Fields::RUN.given(&declaration, &form);
    if let Err(errors) = declaration.values(&parameters, &elections) {
        let wrong = Fields::RUN.mistakes(&declaration, &errors);
        return show(&ctx, &actor, &name, Some(form.with(wrong))).await;
    }
    let (app, now) = (ctx.app().clone(), ctx.now());
    let id = ctx
        .app()
        .write(move |c| {
            let personal = if text.is_personal {
                let reason = shelf::grant_for(c, &text.source, &text.script_hash, &actor.roles, now)?;
                Some(reason.ok_or_else(|| {
                    AppError::forbidden(
                        "This report reads personal data, and no role of yours has a grant for it. Ask its author.",
                    )
                })?)
            } else {
                None
            };
            let wanted = Wanted {
                text: &text,
                parameters: &parameters,
                ground: Ground::Organisation,
                personal: personal.as_deref(),
                is_trial: false,
                asked_by: Some(actor.person),
                mail_role: None,
            };
            queue::add(c, &app, &wanted, now)
        })
        .await?;
    queue::wait_a_moment(&ctx, &id).await?;
    Ok(ctx.redirect(&format!("/staff/reports/runs/{id}")))
}
