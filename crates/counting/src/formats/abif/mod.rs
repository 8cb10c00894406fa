//! ABIF, the Aggregated Ballot Information Format: metadata, candidate and vote lines in any order, UTF-8.
//!
//! `count:` is followed by tokens joined by `>` (better), `=` (equal) or `,` (unordered), each with an optional
//! `/points`. A file that declares candidates (`=token:[Name]`) may use no others; a file without any declares them
//! by use. Lines with `,` are ranked by their points, or all equal without points. Points must be on every token of a
//! file or on none.

mod write;

use std::collections::HashMap;

use crate::formats::ballots::{Collector, check_candidates, set};
use crate::formats::error::{ParseError, Position, Problem, quoted, syntax};
use crate::formats::text::{Cursor, check_name, check_title, decode, digits, lines, mark, parse_count};
use crate::formats::{BallotFile, Limits};
use crate::profile::Votes;

pub(super) use write::write;

const NAME: &str = "ABIF";

pub(in crate::formats) fn read(bytes: &[u8], limits: &Limits) -> Result<BallotFile, ParseError> {
    let text = decode(bytes, limits)?;
    let mut reader = Reader { limits: *limits, ..Reader::default() };
    for (number, line) in lines(text) {
        let mut cursor = Cursor::on_line(line, number);
        cursor.skip_blanks();
        match cursor.peek() {
            None | Some('#') => {}
            Some('{') => reader.metadata(&mut cursor)?,
            Some('=') => reader.declaration(&mut cursor)?,
            Some(c) if c.is_ascii_digit() => {}
            Some(_) => {
                let found = cursor.found();
                return cursor.error(format!(
                    "a vote line (count:), a candidate line (=) or metadata is expected here, found {found}"
                ));
            }
        }
    }
    if reader.file.candidates.is_empty() {
        for (number, line) in vote_lines(text) {
            reader.names_in(&mut Cursor::on_line(line, number))?;
        }
    }
    reader.votes(text)
}

fn vote_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    lines(text).filter(|(_, line)| {
        line.trim_start_matches([' ', '\t', '\r']).starts_with(|c: char| c.is_ascii_digit())
    })
}

#[derive(Default)]
struct Reader<'a> {
    limits: Limits,
    file: BallotFile,
    tokens: HashMap<&'a str, usize>,
}

/// One token of a vote line.
struct Item<'a> {
    token: &'a str,
    at: Position,
    points: Option<(&'a str, Position)>,
    /// What stands before it: nothing for the first.
    join: Option<char>,
}

impl<'a> Reader<'a> {
    fn metadata(&mut self, cursor: &mut Cursor<'a>) -> Result<(), ParseError> {
        cursor.next();
        cursor.skip_blanks();
        let quoted_key = cursor.eat('"');
        let key = cursor.take_while(|c| c.is_alphanumeric() || c == '_' || c == '-');
        if key.is_empty() || (quoted_key && !cursor.eat('"')) {
            return cursor.error("metadata is written {key: \"value\"}");
        }
        cursor.skip_blanks();
        if !cursor.eat(':') {
            return cursor.error("metadata is written {key: \"value\"}");
        }
        cursor.skip_blanks();
        let at = cursor.at();
        let value = if cursor.peek() == Some('"') { json_string(cursor)? } else { bare_value(cursor)? };
        cursor.skip_blanks();
        if !cursor.eat('}') {
            return cursor.error(format!("metadata is closed with }}, found {}", cursor.found()));
        }
        end_of_line(cursor)?;
        match key {
            "title" => self.file.title = check_title(&value, at)?,
            "seats" => {
                let seats = digits(&value).and_then(|s| u32::try_from(s).ok()).filter(|&s| s <= 1 << 16);
                self.file.seats =
                    Some(seats.ok_or_else(|| syntax(at, "seats is a whole number up to 65536"))?);
            }
            // Other keys describe the file; they decide nothing.
            _ => {}
        }
        Ok(())
    }

