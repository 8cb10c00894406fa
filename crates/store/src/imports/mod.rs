//! Lists of people read from files. Rows are kept as they were read, looked at (the dry run), applied in batches, and taken back
//! by the id of the import.

mod apply;

use std::collections::BTreeMap;

use diesel::dsl::{count_star, min};
use diesel::prelude::*;

use crate::Conn;
use crate::on_backend;
use crate::schema::{import_rows, imports};
use crate::types::{JsonText, PersonId, PublicId, Utc};

pub use apply::*;

crate::row_ids! {
    /// Key of an import.
    ImportId,
}

crate::text_enum! {
    /// How far an import is.
    pub enum ImportState {
        /// Read; the columns wait to be confirmed.
        Staged = "staged",
        /// Every row is being looked at.
        Checking = "checking",
        /// Looked at; waits to be applied.
        Checked = "checked",
        /// Being applied.
        Applying = "applying",
        /// Applied.
        Applied = "applied",
        /// Being taken back.
        Undoing = "undoing",
        /// Taken back.
        Undone = "undone",
        /// Thrown away before it was applied.
        Discarded = "discarded",
    }
}

crate::text_enum! {
    /// What a row amounts to.
    pub enum RowOutcome {
        /// Not looked at yet.
        Unchecked = "unchecked",
        /// Somebody who is not here yet.
        New = "new",
        /// Somebody who is here, under this very address.
        Known = "known",
        /// Looks like somebody here or earlier in the file; has to be confirmed.
        Merge = "merge",
        /// Holds nothing to import, for example the header.
        Ignored = "ignored",
        /// Cannot be imported; the note says why.
        Error = "error",
    }
}

/// An import.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Import {
    /// Key.
    pub id: ImportId,
    /// Id for addresses, and the reference of everything the import makes.
    pub public_id: PublicId,
    /// Name the file had.
    pub file_name: String,
    /// SHA-256 of the file in hex: the same file is not imported twice.
    pub sha256: String,
    /// What kind of file it is.
    pub format: String,
    /// Columns and defaults, as JSON of the program.
    pub settings: JsonText,
    /// How far it is.
    pub state: ImportState,
    /// Rows of the file.
    pub rows_total: i64,
    /// Rows done in the present state.
    pub rows_done: i64,
    /// Counts of the last finished step, as JSON of the program.
    pub outcome: JsonText,
    /// Who sent the file.
    pub created_by: PersonId,
    /// When.
    pub created_at: Utc,
    /// Last change of state.
    pub changed_at: Utc,
    /// Who had it applied.
    pub applied_by: Option<PersonId>,
    /// When that was asked for.
    pub applied_at: Option<Utc>,
}

/// What is needed to keep an import.
#[derive(Debug, Clone)]
pub struct NewImport<'a> {
    /// Id for addresses.
    pub public_id: &'a PublicId,
    /// Name of the file.
    pub file_name: &'a str,
    /// SHA-256 in hex.
    pub sha256: &'a str,
    /// What kind of file it is.
    pub format: &'a str,
    /// Columns and defaults.
    pub settings: &'a JsonText,
    /// Who sends it.
    pub created_by: PersonId,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = import_rows)]
pub struct ImportRow {
    /// Of which import.
    pub import_id: ImportId,
    /// Line of the file it begins on, from 1.
    pub line: i64,
    /// Its cells, a JSON array of texts.
    pub cells: JsonText,
    /// What it amounts to.
    pub outcome: RowOutcome,
    /// Why, in a sentence.
    pub note: String,
    /// Key of its mailbox; empty without an address.
    pub mailbox: String,
    /// It took effect.
    pub applied: bool,
    /// Whose record it matched or made.
    pub person_id: Option<PersonId>,
    /// What it made, as JSON of the program.
    pub made: JsonText,
}

