//! Candidates for everybody: the list in an order of its own for each viewer, one candidate, two beside each other, all for
//! printing. Nothing of it is there before the announced instant.

use actix_web::web;
use askama::Template;
use folkmoot_store::nominations::Nomination;
use folkmoot_store::{Conn, Utc, elections, nominations};

use super::announce::{is_public, stands};
use super::questions::{self, QuestionShown};
use super::respond::{Words, words_of};
use super::rules::Call;
use super::statement::{Shown, Statement};
use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::http::when::{stated, when};
use crate::http::{Ctx, Page, PageResult};
use crate::markdown;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/elections/{election}/candidates", Access::Public, list),
        Route::get("/elections/{election}/candidates/print", Access::Public, print),
        Route::get("/elections/{election}/candidates/compare", Access::Public, compare),
        Route::get("/elections/{election}/candidates/{candidate}", Access::Public, one),
    ]
}

/// A candidate as everybody reads them.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) nomination: Nomination,
    pub(super) statement: Statement,
    pub(super) href: String,
    pub(super) name: String,
    pub(super) summary: String,
    pub(super) portrait: String,
    pub(super) texts: Vec<Shown>,
    pub(super) links: Vec<String>,
    pub(super) affiliations: Vec<String>,
    pub(super) availability: String,
    pub(super) withdrawn: String,
    /// Why they may take no seat, when two officers recorded that; empty otherwise.
    pub(super) excluded: String,
}

impl Candidate {
    fn of(call: &Call, nomination: Nomination) -> AppResult<Self> {
        let statement: Statement = nomination.statement.parse()?;
        let href = format!("/elections/{}/candidates/{}", call.slug(), nomination.handle);
        let answers = call.prepared.settings.questions.iter().flat_map(|q| &q.answers);
        let excluded =
            answers.filter(|a| a.page == href).map(|a| a.ineligible.clone()).find(|why| !why.is_empty());
        Ok(Self {
            excluded: excluded.unwrap_or_default(),
            portrait: nomination
                .portrait
                .as_ref()
                .map(|_| format!("{href}/portrait.png"))
                .unwrap_or_default(),
            name: nomination.name.clone(),
            summary: statement.summary.clone(),
            texts: statement.shown(),
            links: statement.links.clone(),
            affiliations: statement.affiliation_words(),
            availability: statement.availability.clone(),
            withdrawn: if stands(&nomination) {
                String::new()
            } else {
                nomination.withdrawn_at.map(when).unwrap_or_default()
            },
            href,
            statement,
            nomination,
        })
    }
}

/// The candidates that everybody may read of at `now`; `None` before the announced instant.
pub(super) fn public(conn: &mut Conn, call: &Call, now: Utc) -> AppResult<Option<Vec<Candidate>>> {
    if !call.is_announced(conn, now)? {
        return Ok(None);
    }
    let all = nominations::of_election(conn, call.id())?.into_iter().filter(is_public);
    all.map(|n| Candidate::of(call, n)).collect::<AppResult<Vec<_>>>().map(Some)
}

/// An order that differs from one seed to the next and favours nobody.
pub(super) fn shuffle(app: &App, seed: [u8; 32], mut all: Vec<Candidate>) -> Vec<Candidate> {
    let key = |c: &Candidate| {
        app.keys().tag("order of candidates", &[&seed[..], c.nomination.handle.as_bytes()].concat())
    };
    all.sort_by_cached_key(key);
    // Those who withdrew come last.
    all.sort_by_key(|c| !c.withdrawn.is_empty());
    all
}

/// The candidates in the order of whoever looks.
async fn for_viewer(ctx: &Ctx, slug: String) -> AppResult<(Call, Option<Vec<Candidate>>)> {
    let now = ctx.now();
    let (call, found) = ctx
        .app()
        .read(move |conn| {
            let call = Call::load(conn, &slug)?;
            let found = public(conn, &call, now)?;
            Ok((call, found))
        })
        .await?;
    let seed = ctx.viewer_seed(&format!("candidates {}", call.prepared.election.uuid));
    let found = found.map(|all| shuffle(ctx.app(), seed, all));
    Ok((call, found))
}

struct Choice {
    value: String,
    label: String,
}

#[derive(Template)]
#[template(path = "nominations/candidates.html")]
struct ListPage {
    page: Page,
    form: crate::http::Form,
    slug: String,
    title: String,
    announced: bool,
    announce: String,
    announce_utc: String,
    candidates: Vec<Candidate>,
    choices: Vec<Choice>,
    total: usize,
    seats: String,
    find: String,
}

