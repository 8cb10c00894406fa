//! The encrypted tally (protocol 2.7).

use std::collections::HashMap;

use crate::elgamal::Ciphertext;
use crate::group::{Group, Scalar};
use crate::hash::Hash;
use crate::json::{ReadError, Reader};
use crate::question::{Layout, Question};
use crate::shape::Shape;

/// The greatest number that is written as a JSON number; greater ones are strings.
const MAX_NUMBER: u64 = 1_073_741_823;

/// Appends a weight or a count: a number up to 1073741823, a decimal string above.
pub fn write_weight(out: &mut String, weight: u64) {
    if weight <= MAX_NUMBER {
        out.push_str(&weight.to_string());
    } else {
        out.push_str(&format!("\"{weight}\""));
    }
}

/// Reads a weight or a count in its one spelling.
///
/// # Errors
/// Any other spelling.
pub fn read_weight(reader: &mut Reader<'_>) -> Result<u64, ReadError> {
    let at = reader.position();
    let expected = "a number up to 1073741823, or a greater one as a string";
    if !reader.eat("\"") {
        let weight = reader.natural()?;
        return if weight <= MAX_NUMBER { Ok(weight) } else { Err(ReadError::Expected { at, expected }) };
    }
    let weight = reader.natural()?;
    reader.token("\"")?;
    if weight > MAX_NUMBER { Ok(weight) } else { Err(ReadError::Expected { at, expected }) }
}

/// `{"num_tallied","total_weight","encrypted_tally"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SizedTally {
    /// Ballots that count: the last one of each credential.
    pub num_tallied: u64,
    /// The sum of their weights.
    pub total_weight: u64,
    /// The hash of the encrypted tally.
    pub encrypted_tally: Hash,
}

impl SizedTally {
    /// Canonical JSON.
    pub fn to_json(&self) -> String {
        let mut out = format!("{{\"num_tallied\":{},\"total_weight\":", self.num_tallied);
        write_weight(&mut out, self.total_weight);
        out.push_str(&format!(",\"encrypted_tally\":\"{}\"}}", self.encrypted_tally.hex()));
        out
    }
}

/// The ciphertexts to decrypt: per question an array, or arrays for lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptedTally<G: Group> {
    /// One entry per question.
    pub shape: Shape<Ciphertext<G>>,
}

impl<G: Group> EncryptedTally<G> {
    /// Canonical JSON.
    pub fn to_json(&self) -> String {
        let leaves = self.shape.leaves();
        let flat: Vec<G::Element> = leaves.iter().flat_map(|c| [c.alpha, c.beta]).collect();
        let texts = G::encode_batch(&flat);
        let mut pairs = texts.chunks_exact(2);
        let mut out = String::new();
        self.shape.write(&mut out, &mut |_, out| {
            if let Some([alpha, beta]) = pairs.next() {
                out.push_str(&format!("{{\"alpha\":\"{alpha}\",\"beta\":\"{beta}\"}}"));
            }
        });
        out
    }

    /// The ciphertexts of one question in order.
    pub fn question(&self, index: usize) -> Vec<Ciphertext<G>> {
        self.shape.entries().get(index).map(|s| s.leaves().into_iter().copied().collect()).unwrap_or_default()
    }

    /// The tally with the ciphertexts of some questions replaced, as a shuffle does.
    #[must_use]
    pub fn with_questions(&self, questions: &[usize], lists: &[Vec<Ciphertext<G>>]) -> Self {
        let replaced = |i: usize| questions.iter().position(|q| *q == i).and_then(|at| lists.get(at));
        let entries = self.shape.entries().iter().enumerate().map(|(i, entry)| match replaced(i) {
            Some(list) => Shape::row(list.iter().copied()),
            None => entry.clone(),
        });
        Self { shape: Shape::Array(entries.collect()) }
    }
}

/// Why a ballot cannot be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TallyError {
    /// A non-homomorphic question counts ballots, so all weights must be 1.
    #[error("a ballot of weight {weight} cannot be counted where a question is mixed; all weights must be 1")]
    Weight {
        /// The weight.
        weight: u64,
    },
    /// Not the ciphertexts of this election's questions.
    #[error("the ballot does not have the ciphertexts that the questions prescribe")]
    Shape,
    /// The total does not fit.
    #[error("the total weight exceeds 2^63 - 1")]
    Overflow,
}

/// Running products over the last ballot of every voter.
///
/// Memory does not depend on the number of ballots, except that mixed questions keep one ciphertext per voter.
#[derive(Clone, Debug)]
pub struct Accumulator<G: Group> {
    layouts: Vec<Layout>,
    sums: Vec<Vec<Ciphertext<G>>>,
    mixed: Vec<HashMap<u64, Ciphertext<G>>>,
    num_tallied: u64,
    total_weight: u64,
}

