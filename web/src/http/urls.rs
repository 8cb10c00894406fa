//! Local addresses: percent-encoding and the check of `next=`.

use url::form_urlencoded;

/// Encodes one value for a query string.
#[must_use]
pub fn encode(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

/// The target of `next=` when it is a path of this site; anything else becomes `/`. One leading slash, no backslash, no
/// control character: `//host`, `/\host` and `/%0aX` never leave the site.
#[must_use]
pub fn local_path(next: Option<&str>) -> String {
    let fallback = "/".to_owned();
    let Some(next) = next else { return fallback };
    let sound = next.len() <= 512
        && next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.chars().any(|c| c.is_control() || c.is_whitespace());
    if sound { next.to_owned() } else { fallback }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_followed() {
        for good in ["/", "/account?tab=1", "/elections/a/b#c"] {
            assert_eq!(local_path(Some(good)), good);
        }
        for bad in
            ["//evil.example", "https://evil.example", "/\\evil.example", "/a\nb", "", "account", "/a b"]
        {
            assert_eq!(local_path(Some(bad)), "/", "{bad:?}");
        }
        assert_eq!(local_path(None), "/");
    }
}
