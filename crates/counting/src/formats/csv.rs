//! Our table: names in the first line, one ballot group per line, an optional first column `count`.
//!
//! Cells are ranks, points, grades or choices, as the caller says; an empty cell is 0. Names that a spreadsheet would
//! run as a formula are written with an apostrophe before them, which reading removes again.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::ballots::{Collector, check_candidates};
use super::error::{ExportError, ParseError, Position, Problem, quoted, syntax};
use super::file::{ballots_of, kind_of};
use super::text::{Cursor, check_name, decode, mark, parse_count};
use super::{BallotFile, ReadOptions};
use crate::profile::{Kind, Votes};

const NAME: &str = "CSV";
/// First characters that make a spreadsheet treat a cell as a formula, and the apostrophe that marks them.
const GUARDED: [char; 5] = ['=', '+', '-', '@', '\''];

pub(super) fn read(bytes: &[u8], options: &ReadOptions) -> Result<BallotFile, ParseError> {
    let limits = &options.limits;
    let mut cursor = Cursor::new(decode(bytes, limits)?);
    let mut names: Vec<String> = Vec::new();
    let mut seen = HashSet::new();
    let mut counted = false;
    let mut first = true;
    record(&mut cursor, |cell, at| {
        if std::mem::take(&mut first) && cell.trim().eq_ignore_ascii_case("count") {
            counted = true;
            return Ok(());
        }
        let name = unguard(&cell);
        check_name(name, at)?;
        check_candidates(names.len() + 1, limits, at)?;
        if !seen.insert(name.to_owned()) {
            return Err(Problem::DuplicateCandidate { name: quoted(name) }.at(at));
        }
        names.push(name.to_owned());
        Ok(())
    })?;
    let mut ballots = Collector::new(names.len(), limits, Position::START)?;
    while !cursor.rest().trim().is_empty() {
        row(&mut cursor, counted, &mut ballots)?;
    }
    let votes = Votes::of(options.kind, ballots.finish())
        .ok_or_else(|| syntax(Position::START, "a CSV file holds ballots, not totals"))?;
    Ok(BallotFile { candidates: names, votes: vec![votes], ..BallotFile::default() })
}

fn row(cursor: &mut Cursor<'_>, counted: bool, ballots: &mut Collector) -> Result<(), ParseError> {
    let start = cursor.at();
    if counted && ballots.candidates() == 0 {
        return Err(syntax(start, "the first line names no candidate"));
    }
    let mut marks = ballots.blank(start)?;
    let wanted = marks.len() + usize::from(counted);
    let mut count = 1;
    let mut cells = 0;
    record(cursor, |cell, at| {
        let text = cell.trim();
        if counted && cells == 0 {
            count = parse_count(text, at)?;
        } else if let Some(slot) = marks.get_mut(cells - usize::from(counted)) {
            *slot = if text.is_empty() { 0 } else { mark(text, at)? };
        } else {
            return Err(syntax(
                at,
                format!("columns needed: {wanted}, as in the first line; here is one more"),
            ));
        }
        cells += 1;
        Ok(())
    })?;
    if cells < wanted {
        return Err(syntax(start, format!("columns needed: {wanted}, as in the first line; found: {cells}")));
    }
    ballots.push(count, marks, start)
}

/// Reads one record and its line end.
fn record(
    cursor: &mut Cursor<'_>,
    mut cell: impl FnMut(String, Position) -> Result<(), ParseError>,
) -> Result<(), ParseError> {
    loop {
        let at = cursor.at();
        let text = if cursor.eat('"') { quoted_cell(cursor, at)? } else { bare_cell(cursor)? };
        cell(text, at)?;
        if cursor.eat(',') {
            continue;
        }
        cursor.eat('\r');
        if cursor.peek().is_none() || cursor.eat('\n') {
            return Ok(());
        }
        return cursor
            .error(format!("a comma or the end of the line is expected here, found {}", cursor.found()));
    }
}

fn bare_cell(cursor: &mut Cursor<'_>) -> Result<String, ParseError> {
    let text = cursor.take_while(|c| !matches!(c, ',' | '\n' | '\r' | '"')).to_owned();
    if cursor.peek() == Some('"') {
        return cursor
            .error("a quotation mark inside a cell: put the whole cell in quotation marks and double it");
    }
    Ok(text)
}

fn quoted_cell(cursor: &mut Cursor<'_>, at: Position) -> Result<String, ParseError> {
    let mut text = String::new();
    loop {
        text.push_str(cursor.take_while(|c| c != '"'));
        if !cursor.eat('"') {
            return Err(syntax(at, "the cell is not closed with a quotation mark"));
        }
        if !cursor.eat('"') {
            return Ok(text);
        }
        text.push('"');
    }
}

fn unguard(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(GUARDED) => rest,
        _ => cell,
    }
}

pub(super) fn write(file: &BallotFile) -> Result<String, ExportError> {
    let votes = file.votes.first().ok_or(ExportError::Kind { format: NAME, kind: "no ballots" })?;
    if kind_of(votes) == Kind::Totals {
        return Err(ExportError::Kind { format: NAME, kind: Kind::Totals.key() });
    }
    let mut out = String::from("count");
    for name in &file.candidates {
        if name.chars().any(char::is_control) {
            return Err(ExportError::Text {
                format: NAME,
                text: quoted(name),
                reserved: "control characters",
            });
        }
        let guard = if name.starts_with(GUARDED) { "'" } else { "" };
        let _ = write!(out, ",\"{guard}{}\"", name.replace('"', "\"\""));
    }
    out.push('\n');
    for (i, ballot) in ballots_of(votes).iter().enumerate() {
        let _ = write!(out, "{}", ballot.count);
        for &mark in &ballot.marks {
            match mark {
                ..0 => return Err(ExportError::Mark { format: NAME, group: i + 1, mark: i64::from(mark) }),
                0 => out.push(','),
                _ => {
                    let _ = write!(out, ",{mark}");
                }
            }
        }
        out.push('\n');
    }
    Ok(out)
}
