//! Search for people by beginnings of words, with filters.

use std::collections::BTreeMap;

use askama::Template;
use folkmoot_store::PersonId;
use folkmoot_store::accounts::{self, PersonState};
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
    value: &'static str,
    label: &'static str,
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
    found: Vec<Line>,
    heading: String,
}

/// What the query of the address asks for; unknown values ask for nothing.
fn wanted(ctx: &Ctx) -> Wanted {
    let asked = |name: &str| ctx.query(name).unwrap_or_default().trim().chars().take(100).collect::<String>();
    Wanted { text: asked("q"), state: asked("state").parse().ok(), no_address: asked("address") == "none" }
}

fn form_of(wanted: &Wanted) -> Form {
    let reach = if wanted.no_address { "none" } else { "" };
    let state = wanted.state.map_or("", PersonState::as_str);
    Form::filled([("q", wanted.text.as_str()), ("state", state), ("address", reach)])
}

fn heading(shown: usize, total: Option<usize>, everybody: bool, accounts: i64) -> String {
    match total {
        _ if everybody => match accounts {
            1 => "1 person has an account".into(),
            n => format!("{n} people have an account"),
        },
        Some(total) if total > shown => {
            format!("{total} found; the first {shown} by name. Add a word to narrow it.")
        }
        Some(total) => format!("{total} found"),
        None => format!("More than can be listed; the closest {shown}. Add a word to narrow it."),
    }
}

async fn search(ctx: Ctx, _actor: Actor) -> PageResult {
    let wanted = wanted(&ctx);
    let form = form_of(&wanted);
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
    // A set too large to count but shown whole was counted after all.
    let total = total.or_else(|| (!everybody && found.len() <= MOST).then_some(found.len()));
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
            Choice { value: "", label: "Any state" },
            Choice { value: "active", label: "Active" },
            Choice { value: "disabled", label: "Barred" },
            Choice { value: "closed", label: "Closed" },
            Choice { value: "merged", label: "Merged into another" },
        ],
        reach: vec![
            Choice { value: "", label: "Any" },
            Choice { value: "none", label: "None confirmed, no mail reaches them" },
        ],
        heading: heading(lines.len(), total, everybody, accounts),
        found: lines,
    })
}
