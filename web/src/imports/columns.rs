//! What the columns of a file mean: read off the header where there is one, off the values otherwise, and confirmed by staff.

use chrono::NaiveDate;
use folkmoot_store::memberships::Class;
use folkmoot_store::people::fold;
use serde::{Deserialize, Serialize};

use super::read::ReadRow;

/// What a column means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// Not imported.
    Skip,
    /// E-mail address: what people are told apart by.
    Email,
    /// Preferred name.
    Name,
    /// First part of the name.
    GivenName,
    /// Last part of the name.
    FamilyName,
    /// Legal name, seen by membership staff only.
    LegalName,
    /// Class of membership.
    Class,
    /// First day of the membership.
    Starts,
    /// Last day of the membership.
    Ends,
    /// Day of a payment that covers twelve months.
    PaidOn,
    /// How the membership stands.
    Status,
    /// Whether the person voted in the election named in the settings.
    Voted,
    /// Day of the last declared intention to vote, for the body named in the settings.
    AffirmedOn,
    /// Amount of a payment, which goes into the ledger as history.
    Amount,
    /// Its currency, three letters.
    Currency,
}

impl Column {
    /// Every meaning, its value in forms and its words.
    pub const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Skip, "skip", "Leave out"),
        (Self::Email, "email", "E-mail address"),
        (Self::Name, "name", "Name"),
        (Self::GivenName, "given_name", "Given name"),
        (Self::FamilyName, "family_name", "Family name"),
        (Self::LegalName, "legal_name", "Legal name"),
        (Self::Class, "class", "Class"),
        (Self::Starts, "starts", "First day"),
        (Self::Ends, "ends", "Last day"),
        (Self::PaidOn, "paid_on", "Paid on (covers 12 months)"),
        (Self::Status, "status", "State of the membership"),
        (Self::Voted, "voted", "Voted (yes or no)"),
        (Self::AffirmedOn, "affirmed_on", "Last affirmed on"),
        (Self::Amount, "amount", "Amount paid"),
        (Self::Currency, "currency", "Currency"),
    ];

    /// Value in forms.
    #[must_use]
    pub fn value(self) -> &'static str {
        Self::ALL.iter().find(|(c, ..)| *c == self).map_or("skip", |(_, value, _)| value)
    }

    /// Reads the value of a form.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, v, _)| *v == value).map(|(c, ..)| *c)
    }

    /// The meaning of a column with this heading; known from the exports of CiviCRM, Helios, python.org and others.
    fn of_heading(text: &str) -> Option<Self> {
        let plain: String = fold(text).chars().filter(char::is_ascii_alphanumeric).collect();
        Some(match plain.as_str() {
            "email" | "emailaddress" | "mail" | "primaryemail" | "voteremail" | "emailprimary" => Self::Email,
            "name" | "fullname" | "displayname" | "preferredname" | "contactname" | "votername"
            | "nickname" | "account" | "username" => Self::Name,
            "firstname" | "givenname" | "first" => Self::GivenName,
            "lastname" | "familyname" | "surname" | "last" => Self::FamilyName,
            "legalname" => Self::LegalName,
            "class" | "membershiptype" | "membershipclass" | "memberclass" | "membership" | "type"
            | "level" | "tier" => Self::Class,
            "start"
            | "starts"
            | "startdate"
            | "membershipstartdate"
            | "from"
            | "membersince"
            | "joindate"
            | "firstday"
            | "year" => Self::Starts,
            "end"
            | "ends"
            | "enddate"
            | "membershipexpirationdate"
            | "expirationdate"
            | "expires"
            | "until"
            | "validuntil"
            | "membershipenddate"
            | "lastday" => Self::Ends,
            "datereceived" | "receivedate" | "receiveddate" | "paidon" | "paid" | "contributiondate" => {
                Self::PaidOn
            }
            "lastaffirmation" | "lastaffirmed" | "affirmed" | "affirmedon" | "lastvoteaffirmation" => {
                Self::AffirmedOn
            }
            "totalamount" | "amount" | "amountpaid" => Self::Amount,
            "currency" => Self::Currency,
            "status" | "membershipstatus" | "contributionstatus" | "state" => Self::Status,
            "voted" | "participated" => Self::Voted,
            _ => return None,
        })
    }
}

/// What to do with rows that look like somebody else's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alike {
    /// Not decided yet; nothing is applied.
    #[default]
    Undecided,
    /// They are that person: the address joins the others.
    Join,
    /// They are left out.
    Skip,
}

