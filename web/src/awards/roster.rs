//! Staff keep the roster: how recipients stand, names as people want them today, texts of their pages.

use actix_web::web;
use askama::Template;
use folkmoot_store::audit;
use folkmoot_store::awards::recipients::{self, Recipient, RecipientState};
use serde_json::json;

use super::programme::Award;
use super::public::{Filter, state_words};
use crate::approvals::By;
use crate::auth::email::parse_name;
use crate::auth::permission::Action;
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, Form, Page, PageResult};
use crate::routes::{Access, Route};

/// Recipients on one page of staff.
const SHOWN: usize = 200;

pub(super) fn routes() -> Vec<Route> {
    let manage = Access::May(Action::ManageAwards);
    vec![
        Route::get("/staff/awards/{award}/recipients", manage, list),
        Route::get("/staff/awards/{award}/recipients/{recipient}", manage, one),
        Route::post("/staff/awards/{award}/recipients/{recipient}", manage, change),
    ]
}

struct Line {
    slug: String,
    name: String,
    batch: String,
    state: &'static str,
}

#[derive(Template)]
#[template(path = "awards/staff_recipients.html")]
struct ListPage {
    page: Page,
    form: Form,
    award: Award,
    lines: Vec<Line>,
    more: usize,
}

async fn list(ctx: Ctx, _actor: Actor, path: web::Path<String>) -> PageResult {
    let (slug, now, filter) = (path.into_inner(), ctx.now(), Filter::of(&ctx));
    let form = Form::filled([("q", filter.words.clone())]);
    let (award, found) = ctx
        .app()
        .read(move |c| {
            let award = Award::by_slug(c, &slug)?;
            let all = recipients::announced(c, award.row.id, now)?;
            Ok((award, all.into_iter().filter(|r| filter.keeps(r)).collect::<Vec<_>>()))
        })
        .await?;
    let more = found.len().saturating_sub(SHOWN);
    let line =
        |r: Recipient| Line { slug: r.slug, name: r.name, batch: r.batch, state: state_words(r.state) };
    ctx.show(&ListPage {
        page: ctx.page(format!("{}: recipients", award.row.name)),
        form,
        award,
        lines: found.into_iter().take(SHOWN).map(line).collect(),
        more,
    })
}

struct Choice {
    value: &'static str,
    label: &'static str,
}

#[derive(Template)]
#[template(path = "awards/staff_recipient.html")]
struct OnePage {
    page: Page,
    form: Form,
    award: Award,
    slug: String,
    batch: String,
    states: Vec<Choice>,
}

async fn one(ctx: Ctx, _actor: Actor, path: web::Path<(String, String)>) -> PageResult {
    show(&ctx, path.into_inner(), None).await
}

async fn show(ctx: &Ctx, (slug, recipient): (String, String), form: Option<Form>) -> PageResult {
    let now = ctx.now();
    let (award, found) = ctx
        .app()
        .read(move |c| {
            let award = Award::by_slug(c, &slug)?;
            let found = recipients::by_slug(c, award.row.id, &recipient, now)?;
            Ok((award, found))
        })
        .await?;
    let again = form.is_some();
    let form = form.unwrap_or_else(|| {
        Form::filled([
            ("name", found.name.as_str()),
            ("state", found.state.as_str()),
            ("citation", found.citation.as_str()),
            ("about", found.about.as_str()),
        ])
    });
    let states = RecipientState::ALL.iter();
    let states = states.map(|s| Choice { value: s.as_str(), label: state_words(*s) }).collect();
    let page = ctx.page(format!("Change {}", found.name)).for_form(&form);
    let template = OnePage { page, form, award, slug: found.slug, batch: found.batch, states };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

async fn change(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>, form: Form) -> PageResult {
    let form = form.only(&["name", "state", "citation", "about"])?;
    let target = path.into_inner();
    let mut check = Check::new(&form);
    let name = check.field("name", parse_name);
    let state = check.field("state", |t| t.parse::<RecipientState>().map_err(|_| "Choose a state."));
    let citation = check.optional_text("citation", 300);
    let about = check.optional_text("about", 6000);
    let (Some(name), Some(state), Some(citation), Some(about)) = (name, state, citation, about) else {
        let errors = check.errors();
        return show(&ctx, target, Some(form.with(errors))).await;
    };
    let (now, by, (slug, recipient)) = (ctx.now(), By::new(&ctx, &actor), target);
    let to = format!("/staff/awards/{slug}/recipients");
    ctx.app()
        .write(move |c| {
            let award = Award::by_slug(c, &slug)?;
            let found = recipients::by_slug(c, award.row.id, &recipient, now)?;
            recipients::change(c, found.id, &name, state, &citation.replace('\n', " "), &about)?;
            let details = json!({ "award": slug, "state": state, "from": found.state });
            let object = format!("recipient {}", found.public_id);
            audit::append(c, &by.act("award.recipient", object, details), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("Saved.")))
}
