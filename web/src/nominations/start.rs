//! A call begun from the seats of a body that end: a draft with the body's policies, the number of seats, and a schedule.

use std::collections::BTreeMap;

use askama::Template;
use chrono::{Days, NaiveDate, NaiveTime};
use folkmoot_governance::deadline::{Deadline, MilestoneKind, ZonePolicy};
use folkmoot_governance::seats::SeatGroup;
use folkmoot_store::{Conn, Utc, bodies, elections};
use serde_json::json;

use super::rules::{CallRules, question_of};
use crate::app::App;
use crate::approvals::By;
use crate::auth::permission::Action;
use crate::elections::preparation::overview::parse_slug;
use crate::elections::preparation::plan::Prepared;
use crate::elections::preparation::preset::Preset;
use crate::elections::preparation::{Draft, place, schedule};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::parse_day;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::routes::{Access, Route};
use folkmoot_store::audit;

/// Seats that end within so many days are offered.
const AHEAD: u64 = 550;

pub(super) fn routes() -> Vec<Route> {
    let prepare = Access::May(Action::PrepareElections);
    vec![Route::get("/staff/calls/new", prepare, show), Route::post("/staff/calls/new", prepare, create)]
}

struct Choice {
    value: String,
    label: String,
    hint: String,
}

#[derive(Template)]
#[template(path = "nominations/start.html")]
struct StartPage {
    page: Page,
    form: Form,
    seats: Vec<Choice>,
    presets: Vec<Choice>,
}

/// Seats of a body that end on one day.
struct Ending {
    slug: String,
    body: String,
    day: NaiveDate,
    holders: Vec<String>,
    /// The cohort of each holder, empty where none is recorded.
    cohorts: Vec<String>,
    size: usize,
}

fn endings(conn: &mut Conn, today: NaiveDate) -> AppResult<Vec<Ending>> {
    let last = today.checked_add_days(Days::new(AHEAD)).unwrap_or(today);
    let mut all = Vec::new();
    for body in bodies::all(conn)? {
        let members = bodies::members(conn, body.id)?;
        let size = members.iter().filter(|m| m.sits_on(today)).count();
        let mut by_day: BTreeMap<NaiveDate, Vec<(String, String)>> = BTreeMap::new();
        for member in members {
            if let Some(end) =
                member.ends_on.filter(|end| today <= *end && *end <= last && member.starts_on <= today)
            {
                let name = folkmoot_store::accounts::person(conn, member.person_id)?.preferred_name;
                by_day.entry(end).or_default().push((name, member.cohort));
            }
        }
        for (day, holders) in by_day {
            let (holders, cohorts) = holders.into_iter().unzip();
            all.push(Ending {
                slug: body.slug.clone(),
                body: body.name.clone(),
                day,
                holders,
                cohorts,
                size,
            });
        }
    }
    Ok(all)
}

async fn page(ctx: &Ctx, form: Form) -> AppResult<StartPage> {
    let today = ctx.now().datetime().date_naive();
    let found = ctx.app().read(move |c| endings(c, today)).await?;
    let seat = |e: &Ending| Choice {
        value: format!("{} {}", e.slug, e.day),
        label: format!("{}: {} on {}", e.body, count(e.holders.len()), e.day.format("%-d %B %Y")),
        hint: e.holders.join(", "),
    };
    let preset =
        |p: &&Preset| Choice { value: p.name().into(), label: p.title().into(), hint: p.hint().into() };
    Ok(StartPage {
        page: ctx.page("A call for candidates").for_form(&form),
        form,
        seats: found.iter().map(seat).collect(),
        presets: Preset::ALL.iter().filter(|p| CallRules::usual(**p).is_some()).map(|p| preset(&p)).collect(),
    })
}

fn count(seats: usize) -> String {
    match seats {
        1 => "one seat ends".into(),
        n => format!("{n} seats end"),
    }
}

async fn show(ctx: Ctx) -> PageResult {
    let seats = ctx.query("seats").unwrap_or_default();
    let page = page(&ctx, Form::filled([("seats", seats)])).await?;
    ctx.show(&page)
}

async fn create(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    let form = form.only(&["seats", "preset", "title", "slug", "opening"])?;
    let mut check = Check::new(&form);
    let seats = check.field("seats", |t| {
        let parts =
            t.split_once(' ').and_then(|(slug, day)| Some((slug.to_owned(), day.parse::<NaiveDate>().ok()?)));
        parts.ok_or("Choose the seats.")
    });
    let preset = check.field("preset", |t| {
        Preset::parse(t)
            .filter(|p| CallRules::usual(*p).is_some())
            .ok_or("Choose by which rules they are filled.")
    });
    let title = check.text("title", 120, "Enter a title, for example Board election 2027.");
    let slug = check.field("slug", parse_slug);
    let opening = check.field("opening", parse_day);
    let errors = check.errors();
    let (Some(seats), Some(preset), Some(title), Some(slug), Some(opening)) =
        (seats, preset, title, slug, opening)
    else {
        let page = page(&ctx, form.with(errors)).await?;
        return ctx.show_again(&page);
    };
    let wish = Wish { preset, title, slug: slug.clone(), seats, opening };
    let (app, by) = (ctx.app().clone(), By::new(&ctx, &actor));
    let made = ctx
        .app()
        .write(move |conn| {
            let now = app.now();
            if elections::by_slug(conn, &wish.slug)?.is_some() {
                return Ok(false);
            }
            begin(conn, &app, &wish, &by, now)?;
            Ok(true)
        })
        .await?;
    if !made {
        let errors = FieldErrors::one("slug", "Another election has this address; choose another.");
        let page = page(&ctx, form.with(errors)).await?;
        return ctx.show_again(&page);
    }
    let said = "The draft of the call is made. Look through its task list, then announce it.";
    Ok(ctx.redirect_with(&place(&slug, ""), &Flash::good(said)))
}

