//! Exact numbers of votes and exact ratios.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An exact, non-negative number of votes or points: whole, in fixed decimals, or a fraction.
///
/// Written as text everywhere outside this crate: `12`, `7.00004`, `33/2`.
#[derive(Debug, Clone, Copy)]
pub struct Amount {
    units: u128,
    per: u128,
    decimals: u8,
}

impl Amount {
    /// Nothing.
    pub const ZERO: Amount = Amount { units: 0, per: 1, decimals: 0 };

    /// A whole number.
    pub fn whole(n: u64) -> Amount {
        Amount { units: u128::from(n), per: 1, decimals: 0 }
    }

    /// `units` parts of 10^`decimals`, always written with that many decimals. More than 18 decimals are cut to 18.
    pub fn fixed(units: u128, decimals: u8) -> Amount {
        let decimals = decimals.min(18);
        Amount { units, per: 10u128.pow(u32::from(decimals)), decimals }
    }

    /// The fraction `num/den` in lowest terms; a denominator of 0 is taken as 1.
    pub fn fraction(num: u128, den: u128) -> Amount {
        let den = den.max(1);
        let g = gcd(num, den).max(1);
        Amount { units: num / g, per: den / g, decimals: 0 }
    }

    /// The whole part, rounded down.
    pub fn floor(self) -> u128 {
        self.units / self.per.max(1)
    }

    /// Parts per million of `whole`, rounded down; 0 when `whole` is 0. For the width of bars.
    pub fn ppm_of(self, whole: Amount) -> u64 {
        let den = whole.units.saturating_mul(self.per);
        let num = self.units.saturating_mul(whole.per);
        if den == 0 {
            return 0;
        }
        let ppm = match num.checked_mul(1_000_000) {
            Some(n) => n / den,
            None => num / (den / 1_000_000).max(1),
        };
        u64::try_from(ppm).unwrap_or(u64::MAX)
    }
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Compares two fractions exactly, whatever their size: where the cross products do not fit, by whole parts and then by
/// what is left over, turned upside down.
fn compare_fractions(mut a: (u128, u128), mut b: (u128, u128)) -> Ordering {
    let mut turned = false;
    loop {
        let (x, y) = if turned { (b, a) } else { (a, b) };
        if let (Some(left), Some(right)) = (x.0.checked_mul(y.1), y.0.checked_mul(x.1)) {
            return left.cmp(&right);
        }
        let whole = (x.0 / x.1.max(1)).cmp(&(y.0 / y.1.max(1)));
        let (left, right) = (x.0 % x.1.max(1), y.0 % y.1.max(1));
        if whole.is_ne() || left == 0 || right == 0 {
            return whole.then(left.cmp(&right));
        }
        // left/x.1 against right/y.1 is the opposite of x.1/left against y.1/right.
        (a, b) = ((a.1, a.0 % a.1.max(1)), (b.1, b.0 % b.1.max(1)));
        turned = !turned;
    }
}

impl PartialEq for Amount {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Amount {}
impl PartialOrd for Amount {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Amount {
    fn cmp(&self, other: &Self) -> Ordering {
        compare_fractions((self.units, self.per), (other.units, other.per))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.decimals > 0 {
            let width = usize::from(self.decimals);
            write!(f, "{}.{:0width$}", self.units / self.per, self.units % self.per)
        } else if self.per == 1 {
            write!(f, "{}", self.units)
        } else {
            write!(f, "{}/{}", self.units, self.per)
        }
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        let number = |t: &str| t.parse::<u128>().map_err(|_| de::Error::custom("not an exact number"));
        if let Some((whole, part)) = text.split_once('.') {
            let decimals = u8::try_from(part.len()).unwrap_or(u8::MAX);
            if decimals > 18 || decimals == 0 {
                return Err(de::Error::custom("an amount has 1 to 18 decimals"));
            }
            let units = number(whole)?
                .checked_mul(10u128.pow(u32::from(decimals)))
                .and_then(|u| u.checked_add(number(part).ok()?))
                .ok_or_else(|| de::Error::custom("amount too large"))?;
            return Ok(Amount::fixed(units, decimals));
        }
        match text.split_once('/') {
            Some((num, den)) => match number(den)? {
                0 => Err(de::Error::custom("a fraction has a denominator of 1 or more")),
                den => Ok(Amount::fraction(number(num)?, den)),
            },
            None => Ok(Amount { units: number(&text)?, per: 1, decimals: 0 }),
        }
    }
}

/// A ratio of two whole numbers, such as a threshold of 2/3.
///
/// Serialised as `[num, den]`; read from that, from a whole number, or from text (`"3"`, `"2/3"`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ratio {
    /// Numerator.
    pub num: u64,
    /// Denominator, never 0.
    pub den: u64,
}

impl Ratio {
    /// `num/den`; `None` when `den` is 0.
    pub fn new(num: u64, den: u64) -> Option<Ratio> {
        (den != 0).then_some(Ratio { num, den })
    }

