//! The chair words citation and public text of a nomination, or withdraws it.

use actix_web::web;
use askama::Template;
use folkmoot_store::audit;
use folkmoot_store::awards::nominations::{self, NominationState};
use folkmoot_store::awards::review as discussion;
use folkmoot_store::awards::rounds::{self, RoundState};
use serde_json::json;

use super::board;
use super::decide;
use super::programme::id_of;
use super::review::case_for;
use crate::approvals::By;
use crate::error::AppError;
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Check, Ctx, Form, Page, PageResult};
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let signed_in = Access::SignedIn;
    vec![
        Route::get("/awards/review/{award}/nominations/{nomination}/texts", signed_in, texts_page),
        Route::post("/awards/review/{award}/nominations/{nomination}/texts", signed_in, set_texts),
        Route::post("/awards/review/{award}/nominations/{nomination}/withdraw", signed_in, withdraw),
    ]
}

#[derive(Template)]
#[template(path = "awards/texts.html")]
struct TextsPage {
    page: Page,
    form: Form,
    people: String,
    path: String,
    may_withdraw: bool,
}

async fn texts_page(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>) -> PageResult {
    show_texts(&ctx, actor, path.into_inner(), None).await
}

async fn show_texts(ctx: &Ctx, actor: Actor, (slug, id): (String, String), form: Option<Form>) -> PageResult {
    let now = ctx.now();
    let path = format!("/awards/review/{slug}/nominations/{id}");
    let case = ctx
        .app()
        .read(move |c| {
            let seat = board::chair(c, &slug, &actor, now)?;
            case_for(c, &seat, &id)
        })
        .await?;
    let again = form.is_some();
    let form = form.unwrap_or_else(|| {
        Form::filled([
            ("citation", case.nomination.citation.as_str()),
            ("about", case.nomination.about.as_str()),
        ])
    });
    let page = ctx.page("Citation and public text").for_form(&form);
    let may_withdraw = case.nomination.state == NominationState::Active;
    let template = TextsPage { page, form, people: case.people(), path, may_withdraw };
    if again { ctx.show_again(&template) } else { ctx.show(&template) }
}

async fn set_texts(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>, form: Form) -> PageResult {
    let form = form.only(&["citation", "about"])?;
    let target = path.into_inner();
    let mut check = Check::new(&form);
    let citation = check.text("citation", 300, "Say in one sentence for what.");
    let about = check.optional_text("about", 6000);
    let (Some(citation), Some(about)) = (citation, about) else {
        let errors = check.errors();
        return show_texts(&ctx, actor, target, Some(form.with(errors))).await;
    };
    let (app, now, by, (slug, id)) = (ctx.app().clone(), ctx.now(), By::new(&ctx, &actor), target);
    let to = format!("/awards/review/{slug}/nominations/{id}");
    ctx.app()
        .write(move |c| {
            let seat = board::chair(c, &slug, &actor, now)?;
            let case = case_for(c, &seat, &id)?;
            let granted = case.nomination.granted_in.map(|r| rounds::by_key(c, r)).transpose()?;
            if granted.as_ref().is_some_and(|r| r.state == RoundState::Announced) {
                return Err(AppError::conflict(
                    "This award is announced; staff change the recipient's page.",
                ));
            }
            nominations::set_texts(c, case.nomination.id, &citation.replace('\n', " "), &about)?;
            if let Some(round) = granted {
                decide::write_texts(c, &app, &seat.award, &round)?;
            }
            let object = format!("award nomination {}", case.nomination.public_id);
            audit::append(c, &by.act("award.citation", object, json!({})), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("Saved.")))
}

async fn withdraw(ctx: Ctx, actor: Actor, path: web::Path<(String, String)>, form: Form) -> PageResult {
    let form = form.only(&["reason"])?;
    let (slug, id) = path.into_inner();
    let mut check = Check::new(&form);
    let Some(reason) = check.text("reason", 200, "Say why, for example at the wish of the nominee.") else {
        let errors = check.errors();
        return show_texts(&ctx, actor, (slug, id), Some(form.with(errors))).await;
    };
    let (now, by, to) = (ctx.now(), By::new(&ctx, &actor), format!("/awards/review/{slug}"));
    ctx.app()
        .write(move |c| {
            let seat = board::chair(c, &slug, &actor, now)?;
            let case = case_for(c, &seat, &id)?;
            if !nominations::close(c, case.nomination.id, NominationState::Withdrawn, None, now)? {
                return Err(AppError::conflict("This nomination is not active any more."));
            }
            let all = rounds::of_programme(c, seat.award.row.id)?;
            let round = board::round_of(&seat.award, &case, &all).map(|r| id_of(&r).to_string());
            // The reason may name people; it goes where the discussion is.
            discussion::comment(c, case.nomination.id, seat.person, &format!("Withdrawn: {reason}"), now)?;
            let object = format!("award nomination {}", case.nomination.public_id);
            audit::append(c, &by.act("award.withdraw", object, json!({ "round": round })), now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&to, &Flash::good("The nomination is withdrawn.")))
}
