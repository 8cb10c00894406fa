//! Pages for everybody: the awards, their recipients, a page and a certificate for each recipient, and what a round decided.

use std::collections::BTreeMap;

use actix_web::web;
use askama::Template;
use folkmoot_store::awards::recipients::{self, Recipient, RecipientState};
use folkmoot_store::awards::rounds::{self, RoundState};
use folkmoot_store::people::fold;
use folkmoot_store::{Conn, Utc};

use super::nominate::paragraphs;
use super::programme::Award;
use super::texts;
use crate::error::{AppError, AppResult};
use crate::http::when::{day, when};
use crate::http::{Ctx, Form, Page, PageResult};
use crate::membership::{instant, utc};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/awards", Access::Public, list),
        Route::get("/awards/{award}", Access::Public, programme),
        Route::get("/awards/{award}/recipients", Access::Public, roster),
        Route::get("/awards/{award}/recipients/{recipient}", Access::Public, recipient),
        Route::get("/awards/{award}/recipients/{recipient}/certificate", Access::Public, certificate),
        Route::get("/awards/{award}/rounds/{round}", Access::Public, round),
    ]
}

/// The state in words; nothing for the active.
#[must_use]
pub(super) const fn state_words(state: RecipientState) -> &'static str {
    match state {
        RecipientState::Active => "Active",
        RecipientState::Emeritus => "Emeritus",
        RecipientState::Deceased => "Deceased",
    }
}

/// When the round that takes nominations closes: machine form and words.
pub(super) fn next_cutoff(award: &Award, now: Utc) -> AppResult<Option<(String, String)>> {
    let Some(calendar) = award.settings.calendar.as_ref().filter(|_| award.row.is_open) else {
        return Ok(None);
    };
    let round = calendar.round_at(instant(now)?).map_err(AppError::internal)?;
    let at = utc(round.cutoff.instant())?;
    Ok(Some((at.to_string(), round.cutoff.written())))
}

struct Line {
    slug: String,
    name: String,
    description: String,
    recipients: usize,
    is_open: bool,
}

struct Name {
    href: String,
    name: String,
    award: String,
    batch: String,
}

#[derive(Template)]
#[template(path = "awards/list.html")]
struct ListPage {
    page: Page,
    lines: Vec<Line>,
    latest: Vec<Name>,
    reviews: Vec<(String, String)>,
}

async fn list(ctx: Ctx) -> PageResult {
    let (now, actor) = (ctx.now(), ctx.actor().cloned());
    let (lines, latest, reviews) = ctx
        .app()
        .read(move |c| {
            let awards = Award::all(c)?;
            let mut lines = Vec::new();
            let mut reviews = Vec::new();
            for award in &awards {
                let recipients = recipients::announced(c, award.row.id, now)?.len();
                if let Some(actor) = &actor
                    && super::board::seat(c, &award.row.slug, actor, now).is_ok()
                {
                    reviews.push((award.row.slug.clone(), award.row.name.clone()));
                }
                lines.push(Line {
                    slug: award.row.slug.clone(),
                    name: award.row.name.clone(),
                    description: award.settings.description.clone(),
                    recipients,
                    is_open: award.row.is_open,
                });
            }
            let latest = recipients::latest(c, 12, now)?;
            let latest = latest.into_iter().filter_map(|r| {
                let award = awards.iter().find(|a| a.row.id == r.programme_id)?;
                Some(Name {
                    href: format!("/awards/{}/recipients/{}", award.row.slug, r.slug),
                    name: r.name,
                    award: award.row.name.clone(),
                    batch: r.batch,
                })
            });
            Ok((lines, latest.collect(), reviews))
        })
        .await?;
    ctx.show(&ListPage { page: ctx.page("Awards"), lines, latest, reviews })
}

#[derive(Template)]
#[template(path = "awards/programme.html")]
struct ProgrammePage {
    page: Page,
    award: Award,
    criteria: Vec<String>,
    rules: Vec<String>,
    cutoff: Option<(String, String)>,
    rounds: Vec<(String, String, String)>,
    count: usize,
    is_reviewer: bool,
}

async fn programme(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let (slug, now, actor) = (path.into_inner(), ctx.now(), ctx.actor().cloned());
    let (award, rule, rounds, count, is_reviewer) = ctx
        .app()
        .read(move |c| {
            let award = Award::by_slug(c, &slug)?;
            let rule = award.adopted(c)?;
            let rounds = rounds::of_programme(c, award.row.id)?;
            let count = recipients::announced(c, award.row.id, now)?.len();
            let is_reviewer =
                actor.as_ref().is_some_and(|a| super::board::seat(c, &award.row.slug, a, now).is_ok());
            Ok((award, rule, rounds, count, is_reviewer))
        })
        .await?;
    let announced = rounds.into_iter().rev().filter(|r| r.state == RoundState::Announced).take(12);
    let rounds =
        announced.map(|r| (r.path(), r.label.clone(), r.announced_at.map(day).unwrap_or_default())).collect();
    let page = ctx.page(award.row.name.clone());
    ctx.show(&ProgrammePage {
        page,
        criteria: paragraphs(&award.settings.criteria),
        rules: award.sentences(rule.as_ref()),
        cutoff: next_cutoff(&award, now)?,
        rounds,
        count,
        is_reviewer,
        award,
    })
}

