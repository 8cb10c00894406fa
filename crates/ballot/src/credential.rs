//! Voting credentials: the private text a voter types, its secret scalar, and the public list (protocol 2.3).

use std::num::NonZeroU32;

use rand_core::CryptoRng;
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::election::BASE58;
use crate::group::{ElementError, Group, Scalar};
use crate::json::{ReadError, Reader, write_string};

/// The greatest weight of one voter: 2^53 - 1, exact in every JSON reader.
pub const MAX_WEIGHT: u64 = (1 << 53) - 1;

/// Lines of the list that are read together.
const ROLL_BATCH: usize = 4096;

/// Why a private credential was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// Neither of the two forms.
    #[error(
        "this is not a voting code: expected XXXXX-XXXXXX-XXXXX-XXXXXX (letters and digits without 0, O, I and l)"
    )]
    Form,
    /// The 15-character form with a wrong last character.
    #[error("this voting code has a typing error: its last character does not fit the others")]
    Checksum,
}

/// A private credential. Wiped from memory when dropped; `Debug` does not print it.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential(Zeroizing<String>);

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credential(..)")
    }
}

const FORM: [usize; 4] = [5, 6, 5, 6];
const OLD_FORM: [usize; 5] = [3, 3, 3, 3, 3];

/// Random Base58 characters without bias.
pub(crate) fn random_base58(rng: &mut dyn CryptoRng, count: usize) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(count));
    let mut byte = [0u8; 1];
    while text.len() < count {
        rng.fill_bytes(&mut byte);
        // 232 = 4·58: larger bytes would favour the first characters.
        if byte[0] < 232
            && let Some(c) = BASE58.as_bytes().get(usize::from(byte[0] % 58))
        {
            text.push(char::from(*c));
        }
    }
    text
}

fn has_form(text: &str, form: &[usize]) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.len() == form.len()
        && parts.iter().zip(form).all(|(p, n)| p.len() == *n && p.chars().all(|c| BASE58.contains(c)))
}

impl Credential {
    /// A fresh credential of 22 characters (128 bits).
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        let characters = random_base58(rng, FORM.iter().sum());
        let mut text = Zeroizing::new(String::with_capacity(25));
        for (i, c) in characters.chars().enumerate() {
            if [5, 11, 16].contains(&i) {
                text.push('-');
            }
            text.push(c);
        }
        Self(text)
    }

    /// Reads the form of releases from 2.4 (22 characters) or that of releases until 2.2 (15, with a checksum).
    ///
    /// # Errors
    /// [`CredentialError`].
    pub fn parse(text: &str) -> Result<Self, CredentialError> {
        if has_form(text, &FORM) {
            return Ok(Self(Zeroizing::new(text.to_owned())));
        }
        if !has_form(text, &OLD_FORM) {
            return Err(CredentialError::Form);
        }
        let digits: Vec<u64> =
            text.chars().filter_map(|c| BASE58.find(c)).map(|digit| digit as u64).collect();
        let (check, number) = digits.split_last().ok_or(CredentialError::Form)?;
        let remainder = number.iter().fold(0, |n, digit| (n * 58 + digit) % 53);
        if *check == 53 - remainder {
            Ok(Self(Zeroizing::new(text.to_owned())))
        } else {
            Err(CredentialError::Checksum)
        }
    }

    /// The text with dashes.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The secret scalar for an election.
    pub fn secret<G: Group>(&self, uuid: &str) -> Zeroizing<G::Scalar> {
        Zeroizing::new(if has_form(&self.0, &FORM) {
            let mut wide = Zeroizing::new([0u8; 64]);
            for (i, half) in wide.chunks_exact_mut(32).enumerate() {
                half.copy_from_slice(&Sha256::digest(format!("derive_credential|{uuid}|{i}|{}", *self.0)));
            }
            G::Scalar::from_be_bytes(wide.as_slice())
        } else {
            let mut key = Zeroizing::new([0u8; 32]);
            let rounds = NonZeroU32::new(1000).unwrap_or(NonZeroU32::MIN);
            ring::pbkdf2::derive(
                ring::pbkdf2::PBKDF2_HMAC_SHA256,
                rounds,
                uuid.as_bytes(),
                self.0.as_bytes(),
                key.as_mut_slice(),
            );
            G::Scalar::from_be_bytes(key.as_slice())
        })
    }

    /// The public credential for an election: g to the secret.
    pub fn public<G: Group>(&self, uuid: &str) -> G::Element {
        G::pow_generator(&self.secret::<G>(uuid))
    }
}

