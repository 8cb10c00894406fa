//! Reads a bank's CSV of incoming transfers. Banks agree on nothing, so the reader finds separator, header and columns by
//! itself, and refuses whatever could be read in two ways.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use folkmoot_governance::{Currency, Money};
use folkmoot_store::payments::bank::NewBankLine;
use ring::digest;

/// Lines read of one statement.
pub const MOST_LINES: usize = 5_000;
/// Characters kept of what the bank wrote in a line.
const MOST_WORDS: usize = 400;

/// Order of day and month in dates with slashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slashes {
    /// 31/12/2026.
    DayFirst,
    /// 12/31/2026.
    MonthFirst,
}

/// Something wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineError {
    /// Line of the file, 1 for the first.
    pub line: u64,
    /// What to do.
    pub message: String,
}

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statement {
    /// Incoming lines.
    pub lines: Vec<NewBankLine>,
    /// Outgoing lines, which concern nobody here.
    pub outgoing: usize,
}

/// Where each column is.
struct Columns {
    date: usize,
    amount: usize,
    currency: Option<usize>,
    words: Vec<usize>,
}

/// Words by which banks call their columns, in small letters.
const DATES: &[&str] =
    &["booking date", "date", "buchungstag", "datum", "booked", "posting date", "fecha", "data"];
const AMOUNTS: &[&str] = &["amount", "betrag", "credit", "montant", "importe", "bedrag", "umsatz"];
const CURRENCIES: &[&str] = &["currency", "währung", "devise", "moneda"];
const IGNORED: &[&str] = &["balance", "saldo", "iban", "bic", "account", "konto", "value date", "valuta"];

/// Reads a statement.
///
/// # Errors
/// Every line that cannot be read, with its number; then nothing is taken.
pub fn read(text: &str, currency: Currency, slashes: Slashes) -> Result<Statement, Vec<LineError>> {
    let one = |line: u64, message: &str| vec![LineError { line, message: message.to_owned() }];
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\0') {
        return Err(one(1, "This is no text. Save the statement as CSV (UTF-8) and try again."));
    }
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator(text))
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut columns = None;
    let (mut statement, mut errors) = (Statement::default(), Vec::new());
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                errors.push(LineError { line, message: "This line cannot be read as CSV.".into() });
                break;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        if record.iter().all(str::is_empty) {
            continue;
        }
        let Some(known) = &columns else {
            // Banks write a few lines of their own before the header.
            columns = header(&record);
            if columns.is_none() && line > 20 {
                return Err(one(line, NO_HEADER));
            }
            continue;
        };
        if statement.lines.len() + errors.len() >= MOST_LINES {
            errors.push(LineError {
                line,
                message: format!("At most {MOST_LINES} lines at a time; split the file."),
            });
            break;
        }
        match row(&record, known, currency, slashes) {
            Ok(None) => statement.outgoing += 1,
            Ok(Some((booked_on, amount, words))) => {
                let base = format!("{booked_on}|{}|{}|{words}", amount.minor, amount.currency);
                let nth = seen.entry(base.clone()).and_modify(|n| *n += 1).or_insert(1);
                statement.lines.push(NewBankLine {
                    line_number: i64::try_from(line).unwrap_or(i64::MAX),
                    booked_on,
                    amount_minor: amount.minor,
                    currency: amount.currency.to_string(),
                    key: key(&format!("{base}|{nth}")),
                    words,
                });
            }
            Err(message) => errors.push(LineError { line, message }),
        }
    }
    if columns.is_none() {
        return Err(one(1, NO_HEADER));
    }
    if errors.is_empty() { Ok(statement) } else { Err(errors) }
}

const NO_HEADER: &str =
    "No line names the columns. The first lines must hold names such as Date, Amount and Text.";

/// The separator that most of the first lines have most of.
fn separator(text: &str) -> u8 {
    let head: Vec<&str> = text.lines().take(30).collect();
    let count = |mark: char| head.iter().map(|line| line.matches(mark).count()).sum::<usize>();
    [(b';', ';'), (b'\t', '\t'), (b',', ',')]
        .into_iter()
        .map(|(byte, mark)| (count(mark), byte))
        .max_by_key(|(n, byte)| (*n, *byte == b';'))
        .filter(|(n, _)| *n > 0)
        .map_or(b',', |(_, byte)| byte)
}

