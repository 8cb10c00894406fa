//! What everybody sees: how many members there are, who agreed to be named, and how far a drive is, also for other sites to show.

use std::collections::BTreeMap;

use actix_web::http::header;
use actix_web::web;
use askama::Template;
use folkmoot_governance::Interval;
use folkmoot_governance::dues::Drive as DriveRule;
use folkmoot_store::memberships::public::{self, Drive};
use folkmoot_store::memberships::{self, ClassId};
use folkmoot_store::{Conn, Utc};
use serde_json::json;

use super::instant;
use super::words::last_day;
use crate::error::AppResult;
use crate::http::when::day;
use crate::http::{Ctx, Page, PageResult};
use crate::routes::{Access, Route};

/// Names on one page.
const PER_PAGE: i64 = 200;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/members", Access::Public, members),
        Route::get("/members/{class}", Access::Public, roster),
        Route::get("/drives/{drive}", Access::Public, show),
        Route::get("/drives/{drive}/widget", Access::Public, widget),
        Route::get("/drives/{drive}/progress.json", Access::Public, progress),
    ]
}

/// How far a drive is.
pub(super) struct DriveView {
    pub slug: String,
    pub title: String,
    pub description: String,
    pub goal: u64,
    pub joined: u64,
    pub percent: u64,
    /// Length of the bar in thousandths.
    pub filled: u64,
    pub words: String,
    pub from: String,
    pub until: String,
    pub is_over: bool,
}

/// Counts the new members of a drive.
pub(super) fn view(c: &mut Conn, drive: Drive, now: Utc) -> AppResult<DriveView> {
    let joins = public::joins(c, &drive)?.into_iter().map(instant).collect::<AppResult<Vec<_>>>()?;
    let goal = u64::try_from(drive.goal).unwrap_or(0);
    let rule = DriveRule { goal, window: Interval::new(instant(drive.starts_at)?, instant(drive.ends_at)?) };
    let joined = rule.joined(&joins);
    let percent = rule.percent(joined);
    Ok(DriveView {
        words: format!("{joined} of {goal} new members, {percent} %"),
        filled: (percent * 10).min(1000),
        from: day(drive.starts_at),
        until: last_day(drive.ends_at),
        is_over: drive.ends_at <= now,
        slug: drive.slug,
        title: drive.title,
        description: drive.description,
        goal,
        joined,
        percent,
    })
}

struct ClassCount {
    key: String,
    name: String,
    description: String,
    votes: bool,
    badge: bool,
    count: i64,
}

#[derive(Template)]
#[template(path = "membership/members.html")]
struct MembersPage {
    page: Page,
    classes: Vec<ClassCount>,
    people: i64,
    drives: Vec<DriveView>,
    today: String,
}

async fn members(ctx: Ctx) -> PageResult {
    let (page, now) = (ctx.page("Members"), ctx.now());
    let template = ctx
        .app()
        .read(move |c| {
            let counts: BTreeMap<ClassId, i64> = public::counts(c, now)?.into_iter().collect();
            let classes = memberships::classes(c)?.into_iter().map(|class| ClassCount {
                count: counts.get(&class.id).copied().unwrap_or(0),
                badge: class.public_badge,
                key: class.key,
                name: class.name,
                description: class.description,
                votes: class.votes,
            });
            let classes = classes.collect();
            let current =
                public::drives(c, 20)?.into_iter().filter(|d| d.starts_at <= now && now < d.ends_at);
            let drives = current.map(|drive| view(c, drive, now)).collect::<AppResult<Vec<_>>>()?;
            Ok(MembersPage { page, classes, people: public::count_people(c, now)?, drives, today: day(now) })
        })
        .await?;
    ctx.show(&template)
}

#[derive(Template)]
#[template(path = "membership/roster.html")]
struct RosterPage {
    page: Page,
    name: String,
    names: Vec<String>,
    previous: String,
    next: String,
}

async fn roster(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let (key, now) = (path.into_inner(), ctx.now());
    let number: i64 = ctx.query("page").and_then(|n| n.parse().ok()).unwrap_or(1);
    let number = number.clamp(1, 10_000);
    let (class, mut names) = ctx
        .app()
        .read(move |c| {
            let class = memberships::class_by_key(c, &key)?;
            if !class.public_badge {
                return Err(crate::AppError::not_found());
            }
            let names = public::roster(c, class.id, now, (number - 1) * PER_PAGE, PER_PAGE + 1)?;
            Ok((class, names))
        })
        .await?;
    let most = usize::try_from(PER_PAGE).unwrap_or(usize::MAX);
    let more = names.len() > most;
    names.truncate(most);
    let href = |n: i64| format!("/members/{}?page={n}", class.key);
    ctx.show(&RosterPage {
        page: ctx.page(format!("Members: {}", class.name)),
        previous: if number > 1 { href(number - 1) } else { String::new() },
        next: if more { href(number + 1) } else { String::new() },
        name: class.name,
        names,
    })
}

#[derive(Template)]
#[template(path = "membership/drive.html")]
struct DrivePage {
    page: Page,
    drive: DriveView,
    widget: String,
}

async fn load(ctx: &Ctx, slug: String) -> AppResult<DriveView> {
    let now = ctx.now();
    ctx.app()
        .read(move |c| {
            let drive = public::drive(c, &slug)?;
            view(c, drive, now)
        })
        .await
}

async fn show(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let drive = load(&ctx, path.into_inner()).await?;
    let widget = ctx.app().link(&format!("/drives/{}/widget", drive.slug));
    ctx.show(&DrivePage { page: ctx.page(drive.title.clone()), drive, widget })
}

#[derive(Template)]
#[template(path = "membership/widget.html")]
struct WidgetPage {
    page: Page,
    drive: DriveView,
    link: String,
}

/// A small page that other sites may show in a frame. It knows nobody and sets nothing.
async fn widget(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let drive = load(&ctx, path.into_inner()).await?;
    let link = ctx.app().link(&format!("/drives/{}", drive.slug));
    let mut answer = ctx.show(&WidgetPage { page: ctx.page(drive.title.clone()), drive, link })?;
    let policy = "default-src 'none'; style-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *";
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, header::HeaderValue::from_static(policy));
    Ok(answer)
}

async fn progress(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let drive = load(&ctx, path.into_inner()).await?;
    Ok(ctx.reply_json(&json!({
        "title": drive.title, "goal": drive.goal, "joined": drive.joined, "percent": drive.percent,
        "over": drive.is_over,
    })))
}
