//! The three kinds of questions (protocol 2.4).

use crate::json::{ReadError, Value, write_string};

/// Answers that one question may have.
pub const MAX_ANSWERS: usize = 2000;
/// Questions that one election may have.
pub const MAX_QUESTIONS: usize = 100;

/// A question of an election.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Question {
    /// Choose between `min` and `max` answers; the ciphertexts are added up.
    Homomorphic(Homomorphic),
    /// One small integer per answer (a rank or a grade); the ciphertexts are mixed and opened.
    NonHomomorphic(NonHomomorphic),
    /// Choose one list and candidates of it. Read and verified, never offered.
    Lists(Lists),
}

/// A homomorphic question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Homomorphic {
    /// The text of the question.
    pub question: String,
    /// The texts of the answers.
    pub answers: Vec<String>,
    /// Whether a blank vote is offered beside the answers.
    pub blank: bool,
    /// The least number of answers to choose.
    pub min: usize,
    /// The greatest number of answers to choose.
    pub max: usize,
}

impl Homomorphic {
    /// Ciphertexts per ballot: one per answer, after the blank flag if there is one.
    pub fn ciphertexts(&self) -> usize {
        self.answers.len() + usize::from(self.blank)
    }
}

/// A non-homomorphic question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NonHomomorphic {
    /// The text of the question.
    pub question: String,
    /// The texts of the answers.
    pub answers: Vec<String>,
    /// A hint at the counting method, inside the fingerprint but not checked.
    pub extra: Option<Value>,
}

/// A question of lists of candidates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lists {
    /// The text of the question.
    pub question: String,
    /// Per list, its name and then its candidates.
    pub answers: Vec<Vec<String>>,
}

/// How many ciphertexts a question has in a tally, and how they are nested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One array of this length.
    Flat(usize),
    /// Arrays of these lengths.
    Nested(Vec<usize>),
    /// One ciphertext per ballot.
    PerBallot,
}

impl Question {
    /// The layout of its encrypted tally.
    pub fn layout(&self) -> Layout {
        match self {
            Self::Homomorphic(q) => Layout::Flat(q.ciphertexts()),
            Self::NonHomomorphic(_) => Layout::PerBallot,
            Self::Lists(q) => Layout::Nested(q.answers.iter().map(Vec::len).collect()),
        }
    }

    /// Whether its ballots go through the mixnet.
    pub fn is_mixed(&self) -> bool {
        matches!(self, Self::NonHomomorphic(_))
    }

    /// Appends canonical JSON in the field order of the protocol.
    pub fn write(&self, out: &mut String) {
        match self {
            Self::Homomorphic(q) => {
                out.push_str("{\"answers\":");
                write_strings(out, &q.answers);
                if q.blank {
                    out.push_str(",\"blank\":true");
                }
                out.push_str(&format!(",\"min\":{},\"max\":{},\"question\":", q.min, q.max));
                write_string(out, &q.question);
                out.push('}');
            }
            Self::NonHomomorphic(q) => {
                out.push_str("{\"type\":\"NonHomomorphic\",\"value\":{\"answers\":");
                write_strings(out, &q.answers);
                out.push_str(",\"question\":");
                write_string(out, &q.question);
                out.push('}');
                if let Some(extra) = &q.extra {
                    out.push_str(",\"extra\":");
                    extra.write(out);
                }
                out.push('}');
            }
            Self::Lists(q) => {
                out.push_str("{\"type\":\"Lists\",\"value\":{\"answers\":[");
                for (i, list) in q.answers.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    write_strings(out, list);
                }
                out.push_str("],\"question\":");
                write_string(out, &q.question);
                out.push_str("}}");
            }
        }
    }

    /// Reads a question and checks that it makes sense; adds the names of unknown fields to `unknown`.
    ///
    /// # Errors
    /// Missing fields, wrong types, no answers, too many, or limits that contradict each other.
    pub fn read(value: &Value, unknown: &mut Vec<String>) -> Result<Self, ReadError> {
        let mut allow = |value: &Value, known: &[&str]| {
            unknown.extend(value.names().iter().filter(|n| !known.contains(n)).map(|n| (*n).to_owned()));
        };
        let Some(kind) = value.get("type") else {
            allow(value, &["answers", "blank", "min", "max", "question"]);
            return read_homomorphic(value).map(Self::Homomorphic);
        };
        let inner = value.field("value")?;
        allow(value, &["type", "value", "extra"]);
        match kind.as_str()? {
            "NonHomomorphic" => {
                allow(inner, &["answers", "question"]);
                let (question, answers) = (text(inner)?, strings(inner.field("answers")?)?);
                Ok(Self::NonHomomorphic(NonHomomorphic {
                    question,
                    answers,
                    extra: value.get("extra").cloned(),
                }))
            }
            "Lists" => {
                allow(inner, &["answers", "question"]);
                let lists = inner.field("answers")?.as_array()?;
                let answers = lists.iter().map(strings).collect::<Result<Vec<_>, _>>()?;
                let total: usize = answers.iter().map(Vec::len).sum();
                if answers.is_empty() || total > MAX_ANSWERS {
                    return Err(ReadError::shape("a question has no lists, or too many candidates"));
                }
                Ok(Self::Lists(Lists { question: text(inner)?, answers }))
            }
            "Homomorphic" => {
                allow(inner, &["answers", "blank", "min", "max", "question"]);
                read_homomorphic(inner).map(Self::Homomorphic)
            }
            other => Err(ReadError::shape(format!("the question type \"{other}\" is unknown"))),
        }
    }
}

fn read_homomorphic(value: &Value) -> Result<Homomorphic, ReadError> {
    let answers = strings(value.field("answers")?)?;
    let blank = value.get("blank").map_or(Ok(false), Value::as_bool)?;
    let limit = |name| value.field(name)?.as_natural().map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    let (min, max) = (limit("min")?, limit("max")?);
    if min > max || max > answers.len() {
        return Err(ReadError::shape(format!(
            "a question wants between {min} and {max} of {} answers, which cannot be",
            answers.len()
        )));
    }
    Ok(Homomorphic { question: text(value)?, answers, blank, min, max })
}

fn text(value: &Value) -> Result<String, ReadError> {
    value.field("question")?.as_str().map(str::to_owned)
}

fn strings(value: &Value) -> Result<Vec<String>, ReadError> {
    let items = value.as_array()?;
    if items.is_empty() || items.len() > MAX_ANSWERS {
        return Err(ReadError::shape(format!("a question has between 1 and {MAX_ANSWERS} answers")));
    }
    items.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

fn write_strings(out: &mut String, texts: &[String]) {
    out.push('[');
    for (i, text) in texts.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write_string(out, text);
    }
    out.push(']');
}
