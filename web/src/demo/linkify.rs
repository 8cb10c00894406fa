//! Addresses in a plain text made into links, for the mail viewer.

/// A piece of text, and the path it leads to when it is an address of this site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) path: Option<String>,
}

/// Cuts `text` into plain pieces and addresses under `base`. Other sites' addresses stay plain text.
pub(super) fn pieces(text: &str, base: &str) -> Vec<Piece> {
    let plain = |text: &str| Piece { text: text.to_owned(), path: None };
    let start = format!("{base}/");
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(&start) {
        let (before, from) = rest.split_at(at);
        let end =
            from.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"')).unwrap_or(from.len());
        let (address, after) = from.split_at(end);
        // A sentence's full stop does not belong to the address.
        let trimmed = address.trim_end_matches(['.', ',', ';', ':', ')', '!', '?']);
        if !before.is_empty() {
            out.push(plain(before));
        }
        let path = trimmed.strip_prefix(base).unwrap_or("/").to_owned();
        out.push(Piece { text: trimmed.to_owned(), path: Some(path) });
        if trimmed.len() < address.len() {
            out.push(plain(address.strip_prefix(trimmed).unwrap_or("")));
        }
        rest = after;
    }
    if !rest.is_empty() {
        out.push(plain(rest));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_site_become_links() {
        let found = pieces("Go to http://a.test/x?y=1. Or http://b.test/z\nhttp://a.test/", "http://a.test");
        let links: Vec<_> = found.iter().filter_map(|p| p.path.as_deref()).collect();
        assert_eq!(links, ["/x?y=1", "/"]);
        let text: String = found.iter().map(|p| p.text.as_str()).collect();
        assert_eq!(text, "Go to http://a.test/x?y=1. Or http://b.test/z\nhttp://a.test/");
    }

    #[test]
    fn an_address_that_only_begins_alike_is_no_link() {
        assert!(pieces("http://a.test.evil.test/", "http://a.test").iter().all(|p| p.path.is_none()));
    }
}
