//! Planning a meeting.

use actix_web::web;
use askama::Template;
use chrono::{NaiveTime, TimeDelta};
use folkmoot_governance::Fraction;
use folkmoot_governance::quorum::{Counts, OnFail, QuorumPolicy};
use folkmoot_store::bodies::{self, Body};
use folkmoot_store::meetings::{self, Meeting, NewMeeting, PetitionId};
use folkmoot_store::{Conn, JsonText, PublicId, Utc, audit};
use serde_json::json;

use super::{is_insider, leads};
use crate::app::App;
use crate::approvals::By;
use crate::bodies::rules::parse_fraction;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::{parse_day, start_of, when};
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::markdown;
use crate::routes::{Access, Route};

/// Notice of a members' meeting: least and most days. (Bylaws 3.4.)
const NOTICE: (i64, i64) = (10, 60);

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/bodies/{body}/meetings", Access::Public, list),
        Route::get("/bodies/{body}/meetings/new", Access::SignedIn, new_page),
        Route::post("/bodies/{body}/meetings/new", Access::SignedIn, create),
    ]
}

struct Line {
    id: String,
    title: String,
    when: String,
    tag: (&'static str, &'static str),
}

#[derive(Template)]
#[template(path = "meetings/list.html")]
struct ListPage {
    page: Page,
    slug: String,
    body: String,
    lines: Vec<Line>,
    may_plan: bool,
}

/// Word and colour.
pub(super) fn tag(meeting: &Meeting, now: Utc) -> (&'static str, &'static str) {
    if meeting.cancelled_at.is_some() {
        ("Called off", "bad")
    } else if meeting.published_at.is_some() {
        ("Minutes published", "good")
    } else if meeting.closed_at.is_some() {
        ("Over", "")
    } else if meeting.starts_at <= now {
        ("In session", "brand")
    } else if meeting.notice_sent_at.is_some() {
        ("Notice sent", "good")
    } else {
        ("Planned", "warn")
    }
}

async fn list(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let (slug, now, page) = (path.into_inner(), ctx.now(), ctx.page(""));
    let actor = ctx.actor().cloned();
    let template = ctx
        .app()
        .read(move |c| {
            let body = bodies::by_slug(c, &slug)?;
            if !body.is_public && !is_insider(c, &body, actor.as_ref(), now)? {
                return Err(AppError::not_found());
            }
            let line = |m: Meeting| {
                let tag = tag(&m, now);
                Line { id: m.public_id.to_string(), title: m.title, when: when(m.starts_at), tag }
            };
            let lines = meetings::of_body(c, body.id, 100)?.into_iter().map(line).collect();
            let may_plan = match &actor {
                Some(actor) => leads(c, &body, actor, now)?,
                None => false,
            };
            let page = page.titled(&format!("Meetings of {}", body.name));
            Ok(ListPage { page, slug: body.slug, body: body.name, lines, may_plan })
        })
        .await?;
    ctx.show(&template)
}

#[derive(Template)]
#[template(path = "meetings/new.html")]
struct NewPage {
    page: Page,
    form: Form,
    slug: String,
    body: String,
}

fn led(conn: &mut Conn, slug: &str, actor: &Actor, now: Utc) -> AppResult<Body> {
    let body = bodies::by_slug(conn, slug)?;
    if leads(conn, &body, actor, now)? {
        return Ok(body);
    }
    Err(AppError::forbidden("Only the chair, a deputy and staff plan meetings of this body."))
}

async fn new_page(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let (slug, now) = (path.into_inner(), ctx.now());
    let body = ctx.app().read(move |c| led(c, &slug, &actor, now)).await?;
    let form = Form::filled([
        ("time", "14:00"),
        ("notice_min", "10"),
        ("notice_max", "60"),
        ("quorum", "1/2"),
        ("strict", "yes"),
    ]);
    ctx.show(&NewPage { page: ctx.page("Plan a meeting"), form, slug: body.slug, body: body.name })
}

/// Reads a time such as `14:00`.
pub(super) fn parse_time(text: &str) -> Result<NaiveTime, &'static str> {
    NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| "Enter a time such as 14:00.")
}

#[derive(Clone)]
struct Wish {
    title: String,
    place: String,
    agenda: String,
    starts_at: Utc,
    record_at: Utc,
    notice_days: (i64, i64),
    quorum: QuorumPolicy,
}

