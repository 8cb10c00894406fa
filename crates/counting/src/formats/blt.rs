//! BLT: `candidates seats`, withdrawn candidates as negative numbers, one ballot group per line, names, title.
//!
//! Read with the extensions of OpenSTV (`#` comments, `(id)` before a ballot, `-` for a skipped rank) and droop
//! (`[tie ..]`, `[withdrawn ..]`, `[nick ..]`). Blank ballots `1 0` are kept. A `[tie ..]` order is read as an order
//! of luck, luckiest first; droop itself excludes the *first* of the tied in that order.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::ballots::{Collector, set};
use super::error::{ExportError, ParseError, Position, Problem, quoted, syntax};
use super::file::{is_permutation, ranks_used};
use super::text::{Cursor, candidate, check_name, check_title, decode, digits, parse_count};
use super::{BallotFile, Limits};
use crate::profile::{Ballot, Votes};

const NAME: &str = "BLT";

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<BallotFile, ParseError> {
    let cursor = Cursor::new(decode(bytes, limits)?);
    let mut reader = Reader { cursor, nicks: HashMap::new(), withdrawn: Vec::new() };
    reader.file(limits)
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    nicks: HashMap<&'a str, usize>,
    /// Per candidate, whether it was declared withdrawn.
    withdrawn: Vec<bool>,
}

impl<'a> Reader<'a> {
    fn file(&mut self, limits: &Limits) -> Result<BallotFile, ParseError> {
        let (n, n_at) = self.header_number("the number of candidates")?;
        let mut ballots = Collector::new(n, limits, n_at)?;
        self.withdrawn = vec![false; n];
        let (seats, seats_at) = self.header_number("the number of seats")?;
        let seats = u32::try_from(seats).ok().filter(|&s| s <= 1 << 16);
        let mut file = BallotFile {
            seats: Some(seats.ok_or_else(|| syntax(seats_at, "more than 65536 seats are too many"))?),
            ..BallotFile::default()
        };
        self.options(&mut file, n)?;
        file.withdrawn = (0..n).filter(|&c| self.withdrawn.get(c).is_some_and(|w| *w)).collect();
        while self.ballot(&mut ballots)? {}
        for number in 1..=n {
            file.candidates.push(self.name(number)?);
        }
        file.title = self.trailer()?;
        file.votes = vec![Votes::Ranks(ballots.finish())];
        Ok(file)
    }

    /// Skips blanks, line ends and comments.
    fn skip(&mut self) {
        loop {
            self.cursor.take_while(|c| matches!(c, ' ' | '\t' | '\r' | '\n'));
            if self.cursor.peek() != Some('#') {
                return;
            }
            self.cursor.take_while(|c| c != '\n');
        }
    }