fn multiply_into<G: Group>(sums: &mut [Ciphertext<G>], list: &[Ciphertext<G>], weight: u64, remove: bool) {
    if weight == 1 && !remove {
        // Nearly every ballot: nothing is copied beside the additions themselves.
        for (sum, c) in sums.iter_mut().zip(list) {
            sum.alpha = G::mul(&sum.alpha, &c.alpha);
            sum.beta = G::mul(&sum.beta, &c.beta);
        }
        return;
    }
    let exponent = G::Scalar::from_u64(weight);
    for (sum, c) in sums.iter_mut().zip(list) {
        let c = if weight == 1 { *c } else { c.vartime_pow(&exponent) };
        *sum = if remove { sum.divide(&c) } else { sum.multiply(&c) };
    }
}

impl<G: Group> Accumulator<G> {
    /// An empty tally.
    pub fn new(questions: &[Question]) -> Self {
        let layouts: Vec<Layout> = questions.iter().map(Question::layout).collect();
        let sums = layouts.iter().map(|layout| vec![Ciphertext::identity(); length(layout)]).collect();
        let mixed = layouts.iter().map(|_| HashMap::new()).collect();
        Self { layouts, sums, mixed, num_tallied: 0, total_weight: 0 }
    }

    /// Counts the ballot of a voter (any number that identifies the credential), instead of the one that it replaces.
    ///
    /// # Errors
    /// See [`TallyError`]; the tally is unchanged then.
    pub fn cast(
        &mut self,
        voter: u64,
        weight: u64,
        ballot: &[Vec<Ciphertext<G>>],
        replaced: Option<&[Vec<Ciphertext<G>>]>,
    ) -> Result<(), TallyError> {
        let fits = |ballot: &[Vec<Ciphertext<G>>]| {
            ballot.len() == self.layouts.len()
                && ballot.iter().zip(&self.layouts).all(|(list, layout)| match layout {
                    Layout::PerBallot => list.len() == 1,
                    other => list.len() == length(other),
                })
        };
        if !fits(ballot) || replaced.is_some_and(|old| !fits(old)) {
            return Err(TallyError::Shape);
        }
        if weight != 1 && self.layouts.contains(&Layout::PerBallot) {
            return Err(TallyError::Weight { weight });
        }
        if replaced.is_none() {
            let total = self.total_weight.checked_add(weight).filter(|t| *t < 1 << 63);
            self.total_weight = total.ok_or(TallyError::Overflow)?;
            self.num_tallied += 1;
        }
        for (i, layout) in self.layouts.iter().enumerate() {
            let (Some(sums), Some(mixed), Some(list)) =
                (self.sums.get_mut(i), self.mixed.get_mut(i), ballot.get(i))
            else {
                continue;
            };
            match (layout, list.first()) {
                (Layout::PerBallot, Some(c)) => {
                    mixed.insert(voter, *c);
                }
                _ => {
                    if let Some(old) = replaced.and_then(|old| old.get(i)) {
                        multiply_into(sums, old, weight, true);
                    }
                    multiply_into(sums, list, weight, false);
                }
            }
        }
        Ok(())
    }

    /// Ballots that count so far.
    pub fn num_tallied(&self) -> u64 {
        self.num_tallied
    }

    /// The sum of their weights.
    pub fn total_weight(&self) -> u64 {
        self.total_weight
    }

    /// The encrypted tally. Ciphertexts of mixed questions are sorted, so their order tells nothing.
    pub fn finish(&self) -> EncryptedTally<G> {
        let entries =
            self.layouts.iter().zip(&self.sums).zip(&self.mixed).map(
                |((layout, sums), mixed)| match layout {
                    Layout::Flat(_) => Shape::row(sums.iter().copied()),
                    Layout::PerBallot => {
                        let mut list: Vec<Ciphertext<G>> = mixed.values().copied().collect();
                        list.sort_by_cached_key(|c| (G::sort_key(&c.alpha), G::sort_key(&c.beta)));
                        Shape::row(list)
                    }
                    Layout::Nested(sizes) => {
                        let mut rest = sums.iter().copied();
                        Shape::Array(sizes.iter().map(|n| Shape::row(rest.by_ref().take(*n))).collect())
                    }
                },
            );
        EncryptedTally { shape: Shape::Array(entries.collect()) }
    }

    /// The object that goes beside the encrypted tally of this JSON text.
    pub fn sized(&self, encrypted_tally: &str) -> SizedTally {
        SizedTally {
            num_tallied: self.num_tallied,
            total_weight: self.total_weight,
            encrypted_tally: Hash::of(encrypted_tally.as_bytes()),
        }
    }
}

fn length(layout: &Layout) -> usize {
    match layout {
        Layout::Flat(n) => *n,
        Layout::Nested(sizes) => sizes.iter().sum(),
        Layout::PerBallot => 0,
    }
}
