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
            open("status", ColumnKind::Text, "active, lapsed, resigned, suspended or deceased"),
            open("joined", ColumnKind::Date, "First day of membership"),
            open("renewed", ColumnKind::Date, "Last renewal"),
            open("expires", ColumnKind::Date, "Last day paid for; empty for life"),
            open("country", ColumnKind::Text, "Two letters, ISO 3166"),
            open("affirmed", ColumnKind::Date, "Last affirmation to vote"),
            open("voting", ColumnKind::Flag, "May vote today"),
            personal("member", ColumnKind::Text, "Public identifier of the person"),
            personal("name", ColumnKind::Text, "Name as shown"),
            personal("legal_name", ColumnKind::Text, "Legal name"),
            personal("email", ColumnKind::Text, "Verified address"),
            personal("affiliation", ColumnKind::Text, "Employer or other affiliation"),
        ],
    },
    Dataset {
        name: "dues",
        about: "One row for each period of membership that was due",
        people: true,
        columns: &[
            open("tier", ColumnKind::Text, "Membership class"),
            open("band", ColumnKind::Text, "Band of the amount, as the organisation names it"),
            open("due", ColumnKind::Date, "When it was due"),
            open("status", ColumnKind::Text, "paid, waived, open or lapsed"),
            open("kind", ColumnKind::Text, "new, renewal or rejoin"),
            open("amount", ColumnKind::Money, "What was due"),
            open("currency", ColumnKind::Text, "ISO 4217"),
            open("paid", ColumnKind::Date, "When it was paid"),
            open("drive", ColumnKind::Text, "Membership drive it came with"),
            personal("member", ColumnKind::Text, "Public identifier of the person"),
        ],
    },
    Dataset {
        name: "payments",
        about: "One row for each payment or refund",
        people: false,
        columns: &[
            open("received", ColumnKind::Date, "Day of value"),
            open("purpose", ColumnKind::Text, "dues, donation, fee or refund"),
            open("amount", ColumnKind::Money, "Negative for refunds"),
            open("currency", ColumnKind::Text, "ISO 4217"),
            open("method", ColumnKind::Text, "card, transfer, cash or other"),
            open("status", ColumnKind::Text, "settled, pending, failed or refunded"),
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
            open("kind", ColumnKind::Text, "board, council, referendum …"),
            open("status", ColumnKind::Text, "draft, announced, open, closed, counted, certified or void"),
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
            open("archive_hash", ColumnKind::Text, "SHA-256 of the public archive"),
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
            open("reason", ColumnKind::Text, "Why it changed"),
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
            open("outcome", ColumnKind::Text, "elected, not elected, excluded, accepted or rejected"),
            open("reason", ColumnKind::Text, "Why a candidate was excluded or a tie decided"),
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
            open("candidate", ColumnKind::Text, "Candidate, once accepted in public"),
            open("status", ColumnKind::Text, "open, accepted, declined, withdrawn or ineligible"),
            open("received", ColumnKind::Date, "Day of the nomination"),
            open("accepted", ColumnKind::Date, "Day of the acceptance"),
            open("affiliation", ColumnKind::Text, "As declared by the candidate"),
            open("words", ColumnKind::Integer, "Length of the statement"),
            personal("nominator", ColumnKind::Text, "Who nominated"),
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
            open("status", ColumnKind::Text, "serving, ended, resigned, removed or vacant"),
        ],
    },
    Dataset {
        name: "awards",
        about: "One row for each nomination to an award",
        people: false,
        columns: &[
            open("award", ColumnKind::Text, "Award"),
            open("round", ColumnKind::Text, "Round, like 2026 Q2"),
            open("status", ColumnKind::Text, "received, carried over, granted, declined or withdrawn"),
            open("received", ColumnKind::Date, "Day of the nomination"),
            open("decided", ColumnKind::Date, "Day of the decision"),
            open("carried", ColumnKind::Integer, "Rounds it was carried over"),
            open("days", ColumnKind::Integer, "Days from nomination to decision"),
            personal("nominee", ColumnKind::Text, "Who is nominated"),
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
            open("status", ColumnKind::Text, "active, emeritus, in memoriam or withdrawn"),
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
            open("needed", ColumnKind::Integer, "Votes needed"),
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
            open("status", ColumnKind::Text, "queued, sent, delivered, deferred, bounced or refused"),
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
            open("credit", ColumnKind::Text, "none, waiver or exempt"),
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
            open("role", ColumnKind::Text, "In which role"),
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
            open("act", ColumnKind::Text, "erased, anonymised or kept"),
            open("reason", ColumnKind::Text, "Why"),
        ],
    },
];
