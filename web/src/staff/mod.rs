//! The staff side: its first page, and what its features share.

mod dashboard;
mod jobs;
#[cfg(test)]
mod tests;

use crate::error::AppResult;
use crate::http::Ctx;
use crate::routes::Route;

/// Routes of this folder.
#[must_use]
pub fn routes() -> Vec<Route> {
    [dashboard::routes(), jobs::routes()].into_iter().flatten().collect()
}

/// Asks for a proof of identity within the last minutes before a sensitive act; what was typed comes back afterwards.
///
/// # Errors
/// `NeedsProof`.
pub fn fresh(ctx: &Ctx) -> AppResult<()> {
    ctx.require_fresh()
}
