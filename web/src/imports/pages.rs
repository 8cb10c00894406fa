//! Pages of imports.

use actix_web::web;
use askama::Template;
use folkmoot_store::imports::{self, Import, ImportRow, ImportState, RowOutcome};
use folkmoot_store::memberships::{self, Class};
use folkmoot_store::{Conn, JsonText, PublicId, audit};
use serde_json::json;

use super::columns::{Alike, Column, Settings};
use super::confirm::{self, form_of};
use super::read::MOST_BYTES;
use super::{go_on, settings_of, stage};
use crate::auth::permission::Action;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Ctx, FieldErrors, Form, Page, PageResult, Upload};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let may = Access::May(Action::ImportPeople);
    vec![
        Route::get("/staff/imports", may, list),
        // A little more than the file, for the other parts of the form.
        Route::post("/staff/imports", may, send).upload(MOST_BYTES + 64 * 1024),
        Route::get("/staff/imports/{import}", may, show),
        Route::get("/staff/imports/{import}/rows", may, rows),
        Route::post("/staff/imports/{import}/columns", may, confirm::columns),
        Route::post("/staff/imports/{import}/apply", may, apply),
        Route::post("/staff/imports/{import}/undo", may, undo),
        Route::post("/staff/imports/{import}/discard", may, discard),
    ]
}

/// Rows shown as an example, and rows of each outcome on the import's page.
const FEW: i64 = 8;
/// Rows on one page of the list of rows.
const PAGE: i64 = 100;

struct Choice {
    value: String,
    label: String,
    hint: String,
}

impl Choice {
    fn of(value: &str, label: &str, hint: &str) -> Self {
        Self { value: value.into(), label: label.into(), hint: hint.into() }
    }
}

struct Line {
    href: String,
    file: String,
    at: String,
    state: &'static str,
    tag: &'static str,
    rows: i64,
}

fn line(i: &Import) -> Line {
    let (state, tag) = words(i.state);
    Line {
        href: format!("/staff/imports/{}", i.public_id),
        file: if i.file_name.is_empty() { "A file without a name".into() } else { i.file_name.clone() },
        at: when(i.created_at),
        state,
        tag,
        rows: i.rows_total,
    }
}

fn words(state: ImportState) -> (&'static str, &'static str) {
    match state {
        ImportState::Staged => ("Columns to confirm", "warn"),
        ImportState::Checking => ("Being looked at", "brand"),
        ImportState::Checked => ("Ready to apply", "warn"),
        ImportState::Applying => ("Being applied", "brand"),
        ImportState::Applied => ("Applied", "good"),
        ImportState::Undoing => ("Being taken back", "brand"),
        ImportState::Undone => ("Taken back", ""),
        ImportState::Discarded => ("Discarded", ""),
    }
}

#[derive(Template)]
#[template(path = "imports/list.html")]
struct ListPage {
    page: Page,
    form: Form,
    lines: Vec<Line>,
}

async fn list(ctx: Ctx) -> PageResult {
    show_list(&ctx, Form::empty()).await
}

async fn show_list(ctx: &Ctx, form: Form) -> PageResult {
    let found = ctx.app().read(|c| Ok(imports::latest(c, 50)?)).await?;
    let lines = found.iter().map(line).collect();
    let template = ListPage { page: ctx.page("Imports").for_form(&form), form, lines };
    if template.page.has_errors { ctx.show_again(&template) } else { ctx.show(&template) }
}

async fn send(ctx: Ctx, actor: Actor, upload: Upload) -> PageResult {
    let upload = upload.only(&[], &["file"])?;
    let Some(file) = upload.file("file").cloned() else {
        let errors = FieldErrors::one("file", "Choose the file to import.");
        return show_list(&ctx, upload.form.with(errors)).await;
    };
    let (app, by) = (ctx.app().clone(), actor.person);
    let act = ctx.act("import.stage", "import", json!({}));
    let outcome = ctx.app().blocking(move || stage(&app, &act, &file.name, &file.bytes, by)).await?;
    match outcome {
        Ok(id) => Ok(ctx.redirect(&format!("/staff/imports/{id}"))),
        Err(AppError { kind: crate::error::Kind::Invalid(errors), .. }) => {
            show_list(&ctx, upload.form.with(errors)).await
        }
        Err(other) => Err(other),
    }
}

/// A row as shown.
struct Shown {
    line: i64,
    cells: Vec<String>,
    note: String,
    person: String,
}

pub(super) struct Heading {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) value: &'static str,
}

