//! From the bytes of a file to rows of cells. Nothing is guessed away: what cannot be read is a row with a problem, so that every
//! line of a hostile or broken file is answered (requirement IO-01). Memory is bounded by the size of the file.

use serde_json::{Map, Value};

/// Largest file, in bytes.
pub const MOST_BYTES: usize = 32 * 1024 * 1024;
/// Largest JSON file, in bytes: it is taken apart as a whole.
const MOST_JSON: usize = 4 * 1024 * 1024;
/// Most rows of a file.
pub const MOST_ROWS: usize = 200_000;
/// Most cells of a row.
pub const MOST_CELLS: usize = 60;
/// Longest cell, in characters.
const MOST_CELL: usize = 500;

/// A row as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadRow {
    /// Line it begins on, from 1; of JSON, the number of the element.
    pub line: i64,
    /// Its cells without white space around them.
    pub cells: Vec<String>,
    /// Why it cannot be used; empty when it can.
    pub problem: String,
}

/// A file taken apart.
#[derive(Debug)]
pub struct Sheet {
    text: String,
    delimiter: u8,
    json: Option<Vec<ReadRow>>,
}

impl Sheet {
    /// Decodes a file: UTF-8, or UTF-16 with its mark; comma, semicolon, tab or bar between cells; any line ends.
    ///
    /// # Errors
    /// A sentence for the form, when the file as a whole is of no use.
    pub fn open(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > MOST_BYTES {
            return Err("The file is larger than 32 MiB. Split it.".into());
        }
        let text = decode(bytes);
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        if text.trim().is_empty() {
            return Err("The file is empty.".into());
        }
        if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
            return Err("This is a spreadsheet. Save it as CSV (UTF-8) and send that file.".into());
        }
        if text.trim_start().starts_with(['[', '{']) {
            let json = Some(from_json(&text)?);
            return Ok(Self { text: String::new(), delimiter: b',', json });
        }
        let (text, delimiter) = delimiter(text);
        Ok(Self { text, delimiter, json: None })
    }

    /// The rows in order. After [`MOST_ROWS`] one more row says that the rest is left out.
    pub fn rows(&self) -> Box<dyn Iterator<Item = ReadRow> + '_> {
        if let Some(rows) = &self.json {
            return Box::new(rows.iter().cloned());
        }
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter)
            .from_reader(self.text.as_bytes());
        let rows = reader.into_records().enumerate().map_while(|(at, record)| {
            let Ok(record) = record else { return None };
            let line = record.position().map_or(0, |p| self.line_of(p));
            if at > MOST_ROWS {
                return None;
            }
            if at == MOST_ROWS {
                let problem = format!("Only the first {MOST_ROWS} rows are read. Split the file.");
                return Some(ReadRow { line, cells: Vec::new(), problem });
            }
            Some(row(line, record.iter()))
        });
        Box::new(rows)
    }

    /// Line of a record. The reader names the place where it began to look, which is before empty lines.
    fn line_of(&self, position: &csv::Position) -> i64 {
        let from = usize::try_from(position.byte()).unwrap_or(usize::MAX);
        let rest = self.text.as_bytes().get(from..).unwrap_or_default();
        let empty = rest.iter().take_while(|b| **b == b'\n').count();
        i64::try_from(position.line()).unwrap_or(0) + i64::try_from(empty).unwrap_or(0)
    }

    /// What stands between cells.
    #[must_use]
    pub fn delimiter_words(&self) -> &'static str {
        match (self.json.is_some(), self.delimiter) {
            (true, _) => "JSON",
            (_, b';') => "CSV with semicolons",
            (_, b'\t') => "CSV with tabs",
            (_, b'|') => "CSV with bars",
            _ => "CSV with commas",
        }
    }
}