impl Wish {
    fn parse(form: &Form, now: Utc) -> Result<Self, FieldErrors> {
        let mut check = Check::new(form);
        let title = check.text("title", 160, "Enter a title.");
        let place = check.text("place", 300, "Say where the meeting is, or how to join it.");
        let agenda = check.text("agenda", 20_000, "Enter the agenda.");
        if let Some(Err(why)) = agenda.as_deref().map(markdown::check) {
            check.add("agenda", why);
        }
        let day = check.field("day", parse_day);
        let time = check.field("time", parse_time);
        let record = check.field("record", |t| if t.is_empty() { Ok(None) } else { parse_day(t).map(Some) });
        let days = |t: &str| match t.parse::<i64>() {
            Ok(n) if (0..=366).contains(&n) => Ok(n),
            _ => Err("Enter a number of days from 0 to 366."),
        };
        let least = check.field("notice_min", days);
        let most = check.field("notice_max", days);
        let quorum = check.field("quorum", |t| match t {
            "" => Ok(None),
            t => parse_fraction(t).map(Some).ok_or("Enter a fraction such as 1/2, or leave it empty."),
        });
        let errors = check.errors();
        let (Some(title), Some(place), Some(agenda), Some(day), Some(time)) =
            (title, place, agenda, day, time)
        else {
            return Err(errors);
        };
        let (Some(record), Some(least), Some(most), Some(quorum)) = (record, least, most, quorum) else {
            return Err(errors);
        };
        let starts_at = Utc::from_datetime(day.and_time(time).and_utc());
        if starts_at <= now {
            return Err(FieldErrors::one("day", "Choose a day that is to come."));
        }
        if most < least {
            return Err(FieldErrors::one(
                "notice_max",
                "The most days of notice must not be below the least.",
            ));
        }
        // As in the bylaws of software foundations: members at 04:00 UTC of the day.
        let record_at = start_of(record.unwrap_or(day)).plus(TimeDelta::hours(4)).min(starts_at);
        let strict = form.has("strict", "yes");
        let quorum = quorum.map_or(QuorumPolicy::None, |fraction| present(fraction, strict));
        Ok(Self { title, place, agenda, starts_at, record_at, notice_days: (least, most), quorum })
    }
}

/// A share of the members has to be present or represented.
fn present(fraction: Fraction, strict: bool) -> QuorumPolicy {
    QuorumPolicy::Share { fraction, strict, counts: Counts::Present, on_fail: OnFail::Void }
}

async fn create(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&[
        "title",
        "place",
        "agenda",
        "day",
        "time",
        "record",
        "notice_min",
        "notice_max",
        "quorum",
        "strict",
    ])?;
    let (slug, now, by) = (path.into_inner(), ctx.now(), By::new(&ctx, &actor));
    let body = ctx.app().read(move |c| led(c, &slug, &actor, now)).await?;
    let wish = match Wish::parse(&form, now) {
        Ok(wish) => wish,
        Err(errors) => {
            let form = form.with(errors);
            let page = ctx.page("Plan a meeting").for_form(&form);
            return ctx.show_again(&NewPage { page, form, slug: body.slug, body: body.name });
        }
    };
    let id = ctx.app().public_id()?;
    let to = format!("/meetings/{id}");
    ctx.app()
        .write(move |c| {
            let new = NewMeeting {
                public_id: &id,
                body: body.id,
                title: &wish.title,
                place: &wish.place,
                starts_at: wish.starts_at,
                record_at: wish.record_at,
                notice_days: wish.notice_days,
                agenda: &wish.agenda,
                quorum: JsonText::of(&wish.quorum)?,
                petition: None,
            };
            meetings::plan(c, &new, now)?;
            let details = json!({ "body": body.slug, "title": wish.title });
            audit::append(c, &by.act("meeting.plan", format!("meeting {id}"), details), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("The meeting is planned. Send the notice within its window.")))
}

/// Plans the meeting that a petition demanded: thirty days ahead, to be moved by the chair before the notice.
///
/// # Errors
/// A database error.
pub fn begin(
    conn: &mut Conn,
    app: &App,
    body: &Body,
    (title, agenda, petition): (&str, &str, PetitionId),
    now: Utc,
) -> AppResult<PublicId> {
    let day = now.plus(TimeDelta::days(30)).datetime().date_naive();
    let starts_at = start_of(day).plus(TimeDelta::hours(14));
    let id = app.public_id()?;
    let new = NewMeeting {
        public_id: &id,
        body: body.id,
        title,
        place: "To be announced with the notice.",
        starts_at,
        record_at: start_of(day).plus(TimeDelta::hours(4)),
        notice_days: NOTICE,
        agenda,
        quorum: JsonText::of(&present(Fraction::THIRD, false))?,
        petition: Some(petition),
    };
    meetings::plan(conn, &new, now)?;
    Ok(id)
}
