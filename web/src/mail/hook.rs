//! Reports of undeliverable mail from the mail server: `POST /hooks/mail/bounce` with the report as it arrived.
//!
//! Proof: header `X-Folkmoot-Signature: t=SECONDS,v1=HEX`, where HEX is HMAC-SHA-256 of `SECONDS.BODY` under the shared
//! secret. A report may be five minutes old; sending it again changes nothing.

use ring::hmac;

use super::bounce::{self, Noted};
use crate::error::AppError;
use crate::http::{Ctx, PageResult};

/// How far the sender's clock may be off, in seconds.
const TOLERANCE: i64 = 300;

/// Largest report, in bytes.
pub(super) const LARGEST: usize = 1024 * 1024;

pub(super) async fn bounce(ctx: Ctx) -> PageResult {
    let secret = &ctx.app().config().mail.bounce_secret;
    if secret.is_empty() {
        return Err(AppError::not_found());
    }
    let body = ctx.body();
    let header = ctx.header("x-folkmoot-signature").unwrap_or("");
    if !signature_fits(secret, header, &body, ctx.now().micros() / 1_000_000) {
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

/// True when `header` is a signature of `body` made within the tolerance of `now` (seconds since 1970).
fn signature_fits(secret: &str, header: &str, body: &[u8], now: i64) -> bool {
    let part = |name: &str| header.split(',').find_map(|p| p.trim().strip_prefix(name));
    let (Some(time), Some(hex)) = (part("t="), part("v1=")) else { return false };
    let Ok(seconds) = time.parse::<i64>() else { return false };
    let Some(tag) = bytes_of_hex(hex) else { return false };
    let signed = [time.as_bytes(), b".", body].concat();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    // Both are always computed, so the answer's time tells nothing about the signature.
    let genuine = hmac::verify(&key, &signed, &tag).is_ok();
    let recent = now.saturating_sub(seconds).saturating_abs() <= TOLERANCE;
    genuine && recent
}

fn bytes_of_hex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    (0..32).map(|i| u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()).collect()
}