/// Text of the file; what is not text becomes U+FFFD, which no cell may hold.
fn decode(bytes: &[u8]) -> String {
    let units = |pair: fn([u8; 2]) -> u16, rest: &[u8]| -> String {
        let words = rest.chunks(2).map(|c| match c {
            [a, b] => pair([*a, *b]),
            _ => 0xfffd,
        });
        char::decode_utf16(words).map(|c| c.unwrap_or('\u{fffd}')).collect()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => units(u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => units(u16::from_be_bytes, rest),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// What stands between cells: said by a first line `sep=;`, else what is most frequent in the first line.
fn delimiter(text: String) -> (String, u8) {
    let first = text.trim_start_matches('\n').lines().next().unwrap_or("");
    if let Some(said) = first.strip_prefix("sep=")
        && let [one] = said.as_bytes()
        && one.is_ascii()
    {
        let one = *one;
        // The line stays as an empty one, so that the numbers of the others are right.
        return (text.replacen(first, "", 1), one);
    }
    let (mut counts, mut quoted) = ([0_usize; 4], false);
    const MARKS: [char; 4] = [',', ';', '\t', '|'];
    for c in first.chars().take(4_000) {
        if c == '"' {
            quoted = !quoted;
        } else if let Some(at) = MARKS.iter().position(|m| *m == c).filter(|_| !quoted)
            && let Some(count) = counts.get_mut(at)
        {
            *count += 1;
        }
    }
    let best =
        counts.iter().enumerate().max_by_key(|(at, n)| (**n, usize::MAX - at)).filter(|(_, n)| **n > 0);
    let mark = best.and_then(|(at, _)| MARKS.get(at)).copied().unwrap_or(',');
    (text, u8::try_from(mark).unwrap_or(b','))
}

fn row<'a>(line: i64, sent: impl Iterator<Item = &'a str>) -> ReadRow {
    let (mut cells, mut problem) = (Vec::new(), String::new());
    let mut note = |words: String| {
        if problem.is_empty() {
            problem = words;
        }
    };
    for (at, cell) in sent.enumerate() {
        let number = at + 1;
        if at >= MOST_CELLS {
            note(format!("The row has more than {MOST_CELLS} cells."));
            break;
        }
        let cell = cell.trim();
        let length = cell.chars().count();
        if cell.contains('\0') {
            note("The row holds a NUL character. The file may be UTF-16 without its mark: save it as CSV (UTF-8).".into());
        } else if cell.contains('\u{fffd}') {
            note("The row is not UTF-8. Save the file as CSV (UTF-8).".into());
        } else if length > MOST_CELL {
            note(format!(
                "Cell {number} has {length} characters; at most {MOST_CELL} are read. Is a quotation mark left open?"
            ));
        } else if cell.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            note(format!("Cell {number} holds control characters."));
        }
        let kept: String = cell
            .chars()
            .filter(|c| !c.is_control() && *c != '\u{fffd}')
            .take(MOST_CELL.min(length))
            .collect();
        cells.push(if length > MOST_CELL { kept.chars().take(60).collect() } else { kept });
    }
    ReadRow { line, cells, problem }
}

/// A list of objects, such as a roster. The names of their values become the header.
fn from_json(text: &str) -> Result<Vec<ReadRow>, String> {
    if text.len() > MOST_JSON {
        return Err("The JSON file is larger than 4 MiB. Split it, or send CSV.".into());
    }
    const SHAPE: &str = "The JSON must be a list of objects, for example [{\"name\": \"Ann\", \"email\": \"ann@example.org\"}].";
    let whole: Value = serde_json::from_str(text).map_err(|e| format!("The JSON cannot be read: {e}."))?;
    // Either the list itself, or the one list inside of an object.
    let list = match whole {
        Value::Array(list) => list,
        Value::Object(map) => map
            .into_iter()
            .find_map(|(_, v)| if let Value::Array(l) = v { Some(l) } else { None })
            .ok_or(SHAPE)?,
        _ => return Err(SHAPE.into()),
    };
    let objects: Vec<Map<String, Value>> = list
        .into_iter()
        .map(|v| if let Value::Object(map) = v { Ok(map) } else { Err(SHAPE.to_owned()) })
        .collect::<Result<_, _>>()?;
    let mut header: Vec<String> = Vec::new();
    for object in &objects {
        for name in object.keys() {
            if !header.contains(name) && header.len() < MOST_CELLS {
                header.push(name.clone());
            }
        }
    }
    let mut rows = vec![row(0, header.iter().map(String::as_str))];
    for (at, object) in objects.iter().enumerate() {
        let cells: Vec<String> = header
            .iter()
            .map(|name| match object.get(name) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            })
            .collect();
        rows.push(row(i64::try_from(at + 1).unwrap_or(i64::MAX), cells.iter().map(String::as_str)));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(bytes: &[u8]) -> Vec<ReadRow> {
        Sheet::open(bytes).unwrap().rows().collect()
    }

    fn cells(bytes: &[u8]) -> Vec<(i64, Vec<String>)> {
        rows(bytes).into_iter().map(|r| (r.line, r.cells)).collect()
    }

    #[test]
    fn files_of_any_program_become_the_same_rows() {
        let wanted = vec![
            (1, vec!["name".to_owned(), "email".to_owned()]),
            (2, vec!["Zoë, \"Z\"".to_owned(), "z@a.test".to_owned()]),
            (3, vec!["Bo".to_owned(), "b@a.test".to_owned()]),
        ];
        let plain = "name,email\n\"Zoë, \"\"Z\"\"\",z@a.test\n Bo , b@a.test\n";
        assert_eq!(cells(plain.as_bytes()), wanted);
        assert_eq!(cells(plain.replace('\n', "\r\n").as_bytes()), wanted);
        assert_eq!(cells(plain.replace('\n', "\r").as_bytes()), wanted);
        assert_eq!(cells(format!("\u{feff}{plain}").as_bytes()), wanted);
        let tabs = "name\temail\n\"Zoë, \"\"Z\"\"\"\tz@a.test\nBo\tb@a.test\n";
        assert_eq!(cells(tabs.as_bytes()), wanted);
        for (mark, bytes) in
            [(0xfeff_u16, u16::to_le_bytes as fn(u16) -> [u8; 2]), (0xfeff, u16::to_be_bytes)]
        {
            let wide: Vec<u8> = std::iter::once(mark).chain(plain.encode_utf16()).flat_map(bytes).collect();
            assert_eq!(cells(&wide), wanted);
        }
        assert_eq!(cells("sep=;\na;b\n".as_bytes())[0], (2, vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(cells("\"a\nb\",c\nd,e".as_bytes())[1].0, 3);
        assert_eq!(cells("a,b\n\n\nc,d".as_bytes())[1].0, 4);
    }

    #[test]
    fn every_line_of_a_hostile_file_is_answered() {
        let long = "x".repeat(10 * 1024 * 1024);
        let hostile = format!("ok,1\nnul\0,2\n{long},3\nok,4\n");
        let found = rows(hostile.as_bytes());
        assert_eq!(
            found.iter().map(|r| (r.line, r.problem.is_empty())).collect::<Vec<_>>(),
            [(1, true), (2, false), (3, false), (4, true)]
        );
        assert!(found[1].problem.contains("NUL"));
        assert!(found[2].problem.contains("10485760 characters"));
        assert_eq!(found[2].cells[0].len(), 60);
        assert!(rows(b"a,\xe9t\xe9\nb,c")[0].problem.contains("not UTF-8"));
        let open = rows(b"a,b\n\"never closed,c\nd,e\nf,g");
        assert_eq!(open.len(), 2);
        assert!(rows(&[b','; 200][..])[0].problem.contains("60 cells"));
        assert!(rows("a\u{7}b,c".as_bytes())[0].problem.contains("control"));
        for useless in [&b""[..], b"\n\n", b"\xef\xbb\xbf", b"PK\x03\x04abc", b"{\"a\":1}", b"[1,2]", b"[{"] {
            assert!(Sheet::open(useless).is_err(), "{useless:?}");
        }
    }

    #[test]
    fn a_roster_in_json_has_its_names_as_header() {
        let json =
            r#"{"fellows":[{"name":"Ann","year":2020},{"name":"Bo","status":"emeritus","year":null}]}"#;
        assert_eq!(
            cells(json.as_bytes()),
            [
                (0, vec!["name".to_owned(), "year".to_owned(), "status".to_owned()]),
                (1, vec!["Ann".to_owned(), "2020".to_owned(), String::new()]),
                (2, vec!["Bo".to_owned(), String::new(), "emeritus".to_owned()]),
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
            if let Ok(sheet) = Sheet::open(&bytes) {
                for row in sheet.rows() {
                    proptest::prop_assert!(row.cells.len() <= MOST_CELLS);
                    proptest::prop_assert!(row.cells.iter().all(|c| !c.contains('\0') && c.chars().count() <= MOST_CELL));
                }
            }
        }
    }
}
