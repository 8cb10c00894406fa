//! Who has the vote: the members of a body, or a list of people.

use actix_web::web;
use askama::Template;
use folkmoot_store::accounts::{self, PersonState};
use folkmoot_store::{Conn, PublicId, Utc, bodies};
use serde_json::json;

use super::plan::{Electorate, Prepared};
use super::{change, may_prepare, place, roll};
use crate::auth::permission::Action;
use crate::error::{AppError, AppResult, Kind};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::membership::calls::elections_before;
use crate::routes::{Access, Route};

/// Most lines of a list.
const MOST_LINES: usize = 20_000;
const BODY_LIMIT: usize = 4 * 1024 * 1024;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/staff/elections/{election}/electorate", Access::May(Action::SeeElections), show),
        Route::post("/staff/elections/{election}/electorate", Access::May(Action::PrepareElections), save)
            .body_limit(BODY_LIMIT),
    ]
}

struct Choice {
    value: String,
    label: String,
    hint: &'static str,
}

impl Choice {
    fn new(value: String, label: String) -> Self {
        Self { value, label, hint: "" }
    }
}

#[derive(Template)]
#[template(path = "preparation/electorate.html")]
struct ElectoratePage {
    page: Page,
    form: Form,
    slug: String,
    bodies: Vec<Choice>,
    /// Elections in which having voted may stand for an affirmation.
    before: Vec<Choice>,
    record: String,
    now_words: String,
    editable: bool,
}

async fn show(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let page = page(&ctx, &actor, path.into_inner(), None).await?;
    ctx.show(&page)
}

async fn page(ctx: &Ctx, actor: &Actor, slug: String, typed: Option<Form>) -> AppResult<ElectoratePage> {
    let now = ctx.now();
    let page = ctx.page("Electorate");
    let may_prepare = may_prepare(actor);
    ctx.app()
        .read(move |conn| {
            let prepared = Prepared::load(conn, &slug)?;
            let all = bodies::all(conn)?;
            let before = elections_before(conn, now)?;
            let now_words = match &prepared.plan.electorate {
                Some(electorate) => {
                    let found = roll::entitled(conn, electorate, roll::Decisive::at(now))?.len();
                    format!(
                        "If the roll were made now, it would have {found} entries: {}.",
                        electorate.words()
                    )
                }
                None => String::new(),
            };
            let form = match typed {
                Some(form) => form,
                None => filled(conn, &prepared)?,
            };
            Ok(ElectoratePage {
                page: page.for_form(&form),
                form,
                bodies: all.into_iter().map(|b| Choice::new(b.slug, b.name)).collect(),
                before: before.into_iter().map(|t| Choice::new(t.clone(), t)).collect(),
                record: prepared.election.record_at.map(when).unwrap_or_default(),
                now_words,
                editable: prepared.is_draft() && may_prepare,
                slug: prepared.election.slug,
            })
        })
        .await
}

fn filled(conn: &mut Conn, prepared: &Prepared) -> AppResult<Form> {
    Ok(match &prepared.plan.electorate {
        None => Form::empty(),
        Some(Electorate::Body { slug, .. }) => Form::filled([("of", "body"), ("body", slug)]),
        Some(Electorate::Members { slug, affirm, waived_by, .. }) => {
            let affirm = if *affirm { "yes" } else { "" };
            let chosen = [("of", "members"), ("body", slug.as_str()), ("affirm", affirm)];
            let waivers = waived_by.iter().map(|title| ("waiver", title.as_str()));
            Form::filled(chosen.into_iter().chain(waivers))
        }
        Some(Electorate::List { title, people }) => {
            let mut lines = String::new();
            for id in people {
                let person = accounts::person_by_public_id(conn, id)?;
                lines.push_str(&accounts::mail_address_of(conn, person.id)?.unwrap_or_default());
                lines.push('\n');
            }
            Form::filled([("of", "list"), ("list_title", title.as_str()), ("list", lines.as_str())])
        }
    })
}

