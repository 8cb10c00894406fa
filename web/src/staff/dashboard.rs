//! The first page of the staff side: what waits, and figures.

use askama::Template;

use crate::auth::permission::Action;
use crate::http::session::Actor;
use crate::http::{Ctx, Page, PageResult};
use crate::roles;
use crate::routes::{Access, Route};
use crate::tasks::{self, Task};

/// Routes of this folder.
#[must_use]
pub fn routes() -> Vec<Route> {
    vec![Route::get("/staff", Access::May(Action::SeeStaffPages), dashboard)]
}

#[derive(Template)]
#[template(path = "staff/dashboard.html")]
struct DashboardPage {
    page: Page,
    tasks: Vec<Task>,
    roles: Vec<String>,
}

async fn dashboard(ctx: Ctx, actor: Actor) -> PageResult {
    let roles = actor.roles.iter().map(|r| roles::words(*r)).collect();
    let now = ctx.now();
    let tasks = ctx.app().read(move |c| tasks::of(c, &actor, now)).await?;
    ctx.show(&DashboardPage { page: ctx.page("Staff"), tasks, roles })
}
