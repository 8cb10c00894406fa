//! The charter of a work group: everybody reads it, staff adopt new versions.

use actix_web::web;
use askama::Template;
use chrono::NaiveDate;
use folkmoot_store::bodies::{self, Body};
use folkmoot_store::work_groups::{self, Charter, CharterFacts};
use folkmoot_store::{Conn, audit};
use serde_json::json;

use crate::approvals::By;
use crate::auth::permission::Action;
use crate::bodies::words;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::{day, parse_day};
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::markdown;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let manage = Access::May(Action::ManageBodies);
    vec![
        Route::get("/bodies/{body}/charter", Access::Public, show),
        Route::get("/staff/bodies/{body}/charter", manage, edit),
        Route::post("/staff/bodies/{body}/charter", manage, adopt),
    ]
}

#[derive(Template)]
#[template(path = "work_groups/charter.html")]
struct ShowPage {
    page: Page,
    slug: String,
    body: String,
    purpose: String,
    selection: String,
    chair: String,
    reports: String,
    time: String,
    every: String,
    versions: Vec<String>,
    over: bool,
}

async fn show(ctx: Ctx, path: web::Path<String>) -> PageResult {
    let (slug, now, page) = (path.into_inner(), ctx.now(), ctx.page(""));
    let template = ctx
        .app()
        .read(move |c| {
            let body = bodies::by_slug(c, &slug)?;
            let charter = work_groups::charter_of(c, body.id)?.filter(|_| body.is_public);
            let charter = charter.ok_or_else(AppError::not_found)?;
            let line = |v: Charter| format!("Version {}, adopted on {}", v.version, day(v.adopted_at));
            let versions = work_groups::versions(c, body.id)?.into_iter().map(line).collect();
            let from = words(charter.begins_on);
            Ok(ShowPage {
                page: page.titled(&format!("Charter of {}", body.name)),
                slug: body.slug,
                body: body.name,
                purpose: markdown::html(&charter.purpose),
                selection: markdown::html(&charter.selection),
                chair: markdown::html(&charter.chair),
                reports: markdown::html(&charter.reports),
                time: match charter.ends_on {
                    Some(end) => format!("{from} to {}", words(end)),
                    None => format!("From {from}, without a fixed end"),
                },
                every: match charter.report_months {
                    0 => String::new(),
                    1 => "A report is due every month.".into(),
                    n => format!("A report is due every {n} months."),
                },
                versions,
                over: charter.ends_on.is_some_and(|end| end < now.datetime().date_naive()),
            })
        })
        .await?;
    ctx.show(&template)
}

#[derive(Template)]
#[template(path = "work_groups/charter_edit.html")]
struct EditPage {
    page: Page,
    form: Form,
    slug: String,
    body: String,
}

fn filled(conn: &mut Conn, body: &Body, today: NaiveDate) -> AppResult<Form> {
    let known = work_groups::charter_of(conn, body.id)?;
    Ok(match known {
        None => Form::filled([("begins", today.to_string()), ("months", "3".into()), ("open", "yes".into())]),
        Some(c) => Form::filled([
            ("purpose", c.purpose),
            ("selection", c.selection),
            ("chair", c.chair),
            ("reports", c.reports),
            ("months", if c.report_months == 0 { String::new() } else { c.report_months.to_string() }),
            ("begins", c.begins_on.to_string()),
            ("ends", c.ends_on.map(|d| d.to_string()).unwrap_or_default()),
            ("open", if c.is_open { "yes".into() } else { String::new() }),
        ]),
    })
}

async fn edit(ctx: Ctx, _actor: Actor, path: web::Path<String>) -> PageResult {
    let (slug, today) = (path.into_inner(), ctx.now().datetime().date_naive());
    let (body, form) = ctx
        .app()
        .read(move |c| {
            let body = bodies::by_slug(c, &slug)?;
            let form = filled(c, &body, today)?;
            Ok((body, form))
        })
        .await?;
    ctx.show(&EditPage { page: ctx.page("Charter"), form, slug: body.slug, body: body.name })
}

fn parse(form: &Form) -> Result<CharterFacts, FieldErrors> {
    let mut check = Check::new(form);
    let purpose = check.text("purpose", 20_000, "Say what the group is for.");
    let selection = check.text("selection", 5_000, "Say how members are chosen.");
    let chair = check.text("chair", 5_000, "Say how the chair is chosen.");
    let reports = check.optional_text("reports", 5_000);
    for (name, text) in
        [("purpose", &purpose), ("selection", &selection), ("chair", &chair), ("reports", &reports)]
    {
        if let Some(Err(why)) = text.as_deref().map(markdown::check) {
            check.add(name, why);
        }
    }
    let months = check.field("months", |t| match t.parse::<i64>() {
        _ if t.is_empty() => Ok(0),
        Ok(n) if (1..=60).contains(&n) => Ok(n),
        _ => Err("Enter a number of months from 1 to 60, or leave it empty."),
    });
    let begins = check.field("begins", parse_day);
    let ends = check.field("ends", |t| if t.is_empty() { Ok(None) } else { parse_day(t).map(Some) });
    if let (Some(begins), Some(Some(ends))) = (begins, ends)
        && ends < begins
    {
        check.add("ends", "The last day must not be before the first.");
    }
    let errors = check.errors();
    match (purpose, selection, chair, reports, months, begins, ends) {
        (
            Some(purpose),
            Some(selection),
            Some(chair),
            Some(reports),
            Some(report_months),
            Some(begins_on),
            Some(ends_on),
        ) if errors.is_empty() => Ok(CharterFacts {
            purpose,
            selection,
            chair,
            reports,
            report_months,
            begins_on,
            ends_on,
            is_open: form.has("open", "yes"),
        }),
        _ => Err(errors),
    }
}

async fn adopt(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form =
        form.only(&["purpose", "selection", "chair", "reports", "months", "begins", "ends", "open"])?;
    let slug = path.into_inner();
    let to = format!("/staff/bodies/{slug}");
    let facts = match parse(&form) {
        Ok(facts) => facts,
        Err(errors) => {
            let form = form.with(errors);
            let page = ctx.page("Charter").for_form(&form);
            let body = ctx.app().read(move |c| Ok(bodies::by_slug(c, &slug)?)).await?;
            return ctx.show_again(&EditPage { page, form, slug: body.slug, body: body.name });
        }
    };
    let (now, by) = (ctx.now(), By::new(&ctx, &actor));
    ctx.app()
        .write(move |c| {
            let body = bodies::by_slug(c, &slug)?;
            let version = work_groups::adopt(c, body.id, &facts, now)?;
            let details = json!({ "version": version, "until": facts.ends_on.map(|d| d.to_string()) });
            audit::append(c, &by.act("charter.adopt", format!("body {slug}"), details), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("The charter is adopted.")))
}