    fn word(&mut self) -> &'a str {
        self.cursor.take_while(|c| c.is_alphanumeric() || c == '_')
    }

    fn header_number(&mut self, what: &str) -> Result<(usize, Position), ParseError> {
        self.skip();
        let at = self.cursor.at();
        let found = self.cursor.found();
        let number = digits(self.word()).and_then(|v| usize::try_from(v).ok());
        Ok((number.ok_or_else(|| syntax(at, format!("{what} is expected here, found {found}")))?, at))
    }

    /// A candidate by number or nickname.
    fn candidate(&mut self, n: usize) -> Result<(usize, &'a str, Position), ParseError> {
        let at = self.cursor.at();
        let found = self.cursor.found();
        let word = self.word();
        if word.is_empty() {
            return Err(syntax(at, format!("a candidate number is expected here, found {found}")));
        }
        let number = match self.nicks.get(word) {
            Some(&c) => c,
            None => candidate(word, n, at)?,
        };
        Ok((number, word, at))
    }

    fn options(&mut self, file: &mut BallotFile, n: usize) -> Result<(), ParseError> {
        loop {
            self.skip();
            let at = self.cursor.at();
            if self.cursor.eat('-') {
                self.withdraw(n)?;
            } else if self.cursor.eat('[') {
                self.option(file, n, at)?;
            } else {
                return Ok(());
            }
        }
    }

    fn option(&mut self, file: &mut BallotFile, n: usize, start: Position) -> Result<(), ParseError> {
        self.skip();
        let option = self.word();
        let mut list = Vec::new();
        loop {
            self.skip();
            if self.cursor.eat(']') {
                break;
            }
            match option {
                "nick" => self.nick(n)?,
                "withdrawn" => self.withdraw(n)?,
                "tie" if list.len() <= n => list.push(self.candidate(n)?.0),
                "tie" => return self.cursor.error(format!("[tie ..] names more than the {n} candidates")),
                other => {
                    let message =
                        format!("the option {} is not known; use tie, withdrawn or nick", quoted(other));
                    return Err(syntax(start, message));
                }
            }
        }
        if option == "tie" {
            if file.lot.is_some() || !is_permutation(&list, n) {
                return Err(syntax(start, format!("[tie ..] must name each of the {n} candidates once")));
            }
            file.lot = Some(list);
        }
        Ok(())
    }

    fn withdraw(&mut self, n: usize) -> Result<(), ParseError> {
        let (c, word, at) = self.candidate(n)?;
        match self.withdrawn.get_mut(c) {
            Some(w) if !*w => {
                *w = true;
                Ok(())
            }
            _ => Err(Problem::DuplicateCandidate { name: quoted(word) }.at(at)),
        }
    }

    fn nick(&mut self, n: usize) -> Result<(), ParseError> {
        let at = self.cursor.at();
        let word = self.word();
        if word.is_empty() || word.starts_with(|c: char| c.is_numeric()) {
            return Err(syntax(at, "a nickname is letters, digits and _ and does not begin with a digit"));
        }
        if self.nicks.len() >= n {
            return Err(syntax(at, format!("there are more nicknames than the {n} candidates")));
        }
        match self.nicks.insert(word, self.nicks.len()) {
            None => Ok(()),
            Some(_) => Err(Problem::DuplicateCandidate { name: quoted(word) }.at(at)),
        }
    }

    /// One ballot group; false at the lone 0 that ends the ballots.
    fn ballot(&mut self, ballots: &mut Collector) -> Result<bool, ParseError> {
        self.skip();
        let identified = self.cursor.peek() == Some('(');
        if identified {
            self.identifier()?;
        }
        let at = self.cursor.at();
        let found = self.cursor.found();
        let word = self.word();
        if word.is_empty() {
            return Err(syntax(at, format!("a ballot or the closing 0 is expected here, found {found}")));
        }
        if !identified && digits(word) == Some(0) {
            return Ok(false);
        }
        let count = parse_count(word, at)?;
        let mut marks = ballots.blank(at)?;
        self.preferences(&mut marks)?;
        ballots.push(count, marks, at)?;
        Ok(true)
    }

    fn identifier(&mut self) -> Result<(), ParseError> {
        self.cursor.next();
        self.cursor.take_while(|c| c != ')' && c != '\n');
        if !self.cursor.eat(')') {
            return self.cursor.error("the ballot identifier is not closed with )");
        }
        self.cursor.skip_blanks();
        Ok(())
    }

    fn preferences(&mut self, marks: &mut [i32]) -> Result<(), ParseError> {
        let mut rank = 0;
        let mut joined = false;
        loop {
            self.cursor.skip_blanks();
            let at = self.cursor.at();
            match self.cursor.peek() {
                Some('=') if rank > 0 && !joined => {
                    self.cursor.next();
                    joined = true;
                }
                Some('-') if !joined => {
                    self.cursor.next();
                    if self.cursor.peek().is_some_and(char::is_alphanumeric) {
                        return Err(syntax(at, "withdrawn candidates stand before the first ballot"));
                    }
                    rank += 1;
                }
                Some(c) if c.is_alphanumeric() => {
                    if self.cursor.rest().starts_with('0') {
                        let word = self.word();
                        if digits(word) == Some(0) && !joined {
                            return Ok(());
                        }
                        return Err(syntax(
                            at,
                            format!("a candidate number is expected here, found {}", quoted(word)),
                        ));
                    }
                    let (c, word, at) = self.candidate(marks.len())?;
                    rank += i32::from(!std::mem::take(&mut joined));
                    set(marks, c, rank, &quoted(word), at)?;
                }
                _ => {
                    return Err(syntax(
                        at,
                        format!("a ballot ends with 0 on its own line, found {}", self.cursor.found()),
                    ));
                }
            }
        }
    }

    fn string(&mut self, what: &str) -> Result<(&'a str, Position), ParseError> {
        self.skip();
        let at = self.cursor.at();
        if !self.cursor.eat('"') {
            return Err(syntax(
                at,
                format!("{what} in quotation marks is expected here, found {}", self.cursor.found()),
            ));
        }
        let text = self.cursor.take_while(|c| c != '"' && c != '\n');
        if !self.cursor.eat('"') {
            return Err(syntax(at, format!("{what} is not closed with a quotation mark")));
        }
        Ok((text, at))
    }

    fn name(&mut self, number: usize) -> Result<String, ParseError> {
        let (text, at) = self.string(&format!("the name of candidate {number}"))?;
        check_name(text, at)?;
        Ok(text.to_owned())
    }

    /// The title; some programs add a source and a comment, which are skipped.
    fn trailer(&mut self) -> Result<Option<String>, ParseError> {
        let mut title = None;
        for what in ["the title", "the source", "the comment"] {
            self.skip();
            if self.cursor.peek().is_none() {
                break;
            }
            let (text, at) = self.string(what)?;
            if what == "the title" {
                title = check_title(text, at)?;
            }
        }
        self.skip();
        match self.cursor.peek() {
            None => Ok(title),
            Some(_) => self.cursor.error(format!("the file should end here, found {}", self.cursor.found())),
        }
    }
}