    /// The whole number `n`.
    pub const fn whole(n: u64) -> Ratio {
        Ratio { num: n, den: 1 }
    }

    /// Compares `part` with this ratio of `base`, exactly.
    pub fn compare(self, part: u64, base: u64) -> Ordering {
        let left = u128::from(part) * u128::from(self.den);
        left.cmp(&(u128::from(self.num) * u128::from(base)))
    }

    /// True when `part` is more than (`strict`) or at least this ratio of `base`.
    pub fn reached(self, part: u64, base: u64, strict: bool) -> bool {
        match self.compare(part, base) {
            Ordering::Greater => true,
            Ordering::Equal => !strict,
            Ordering::Less => false,
        }
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.den == 1 { write!(f, "{}", self.num) } else { write!(f, "{}/{}", self.num, self.den) }
    }
}

impl Serialize for Ratio {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        [self.num, self.den].serialize(s)
    }
}

impl<'de> Deserialize<'de> for Ratio {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Pair([u64; 2]),
            Whole(u64),
            Text(String),
        }
        let bad = || de::Error::custom("a ratio is [num, den], a whole number, or text such as \"2/3\"");
        let (num, den) = match Form::deserialize(d)? {
            Form::Pair([num, den]) => (num, den),
            Form::Whole(n) => (n, 1),
            Form::Text(t) => {
                let (num, den) = t.split_once('/').unwrap_or((&t, "1"));
                (num.trim().parse().map_err(|_| bad())?, den.trim().parse().map_err(|_| bad())?)
            }
        };
        Ratio::new(num, den).ok_or_else(bad)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn amounts_compare_exactly_at_any_size() {
        let big = u128::MAX;
        let sorted = [
            Amount::fraction(1, big),
            Amount::fraction(1, big - 1),
            Amount::fraction(big - 2, big - 1),
            Amount::fraction(big - 1, big),
            Amount::whole(1),
            Amount::fraction(big, big - 1),
            Amount::fixed(1_500_000_000, 9),
            Amount::fraction(big, 2),
            Amount::fraction(big - 1, 1),
            Amount::fraction(big, 1),
        ];
        for (i, a) in sorted.iter().enumerate() {
            for (j, b) in sorted.iter().enumerate() {
                assert_eq!(a.cmp(b), i.cmp(&j), "{a} against {b}");
            }
        }
        assert_eq!(Amount::fixed(50_000, 5), Amount::fraction(1, 2));
    }

    #[test]
    fn texts_that_are_no_amount_are_refused() {
        let read = |text: &str| serde_json::from_str::<Amount>(&format!("{text:?}"));
        assert_eq!(read("33/2").unwrap(), Amount::fraction(33, 2));
        assert_eq!(read("7.00004").unwrap().to_string(), "7.00004");
        for text in ["", "-1", "1/0", "1.", "1.1234567890123456789", "x", "9".repeat(40).as_str()] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }
}
