//! PrefLib orders `.soc`, `.soi`, `.toc`, `.toi`: strict or with ties, complete or incomplete.
//!
//! The header is `# KEY: value`; a ballot is `count: 2,{1,3}`. The declared data type, number of voters and number
//! of distinct orders must agree with the ballots. The older layout without `#` (names first, then
//! `voters,sum,orders`, then `count,2,{1,3}`) is read too. PrefLib has neither blank ballots nor seats.

use std::fmt::Write as _;

use super::ballots::{Collector, set};
use super::error::{ExportError, ParseError, Position, Problem, quoted, syntax};
use super::file::tiers;
use super::text::{Cursor, candidate, check_name, check_title, decode, digits, lines, parse_count};
use super::{BallotFile, Limits};
use crate::profile::{Ballot, Votes};

const NAME: &str = "PrefLib";

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<BallotFile, ParseError> {
    let text = decode(bytes, limits)?;
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    if first.trim_start().starts_with('#') { modern(text, limits) } else { old(text, limits) }
}

#[derive(Default)]
struct Header {
    title: Option<String>,
    data_type: Option<(String, Position)>,
    alternatives: Option<(usize, Position)>,
    voters: Option<(u64, Position)>,
    orders: Option<(u64, Position)>,
    names: Vec<Option<String>>,
}

fn modern(text: &str, limits: &Limits) -> Result<BallotFile, ParseError> {
    let mut header = Header::default();
    let mut ballots: Option<Collector> = None;
    let mut last = Position::START;
    for (number, line) in lines(text) {
        last = Position { line: number, column: 1 };
        if line.trim().is_empty() {
            continue;
        }
        let mut cursor = Cursor::on_line(line, number);
        cursor.skip_blanks();
        if cursor.eat('#') {
            if ballots.is_some() {
                return Err(syntax(last, "header lines stand before the first ballot"));
            }
            header_line(&mut header, &mut cursor, limits)?;
            continue;
        }
        if ballots.is_none() {
            ballots = Some(start(&header, limits, last)?);
        }
        if let Some(ballots) = ballots.as_mut() {
            let at = cursor.at();
            let count = parse_count(cursor.take_while(|c| c.is_alphanumeric()), at)?;
            cursor.skip_blanks();
            if !cursor.eat(':') {
                return cursor
                    .error(format!("a colon is expected after the count, found {}", cursor.found()));
            }
            order(&mut cursor, count, at, ballots)?;
        }
    }
    let ballots = match ballots {
        Some(ballots) => ballots,
        None => start(&header, limits, last)?,
    };
    check_numbers(&header, &ballots)?;
    check_type(&header, ballots.groups())?;
    let candidates = header.names.into_iter().flatten().collect();
    Ok(BallotFile {
        title: header.title,
        candidates,
        votes: vec![Votes::Ranks(ballots.finish())],
        ..BallotFile::default()
    })
}

fn header_line(header: &mut Header, cursor: &mut Cursor<'_>, limits: &Limits) -> Result<(), ParseError> {
    cursor.skip_blanks();
    let at = cursor.at();
    let key = cursor.take_while(|c| c != ':').trim();
    if !cursor.eat(':') {
        return Err(syntax(at, "a header line is written # KEY: value"));
    }
    cursor.skip_blanks();
    let value_at = cursor.at();
    let value = cursor.rest().trim();
    let number =
        || digits(value).ok_or_else(|| syntax(value_at, format!("{} is not a whole number", quoted(value))));
    match key {
        "TITLE" => header.title = check_title(value, value_at)?,
        "DATA TYPE" => header.data_type = Some((value.to_owned(), value_at)),
        "NUMBER VOTERS" => header.voters = Some((number()?, value_at)),
        "NUMBER UNIQUE ORDERS" => header.orders = Some((number()?, value_at)),
        "NUMBER ALTERNATIVES" => {
            if header.alternatives.is_some() {
                return Err(syntax(at, "the number of alternatives is given twice"));
            }
            let n = usize::try_from(number()?).unwrap_or(usize::MAX);
            super::ballots::check_candidates(n, limits, value_at)?;
            header.alternatives = Some((n, value_at));
            header.names = vec![None; n];
        }
        _ => {
            if let Some(which) = key.strip_prefix("ALTERNATIVE NAME ") {
                name(header, which.trim(), value, at, value_at)?;
            }
        }
    }
    Ok(())
}

