//! An existing roster from a file: read, looked at in a dry run, applied in one transaction, taken back by the id of the list.

use std::collections::BTreeSet;

use actix_web::web;
use askama::Template;
use folkmoot_store::awards::recipients::{
    self, NewRecipient, RecipientState, RosterImport, RosterImportState,
};
use folkmoot_store::people::fold;
use folkmoot_store::{Conn, JsonText, PublicId, Utc, accounts, audit};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::announce::{plain_slug, unused};
use super::programme::Award;
use crate::app::App;
use crate::approvals::By;
use crate::auth::EmailAddress;
use crate::auth::email::parse_name;
use crate::auth::permission::Action;
use crate::error::{AppError, AppResult};
use crate::export::sha256;
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Ctx, FieldErrors, Form, Page, PageResult, Upload};
use crate::imports::read::{ReadRow, Sheet};
use crate::routes::{Access, Route};

/// Largest file.
const MOST_BYTES: usize = 2 * 1024 * 1024;
/// Most people of one file.
const MOST_ROWS: usize = 5000;
/// Rows and faults shown in the dry run.
const SHOWN: usize = 50;

pub(super) fn routes() -> Vec<Route> {
    let manage = Access::May(Action::ManageAwards);
    vec![
        Route::get("/staff/awards/{award}/import", manage, page),
        Route::post("/staff/awards/{award}/import", manage, send).upload(MOST_BYTES),
        Route::get("/staff/awards/{award}/imports/{import}", manage, one),
        Route::post("/staff/awards/{award}/imports/{import}/apply", manage, apply_act),
        Route::post("/staff/awards/{award}/imports/{import}/undo", manage, undo),
        Route::post("/staff/awards/{award}/imports/{import}/discard", manage, discard),
    ]
}

/// Somebody of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Name.
    pub name: String,
    /// Address, only for finding the account; it is not kept with the recipient.
    pub email: String,
    /// Year.
    pub year: i64,
    /// Batch; the year when the list has none.
    pub batch: String,
    /// How they stand.
    pub state: RecipientState,
    /// For what.
    pub citation: String,
}

/// What a file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entries {
    /// People to add.
    pub people: Vec<Entry>,
    /// Lines that cannot be used, and why.
    pub faults: Vec<(i64, String)>,
    /// Lines that hold somebody who is on the roster or earlier in the file.
    pub known: Vec<(i64, String)>,
    /// How many were added.
    pub added: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Name,
    Email,
    Year,
    Batch,
    State,
    Citation,
}

fn column(heading: &str) -> Option<Column> {
    let plain: String = fold(heading).chars().filter(char::is_ascii_alphanumeric).collect();
    Some(match plain.as_str() {
        "name" | "fullname" | "recipient" | "fellow" => Column::Name,
        "email" | "emailaddress" | "mail" => Column::Email,
        "year" | "yearelected" | "yearawarded" | "since" => Column::Year,
        "batch" | "quarter" | "round" => Column::Batch,
        "state" | "status" => Column::State,
        "citation" | "reason" | "for" | "notes" => Column::Citation,
        _ => return None,
    })
}

/// Reads a file: CSV with headings, or a JSON list of objects, with at least names and years.
///
/// # Errors
/// A sentence for the form, when the file as a whole is of no use.
pub fn read(bytes: &[u8]) -> Result<Entries, String> {
    if bytes.len() > MOST_BYTES {
        return Err("The file is larger than 2 MiB. Split it.".into());
    }
    let sheet = Sheet::open(bytes)?;
    let mut rows = sheet.rows();
    let head = rows.next().ok_or("The file is empty.")?;
    let columns: Vec<Option<Column>> = head.cells.iter().map(|c| column(c)).collect();
    for (wanted, word) in [(Column::Name, "name"), (Column::Year, "year")] {
        if columns.iter().filter(|c| **c == Some(wanted)).count() != 1 {
            return Err(format!(
                "The first line names the columns; exactly one of them is “{word}”. Known: name, email, year, batch, state, citation."
            ));
        }
    }
    let mut found = Entries::default();
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    for (at, row) in rows.enumerate() {
        if at >= MOST_ROWS {
            found
                .faults
                .push((row.line, format!("Only the first {MOST_ROWS} people are read. Split the file.")));
            break;
        }
        if row.problem.is_empty() && row.cells.iter().all(String::is_empty) {
            continue;
        }
        match entry(&columns, &row) {
            Err(why) => found.faults.push((row.line, why)),
            Ok(entry) if !seen.insert(key(&entry.name, &entry.batch)) => {
                found
                    .known
                    .push((row.line, format!("{}, {}, is in the file already", entry.name, entry.batch)));
            }
            Ok(entry) => found.people.push(entry),
        }
    }
    Ok(found)
}

