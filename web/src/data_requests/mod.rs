//! Requests about data: of people about their own, of voting members about the list of members. Each has a day by which it is
//! answered; staff decide; the person is told. Erasure needs two members of staff (requirement AZ-02).

mod erase;
mod inspect;
mod inspect_staff;
mod mail;
mod own;
mod staff;

#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
pub(crate) use tests::members as members_for_tests;

use folkmoot_store::data_requests::{self, InspectionRequest, PrivacyKind, PrivacyRequest, RequestState};
use folkmoot_store::{Conn, PersonId, PublicId, Utc, accounts::Person};
use serde_json::{Value, json};

use crate::auth::permission::{Action, Subject, may};
use crate::error::{AppError, AppResult};
use crate::http::session::Actor;
use crate::http::when::when;
use crate::people::timeline::Event;
use crate::routes::Route;
use crate::tasks::Task;

pub use erase::ErasePerson;
pub(crate) use inspect::CONDITIONS;

/// Days in which a request about one's own data is answered: a month, by the law of most members.
const PRIVACY_DAYS: i64 = 30;
/// Days in which the list of members is served.
const INSPECTION_DAYS: i64 = 5;
/// Days for which the list can be downloaded.
const DOWNLOAD_DAYS: i64 = 14;

/// Routes of this folder.
#[must_use]
pub fn routes() -> Vec<Route> {
    [own::routes(), staff::routes(), inspect::routes(), inspect_staff::routes()]
        .into_iter()
        .flatten()
        .collect()
}

fn kind_words(kind: PrivacyKind) -> &'static str {
    match kind {
        PrivacyKind::Access => "A copy of my data",
        PrivacyKind::Correction => "Correction of my data",
        PrivacyKind::Erasure => "Erasure of my data",
        PrivacyKind::Objection => "Objection to a use of my data",
    }
}

fn state_words(state: RequestState) -> (&'static str, &'static str) {
    match state {
        RequestState::Open => ("Waits for an answer", "warn"),
        RequestState::Granted => ("Granted", "good"),
        RequestState::Refused => ("Refused", "bad"),
        RequestState::Withdrawn => ("Taken back", ""),
    }
}

/// A request as lists show it.
struct Line {
    href: String,
    words: &'static str,
    who: String,
    at: String,
    due: String,
    late: bool,
    state: &'static str,
    tag: &'static str,
    message: String,
    answer: String,
    decided: String,
}

fn privacy_line(r: &PrivacyRequest, who: &str, now: Utc) -> Line {
    let (state, tag) = state_words(r.state);
    Line {
        href: format!("/staff/privacy/{}", r.public_id),
        words: kind_words(r.kind),
        who: who.to_owned(),
        at: when(r.created_at),
        due: when(r.due_at),
        late: r.state == RequestState::Open && r.due_at < now,
        state,
        tag,
        message: r.message.clone(),
        answer: r.answer.clone(),
        decided: r.decided_at.map(when).unwrap_or_default(),
    }
}

fn inspection_line(r: &InspectionRequest, who: &str, now: Utc) -> Line {
    let (state, tag) = state_words(r.state);
    Line {
        href: format!("/staff/list-requests/{}", r.public_id),
        words: "The list of members",
        who: who.to_owned(),
        at: when(r.created_at),
        due: when(r.due_at),
        late: r.state == RequestState::Open && r.due_at < now,
        state,
        tag,
        message: r.purpose.clone(),
        answer: r.answer.clone(),
        decided: r.decided_at.map(when).unwrap_or_default(),
    }
}

fn id_in(path: &str) -> AppResult<PublicId> {
    PublicId::parse(path).ok_or_else(AppError::not_found)
}

/// Names of these people, in the same order.
fn names(conn: &mut Conn, ids: &[PersonId]) -> AppResult<Vec<String>> {
    let people = folkmoot_store::accounts::persons_with(conn, ids)?;
    let name = |id: &PersonId| people.iter().find(|p| p.id == *id).map(|p| p.preferred_name.clone());
    Ok(ids.iter().map(|id| name(id).unwrap_or_default()).collect())
}

/// Staff are reminded of requests that wait, with their day.
///
/// # Errors
/// A database error.
pub fn tasks(conn: &mut Conn, actor: &Actor, _: Utc) -> AppResult<Vec<Task>> {
    if may(actor, Action::AnswerRequests, Subject::Site).is_err() {
        return Ok(Vec::new());
    }
    let mut tasks = Vec::new();
    for r in data_requests::privacy_requests_in(conn, true, 20)? {
        tasks.push(Task {
            text: format!("Answer a request: {}", kind_words(r.kind).to_lowercase()),
            href: format!("/staff/privacy/{}", r.public_id),
            hint: String::new(),
            due: Some(r.due_at),
        });
    }
    for r in data_requests::inspection_requests_in(conn, true, 20)? {
        tasks.push(Task {
            text: "Serve a request for the list of members".into(),
            href: format!("/staff/list-requests/{}", r.public_id),
            hint: String::new(),
            due: Some(r.due_at),
        });
    }
    Ok(tasks)
}

/// The section of the download of one's data.
///
/// # Errors
/// A database error.
pub fn own_data(conn: &mut Conn, person: PersonId, _: Utc) -> AppResult<Value> {
    let privacy: Vec<Value> = data_requests::privacy_requests_of(conn, person)?
        .into_iter()
        .map(|r| json!({ "for": r.kind, "message": r.message, "sent_at": r.created_at, "state": r.state, "answer": r.answer }))
        .collect();
    let lists: Vec<Value> = data_requests::inspection_requests_of(conn, person)?
        .into_iter()
        .map(|r| json!({ "purpose": r.purpose, "sent_at": r.created_at, "state": r.state, "answer": r.answer }))
        .collect();
    Ok(json!({ "about_own_data": privacy, "about_the_list_of_members": lists }))
}

/// Requests in the timeline of a person.
///
/// # Errors
/// A database error.
pub fn events(conn: &mut Conn, person: &Person, actor: &Actor) -> AppResult<Vec<Event>> {
    if may(actor, Action::AnswerRequests, Subject::Site).is_err() {
        return Ok(Vec::new());
    }
    let mut events = Vec::new();
    for r in data_requests::privacy_requests_of(conn, person.id)? {
        let href = format!("/staff/privacy/{}", r.public_id);
        let words = kind_words(r.kind);
        events.push(Event::new(r.created_at, format!("Asked: {words}")).at_page(href.clone()));
        if let Some(at) = r.decided_at {
            let text = format!("{words}: {}", state_words(r.state).0.to_lowercase());
            events.push(Event::new(at, text).by(r.decided_by).at_page(href));
        }
    }
    for r in data_requests::inspection_requests_of(conn, person.id)? {
        let href = format!("/staff/list-requests/{}", r.public_id);
        events.push(Event::new(r.created_at, "Asked for the list of members").at_page(href.clone()));
        for d in data_requests::downloads_of(conn, r.id)? {
            let text = format!("Downloaded the list of {} members", d.entries);
            events.push(Event::new(d.at, text).at_page(href.clone()));
        }
    }
    Ok(events)
}
