//! Somebody who was asked by mail to nominate together with the first nominator.

use actix_web::web;
use askama::Template;
use folkmoot_store::nominations::supports::{self, SupportRole, SupportState};
use folkmoot_store::{PublicId, audit, nominations};
use serde_json::json;

use super::link;
use super::nominate::BODY;
use super::rules::Call;
use super::supporter::words;
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::{Ctx, Form, Page, PageResult};
use crate::markdown;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/nominations/join/{support}/{proof}", Access::Public, join_page),
        Route::post("/nominations/join/{support}/{proof}", Access::Public, join).body_limit(BODY),
    ]
}

#[derive(Template)]
#[template(path = "nominations/join.html")]
struct JoinPage {
    page: Page,
    form: Form,
    base: String,
    title: String,
    nominee: String,
    by: String,
    html: String,
    employers: bool,
    close: String,
    given: bool,
    preview: String,
}

async fn join_load(ctx: &Ctx, id: &str, proof: &str, form: Form) -> AppResult<JoinPage> {
    let wanted = PublicId::parse(id).ok_or_else(AppError::not_found)?;
    let (app, sent, base) = (ctx.app().clone(), proof.to_owned(), format!("/nominations/join/{id}/{proof}"));
    let page = ctx.page("Nominate together").for_form(&form);
    ctx.app()
        .read(move |conn| {
            let support = supports::by_public_id(conn, &wanted)?;
            link::check_join(&app, &support, &sent)?;
            let nomination = nominations::by_id(conn, support.nomination_id)?;
            let call = Call::by_id(conn, nomination.election_id)?;
            let first = supports::of_nomination(conn, nomination.id)?
                .into_iter()
                .find(|s| s.role == SupportRole::Nominator);
            Ok(JoinPage {
                page: page.clone(),
                form: form.clone(),
                base: base.clone(),
                title: call.title().to_owned(),
                nominee: nomination.name,
                by: first.as_ref().map(|s| s.name.clone()).unwrap_or_default(),
                html: first.map(|s| markdown::html(&s.words)).unwrap_or_default(),
                employers: call.rules.nomination.distinct_employers,
                close: app.when(call.dates.close),
                given: support.state == SupportState::Given,
                preview: String::new(),
            })
        })
        .await
}

async fn join_page(ctx: Ctx, path: web::Path<(String, String)>) -> PageResult {
    let (id, proof) = path.into_inner();
    let page = join_load(&ctx, &id, &proof, Form::empty()).await?;
    ctx.show(&page)
}

async fn join(ctx: Ctx, path: web::Path<(String, String)>, form: Form) -> PageResult {
    let form = form.only(&["words", "employer", "act"])?;
    let (id, proof) = path.into_inner();
    let (employer, words) = match words(&form, 32_768) {
        Ok(read) => read,
        Err(errors) => {
            let page = join_load(&ctx, &id, &proof, form.with(errors)).await?;
            return ctx.show_again(&page);
        }
    };
    if form.value("act") == "preview" {
        let mut page = join_load(&ctx, &id, &proof, form).await?;
        page.preview = markdown::html(&words);
        return ctx.show(&page);
    }
    let wanted = PublicId::parse(&id).ok_or_else(AppError::not_found)?;
    let (app, sent, actor) = (ctx.app().clone(), proof.clone(), ctx.actor().map(|a| a.person));
    let act = ctx.act("nomination.join", format!("support {id}"), json!({}));
    ctx.app()
        .write(move |conn| {
            let now = app.now();
            let support = supports::by_public_id(conn, &wanted)?;
            link::check_join(&app, &support, &sent)?;
            let nomination = nominations::by_id(conn, support.nomination_id)?;
            let call = Call::by_id(conn, nomination.election_id)?;
            call.takes_nominations(&app, now)?;
            let person = match actor {
                Some(person) => Some(person),
                None => link::owner(conn, &support.address)?.map(|p| p.id),
            };
            call.may_nominate(conn, person, false, now)?
                .map_err(|why| AppError::conflict(super::enter::sentence(&why)))?;
            supports::give(conn, support.id, person, (&employer, &words), now)?;
            audit::append(conn, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with(&format!("/nominations/join/{id}/{proof}"), &Flash::good("You nominate them too.")))
}
