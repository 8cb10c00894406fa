//! Plain words: how typed steps become sentences.
//!
//! Every step, reason and finding in this crate is data first; the sentence is made from it at the end, so that a
//! page, a mail and a report cannot disagree.

use std::fmt::Display;

/// A typed step, reason or finding that can be read aloud.
pub trait Explain {
    /// One complete English sentence, with a capital and a full stop, that stands alone.
    fn sentence(&self) -> String;
}

/// `1 day`, `2 days`: the number with thousands separators and the noun in the right form.
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// `1,459`: digits in groups of three.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `A`, `A and B`, `A, B and C`.
pub(crate) fn list<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    joined(items, "and")
}

/// `A`, `A or B`, `A, B or C`.
pub(crate) fn either<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    joined(items, "or")
}

fn joined<T: Display>(items: impl IntoIterator<Item = T>, last_word: &str) -> String {
    let mut parts: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    match (parts.pop(), parts.is_empty()) {
        (None, _) => String::new(),
        (Some(only), true) => only,
        (Some(last), false) => format!("{} {last_word} {last}", parts.join(", ")),
    }
}

/// The text with a capital first letter.
pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
