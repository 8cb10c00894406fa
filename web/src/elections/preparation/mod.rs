//! Preparing an election: the task list of the returns officer from the first draft to the opening of the ballot box.
//!
//! Which step may be taken when is said by `folkmoot_governance::election`; these pages gather the facts (`facts`), show
//! the conditions, and carry the steps out. What needs two officers is an [`crate::approvals::Approvable`].

mod amend;
pub mod candidates;
mod choices;
mod cohorts;
mod credentials;
mod details;
mod electorate;
pub mod facts;
mod messages;
mod opening;
pub mod overview;
mod patterns;
pub mod plan;
pub mod policies;
mod practice;
pub mod preset;
mod public;
mod question_form;
mod questions;
mod rehearsal;
pub mod roll;
mod roll_acts;
mod roll_pages;
pub mod schedule;
pub mod seats;
mod timeline;

#[cfg(test)]
mod tests;

use actix_web::web;
use folkmoot_store::{Conn, Utc, audit};
use serde_json::Value;

pub use amend::AmendMilestone;
pub use opening::{ConfirmOpening, open_due};
pub use overview::Draft;
pub use plan::{CodeKeeping, Plan, Prepared, Registrar};
pub use roll_acts::{CorrectRoll, FreezeRoll};

use crate::app::App;
use crate::approvals::By;
use crate::auth::permission::{Action, Subject, may};
use crate::error::AppResult;
use crate::http::Ctx;
use crate::http::session::Actor;
use crate::routes::Route;

/// Routes of this folder.
#[must_use]
pub fn routes() -> Vec<Route> {
    [
        overview::routes(),
        details::routes(),
        timeline::routes(),
        electorate::routes(),
        roll_pages::routes(),
        questions::routes(),
        question_form::routes(),
        seats::routes(),
        choices::routes(),
        credentials::routes(),
        messages::routes(),
        rehearsal::routes(),
        opening::routes(),
        public::routes(),
        practice::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Where a staff page of an election is.
#[must_use]
pub fn place(slug: &str, page: &str) -> String {
    match page {
        "" => format!("/staff/elections/{slug}"),
        page => format!("/staff/elections/{slug}/{page}"),
    }
}

/// Whether this person may change elections, or only look.
#[must_use]
pub fn may_prepare(actor: &Actor) -> bool {
    may(actor, Action::PrepareElections, Subject::Site).is_ok()
}

/// Loads an election, lets `change` work on it, writes it and records the act, all in one transaction.
///
/// # Errors
/// Those of `change`, or a database error.
pub async fn change<T, F>(
    ctx: &Ctx,
    actor: &Actor,
    slug: &str,
    act: &'static str,
    details: Value,
    mut change: F,
) -> AppResult<T>
where
    T: Send + 'static,
    F: FnMut(&mut Conn, &App, &mut Prepared, Utc) -> AppResult<T> + Send + 'static,
{
    let (app, by, slug) = (ctx.app().clone(), By::new(ctx, actor), slug.to_owned());
    ctx.app()
        .write(move |conn| {
            let now = app.now();
            let mut prepared = Prepared::load(conn, &slug)?;
            let done = change(conn, &app, &mut prepared, now)?;
            prepared.save(conn)?;
            audit::append(conn, &by.act(act, prepared.object(), details.clone()), now)?;
            Ok(done)
        })
        .await
}

/// The election at the address of this request, read in a transaction of its own.
///
/// # Errors
/// `NotFound` when there is none or it was not prepared on these pages.
pub async fn load(ctx: &Ctx, path: web::Path<String>) -> AppResult<Prepared> {
    let slug = path.into_inner();
    ctx.app().read(move |conn| Prepared::load(conn, &slug)).await
}
