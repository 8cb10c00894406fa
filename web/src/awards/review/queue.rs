//! The queue of a review board, by round, the oldest first.

use std::collections::BTreeSet;

use actix_web::web;
use askama::Template;
use folkmoot_governance::Explain;
use folkmoot_store::awards::rounds::{self, Round, RoundState};
use folkmoot_store::{Conn, PersonId, Utc};

use super::{carried_words, round_words, standing_words};
use crate::awards::board::{self, Case, Seat};
use crate::awards::nominate::paragraphs;
use crate::awards::programme::Award;
use crate::error::AppResult;
use crate::http::session::Actor;
use crate::http::when::{day, when};
use crate::http::{Ctx, Page, PageResult};

struct Line {
    href: String,
    people: String,
    received: String,
    note: String,
    state: &'static str,
    tag: &'static str,
}

struct Group {
    label: String,
    path: String,
    state: String,
    utc: String,
    words: String,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "awards/queue.html")]
struct QueuePage {
    page: Page,
    award: Award,
    is_chair: bool,
    criteria: Vec<String>,
    rule: String,
    groups: Vec<Group>,
    decided: Vec<(String, String, String)>,
}

pub(super) async fn queue(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let (slug, now) = (path.into_inner(), ctx.now());
    let template = {
        let page = ctx.page("Review");
        ctx.app().read(move |c| read_queue(c, page, &slug, &actor, now)).await?
    };
    ctx.show(&template)
}

fn read_queue(conn: &mut Conn, mut page: Page, slug: &str, actor: &Actor, now: Utc) -> AppResult<QueuePage> {
    let Seat { award, person, is_chair, .. } = board::seat(conn, slug, actor, now)?;
    page.title = format!("Review: {}", award.row.name);
    let all = rounds::of_programme(conn, award.row.id)?;
    let me = BTreeSet::from([person]);
    let mut groups: Vec<Group> = Vec::new();
    for case in Case::active(conn, &award)? {
        let Some(round) = board::round_of(&award, &case, &all) else { continue };
        // Who is nominated is not told so.
        if case.nominated_members(conn, &me)?.contains(&person) {
            continue;
        }
        let line = line(conn, &award, &round, &case, person, now)?;
        match groups.iter_mut().find(|g| g.label == round.label) {
            Some(group) => group.lines.push(line),
            None => groups.push(Group {
                label: round.label.clone(),
                path: round.path(),
                state: round_words(&round, now),
                utc: round.review_until.map(|at| at.to_string()).unwrap_or_default(),
                words: round.review_until.map(when).unwrap_or_default(),
                lines: vec![line],
            }),
        }
    }
    groups.sort_by_key(|g| all.iter().position(|r| r.label == g.label));
    let decided = all
        .iter()
        .rev()
        .filter(|r| matches!(r.state, RoundState::Decided | RoundState::Announced))
        .take(12)
        .map(|r| (r.path(), r.label.clone(), round_words(r, now)))
        .collect();
    let rule = award.adopted(conn)?.map(|r| r.policy.sentence()).unwrap_or_default();
    let criteria = paragraphs(&award.settings.criteria);
    Ok(QueuePage { page, award, is_chair, criteria, rule, groups, decided })
}

fn line(
    conn: &mut Conn,
    award: &Award,
    round: &Round,
    case: &Case,
    person: PersonId,
    now: Utc,
) -> AppResult<Line> {
    let said = board::said(conn, round, case.nomination.id, person)?;
    let (state, tag) = standing_words(said.map(|(c, _)| c), round.takes_votes(now));
    Ok(Line {
        href: format!("/awards/review/{}/nominations/{}", award.row.slug, case.nomination.public_id),
        people: case.people(),
        received: day(case.nomination.created_at),
        note: carried_words(award, case, round),
        state,
        tag,
    })
}
