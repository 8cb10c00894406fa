//! Who was entitled and who voted in an election held elsewhere, taken over from a list of addresses: it decides who need not
//! affirm next time, and whose missed votes count.

use std::collections::BTreeSet;

use askama::Template;
use chrono::NaiveDateTime;
use folkmoot_store::memberships::voting;
use folkmoot_store::{Conn, PersonId, Utc, accounts, audit};
use serde_json::json;

use crate::approvals::By;
use crate::auth::permission::Action;
use crate::error::AppResult;
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::routes::{Access, Route};

/// Lines in one list.
const MOST: usize = 20_000;

pub(super) fn routes() -> Vec<Route> {
    let manage = Access::May(Action::ManageMemberships);
    vec![
        Route::get("/staff/membership/participation", manage, page),
        Route::post("/staff/membership/participation", manage, import).body_limit(2 * 1024 * 1024),
    ]
}

#[derive(Template)]
#[template(path = "membership/staff_participation.html")]
struct ImportPage {
    page: Page,
    form: Form,
    preview: Option<Preview>,
    known: Vec<(String, String, i64)>,
}

/// What a list says, before it is taken over.
struct Preview {
    entitled: usize,
    voted: usize,
    /// Line and what is wrong with it; the first of them.
    faults: Vec<(usize, String)>,
    more_faults: usize,
}

struct Wish {
    election: String,
    closed: Utc,
    lines: Vec<(usize, String, bool)>,
    faults: Vec<(usize, String)>,
}

fn parse_line(line: &str) -> Result<(String, bool), String> {
    let mut cells = line.split([',', ';', '\t']).map(|cell| cell.trim().trim_matches('"').trim());
    let address = cells.next().unwrap_or_default();
    let voted = match cells.next().unwrap_or("yes").to_lowercase().as_str() {
        "yes" | "y" | "true" | "1" | "voted" => true,
        "no" | "n" | "false" | "0" | "" => false,
        other => {
            return Err(format!("“{}” is neither yes nor no", other.chars().take(20).collect::<String>()));
        }
    };
    if !address.contains('@') || address.len() > 254 {
        return Err("the first cell must be an e-mail address".to_owned());
    }
    Ok((address.to_owned(), voted))
}

impl Wish {
    fn parse(form: &Form) -> Result<Self, FieldErrors> {
        let mut check = Check::new(form);
        let election = check.text("election", 120, "Enter the title of the election.");
        let closed = check.field("closed", |text| {
            NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M")
                .map(|at| Utc::from_datetime(at.and_utc()))
                .map_err(|_| "Enter when voting closed, in UTC, such as 2026-07-01T12:00.")
        });
        let text = form.raw("list").trim_start_matches('\u{feff}');
        let rows: Vec<(usize, &str)> =
            (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()).collect();
        if rows.is_empty() {
            check.add("list", "Paste the list, one address a line.");
        } else if rows.len() > MOST {
            check.add("list", format!("At most {MOST} lines at once; split the list."));
        }
        let (mut lines, mut faults) = (Vec::new(), Vec::new());
        for (place, (number, line)) in rows.iter().enumerate() {
            match parse_line(line) {
                Ok((address, voted)) => lines.push((*number, address, voted)),
                // A first line without an address is a heading.
                Err(_) if place == 0 && !line.contains('@') => {}
                Err(fault) => faults.push((*number, fault)),
            }
        }
        let errors = check.errors();
        match (election, closed) {
            (Some(election), Some(closed)) if errors.is_empty() => {
                Ok(Self { election, closed, lines, faults })
            }
            _ => Err(errors),
        }
    }

    /// The people behind the addresses; whoever is not found, or named twice, is a fault.
    fn resolve(&mut self, c: &mut Conn) -> AppResult<Vec<(PersonId, bool)>> {
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        for (number, address, voted) in &self.lines {
            match accounts::owner_of_address(c, address)? {
                None => self.faults.push((*number, "nobody has confirmed this address".to_owned())),
                Some(person) if !seen.insert(person.id) => {
                    self.faults.push((*number, "this person stands in the list already".to_owned()));
                }
                Some(person) => found.push((person.id, *voted)),
            }
        }
        self.faults.sort();
        Ok(found)
    }
}

fn known(c: &mut Conn) -> AppResult<Vec<(String, String, i64)>> {
    Ok(voting::past_elections(c)?.into_iter().map(|(title, at, n)| (title, when(at), n)).collect())
}

async fn show(ctx: &Ctx, form: Form, preview: Option<Preview>) -> PageResult {
    let page = ctx.page("Participation elsewhere").for_form(&form);
    let again = page.has_errors;
    let known = ctx.app().read(known).await?;
    let template = ImportPage { page, form, preview, known };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

async fn page(ctx: Ctx, _actor: Actor) -> PageResult {
    show(&ctx, Form::empty(), None).await
}

async fn import(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    let form = form.only(&["election", "closed", "list", "act"])?;
    let mut wish = match Wish::parse(&form) {
        Ok(wish) => wish,
        Err(errors) => return show(&ctx, form.with(errors), None).await,
    };
    if form.value("act") != "import" {
        let preview = ctx
            .app()
            .read(move |c| {
                let people = wish.resolve(c)?;
                let shown: Vec<_> = wish.faults.iter().take(20).cloned().collect();
                Ok(Preview {
                    entitled: people.len(),
                    voted: people.iter().filter(|(_, voted)| *voted).count(),
                    more_faults: wish.faults.len().saturating_sub(shown.len()),
                    faults: shown,
                })
            })
            .await?;
        return show(&ctx, form, Some(preview)).await;
    }
    let (now, by) = (ctx.now(), By::new(&ctx, &actor));
    let reference = format!("participation {}", ctx.app().public_id()?);
    let added = ctx
        .app()
        .write(move |c| {
            let mut added = 0_u64;
            for (person, voted) in wish.resolve(c)? {
                let new = voting::note_past_participation(
                    c,
                    person,
                    &wish.election,
                    wish.closed,
                    voted,
                    &reference,
                )?;
                added += u64::from(new);
            }
            let details = json!({ "election": wish.election, "closed_at": wish.closed, "lines": added });
            audit::append(c, &by.act("membership.participation", reference.clone(), details), now)?;
            Ok(added)
        })
        .await?;
    let words = format!("{added} lines are taken over; those known before were left as they are.");
    Ok(ctx.redirect_with("/staff/membership/participation", &Flash::good(words)))
}
