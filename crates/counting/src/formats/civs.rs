//! Ranks as the Condorcet Internet Voting Service exports them: names in a comment, then one line of ranks per ballot.
//!
//! `-` means "no opinion", which pairwise counts of that service leave out. Our methods know no such mark: it is read
//! as not ranked, below all ranked, and a note says how many ballots that touched.

use std::collections::HashSet;

use super::ballots::{Collector, check_candidates};
use super::error::{ExportError, ParseError, Position, Problem, quoted, syntax};
use super::text::{Cursor, check_name, decode, lines, mark};
use super::{BallotFile, Limits};
use crate::profile::Votes;

const NAME: &str = "CIVS";
/// The key of the line with the names.
pub(super) const KEY: &str = "Candidates:";
/// Most ballots written, as each takes a line.
pub(super) const MAX_LINES: u64 = 1 << 20;

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<BallotFile, ParseError> {
    let text = decode(bytes, limits)?;
    let mut file = BallotFile::default();
    let mut ballots: Option<Collector> = None;
    let mut without_opinion = 0u64;
    for (number, line) in lines(text) {
        let at = Position { line: number, column: 1 };
        if line.trim().is_empty() {
            continue;
        }
        if let Some(comment) = line.strip_prefix('#') {
            if let Some(list) = comment.trim_start().strip_prefix(KEY) {
                if ballots.is_some() {
                    return Err(syntax(at, "the candidates are listed twice"));
                }
                file.candidates = names(list, at, limits)?;
                ballots = Some(Collector::new(file.candidates.len(), limits, at)?);
            }
            continue;
        }
        let Some(ballots) = ballots.as_mut() else {
            return Err(syntax(at, "the line # Candidates: A / B / C stands before the ballots"));
        };
        without_opinion += u64::from(ballot(line, number, ballots)?);
    }
    let ballots =
        ballots.ok_or_else(|| syntax(Position::START, "the line # Candidates: A / B / C is missing"))?;
    if without_opinion > 0 {
        file.notes.push(format!(
            "ballots with \"no opinion\" (-) on some candidates: {without_opinion}; read as not ranked, below all ranked"
        ));
    }
    file.votes = vec![Votes::Ranks(ballots.finish())];
    Ok(file)
}

fn names(list: &str, at: Position, limits: &Limits) -> Result<Vec<String>, ParseError> {
    let mut names = Vec::new();
    let mut seen = HashSet::new();
    for name in list.split(" / ").map(str::trim) {
        check_name(name, at)?;
        check_candidates(names.len() + 1, limits, at)?;
        if !seen.insert(name) {
            return Err(Problem::DuplicateCandidate { name: quoted(name) }.at(at));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

/// One ballot; true when it ranks some candidates and has no opinion on others.
fn ballot(line: &str, number: usize, ballots: &mut Collector) -> Result<bool, ParseError> {
    let mut cursor = Cursor::on_line(line, number);
    let start = cursor.at();
    let mut marks = ballots.blank(start)?;
    let wanted = marks.len();
    let mut cells = 0;
    let mut none = false;
    loop {
        cursor.skip_blanks();
        let at = cursor.at();
        let cell = cursor.take_while(|c| c != ',').trim();
        let Some(slot) = marks.get_mut(cells) else {
            return Err(syntax(at, format!("ranks needed: {wanted}, one per candidate; here is one more")));
        };
        if cell == "-" {
            none = true;
        } else {
            *slot = mark(cell, at)?;
            if *slot == 0 {
                return Err(syntax(at, "ranks begin with 1; no opinion is written -"));
            }
        }
        cells += 1;
        if !cursor.eat(',') {
            break;
        }
    }
    if cells < wanted {
        return Err(syntax(start, format!("ranks needed: {wanted}, one per candidate; found: {cells}")));
    }
    let partly = none && marks.iter().any(|&m| m > 0);
    ballots.push(1, marks, start)?;
    Ok(partly)
}

/// Candidates that a ballot does not rank are written with the rank below its last, not as "no opinion".
pub(super) fn write(file: &BallotFile) -> Result<String, ExportError> {
    let ballots = file.rankings(NAME)?;
    let cast = ballots.iter().map(|b| b.count).fold(0, u64::saturating_add);
    if cast > MAX_LINES {
        return Err(ExportError::TooMany { format: NAME, what: "ballots", limit: MAX_LINES, found: cast });
    }
    for name in &file.candidates {
        if name.trim() != name || name.contains(['\n', '\r']) || format!(" {name} ").contains(" / ") {
            let reserved = "line ends, blanks around it and \" / \"";
            return Err(ExportError::Text { format: NAME, text: quoted(name), reserved });
        }
    }
    let mut out = format!("# {KEY} {}\n", file.candidates.join(" / "));
    for (i, ballot) in ballots.iter().enumerate() {
        if let Some(&mark) = ballot.marks.iter().find(|&&m| m < 0 || m == i32::MAX) {
            return Err(ExportError::Mark { format: NAME, group: i + 1, mark: i64::from(mark) });
        }
        let below = ballot.marks.iter().max().copied().unwrap_or(0) + 1;
        let cells: Vec<String> =
            ballot.marks.iter().map(|&m| if m == 0 { below } else { m }.to_string()).collect();
        let line = cells.join(",");
        for _ in 0..ballot.count {
            out.push_str(&line);
            out.push('\n');
        }
    }
    Ok(out)
}
