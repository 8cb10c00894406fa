//! Writing reports: the editor with trials, versions with what changed between them, publishing, taking out of use.

use askama::Template;
use folkmoot_reports::{Ended, script_hash};
use folkmoot_store::error::is_duplicate;
use folkmoot_store::reports::{
    self as table, Ground, NewReportVersion, Report, ReportState, RunLine, RunState,
};
use folkmoot_store::{Conn, JsonText, PublicId, audit};
use serde_json::json;

use super::queue::{self, Wanted};
use super::run_page::{self, state_words};
use super::shelf::{self, Text};
use super::view::{Outcome, Shown};
use super::{approval, schedule};
use crate::auth::permission::Action;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Ctx, FieldErrors, Form, Page, PageResult};
use crate::routes::{Access, Route};
use crate::site::pages::diff::{self, DiffLine};

/// Addresses that name no report; they come before those that do.
pub(super) fn fixed_routes() -> Vec<Route> {
    vec![
        Route::get("/staff/reports/new", Access::May(Action::WriteReports), new),
        Route::post("/staff/reports/new", Access::May(Action::WriteReports), act_new).body_limit(BODY),
    ]
}

pub(super) fn routes() -> Vec<Route> {
    let writes = Access::May(Action::WriteReports);
    vec![
        Route::get("/staff/reports/{report}/edit", writes, edit),
        Route::post("/staff/reports/{report}/edit", writes, act_edit).body_limit(BODY),
        Route::get("/staff/reports/{report}/versions/{number}", Access::May(Action::RunReports), version),
        Route::post("/staff/reports/{report}/publish", writes, publish),
        Route::post("/staff/reports/{report}/retire", writes, retire),
        Route::post("/staff/reports/{report}/approval", writes, approval::propose),
        Route::post("/staff/reports/{report}/revoke", Access::May(Action::ApproveReports), approval::revoke),
        Route::post("/staff/reports/{report}/schedule", writes, schedule::set),
    ]
}

type Name = actix_web::web::Path<String>;

/// What the editor of a new report begins with.
const BEGINNING: &str = "\"\"\"Members by tier.\"\"\"\n\npeople = members(columns=[\"tier\"])\nby_tier = people.group(\"tier\").count()\nmetric(\"Memberships\", people.count())\ntable(by_tier, title=\"By tier\", total=\"count\")\nbar_chart(by_tier, x=\"tier\", y=\"count\", title=\"By tier\")\n";
/// Longest script, in characters.
const LONGEST: usize = 100_000;
/// Largest form, in bytes: a script may be percent-encoded threefold.
const BODY: usize = 400_000;

/// A trial, beside the script it tried.
struct Trial {
    address: String,
    state: (&'static str, &'static str),
    over: bool,
    progress: String,
    message: String,
    result: Option<Outcome>,
    before: Option<(String, Outcome)>,
}

#[derive(Template)]
#[template(path = "reports/editor.html")]
struct EditorPage {
    page: Page,
    form: Form,
    heading: String,
    address: String,
    back: String,
    /// Address of this page, to look again.
    here: String,
    error_line: u32,
    limits: String,
    trial: Option<Trial>,
}

async fn new(ctx: Ctx, actor: Actor) -> PageResult {
    let form = Form::filled([("title", String::new()), ("script", BEGINNING.to_owned())]);
    show(&ctx, &actor, None, form, true).await
}

async fn edit(ctx: Ctx, actor: Actor, name: Name) -> PageResult {
    let (report, newest) = newest(&ctx, &name).await?;
    let form = Form::filled([
        ("title", report.title.clone()),
        ("script", newest.script),
        ("base", report.versions.to_string()),
    ]);
    show(&ctx, &actor, Some(&report), form, true).await
}

async fn newest(ctx: &Ctx, name: &str) -> AppResult<(Report, table::ReportVersion)> {
    let name = name.to_owned();
    ctx.app()
        .read(move |c| {
            let report = shelf::saved(c, &name)?;
            let newest = table::version(c, report.id, report.versions)?;
            Ok((report, newest))
        })
        .await
}

