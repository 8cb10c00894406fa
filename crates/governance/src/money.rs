//! Money in whole minor units with a currency. No floating point, no conversion.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An ISO 4217 code of three capital letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// An amount in minor units (cents for USD, yen for JPY).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Amount in minor units of the currency.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

/// Why a text is no amount or currency.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MoneyError {
    /// Not three capital letters.
    #[error("“{0}” is not a currency; write a code of three letters like USD")]
    NotACurrency(String),
    /// Not a plain decimal number.
    #[error("“{0}” is not an amount; write it like 60 or 60.00")]
    NotAnAmount(String),
    /// More digits after the point than the currency has.
    #[error("{currency} has {places} digits after the point; “{text}” has more")]
    TooManyPlaces {
        /// As written.
        text: String,
        /// The currency.
        currency: Currency,
        /// Digits that the currency has.
        places: u32,
    },
    /// Beyond what can be kept exactly.
    #[error("the amount is too large; check it")]
    TooLarge,
}

impl Currency {
    /// US dollars.
    pub const USD: Self = Self(*b"USD");
    /// Euros.
    pub const EUR: Self = Self(*b"EUR");

    /// The code.
    #[must_use]
    pub fn code(&self) -> &str {
        // Only capital letters are ever stored.
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// Digits after the point: 2 for most, 0 or 3 for some (ISO 4217).
    #[must_use]
    pub fn places(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF"
            | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }
}

impl Money {
    /// An amount in minor units.
    #[must_use]
    pub const fn minor(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads an amount in major units as people type it: digits, and a point with at most the currency's digits.
    ///
    /// ```
    /// use folkmoot_governance::{Currency, Money};
    /// assert_eq!(Money::parse("24.99", Currency::USD)?.minor, 2499);
    /// assert!(Money::parse("24.999", Currency::USD).is_err());
    /// assert!(Money::parse("-5", Currency::USD).is_err());
    /// # Ok::<(), folkmoot_governance::MoneyError>(())
    /// ```
    ///
    /// # Errors
    /// When it is anything else, or too large.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let text = text.trim();
        let wrong = || MoneyError::NotAnAmount(text.chars().take(20).collect());
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let plain = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !plain(whole) || !plain(part) || text.ends_with('.') {
            return Err(wrong());
        }
        let places = currency.places();
        let missing = usize::try_from(places).unwrap_or(0).checked_sub(part.len()).ok_or_else(|| {
            MoneyError::TooManyPlaces { text: text.chars().take(20).collect(), currency, places }
        })?;
        let digits = format!("{whole}{part}{}", "0".repeat(missing));
        digits.parse().map(|minor| Self { minor, currency }).map_err(|_| MoneyError::TooLarge)
    }

    /// The sum, when the currencies are the same and it fits.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        let minor = self.minor.checked_add(other.minor)?;
        (self.currency == other.currency).then_some(Self { minor, ..self })
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// `60.00 USD`, `-5.00 EUR`, `700 JPY`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor < 0 { "-" } else { "" };
        let units = 10_u64.pow(self.currency.places());
        let (whole, part) = (self.minor.unsigned_abs() / units, self.minor.unsigned_abs() % units);
        match self.currency.places() {
            0 => write!(f, "{sign}{whole} {}", self.currency),
            3 => write!(f, "{sign}{whole}.{part:03} {}", self.currency),
            _ => write!(f, "{sign}{whole}.{part:02} {}", self.currency),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_bytes() {
            [a, b, c] if [a, b, c].iter().all(|byte| byte.is_ascii_uppercase()) => Ok(Self([*a, *b, *c])),
            _ => Err(MoneyError::NotACurrency(text.chars().take(20).collect())),
        }
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}