/// What is looked for in a roster.
#[derive(Debug, Default)]
pub(super) struct Filter {
    pub(super) words: String,
    pub(super) year: Option<i64>,
    pub(super) batch: String,
    pub(super) state: Option<RecipientState>,
}

impl Filter {
    pub(super) fn of(ctx: &Ctx) -> Self {
        let text = |name: &str| ctx.query(name).map(|t| t.trim().chars().take(100).collect::<String>());
        Self {
            words: text("q").unwrap_or_default(),
            year: text("year").and_then(|t| t.parse().ok()),
            batch: text("batch").unwrap_or_default(),
            state: text("state").and_then(|t| t.parse().ok()),
        }
    }

    pub(super) fn keeps(&self, r: &Recipient) -> bool {
        let words = fold(&self.words);
        self.year.is_none_or(|y| r.year == y)
            && (self.batch.is_empty() || r.batch == self.batch)
            && self.state.is_none_or(|s| r.state == s)
            && words.split_whitespace().all(|w| r.folded_name.contains(w))
    }

    fn is_empty(&self) -> bool {
        self.words.is_empty() && self.year.is_none() && self.batch.is_empty() && self.state.is_none()
    }
}

struct Entry {
    slug: String,
    name: String,
    team: String,
    batch: String,
    state: &'static str,
}

struct Batch {
    year: i64,
    entries: Vec<Entry>,
}

struct Choice {
    value: String,
    label: String,
}

#[derive(Template)]
#[template(path = "awards/roster.html")]
struct RosterPage {
    page: Page,
    form: Form,
    award: Award,
    years: Vec<Choice>,
    batches: Vec<Choice>,
    states: Vec<Choice>,
    groups: Vec<Batch>,
    shown: usize,
    total: usize,
    counts: String,
    filtered: bool,
}

fn choices(any: &str, values: impl Iterator<Item = (String, String)>) -> Vec<Choice> {
    let first = Choice { value: String::new(), label: any.to_owned() };
    std::iter::once(first).chain(values.map(|(value, label)| Choice { value, label })).collect()
}

/// "446 active, 29 emeritus, 6 deceased".
fn counts(all: &[Recipient]) -> String {
    let parts: Vec<String> = RecipientState::ALL
        .iter()
        .filter_map(|state| match all.iter().filter(|r| r.state == *state).count() {
            0 => None,
            n => Some(format!("{n} {}", state.as_str())),
        })
        .collect();
    parts.join(", ")
}

async fn roster(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let (slug, now, filter) = (path.into_inner(), ctx.now(), Filter::of(&ctx));
    let (award, all) = ctx
        .app()
        .read(move |c| {
            let award = Award::by_slug(c, &slug)?;
            let all = recipients::announced(c, award.row.id, now)?;
            Ok((award, all))
        })
        .await?;
    let total = all.len();
    let counts = counts(&all);
    let mut years: Vec<i64> = all.iter().map(|r| r.year).collect();
    years.dedup();
    let mut batches: Vec<String> = Vec::new();
    for r in &all {
        if batches.last() != Some(&r.batch) {
            batches.push(r.batch.clone());
        }
    }
    let mut groups: BTreeMap<std::cmp::Reverse<i64>, Vec<Entry>> = BTreeMap::new();
    for r in all.into_iter().filter(|r| filter.keeps(r)) {
        let state = if r.state == RecipientState::Active { "" } else { state_words(r.state) };
        let entry = Entry { slug: r.slug, name: r.name, team: r.team, batch: r.batch, state };
        groups.entry(std::cmp::Reverse(r.year)).or_default().push(entry);
    }
    let groups: Vec<Batch> =
        groups.into_iter().map(|(year, entries)| Batch { year: year.0, entries }).collect();
    let form = Form::filled([
        ("q", filter.words.clone()),
        ("year", filter.year.map(|y| y.to_string()).unwrap_or_default()),
        ("batch", filter.batch.clone()),
        ("state", filter.state.map(|s| s.as_str().to_owned()).unwrap_or_default()),
    ]);
    let years = choices("Every year", years.into_iter().map(|y| (y.to_string(), y.to_string())));
    let batches = choices("Every batch", batches.into_iter().map(|b| (b.clone(), b)));
    let states = RecipientState::ALL.iter();
    let states = choices("Everybody", states.map(|s| (s.as_str().to_owned(), state_words(*s).to_owned())));
    ctx.show(&RosterPage {
        page: ctx.page(format!("{}: recipients", award.row.name)),
        form,
        award,
        years,
        batches,
        states,
        shown: groups.iter().map(|g| g.entries.len()).sum(),
        groups,
        total,
        counts,
        filtered: !filter.is_empty(),
    })
}

#[derive(Template)]
#[template(path = "awards/recipient.html")]
struct RecipientPage {
    page: Page,
    award: Award,
    entry: Recipient,
    reason: String,
    about: Vec<String>,
    state: &'static str,
    announced: String,
    round: Option<(String, String)>,
    resolution: String,
    with: Vec<(String, String)>,
}

