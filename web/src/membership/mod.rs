//! Membership: joining, belonging, certifying, affirming, and what staff do about it. Rolls and "why am I eligible or not" come
//! from [`facts`] and the rules of `folkmoot_governance`; what dues cover comes from [`dues`].

pub mod calls;
mod drive;
pub mod dues;
pub mod facts;
pub mod join;
mod mail;
mod member;
pub mod preset;
pub mod remind;
mod staff;
mod tasks;
pub mod words;

#[cfg(test)]
mod tests;

use folkmoot_governance::Instant;
use folkmoot_store::Utc;

use crate::error::{AppError, AppResult};
use crate::routes::Route;

pub use member::{leave, own_data};
pub use remind::RemindMembers;
pub use tasks::tasks;

/// Routes of this folder.
#[must_use]
pub fn routes() -> Vec<Route> {
    [join::routes(), member::routes(), drive::routes(), staff::routes()].into_iter().flatten().collect()
}

/// The page on which dues of a class are chosen and paid.
#[must_use]
pub fn dues_page(class_key: &str) -> String {
    format!("/membership/dues?class={class_key}")
}

/// An instant of the database as the rules take it.
///
/// # Errors
/// `Internal` outside the years 1 to 9999, which no row of ours has.
pub fn instant(at: Utc) -> AppResult<Instant> {
    Instant::from_micros(at.micros()).map_err(AppError::internal)
}

/// An instant of the rules as the database takes it.
///
/// # Errors
/// `Internal` outside chrono's range, which is wider than that of the rules.
pub fn utc(at: Instant) -> AppResult<Utc> {
    Utc::from_micros(at.micros()).ok_or_else(|| AppError::internal("an instant outside of the calendar"))
}
