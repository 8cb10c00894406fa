//! Our JSON: the format of the counting vectors, one election per file, with the outcome on export.
//!
//! Unknown keys are refused. `expected`, `outcome` and what describes the file are skipped on reading.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};

use super::bounded::Bounded;
use super::error::{ExportError, ParseError, Position, Problem, quoted, syntax};
use super::file::{ballots_of, is_permutation, kind_of};
use super::marks::{Marks, Shape, kind_of_key, short_list, twice, unknown};
use super::text::{check_name, check_title, decode};
use super::{BallotFile, Limits};
use crate::outcome::Outcome;
use crate::profile::{Ballot, Kind, MAX_BALLOTS, Votes};

/// Keys that describe a file and decide nothing.
const SKIPPED: [&str; 8] =
    ["id", "why", "expected", "outcome", "explanation", "source", "official", "checked_by"];

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<BallotFile, ParseError> {
    let text = decode(bytes, limits)?;
    let shape = Shape::new(limits);
    let mut json = serde_json::Deserializer::from_str(text);
    let parts = Root(&shape)
        .deserialize(&mut json)
        .and_then(|parts| json.end().map(|()| parts))
        .map_err(|e| shape.error(&e, text))?;
    parts.into_file()
}

#[derive(Default)]
struct Parts {
    title: Option<String>,
    method: Option<String>,
    seats: Option<u32>,
    candidates: Option<Vec<String>>,
    ballots: Option<(Option<Kind>, Vec<Ballot>)>,
    totals: Option<Vec<u64>>,
    cast: Option<u64>,
    blank: Option<u64>,
    options: Option<Map<String, Value>>,
}

impl Parts {
    fn into_file(self) -> Result<BallotFile, ParseError> {
        let missing = |what: &str| syntax(Position::START, format!("the key {what:?} is missing"));
        let candidates = self.candidates.ok_or_else(|| missing("candidates"))?;
        let votes = match (self.ballots, self.totals) {
            (Some((kind, ballots)), None) => Votes::of(kind.unwrap_or(Kind::Ranks), ballots),
            (None, Some(totals)) => Some(Votes::Totals { totals, cast: self.cast, blank: self.blank }),
            (None, None) => return Err(missing("ballots")),
            (Some(_), Some(_)) => {
                return Err(syntax(Position::START, "a file holds ballots or totals, not both"));
            }
        };
        let mut file = BallotFile {
            title: self.title,
            method: self.method,
            seats: self.seats,
            candidates,
            votes: votes.into_iter().collect(),
            ..BallotFile::default()
        };
        if let Some(options) = self.options {
            place_options(&mut file, options)?;
        }
        Ok(file)
    }
}

/// Parts the options of the election from the settings of the method.
fn place_options(file: &mut BallotFile, mut options: Map<String, Value>) -> Result<(), ParseError> {
    let n = file.candidates.len();
    let wrong = |what: &str| syntax(Position::START, format!("options: {what}"));
    let numbers = |value: Value| serde_json::from_value::<Vec<usize>>(value).ok();
    if let Some(value) = options.remove("lot") {
        let lot = numbers(value).filter(|lot| is_permutation(lot, n));
        file.lot = Some(lot.ok_or_else(|| wrong("lot must hold every candidate's number once"))?);
    }
    let set = |value: Value, what: &str| {
        let mut list = numbers(value).ok_or_else(|| wrong(what))?;
        if let Some(c) = list.iter().find(|&&c| c >= n) {
            return Err(Problem::UnknownCandidate { name: c.to_string(), candidates: n }.at(Position::START));
        }
        list.sort_unstable();
        if let Some([c, _]) = list.windows(2).find(|w| matches!(w, [a, b] if a == b)) {
            return Err(Problem::DuplicateCandidate { name: c.to_string() }.at(Position::START));
        }
        Ok(list)
    };
    if let Some(value) = options.remove("withdrawn") {
        file.withdrawn = set(value, "withdrawn is a list of candidate numbers")?;
    }
    if let Some(value) = options.remove("sitting") {
        file.sitting = set(value, "sitting is a list of candidate numbers")?;
    }
    if let Some(value) = options.remove("groups") {
        let groups = serde_json::from_value::<Vec<Option<String>>>(value).ok().filter(|g| g.len() == n);
        file.groups = groups.ok_or_else(|| wrong("groups holds one text or null per candidate"))?;
    }
    if let Some(value) = options.remove("max_per_group") {
        let most = value.as_u64().and_then(|m| u32::try_from(m).ok());
        file.max_per_group = Some(most.ok_or_else(|| wrong("max_per_group is a whole number"))?);
    }
    if let Some(value) = options.remove("eligible") {
        let eligible = value.as_u64().filter(|&e| e <= MAX_BALLOTS);
        file.eligible = Some(eligible.ok_or_else(|| wrong("eligible is a number of electors"))?);
    }
    file.settings = options;
    Ok(())
}

