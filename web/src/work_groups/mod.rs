//! Work groups: charter, requests to join, reports and their reminders. Members and terms are those of any body.

mod charter;
mod join;
mod mail;
mod reports;
#[cfg(test)]
mod tests;

use folkmoot_store::accounts::PersonState;
use folkmoot_store::bodies::{self, Body, MemberRole};
use folkmoot_store::work_groups::{self, JoinState};
use folkmoot_store::{Conn, PersonId, Utc, accounts};
use serde_json::{Value, json};

use crate::error::{AppError, AppResult};
use crate::http::session::Actor;
use crate::meetings::leads;
use crate::routes::Route;
use crate::tasks::Task;

pub use reports::RemindReports;

/// Routes of this folder.
#[must_use]
pub fn routes() -> Vec<Route> {
    [charter::routes(), join::routes(), reports::routes()].into_iter().flatten().collect()
}

/// The body, for its chair, deputies and staff.
fn led(conn: &mut Conn, slug: &str, actor: &Actor, now: Utc) -> AppResult<Body> {
    let body = bodies::by_slug(conn, slug)?;
    if leads(conn, &body, actor, now)? {
        return Ok(body);
    }
    Err(AppError::forbidden("Only the chair, a deputy and staff do this."))
}

/// Chair and deputies of today whose accounts are open; every member when there are none.
fn officers(conn: &mut Conn, body: &Body, now: Utc) -> AppResult<Vec<PersonId>> {
    let sitting = bodies::sitting(conn, body.id, now.datetime().date_naive())?;
    let lead: Vec<PersonId> =
        sitting.iter().filter(|m| m.role != MemberRole::Member).map(|m| m.person_id).collect();
    let people = if lead.is_empty() { sitting.iter().map(|m| m.person_id).collect() } else { lead };
    let found = accounts::persons_with(conn, &people)?;
    Ok(found.into_iter().filter(|p| p.state == PersonState::Active).map(|p| p.id).collect())
}

/// Requests that wait and reports that are due, for chairs and deputies.
///
/// # Errors
/// A database error.
pub fn tasks(conn: &mut Conn, actor: &Actor, now: Utc) -> AppResult<Vec<Task>> {
    let today = now.datetime().date_naive();
    let mut tasks = Vec::new();
    for (seat, body) in bodies::seats_of(conn, actor.person)? {
        if seat.role == MemberRole::Member || !seat.sits_on(today) {
            continue;
        }
        let waiting = work_groups::requests_of(conn, body.id, 100)?;
        let waiting = waiting.iter().filter(|r| r.state == JoinState::Waiting).count();
        if waiting > 0 {
            let what = if waiting == 1 { "request" } else { "requests" };
            tasks.push(Task {
                text: format!("Decide {waiting} {what} to join {}", body.name),
                href: format!("/bodies/{}/requests", body.slug),
                hint: String::new(),
                due: None,
            });
        }
        for report in work_groups::reports_of(conn, body.id, 20)? {
            if report.submitted_at.is_none() && reports::is_near(report.due_on, today) {
                tasks.push(Task {
                    text: format!("Give the report of {}", body.name),
                    href: format!("/bodies/{}/reports/{}", body.slug, report.id),
                    hint: format!("Due on {}.", crate::bodies::words(report.due_on)),
                    due: None,
                });
            }
        }
    }
    Ok(tasks)
}

/// What a person asked to join, for the download of their own data.
///
/// # Errors
/// A database error.
pub fn own_data(conn: &mut Conn, person: PersonId, _now: Utc) -> AppResult<Value> {
    let mut lines = Vec::new();
    for request in work_groups::requests_by(conn, person)? {
        let body = bodies::by_id(conn, request.body_id)?.name;
        lines.push(json!({ "body": body, "text": request.text, "state": request.state, "note": request.note,
                           "at": request.created_at.to_string() }));
    }
    Ok(Value::Array(lines))
}
