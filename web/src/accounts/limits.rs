//! Limits of rate for signing in and for mail, without ever locking anybody out (requirement AUT-04).

use folkmoot_store::accounts::{SessionId, TokenId, address_lookup};
use folkmoot_store::rate::{self, Rate};

use super::device;
use crate::error::{AppError, AppResult, Kind};
use crate::http::Ctx;

/// From one network, whatever the account.
const NETWORK: Rate = Rate { capacity: 40.0, refill_seconds: 15.0 };
/// On one account, from browsers that never signed in to it.
const ACCOUNT: Rate = Rate { capacity: 8.0, refill_seconds: 60.0 };
/// On one account, from a browser that signed in to it before. Strangers cannot empty this one.
const DEVICE: Rate = Rate { capacity: 8.0, refill_seconds: 30.0 };
/// Messages through the contact form from one network.
const CONTACT: Rate = Rate { capacity: 6.0, refill_seconds: 300.0 };
/// Nominations for awards from one network.
const NOMINATION: Rate = Rate { capacity: 20.0, refill_seconds: 60.0 };
/// Mails to one address.
const MAIL: Rate = Rate { capacity: 4.0, refill_seconds: 600.0 };
/// Proofs in one session.
const PROOF: Rate = Rate { capacity: 5.0, refill_seconds: 60.0 };
/// Codes after one right password; more need the password again.
const SECOND_STEP: Rate = Rate { capacity: 5.0, refill_seconds: 86_400.0 };

/// Takes a try at signing in to `address`.
///
/// # Errors
/// `TooMany`.
pub(super) async fn sign_in(ctx: &Ctx, address: &str) -> AppResult<()> {
    let lookup = address_lookup(address);
    let too_many = |seconds| AppError::new(Kind::TooMany(seconds));
    match device::known(ctx, &lookup) {
        Some(id) => take(ctx, format!("sign-in device {id}"), DEVICE).await?.map_err(too_many),
        None => {
            take(ctx, format!("sign-in network {}", ctx.network()), NETWORK).await?.map_err(too_many)?;
            take(ctx, format!("sign-in account {}", hidden(ctx, &lookup)), ACCOUNT).await?.map_err(too_many)
        }
    }
}

/// Takes a try at having mail sent to `address`. `false`: the address has had enough for now, and the answer must not
/// show it.
///
/// # Errors
/// `TooMany` when the network asked too often.
pub(crate) async fn mail(ctx: &Ctx, address: &str) -> AppResult<bool> {
    take(ctx, format!("mail network {}", ctx.network()), NETWORK)
        .await?
        .map_err(|seconds| AppError::new(Kind::TooMany(seconds)))?;
    let name = format!("mail address {}", hidden(ctx, &address_lookup(address)));
    Ok(take(ctx, name, MAIL).await?.is_ok())
}

/// Takes a try at proving again who one is, in one session. Nobody else can empty this bucket.
///
/// # Errors
/// `TooMany`.
pub(super) async fn proof(ctx: &Ctx, session: SessionId) -> AppResult<()> {
    take(ctx, format!("proof session {session}"), PROOF)
        .await?
        .map_err(|seconds| AppError::new(Kind::TooMany(seconds)))
}

/// Takes a challenge for a passkey of somebody unknown; each costs a row.
///
/// # Errors
/// `TooMany`.
pub(super) async fn challenge(ctx: &Ctx) -> AppResult<()> {
    take(ctx, format!("challenge network {}", ctx.network()), NETWORK)
        .await?
        .map_err(|seconds| AppError::new(Kind::TooMany(seconds)))
}

/// Takes one of the few tries of one second step; `false` when none is left.
///
/// # Errors
/// A database error.
pub(super) async fn second_step(ctx: &Ctx, token: TokenId) -> AppResult<bool> {
    Ok(take(ctx, format!("second step {token}"), SECOND_STEP).await?.is_ok())
}

/// Takes a message through the contact form.
///
/// # Errors
/// `TooMany`.
pub(crate) async fn contact(ctx: &Ctx) -> AppResult<()> {
    take(ctx, format!("contact network {}", ctx.network()), CONTACT)
        .await?
        .map_err(|seconds| AppError::new(Kind::TooMany(seconds)))
}

/// Takes a nomination for an award.
///
/// # Errors
/// `TooMany`.
pub(crate) async fn nomination(ctx: &Ctx) -> AppResult<()> {
    take(ctx, format!("nomination network {}", ctx.network()), NOMINATION)
        .await?
        .map_err(|seconds| AppError::new(Kind::TooMany(seconds)))
}

async fn take(ctx: &Ctx, name: String, limit: Rate) -> AppResult<Result<(), u32>> {
    let now = ctx.now();
    ctx.app().write(move |c| Ok(rate::take(c, &name, limit, now)?)).await
}

/// The bucket's name must not be a list of addresses.
fn hidden(ctx: &Ctx, lookup: &str) -> String {
    let tag = ctx.app().keys().tag("rate bucket", lookup.as_bytes());
    tag.iter().take(12).map(|b| format!("{b:02x}")).collect()
}