struct Root<'s>(&'s Shape);

impl<'de> DeserializeSeed<'de> for Root<'_> {
    type Value = Parts;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Root<'_> {
    type Value = Parts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one election as an object with candidates and ballots (a list of cases must be split)")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut parts = Parts::default();
        let mut seen: Vec<String> = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if seen.contains(&key) {
                return Err(twice(&key));
            }
            self.value(&key, &mut map, &mut parts)?;
            seen.push(key);
        }
        Ok(parts)
    }
}

impl Root<'_> {
    fn value<'de, A: MapAccess<'de>>(
        &self,
        key: &str,
        map: &mut A,
        parts: &mut Parts,
    ) -> Result<(), A::Error> {
        match key {
            "title" => {
                let title: String = map.next_value()?;
                parts.title = check_title(&title, Position::START).map_err(|e| self.0.refuse(e.problem))?;
            }
            "method" => parts.method = Some(map.next_value()?),
            "seats" => {
                let seats: u32 = map.next_value()?;
                if seats > 1 << 16 {
                    return Err(self.0.refuse_text("more than 65536 seats are too many"));
                }
                parts.seats = Some(seats);
            }
            "candidates" => parts.candidates = Some(map.next_value_seed(Names(self.0))?),
            "ballots" => parts.ballots = Some(map.next_value_seed(Ballots { shape: self.0 })?),
            "totals" => parts.totals = Some(map.next_value_seed(Totals(self.0))?),
            "cast" => parts.cast = Some(map.next_value()?),
            "blank" => parts.blank = Some(map.next_value()?),
            "options" => match map.next_value_seed(Bounded::new(self.0))? {
                Value::Object(options) => parts.options = Some(options),
                _ => return Err(A::Error::custom("options is an object")),
            },
            key if SKIPPED.contains(&key) => {
                map.next_value::<IgnoredAny>()?;
            }
            key => return Err(unknown(key)),
        }
        Ok(())
    }
}

macro_rules! seed {
    ($name:ident, $value:ty, $method:ident) => {
        impl<'de> DeserializeSeed<'de> for $name<'_> {
            type Value = $value;

            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
                deserializer.$method(self)
            }
        }
    };
}

struct Names<'s>(&'s Shape);
seed!(Names, Vec<String>, deserialize_seq);

impl<'de> Visitor<'de> for Names<'_> {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of names")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut names = Vec::new();
        while let Some(name) = seq.next_element::<String>()? {
            check_name(&name, Position::START).map_err(|e| self.0.refuse(e.problem))?;
            names.push(name);
            if names.len() > self.0.most_candidates() {
                break;
            }
        }
        self.0.length(names.len(), "the list of candidates")?;
        Ok(names)
    }
}

struct Totals<'s>(&'s Shape);
seed!(Totals, Vec<u64>, deserialize_seq);

impl<'de> Visitor<'de> for Totals<'_> {
    type Value = Vec<u64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one total per candidate")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        let totals: Vec<u64> = short_list(seq, self.0.most_candidates(), self.0)?;
        if totals.iter().any(|&t| t > MAX_BALLOTS) {
            return Err(self.0.refuse(Problem::TooManyBallots));
        }
        self.0.length(totals.len(), "the list of totals")?;
        Ok(totals)
    }
}

struct Ballots<'s> {
    shape: &'s Shape,
}
seed!(Ballots, (Option<Kind>, Vec<Ballot>), deserialize_seq);

impl<'de> Visitor<'de> for Ballots<'_> {
    type Value = (Option<Kind>, Vec<Ballot>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of ballots")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut kind = None;
        let mut ballots = Vec::new();
        while let Some((found, ballot)) = seq.next_element_seed(OneBallot(self.shape))? {
            if *kind.get_or_insert(found) != found {
                let message = format!("this ballot has {}, others have other marks", found.key());
                return Err(self.shape.refuse_text(message));
            }
            ballots.push(ballot);
        }
        Ok((kind, ballots))
    }
}

struct OneBallot<'s>(&'s Shape);
seed!(OneBallot, (Kind, Ballot), deserialize_map);