fn key(name: &str, batch: &str) -> (String, String) {
    (fold(name), fold(batch))
}

fn entry(columns: &[Option<Column>], row: &ReadRow) -> Result<Entry, String> {
    if !row.problem.is_empty() {
        return Err(row.problem.clone());
    }
    let cell = |wanted: Column| {
        let at = columns.iter().position(|c| *c == Some(wanted));
        at.and_then(|at| row.cells.get(at)).map_or("", String::as_str)
    };
    let name = parse_name(cell(Column::Name)).map_err(|_| "There is no usable name.".to_owned())?;
    let year = cell(Column::Year).parse::<i64>().ok().filter(|y| (1900..=2200).contains(y));
    let year = year.ok_or_else(|| format!("“{}” is no year.", cell(Column::Year)))?;
    let state = match fold(cell(Column::State)).as_str() {
        "" | "active" | "current" => RecipientState::Active,
        "emeritus" | "emerita" | "emeriti" | "retired" => RecipientState::Emeritus,
        "deceased" | "in memoriam" | "died" => RecipientState::Deceased,
        other => return Err(format!("“{other}” is no state: use active, emeritus or deceased.")),
    };
    let email = match cell(Column::Email) {
        "" => String::new(),
        text => EmailAddress::parse(text)
            .map_err(|_| format!("“{text}” is no e-mail address."))?
            .as_str()
            .to_owned(),
    };
    let batch = match cell(Column::Batch) {
        "" => year.to_string(),
        text if text.chars().count() > 40 => return Err("The batch is longer than 40 characters.".into()),
        text => text.to_owned(),
    };
    let citation: String = cell(Column::Citation).chars().take(300).collect();
    Ok(Entry { name, email, year, batch, state, citation })
}

/// Leaves out whoever is on the roster already, with the same name and batch.
fn compare(conn: &mut Conn, award: &Award, mut entries: Entries, now: Utc) -> AppResult<Entries> {
    let there: BTreeSet<(String, String)> =
        recipients::announced(conn, award.row.id, now)?.into_iter().map(|r| key(&r.name, &r.batch)).collect();
    let (known, new): (Vec<Entry>, Vec<Entry>) =
        entries.people.into_iter().partition(|e| there.contains(&key(&e.name, &e.batch)));
    entries.people = new;
    let words = |e: &Entry| (0, format!("{}, {}, is on the roster already", e.name, e.batch));
    entries.known.extend(known.iter().map(words));
    Ok(entries)
}

/// Adds the people of a list; returns how many.
///
/// # Errors
/// A database error.
pub fn apply(
    conn: &mut Conn,
    app: &App,
    award: &Award,
    import: Option<recipients::RosterImportId>,
    entries: &Entries,
    now: Utc,
) -> AppResult<usize> {
    let mut taken: BTreeSet<String> = recipients::slugs_like(conn, award.row.id, "")?.into_iter().collect();
    for entry in &entries.people {
        let public_id = app.public_id()?;
        let slug = unused(plain_slug(&entry.name, &public_id), |slug| taken.contains(slug));
        let person = if entry.email.is_empty() {
            None
        } else {
            accounts::owner_of_address(conn, &entry.email)?.map(|p| p.id)
        };
        let new = NewRecipient {
            public_id,
            programme: award.row.id,
            grant: None,
            import,
            person,
            slug: &slug,
            name: &entry.name,
            team: "",
            year: entry.year,
            batch: &entry.batch,
            citation: &entry.citation,
            about: "",
            state: entry.state,
            public_from: now,
        };
        recipients::add(conn, &new, now)?;
        taken.insert(slug);
    }
    Ok(entries.people.len())
}