/// A call that an officer wants.
#[derive(Clone)]
struct Wish {
    preset: Preset,
    title: String,
    slug: String,
    /// The body, and the day on which its seats end.
    seats: (String, NaiveDate),
    opening: NaiveDate,
}

fn begin(conn: &mut Conn, app: &App, wish: &Wish, by: &By, now: Utc) -> AppResult<()> {
    let (body, day) = &wish.seats;
    let opening = Some(wish.opening);
    Draft { preset: wish.preset, title: &wish.title, slug: &wish.slug, opening }
        .insert(conn, app, by, now)?;
    let found = endings(conn, now.datetime().date_naive())?;
    let ending = found.into_iter().find(|e| e.slug == *body && e.day == *day);
    let ending =
        ending.ok_or_else(|| AppError::conflict("These seats changed meanwhile; open the page again."))?;
    let mut prepared = Prepared::load(conn, &wish.slug)?;
    let seats = u32::try_from(ending.holders.len()).map_err(AppError::internal)?;
    prepared.plan.call = CallRules::usual(wish.preset);
    prepared.plan.body.clone_from(&ending.body);
    prepared.settings.description = format!(
        "{} of the {} on {}. Members nominate candidates; then the vote fills {}.",
        super::enter::sentence(&count(ending.holders.len())).trim_end_matches('.'),
        ending.body,
        ending.day.format("%-d %B %Y"),
        if seats == 1 { "the seat".to_owned() } else { format!("the {seats} seats") }
    );
    if let Some(question) =
        question_of(&prepared.settings).and_then(|i| prepared.settings.questions.get_mut(i))
    {
        question.title = format!("Who should sit on the {}?", ending.body);
        question.seats = seats;
        let seating = question.seating.get_or_insert_default();
        seating.groups = due(std::mem::take(&mut seating.groups), wish.preset, &ending.cohorts, seats);
        seating.body.clone_from(&ending.slug);
        seating.body_size = u32::try_from(ending.size).map_err(AppError::internal)?;
        seating.terms_from = ending.day.succ_opt();
    }
    prepared.save(conn)?;
    for (kind, days) in [
        (MilestoneKind::NominationsOpen, 35),
        (MilestoneKind::NominationsClose, 21),
        (MilestoneKind::AcceptanceClose, 14),
        (MilestoneKind::CandidatesAnnounced, 12),
    ] {
        let deadline = at(wish.preset, wish.opening, days)?;
        let setting = schedule::Setting { by: by.actor.person, at: now, reason: None };
        schedule::put(conn, prepared.election.id, &kind, &deadline, setting)?;
    }
    let details = json!({ "body": body, "seats": seats });
    audit::append(conn, &by.act("election.call", prepared.object(), details), now)?;
    Ok(())
}

/// The seats by cohort when these end: those of the cohorts that end. Where that is not on record and there are several, they
/// stay as the rules have them; they do not add up then, and the officer is asked how many each has. (Domain 2.4.)
fn due(groups: Vec<SeatGroup>, preset: Preset, ending: &[String], seats: u32) -> Vec<SeatGroup> {
    if let [only] = groups.as_slice() {
        return vec![SeatGroup { seats, ..only.clone() }];
    }
    let sum = groups.iter().fold(0_u32, |sum, group| sum.saturating_add(group.seats));
    if groups.is_empty() || sum == seats {
        return groups;
    }
    let of = |group: &SeatGroup| {
        let many = ending.iter().filter(|cohort| group.cohort.as_ref() == Some(*cohort)).count();
        u32::try_from(many).unwrap_or(u32::MAX)
    };
    let later = preset.later_cohorts().unwrap_or_else(|| groups.clone());
    let ends = later.into_iter().map(|group| SeatGroup { seats: of(&group), ..group });
    let ends: Vec<SeatGroup> = ends.filter(|group| group.seats > 0).collect();
    let found = ends.iter().fold(0_u32, |sum, group| sum.saturating_add(group.seats));
    if found == seats { ends } else { groups }
}

/// A deadline so many days before voting opens, at the hour the rules usually have.
fn at(preset: Preset, opening: NaiveDate, days: u64) -> AppResult<Deadline> {
    let odd = || AppError::conflict("This day cannot be used; choose another.");
    let day = opening.checked_sub_days(Days::new(days)).ok_or_else(odd)?;
    let zone = preset.zone();
    let found = match zone {
        ZonePolicy::AnywhereOnEarth => Deadline::end_of_day(day, zone),
        _ => Deadline::at(day, NaiveTime::from_hms_opt(14, 0, 0).unwrap_or(NaiveTime::MIN), zone),
    };
    found.map_err(|_| odd())
}
