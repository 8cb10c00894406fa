//! Reports of work groups: due by the charter, reminded of, public once given.

use actix_web::web;
use askama::Template;
use chrono::{Datelike, Days, NaiveDate};
use folkmoot_governance::term::months_later;
use folkmoot_store::bodies;
use folkmoot_store::work_groups::{self, Charter, GroupReport, GroupReportId};
use folkmoot_store::{Conn, Utc, accounts, audit};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::mail::GroupNews;
use super::{led, officers};
use crate::app::App;
use crate::approvals::By;
use crate::bodies::words;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::jobs::Job;
use crate::mail::{self, Recipient};
use crate::markdown;
use crate::meetings::leads;
use crate::routes::{Access, Route};

/// Days before the due day at which the chair is reminded.
const AHEAD: u64 = 14;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/bodies/{body}/reports", Access::Public, list),
        Route::get("/bodies/{body}/reports/{report}", Access::Public, show),
        Route::post("/bodies/{body}/reports/{report}", Access::SignedIn, give),
    ]
}

/// Whether somebody is to be reminded of a report that is due then.
pub(super) fn is_near(due: NaiveDate, today: NaiveDate) -> bool {
    due.checked_sub_days(Days::new(AHEAD)).is_some_and(|from| from <= today)
}

/// The days on which reports are due by a charter, up to the first that is more than [`AHEAD`] days away.
pub(super) fn due_days(charter: &Charter, today: NaiveDate) -> Vec<NaiveDate> {
    let Some(every) = u32::try_from(charter.report_months).ok().filter(|m| *m > 0) else { return Vec::new() };
    let mut days = Vec::new();
    for number in 1..=1200_u32 {
        let Some(months) = every.checked_mul(number) else { break };
        let Some(day) = months_later(charter.begins_on, months, charter.begins_on.day()) else { break };
        if charter.ends_on.is_some_and(|end| day > end) || !is_near(day, today) {
            break;
        }
        days.push(day);
    }
    days
}

/// Expects the reports of every charter, and reminds chairs before the day and once after it.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemindReports {}

impl Job for RemindReports {
    const KIND: &'static str = "remind_reports";

    fn run(&self, app: &App) -> anyhow::Result<()> {
        let now = app.now();
        app.store().write(|c| {
            for body in work_groups::chartered(c)? {
                remind(c, app, &body, now)?;
            }
            Ok::<_, AppError>(())
        })?;
        Ok(())
    }
}

fn remind(conn: &mut Conn, app: &App, body: &bodies::Body, now: Utc) -> AppResult<()> {
    let today = now.datetime().date_naive();
    let Some(charter) = work_groups::charter_of(conn, body.id)? else { return Ok(()) };
    // Days before this version was adopted were a matter of an older one.
    let since = charter.adopted_at.datetime().date_naive();
    for due in due_days(&charter, today).into_iter().filter(|d| *d >= since) {
        work_groups::expect_report(conn, body.id, due)?;
    }
    for report in work_groups::reports_of(conn, body.id, 20)? {
        let over = report.due_on < today;
        let again = report.reminded_at.is_some_and(|at| over && at.datetime().date_naive() <= report.due_on);
        if report.submitted_at.is_some() || !(report.reminded_at.is_none() || again) {
            continue;
        }
        let what = match over {
            true => format!("The report of {} was due on {}.", body.name, words(report.due_on)),
            false => format!("The report of {} is due on {}.", body.name, words(report.due_on)),
        };
        let lead = officers(conn, body, now)?;
        for person in accounts::persons_with(conn, &lead)? {
            let Some(address) = accounts::mail_address_of(conn, person.id)? else { continue };
            let message = GroupNews {
                name: person.preferred_name,
                group: body.name.clone(),
                what: what.clone(),
                link: app.link(&format!("/bodies/{}/reports/{}", body.slug, report.id)),
            };
            mail::queue(conn, app, &Recipient::person(person.id, address), &message, now)?;
        }
        work_groups::reminded(conn, report.id, now)?;
    }
    Ok(())
}

struct Line {
    href: String,
    title: String,
    about: String,
    given: bool,
}

#[derive(Template)]
#[template(path = "work_groups/reports.html")]
struct ListPage {
    page: Page,
    slug: String,
    body: String,
    lines: Vec<Line>,
}