fn header(record: &csv::StringRecord) -> Option<Columns> {
    let names: Vec<String> = record.iter().map(|cell| cell.trim_matches('"').to_lowercase()).collect();
    let find = |wanted: &[&str]| {
        let exact = wanted.iter().find_map(|w| names.iter().position(|n| n == w));
        exact.or_else(|| wanted.iter().find_map(|w| names.iter().position(|n| n.starts_with(w))))
    };
    let (date, amount, currency) = (find(DATES)?, find(AMOUNTS)?, find(CURRENCIES));
    let named = |i: usize| {
        i != date
            && i != amount
            && Some(i) != currency
            && names.get(i).is_some_and(|n| !n.is_empty() && !IGNORED.iter().any(|w| n.starts_with(w)))
    };
    Some(Columns { date, amount, currency, words: (0..names.len()).filter(|i| named(*i)).collect() })
}

type Row = (NaiveDate, Money, String);

/// One line; `None` for money that left.
fn row(
    record: &csv::StringRecord,
    columns: &Columns,
    currency: Currency,
    slashes: Slashes,
) -> Result<Option<Row>, String> {
    let cell = |i: usize| record.get(i).unwrap_or("").trim();
    let currency = match columns.currency.map(cell).filter(|c| !c.is_empty()) {
        None => currency,
        Some(code) => Currency::try_from(code.to_uppercase()).map_err(|e| format!("{e}."))?,
    };
    let booked_on = date(cell(columns.date), slashes)?;
    let Some(amount) = amount(cell(columns.amount), currency)? else { return Ok(None) };
    let words: Vec<&str> = columns.words.iter().map(|i| cell(*i)).filter(|c| !c.is_empty()).collect();
    let words: String = words
        .join(", ")
        .split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(MOST_WORDS)
        .collect();
    Ok(Some((booked_on, amount, words)))
}

fn date(text: &str, slashes: Slashes) -> Result<NaiveDate, String> {
    let with_slashes = match slashes {
        Slashes::DayFirst => ["%d/%m/%Y", "%d/%m/%y"],
        Slashes::MonthFirst => ["%m/%d/%Y", "%m/%d/%y"],
    };
    // Four digits before two: `%Y` would take a year of two digits as one of the first century.
    let found = ["%Y-%m-%d", "%d.%m.%Y", with_slashes[0], "%d.%m.%y", with_slashes[1]]
        .iter()
        .filter_map(|format| NaiveDate::parse_from_str(text, format).ok())
        .find(|day| (1990..=2200).contains(&chrono::Datelike::year(day)));
    found.ok_or_else(|| {
        let start: String = text.chars().take(20).collect();
        format!("“{start}” is not a day; days look like 2026-05-31, 31.05.2026 or 31/05/2026.")
    })
}

/// An amount; `None` when it is negative. A mark followed by exactly three digits, without another mark, could be read in two
/// ways and is refused.
pub(crate) fn amount(text: &str, currency: Currency) -> Result<Option<Money>, String> {
    let start: String = text.chars().take(20).collect();
    let wrong = || format!("“{start}” is not an amount; amounts look like 60.00 or 1.234,56.");
    let bare: String = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\'' | '’')).collect();
    let bare = bare.strip_suffix(currency.code()).unwrap_or(&bare);
    let (outgoing, digits) = match bare.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (true, rest),
        None => (false, bare.strip_prefix('+').unwrap_or(bare)),
    };
    let digits = digits.strip_suffix('+').unwrap_or(digits);
    if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',')) {
        return Err(wrong());
    }
    let last = digits.rfind(['.', ',']);
    let plain = match last {
        None => digits.to_owned(),
        Some(at) => {
            let (whole, part) = (digits.get(..at).unwrap_or(""), digits.get(at + 1..).unwrap_or(""));
            let mark = digits.get(at..=at).unwrap_or(".");
            let grouped = whole.contains(['.', ',']);
            if part.len() == 3 && (!grouped || whole.contains(mark)) && currency.places() != 3 {
                if !grouped {
                    return Err(format!(
                        "“{start}” can be read in two ways; write it with two digits after the point."
                    ));
                }
                // 1.234.567: all marks group.
                digits.chars().filter(char::is_ascii_digit).collect()
            } else if whole.contains(mark) {
                return Err(wrong());
            } else {
                let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
                format!("{whole}.{part}")
            }
        }
    };
    let money = Money::parse(&plain, currency).map_err(|_| wrong())?;
    if outgoing {
        return Ok(None);
    }
    if money.minor == 0 { Err("Nothing came with this line.".to_owned()) } else { Ok(Some(money)) }
}

