//! Records that may be one person: the queue, the comparison field by field, bringing together, taking back.

use actix_web::web;
use askama::Template;
use folkmoot_store::accounts::{self, Person};
use folkmoot_store::people::{self, DuplicateReason, DuplicateState, Merge, MergeChoice};
use folkmoot_store::{Conn, PersonId, PublicId, Utc, audit, memberships};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::pages::id_in;
use super::timeline::Event;
use crate::app::App;
use crate::approvals::By;
use crate::auth::permission::{Action, Subject, may};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::{day, when};
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::jobs::{self, Job};
use crate::routes::{Access, Route};
use crate::tasks::Task;

pub(super) fn routes() -> Vec<Route> {
    let may = Access::May(Action::ManagePeople);
    vec![
        Route::get("/staff/duplicates", may, list),
        Route::post("/staff/duplicates/find", may, find),
        Route::get("/staff/duplicates/{pair}", may, one),
        Route::post("/staff/duplicates/{pair}/merge", may, bring_together),
        Route::post("/staff/duplicates/{pair}/apart", may, apart),
        Route::post("/staff/people/{person}/same-as", may, same_as),
        Route::post("/staff/merges/{merge}/undo", may, undo),
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

/// One field of both records.
struct Field {
    /// Name in the form; empty for what cannot be chosen.
    name: &'static str,
    label: &'static str,
    values: (String, String),
}

/// Rows of both records, by what they are.
struct Rows {
    what: String,
    counts: (usize, usize),
}

#[derive(Template)]
#[template(path = "people/compare.html")]
struct ComparePage {
    page: Page,
    form: Form,
    action: String,
    why: &'static str,
    people: (Person, Person),
    fields: Vec<Field>,
    rows: Vec<Rows>,
    obstacles: (String, String),
    is_open: bool,
}

async fn one(ctx: Ctx, path: web::Path<String>) -> PageResult {
    show(&ctx, id_in(&path)?, None).await
}

async fn show(ctx: &Ctx, id: PublicId, sent: Option<Form>) -> PageResult {
    let (page, now) = (ctx.page("Are these one person?"), ctx.now());
    let template = ctx.app().read(move |c| gather(c, page, &id, sent, now)).await?;
    if template.page.has_errors { ctx.show_again(&template) } else { ctx.show(&template) }
}

fn table_words(table: &str) -> String {
    match table {
        "paid_terms" => "paid terms".into(),
        "membership_notices" => "reminders sent".into(),
        "page_acceptances" => "agreements to texts".into(),
        "past_participations" => "participation elsewhere".into(),
        "affirmation_optouts" => "standing opt-outs".into(),
        "body_members" => "seats in bodies".into(),
        "inspection_requests" => "requests for the list of members".into(),
        other => other.replace('_', " "),
    }
}

fn held(conn: &mut Conn, id: PersonId) -> AppResult<String> {
    let all = memberships::of_person(conn, id)?;
    let words = all.iter().map(|(m, class)| {
        let end = m.ends_at.map_or_else(|| "no end".into(), |e| format!("until {}", day(e)));
        format!("{} from {}, {end}", class.name, day(m.starts_at))
    });
    Ok(words.collect::<Vec<_>>().join("; "))
}

fn gather(
    conn: &mut Conn,
    page: Page,
    id: &PublicId,
    sent: Option<Form>,
    now: Utc,
) -> AppResult<ComparePage> {
    let pair = people::duplicate(conn, id)?;
    let (one, two) = (accounts::person(conn, pair.first_id)?, accounts::person(conn, pair.second_id)?);
    let address = |conn: &mut Conn, id| accounts::mail_address_of(conn, id).map(Option::unwrap_or_default);
    let both =
        |conn: &mut Conn, f: fn(&mut Conn, PersonId) -> AppResult<String>| -> AppResult<(String, String)> {
            Ok((f(conn, pair.first_id)?, f(conn, pair.second_id)?))
        };
    let addresses = |conn: &mut Conn, id: PersonId| -> AppResult<String> {
        let all: Vec<String> = accounts::addresses_of(conn, id)?.into_iter().map(|a| a.address).collect();
        Ok(all.join(", "))
    };
    let pick = |f: fn(&Person) -> String| (f(&one), f(&two));
    let fields = vec![
        Field { name: "name", label: "Name", values: pick(|p| p.preferred_name.clone()) },
        Field {
            name: "legal_name",
            label: "Legal name",
            values: pick(|p| p.legal_name.clone().unwrap_or_default()),
        },
        Field {
            name: "address",
            label: "Mail goes to",
            values: (address(conn, pair.first_id)?, address(conn, pair.second_id)?),
        },
        Field {
            name: "time_zone",
            label: "Time zone and language",
            values: pick(|p| format!("{}, {}", p.time_zone, p.locale)),
        },
        Field { name: "", label: "Addresses", values: both(conn, addresses)? },
        Field { name: "", label: "Memberships", values: both(conn, held)? },
        Field { name: "", label: "Account since", values: pick(|p| day(p.created_at)) },
        Field {
            name: "",
            label: "Signs in with a password",
            values: pick(|p| if p.password_hash.is_some() { "yes" } else { "no" }.into()),
        },
    ];
    let (first, second) =
        (people::rows_about(conn, pair.first_id)?, people::rows_about(conn, pair.second_id)?);
    let mut tables: Vec<&str> = first.keys().chain(second.keys()).copied().collect();
    tables.sort_unstable();
    tables.dedup();
    let count =
        |map: &std::collections::BTreeMap<&'static str, usize>, t: &str| map.get(t).copied().unwrap_or(0);
    let obstacle = |conn: &mut Conn, kept, gone| -> AppResult<String> {
        Ok(people::merge_obstacle(conn, kept, gone, now)?.map(|o| o.to_string()).unwrap_or_default())
    };
    let form = sent.unwrap_or_else(|| {
        Form::filled(["keep", "name", "legal_name", "address", "time_zone"].map(|n| (n, "first")))
    });
    Ok(ComparePage {
        page: page.for_form(&form),
        form,
        action: format!("/staff/duplicates/{id}"),
        why: reason_words(pair.reason),
        fields,
        rows: tables
            .iter()
            .map(|t| Rows { what: table_words(t), counts: (count(&first, t), count(&second, t)) })
            .collect(),
        obstacles: (
            obstacle(conn, pair.first_id, pair.second_id)?,
            obstacle(conn, pair.second_id, pair.first_id)?,
        ),
        is_open: pair.state == DuplicateState::Open,
        people: (one, two),
    })
}

async fn bring_together(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["keep", "name", "legal_name", "address", "time_zone", "reason"])?;
    ctx.require_fresh()?;
    let id = id_in(&path)?;
    let mut check = Check::new(&form);
    for field in ["keep", "name", "legal_name", "address", "time_zone"] {
        check.field(field, |t| {
            if matches!(t, "first" | "second") { Ok(()) } else { Err("Choose one of the two.") }
        });
    }
    let reason = check.text("reason", 500, "Say how you know that this is one person.");
    let errors = check.errors();
    let (Some(reason), true) = (reason, errors.is_empty()) else {
        return show(&ctx, id, Some(form.with(errors))).await;
    };
    let (app, now, by) = (ctx.app().clone(), ctx.now(), By::new(&ctx, &actor));
    let kept = ctx
        .app()
        .write(move |c| {
            let pair = people::duplicate(c, &id)?;
            if pair.state != DuplicateState::Open {
                return Err(AppError::conflict("Somebody decided about these two in the meantime."));
            }
            let keep_first = form.value("keep") == "first";
            let (kept, gone) =
                if keep_first { (pair.first_id, pair.second_id) } else { (pair.second_id, pair.first_id) };
            for person in [kept, gone] {
                may(&by.actor, Action::ManagePeople, Subject::Person(person))
                    .map_err(|d| AppError::forbidden(d.to_string()))?;
            }
            if let Some(why) = people::merge_obstacle(c, kept, gone, now)? {
                return Err(AppError::conflict(why.to_string()));
            }
            let theirs = |field: &str| form.value(field) != form.value("keep");
            let choice = MergeChoice {
                name: theirs("name"),
                legal_name: theirs("legal_name"),
                time_zone: theirs("time_zone"),
                address: theirs("address"),
            };
            let merge = app.public_id()?;
            let moved = people::merge(c, &merge, (kept, gone), choice, (&reason, by.actor.person), now)?;
            people::set_duplicate_state(c, pair.id, DuplicateState::Merged, Some(by.actor.person), now)?;
            let (kept, gone) = (accounts::person(c, kept)?.public_id, accounts::person(c, gone)?.public_id);
            let counts: serde_json::Map<String, serde_json::Value> =
                moved.rows.iter().map(|(t, ids)| (t.clone(), ids.len().into())).collect();
            let details =
                json!({ "merge": merge, "gone": gone, "moved": counts, "choice": choice, "reason": reason });
            audit::append(c, &by.act("person.merge", format!("person {kept}"), details), now)?;
            Ok(kept)
        })
        .await?;
    let words =
        "Brought together. Nothing was deleted, and it can be taken back from the list of duplicates.";
    Ok(ctx.redirect_with(&format!("/staff/people/{kept}"), &Flash::good(words)))
}

async fn apart(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    let (id, now, by) = (id_in(&path)?, ctx.now(), By::new(&ctx, &actor));
    ctx.app()
        .write(move |c| {
            let pair = people::duplicate(c, &id)?;
            if pair.state != DuplicateState::Open {
                return Err(AppError::conflict("Somebody decided about these two in the meantime."));
            }
            people::set_duplicate_state(c, pair.id, DuplicateState::Apart, Some(by.actor.person), now)?;
            let first = accounts::person(c, pair.first_id)?.public_id;
            let second = accounts::person(c, pair.second_id)?.public_id;
            let details = json!({ "other": second });
            audit::append(c, &by.act("person.not_duplicate", format!("person {first}"), details), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(
        "/staff/duplicates",
        &Flash::good("Noted: two people. They are not asked about again."),
    ))
}

/// Staff name the other record themselves, by an address of it.
async fn same_as(ctx: Ctx, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["email"])?;
    let (id, now, new) = (id_in(&path)?, ctx.now(), ctx.app().public_id()?);
    let email = form.value("email").to_owned();
    let act = ctx.act("duplicates.compare", format!("person {id}"), json!({}));
    let pair = ctx
        .app()
        .write(move |c| {
            let one = accounts::person_by_public_id(c, &id)?;
            let Some(other) = accounts::owner_of_address(c, &email)? else {
                let why = "Nobody has confirmed this address. Copy it from the other record.";
                return Err(FieldErrors::one("email", why).into());
            };
            if one.id == other.id {
                return Err(FieldErrors::one(
                    "email",
                    "This address belongs to the record you are looking at.",
                )
                .into());
            }
            people::note_duplicate(c, &new, (one.id, other.id), DuplicateReason::Staff, now)?;
            audit::append(c, &act, now)?;
            let pair = people::pair(c, one.id, other.id)?.ok_or_else(AppError::not_found)?;
            if pair.state != DuplicateState::Open {
                people::set_duplicate_state(c, pair.id, DuplicateState::Open, None, now)?;
            }
            Ok(pair)
        })
        .await?;
    Ok(ctx.redirect(&format!("/staff/duplicates/{}", pair.public_id)))
}

async fn undo(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    form.only(&[])?;
    ctx.require_fresh()?;
    let (id, now, by) = (id_in(&path)?, ctx.now(), By::new(&ctx, &actor));
    ctx.app()
        .write(move |c| {
            let merge = people::merge_by_id(c, &id)?;
            may(&by.actor, Action::ManagePeople, Subject::Person(merge.kept_id))
                .map_err(|d| AppError::forbidden(d.to_string()))?;
            if let Err(why) = people::undo_merge(c, &merge, by.actor.person, now)? {
                return Err(AppError::conflict(why.to_string()));
            }
            if let Some(pair) = people::pair(c, merge.kept_id, merge.gone_id)? {
                people::set_duplicate_state(c, pair.id, DuplicateState::Apart, Some(by.actor.person), now)?;
            }
            let kept = accounts::person(c, merge.kept_id)?.public_id;
            audit::append(
                c,
                &by.act("person.unmerge", format!("person {kept}"), json!({ "merge": id })),
                now,
            )?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with("/staff/duplicates", &Flash::good("Taken back: two records again.")))
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