/// The editor. `fresh`: the script of the trial in the address, if there is one, takes the place of the saved one.
async fn show(ctx: &Ctx, actor: &Actor, report: Option<&Report>, mut form: Form, fresh: bool) -> PageResult {
    let source = report.map_or_else(String::new, |r| r.public_id.as_str().to_owned());
    let address = match report {
        Some(report) => format!("/staff/reports/{}/edit", report.public_id),
        None => "/staff/reports/new".to_owned(),
    };
    let asked = ctx.query("run").and_then(|id| PublicId::parse(&id)).filter(|_| fresh);
    let (mut trial, mut here, mut error_line) = (None, address.clone(), 0);
    if let Some(id) = asked {
        let actor = actor.clone();
        let of = source.clone();
        let (line, script, found) = ctx.app().read(move |c| tried(c, &actor, &of, &id)).await?;
        let base = form.value("base").to_owned();
        form = Form::filled([("title", line.title.clone()), ("script", script), ("base", base)]);
        here = format!("{address}?run={}", line.public_id);
        error_line = fault_line(found.result.as_ref());
        trial = Some(found);
    }
    if let Some(line) = line_in(form.error("script")) {
        error_line = line;
    }
    let heading = report.map_or_else(|| "New report".to_owned(), |r| format!("Edit: {}", r.title));
    let page = ctx.page(heading.clone()).for_form(&form);
    let wrong = !form.errors.is_empty();
    let shown = EditorPage {
        page,
        form,
        heading,
        address,
        back: report
            .map_or_else(|| "/staff/reports".to_owned(), |r| format!("/staff/reports/{}", r.public_id)),
        here,
        error_line,
        limits: queue::limits_in_words(),
        trial,
    };
    if wrong { ctx.show_again(&shown) } else { ctx.show(&shown) }
}

/// A trial of this person, of this report; its script.
fn tried(c: &mut Conn, actor: &Actor, source: &str, id: &PublicId) -> AppResult<(RunLine, String, Trial)> {
    let line = table::run(c, id)?;
    if !line.is_trial || line.asked_by != Some(actor.person) || line.source != source {
        return Err(AppError::not_found());
    }
    let script = table::script_of(c, line.id)?;
    let over = line.state.is_over();
    let result = if over { run_page::outcome(c, &line)? } else { None };
    let good = if over && line.state != RunState::Done {
        table::last_good_trial(c, actor.person, source, line.id)?
    } else {
        None
    };
    let before = match good {
        Some(good) => run_page::outcome(c, &good)?
            .map(|outcome| (when(good.ended_at.unwrap_or(good.queued_at)), outcome)),
        None => None,
    };
    let told = result.as_ref().is_some_and(|r| r.fault.is_some() || !r.stopped.is_empty());
    let trial = Trial {
        address: format!("/staff/reports/runs/{}", line.public_id),
        state: state_words(line.state),
        over,
        progress: run_page::progress(&line),
        message: if told { String::new() } else { line.message.clone() },
        result,
        before,
    };
    Ok((line, script, trial))
}

fn fault_line(result: Option<&Outcome>) -> u32 {
    result.and_then(|r| r.fault.as_ref()).and_then(|f| f.line).unwrap_or(0)
}

/// The line that a message about a script begins with.
fn line_in(message: &str) -> Option<u32> {
    message.strip_prefix("Line ")?.split(':').next()?.parse().ok()
}

/// What was written.
struct Written {
    title: String,
    script: String,
}

impl Written {
    fn read(form: &Form, trial: bool) -> Result<Written, FieldErrors> {
        let script = form.raw("script").replace("\r\n", "\n");
        let title = form.value("title").to_owned();
        let mut wrong = FieldErrors::default();
        if !trial && title.is_empty() {
            wrong.add("title", "Give the report a title, such as: Renewals by month.");
        }
        if title.chars().count() > 120 {
            wrong.add("title", "Shorten the title to 120 characters.");
        }
        if script.trim().is_empty() || script.chars().count() > LONGEST {
            wrong.add("script", format!("Write a script of at most {LONGEST} characters."));
        }
        if wrong.is_empty() { Ok(Written { title, script }) } else { Err(wrong) }
    }
}

async fn act_new(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    act(ctx, actor, None, form).await
}

async fn act_edit(ctx: Ctx, actor: Actor, name: Name, form: Form) -> PageResult {
    let (report, _) = newest(&ctx, &name).await?;
    act(ctx, actor, Some(report), form).await
}