impl<'de> Visitor<'de> for OneBallot<'_> {
    type Value = (Kind, Ballot);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a ballot {\"count\":5,\"ranks\":[1,2,0]}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut count: Option<u64> = None;
        let mut marks: Option<(Kind, Vec<i32>)> = None;
        while let Some(key) = map.next_key::<String>()? {
            if key == "count" {
                if count.replace(map.next_value()?).is_some() {
                    return Err(twice(&key));
                }
                continue;
            }
            let Some(kind) = kind_of_key(&key) else { return Err(unknown(&key)) };
            let list = map.next_value_seed(Marks(self.0))?;
            if marks.replace((kind, list)).is_some() {
                return Err(self.0.refuse_text("a ballot has one list of marks"));
            }
        }
        let count = count.ok_or_else(|| self.0.refuse_text("the ballot has no count"))?;
        let (kind, marks) = marks
            .ok_or_else(|| self.0.refuse_text("the ballot has no ranks, scores, grades or approvals"))?;
        Ok((kind, self.0.ballot(count, marks)?))
    }
}

/// Our JSON. With an outcome: the settings counted with, the outcome in the form of the counting vectors under
/// `expected`, everything the count recorded under `outcome`, and the same in sentences under `explanation`.
///
/// # Errors
/// When the ballots come in several kinds, of which JSON holds one, or do not fit the candidates.
pub fn write(file: &BallotFile, outcome: Option<&Outcome>) -> Result<String, ExportError> {
    file.check()?;
    let votes = match file.votes.as_slice() {
        [votes] => votes,
        [] => return Err(ExportError::Kind { format: "JSON", kind: "no ballots" }),
        _ => return Err(ExportError::Kind { format: "JSON", kind: "ballots of several kinds" }),
    };
    if let Some(name) = file.candidates.iter().find(|n| check_name(n, Position::START).is_err()) {
        let reserved = "control characters, and name every candidate";
        return Err(ExportError::Text { format: "JSON", text: quoted(name), reserved });
    }
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| out.insert(key.to_owned(), value);
    if let Some(title) = &file.title {
        put("title", json!(title));
    }
    let settings = settings_of(file, outcome)?;
    if let Some(method) = outcome.map(|o| o.settings.name()).or(file.method.as_deref()) {
        put("method", json!(method));
    }
    if let Some(seats) = file.seats {
        put("seats", json!(seats));
    }
    put("candidates", json!(file.candidates));
    match votes {
        Votes::Totals { totals, cast, blank } => {
            put("totals", json!(totals));
            if let Some(cast) = cast {
                put("cast", json!(cast));
            }
            if let Some(blank) = blank {
                put("blank", json!(blank));
            }
        }
        ballots => {
            let key = kind_of(ballots).key();
            let list = ballots_of(ballots).iter().map(|b| json!({"count": b.count, key: b.marks})).collect();
            put("ballots", Value::Array(list));
        }
    }
    put("options", Value::Object(settings));
    if let Some(outcome) = outcome {
        put("expected", outcome.to_vector());
        put("explanation", json!(outcome.explain()));
        put("outcome", serde_json::to_value(outcome).map_err(|e| ExportError::Inconsistent(e.to_string()))?);
    }
    let mut text = serde_json::to_string(&out).map_err(|e| ExportError::Inconsistent(e.to_string()))?;
    text.push('\n');
    Ok(text)
}

fn settings_of(file: &BallotFile, outcome: Option<&Outcome>) -> Result<Map<String, Value>, ExportError> {
    let mut options = file.settings.clone();
    if let Some(outcome) = outcome {
        let settings = serde_json::to_value(&outcome.settings);
        if let Ok(Value::Object(settings)) = settings {
            options = settings;
            options.shift_remove("method");
        }
    }
    let lot = outcome.map(|o| &o.lot).or(file.lot.as_ref());
    let withdrawn = outcome.map_or(&file.withdrawn, |o| &o.withdrawn);
    if let Some(lot) = lot {
        options.insert("lot".to_owned(), json!(lot));
    }
    if !withdrawn.is_empty() {
        options.insert("withdrawn".to_owned(), json!(withdrawn));
    }
    if !file.sitting.is_empty() {
        options.insert("sitting".to_owned(), json!(file.sitting));
    }
    if !file.groups.is_empty() {
        options.insert("groups".to_owned(), json!(file.groups));
    }
    if let Some(most) = file.max_per_group {
        options.insert("max_per_group".to_owned(), json!(most));
    }
    if let Some(eligible) = file.eligible {
        options.insert("eligible".to_owned(), json!(eligible));
    }
    Ok(options)
}
