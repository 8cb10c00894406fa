//! Tables as files: CSV and workbooks. A text that a spreadsheet would take for a formula gets an apostrophe before it.

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use crate::output::{Cell, CellKind, Shape};

/// A file could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The CSV writer's.
    #[error("the CSV could not be made: {0}")]
    Csv(#[from] csv::Error),
    /// The workbook writer's.
    #[error("the workbook could not be made: {0}")]
    Xlsx(#[from] XlsxError),
}

/// Letters with which spreadsheets begin a formula; tab and carriage return are skipped by some of them.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A text that no spreadsheet computes. For numbers use the number.
pub fn harmless(text: &str) -> String {
    // Full-width forms of these letters begin formulas too, where a spreadsheet is set to East Asian input.
    let begins = |letter: char| FORMULA.contains(&letter) || ['＝', '＋', '－', '＠'].contains(&letter);
    if text.trim_start_matches([' ', '\n', '\u{a0}']).starts_with(begins) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// Comma-separated values after RFC 4180, UTF-8, headings first. Money is written as units and cents, `99.00`.
///
/// # Errors
/// Only when memory runs out.
pub fn csv(shape: &Shape) -> Result<Vec<u8>, ExportError> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(shape.columns.iter().map(|head| harmless(&head.name)))?;
    for row in &shape.rows {
        writer.write_record(row.iter().zip(&shape.columns).map(|(cell, head)| field(cell, head.kind)))?;
    }
    writer.into_inner().map_err(|error| ExportError::Csv(error.into_error().into()))
}

fn field(cell: &Cell, kind: CellKind) -> String {
    match (cell, kind) {
        (Cell::Integer(cents), CellKind::Money) => format!(
            "{}{}.{:02}",
            if *cents < 0 { "-" } else { "" },
            cents.unsigned_abs() / 100,
            cents.unsigned_abs() % 100
        ),
        (Cell::Integer(number), _) => number.to_string(),
        (Cell::Number(number), _) => number.to_string(),
        (Cell::Text(text), _) => harmless(text),
        (other, _) => other.words(kind),
    }
}

/// A workbook with one sheet for each table. Names of sheets are cut and numbered so that they are allowed.
///
/// # Errors
/// The workbook is larger than the format can hold.
pub fn xlsx<'a>(tables: impl IntoIterator<Item = (&'a str, &'a Shape)>) -> Result<Vec<u8>, ExportError> {
    let mut book = Workbook::new();
    // The same report gives the same bytes, whenever it is fetched.
    let epoch = rust_xlsxwriter::ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&rust_xlsxwriter::DocProperties::new().set_creation_datetime(&epoch));
    for (at, (name, shape)) in tables.into_iter().enumerate() {
        sheet(book.add_worksheet(), &sheet_name(name, at), shape)?;
    }
    Ok(book.save_to_buffer()?)
}

fn sheet_name(name: &str, at: usize) -> String {
    let kept: String = name
        .chars()
        .filter(|c| !c.is_control() && !['[', ']', ':', '*', '?', '/', '\\', '\''].contains(c))
        .take(24)
        .collect();
    let kept = kept.trim();
    format!("{} {}", at + 1, if kept.is_empty() { "Table" } else { kept })
}

fn sheet(sheet: &mut Worksheet, name: &str, shape: &Shape) -> Result<(), ExportError> {
    let bold = Format::new().set_bold();
    let money = Format::new().set_num_format("#,##0.00");
    let percent = Format::new().set_num_format("0.0\" %\"");
    sheet.set_name(name)?.set_freeze_panes(1, 0)?;
    for (at, head) in (0_u16..).zip(&shape.columns) {
        sheet.write_string_with_format(0, at, harmless(&head.name), &bold)?;
    }
    for (line, row) in (1_u32..).zip(&shape.rows) {
        for (at, (cell, head)) in (0_u16..).zip(row.iter().zip(&shape.columns)) {
            match (cell, head.kind) {
                (Cell::Empty, _) => continue,
                (Cell::Flag(flag), _) => sheet.write_boolean(line, at, *flag)?,
                (Cell::Integer(cents), CellKind::Money) => {
                    sheet.write_number_with_format(line, at, *cents as f64 / 100.0, &money)?
                }
                (Cell::Integer(number), _) => sheet.write_number(line, at, *number as f64)?,
                (Cell::Number(number), CellKind::Percent) => {
                    sheet.write_number_with_format(line, at, *number, &percent)?
                }
                (Cell::Number(number), _) => sheet.write_number(line, at, *number)?,
                // Written as text, which no spreadsheet computes; the apostrophe is for those who export it once more.
                (Cell::Text(text), _) => sheet.write_string(line, at, harmless(text))?,
                (other @ Cell::Withheld { .. }, kind) => sheet.write_string(line, at, other.words(kind))?,
            };
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::output::Output;
    use serde_json::json;

    fn shape() -> Shape {
        let output = Output::parse(json!({"kind": "download", "name": "x",
            "columns": [{"name": "=name", "kind": "text"}, {"name": "fee", "kind": "money"}, {"name": "n", "kind": "number"}],
            "rows": [["=1+1", -990, 1.5], [" @SUM(A1)", 12300, -2.0], ["a,\"b\"", null, 3.0], ["\t=2", 0, 0.0]]}));
        output.unwrap().shape().unwrap().clone()
    }

    #[test]
    fn csv_holds_no_formula() {
        let text = String::from_utf8(csv(&shape()).unwrap()).unwrap();
        assert_eq!(
            text,
            "'=name,fee,n\r\n'=1+1,-9.90,1.5\r\n' @SUM(A1),123.00,-2\r\n\"a,\"\"b\"\"\",,3\r\n'\t=2,0.00,0\r\n"
        );
    }

    #[test]
    fn every_dangerous_beginning_is_defused_and_others_are_left() {
        for text in ["=1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "\n=1", "＝1", "\u{a0}=1"] {
            assert!(harmless(text).starts_with('\''), "{text:?}");
        }
        for text in ["", "a=1", "1-2", "'x", "é"] {
            assert_eq!(harmless(text), text);
        }
    }

    #[test]
    fn a_workbook_is_a_zip_without_formulas_and_the_same_each_time() {
        let shape = shape();
        let one = xlsx([("a/b:c", &shape), ("", &shape)]).unwrap();
        assert_eq!(&one[..4], b"PK\x03\x04");
        assert_eq!(one, xlsx([("a/b:c", &shape), ("", &shape)]).unwrap());
    }
}