/// Why the list of public credentials was refused; lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RollError {
    /// Not a canonical array of strings.
    #[error("the list of public credentials cannot be read: {0}")]
    Malformed(#[from] ReadError),
    /// A line is not `ELEMENT` or `ELEMENT,WEIGHT`.
    #[error("public credential {line}: expected an element and, after a comma, a weight")]
    Line {
        /// Which.
        line: usize,
    },
    /// The element is refused.
    #[error("public credential {line}: {error}")]
    Element {
        /// Which.
        line: usize,
        /// Why.
        error: ElementError,
    },
    /// The weight is not a canonical decimal up to [`MAX_WEIGHT`].
    #[error("public credential {line}: the weight is not a plain decimal number up to {MAX_WEIGHT}")]
    Weight {
        /// Which.
        line: usize,
    },
    /// The same credential twice.
    #[error("public credential {line} appears twice")]
    Duplicate {
        /// The second one.
        line: usize,
    },
}

/// One line of the list of public credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicCredential<G: Group> {
    /// The element.
    pub element: G::Element,
    /// Its canonical text.
    pub text: String,
    /// How much a ballot of this credential counts.
    pub weight: u64,
}

impl<G: Group> PublicCredential<G> {
    /// Reads one line; `line` is for messages.
    ///
    /// # Errors
    /// [`RollError`]; a third field, such as a name, is refused.
    pub fn parse(text: &str, line: usize) -> Result<Self, RollError> {
        let (element_text, weight) = match text.split_once(',') {
            None => (text, 1),
            Some((element, weight)) => {
                if weight.contains(',') {
                    return Err(RollError::Line { line });
                }
                let canonical = weight == "0" || !weight.starts_with('0');
                let digits = !weight.is_empty() && weight.bytes().all(|b| b.is_ascii_digit());
                let value = weight.parse().ok().filter(|w| *w <= MAX_WEIGHT && canonical && digits);
                (element, value.ok_or(RollError::Weight { line })?)
            }
        };
        let element = G::decode_key(element_text).map_err(|error| RollError::Element { line, error })?;
        Ok(Self { element, text: element_text.to_owned(), weight })
    }
}

/// Reads the list of public credentials, line by line, giving each to `each` with its number from 0.
///
/// Membership of every element is tested; duplicates are for the caller to refuse.
///
/// # Errors
/// [`RollError`], or the first error that `each` returns.
pub fn read_roll<G: Group>(
    raw: &[u8],
    mut each: impl FnMut(usize, PublicCredential<G>) -> Result<(), RollError>,
) -> Result<(), RollError> {
    let mut reader = Reader::from_bytes(raw)?;
    reader.token("[")?;
    let mut start = 0;
    let mut done = reader.eat("]");
    while !done {
        let mut lines = Vec::new();
        while !done && lines.len() < ROLL_BATCH {
            lines.push(reader.plain()?);
            done = reader.eat("]");
            if !done {
                reader.token(",")?;
            }
        }
        // Membership tests are all the work here.
        let parse = |(i, line): (usize, &&str)| PublicCredential::parse(line, start + i + 1);
        let parsed: Vec<_> = lines.par_iter().enumerate().map(parse).collect();
        for (i, credential) in parsed.into_iter().enumerate() {
            each(start + i, credential?)?;
        }
        start += lines.len();
    }
    reader.end()?;
    Ok(())
}

/// Writes the list of public credentials, sorted as generators do. A weight of 1 is left out.
pub fn write_roll<G: Group>(credentials: &[(G::Element, u64)]) -> String {
    let elements: Vec<G::Element> = credentials.iter().map(|(e, _)| *e).collect();
    let mut lines: Vec<String> = G::encode_batch(&elements);
    for (line, (_, weight)) in lines.iter_mut().zip(credentials) {
        if *weight != 1 {
            line.push_str(&format!(",{weight}"));
        }
    }
    lines.sort_unstable();
    let mut out = String::from("[");
    for (i, line) in lines.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write_string(&mut out, line);
    }
    out.push(']');
    out
}