/// Keeps an import without rows.
///
/// # Errors
/// A database error.
pub fn add(conn: &mut Conn, new: &NewImport<'_>, now: Utc) -> QueryResult<ImportId> {
    diesel::insert_into(imports::table)
        .values((
            imports::public_id.eq(new.public_id),
            imports::file_name.eq(new.file_name),
            imports::sha256.eq(new.sha256),
            imports::format.eq(new.format),
            imports::settings.eq(new.settings),
            imports::state.eq(ImportState::Staged),
            imports::rows_total.eq(0),
            imports::rows_done.eq(0),
            imports::outcome.eq(JsonText::of(&BTreeMap::<String, i64>::new())?),
            imports::created_by.eq(new.created_by),
            imports::created_at.eq(now),
            imports::changed_at.eq(now),
        ))
        .returning(imports::id)
        .get_result(conn)
}

/// Adds rows; their lines must be new.
///
/// # Errors
/// A unique violation for a line that is there; a database error.
pub fn add_rows(conn: &mut Conn, rows: &[ImportRow]) -> QueryResult<()> {
    for batch in rows.chunks(500) {
        on_backend!(conn, c => diesel::insert_into(import_rows::table).values(batch).execute(c))?;
    }
    Ok(())
}

/// Puts rows in the place of those with the same lines.
///
/// # Errors
/// A database error.
pub fn replace_rows(conn: &mut Conn, import: ImportId, rows: &[ImportRow]) -> QueryResult<()> {
    let lines: Vec<i64> = rows.iter().map(|r| r.line).collect();
    diesel::delete(
        import_rows::table.filter(import_rows::import_id.eq(import)).filter(import_rows::line.eq_any(lines)),
    )
    .execute(conn)?;
    add_rows(conn, rows)
}

/// The import with this public id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_public_id(conn: &mut Conn, id: &PublicId) -> QueryResult<Import> {
    imports::table.filter(imports::public_id.eq(id)).first(conn)
}

/// Imports, the latest first, at most `limit`.
///
/// # Errors
/// A database error.
pub fn latest(conn: &mut Conn, limit: i64) -> QueryResult<Vec<Import>> {
    imports::table.order(imports::id.desc()).limit(limit).load(conn)
}

/// An import of the same file that is neither undone nor discarded.
///
/// # Errors
/// A database error.
pub fn of_same_file(conn: &mut Conn, sha256: &str) -> QueryResult<Option<Import>> {
    imports::table
        .filter(imports::sha256.eq(sha256))
        .filter(imports::state.ne_all([ImportState::Undone, ImportState::Discarded]))
        .order(imports::id.desc())
        .first(conn)
        .optional()
}

