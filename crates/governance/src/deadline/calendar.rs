//! Calendar files (iCalendar, RFC 5545) of a schedule.

use super::render::ics_stamp;
use super::schedule::Schedule;
use crate::Instant;

/// Longest title or identifier in a calendar file, in bytes; longer ones are cut.
pub const MAX_CALENDAR_TEXT: usize = 500;

/// What a calendar file says around the milestones.
#[derive(Clone, Debug)]
pub struct Calendar<'a> {
    /// Title of the election or round, for example `Board election 2026`.
    pub title: &'a str,
    /// Identifier that never changes, for example `board-2026@vote.example.org`; makes updates replace old entries.
    pub uid: &'a str,
    /// Address of the public page.
    pub url: &'a str,
    /// When the file is made.
    pub stamp: Instant,
}

impl Calendar<'_> {
    /// The file: one entry without duration per milestone, at its exact instant in UTC, `SEQUENCE` counting amendments.
    #[must_use]
    pub fn render(&self, schedule: &Schedule) -> String {
        let mut file = String::new();
        let mut line = |name: &str, value: &str| fold(&format!("{name}:{value}"), &mut file);
        line("BEGIN", "VCALENDAR");
        line("VERSION", "2.0");
        line("PRODID", "-//Folkmoot//Schedule//EN");
        line("METHOD", "PUBLISH");
        for milestone in schedule.milestones() {
            let name = milestone.kind().name();
            line("BEGIN", "VEVENT");
            line("UID", &format!("{}-{}", name.replace(' ', "-"), escaped(self.uid)));
            line("DTSTAMP", &ics_stamp(self.stamp));
            line("DTSTART", &milestone.deadline().ics_stamp());
            line("SEQUENCE", &milestone.versions().len().saturating_sub(1).to_string());
            line("SUMMARY", &escaped(&format!("{}: {name}", self.title)));
            let mut description = milestone.deadline().page_text();
            if let Some(reason) = &milestone.current().reason {
                description = format!("{description}\nMoved: {reason}");
            }
            line("DESCRIPTION", &escaped(&description));
            line("URL", &self.url.replace(['\r', '\n'], ""));
            line("TRANSP", "TRANSPARENT");
            line("END", "VEVENT");
        }
        line("END", "VCALENDAR");
        file
    }
}

/// Escapes a text value (RFC 5545, 3.3.11).
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            _ if out.len() >= MAX_CALENDAR_TEXT => break,
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            _ if c.is_control() => {}
            _ => out.push(c),
        }
    }
    out
}

/// Appends a content line, folded so that no line is longer than 75 octets (RFC 5545, 3.1).
fn fold(line: &str, file: &mut String) {
    let mut width = 0_usize;
    for c in line.chars() {
        if width.saturating_add(c.len_utf8()) > 75 {
            file.push_str("\r\n ");
            width = 1;
        }
        file.push(c);
        width = width.saturating_add(c.len_utf8());
    }
    file.push_str("\r\n");
}