async fn list(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let (call, found) = for_viewer(&ctx, path.into_inner()).await?;
    let find = ctx.query("find").unwrap_or_default();
    let wanted = find.trim().to_lowercase();
    let announced = found.is_some();
    let all = found.unwrap_or_default();
    let mut choices: Vec<Choice> =
        all.iter().map(|c| Choice { value: c.nomination.handle.clone(), label: c.name.clone() }).collect();
    choices.sort_by_key(|c| c.label.to_lowercase());
    let total = all.len();
    let candidates = all.into_iter().filter(|c| c.name.to_lowercase().contains(&wanted)).collect();
    ctx.show(&ListPage {
        page: ctx.page(format!("Candidates: {}", call.title())),
        form: crate::http::Form::filled([("find", find.clone())]),
        slug: call.slug().to_owned(),
        title: call.title().to_owned(),
        announced,
        announce: stated(call.dates.announce, &ctx.zone()),
        announce_utc: call.dates.announce.to_string(),
        candidates,
        choices,
        total,
        seats: super::call::seats(&call),
        find,
    })
}

struct Earlier {
    href: String,
    title: String,
}

#[derive(Template)]
#[template(path = "nominations/candidate.html")]
struct OnePage {
    page: Page,
    slug: String,
    title: String,
    candidate: Candidate,
    words: Vec<Words>,
    errata: Vec<(String, String)>,
    questions: Vec<QuestionShown>,
    earlier: Vec<Earlier>,
    next: String,
}

async fn one(ctx: Ctx, path: web::Path<(String, String)>) -> PageResult {
    let (slug, handle) = path.into_inner();
    let (call, found) = for_viewer(&ctx, slug).await?;
    let all = found.ok_or_else(AppError::not_found)?;
    let at = all.iter().position(|c| c.nomination.handle == handle).ok_or_else(AppError::not_found)?;
    let next = all.get(at + 1).or(all.first()).filter(|_| all.len() > 1);
    let next = next.map(|c| c.href.clone()).unwrap_or_default();
    let candidate = all.into_iter().nth(at).ok_or_else(AppError::not_found)?;
    let page = ctx.page(format!("{}: {}", candidate.name, call.title()));
    let now = ctx.now();
    let shown = ctx
        .app()
        .read(move |conn| {
            let everybody = nominations::of_election(conn, call.id())?;
            let one = &candidate.nomination;
            let errata = nominations::errata(conn, one.id)?;
            Ok(OnePage {
                page: page.clone(),
                slug: call.slug().to_owned(),
                title: call.title().to_owned(),
                words: words_of(conn, one)?,
                errata: errata.into_iter().map(|(at, text)| (when(at), markdown::html(&text))).collect(),
                questions: questions::published(conn, &call, Some(one.id), &everybody)?,
                earlier: earlier(conn, one, now)?,
                next: next.clone(),
                candidate: candidate.clone(),
            })
        })
        .await?;
    ctx.show(&shown)
}

/// Other elections in which the same person stood in public.
fn earlier(conn: &mut Conn, one: &Nomination, now: Utc) -> AppResult<Vec<Earlier>> {
    let Some(person) = one.person_id else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for other in nominations::of_person(conn, person, &[])? {
        if other.id == one.id || !is_public(&other) {
            continue;
        }
        let call = Call::by_id(conn, other.election_id)?;
        if call.is_announced(conn, now)? {
            let election = elections::by_id(conn, other.election_id)?;
            let href = format!("/elections/{}/candidates/{}", election.slug, other.handle);
            all.push(Earlier { href, title: election.title });
        }
    }
    Ok(all)
}

#[derive(Template)]
#[template(path = "nominations/compare.html")]
struct ComparePage {
    page: Page,
    slug: String,
    title: String,
    both: Vec<Candidate>,
}

async fn compare(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let (call, found) = for_viewer(&ctx, path.into_inner()).await?;
    let all = found.ok_or_else(AppError::not_found)?;
    let wanted = ["a", "b"].map(|name| ctx.query(name).unwrap_or_default());
    let pick = |handle: &String| all.iter().find(|c| c.nomination.handle == *handle).cloned();
    let mut both: Vec<Candidate> = wanted.iter().filter_map(pick).collect();
    both.dedup_by(|a, b| a.nomination.id == b.nomination.id);
    ctx.show(&ComparePage {
        page: ctx.page(format!("Compare: {}", call.title())),
        slug: call.slug().to_owned(),
        title: call.title().to_owned(),
        both,
    })
}

#[derive(Template)]
#[template(path = "nominations/print.html")]
struct PrintPage {
    page: Page,
    slug: String,
    title: String,
    candidates: Vec<Candidate>,
    dates: Vec<(String, String)>,
}

async fn print(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let (call, found) = for_viewer(&ctx, path.into_inner()).await?;
    let candidates = found.ok_or_else(AppError::not_found)?;
    let dates =
        call.schedule.milestones().iter().map(|m| (m.kind().name().to_owned(), m.deadline().page_text()));
    ctx.show(&PrintPage {
        page: ctx.page(format!("All statements: {}", call.title())),
        slug: call.slug().to_owned(),
        title: call.title().to_owned(),
        dates: dates.collect(),
        candidates,
    })
}