#[derive(Template)]
#[template(path = "imports/show.html")]
struct ImportPage {
    page: Page,
    form: Form,
    line: Line,
    action: String,
    format: String,
    state: ImportState,
    done: i64,
    per_mille: i64,
    counts: Vec<(RowOutcome, &'static str, i64)>,
    people: i64,
    headings: Vec<Heading>,
    meanings: Vec<Choice>,
    classes: Vec<Choice>,
    bodies: Vec<Choice>,
    /// Headings of columns that nothing is made of.
    left_out: Vec<String>,
    sample: Vec<Shown>,
    alike_rows: Vec<Shown>,
    error_rows: Vec<Shown>,
    alike: Vec<Choice>,
    who: String,
}

fn outcome_words(outcome: RowOutcome) -> &'static str {
    match outcome {
        RowOutcome::Unchecked => "not looked at",
        RowOutcome::New => "new people",
        RowOutcome::Known => "people already here",
        RowOutcome::Merge => "merges to confirm",
        RowOutcome::Ignored => "rows ignored",
        RowOutcome::Error => "rows with errors",
    }
}

fn shown(conn: &mut Conn, rows: Vec<ImportRow>) -> AppResult<Vec<Shown>> {
    let ids: Vec<folkmoot_store::PersonId> = rows.iter().filter_map(|r| r.person_id).collect();
    let people = folkmoot_store::accounts::persons_with(conn, &ids)?;
    rows.into_iter()
        .map(|r| {
            let person = r.person_id.and_then(|id| people.iter().find(|p| p.id == id));
            let person = person.map(|p| p.public_id.to_string()).unwrap_or_default();
            Ok(Shown { line: r.line, cells: r.cells.parse()?, note: r.note, person })
        })
        .collect()
}

pub(super) fn id_in(path: &str) -> AppResult<PublicId> {
    PublicId::parse(path).ok_or_else(AppError::not_found)
}

async fn show(ctx: Ctx, path: web::Path<String>) -> PageResult {
    show_one(&ctx, id_in(&path)?, None).await
}

pub(super) async fn show_one(ctx: &Ctx, id: PublicId, sent: Option<Form>) -> PageResult {
    let page = ctx.page("Import");
    let template = ctx.app().read(move |c| gather(c, page, &id, sent)).await?;
    if template.page.has_errors { ctx.show_again(&template) } else { ctx.show(&template) }
}

fn gather(conn: &mut Conn, page: Page, id: &PublicId, sent: Option<Form>) -> AppResult<ImportPage> {
    let import = imports::by_public_id(conn, id)?;
    let settings = settings_of(&import)?;
    let classes = memberships::classes(conn)?;
    let counted = imports::counts(conn, import.id)?;
    let count = |outcome| counted.get(&outcome).copied().unwrap_or(0);
    let first = imports::rows_after(conn, import.id, -1, FEW + 1)?;
    let names: Vec<String> = match first.first() {
        Some(row) if settings.header => row.cells.parse()?,
        _ => Vec::new(),
    };
    let sample: Vec<ImportRow> = first.into_iter().filter(|r| r.outcome != RowOutcome::Ignored).collect();
    let headings = settings.columns.iter().enumerate().map(|(at, column)| Heading {
        name: format!("column-{at}"),
        label: names
            .get(at)
            .filter(|n| !n.is_empty())
            .cloned()
            .unwrap_or_else(|| format!("Column {}", at + 1)),
        value: column.value(),
    });
    let headings: Vec<Heading> = headings.collect();
    let skipped = headings.iter().filter(|h| h.value == Column::Skip.value());
    let left_out = skipped.map(|h| h.label.clone()).collect();
    let bodies = folkmoot_store::bodies::all(conn)?;
    let bodies = [Choice::of("", "None", "")]
        .into_iter()
        .chain(bodies.iter().map(|b| Choice::of(&b.slug, &b.name, "")))
        .collect();
    let form = sent.unwrap_or_else(|| form_of(&settings, &headings));
    let alike_rows = imports::rows_with(conn, import.id, RowOutcome::Merge, -1, 50)?;
    let error_rows = imports::rows_with(conn, import.id, RowOutcome::Error, -1, 50)?;
    let who = folkmoot_store::accounts::person(conn, import.created_by)?.preferred_name;
    let total = import.rows_total.max(1);
    Ok(ImportPage {
        page: page.for_form(&form),
        form,
        action: format!("/staff/imports/{id}"),
        line: line(&import),
        format: import.format.clone(),
        state: import.state,
        done: import.rows_done,
        per_mille: (import.rows_done * 1000 / total).clamp(0, 1000),
        counts: RowOutcome::ALL.iter().map(|o| (*o, outcome_words(*o), count(*o))).collect(),
        people: count(RowOutcome::New) + count(RowOutcome::Known),
        headings,
        meanings: Column::ALL.iter().map(|(_, value, label)| Choice::of(value, label, "")).collect(),
        classes: class_choices(&classes),
        bodies,
        left_out,
        sample: shown(conn, sample)?,
        alike_rows: shown(conn, alike_rows)?,
        error_rows: shown(conn, error_rows)?,
        alike: vec![
            Choice::of(
                "join",
                "Bring each together with the person it looks like",
                "The address joins that person's others; a class in the row is added.",
            ),
            Choice::of("skip", "Leave these rows out", ""),
        ],
        who,
    })
}

