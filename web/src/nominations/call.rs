//! The public page of a call, and the same as a text for letters, both made from the record.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use askama::Template;
use folkmoot_governance::Explain;
use folkmoot_governance::deadline::Milestone;

use super::announce::is_public;
use super::rules::{Call, question_of};
use super::statement::headings;
use crate::elections::Moment;
use crate::elections::preparation::schedule;
use crate::error::AppResult;
use crate::http::when::in_zone;
use crate::http::{Ctx, Page, PageResult};
use crate::routes::{Access, Route};
use folkmoot_store::{Utc, nominations};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/elections/{election}/call", Access::Public, show),
        Route::get("/elections/{election}/call.txt", Access::Public, as_text),
    ]
}

/// How many seats are filled, in words.
pub(super) fn seats(call: &Call) -> String {
    let settings = &call.prepared.settings;
    let question = question_of(settings).and_then(|i| settings.questions.get(i));
    let body = &call.prepared.plan.body;
    match question.map_or(0, |q| q.seats) {
        0 => String::new(),
        1 => format!("One seat is filled: {body}."),
        n => format!("{n} seats are filled: {body}."),
    }
}

struct Date {
    name: String,
    utc: String,
    words: String,
    zone: String,
    left: String,
    earlier: Vec<String>,
}

fn dates(call: &Call, now: Utc, zone: &str) -> AppResult<Vec<Date>> {
    let date = |m: &Milestone| {
        let at = schedule::utc(m.instant())?;
        let moment = Moment::of(at, now);
        let was = m.versions().windows(2).filter_map(|pair| match pair {
            [before, after] => Some(format!(
                "First announced: {}. Moved because: {}",
                before.deadline.page_text(),
                after.reason.as_deref().unwrap_or_default()
            )),
            _ => None,
        });
        Ok(Date {
            name: super::enter::sentence(m.kind().name()).trim_end_matches('.').to_owned(),
            utc: moment.utc,
            words: m.deadline().page_text(),
            zone: in_zone(at, zone),
            left: moment.left,
            earlier: was.collect(),
        })
    };
    call.schedule.milestones().iter().map(date).collect()
}

/// The rules about nominations as sentences.
fn rules(call: &Call) -> Vec<String> {
    let mut all = vec![call.rules.nomination.sentence()];
    all.extend((call.rules.exclusion != Default::default()).then(|| call.rules.exclusion.sentence()));
    all.push(format!(
        "A statement has at most {} bytes. Headings: {}; besides these, affiliations and availability.",
        call.rules.statement.limit_bytes,
        headings(&call.rules.statement).join(", ")
    ));
    for one in &call.rules.acknowledgements {
        let must = if one.required { "Nominees have to tick" } else { "Nominees can tick" };
        all.push(format!("{must}: {}", one.text));
    }
    all.push("Whoever conducts the election or holds a key of it cannot stand.".into());
    all
}

#[derive(Template)]
#[template(path = "nominations/call.html")]
struct CallPage {
    page: Page,
    slug: String,
    title: String,
    state: &'static str,
    seats: String,
    description: Vec<String>,
    dates: Vec<Date>,
    rules: Vec<String>,
    open: bool,
    announced: bool,
    candidates: usize,
    announce: String,
    help: String,
}

async fn show(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let (slug, now, zone) = (path.into_inner(), ctx.now(), ctx.zone());
    let page = ctx.page("Call for nominations");
    let mut shown = ctx
        .app()
        .read(move |conn| {
            let call = Call::load(conn, &slug)?;
            let announced = call.is_announced(conn, now)?;
            let candidates = match announced {
                true => nominations::of_election(conn, call.id())?.iter().filter(|n| is_public(n)).count(),
                false => 0,
            };
            Ok(CallPage {
                page: page.clone(),
                state: phase(&call, announced, now),
                seats: seats(&call),
                description: call.prepared.settings.description.split("\n\n").map(str::to_owned).collect(),
                dates: dates(&call, now, &zone)?,
                rules: rules(&call),
                open: call.dates.open <= now && now < call.dates.close,
                announced,
                candidates,
                announce: crate::http::when::stated(call.dates.announce, &zone),
                help: call.prepared.settings.help.clone(),
                slug: call.slug().to_owned(),
                title: call.title().to_owned(),
            })
        })
        .await?;
    shown.page.title = format!("Call for nominations: {}", shown.title);
    ctx.show(&shown)
}

/// Where a call stands by its instants, whatever the job has written down.
pub(super) fn phase(call: &Call, announced: bool, now: Utc) -> &'static str {
    let dates = &call.dates;
    match () {
        () if announced => "Candidates announced",
        () if now < dates.open => "Announced",
        () if now < dates.close => "Nominations open",
        () => "Nominations closed",
    }
}

async fn as_text(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let (slug, now, zone) = (path.into_inner(), ctx.now(), ctx.app().organisation().time_zone.clone());
    let (name, text) = ctx
        .app()
        .read(move |conn| {
            let call = Call::load(conn, &slug)?;
            let announced = call.is_announced(conn, now)?;
            let mut text = format!("{}\n{}\n\n", call.title(), phase(&call, announced, now));
            for part in [seats(&call), call.prepared.settings.description.clone()] {
                if !part.is_empty() {
                    text += &format!("{part}\n\n");
                }
            }
            text += "Dates\n";
            for date in dates(&call, now, &zone)? {
                text += &format!("- {}: {}\n", date.name, date.words);
                if !date.zone.is_empty() {
                    text += &format!("  {}\n", date.zone);
                }
                for earlier in date.earlier {
                    text += &format!("  {earlier}\n");
                }
            }
            text += "\nRules\n";
            for rule in rules(&call) {
                text += &format!("- {rule}\n");
            }
            Ok((call.slug().to_owned(), text))
        })
        .await?;
    let ends = format!("\n{}\n", ctx.app().link(&format!("/elections/{name}/call")));
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
        .body(text + &ends))
}
