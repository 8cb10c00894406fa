//! Keeping the rows of a file as they were read.

use folkmoot_store::imports::{self, Import, ImportId, ImportRow, NewImport, RowOutcome};
use folkmoot_store::{JsonText, PersonId, PublicId, audit, memberships};
use serde_json::json;

use super::columns::detect;
use super::read::{ReadRow, Sheet};
use crate::app::App;
use crate::error::{AppError, AppResult};
use crate::http::FieldErrors;

/// Reads a file and keeps its rows, without looking at what they mean. Returns the id of the import.
///
/// # Errors
/// `Invalid` when the file is of no use; `Conflict` when the same file was imported already.
pub fn stage(
    app: &App,
    act: &audit::Act,
    file_name: &str,
    bytes: &[u8],
    by: PersonId,
) -> AppResult<PublicId> {
    let sheet = Sheet::open(bytes).map_err(|why| FieldErrors::one("file", why))?;
    let hash = ring::digest::digest(&ring::digest::SHA256, bytes);
    let sha256: String = hash.as_ref().iter().map(|b| format!("{b:02x}")).collect();
    let (now, public_id) = (app.now(), app.public_id()?);
    let classes = app.store().read(|c| Ok::<_, AppError>(memberships::classes(c)?))?;
    let first: Vec<ReadRow> = sheet.rows().filter(|r| r.problem.is_empty()).take(51).collect();
    let (format, settings) = detect(&first, &classes);
    let format = format!("{format}, {}", sheet.delimiter_words());
    let mut act = act.clone();
    act.object = format!("import {public_id}");
    act.details = json!({ "file": file_name, "sha256": sha256, "bytes": bytes.len() });
    let id = app.store().write(|c| {
        if let Some(same) = imports::of_same_file(c, &sha256)? {
            return Err(same_file(&same));
        }
        let new = NewImport {
            public_id: &public_id,
            file_name,
            sha256: &sha256,
            format: &format,
            settings: &JsonText::of(&settings)?,
            created_by: by,
        };
        let id = imports::add(c, &new, now)?;
        audit::append(c, &act, now)?;
        Ok::<_, AppError>(id)
    })?;
    let (mut total, mut batch, mut header) = (0_i64, Vec::new(), settings.header);
    for row in sheet.rows() {
        let is_header = std::mem::take(&mut header);
        batch.push(as_row(id, row, is_header)?);
        total += 1;
        if batch.len() >= 500 {
            keep(app, id, &mut batch, total)?;
        }
    }
    keep(app, id, &mut batch, total)?;
    Ok(public_id)
}

fn keep(app: &App, id: ImportId, batch: &mut Vec<ImportRow>, total: i64) -> AppResult<()> {
    app.store().write(|c| {
        imports::add_rows(c, batch)?;
        imports::set_total(c, id, total)?;
        Ok::<_, AppError>(())
    })?;
    batch.clear();
    std::thread::sleep(super::PAUSE);
    Ok(())
}

fn as_row(id: ImportId, row: ReadRow, is_header: bool) -> AppResult<ImportRow> {
    let (outcome, note) = match (is_header, row.problem) {
        (true, _) => (RowOutcome::Ignored, "The header".to_owned()),
        (false, problem) if problem.is_empty() => (RowOutcome::Unchecked, String::new()),
        (false, problem) => (RowOutcome::Error, problem),
    };
    Ok(ImportRow {
        import_id: id,
        line: row.line,
        cells: JsonText::of(&row.cells)?,
        outcome,
        note,
        mailbox: String::new(),
        applied: false,
        person_id: None,
        made: JsonText::of("")?,
    })
}

fn same_file(same: &Import) -> AppError {
    AppError::conflict(format!(
        "This very file was sent already, on {}. Undo or discard that import first, or correct the file.",
        crate::http::when::when(same.created_at)
    ))
}
