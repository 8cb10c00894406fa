//! Tells formats apart by the file's name and its first lines.

use super::Format;
use super::civs;
use super::debian;
use super::text::digits;

/// How much of a file is looked at.
const PEEK: usize = 1 << 16;

pub(super) fn detect(name: Option<&str>, bytes: &[u8]) -> Option<Format> {
    let head = String::from_utf8_lossy(bytes.get(..PEEK).unwrap_or(bytes));
    let head = head.strip_prefix('\u{feff}').unwrap_or(&head);
    let extension = name.and_then(|n| n.rsplit_once('.')).map(|(_, e)| e.to_ascii_lowercase());
    match extension.as_deref() {
        Some("blt") => Some(Format::Blt),
        Some("abif") => Some(Format::Abif),
        Some("soc" | "soi" | "toc" | "toi") => Some(Format::PrefLib),
        Some("csv") if is_civs(head) => Some(Format::Civs),
        Some("csv") => Some(Format::Csv),
        Some("json") => json_kind(head),
        _ => by_content(head),
    }
}

fn by_content(head: &str) -> Option<Format> {
    if is_civs(head) {
        return Some(Format::Civs);
    }
    let trimmed = head.trim_start();
    if trimmed.starts_with('[') || is_json_object(trimmed) {
        return json_kind(head);
    }
    if head.lines().any(|line| debian::option(line).is_some()) {
        return Some(Format::Debian);
    }
    if head.lines().any(|line| line.starts_with("# NUMBER ALTERNATIVES:")) {
        return Some(Format::PrefLib);
    }
    let first = head.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))?;
    let words: Vec<&str> = first.split_whitespace().take(3).collect();
    match words.as_slice() {
        [one] if digits(one).is_some() => Some(Format::PrefLib),
        [a, b, ..] if digits(a).is_some() && digits(b).is_some() => Some(Format::Blt),
        _ if first.starts_with(['{', '=']) || is_vote_line(first) => Some(Format::Abif),
        _ if first.contains(',') => Some(Format::Csv),
        _ => None,
    }
}

fn is_civs(head: &str) -> bool {
    head.lines()
        .take_while(|line| line.trim().is_empty() || line.starts_with('#'))
        .any(|line| line.trim_start_matches('#').trim_start().starts_with(civs::KEY))
}

fn is_vote_line(line: &str) -> bool {
    line.split_once(':').is_some_and(|(count, _)| digits(count.trim()).is_some())
}

/// A JSON object opens with a quoted key and does not close on its first line, or is the whole file; a line of ABIF
/// metadata is closed at once and followed by more.
fn is_json_object(trimmed: &str) -> bool {
    let Some(inside) = trimmed.strip_prefix('{') else { return false };
    let (first, rest) = inside.split_once('\n').unwrap_or((inside, ""));
    inside.trim_start().starts_with(['"', '}'])
        && (rest.trim().is_empty() || !first.trim_end().ends_with('}'))
}

fn json_kind(head: &str) -> Option<Format> {
    let trimmed = head.trim_start();
    if trimmed.strip_prefix('{').is_some_and(|inside| inside.trim_start().starts_with("\"result\"")) {
        return Some(Format::Belenios);
    }
    // An array that holds objects is a list of cases, which the JSON reader refuses with a better message.
    match trimmed.strip_prefix('[') {
        Some(inside) if !inside.trim_start().starts_with('{') => Some(Format::Belenios),
        _ => Some(Format::Json),
    }
}
