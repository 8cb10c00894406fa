//! Taking an import back, row by row from the end.

use folkmoot_store::audit::{self, Act};
use folkmoot_store::imports::{self, Added, Import, ImportState, TakenBack};
use folkmoot_store::{Conn, JsonText, Utc};
use serde_json::json;

use super::apply::Made;
use super::history;
use super::{BATCH, Batch};
use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::membership::dues;

/// Takes back the next rows below `line`.
pub(super) fn batch(app: &App, import: &Import, line: i64) -> AppResult<Batch> {
    let now = app.now();
    app.store().write(|c| {
        let mut rows = imports::applied_rows_below(c, import.id, line, BATCH)?;
        let Some(end) = rows.last().map(|r| r.line) else {
            finish(c, import, now)?;
            return Ok::<_, AppError>(Batch::Last);
        };
        let mut removed = Vec::new();
        for row in &mut rows {
            let made: Made = row.made.parse()?;
            let Some(person) = row.person_id else { continue };
            let source = (import.id, import.public_id.as_str());
            if let Some(payment) = made.payment {
                history::take_back(c, payment, now)?;
            }
            let added = Added { person: made.person, address: made.address, affirmation: made.affirmation };
            let back = imports::take_back(c, source, person, added)?;
            if back == TakenBack::Stays {
                dues::fit_all(c, app, person, now)?;
            }
            row.applied = false;
            row.note = match (made.person, back) {
                (_, TakenBack::Removed) => {
                    removed.push(person);
                    "Taken back: the record is gone".into()
                }
                (true, TakenBack::Stays) => "The record stays: something else refers to it by now".into(),
                (false, TakenBack::Stays) => {
                    row.person_id = None;
                    "Taken back: the record was there before".into()
                }
            };
            row.made = JsonText::of(&Made::default())?;
        }
        for row in rows.iter_mut().filter(|r| r.person_id.is_some_and(|p| removed.contains(&p))) {
            row.person_id = None;
        }
        let done = import.rows_done + i64::try_from(rows.len()).unwrap_or(0);
        imports::replace_rows(c, import.id, &rows)?;
        imports::set_done(c, import.id, done)?;
        Ok(Batch::More(end))
    })
}

fn finish(conn: &mut Conn, import: &Import, now: Utc) -> AppResult<()> {
    if !imports::set_state(conn, import.id, ImportState::Undoing, ImportState::Undone, now)? {
        return Ok(());
    }
    let act = Act {
        actor: None,
        action: "import.undone",
        object: format!("import {}", import.public_id),
        details: json!({ "rows": import.rows_done }),
        reference: "import.go_on".into(),
    };
    audit::append(conn, &act, now)?;
    Ok(())
}
