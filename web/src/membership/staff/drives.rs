//! Membership drives: made and changed by staff, shown to everybody.

use actix_web::web;
use askama::Template;
use folkmoot_store::memberships::public::{self, DriveFacts};
use folkmoot_store::memberships::{self, Class, ClassId};
use folkmoot_store::{Utc, audit};
use serde_json::json;

use super::Choice;
use crate::approvals::By;
use crate::auth::permission::{Action, Subject, may};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::{parse_day, start_of};
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::membership::drive::{DriveView, view};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let (see, manage) = (Access::May(Action::SeeMemberships), Access::May(Action::ManageMemberships));
    vec![
        Route::get("/staff/membership/drives", see, list),
        Route::get("/staff/membership/drives/new", manage, new_page),
        Route::post("/staff/membership/drives/new", manage, create),
        Route::get("/staff/membership/drives/{drive}", manage, edit_page),
        Route::post("/staff/membership/drives/{drive}", manage, edit),
    ]
}

#[derive(Template)]
#[template(path = "membership/staff_drives.html")]
struct ListPage {
    page: Page,
    drives: Vec<DriveView>,
    may_manage: bool,
}

async fn list(ctx: Ctx, actor: Actor) -> PageResult {
    let now = ctx.now();
    let drives = ctx
        .app()
        .read(move |c| {
            let all = public::drives(c, 50)?;
            all.into_iter().map(|drive| view(c, drive, now)).collect::<AppResult<Vec<_>>>()
        })
        .await?;
    let may_manage = may(&actor, Action::ManageMemberships, Subject::Site).is_ok();
    ctx.show(&ListPage { page: ctx.page("Membership drives"), drives, may_manage })
}

#[derive(Template)]
#[template(path = "membership/staff_drive.html")]
struct DrivePage {
    page: Page,
    form: Form,
    slug: Option<String>,
    classes: Vec<Choice>,
}

async fn show(ctx: &Ctx, slug: Option<String>, form: Form) -> PageResult {
    let all = ctx.app().read(|c| Ok(memberships::classes(c)?)).await?;
    let mut classes = vec![Choice::new("", "Every class with the vote")];
    classes.extend(all.into_iter().map(|class| Choice::new(class.key, class.name)));
    let page = ctx.page(if slug.is_some() { "Change a drive" } else { "New drive" }).for_form(&form);
    let again = page.has_errors;
    let template = DrivePage { page, form, slug, classes };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

async fn new_page(ctx: Ctx, _actor: Actor) -> PageResult {
    show(&ctx, None, Form::empty()).await
}

async fn edit_page(ctx: Ctx, _actor: Actor, path: web::Path<String>) -> PageResult {
    let slug = path.into_inner();
    let found = slug.clone();
    let (drive, classes) =
        ctx.app().read(move |c| Ok((public::drive(c, &found)?, memberships::classes(c)?))).await?;
    let day = |at: Utc| at.datetime().format("%Y-%m-%d").to_string();
    let key = classes.into_iter().find(|class| Some(class.id) == drive.class_id).map(|class| class.key);
    let form = Form::filled([
        ("title", drive.title),
        ("description", drive.description),
        ("class", key.unwrap_or_default()),
        ("goal", drive.goal.to_string()),
        ("starts", day(drive.starts_at)),
        ("ends", day(drive.ends_at.plus(-chrono::TimeDelta::microseconds(1)))),
    ]);
    show(&ctx, Some(slug), form).await
}

fn parse(form: &Form, classes: &[Class]) -> Result<DriveFacts, FieldErrors> {
    let mut check = Check::new(form);
    let title = check.text("title", 120, "Enter a title.");
    let description = check.optional_text("description", 1000);
    let goal = check.field("goal", |t| match t.parse::<i64>() {
        Ok(goal) if (1..=1_000_000).contains(&goal) => Ok(goal),
        _ => Err("Enter how many new members are wanted, 1 to 1000000."),
    });
    let class: Option<Option<ClassId>> = check.field("class", |t| match t {
        "" => Ok(None),
        key => classes.iter().find(|c| c.key == key).map(|c| Some(c.id)).ok_or("Choose a class."),
    });
    let starts = check.field("starts", |t| parse_day(t).map(start_of));
    // The whole of the last day belongs to the drive.
    let ends = check.field("ends", |t| parse_day(t).map(|d| start_of(d).plus(chrono::TimeDelta::days(1))));
    if let (Some(starts), Some(ends)) = (starts, ends)
        && ends <= starts
    {
        check.add("ends", "The last day must not be before the first.");
    }
    let errors = check.errors();
    match (title, description, goal, class, starts, ends) {
        (Some(title), Some(description), Some(goal), Some(class_id), Some(starts_at), Some(ends_at))
            if errors.is_empty() =>
        {
            Ok(DriveFacts { title, description, class_id, goal, starts_at, ends_at })
        }
        _ => Err(errors),
    }
}

const FIELDS: [&str; 6] = ["title", "description", "class", "goal", "starts", "ends"];

/// The last part of a drive's address from its title: small letters, digits and hyphens.
fn slug_of(title: &str) -> String {
    let plain: String =
        title.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let words: Vec<&str> = plain.split('-').filter(|w| !w.is_empty()).take(8).collect();
    if words.is_empty() { "drive".to_owned() } else { words.join("-").chars().take(60).collect() }
}

async fn create(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    let form = form.only(&FIELDS)?;
    let classes = ctx.app().read(|c| Ok(memberships::classes(c)?)).await?;
    let facts = match parse(&form, &classes) {
        Ok(facts) => facts,
        Err(errors) => return show(&ctx, None, form.with(errors)).await,
    };
    let (now, by) = (ctx.now(), By::new(&ctx, &actor));
    let slug = ctx
        .app()
        .write(move |c| {
            let (base, known) = (slug_of(&facts.title), public::drives(c, 10_000)?);
            let is_free = |slug: &String| slug != "new" && known.iter().all(|d| d.slug != *slug);
            let more = (2..10_000).map(|n| format!("{base}-{n}"));
            let slug = std::iter::once(base.clone()).chain(more).find(is_free);
            let slug = slug.ok_or_else(|| AppError::conflict("Choose another title."))?;
            public::add_drive(c, &slug, &facts, now)?;
            let details = json!({ "title": facts.title, "goal": facts.goal });
            audit::append(c, &by.act("drive.create", format!("drive {slug}"), details), now)?;
            Ok(slug)
        })
        .await?;
    Ok(ctx.redirect_with(
        &format!("/drives/{slug}"),
        &Flash::good("The drive is made; this is its public page."),
    ))
}

async fn edit(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&FIELDS)?;
    let slug = path.into_inner();
    let classes = ctx.app().read(|c| Ok(memberships::classes(c)?)).await?;
    let facts = match parse(&form, &classes) {
        Ok(facts) => facts,
        Err(errors) => return show(&ctx, Some(slug), form.with(errors)).await,
    };
    let (now, by) = (ctx.now(), By::new(&ctx, &actor));
    ctx.app()
        .write(move |c| {
            let drive = public::drive(c, &slug)?;
            public::change_drive(c, drive.id, &facts)?;
            let details = json!({ "title": facts.title, "goal": facts.goal });
            audit::append(c, &by.act("drive.change", format!("drive {slug}"), details), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with("/staff/membership/drives", &Flash::good("Saved.")))
}
