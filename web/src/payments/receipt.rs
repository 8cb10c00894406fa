//! Receipts to read and to print.

use actix_web::web;
use askama::Template;
use folkmoot_governance::Money;
use folkmoot_store::payments::ledger::{self, Standing};
use folkmoot_store::payments::{PaymentState, receipts};
use folkmoot_store::{Conn, PublicId, accounts};

use super::dues::own;
use super::pay::{class_of, id_in, title};
use super::{provider, settle};
use crate::error::{AppError, AppResult};
use crate::http::session::Actor;
use crate::http::when::day;
use crate::http::{Ctx, Page, PageResult};

#[derive(Template)]
#[template(path = "payments/receipt.html")]
struct ReceiptPage {
    page: Page,
    number: String,
    issued: String,
    organisation: String,
    postal_address: String,
    name: String,
    title: String,
    amount: String,
    paid_on: String,
    provider: &'static str,
    reference: String,
    back: Option<String>,
    left: String,
}

fn gather(conn: &mut Conn, page: Page, actor: &Actor, id: &PublicId) -> AppResult<ReceiptPage> {
    let payment = own(conn, actor, id)?;
    let receipt = receipts::of_payment(conn, payment.id)?.ok_or_else(AppError::not_found)?;
    let class = class_of(conn, &payment)?;
    let person = accounts::person(conn, payment.person_id)?;
    let standing = Standing::of(&ledger::of_payment(conn, payment.id)?, payment.least_minor);
    let currency = settle::currency(&payment)?;
    let money = |minor: i64| Money { minor, currency }.to_string();
    let lost = standing.state == Some(PaymentState::Returned) && standing.refunded == 0;
    let back = match standing.refunded {
        0 if lost => Some("It was taken back by the payer's bank.".to_owned()),
        0 => None,
        refunded => Some(format!("{} of it was paid back.", money(refunded))),
    };
    Ok(ReceiptPage {
        page,
        number: receipt.number,
        issued: day(receipt.issued_at),
        organisation: String::new(),
        postal_address: String::new(),
        name: person.legal_name.unwrap_or(person.preferred_name),
        title: title(&payment, &class),
        amount: money(standing.received),
        paid_on: standing.settled_at.map(day).unwrap_or_default(),
        provider: provider::words(payment.provider),
        reference: payment.reference,
        back,
        left: money(standing.balance),
    })
}

pub(super) async fn show(ctx: Ctx, actor: Actor, path: web::Path<String>) -> PageResult {
    let id = id_in(&path)?;
    let page = ctx.page("Receipt");
    let mut template = ctx.app().read(move |c| gather(c, page, &actor, &id)).await?;
    let organisation = ctx.app().organisation();
    template.organisation = organisation.name.clone();
    template.postal_address = organisation.postal_address.clone();
    ctx.show(&template)
}
