//! The contact form and the inbox of staff behind it.

mod inbox;
mod mail;
mod write;

#[cfg(test)]
mod tests;

use folkmoot_store::Conn;
use folkmoot_store::contact;

use crate::auth::permission::{Action, Subject, may};
use crate::error::AppResult;
use crate::http::session::Actor;
use crate::routes::{Access, Route};
use crate::tasks::Task;

/// Routes of the contact form.
#[must_use]
pub fn routes() -> Vec<Route> {
    let staff = Access::May(Action::AnswerContact);
    vec![
        Route::get("/contact", Access::Public, write::form),
        Route::post("/contact", Access::Public, write::send),
        Route::get("/staff/contact", staff, inbox::list),
        Route::get("/staff/contact/{message}", staff, inbox::one),
        Route::post("/staff/contact/{message}/reply", staff, inbox::reply),
        Route::post("/staff/contact/{message}/state", staff, inbox::state),
    ]
}

/// Staff are reminded of messages nobody looked at.
///
/// # Errors
/// A database error.
pub fn tasks(conn: &mut Conn, actor: &Actor, _now: folkmoot_store::Utc) -> AppResult<Vec<Task>> {
    if may(actor, Action::AnswerContact, Subject::Site).is_err() {
        return Ok(Vec::new());
    }
    let text = match contact::count_new(conn)? {
        0 => return Ok(Vec::new()),
        1 => "Answer 1 new message".to_owned(),
        n => format!("Answer {n} new messages"),
    };
    Ok(vec![Task { text, href: "/staff/contact".into(), hint: String::new(), due: None }])
}