fn class_choices(classes: &[Class]) -> Vec<Choice> {
    [Choice::of("", "None", "")]
        .into_iter()
        .chain(classes.iter().map(|k| Choice::of(&k.key, &k.name, "")))
        .collect()
}

#[derive(Template)]
#[template(path = "imports/rows.html")]
struct RowsPage {
    page: Page,
    line: Line,
    heading: &'static str,
    rows: Vec<Shown>,
    next: String,
}

async fn rows(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let id = id_in(&path)?;
    let outcome: RowOutcome =
        ctx.query("outcome").and_then(|o| o.parse().ok()).ok_or_else(AppError::not_found)?;
    let after: i64 = ctx.query("after").and_then(|a| a.parse().ok()).unwrap_or(-1);
    let page = ctx.page("Rows of an import");
    let template = ctx
        .app()
        .read(move |c| {
            let import = imports::by_public_id(c, &id)?;
            let found = imports::rows_with(c, import.id, outcome, after, PAGE)?;
            let full = i64::try_from(found.len()).is_ok_and(|n| n == PAGE);
            let next = match found.last() {
                Some(last) if full => {
                    format!("/staff/imports/{id}/rows?outcome={outcome}&after={}", last.line)
                }
                _ => String::new(),
            };
            let rows = shown(c, found)?;
            Ok(RowsPage { page, line: line(&import), heading: outcome_words(outcome), rows, next })
        })
        .await?;
    ctx.show(&template)
}

async fn apply(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["alike"])?;
    ctx.require_fresh()?;
    let (id, now) = (id_in(&path)?, ctx.now());
    let alike = match form.value("alike") {
        "join" => Alike::Join,
        "skip" => Alike::Skip,
        _ => Alike::Undecided,
    };
    let at = id.clone();
    let merges = ctx
        .app()
        .read(move |c| {
            let import = imports::by_public_id(c, &at)?;
            Ok(imports::counts(c, import.id)?.get(&RowOutcome::Merge).copied().unwrap_or(0))
        })
        .await?;
    if merges > 0 && alike == Alike::Undecided {
        let errors =
            FieldErrors::one("alike", "Decide what becomes of the rows that look like somebody else's.");
        return show_one(&ctx, id, Some(form.with(errors))).await;
    }
    let target = format!("/staff/imports/{id}");
    let by = crate::approvals::By::new(&ctx, &actor);
    ctx.app()
        .write(move |c| {
            let import = imports::by_public_id(c, &id)?;
            let settings = Settings { alike, ..settings_of(&import)? };
            if !imports::set_state(c, import.id, ImportState::Checked, ImportState::Applying, now)? {
                return Err(AppError::conflict("This import is not waiting to be applied any more."));
            }
            imports::set_settings(c, import.id, &JsonText::of(&settings)?)?;
            imports::set_applied_by(c, import.id, by.actor.person, now)?;
            let details = json!({ "sha256": import.sha256, "alike": alike, "rows": import.outcome.as_str() });
            audit::append(c, &by.act("import.apply", format!("import {id}"), details), now)?;
            go_on(c, &import, now)
        })
        .await?;
    Ok(ctx.redirect_with(&target, &Flash::good("The rows are being applied. You may leave this page.")))
}

async fn undo(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    ctx.require_fresh()?;
    let (id, now, by) = (id_in(&path)?, ctx.now(), crate::approvals::By::new(&ctx, &actor));
    let target = format!("/staff/imports/{id}");
    ctx.app()
        .write(move |c| {
            let import = imports::by_public_id(c, &id)?;
            if !imports::set_state(c, import.id, ImportState::Applied, ImportState::Undoing, now)? {
                return Err(AppError::conflict("Only an import that is applied can be taken back."));
            }
            let details = json!({ "sha256": import.sha256 });
            audit::append(c, &by.act("import.undo", format!("import {id}"), details), now)?;
            go_on(c, &import, now)
        })
        .await?;
    Ok(ctx.redirect_with(&target, &Flash::good("The import is being taken back.")))
}

async fn discard(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let (id, now, by) = (id_in(&path)?, ctx.now(), crate::approvals::By::new(&ctx, &actor));
    ctx.app()
        .write(move |c| {
            let import = imports::by_public_id(c, &id)?;
            let gone = imports::set_state(c, import.id, ImportState::Staged, ImportState::Discarded, now)?
                || imports::set_state(c, import.id, ImportState::Checked, ImportState::Discarded, now)?;
            if !gone {
                return Err(AppError::conflict("This import is past the point where it can be discarded."));
            }
            imports::forget_rows(c, import.id)?;
            audit::append(c, &by.act("import.discard", format!("import {id}"), json!({})), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with("/staff/imports", &Flash::good("Discarded; nothing was imported.")))
}
