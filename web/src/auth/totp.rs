//! Time-based one-time passwords (RFC 6238) as authenticator apps make them: HMAC-SHA-1, 30 seconds, six digits.

use folkmoot_store::Utc;
use ring::hmac;
use subtle::ConstantTimeEq;

/// Seconds of one time step.
const STEP_SECONDS: i64 = 30;
const DIGITS: usize = 6;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The number of the time step at `now`.
#[must_use]
pub fn step_at(now: Utc) -> i64 {
    now.micros().div_euclid(1_000_000).div_euclid(STEP_SECONDS)
}

/// The code of a step (RFC 4226, section 5.3).
#[must_use]
pub fn code(secret: &[u8], step: i64) -> String {
    digits(secret, step, DIGITS)
}

fn digits(secret: &[u8], step: i64, digits: usize) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last().copied().unwrap_or(0) & 0x0f);
    let number = tag
        .iter()
        .skip(offset)
        .take(4)
        .enumerate()
        .fold(0_u32, |sum, (i, b)| (sum << 8) | u32::from(if i == 0 { b & 0x7f } else { *b }));
    let text = format!("{number:010}");
    text.chars().skip(text.len().saturating_sub(digits)).collect()
}

/// The step whose code was typed: the present one, the one before or the one after (clocks differ), and later than
/// `last_step`, so that no code works twice (RFC 6238, section 5.2). Spaces in the code do not matter.
#[must_use]
pub fn matching_step(secret: &[u8], typed: &str, now: Utc, last_step: i64) -> Option<i64> {
    let typed: String = typed.chars().filter(|c| !c.is_whitespace()).take(DIGITS + 1).collect();
    let present = step_at(now);
    let mut found = None;
    // All three are compared in every case, and each in constant time.
    for step in [present - 1, present, present + 1] {
        let fits: bool = code(secret, step).as_bytes().ct_eq(typed.as_bytes()).into();
        if fits && step > last_step {
            found = Some(step);
        }
    }
    found
}

/// Base 32 without padding (RFC 4648, section 6): how a secret is typed into an app.
#[must_use]
pub fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(5) {
        let mut block = [0_u8; 8];
        for (to, from) in block.iter_mut().skip(3).zip(chunk) {
            *to = *from;
        }
        let bits = u64::from_be_bytes(block);
        for i in 0..(chunk.len() * 8).div_ceil(5) {
            let index = (bits >> (35 - 5 * i)) & 31;
            let letter = usize::try_from(index).ok().and_then(|i| ALPHABET.get(i)).copied();
            text.push(char::from(letter.unwrap_or(b'A')));
        }
    }
    text
}

/// The address an app reads from the QR code.
#[must_use]
pub fn app_uri(secret: &[u8], site: &str, account: &str) -> String {
    let encode = |text: &str| {
        url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
    };
    let site_name = encode(&site.replace(':', " "));
    format!(
        "otpauth://totp/{site_name}:{}?secret={}&issuer={site_name}&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}",
        encode(account),
        base32(secret),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn the_values_of_rfc_6238_appendix_b() {
        for (seconds, expected) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(digits(SECRET, seconds / STEP_SECONDS, 8), expected);
        }
        // RFC 4226, appendix D.
        assert_eq!(code(SECRET, 0), "755224");
        assert_eq!(code(SECRET, 9), "520489");
    }

    #[test]
    fn one_step_of_drift_and_no_code_twice() {
        let now = Utc::from_micros(1_111_111_111_000_000).unwrap();
        let step = step_at(now);
        for drift in [-1, 0, 1] {
            assert_eq!(matching_step(SECRET, &code(SECRET, step + drift), now, -1), Some(step + drift));
        }
        for drift in [-2, 2] {
            assert_eq!(matching_step(SECRET, &code(SECRET, step + drift), now, -1), None);
        }
        let spaced = format!(" {} {} ", &code(SECRET, step)[..3], &code(SECRET, step)[3..]);
        assert_eq!(matching_step(SECRET, &spaced, now, step - 1), Some(step));
        assert_eq!(matching_step(SECRET, &spaced, now, step), None);
        for wrong in ["", "12345", "1234567", "00000x", "٠٠٠٠٠٠"] {
            assert_eq!(matching_step(SECRET, wrong, now, -1), None, "{wrong}");
        }
    }

    #[test]
    fn base32_as_in_rfc_4648() {
        for (plain, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foobar", "MZXW6YTBOI"),
            ("fooba", "MZXW6YTB"),
        ] {
            assert_eq!(base32(plain.as_bytes()), text);
        }
    }

    #[test]
    fn the_address_for_apps_names_site_and_account() {
        assert_eq!(
            app_uri(b"foobar", "Foo & Bar: a", "ann@b.test"),
            "otpauth://totp/Foo%20%26%20Bar%20%20a:ann%40b.test?secret=MZXW6YTBOI&issuer=Foo%20%26%20Bar%20%20a\
             &algorithm=SHA1&digits=6&period=30"
        );
    }
}