async fn act(ctx: Ctx, actor: Actor, report: Option<Report>, form: Form) -> PageResult {
    let form = form.only(&["title", "script", "base", "act"])?;
    let ground = match form.value("act") {
        "sample" => Some(Ground::Sample),
        "organisation" => Some(Ground::Organisation),
        _ => None,
    };
    let written = match Written::read(&form, ground.is_some()) {
        Ok(written) => written,
        Err(wrong) => return show(&ctx, &actor, report.as_ref(), form.with(wrong), false).await,
    };
    match ground {
        Some(ground) => try_it(ctx, actor, report, written, ground).await,
        None => save(ctx, actor, report, written, form).await,
    }
}

/// Puts a trial into the queue; its page is the editor again.
async fn try_it(
    ctx: Ctx,
    actor: Actor,
    report: Option<Report>,
    written: Written,
    ground: Ground,
) -> PageResult {
    let address = match &report {
        Some(report) => format!("/staff/reports/{}/edit", report.public_id),
        None => "/staff/reports/new".to_owned(),
    };
    let text = Text {
        source: report.as_ref().map_or_else(String::new, |r| r.public_id.as_str().to_owned()),
        title: written.title,
        script_hash: script_hash(&written.script),
        script: written.script,
        version: None,
        is_personal: false,
        saved: report,
    };
    let (app, now) = (ctx.app().clone(), ctx.now());
    let id = ctx
        .app()
        .write(move |c| {
            let wanted = Wanted {
                text: &text,
                parameters: &[],
                ground,
                personal: None,
                is_trial: true,
                asked_by: Some(actor.person),
                mail_role: None,
            };
            queue::add(c, &app, &wanted, now)
        })
        .await?;
    queue::wait_a_moment(&ctx, &id).await?;
    Ok(ctx.redirect(&format!("{address}?run={id}")))
}

async fn save(ctx: Ctx, actor: Actor, report: Option<Report>, written: Written, form: Form) -> PageResult {
    let run = shelf::check(&ctx, &written.script).await?;
    let declaration = match (&run.ended, run.declaration) {
        (Ended::Done, Some(declaration)) => declaration,
        (Ended::Failed(failure), _) => {
            let words = format!("{}. {}", super::view::fault_words(failure), failure.advice);
            let wrong = FieldErrors::one("script", words.trim().to_owned());
            return show(&ctx, &actor, report.as_ref(), form.with(wrong), false).await;
        }
        _ => {
            return Err(AppError::conflict(
                "The interpreter could not read this script. Make it shorter and simpler.",
            ));
        }
    };
    let hash = script_hash(&written.script);
    if let Some(report) = &report
        && let Some(wrong) = unchanged(&ctx, report, &form, &written, &hash).await?
    {
        return show(&ctx, &actor, Some(report), form.with(wrong), false).await;
    }
    let (app, now) = (ctx.app().clone(), ctx.now());
    let (reference, author) = (ctx.reference().to_owned(), actor.person);
    let (id, number) = ctx
        .app()
        .write(move |c| {
            let version = NewReportVersion {
                script: &written.script,
                script_hash: &hash,
                declaration: &JsonText::of(&declaration)?,
                is_personal: declaration.personal(),
                author,
            };
            let (id, number) = match &report {
                Some(report) => {
                    let number = table::add_version(c, report.id, &written.title, &version, now)
                        .map_err(|e| if is_duplicate(&e) { saved_meanwhile() } else { e.into() })?;
                    (report.public_id.clone(), number)
                }
                None => {
                    let id = app.public_id()?;
                    (table::add(c, &id, &written.title, &version, now)?.public_id, 1)
                }
            };
            let act = audit::Act {
                actor: Some(author),
                action: "report.save",
                object: format!("report {id}"),
                details: json!({ "version": number, "script": hash, "personal": declaration.personal() }),
                reference: reference.clone(),
            };
            audit::append(c, &act, now)?;
            Ok((id, number))
        })
        .await?;
    let said = format!("Saved as version {number}. Others run it when it is published.");
    Ok(ctx.redirect_with(&format!("/staff/reports/{id}"), &Flash::good(said)))
}

fn saved_meanwhile() -> AppError {
    AppError::conflict(
        "Somebody saved another version meanwhile. Copy your script, open the editor again and merge.",
    )
}

