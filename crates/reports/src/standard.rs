//! The reports that every organisation has from the start. Staff copy and change them.

/// A report that comes with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standard {
    /// Short name in addresses and on the command line.
    pub name: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Its text.
    pub script: &'static str,
}

const fn report(name: &'static str, title: &'static str, script: &'static str) -> Standard {
    Standard { name, title, script }
}

/// In the order of the gallery.
pub const ALL: [Standard; 15] = [
    report("turnout", "Turnout and quorum by class and day", include_str!("standard/turnout.py")),
    report("affirmation-funnel", "Affirmation funnel", include_str!("standard/affirmation_funnel.py")),
    report("roll-changes", "Roll against last year", include_str!("standard/roll_changes.py")),
    report("delivery-failures", "Delivery failures by domain", include_str!("standard/delivery_failures.py")),
    report("candidates", "Candidates with affiliations", include_str!("standard/candidates.py")),
    report("result", "Result with seats, terms and exclusions", include_str!("standard/result.py")),
    report("announcement", "Announcement of a result", include_str!("standard/announcement.py")),
    report("election-record", "Record of an election", include_str!("standard/election_record.py")),
    report("award-round", "Award round", include_str!("standard/award_round.py")),
    report("roster", "Roster by year and status", include_str!("standard/roster.py")),
    report("dues-drive", "Dues, drive, renewals and lapses", include_str!("standard/dues_drive.py")),
    report("missed-votes", "Missed votes and waiver credits", include_str!("standard/missed_votes.py")),
    report("co-affiliation", "Co-affiliation during terms", include_str!("standard/co_affiliation.py")),
    report("seat-calendar", "Seat calendar", include_str!("standard/seat_calendar.py")),
    report("retention", "Retention and erasure", include_str!("standard/retention.py")),
];

/// The report of this name.
pub fn find(name: &str) -> Option<Standard> {
    ALL.into_iter().find(|report| report.name == name)
}
