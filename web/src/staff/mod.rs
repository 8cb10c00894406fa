//! The staff side: its first page, and what its features share.

mod dashboard;

use crate::error::AppResult;
use crate::http::Ctx;

pub use dashboard::routes;

/// Asks for a proof of identity within the last minutes before a sensitive act; what was typed comes back afterwards.
///
/// # Errors
/// `NeedsProof`.
pub fn fresh(ctx: &Ctx) -> AppResult<()> {
    ctx.require_fresh()
}
