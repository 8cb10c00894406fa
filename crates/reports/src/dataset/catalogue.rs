//! The datasets, as `docs/reports.md` lists them.

use super::{Column, ColumnKind, Dataset};

/// An open column.
const fn open(name: &'static str, kind: ColumnKind, about: &'static str) -> Column {
    Column { name, kind, personal: false, counts: false, about }
}

/// A column whose numbers count people.
const fn people(name: &'static str, about: &'static str) -> Column {
    Column { name, kind: ColumnKind::Integer, personal: false, counts: true, about }
}

/// A column that names a person or leads to one.
const fn personal(name: &'static str, kind: ColumnKind, about: &'static str) -> Column {
    Column { name, kind, personal: true, counts: false, about }
}

/// Every dataset.
pub fn all() -> &'static [Dataset] {
    DATASETS
}

/// The dataset of this name.
pub fn find(name: &str) -> Option<&'static Dataset> {
    DATASETS.iter().find(|dataset| dataset.name == name)
}

const DATASETS: &[Dataset] = &[
    Dataset {
        name: "members",
        about: "One row for each person on the membership roll",
        people: true,
        columns: &[
            open("tier", ColumnKind::Text, "Membership class"),
            open(
                "status",
                ColumnKind::Text,
                "coming, active, lapsed, resigned, converted, terminated, emeritus, deceased or removed",
            ),
            open("joined", ColumnKind::Date, "First day of membership"),
            open("renewed", ColumnKind::Date, "Last payment of dues after the first; empty without one"),
            open("expires", ColumnKind::Date, "Last day paid for; empty for life"),
            open(
                "source",
                ColumnKind::Text,
                "How it began: dues, joined, application, nomination, import, staff or converted",
            ),
            open("affirmed", ColumnKind::Date, "Last affirmation to vote"),
            open("voting", ColumnKind::Flag, "May vote today"),
            personal("member", ColumnKind::Text, "Public identifier of the person"),
            personal("name", ColumnKind::Text, "Name as shown"),
            personal("legal_name", ColumnKind::Text, "Legal name"),
            personal("email", ColumnKind::Text, "Verified address"),
            personal("affiliation", ColumnKind::Text, "Organisations the person has declared, as of today"),
        ],
    },
    Dataset {
        name: "dues",
        about: "One row for each payment of dues, and for each membership whose paid time is over",
        people: true,
        columns: &[
            open("tier", ColumnKind::Text, "Membership class"),
            open(
                "band",
                ColumnKind::Text,
                "least, below suggested, suggested, above suggested or lifetime; empty without the right to see amounts",
            ),
            open(
                "due",
                ColumnKind::Date,
                "When the time paid before was over; for new members the day of the payment",
            ),
            open("status", ColumnKind::Text, "paid, returned, open (within the grace days) or lapsed"),
            open("kind", ColumnKind::Text, "new, renewal or rejoin"),
            open("amount", ColumnKind::Money, "What was paid"),
            open("currency", ColumnKind::Text, "ISO 4217"),
            open("paid", ColumnKind::Date, "When it was paid"),
            open("drive", ColumnKind::Text, "Membership drive that ran when a new member paid"),
            personal("member", ColumnKind::Text, "Public identifier of the person"),
        ],
    },
    Dataset {
        name: "payments",
        about: "One row for each payment or refund",
        people: false,
        columns: &[
            open("received", ColumnKind::Date, "Day of value"),
            open("purpose", ColumnKind::Text, "dues or refund"),
            open("amount", ColumnKind::Money, "Negative for refunds"),
            open("currency", ColumnKind::Text, "ISO 4217"),
            open("method", ColumnKind::Text, "card, transfer or other"),
            open("status", ColumnKind::Text, "pending, processing, settled, disputed, returned or failed"),
            personal("payer", ColumnKind::Text, "Name of the payer"),
            personal("reference", ColumnKind::Text, "Reference of the payment"),
        ],
    },
    Dataset {
        name: "elections",
        about: "One row for each election",
        people: false,
        columns: &[
            open("election", ColumnKind::Text, "Public identifier"),
            open("title", ColumnKind::Text, "Title"),
            open("kind", ColumnKind::Text, "What it was prepared as: board, council, bylaw …"),
            open(
                "status",
                ColumnKind::Text,
                "draft, announced, open, closed, counted, certified, published, void …",
            ),
            open("nominations_open", ColumnKind::Time, "Nominations open"),
            open("nominations_close", ColumnKind::Time, "Nominations close"),
            open("opens", ColumnKind::Time, "Voting opens"),
            open("closes", ColumnKind::Time, "Voting closes"),
            open("announced", ColumnKind::Time, "Result announced"),
            open("method", ColumnKind::Text, "Voting method"),
            open("seats", ColumnKind::Integer, "Seats to fill"),
            open("eligible", ColumnKind::Integer, "People on the frozen roll"),
            open("cast", ColumnKind::Integer, "Ballots counted; empty before the close"),
            open("quorum_needed", ColumnKind::Integer, "Ballots needed; empty when there is no quorum"),
            open("quorum_met", ColumnKind::Flag, "Empty before the close"),
            open("roll_hash", ColumnKind::Text, "SHA-256 of the frozen roll"),
            open("fingerprint", ColumnKind::Text, "Fingerprint of the election, as its pages show it"),
            open(
                "log_root",
                ColumnKind::Text,
                "Root of the public log; empty before the result is announced",
            ),
        ],
    },
    Dataset {
        name: "turnout",
        about: "Ballots and voters of an election by class and day, never by person",
        people: false,
        columns: &[
            open("election", ColumnKind::Text, "Public identifier"),
            open("tier", ColumnKind::Text, "Membership class"),
            open("day", ColumnKind::Date, "Day of voting, UTC"),
            people("eligible", "People of the class on the roll (the same on each day)"),
            people("cast", "First ballots of that day"),
        ],
    },
    Dataset {
        name: "funnel",
        about: "How far the electorate came, by class: eligible, mailed, delivered, affirmed, voted",
        people: false,
        columns: &[
            open("election", ColumnKind::Text, "Public identifier"),
            open("tier", ColumnKind::Text, "Membership class"),
            open("stage", ColumnKind::Text, "eligible, mailed, delivered, affirmed or voted"),
            open("step", ColumnKind::Integer, "1 to 5, the order of the stages"),
            people("people", "How many"),
        ],
    },
    Dataset {
        name: "roll",
        about: "The frozen roll of an election, one row for each person",
        people: true,
        columns: &[
            open("election", ColumnKind::Text, "Public identifier"),
            open("tier", ColumnKind::Text, "Membership class"),
            open(
                "change",
                ColumnKind::Text,
                "Against the roll of the year before: new, kept, class changed or removed",
            ),
            open("reason", ColumnKind::Text, "Why the person is on the roll"),
            open("included", ColumnKind::Flag, "On the roll"),
            personal("name", ColumnKind::Text, "Name as on the roll"),
        ],
    },
    Dataset {
        name: "results",
        about: "One row for each candidate or answer of a counted question",
        people: false,
        columns: &[
            open("election", ColumnKind::Text, "Public identifier"),
            open("question", ColumnKind::Text, "The question"),
            open("candidate", ColumnKind::Text, "Candidate or answer"),
            open("votes", ColumnKind::Number, "Votes, points or first preferences"),
            open("place", ColumnKind::Integer, "Place in the result"),
            open(
                "outcome",
                ColumnKind::Text,
                "elected, not elected, excluded, withdrawn, accepted or rejected",
            ),
            open("reason", ColumnKind::Text, "Why a candidate was excluded"),
            open("cohort", ColumnKind::Text, "Cohort of the seat"),
            open("term_from", ColumnKind::Date, "First day of the term"),
            open("term_to", ColumnKind::Date, "Last day of the term"),
            open("affiliation", ColumnKind::Text, "As declared by the candidate"),
        ],
    },
    Dataset {
        name: "nominations",
        about: "One row for each nomination of a candidate",
        people: false,
        columns: &[
            open("election", ColumnKind::Text, "Public identifier"),
            open("candidate", ColumnKind::Text, "Candidate, once announced; empty for all others"),
            open("status", ColumnKind::Text, "open, accepted, declined, expired, withdrawn or ineligible"),
            open("received", ColumnKind::Date, "Day of the nomination"),
            open("accepted", ColumnKind::Date, "Day of the acceptance"),
            open("affiliation", ColumnKind::Text, "As declared by the candidate"),
            open("words", ColumnKind::Integer, "Length of the statement"),
            personal("nominator", ColumnKind::Text, "Who nominated, for candidates who are announced"),
        ],
    },
    Dataset {
        name: "seats",
        about: "One row for each term of a seat in an elected body",
        people: false,
        columns: &[
            open("body", ColumnKind::Text, "Body"),
            open("seat", ColumnKind::Text, "Seat"),
            open("cohort", ColumnKind::Text, "Cohort"),
            open("holder", ColumnKind::Text, "Who holds it, from the public record"),
            open("term_from", ColumnKind::Date, "First day"),
            open("term_to", ColumnKind::Date, "Last day"),
            open("affiliation", ColumnKind::Text, "As declared, from the public record"),
            open(
                "status",
                ColumnKind::Text,
                "coming, serving, or why it ended: ended, resigned, removed, moved or died",
            ),
        ],
    },
    Dataset {
        name: "awards",
        about: "One row for each nomination to an award",
        people: false,
        columns: &[
            open("award", ColumnKind::Text, "Award"),
            open(
                "round",
                ColumnKind::Text,
                "Round of the last announced outcome, like 2026 Q2; before one, the round it came in",
            ),
            open(
                "status",
                ColumnKind::Text,
                "received, carried over, granted, expired or withdrawn, as announced",
            ),
            open("received", ColumnKind::Date, "Day of the nomination"),
            open("decided", ColumnKind::Date, "Day of the announced decision"),
            open("carried", ColumnKind::Integer, "Announced rounds it was carried over"),
            open("days", ColumnKind::Integer, "Days from nomination to decision"),
            open(
                "recipient",
                ColumnKind::Text,
                "Who was granted it, from the public roster; nobody else is named",
            ),
        ],
    },
    Dataset {
        name: "roster",
        about: "One row for each person honoured, from the public roster",
        people: false,
        columns: &[
            open("award", ColumnKind::Text, "Award"),
            open("person", ColumnKind::Text, "Name on the public roster"),
            open("since", ColumnKind::Integer, "Year"),
            open("status", ColumnKind::Text, "active, emeritus or in memoriam"),
        ],
    },
    Dataset {
        name: "motions",
        about: "One row for each motion or resolution",
        people: false,
        columns: &[
            open("body", ColumnKind::Text, "Body that votes"),
            open("number", ColumnKind::Text, "Number"),
            open("title", ColumnKind::Text, "Title"),
            open("status", ColumnKind::Text, "open, carried, failed, withdrawn or void"),
            open("opened", ColumnKind::Date, "Opened"),
            open("closed", ColumnKind::Date, "Closed"),
            open("yes", ColumnKind::Integer, "Votes in favour"),
            open("no", ColumnKind::Integer, "Votes against"),
            open("abstain", ColumnKind::Integer, "Abstentions"),
        ],
    },
    Dataset {
        name: "deliveries",
        about: "One row for each mail sent",
        people: false,
        columns: &[
            open("day", ColumnKind::Date, "Day it was sent"),
            open("message", ColumnKind::Text, "Kind of message"),
            open("election", ColumnKind::Text, "Election it belongs to"),
            open("domain", ColumnKind::Text, "Part of the address after @"),
            open("status", ColumnKind::Text, "queued, deferred, sent, bounced or refused"),
            open("attempts", ColumnKind::Integer, "How often it was tried"),
            personal("address", ColumnKind::Text, "The address"),
        ],
    },
    Dataset {
        name: "participation",
        about: "How many people missed votes, by class and year, never by person",
        people: false,
        columns: &[
            open("year", ColumnKind::Integer, "Calendar year"),
            open("tier", ColumnKind::Text, "Membership class"),
            open("missed", ColumnKind::Integer, "Votes missed in that year"),
            open("credit", ColumnKind::Text, "none or waiver"),
            people("people", "How many"),
        ],
    },
    Dataset {
        name: "audit",
        about: "The audit log, one row for each act of staff",
        people: false,
        columns: &[
            open("at", ColumnKind::Time, "When, to the minute"),
            open("action", ColumnKind::Text, "What was done"),
            open("subject", ColumnKind::Text, "Kind of thing it was done to"),
            personal("actor", ColumnKind::Text, "Who did it"),
        ],
    },
    Dataset {
        name: "erasures",
        about: "What was erased or kept, by policy",
        people: false,
        columns: &[
            open("on", ColumnKind::Date, "Day"),
            open("policy", ColumnKind::Text, "Rule of the retention policy"),
            open("kind", ColumnKind::Text, "Kind of record"),
            open("records", ColumnKind::Integer, "How many"),
            open("act", ColumnKind::Text, "erased or kept"),
            open("reason", ColumnKind::Text, "Why"),
        ],
    },
];
