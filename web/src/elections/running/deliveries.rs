//! The ledger of deliveries: which mails about an election went out to whom, and who has taken part.

use std::collections::{HashMap, HashSet};

use actix_web::web;
use askama::Template;
use folkmoot_store::elections::{roll, running};
use folkmoot_store::mails::MailState;
use folkmoot_store::{Conn, PersonId, PublicId, accounts};

use super::{by_slug, is_failure};
use crate::elections::codes;
use crate::error::AppResult;
use crate::http::{Ctx, Page, PageResult};

/// Lines of the ledger on one page.
const LEDGER_PAGE: usize = 100;

struct Person {
    id: PublicId,
    name: String,
    voted: bool,
    mails: Vec<(String, &'static str)>,
}

#[derive(Template)]
#[template(path = "elections/staff_deliveries.html")]
struct DeliveriesPage {
    page: Page,
    slug: String,
    title: String,
    /// Voting codes can be sent again now.
    codes: bool,
    people: Vec<Person>,
    only: String,
    total: usize,
    previous: String,
    next: String,
}

pub(super) async fn show(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let slug = path.into_inner();
    let only = ctx.query("only").filter(|o| o == "failed").unwrap_or_default();
    let from = ctx.query("from").and_then(|t| t.parse::<usize>().ok()).unwrap_or(0);
    let (page, now) = (ctx.page("Deliveries"), ctx.now());
    let shown = ctx
        .app()
        .read(move |conn| {
            let (election, _) = by_slug(conn, &slug)?;
            let mut people = ledger(conn, election.id)?;
            if !only.is_empty() {
                people.retain(|p| p.mails.iter().any(|(_, s)| !matches!(*s, "sent" | "waiting")));
            }
            let total = people.len();
            let link =
                |at: usize| format!("/staff/elections/{}/deliveries?only={only}&from={at}", election.slug);
            Ok(DeliveriesPage {
                page,
                codes: codes::any_can_be_sent(conn, &election, now)?,
                people: people.into_iter().skip(from).take(LEDGER_PAGE).collect(),
                total,
                previous: if from > 0 { link(from.saturating_sub(LEDGER_PAGE)) } else { String::new() },
                next: if from.saturating_add(LEDGER_PAGE) < total {
                    link(from + LEDGER_PAGE)
                } else {
                    String::new()
                },
                only: only.clone(),
                slug: election.slug.clone(),
                title: election.title.clone(),
            })
        })
        .await?;
    ctx.show(&shown)
}

/// What became of a mail.
#[must_use]
pub fn delivery_words(state: Option<MailState>) -> &'static str {
    match state {
        None => "no address, or declined",
        Some(MailState::Sent) => "sent",
        Some(state) if is_failure(state) => "not delivered",
        Some(_) => "waiting",
    }
}

/// Everybody on the roll with their mails, by name.
fn ledger(conn: &mut Conn, election: i64) -> AppResult<Vec<Person>> {
    let waiting: HashSet<PersonId> = running::not_voted(conn, election)?.into_iter().collect();
    let mut mails: HashMap<PersonId, Vec<(String, &'static str)>> = Default::default();
    for sent in running::sent(conn, election)? {
        mails.entry(sent.person_id).or_default().push((sent.kind, delivery_words(sent.state)));
    }
    let mut people = Vec::new();
    for entry in roll::all(conn, election)? {
        let id = entry.person_id;
        let person = accounts::person(conn, id)?;
        people.push(Person {
            id: person.public_id,
            name: person.preferred_name,
            voted: !waiting.contains(&id),
            mails: mails.remove(&id).unwrap_or_default(),
        });
    }
    people.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(people)
}
