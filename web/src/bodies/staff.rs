//! Staff pages: making and changing bodies, adding members, ending their time.

use actix_web::web;
use askama::Template;
use folkmoot_store::audit;
use folkmoot_store::bodies::{self, Body, BodyFacts, BodyKind};
use folkmoot_store::error::is_duplicate;
use serde_json::json;

use super::members::{BASES, ROLES};
use super::{Choice, Seats, kind_words, rules, seats};
use crate::affiliations;
use crate::approvals::By;
use crate::auth::permission::Action;
use crate::error::AppError;
use crate::http::flash::Flash;
use crate::http::session::Actor;
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

#[derive(Template)]
#[template(path = "bodies/edit.html")]
struct EditPage {
    page: Page,
    form: Form,
    kinds: Vec<Choice>,
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
    rules: Vec<String>,
    watch: Vec<String>,
    roles: Vec<Choice>,
    bases: Vec<Choice>,
}

async fn list(ctx: Ctx, _actor: Actor) -> PageResult {
    let all = ctx.app().read(|c| Ok(bodies::all(c)?)).await?;
    let line =
        |b: Body| Line { slug: b.slug, name: b.name, kind: kind_words(b.kind), is_public: b.is_public };
    let bodies = all.into_iter().map(line).collect();
    ctx.show(&ListPage { page: ctx.page("Bodies"), bodies })
}

fn kinds() -> Vec<Choice> {
    BodyKind::ALL.iter().map(|k| Choice { value: k.as_str(), label: kind_words(*k) }).collect()
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

pub(super) async fn show_with(ctx: &Ctx, slug: String, form: Form) -> PageResult {
    let today = ctx.now().datetime().date_naive();
    let now = ctx.now();
    let (body, seats, rules, watch) = ctx
        .app()
        .read(move |c| {
            let body = bodies::by_slug(c, &slug)?;
            let members = bodies::members(c, body.id)?;
            let watch = affiliations::rules::exceeded(c, &body, today)?;
            let rules = rules::in_words(&body)?;
            Ok((seats(c, &body, &members, now)?, rules, watch, body))
        })
        .await
        .map(|(seats, rules, watch, body)| (body, seats, rules, watch))?;
    let page = ctx.page(body.name.clone()).for_form(&form);
    let again = page.has_errors;
    let (roles, bases) = (super::choices(ROLES), super::choices(BASES));
    let template =
        ShowPage { page, form, kind: kind_words(body.kind), body, seats, rules, watch, roles, bases };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}