/// How a file is to be understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The first row names the columns.
    pub header: bool,
    /// Meaning of each column.
    pub columns: Vec<Column>,
    /// Key of the class for rows that name none; empty for none.
    pub class: String,
    /// First day for rows that name none; the day of the import otherwise.
    pub starts: Option<NaiveDate>,
    /// Last day for rows that name none.
    pub ends: Option<NaiveDate>,
    /// Rows that look like somebody else's.
    pub alike: Alike,
    /// Election the column "voted" is about.
    pub election: String,
    /// Day on which its voting closed.
    pub closed_on: Option<NaiveDate>,
    /// Last part of the address of the body that the column "last affirmed on" is about.
    #[serde(default)]
    pub affirmed_for: String,
}

/// Words Helios writes into its first column.
const VOTER_TYPES: &[&str] =
    &["password", "google", "github", "gitlab", "ldap", "cas", "facebook", "twitter", "linkedin"];

/// What kind of file it is and how its columns are to be understood, from its first rows.
#[must_use]
pub fn detect(rows: &[ReadRow], classes: &[Class]) -> (&'static str, Settings) {
    let first: Vec<&str> =
        rows.first().map(|r| r.cells.iter().map(String::as_str).collect()).unwrap_or_default();
    let known = first.iter().filter(|c| Column::of_heading(c).is_some()).count();
    let header = known > 0 && !first.iter().any(|c| c.contains('@'));
    // Longer rows than the header are mistakes of those rows.
    let width = if header { first.len() } else { rows.iter().map(|r| r.cells.len()).max().unwrap_or(0) };
    let mut columns = if header {
        let mut columns: Vec<Column> =
            first.iter().map(|c| Column::of_heading(c).unwrap_or(Column::Skip)).collect();
        columns.truncate(super::read::MOST_CELLS);
        columns
    } else {
        (0..width).map(|at| of_values(rows, at, classes)).collect()
    };
    only_once(&mut columns);
    let has = |heading: &str| header && first.iter().any(|c| c.eq_ignore_ascii_case(heading));
    let typed = !header
        && rows.first().and_then(|r| r.cells.first()).is_some_and(|c| VOTER_TYPES.contains(&c.as_str()));
    let format = match width {
        _ if has("Membership Type") && has("Membership Start Date") => "CiviCRM memberships",
        _ if has("Date Received") || has("Receive Date") => "CiviCRM contributions",
        _ if has("Contact ID") => "CiviCRM contacts",
        _ if columns.contains(&Column::Voted) => "Past participation",
        _ if typed => "Helios voters",
        1 => "One address per line",
        _ if columns.contains(&Column::Class) => "Name, class and address",
        _ => "People",
    };
    let settings = Settings {
        header,
        columns,
        class: String::new(),
        starts: None,
        ends: None,
        alike: Alike::Undecided,
        election: String::new(),
        closed_on: None,
        affirmed_for: String::new(),
    };
    (format, settings)
}

/// Each meaning but "leave out" stands for one column: the first one.
fn only_once(columns: &mut [Column]) {
    let mut seen = Vec::new();
    for column in columns {
        if *column != Column::Skip && seen.contains(column) {
            *column = Column::Skip;
        }
        seen.push(*column);
    }
}

fn of_values(rows: &[ReadRow], at: usize, classes: &[Class]) -> Column {
    let values: Vec<&str> = rows
        .iter()
        .take(50)
        .filter_map(|r| r.cells.get(at))
        .map(String::as_str)
        .filter(|c| !c.is_empty())
        .collect();
    let most = |fits: &dyn Fn(&str) -> bool| {
        !values.is_empty() && values.iter().filter(|v| fits(v)).count() * 2 > values.len()
    };
    if most(&|v| v.contains('@')) {
        Column::Email
    } else if most(&|v| VOTER_TYPES.contains(&v))
        || most(&|v| v.chars().all(|c| c.is_ascii_digit()))
        || values.is_empty()
    {
        Column::Skip
    } else if most(&|v| class_named(classes, v).is_some()) {
        Column::Class
    } else if most(&|v| super::row::parse_date(v).is_some()) {
        Column::Starts
    } else {
        Column::Name
    }
}

/// The class a cell names: its key or its name, with or without the word "member".
#[must_use]
pub fn class_named<'a>(classes: &'a [Class], text: &str) -> Option<&'a Class> {
    let plain = |t: &str| {
        let folded = fold(t);
        let words: Vec<&str> = folded
            .split_whitespace()
            .filter(|w| !matches!(*w, "member" | "membership" | "members"))
            .collect();
        words.join(" ")
    };
    let wanted = plain(text);
    classes.iter().find(|k| plain(&k.key) == wanted || plain(&k.name) == wanted)
}
