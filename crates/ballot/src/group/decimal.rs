//! Canonical decimal text of little-endian 64-bit words.

/// 10^19, the largest power of ten that fits into a word.
const CHUNK: u64 = 10_000_000_000_000_000_000;
const CHUNK_DIGITS: usize = 19;

/// Reads a canonical decimal (digits only, no leading zero) that fits into `N` words.
pub(super) fn parse<const N: usize>(text: &str) -> Option<[u64; N]> {
    let digits = text.as_bytes();
    let canonical = match digits {
        [] => false,
        [b'0'] => true,
        [b'0', ..] => false,
        _ => digits.len() <= N * 20 && digits.iter().all(u8::is_ascii_digit),
    };
    if !canonical {
        return None;
    }
    let mut words = [0u64; N];
    let mut used = 0;
    let head = digits.len() % CHUNK_DIGITS;
    let (first, rest) = digits.split_at(head);
    for chunk in std::iter::once(first).chain(rest.chunks(CHUNK_DIGITS)).filter(|c| !c.is_empty()) {
        let mut carry = chunk.iter().fold(0u64, |n, d| n * 10 + u64::from(d - b'0'));
        let scale = if chunk.len() == CHUNK_DIGITS { CHUNK } else { 0 };
        for word in words.iter_mut().take(used) {
            let wide = u128::from(*word) * u128::from(scale) + u128::from(carry);
            *word = wide as u64;
            carry = (wide >> 64) as u64;
        }
        if carry != 0 {
            *words.get_mut(used)? = carry;
            used += 1;
        }
    }
    Some(words)
}

/// Writes words as a decimal without leading zero.
pub(super) fn format(mut words: Vec<u64>) -> String {
    let mut chunks = Vec::with_capacity(words.len() + 2);
    while words.last() == Some(&0) {
        words.pop();
    }
    while !words.is_empty() {
        let mut remainder = 0u64;
        for word in words.iter_mut().rev() {
            let wide = (u128::from(remainder) << 64) | u128::from(*word);
            *word = (wide / u128::from(CHUNK)) as u64;
            remainder = (wide % u128::from(CHUNK)) as u64;
        }
        chunks.push(remainder);
        while words.last() == Some(&0) {
            words.pop();
        }
    }
    let mut text = String::with_capacity(chunks.len() * CHUNK_DIGITS + 1);
    use std::fmt::Write as _;
    let mut rest = chunks.iter().rev();
    // Writing to a string cannot fail.
    let _ = write!(text, "{}", rest.next().unwrap_or(&0));
    for chunk in rest {
        let _ = write!(text, "{chunk:019}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_decimal_is_read() {
        assert_eq!(parse::<2>("0"), Some([0, 0]));
        assert_eq!(parse::<2>("18446744073709551616"), Some([0, 1]));
        assert_eq!(parse::<2>("340282366920938463463374607431768211455"), Some([u64::MAX; 2]));
        for bad in
            ["", "00", "01", "+1", "-1", "0x1", " 1", "1 ", "1_0", "340282366920938463463374607431768211456"]
        {
            assert_eq!(parse::<2>(bad), None, "{bad}");
        }
    }

    #[test]
    fn text_round_trips_around_chunk_edges() {
        for words in [[0, 0, 0], [9_999_999_999_999_999_999, 0, 0], [CHUNK, 0, 0], [0, 0, 1], [u64::MAX; 3]] {
            let text = format(words.to_vec());
            assert_eq!(parse::<3>(&text), Some(words), "{text}");
        }
        assert_eq!(format(vec![CHUNK]), "10000000000000000000");
    }
}
