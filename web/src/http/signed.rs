//! Proof of machines that post to us: a header `t=SECONDS,v1=HEX`, where HEX is HMAC-SHA-256 of `SECONDS.BODY` (the body as
//! it came, byte for byte) under a shared secret. Several `v1` may be given, and several secrets be in force, so that a secret
//! can be replaced without losing a message. (Requirement IO-05; the scheme is Stripe's, see
//! <https://docs.stripe.com/webhooks/signature>.)

use ring::hmac;

/// How far the sender's clock may be off, in seconds; older messages may be repeats by somebody who listened.
pub const TOLERANCE: i64 = 300;

/// Signatures looked at in one header.
const MOST: usize = 8;

/// True when `header` holds a signature of `body` under one of `secrets`, made within the tolerance of `now` (seconds since
/// 1970).
#[must_use]
pub fn fits<S: AsRef<[u8]>>(secrets: &[S], header: &str, body: &[u8], now: i64) -> bool {
    let parts = || header.split(',').map(str::trim);
    let Some(time) = parts().find_map(|p| p.strip_prefix("t=")) else { return false };
    if time.is_empty() || time.len() > 12 || !time.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let Ok(seconds) = time.parse::<i64>() else { return false };
    let signed = [time.as_bytes(), b".", body].concat();
    let mut genuine = false;
    // Every pair is computed, so the answer's time tells nothing about the signature.
    for tag in parts().filter_map(|p| p.strip_prefix("v1=")).take(MOST) {
        let Some(tag) = bytes_of_hex(tag) else { continue };
        for secret in secrets {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_ref());
            genuine |= hmac::verify(&key, &signed, &tag).is_ok();
        }
    }
    let recent = now.saturating_sub(seconds).saturating_abs() <= TOLERANCE;
    genuine && recent
}

fn bytes_of_hex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    (0..32).map(|i| u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()).collect()
}

#[cfg(test)]
pub(crate) fn header_for(secret: &str, body: &[u8], seconds: i64) -> String {
    use std::fmt::Write as _;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, &[seconds.to_string().as_bytes(), b".", body].concat());
    let hex = tag.as_ref().iter().fold(String::new(), |mut text, b| {
        let _ = write!(text, "{b:02x}");
        text
    });
    format!("t={seconds},v1={hex}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 1_780_000_000;

    #[test]
    fn a_signature_covers_time_and_raw_body_under_one_of_two_secrets() {
        let body = br#"{"id":"evt_1", "n":  1}"#;
        let (old, new) = ("whsec_old_old_old_old", "whsec_new_new_new_new");
        for secret in [old, new] {
            assert!(fits(&[old, new], &header_for(secret, body, NOW), body, NOW));
        }
        let header = header_for(old, body, NOW);
        assert!(!fits(&[new], &header, body, NOW), "a secret out of force");
        assert!(!fits::<&str>(&[], &header, body, NOW), "no secret at all");
        assert!(!fits(&[old], &header, br#"{"id":"evt_1","n":1}"#, NOW), "the same JSON, other bytes");
        let moved = header.replacen(&NOW.to_string(), &(NOW + 1).to_string(), 1);
        assert!(!fits(&[old], &moved, body, NOW), "another time over the same signature");
        let mut spoiled = header.clone();
        let last = if spoiled.pop() == Some('0') { '1' } else { '0' };
        spoiled.push(last);
        assert!(!fits(&[old], &spoiled, body, NOW));
        // A second signature beside a wrong one, and of a scheme that is not ours.
        let good = header.split_once(',').unwrap().1;
        let zeros = "0".repeat(64);
        assert!(fits(&[old], &format!("t={NOW},v1={zeros},{good},v0={zeros}"), body, NOW));
        assert!(!fits(&[old], &format!("t={NOW},{}", good.replacen("v1", "v0", 1)), body, NOW));
    }

    #[test]
    fn five_minutes_old_is_accepted_and_a_second_more_is_not() {
        let header = header_for("s", b"x", NOW);
        for (age, accepted) in [(0, true), (300, true), (301, false), (-300, true), (-301, false)] {
            assert_eq!(fits(&["s"], &header, b"x", NOW + age), accepted, "{age}");
        }
    }

    proptest! {
        #[test]
        fn any_header_and_body_are_refused_without_panic(header in ".{0,200}", body in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(!fits(&["secret"], &header, &body, NOW));
        }

        #[test]
        fn any_parts_in_any_order_are_refused_without_panic(parts in proptest::collection::vec("(t=[0-9]{0,20}|v1=[0-9a-f]{60,66}|v1=é{64}|,|=)", 0..9)) {
            prop_assert!(!fits(&["secret"], &parts.join(","), b"", NOW));
        }
    }
}
