//! Staff pages: making and changing bodies, adding members, ending their time.

use actix_web::web;
use askama::Template;
use chrono::{Datelike, NaiveDate};
use folkmoot_store::bodies::{self, Body, BodyFacts, BodyKind, BodyMemberId, NewBodyMember};
use folkmoot_store::error::is_duplicate;
use folkmoot_store::{Conn, accounts, audit};
use serde_json::json;

use super::{Seats, kind_words, seats};
use crate::approvals::By;
use crate::auth::permission::Action;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::parse_day;
use crate::http::{Check, Ctx, FieldErrors, Form, Page, PageResult};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let manage = Access::May(Action::ManageBodies);
    vec![
        Route::get("/staff/bodies", manage, list),
        Route::get("/staff/bodies/new", manage, new_page),
        Route::post("/staff/bodies/new", manage, create),
        Route::get("/staff/bodies/{body}", manage, show),
        Route::get("/staff/bodies/{body}/edit", manage, edit_page),
        Route::post("/staff/bodies/{body}/edit", manage, edit),
        Route::post("/staff/bodies/{body}/members", manage, add_member),
        Route::post("/staff/bodies/{body}/members/{member}/end", manage, end_member),
    ]
}

struct Line {
    slug: String,
    name: String,
    kind: &'static str,
    is_public: bool,
}

#[derive(Template)]
#[template(path = "bodies/staff_list.html")]
struct ListPage {
    page: Page,
    bodies: Vec<Line>,
}

struct KindChoice {
    value: &'static str,
    label: &'static str,
}

#[derive(Template)]
#[template(path = "bodies/edit.html")]
struct EditPage {
    page: Page,
    form: Form,
    kinds: Vec<KindChoice>,
    slug: Option<String>,
}

#[derive(Template)]
#[template(path = "bodies/staff_show.html")]
struct ShowPage {
    page: Page,
    form: Form,
    body: Body,
    kind: &'static str,
    seats: Seats,
    today: String,
}

async fn list(ctx: Ctx, _actor: Actor) -> PageResult {
    let all = ctx.app().read(|c| Ok(bodies::all(c)?)).await?;
    let line =
        |b: Body| Line { slug: b.slug, name: b.name, kind: kind_words(b.kind), is_public: b.is_public };
    let bodies = all.into_iter().map(line).collect();
    ctx.show(&ListPage { page: ctx.page("Bodies"), bodies })
}

fn kinds() -> Vec<KindChoice> {
    BodyKind::ALL.iter().map(|k| KindChoice { value: k.as_str(), label: kind_words(*k) }).collect()
}

struct Wish {
    slug: String,
    name: String,
    kind: BodyKind,
    description: String,
    is_public: bool,
}

impl Wish {
    fn parse(form: &Form, slug: Option<&str>) -> Result<Self, FieldErrors> {
        let mut check = Check::new(form);
        let name = check.text("name", 120, "Enter the name of the body.");
        let slug = match slug {
            Some(known) => Some(known.to_owned()),
            None => check.field("slug", parse_slug),
        };
        let kind = check.field("kind", |t| t.parse::<BodyKind>().map_err(|_| "Choose a kind."));
        let description = check.optional_text("description", 2000);
        let is_public = form.has("is_public", "yes");
        match (slug, name, kind, description) {
            (Some(slug), Some(name), Some(kind), Some(description)) => {
                Ok(Self { slug, name, kind, description, is_public })
            }
            _ => Err(check.errors()),
        }
    }

    fn facts(&self) -> BodyFacts<'_> {
        BodyFacts {
            slug: &self.slug,
            name: &self.name,
            kind: self.kind,
            description: &self.description,
            is_public: self.is_public,
        }
    }

    fn details(&self) -> serde_json::Value {
        json!({ "name": self.name, "kind": self.kind, "public": self.is_public })
    }
}

fn parse_slug(text: &str) -> Result<String, &'static str> {
    let fits = (2..=60).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text != "new";
    if fits { Ok(text.to_owned()) } else { Err("Use small letters, digits and hyphens, for example board.") }
}