fn name(
    header: &mut Header,
    which: &str,
    value: &str,
    at: Position,
    value_at: Position,
) -> Result<(), ParseError> {
    if header.alternatives.is_none() {
        return Err(syntax(at, "NUMBER ALTERNATIVES stands before the names"));
    }
    check_name(value, value_at)?;
    let c = candidate(which, header.names.len(), at)?;
    match header.names.get_mut(c) {
        Some(slot @ None) => {
            *slot = Some(value.to_owned());
            Ok(())
        }
        _ => Err(Problem::DuplicateCandidate { name: quoted(which) }.at(at)),
    }
}

fn start(header: &Header, limits: &Limits, at: Position) -> Result<Collector, ParseError> {
    let Some((n, n_at)) = header.alternatives else {
        return Err(syntax(at, "the header lacks NUMBER ALTERNATIVES"));
    };
    if let Some(missing) = header.names.iter().position(Option::is_none) {
        return Err(syntax(at, format!("the header lacks ALTERNATIVE NAME {}", missing + 1)));
    }
    Collector::new(n, limits, n_at)
}

/// The alternatives of one ballot, best first, up to the end of the line.
fn order(
    cursor: &mut Cursor<'_>,
    count: u64,
    at: Position,
    ballots: &mut Collector,
) -> Result<(), ParseError> {
    let mut marks = ballots.blank(at)?;
    let mut rank = 0;
    let mut tied = false;
    loop {
        cursor.skip_blanks();
        if cursor.peek() == Some('{') {
            if tied {
                return cursor.error("a tie cannot stand inside a tie");
            }
            cursor.next();
            cursor.skip_blanks();
            tied = true;
            rank += 1;
        } else if !tied {
            rank += 1;
        }
        let at = cursor.at();
        let found = cursor.found();
        let word = cursor.take_while(|c| c.is_alphanumeric());
        if word.is_empty() {
            return Err(syntax(at, format!("an alternative is expected here, found {found}")));
        }
        let c = candidate(word, marks.len(), at)?;
        set(&mut marks, c, rank, &quoted(word), at)?;
        cursor.skip_blanks();
        if tied && cursor.eat('}') {
            tied = false;
            cursor.skip_blanks();
        }
        if cursor.peek().is_none() {
            if tied {
                return cursor.error("a tie is not closed with }");
            }
            return ballots.push(count, marks, at);
        }
        if !cursor.eat(',') {
            return cursor.error(format!("alternatives are separated by commas, found {}", cursor.found()));
        }
    }
}

fn check_numbers(header: &Header, ballots: &Collector) -> Result<(), ParseError> {
    let orders = u64::try_from(ballots.groups().len()).unwrap_or(u64::MAX);
    for (stated, found, what) in
        [(header.voters, ballots.total(), "voters"), (header.orders, orders, "orders")]
    {
        if let Some((stated, at)) = stated
            && stated != found
        {
            return Err(syntax(at, format!("the header states {stated} {what}, the file holds {found}")));
        }
    }
    Ok(())
}

fn has_tie(ballot: &Ballot) -> bool {
    let mut ranks: Vec<i32> = ballot.marks.iter().copied().filter(|&m| m > 0).collect();
    ranks.sort_unstable();
    ranks.windows(2).any(|w| matches!(w, [a, b] if a == b))
}

fn check_type(header: &Header, ballots: &[Ballot]) -> Result<(), ParseError> {
    let Some((data_type, at)) = &header.data_type else { return Ok(()) };
    let (ties, incomplete) = match data_type.as_str() {
        "soc" => (false, false),
        "soi" => (false, true),
        "toc" => (true, false),
        "toi" => (true, true),
        other => {
            return Err(syntax(*at, format!("the data type {} is not soc, soi, toc or toi", quoted(other))));
        }
    };
    for (i, ballot) in ballots.iter().enumerate() {
        if !ties && has_tie(ballot) {
            return Err(syntax(
                *at,
                format!("the data type {data_type} has no ties, but ballot line {} has one", i + 1),
            ));
        }
        if !incomplete && ballot.marks.contains(&0) {
            let message =
                format!("the data type {data_type} ranks everybody, but ballot line {} does not", i + 1);
            return Err(syntax(*at, message));
        }
    }
    Ok(())
}