    fn declaration(&mut self, cursor: &mut Cursor<'a>) -> Result<(), ParseError> {
        cursor.next();
        cursor.skip_blanks();
        let (token, at) = token(cursor)?;
        cursor.skip_blanks();
        if !cursor.eat(':') {
            return cursor.error("a candidate line is written =token:[Name]");
        }
        cursor.skip_blanks();
        let name_at = cursor.at();
        let name = if cursor.peek() == Some('[') {
            bracketed(cursor)?
        } else {
            return cursor.error("a candidate line is written =token:[Name]");
        };
        end_of_line(cursor)?;
        check_name(name, name_at)?;
        self.add(token, name, at)
    }

    fn add(&mut self, token: &'a str, name: &str, at: Position) -> Result<(), ParseError> {
        let n = self.file.candidates.len();
        check_candidates(n + 1, &self.limits, at)?;
        if self.tokens.insert(token, n).is_some() {
            return Err(Problem::DuplicateCandidate { name: quoted(token) }.at(at));
        }
        self.file.candidates.push(name.to_owned());
        Ok(())
    }

    fn names_in(&mut self, cursor: &mut Cursor<'a>) -> Result<(), ParseError> {
        let (_, _, items) = vote_line(cursor, &self.limits)?;
        for item in items {
            if !self.tokens.contains_key(item.token) {
                check_name(item.token, item.at)?;
                self.add(item.token, item.token, item.at)?;
            }
        }
        Ok(())
    }

    fn votes(mut self, text: &'a str) -> Result<BallotFile, ParseError> {
        let n = self.file.candidates.len();
        // Up to three sets of marks are kept.
        let part = Limits { marks: self.limits.marks / 3, ..self.limits };
        let mut ranks = Collector::new(n, &part, Position::START)?;
        let mut scores = Collector::new(n, &part, Position::START)?;
        let mut pointed: Option<bool> = None;
        let mut ordered = false;
        for (number, line) in vote_lines(text) {
            let (count, at, items) = vote_line(&mut Cursor::on_line(line, number), &self.limits)?;
            for item in &items {
                let has = item.points.is_some();
                if *pointed.get_or_insert(has) != has {
                    return Err(syntax(item.at, "points must be on every candidate of the file or on none"));
                }
            }
            ordered |= items.iter().any(|i| matches!(i.join, Some('>' | '=')));
            let mut rank_marks = ranks.blank(at)?;
            let mut score_marks = scores.blank(at)?;
            self.mark(&items, &mut rank_marks, &mut score_marks)?;
            ranks.push(count, rank_marks, at)?;
            scores.push(count, score_marks, at)?;
        }
        let ranks = ranks.finish();
        self.file.votes = match pointed {
            Some(true) => vec![Votes::Ranks(ranks), Votes::Scores(scores.finish())],
            Some(false) if ordered => vec![Votes::Ranks(ranks)],
            // No order and no points anywhere: a choice of candidates, which is also a ranking with one rank.
            Some(false) => vec![Votes::Ranks(ranks.clone()), Votes::Approvals(ranks)],
            // Blank ballots alone are ballots of any kind.
            None => {
                vec![Votes::Ranks(ranks.clone()), Votes::Scores(scores.finish()), Votes::Approvals(ranks)]
            }
        };
        Ok(self.file)
    }

