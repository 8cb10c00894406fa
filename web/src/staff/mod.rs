//! The staff side: its first page, and what its features share.

mod dashboard;

use crate::error::{AppError, AppResult};
use crate::http::Ctx;

pub use dashboard::routes;

/// Refuses a sensitive act unless the person proved who they are within the last minutes.
///
/// # Errors
/// `Forbidden` with what to do.
pub fn fresh(ctx: &Ctx) -> AppResult<()> {
    if ctx.is_fresh() {
        return Ok(());
    }
    Err(AppError::forbidden(
        "This act needs a fresh proof that it is you. Sign out, sign in again, then repeat it within five minutes.",
    ))
}