/// The layout before 2022: number of names, names, `voters,sum,orders`, ballots; all separated by commas.
fn old(text: &str, limits: &Limits) -> Result<BallotFile, ParseError> {
    let mut rest = lines(text).filter(|(_, line)| !line.trim().is_empty());
    let missing = || syntax(Position::START, "the file ends before its ballots");
    let (number, line) = rest.next().ok_or_else(missing)?;
    let at = Position { line: number, column: 1 };
    let n = digits(line.trim()).and_then(|n| usize::try_from(n).ok());
    let n = n.ok_or_else(|| syntax(at, "the number of candidates is expected here"))?;
    let mut ballots = Collector::new(n, limits, at)?;
    let mut header = Header { names: vec![None; n], alternatives: Some((n, at)), ..Header::default() };
    for _ in 0..n {
        let (number, line) = rest.next().ok_or_else(missing)?;
        let at = Position { line: number, column: 1 };
        let (which, value) =
            line.split_once(',').ok_or_else(|| syntax(at, "a candidate is written number,name"))?;
        name(&mut header, which.trim(), value.trim(), at, at)?;
    }
    let (number, line) = rest.next().ok_or_else(missing)?;
    let at = Position { line: number, column: 1 };
    let sums: Vec<Option<u64>> = line.splitn(4, ',').map(|part| digits(part.trim())).collect();
    let [Some(voters), Some(_), Some(orders)] = sums.as_slice() else {
        return Err(syntax(at, "three whole numbers are expected here: voters,sum of counts,orders"));
    };
    header.voters = Some((*voters, at));
    header.orders = Some((*orders, at));
    for (number, line) in rest {
        let mut cursor = Cursor::on_line(line, number);
        cursor.skip_blanks();
        let at = cursor.at();
        let count = parse_count(cursor.take_while(|c| c.is_alphanumeric()), at)?;
        cursor.skip_blanks();
        if !cursor.eat(',') {
            return cursor.error(format!("a comma is expected after the count, found {}", cursor.found()));
        }
        order(&mut cursor, count, at, &mut ballots)?;
    }
    check_numbers(&header, &ballots)?;
    let candidates = header.names.into_iter().flatten().collect();
    Ok(BallotFile { candidates, votes: vec![Votes::Ranks(ballots.finish())], ..BallotFile::default() })
}

pub(super) fn write(file: &BallotFile) -> Result<String, ExportError> {
    let mut file = file.clone();
    file.join_identical();
    let ballots = file.rankings(NAME)?;
    if let Some(group) = ballots.iter().position(Ballot::is_blank) {
        return Err(ExportError::Blank { format: NAME, group: group + 1 });
    }
    let ties = ballots.iter().any(has_tie);
    let incomplete = ballots.iter().any(|b| b.marks.contains(&0));
    let data_type = match (ties, incomplete) {
        (false, false) => "soc",
        (false, true) => "soi",
        (true, false) => "toc",
        (true, true) => "toi",
    };
    for text in file.candidates.iter().chain(&file.title) {
        if text.trim() != text || text.contains(['\n', '\r']) {
            let reserved = "line ends and blanks around it";
            return Err(ExportError::Text { format: NAME, text: quoted(text), reserved });
        }
    }
    let mut out = String::new();
    if let Some(title) = &file.title {
        let _ = writeln!(out, "# TITLE: {title}");
    }
    let voters: u64 = ballots.iter().map(|b| b.count).fold(0, u64::saturating_add);
    let _ = writeln!(out, "# DATA TYPE: {data_type}\n# NUMBER ALTERNATIVES: {}", file.candidates.len());
    let _ = writeln!(out, "# NUMBER VOTERS: {voters}\n# NUMBER UNIQUE ORDERS: {}", ballots.len());
    for (i, name) in file.candidates.iter().enumerate() {
        let _ = writeln!(out, "# ALTERNATIVE NAME {}: {name}", i + 1);
    }
    for (i, ballot) in ballots.iter().enumerate() {
        let parts: Vec<String> = tiers(ballot, i + 1, NAME)?.iter().map(|tier| tier_text(tier)).collect();
        let _ = writeln!(out, "{}: {}", ballot.count, parts.join(","));
    }
    Ok(out)
}

fn tier_text(tier: &[usize]) -> String {
    let numbers: Vec<String> = tier.iter().map(|c| (c + 1).to_string()).collect();
    if numbers.len() == 1 { numbers.concat() } else { format!("{{{}}}", numbers.join(",")) }
}
