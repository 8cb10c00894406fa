//! Resolution, minutes, announcement and certificate: written from templates with the names and the reasons.

use folkmoot_store::awards::nominations::{Nomination, Nominee};
use folkmoot_store::awards::review::Decided;

/// Places a template may have.
pub(super) const PLACES: &[&str] =
    &["organisation", "award", "round", "body", "recipients", "recipient", "reason", "list", "link"];

pub(super) const RESOLUTION: &str =
    "RESOLVED, that {organisation} gives the {award}, {round}, to {recipients}.";
pub(super) const ANNOUNCEMENT: &str = "{organisation} gives the {award}, {round}, to:\n\n{list}\n\nWe thank them, and everybody \
                                       who sent a nomination. More about them: {link}";
pub(super) const CERTIFICATE: &str = "{organisation} gives the {award} to {recipient} {reason}.";

/// Names what is wrong with a template: a place that does not exist, or a brace left open.
pub(super) fn check(template: &str) -> Result<(), String> {
    let mut rest = template;
    while let Some((_, after)) = rest.split_once('{') {
        let Some((place, end)) = after.split_once('}') else {
            return Err("A place begins with { but does not end with }.".to_owned());
        };
        if !PLACES.contains(&place) {
            let known: Vec<String> = PLACES.iter().map(|p| format!("{{{p}}}")).collect();
            return Err(format!("There is no place {{{place}}}. Known: {}.", known.join(", ")));
        }
        rest = end;
    }
    if rest.contains('}') { Err("A place ends with } but does not begin with {.".to_owned()) } else { Ok(()) }
}

/// Fills a template. What is filled in is not looked through again.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((place, end)) = after.split_once('}') else { break };
        let value = values.iter().find(|(name, _)| *name == place).map_or("", |(_, value)| value);
        out.push_str(value);
        rest = end;
    }
    out.push_str(rest);
    out
}

/// "Ann, Bo and Cy".
pub(super) fn list<S: AsRef<str>>(names: &[S]) -> String {
    match names {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [all @ .., last] => {
            let all: Vec<&str> = all.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", all.join(", "), last.as_ref())
        }
    }
}

/// The reason as a part of a sentence: "for …", without a full stop; empty when there is none.
pub(super) fn reason(citation: &str) -> String {
    let text = citation.trim().trim_end_matches('.').trim();
    match text.get(..4) {
        _ if text.is_empty() => String::new(),
        Some(begin) if begin.eq_ignore_ascii_case("for ") => {
            format!("for {}", text.get(4..).unwrap_or_default().trim_start())
        }
        _ => format!("for {text}"),
    }
}

/// A granted nomination with its people and its numbers.
pub(super) struct Granted {
    pub(super) nomination: Nomination,
    pub(super) nominees: Vec<Nominee>,
    pub(super) decided: Decided,
}

impl Granted {
    /// The people, with the name of their team.
    pub(super) fn people(&self) -> String {
        let names: Vec<&str> = self.nominees.iter().map(|n| n.name.as_str()).collect();
        let names = list(&names);
        if self.nomination.team.is_empty() { names } else { format!("{names} ({})", self.nomination.team) }
    }

    fn with_reason(&self) -> String {
        format!("{} {}", self.people(), reason(&self.nomination.citation)).trim_end().to_owned()
    }

    fn count(&self) -> String {
        format!("{}–{}–{}", self.decided.votes_for, self.decided.votes_against, self.decided.abstentions)
    }
}

/// What the texts are about.
pub(super) struct Matter<'a> {
    pub(super) organisation: &'a str,
    pub(super) award: &'a str,
    pub(super) round: &'a str,
    pub(super) body: &'a str,
    pub(super) link: &'a str,
    /// Announced names are in the order of receipt.
    pub(super) granted: &'a [Granted],
}

impl Matter<'_> {
    fn fill(&self, template: &str) -> String {
        let recipients: Vec<String> = self.granted.iter().map(Granted::with_reason).collect();
        let lines: Vec<String> = recipients.iter().map(|r| format!("- {r}")).collect();
        fill(
            template,
            &[
                ("organisation", self.organisation),
                ("award", self.award),
                ("round", self.round),
                ("body", self.body),
                ("recipients", &recipients.join("; ")),
                ("list", &lines.join("\n")),
                ("link", self.link),
            ],
        )
    }

    /// Text of the resolution; empty when nothing was granted.
    pub(super) fn resolution(&self, template: &str) -> String {
        if self.granted.is_empty() { String::new() } else { self.fill(template) }
    }

    /// Paragraph for the minutes: those who were granted, with the votes, and nobody else.
    pub(super) fn minutes(&self, resolution: &str) -> String {
        let begin = format!("{} considered nominations for the {}, {}.", self.body, self.award, self.round);
        let Some(first) = self.granted.first() else { return format!("{begin} No award was made.") };
        let same = self.granted.iter().all(|g| g.count() == first.count());
        let votes = if same {
            format!("Approved, {}.", first.count())
        } else {
            let each: Vec<String> =
                self.granted.iter().map(|g| format!("{}, {}", g.people(), g.count())).collect();
            format!("Approved: {}.", each.join("; "))
        };
        format!("{begin} {resolution} {votes}")
    }

    /// Draft of the announcement; empty when nothing was granted.
    pub(super) fn announcement(&self, template: &str) -> String {
        if self.granted.is_empty() { String::new() } else { self.fill(template) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_know_their_places_and_fill_them_once() {
        for known in [RESOLUTION, ANNOUNCEMENT, CERTIFICATE] {
            assert_eq!(check(known), Ok(()));
        }
        for wrong in ["{names}", "{award", "award}", "{}"] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
        assert_eq!(fill("{award} to {list}", &[("award", "{list}"), ("list", "x")]), "{list} to x");
    }

    #[test]
    fn reasons_and_lists_read_as_sentences() {
        assert_eq!(reason(" For years of work. "), "for years of work");
        assert_eq!(reason("years of work"), "for years of work");
        assert_eq!(reason("för åren"), "for för åren");
        assert_eq!(reason(" . "), "");
        assert_eq!(list(&["Ann", "Bo", "Cy"]), "Ann, Bo and Cy");
        assert_eq!(list(&["Ann"]), "Ann");
    }
}
