//! Debian tally sheets: the options drawn over their columns, then `V: 13-2` and a hash per ballot.
//!
//! One character per option: a hexadecimal rank, or `-` for not ranked. Text before the first ballot that is not an
//! option is prose and skipped. Old sheets are Latin-1; bytes that are not UTF-8 are read so.

use std::fmt::Write as _;

use super::ballots::{Collector, check_candidates};
use super::civs::MAX_LINES;
use super::error::{ExportError, ParseError, Position, Problem, quoted, syntax};
use super::text::{Cursor, check_bytes, check_name, digits, lines};
use super::{BallotFile, Limits};
use crate::profile::Votes;

const NAME: &str = "a Debian tally sheet";
/// Most options: ranks are one hexadecimal digit.
const MAX_OPTIONS: usize = 15;

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<BallotFile, ParseError> {
    check_bytes(bytes, limits)?;
    let latin1: String;
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(_) => {
            latin1 = bytes.iter().map(|&b| char::from(b)).collect();
            &latin1
        }
    };
    let mut file = BallotFile::default();
    let mut ballots: Option<Collector> = None;
    for (number, line) in lines(text) {
        let at = Position { line: number, column: 1 };
        if let Some(vote) = line.trim_start().strip_prefix("V:") {
            if ballots.is_none() {
                ballots = Some(Collector::new(file.candidates.len(), limits, at)?);
            }
            if let Some(ballots) = ballots.as_mut() {
                let indent = line.len() - vote.len();
                ballot(vote, Position { line: number, column: indent + 1 }, ballots)?;
            }
        } else if let Some((which, name)) = option(line) {
            if ballots.is_some() {
                return Err(syntax(at, "options stand before the first ballot"));
            }
            add(&mut file, which, name, at, limits)?;
        } else if ballots.is_some() && !line.trim().is_empty() {
            return Err(syntax(
                at,
                format!("a ballot (V: 12-) is expected here, found {}", quoted(line.trim())),
            ));
        }
    }
    if file.candidates.is_empty() {
        return Err(syntax(Position::START, "the sheet has no option lines (Option 1---->: name)"));
    }
    file.votes = vec![Votes::Ranks(ballots.map(Collector::finish).unwrap_or_default())];
    Ok(file)
}

/// `/| Option 2--->: name`: number and name.
pub(super) fn option(line: &str) -> Option<(&str, &str)> {
    let rest = line.trim_start_matches([' ', '\t', '/', '|', '\\']).strip_prefix("Option ")?;
    let (head, name) = rest.split_once(">:")?;
    let number = head.trim_end_matches('-').trim();
    digits(number).map(|_| (number, name.trim()))
}

fn add(
    file: &mut BallotFile,
    which: &str,
    name: &str,
    at: Position,
    limits: &Limits,
) -> Result<(), ParseError> {
    let expected = file.candidates.len() + 1;
    let number = digits(which).and_then(|n| usize::try_from(n).ok());
    if number.is_some_and(|n| n > 0 && n < expected) {
        return Err(Problem::DuplicateCandidate { name: quoted(which) }.at(at));
    }
    if number != Some(expected) {
        return Err(syntax(at, format!("option {expected} is expected here, found {}", quoted(which))));
    }
    check_name(name, at)?;
    check_candidates(expected, limits, at)?;
    file.candidates.push(name.to_owned());
    Ok(())
}

fn ballot(vote: &str, start: Position, ballots: &mut Collector) -> Result<(), ParseError> {
    let mut cursor = Cursor::on_line(vote, start.line);
    cursor.skip_blanks();
    let mut marks = ballots.blank(start)?;
    let ranks = cursor.take_while(|c| !c.is_whitespace());
    let lead = vote.len() - vote.trim_start().len();
    let wanted = marks.len();
    let found = ranks.chars().count();
    if found != wanted {
        let at = Position { line: start.line, column: start.column + lead };
        return Err(syntax(at, format!("ranks needed: {wanted}, one per option; found: {found}")));
    }
    for (i, (slot, c)) in marks.iter_mut().zip(ranks.chars()).enumerate() {
        let rank = c.to_digit(16).and_then(|d| i32::try_from(d).ok()).filter(|&d| d > 0);
        *slot = match (c, rank) {
            ('-', _) => 0,
            (_, Some(rank)) => rank,
            _ => {
                let at = Position { line: start.line, column: start.column + lead + i };
                return Err(syntax(
                    at,
                    format!("{} is not a rank (1 to 9, a to f) or -", quoted(&c.to_string())),
                ));
            }
        };
    }
    ballots.push(1, marks, start)
}

pub(super) fn write(file: &BallotFile) -> Result<String, ExportError> {
    let ballots = file.rankings(NAME)?;
    let n = file.candidates.len();
    let too_many = |what, limit, found| Err(ExportError::TooMany { format: NAME, what, limit, found });
    if n > MAX_OPTIONS {
        return too_many("options", 15, u64::try_from(n).unwrap_or(u64::MAX));
    }
    let cast = ballots.iter().map(|b| b.count).fold(0, u64::saturating_add);
    if cast > MAX_LINES {
        return too_many("ballots", MAX_LINES, cast);
    }
    let mut out = String::new();
    for (i, name) in file.candidates.iter().enumerate() {
        if name.trim() != name || name.contains(['\n', '\r']) {
            let reserved = "line ends and blanks around it";
            return Err(ExportError::Text { format: NAME, text: quoted(name), reserved });
        }
        let drawing = if i == 0 { "  ".to_owned() } else { format!("{}/  ", "|".repeat(i - 1)) };
        let _ = writeln!(out, "   {drawing}Option {}{}>: {name}", i + 1, "-".repeat(n - i + 1));
    }
    for (i, ballot) in ballots.iter().enumerate() {
        let mut line = String::from("V: ");
        for &mark in &ballot.marks {
            let digit = u32::try_from(mark).ok().and_then(|m| char::from_digit(m, 16));
            match (mark, digit) {
                (0, _) => line.push('-'),
                (_, Some(digit)) => line.push(digit),
                _ => return Err(ExportError::Mark { format: NAME, group: i + 1, mark: i64::from(mark) }),
            }
        }
        for _ in 0..ballot.count {
            out.push_str(&line);
            out.push('\n');
        }
    }
    Ok(out)
}