pub(super) fn write(file: &BallotFile) -> Result<String, ExportError> {
    let ballots = file.rankings(NAME)?;
    let mut out = String::new();
    let _ = writeln!(out, "{} {}", file.candidates.len(), file.seats.unwrap_or(1));
    for &c in &file.withdrawn {
        let _ = writeln!(out, "-{}", c + 1);
    }
    if let Some(lot) = &file.lot {
        let order: Vec<String> = lot.iter().map(|c| (c + 1).to_string()).collect();
        let _ = writeln!(out, "[tie {}]", order.join(" "));
    }
    for (i, ballot) in ballots.iter().enumerate() {
        write_ballot(&mut out, ballot, i + 1)?;
    }
    out.push_str("0\n");
    for text in file.candidates.iter().chain(&file.title) {
        if text.contains(['"', '\n', '\r']) {
            let reserved = "the quotation mark or line end";
            return Err(ExportError::Text { format: NAME, text: quoted(text), reserved });
        }
        let _ = writeln!(out, "\"{text}\"");
    }
    if file.title.is_none() {
        out.push_str("\"\"\n");
    }
    Ok(out)
}

fn write_ballot(out: &mut String, ballot: &Ballot, group: usize) -> Result<(), ExportError> {
    let most = i32::try_from(ballot.marks.len()).unwrap_or(i32::MAX);
    // Every skipped rank costs a sign, so a rank above the number of candidates could ask for two thousand million.
    if let Some(&mark) = ballot.marks.iter().find(|&&m| m < 0 || m > most) {
        return Err(ExportError::Mark { format: NAME, group, mark: i64::from(mark) });
    }
    let _ = write!(out, "{}", ballot.count);
    let mut by_rank: Vec<(i32, usize)> =
        ballot.marks.iter().enumerate().filter(|(_, m)| **m > 0).map(|(c, &m)| (m, c + 1)).collect();
    by_rank.sort_unstable();
    let mut next = by_rank.iter().peekable();
    for rank in 1..=ranks_used(&ballot.marks).last().copied().unwrap_or(0) {
        let mut join = " ";
        while let Some((_, number)) = next.next_if(|(r, _)| *r == rank) {
            let _ = write!(out, "{join}{number}");
            join = "=";
        }
        if join == " " {
            out.push_str(" -");
        }
    }
    out.push_str(" 0\n");
    Ok(())
}