/// Moves an import from one state to another, with no row done yet. False when it is in another state meanwhile.
///
/// # Errors
/// A database error.
pub fn set_state(
    conn: &mut Conn,
    id: ImportId,
    from: ImportState,
    to: ImportState,
    now: Utc,
) -> QueryResult<bool> {
    let changed = diesel::update(imports::table.find(id).filter(imports::state.eq(from)))
        .set((imports::state.eq(to), imports::rows_done.eq(0), imports::changed_at.eq(now)))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Notes who has the import applied.
///
/// # Errors
/// A database error.
pub fn set_applied_by(conn: &mut Conn, id: ImportId, by: PersonId, now: Utc) -> QueryResult<()> {
    diesel::update(imports::table.find(id))
        .set((imports::applied_by.eq(Some(by)), imports::applied_at.eq(Some(now))))
        .execute(conn)?;
    Ok(())
}

/// Changes kind and settings of an import.
///
/// # Errors
/// A database error.
pub fn set_settings(conn: &mut Conn, id: ImportId, settings: &JsonText) -> QueryResult<()> {
    diesel::update(imports::table.find(id)).set(imports::settings.eq(settings)).execute(conn)?;
    Ok(())
}

/// Notes the number of rows of the file.
///
/// # Errors
/// A database error.
pub fn set_total(conn: &mut Conn, id: ImportId, rows: i64) -> QueryResult<()> {
    diesel::update(imports::table.find(id)).set(imports::rows_total.eq(rows)).execute(conn)?;
    Ok(())
}

/// Notes how many rows of the present step are done.
///
/// # Errors
/// A database error.
pub fn set_done(conn: &mut Conn, id: ImportId, rows: i64) -> QueryResult<()> {
    diesel::update(imports::table.find(id)).set(imports::rows_done.eq(rows)).execute(conn)?;
    Ok(())
}

/// Notes the counts of a finished step.
///
/// # Errors
/// A database error.
pub fn set_outcome(conn: &mut Conn, id: ImportId, outcome: &JsonText) -> QueryResult<()> {
    diesel::update(imports::table.find(id)).set(imports::outcome.eq(outcome)).execute(conn)?;
    Ok(())
}

/// Rows after a line, in order, at most `limit`.
///
/// # Errors
/// A database error.
pub fn rows_after(conn: &mut Conn, id: ImportId, line: i64, limit: i64) -> QueryResult<Vec<ImportRow>> {
    import_rows::table
        .filter(import_rows::import_id.eq(id))
        .filter(import_rows::line.gt(line))
        .order(import_rows::line)
        .limit(limit)
        .load(conn)
}

/// Rows with an outcome after a line, in order, at most `limit`.
///
/// # Errors
/// A database error.
pub fn rows_with(
    conn: &mut Conn,
    id: ImportId,
    outcome: RowOutcome,
    line: i64,
    limit: i64,
) -> QueryResult<Vec<ImportRow>> {
    import_rows::table
        .filter(import_rows::import_id.eq(id))
        .filter(import_rows::outcome.eq(outcome))
        .filter(import_rows::line.gt(line))
        .order(import_rows::line)
        .limit(limit)
        .load(conn)
}

/// Rows that took effect, from the end of the file backwards, below a line, at most `limit`.
///
/// # Errors
/// A database error.
pub fn applied_rows_below(
    conn: &mut Conn,
    id: ImportId,
    line: i64,
    limit: i64,
) -> QueryResult<Vec<ImportRow>> {
    import_rows::table
        .filter(import_rows::import_id.eq(id))
        .filter(import_rows::applied.eq(true))
        .filter(import_rows::line.lt(line))
        .order(import_rows::line.desc())
        .limit(limit)
        .load(conn)
}

/// Number of rows for each outcome.
///
/// # Errors
/// A database error.
pub fn counts(conn: &mut Conn, id: ImportId) -> QueryResult<BTreeMap<RowOutcome, i64>> {
    let rows: Vec<(RowOutcome, i64)> = import_rows::table
        .filter(import_rows::import_id.eq(id))
        .group_by(import_rows::outcome)
        .select((import_rows::outcome, count_star()))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// For each of these mailboxes the first line of the file that has it, among rows looked at already.
///
/// # Errors
/// A database error.
pub fn first_lines(
    conn: &mut Conn,
    id: ImportId,
    mailboxes: &[String],
) -> QueryResult<BTreeMap<String, i64>> {
    let rows: Vec<(String, Option<i64>)> = import_rows::table
        .filter(import_rows::import_id.eq(id))
        .filter(import_rows::mailbox.eq_any(mailboxes))
        .group_by(import_rows::mailbox)
        .select((import_rows::mailbox, min(import_rows::line)))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(key, line)| Some((key, line?))).collect())
}

/// Removes the rows of an import that was thrown away.
///
/// # Errors
/// A database error.
pub fn forget_rows(conn: &mut Conn, id: ImportId) -> QueryResult<usize> {
    diesel::delete(import_rows::table.filter(import_rows::import_id.eq(id))).execute(conn)
}

/// Empties the cells of imports that were finished before an instant, a few imports at a time; returns how many rows. Such an
/// import can still be undone: what it made is known without the cells.
///
/// # Errors
/// A database error.
pub fn forget_cells(conn: &mut Conn, before: Utc) -> QueryResult<usize> {
    let old = imports::table
        .filter(imports::state.eq_any([
            ImportState::Applied,
            ImportState::Undone,
            ImportState::Checked,
            ImportState::Staged,
        ]))
        .filter(imports::changed_at.lt(before))
        .select(imports::id);
    diesel::update(
        import_rows::table.filter(import_rows::import_id.eq_any(old)).filter(import_rows::cells.ne("[]")),
    )
    .set((import_rows::cells.eq("[]"), import_rows::note.eq(""), import_rows::mailbox.eq("")))
    .execute(conn)
}
