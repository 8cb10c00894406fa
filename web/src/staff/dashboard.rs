//! The first page of the staff side: what waits for this person, and the figures they may see.

use askama::Template;
use folkmoot_store::jobs::{self, JobState};
use folkmoot_store::{Conn, Utc, accounts, approvals, audit};

use crate::auth::permission::{Action, Subject, may};
use crate::error::AppResult;
use crate::http::session::Actor;
use crate::http::when::when;
use crate::http::{Ctx, Page, PageResult};
use crate::roles;
use crate::routes::{Access, Route};
use crate::tasks::{self, Task};

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/staff", Access::May(Action::SeeStaffPages), dashboard)]
}

struct Figure {
    number: String,
    words: &'static str,
    href: &'static str,
}

#[derive(Template)]
#[template(path = "staff/dashboard.html")]
struct DashboardPage {
    page: Page,
    tasks: Vec<Task>,
    roles: Vec<String>,
    figures: Vec<Figure>,
    may_search: bool,
}

fn figures(conn: &mut Conn, actor: &Actor, now: Utc) -> AppResult<Vec<Figure>> {
    let can = |action| may(actor, action, Subject::Site).is_ok();
    let mut figures = Vec::new();
    let mut add = |number: String, words, href| figures.push(Figure { number, words, href });
    if can(Action::SeePeople) {
        add(accounts::count_persons(conn)?.to_string(), "People with an account", "/staff/people");
    }
    if can(Action::SeeRoles) {
        add(accounts::standing_grants(conn, now)?.len().to_string(), "Roles held", "/staff/roles");
        add(approvals::open(conn, now)?.len().to_string(), "Approvals waiting", "/staff/approvals");
    }
    if can(Action::ManageJobs) {
        add(jobs::count(conn, JobState::Dead)?.to_string(), "Jobs given up", "/staff/jobs");
    }
    if can(Action::ReadAuditLog) {
        let signed = audit::last_checkpoint(conn)?.map_or_else(|| "never".to_owned(), |c| when(c.at));
        add(signed, "Audit log last signed", "/staff/audit");
    }
    Ok(figures)
}

async fn dashboard(ctx: Ctx, actor: Actor) -> PageResult {
    let roles = actor.roles.iter().map(|r| roles::words(*r)).collect();
    let may_search = may(&actor, Action::SeePeople, Subject::Site).is_ok();
    let now = ctx.now();
    let (tasks, figures) =
        ctx.app().read(move |c| Ok((tasks::of(c, &actor, now)?, figures(c, &actor, now)?))).await?;
    ctx.show(&DashboardPage { page: ctx.page("Staff"), tasks, roles, figures, may_search })
}
