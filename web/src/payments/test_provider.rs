//! The test provider: a page that says what it is, with a button for each outcome. It exists where the settings turn it on.

use actix_web::web;
use askama::Template;
use folkmoot_store::payments::{self, PaymentState, Provider};
use folkmoot_store::{Conn, PublicId};

use super::dues::own;
use super::notice::Notice;
use super::pay::id_in;
use super::settle::{self, Source};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::{Ctx, FieldErrors, Form, Page, PageResult};

#[derive(Template)]
#[template(path = "payments/test.html")]
struct TestPage {
    page: Page,
    id: PublicId,
    amount: String,
    reference: String,
}

fn waiting(conn: &mut Conn, actor: &Actor, id: &PublicId) -> AppResult<payments::Payment> {
    let payment = own(conn, actor, id)?;
    if payment.provider != Provider::Test {
        return Err(AppError::not_found());
    }
    if payment.state != PaymentState::Pending {
        return Err(AppError::conflict("This payment is decided already. Go back to its page."));
    }
    Ok(payment)
}

fn is_on(ctx: &Ctx) -> AppResult<()> {
    if ctx.app().config().payments.test_provider { Ok(()) } else { Err(AppError::not_found()) }
}

pub(super) async fn page(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    is_on(&ctx)?;
    let id = id_in(&path)?;
    let page = ctx.page("Test provider");
    let template = ctx
        .app()
        .read(move |c| {
            let payment = waiting(c, &actor, &id)?;
            let amount = settle::agreed(&payment)?.to_string();
            Ok(TestPage { page, id, amount, reference: payment.reference })
        })
        .await?;
    ctx.show(&template)
}

pub(super) async fn decide(ctx: Ctx, actor: Actor, path: web::Path<String>, form: Form) -> PageResult {
    is_on(&ctx)?;
    let form = form.only(&["outcome"])?;
    let (id, now, app) = (id_in(&path)?, ctx.now(), ctx.app().clone());
    let pays = match form.value("outcome") {
        "paid" => true,
        "declined" => false,
        _ => return Err(FieldErrors::one("outcome", "Choose an outcome.").into()),
    };
    let own_page = format!("/membership/payments/{id}");
    let source = Source::provider(ctx.reference());
    ctx.app()
        .write(move |c| {
            let payment = waiting(c, &actor, &id)?;
            let notice = if pays {
                Notice::Settled { amount: settle::agreed(&payment)?, at: now }
            } else {
                Notice::Failed
            };
            settle::apply(c, &app, &payment, &notice, &source, now)?;
            Ok(())
        })
        .await?;
    let flash = if pays {
        Flash::good("Thank you. The payment has arrived.")
    } else {
        Flash::warn("The test provider declined it. Nothing was charged.")
    };
    Ok(ctx.redirect_with(&own_page, &flash))
}
