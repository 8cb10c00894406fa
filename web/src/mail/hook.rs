//! Reports of undeliverable mail from the mail server: `POST /hooks/mail/bounce` with the report as it arrived.
//!
//! Proof: header `X-Folkmoot-Signature` as in [`crate::http::signed`]. Sending a report again changes nothing.

use super::bounce::{self, Noted};
use crate::error::AppError;
use crate::http::{Ctx, PageResult, signed};

/// Largest report, in bytes.
pub(super) const LARGEST: usize = 1024 * 1024;

pub(super) async fn bounce(ctx: Ctx) -> PageResult {
    let secret = &ctx.app().config().mail.bounce_secret;
    if secret.is_empty() {
        return Err(AppError::not_found());
    }
    let body = ctx.body();
    let header = ctx.header("x-folkmoot-signature").unwrap_or("");
    if !signed::fits(&[secret], header, &body, ctx.now().micros() / 1_000_000) {
        return Err(AppError::forbidden("The signature is missing, wrong or too old."));
    }
    let app = ctx.app().clone();
    let noted = ctx
        .app()
        .blocking(move || match bounce::read(app.keys(), &body) {
            Some(report) => bounce::note(&app, &report),
            None => Ok(Noted::Nothing),
        })
        .await??;
    Ok(ctx.reply_json(&serde_json::json!({ "noted": noted == Noted::New })))
}