async fn list(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let (slug, today) = (path.into_inner(), ctx.now().datetime().date_naive());
    let (body, all) = ctx
        .app()
        .read(move |c| {
            let body = bodies::by_slug(c, &slug)?;
            if !body.is_public {
                return Err(AppError::not_found());
            }
            let all = work_groups::reports_of(c, body.id, 100)?;
            Ok((body, all))
        })
        .await?;
    let line = |r: GroupReport| Line {
        href: format!("/bodies/{}/reports/{}", body.slug, r.id),
        title: if r.title.is_empty() { format!("Report due on {}", words(r.due_on)) } else { r.title },
        about: match r.submitted_at {
            Some(at) => format!("Given on {}", crate::http::when::day(at)),
            None if r.due_on < today => "Overdue".into(),
            None => "Expected".into(),
        },
        given: r.submitted_at.is_some(),
    };
    let lines = all.into_iter().map(line).collect();
    let page = ctx.page(format!("Reports of {}", body.name));
    ctx.show(&ListPage { page, slug: body.slug.clone(), body: body.name.clone(), lines })
}

#[derive(Template)]
#[template(path = "work_groups/report.html")]
struct ReportPage {
    page: Page,
    form: Form,
    slug: String,
    body: String,
    id: i64,
    about: String,
    text: String,
    may_give: bool,
}

fn gather(
    conn: &mut Conn,
    page: Page,
    (slug, id): (&str, i64),
    actor: Option<&Actor>,
    form: Form,
    now: Utc,
) -> AppResult<ReportPage> {
    let body = bodies::by_slug(conn, slug)?;
    let lead = match actor {
        Some(actor) => leads(conn, &body, actor, now)?,
        None => false,
    };
    let all = work_groups::reports_of(conn, body.id, 1000)?;
    let report = all.into_iter().find(|r| r.id == GroupReportId(id)).filter(|_| body.is_public || lead);
    let report = report.ok_or_else(AppError::not_found)?;
    let title = if report.title.is_empty() {
        format!("Report due on {}", words(report.due_on))
    } else {
        report.title
    };
    Ok(ReportPage {
        page: if page.has_errors { page } else { page.titled(&title) },
        form,
        slug: body.slug,
        body: body.name,
        id,
        about: match report.submitted_at {
            Some(at) => {
                format!("Given on {}; it was due on {}.", crate::http::when::day(at), words(report.due_on))
            }
            None => format!("Not given yet; it is due on {}.", words(report.due_on)),
        },
        text: markdown::html(&report.text),
        may_give: lead && report.submitted_at.is_none(),
    })
}

async fn show(ctx: Ctx, path: web::Path<(String, i64)>) -> PageResult {
    let ((slug, id), now, page) = (path.into_inner(), ctx.now(), ctx.page(""));
    let actor = ctx.actor().cloned();
    let template =
        ctx.app().read(move |c| gather(c, page, (&slug, id), actor.as_ref(), Form::empty(), now)).await?;
    ctx.show(&template)
}

async fn give(ctx: Ctx, actor: Actor, path: web::Path<(String, i64)>, form: Form) -> PageResult {
    let form = form.only(&["title", "text"])?;
    let (slug, id) = path.into_inner();
    let now = ctx.now();
    let mut check = Check::new(&form);
    let title = check.text("title", 160, "Enter a title.");
    let text = check.text("text", 50_000, "Enter the report.");
    if let Some(Err(why)) = text.as_deref().map(markdown::check) {
        check.add("text", why);
    }
    let errors: FieldErrors = check.errors();
    let (Some(title), Some(text), true) = (title, text, errors.is_empty()) else {
        let form = form.with(errors);
        let page = ctx.page("Report").for_form(&form);
        let again = ctx.app().read(move |c| gather(c, page, (&slug, id), Some(&actor), form, now)).await?;
        return ctx.show_again(&again);
    };
    let by = By::new(&ctx, &actor);
    let to = format!("/bodies/{slug}/reports/{id}");
    ctx.app()
        .write(move |c| {
            let body = led(c, &slug, &by.actor, now)?;
            let row = (title.as_str(), text.as_str(), by.actor.person);
            if !work_groups::submit_report(c, body.id, GroupReportId(id), row, now)? {
                return Err(AppError::conflict("This report was given already, or is not expected."));
            }
            audit::append(c, &by.act("report.give", format!("body {slug}"), json!({ "report": id })), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("The report is given.")))
}
