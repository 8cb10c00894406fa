//! A person asks about their own data.

use askama::Template;
use chrono::TimeDelta;
use folkmoot_store::audit;
use folkmoot_store::data_requests::{self, NewPrivacyRequest, PrivacyKind};
use serde_json::json;

use super::{Line, PRIVACY_DAYS, kind_words, privacy_line};
use crate::approvals::By;
use crate::error::AppError;
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, Form, Page, PageResult};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/account/privacy", Access::SignedIn, page),
        Route::post("/account/privacy", Access::SignedIn, ask),
    ]
}

struct Choice {
    value: &'static str,
    label: &'static str,
    hint: &'static str,
}

#[derive(Template)]
#[template(path = "data_requests/own.html")]
struct OwnPage {
    page: Page,
    form: Form,
    kinds: Vec<Choice>,
    lines: Vec<Line>,
    days: i64,
}

async fn page(ctx: Ctx, actor: Actor) -> PageResult {
    show(&ctx, &actor, Form::empty()).await
}

async fn show(ctx: &Ctx, actor: &Actor, form: Form) -> PageResult {
    let (person, now) = (actor.person, ctx.now());
    let found = ctx.app().read(move |c| Ok(data_requests::privacy_requests_of(c, person)?)).await?;
    let hint = |kind| match kind {
        PrivacyKind::Access => "Most of it can be downloaded at once; ask when something is missing there.",
        PrivacyKind::Correction => "Name and addresses you change yourself; ask for everything else.",
        PrivacyKind::Erasure => {
            "The account is closed. What was decided, paid and voted on stays without your name."
        }
        PrivacyKind::Objection => "Say which use should stop, and why.",
    };
    let template = OwnPage {
        page: ctx.page("Requests about your data").for_form(&form),
        form,
        kinds: PrivacyKind::ALL
            .iter()
            .map(|k| Choice { value: k.as_str(), label: kind_words(*k), hint: hint(*k) })
            .collect(),
        lines: found.iter().map(|r| privacy_line(r, &actor.name, now)).collect(),
        days: PRIVACY_DAYS,
    };
    if template.page.has_errors { ctx.show_again(&template) } else { ctx.show(&template) }
}

async fn ask(ctx: Ctx, actor: Actor, form: Form) -> PageResult {
    let form = form.only(&["kind", "message"])?;
    let mut check = Check::new(&form);
    let kind = check.field("kind", |t| t.parse::<PrivacyKind>().map_err(|_| "Choose what you ask for."));
    let message = check.optional_text("message", 3000);
    if message.as_deref() == Some("")
        && matches!(kind, Some(PrivacyKind::Correction | PrivacyKind::Objection))
    {
        check.add("message", "Say what is wrong, or which use should stop.");
    }
    let errors = check.errors();
    let (Some(kind), Some(message), true) = (kind, message, errors.is_empty()) else {
        return show(&ctx, &actor, form.with(errors)).await;
    };
    let (now, id, by) = (ctx.now(), ctx.app().public_id()?, By::new(&ctx, &actor));
    ctx.app()
        .write(move |c| {
            let due_at = now.plus(TimeDelta::days(PRIVACY_DAYS));
            let new = NewPrivacyRequest {
                public_id: &id,
                person: by.actor.person,
                kind,
                message: &message,
                due_at,
            };
            if !data_requests::ask_privacy(c, &new, now)? {
                return Err(AppError::conflict("You asked for this already; the answer is on its way."));
            }
            let object = format!("person {}", by.actor.public_id);
            audit::append(c, &by.act("privacy.ask", object, json!({ "request": id, "for": kind })), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(
        "/account/privacy",
        &Flash::good("Your request has arrived. The answer comes by mail."),
    ))
}