fn key(text: &str) -> String {
    use std::fmt::Write as _;
    digest::digest(&digest::SHA256, text.as_bytes()).as_ref().iter().fold(String::new(), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}

/// Letters and digits alone, in capitals: how references are compared with what people and banks made of them.
#[must_use]
pub fn letters(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ok(text: &str) -> Statement {
        read(text, Currency::EUR, Slashes::DayFirst).unwrap()
    }

    #[test]
    fn statements_of_several_banks_are_read() {
        let german = "\u{feff}Konto;DE00\n\nBuchungstag;Valuta;Begünstigter;Verwendungszweck;Betrag;Währung;Saldo\n\
            31.05.2026;31.05.2026;Zoë Quill;FM-K7QX-29BD Beitrag;1.060,50;EUR;9.999,00\n\
            01.06.26;01.06.26;Miete;Juni;-700,00;EUR;9.299,00\n";
        let read = ok(german);
        assert_eq!((read.lines.len(), read.outgoing), (1, 1));
        let line = &read.lines[0];
        assert_eq!((line.amount_minor, line.currency.as_str(), line.line_number), (106_050, "EUR", 4));
        assert_eq!(line.booked_on, NaiveDate::from_ymd_opt(2026, 5, 31).unwrap());
        assert_eq!(line.words, "Zoë Quill, FM-K7QX-29BD Beitrag");
        let american = "Date,Description,Amount\n05/31/2026,\"QUILL, ZOE  FM K7QX 29BD\",\"1,060.50\"\n";
        let line = &super::read(american, Currency::USD, Slashes::MonthFirst).unwrap().lines[0];
        assert_eq!((line.amount_minor, line.booked_on.to_string().as_str()), (106_050, "2026-05-31"));
        assert!(letters(&line.words).contains(&letters("FM-K7QX-29BD")));
        let tabs = "Date\tAmount\tText\n2026-05-31\t60\tx\n2026-05-31\t60\tx\n";
        let read = ok(tabs);
        assert_eq!(read.lines.len(), 2, "the same twice on a day is two transfers");
        assert_ne!(read.lines[0].key, read.lines[1].key);
        assert_eq!(read.lines, ok(tabs).lines, "and the keys are the same when the file comes again");
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused_with_its_line() {
        let text = "Date,Amount,Text\n2026-05-31,1.234,a\n31/31/2026,60,b\n2026-05-31,sixty,c\n2026-05-31,0,d\n2026-05-31,1.2.3,e\n";
        let errors = read(text, Currency::EUR, Slashes::DayFirst).unwrap_err();
        assert_eq!(errors.iter().map(|e| e.line).collect::<Vec<_>>(), [2, 3, 4, 5, 6]);
        assert!(errors[0].message.contains("two ways"));
        for nothing in ["", "a,b,c\n1,2,3\n", "Date;Text\n2026-05-31;x\n", "Date,Amount\n\0"] {
            assert!(read(nothing, Currency::EUR, Slashes::DayFirst).is_err(), "{nothing:?}");
        }
        let many = format!("Date,Amount,Text\n{}", "2026-05-31,1.00,x\n".repeat(MOST_LINES + 1));
        assert!(read(&many, Currency::EUR, Slashes::DayFirst).is_err());
    }

    #[test]
    fn amounts_keep_every_cent() {
        let of = |text: &str| amount(text, Currency::EUR).unwrap().map(|m| m.minor);
        let cases =
            [("60", 6000), ("60.5", 6050), ("1'234.56", 123_456), ("1 234,56 EUR", 123_456), ("+0,01", 1)];
        for (text, minor) in cases {
            assert_eq!(of(text), Some(minor), "{text}");
        }
        assert_eq!(of("1.234.567"), Some(123_456_700));
        assert_eq!(of("1.234.567,89"), Some(123_456_789));
        assert_eq!(of("-60.00"), None);
        let yen = Currency::try_from("JPY".to_owned()).unwrap();
        assert_eq!(amount("6000", yen).unwrap().map(|m| m.minor), Some(6000));
        for wrong in ["", "12,345", "1,2,3", "6O.00", "60.001", "99999999999999999999"] {
            assert!(amount(wrong, Currency::EUR).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_panic(text in "(.|\n){0,300}") {
            let _ = read(&text, Currency::EUR, Slashes::DayFirst);
        }

        #[test]
        fn any_cells_are_read_or_refused_without_panic(rows in proptest::collection::vec("[-+0-9.,;/ '\u{e9}a-z]{0,30}", 0..20)) {
            let _ = read(&format!("Date;Amount;Text\n{}", rows.join("\n")), Currency::EUR, Slashes::MonthFirst);
        }
    }
}
