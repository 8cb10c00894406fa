//! The ledger as CSV for the books of the organisation, for the two roles that see amounts.

use actix_web::HttpResponse;
use actix_web::http::header;
use folkmoot_store::payments::ledger;
use folkmoot_store::payments::{self, receipts};
use folkmoot_store::{Conn, Utc, accounts, audit};
use serde_json::json;

use crate::error::{AppError, AppResult};
use crate::http::export::harmless;
use crate::http::session::Actor;
use crate::http::when::{parse_day, start_of};
use crate::http::{Check, Ctx, Form, PageResult};

/// Entries in one file.
const MOST: usize = 100_000;

/// An amount as spreadsheets read it: digits and a point, a minus sign before what went back.
fn number(minor: i64, currency: &str) -> AppResult<String> {
    let currency =
        folkmoot_governance::Currency::try_from(currency.to_owned()).map_err(AppError::internal)?;
    let text = folkmoot_governance::Money { minor, currency }.to_string();
    Ok(text.split(' ').next().unwrap_or_default().to_owned())
}

fn csv_of(conn: &mut Conn, from: Utc, to: Utc) -> AppResult<String> {
    let entries = ledger::between(conn, from, to)?;
    if entries.len() > MOST {
        return Err(AppError::conflict("That is too much for one file; choose a shorter time."));
    }
    let mut out = csv::Writer::from_writer(Vec::new());
    let head = [
        "happened",
        "entered",
        "what",
        "amount",
        "currency",
        "reference",
        "receipt",
        "provider",
        "payer",
        "note",
    ];
    out.write_record(head).map_err(AppError::internal)?;
    for entry in entries {
        let payment = payments::by_id(conn, entry.payment_id)?;
        let payer = accounts::person(conn, payment.person_id)?.preferred_name;
        let receipt = receipts::of_payment(conn, payment.id)?.map(|r| r.number).unwrap_or_default();
        let amount = number(entry.amount_minor, &entry.currency)?;
        let row = [
            entry.occurred_at.to_string(),
            entry.recorded_at.to_string(),
            entry.kind.to_string(),
            amount,
            entry.currency.clone(),
            payment.reference,
            receipt,
            payment.provider.to_string(),
            harmless(&payer).into_owned(),
            harmless(&entry.note).into_owned(),
        ];
        out.write_record(row).map_err(AppError::internal)?;
    }
    let bytes = out.into_inner().map_err(|e| AppError::internal(e.to_string()))?;
    String::from_utf8(bytes).map_err(AppError::internal)
}

/// The file; taking it is noted.
pub(super) async fn ledger_csv(ctx: Ctx, _actor: Actor, form: Form) -> PageResult {
    let form = form.only(&["from", "to"])?;
    ctx.require_fresh()?;
    let mut check = Check::new(&form);
    let (from, to) = (check.field("from", parse_day), check.field("to", parse_day));
    let (Some(from), Some(to)) = (from, to) else { return Err(check.errors().into()) };
    let (end, now) = (start_of(to).plus(chrono::TimeDelta::days(1)), ctx.now());
    let act = ctx.act("payment.export", "payments", json!({ "from": from, "to": to }));
    ctx.app().write(move |c| Ok(audit::append(c, &act, now)?)).await?;
    let text = ctx.app().read(move |c| csv_of(c, start_of(from), end)).await?;
    let name = format!("attachment; filename=\"payments-{from}-{to}.csv\"");
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .body(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_numbers_for_spreadsheets() {
        assert_eq!(number(-6050, "USD").unwrap(), "-60.50");
        assert_eq!(number(700, "JPY").unwrap(), "700");
    }
}
