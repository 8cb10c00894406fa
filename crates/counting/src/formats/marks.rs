//! Reading of marks out of JSON, one ballot at a time, so that limits hold before memory is taken.

use std::cell::RefCell;

use serde::Deserializer;
use serde::de::{DeserializeSeed, SeqAccess, Visitor};
use serde_json::error::Category;

use super::Limits;
use super::ballots::GROUP_COST;
use super::error::{ParseError, Position, Problem, syntax};
use crate::profile::{Ballot, Kind, MAX_BALLOTS, MAX_GROUP};

/// What is known of the file so far. Shared by the visitors of one file.
pub(super) struct Shape {
    limits: Limits,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    candidates: Option<usize>,
    spent: usize,
    total: u64,
    problem: Option<Problem>,
}

impl Shape {
    pub(super) fn new(limits: &Limits) -> Self {
        Shape { limits: *limits, state: RefCell::default() }
    }

    /// Notes a problem that the JSON library reports with its position.
    pub(super) fn refuse<E: serde::de::Error>(&self, problem: Problem) -> E {
        let message = problem.to_string();
        if let Ok(mut state) = self.state.try_borrow_mut() {
            state.problem.get_or_insert(problem);
        }
        E::custom(message)
    }

    pub(super) fn refuse_text<E: serde::de::Error>(&self, message: impl Into<String>) -> E {
        self.refuse(Problem::Syntax(message.into()))
    }

    /// The number of candidates, once known. The first list fixes it.
    pub(super) fn length<E: serde::de::Error>(&self, found: usize, what: &str) -> Result<(), E> {
        if found > self.limits.candidates {
            return Err(self.refuse(Problem::TooManyCandidates { found, limit: self.limits.candidates }));
        }
        let expected = match self.state.try_borrow_mut() {
            Ok(mut state) => *state.candidates.get_or_insert(found),
            Err(_) => found,
        };
        if expected == found {
            return Ok(());
        }
        Err(self
            .refuse_text(format!("{what} has length {found}, but the number of candidates is {expected}")))
    }

    /// Most candidates allowed.
    pub(super) fn most_candidates(&self) -> usize {
        self.limits.candidates
    }

    pub(super) fn candidates(&self) -> Option<usize> {
        self.state.try_borrow().ok().and_then(|s| s.candidates)
    }

    /// Takes `marks` from the memory allowed.
    pub(super) fn spend<E: serde::de::Error>(&self, marks: usize) -> Result<(), E> {
        let over = match self.state.try_borrow_mut() {
            Ok(mut state) => {
                state.spent = state.spent.saturating_add(marks);
                state.spent > self.limits.marks
            }
            Err(_) => true,
        };
        if over { Err(self.refuse(Problem::TooManyMarks { limit: self.limits.marks })) } else { Ok(()) }
    }

    fn add<E: serde::de::Error>(&self, count: u64) -> Result<(), E> {
        let over = match self.state.try_borrow_mut() {
            Ok(mut state) => {
                state.total = state.total.saturating_add(count);
                state.total > MAX_BALLOTS
            }
            Err(_) => true,
        };
        if over { Err(self.refuse(Problem::TooManyBallots)) } else { Ok(()) }
    }

    /// A group of ballots, checked.
    pub(super) fn ballot<E: serde::de::Error>(&self, count: u64, marks: Vec<i32>) -> Result<Ballot, E> {
        if count == 0 || count > MAX_GROUP {
            return Err(self.refuse(Problem::BadCount { text: count.to_string() }));
        }
        self.length(marks.len(), "a ballot")?;
        self.add(count)?;
        Ok(Ballot { count, marks })
    }

    /// The error of the JSON library as ours. Its columns are bytes; ours are characters.
    pub(super) fn error(&self, error: &serde_json::Error, text: &str) -> ParseError {
        let line = text.split('\n').nth(error.line().saturating_sub(1)).unwrap_or("");
        let bytes = line.as_bytes();
        let before = bytes.get(..error.column().saturating_sub(1)).unwrap_or(bytes);
        let column = before.iter().filter(|&&b| b & 0xc0 != 0x80).count() + 1;
        let at = Position { line: error.line().max(1), column };
        let noted = self.state.try_borrow_mut().ok().and_then(|mut s| s.problem.take());
        match noted {
            Some(problem) if error.classify() == Category::Data => problem.at(at),
            _ => {
                let message = error.to_string();
                let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(m, _)| m);
                syntax(at, message)
            }
        }
    }
}

/// A list of whole numbers, one per candidate.
pub(super) struct Marks<'s>(pub &'s Shape);

impl<'de> DeserializeSeed<'de> for Marks<'_> {
    type Value = Vec<i32>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Marks<'_> {
    type Value = Vec<i32>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list with one whole number per candidate")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut marks = Vec::with_capacity(self.0.candidates().unwrap_or(0));
        self.0.spend(GROUP_COST)?;
        while let Some(mark) = seq.next_element::<i32>()? {
            self.0.spend(1)?;
            marks.push(mark);
        }
        Ok(marks)
    }
}

/// The kind whose ballots are written under this key.
pub(super) fn kind_of_key(key: &str) -> Option<Kind> {
    [Kind::Ranks, Kind::Scores, Kind::Grades, Kind::Approvals].into_iter().find(|k| k.key() == key)
}

/// A list of at most `limit` values.
pub(super) fn short_list<'de, T, A>(mut seq: A, limit: usize, shape: &Shape) -> Result<Vec<T>, A::Error>
where
    T: serde::Deserialize<'de>,
    A: SeqAccess<'de>,
{
    let mut list = Vec::new();
    while let Some(value) = seq.next_element()? {
        if list.len() >= limit {
            return Err(shape.refuse(Problem::TooManyCandidates { found: limit + 1, limit }));
        }
        list.push(value);
    }
    Ok(list)
}

/// A duplicate key.
pub(super) fn twice<E: serde::de::Error>(key: &str) -> E {
    E::custom(format!("the key {key:?} occurs twice"))
}

/// A key that nobody knows: a typing error would otherwise change a count silently.
pub(super) fn unknown<E: serde::de::Error>(key: &str) -> E {
    let key: String = key.chars().take(40).collect();
    E::custom(format!("the key {key:?} is not known here"))
}
