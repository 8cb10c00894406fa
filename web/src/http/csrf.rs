//! Proof that an unsafe request comes from a page of ours (requirement WEB-04): the browser's own word
//! (`Sec-Fetch-Site`, or `Origin` from browsers without it) *and* a token bound to the session.
//!
//! Posts from machines (payments, bounces, one-click unsubscribe) carry proofs of their own; [`MACHINE_POSTS`] names every
//! such route, and a test compares it with the route table.

use actix_web::http::header::{self, HeaderMap};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::keys::Keys;

/// Paths of routes with [`crate::routes::Access::Machine`].
pub const MACHINE_POSTS: &[&str] = &[
    // Proof: the code in the address (RFC 8058).
    "/unsubscribe/{person}/{topic}/{proof}",
    // Proof: a signature over time and body with the shared secret.
    "/hooks/mail/bounce",
    // Proof: Stripe's signature over time and body.
    "/hooks/stripe",
];

/// Name of the form field; the same value may be sent as header `X-CSRF-Token`.
pub const FIELD: &str = "csrf";

/// The token for the session or visit identified by `secret`. `pad` masks it, so that no two pages carry the same bytes
/// and compression reveals nothing about it.
#[must_use]
pub fn token(keys: &Keys, secret: &[u8], pad: [u8; 32]) -> String {
    let mut bytes = pad.to_vec();
    bytes.extend(keys.tag("csrf", secret).iter().zip(pad).map(|(a, b)| a ^ b));
    URL_SAFE_NO_PAD.encode(bytes)
}

/// True when `text` is a token for `secret`.
#[must_use]
pub fn token_fits(keys: &Keys, secret: &[u8], text: &str) -> bool {
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(text) else { return false };
    let Some((pad, masked)) = bytes.split_at_checked(32) else { return false };
    if masked.len() != 32 {
        return false;
    }
    let tag: Vec<u8> = masked.iter().zip(pad).map(|(a, b)| a ^ b).collect();
    keys.verify("csrf", secret, &tag)
}

/// True when the browser says that the request comes from a page of `origin`.
#[must_use]
pub fn same_origin(headers: &HeaderMap, origin: &str) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    headers.get(header::ORIGIN).is_some_and(|o| o == origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_its_own_session_only() {
        let keys = Keys::from_secret(b"k");
        let text = token(&keys, b"session one", [7; 32]);
        assert_ne!(text, token(&keys, b"session one", [8; 32]));
        assert!(token_fits(&keys, b"session one", &text));
        assert!(!token_fits(&keys, b"session two", &text));
        for wrong in ["", "AAAA", &text[1..], "!"] {
            assert!(!token_fits(&keys, b"session one", wrong), "{wrong}");
        }
    }

    #[test]
    fn the_browsers_word_decides() {
        let mut headers = HeaderMap::new();
        assert!(!same_origin(&headers, "https://a.example"));
        headers.insert(header::ORIGIN, "https://a.example".parse().unwrap());
        assert!(same_origin(&headers, "https://a.example"));
        assert!(!same_origin(&headers, "https://b.example"));
        headers.insert("sec-fetch-site".parse().unwrap(), "cross-site".parse().unwrap());
        assert!(!same_origin(&headers, "https://a.example"));
    }
}