struct Line {
    href: String,
    file: String,
    at: String,
    state: &'static str,
}

const fn words(state: RosterImportState) -> &'static str {
    match state {
        RosterImportState::Checked => "Waits to be applied",
        RosterImportState::Applied => "Applied",
        RosterImportState::Undone => "Taken back",
        RosterImportState::Discarded => "Discarded",
    }
}

#[derive(Template)]
#[template(path = "awards/staff_import.html")]
struct ImportPage {
    page: Page,
    form: Form,
    award: Award,
    lines: Vec<Line>,
}

async fn page(ctx: Ctx, _actor: Actor, path: web::Path<String>) -> PageResult {
    show(&ctx, path.into_inner(), Form::empty()).await
}

async fn show(ctx: &Ctx, slug: String, form: Form) -> PageResult {
    let (award, all) = ctx
        .app()
        .read(move |c| {
            let award = Award::by_slug(c, &slug)?;
            let all = recipients::imports_of(c, award.row.id)?;
            Ok((award, all))
        })
        .await?;
    let line = |i: RosterImport| Line {
        href: format!("/staff/awards/{}/imports/{}", award.row.slug, i.public_id),
        file: i.file_name,
        at: when(i.created_at),
        state: words(i.state),
    };
    let lines = all.into_iter().map(line).collect();
    let page = ctx.page(format!("{}: read a roster from a file", award.row.name)).for_form(&form);
    let again = page.has_errors;
    let template = ImportPage { page, form, award, lines };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

async fn send(ctx: Ctx, actor: Actor, path: web::Path<String>, upload: Upload) -> PageResult {
    let upload = upload.only(&[], &["list"])?;
    let slug = path.into_inner();
    let Some(file) = upload.file("list").filter(|f| !f.bytes.is_empty()) else {
        return show(&ctx, slug, upload.form.with(FieldErrors::one("list", "Choose the file."))).await;
    };
    let bytes = file.bytes.clone();
    let name: String = file.name.chars().take(120).collect();
    let read = ctx.app().blocking(move || (read(&bytes), sha256(&bytes))).await?;
    let (entries, sha) = match read {
        (Ok(entries), sha) => (entries, sha),
        (Err(why), _) => {
            let form = upload.form.clone().with(FieldErrors::one("list", why));
            return show(&ctx, slug, form).await;
        }
    };
    let (now, by, id) = (ctx.now(), By::new(&ctx, &actor), ctx.app().public_id()?);
    let to = format!("/staff/awards/{slug}/imports/{id}");
    ctx.app()
        .write(move |c| {
            let award = Award::by_slug(c, &slug)?;
            let entries = compare(c, &award, entries.clone(), now)?;
            let by_whom = by.actor.person;
            let entries_text = JsonText::of(&entries)?;
            recipients::add_import(c, &id, award.row.id, (&name, &sha), &entries_text, by_whom, now)?;
            let details =
                json!({ "sha256": sha, "people": entries.people.len(), "faults": entries.faults.len() });
            audit::append(c, &by.act("award.read_roster", format!("award {slug}"), details), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect(&to))
}

#[derive(Template)]
#[template(path = "awards/staff_import_one.html")]
struct OnePage {
    page: Page,
    award: Award,
    path: String,
    sha256: String,
    state: &'static str,
    waits: bool,
    applied: bool,
    count: usize,
    counts: String,
    sample: Vec<Entry>,
    faults: Vec<(i64, String)>,
    fault_count: usize,
    known: Vec<(i64, String)>,
    known_count: usize,
    added: usize,
}

fn find(conn: &mut Conn, slug: &str, id: &str) -> AppResult<(Award, RosterImport)> {
    let award = Award::by_slug(conn, slug)?;
    let id = PublicId::parse(id).ok_or_else(AppError::not_found)?;
    let import = recipients::import(conn, award.row.id, &id)?;
    Ok((award, import))
}

async fn one(ctx: Ctx, _actor: Actor, path: web::Path<(String, String)>) -> PageResult {
    let (slug, id) = path.into_inner();
    let (award, import) = ctx.app().read(move |c| find(c, &slug, &id)).await?;
    let entries: Entries = import.entries.parse()?;
    let count = |state| entries.people.iter().filter(|e| e.state == state).count();
    let counts = RecipientState::ALL.iter().map(|s| format!("{} {}", count(*s), s.as_str()));
    let cut = |mut lines: Vec<(i64, String)>| {
        lines.truncate(SHOWN);
        lines
    };
    ctx.show(&OnePage {
        page: ctx.page(format!("Roster from {}", import.file_name)),
        path: format!("/staff/awards/{}/imports/{}", award.row.slug, import.public_id),
        sha256: import.sha256,
        state: words(import.state),
        waits: import.state == RosterImportState::Checked,
        applied: import.state == RosterImportState::Applied,
        count: entries.people.len(),
        counts: counts.collect::<Vec<_>>().join(", "),
        sample: entries.people.iter().take(SHOWN).cloned().collect(),
        fault_count: entries.faults.len(),
        faults: cut(entries.faults),
        known_count: entries.known.len(),
        known: cut(entries.known),
        added: entries.added,
        award,
    })
}

async fn apply_act(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>, form: Form) -> PageResult {
    form.only(&[])?;
    let (slug, id) = path.into_inner();
    let (app, now, by) = (ctx.app().clone(), ctx.now(), By::new(&ctx, &actor));
    let to = format!("/staff/awards/{slug}/imports/{id}");
    let added = ctx
        .app()
        .write(move |c| {
            let (award, import) = find(c, &slug, &id)?;
            // What was added meanwhile is left out.
            let entries = compare(c, &award, import.entries.parse()?, now)?;
            let added = apply(c, &app, &award, Some(import.id), &entries, now)?;
            let kept = JsonText::of(&Entries { people: Vec::new(), added, ..entries })?;
            let (from, to) = (RosterImportState::Checked, RosterImportState::Applied);
            if !recipients::step_import(c, import.id, from, to, &kept, now)? {
                return Err(AppError::conflict("This list is not waiting to be applied."));
            }
            let details = json!({ "import": import.public_id, "people": added });
            audit::append(c, &by.act("award.apply_roster", format!("award {slug}"), details), now)?;
            Ok(added)
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good(format!("{added} people are on the roster."))))
}

async fn undo(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>, form: Form) -> PageResult {
    form.only(&[])?;
    let (slug, id) = path.into_inner();
    let (now, by, to) = (ctx.now(), By::new(&ctx, &actor), format!("/staff/awards/{slug}/imports/{id}"));
    ctx.app()
        .write(move |c| {
            let (_, import) = find(c, &slug, &id)?;
            let (from, to) = (RosterImportState::Applied, RosterImportState::Undone);
            if !recipients::step_import(c, import.id, from, to, &import.entries, now)? {
                return Err(AppError::conflict("Only a list that is applied can be taken back."));
            }
            let gone = recipients::remove_of_import(c, import.id)?;
            let details = json!({ "import": import.public_id, "people": gone });
            audit::append(c, &by.act("award.undo_roster", format!("award {slug}"), details), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("The list is taken back.")))
}

async fn discard(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>, form: Form) -> PageResult {
    form.only(&[])?;
    let (slug, id) = path.into_inner();
    let (now, by, to) = (ctx.now(), By::new(&ctx, &actor), format!("/staff/awards/{slug}/import"));
    ctx.app()
        .write(move |c| {
            let (_, import) = find(c, &slug, &id)?;
            let empty = JsonText::of(&Entries::default())?;
            let (from, to) = (RosterImportState::Checked, RosterImportState::Discarded);
            if !recipients::step_import(c, import.id, from, to, &empty, now)? {
                return Err(AppError::conflict("This list is past the point where it can be discarded."));
            }
            let details = json!({ "import": import.public_id });
            audit::append(c, &by.act("award.discard_roster", format!("award {slug}"), details), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("Discarded; nobody was added.")))
}
