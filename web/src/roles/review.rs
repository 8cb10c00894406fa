//! The yearly review of roles: administrators look at every grant and confirm that it is still needed.

use askama::Template;
use chrono::TimeDelta;
use folkmoot_store::accounts::{self, Role};
use folkmoot_store::{Conn, Utc, audit, organisation};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::mail::RolesReviewDue;
use super::pages::{Line, lines};
use crate::app::App;
use crate::auth::permission::{Action, Subject, may};
use crate::error::{AppError, AppResult};
use crate::http::flash::Flash;
use crate::http::session::Actor;
use crate::http::when::day;
use crate::http::{Ctx, Form, Page, PageResult};
use crate::jobs::Job;
use crate::mail::{self, Recipient};
use crate::routes::{Access, Route};
use crate::tasks::Task;

/// Days between two reviews.
const DAYS: i64 = 365;
/// Days before the review is due on which it becomes a task.
const AHEAD: i64 = 30;
const SETTING: &str = "roles.review";

pub(super) fn routes() -> Vec<Route> {
    let manage = Access::May(Action::ManageRoles);
    vec![Route::get("/staff/roles/review", manage, page), Route::post("/staff/roles/review", manage, confirm)]
}

/// When the last review was, and for which one a reminder went out.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct State {
    reviewed_at: Option<Utc>,
    reminded_for: Option<Utc>,
}

/// When the next review is due; counted from the first grant before the first review. `None` while nobody holds a role.
fn due(conn: &mut Conn, state: &State, now: Utc) -> AppResult<Option<Utc>> {
    let first = accounts::standing_grants(conn, now)?.iter().map(|g| g.created_at).min();
    Ok(first.map(|first| state.reviewed_at.unwrap_or(first).plus(TimeDelta::days(DAYS))))
}

fn state(conn: &mut Conn) -> AppResult<State> {
    Ok(organisation::setting(conn, SETTING)?.unwrap_or_default())
}

#[derive(Template)]
#[template(path = "roles/review.html")]
struct ReviewPage {
    page: Page,
    standing: Vec<Line>,
    last: Option<String>,
    due: String,
    /// Number of the newest grant shown, so that nothing is confirmed unseen.
    newest: i64,
}

async fn page(ctx: Ctx, actor: Actor) -> PageResult {
    let now = ctx.now();
    let (standing, newest, last, due) = ctx
        .app()
        .read(move |c| {
            let grants = accounts::standing_grants(c, now)?;
            let newest = grants.iter().map(|g| g.id.0).max().unwrap_or(0);
            let state = state(c)?;
            let due = due(c, &state, now)?.unwrap_or(now);
            Ok((lines(c, &actor, &grants, now)?, newest, state.reviewed_at.map(day), day(due)))
        })
        .await?;
    ctx.show(&ReviewPage { page: ctx.page("Review of roles"), standing, last, due, newest })
}

async fn confirm(ctx: Ctx, _actor: Actor, form: Form) -> PageResult {
    let form = form.only(&["newest"])?;
    let (shown, now) = (form.value("newest").parse::<i64>().unwrap_or(-1), ctx.now());
    let act = ctx.act("role.review", "roles", json!({ "newest_grant": shown }));
    ctx.app()
        .write(move |c| {
            let newest = accounts::standing_grants(c, now)?.iter().map(|g| g.id.0).max().unwrap_or(0);
            if newest != shown {
                return Err(AppError::conflict("Roles changed while you looked. Open the review again."));
            }
            let mut state = state(c)?;
            state.reviewed_at = Some(now);
            organisation::put_setting(c, SETTING, &state, now)?;
            audit::append(c, &act, now)?;
            Ok(())
        })
        .await?;
    Ok(ctx.redirect_with("/staff/roles", &Flash::good("The review is recorded; the next is due in a year.")))
}

/// The review as a task of administrators.
///
/// # Errors
/// A database error.
pub fn tasks(conn: &mut Conn, actor: &Actor, now: Utc) -> AppResult<Vec<Task>> {
    if may(actor, Action::ManageRoles, Subject::Site).is_err() {
        return Ok(Vec::new());
    }
    let state = state(conn)?;
    let Some(due) = due(conn, &state, now)?.filter(|d| now >= d.plus(-TimeDelta::days(AHEAD))) else {
        return Ok(Vec::new());
    };
    Ok(vec![Task {
        text: "Review who holds which role".into(),
        href: "/staff/roles/review".into(),
        hint: format!("Due on {}; once a year.", day(due)),
        due: None,
    }])
}

/// Reminds every administrator once when a review becomes a task; runs every day.
#[derive(Debug, Serialize, Deserialize)]
pub struct RemindOfReview {}

impl Job for RemindOfReview {
    const KIND: &'static str = "roles.review";

    fn run(&self, app: &App) -> anyhow::Result<()> {
        let now = app.now();
        app.store().write(|c| remind(c, app, now))?;
        Ok(())
    }
}

fn remind(conn: &mut Conn, app: &App, now: Utc) -> AppResult<()> {
    let mut state = state(conn)?;
    let Some(due) = due(conn, &state, now)?.filter(|d| now >= d.plus(-TimeDelta::days(AHEAD))) else {
        return Ok(());
    };
    if state.reminded_for == Some(due) {
        return Ok(());
    }
    let message = RolesReviewDue { due: day(due), link: app.link("/staff/roles/review") };
    for id in accounts::holders_of(conn, Role::Administrator, now)? {
        if let Some(address) = accounts::mail_address_of(conn, id)? {
            mail::queue(conn, app, &Recipient::person(id, address), &message, now)?;
        }
    }
    state.reminded_for = Some(due);
    organisation::put_setting(conn, SETTING, &state, now)?;
    Ok(())
}
