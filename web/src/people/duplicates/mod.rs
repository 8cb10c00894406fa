//! Records that may be one person: the queue, the comparison field by field, bringing together, taking back.

mod acts;
mod compare;

use askama::Template;
use folkmoot_store::accounts::{self, Person};
use folkmoot_store::people::{self, DuplicateReason, DuplicateState, Merge};
use folkmoot_store::{Conn, PersonId, Utc, audit};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::timeline::Event;
use crate::app::App;
use crate::auth::permission::{Action, Subject, may};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::{day, when};
use crate::http::{Ctx, Form, Page, PageResult};
use crate::jobs::{self, Job};
use crate::routes::{Access, Route};
use crate::tasks::Task;

pub(super) fn routes() -> Vec<Route> {
    let may = Access::May(Action::ManagePeople);
    vec![
        Route::get("/staff/duplicates", may, list),
        Route::post("/staff/duplicates/find", may, find),
        Route::get("/staff/duplicates/{pair}", may, compare::one),
        Route::post("/staff/duplicates/{pair}/merge", may, acts::bring_together),
        Route::post("/staff/duplicates/{pair}/apart", may, acts::apart),
        Route::post("/staff/people/{person}/same-as", may, acts::same_as),
        Route::post("/staff/merges/{merge}/undo", may, acts::undo),
    ]
}

/// Most pairs noted by one search.
const MOST: usize = 500;

/// Looks for records that may be one person.
#[derive(Debug, Serialize, Deserialize)]
pub struct FindDuplicates {}

impl Job for FindDuplicates {
    const KIND: &'static str = "people.find_duplicates";

    fn run(&self, app: &App) -> anyhow::Result<()> {
        let now = app.now();
        let found = app.store().read(|c| Ok::<_, AppError>(people::alike(c, MOST)?))?;
        for batch in found.chunks(100) {
            app.store().write(|c| {
                for (one, other, reason) in batch {
                    people::note_duplicate(c, &app.public_id()?, (*one, *other), *reason, now)?;
                }
                Ok::<_, AppError>(())
            })?;
        }
        Ok(())
    }
}

fn reason_words(reason: DuplicateReason) -> &'static str {
    match reason {
        DuplicateReason::Mailbox => "The addresses reach one mailbox",
        DuplicateReason::Name => "Same name and a similar address",
        DuplicateReason::Claim => "The person says so",
        DuplicateReason::Import => "An import met both",
        DuplicateReason::Staff => "Named by staff",
    }
}

struct Line {
    href: String,
    names: (String, String),
    why: &'static str,
    at: String,
}

struct Done {
    id: String,
    kept: String,
    gone: String,
    at: String,
    undone: bool,
}

#[derive(Template)]
#[template(path = "people/duplicates.html")]
struct ListPage {
    page: Page,
    lines: Vec<Line>,
    done: Vec<Done>,
}

fn names(conn: &mut Conn, ids: &[PersonId]) -> AppResult<Vec<Person>> {
    Ok(accounts::persons_with(conn, ids)?)
}

fn name_of(people: &[Person], id: PersonId) -> String {
    people.iter().find(|p| p.id == id).map(|p| p.preferred_name.clone()).unwrap_or_default()
}

async fn list(ctx: Ctx) -> PageResult {
    let page = ctx.page("Possible duplicates");
    let template = ctx
        .app()
        .read(move |c| {
            let open = people::duplicates_in(c, DuplicateState::Open, 200)?;
            let merges = people::latest_merges(c, 20)?;
            let mut ids: Vec<PersonId> = open.iter().flat_map(|d| [d.first_id, d.second_id]).collect();
            ids.extend(merges.iter().flat_map(|m| [m.kept_id, m.gone_id]));
            let all = names(c, &ids)?;
            let line = |d: &people::Duplicate| Line {
                href: format!("/staff/duplicates/{}", d.public_id),
                names: (name_of(&all, d.first_id), name_of(&all, d.second_id)),
                why: reason_words(d.reason),
                at: day(d.found_at),
            };
            let done = |m: &Merge| Done {
                id: m.public_id.to_string(),
                kept: name_of(&all, m.kept_id),
                gone: name_of(&all, m.gone_id),
                at: when(m.merged_at),
                undone: m.undone_at.is_some(),
            };
            Ok(ListPage {
                page,
                lines: open.iter().map(line).collect(),
                done: merges.iter().map(done).collect(),
            })
        })
        .await?;
    ctx.show(&template)
}

async fn find(ctx: Ctx, form: Form) -> PageResult {
    form.only(&[])?;
    let now = ctx.now();
    let act = ctx.act("duplicates.find", "people", json!({}));
    ctx.app()
        .write(move |c| {
            audit::append(c, &act, now)?;
            jobs::queue(c, &FindDuplicates {}, now)
        })
        .await?;
    let words = "The search runs; look at this page again in a moment.";
    Ok(ctx.redirect_with("/staff/duplicates", &Flash::good(words)))
}

/// Merges in the timeline of a person.
pub(super) fn events(conn: &mut Conn, person: &Person, _: &Actor) -> AppResult<Vec<Event>> {
    let merges = people::merges_of(conn, person.id)?;
    let ids: Vec<PersonId> = merges.iter().flat_map(|m| [m.kept_id, m.gone_id]).collect();
    let all = names(conn, &ids)?;
    let mut events = Vec::new();
    for m in merges {
        let (text, other) = if m.kept_id == person.id {
            (format!("Brought together with another record: {}", m.reason), m.gone_id)
        } else {
            (format!("Brought into the record of {}: {}", name_of(&all, m.kept_id), m.reason), m.kept_id)
        };
        let other = all.iter().find(|p| p.id == other).map(|p| format!("/staff/people/{}", p.public_id));
        events.push(Event::new(m.merged_at, text).by(Some(m.merged_by)).at_page(other.unwrap_or_default()));
        if let Some(at) = m.undone_at {
            events.push(Event::new(at, "The merge was taken back").by(m.undone_by));
        }
    }
    Ok(events)
}

/// Staff are reminded of pairs that wait.
///
/// # Errors
/// A database error.
pub fn tasks(conn: &mut Conn, actor: &Actor, _: Utc) -> AppResult<Vec<Task>> {
    if may(actor, Action::ManagePeople, Subject::Site).is_err() {
        return Ok(Vec::new());
    }
    let text = match people::count_open_duplicates(conn)? {
        0 => return Ok(Vec::new()),
        1 => "Look at 1 pair of records that may be one person".to_owned(),
        n => format!("Look at {n} pairs of records that may be one person"),
    };
    Ok(vec![Task { text, href: "/staff/duplicates".into(), hint: String::new(), due: None }])
}