    fn mark(&self, items: &[Item<'a>], ranks: &mut [i32], scores: &mut [i32]) -> Result<(), ParseError> {
        let unordered = items.iter().any(|i| i.join == Some(','));
        let mut rank = 0;
        let mut points = Vec::new();
        for item in items {
            let Some(&c) = self.tokens.get(item.token) else {
                let (name, candidates) = (quoted(item.token), self.file.candidates.len());
                return Err(Problem::UnknownCandidate { name, candidates }.at(item.at));
            };
            if rank == 0 || item.join == Some('>') {
                rank += 1;
            }
            set(ranks, c, rank, &quoted(item.token), item.at)?;
            if let Some((text, at)) = item.points {
                let value = mark(text, at)?;
                if let Some(s) = scores.get_mut(c) {
                    *s = value;
                }
                points.push((value, c));
            }
        }
        if unordered && !points.is_empty() {
            points.sort_unstable_by(|a, b| b.cmp(a));
            let mut rank = 0;
            let mut last = None;
            for (value, c) in points {
                rank += i32::from(last != Some(value));
                last = Some(value);
                if let Some(r) = ranks.get_mut(c) {
                    *r = rank;
                }
            }
        }
        Ok(())
    }
}

fn vote_line<'a>(
    cursor: &mut Cursor<'a>,
    limits: &Limits,
) -> Result<(u64, Position, Vec<Item<'a>>), ParseError> {
    cursor.skip_blanks();
    let at = cursor.at();
    let count = parse_count(cursor.take_while(|c| c.is_alphanumeric()), at)?;
    cursor.skip_blanks();
    if !cursor.eat(':') {
        return cursor
            .error(format!("a colon is expected after the number of ballots, found {}", cursor.found()));
    }
    let mut items: Vec<Item<'a>> = Vec::new();
    let mut commas: Option<bool> = None;
    loop {
        cursor.skip_blanks();
        if items.is_empty() && matches!(cursor.peek(), None | Some('#')) {
            return Ok((count, at, items));
        }
        let join = match items.len() {
            0 => None,
            _ => match cursor.peek() {
                None | Some('#') => return Ok((count, at, items)),
                Some(c @ ('>' | '=' | ',')) => {
                    if *commas.get_or_insert(c == ',') != (c == ',') {
                        return cursor.error("a comma cannot be mixed with > or = in one ballot");
                    }
                    cursor.next();
                    Some(c)
                }
                Some(_) => {
                    return cursor
                        .error(format!("candidates are joined by > = or a comma, found {}", cursor.found()));
                }
            },
        };
        cursor.skip_blanks();
        let (token, token_at) = token(cursor)?;
        cursor.skip_blanks();
        let points = if cursor.eat('/') {
            cursor.skip_blanks();
            let at = cursor.at();
            Some((cursor.take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '+')), at))
        } else {
            None
        };
        check_candidates(items.len() + 1, limits, token_at)?;
        items.push(Item { token, at: token_at, points, join });
    }
}

/// A bare token or a name in square brackets.
fn token<'a>(cursor: &mut Cursor<'a>) -> Result<(&'a str, Position), ParseError> {
    let at = cursor.at();
    if cursor.peek() == Some('[') {
        let name = bracketed(cursor)?;
        check_name(name, at)?;
        return Ok((name, at));
    }
    let found = cursor.found();
    let token = cursor.take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '\'' | '+' | '%'));
    if token.is_empty() {
        return Err(syntax(at, format!("a candidate is expected here, found {found}")));
    }
    Ok((token, at))
}

fn bracketed<'a>(cursor: &mut Cursor<'a>) -> Result<&'a str, ParseError> {
    let at = cursor.at();
    cursor.next();
    let name = cursor.take_while(|c| c != ']' && c != '[');
    if !cursor.eat(']') {
        return Err(syntax(at, "the name is not closed with ]"));
    }
    Ok(name)
}

fn json_string(cursor: &mut Cursor<'_>) -> Result<String, ParseError> {
    let at = cursor.at();
    let start = cursor.rest();
    cursor.next();
    loop {
        match cursor.next() {
            None => return Err(syntax(at, "the text is not closed with a quotation mark")),
            Some('"') => break,
            Some('\\') => {
                cursor.next();
            }
            Some(_) => {}
        }
    }
    let literal = start.get(..start.len() - cursor.rest().len()).unwrap_or("");
    serde_json::from_str(literal).map_err(|_| syntax(at, "the text in quotation marks is not valid"))
}

fn bare_value(cursor: &mut Cursor<'_>) -> Result<String, ParseError> {
    let value = cursor.take_while(|c| c != '}' && c != '#').trim().to_owned();
    if value.is_empty() { cursor.error("metadata needs a value") } else { Ok(value) }
}

fn end_of_line(cursor: &mut Cursor<'_>) -> Result<(), ParseError> {
    cursor.skip_blanks();
    match cursor.peek() {
        None | Some('#') => Ok(()),
        Some(_) => cursor.error(format!("the line should end here, found {}", cursor.found())),
    }
}
