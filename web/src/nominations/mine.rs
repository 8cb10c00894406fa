//! Everything of one person: nominations that wait for an answer, own candidacies, drafts, and whom they nominate.

use askama::Template;
use folkmoot_store::nominations::supports::{self, SupportState};
use folkmoot_store::nominations::{NominationState, drafts};
use folkmoot_store::{Conn, PersonId, Utc, elections, nominations};
use serde_json::{Value, json};

use super::nominate::{Wanted, waits};
use super::own::lookups;
use super::rules::Call;
use crate::error::AppResult;
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Ctx, Page, PageResult};
use crate::routes::{Access, Route};
use crate::tasks::Task;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/nominations", Access::SignedIn, show)]
}

struct Line {
    href: String,
    title: String,
    state: String,
    hint: String,
}

struct DraftLine {
    href: String,
    remove: String,
    title: String,
    nominee: String,
    changed: String,
}

#[derive(Template)]
#[template(path = "nominations/mine.html")]
struct MinePage {
    page: Page,
    candidacies: Vec<Line>,
    drafts: Vec<DraftLine>,
    given: Vec<Line>,
    calls: Vec<Line>,
}

async fn show(ctx: Ctx, actor: Actor) -> PageResult {
    let (person, now, app) = (actor.person, ctx.now(), ctx.app().clone());
    let page = ctx.page("Your nominations");
    let shown = ctx
        .app()
        .read(move |conn| {
            let mut candidacies = Vec::new();
            let addresses = lookups(conn, person)?;
            for one in nominations::of_person(conn, person, &addresses)? {
                let call = Call::by_id(conn, one.election_id)?;
                let waiting = waits(&one, &call, now);
                let state = match one.state {
                    NominationState::Invited if waiting && one.is_self => "Not sent yet",
                    NominationState::Invited if waiting => "Accept or decline",
                    NominationState::Invited | NominationState::Expired => "Expired",
                    NominationState::Accepted => "Accepted",
                    NominationState::Declined => "Declined",
                    NominationState::Withdrawn | NominationState::Merged => "Withdrawn",
                };
                let until = app.when(call.dates.answer_by(&one));
                candidacies.push(Line {
                    href: format!("/nominations/{}", one.public_id),
                    title: call.title().to_owned(),
                    state: state.to_owned(),
                    hint: if waiting { format!("Until {until}") } else { String::new() },
                });
            }
            let mut kept = Vec::new();
            for draft in drafts::of_person(conn, person)? {
                let election = elections::by_id(conn, draft.election_id)?;
                let content: Wanted = draft.content.parse()?;
                kept.push(DraftLine {
                    href: format!("/elections/{}/nominate?draft={}", election.slug, draft.public_id),
                    remove: format!("/nominations/drafts/{}/remove", draft.public_id),
                    title: election.title,
                    nominee: if content.is_self { "Yourself".into() } else { content.name },
                    changed: when(draft.changed_at),
                });
            }
            Ok(MinePage {
                page: page.clone(),
                candidacies,
                drafts: kept,
                given: given(conn, person, now)?,
                calls: open_calls(conn, now)?,
            })
        })
        .await?;
    ctx.show(&shown)
}

fn given(conn: &mut Conn, person: PersonId, now: Utc) -> AppResult<Vec<Line>> {
    let mut all = Vec::new();
    for support in supports::of_person(conn, person)? {
        let nominee = nominations::by_id(conn, support.nomination_id)?;
        let own = nominee.is_self && nominee.person_id == Some(person);
        if support.state != SupportState::Given || own || nominee.state == NominationState::Merged {
            continue;
        }
        let call = Call::by_id(conn, nominee.election_id)?;
        let announced = call.is_announced(conn, now)?;
        let state = match (announced, super::announce::stands(&nominee)) {
            (false, _) => "Sent",
            (true, true) => "Stands for election",
            (true, false) => "Does not stand",
        };
        all.push(Line {
            href: format!("/nominations/support/{}", support.public_id),
            title: nominee.name,
            state: state.to_owned(),
            hint: call.title().to_owned(),
        });
    }
    Ok(all)
}

/// Calls that take nominations now.
fn open_calls(conn: &mut Conn, now: Utc) -> AppResult<Vec<Line>> {
    let mut all = Vec::new();
    for election in elections::in_states(conn, &["announced", "nominations"])? {
        let Ok(call) = Call::load(conn, &election.slug) else { continue };
        if call.dates.open <= now && now < call.dates.close {
            all.push(Line {
                href: format!("/elections/{}/call", election.slug),
                title: election.title,
                state: "Open".into(),
                hint: format!("Until {}", when(call.dates.close)),
            });
        }
    }
    Ok(all)
}

/// What nominees and officers have to do.
pub(super) fn tasks(conn: &mut Conn, actor: &Actor, now: Utc) -> AppResult<Vec<Task>> {
    let mut all = Vec::new();
    let addresses = lookups(conn, actor.person)?;
    for one in nominations::of_person(conn, actor.person, &addresses)? {
        let asks =
            one.clarification_asked_at.is_some() && one.clarified_at.is_none() && one.frozen_at.is_none();
        if one.state != NominationState::Invited && !(asks && one.state == NominationState::Accepted) {
            continue;
        }
        let call = Call::by_id(conn, one.election_id)?;
        let (text, due) = match one.state {
            NominationState::Accepted => {
                ("Answer the officers’ question about your candidacy", call.dates.announce)
            }
            _ if one.is_self => ("Complete and send your nomination", call.dates.close),
            _ => ("Accept or decline your nomination", call.dates.accept),
        };
        if now < due {
            all.push(Task {
                text: format!("{text}: {}", call.title()),
                href: format!("/nominations/{}", one.public_id),
                hint: String::new(),
                due: Some(due),
            });
        }
    }
    all.extend(super::review::tasks(conn, actor, now)?);
    Ok(all)
}

/// What a person gets of it with their data.
pub(super) fn own_data(conn: &mut Conn, person: PersonId, _: Utc) -> AppResult<Value> {
    let addresses = lookups(conn, person)?;
    let candidacies: Vec<Value> = nominations::of_person(conn, person, &addresses)?
        .into_iter()
        .map(|n| {
            let statement: Value = n.statement.parse()?;
            Ok(json!({
                "election": n.election_id, "name": n.name, "named_by": n.address, "state": n.state, "statement": statement,
                "nominated_at": n.created_at, "answered_at": n.answered_at, "withdrawn_at": n.withdrawn_at,
            }))
        })
        .collect::<AppResult<_>>()?;
    let given: Vec<Value> = supports::of_person(conn, person)?
        .into_iter()
        .map(|s| json!({ "role": s.role, "words": s.words, "employer": s.employer, "at": s.made_at }))
        .collect();
    Ok(json!({ "candidacies": candidacies, "given": given }))
}
