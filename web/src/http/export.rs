//! Lists as files: CSV for spreadsheets and JSON lines for programs, streamed page by page out of the database, so that a
//! list of any length takes little memory (requirement IO-02: no cell is taken for a formula).

use std::borrow::Cow;
use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use folkmoot_store::Conn;
use serde_json::Value;

use super::Ctx;
use super::forms::{FieldErrors, Form};
use crate::error::{AppError, AppResult};

/// Rows read at once.
pub const BATCH: i64 = 500;

/// Form of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180 with a head line, every cell in quotes, UTF-8.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

impl Format {
    /// What the buttons named `format` send: `csv` or `jsonl`.
    ///
    /// # Errors
    /// `Invalid` for anything else.
    pub fn asked(form: &Form) -> AppResult<Self> {
        match form.value("format") {
            "csv" => Ok(Self::Csv),
            "jsonl" => Ok(Self::JsonLines),
            _ => Err(FieldErrors::one("format", "Choose CSV or JSON lines.").into()),
        }
    }

    const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::JsonLines => "application/x-ndjson",
        }
    }

    const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
        }
    }

    fn head(self, columns: &[&str]) -> AppResult<Vec<u8>> {
        match self {
            Self::Csv => line(columns.iter().map(|c| Cow::Borrowed(*c))),
            Self::JsonLines => Ok(Vec::new()),
        }
    }

    fn row(self, columns: &[&str], row: Vec<Value>) -> AppResult<Vec<u8>> {
        match self {
            Self::Csv => line(row.iter().map(cell)),
            Self::JsonLines => {
                let object: serde_json::Map<String, Value> =
                    columns.iter().map(|c| (*c).to_owned()).zip(row).collect();
                let mut text = serde_json::to_vec(&object).map_err(AppError::internal)?;
                text.push(b'\n');
                Ok(text)
            }
        }
    }
}

fn line<'a>(cells: impl Iterator<Item = Cow<'a, str>>) -> AppResult<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for cell in cells {
        writer.write_field(cell.as_bytes()).map_err(AppError::internal)?;
    }
    writer.write_record(None::<&[u8]>).map_err(AppError::internal)?;
    writer.into_inner().map_err(|e| AppError::internal(e.to_string()))
}

fn cell(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => Cow::Borrowed(""),
        Value::String(text) => harmless(text),
        // Numbers and truth values are ours; lists and objects begin with a bracket.
        other => Cow::Owned(other.to_string()),
    }
}

/// A text no spreadsheet takes for a formula: an apostrophe goes before the characters that begin one.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    // Some programs drop white space before they look, and take the wide forms of the signs for the plain ones.
    let first = text.trim_start_matches([' ', '\u{a0}', '\u{feff}', '\u{3000}']).chars().next();
    match first {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '|' | '%' | '＝' | '＋' | '－' | '＠') => {
            Cow::Owned(format!("'{text}"))
        }
        _ => Cow::Borrowed(text),
    }
}

/// One page of rows, and where the next one begins; `None` after the last.
pub type Rows = (Vec<Vec<Value>>, Option<i64>);

/// The list as a download. `rows` is called with `None` for the first page and then with what the page before told.
///
/// # Errors
/// `Internal` when the head cannot be written. A failure later breaks the download off, so that nobody takes half a list
/// for a whole one.
pub fn download(
    ctx: &Ctx,
    name: &str,
    format: Format,
    columns: &'static [&'static str],
    rows: impl Fn(&mut Conn, Option<i64>) -> AppResult<Rows> + Send + Sync + 'static,
) -> AppResult<HttpResponse> {
    enum Next {
        Page(Option<i64>),
        Nothing,
    }
    let day = ctx.now().datetime().format("%Y-%m-%d");
    let file = format!("attachment; filename=\"{name}-{day}.{}\"", format.ending());
    let (app, rows, head) = (ctx.app().clone(), Arc::new(rows), format.head(columns)?);
    let body = futures_util::stream::unfold((Some(head), Next::Page(None)), move |(head, next)| {
        let (app, rows) = (app.clone(), rows.clone());
        async move {
            if let Some(head) = head.filter(|h| !h.is_empty()) {
                return Some((Ok(web::Bytes::from(head)), (None, next)));
            }
            let Next::Page(after) = next else { return None };
            let step = app.read(move |c| {
                let (found, next) = rows(c, after)?;
                let mut text = Vec::new();
                for row in found {
                    text.append(&mut format.row(columns, row)?);
                }
                Ok((text, next))
            });
            match step.await {
                Ok((text, next)) => {
                    let next = next.map_or(Next::Nothing, |at| Next::Page(Some(at)));
                    Some((Ok(web::Bytes::from(text)), (None, next)))
                }
                Err(error) => Some((Err(error), (None, Next::Nothing))),
            }
        }
    });
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, format.media_type()))
        .insert_header((header::CONTENT_DISPOSITION, file))
        .streaming(Box::pin(body)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_taken_for_a_formula() {
        for evil in [
            "=1+1",
            "+1",
            "-1+2",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "  =1",
            "\u{a0}=1",
            "＝1",
            "|calc",
            "%0A=1",
            "=HYPERLINK(\"https://evil.example\")",
        ] {
            assert_eq!(harmless(evil), format!("'{evil}"));
        }
        for good in ["", "Ann", "a=b", "1-2", "ann+list@people.test", "'=1"] {
            assert_eq!(harmless(good), good);
        }
    }

    #[test]
    fn cells_cannot_be_left() {
        let row = vec![Value::from("a\",\n=1"), Value::from("x;=1"), Value::Null, Value::from(-5)];
        let text = Format::Csv.row(&["a", "b", "c", "d"], row).unwrap();
        assert_eq!(String::from_utf8(text).unwrap(), "\"a\"\",\n=1\",\"x;=1\",\"\",\"-5\"\r\n");
        let text = Format::JsonLines.row(&["a"], vec![Value::from("=1\n2")]).unwrap();
        assert_eq!(String::from_utf8(text).unwrap(), "{\"a\":\"=1\\n2\"}\n");
    }
}
