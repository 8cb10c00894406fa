//! Belenios: the published result `{"result":[..]}`, or the inner list of one question as `belenios-tool method`
//! takes it.
//!
//! A question is a list of totals (homomorphic) or a list of vectors, one per ballot. The result carries no names, so
//! candidates are called by their number from 1; what the numbers mean is for the caller to say. With a blank choice
//! the first total counts the blank ballots; it is read as a candidate like the others.

use std::fmt::Write as _;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::civs::MAX_LINES;
use super::error::{ExportError, ParseError, Position, Problem, syntax};
use super::file::ballots_of;
use super::marks::{Marks, Shape, twice, unknown};
use super::text::decode;
use super::{BallotFile, ReadOptions};
use crate::profile::{Ballot, MAX_BALLOTS, Votes};

const NAME: &str = "a Belenios result";

pub(super) fn read(bytes: &[u8], options: &ReadOptions) -> Result<BallotFile, ParseError> {
    let text = decode(bytes, &options.limits)?;
    let shape = Shape::new(&options.limits);
    let mut json = serde_json::Deserializer::from_str(text);
    let root = Root { shape: &shape, options };
    let is_list = text.trim_start().starts_with('[');
    let question = if is_list {
        // A bare list is the inner list of one question.
        Question { shape: &shape, options }.deserialize(&mut json).map(Some)
    } else {
        root.deserialize(&mut json)
    };
    let question = question.and_then(|q| json.end().map(|()| q)).map_err(|e| shape.error(&e, text))?;
    let Some(question) = question else {
        let message = format!("the result has no question {}; the first is 0", options.question);
        return Err(syntax(Position::START, message));
    };
    let n = shape.candidates().unwrap_or(0);
    let votes = match question {
        Tally::Totals(totals) => Votes::Totals { totals, cast: None, blank: None },
        Tally::Ballots(ballots) => Votes::of(options.kind, ballots)
            .ok_or_else(|| syntax(Position::START, "this question has ballots, not totals"))?,
    };
    Ok(BallotFile {
        candidates: (1..=n).map(|i| format!("Answer {i}")).collect(),
        votes: vec![votes],
        ..BallotFile::default()
    })
}

enum Tally {
    Totals(Vec<u64>),
    Ballots(Vec<Ballot>),
}

/// The object `{"result":[..]}`.
struct Root<'s> {
    shape: &'s Shape,
    options: &'s ReadOptions,
}

impl<'de> DeserializeSeed<'de> for Root<'_> {
    type Value = Option<Tally>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Root<'_> {
    type Value = Option<Tally>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a result {\"result\":[..]} or a list of ballots")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<String>()? {
            if key != "result" {
                return Err(unknown(&key));
            }
            if found.is_some() {
                return Err(twice(&key));
            }
            found = Some(map.next_value_seed(Questions { shape: self.shape, options: self.options })?);
        }
        found.ok_or_else(|| A::Error::custom("the key \"result\" is missing"))
    }
}

/// The list of questions, of which one is wanted.
struct Questions<'s> {
    shape: &'s Shape,
    options: &'s ReadOptions,
}

impl<'de> DeserializeSeed<'de> for Questions<'_> {
    type Value = Option<Tally>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Questions<'_> {
    type Value = Option<Tally>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the list of questions")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        for _ in 0..self.options.question {
            if seq.next_element::<IgnoredAny>()?.is_none() {
                return Ok(None);
            }
        }
        let wanted = seq.next_element_seed(Question { shape: self.shape, options: self.options })?;
        while wanted.is_some() && seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(wanted)
    }
}

/// One question: totals or ballots.
struct Question<'s> {
    shape: &'s Shape,
    options: &'s ReadOptions,
}

impl<'de> DeserializeSeed<'de> for Question<'_> {
    type Value = Tally;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Question<'_> {
    type Value = Tally;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the totals or the ballots of a question")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut totals = Vec::new();
        let mut ballots = Vec::new();
        while let Some(entry) = seq.next_element_seed(Entry(self.shape))? {
            match entry {
                Either::Total(total) if ballots.is_empty() => {
                    if totals.len() >= self.options.limits.candidates {
                        let limit = self.options.limits.candidates;
                        return Err(self
                            .shape
                            .refuse(Problem::TooManyCandidates { found: limit + 1, limit }));
                    }
                    totals.push(total);
                }
                Either::Marks(marks) if totals.is_empty() => ballots.push(self.shape.ballot(1, marks)?),
                _ => return Err(self.shape.refuse_text("a question holds totals or ballots, not both")),
            }
        }
        if totals.is_empty() {
            return Ok(Tally::Ballots(ballots));
        }
        self.shape.length(totals.len(), "the question")?;
        Ok(Tally::Totals(totals))
    }
}

enum Either {
    Total(u64),
    Marks(Vec<i32>),
}

struct Entry<'s>(&'s Shape);

impl<'de> DeserializeSeed<'de> for Entry<'_> {
    type Value = Either;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Entry<'_> {
    type Value = Either;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a total or the list of one ballot's marks")
    }

    fn visit_u64<E: serde::de::Error>(self, total: u64) -> Result<Self::Value, E> {
        if total > MAX_BALLOTS {
            Err(self.0.refuse(Problem::TooManyBallots))
        } else {
            Ok(Either::Total(total))
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        let shape = self.0;
        let marks = Marks(shape).visit_seq(seq)?;
        match marks.iter().find(|&&m| m < 0) {
            Some(mark) => {
                Err(shape.refuse_text(format!("{mark} is below 0, which a Belenios ballot cannot hold")))
            }
            None => Ok(Either::Marks(marks)),
        }
    }
}

/// One question, each ballot on its own.
pub(super) fn write(file: &BallotFile) -> Result<String, ExportError> {
    let votes = file.votes.first().ok_or(ExportError::Kind { format: NAME, kind: "no ballots" })?;
    if let Votes::Totals { totals, .. } = votes {
        let totals: Vec<String> = totals.iter().map(u64::to_string).collect();
        return Ok(format!("{{\"result\":[[{}]]}}\n", totals.join(",")));
    }
    let ballots = ballots_of(votes);
    let cast = ballots.iter().map(|b| b.count).fold(0, u64::saturating_add);
    if cast > MAX_LINES {
        return Err(ExportError::TooMany { format: NAME, what: "ballots", limit: MAX_LINES, found: cast });
    }
    let mut out = String::from("{\"result\":[[");
    let mut comma = "";
    for (i, ballot) in ballots.iter().enumerate() {
        if let Some(&mark) = ballot.marks.iter().find(|&&m| m < 0) {
            return Err(ExportError::Mark { format: NAME, group: i + 1, mark: i64::from(mark) });
        }
        let marks: Vec<String> = ballot.marks.iter().map(i32::to_string).collect();
        let marks = marks.join(",");
        for _ in 0..ballot.count {
            let _ = write!(out, "{comma}[{marks}]");
            comma = ",";
        }
    }
    out.push_str("]]}\n");
    Ok(out)
}
