//! Exact fractions between zero and one, for quorums, thresholds and limits. No floating point anywhere.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A share of a whole, for example one third, kept as written (`2/4` stays `2/4`) and compared exactly.
///
/// Written and serialised as `"numerator/denominator"`.
///
/// ```
/// use folkmoot_governance::Fraction;
/// let third: Fraction = "1/3".parse()?;
/// assert_eq!(third.least_count(1459, false), 487);
/// assert!(!third.is_reached(486, 1459, false));
/// assert!("4/3".parse::<Fraction>().is_err());
/// # Ok::<(), folkmoot_governance::FractionError>(())
/// ```
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fraction {
    numerator: u32,
    denominator: u32,
}

/// Why a text or a pair of numbers is not a [`Fraction`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FractionError {
    /// The denominator is zero.
    #[error("a fraction needs a denominator above zero")]
    ZeroDenominator,
    /// The value is above one.
    #[error("{0}/{1} is more than the whole; give a fraction between 0 and 1")]
    AboveOne(u32, u32),
    /// The text is not `numerator/denominator`.
    #[error("“{0}” is not a fraction; write it as 1/3 or 2/3")]
    NotAFraction(String),
}

impl Fraction {
    /// One half.
    pub const HALF: Self = Self { numerator: 1, denominator: 2 };
    /// One third.
    pub const THIRD: Self = Self { numerator: 1, denominator: 3 };
    /// Two thirds.
    pub const TWO_THIRDS: Self = Self { numerator: 2, denominator: 3 };
    /// One quarter.
    pub const QUARTER: Self = Self { numerator: 1, denominator: 4 };
    /// The whole.
    pub const WHOLE: Self = Self { numerator: 1, denominator: 1 };

    /// Makes `numerator/denominator`.
    ///
    /// # Errors
    /// When the denominator is zero or the value is above one.
    pub const fn new(numerator: u32, denominator: u32) -> Result<Self, FractionError> {
        if denominator == 0 {
            return Err(FractionError::ZeroDenominator);
        }
        if numerator > denominator {
            return Err(FractionError::AboveOne(numerator, denominator));
        }
        Ok(Self { numerator, denominator })
    }

    /// The upper number.
    #[must_use]
    pub const fn numerator(self) -> u32 {
        self.numerator
    }

    /// The lower number, never zero.
    #[must_use]
    pub const fn denominator(self) -> u32 {
        self.denominator
    }

    /// Whether `part` of `whole` is at least this fraction, or above it when `strict`.
    #[must_use]
    pub fn is_reached(self, part: u64, whole: u64, strict: bool) -> bool {
        let have = u128::from(part) * u128::from(self.denominator);
        let need = u128::from(whole) * u128::from(self.numerator);
        if strict { have > need } else { have >= need }
    }

    /// The least count that reaches this fraction of `whole` (above it when `strict`).
    ///
    /// May exceed `whole` when `strict`; 0 of 0 needs 0 unless strict.
    #[must_use]
    pub fn least_count(self, whole: u64, strict: bool) -> u64 {
        let product = u128::from(whole) * u128::from(self.numerator);
        let denominator = u128::from(self.denominator);
        let least = if strict { product / denominator + 1 } else { product.div_ceil(denominator) };
        u64::try_from(least).unwrap_or(u64::MAX)
    }

    /// The greatest count that is not above this fraction of `whole`.
    #[must_use]
    pub fn greatest_count(self, whole: u64) -> u64 {
        let product = u128::from(whole) * u128::from(self.numerator);
        u64::try_from(product / u128::from(self.denominator)).unwrap_or(u64::MAX)
    }

    /// The fraction in words where it has a usual name, otherwise in figures.
    #[must_use]
    pub fn in_words(self) -> String {
        match (self.numerator, self.denominator) {
            (1, 2) => "one half".into(),
            (1, 3) => "one third".into(),
            (2, 3) => "two thirds".into(),
            (1, 4) => "one quarter".into(),
            (3, 4) => "three quarters".into(),
            (4, 5) => "four fifths".into(),
            (1, 10) => "one tenth".into(),
            (n, d) if n == d => "all".into(),
            _ => self.to_string(),
        }
    }
}

/// Equal value, not equal spelling: `1/2 == 2/4`.
impl PartialEq for Fraction {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Fraction {}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let left = u64::from(self.numerator) * u64::from(other.denominator);
        left.cmp(&(u64::from(other.numerator) * u64::from(self.denominator)))
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

impl FromStr for Fraction {
    type Err = FractionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || FractionError::NotAFraction(text.chars().take(40).collect());
        let (numerator, denominator) = text.split_once('/').ok_or_else(wrong)?;
        let digits = |part: &str| {
            let part = part.trim();
            let plain = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| part.parse::<u32>().ok()).flatten()
        };
        match (digits(numerator), digits(denominator)) {
            (Some(numerator), Some(denominator)) => Self::new(numerator, denominator),
            _ => Err(wrong()),
        }
    }
}

impl TryFrom<String> for Fraction {
    type Error = FractionError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Fraction> for String {
    fn from(fraction: Fraction) -> Self {
        fraction.to_string()
    }
}
