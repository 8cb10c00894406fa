//! Staff pages about membership.

mod applications;
mod calls;
mod classes;
mod drives;
mod ending;
mod held;
mod overview;
mod participation;

use folkmoot_store::PersonId;

use crate::auth::permission::{Action, Subject, may};
use crate::error::{AppError, AppResult};
use crate::http::session::Actor;
use crate::routes::Route;

/// Routes of this folder.
pub(super) fn routes() -> Vec<Route> {
    [
        overview::routes(),
        applications::routes(),
        calls::routes(),
        classes::routes(),
        drives::routes(),
        ending::routes(),
        held::routes(),
        participation::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Nobody decides about their own membership.
fn not_oneself(actor: &Actor, person: PersonId) -> AppResult<()> {
    may(actor, Action::ManageMemberships, Subject::Person(person))
        .map_err(|denied| AppError::forbidden(denied.to_string()))
}

/// A choice of a group or a list.
struct Choice {
    value: String,
    label: String,
    hint: &'static str,
}

impl Choice {
    fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), hint: "" }
    }
}