/// Reads a list: one address a line, alone or as the last of several values separated by commas, semicolons or tabs. A
/// first line without an address is taken for a heading.
fn read_list(conn: &mut Conn, text: &str) -> AppResult<Result<Vec<PublicId>, FieldErrors>> {
    let mut errors = FieldErrors::default();
    let mut people: Vec<PublicId> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (i, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let values = line.split([',', ';', '\t']).map(|v| v.trim().trim_matches('"'));
        let Some(address) = values.rev().find(|v| v.contains('@')) else {
            if i > 0 {
                errors.add("list", format!("Line {} has no address of mail.", i + 1));
            }
            continue;
        };
        match accounts::owner_of_address(conn, address)?.filter(|p| p.state == PersonState::Active) {
            Some(person) => {
                if seen.insert(person.id) {
                    people.push(person.public_id);
                } else {
                    errors.add(
                        "list",
                        format!("Line {}: {address} belongs to somebody who is on the list already.", i + 1),
                    );
                }
            }
            None => {
                errors.add("list", format!("Line {}: nobody has confirmed the address {address}.", i + 1))
            }
        }
        if people.len() > MOST_LINES {
            errors.add("list", format!("A list has at most {MOST_LINES} people."));
        }
        if errors.0.len() >= 20 {
            break;
        }
    }
    if errors.is_empty() && people.is_empty() {
        errors.add("list", "Enter at least one address.");
    }
    Ok(if errors.is_empty() { Ok(people) } else { Err(errors) })
}

/// The elections chosen, of those that are known.
fn waivers(conn: &mut Conn, form: &Form, now: Utc) -> AppResult<Vec<String>> {
    let known = elections_before(conn, now)?;
    let chosen: Vec<String> = form.all("waiver").map(str::to_owned).collect();
    match chosen.iter().all(|title| known.contains(title)) {
        true => Ok(chosen),
        false => Err(FieldErrors::one("waiver", "Choose among the elections shown.").into()),
    }
}

fn parse(conn: &mut Conn, form: &Form, now: Utc) -> AppResult<Electorate> {
    let mut check = Check::new(form);
    match form.value("of") {
        of @ ("body" | "members") => {
            let body = bodies::all(conn)?.into_iter().find(|b| b.slug == form.value("body"));
            let body = body.ok_or_else(|| AppError::from(FieldErrors::one("body", "Choose a body.")))?;
            Ok(match of {
                "body" => Electorate::Body { slug: body.slug, name: body.name },
                _ => {
                    let affirm = form.has("affirm", "yes");
                    let waived_by = if affirm { waivers(conn, form, now)? } else { Vec::new() };
                    Electorate::Members { slug: body.slug, name: body.name, affirm, waived_by }
                }
            })
        }
        "list" => {
            let title = check.text("list_title", 120, "Say what the list is, for example Core team in June.");
            let title = title.ok_or_else(|| AppError::from(check.errors()))?;
            let people = read_list(conn, form.value("list"))?.map_err(AppError::from)?;
            Ok(Electorate::List { title, people })
        }
        _ => Err(FieldErrors::one("of", "Choose who has the vote.").into()),
    }
}

async fn save(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["of", "body", "affirm", "waiver", "list_title", "list"])?;
    let (slug, sent) = (path.into_inner(), form.clone());
    let details =
        json!({ "of": form.value("of"), "body": form.value("body"), "list": form.value("list_title") });
    let outcome =
        change(&ctx, &actor, &slug, "election.electorate", details, move |conn, _, prepared, now| {
            prepared.need_draft()?;
            prepared.plan.electorate = Some(parse(conn, &sent, now)?);
            Ok(())
        })
        .await;
    match outcome {
        Ok(()) => {
            Ok(ctx.redirect_with(&place(&slug, "electorate"), &Flash::good("The electorate is saved.")))
        }
        Err(AppError { kind: Kind::Invalid(errors), .. }) => {
            let page = page(&ctx, &actor, slug, Some(form.with(errors))).await?;
            ctx.show_again(&page)
        }
        Err(other) => Err(other),
    }
}
