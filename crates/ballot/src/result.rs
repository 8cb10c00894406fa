//! The result: counts of homomorphic questions, plain ballots of mixed ones (protocol 2.9).

use std::collections::HashMap;

use crate::group::{EmbedError, Group, Scalar};
use crate::json::{ReadError, Reader};
use crate::question::Question;
use crate::shape::Shape;
use crate::tally::{read_weight, write_weight};

/// The greatest total weight whose counts are searched for; 2^40 needs a table of a million entries.
pub const MAX_TOTAL_WEIGHT: u64 = 1 << 40;

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResultError {
    /// Not the canonical JSON of a result of these questions.
    #[error("the result cannot be read: {0}")]
    Malformed(#[from] ReadError),
    /// No count up to the total weight fits a decrypted value.
    #[error("question {question}: the decrypted value is no count between 0 and the total weight")]
    NoCount {
        /// Number of the question, from 1.
        question: usize,
    },
    /// The total weight is beyond [`MAX_TOTAL_WEIGHT`].
    #[error("the total weight {0} is too great to search for counts")]
    TooHeavy(u64),
    /// A mixed question in a group without embedding.
    #[error("question {question}: {error}")]
    Embedding {
        /// Number of the question, from 1.
        question: usize,
        /// Why.
        error: EmbedError,
    },
    /// The number of decrypted entries is not that of the questions.
    #[error("the decrypted values do not have the shape of the questions")]
    Shape,
    /// The stated result is not what the decryption says.
    #[error("question {question}: the stated result is not what the decryption gives")]
    Wrong {
        /// Number of the question, from 1.
        question: usize,
    },
}

/// A result: per question an array of counts, arrays of counts for lists, or one array of integers per ballot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElectionResult {
    /// One entry per question.
    pub shape: Shape<u64>,
}

impl ElectionResult {
    /// The canonical object `{"result":[..]}`.
    pub fn to_json(&self) -> String {
        format!("{{\"result\":{}}}", self.value_json())
    }

    /// The value of its field `result`.
    pub fn value_json(&self) -> String {
        let mut out = String::new();
        self.shape.write(&mut out, &mut |count, out| write_weight(out, *count));
        out
    }

    /// Decodes what was decrypted: beta divided by the combined factors, in the shape of the (shuffled) tally.
    ///
    /// # Errors
    /// See [`ResultError`].
    pub fn decode<G: Group>(
        questions: &[Question],
        decrypted: &Shape<G::Element>,
        total_weight: u64,
    ) -> Result<Self, ResultError> {
        let entries = entries_of::<G>(questions, decrypted)?;
        let mut logarithms = None;
        let decoded = entries.iter().zip(questions).enumerate().map(|(i, (entry, question))| {
            if let Question::NonHomomorphic(q) = question {
                return plain_ballots::<G>(i + 1, entry, q.answers.len());
            }
            let logarithms = match &logarithms {
                Some(table) => table,
                None => logarithms.insert(Logarithms::<G>::new(total_weight)?),
            };
            entry.try_map(&mut |v| logarithms.find(v).ok_or(ResultError::NoCount { question: i + 1 }))
        });
        Ok(Self { shape: Shape::Array(decoded.collect::<Result<_, _>>()?) })
    }

    /// Checks a stated result object against what was decrypted; needs no search.
    ///
    /// # Errors
    /// [`ResultError::Malformed`] for another spelling or shape, [`ResultError::Wrong`] for another result.
    pub fn check<G: Group>(
        raw: &[u8],
        questions: &[Question],
        decrypted: &Shape<G::Element>,
        total_weight: u64,
    ) -> Result<Self, ResultError> {
        let entries = entries_of::<G>(questions, decrypted)?;
        let mut reader = Reader::from_bytes(raw)?;
        reader.token("{\"result\":[")?;
        let mut stated = Vec::with_capacity(questions.len());
        for (i, (entry, question)) in entries.iter().zip(questions).enumerate() {
            if i > 0 {
                reader.token(",")?;
            }
            let wrong = ResultError::Wrong { question: i + 1 };
            if let Question::NonHomomorphic(q) = question {
                let ballots = plain_ballots::<G>(i + 1, entry, q.answers.len())?;
                let read = ballots.read_like(&mut reader, &mut |r| r.natural())?;
                if read != ballots {
                    return Err(wrong);
                }
                stated.push(read);
                continue;
            }
            let read = entry.read_like(&mut reader, &mut read_weight)?;
            let pairs = read.leaves().into_iter().zip(entry.leaves());
            for (count, value) in pairs {
                let power = G::vartime_pow_generator(&G::Scalar::from_u64(*count));
                if *count > total_weight || power != *value {
                    return Err(wrong);
                }
            }
            stated.push(read);
        }
        reader.token("]}")?;
        reader.end()?;
        Ok(Self { shape: Shape::Array(stated) })
    }
}

fn entries_of<'a, G: Group>(
    questions: &[Question],
    decrypted: &'a Shape<G::Element>,
) -> Result<&'a [Shape<G::Element>], ResultError> {
    let entries = decrypted.entries();
    if entries.len() == questions.len() { Ok(entries) } else { Err(ResultError::Shape) }
}

fn plain_ballots<G: Group>(
    question: usize,
    entry: &Shape<G::Element>,
    answers: usize,
) -> Result<Shape<u64>, ResultError> {
    let ballot = |element| {
        let integers =
            G::unembed(element, answers).map_err(|error| ResultError::Embedding { question, error })?;
        Ok(Shape::row(integers.into_iter().map(u64::from)))
    };
    Ok(Shape::Array(entry.leaves().into_iter().map(ballot).collect::<Result<_, ResultError>>()?))
}

/// Baby steps and giant steps: logarithms to base g between 0 and a bound.
struct Logarithms<G: Group> {
    bound: u64,
    steps: u64,
    baby: HashMap<Vec<u8>, u64>,
    giant: G::Element,
}

impl<G: Group> Logarithms<G> {
    fn new(bound: u64) -> Result<Self, ResultError> {
        if bound > MAX_TOTAL_WEIGHT {
            return Err(ResultError::TooHeavy(bound));
        }
        let steps = bound.isqrt() + 1;
        let mut baby = HashMap::new();
        let mut power = G::identity();
        for i in 0..steps {
            baby.insert(key::<G>(&power), i);
            power = G::mul(&power, &G::generator());
        }
        Ok(Self { bound, steps, baby, giant: G::invert(&power) })
    }

    fn find(&self, value: &G::Element) -> Option<u64> {
        let mut value = *value;
        let mut base = 0u64;
        while base <= self.bound {
            if let Some(step) = self.baby.get(&key::<G>(&value)) {
                return Some(base + step).filter(|count| *count <= self.bound);
            }
            value = G::mul(&value, &self.giant);
            base += self.steps;
        }
        None
    }
}

/// The last 16 bytes of an element: enough to tell a million powers of g apart, and small.
fn key<G: Group>(element: &G::Element) -> Vec<u8> {
    let mut bytes = G::sort_key(element);
    let keep = bytes.len().saturating_sub(16);
    bytes.drain(..keep);
    bytes
}
