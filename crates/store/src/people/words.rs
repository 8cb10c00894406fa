//! The words a person is found by, and the keys by which two records look alike.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest word kept, in characters.
const LONGEST: usize = 60;
/// Most words kept of one person.
const MOST: usize = 80;
/// Hosts whose mailboxes ignore dots in the local part.
const DOTLESS: &[&str] = &["gmail.com", "googlemail.com"];

/// Lower case without accents: `Guðmundsdóttir` becomes `gudmundsdottir`, `ｘ` becomes `x`.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'đ' | 'ð' => out.push('d'),
            'ħ' => out.push('h'),
            'ı' => out.push('i'),
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'þ' => out.push_str("th"),
            other => out.push(other),
        }
    }
    // Together again: Hangul has come apart into its letters.
    out.nfc().filter(|c| !c.is_control()).collect()
}

/// Scripts written without spaces between given and family name.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn keep(words: &mut BTreeSet<String>, word: &str) {
    let word: String = word.chars().take(LONGEST).collect();
    if !word.is_empty() && words.len() < MOST {
        words.insert(word);
    }
}

fn keep_parts(words: &mut BTreeSet<String>, text: &str) {
    for part in text.split(|c: char| !c.is_alphanumeric()) {
        keep(words, part);
    }
}

/// Every word a person with this name and these addresses is found by.
#[must_use]
pub fn words_of(name: &str, addresses: &[&str]) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for token in fold(name).split_whitespace() {
        keep(&mut words, token);
        keep_parts(&mut words, token);
        if token.chars().any(is_unspaced) {
            for (at, _) in token.char_indices().skip(1).take(10) {
                keep(&mut words, token.get(at..).unwrap_or(""));
            }
        }
    }
    for address in addresses {
        let address = fold(address.trim());
        keep(&mut words, &address);
        if let Some((local, host)) = address.rsplit_once('@') {
            keep_parts(&mut words, local);
            keep(&mut words, host);
        }
    }
    words
}

/// What a search looks for: the beginnings of words, at most six.
#[must_use]
pub fn terms(text: &str) -> Vec<String> {
    let mut terms: Vec<String> = fold(text)
        .split_whitespace()
        .map(|t| t.trim_start_matches(['@', '#', '"', '(']).chars().take(LONGEST).collect::<String>())
        .filter(|t| !t.is_empty())
        .take(6)
        .collect();
    terms.sort_unstable();
    terms.dedup();
    terms
}

/// The mailbox behind an address: lower case, without the part after `+`, and without dots where the host ignores them.
/// Two addresses with one mailbox reach the same person.
#[must_use]
pub fn mailbox(address: &str) -> String {
    let lower = address.trim().to_lowercase();
    let Some((local, host)) = lower.rsplit_once('@') else { return lower };
    let local = local.split('+').next().unwrap_or(local);
    if DOTLESS.contains(&host) {
        return format!("{}@gmail.com", local.replace('.', ""));
    }
    format!("{local}@{host}")
}

/// The key of a mailbox.
#[must_use]
pub fn mailbox_key(address: &str) -> String {
    format!("mailbox {}", mailbox(address))
}

/// The key of a name with a local part; `None` when either is empty.
#[must_use]
pub fn name_key(name: &str, address: &str) -> Option<String> {
    let mut parts: Vec<String> = fold(name)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|p| !p.is_empty())
        .map(str::to_owned)
        .collect();
    parts.sort_unstable();
    let mailbox = mailbox(address);
    let local: String = mailbox.rsplit_once('@')?.0.chars().filter(|c| c.is_alphabetic()).collect();
    if parts.is_empty() || local.is_empty() {
        return None;
    }
    Some(format!("name {} {local}", parts.join(" ")))
}

/// Every key of a person with this name and these verified addresses.
#[must_use]
pub fn keys_of(name: &str, addresses: &[&str]) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for address in addresses.iter().take(20) {
        keys.insert(mailbox_key(address));
        keys.extend(name_key(name, address));
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_without_accents_and_in_scripts_without_spaces() {
        assert_eq!(fold("Bjørk Guðmundsdóttir Łukasz STRAẞE"), "bjork gudmundsdottir lukasz strasse");
        assert_eq!(fold("김민준"), "김민준");
        let words = words_of("Zoë O’Brien-Nguyễn", &["Zoe.OB+psf@Example.org"]);
        for word in
            ["zoe", "o’brien-nguyen", "brien", "nguyen", "zoe.ob+psf@example.org", "psf", "example.org"]
        {
            assert!(words.contains(word), "{word} in {words:?}");
        }
        assert!(words_of("渡辺健太", &[]).contains("健太"));
        assert_eq!(terms("  Ann   ann @People.test #x "), ["ann", "people.test", "x"]);
    }

    #[test]
    fn one_mailbox_has_one_key_however_it_is_written() {
        for same in ["Ann.Arbour+psf@Gmail.com", "annarbour@googlemail.com"] {
            assert_eq!(mailbox(same), "annarbour@gmail.com");
        }
        assert_eq!(mailbox("Ann.A+x@Example.org"), "ann.a@example.org");
        assert_ne!(mailbox("ann.a@example.org"), mailbox("anna@example.org"));
        assert_eq!(name_key("Arbour Ann", "ann@a.org"), name_key("ann ARBOUR", "ann+1@b.org"));
        assert_ne!(name_key("Ann Arbour", "ann@a.org"), name_key("Ann Arbour", "boss@b.org"));
        assert_eq!(name_key("", "ann@a.org"), None);
    }
}
