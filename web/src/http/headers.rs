//! Security headers, on every response including errors and static files (requirement WEB-01).

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

/// The policy of ordinary pages.
pub const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'";

/// The policy of pages that encrypt in a worker (voting booth, trustee pages). The one policy name it allows gives out
/// the worker's address and nothing else.
pub const BOOTH_CSP: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; \
     img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types folkmoot";

const ALWAYS: &[(&str, &str)] = &[
    ("content-security-policy", CSP),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=(), \
         publickey-credentials-create=(self), publickey-credentials-get=(self)",
    ),
    // Personal pages must not stay in caches; static files set their own.
    ("cache-control", "no-store"),
];

/// Adds what the handler did not set itself.
pub fn complete(headers: &mut HeaderMap, https: bool) {
    // The older header cannot say what the policy of a page made for other sites says.
    let policy = headers.get("content-security-policy").and_then(|value| value.to_str().ok());
    let may_be_framed = policy.is_some_and(|policy| policy.contains("frame-ancestors *"));
    for (name, value) in ALWAYS.iter().filter(|(name, _)| !may_be_framed || *name != "x-frame-options") {
        add(headers, name, value);
    }
    if https {
        add(headers, "strict-transport-security", "max-age=31536000");
    }
}

fn add(headers: &mut HeaderMap, name: &'static str, value: &'static str) {
    let name = HeaderName::from_static(name);
    if !headers.contains_key(&name) {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
