//! The mark of a browser that signed in before: a random id with a tag that binds it to the account.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::AppResult;
use crate::http::Ctx;

/// The id of this browser, when it signed in to the account of `lookup` before.
pub(super) fn known(ctx: &Ctx, lookup: &str) -> Option<String> {
    let value = ctx.device_cookie()?;
    let (id, tag) = value.split_once('.')?;
    let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
    ctx.app().keys().verify("device", message(id, lookup).as_bytes(), &tag).then(|| id.to_owned())
}

/// Marks this browser as one that signed in to the account of `lookup`.
pub(super) fn remember(ctx: &Ctx, lookup: &str) -> AppResult<()> {
    let id = match known(ctx, lookup) {
        Some(id) => id,
        None => URL_SAFE_NO_PAD.encode(ctx.app().random::<16>()?),
    };
    let tag = ctx.app().keys().tag("device", message(&id, lookup).as_bytes());
    ctx.keep_device(format!("{id}.{}", URL_SAFE_NO_PAD.encode(tag)));
    Ok(())
}

fn message(id: &str, lookup: &str) -> String {
    format!("{id}|{lookup}")
}
