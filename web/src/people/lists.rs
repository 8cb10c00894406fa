//! Lists of members for other programs, without anything a spreadsheet would run.

use std::collections::HashMap;

use askama::Template;
use chrono::TimeDelta;
use folkmoot_store::data_requests::{ListedMember, members_at};
use folkmoot_store::{PersonId, Utc, audit, memberships, report_rows};
use serde_json::json;

use crate::approvals::By;
use crate::auth::permission::Action;
use crate::error::AppResult;
use crate::export;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, Form, Page, PageResult};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let may = Access::May(Action::ExportPeople);
    vec![Route::get("/staff/exports", may, page), Route::post("/staff/exports", may, file)]
}

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

#[derive(Template)]
#[template(path = "people/lists.html")]
struct ListsPage {
    page: Page,
    form: Form,
    whom: Vec<Choice>,
    formats: Vec<Choice>,
}

/// Shape of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    People,
    Addresses,
    Helios,
    Memberships,
    Affirmations,
}

/// A day as files have it.
fn day(at: Utc) -> String {
    at.datetime().format("%F").to_string()
}

impl Format {
    const ALL: [(Self, &'static str, &'static str, &'static str); 5] = [
        (Self::People, "people", "Name, class and address", "As the imports of this program read it."),
        (Self::Addresses, "addresses", "One address per line", "For services that know nobody by name."),
        (Self::Helios, "helios", "Helios voters", "Type, identifier, address and name, without a heading."),
        (
            Self::Memberships,
            "memberships",
            "Memberships as CiviCRM writes them",
            "One line for each class somebody holds, with first and last day.",
        ),
        (
            Self::Affirmations,
            "affirmations",
            "Class, account, vote and last affirmation",
            "As python.org writes its members.",
        ),
    ];

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, value, ..)| *value == text).map(|(f, ..)| *f)
    }

    fn write(self, members: &[ListedMember], affirmed: &HashMap<PersonId, Utc>) -> AppResult<Vec<u8>> {
        let reachable = members.iter().filter(|m| !m.address.is_empty());
        match self {
            Self::People => {
                let rows =
                    members.iter().map(|m| vec![m.name.clone(), m.classes.join(", "), m.address.clone()]);
                export::csv(&["name", "class", "email"], rows)
            }
            Self::Addresses => export::csv(&[], reachable.map(|m| vec![m.address.clone()])),
            Self::Helios => {
                let row = |m: &ListedMember| {
                    vec!["password".into(), m.address.clone(), m.address.clone(), m.name.clone()]
                };
                export::csv(&[], reachable.map(row))
            }
            Self::Memberships => {
                let head = &[
                    "Display Name",
                    "Email",
                    "Membership Type",
                    "Membership Start Date",
                    "Membership Expiration Date",
                    "Status",
                ];
                let lines = |m: &ListedMember| {
                    let line = |(class, from, until): &(String, Utc, Option<Utc>)| {
                        // The last day counts in full.
                        let last = until.map(|end| day(end.plus(-TimeDelta::microseconds(1))));
                        let (from, last) = (day(*from), last.unwrap_or_default());
                        vec![m.name.clone(), m.address.clone(), class.clone(), from, last, "Current".into()]
                    };
                    m.held.iter().map(line).collect::<Vec<_>>()
                };
                export::csv(head, reachable.flat_map(lines))
            }
            Self::Affirmations => {
                let row = |m: &ListedMember| {
                    let votes = if m.votes { "yes" } else { "no" };
                    let last = affirmed.get(&m.person).map(|at| day(*at)).unwrap_or_default();
                    let class = m.classes.first().cloned().unwrap_or_default();
                    vec![class, m.name.clone(), m.address.clone(), votes.into(), last]
                };
                export::csv(&["class", "account", "e-mail", "votes", "last affirmation"], reachable.map(row))
            }
        }
    }
}

async fn page(ctx: Ctx) -> PageResult {
    show(&ctx, Form::filled([("whom", "voting"), ("format", "people")])).await
}

async fn show(ctx: &Ctx, form: Form) -> PageResult {
    let classes = ctx.app().read(|c| Ok(memberships::classes(c)?)).await?;
    let mut whom = vec![
        Choice::of("voting", "Members with the vote", ""),
        Choice::of("all", "Everybody who holds a class", ""),
    ];
    whom.extend(
        classes.iter().map(|k| Choice::of(&format!("class {}", k.key), &format!("Only {}", k.name), "")),
    );
    let template = ListsPage {
        page: ctx.page("Exports").for_form(&form),
        form,
        whom,
        formats: Format::ALL.iter().map(|(_, value, label, hint)| Choice::of(value, label, hint)).collect(),
    };
    if template.page.has_errors { ctx.show_again(&template) } else { ctx.show(&template) }
}

async fn file(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    let form = form.only(&["whom", "format", "reason"])?;
    ctx.require_fresh()?;
    let classes = ctx.app().read(|c| Ok(memberships::classes(c)?)).await?;
    let mut check = Check::new(&form);
    let format = check.field("format", |t| Format::parse(t).ok_or("Choose the shape of the file."));
    let reason = check.text("reason", 500, "Say what the list is for; it is kept in the audit log.");
    let whom = check.field("whom", |t| match t.strip_prefix("class ") {
        _ if t == "voting" || t == "all" => Ok((t == "voting", None)),
        Some(key) => {
            let class = classes.iter().find(|k| k.key == key).ok_or("Choose whom the list is of.")?;
            Ok((false, Some(class.name.clone())))
        }
        None => Err("Choose whom the list is of."),
    });
    let (Some(format), Some(reason), Some((voting, class))) = (format, reason, whom) else {
        let errors = check.errors();
        return show(&ctx, form.with(errors)).await;
    };
    let (now, by, asked) = (ctx.now(), By::new(&ctx, &actor), form.value("whom").to_owned());
    let csv = ctx
        .app()
        .write(move |c| {
            let mut members = members_at(c, voting, now)?;
            if let Some(class) = &class {
                members.retain(|m| m.classes.contains(class));
            }
            let affirmed = match format {
                Format::Affirmations => {
                    let people: Vec<PersonId> = members.iter().map(|m| m.person).collect();
                    report_rows::last_affirmations(c, &people)?
                }
                _ => HashMap::new(),
            };
            let csv = format.write(&members, &affirmed)?;
            let details = json!({
                "whom": asked, "reason": reason, "entries": members.len(), "sha256": export::sha256(&csv),
            });
            audit::append(c, &by.act("people.export", "members", details), now)?;
            Ok(csv)
        })
        .await?;
    Ok(export::answer("members.csv", csv))
}