/// A recipient with the announced round, and those of the same nomination.
fn find(conn: &mut Conn, award: &str, slug: &str, now: Utc) -> AppResult<Found> {
    let award = Award::by_slug(conn, award)?;
    let entry = recipients::by_slug(conn, award.row.id, slug, now)?;
    let round = entry.round_id.map(|id| rounds::by_key(conn, id)).transpose()?;
    let round = round.filter(|r| r.state == RoundState::Announced);
    let with = match entry.round_id {
        Some(id) => recipients::of_round(conn, id, now)?
            .into_iter()
            .filter(|r| r.nomination_id == entry.nomination_id && r.id != entry.id)
            .collect(),
        None => Vec::new(),
    };
    Ok(Found { award, entry, round, with })
}

struct Found {
    award: Award,
    entry: Recipient,
    round: Option<rounds::Round>,
    with: Vec<Recipient>,
}

async fn recipient(ctx: Ctx, path: web::Path<(String, String)>) -> PageResult {
    let ((award, slug), now) = (path.into_inner(), ctx.now());
    let found = ctx.app().read(move |c| find(c, &award, &slug, now)).await?;
    ctx.show(&RecipientPage {
        page: ctx.page(format!("{}, {}", found.entry.name, found.award.row.name)),
        reason: texts::reason(&found.entry.citation),
        about: paragraphs(&found.entry.about),
        state: if found.entry.state == RecipientState::Active { "" } else { state_words(found.entry.state) },
        announced: found.round.as_ref().and_then(|r| r.announced_at).map(day).unwrap_or_default(),
        resolution: found.round.as_ref().map(|r| r.resolution.clone()).unwrap_or_default(),
        round: found.round.map(|r| (r.path(), r.label)),
        with: found.with.into_iter().map(|r| (r.slug, r.name)).collect(),
        entry: found.entry,
        award: found.award,
    })
}

#[derive(Template)]
#[template(path = "awards/certificate.html")]
struct CertificatePage {
    page: Page,
    award: Award,
    entry: Recipient,
    sentence: String,
    announced: String,
    logo: String,
}

async fn certificate(ctx: Ctx, path: web::Path<(String, String)>) -> PageResult {
    let ((award, slug), now) = (path.into_inner(), ctx.now());
    let found = ctx.app().read(move |c| find(c, &award, &slug, now)).await?;
    let organisation = ctx.app().organisation();
    let reason = texts::reason(&found.entry.citation);
    let sentence = texts::fill(
        &found.award.settings.certificate,
        &[
            ("organisation", &organisation.name),
            ("award", &found.award.row.name),
            ("round", &found.entry.batch),
            ("body", &found.award.body.name),
            ("recipient", &found.entry.name),
            ("recipients", &found.entry.name),
            ("list", &found.entry.name),
            ("reason", &reason),
        ],
    );
    let page = ctx.page(format!("Certificate for {}", found.entry.name));
    ctx.show(&CertificatePage {
        logo: page.logo_href.clone(),
        page,
        sentence: sentence.replace(" .", "."),
        announced: found.round.as_ref().and_then(|r| r.announced_at).map(day).unwrap_or_default(),
        award: found.award,
        entry: found.entry,
    })
}

#[derive(Template)]
#[template(path = "awards/round.html")]
struct RoundPage {
    page: Page,
    award: Award,
    announced: String,
    resolution: String,
    minutes: String,
    rule: String,
    people: Vec<(String, String)>,
}

/// Reads `2022-4`.
pub(super) fn parse_round(text: &str) -> AppResult<(i64, i64)> {
    let parts = text.split_once('-').and_then(|(y, n)| Some((y.parse().ok()?, n.parse().ok()?)));
    parts.filter(|(y, n)| *y > 0 && *n > 0).ok_or_else(AppError::not_found)
}

async fn round(ctx: Ctx, path: web::Path<(String, String)>) -> PageResult {
    let (slug, round) = path.into_inner();
    let (key, now) = (parse_round(&round)?, ctx.now());
    let (award, round, rule, people) = ctx
        .app()
        .read(move |c| {
            let award = Award::by_slug(c, &slug)?;
            let round = rounds::find(c, award.row.id, key)?.ok_or_else(AppError::not_found)?;
            if round.state != RoundState::Announced {
                return Err(AppError::not_found());
            }
            let rule = round.rule_id.map(|id| award.rule(c, id)).transpose()?;
            let people = recipients::of_round(c, round.id, now)?;
            Ok((award, round, rule, people))
        })
        .await?;
    let rule = rule.map(|r| folkmoot_governance::Explain::sentence(&r.policy)).unwrap_or_default();
    ctx.show(&RoundPage {
        page: ctx.page(format!("{}, {}", award.row.name, round.label)),
        award,
        announced: round.announced_at.map(when).unwrap_or_default(),
        resolution: round.resolution,
        minutes: round.minutes,
        rule,
        people: people.into_iter().map(|r| (r.slug, r.name)).collect(),
    })
}