async fn new_page(ctx: Ctx, _actor: Actor) -> PageResult {
    let form = Form::filled([("is_public", "yes")]);
    ctx.show(&EditPage { page: ctx.page("New body"), form, kinds: kinds(), slug: None })
}

async fn create(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    let form = form.only(&["name", "slug", "kind", "description", "is_public"])?;
    let again = |form: Form| {
        let page = ctx.page("New body").for_form(&form);
        ctx.show_again(&EditPage { page, form, kinds: kinds(), slug: None })
    };
    let wish = match Wish::parse(&form, None) {
        Ok(wish) => wish,
        Err(errors) => return again(form.with(errors)),
    };
    let (now, by, slug) = (ctx.now(), By::new(&ctx, &actor), wish.slug.clone());
    let taken = ctx
        .app()
        .write(move |c| {
            let known = bodies::all(c)?;
            if known.iter().any(|b| b.slug == wish.slug) {
                return Ok(true);
            }
            bodies::add(c, &wish.facts(), now).map_err(|e| match is_duplicate(&e) {
                true => {
                    AppError::conflict("Another body got this address at the same moment. Choose another.")
                }
                false => e.into(),
            })?;
            audit::append(c, &by.act("body.create", format!("body {}", wish.slug), wish.details()), now)?;
            Ok(false)
        })
        .await?;
    if taken {
        return again(form.with(FieldErrors::one("slug", "Another body has this address; choose another.")));
    }
    Ok(ctx
        .redirect_with(&format!("/staff/bodies/{slug}"), &Flash::good("The body is made; add its members.")))
}

async fn edit_page(ctx: Ctx, _actor: Actor, path: web::Path<String>) -> PageResult {
    let slug = path.into_inner();
    let body = ctx.app().read(move |c| Ok(bodies::by_slug(c, &slug)?)).await?;
    let form = Form::filled([
        ("name", body.name.as_str()),
        ("kind", body.kind.as_str()),
        ("description", body.description.as_str()),
        ("is_public", if body.is_public { "yes" } else { "" }),
    ]);
    ctx.show(&EditPage { page: ctx.page("Change a body"), form, kinds: kinds(), slug: Some(body.slug) })
}

async fn edit(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["name", "kind", "description", "is_public"])?;
    let slug = path.into_inner();
    let wish = match Wish::parse(&form, Some(&slug)) {
        Ok(wish) => wish,
        Err(errors) => {
            let form = form.with(errors);
            let page = ctx.page("Change a body").for_form(&form);
            return ctx.show_again(&EditPage { page, form, kinds: kinds(), slug: Some(slug) });
        }
    };
    let (now, by) = (ctx.now(), By::new(&ctx, &actor));
    ctx.app()
        .write(move |c| {
            let body = bodies::by_slug(c, &wish.slug)?;
            bodies::change(c, body.id, &wish.facts())?;
            audit::append(c, &by.act("body.change", format!("body {}", wish.slug), wish.details()), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&format!("/staff/bodies/{slug}"), &Flash::good("Saved.")))
}

async fn show(ctx: Ctx, _actor: Actor, path: web::Path<String>) -> PageResult {
    let today = ctx.now().datetime().format("%Y-%m-%d").to_string();
    show_with(&ctx, path.into_inner(), Form::filled([("starts", today)])).await
}