/// What keeps a text from becoming the next version.
async fn unchanged(
    ctx: &Ctx,
    report: &Report,
    form: &Form,
    written: &Written,
    hash: &str,
) -> AppResult<Option<FieldErrors>> {
    if form.value("base") != report.versions.to_string() {
        let why =
            "Somebody saved another version meanwhile. Copy your script, open the editor again and merge.";
        return Ok(Some(FieldErrors::one("script", why)));
    }
    let (id, number) = (report.id, report.versions);
    let newest = ctx.app().read(move |c| Ok(table::version(c, id, number)?)).await?;
    if newest.script_hash == hash && report.title == written.title {
        return Ok(Some(FieldErrors::one("script", "This is the newest version already; nothing changed.")));
    }
    Ok(None)
}

#[derive(Template)]
#[template(path = "reports/version.html")]
struct VersionPage {
    page: Page,
    title: String,
    back: String,
    number: i64,
    at: String,
    who: String,
    hash: String,
    script: String,
    uses: Vec<String>,
    changes: Vec<DiffLine>,
}

async fn version(ctx: Ctx, actor: Actor, at: actix_web::web::Path<(String, i64)>) -> PageResult {
    let (name, number) = at.into_inner();
    let writes = shelf::writes(&actor) || actor.has(folkmoot_store::accounts::Role::ReportApprover);
    let (report, found, before, who) = ctx
        .app()
        .read(move |c| {
            let report = shelf::saved(c, &name)?;
            if !writes && report.published != Some(number) {
                return Err(AppError::not_found());
            }
            let found = table::version(c, report.id, number)?;
            let before = if number > 1 { Some(table::version(c, report.id, number - 1)?) } else { None };
            let who = folkmoot_store::accounts::person(c, found.created_by)?.preferred_name;
            Ok((report, found, before, who))
        })
        .await?;
    let changes = before.map(|b| diff::shortened(&diff::lines(&b.script, &found.script))).unwrap_or_default();
    let declaration: folkmoot_reports::Declaration = found.declaration.parse()?;
    ctx.show(&VersionPage {
        page: ctx.page(format!("{}: version {number}", report.title)),
        back: format!("/staff/reports/{}", report.public_id),
        title: report.title,
        number,
        at: when(found.created_at),
        who,
        hash: found.script_hash,
        script: found.script,
        uses: approval::uses(&declaration),
        changes,
    })
}

async fn publish(ctx: Ctx, _actor: Actor, name: Name, form: Form) -> PageResult {
    let form = form.only(&["version"])?;
    let number: i64 = form.value("version").parse().map_err(|_| AppError::not_found())?;
    let (name, now) = (name.into_inner(), ctx.now());
    let act = ctx.act("report.publish", format!("report {name}"), json!({ "version": number }));
    let id = ctx
        .app()
        .write(move |c| {
            let report = shelf::saved(c, &name)?;
            if table::version(c, report.id, number)?.is_personal {
                return Err(AppError::conflict(
                    "This version asks for personal columns. Propose it to an approver of reports; their agreement publishes it.",
                ));
            }
            table::publish(c, report.id, number, now)?;
            audit::append(c, &act, now)?;
            Ok(report.public_id)
        })
        .await?;
    let said = format!("Version {number} is the one that runs now.");
    Ok(ctx.redirect_with(&format!("/staff/reports/{id}"), &Flash::good(said)))
}

async fn retire(ctx: Ctx, _actor: Actor, name: Name, form: Form) -> PageResult {
    form.only(&[])?;
    let (name, now) = (name.into_inner(), ctx.now());
    let act = ctx.act("report.retire", format!("report {name}"), json!({}));
    let id = ctx
        .app()
        .write(move |c| {
            let report = shelf::saved(c, &name)?;
            if report.state == ReportState::Retired {
                return Err(AppError::conflict("This report is out of use already."));
            }
            table::retire(c, &report, now)?;
            audit::append(c, &act, now)?;
            Ok(report.public_id)
        })
        .await?;
    let said = "Out of use: nobody runs it any more, its grants and its schedule are over. Publishing a version brings it back.";
    Ok(ctx.redirect_with(&format!("/staff/reports/{id}"), &Flash::good(said)))
}
