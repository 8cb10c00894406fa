//! Search for people by beginnings of words, with filters.

use std::collections::BTreeMap;

use askama::Template;
use folkmoot_store::PersonId;
use folkmoot_store::accounts::{self, PersonState};
use folkmoot_store::memberships::{self, Class};
use folkmoot_store::people::{self, Wanted};

use super::pages::state_words;
use crate::auth::permission::Action;
use crate::http::session::Actor;
use crate::http::{Ctx, Form, Page, PageResult};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/staff/people", Access::May(Action::SeePeople), search)]
}

/// People shown on one page of a search; more are found by typing more.
const MOST: usize = 50;

/// An entry of a choice.
struct Choice {
    value: String,
    label: String,
}

impl Choice {
    fn of(value: &str, label: &str) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// A line of the result.
struct Line {
    public_id: String,
    name: String,
    address: String,
    state: &'static str,
}

#[derive(Template)]
#[template(path = "people/search.html")]
struct SearchPage {
    page: Page,
    form: Form,
    states: Vec<Choice>,
    reach: Vec<Choice>,
    classes: Vec<Choice>,
    found: Vec<Line>,
    heading: String,
}

/// What the query of the address asks for; unknown values ask for nothing.
fn wanted(ctx: &Ctx, classes: &[Class]) -> Wanted {
    let asked = |name: &str| ctx.query(name).unwrap_or_default().trim().chars().take(100).collect::<String>();
    Wanted {
        text: asked("q"),
        state: asked("state").parse().ok(),
        no_address: asked("address") == "none",
        class: classes.iter().find(|k| k.key == asked("class")).map(|k| (k.id, ctx.now())),
    }
}

fn form_of(wanted: &Wanted, classes: &[Class]) -> Form {
    let class =
        classes.iter().find(|k| wanted.class.is_some_and(|(id, _)| id == k.id)).map_or("", |k| &k.key);
    let reach = if wanted.no_address { "none" } else { "" };
    let state = wanted.state.map_or("", PersonState::as_str);
    Form::filled([("q", wanted.text.as_str()), ("state", state), ("address", reach), ("class", class)])
}

fn heading(shown: usize, total: Option<usize>, everybody: bool, accounts: i64) -> String {
    match total {
        _ if everybody => match accounts {
            1 => "1 person has an account".into(),
            n if usize::try_from(n).is_ok_and(|n| n > shown) => {
                format!("{n} people have an account; the first {shown} by name")
            }
            n => format!("{n} people have an account"),
        },
        Some(total) if total > shown => {
            format!("{total} found; the first {shown} by name. Add a word to narrow it.")
        }
        Some(total) => format!("{total} found"),
        None => format!("Too many to count; {shown} of the closest. Add a word to narrow it."),
    }
}

async fn search(ctx: Ctx, _actor: Actor) -> PageResult {
    let classes = ctx.app().read(|c| Ok(memberships::classes(c)?)).await?;
    let wanted = wanted(&ctx, &classes);
    let form = form_of(&wanted, &classes);
    let everybody = wanted == Wanted::default();
    let (found, total, accounts, addresses) = ctx
        .app()
        .read(move |c| {
            let found = people::search(c, &wanted, i64::try_from(MOST + 1).unwrap_or(i64::MAX))?;
            let ids: Vec<PersonId> = found.people.iter().map(|p| p.id).collect();
            let addresses: BTreeMap<PersonId, String> = people::addresses_for_mail(c, &ids)?;
            let accounts = if everybody { accounts::count_persons(c)? } else { 0 };
            Ok((found.people, found.total, accounts, addresses))
        })
        .await?;
    let lines: Vec<Line> = found
        .into_iter()
        .take(MOST)
        .map(|p| Line {
            public_id: p.public_id.to_string(),
            address: addresses.get(&p.id).cloned().unwrap_or_else(|| "no confirmed address".into()),
            state: state_words(p.state),
            name: p.preferred_name,
        })
        .collect();
    ctx.show(&SearchPage {
        page: ctx.page("People"),
        form,
        states: vec![
            Choice::of("", "Any state"),
            Choice::of("active", "Active"),
            Choice::of("disabled", "Barred"),
            Choice::of("closed", "Closed"),
            Choice::of("merged", "Merged into another"),
        ],
        reach: vec![Choice::of("", "Any"), Choice::of("none", "None confirmed, no mail reaches them")],
        classes: [Choice::of("", "Any")]
            .into_iter()
            .chain(classes.iter().map(|k| Choice::of(&k.key, &k.name)))
            .collect(),
        heading: heading(lines.len(), total, everybody, accounts),
        found: lines,
    })
}