async fn show_with(ctx: &Ctx, slug: String, form: Form) -> PageResult {
    let today = ctx.now().datetime().date_naive();
    let (body, seats) = ctx
        .app()
        .read(move |c| {
            let body = bodies::by_slug(c, &slug)?;
            let members = bodies::members(c, body.id)?;
            Ok((body, seats(c, &members, today)?))
        })
        .await?;
    let page = ctx.page(body.name.clone()).for_form(&form);
    let again = page.has_errors;
    let today = today.format("%Y-%m-%d").to_string();
    let template = ShowPage { page, form, kind: kind_words(body.kind), body, seats, today };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

struct Seating {
    email: String,
    position: String,
    starts_on: NaiveDate,
    ends_on: Option<NaiveDate>,
}

impl Seating {
    fn parse(form: &Form) -> Result<Self, FieldErrors> {
        let mut check = Check::new(form);
        let email = check.text("email", 254, "Enter the address of the person.");
        let position = check.optional_text("position", 80);
        let starts = check.field("starts", parse_day);
        let ends = check.field("ends", |t| if t.is_empty() { Ok(None) } else { parse_day(t).map(Some) });
        if let (Some(starts), Some(Some(ends))) = (starts, ends)
            && ends < starts
        {
            check.add("ends", "The last day must not be before the first.");
        }
        let errors = check.errors();
        match (email, position, starts, ends) {
            (Some(email), Some(position), Some(starts_on), Some(ends_on)) if errors.is_empty() => {
                Ok(Self { email, position, starts_on, ends_on })
            }
            _ => Err(errors),
        }
    }

    /// Seats the person, or says what is wrong with the form.
    fn carry_out(
        &self,
        conn: &mut Conn,
        by: &By,
        slug: &str,
        now: folkmoot_store::Utc,
    ) -> AppResult<FieldErrors> {
        let body = bodies::by_slug(conn, slug)?;
        let Some(person) = accounts::owner_of_address(conn, &self.email)? else {
            return Ok(FieldErrors::one("email", "Nobody with an account has confirmed this address."));
        };
        let end = |d: Option<NaiveDate>| d.unwrap_or(NaiveDate::MAX);
        let overlaps = bodies::members(conn, body.id)?.into_iter().any(|m| {
            m.person_id == person.id && m.starts_on <= end(self.ends_on) && self.starts_on <= end(m.ends_on)
        });
        if overlaps {
            return Ok(FieldErrors::one("email", "This person sits in the body at that time already."));
        }
        let new = NewBodyMember {
            body: body.id,
            person: person.id,
            position: &self.position,
            starts_on: self.starts_on,
            ends_on: self.ends_on,
        };
        bodies::add_member(conn, new, now)?;
        let details = json!({
            "person": person.public_id, "position": self.position, "from": self.starts_on.to_string(),
            "until": self.ends_on.map(|d| d.to_string()),
        });
        audit::append(conn, &by.act("body.add_member", format!("body {slug}"), details), now)?;
        Ok(FieldErrors::default())
    }
}

async fn add_member(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["email", "position", "starts", "ends"])?;
    let (slug, now, by) = (path.into_inner(), ctx.now(), By::new(&ctx, &actor));
    let errors = match Seating::parse(&form) {
        Err(errors) => errors,
        Ok(seating) => {
            let slug = slug.clone();
            ctx.app().write(move |c| seating.carry_out(c, &by, &slug, now)).await?
        }
    };
    if !errors.is_empty() {
        return show_with(&ctx, slug, form.with(errors)).await;
    }
    Ok(ctx.redirect_with(&format!("/staff/bodies/{slug}"), &Flash::good("Added.")))
}

async fn end_member(ctx: Ctx, actor: Actor, path: web::Path<(String, i64)>, form: Form) -> PageResult {
    let form = form.only(&["last"])?;
    let (slug, member) = path.into_inner();
    let last = parse_day(form.value("last")).map_err(|why| AppError::from(FieldErrors::one("last", why)))?;
    let (now, by, to) = (ctx.now(), By::new(&ctx, &actor), format!("/staff/bodies/{slug}"));
    ctx.app()
        .write(move |c| {
            let body = bodies::by_slug(c, &slug)?;
            let members = bodies::members(c, body.id)?;
            let found =
                members.iter().find(|m| m.id == BodyMemberId(member)).ok_or_else(AppError::not_found)?;
            if last < found.starts_on || last.year() > 2200 {
                return Err(AppError::conflict("The last day must not be before the first."));
            }
            bodies::end_member(c, body.id, found.id, last)?;
            let details = json!({ "seat": member, "until": last.to_string() });
            audit::append(c, &by.act("body.end_member", format!("body {slug}"), details), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("The last day is set.")))
}
