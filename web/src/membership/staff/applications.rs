//! Applications that wait, and the decision about each, with its reason.

use actix_web::web;
use askama::Template;
use folkmoot_store::memberships::{self, Class, Decision, Membership, MembershipState, voting};
use folkmoot_store::{Conn, PublicId, accounts, audit};
use serde_json::json;

use crate::approvals::By;
use crate::auth::permission::Action;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::{day, when};
use crate::http::{Check, Ctx, Form, Page, PageResult};
use crate::mail::{self, Recipient};
use crate::membership::mail::MembershipDecided;
use crate::routes::{Access, Route};

/// Applications shown at once; the rest follow when these are decided.
const MOST: i64 = 50;

pub(super) fn routes() -> Vec<Route> {
    let manage = Access::May(Action::ManageMemberships);
    vec![
        Route::get("/staff/membership/applications", manage, list),
        Route::get("/staff/membership/applications/{membership}", manage, show),
        Route::post("/staff/membership/applications/{membership}", manage, decide),
    ]
}

struct Line {
    id: String,
    name: String,
    class: String,
    sent: String,
}

#[derive(Template)]
#[template(path = "membership/staff_applications.html")]
struct ListPage {
    page: Page,
    lines: Vec<Line>,
}

async fn list(ctx: Ctx, _actor: Actor) -> PageResult {
    let lines = ctx
        .app()
        .read(|c| {
            let mut lines = Vec::new();
            for (m, class) in memberships::applications(c, MOST)? {
                let name = accounts::person(c, m.person_id)?.preferred_name;
                lines.push(Line {
                    id: m.public_id.to_string(),
                    name,
                    class: class.name,
                    sent: day(m.created_at),
                });
            }
            Ok(lines)
        })
        .await?;
    ctx.show(&ListPage { page: ctx.page("Applications"), lines })
}

#[derive(Template)]
#[template(path = "membership/staff_application.html")]
struct ShowPage {
    page: Page,
    form: Form,
    id: String,
    person: String,
    name: String,
    class: String,
    statement: String,
    sent: String,
    certified: String,
    held: Vec<String>,
}

/// An application that still waits, and never one's own.
fn waiting(c: &mut Conn, actor: &Actor, id: &str) -> AppResult<(Membership, Class)> {
    let id = PublicId::parse(id).ok_or_else(AppError::not_found)?;
    let (membership, class) = memberships::by_public_id(c, &id)?;
    super::not_oneself(actor, membership.person_id)?;
    if membership.state != MembershipState::Applied {
        return Err(AppError::conflict("This application is decided already."));
    }
    Ok((membership, class))
}

async fn show(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    show_with(&ctx, actor, path.into_inner(), Form::empty()).await
}

async fn show_with(ctx: &Ctx, actor: Actor, id: String, form: Form) -> PageResult {
    let page = ctx.page("Application").for_form(&form);
    let again = page.has_errors;
    let template = ctx
        .app()
        .read(move |c| {
            let (membership, class) = waiting(c, &actor, &id)?;
            let person = accounts::person(c, membership.person_id)?;
            let certified = voting::certifications_of(c, person.id)?
                .into_iter()
                .find(|x| x.class_id == class.id)
                .map(|x| format!("{} ({})", x.agreed_text, when(x.certified_at)))
                .unwrap_or_default();
            let held = memberships::of_person(c, person.id)?
                .into_iter()
                .filter(|(m, _)| m.id != membership.id)
                .map(|(m, class)| format!("{} since {}, {}", class.name, day(m.starts_at), m.state))
                .collect();
            Ok(ShowPage {
                page,
                form,
                id,
                person: person.public_id.to_string(),
                name: person.preferred_name,
                class: class.name,
                statement: membership.statement,
                sent: when(membership.created_at),
                certified,
                held,
            })
        })
        .await?;
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

async fn decide(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    let form = form.only(&["act", "reason"])?;
    let id = path.into_inner();
    let mut check = Check::new(&form);
    let grants = check.field("act", |text| match text {
        "grant" => Ok(true),
        "refuse" => Ok(false),
        _ => Err("Choose to grant or to refuse."),
    });
    let reason = match grants {
        Some(false) => check.text("reason", 1000, "Say why; the applicant reads it."),
        _ => check.optional_text("reason", 1000),
    };
    let (Some(grants), Some(reason)) = (grants, reason) else {
        let errors = check.errors();
        return show_with(&ctx, actor, id, form.with(errors)).await;
    };
    let (app, now, by) = (ctx.app().clone(), ctx.now(), By::new(&ctx, &actor));
    ctx.app()
        .write(move |c| {
            let (membership, class) = waiting(c, &actor, &id)?;
            let state = if grants { MembershipState::Active } else { MembershipState::Refused };
            let decision = Decision {
                state,
                starts_at: grants.then_some(now),
                ends_at: (!grants).then_some(now),
                reason: &reason,
                by: Some(actor.person),
            };
            if !memberships::decide(c, membership.id, MembershipState::Applied, &decision, now)? {
                return Err(AppError::conflict("This application is decided already."));
            }
            let details = json!({ "class": class.key, "granted": grants, "reason": reason });
            let action = if grants { "membership.grant" } else { "membership.refuse" };
            audit::append(c, &by.act(action, format!("membership {id}"), details), now)?;
            tell(c, &app, &membership, &class, grants, &reason, now)
        })
        .await?;
    let words =
        if grants { "Granted; the member gets a mail." } else { "Refused; the applicant gets a mail." };
    Ok(ctx.redirect_with("/staff/membership/applications", &Flash::good(words)))
}

fn tell(
    c: &mut Conn,
    app: &crate::App,
    membership: &Membership,
    class: &Class,
    grants: bool,
    reason: &str,
    now: folkmoot_store::Utc,
) -> AppResult<()> {
    let person = accounts::person(c, membership.person_id)?;
    let Some(address) = accounts::mail_address_of(c, person.id)? else { return Ok(()) };
    let what = if grants {
        format!("Your application is granted: you are now a {}.", class.name.to_lowercase())
    } else {
        format!("Your application as a {} was not granted. You can apply again.", class.name.to_lowercase())
    };
    let message = MembershipDecided {
        name: person.preferred_name,
        what,
        reason: reason.to_owned(),
        link: app.link("/membership"),
    };
    mail::queue(c, app, &Recipient::person(person.id, address), &message, now)?;
    Ok(())
}
