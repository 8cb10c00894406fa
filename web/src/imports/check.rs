//! The dry run: what each row would do.

use std::collections::BTreeMap;

use folkmoot_store::imports::{self, Import, ImportRow, ImportState, RowOutcome};
use folkmoot_store::memberships::Class;
use folkmoot_store::people::mailbox_key;
use folkmoot_store::{Conn, JsonText};

use super::columns::Settings;
use super::row::{Row, understand};
use super::{BATCH, Batch, settings_of};
use crate::app::App;
use crate::error::{AppError, AppResult};

/// Looks at the next rows.
pub(super) fn batch(app: &App, import: &Import, classes: &[Class]) -> AppResult<Batch> {
    let (settings, now) = (settings_of(import)?, app.now());
    app.store().write(|c| {
        let rows = imports::rows_with(c, import.id, RowOutcome::Unchecked, 0, BATCH)?;
        let done = import.rows_done + i64::try_from(rows.len()).unwrap_or(0);
        let last = i64::try_from(rows.len()).is_ok_and(|n| n < BATCH);
        let looked = look(c, import, rows, &settings, classes, now)?;
        imports::replace_rows(c, import.id, &looked)?;
        imports::set_done(c, import.id, done)?;
        if last {
            let counts = imports::counts(c, import.id)?;
            imports::set_outcome(c, import.id, &JsonText::of(&by_name(&counts))?)?;
            imports::set_state(c, import.id, ImportState::Checking, ImportState::Checked, now)?;
            return Ok::<_, AppError>(Batch::Last);
        }
        Ok(Batch::More(0))
    })
}

/// Counts under the names of their outcomes.
pub(super) fn by_name(counts: &BTreeMap<RowOutcome, i64>) -> BTreeMap<&'static str, i64> {
    counts.iter().map(|(outcome, n)| (outcome.as_str(), *n)).collect()
}

fn look(
    conn: &mut Conn,
    import: &Import,
    rows: Vec<ImportRow>,
    settings: &Settings,
    classes: &[Class],
    now: folkmoot_store::Utc,
) -> AppResult<Vec<ImportRow>> {
    let mut understood: Vec<(ImportRow, Option<Row>)> = Vec::with_capacity(rows.len());
    for mut row in rows {
        let cells: Vec<String> = row.cells.parse()?;
        match understand(&cells, settings, classes, now) {
            Ok(Some(what)) => {
                row.mailbox = mailbox_key(what.email.as_str());
                understood.push((row, Some(what)));
            }
            Ok(None) => {
                (row.outcome, row.note) = (RowOutcome::Ignored, "Empty".into());
                understood.push((row, None));
            }
            Err(why) => {
                (row.outcome, row.note) = (RowOutcome::Error, why);
                understood.push((row, None));
            }
        }
    }
    let emails: Vec<String> =
        understood.iter().filter_map(|(_, w)| w.as_ref()).map(|w| w.email.as_str().to_owned()).collect();
    let mailboxes: Vec<String> =
        understood.iter().map(|(r, _)| r.mailbox.clone()).filter(|m| !m.is_empty()).collect();
    let owners = imports::owners(conn, &emails)?;
    let alike = imports::people_with_keys(conn, &mailboxes)?;
    let mut first_lines = imports::first_lines(conn, import.id, &mailboxes)?;
    for (row, what) in &mut understood {
        let Some(what) = what else { continue };
        let lookup = folkmoot_store::accounts::address_lookup(what.email.as_str());
        let earlier = first_lines.get(&row.mailbox).copied().filter(|line| *line < row.line);
        first_lines.entry(row.mailbox.clone()).or_insert(row.line);
        (row.outcome, row.note) = match (owners.get(&lookup), earlier, alike.get(&row.mailbox)) {
            (_, Some(line), _) => (RowOutcome::Merge, format!("The same mailbox as in line {line}")),
            (Some(owner), None, _) => {
                row.person_id = Some(*owner);
                (RowOutcome::Known, String::new())
            }
            (None, None, Some(other)) => {
                row.person_id = Some(*other);
                (RowOutcome::Merge, "The same mailbox as somebody here, written differently".into())
            }
            (None, None, None) if what.name.is_empty() => (RowOutcome::New, "No name".into()),
            (None, None, None) => (RowOutcome::New, String::new()),
        };
    }
    Ok(understood.into_iter().map(|(row, _)| row).collect())
}
