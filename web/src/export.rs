//! CSV files made as a whole, because their hash goes into the audit log with the fact that somebody took them. Like the lists of
//! [`crate::http::export`] they hold nothing that a spreadsheet would run (requirement IO-02).

use actix_web::HttpResponse;
use actix_web::http::header;

use crate::error::{AppError, AppResult};
use crate::http::export::harmless;

/// A file with these headings, RFC 4180, UTF-8 without mark.
///
/// # Errors
/// `Internal`, for a row that cannot be written.
pub fn csv(headings: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> AppResult<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    if !headings.is_empty() {
        writer.write_record(headings).map_err(AppError::internal)?;
    }
    for row in rows {
        writer.write_record(row.iter().map(|c| harmless(c).into_owned())).map_err(AppError::internal)?;
    }
    writer.into_inner().map_err(|e| AppError::internal(e.to_string()))
}

/// SHA-256 of a file, in hex.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    ring::digest::digest(&ring::digest::SHA256, bytes).as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

/// Answers with a CSV file to be saved. `name` is ours, never what somebody typed.
#[must_use]
pub fn answer(name: &'static str, csv: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(csv)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_of_an_export_begins_a_formula() {
        let hostile =
            ["=1+1", "+1", "-1", "@x", "\tx", "\r=x", "\n=x", " =x", "\u{a0}=x", "＝x", "＋1", "－1", "＠x"];
        let rows = hostile.iter().map(|c| vec![(*c).to_owned(), "a,\"b\"".to_owned()]);
        let file = csv(&["one", "two"], rows).unwrap();
        let text = String::from_utf8(file).unwrap();
        assert!(text.starts_with("one,two\r\n'=1+1,\"a,\"\"b\"\"\"\r\n"));
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(
            reader.records().filter(|r| r.as_ref().unwrap()[0].starts_with('\'')).count(),
            hostile.len()
        );
    }
}
